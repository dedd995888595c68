//! `vix clean`: away with what a build wrote and remembered.
//!
//! Invariant: only files that an index of ours lists are removed from the output; whatever else lies there stays.

use std::fs;
use std::io;
use std::path::Path;

use clap::Args;
use store::{Digest, Output};

use super::build::OUT;
use super::session::{self, Cache};
use crate::exit::Exit;
use crate::failure::{Failure, reason};
use crate::host::Host;
use crate::project;
use crate::ui::{Ui, count};

/// Arguments of `vix clean`.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    cache: Cache,
}

/// Removes the output of every environment, and what the cache holds of this project.
///
/// # Errors
/// There is no project, or something cannot be removed.
pub fn run(arguments: &Arguments, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let root = project::find_root(&host.cwd)?;
    let removed = output(&root)?;
    let cache = session::cache_folder(&arguments.cache, host);
    let forgotten = cache.map_or(Ok(false), |cache| forget(&cache, &project::identity(&root)))?;
    let cache = if forgotten { " and the cache of the project" } else { "" };
    ui.line(host, &format!("removed {}{cache}", count(removed, "file")));
    Ok(Exit::Ok)
}

fn output(root: &Path) -> Result<usize, Failure> {
    let out = root.join(OUT);
    let mut removed = 0;
    for entry in fs::read_dir(&out).into_iter().flatten().flatten() {
        let folder = entry.path();
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        if entry.file_type().is_ok_and(|it| it.is_dir()) && folder.join(INDEX).is_file() {
            removed += environment(root, &name).map_err(|error| Failure::Machine(error.to_string()))?;
            let rest = [INDEX, LOCK].iter().try_for_each(|name| remove(&folder.join(name)));
            rest.map_err(|error| Failure::Machine(format!("cannot remove {}: {}", folder.display(), reason(&error))))?;
            // Files of others keep the folder.
            drop(fs::remove_dir(&folder));
        }
    }
    drop(fs::remove_dir(&out));
    Ok(removed)
}

/// The files beside the manifests (`store::Output` describes them).
const INDEX: &str = "vix.index";
const LOCK: &str = ".vix-lock";

fn environment(root: &Path, name: &str) -> Result<usize, store::Error> {
    let mut output = Output::lock(root, &format!("{OUT}/{name}"))?;
    Ok(output.publish(Digest::of(b""), Vec::new())?.removed.len())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Whether the cache knew the project, in any version of its layout. A build that runs beside loses time, nothing else.
fn forget(cache: &Path, identity: &str) -> Result<bool, Failure> {
    let mut forgotten = false;
    for version in fs::read_dir(cache).into_iter().flatten().flatten() {
        let folder = version.path().join(identity);
        if folder.is_dir() {
            fs::remove_dir_all(&folder).map_err(|error| Failure::Machine(format!("cannot remove {}: {}", folder.display(), reason(&error))))?;
            forgotten = true;
        }
    }
    Ok(forgotten)
}

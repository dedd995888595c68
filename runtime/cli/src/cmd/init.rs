//! `vix init`: a small project that builds, to start from.
//!
//! Invariant: nothing that exists is changed. All files are checked before the first is written.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::exit::Exit;
use crate::failure::{Failure, reason};
use crate::host::Host;
use crate::project::{EDITION, PROJECT_FILE};
use crate::ui::Ui;

/// Arguments of `vix init`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Folder of the new project; the current one if left out
    #[arg(value_name = "DIR", default_value = ".", hide_default_value = true)]
    folder: PathBuf,
}

/// Writes the project.
///
/// # Errors
/// A file of it exists, the folder lies in another project, or it cannot be written.
pub fn run(arguments: &Arguments, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let folder = host.cwd.join(&arguments.folder);
    let shown = arguments.folder.display();
    let files = files(&name_of(&folder));
    if folder.exists() && !folder.is_dir() {
        return Err(Failure::Usage(format!("{shown} is a file")));
    }
    if let Some((taken, _)) = files.iter().find(|(path, _)| folder.join(path).symlink_metadata().is_ok()) {
        return Err(Failure::Usage(format!("{} exists already; nothing was written", arguments.folder.join(taken).display())));
    }
    for (path, text) in &files {
        let wrong = |error: io::Error| Failure::Machine(format!("cannot write {}: {}", arguments.folder.join(path).display(), reason(&error)));
        write(&folder.join(path), text).map_err(wrong)?;
    }
    let place = if arguments.folder == Path::new(".") { String::new() } else { format!(" -C {shown}") };
    ui.line(host, &format!("made a project of {} files; `vix{place} build` writes its manifests", files.len()));
    Ok(Exit::Ok)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

/// The folder's name, as far as it can stand in a TOML string.
fn name_of(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let name = folder.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let name: String = name.chars().filter(|it| it.is_ascii_alphanumeric() || "-_.".contains(*it)).collect();
    if name.is_empty() { "project".to_owned() } else { name }
}

fn files(name: &str) -> [(&'static str, String); 6] {
    let edition = format!("{}.{}", EDITION.major, EDITION.minor);
    [
        (PROJECT_FILE, format!("name = \"{name}\"\nvix = \"{edition}\"\n")),
        (".gitignore", "/build/\n".to_owned()),
        ("clusters.vix", include_str!("init/clusters.vix").to_owned()),
        ("settings.vix", include_str!("init/settings.vix").to_owned()),
        ("apps/whoami.vix", include_str!("init/whoami.vix").to_owned()),
        ("envs/dev.vix", include_str!("init/dev.vix").to_owned()),
    ]
}

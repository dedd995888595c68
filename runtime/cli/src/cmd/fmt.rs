//! `vix fmt`: one form for every source. No options, and broken sources are formatted around their mistakes.
//!
//! Invariant: a file is replaced whole by a rename, so that no moment shows half of it.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use build::World as _;
use clap::Args;
use diag::FileId;

use super::session::{from_root, shown};
use crate::exit::Exit;
use crate::failure::{Failure, reason};
use crate::host::Host;
use crate::project;
use crate::ui::{Ui, count};
use crate::world::Files;

/// Arguments of `vix fmt`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Files or folders; the whole project if left out
    #[arg(value_name = "PATH", conflicts_with = "stdin")]
    paths: Vec<PathBuf>,
    /// Change nothing; name the files that are not formatted, and end with 1 if there are any
    #[arg(long)]
    check: bool,
    /// Format standard input to standard output
    #[arg(long)]
    stdin: bool,
}

/// Formats.
///
/// # Errors
/// A file cannot be read or written.
pub fn run(arguments: &Arguments, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    if arguments.stdin {
        return filter(arguments.check, host);
    }
    let files = sources(&arguments.paths, host)?;
    let mut changed = 0;
    for path in &files {
        let text = read(path, host)?;
        let new = formatted(&text);
        if new == text {
            continue;
        }
        changed += 1;
        if arguments.check {
            host.print(format!("{}\n", shown(path, &host.called_in)))?;
        } else {
            replace(path, &new).map_err(|error| Failure::Machine(format!("cannot write {}: {}", shown(path, &host.called_in), reason(&error))))?;
        }
    }
    host.flush()?;
    let verb = if arguments.check { "not formatted" } else { "changed" };
    ui.line(host, &format!("{} {verb}, {} unchanged", count(changed, "file"), files.len() - changed));
    Ok(if arguments.check && changed > 0 { Exit::Source } else { Exit::Ok })
}

fn filter(check: bool, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let mut bytes = Vec::new();
    let limit = build::limits::SOURCE_SIZE_MAX;
    host.stdin.take(limit + 1).read_to_end(&mut bytes).map_err(|error| Failure::Source(format!("cannot read standard input: {}", reason(&error))))?;
    if bytes.len() as u64 > limit {
        return Err(Failure::Source(format!("standard input is larger than {limit} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| Failure::Source("standard input is not UTF-8".to_owned()))?;
    let new = formatted(&text);
    if check {
        return Ok(if new == text { Exit::Ok } else { Exit::Source });
    }
    host.print(new)?;
    Ok(Exit::Ok)
}

fn formatted(text: &str) -> String {
    syntax::fmt::format(&syntax::parse(FileId(0), text.into()).tree)
}

/// The files that the arguments name: a file as it is, a folder with all that a build would read in it.
fn sources(paths: &[PathBuf], host: &Host<'_>) -> Result<Vec<PathBuf>, Failure> {
    let mut out = Vec::new();
    let everything = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &everything[..] } else { paths };
    for path in paths {
        let full = host.cwd.join(path);
        let metadata = fs::metadata(&full).map_err(|error| Failure::Source(format!("cannot read {}: {}", path.display(), reason(&error))))?;
        if metadata.is_dir() {
            out.extend(below(path, &full, host)?);
        } else if full.extension().is_none_or(|it| it != "vix") {
            // Every text has a form, so that nothing else would keep a README from being rewritten.
            return Err(Failure::Usage(format!("{} is no source: its name does not end in .vix", path.display())));
        } else {
            out.push(full);
        }
    }
    out.sort();
    out.dedup();
    Ok(out)
}

fn below(path: &Path, full: &Path, host: &Host<'_>) -> Result<Vec<PathBuf>, Failure> {
    let root = project::find_root(full)?;
    let prefix = from_root(path, &root, &host.cwd)?;
    let files = Files::new(&root).map_err(|error| Failure::Source(format!("cannot enter {}: {}", root.display(), reason(&error))))?;
    let found = files.walk().map_err(|fault| Failure::Source(format!("{}: {}", fault.path, fault.reason)))?;
    let is_below = |it: &str| prefix.is_empty() || it.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.starts_with('/'));
    Ok(found.into_iter().filter(|it| is_below(&it.path)).map(|it| files.root().join(it.path)).collect())
}

fn read(path: &Path, host: &Host<'_>) -> Result<String, Failure> {
    let wrong = |why: &str| Failure::Source(format!("cannot read {}: {why}", shown(path, &host.called_in)));
    let metadata = fs::metadata(path).map_err(|error| wrong(&reason(&error)))?;
    if !metadata.is_file() {
        return Err(wrong("it is not a file"));
    }
    if metadata.len() > build::limits::SOURCE_SIZE_MAX {
        return Err(wrong(&format!("it is larger than {} bytes", build::limits::SOURCE_SIZE_MAX)));
    }
    let bytes = fs::read(path).map_err(|error| wrong(&reason(&error)))?;
    String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8"))
}

/// Writes beside the file and renames; a link stays a link, permissions stay.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = path.canonicalize()?;
    let permissions = fs::metadata(&path)?.permissions();
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = fs::write(&temporary, text).and_then(|()| fs::set_permissions(&temporary, permissions)).and_then(|()| fs::rename(&temporary, &path));
    if written.is_err() {
        // The first error is the one to tell.
        drop(fs::remove_file(&temporary));
    }
    written
}

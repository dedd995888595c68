//! `vix schema`: the definitions of custom resources that a project takes types from.
//!
//! A file inside the project is read where it is; one from elsewhere is copied into `vendor/schemas`. `vix.toml` lists the files, `vix.lock`
//! has their digests.
//! Invariant: nothing is written unless every definition can be read.

use std::fs;
use std::path::{Path, PathBuf};

use build::limits::INPUT_SIZE_MAX;
use build::schemas::{DefinedKind, read, shipped_kinds};
use build::{SchemaFile, Sources, World as _};
use clap::{Args, Subcommand};
use diag::{Diagnostic, Sink};
use store::Digest;

use super::session::{from_root, shown};
use crate::exit::Exit;
use crate::failure::{Failure, reason};
use crate::host::Host;
use crate::lock::{self, LOCK_FILE, Lock};
use crate::project::{self, PROJECT_FILE, Project};
use crate::ui::{Tally, Ui, count};
use crate::world::Files;

/// Where definitions from outside the project are kept.
const FOLDER: &str = "vendor/schemas";

/// Arguments of `vix schema`.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

/// What can be done with definitions.
#[derive(Debug, Subcommand)]
enum Verb {
    /// Take types from the definitions (CRDs) in these files, as they are now
    Add {
        /// YAML or JSON files, or folders with such files
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
    },
    /// Show the kinds that the project's definitions declare
    List {
        /// Also those that come with vix
        #[arg(long)]
        all: bool,
    },
}

/// Adds or lists.
///
/// # Errors
/// A file cannot be read or written.
pub fn run(arguments: &Arguments, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let opened = Opened::new(host)?;
    if opened.sink.has_errors() {
        return Ok(refuse(opened.sink.into_sorted(), None, &opened.sources, ui, host));
    }
    match &arguments.verb {
        Verb::Add { paths } => add(paths, opened, ui, host),
        Verb::List { all } => list(*all, opened, ui, host),
    }
}

/// A project with its two files.
struct Opened {
    root: PathBuf,
    files: Files,
    project: Project,
    lock: Lock,
    sources: Sources,
    sink: Sink,
}

impl Opened {
    fn new(host: &Host<'_>) -> Result<Self, Failure> {
        let root = project::find_root(&host.cwd)?;
        let files = Files::new(&root).map_err(|error| Failure::Source(format!("cannot enter {}: {}", root.display(), reason(&error))))?;
        let (mut sources, mut sink) = (Sources::default(), Sink::new());
        let project = project::load(&files, &mut sources, &mut sink)?;
        let lock = Lock::load(&files, &mut sources, &mut sink)?;
        Ok(Self { root, files, project, lock, sources, sink })
    }
}

/// A file of definitions that is to be added.
struct Added {
    /// Path from the root under which it is read.
    path: String,
    /// Where it is now.
    from: PathBuf,
    content: Vec<u8>,
    kinds: usize,
}

fn add(paths: &[PathBuf], mut opened: Opened, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let mut added: Vec<Added> = Vec::new();
    for (path, is_named) in candidates(paths, host)? {
        let content = content(&path, host)?;
        let name = shown(&path, &host.called_in);
        let text = String::from_utf8(content.clone()).map_err(|_| Failure::Source(format!("cannot read {name}: it is not UTF-8")))?;
        let file = opened.sources.add(name.as_str(), text.as_str().into());
        let (definitions, found) = read(file, &text);
        let kinds = definitions.kinds().len();
        let is_silent = found.is_empty();
        found.into_iter().for_each(|it| opened.sink.push(it));
        if kinds == 0 && is_silent {
            if is_named {
                return Err(Failure::Source(format!("{name} holds no CustomResourceDefinition")));
            }
            continue;
        }
        let path_in_project = place(&path, &opened.root, &host.cwd);
        if let Some(twin) = added.iter().find(|it| it.path == path_in_project && it.from != path) {
            let other = shown(&twin.from, &host.called_in);
            return Err(Failure::Usage(format!("{other} and {name} would both be kept as {path_in_project}; rename one of them")));
        }
        added.push(Added { path: path_in_project, from: path, content, kinds });
    }
    if opened.sink.has_errors() {
        return Ok(refuse(opened.sink.into_sorted(), Some("nothing was added"), &opened.sources, ui, host));
    }
    if added.is_empty() {
        return Err(Failure::Source("no CustomResourceDefinition found there".to_owned()));
    }
    record(&opened, &added, host)?;
    let kinds = added.iter().map(|it| it.kinds).sum();
    ui.line(host, &format!("{} from {} added to {PROJECT_FILE} and {LOCK_FILE}", count(kinds, "kind"), count(added.len(), "file")));
    Ok(Exit::Ok)
}

/// Writes copies first, then the digests, then the list that makes them count.
fn record(opened: &Opened, added: &[Added], host: &Host<'_>) -> Result<(), Failure> {
    for it in added {
        let to = opened.root.join(&it.path);
        if it.from.canonicalize().ok() != to.canonicalize().ok() {
            write(&to, &it.content, host)?;
        }
    }
    let mut files: Vec<SchemaFile> = lock::schemas(&opened.project, &opened.lock, &mut Sink::new());
    files.retain(|it| !added.iter().any(|new| new.path == *it.path));
    files.extend(added.iter().map(|it| SchemaFile { path: it.path.as_str().into(), digest: Digest::of(&it.content) }));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut lock = opened.lock.clone();
    lock.set_schemas(&files);
    write(&opened.root.join(LOCK_FILE), lock.text().as_bytes(), host)?;
    let mut paths: Vec<&str> = opened.project.schemas.iter().map(|it| it.0.as_str()).chain(added.iter().map(|it| it.path.as_str())).collect();
    paths.sort_unstable();
    paths.dedup();
    let old = opened.files.read(PROJECT_FILE, INPUT_SIZE_MAX).map_err(|fault| Failure::Source(format!("cannot read {PROJECT_FILE}: {}", fault.reason)))?;
    let old = String::from_utf8(old).map_err(|_| Failure::Source(format!("cannot read {PROJECT_FILE}: it is not UTF-8")))?;
    let new = project::with_schemas(&old, &paths);
    if new == old { Ok(()) } else { write(&opened.root.join(PROJECT_FILE), new.as_bytes(), host) }
}

/// Files that may hold definitions, and whether they were named themselves.
fn candidates(paths: &[PathBuf], host: &Host<'_>) -> Result<Vec<(PathBuf, bool)>, Failure> {
    let mut out = Vec::new();
    for path in paths {
        let full = host.cwd.join(path);
        let unreadable = |error: &std::io::Error| Failure::Source(format!("cannot read {}: {}", path.display(), reason(error)));
        if !fs::metadata(&full).map_err(|error| unreadable(&error))?.is_dir() {
            out.push((full, true));
            continue;
        }
        let mut folders = vec![full];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(|error| unreadable(&error))? {
                let entry = entry.map_err(|error| unreadable(&error))?;
                // A link to a folder is not followed, so that no circle is walked.
                match entry.file_type().map_err(|error| unreadable(&error))? {
                    it if it.is_dir() => folders.push(entry.path()),
                    _ if is_yaml(&entry.path()) => found.push((entry.path(), false)),
                    _ => {}
                }
            }
        }
        found.sort();
        out.extend(found);
    }
    Ok(out)
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json")
}

fn content(path: &Path, host: &Host<'_>) -> Result<Vec<u8>, Failure> {
    let wrong = |why: &str| Failure::Source(format!("cannot read {}: {why}", shown(path, &host.called_in)));
    let metadata = fs::metadata(path).map_err(|error| wrong(&reason(&error)))?;
    if !metadata.is_file() {
        return Err(wrong("it is not a file"));
    }
    if metadata.len() > INPUT_SIZE_MAX {
        return Err(wrong(&format!("it is larger than {} MiB", INPUT_SIZE_MAX >> 20)));
    }
    fs::read(path).map_err(|error| wrong(&reason(&error)))
}

/// Where a file is read from: inside the project where it is, otherwise its copy.
fn place(path: &Path, root: &Path, cwd: &Path) -> String {
    let copy = || format!("{FOLDER}/{}", path.file_name().map_or_else(|| "schema.yaml".into(), |it| it.to_string_lossy()));
    from_root(path, root, cwd).unwrap_or_else(|_| copy())
}

/// Writes beside the file and renames.
fn write(path: &Path, content: &[u8], host: &Host<'_>) -> Result<(), Failure> {
    let wrong = |error: &std::io::Error| Failure::Machine(format!("cannot write {}: {}", shown(path, &host.called_in), reason(error)));
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|error| wrong(&error))?;
    let temporary = folder.join(format!(".{}.{}.tmp", path.file_name().unwrap_or_default().to_string_lossy(), std::process::id()));
    let written = fs::write(&temporary, content).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| {
        // The first error is the one to tell.
        drop(fs::remove_file(&temporary));
        wrong(&error)
    })
}

fn list(all: bool, mut opened: Opened, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let files = lock::schemas(&opened.project, &opened.lock, &mut opened.sink);
    let mut rows: Vec<(DefinedKind, String)> = Vec::new();
    for file in &files {
        let content = opened.files.read(&file.path, INPUT_SIZE_MAX).map_err(|fault| Failure::Source(format!("cannot read {}: {}", file.path, fault.reason)))?;
        let text = String::from_utf8_lossy(&content);
        let id = opened.sources.add(&*file.path, text.as_ref().into());
        if Digest::of(&content) != file.digest {
            opened.sink.push(crate::diagnostics::schema_changed(id, &file.path));
        }
        let (definitions, found) = read(id, &text);
        found.into_iter().for_each(|it| opened.sink.push(it));
        rows.extend(definitions.kinds().into_iter().map(|it| (it, file.path.to_string())));
    }
    if all {
        rows.extend(shipped_kinds().into_iter().map(|it| (it, "vix".to_owned())));
    }
    let width = rows.iter().map(|it| it.0.name.chars().count()).max().unwrap_or(0);
    for (kind, from) in &rows {
        let scope = if kind.namespaced { "namespaced" } else { "cluster" };
        let served = if kind.served { "" } else { ", not served" };
        host.print(format!("{:width$}  {scope:10}  {from}{served}\n", kind.name))?;
    }
    host.flush()?;
    if opened.sink.has_errors() {
        return Ok(refuse(opened.sink.into_sorted(), None, &opened.sources, ui, host));
    }
    ui.line(host, &format!("{} in {}", count(rows.len(), "kind"), count(files.len(), "file")));
    Ok(Exit::Ok)
}

/// Says what was found, and what follows from it.
fn refuse(found: Vec<Diagnostic>, consequence: Option<&str>, sources: &Sources, ui: &Ui, host: &mut Host<'_>) -> Exit {
    ui.diagnostics(host, &found, sources);
    if let Some(sentence) = Tally::of(&found).sentence() {
        ui.error(host, &consequence.map_or(sentence.clone(), |it| format!("{sentence}; {it}")));
    }
    Exit::Source
}

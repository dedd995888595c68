//! A project as it was at a revision, read by the program `git`. The only home of child processes.
//!
//! Nothing is checked out: git lists a tree and hands over contents, and neither the working tree nor the index is read or written.
//! Invariant: git is never asked to open a connection, to run a filter or a hook, or to wait for a person; a revision is never taken for an option.

mod blobs;
#[cfg(test)]
mod tests;
mod tree;

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};

use build::{Fault, FaultKind, Found, World};
use store::{Digest, Stat};

use crate::failure::{Failure, reason};
use crate::project::PROJECT_FILE;
use crate::world::{fault, too_large};
use blobs::Blobs;
use tree::{Entry, Tree};

/// The files of a project at a revision.
#[derive(Debug)]
pub struct Revision {
    /// As the user named it.
    name: String,
    /// Its full id.
    commit: String,
    tree: Tree,
    blobs: Mutex<Blobs>,
}

impl Revision {
    /// The project at `root` as it was at a revision; `REV...` is the last state that `REV` and the current one have in common.
    ///
    /// # Errors
    /// There is no git, no repository, no such revision, or no project in it.
    pub fn open(root: &Path, name: &str) -> Result<Self, Failure> {
        let git = Git { root };
        let found = match name.strip_suffix("...") {
            Some(base) => git.find(base).and_then(|it| git.common(base, it))?,
            None => git.find(name)?,
        };
        let tree = git.list(&found)?;
        if !matches!(tree.entry(PROJECT_FILE), Some(Entry::File(_))) {
            let place = if found.prefix.is_empty() { String::new() } else { format!(" in {}", found.prefix.trim_end_matches('/')) };
            return Err(Failure::Source(format!("there was no {PROJECT_FILE}{place} at `{name}`")));
        }
        let blobs = Mutex::new(Blobs::new(git.command(["cat-file", "--batch"])));
        Ok(Self { name: name.to_owned(), commit: found.commit, tree, blobs })
    }

    /// As people tell it: `main (1a2b3c4)`.
    pub fn shown(&self) -> String {
        let short = self.commit.get(..SHORT).unwrap_or(&self.commit);
        if self.commit.starts_with(&self.name) { short.to_owned() } else { format!("{} ({short})", self.name) }
    }

    /// As git names files of it: `1a2b3c4:apps/a.vix`.
    pub fn prefix(&self) -> String {
        format!("{}:", self.commit.get(..SHORT).unwrap_or(&self.commit))
    }

    /// Its full id.
    pub fn commit(&self) -> &str {
        &self.commit
    }

    fn blob(&self, path: &str, size_max: u64) -> Result<Vec<u8>, Fault> {
        let id = self.tree.file(path, &mut |id| self.content(path, id, LINK_MAX))?;
        self.content(path, &id, size_max)
    }

    fn content(&self, path: &str, id: &str, size_max: u64) -> Result<Vec<u8>, Fault> {
        let mut blobs = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        match blobs.read(id, size_max) {
            Ok(Some(content)) => Ok(content),
            Ok(None) => Err(too_large(path, size_max)),
            Err(error) => Err(fault(path, FaultKind::Other, &format!("git does not hand it over: {}", reason(&error)))),
        }
    }
}

/// Digits of a commit that people are shown.
const SHORT: usize = 7;
/// Longest target of a link, bytes.
const LINK_MAX: u64 = 4096;

impl World for Revision {
    fn walk(&self) -> Result<Vec<Found>, Fault> {
        let found = self.tree.sources(&mut |path, id| self.content(path, id, LINK_MAX))?;
        Ok(found.into_iter().map(|(path, id)| Found { path, stat: stat(&id) }).collect())
    }

    fn stat(&self, path: &str) -> Result<Stat, Fault> {
        self.tree.file(path, &mut |id| self.content(path, id, LINK_MAX)).map(|id| stat(&id))
    }

    fn read(&self, path: &str, size_max: u64) -> Result<Vec<u8>, Fault> {
        self.blob(path, size_max)
    }
}

/// A signature that equal contents have in common and no others: a content never changes under its id, so the id tells all that a stat would.
///
/// Its time lies before 1970, so that no file on a disk has the same one and none counts as too young to be believed.
fn stat(id: &str) -> Stat {
    let digest = Digest::of(id.as_bytes());
    let (words, _) = digest.as_bytes().as_chunks::<8>();
    let [size, time, inode] = [0, 1, 2].map(|at| u64::from_le_bytes(words[at]));
    Stat { size, mtime_ns: -1 - (time >> 1).cast_signed(), inode }
}

/// A commit and where the project lies in it.
struct Place {
    commit: String,
    /// From the root of the repository, with `/` at its end; empty for the root.
    prefix: String,
    /// Only the newest commits are there.
    shallow: bool,
}

/// The program git, called in the project.
struct Git<'r> {
    root: &'r Path,
}

impl Git<'_> {
    fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.root).args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"]).args(arguments);
        // What a hook of another repository, or of this one, set for its own calls of git.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE"] {
            command.env_remove(name);
        }
        // A partial clone must not fetch what it lacks, and nobody is asked for a password.
        for (name, value) in
            [("GIT_NO_LAZY_FETCH", "1"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_OPTIONAL_LOCKS", "0"), ("GIT_NO_REPLACE_OBJECTS", "1"), ("LC_ALL", "C")]
        {
            command.env(name, value);
        }
        command.env("GIT_ALLOW_PROTOCOL", OsStr::new("none")).stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::piped());
        command
    }

    fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Result<Output, Failure> {
        self.command(arguments).output().map_err(|error| unavailable(&error))
    }

    fn find(&self, name: &str) -> Result<Place, Failure> {
        if name.contains('\0') {
            return Err(unknown(name, false));
        }
        let revision = format!("{name}^{{commit}}");
        let asked = ["rev-parse", "--show-prefix", "--is-shallow-repository", "--verify", "--quiet", "--end-of-options", &revision];
        let output = self.run(asked)?;
        let said = String::from_utf8_lossy(&output.stdout);
        let mut lines = said.lines();
        let (prefix, shallow) = (lines.next().unwrap_or_default().to_owned(), lines.next() == Some("true"));
        match (output.status.success(), lines.next()) {
            (true, Some(commit)) => Ok(Place { commit: commit.to_owned(), prefix, shallow }),
            _ if output.status.code() == Some(1) => Err(unknown(name, shallow)),
            _ => Err(refused(&output, self.root)),
        }
    }

    /// The last state that two lines of work have in common.
    fn common(&self, name: &str, place: Place) -> Result<Place, Failure> {
        let output = self.run(["merge-base", "--end-of-options", &place.commit, "HEAD"])?;
        match String::from_utf8_lossy(&output.stdout).lines().next() {
            Some(commit) if output.status.success() => Ok(Place { commit: commit.to_owned(), ..place }),
            _ => {
                let hint = if place.shallow { "; this clone holds only the newest commits: `git fetch --unshallow` gets the others" } else { "" };
                Err(Failure::Source(format!("`{name}` and the current commit have no state in common{hint}")))
            }
        }
    }

    fn list(&self, place: &Place) -> Result<Tree, Failure> {
        let prefix = place.prefix.trim_end_matches('/');
        let treeish = if prefix.is_empty() { place.commit.clone() } else { format!("{}:{prefix}", place.commit) };
        let output = self.run(["ls-tree", "-r", "-z", "--full-tree", "--end-of-options", &treeish])?;
        if !output.status.success() {
            // The commit is there, so it is the folder that is not.
            return Ok(Tree::default());
        }
        Ok(Tree::parse(&output.stdout))
    }
}

fn unavailable(error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => Failure::Machine("the program git, which reads revisions, is not installed".to_owned()),
        _ => Failure::Machine(format!("the program git cannot be started: {}", reason(error))),
    }
}

fn unknown(name: &str, shallow: bool) -> Failure {
    let hint = if shallow { "; this clone holds only the newest commits: `git fetch` the one that is meant" } else { "" };
    Failure::Source(format!("git knows no revision `{name}`{hint}"))
}

/// Git's own words, where they say more than ours.
fn refused(output: &Output, root: &Path) -> Failure {
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().map(|it| it.strip_prefix("fatal: ").unwrap_or(it)).find(|it| !it.is_empty()).unwrap_or("no reason given");
    if line.starts_with("not a git repository") {
        return Failure::Source(format!("{} is in no git repository, so there is no revision to compare with", root.display()));
    }
    Failure::Source(format!("git refuses: {line}"))
}

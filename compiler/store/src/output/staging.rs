//! How a set of files is replaced, and how that is undone.
//!
//! ```text
//! .vix-staging/<name>.new      new content, until it is renamed into place
//! .vix-staging/<name>.old      what it replaces, or what is removed
//! .vix-staging/created         names that did not exist before
//! .vix-staging/vix.index.new   the new index: as long as it is here, nothing is committed
//! ```
//! Invariant: `vix.index.new` is written after `.new`, `created` and the copies in `.old` are complete; nothing else in the
//! output folder changes before it, and its rename is the last change. So the staging folder alone tells any process whether
//! and how to go back.

use super::{INDEX, index::Index};
use crate::{
    digest::Digest,
    disk::{Disk, Kind, opt_look, remove_tree},
    error::{Error, Operation},
    name,
    stat::Stat,
};
use std::{
    io,
    path::{Path, PathBuf},
};

const STAGING: &str = ".vix-staging";
const CREATED: &str = "created";
const NEW: &str = ".new";
const OLD: &str = ".old";

/// The files of one publish before it is committed. Whoever gives it up calls `roll_back`.
pub(super) struct Staging<'a> {
    disk: &'a dyn Disk,
    folder: &'a Path,
    path: PathBuf,
    has_begun: bool,
    replaced: Vec<String>,
    created: Vec<String>,
}

impl<'a> Staging<'a> {
    pub fn new(disk: &'a dyn Disk, folder: &'a Path) -> Self {
        let path = folder.join(STAGING);
        Self { disk, folder, path, has_begun: false, replaced: Vec::new(), created: Vec::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.replaced.is_empty() && self.created.is_empty()
    }

    /// Stages a file under whose name nothing exists.
    pub fn create(&mut self, name: &str, content: &[u8]) -> Result<Stat, Error> {
        let stat = self.write(name, content)?;
        self.created.push(name.to_owned());
        Ok(stat)
    }

    /// Stages a file under whose name something exists.
    pub fn replace(&mut self, name: &str, content: &[u8]) -> Result<Stat, Error> {
        let stat = self.write(name, content)?;
        self.replaced.push(name.to_owned());
        Ok(stat)
    }

    /// Puts all staged files into place, removes the stale ones, and commits. Gives the time of the new index.
    pub fn commit(mut self, index: &Index, stale: &[String]) -> Result<i64, Error> {
        for name in &self.replaced {
            self.save(name)?;
        }
        self.write_created()?;
        let index_stat = self.write(INDEX, &index.encode())?;
        for name in self.replaced.iter().chain(&self.created) {
            self.put(name)?;
        }
        for name in stale {
            let path = self.folder.join(name);
            self.disk.rename(&path, &self.path_of(name, OLD)).map_err(Error::at(Operation::Remove, &path))?;
        }
        self.put(INDEX)?;
        // Committed. What is left is no harm: the next lock removes it.
        let _ = remove_tree(self.disk, &self.path);
        Ok(index_stat.mtime_ns)
    }

    fn path_of(&self, name: &str, suffix: &str) -> PathBuf {
        self.path.join(format!("{name}{suffix}"))
    }

    fn write(&mut self, name: &str, content: &[u8]) -> Result<Stat, Error> {
        if !self.has_begun {
            self.begin()?;
            self.has_begun = true;
        }
        let path = self.folder.join(name);
        self.disk.write_new(&self.path_of(name, NEW), content).map_err(Error::at(Operation::Write, &path))
    }

    fn begin(&self) -> Result<(), Error> {
        let created = match self.disk.create_folder(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                roll_back(self.disk, self.folder)?;
                self.disk.create_folder(&self.path)
            }
            created => created,
        };
        created.map_err(Error::at(Operation::CreateFolder, &self.path))
    }

    fn write_created(&self) -> Result<(), Error> {
        if self.created.is_empty() {
            return Ok(());
        }
        let path = self.path.join(CREATED);
        let names = self.created.join("\n");
        let text = format!("{}\n{names}", Digest::of(names.as_bytes()));
        self.disk.write_new(&path, text.as_bytes()).map(drop).map_err(Error::at(Operation::Write, &path))
    }

    /// Keeps what stands under a name. A second link costs least; where there are no links, a copy does.
    fn save(&self, name: &str) -> Result<(), Error> {
        let (path, old) = (self.folder.join(name), self.path_of(name, OLD));
        if self.disk.link(&path, &old).is_ok() {
            return Ok(());
        }
        let seen = self.disk.look(&path).map_err(Error::at(Operation::Look, &path))?;
        if seen.kind != Kind::File {
            return Err(Error::at(Operation::Write, &path)(io::Error::other("not a regular file")));
        }
        let (bytes, _) = self.disk.read(&path).map_err(Error::at(Operation::Read, &path))?;
        self.disk.write_new(&old, &bytes).map(drop).map_err(Error::at(Operation::Write, &path))
    }

    fn put(&self, name: &str) -> Result<(), Error> {
        let path = self.folder.join(name);
        self.disk.rename(&self.path_of(name, NEW), &path).map_err(Error::at(Operation::Rename, &path))
    }
}

/// Whether no publish was left in the middle, as far as can be seen.
pub(super) fn is_absent(disk: &dyn Disk, folder: &Path) -> bool {
    matches!(opt_look(disk, &folder.join(STAGING)), Ok(None))
}

/// Brings the folder back to what it was before a publish that did not commit, and removes the staging folder.
///
/// Can be interrupted and repeated at any point.
pub(super) fn roll_back(disk: &dyn Disk, folder: &Path) -> Result<(), Error> {
    let path = folder.join(STAGING);
    let Some(seen) = opt_look(disk, &path).map_err(Error::at(Operation::Look, &path))? else { return Ok(()) };
    if seen.kind == Kind::Folder {
        let names = disk.list(&path).map_err(Error::at(Operation::Read, &path))?;
        let flag = format!("{INDEX}{NEW}");
        if names.contains(&flag) {
            undo(disk, folder, &path, &names)?;
            // First of all, so that nothing is undone twice.
            let flag = path.join(flag);
            disk.remove_file(&flag).map_err(Error::at(Operation::Remove, &flag))?;
        }
    }
    remove_tree(disk, &path).map_err(|(path, source)| Error { operation: Operation::Remove, path, source })
}

fn undo(disk: &dyn Disk, folder: &Path, staging: &Path, names: &[String]) -> Result<(), Error> {
    for file in names {
        let Some(name) = file.strip_suffix(OLD).filter(|it| name::is_safe(it)) else { continue };
        let path = folder.join(name);
        disk.rename(&staging.join(file), &path).map_err(Error::at(Operation::Rename, &path))?;
    }
    if !names.iter().any(|it| it == CREATED) {
        return Ok(());
    }
    let created = staging.join(CREATED);
    let (text, _) = disk.read(&created).map_err(Error::at(Operation::Read, &created))?;
    for name in decode_created(&text).unwrap_or_default() {
        let is_unmoved = names.iter().any(|it| it.strip_suffix(NEW) == Some(name));
        let path = folder.join(name);
        if !is_unmoved && opt_look(disk, &path).map_err(Error::at(Operation::Look, &path))?.is_some() {
            disk.remove_file(&path).map_err(Error::at(Operation::Remove, &path))?;
        }
    }
    Ok(())
}

/// Without a seal that holds, the list may end within a name, and nothing is removed on its word.
fn decode_created(text: &[u8]) -> Option<Vec<&str>> {
    let (seal, names) = std::str::from_utf8(text).ok()?.split_once('\n')?;
    let names: Vec<&str> = (seal.parse() == Ok(Digest::of(names.as_bytes()))).then(|| names.split('\n').collect())?;
    names.iter().all(|it| name::is_safe(it)).then_some(names)
}

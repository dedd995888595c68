//! The few calls on the file system that this crate makes, as a trait.
//!
//! Not a general file system: each call is one that can fail or be interrupted on its own, so that a test which stops at
//! every call has stopped at every state the disk can be in. `disk/real.rs` is the only code that does them for real.

#[cfg(test)]
pub(crate) mod faulty;
pub(crate) mod real;

use crate::stat::Stat;
use std::{
    fmt::Debug,
    io,
    path::{Path, PathBuf},
};

/// What a path leads to, symbolic links not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    /// A symbolic link, pipe, socket or device: nothing that we made.
    Other,
}

/// What the system tells about a path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub kind: Kind,
    pub stat: Stat,
    /// The owner, on systems that have one.
    pub uid: Option<u32>,
    /// The rights, on systems that have them.
    pub mode: Option<u32>,
}

/// How a lock is asked for. The system gives it back when the process ends, whatever way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Alone; waits for the others.
    Alone,
    /// Alone, or not at all.
    AloneNow,
    /// Together with others who share, or not at all.
    SharedNow,
}

/// A held lock; dropping it gives it back.
pub(crate) trait Held: Debug + Send + Sync {}

/// A file that is open for reading at positions.
pub(crate) trait ReadAt: Debug + Send + Sync {
    fn length(&self) -> u64;
    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()>;
}

/// A file under a name of its own that vanishes unless it is persisted.
pub(crate) trait TempFile {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Gives the file its name, replacing what had it.
    fn persist(self: Box<Self>, path: &Path) -> io::Result<()>;
}

/// The calls.
pub(crate) trait Disk: Debug + Send + Sync {
    /// Looks at a path without following a link at its end.
    fn look(&self, path: &Path) -> io::Result<Seen>;
    fn read(&self, path: &Path) -> io::Result<(Vec<u8>, Seen)>;
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadAt>>;
    /// The names in a folder that are UTF-8 (all of ours are), sorted.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;

    fn create_folder(&self, folder: &Path) -> io::Result<()>;
    /// Creates a folder and its parents for this user alone.
    fn create_private_folders(&self, folder: &Path) -> io::Result<()>;
    /// Takes the rights of all other users away.
    fn make_private(&self, folder: &Path) -> io::Result<()>;

    fn create_temp(&self, folder: &Path) -> io::Result<Box<dyn TempFile>>;
    /// Makes a file that must not exist yet.
    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<Stat>;
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;

    /// Takes a lock through a file that is made if needed and never removed; `None` when others hold it.
    fn lock(&self, path: &Path, claim: Claim) -> io::Result<Option<Box<dyn Held>>>;
    /// Makes a file without a name in the folder and tells what the system gave it: our uid, and the time on its clock.
    fn probe(&self, folder: &Path) -> io::Result<Seen>;
    /// Tells the runs of the system apart, where it has a name for them: after a power cut, nothing that was written in an
    /// earlier run and not flushed can be trusted to have the content that its stat promises.
    fn boot(&self) -> String;
}

/// Looks at a path that may be absent.
pub(crate) fn opt_look(disk: &dyn Disk, path: &Path) -> io::Result<Option<Seen>> {
    match disk.look(path) {
        Ok(seen) => Ok(Some(seen)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes a folder and the files and folders in it; links are removed, never followed. Absent is fine.
pub(crate) fn remove_tree(disk: &dyn Disk, folder: &Path) -> Result<(), (PathBuf, io::Error)> {
    let at = |path: &Path| {
        let path = path.to_path_buf();
        move |error| (path, error)
    };
    let Some(seen) = opt_look(disk, folder).map_err(at(folder))? else { return Ok(()) };
    if seen.kind != Kind::Folder {
        return disk.remove_file(folder).map_err(at(folder));
    }
    for name in disk.list(folder).map_err(at(folder))? {
        remove_tree(disk, &folder.join(name))?;
    }
    disk.remove_folder(folder).map_err(at(folder))
}

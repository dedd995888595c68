//! The output folder of one environment: the manifests, and the index that tells which of them are ours.
//!
//! ```text
//! build/dev/app.adguard.yaml   one file for each instance
//! build/dev/vix.index          name, digest, stat and source of each; written last: the commit point
//! build/dev/.vix-lock          locked by the run that may write; given back by the system when that run ends
//! build/dev/.vix-staging/      only while a run publishes
//! ```
//! A publish writes all new files into the staging folder, saves the old ones there, and only then renames, the index last.
//! What holds, whichever call fails and wherever the process is killed:
//!
//! - No file is half written: each has its old bytes or its new ones.
//! - After an error the whole folder is the old one, index included. If the disk refuses even the way back, the next lock
//!   goes it.
//! - After a kill, some files may be new while the index is old. The next lock brings the old folder back; no command is
//!   needed for that.
//! - A file that the index does not list is never removed, and only a file of the very name that is published is replaced.
//! - After a power cut, files may have lost bytes that were never flushed. The index names the run of the system that wrote
//!   it (where systems have such names: Linux), and in another run all files are read and compared once.
//!
//! Not here: what is in the files. Content is asked for only when a file has to be written.

mod index;
mod publish;
mod staging;
#[cfg(test)]
mod tests;

pub use index::{Entry, Index};
pub use publish::{Content, OutFile, Report};

use crate::{
    digest::Digest,
    disk::{Claim, Disk, Held, Kind, Seen, opt_look, real::RealDisk},
    error::{Error, Operation},
    name,
};
use staging::Staging;
use std::{
    fmt::Debug,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The file that lists the others. No `.json` in its name, so that `kubectl apply -f build/dev` passes it over.
const INDEX: &str = "vix.index";
const LOCK: &str = ".vix-lock";

/// The output folder of one environment, locked for this run until dropped.
#[derive(Debug)]
pub struct Output {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    index: Option<Index>,
    /// When the index was written, on the clock of the file system.
    index_mtime_ns: i64,
    /// The name of this run of the system.
    boot: String,
    /// Absent where the file system has no locks.
    _held: Option<Box<dyn Held>>,
    /// Why nothing may be written, where the folder only lets itself be read: it may be as it should be all the same.
    refused: Option<Error>,
}

impl Output {
    /// Waits until no other run uses the folder `root/folder` (`/` between its parts), makes it if it is absent, brings it
    /// back if a run was killed while publishing, and reads its index.
    ///
    /// # Errors
    /// What the disk refused; also a part of `folder` that is a symbolic link or no folder, since a project must not write
    /// outside of itself. A damaged index is no failure: the files are then compared by content. Nor is a folder that may only
    /// be read, as long as nothing is to be written: publishing into it is the failure.
    pub fn lock(root: &Path, folder: &str) -> Result<Self, Error> {
        let output = Self::claim(Arc::new(RealDisk), root, folder, Claim::Alone)?;
        output.ok_or_else(|| busy(&root.join(folder)))
    }

    /// Does what [`Output::lock`] does, or gives `None` at once if another run uses the folder.
    ///
    /// # Errors
    /// As for [`Output::lock`].
    pub fn try_lock(root: &Path, folder: &str) -> Result<Option<Self>, Error> {
        Self::claim(Arc::new(RealDisk), root, folder, Claim::AloneNow)
    }

    fn claim(disk: Arc<dyn Disk>, root: &Path, folder: &str, claim: Claim) -> Result<Option<Self>, Error> {
        let folder = make_folder(&*disk, root, folder)?;
        let lock = folder.join(LOCK);
        if opt_look(&*disk, &lock).map_err(Error::at(Operation::Look, &lock))?.is_some_and(|it| it.kind != Kind::File) {
            return Err(Error::at(Operation::Lock, &lock)(io::Error::other("not a regular file")));
        }
        let (held, refused) = match disk.lock(&lock, claim) {
            Ok(None) => return Ok(None),
            Ok(held) => (held, None),
            Err(error) if error.kind() == io::ErrorKind::Unsupported => (None, None),
            Err(error) => {
                let is_readable = matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem);
                let error = Error::at(Operation::Lock, &lock)(error);
                // A folder in the middle of a publish would have to be brought back first.
                if !is_readable || !staging::is_absent(&*disk, &folder) {
                    return Err(error);
                }
                (None, Some(error))
            }
        };
        if refused.is_none() {
            staging::roll_back(&*disk, &folder)?;
        }
        let boot = disk.boot();
        let mut output = Self { disk, folder, index: None, index_mtime_ns: i64::MIN, boot, _held: held, refused };
        output.read_index()?;
        Ok(Some(output))
    }

    /// Gives the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives what the last publish left, if its index can be read.
    pub fn index(&self) -> Option<&Index> {
        self.index.as_ref()
    }

    /// Tells whether the folder holds what was published last, from just this source, and nothing of it was touched since.
    ///
    /// Looks at the listed files without reading them, except for those so young that a change within the same tick of the
    /// clock would not show.
    pub fn unchanged(&self, source: &Digest) -> bool {
        let Some(index) = self.index.as_ref().filter(|it| it.source == *source && it.boot == self.boot) else {
            return false;
        };
        let mut path = self.folder.join(INDEX);
        let mut has_young = false;
        for entry in &index.files {
            path.set_file_name(&entry.name);
            if !self.disk.look(&path).is_ok_and(|it| is_listed(&it, entry)) {
                return false;
            }
            if self.is_young(entry) {
                has_young = true;
                if !self.disk.read(&path).is_ok_and(|(bytes, _)| Digest::of(&bytes) == entry.digest) {
                    return false;
                }
            }
        }
        if has_young && self.refused.is_none() {
            // A later index makes them old, so that the next run need not read them. Only a matter of speed.
            let _ = Staging::new(&*self.disk, &self.folder).commit(index, &[]);
        }
        true
    }

    /// Without the index, or with one that names another run of the system, no stat is believed.
    fn is_clean(&self, seen: &Seen, entry: &Entry) -> bool {
        let is_of_this_boot = self.index.as_ref().is_some_and(|it| it.boot == self.boot);
        is_of_this_boot && is_listed(seen, entry) && !self.is_young(entry)
    }

    fn is_young(&self, entry: &Entry) -> bool {
        !entry.stat.is_clean(&entry.stat, self.index_mtime_ns)
    }

    /// An index that cannot be read is an error: without it, it is not known which files are stale. One that is damaged, or
    /// no file at all, is none.
    fn read_index(&mut self) -> Result<(), Error> {
        let path = self.folder.join(INDEX);
        let seen = opt_look(&*self.disk, &path).map_err(Error::at(Operation::Look, &path))?;
        if seen.is_some_and(|it| it.kind == Kind::File) {
            let (bytes, seen) = self.disk.read(&path).map_err(Error::at(Operation::Read, &path))?;
            (self.index, self.index_mtime_ns) = (Index::decode(&bytes), seen.stat.mtime_ns);
        }
        Ok(())
    }
}

fn is_listed(seen: &Seen, entry: &Entry) -> bool {
    seen.kind == Kind::File && seen.stat == entry.stat
}

/// Makes the folder, part by part, and refuses to go through anything but plain folders below the root.
fn make_folder(disk: &dyn Disk, root: &Path, folder: &str) -> Result<PathBuf, Error> {
    let mut path = root.to_path_buf();
    for part in folder.split('/') {
        path.push(part);
        if !name::is_safe(part) {
            return Err(Error::at(Operation::Name, &path)(io::ErrorKind::InvalidInput.into()));
        }
        if opt_look(disk, &path).map_err(Error::at(Operation::Look, &path))?.is_none() {
            match disk.create_folder(&path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(Error::at(Operation::CreateFolder, &path)(error));
                }
                Ok(()) | Err(_) => {}
            }
        }
        let seen = disk.look(&path).map_err(Error::at(Operation::Look, &path))?;
        if seen.kind != Kind::Folder {
            return Err(Error::at(Operation::Write, &path)(io::Error::other("not a plain folder")));
        }
    }
    Ok(path)
}

fn busy(folder: &Path) -> Error {
    Error::at(Operation::Lock, &folder.join(LOCK))(io::ErrorKind::WouldBlock.into())
}

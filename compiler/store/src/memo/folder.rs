//! The folder of one project's memo, checked before anything in it is believed.
//!
//! A head is sealed against accidents, not against people: whoever may write the folder may write a head. So the folder must
//! be ours: no symbolic link, our uid, and no rights for others.

use crate::{
    digest::Digest,
    disk::{Claim, Disk, Held, Kind, Seen, opt_look},
    error::{Error, Operation},
    name::file_name_part,
};
use std::{
    fmt::{self, Display, Formatter},
    io,
    path::{Path, PathBuf},
};

/// The version of all formats below it; another version is another folder.
pub(super) const VERSION: &str = "v1";
pub(super) const PACKS: &str = "packs";
pub(super) const HEAD_SUFFIX: &str = ".head";
pub(super) const LOCK: &str = "lock";

/// Rights to write for the group and for all.
const OTHERS_WRITE: u32 = 0o022;
const OTHERS_ANY: u32 = 0o077;

/// Why this run has no cache. The build goes on without.
#[derive(Debug)]
pub enum Warning {
    /// The folder cannot be made or written.
    NotWritable(Error),
    /// The path is a symbolic link, or no folder at all.
    NotAFolder(PathBuf),
    /// The folder belongs to another user.
    OtherOwner(PathBuf),
    /// Other users may write the folder, so what is in it may be theirs.
    OpenToOthers(PathBuf),
}

impl Display for Warning {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Self::NotWritable(error) => write!(f, "no cache is used: {error}"),
            Self::NotAFolder(path) => write!(f, "no cache is used: `{}` is not a plain folder", path.display()),
            Self::OtherOwner(path) => write!(f, "no cache is used: `{}` belongs to another user", path.display()),
            Self::OpenToOthers(path) => write!(f, "no cache is used: other users may write to `{}`", path.display()),
        }
    }
}

/// The checked folder of one project, and which of its heads is ours.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    pub project: String,
    pub name: String,
    /// The time on the clock of this file system before anything was read.
    pub clean_before_ns: i64,
}

/// Parts smaller than this, in bytes, are written together.
const BUFFER_MAX: usize = 256 * 1024;

impl Folder {
    pub fn open(disk: &dyn Disk, cache: &Path, project: &str, name: &str) -> Result<Self, Warning> {
        let version = open_version(disk, cache)?;
        let path = version.path.join(file_name_part(project));
        let packs = path.join(PACKS);
        disk.create_private_folders(&packs).map_err(|it| not_writable(&packs, it))?;
        version.check_owner(disk, &path)?;
        version.check_owner(disk, &packs)?;
        Ok(Self { path, project: project.to_owned(), name: name.to_owned(), clean_before_ns: version.now_ns })
    }

    /// The folder of a project that was found by listing; it has no head of its own.
    pub fn found(version: &Version, file_name: &str) -> Self {
        let path = version.path.join(file_name);
        Self { path, project: String::new(), name: String::new(), clean_before_ns: version.now_ns }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn packs(&self) -> PathBuf {
        self.path.join(PACKS)
    }

    pub fn pack(&self, name: &Digest) -> PathBuf {
        self.packs().join(name.to_string())
    }

    /// The head that is written.
    pub fn head(&self) -> PathBuf {
        self.head_of(&self.name)
    }

    pub fn head_of(&self, name: &str) -> PathBuf {
        self.path.join(file_name_part(name) + HEAD_SUFFIX)
    }

    pub fn lock(&self) -> PathBuf {
        self.path.join(LOCK)
    }

    /// Takes part in the use of the folder. Never waits: who removes files meanwhile costs us misses only.
    pub fn share(&self, disk: &dyn Disk) -> Option<Box<dyn Held>> {
        disk.lock(&self.lock(), Claim::SharedNow).ok().flatten()
    }

    /// Puts a whole file under a name, or leaves what is there.
    pub fn replace<'p>(&self, disk: &dyn Disk, path: &Path, parts: impl IntoIterator<Item = &'p [u8]>) -> Result<(), Error> {
        let folder = path.parent().unwrap_or(&self.path);
        let mut temp = disk.create_temp(folder).map_err(Error::at(Operation::Write, path))?;
        let mut buffer: Vec<u8> = Vec::new();
        for part in parts {
            if !buffer.is_empty() && buffer.len() + part.len() > BUFFER_MAX {
                temp.write_all(&buffer).map_err(Error::at(Operation::Write, path))?;
                buffer.clear();
            }
            if part.len() >= BUFFER_MAX {
                temp.write_all(part).map_err(Error::at(Operation::Write, path))?;
            } else {
                buffer.extend_from_slice(part);
            }
        }
        temp.write_all(&buffer).map_err(Error::at(Operation::Write, path))?;
        temp.persist(path).map_err(Error::at(Operation::Rename, path))
    }
}

/// The folder of all projects.
pub(super) struct Version {
    pub path: PathBuf,
    pub now_ns: i64,
    uid: Option<u32>,
}

/// Makes and checks the folder of all projects. What a new file in it belongs to is who we are.
pub(super) fn open_version(disk: &dyn Disk, cache: &Path) -> Result<Version, Warning> {
    let path = cache.join(VERSION);
    // A link is refused before anything is made behind it.
    if opt_look(disk, cache).is_ok_and(|it| it.is_some()) {
        look_at_folder(disk, cache)?;
    }
    disk.create_private_folders(&path).map_err(|it| not_writable(&path, it))?;
    let seen = look_at_folder(disk, &path)?;
    let probe = disk.probe(&path).map_err(|it| not_writable(&path, it))?;
    let version = Version { path, now_ns: probe.stat.mtime_ns, uid: probe.uid };
    version.check_owner(disk, cache)?;
    version.check_owner(disk, &version.path)?;
    let mode = seen.mode.unwrap_or(0);
    if mode & OTHERS_WRITE != 0 {
        return Err(Warning::OpenToOthers(version.path));
    }
    if mode & OTHERS_ANY != 0 {
        disk.make_private(&version.path).map_err(|it| not_writable(&version.path, it))?;
    }
    Ok(version)
}

impl Version {
    fn check_owner(&self, disk: &dyn Disk, folder: &Path) -> Result<(), Warning> {
        if look_at_folder(disk, folder)?.uid == self.uid { Ok(()) } else { Err(Warning::OtherOwner(folder.to_path_buf())) }
    }
}

fn look_at_folder(disk: &dyn Disk, folder: &Path) -> Result<Seen, Warning> {
    match disk.look(folder) {
        Ok(seen) if seen.kind == Kind::Folder => Ok(seen),
        Ok(_) => Err(Warning::NotAFolder(folder.to_path_buf())),
        Err(error) => Err(not_writable(folder, error)),
    }
}

fn not_writable(folder: &Path, error: io::Error) -> Warning {
    Warning::NotWritable(Error::at(Operation::Write, folder)(error))
}

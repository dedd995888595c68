//! A project's files on this machine. The only home of walkdir, and the only door through which a build reads sources.
//!
//! Invariant: nothing outside the root is ever read. On Linux the kernel holds that (`openat2` with `RESOLVE_BENEATH`);
//! elsewhere the opened file is compared with the one that the resolved path names. A file is looked at after it was opened, so
//! that it cannot be exchanged between the look and the reading.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Component, Path, PathBuf};

use build::{Fault, FaultKind, Found, World};
use store::Stat;
use walkdir::{DirEntry, WalkDir};

use crate::failure::reason;
use crate::project::PROJECT_FILE;

/// Folders that hold no sources, at any depth, besides the hidden ones.
const PASSED_OVER: [&str; 2] = ["build", "vendor"];

/// Too many links in a row, for which the standard library has no stable name: Linux, then the BSDs and macOS.
const ELOOP: i32 = if cfg!(target_os = "linux") { 40 } else { 62 };

/// The files under one root.
#[derive(Debug)]
pub struct Files {
    /// Absolute, without symlinks.
    root: PathBuf,
    /// The opened root, to which the kernel holds every read.
    #[cfg(target_os = "linux")]
    handle: File,
}

impl Files {
    /// Opens the project at `root`.
    ///
    /// # Errors
    /// The folder does not exist or may not be entered.
    pub fn new(root: &Path) -> io::Result<Self> {
        let root = root.canonicalize()?;
        Ok(Self {
            #[cfg(target_os = "linux")]
            handle: File::open(&root)?,
            root,
        })
    }

    /// The root, absolute and without symlinks.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether the walk goes into a folder, or looks at a file.
    fn is_wanted(&self, entry: &DirEntry) -> bool {
        if entry.depth() == 0 {
            return true;
        }
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            return false;
        }
        if !entry.file_type().is_dir() {
            return is_source(name);
        }
        // A link to a folder elsewhere, such as nix's `result`, is not part of the project.
        let foreign = entry.path_is_symlink() && !self.holds(entry.path());
        let passed_over = foreign || is_passed_over(name) || entry.path().join(PROJECT_FILE).is_file();
        !passed_over
    }

    fn holds(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|it| it.starts_with(&self.root))
    }

    /// The path as sources write it: from the root, with `/`.
    fn relative(&self, path: &Path) -> Result<String, Fault> {
        let mut out = String::new();
        for part in path.strip_prefix(&self.root).unwrap_or(path).iter() {
            let Some(part) = part.to_str() else {
                return Err(fault(&path.to_string_lossy(), FaultKind::Other, "the name is not UTF-8"));
            };
            if !out.is_empty() {
                out.push('/');
            }
            out.push_str(part);
        }
        Ok(out)
    }

    fn found(&self, entry: &DirEntry) -> Result<Option<Found>, Fault> {
        let path = self.relative(entry.path())?;
        if entry.path_is_symlink() && !self.holds(entry.path()) {
            return Err(fault(&path, FaultKind::OutsideRoot, "the link leads out of the project"));
        }
        let metadata = entry.metadata().map_err(|error| self.walk_fault(&error))?;
        // A pipe that is called like a source is told when it is read.
        Ok(Some(Found { path, stat: Stat::of_metadata(&metadata) }))
    }

    fn walk_fault(&self, error: &walkdir::Error) -> Fault {
        let path = error.path().map_or_else(|| Ok(String::new()), |it| self.relative(it)).unwrap_or_else(|fault| fault.path);
        let path = if path.is_empty() { ".".to_owned() } else { path };
        if let Some(ancestor) = error.loop_ancestor() {
            let to = self.relative(ancestor).ok().filter(|it| !it.is_empty()).unwrap_or_else(|| ".".to_owned());
            return fault(&path, FaultKind::Loop, &format!("the link leads back to `{to}`, which holds it"));
        }
        error.io_error().map_or_else(|| fault(&path, FaultKind::Other, "cannot be read"), |error| system_fault(&path, error))
    }

    fn open(&self, path: &str) -> Result<File, Fault> {
        let parts = Path::new(path).components();
        if path.is_empty() || path.contains(['\\', '\0']) || !parts.into_iter().all(|it| matches!(it, Component::Normal(_))) {
            return Err(fault(path, FaultKind::OutsideRoot, "not a path from the root of the project"));
        }
        self.open_beneath(Path::new(path)).map_err(|error| match error {
            Refused::Outside => fault(path, FaultKind::OutsideRoot, "the link leads out of the project"),
            Refused::System(error) => system_fault(path, &error),
        })
    }

    #[cfg(target_os = "linux")]
    fn open_beneath(&self, path: &Path) -> Result<File, Refused> {
        use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
        use rustix::io::Errno;
        // Without NONBLOCK the opening of a pipe waits for its writer.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let open = |path: &Path| openat2(&self.handle, path, flags, Mode::empty(), ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS);
        match open(path) {
            Ok(file) => Ok(File::from(file)),
            // An absolute link to a place inside the root is refused too: take its target, which must be inside.
            Err(Errno::XDEV) => {
                let target = self.root.join(path).canonicalize()?;
                let inside = target.strip_prefix(&self.root).map_err(|_| Refused::Outside)?;
                open(inside).map(File::from).map_err(|error| if error == Errno::XDEV { Refused::Outside } else { io::Error::from(error).into() })
            }
            // Kernels before 5.6 and some sandboxes.
            Err(Errno::NOSYS | Errno::PERM) => self.open_checked(path),
            Err(error) => Err(io::Error::from(error).into()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn open_beneath(&self, path: &Path) -> Result<File, Refused> {
        self.open_checked(path)
    }

    /// Resolves, checks, opens, and makes sure that what was opened is still what was checked.
    fn open_checked(&self, path: &Path) -> Result<File, Refused> {
        let target = self.root.join(path).canonicalize()?;
        if !target.starts_with(&self.root) {
            return Err(Refused::Outside);
        }
        let expected = fs::symlink_metadata(&target)?;
        if !expected.is_file() {
            return Err(io::Error::from(ErrorKind::InvalidInput).into());
        }
        let file = File::open(&target)?;
        if Stat::of_metadata(&file.metadata()?).inode != Stat::of_metadata(&expected).inode {
            return Err(Refused::Outside);
        }
        Ok(file)
    }
}

/// Why a file was not opened.
enum Refused {
    Outside,
    System(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl World for Files {
    fn walk(&self) -> Result<Vec<Found>, Fault> {
        let mut out = Vec::new();
        let entries = WalkDir::new(&self.root).follow_links(true).into_iter().filter_entry(|entry| self.is_wanted(entry));
        for entry in entries {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) => out.extend(self.found(&entry)?),
                // A link that leads to nothing, or to itself, matters only where it is called like a source (and an editor's lock, `.#a.vix`, is hidden).
                Err(error) if is_dangling(&error) => {}
                Err(error) => return Err(self.walk_fault(&error)),
            }
        }
        Ok(out)
    }

    fn stat(&self, path: &str) -> Result<Stat, Fault> {
        let metadata = fs::metadata(self.root.join(path)).map_err(|error| system_fault(path, &error))?;
        regular(path, &metadata)?;
        Ok(Stat::of_metadata(&metadata))
    }

    fn read(&self, path: &str, size_max: u64) -> Result<Vec<u8>, Fault> {
        let file = self.open(path)?;
        let metadata = file.metadata().map_err(|error| system_fault(path, &error))?;
        regular(path, &metadata)?;
        let too_large = || too_large(path, size_max);
        if metadata.len() > size_max {
            return Err(too_large());
        }
        let length = usize::try_from(metadata.len()).unwrap_or(0);
        let mut bytes = vec![0; length + 1];
        let read = (&file).read(&mut bytes).map_err(|error| system_fault(path, &error))?;
        bytes.truncate(read);
        // One byte less than was asked for is the end of the file; otherwise it grew meanwhile, or its length is not what it says.
        if read != length {
            file.take((size_max + 1).saturating_sub(read as u64)).read_to_end(&mut bytes).map_err(|error| system_fault(path, &error))?;
        }
        if bytes.len() as u64 > size_max {
            return Err(too_large());
        }
        Ok(bytes)
    }
}

/// Whether a file of that name is a source.
pub fn is_source(name: &OsStr) -> bool {
    Path::new(name).extension().is_some_and(|it| it == "vix")
}

/// Whether a folder of that name holds no sources.
pub fn is_passed_over(name: &OsStr) -> bool {
    PASSED_OVER.iter().any(|it| name == *it)
}

fn is_dangling(error: &walkdir::Error) -> bool {
    let missing = error.io_error().is_some_and(|it| it.kind() == ErrorKind::NotFound || it.raw_os_error() == Some(ELOOP));
    let name = error.path().and_then(Path::file_name);
    error.depth() > 0 && missing && name.is_some_and(|it| !is_source(it) || it.as_encoded_bytes().starts_with(b"."))
}

fn regular(path: &str, metadata: &fs::Metadata) -> Result<(), Fault> {
    if metadata.is_file() {
        return Ok(());
    }
    let what = if metadata.is_dir() { "a folder" } else { "a pipe, socket or device" };
    Err(fault(path, FaultKind::NotRegular, &format!("{what}, not a file")))
}

fn system_fault(path: &str, error: &io::Error) -> Fault {
    let kind = match error.kind() {
        _ if error.raw_os_error() == Some(ELOOP) => FaultKind::Loop,
        ErrorKind::NotFound | ErrorKind::NotADirectory => FaultKind::Missing,
        ErrorKind::PermissionDenied => FaultKind::Denied,
        ErrorKind::IsADirectory | ErrorKind::InvalidInput => FaultKind::NotRegular,
        _ => FaultKind::Other,
    };
    fault(path, kind, &reason(error))
}

/// A file that is larger than it may be.
pub fn too_large(path: &str, size_max: u64) -> Fault {
    let limit = if size_max < 1 << 20 { format!("{} KiB", size_max >> 10) } else { format!("{} MiB", size_max >> 20) };
    fault(path, FaultKind::TooLarge, &format!("larger than {limit}"))
}

/// Why a file cannot be had.
pub fn fault(path: &str, kind: FaultKind, reason: &str) -> Fault {
    Fault { path: path.to_owned(), kind, reason: reason.to_owned() }
}

#[cfg(test)]
#[path = "world/tests.rs"]
mod tests;

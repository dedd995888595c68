//! The calls of `Disk` on the real file system.
//!
//! Nothing is flushed to the device: a rename orders what other processes see, digests and the boot name find what a power
//! cut tore, and a flush per file would cost milliseconds each.

use crate::{
    disk::{Claim, Disk, Held, Kind, ReadAt, Seen, TempFile},
    stat::Stat,
};
use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::Path,
};
use tempfile::NamedTempFile;

/// Begins the name of every temporary file in the cache, so that leftovers of killed runs are known.
pub(crate) const TEMP_PREFIX: &str = ".tmp-";

/// The file system of this machine.
#[derive(Debug)]
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn look(&self, path: &Path) -> io::Result<Seen> {
        fs::symlink_metadata(path).map(|it| seen(&it))
    }

    fn read(&self, path: &Path) -> io::Result<(Vec<u8>, Seen)> {
        let mut file = File::open(path)?;
        let seen = seen(&file.metadata()?);
        let mut bytes = Vec::with_capacity(usize::try_from(seen.stat.size).unwrap_or(0).saturating_add(1));
        file.read_to_end(&mut bytes)?;
        Ok((bytes, seen))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadAt>> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Box::new(Positioned::new(file, length)))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.extend(entry?.file_name().into_string());
        }
        names.sort_unstable();
        Ok(names)
    }

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir(folder)
    }

    fn create_private_folders(&self, folder: &Path) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)
    }

    fn make_private(&self, folder: &Path) -> io::Result<()> {
        #[cfg(unix)]
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        #[cfg(not(unix))]
        let _ = folder;
        Ok(())
    }

    fn create_temp(&self, folder: &Path) -> io::Result<Box<dyn TempFile>> {
        Ok(Box::new(tempfile::Builder::new().prefix(TEMP_PREFIX).tempfile_in(folder)?))
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<Stat> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(bytes)?;
        Ok(Stat::of_metadata(&file.metadata()?))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        fs::remove_dir(folder)
    }

    fn lock(&self, path: &Path, claim: Claim) -> io::Result<Option<Box<dyn Held>>> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let claimed = match claim {
            Claim::Alone => file.lock().map_err(TryLockError::Error),
            Claim::AloneNow => file.try_lock(),
            Claim::SharedNow => file.try_lock_shared(),
        };
        match claimed {
            Ok(()) => Ok(Some(Box::new(HeldFile(file)))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn probe(&self, folder: &Path) -> io::Result<Seen> {
        tempfile::tempfile_in(folder)?.metadata().map(|it| seen(&it))
    }

    fn boot(&self) -> String {
        let name = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        name.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '-').collect()
    }
}

/// Holds the lock by holding the file open.
#[derive(Debug)]
struct HeldFile(#[expect(dead_code, reason = "held for its lock")] File);

impl Held for HeldFile {}

impl TempFile for NamedTempFile {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.as_file_mut().write_all(bytes)
    }

    fn persist(self: Box<Self>, path: &Path) -> io::Result<()> {
        NamedTempFile::persist(*self, path).map(drop).map_err(|it| it.error)
    }
}

#[cfg(unix)]
mod positioned {
    use crate::disk::ReadAt;
    use std::{fs::File, io, os::unix::fs::FileExt};

    /// A file read at positions by any number of threads.
    #[derive(Debug)]
    pub(super) struct Positioned {
        file: File,
        length: u64,
    }

    impl Positioned {
        pub(super) fn new(file: File, length: u64) -> Self {
            Self { file, length }
        }
    }

    impl ReadAt for Positioned {
        fn length(&self) -> u64 {
            self.length
        }

        fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
            self.file.read_exact_at(bytes, offset)
        }
    }
}

#[cfg(not(unix))]
mod positioned {
    use crate::disk::ReadAt;
    use std::{
        fs::File,
        io::{self, Read, Seek, SeekFrom},
        sync::{Mutex, PoisonError},
    };

    /// A file read at positions, one thread after the other, since the position belongs to the file.
    #[derive(Debug)]
    pub(super) struct Positioned {
        file: Mutex<File>,
        length: u64,
    }

    impl Positioned {
        pub(super) fn new(file: File, length: u64) -> Self {
            Self { file: Mutex::new(file), length }
        }
    }

    impl ReadAt for Positioned {
        fn length(&self) -> u64 {
            self.length
        }

        fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
            // A poisoned lock only means that the position is unknown, and it is set here.
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(offset))?;
            file.read_exact(bytes)
        }
    }
}

use positioned::Positioned;

fn seen(metadata: &Metadata) -> Seen {
    let kind = match metadata.file_type() {
        it if it.is_file() => Kind::File,
        it if it.is_dir() => Kind::Folder,
        _ => Kind::Other,
    };
    #[cfg(unix)]
    let (uid, mode) = {
        use std::os::unix::fs::MetadataExt;
        (Some(metadata.uid()), Some(metadata.mode()))
    };
    #[cfg(not(unix))]
    let (uid, mode) = (None, None);
    Seen { kind, stat: Stat::of_metadata(metadata), uid, mode }
}

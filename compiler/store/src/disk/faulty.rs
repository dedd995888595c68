//! The real file system, except that one chosen call goes wrong.
//!
//! For tests: run a scenario once to count its calls, then once for every call and every fault.

use crate::{
    disk::{
        Claim, Disk, Held, ReadAt, Seen, TempFile,
        real::{RealDisk, TEMP_PREFIX},
    },
    stat::Stat,
};
use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};
use tempfile::NamedTempFile;

/// What goes wrong at the chosen call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails without effect.
    Error(io::ErrorKind),
    /// A write puts half of its bytes down and fails; other calls fail without effect.
    Short(io::ErrorKind),
    /// It and all later calls that take space fail.
    Full,
    /// It and all later calls fail.
    Broken,
    /// The process is killed before, in the middle of, or after it: no later call has an effect, nothing is tidied up.
    KillBefore,
    KillMidway,
    KillAfter,
}

impl Fault {
    pub const ALL: [Self; 11] = [
        Self::Error(io::ErrorKind::PermissionDenied),
        Self::Error(io::ErrorKind::Interrupted),
        Self::Error(io::ErrorKind::ReadOnlyFilesystem),
        Self::Error(io::ErrorKind::Other),
        Self::Short(io::ErrorKind::StorageFull),
        Self::Short(io::ErrorKind::Other),
        Self::Full,
        Self::Broken,
        Self::KillBefore,
        Self::KillMidway,
        Self::KillAfter,
    ];

    pub fn is_kill(self) -> bool {
        matches!(self, Self::KillBefore | Self::KillMidway | Self::KillAfter)
    }
}

#[derive(Debug, Default)]
struct State {
    calls: usize,
    fault: Option<(usize, Fault)>,
    is_dead: bool,
    written: BTreeSet<PathBuf>,
}

/// The disk with a fault in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultyDisk {
    state: Arc<Mutex<State>>,
    /// Whether the file system has no hard links.
    pub lacks_links: bool,
    /// Who files seem to be made for.
    pub uid: Option<u32>,
    /// Overrides the name of this run of the system.
    pub boot: Option<String>,
}

/// How far a call goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    /// Half of the effect, then the error.
    Half(io::ErrorKind),
    /// The effect, then the error that a dead process never sees.
    WholeThenDead,
    Nothing(io::ErrorKind),
}

impl FaultyDisk {
    pub fn failing_at(call: usize, fault: Fault) -> Self {
        let disk = Self::default();
        disk.state().fault = Some((call, fault));
        disk
    }

    /// How many calls were made.
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// The files written and not removed since, which a power cut may tear.
    pub fn written(&self) -> Vec<PathBuf> {
        self.state().written.iter().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn extent(&self, takes_space: bool) -> Extent {
        let mut state = self.state();
        let call = state.calls;
        state.calls += 1;
        let gone = Extent::Nothing(io::ErrorKind::BrokenPipe);
        if state.is_dead {
            return gone;
        }
        let Some((at, fault)) = state.fault.filter(|it| it.0 <= call) else { return Extent::Whole };
        match fault {
            Fault::Full if takes_space => return Extent::Half(io::ErrorKind::StorageFull),
            Fault::Broken => return Extent::Nothing(io::ErrorKind::Other),
            _ if at < call => return Extent::Whole,
            _ => {}
        }
        state.is_dead = fault.is_kill();
        match fault {
            Fault::Full => Extent::Whole,
            Fault::Broken | Fault::Error(_) => Extent::Nothing(match fault {
                Fault::Error(kind) => kind,
                _ => io::ErrorKind::Other,
            }),
            Fault::Short(kind) => Extent::Half(kind),
            Fault::KillBefore => gone,
            Fault::KillMidway => Extent::Half(io::ErrorKind::BrokenPipe),
            Fault::KillAfter => Extent::WholeThenDead,
        }
    }

    /// Does a call that has no middle.
    fn call<T>(&self, takes_space: bool, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.extent(takes_space) {
            Extent::Whole => act(),
            Extent::WholeThenDead => {
                let _ = act();
                Err(io::ErrorKind::BrokenPipe.into())
            }
            Extent::Half(kind) | Extent::Nothing(kind) => Err(kind.into()),
        }
    }

    /// Does a write, of which half may be done.
    fn write<T>(&self, bytes: &[u8], act: impl FnOnce(&[u8]) -> io::Result<T>) -> io::Result<T> {
        match self.extent(true) {
            Extent::Whole => act(bytes),
            Extent::WholeThenDead => act(bytes).and(Err(io::ErrorKind::BrokenPipe.into())),
            Extent::Half(kind) => act(&bytes[..bytes.len() / 2]).and(Err(kind.into())),
            Extent::Nothing(kind) => Err(kind.into()),
        }
    }

    fn disguised(&self, mut seen: Seen) -> Seen {
        seen.uid = self.uid.or(seen.uid);
        seen
    }
}

impl Disk for FaultyDisk {
    fn look(&self, path: &Path) -> io::Result<Seen> {
        self.call(false, || RealDisk.look(path))
    }

    fn read(&self, path: &Path) -> io::Result<(Vec<u8>, Seen)> {
        self.call(false, || RealDisk.read(path))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadAt>> {
        let file = self.call(false, || RealDisk.open(path))?;
        Ok(Box::new(FaultyFile { disk: self.clone(), file }))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.call(false, || RealDisk.list(folder))
    }

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.call(true, || RealDisk.create_folder(folder))
    }

    fn create_private_folders(&self, folder: &Path) -> io::Result<()> {
        self.call(true, || RealDisk.create_private_folders(folder))
    }

    fn make_private(&self, folder: &Path) -> io::Result<()> {
        self.call(false, || RealDisk.make_private(folder))
    }

    fn create_temp(&self, folder: &Path) -> io::Result<Box<dyn TempFile>> {
        let file = self.call(true, || tempfile::Builder::new().prefix(TEMP_PREFIX).tempfile_in(folder))?;
        Ok(Box::new(FaultyTemp { disk: self.clone(), file: Some(file) }))
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<Stat> {
        self.state().written.insert(path.to_owned());
        self.write(bytes, |bytes| RealDisk.write_new(path, bytes))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(true, || match self.lacks_links {
            true => Err(io::ErrorKind::Unsupported.into()),
            false => RealDisk.link(from, to),
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        if state.written.remove(from) {
            state.written.insert(to.to_owned());
        }
        drop(state);
        self.call(false, || RealDisk.rename(from, to))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.call(false, || RealDisk.remove_file(path))
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.call(false, || RealDisk.remove_folder(folder))
    }

    fn lock(&self, path: &Path, claim: Claim) -> io::Result<Option<Box<dyn Held>>> {
        self.call(false, || RealDisk.lock(path, claim))
    }

    fn probe(&self, folder: &Path) -> io::Result<Seen> {
        self.call(true, || RealDisk.probe(folder).map(|it| self.disguised(it)))
    }

    fn boot(&self) -> String {
        self.boot.clone().unwrap_or_else(|| RealDisk.boot())
    }
}

#[derive(Debug)]
struct FaultyFile {
    disk: FaultyDisk,
    file: Box<dyn ReadAt>,
}

impl ReadAt for FaultyFile {
    fn length(&self) -> u64 {
        self.file.length()
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        self.disk.call(false, || self.file.read_exact_at(bytes, offset))
    }
}

struct FaultyTemp {
    disk: FaultyDisk,
    file: Option<NamedTempFile>,
}

impl TempFile for FaultyTemp {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.file.as_ref().unwrap().as_file();
        self.disk.write(bytes, |bytes| file.write_all(bytes))
    }

    fn persist(mut self: Box<Self>, path: &Path) -> io::Result<()> {
        self.disk.state().written.insert(path.to_owned());
        let mut file = self.file.take();
        let persisted = self.disk.call(false, || file.take().unwrap().persist(path).map(drop).map_err(|it| it.error));
        self.file = file;
        persisted
    }
}

/// A killed process leaves its temporary files.
impl Drop for FaultyTemp {
    fn drop(&mut self) {
        if self.disk.state().is_dead
            && let Some(file) = self.file.take()
        {
            let _ = file.keep();
        }
    }
}

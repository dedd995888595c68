//! The door to the outside: the caller lists and reads the project's files, tests do it in memory.
//!
//! Invariant: paths are relative to the project root, use `/`, and never leave the root.

use store::Stat;

/// A project's files.
pub trait World: Sync {
    /// Every `*.vix` file under the root, with its stat, in any order; hidden folders, `build/`, `vendor/` and folders with a `vix.toml` of their own
    /// are passed over.
    ///
    /// # Errors
    /// A folder that cannot be read, or a symlink loop.
    fn walk(&self) -> Result<Vec<Found>, Fault>;

    /// Size, time and identity of one file.
    ///
    /// # Errors
    /// As `read`, but for the content.
    fn stat(&self, path: &str) -> Result<Stat, Fault>;

    /// The content of one file.
    ///
    /// # Errors
    /// Missing, unreadable, not a regular file, larger than `size_max`, or outside the root once symlinks are resolved.
    fn read(&self, path: &str, size_max: u64) -> Result<Vec<u8>, Fault>;
}

/// A file found by `World::walk`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Path from the root, with `/`.
    pub path: String,
    /// Its stat.
    pub stat: Stat,
}

/// Why a file could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Path from the root, or of the folder being walked.
    pub path: String,
    /// What it is.
    pub kind: FaultKind,
    /// The system's words, or ours.
    pub reason: String,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// No such file.
    Missing,
    /// Permission denied.
    Denied,
    /// Resolves to a place outside the project root.
    OutsideRoot,
    /// A folder, device, pipe or socket.
    NotRegular,
    /// More than `size_max` bytes.
    TooLarge,
    /// Symlinks that lead in a circle.
    Loop,
    /// Anything else the system says.
    Other,
}

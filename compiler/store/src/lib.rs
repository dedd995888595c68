//! What a build keeps on disk: digests, the memo of earlier work, and the output folder.
//!
//! Knows bytes, names and digests; nothing of the language, of Kubernetes or of what a key stands for. It is the only room
//! under `compiler/` that touches the file system, and all its calls go through one private trait (`disk::Disk`), so that
//! tests can fail or stop every single one of them.
//!
//! Invariant: a damaged, lost or foreign cache costs time, never a byte. Every read of the memo is verified; every write is
//! a temporary file and a rename.

mod digest;
mod disk;
mod error;
mod hasher;
mod memo;
mod name;
mod output;
mod shared;
mod stat;

pub use digest::Digest;
pub use error::{Error, Operation, Reason};
pub use hasher::Hasher;
pub use memo::{Committed, Memo, Swept, Warning, survey, sweep};
pub use name::file_name;
pub use output::{Content, Entry, Index, OutFile, Output, Report};
pub use shared::Shared;
pub use stat::{Stat, read_with_stat};

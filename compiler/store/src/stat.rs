//! What tells that a file is the one seen before, without reading it.
//!
//! The idea and the racy rule are those of git's index (Documentation/technical/racy-git.txt), made stricter: git compares
//! with the time at which the index was *written*, we with a time before anything was *read*.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read},
    path::Path,
    time::UNIX_EPOCH,
};

const SECOND_NS: i64 = 1_000_000_000;

/// The signature of a file: size, time of the last change, and inode.
///
/// On systems whose standard library shows no inode it is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stat {
    /// Length in bytes.
    pub size: u64,
    /// Time of the last change, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Number of the file within its file system.
    pub inode: u64,
}

impl Stat {
    /// Looks at a file, through symbolic links.
    ///
    /// # Errors
    /// What the system says when the path cannot be looked at.
    pub fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|it| Self::of_metadata(&it))
    }

    /// Takes the signature from metadata at hand, such as that of a folder walk.
    pub fn of_metadata(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Self { size: metadata.len(), mtime_ns: mtime_ns(metadata), inode }
    }

    /// Tells whether the file whose signature was `self` when it was read is now, with signature `now`, still the same.
    ///
    /// `clean_before_ns` is [`crate::Memo::clean_before_ns`]: an instant before that reading. A file changed at or after it
    /// may have been changed again within the same tick of the clock, so it counts as changed. A time without a fraction may
    /// come from a file system that counts in seconds (FAT: in twos), so such a file is clean only two seconds later.
    pub fn is_clean(&self, now: &Self, clean_before_ns: i64) -> bool {
        let tick_ns = if self.mtime_ns % SECOND_NS == 0 { 2 * SECOND_NS } else { 1 };
        self == now && self.mtime_ns.saturating_add(tick_ns) <= clean_before_ns
    }

    /// Writes the signature as 24 bytes: the three numbers, little-endian.
    pub fn to_bytes(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.size.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.mtime_ns.to_le_bytes());
        bytes[16..].copy_from_slice(&self.inode.to_le_bytes());
        bytes
    }

    /// Reads what [`Stat::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8; 24]) -> Self {
        let (words, _) = bytes.as_chunks::<8>();
        Self { size: u64::from_le_bytes(words[0]), mtime_ns: i64::from_le_bytes(words[1]), inode: u64::from_le_bytes(words[2]) }
    }
}

/// Reads a regular file together with its signature, taken from the open file before the first byte.
///
/// In this order a change during the reading shows as a new signature the next time. Digest and parse this buffer; never
/// read the path twice.
///
/// # Errors
/// What the system says; `InvalidInput` if the path is a folder, a pipe or a device, which is not opened.
pub fn read_with_stat(path: &Path) -> io::Result<(Vec<u8>, Stat)> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut file = File::open(path)?;
    let stat = Stat::of_metadata(&file.metadata()?);
    let mut bytes = Vec::with_capacity(usize::try_from(stat.size).unwrap_or(0).saturating_add(1));
    file.read_to_end(&mut bytes)?;
    Ok((bytes, stat))
}

/// A time before 1970 is negative; an unknown one, or one that does not fit, is the far future, which is never clean.
fn mtime_ns(metadata: &Metadata) -> i64 {
    let Ok(time) = metadata.modified() else { return i64::MAX };
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MAX, |ns| -ns),
    }
}

#[cfg(test)]
mod tests {
    use super::{SECOND_NS, Stat, read_with_stat};

    const STAT: Stat = Stat { size: 3, mtime_ns: 5 * SECOND_NS + 7, inode: 9 };

    #[test]
    fn a_file_as_young_as_the_reading_counts_as_changed() {
        assert!(STAT.is_clean(&STAT, STAT.mtime_ns + 1));
        assert!(!STAT.is_clean(&STAT, STAT.mtime_ns));
        assert!(!STAT.is_clean(&Stat { inode: 8, ..STAT }, i64::MAX));
        assert!(!STAT.is_clean(&Stat { size: 4, ..STAT }, i64::MAX));
    }

    #[test]
    fn whole_seconds_wait_for_two() {
        let stat = Stat { mtime_ns: 5 * SECOND_NS, ..STAT };
        assert!(!stat.is_clean(&stat, 7 * SECOND_NS - 1));
        assert!(stat.is_clean(&stat, 7 * SECOND_NS));
    }

    #[test]
    fn bytes_go_round() {
        let stat = Stat { size: u64::MAX, mtime_ns: -1, inode: 1 << 63 };
        assert_eq!(Stat::from_bytes(&stat.to_bytes()), stat);
    }

    #[test]
    fn reading_gives_the_signature_of_what_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("input");
        std::fs::write(&path, "abc").unwrap();
        let (bytes, stat) = read_with_stat(&path).unwrap();
        assert_eq!((bytes.as_slice(), stat), (&b"abc"[..], Stat::of(&path).unwrap()));
        assert!(read_with_stat(folder.path()).is_err());
    }
}

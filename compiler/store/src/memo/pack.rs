//! A pack: the results of one build in one file that never changes.
//!
//! ```text
//! magic 8 | entries 8 | entries x (key 32, digest 32, offset 8, length 8), sorted by key | payloads
//! ```
//! Invariant: the name of a pack is the digest of everything before the payloads, and that part has the digest of each
//! payload. So a name stands for all bytes, and yet one payload can be verified without reading the others.

use crate::{
    digest::Digest,
    disk::{Disk, ReadAt},
    shared::Shared,
};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

const MAGIC: &[u8; 8] = b"vixpack1";
const TABLE_AT: usize = 16;
const ENTRY: usize = 80;

/// Payloads with less than this between them are read together.
const GAP_MAX: u64 = 4 * 1024;
/// One read asks for at most this much, unless one payload is longer.
const READ_MAX: u64 = 1024 * 1024;

/// What a head tells about a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub name: Digest,
    pub entries: u64,
    /// Of the whole file, in bytes.
    pub length: u64,
}

/// A listed pack; its table is read when the first key is asked for.
#[derive(Debug)]
pub(super) struct Pack {
    pub listed: Listed,
    path: PathBuf,
    opened: OnceLock<Option<Opened>>,
}

#[derive(Debug)]
struct Opened {
    file: Box<dyn ReadAt>,
    /// The entries, as they are in the file.
    table: Vec<u8>,
    /// One for each entry: not yet read, read and damaged, or read.
    slots: Vec<OnceLock<Option<Shared>>>,
}

#[derive(Clone, Copy)]
struct Entry {
    at: usize,
    digest: Digest,
    offset: u64,
    length: u64,
}

impl Pack {
    pub fn new(listed: Listed, path: PathBuf) -> Self {
        Self { listed, path, opened: OnceLock::new() }
    }

    /// Tells whether the pack was asked for something and proved damaged or absent.
    pub fn is_lost(&self) -> bool {
        matches!(self.opened.get(), Some(None))
    }

    /// Gives the verified payload under a key.
    pub fn get(&self, disk: &dyn Disk, key: &Digest) -> Option<&Shared> {
        let opened = self.open(disk)?;
        let entry = opened.find(key)?;
        opened.slots[entry.at].get_or_init(|| opened.read_one(&entry)).as_ref()
    }

    /// Reads the payloads under those keys that the pack has, neighbours together, so that `get` finds them in memory.
    pub fn load<'a>(&self, disk: &dyn Disk, keys: impl IntoIterator<Item = &'a Digest>) {
        let Some(opened) = self.open(disk) else { return };
        let mut entries: Vec<Entry> = keys.into_iter().filter_map(|key| opened.find(key)).filter(|entry| opened.slots[entry.at].get().is_none()).collect();
        // By length too: an empty payload begins where the next one does, and the last of a run must end last.
        entries.sort_unstable_by_key(|it| (it.offset, it.length, it.at));
        entries.dedup_by_key(|it| it.at);
        let mut rest = entries.as_slice();
        while !rest.is_empty() {
            let (run, after) = rest.split_at(run_length(rest));
            opened.read_run(run);
            rest = after;
        }
    }

    /// Adds up what those keys that the pack has take of the file.
    pub fn bytes_of(&self, disk: &dyn Disk, keys: &[Digest]) -> u64 {
        let Some(opened) = self.open(disk) else { return 0 };
        keys.iter().filter_map(|key| opened.find(key)).map(|it| it.length + ENTRY as u64).sum()
    }

    fn open(&self, disk: &dyn Disk) -> Option<&Opened> {
        self.opened.get_or_init(|| self.read_table(disk)).as_ref()
    }

    fn read_table(&self, disk: &dyn Disk) -> Option<Opened> {
        let entries = usize::try_from(self.listed.entries).ok()?;
        let payloads_at = entries.checked_mul(ENTRY)?.checked_add(TABLE_AT)?;
        let file = disk.open(&self.path).ok()?;
        if file.length() < payloads_at as u64 {
            return None;
        }
        let mut table = vec![0; payloads_at];
        file.read_exact_at(&mut table, 0).ok()?;
        if Digest::of(&table) != self.listed.name || !table.starts_with(MAGIC) {
            return None;
        }
        table.drain(..TABLE_AT);
        let mut slots = Vec::new();
        slots.resize_with(entries, OnceLock::new);
        Some(Opened { file, table, slots })
    }
}

impl Opened {
    fn find(&self, key: &Digest) -> Option<Entry> {
        let (entries, _) = self.table.as_chunks::<ENTRY>();
        let at = entries.binary_search_by(|it| it[..32].cmp(key.as_bytes())).ok()?;
        let (_, rest) = entries[at].split_first_chunk::<32>()?;
        let (digest, rest) = rest.split_first_chunk::<32>()?;
        let (offset, length) = rest.split_first_chunk::<8>()?;
        Some(Entry { at, digest: Digest::from_bytes(*digest), offset: u64::from_le_bytes(*offset), length: u64::from_le_bytes(*length.first_chunk()?) })
    }

    fn read_one(&self, entry: &Entry) -> Option<Shared> {
        let read = self.read(entry.offset, entry.length)?;
        verified(&read, entry, entry.offset)
    }

    /// Reads neighbours with one read. If that fails, such as at the end of a truncated file, each is on its own.
    fn read_run(&self, run: &[Entry]) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
        let read = self.read(first.offset, last.offset.saturating_add(last.length) - first.offset);
        for entry in run {
            self.slots[entry.at].get_or_init(|| match &read {
                Some(read) => verified(read, entry, first.offset),
                None => self.read_one(entry),
            });
        }
    }

    fn read(&self, offset: u64, length: u64) -> Option<Arc<Vec<u8>>> {
        // Asked before memory is taken for it.
        if offset.checked_add(length)? > self.file.length() {
            return None;
        }
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        self.file.read_exact_at(&mut bytes, offset).ok()?;
        Some(Arc::new(bytes))
    }
}

fn verified(read: &Arc<Vec<u8>>, entry: &Entry, read_at: u64) -> Option<Shared> {
    let start = usize::try_from(entry.offset - read_at).ok()?;
    let range = start..start.checked_add(usize::try_from(entry.length).ok()?)?;
    Shared::part(read, range).filter(|it| Digest::of(it) == entry.digest)
}

/// Tells how many of the first entries, sorted by offset, one read should cover.
fn run_length(entries: &[Entry]) -> usize {
    let end = |entry: &Entry| entry.offset.saturating_add(entry.length);
    let belongs = |pair: &[Entry]| pair[1].offset.saturating_sub(end(&pair[0])) < GAP_MAX && end(&pair[1]) - entries[0].offset <= READ_MAX;
    1 + entries.windows(2).take_while(|pair| belongs(pair)).count()
}

/// The bytes of a pack before its payloads, which follow in the order of their keys.
pub(super) fn table(results: &BTreeMap<Digest, &[u8]>) -> (Vec<u8>, Listed) {
    let payloads_at = TABLE_AT + results.len() * ENTRY;
    let length = payloads_at + results.values().map(|it| it.len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(payloads_at);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&(results.len() as u64).to_le_bytes());
    let mut offset = payloads_at;
    for (key, payload) in results {
        bytes.extend_from_slice(key.as_bytes());
        bytes.extend_from_slice(Digest::of(payload).as_bytes());
        bytes.extend_from_slice(&(offset as u64).to_le_bytes());
        bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
        offset += payload.len();
    }
    let name = Digest::of(&bytes);
    (bytes, Listed { name, entries: results.len() as u64, length: length as u64 })
}

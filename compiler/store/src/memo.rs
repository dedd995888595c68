//! The disk memo: what earlier builds worked out, by key, for one environment of one project.
//!
//! ```text
//! <cache>/v1/<project>/<name>.head     which packs there are, and the caller's state; replaced whole
//! <cache>/v1/<project>/packs/<digest>  results; written once, by the build that made them
//! ```
//! Not a store of truth and not a lock between builds: two writers of one head both succeed, and the later one's head stays.
//!
//! Invariant: `get` gives the bytes that were committed under the key, or nothing. The digest of a head is in the head, the
//! digest of a pack's table is the pack's name, and the digest of each result is in the table; all are compared on reading.

mod folder;
mod garbage;
mod head;
mod merge;
mod pack;
#[cfg(test)]
mod tests;

pub use folder::Warning;
pub use garbage::{Swept, survey, sweep};

use crate::{
    digest::Digest,
    disk::{Disk, Held, real::RealDisk},
    error::Error,
    shared::Shared,
};
use folder::Folder;
use head::Head;
use merge::Plan;
use pack::{Listed, Pack};
use std::{collections::BTreeMap, iter, path::Path, sync::Arc};

/// Packs of one head, at most; one more, and they are merged.
const PACKS_MAX: usize = 8;

/// The memo of one environment, as it was when it was opened.
///
/// Reading never fails: what is lost, torn or altered is absent. Results are read when they are asked for and stay in
/// memory as long as the memo.
///
/// ```
/// use store::{Digest, Memo};
///
/// let cache = tempfile::tempdir().unwrap();
/// let key = Digest::of(b"key");
/// let mut memo = Memo::open(cache.path(), "shop", "dev");
/// assert_eq!((memo.state(), memo.get(&key)), (None, None));
/// memo.commit(vec![(key, b"result")], &[key], b"state").unwrap();
///
/// let memo = Memo::open(cache.path(), "shop", "dev");
/// assert_eq!(memo.state(), Some(&b"state"[..]));
/// assert!(memo.get(&key).is_some_and(|it| *it == b"result"));
/// ```
#[derive(Debug)]
pub struct Memo {
    disk: Arc<dyn Disk>,
    /// Absent when the cache cannot be used; then nothing is found and commits do nothing.
    folder: Option<Folder>,
    warning: Option<Warning>,
    head: Option<Head>,
    /// Oldest first.
    packs: Vec<Pack>,
    /// Keeps others from removing files while this memo is in use; absent where the system has no locks.
    share: Option<Box<dyn Held>>,
}

/// What a commit did, for logs and tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Results in the pack that was written; with a merge, those carried over too.
    pub written: usize,
    /// Packs that were merged into that one.
    pub merged: usize,
    /// Files of nobody that were removed.
    pub collected: usize,
}

impl Memo {
    /// Opens the memo of environment `name` of a project in a cache folder, which is made if it is absent.
    ///
    /// Never fails: a missing or damaged head is an empty memo, and a cache that cannot be used (not writable, a symbolic
    /// link, another user's) is an empty memo with a warning.
    pub fn open(cache: &Path, project: &str, name: &str) -> Self {
        Self::open_on(Arc::new(RealDisk), cache, project, name)
    }

    /// Makes a memo that remembers nothing, for a build without a cache.
    pub fn without_cache() -> Self {
        Self::empty(Arc::new(RealDisk))
    }

    pub(crate) fn open_on(disk: Arc<dyn Disk>, cache: &Path, project: &str, name: &str) -> Self {
        let mut memo = Self::empty(disk);
        match Folder::open(&*memo.disk, cache, project, name) {
            Ok(folder) => {
                memo.share = folder.share(&*memo.disk);
                memo.folder = Some(folder);
            }
            Err(warning) => memo.warning = Some(warning),
        }
        let head = memo.read_head(name);
        memo.show(head);
        memo
    }

    /// Shows what another name of the same project remembers, as the beginning of this one's own memory: two states of a project that differ little
    /// need not both be built from nothing. A commit writes the head of the own name and leaves the other's alone; packs are shared, since they never change.
    ///
    /// Where the other has no head either, this memo is empty.
    pub fn adopt(&mut self, name: &str) {
        let head = self.read_head(name);
        self.show(head);
    }

    fn read_head(&self, name: &str) -> Option<Head> {
        let folder = self.folder.as_ref()?;
        Head::decode(self.disk.read(&folder.head_of(name)).ok()?.0, folder, name)
    }

    fn empty(disk: Arc<dyn Disk>) -> Self {
        Self { disk, folder: None, warning: None, head: None, packs: Vec::new(), share: None }
    }

    /// Tells why there is no cache in this run, if so.
    pub fn warning(&self) -> Option<&Warning> {
        self.warning.as_ref()
    }

    /// Gives what the caller stored with the last commit.
    pub fn state(&self) -> Option<&[u8]> {
        self.head.as_ref().map(|it| &**it.state())
    }

    /// The same, for whoever keeps it while this memo changes; empty where there is none.
    pub fn shared_state(&self) -> Shared {
        self.head.as_ref().map(|it| it.state().clone()).unwrap_or_default()
    }

    /// Gives the instant before which the build that wrote the head had read nothing; see [`crate::Stat::is_clean`].
    pub fn clean_before_ns(&self) -> i64 {
        self.head.as_ref().map_or(i64::MIN, |it| it.clean_before_ns)
    }

    /// Gives the result under a key.
    pub fn get(&self, key: &Digest) -> Option<&Shared> {
        self.packs.iter().rev().find_map(|pack| pack.get(&*self.disk, key))
    }

    /// Gives the results under many keys, in their order, with few large reads instead of many small ones.
    pub fn get_many(&self, keys: &[Digest]) -> Vec<Option<&Shared>> {
        let mut found = vec![None; keys.len()];
        let mut wanted: Vec<usize> = (0..keys.len()).collect();
        for pack in self.packs.iter().rev() {
            if wanted.is_empty() {
                break;
            }
            pack.load(&*self.disk, wanted.iter().map(|at| &keys[*at]));
            wanted.retain(|at| {
                found[*at] = pack.get(&*self.disk, &keys[*at]);
                found[*at].is_none()
            });
        }
        found
    }

    /// Stores new results and a new state; from now on this memo shows what is on disk then.
    ///
    /// `live` are the keys that the build used; the new ones need not be among them. What is not live is forgotten when
    /// packs are merged. If a key is given twice, the first result counts. Inputs whose stats are in `state` must have been
    /// read after this memo was opened, so a long-lived program opens a memo for each build.
    ///
    /// # Errors
    /// What the disk refused. The memo on disk is then the old one, and the build can go on. Without a cache, nothing is
    /// done and nothing fails; leftovers that cannot be removed are no failure either.
    pub fn commit<P: AsRef<[u8]>>(&mut self, new: Vec<(Digest, P)>, live: &[Digest], state: &[u8]) -> Result<Committed, Error> {
        let Some(folder) = &self.folder else { return Ok(Committed::default()) };
        let disk = &*self.disk;
        let mut results: BTreeMap<Digest, &[u8]> = BTreeMap::new();
        for (key, payload) in &new {
            results.entry(*key).or_insert(payload.as_ref());
        }
        let plan = Plan::new(disk, &self.packs, !results.is_empty(), live);
        plan.carry_over(disk, live, &mut results);
        let mut listed: Vec<Listed> = plan.kept.iter().map(|it| it.listed).collect();
        if !results.is_empty() {
            let (table, written) = pack::table(&results);
            folder.replace(disk, &folder.pack(&written.name), iter::once(&*table).chain(results.values().copied()))?;
            listed.retain(|it| it.name != written.name);
            listed.push(written);
        }
        let (head, bytes) = Head::new(folder, listed, state);
        folder.replace(disk, &folder.head(), [&*bytes])?;

        let mut committed = Committed { written: results.len(), merged: plan.merged.len(), collected: 0 };
        // A pack that was written again because it was damaged must be opened again.
        self.packs.retain(|it| !it.is_lost());
        if committed.merged > 0 {
            // Our own share of the lock would stand in the way.
            self.share = None;
            committed.collected = garbage::collect(disk, folder);
            self.share = folder.share(disk);
        }
        self.show(Some(head));
        Ok(committed)
    }

    /// Takes the head that is on disk; packs that are still listed keep what they have in memory.
    fn show(&mut self, head: Option<Head>) {
        let Some(folder) = &self.folder else { return };
        self.head = head;
        let mut loaded = std::mem::take(&mut self.packs);
        for listed in self.head.iter().flat_map(|it| &it.packs) {
            let pack = match loaded.iter().position(|it| it.listed == *listed) {
                Some(at) => loaded.swap_remove(at),
                None => Pack::new(*listed, folder.pack(&listed.name)),
            };
            self.packs.push(pack);
        }
    }
}

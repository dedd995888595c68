//! Which packs are merged, so that a look-up never searches more than a few.
//!
//! A big pack that is mostly alive stays as it is, and only the small ones after it are merged: else every eighth edit of one
//! app would write the results of all apps again.

use super::{PACKS_MAX, pack::Pack};
use crate::{digest::Digest, disk::Disk};
use std::collections::BTreeMap;

/// What happens to each pack at a commit. Packs that proved lost are in neither list.
pub(super) struct Plan<'a> {
    pub kept: Vec<&'a Pack>,
    /// Oldest first.
    pub merged: Vec<&'a Pack>,
}

impl<'a> Plan<'a> {
    /// Decides; `adds` tells whether the commit writes a pack of its own.
    pub fn new(disk: &dyn Disk, packs: &'a [Pack], adds: bool, live: &[Digest]) -> Self {
        let packs: Vec<&Pack> = packs.iter().filter(|it| !it.is_lost()).collect();
        if packs.len() + usize::from(adds) <= PACKS_MAX {
            return Self { kept: packs, merged: Vec::new() };
        }
        let kept = packs.iter().copied().max_by_key(|it| it.listed.length);
        let kept = kept.filter(|biggest| {
            let others: u64 = packs.iter().map(|it| it.listed.length).sum::<u64>() - biggest.listed.length;
            biggest.listed.length > others && biggest.bytes_of(disk, live) >= biggest.listed.length / 2
        });
        let merged = packs.into_iter().filter(|it| !kept.is_some_and(|kept| std::ptr::eq(kept, *it))).collect();
        Self { kept: kept.into_iter().collect(), merged }
    }

    /// Adds the live results of the merged packs, verified, to those of the build. The newest under a key counts.
    pub fn carry_over(&self, disk: &dyn Disk, live: &[Digest], results: &mut BTreeMap<Digest, &'a [u8]>) {
        for pack in self.merged.iter().rev() {
            pack.load(disk, live);
            for key in live {
                if let Some(payload) = pack.get(disk, key) {
                    results.entry(*key).or_insert(payload);
                }
            }
        }
    }
}

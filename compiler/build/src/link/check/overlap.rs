//! Which ranges have addresses in common: a sweep over their ends.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use syntax::literal::ip::{Ip, IpRange};

/// For each range, at most so many others are told that began before it: those that reach farthest.
pub(super) const TOLD_MAX: usize = 16;

/// The pairs of ranges with a common address, as indices, the smaller first; O(n log n). No range is forgotten, but of one that overlaps more than
/// `TOLD_MAX` others not every pair is given: a thousand equal ranges are half a million pairs and one mistake.
pub(super) fn pairs(ranges: &[IpRange]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    order.sort_by_key(|at| (ranges[*at].first(), *at));
    let mut open: BTreeSet<(Ip, Reverse<usize>)> = BTreeSet::new();
    let mut pairs = Vec::new();
    for at in order {
        while open.first().is_some_and(|(last, _)| *last < ranges[at].first()) {
            open.pop_first();
        }
        // Families are apart, because IPv4 sorts before IPv6.
        pairs.extend(open.iter().rev().take(TOLD_MAX).map(|(_, Reverse(other))| (at.min(*other), at.max(*other))));
        open.insert((ranges[at].last(), Reverse(at)));
    }
    pairs.sort_unstable();
    pairs
}

/// Of two owners: the addresses that both have, in order, and the first two ranges that show it.
pub(super) struct Common {
    /// Joined where they touch.
    pub pieces: Vec<IpRange>,
    /// Indices of the ranges, in the order of the owners.
    pub ranges: (usize, usize),
}

/// What the ranges of two owners have in common, for each pair of owners that have anything in common, equal ones included.
pub(super) fn common<O: Copy + Ord>(ranges: &[(IpRange, O)]) -> BTreeMap<(O, O), Common> {
    let mut found: BTreeMap<(O, O), Common> = BTreeMap::new();
    let bare: Vec<IpRange> = ranges.iter().map(|it| it.0).collect();
    for (a, b) in pairs(&bare) {
        let Some(piece) = bare[a].overlap(bare[b]) else { continue };
        let (a, b) = if ranges[a].1 <= ranges[b].1 { (a, b) } else { (b, a) };
        found.entry((ranges[a].1, ranges[b].1)).or_insert_with(|| Common { pieces: Vec::new(), ranges: (a, b) }).pieces.push(piece);
    }
    for it in found.values_mut() {
        it.pieces = joined(std::mem::take(&mut it.pieces));
    }
    found
}

/// The same addresses in as few ranges as possible, in order.
pub(super) fn joined(mut ranges: Vec<IpRange>) -> Vec<IpRange> {
    ranges.sort_unstable();
    let mut joined: Vec<IpRange> = Vec::new();
    for range in ranges {
        let touching = joined.last_mut().filter(|it| it.last() >= range.first() || it.last().step(1) == Some(range.first()));
        match touching.and_then(|it| IpRange::new(it.first(), it.last().max(range.last())).map(|new| *it = new)) {
            Some(()) => {}
            None => joined.push(range),
        }
    }
    joined
}

/// The parts of `range` outside of `inside`.
pub(super) fn outside(range: IpRange, inside: IpRange) -> Vec<IpRange> {
    let Some(common) = range.overlap(inside) else { return vec![range] };
    let before = common.first().step(-1).filter(|_| range.first() < common.first()).and_then(|it| IpRange::new(range.first(), it));
    let behind = common.last().step(1).filter(|_| common.last() < range.last()).and_then(|it| IpRange::new(it, range.last()));
    before.into_iter().chain(behind).collect()
}

#[cfg(test)]
#[path = "overlap_test.rs"]
mod tests;

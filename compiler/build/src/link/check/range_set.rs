//! Ranges of addresses with what they belong to: which of them hold an address, in O(log n) and as many steps as there are answers.

use syntax::literal::ip::{Ip, IpRange};

/// Ranges sorted by their first address.
pub(in crate::link) struct RangeSet<T> {
    items: Vec<(IpRange, T)>,
    /// Of each item, the last address of it and all before.
    reach: Vec<Ip>,
}

impl<T: Copy> RangeSet<T> {
    /// Sorts the ranges; equal ones keep their order.
    pub fn new(mut items: Vec<(IpRange, T)>) -> Self {
        items.sort_by_key(|it| (it.0.first(), it.0.last()));
        let mut reach: Vec<Ip> = Vec::with_capacity(items.len());
        for (range, _) in &items {
            reach.push(reach.last().map_or(range.last(), |it| range.last().max(*it)));
        }
        Self { items, reach }
    }

    /// What the ranges around an address belong to, the last range first.
    pub fn around(&self, ip: Ip) -> impl Iterator<Item = T> {
        let end = self.items.partition_point(|it| it.0.first() <= ip);
        let near = (0..end).rev().take_while(move |at| self.reach[*at] >= ip);
        near.map(|at| &self.items[at]).filter(move |it| it.0.contains(ip)).map(|it| it.1)
    }
}

//! A table that only grows and gives out references while it grows, shared by threads without locks on reading.

use std::sync::OnceLock;

/// Entries of the first chunk; each further one is twice as large.
const FIRST: usize = 64;
/// Chunks: room for 64 * 2^20 entries, more than there are types.
const CHUNKS: usize = 20;

/// The table.
pub(crate) struct Table<T> {
    chunks: [OnceLock<Box<[OnceLock<T>]>>; CHUNKS],
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { chunks: std::array::from_fn(|_| OnceLock::new()) }
    }
}

impl<T> Table<T> {
    /// The entry of that index, if it was set.
    #[inline]
    pub fn get(&self, index: u32) -> Option<&T> {
        let (chunk, at) = place(index);
        self.chunks.get(chunk)?.get()?.get(at)?.get()
    }

    /// Sets an entry; false if there is no room.
    pub fn set(&self, index: u32, value: T) -> bool {
        let (chunk, at) = place(index);
        let Some(cell) = self.chunks.get(chunk) else { return false };
        let entries = cell.get_or_init(|| (0..FIRST << chunk).map(|_| OnceLock::new()).collect());
        entries.get(at).is_some_and(|it| it.set(value).is_ok())
    }
}

fn place(index: u32) -> (usize, usize) {
    let block = index as usize / FIRST + 1;
    let chunk = block.ilog2() as usize;
    (chunk, index as usize - FIRST * ((1 << chunk) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_was_set() {
        let table = Table::default();
        for index in 0..5000 {
            assert!(table.get(index).is_none());
            assert!(table.set(index, index * 3));
            assert!(!table.set(index, 0), "set once");
        }
        assert!((0..5000).all(|it| table.get(it) == Some(&(it * 3))));
    }
}

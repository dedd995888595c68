//! A hash for short texts, a word at a time: link looks up tens of thousands of names in a few milliseconds.
//!
//! The multiplier is that of rustc's FxHash. Not for keys of strangers: the texts are the user's own project.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A map with this hash. Invariant: nobody iterates it, so no order depends on it.
pub(super) type WordMap<K, V> = HashMap<K, V, BuildHasherDefault<WordHasher>>;

/// A set with this hash.
pub(super) type WordSet<K> = HashSet<K, BuildHasherDefault<WordHasher>>;

/// The state of the hash.
#[derive(Clone, Copy, Default)]
pub(super) struct WordHasher(u64);

impl WordHasher {
    #[inline]
    fn word(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for WordHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        // The last word overlaps the one before it, which saves copying what is left; the length tells equal overlaps apart.
        if let (Some(_), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
            let (words, _) = bytes.as_chunks::<8>();
            for word in words {
                self.word(u64::from_le_bytes(*word));
            }
            self.word(u64::from_le_bytes(*last) ^ bytes.len() as u64);
        } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
            let word = u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32;
            self.word(word ^ bytes.len() as u64);
        } else {
            let word = bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
            self.word(word << 8 | bytes.len() as u64);
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.word(u64::from(byte));
    }

    fn write_u32(&mut self, number: u32) {
        self.word(u64::from(number));
    }

    fn write_usize(&mut self, number: usize) {
        self.word(number as u64);
    }

    fn finish(&self) -> u64 {
        // The table takes its place from the low bits, the multiplication leaves its best in the high ones.
        self.0.rotate_left(26)
    }
}

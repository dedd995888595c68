//! Bytes of the build's own state. Lengths before contents, numbers little-endian; reading a wrong byte form gives nothing.

use std::sync::Arc;

use store::{Digest, Stat};

/// Writes.
#[derive(Default)]
pub struct Writer {
    /// What is written so far.
    pub bytes: Vec<u8>,
}

impl Writer {
    pub fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub fn bool(&mut self, value: bool) {
        self.bytes.push(u8::from(value));
    }

    pub fn str(&mut self, text: &str) {
        self.u32(text.len() as u32);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub fn digest(&mut self, digest: &Digest) {
        self.bytes.extend_from_slice(digest.as_bytes());
    }

    pub fn option(&mut self, digest: Option<&Digest>) {
        self.bool(digest.is_some());
        digest.into_iter().for_each(|it| self.digest(it));
    }

    pub fn stat(&mut self, stat: &Stat) {
        self.bytes.extend_from_slice(&stat.to_bytes());
    }

    pub fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.u32(items.len() as u32);
        for item in items {
            write(self, item);
        }
    }
}

/// Reads; `None` once the bytes are not what was written.
#[derive(Clone)]
pub struct Reader<'b> {
    bytes: &'b [u8],
}

impl<'b> Reader<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes }
    }

    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (head, tail) = self.bytes.split_at_checked(count)?;
        self.bytes = tail;
        Some(head)
    }

    pub fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    pub fn bool(&mut self) -> Option<bool> {
        Some(self.take(1)?[0] != 0)
    }

    /// A text in place.
    pub fn text(&mut self) -> Option<&'b str> {
        let count = self.u32()? as usize;
        std::str::from_utf8(self.take(count)?).ok()
    }

    pub fn str(&mut self) -> Option<Arc<str>> {
        self.text().map(Arc::from)
    }

    pub fn digest(&mut self) -> Option<Digest> {
        Some(Digest::from_bytes(self.take(32)?.try_into().ok()?))
    }

    pub fn option(&mut self) -> Option<Option<Digest>> {
        Some(if self.bool()? { Some(self.digest()?) } else { None })
    }

    pub fn stat(&mut self) -> Option<Stat> {
        Some(Stat::from_bytes(self.take(24)?.try_into().ok()?))
    }

    pub fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.u32()? as usize;
        // A damaged count must not reserve memory: each item takes at least one byte.
        let mut items = Vec::with_capacity(count.min(self.bytes.len()));
        for _ in 0..count {
            items.push(read(self)?);
        }
        Some(items)
    }

    /// Number of bytes that have not been read.
    pub fn left(&self) -> usize {
        self.bytes.len()
    }

    /// What has not been read.
    pub fn rest(&self) -> &'b [u8] {
        self.bytes
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

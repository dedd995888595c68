//! The index of an output folder, as data and as JSON.
//!
//! The JSON has one fixed shape, one file to a line, and only what this writer writes is read again: a foreign or altered
//! text is no index. The names in it are checked, so that not even an index planted in a repository leads out of the folder.

use crate::{digest::Digest, name, stat::Stat};
use std::io::Write;

/// What a publish left in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The caller's digest of all that the files were made from.
    pub source: Digest,
    /// The files, by name.
    pub files: Vec<Entry>,
    pub(super) boot: String,
}

/// One file that is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file's name in the folder.
    pub name: String,
    /// What is in the file.
    pub digest: Digest,
    /// The caller's digest of what the file was made from.
    pub source: Digest,
    /// The file as it was when it was written or last compared.
    pub stat: Stat,
}

impl Index {
    /// Finds a file by name.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.files.binary_search_by(|it| it.name.as_str().cmp(name)).ok().map(|at| &self.files[at])
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(256 + self.files.len() * 320);
        text.extend_from_slice(b"{\"version\":1,\n\"boot\":\"");
        text.extend_from_slice(self.boot.as_bytes());
        text.extend_from_slice(b"\",\n\"source\":\"");
        text.extend_from_slice(&self.source.to_hex());
        text.extend_from_slice(b"\",\n\"files\":[");
        for (at, entry) in self.files.iter().enumerate() {
            text.extend_from_slice(if at == 0 { b"\n{\"name\":\"" } else { b",\n{\"name\":\"" });
            text.extend_from_slice(entry.name.as_bytes());
            text.extend_from_slice(b"\",\"digest\":\"");
            text.extend_from_slice(&entry.digest.to_hex());
            text.extend_from_slice(b"\",\"source\":\"");
            text.extend_from_slice(&entry.source.to_hex());
            let Stat { size, mtime_ns, inode } = entry.stat;
            write!(text, "\",\"size\":{size},\"mtime_ns\":{mtime_ns},\"inode\":{inode}}}").expect("memory is written");
        }
        text.extend_from_slice(b"\n],\n");
        let seal = Digest::of(&text);
        text.extend_from_slice(b"\"seal\":\"");
        text.extend_from_slice(&seal.to_hex());
        text.extend_from_slice(b"\"}\n");
        text
    }

    /// Reads what `encode` wrote; anything else is `None`.
    pub(super) fn decode(text: &[u8]) -> Option<Self> {
        const SEAL_LENGTH: usize = r#""seal":""#.len() + 64 + "\"}\n".len();
        let (sealed, seal) = text.split_at_checked(text.len().checked_sub(SEAL_LENGTH)?)?;
        let mut reader = Reader { rest: seal };
        reader.expect(b"\"seal\":\"")?;
        let seal = reader.digest()?;
        reader.expect(b"\"}\n")?;
        if Digest::of(sealed) != seal {
            return None;
        }
        let mut reader = Reader { rest: sealed };
        reader.expect(b"{\"version\":1,\n\"boot\":\"")?;
        let boot = reader.until_quote()?.to_owned();
        reader.expect(b"\",\n\"source\":\"")?;
        let source = reader.digest()?;
        reader.expect(b"\",\n\"files\":[")?;
        let mut files: Vec<Entry> = Vec::with_capacity(sealed.len() / 250);
        while reader.expect(b"\n]").is_none() {
            if !files.is_empty() {
                reader.expect(b",")?;
            }
            let entry = reader.entry()?;
            // Sorted and unique, so that `find` can be believed.
            if files.last().is_some_and(|it| it.name >= entry.name) || !name::is_safe(&entry.name) {
                return None;
            }
            files.push(entry);
        }
        reader.expect(b",\n")?;
        reader.rest.is_empty().then_some(Self { source, files, boot })
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn expect(&mut self, text: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    fn digest(&mut self) -> Option<Digest> {
        let (hex, rest) = self.rest.split_at_checked(64)?;
        self.rest = rest;
        Digest::from_hex(hex)
    }

    fn until_quote(&mut self) -> Option<&'a str> {
        let end = self.rest.iter().position(|it| *it == b'"')?;
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        std::str::from_utf8(text).ok()
    }

    fn number<T: std::str::FromStr>(&mut self) -> Option<T> {
        let end = self.rest.iter().position(|it| !it.is_ascii_digit() && *it != b'-')?;
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    fn entry(&mut self) -> Option<Entry> {
        self.expect(b"\n{\"name\":\"")?;
        let name = self.until_quote()?.to_owned();
        self.expect(b"\",\"digest\":\"")?;
        let digest = self.digest()?;
        self.expect(b"\",\"source\":\"")?;
        let source = self.digest()?;
        self.expect(b"\",\"size\":")?;
        let size = self.number()?;
        self.expect(b",\"mtime_ns\":")?;
        let mtime_ns = self.number()?;
        self.expect(b",\"inode\":")?;
        let inode = self.number()?;
        self.expect(b"}")?;
        Some(Entry { name, digest, source, stat: Stat { size, mtime_ns, inode } })
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Index};
    use crate::{digest::Digest, stat::Stat};

    fn index() -> Index {
        let entry = |name: &str, n| Entry {
            name: name.to_owned(),
            digest: Digest::of(name.as_bytes()),
            source: Digest::of(b"source"),
            stat: Stat { size: n, mtime_ns: -1, inode: u64::MAX - n },
        };
        Index { source: Digest::of(b"all"), files: vec![entry("a.yaml", 0), entry("b.yaml", 1)], boot: "run-1".to_owned() }
    }

    #[test]
    fn what_was_written_is_read() {
        let none = Index { files: Vec::new(), ..index() };
        for index in [index(), none] {
            assert_eq!(Index::decode(&index.encode()), Some(index));
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_seen() {
        let text = index().encode();
        for at in 0..text.len() {
            assert_eq!(Index::decode(&text[..at]), None);
            for bit in 0..8 {
                let mut text = text.clone();
                text[at] ^= 1 << bit;
                assert_eq!(Index::decode(&text), None, "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_name_that_leads_out_is_no_name() {
        for name in ["../a", "/etc/passwd", "", ".vix-lock", "a\\b"] {
            let mut index = index();
            name.clone_into(&mut index.files[0].name);
            assert_eq!(Index::decode(&index.encode()), None, "{name}");
        }
        let mut unsorted = index();
        unsorted.files.reverse();
        assert_eq!(Index::decode(&unsorted.encode()), None);
    }
}

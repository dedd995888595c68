//! The head: the one file of a memo that changes.
//!
//! ```text
//! magic 8 | digest of the rest 32 | project | name | clean_before_ns 8 | packs 4 | packs x (name 32, entries 8, length 8) | state
//! ```
//! Texts and the state have a length of 8 bytes before them; numbers are little-endian. Project and name are in it so that a
//! head under another's name is no head.

use super::{folder::Folder, pack::Listed};
use crate::{digest::Digest, shared::Shared};
use std::sync::Arc;

const MAGIC: &[u8; 8] = b"vixhead1";
const SEALED_AT: usize = MAGIC.len() + 32;

/// A verified head.
#[derive(Debug)]
pub(super) struct Head {
    state: Shared,
    pub clean_before_ns: i64,
    pub packs: Vec<Listed>,
}

impl Head {
    pub fn state(&self) -> &Shared {
        &self.state
    }

    /// A head as it will be on disk, and its bytes.
    pub fn new(folder: &Folder, packs: Vec<Listed>, state: &[u8]) -> (Self, Shared) {
        let bytes = Arc::new(Self::encode(folder, &packs, state));
        let length = bytes.len();
        let part = |range| Shared::part(&bytes, range).unwrap_or_default();
        (Self { state: part(length - state.len()..length), clean_before_ns: folder.clean_before_ns, packs }, part(0..length))
    }

    fn encode(folder: &Folder, packs: &[Listed], state: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(state.len() + 1024);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[0; 32]);
        for text in [&folder.project, &folder.name] {
            bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes.extend_from_slice(&folder.clean_before_ns.to_le_bytes());
        bytes.extend_from_slice(&(packs.len() as u64).to_le_bytes());
        for pack in packs {
            bytes.extend_from_slice(pack.name.as_bytes());
            bytes.extend_from_slice(&pack.entries.to_le_bytes());
            bytes.extend_from_slice(&pack.length.to_le_bytes());
        }
        bytes.extend_from_slice(&(state.len() as u64).to_le_bytes());
        bytes.extend_from_slice(state);
        let seal = Digest::of(&bytes[SEALED_AT..]);
        bytes[MAGIC.len()..SEALED_AT].copy_from_slice(seal.as_bytes());
        bytes
    }

    /// Reads the head of exactly this project and of that name; anything else is `None`.
    pub fn decode(bytes: Vec<u8>, folder: &Folder, name: &str) -> Option<Self> {
        let length = bytes.len();
        let mut reader = Reader { rest: open(&bytes)? };
        if reader.sized()? != folder.project.as_bytes() || reader.sized()? != name.as_bytes() {
            return None;
        }
        let (clean_before_ns, packs) = reader.listed()?;
        let state = reader.sized()?.len();
        if !reader.rest.is_empty() {
            return None;
        }
        let state = Shared::part(&Arc::new(bytes), length - state..length)?;
        Some(Self { state, clean_before_ns, packs })
    }

    /// Reads which packs a head of any project and name lists; none if it is damaged.
    pub fn packs_of_any(bytes: &[u8]) -> Vec<Listed> {
        let read = || {
            let mut reader = Reader { rest: open(bytes)? };
            reader.sized()?;
            reader.sized()?;
            reader.listed()
        };
        read().map_or_else(Vec::new, |(_, packs)| packs)
    }
}

/// Checks the seal and gives what is sealed.
fn open(bytes: &[u8]) -> Option<&[u8]> {
    let (magic, rest) = bytes.split_at_checked(MAGIC.len())?;
    let (seal, sealed) = rest.split_at_checked(32)?;
    (magic == MAGIC && seal == Digest::of(sealed).as_bytes()).then_some(sealed)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(taken)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(|it| u64::from_le_bytes(*it))
    }

    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u64()?).ok()?;
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn listed(&mut self) -> Option<(i64, Vec<Listed>)> {
        let clean_before_ns = i64::from_le_bytes(*self.take()?);
        let count = self.u64()?;
        let mut packs = Vec::new();
        for _ in 0..count {
            let name = Digest::from_bytes(*self.take()?);
            packs.push(Listed { name, entries: self.u64()?, length: self.u64()? });
        }
        Some((clean_before_ns, packs))
    }
}

//! The pieces of a text as a part of a buffer: all texts of a unit that was read share one, so that reading allocates once and not for each.
//!
//! Invariant: equality and hash are those of the pieces, never of the buffer.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use super::Piece;

/// The pieces of a text.
#[derive(Default, Clone)]
pub struct Pieces {
    buffer: Arc<[Piece]>,
    start: u32,
    end: u32,
}

impl Pieces {
    /// A part of a buffer; `None` if it is not one.
    pub(super) fn part(buffer: &Arc<[Piece]>, start: usize, end: usize) -> Option<Self> {
        buffer.get(start..end)?;
        Some(Self { buffer: buffer.clone(), start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? })
    }
}

impl Deref for Pieces {
    type Target = [Piece];

    #[inline]
    fn deref(&self) -> &[Piece] {
        self.buffer.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl From<Arc<[Piece]>> for Pieces {
    fn from(buffer: Arc<[Piece]>) -> Self {
        let end = u32::try_from(buffer.len()).unwrap_or(0);
        Self { buffer, start: 0, end }
    }
}

impl From<Vec<Piece>> for Pieces {
    fn from(pieces: Vec<Piece>) -> Self {
        Arc::<[Piece]>::from(pieces).into()
    }
}

impl<const N: usize> From<[Piece; N]> for Pieces {
    fn from(pieces: [Piece; N]) -> Self {
        Arc::<[Piece]>::from(pieces).into()
    }
}

impl FromIterator<Piece> for Pieces {
    fn from_iter<I: IntoIterator<Item = Piece>>(pieces: I) -> Self {
        pieces.into_iter().collect::<Arc<[Piece]>>().into()
    }
}

impl PartialEq for Pieces {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Pieces {}

impl Hash for Pieces {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

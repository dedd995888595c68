//! The name of some bytes: a BLAKE3 digest.
//!
//! Not a way to build one from fields; that is `Hasher`. Order is the order of the bytes, which tables on disk rely on.

use std::{
    fmt::{self, Debug, Display, Formatter},
    str::FromStr,
};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// A BLAKE3 digest of 32 bytes; shown as 64 lower-case hex digits.
///
/// ```
/// let digest = store::Digest::of(b"vix");
/// assert_eq!(digest.to_string().parse(), Ok(digest));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Digests a whole text or file at once.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Takes 32 bytes that were a digest before.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Gives the 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 lower-case hex digits; anything else is `None`.
    pub(crate) fn from_hex(hex: &[u8]) -> Option<Self> {
        if hex.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Self(bytes))
    }

    /// Appends the 64 hex digits to a text being written.
    pub(crate) fn push_hex(&self, text: &mut Vec<u8>) {
        for byte in self.0 {
            text.push(HEX[usize::from(byte >> 4)]);
            text.push(HEX[usize::from(byte & 15)]);
        }
    }
}

impl Display for Digest {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let mut text = Vec::with_capacity(64);
        self.push_hex(&mut text);
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl Debug for Digest {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        Display::fmt(self, f)
    }
}

/// The text was not 64 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADigest;

impl Display for NotADigest {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        f.write_str("a digest is 64 lower-case hex digits")
    }
}

impl std::error::Error for NotADigest {}

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(hex: &str) -> Result<Self, NotADigest> {
        Self::from_hex(hex.as_bytes()).ok_or(NotADigest)
    }
}

/// Upper case is refused, so that one digest has one file name on every file system.
fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn hex_is_lower_case_and_exact() {
        // The digest of nothing, from the test vectors of BLAKE3.
        let empty = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
        assert_eq!(Digest::of(b"").to_string(), empty);
        assert_eq!(empty.parse(), Ok(Digest::of(b"")));
        assert!(empty.to_uppercase().parse::<Digest>().is_err());
        assert!(empty[1..].parse::<Digest>().is_err());
    }

    #[test]
    fn order_is_the_order_of_bytes() {
        let low = Digest::from_bytes([0; 32]);
        let mut bytes = [0; 32];
        bytes[31] = 1;
        assert!(low < Digest::from_bytes(bytes));
        bytes[0] = 1;
        assert!(Digest::from_bytes([0xff; 32]) > Digest::from_bytes(bytes));
    }
}

//! The name of some bytes: a BLAKE3 digest.
//!
//! Not a way to build one from fields; that is `Hasher`. Order is the order of the bytes, which tables on disk rely on.

use std::{
    fmt::{self, Debug, Display, Formatter},
    str::FromStr,
};

const DIGITS: &[u8; 16] = b"0123456789abcdef";
/// All bits, so that it stays when others are joined to it.
const NOT_HEX: u8 = 0xff;
/// What each byte is worth as a digit. Upper case is refused, so that one digest has one file name on every file system.
const VALUES: [u8; 256] = values();

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
        let (pairs, rest) = hex.as_chunks::<2>();
        let pairs: &[[u8; 2]; 32] = pairs.try_into().ok().filter(|_| rest.is_empty())?;
        let mut bytes = [0; 32];
        // Looked at once at the end: an index has thousands of digits.
        let mut all = 0;
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
            all |= high | low;
            *byte = high << 4 | low;
        }
        (all != NOT_HEX).then_some(Self(bytes))
    }

    /// Gives the 64 hex digits.
    pub(crate) fn to_hex(self) -> [u8; 64] {
        let mut hex = [0; 64];
        let (pairs, _) = hex.as_chunks_mut::<2>();
        for (pair, byte) in pairs.iter_mut().zip(self.0) {
            *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
        }
        hex
    }
}

impl Display for Digest {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.to_hex()).map_err(|_| fmt::Error)?)
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

const fn values() -> [u8; 256] {
    let mut values = [NOT_HEX; 256];
    let mut at = 0;
    while at < 16 {
        values[DIGITS[at] as usize] = at as u8;
        at += 1;
    }
    values
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
        assert!(format!("{empty}0").parse::<Digest>().is_err());
        for byte in (0..=255).filter(|it| !b"0123456789abcdef".contains(it)) {
            let mut hex = Digest::of(b"").to_hex();
            hex[usize::from(byte) % 64] = byte;
            assert_eq!(Digest::from_hex(&hex), None, "{byte}");
        }
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

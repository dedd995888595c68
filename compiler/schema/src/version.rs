//! Version masks: which Kubernetes minor versions know a kind, a field or an enum value (grammar.md, A2).
//!
//! Bit 0 is Kubernetes 1.33, bit 3 is 1.36; 32 bits reach to 1.64.

/// The minor version that bit 0 stands for.
pub const MINOR_FIRST: u32 = 33;

/// Every version: what a CRD carries, as its schema does not depend on the cluster's version.
pub const ALL: u32 = u32::MAX;

/// The mask with the one bit of Kubernetes `1.minor`, or `None` when no bit stands for it.
pub fn bit(minor: u32) -> Option<u32> {
    1u32.checked_shl(minor.checked_sub(MINOR_FIRST)?)
}

/// The minor versions in a mask, oldest first.
pub fn minors(mask: u32) -> impl Iterator<Item = u32> {
    (0..32).filter(move |bit| mask & (1 << bit) != 0).map(|bit| MINOR_FIRST + bit)
}

//! Every limit of an evaluation, in one place. Each has a diagnostic that names it.

/// What one unit may cost. The language is total; these bound how long "finite" may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Expressions, entries and iterations.
    pub steps: u64,
    /// Values kept: entries of records and maps, elements of lists, and 64 bytes of text each.
    pub nodes: u64,
    /// Expressions inside expressions, calls included.
    pub depth: u32,
}

/// The limits of every build.
pub const LIMITS: Limits = Limits { steps: 10_000_000, nodes: 1_000_000, depth: 700 };

/// Elements of `a..b` as a value.
pub const RANGE_MAX: u128 = 65_536;
/// Places remembered when a run is repeated to tell what it cost.
pub(crate) const PROFILE_MAX: usize = 1024;
/// Places named by `fuel-exhausted`.
pub(crate) const PROFILE_SHOWN: usize = 3;
/// Violations of a schema reported for one unit.
pub(crate) const VIOLATIONS_MAX: usize = 50;

impl Default for Limits {
    fn default() -> Self {
        LIMITS
    }
}

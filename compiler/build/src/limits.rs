//! Every limit of the compiler, in one place. Each has a diagnostic that names it.

/// Largest source file, bytes.
pub const SOURCE_SIZE_MAX: u64 = 16 << 20;
/// Largest file taken in by `file()` or `yaml()`, bytes.
pub const INPUT_SIZE_MAX: u64 = 32 << 20;
/// Threads of one build; the command line refuses more.
pub const THREADS_MAX: usize = 256;

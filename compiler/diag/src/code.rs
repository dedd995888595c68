//! The identity of a diagnostic: a kebab-case word with a page. One constant a page, made by `build.rs`.

/// A diagnostic's identity. The word is the file name of its page, the link, and what a test asserts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Kebab-case word, such as `type-mismatch`.
    pub name: &'static str,
    /// The Markdown page: a broken example, the reason, the repair.
    pub page: &'static str,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

include!(concat!(env!("OUT_DIR"), "/codes.rs"));

/// The code of that name.
pub fn find(name: &str) -> Option<Code> {
    ALL.binary_search_by(|code| code.name.cmp(name)).ok().map(|at| ALL[at])
}

//! The standard library as bytes in the program: files of vix, schema facts and schema packs. No parsing, no meaning: `build` reads what is reached.
//!
//! The build script finds the files (`std/*.vix`, `schemas/facts/*.vix`, `schemas/*.pack`); adding a type is adding a file.
//! Invariant: `FILES`, `FACTS` and `PACKS` are sorted by path (the pack of built-in kinds first), so an index means the same in every build
//! of the same sources.

/// A file of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Path from the root of the library, such as `app.vix` or `facts/core.vix`.
    pub path: &'static str,
    /// Its text.
    pub source: &'static str,
    /// Names of kinds, types, functions, traits and lets declared in it, in order; `settings` where it declares the library's settings.
    pub names: &'static [&'static str],
    /// The pack that a file of facts is about, if it is about no other; an index into `PACKS`.
    pub pack: Option<usize>,
}

mod embedded {
    //! Written by the build script.
    #![allow(missing_docs, reason = "the constants are documented where they are given out")]
    use super::File;
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

    /// Index into `FILES`.
    pub(crate) fn file_of(name: &str) -> Option<usize> {
        NAMES.binary_search_by_key(&name, |it| it.0).ok().map(|at| NAMES[at].1)
    }
}

/// The library in vix.
pub const FILES: &[File] = embedded::FILES;

/// Schema facts about types of the packs.
pub const FACTS: &[File] = embedded::FACTS;

/// Schema packs by name (the file's name without `.pack`).
pub const PACKS: &[(&str, &[u8])] = embedded::PACKS;

/// Index into `FILES` of the file that declares a name.
pub fn file_of(name: &str) -> Option<usize> {
    embedded::file_of(name)
}

#[cfg(test)]
mod tests {
    use super::{FILES, file_of};

    #[test]
    fn each_declared_name_leads_to_its_file() {
        for (index, file) in FILES.iter().enumerate() {
            for name in file.names {
                assert_eq!(file_of(name), Some(index), "{name}");
            }
        }
        assert_eq!(file_of("app").map(|it| FILES[it].path), Some("app.vix"));
        assert_eq!(file_of("no-such-name"), None);
    }

    #[test]
    fn every_public_thing_is_documented() {
        for file in FILES {
            let lines: Vec<&str> = file.source.lines().collect();
            for (at, line) in lines.iter().enumerate() {
                if ["kind ", "type ", "fn ", "trait ", "let ", "settings "].iter().any(|it| line.starts_with(it)) {
                    assert!(at > 0 && lines[at - 1].starts_with("///"), "{}:{}: no `///` above `{line}`", file.path, at + 1);
                }
            }
        }
    }
}

//! Files become trees: those of the project through the `World`, those of the standard library out of the program.
//!
//! Invariant: a file that cannot be read or is not UTF-8 is a diagnostic that names it, and the others are read all the same.

use std::sync::Arc;

use diag::{Diagnostic, FileId, Span};
use rayon::prelude::*;
use sema::analysis::SourceFile;
use sema::facts::PackFacts;
use store::Digest;
use syntax::tree::Tree;

use crate::diagnostics;
use crate::limits::SOURCE_SIZE_MAX;
use crate::options::{Events, Sources};
use crate::scan::{Parsed, Scan};
use crate::world::{Fault, FaultKind, World};

/// The module path of a file: `envs/dev.vix` is `envs.dev`.
pub fn module_of(path: &str) -> Arc<str> {
    path.strip_suffix(".vix").unwrap_or(path).replace('/', ".").into()
}

/// The text of a source file, or what is wrong with it.
///
/// # Errors
/// Missing, unreadable, too large, not UTF-8.
pub fn text(world: &dyn World, path: &str) -> Result<Arc<str>, Fault> {
    let bytes = world.read(path, SOURCE_SIZE_MAX)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(fault) => Err(Fault {
            path: path.to_owned(),
            kind: FaultKind::Other,
            reason: format!("it is not UTF-8: byte {} cannot be read", fault.utf8_error().valid_up_to()),
        }),
    }
}

/// A file's tree and what the parser said, or why it could not be had.
pub type Read = Result<(Arc<Tree>, Vec<Diagnostic>), Fault>;

/// Reads and parses files of these digests, in parallel, in the order given; `first` is the number of the first. A file that is no longer what
/// it was taken for is a fault.
pub fn read(world: &dyn World, files: &[(Arc<str>, Digest)], first: usize) -> Vec<Read> {
    let read = |(at, (path, digest)): (usize, &(Arc<str>, Digest))| {
        let text = text(world, path)?;
        if Digest::of(text.as_bytes()) != *digest {
            return Err(Fault { path: path.to_string(), kind: FaultKind::Other, reason: "it changed during this build".to_owned() });
        }
        let parse = syntax::parse(FileId((first + at) as u32), text);
        Ok((Arc::new(parse.tree), parse.diagnostics))
    };
    files.par_iter().enumerate().with_min_len(16).map(read).collect()
}

/// Takes in files that were read, in the order of their numbers.
pub fn take(files: &[(Arc<str>, Digest)], read: Vec<Read>, scan: &mut Scan, sources: &mut Sources, events: &mut Events) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    events.read += files.len();
    for ((path, _), read) in files.iter().zip(read) {
        match read {
            Ok((tree, diagnostics)) => {
                let id = sources.add(&**path, tree.source().clone());
                events.parsed += 1;
                scan.parsed.insert(path.clone(), Parsed { id, tree, diagnostics });
            }
            Err(fault) => {
                let id = sources.add(&**path, "".into());
                faults.push(diagnostics::unreadable(Span::new(id, 0, 0), &fault));
            }
        }
    }
    faults
}

/// The file of the library with the Kubernetes version of clusters that name none, which the project may choose, and the version in it.
const VERSION_FILE: &str = "version.vix";
const KUBERNETES_DEFAULT: &str = "\"1.36\"";

/// The standard library.
pub struct Library {
    /// Its files, parsed; their bodies are checked when reached.
    pub files: Vec<SourceFile>,
    /// Facts about the kinds of operators, whose files are parsed when something asks about these kinds. Their numbers follow those of `files`.
    pub facts: Vec<PackFacts>,
}

/// When facts about the kinds of operators are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// When they are asked for.
    Late,
    /// At once: the project defines kinds of its own, which may stand for those of a pack.
    AtOnce,
}

/// The standard library: small, so it is parsed as a whole, but for facts about operators.
pub fn library(first: usize, kubernetes: Option<&str>, reading: Reading) -> Library {
    let file = |(at, file): (usize, &&stdlib::File)| {
        let id = FileId((first + at) as u32);
        let source = match kubernetes {
            Some(version) if file.path == VERSION_FILE => file.source.replace(KUBERNETES_DEFAULT, &format!("\"{version}\"")).into(),
            _ => file.source.into(),
        };
        let tree = Arc::new(syntax::parse(id, source).tree);
        SourceFile { id, library: 1, module: module_of(file.path), path: path_of(file), tree }
    };
    let is_late = |it: &&stdlib::File| reading == Reading::Late && it.pack.is_some();
    let (late, now): (Vec<&stdlib::File>, Vec<&stdlib::File>) = stdlib::FILES.iter().chain(stdlib::FACTS).partition(is_late);
    let late = late
        .iter()
        .zip(first + now.len()..)
        .filter_map(|(it, at)| Some(PackFacts { pack: it.pack? as u32, file: FileId(at as u32), path: path_of(it), source: it.source }));
    Library { facts: late.collect(), files: now.par_iter().enumerate().with_min_len(8).map(file).collect() }
}

fn path_of(file: &stdlib::File) -> Arc<str> {
    format!("std:{}", file.path).into()
}

#[cfg(test)]
mod tests {
    use super::{KUBERNETES_DEFAULT, Reading, VERSION_FILE, library};

    #[test]
    fn files_are_numbered_in_order() {
        for reading in [Reading::Late, Reading::AtOnce] {
            let library = library(7, None, reading);
            let ids = library.files.iter().map(|it| it.id.0).chain(library.facts.iter().map(|it| it.file.0));
            assert_eq!(ids.collect::<Vec<_>>(), (7..7 + (stdlib::FILES.len() + stdlib::FACTS.len()) as u32).collect::<Vec<_>>());
            assert_eq!(library.facts.is_empty(), reading == Reading::AtOnce);
        }
    }

    #[test]
    fn the_project_chooses_the_default_version() {
        let file = stdlib::FILES.iter().find(|it| it.path == VERSION_FILE).expect("the file is there");
        assert_eq!(file.source.matches(KUBERNETES_DEFAULT).count(), 1);
        let has = |version| library(0, Some(version), Reading::Late).files.iter().any(|it| it.tree.source().contains(&format!("= \"{version}\"")));
        assert!(has("1.34") && has("1.36"));
    }
}

//! Files become trees: those of the project through the `World`, those of the standard library out of the program.
//!
//! Invariant: a file that cannot be read or is not UTF-8 is a diagnostic that names it, and the others are read all the same.

use std::sync::Arc;

use diag::{Diagnostic, FileId, Span};
use rayon::prelude::*;
use sema::analysis::SourceFile;
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

/// All files of the standard library: small, so all of them are parsed; their bodies are checked when reached.
pub fn library(first: usize, kubernetes: Option<&str>) -> Vec<SourceFile> {
    let file = |(at, file): (usize, &stdlib::File)| {
        let id = FileId((first + at) as u32);
        let source = match kubernetes {
            Some(version) if file.path == VERSION_FILE => file.source.replace(KUBERNETES_DEFAULT, &format!("\"{version}\"")).into(),
            _ => file.source.into(),
        };
        let tree = Arc::new(syntax::parse(id, source).tree);
        SourceFile { id, library: 1, module: module_of(file.path), path: format!("std:{}", file.path).into(), tree }
    };
    let files: Vec<&stdlib::File> = stdlib::FILES.iter().chain(stdlib::FACTS).collect();
    files.par_iter().enumerate().with_min_len(8).map(|(at, it)| file((at, it))).collect()
}

#[cfg(test)]
mod tests {
    use super::{KUBERNETES_DEFAULT, VERSION_FILE, library};

    #[test]
    fn the_project_chooses_the_default_version() {
        let file = stdlib::FILES.iter().find(|it| it.path == VERSION_FILE).expect("the file is there");
        assert_eq!(file.source.matches(KUBERNETES_DEFAULT).count(), 1);
        let has = |version| library(0, Some(version)).iter().any(|it| it.tree.source().contains(&format!("= \"{version}\"")));
        assert!(has("1.34") && has("1.36"));
    }
}

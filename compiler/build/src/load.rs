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
use crate::state::FileState;
use crate::world::{Fault, FaultKind, World};

/// A parsed file with what the parser said.
pub struct Loaded {
    /// For the analysis.
    pub file: SourceFile,
    /// Path from the root; `std:app.vix` for files of the library.
    pub path: Arc<str>,
    /// What the parser found wrong.
    pub diagnostics: Vec<Diagnostic>,
}

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

/// Reads and parses project files, in parallel; the order given is kept. A file that is no longer what it was taken for is a finding.
pub fn project(world: &dyn World, files: &[&FileState], sources: &mut Sources, events: &mut Events) -> (Vec<Loaded>, Vec<Diagnostic>) {
    let first = sources.len() as u32;
    let read: Vec<Result<(Arc<Tree>, Vec<Diagnostic>), Fault>> = files
        .par_iter()
        .enumerate()
        .with_min_len(16)
        .map(|(at, file)| {
            let text = text(world, &file.path)?;
            if Digest::of(text.as_bytes()) != file.digest {
                let reason = "it changed during this build".to_owned();
                return Err(Fault { path: file.path.to_string(), kind: FaultKind::Other, reason });
            }
            let parse = syntax::parse(FileId(first + at as u32), text);
            Ok((Arc::new(parse.tree), parse.diagnostics))
        })
        .collect();
    let mut loaded = Vec::with_capacity(read.len());
    let mut faults = Vec::new();
    for (file, parsed) in files.iter().zip(read) {
        let path = file.path.clone();
        match parsed {
            Ok((tree, diagnostics)) => {
                let id = sources.add(&*path, tree.source().clone());
                let file = SourceFile { id, library: 0, module: module_of(&path), path: path.clone(), tree };
                loaded.push(Loaded { file, path, diagnostics });
            }
            Err(fault) => {
                let id = sources.add(&*path, "".into());
                faults.push(diagnostics::unreadable(Span::new(id, 0, 0), &fault));
            }
        }
    }
    events.read += files.len();
    events.parsed += loaded.len();
    (loaded, faults)
}

/// All files of the standard library: small, so all of them are parsed; their bodies are checked when reached.
pub fn library(sources: &mut Sources) -> Vec<Loaded> {
    let all = stdlib::FILES.iter().chain(stdlib::FACTS);
    all.map(|file| {
        let path: Arc<str> = format!("std:{}", file.path).into();
        let text: Arc<str> = file.source.into();
        let id = sources.add(&*path, text.clone());
        let parse = syntax::parse(id, text);
        let file = SourceFile { id, library: 1, module: module_of(file.path), path: path.clone(), tree: Arc::new(parse.tree) };
        Loaded { file, path, diagnostics: parse.diagnostics }
    })
    .collect()
}

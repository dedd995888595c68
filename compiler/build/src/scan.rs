//! What is on disk beside what is remembered: which files changed, by stat first and by content where the stat cannot tell.
//!
//! Invariant: a file counts as unchanged only if its stat is clean (git's racy rule) or its content has the remembered digest.

use std::collections::HashMap;
use std::sync::Arc;

use diag::{Diagnostic, FileId, Span};
use rayon::prelude::*;
use store::{Digest, Hasher, Stat};
use syntax::tree::Tree;

use crate::diagnostics;
use crate::limits::INPUT_SIZE_MAX;
use crate::load;
use crate::options::{Events, Sources};
use crate::outline;
use crate::state::{DeclState, FileState, InputState, State};
use crate::world::{Fault, Found, World};

/// The project as it is now.
#[derive(Default)]
pub struct Scan {
    /// Files by path, with outlines; remembered ones where nothing changed.
    pub files: Vec<FileState>,
    /// Trees and findings of the parser, of files that were parsed.
    pub parsed: HashMap<Arc<str>, Parsed>,
    /// Inputs that are remembered or were read.
    pub inputs: Vec<InputState>,
    /// Contents of inputs that were read.
    pub contents: HashMap<Arc<str>, Arc<[u8]>>,
    /// Content of some file or input, or the set of files, is not what is remembered.
    pub changed: bool,
    /// Some stat is not what is remembered.
    pub touched: bool,
    /// Files that could not be read.
    pub faults: Vec<Diagnostic>,
}

/// A file that was parsed.
pub struct Parsed {
    /// In spans.
    pub id: FileId,
    /// Its tree.
    pub tree: Arc<Tree>,
    /// What the parser found.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compares the disk with what is remembered.
///
/// # Errors
/// The project's folder cannot be walked.
pub fn scan(world: &dyn World, state: &State, clean_before_ns: i64, sources: &mut Sources, events: &mut Events) -> Result<Scan, Fault> {
    let mut found = world.walk()?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    let mut scan = Scan::default();
    let mut dirty = Vec::new();
    let mut old = state.files.iter().peekable();
    let mut matched = 0;
    for it in &found {
        while old.next_if(|old| *old.path < *it.path).is_some() {}
        let known = old.next_if(|old| *old.path == *it.path);
        matched += usize::from(known.is_some());
        match known {
            Some(known) if known.stat.is_clean(&it.stat, clean_before_ns) => scan.files.push(known.clone()),
            known => dirty.push((it, known)),
        }
    }
    scan.changed = matched != state.files.len() || matched != found.len();
    read_dirty(world, dirty, &mut scan, sources, events);
    scan.files.sort_by(|a, b| a.path.cmp(&b.path));
    for input in &state.inputs {
        scan_input(world, input, clean_before_ns, &mut scan);
    }
    Ok(scan)
}

enum Read {
    Same,
    Parsed(Arc<Tree>, Vec<Diagnostic>, Vec<outline::Outline>, Digest),
    Failed(Fault),
}

fn read_dirty(world: &dyn World, dirty: Vec<(&Found, Option<&FileState>)>, scan: &mut Scan, sources: &mut Sources, events: &mut Events) {
    let first = sources.len() as u32;
    let read: Vec<Read> = dirty
        .par_iter()
        .enumerate()
        .with_min_len(16)
        .map(|(at, (found, known))| match load::text(world, &found.path) {
            Err(fault) => Read::Failed(fault),
            Ok(text) => {
                let digest = Digest::of(text.as_bytes());
                if known.is_some_and(|it| it.digest == digest) {
                    return Read::Same;
                }
                let parse = syntax::parse(FileId(first + at as u32), text);
                let outlines = outline::outline(&parse.tree);
                Read::Parsed(Arc::new(parse.tree), parse.diagnostics, outlines, digest)
            }
        })
        .collect();
    events.read += dirty.len();
    for ((found, known), read) in dirty.into_iter().zip(read) {
        let path: Arc<str> = found.path.as_str().into();
        match read {
            Read::Same => {
                sources.add(&*path, "".into());
                scan.touched = true;
                scan.files.extend(known.map(|it| FileState { stat: found.stat, ..it.clone() }));
            }
            Read::Parsed(tree, diagnostics, outlines, digest) => {
                let id = sources.add(&*path, tree.source().clone());
                events.parsed += 1;
                scan.changed = true;
                scan.files.push(file_state(&path, found.stat, digest, diagnostics.is_empty(), outlines, known));
                scan.parsed.insert(path, Parsed { id, tree, diagnostics });
            }
            Read::Failed(fault) => {
                let id = sources.add(&*path, "".into());
                scan.changed = true;
                scan.faults.push(diagnostics::unreadable(Span::new(id, 0, 0), &fault));
            }
        }
    }
}

/// A file's new state; what was found out about declarations that are still the same is kept.
fn file_state(path: &Arc<str>, stat: Stat, digest: Digest, clean: bool, outlines: Vec<outline::Outline>, known: Option<&FileState>) -> FileState {
    let decls = outlines
        .into_iter()
        .map(|outline| {
            let before = known.and_then(|it| it.decls.iter().find(|it| it.outline.sort == outline.sort && it.outline.word == outline.word && it.outline.name == outline.name));
            match before {
                Some(before) => DeclState { checked: before.checked, reached: before.reached.clone(), outline },
                None => DeclState { outline, checked: None, reached: Vec::new() },
            }
        })
        .collect();
    FileState { path: path.clone(), stat, digest, clean, decls }
}

fn scan_input(world: &dyn World, known: &InputState, clean_before_ns: i64, scan: &mut Scan) {
    match world.stat(&known.path) {
        Ok(stat) if known.stat.is_clean(&stat, clean_before_ns) => scan.inputs.push(known.clone()),
        _ => match read_input(world, &known.path) {
            Ok((state, content)) => {
                scan.changed |= state.digest != known.digest;
                scan.touched = true;
                scan.contents.insert(state.path.clone(), content);
                scan.inputs.push(state);
            }
            // Reported where it is named.
            Err(_) => scan.changed = true,
        },
    }
}

/// Reads one input.
///
/// # Errors
/// As `World::read`.
pub fn read_input(world: &dyn World, path: &Arc<str>) -> Result<(InputState, Arc<[u8]>), Fault> {
    let stat = world.stat(path)?;
    let content: Arc<[u8]> = world.read(path, INPUT_SIZE_MAX)?.into();
    Ok((InputState { path: path.clone(), stat, digest: Digest::of(&content) }, content))
}

impl Scan {
    /// Digest of all contents.
    pub fn world(&self) -> Digest {
        let mut hasher = Hasher::new("world");
        for file in &self.files {
            hasher.str(&file.path);
            hasher.digest(&file.digest);
        }
        for input in &self.inputs {
            hasher.str(&input.path);
            hasher.digest(&input.digest);
        }
        hasher.finish()
    }
}

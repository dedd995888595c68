//! What is on disk beside what is remembered: which files changed, by stat first and by content where the stat cannot tell.
//!
//! Invariant: a file counts as unchanged only if its stat is clean (git's racy rule) or its content has the remembered digest.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use diag::{Diagnostic, FileId, Span};
use rayon::prelude::*;
use store::{Digest, Hasher, Stat};
use syntax::tree::Tree;

use crate::diagnostics;
use crate::limits::INPUT_SIZE_MAX;
use crate::load;
use crate::options::{Events, Sources};
use crate::outline::{self, Outline};
use crate::state::{DeclFacts, DeclState, EntryFacts, FileState, Head, InputState};
use crate::world::{Fault, Found, World};

/// The project as it is now.
#[derive(Default)]
pub struct Scan {
    /// Files by path.
    slots: Vec<Slot>,
    /// Trees and findings of the parser, of files that were parsed.
    pub parsed: HashMap<Arc<str>, Parsed>,
    /// Inputs that are remembered or were read.
    pub inputs: Vec<InputState>,
    /// Contents of inputs that were read.
    pub contents: HashMap<Arc<str>, Arc<[u8]>>,
    /// The meaning of some file, the content of some input, or the set of files is not what is remembered.
    pub changed: bool,
    /// Some stat, or some content that means the same, is not what is remembered.
    pub touched: bool,
    /// Files that could not be read.
    pub faults: Vec<Diagnostic>,
}

/// A file: the remembered one of that number with its stat and content of now, which mean the same, or a new or changed one.
enum Slot {
    Known(usize, Stat, Digest),
    Read(Box<FileState>),
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
pub fn scan(world: &dyn World, head: &Head<'_>, clean_before_ns: i64, sources: &mut Sources, events: &mut Events) -> Result<Scan, Fault> {
    let mut found = world.walk()?;
    found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    let mut scan = Scan::default();
    let mut dirty: Vec<(&Found, Option<usize>)> = Vec::new();
    let (mut next, mut matched) = (0, 0);
    scan.slots.reserve(found.len());
    for it in &found {
        while head.files.get(next).is_some_and(|known| known.path < &*it.path) {
            next += 1;
        }
        let known = head.files.get(next).filter(|known| known.path == it.path).map(|_| next);
        matched += usize::from(known.is_some());
        match known {
            Some(at) if head.files[at].stat.is_clean(&it.stat, clean_before_ns) => scan.slots.push(Slot::Known(at, it.stat, head.files[at].digest)),
            known => dirty.push((it, known)),
        }
    }
    scan.changed = matched != head.files.len() || matched != found.len();
    if !dirty.is_empty() {
        scan.read_dirty(world, head, &dirty, sources, events);
        scan.slots.sort_by(|a, b| a.path(head).cmp(b.path(head)));
    }
    for input in &head.inputs {
        scan.input(world, input, clean_before_ns);
    }
    Ok(scan)
}

enum Read {
    Same,
    Parsed(Arc<Tree>, Vec<Diagnostic>, Box<FileState>),
    Failed(Fault),
}

/// Reads a file whose stat tells nothing, and parses it if its content is new.
fn read(world: &dyn World, found: &Found, known: Option<&Digest>, id: FileId) -> Read {
    let text = match load::text(world, &found.path) {
        Err(fault) => return Read::Failed(fault),
        Ok(text) => text,
    };
    let digest = Digest::of(text.as_bytes());
    if known == Some(&digest) {
        return Read::Same;
    }
    let parse = syntax::parse(id, text);
    let scope = outline::scope(&parse.tree, &load::module_of(&found.path));
    let decls: Vec<DeclState> = outline::outline(&parse.tree).into_iter().map(new_decl).collect();
    let file = FileState {
        path: found.path.as_str().into(),
        stat: found.stat,
        digest,
        meaning: meaning(&scope, &decls),
        clean: parse.diagnostics.is_empty(),
        scope,
        decls,
    };
    Read::Parsed(Arc::new(parse.tree), parse.diagnostics, Box::new(file))
}

/// Digest of all that a file without errors says.
fn meaning(scope: &Digest, decls: &[DeclState]) -> Digest {
    let mut hasher = Hasher::new("meaning");
    hasher.digest(scope);
    hasher.seq(decls, |h, it| h.digest(&it.outline.own));
    hasher.finish()
}

fn new_decl(outline: Outline) -> DeclState {
    let entries = vec![EntryFacts::default(); outline.entries.len()];
    DeclState { outline, facts: DeclFacts { entries, ..DeclFacts::default() } }
}

impl Slot {
    fn path<'s>(&'s self, head: &Head<'s>) -> &'s str {
        match self {
            Self::Known(at, ..) => head.files[*at].path,
            Self::Read(file) => &file.path,
        }
    }
}

impl Scan {
    fn read_dirty(&mut self, world: &dyn World, head: &Head<'_>, dirty: &[(&Found, Option<usize>)], sources: &mut Sources, events: &mut Events) {
        let first = sources.len() as u32;
        let made: Vec<Read> = dirty
            .par_iter()
            .enumerate()
            .with_min_len(16)
            .map(|(at, (found, known))| read(world, found, known.map(|it| &head.files[it].digest), FileId(first + at as u32)))
            .collect();
        events.read += dirty.len();
        for ((found, known), read) in dirty.iter().zip(made) {
            match read {
                Read::Same => {
                    sources.add(&*found.path, "".into());
                    self.touched = true;
                    self.slots.extend(known.map(|at| Slot::Known(at, found.stat, head.files[at].digest)));
                }
                Read::Parsed(tree, diagnostics, file) => {
                    let id = sources.add(&*found.path, tree.source().clone());
                    events.parsed += 1;
                    self.parsed.insert(file.path.clone(), Parsed { id, tree, diagnostics });
                    let same = known.filter(|at| file.clean && head.files[*at].whole && head.files[*at].meaning == file.meaning);
                    self.changed |= same.is_none();
                    self.touched = true;
                    self.slots.push(same.map_or_else(|| Slot::Read(file.clone()), |at| Slot::Known(at, found.stat, file.digest)));
                }
                Read::Failed(fault) => {
                    let id = sources.add(&*found.path, "".into());
                    self.changed = true;
                    self.faults.push(diagnostics::unreadable(Span::new(id, 0, 0), &fault));
                }
            }
        }
    }

    fn input(&mut self, world: &dyn World, known: &InputState, clean_before_ns: i64) {
        match world.stat(&known.path) {
            Ok(stat) if known.stat.is_clean(&stat, clean_before_ns) => self.inputs.push(known.clone()),
            _ => match read_input(world, &known.path) {
                Ok((state, content)) => {
                    self.changed |= state.digest != known.digest;
                    self.touched = true;
                    self.contents.insert(state.path.clone(), content);
                    self.inputs.push(state);
                }
                // Reported where it is named.
                Err(_) => self.changed = true,
            },
        }
    }

    /// Reads the inputs that are named and not remembered, and forgets those that are no longer named.
    pub fn complete_inputs(&mut self, world: &dyn World, named: &BTreeSet<Arc<str>>) {
        self.inputs.retain(|it| named.contains(&it.path));
        for path in named {
            if self.inputs.iter().any(|it| it.path == *path) {
                continue;
            }
            // One that cannot be read is reported where it is named.
            if let Ok((state, content)) = read_input(world, path) {
                self.contents.insert(path.clone(), content);
                self.inputs.push(state);
            }
        }
        self.inputs.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// Digest of all that the project says.
    pub fn world(&self, head: &Head<'_>) -> Digest {
        let files = self.slots.iter().map(|it| match it {
            Slot::Known(at, ..) => (head.files[*at].path, &head.files[*at].meaning),
            Slot::Read(file) => (&*file.path, &file.meaning),
        });
        world(files, &self.inputs)
    }

    /// Unchanged files with environments, which are needed whatever else changed: path and digest.
    pub fn with_envs(&self, head: &Head<'_>) -> Vec<(Arc<str>, Digest)> {
        let known = self.slots.iter().filter_map(|it| match it {
            Slot::Known(at, _, digest) => Some((&head.files[*at], *digest)),
            Slot::Read(_) => None,
        });
        known.filter(|(it, _)| !it.envs.is_empty() && !self.parsed.contains_key(it.path)).map(|(it, digest)| (it.path.into(), digest)).collect()
    }

    /// The remembered state with the stats and contents of now, where nothing changed its meaning.
    pub fn patched(&self, head: &Head<'_>) -> Vec<u8> {
        let known = self.slots.iter().filter_map(|it| match it {
            Slot::Known(at, stat, digest) => Some((*at, *stat, *digest)),
            Slot::Read(_) => None,
        });
        head.patched(known, &self.inputs)
    }

    /// The files, with what was found out earlier about declarations, be they the same or not: its key tells whether it still holds.
    pub fn take_files(&mut self, known: &mut [FileState]) -> Vec<FileState> {
        let slots = std::mem::take(&mut self.slots);
        let file = |it| match it {
            Slot::Known(at, stat, digest) => {
                let file: &mut FileState = &mut known[at];
                let decls = std::mem::take(&mut file.decls);
                FileState { path: file.path.clone(), stat, digest, meaning: file.meaning, clean: file.clean, scope: file.scope, decls }
            }
            Slot::Read(mut file) => {
                if let Ok(at) = known.binary_search_by(|it| it.path.cmp(&file.path)) {
                    file.decls.iter_mut().for_each(|it| inherit(it, &known[at]));
                }
                *file
            }
        };
        slots.into_iter().map(file).collect()
    }
}

/// Digest of all that a project says.
pub fn world<'f>(files: impl Iterator<Item = (&'f str, &'f Digest)>, inputs: &[InputState]) -> Digest {
    let mut hasher = Hasher::new("world");
    for (path, meaning) in files {
        hasher.str(path);
        hasher.digest(meaning);
    }
    hasher.variant(0);
    for input in inputs {
        hasher.str(&input.path);
        hasher.digest(&input.digest);
    }
    hasher.finish()
}

fn inherit(decl: &mut DeclState, file: &FileState) {
    let (sort, word, name) = (decl.outline.sort, &decl.outline.word, &decl.outline.name);
    let same = |it: &&DeclState| it.outline.sort == sort && it.outline.word == *word && it.outline.name == *name;
    let Some(before) = file.decls.iter().find(same) else { return };
    decl.facts.checked = before.facts.checked;
    decl.facts.reached.clone_from(&before.facts.reached);
    decl.facts.listed.clone_from(&before.facts.listed);
    let old: HashMap<(&str, &str, &Digest), &EntryFacts> =
        before.outline.entries.iter().zip(&before.facts.entries).map(|(it, state)| ((&*it.word, &*it.name, &it.own), state)).collect();
    for (entry, state) in decl.outline.entries.iter().zip(&mut decl.facts.entries) {
        if let Some(old) = old.get(&(&*entry.word, &*entry.name, &entry.own)) {
            state.clone_from(old);
        }
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

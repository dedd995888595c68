//! What the evaluator is given of the outside: contents of inputs, read when they are asked for, and places as anchors.
//!
//! Invariant: a content has the digest that went into the keys; what changed meanwhile is a fault.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use diag::{FileId, Span};
use eval::context::Inputs;
use manifest::unit::Anchor;
use sema::analysis::Analysis;
use store::Digest;

use crate::scan;
use crate::world::{Fault, FaultKind, World};

/// Where a declaration stands.
struct Place {
    start: u32,
    end: u32,
    name: Arc<str>,
}

/// Inputs of a build.
pub struct BuildInputs<'w> {
    world: &'w dyn World,
    digests: &'w HashMap<Arc<str>, Digest>,
    contents: Mutex<HashMap<Arc<str>, Arc<[u8]>>>,
    faults: Mutex<BTreeMap<String, Fault>>,
    /// By file: path and declarations in order.
    files: HashMap<FileId, (Arc<str>, Vec<Place>)>,
}

impl<'w> BuildInputs<'w> {
    /// Knows the places of all declarations, and contents that were read already.
    pub fn new(world: &'w dyn World, digests: &'w HashMap<Arc<str>, Digest>, contents: &HashMap<Arc<str>, Arc<[u8]>>, analysis: &Analysis) -> Self {
        let mut files: HashMap<FileId, (Arc<str>, Vec<Place>)> = HashMap::new();
        for decl in &analysis.decls {
            let source = &analysis.files[decl.file as usize];
            let Some(node) = analysis.node(decl) else { continue };
            let (start, end) = node.range();
            let word = node.first_token().map_or("", |it| it.text());
            let name: Arc<str> = format!("{word} {}", decl.name).into();
            files.entry(source.id).or_insert_with(|| (source.path.clone(), Vec::new())).1.push(Place { start, end, name });
        }
        Self { world, digests, contents: Mutex::new(contents.clone()), faults: Mutex::default(), files }
    }

    /// The place of an anchor, where its file is loaded and the declaration still there.
    pub fn resolve(&self, anchor: &Anchor) -> Option<Span> {
        let (file, (_, places)) = self.files.iter().find(|(_, (path, _))| **path == *anchor.file)?;
        let place = places.iter().find(|it| *it.name == *anchor.declaration)?;
        Some(Span::new(*file, place.start + anchor.start, (place.start + anchor.end).min(place.end)))
    }

    /// Why contents that were asked for could not be had, by path.
    pub fn faults(&self) -> BTreeMap<String, Fault> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn read(&self, path: &str) -> Result<Arc<[u8]>, Fault> {
        let (state, content) = scan::read_input(self.world, &path.into())?;
        // One that was not there when the keys were made has none of them.
        if self.digests.get(path) != Some(&state.digest) {
            return Err(Fault { path: path.to_owned(), kind: FaultKind::Other, reason: "it changed during this build".to_owned() });
        }
        Ok(content)
    }
}

impl Inputs for BuildInputs<'_> {
    fn file(&self, path: &str) -> Option<Arc<[u8]>> {
        if let Some(content) = self.contents.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return Some(content.clone());
        }
        match self.read(path) {
            Ok(content) => {
                self.contents.lock().unwrap_or_else(PoisonError::into_inner).insert(path.into(), content.clone());
                Some(content)
            }
            Err(fault) => {
                self.faults.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), fault);
                None
            }
        }
    }

    fn anchor(&self, span: Span) -> Anchor {
        let Some((path, places)) = self.files.get(&span.file) else { return Anchor::default() };
        let at = places.partition_point(|it| it.start <= span.start);
        let Some(place) = at.checked_sub(1).and_then(|it| places.get(it)).filter(|it| span.start < it.end.max(it.start + 1)) else {
            return Anchor::default();
        };
        Anchor { file: path.clone(), declaration: place.name.clone(), start: span.start - place.start, end: span.end.saturating_sub(place.start) }
    }
}

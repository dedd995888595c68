//! What the evaluator is given of the outside: contents of inputs, and places as anchors.

use std::collections::HashMap;
use std::sync::Arc;

use diag::{FileId, Span};
use eval::context::Inputs;
use manifest::unit::Anchor;
use sema::analysis::Analysis;

/// Where a declaration stands.
struct Place {
    start: u32,
    end: u32,
    name: Arc<str>,
}

/// Inputs of a build.
pub struct BuildInputs {
    contents: HashMap<Arc<str>, Arc<[u8]>>,
    /// By file: path and declarations in order.
    files: HashMap<FileId, (Arc<str>, Vec<Place>)>,
}

impl BuildInputs {
    /// Knows the places of all declarations.
    pub fn new(analysis: &Analysis) -> Self {
        let mut files: HashMap<FileId, (Arc<str>, Vec<Place>)> = HashMap::new();
        for decl in &analysis.decls {
            let source = &analysis.files[decl.file as usize];
            let Some(node) = analysis.node(decl) else { continue };
            let (start, end) = node.range();
            let word = node.first_token().map_or("", |it| it.text());
            let name: Arc<str> = format!("{word} {}", decl.name).into();
            files.entry(source.id).or_insert_with(|| (source.path.clone(), Vec::new())).1.push(Place { start, end, name });
        }
        Self { contents: HashMap::new(), files }
    }

    /// Adds the content of an input.
    pub fn add(&mut self, path: Arc<str>, content: Arc<[u8]>) {
        self.contents.insert(path, content);
    }

    /// The place of an anchor, where its file is loaded and the declaration still there.
    pub fn resolve(&self, anchor: &Anchor) -> Option<Span> {
        let (file, (_, places)) = self.files.iter().find(|(_, (path, _))| **path == *anchor.file)?;
        let place = places.iter().find(|it| *it.name == *anchor.declaration)?;
        Some(Span::new(*file, place.start + anchor.start, (place.start + anchor.end).min(place.end)))
    }
}

impl Inputs for BuildInputs {
    fn file(&self, path: &str) -> Option<Arc<[u8]>> {
        self.contents.get(path).cloned()
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

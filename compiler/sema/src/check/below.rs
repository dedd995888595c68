//! What the layers below a step of a chain give, read from their text alone: instances they list with the params these set, settings, the cluster.
//!
//! So an environment tells what is missing without any of its layers being checked; whether what they write is right, each layer tells itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use diag::Span;
use rustc_hash::FxHashSet as HashSet;
use syntax::ast::{self, Entry};

use crate::analysis::Analysis;
use crate::ir::InstanceRef;

/// An instance with the name it has in an environment.
pub(super) type Listed = (InstanceRef, Option<Arc<str>>);

/// What is given so far for an instance.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// Where it was listed first.
    pub span: Span,
    /// Params that were set.
    pub params: HashSet<String>,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Below {
    /// Instances listed and not removed again.
    pub listed: BTreeMap<Listed, Given>,
    /// Settings written: library, name.
    pub settings: HashSet<(u32, String)>,
    /// Some layer names the cluster.
    pub cluster: bool,
}

impl Below {
    /// Of the layers below a step.
    pub fn of(an: &Analysis, step: ast::Decl<'_>) -> Self {
        let mut it = Self::default();
        let mut layers = an.layers_below(step);
        layers.reverse();
        for (layer, decl) in layers {
            let file = an.decl(an.layers[layer.0 as usize]).span.file;
            decl.entries().for_each(|entry| it.take(an, entry, file));
        }
        it
    }

    fn take(&mut self, an: &Analysis, entry: Entry<'_>, file: diag::FileId) {
        match entry {
            Entry::Set(set) => {
                let Some(word) = set.path().and_then(ast::Path::single) else { return };
                match (&*word, set.name()) {
                    ("cluster", None) => self.cluster = true,
                    ("settings", library) => self.take_settings(an, set, library),
                    (_, None) => {}
                    (kind, Some(name)) => {
                        let Some(instance) = instance_of(an, kind, name) else { return };
                        let span = Span::new(file, name.range().0, name.range().1);
                        let given = self.listed.entry((instance, alias(set))).or_insert_with(|| Given { span, params: HashSet::default() });
                        set.block().into_iter().flat_map(ast::Block::entries).for_each(|it| given.take(it));
                    }
                }
            }
            Entry::Remove(remove) => {
                if let Some(found) = self.removed(an, remove) {
                    self.listed.remove(&found);
                }
            }
            _ => {}
        }
    }

    fn take_settings(&mut self, an: &Analysis, set: ast::Set<'_>, library: Option<ast::Name<'_>>) {
        let library = match library.and_then(|it| it.text()) {
            None => 0,
            Some(name) => match an.libraries.iter().position(|it| !it.is_empty() && **it == *name) {
                Some(at) => at as u32,
                None => return,
            },
        };
        for entry in block_of(set).into_iter().flat_map(ast::Block::entries) {
            if let Entry::Set(inner) = entry
                && let Some(word) = inner.path().and_then(|it| it.segments().next()).and_then(ast::Segment::text)
            {
                self.settings.insert((library, word.into_owned()));
            }
        }
    }

    /// What `remove app x` means among what is listed: by the name it has here.
    pub fn removed(&self, an: &Analysis, remove: ast::Remove<'_>) -> Option<Listed> {
        let kind = an.kind_by_name(&remove.path()?.single()?)?;
        let name = remove.name()?.text()?;
        let is_it = |(instance, alias): &&Listed| {
            let entry = &an.instances[instance.0 as usize];
            entry.kind == Some(kind) && alias.as_deref().unwrap_or(&entry.name) == &*name
        };
        self.listed.keys().find(is_it).cloned()
    }

    /// Names under which instances of a kind are listed.
    pub fn names(&self, an: &Analysis, kind: &str) -> Vec<String> {
        let entries = self.listed.keys().map(|(instance, alias)| (&an.instances[instance.0 as usize], alias));
        entries.filter(|(it, _)| *it.kind_word == *kind).map(|(it, alias)| alias.as_deref().unwrap_or(&it.name).to_owned()).collect()
    }
}

impl Given {
    /// An entry of a listed instance.
    pub fn take(&mut self, entry: Entry<'_>) {
        let first = |path: Option<ast::Path<'_>>| path?.segments().next()?.text().map(std::borrow::Cow::into_owned);
        match entry {
            Entry::Set(set) => self.params.extend(first(set.path())),
            Entry::Remove(remove) => {
                if let Some(name) = first(remove.path()).filter(|_| remove.name().is_none()) {
                    self.params.remove(&name);
                }
            }
            _ => {}
        }
    }
}

/// The block of `settings { .. }` or `settings: { .. }`.
pub(super) fn block_of(set: ast::Set<'_>) -> Option<ast::Block<'_>> {
    set.block().or_else(|| match set.expr().map(ast::Expr::unparen) {
        Some(ast::Expr::Block(block)) => Some(block),
        _ => None,
    })
}

/// The name behind `as`, where it is a plain word.
pub(super) fn alias(set: ast::Set<'_>) -> Option<Arc<str>> {
    match set.handle()? {
        ast::Expr::Word(word) => Some(word.text().into()),
        _ => None,
    }
}

fn instance_of(an: &Analysis, kind: &str, name: ast::Name<'_>) -> Option<InstanceRef> {
    an.instance(an.kind_by_name(kind)?, &name.text()?)
}

//! Key sets: which entries the keyed fields of an instance have, read off its body without evaluating it (grammar.md, "Key sets").

use std::sync::Arc;

use diag::{FileId, Span};
use syntax::ast::{self, Entry, Expr, Segment};

use crate::relate::Types;
use crate::ty::Ty;

/// The keyed fields of a record literal.
#[derive(Debug, Default, Clone)]
pub struct KeySet {
    fields: Vec<(Arc<str>, Keys)>,
}

/// The keys of one field.
#[derive(Debug, Default, Clone)]
pub struct Keys {
    /// Computed keys may be there too.
    pub open: bool,
    /// In source order.
    pub entries: Vec<KeyEntry>,
}

/// One key.
#[derive(Debug, Clone)]
pub struct KeyEntry {
    /// The key.
    pub name: Arc<str>,
    /// Where it stands first.
    pub span: Span,
    /// What is keyed below it.
    pub inner: KeySet,
}

/// A key with all keys above it.
pub type KeyPath = Vec<Arc<str>>;

impl KeySet {
    /// The key sets of a body of that type.
    pub fn of(types: Types<'_>, file: FileId, body: Option<ast::Block<'_>>, ty: &Ty) -> Self {
        let mut set = Self::default();
        let collector = Collector { types, file };
        body.into_iter().for_each(|it| collector.record(it, ty, &mut set));
        set
    }

    /// The keys of a field.
    pub fn field(&self, name: &str) -> Option<&Keys> {
        self.fields.iter().find(|(field, _)| **field == *name).map(|(_, keys)| keys)
    }

    fn field_mut(&mut self, name: &str) -> &mut Keys {
        let at = match self.fields.iter().position(|(field, _)| **field == *name) {
            Some(at) => at,
            None => {
                self.fields.push((name.into(), Keys::default()));
                self.fields.len() - 1
            }
        };
        &mut self.fields[at].1
    }

    /// Every full key path along fields such as `container.port`, and whether there may be more.
    pub fn paths(&self, fields: &[Arc<str>]) -> (Vec<KeyPath>, bool) {
        let mut found = Vec::new();
        let open = self.collect_paths(fields, &mut Vec::new(), &mut found);
        (found, open)
    }

    fn collect_paths(&self, fields: &[Arc<str>], above: &mut KeyPath, found: &mut Vec<KeyPath>) -> bool {
        let Some((first, rest)) = fields.split_first() else {
            found.push(above.clone());
            return false;
        };
        let Some(keys) = self.field(first) else { return false };
        let mut open = keys.open;
        for entry in &keys.entries {
            above.push(entry.name.clone());
            open |= entry.inner.collect_paths(rest, above, found);
            above.pop();
        }
        open
    }
}

impl Keys {
    /// The entry of that key.
    pub fn entry(&self, name: &str) -> Option<&KeyEntry> {
        self.entries.iter().find(|it| *it.name == *name)
    }

    fn entry_mut(&mut self, name: &str, span: Span) -> &mut KeySet {
        let at = match self.entries.iter().position(|it| *it.name == *name) {
            Some(at) => at,
            None => {
                self.entries.push(KeyEntry { name: name.into(), span, inner: KeySet::default() });
                self.entries.len() - 1
            }
        };
        &mut self.entries[at].inner
    }
}

struct Collector<'a> {
    types: Types<'a>,
    file: FileId,
}

/// Where a path has led: a record, or the keys of a field.
enum At<'k> {
    Record(&'k mut KeySet, Ty),
    Keys(&'k mut Keys, Ty),
}

impl Collector<'_> {
    fn record(&self, block: ast::Block<'_>, ty: &Ty, set: &mut KeySet) {
        for entry in block.entries() {
            self.entry(entry, &mut At::Record(set, ty.clone()));
        }
    }

    fn block(&self, block: ast::Block<'_>, at: &mut At<'_>) {
        for entry in block.entries() {
            self.entry(entry, at);
        }
    }

    fn entry(&self, entry: Entry<'_>, at: &mut At<'_>) {
        match entry {
            Entry::Set(set) => self.set(set, at),
            Entry::For(it) => it.block().into_iter().for_each(|it| self.block(it, at)),
            Entry::If(it) => self.branch(it, at),
            Entry::Match(it) => it.arms().filter_map(ast::Arm::block).for_each(|it| self.block(it, at)),
            Entry::Spread(_) => {
                if let At::Keys(keys, _) = at {
                    keys.open = true;
                }
            }
            _ => {}
        }
    }

    fn branch(&self, it: ast::If<'_>, at: &mut At<'_>) {
        if let Some(block) = it.block() {
            self.block(block, at);
        }
        match it.else_branch() {
            Some(ast::Else::If(other)) => self.branch(other, at),
            Some(ast::Else::Block(block)) => self.block(block, at),
            None => {}
        }
    }

    fn set(&self, set: ast::Set<'_>, at: &mut At<'_>) {
        let mut at = match at {
            At::Record(keys, ty) => At::Record(keys, ty.clone()),
            At::Keys(keys, ty) => At::Keys(keys, ty.clone()),
        };
        let segments = set.path().into_iter().flat_map(ast::Path::segments).map(|it| (it.text(), it.range(), matches!(it, Segment::Index(_))));
        let name = set.name().map(|it| (it.text(), it.range(), false));
        for (text, range, computed) in segments.chain(name) {
            let Some(next) = self.step(at, text.as_deref(), range, computed) else { return };
            at = next;
        }
        match (set.block(), set.expr()) {
            (Some(block), _) => self.block(block, &mut at),
            (None, Some(expr)) => self.value(expr, &mut at),
            (None, None) => {}
        }
    }

    /// One step of a path; `None` where nothing keyed can follow.
    fn step<'k>(&self, at: At<'k>, text: Option<&str>, range: (u32, u32), _computed: bool) -> Option<At<'k>> {
        match at {
            At::Record(set, ty) => {
                let text = text?;
                let member = self.types.member(&ty, text)?;
                let inner = member.ty.present().0.clone();
                if let Some((_, value)) = self.types.map(&inner) {
                    return Some(At::Keys(set.field_mut(text), value));
                }
                match self.types.element(&inner) {
                    Some(element @ Ty::Key(_)) => Some(At::Keys(set.field_mut(text), element)),
                    Some(_) => None,
                    None if self.types.is_record(&inner) => {
                        // Keyed fields of plain records inside do not occur in key paths.
                        None
                    }
                    None => None,
                }
            }
            At::Keys(keys, value) => match text {
                Some(text) => {
                    let span = Span::new(self.file, range.0, range.1);
                    Some(At::Record(keys.entry_mut(text, span), value))
                }
                None => {
                    keys.open = true;
                    None
                }
            },
        }
    }

    fn value(&self, expr: Expr<'_>, at: &mut At<'_>) {
        match (expr.unparen(), at) {
            (Expr::Block(block), at) => self.block(block, at),
            (Expr::List(list), At::Keys(keys, _)) => {
                for elem in list.elems() {
                    match elem {
                        ast::Elem::Expr(expr) => match last_word(expr) {
                            Some(word) => {
                                let range = expr.range();
                                keys.entry_mut(word, Span::new(self.file, range.0, range.1));
                            }
                            None => keys.open = true,
                        },
                        _ => keys.open = true,
                    }
                }
            }
            (_, At::Keys(keys, _)) => keys.open = true,
            (_, At::Record(..)) => {}
        }
    }
}

fn last_word(expr: Expr<'_>) -> Option<&str> {
    match expr.unparen() {
        Expr::Word(word) => Some(word.text()),
        Expr::Field(field) => field.name()?.word(),
        _ => None,
    }
}

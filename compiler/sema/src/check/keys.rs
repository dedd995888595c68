//! Key sets: which entries the keyed fields of an instance have, read off its body without evaluating it (grammar.md, "Key sets").

use std::sync::Arc;

use rustc_hash::FxHashMap as HashMap;
use syntax::ast::{self, Entry, Expr, Segment};

use crate::relate::Types;
use crate::ty::Ty;

/// The keyed fields of a record literal.
#[derive(Debug, Default, Clone)]
pub struct KeySet {
    /// Something whose keys are not seen here was spread in: every field may have more.
    open: bool,
    fields: Vec<(Arc<str>, Keys)>,
}

/// The keys of one field.
#[derive(Debug, Default, Clone)]
pub struct Keys {
    /// Computed keys may be there too.
    pub open: bool,
    /// In source order.
    pub entries: Vec<KeyEntry>,
    /// Where each key is, once there are many.
    index: HashMap<Arc<str>, usize>,
}

/// From so many keys on, finding one goes through the index.
const INDEX_MIN: usize = 16;

/// One key.
#[derive(Debug, Clone)]
pub struct KeyEntry {
    /// The key.
    pub name: Arc<str>,
    /// What is keyed below it.
    pub inner: KeySet,
}

/// A key with all keys above it.
pub type KeyPath = Vec<Arc<str>>;

impl KeySet {
    /// The key sets of a body of that type.
    pub fn of<'a>(types: Types<'a>, body: Option<ast::Block<'_>>, ty: &'a Ty) -> Self {
        let mut set = Self::default();
        let collector = Collector { types, whole: ty };
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

    /// Whether the field surely has no such key.
    pub fn lacks(&self, field: &str, key: &str) -> bool {
        !self.open && self.field(field).is_none_or(|it| !it.open && it.entry(key).is_none())
    }

    /// Names of a field's keys, for suggestions.
    pub fn names(&self, field: &str) -> Vec<String> {
        self.field(field).map_or(Vec::new(), |it| it.entries.iter().map(|it| it.name.to_string()).collect())
    }

    /// Full key paths along fields that end in `wanted`, and where there are none, those that computed keys may give.
    pub fn hits(&self, fields: &[Arc<str>], wanted: &[Arc<str>]) -> Hits {
        let mut hits = Hits::default();
        self.collect_hits(fields, wanted, &mut Vec::new(), &mut hits);
        hits
    }

    fn collect_hits<'k>(&'k self, fields: &[Arc<str>], wanted: &[Arc<str>], above: &mut Vec<&'k Arc<str>>, hits: &mut Hits) {
        let Some((first, rest)) = fields.split_first() else { return };
        let keys = self.field(first);
        if self.open || keys.is_some_and(|it| it.open) {
            // From here on keys may be anything; those above must be what is written, as far as it is.
            let free = fields.len();
            let fits = wanted
                .len()
                .checked_sub(free)
                .is_some_and(|given| above.len() >= given && above[above.len() - given..].iter().zip(wanted).all(|(a, b)| **a == *b));
            if fits {
                let given = wanted[wanted.len() - free..].iter().cloned();
                hits.maybe.push(above.iter().map(|it| (*it).clone()).chain(given).collect());
            } else if wanted.len() < free {
                hits.unclear = true;
            }
        }
        if let (true, Some((last, before))) = (rest.is_empty(), wanted.split_last()) {
            let fits = above.len() >= before.len() && above[above.len() - before.len()..].iter().zip(before).all(|(a, b)| **a == *b);
            if fits && keys.is_some_and(|it| it.entry(last).is_some()) {
                hits.known.push(above.iter().map(|it| (*it).clone()).chain([last.clone()]).collect());
            }
            return;
        }
        for entry in keys.into_iter().flat_map(|it| &it.entries) {
            above.push(&entry.name);
            entry.inner.collect_hits(rest, wanted, above, hits);
            above.pop();
        }
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
        self.entries.get(self.position(name)?)
    }

    fn position(&self, name: &str) -> Option<usize> {
        if self.entries.len() > INDEX_MIN { self.index.get(name).copied() } else { self.entries.iter().position(|it| *it.name == *name) }
    }

    fn entry_mut(&mut self, name: &str) -> &mut KeySet {
        let at = match self.position(name) {
            Some(at) => at,
            None => {
                self.entries.push(KeyEntry { name: name.into(), inner: KeySet::default() });
                if self.entries.len() > INDEX_MIN {
                    let from = self.index.len();
                    self.index.extend(self.entries[from..].iter().enumerate().map(|(at, it)| (it.name.clone(), from + at)));
                }
                self.entries.len() - 1
            }
        };
        &mut self.entries[at].inner
    }
}

/// What a written key may mean.
#[derive(Debug, Default)]
pub struct Hits {
    /// Keys that are there.
    pub known: Vec<KeyPath>,
    /// Keys that may be there when evaluated.
    pub maybe: Vec<KeyPath>,
    /// Too little is written to tell which computed key is meant.
    pub unclear: bool,
}

struct Collector<'a> {
    types: Types<'a>,
    /// The type of the body.
    whole: &'a Ty,
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
            Entry::Spread(_) => match at {
                At::Keys(keys, _) => keys.open = true,
                At::Record(set, _) => set.open = true,
            },
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
        let segments = set.path().into_iter().flat_map(ast::Path::segments).map(Segment::text);
        let name = set.name().map(ast::Name::text);
        for text in segments.chain(name) {
            let Some(next) = self.step(at, text.as_deref()) else { return };
            at = next;
        }
        match (set.block(), set.expr()) {
            (Some(block), _) => self.block(block, &mut at),
            (None, Some(expr)) => self.value(expr, &mut at),
            (None, None) => {}
        }
    }

    /// The field of the body that a misspelt one was meant for; where none is near, and no instance is made, it may be any.
    fn meant(&self, set: &mut KeySet, ty: &Ty, text: &str) -> Option<String> {
        let is_whole = match (self.whole, ty) {
            (Ty::Record(a), Ty::Record(b)) => Arc::ptr_eq(a, b),
            (Ty::Instance(a, above), Ty::Instance(b, path)) => a == b && above.len() == path.len(),
            _ => false,
        };
        if !is_whole || self.types.kinds.iter().any(|it| *it.name == *text) {
            return None;
        }
        let names = self.types.member_names(ty);
        let near = diag::nearest(text, names.iter().map(String::as_str)).map(str::to_owned);
        set.open |= near.is_none();
        near
    }

    /// One step of a path; `None` where nothing keyed can follow.
    fn step<'k>(&self, at: At<'k>, text: Option<&str>) -> Option<At<'k>> {
        match at {
            At::Record(set, ty) => {
                let text = text?;
                let near;
                let (text, member) = match self.types.member(&ty, text) {
                    Some(member) => (text, member),
                    None => {
                        // What is misspelt is told where it stands; its keys are there all the same.
                        near = self.meant(set, &ty, text)?;
                        (near.as_str(), self.types.member(&ty, &near)?)
                    }
                };
                let inner = member.ty.present().0.clone();
                if let Some((_, value)) = self.types.map(&inner) {
                    return Some(At::Keys(set.field_mut(text), value));
                }
                // Keyed fields of plain records and of other lists do not occur in key paths.
                let element = self.types.element(&inner).filter(|it| matches!(it, Ty::Key(_)))?;
                Some(At::Keys(set.field_mut(text), element))
            }
            At::Keys(keys, value) => match text {
                Some(text) => Some(At::Record(keys.entry_mut(text), value)),
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
                                keys.entry_mut(word);
                            }
                            None => keys.open = true,
                        },
                        _ => keys.open = true,
                    }
                }
            }
            (_, At::Keys(keys, _)) => keys.open = true,
            (_, At::Record(set, _)) => set.open = true,
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

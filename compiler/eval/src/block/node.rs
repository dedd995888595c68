//! A record, map or keyed list while it is being written.

use rustc_hash::FxHashMap as HashMap;

use diag::Span;

use crate::value::{Entry, Value};

/// From how many slots on a node keeps an index.
const INDEX_FROM: usize = 24;
/// How many empty buffers are kept for later.
const POOLED_MAX: usize = 32;

/// How firmly a slot was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// A declared default in a spread or merged record: anything wins over it.
    Default,
    /// By a spread, or by an earlier layer: what comes later wins.
    Weak,
    /// By an entry: a second one must agree.
    Strong,
}

/// Something open.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    /// Written so far, in order of first write.
    pub slots: Vec<Slot<'a>>,
    /// A keyed list: slots are its elements by the text of this field.
    pub element: Option<&'a str>,
    /// Who made it.
    pub at: Span,
    /// Something in it can be overridden.
    pub soft: bool,
    /// Something was removed: slots that hold nothing go when it is frozen.
    pub pruned: bool,
    index: HashMap<&'a str, u32>,
}

/// A place in a node.
#[derive(Debug)]
pub(crate) struct Slot<'a> {
    /// Field, key, or key of the element.
    pub key: &'a str,
    /// What is there.
    pub content: Content<'a>,
    /// Who wrote it last.
    pub at: Span,
    /// How firmly.
    pub level: Level,
    /// When, counted in writes of the unit.
    pub sequence: u32,
    /// `final`: later steps of the chain may not change it.
    pub fixed: bool,
}

/// What is in a slot.
#[derive(Debug)]
pub(crate) enum Content<'a> {
    /// A value.
    Value(Value<'a>),
    /// Something still open.
    Open(Box<Node<'a>>),
}

impl<'a> Node<'a> {
    /// Index of the slot of that key.
    pub fn position(&self, key: &str) -> Option<usize> {
        if self.slots.len() < INDEX_FROM {
            return self.slots.iter().position(|it| it.key == key);
        }
        self.index.get(key).map(|it| *it as usize)
    }

    /// Adds a slot that is not there yet.
    pub fn push(&mut self, slot: Slot<'a>) {
        let len = self.slots.len();
        if len + 1 == INDEX_FROM {
            self.index.extend(self.slots.iter().enumerate().map(|(nth, it)| (it.key, nth as u32)));
        }
        if len + 1 >= INDEX_FROM {
            self.index.insert(slot.key, len as u32);
        }
        self.soft |= slot.level < Level::Strong;
        self.slots.push(slot);
    }

    /// Puts a slot that is not there yet in front of another; rare.
    pub fn insert(&mut self, at: usize, slot: Slot<'a>) {
        self.soft |= slot.level < Level::Strong;
        self.slots.insert(at.min(self.slots.len()), slot);
        self.retain(|_| true);
    }

    /// Removes slots; rare.
    pub fn retain(&mut self, keep: impl FnMut(&Slot<'a>) -> bool) {
        self.slots.retain(keep);
        self.index.clear();
        if self.slots.len() >= INDEX_FROM {
            self.index.extend(self.slots.iter().enumerate().map(|(nth, it)| (it.key, nth as u32)));
        }
    }

    /// Opens the entries of a value.
    pub fn fill(&mut self, entries: &'a [Entry<'a>], level: Level, sequence: u32) {
        for it in entries {
            let level = if it.is_default { Level::Default } else { level };
            self.push(Slot { key: it.key, content: Content::Value(it.value), at: it.at, level, sequence, fixed: it.is_final });
        }
    }

    /// Makes everything in it overridable: a layer is done.
    pub fn soften(&mut self) {
        self.soft = true;
        for slot in &mut self.slots {
            slot.level = slot.level.min(Level::Weak);
            if let Content::Open(node) = &mut slot.content {
                node.soften();
            }
        }
    }
}

/// Buffers used again, so that building a record asks the allocator for nothing but its place in the arena.
#[derive(Debug, Default)]
pub(crate) struct Pool<'a> {
    #[expect(clippy::vec_box, reason = "nodes move between slots and the pool as boxes")]
    nodes: Vec<Box<Node<'a>>>,
    values: Vec<Vec<Value<'a>>>,
    texts: Vec<String>,
}

impl<'a> Pool<'a> {
    /// An empty node.
    pub fn node(&mut self, at: Span) -> Box<Node<'a>> {
        match self.nodes.pop() {
            Some(mut node) => {
                node.at = at;
                node
            }
            None => Box::new(Node { slots: Vec::with_capacity(12), element: None, at, soft: false, pruned: false, index: HashMap::default() }),
        }
    }

    /// Takes a node back.
    pub fn give(&mut self, mut node: Box<Node<'a>>) {
        if self.nodes.len() < POOLED_MAX {
            node.slots.clear();
            node.index.clear();
            node.element = None;
            node.soft = false;
            node.pruned = false;
            self.nodes.push(node);
        }
    }

    /// An empty list.
    pub fn values(&mut self) -> Vec<Value<'a>> {
        self.values.pop().unwrap_or_default()
    }

    /// Takes a list back.
    pub fn give_values(&mut self, mut values: Vec<Value<'a>>) {
        if self.values.len() < POOLED_MAX {
            values.clear();
            self.values.push(values);
        }
    }

    /// An empty text.
    pub fn text(&mut self) -> String {
        self.texts.pop().unwrap_or_default()
    }

    /// Takes a text back.
    pub fn give_text(&mut self, mut text: String) {
        if self.texts.len() < POOLED_MAX {
            text.clear();
            self.texts.push(text);
        }
    }
}

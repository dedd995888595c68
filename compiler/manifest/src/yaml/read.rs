//! Reads YAML documents into [`Json`], with the place of each value.
//!
//! Events come from granit-parser (YAML 1.2 syntax); what a scalar is follows Kubernetes (`resolve.rs`). First the events become a flat arena, then
//! the arena becomes values; aliases are expanded in the second step under a budget, so that no input costs more than its size promises.
//! Stricter than Kubernetes' parser: a key twice, an unknown tag and `.inf` are errors. Merged maps never override explicit keys, as the
//! specification says and kustomize does (kubectl lets a later `<<` win).
//! Invariant: depth, size and the number of expanded nodes are bounded; no input makes this panic or recurse without limit.

use std::{collections::HashMap, fmt};

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Tag, options};

use super::resolve;
use crate::json::Json;

/// Lists and maps inside each other.
pub const DEPTH_MAX: usize = 128;
/// Bytes of one text.
pub const SIZE_MAX: usize = 32 << 20;
/// Nodes that aliases may add in any document; a larger document may add ten times its own nodes, up to the hard limit.
const EXPANSION_FREE: usize = 10_000;
const EXPANSION_FACTOR: usize = 10;
const EXPANSION_MAX: usize = 1_000_000;

/// One document that is neither empty nor null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its value.
    pub value: Json,
    /// Where each value begins, in the order of `value` from the top down (each before its children); see [`Document::place`].
    pub places: Vec<Place>,
}

/// Byte offsets of a value in the whole text. For values that came through an alias: of the anchored text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The key, for an entry of a map; else the same as `value`.
    pub key: u32,
    /// The value.
    pub value: u32,
}

/// A step into a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Into a map.
    Key(&'a str),
    /// Into a list.
    Index(usize),
}

/// Why a text is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// Byte offset.
    pub at: usize,
    /// What is wrong there.
    pub reason: Reason,
}

/// What is wrong with a YAML text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It does not follow YAML's grammar; the parser's words.
    Syntax(String),
    /// It is larger than [`SIZE_MAX`].
    TooLarge,
    /// It is nested deeper than [`DEPTH_MAX`].
    TooDeep,
    /// Its aliases stand for too many nodes.
    TooManyAliases,
    /// An anchored value contains an alias of itself.
    SelfAlias,
    /// A map has this key twice; the other place.
    DuplicateKey(String, usize),
    /// A tag that says nothing in JSON.
    UnknownTag(String),
    /// The value is not what its tag says.
    WrongTag(String),
    /// A key that is a list, a map, null or a number above `i64`.
    NotAKey,
    /// `.inf` or `.nan`.
    NotFinite,
    /// `<<` with something else than maps.
    NotMergeable,
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Syntax(words) => write!(f, "this is no YAML: {words}"),
            Reason::TooLarge => write!(f, "a YAML text has at most {} MiB", SIZE_MAX >> 20),
            Reason::TooDeep => write!(f, "YAML is nested at most {DEPTH_MAX} deep"),
            Reason::TooManyAliases => f.write_str("the aliases of this YAML stand for too many values"),
            Reason::SelfAlias => f.write_str("an anchored value contains itself"),
            Reason::DuplicateKey(key, _) => write!(f, "the key `{key}` stands here twice"),
            Reason::UnknownTag(tag) => write!(f, "the tag `{tag}` is not known to Kubernetes"),
            Reason::WrongTag(tag) => write!(f, "this value is not what its tag `{tag}` says"),
            Reason::NotAKey => f.write_str("a key is a string, a number or a boolean"),
            Reason::NotFinite => f.write_str("infinity and `.nan` cannot be sent to a cluster"),
            Reason::NotMergeable => f.write_str("`<<` takes a map or a list of maps"),
        }
    }
}

impl Document {
    /// Where the value at a path stands.
    pub fn place(&self, path: &[Step<'_>]) -> Option<Place> {
        let mut value = &self.value;
        let mut index = 0;
        for step in path {
            // Skips the step's elder brothers, each with all its children.
            index += 1;
            match (step, value) {
                (Step::Key(key), Json::Map(entries)) => {
                    let at = entries.iter().position(|(it, _)| it == key)?;
                    index += entries[..at].iter().map(|(_, it)| count(it)).sum::<usize>();
                    value = &entries[at].1;
                }
                (Step::Index(at), Json::List(items)) => {
                    index += items.get(..*at)?.iter().map(count).sum::<usize>();
                    value = items.get(*at)?;
                }
                (Step::Key(_) | Step::Index(_), _) => return None,
            }
        }
        self.places.get(index).copied()
    }
}

/// Nodes of a value, itself included.
fn count(value: &Json) -> usize {
    1 + match value {
        Json::List(items) => items.iter().map(count).sum(),
        Json::Map(entries) => entries.iter().map(|(_, it)| count(it)).sum(),
        Json::Null | Json::Bool(_) | Json::Int(_) | Json::Number(_) | Json::String(_) => 0,
    }
}

/// Reads all documents; empty ones and `null` are left out.
///
/// # Errors
/// At the first thing that is wrong.
pub fn documents(text: &str) -> Result<Vec<Document>, YamlError> {
    if text.len() > SIZE_MAX {
        return Err(YamlError { at: SIZE_MAX, reason: Reason::TooLarge });
    }
    let options = options! {
        emit_comments: false,
        // One more than we allow, so that the error is ours.
        flow_nesting_limit: DEPTH_MAX + 1,
        block_nesting_limit: DEPTH_MAX + 1,
        // JSON is read here too, and its keys may be longer than YAML allows where it looks ahead for a colon.
        simple_key_max_lookahead: 1 << 16,
    };
    let mut arena = Arena::default();
    let mut documents = Vec::new();
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| {
            let at = error.marker().byte_offset().unwrap_or(0).min(text.len());
            let too_deep = matches!(error.kind(), ErrorKind::RecursionLimitExceeded);
            YamlError { at, reason: if too_deep { Reason::TooDeep } else { Reason::Syntax(error.info()) } }
        })?;
        let at = u32::try_from(span.byte_range().map_or(0, |it| it.start)).unwrap_or(u32::MAX);
        if matches!(event, Event::DocumentEnd) {
            documents.extend(arena.finish()?);
            arena = Arena::default();
        } else {
            arena.take(event, at)?;
        }
    }
    Ok(documents)
}

/// Reads a text that holds one document; an empty text is `null`.
///
/// # Errors
/// At the first thing that is wrong, also at the beginning of a second document.
pub fn document(text: &str) -> Result<Document, YamlError> {
    let mut all = documents(text)?;
    match all.len() {
        0 => Ok(Document { value: Json::Null, places: vec![Place { key: 0, value: 0 }] }),
        1 => Ok(all.remove(0)),
        _ => {
            let at = all[1].places.first().map_or(0, |it| it.value as usize);
            Err(YamlError { at, reason: Reason::Syntax("one document is expected here".to_owned()) })
        }
    }
}

/// A document as a flat list of nodes; children are numbers of nodes.
#[derive(Default)]
struct Arena<'a> {
    nodes: Vec<Node<'a>>,
    /// Open collections.
    stack: Vec<u32>,
    /// Anchor of the parser to node.
    anchors: HashMap<usize, u32>,
}

struct Node<'a> {
    at: u32,
    tag: Option<CoreTag>,
    kind: NodeKind<'a>,
}

enum NodeKind<'a> {
    Scalar {
        text: std::borrow::Cow<'a, str>,
        plain: bool,
    },
    Sequence {
        items: Vec<u32>,
        open: bool,
    },
    /// Keys and values in turn.
    Mapping {
        items: Vec<u32>,
        open: bool,
    },
    Alias(u32),
}

/// The tags that JSON can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CoreTag {
    Str,
    Int,
    Float,
    Bool,
    Null,
    Seq,
    Map,
    Merge,
}

impl CoreTag {
    const ALL: [(Self, &'static str); 8] = [
        (Self::Str, "str"),
        (Self::Int, "int"),
        (Self::Float, "float"),
        (Self::Bool, "bool"),
        (Self::Null, "null"),
        (Self::Seq, "seq"),
        (Self::Map, "map"),
        (Self::Merge, "merge"),
    ];

    fn of(tag: Option<&Tag>, at: u32) -> Result<Option<Self>, YamlError> {
        let Some(tag) = tag else { return Ok(None) };
        let full = format!("{}{}", tag.handle(), tag.suffix());
        let core = full.strip_prefix("tag:yaml.org,2002:").and_then(|name| Self::ALL.iter().find(|(_, it)| *it == name));
        core.map(|(it, _)| Some(*it)).ok_or_else(|| error(at, Reason::UnknownTag(full)))
    }

    fn name(self) -> String {
        Self::ALL.iter().find(|(it, _)| *it == self).map_or_else(String::new, |(_, name)| format!("!!{name}"))
    }
}

impl<'a> Arena<'a> {
    fn take(&mut self, event: Event<'a>, at: u32) -> Result<(), YamlError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = CoreTag::of(tag.as_deref(), at)?;
                let plain = style == ScalarStyle::Plain;
                self.add(Node { at, tag, kind: NodeKind::Scalar { text, plain } }, anchor);
            }
            Event::SequenceStart(_, anchor, tag) => {
                let tag = CoreTag::of(tag.as_deref(), at)?;
                self.open(Node { at, tag, kind: NodeKind::Sequence { items: Vec::new(), open: true } }, anchor)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                let tag = CoreTag::of(tag.as_deref(), at)?;
                self.open(Node { at, tag, kind: NodeKind::Mapping { items: Vec::new(), open: true } }, anchor)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(node) = self.stack.pop()
                    && let NodeKind::Sequence { open, .. } | NodeKind::Mapping { open, .. } = &mut self.nodes[node as usize].kind
                {
                    *open = false;
                }
            }
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).copied().ok_or_else(|| error(at, Reason::Syntax("an alias of an unknown anchor".to_owned())))?;
                if let NodeKind::Sequence { open: true, .. } | NodeKind::Mapping { open: true, .. } = &self.nodes[target as usize].kind {
                    return Err(error(at, Reason::SelfAlias));
                }
                self.add(Node { at, tag: None, kind: NodeKind::Alias(target) }, 0);
            }
            // The rest says nothing about values, or does not come with our options.
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, node: Node<'a>, anchor: usize) -> Result<(), YamlError> {
        if self.stack.len() >= DEPTH_MAX {
            return Err(error(node.at, Reason::TooDeep));
        }
        let index = self.add(node, anchor);
        self.stack.push(index);
        Ok(())
    }

    fn add(&mut self, node: Node<'a>, anchor: usize) -> u32 {
        // Every node takes a byte at least, and the text is shorter than 2^32.
        let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(node);
        if let Some(parent) = self.stack.last()
            && let NodeKind::Sequence { items, .. } | NodeKind::Mapping { items, .. } = &mut self.nodes[*parent as usize].kind
        {
            items.push(index);
        }
        if anchor != 0 {
            self.anchors.insert(anchor, index);
        }
        index
    }

    /// The value of the document; `None` if it is empty or null.
    fn finish(&self) -> Result<Option<Document>, YamlError> {
        let Some(root) = self.nodes.first() else { return Ok(None) };
        let budget = (self.nodes.len() * EXPANSION_FACTOR).clamp(EXPANSION_FREE, EXPANSION_MAX);
        let mut builder = Builder { arena: self, places: Vec::with_capacity(self.nodes.len()), budget, depth: 0, aliases: 0 };
        let value = builder.value(0, root.at)?;
        let document = Document { value, places: builder.places };
        // The parser says `~` where nothing stands; kubectl skips both.
        Ok((document.value != Json::Null).then_some(document))
    }
}

/// The second step: nodes to values.
struct Builder<'a> {
    arena: &'a Arena<'a>,
    places: Vec<Place>,
    /// Nodes that aliases may still add.
    budget: usize,
    depth: usize,
    /// Aliases that are being expanded around the current node.
    aliases: usize,
}

impl<'a> Builder<'a> {
    fn value(&mut self, index: u32, key_at: u32) -> Result<Json, YamlError> {
        let node = &self.arena.nodes[index as usize];
        if self.aliases > 0 && !matches!(node.kind, NodeKind::Alias(_)) {
            self.budget = self.budget.checked_sub(1).ok_or_else(|| error(node.at, Reason::TooManyAliases))?;
        }
        match &node.kind {
            NodeKind::Scalar { text, plain } => {
                self.places.push(Place { key: key_at, value: node.at });
                scalar(text, *plain, node)
            }
            NodeKind::Alias(target) => {
                let key_at = if key_at == node.at { self.arena.nodes[*target as usize].at } else { key_at };
                self.aliases += 1;
                let value = self.value(*target, key_at);
                self.aliases -= 1;
                value
            }
            NodeKind::Sequence { items, .. } => {
                self.places.push(Place { key: key_at, value: node.at });
                expect_tag(node, CoreTag::Seq)?;
                self.enter(node.at)?;
                let list = items.iter().map(|it| self.value(*it, self.arena.nodes[*it as usize].at)).collect::<Result<_, _>>()?;
                self.depth -= 1;
                Ok(Json::List(list))
            }
            NodeKind::Mapping { items, .. } => {
                self.places.push(Place { key: key_at, value: node.at });
                expect_tag(node, CoreTag::Map)?;
                self.enter(node.at)?;
                let map = self.mapping(items)?;
                self.depth -= 1;
                Ok(Json::Map(map))
            }
        }
    }

    fn enter(&mut self, at: u32) -> Result<(), YamlError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(error(at, Reason::TooDeep)) } else { Ok(()) }
    }

    fn mapping(&mut self, items: &'a [u32]) -> Result<Vec<(String, Json)>, YamlError> {
        let mut entries = Vec::new();
        let mut keys = Keys::default();
        let mut merges = Vec::new();
        self.own_entries(items, &mut entries, &mut keys, &mut merges)?;
        for source in merges {
            self.merge(source, &mut entries, &mut keys)?;
        }
        Ok(entries)
    }

    /// The entries that are written here; what `<<` brings in is left in `merges`.
    fn own_entries(&mut self, items: &'a [u32], entries: &mut Vec<(String, Json)>, keys: &mut Keys, merges: &mut Vec<u32>) -> Result<(), YamlError> {
        for pair in items.chunks_exact(2) {
            let at = self.arena.nodes[pair[0] as usize].at;
            if self.is_merge(pair[0]) {
                merges.push(pair[1]);
                continue;
            }
            let key = self.key(pair[0])?;
            if let Some(first) = keys.insert(entries, &key, at) {
                return Err(error(at, Reason::DuplicateKey(key, first as usize)));
            }
            let value = self.value(pair[1], at)?;
            entries.push((key, value));
        }
        Ok(())
    }

    fn merge(&mut self, source: u32, entries: &mut Vec<(String, Json)>, keys: &mut Keys) -> Result<(), YamlError> {
        let node = &self.arena.nodes[source as usize];
        let aliased = matches!(node.kind, NodeKind::Alias(_));
        match &self.arena.nodes[self.target(source) as usize].kind {
            NodeKind::Mapping { items, .. } => self.merge_map(items, aliased, node.at, entries, keys),
            // Earlier maps of the list win, because later ones find their keys taken.
            NodeKind::Sequence { items, .. } if !aliased => {
                for item in items {
                    let NodeKind::Mapping { items, .. } = &self.arena.nodes[self.target(*item) as usize].kind else {
                        return Err(error(node.at, Reason::NotMergeable));
                    };
                    let aliased = matches!(self.arena.nodes[*item as usize].kind, NodeKind::Alias(_));
                    self.merge_map(items, aliased, node.at, entries, keys)?;
                }
                Ok(())
            }
            NodeKind::Sequence { .. } | NodeKind::Scalar { .. } | NodeKind::Alias(_) => Err(error(node.at, Reason::NotMergeable)),
        }
    }

    /// Adds the entries of a merged map whose keys are free. They are built first to see duplicates inside the map itself.
    fn merge_map(&mut self, items: &'a [u32], aliased: bool, at: u32, entries: &mut Vec<(String, Json)>, keys: &mut Keys) -> Result<(), YamlError> {
        self.aliases += usize::from(aliased);
        self.enter(at)?;
        let mut nested = Vec::new();
        for pair in items.chunks_exact(2) {
            let key_at = self.arena.nodes[pair[0] as usize].at;
            if self.aliases > 0 {
                self.budget = self.budget.checked_sub(1).ok_or_else(|| error(at, Reason::TooManyAliases))?;
            }
            if self.is_merge(pair[0]) {
                nested.push(pair[1]);
                continue;
            }
            let key = self.key(pair[0])?;
            if keys.insert(entries, &key, key_at).is_none() {
                let value = self.value(pair[1], key_at)?;
                entries.push((key, value));
            }
        }
        for source in nested {
            self.merge(source, entries, keys)?;
        }
        self.depth -= 1;
        self.aliases -= usize::from(aliased);
        Ok(())
    }

    /// The node an alias stands for. An alias cannot stand for an alias.
    fn target(&self, index: u32) -> u32 {
        if let NodeKind::Alias(target) = self.arena.nodes[index as usize].kind { target } else { index }
    }

    fn is_merge(&self, index: u32) -> bool {
        let node = &self.arena.nodes[index as usize];
        matches!(&node.kind, NodeKind::Scalar { text, plain } if text == "<<" && (node.tag == Some(CoreTag::Merge) || (*plain && node.tag.is_none())))
    }

    fn key(&self, index: u32) -> Result<String, YamlError> {
        let at = self.arena.nodes[index as usize].at;
        let node = &self.arena.nodes[self.target(index) as usize];
        let NodeKind::Scalar { text, plain } = &node.kind else {
            return Err(error(at, Reason::NotAKey));
        };
        match (node.tag, plain) {
            (Some(CoreTag::Str), _) | (None, false) => Ok(text.to_string()),
            (None, true) => resolve::key(text).ok_or_else(|| error(at, Reason::NotAKey)),
            (Some(tag), _) => {
                check_tag(tag, text, at)?;
                resolve::key(text).ok_or_else(|| error(at, Reason::NotAKey))
            }
        }
    }
}

/// The keys of one map. Small maps are searched in order; larger ones get a table, so that no input is quadratic.
#[derive(Default)]
struct Keys {
    places: Vec<u32>,
    table: Option<HashMap<String, usize>>,
}

impl Keys {
    const SMALL: usize = 16;

    /// Notes a key that will be pushed to `entries` next; `Some` with its place if it is there already.
    fn insert(&mut self, entries: &[(String, Json)], key: &str, at: u32) -> Option<u32> {
        if self.table.is_none() && entries.len() >= Self::SMALL {
            self.table = Some(entries.iter().enumerate().map(|(index, (key, _))| (key.clone(), index)).collect());
        }
        let found = match &self.table {
            Some(table) => table.get(key).copied(),
            None => entries.iter().position(|(it, _)| it == key),
        };
        if let Some(index) = found {
            return self.places.get(index).copied();
        }
        if let Some(table) = &mut self.table {
            table.insert(key.to_owned(), entries.len());
        }
        self.places.push(at);
        None
    }
}

fn scalar(text: &str, plain: bool, node: &Node<'_>) -> Result<Json, YamlError> {
    match node.tag {
        Some(CoreTag::Str) => return Ok(Json::String(text.to_owned())),
        Some(tag) => check_tag(tag, text, node.at)?,
        None if !plain => return Ok(Json::String(text.to_owned())),
        None => {}
    }
    resolve::json(text).ok_or_else(|| error(node.at, Reason::NotFinite))
}

/// Whether a scalar is what its tag says; a whole number may be tagged as a float.
fn check_tag(tag: CoreTag, text: &str, at: u32) -> Result<(), YamlError> {
    use resolve::Scalar;
    let good = match resolve::plain(text) {
        Scalar::Null => tag == CoreTag::Null,
        Scalar::Bool(_) => tag == CoreTag::Bool,
        Scalar::Int(_) | Scalar::Unsigned(_) => matches!(tag, CoreTag::Int | CoreTag::Float),
        Scalar::Float(_) | Scalar::NotFinite(_) => tag == CoreTag::Float,
        Scalar::Merge => tag == CoreTag::Merge,
        Scalar::String => false,
    };
    if good { Ok(()) } else { Err(error(at, Reason::WrongTag(tag.name()))) }
}

fn expect_tag(node: &Node<'_>, expected: CoreTag) -> Result<(), YamlError> {
    match node.tag {
        Some(tag) if tag != expected => Err(error(node.at, Reason::WrongTag(tag.name()))),
        Some(_) | None => Ok(()),
    }
}

fn error(at: u32, reason: Reason) -> YamlError {
    YamlError { at: at as usize, reason }
}

#[cfg(test)]
mod tests;

//! Notes of the second run: where values came from, who wrote which leaf, what the fuel went to.
//!
//! Empty in a normal run. Invariant: the notes are bounded; of places run, only the busiest survive when the table is full.

use rustc_hash::FxHashMap as HashMap;

use bumpalo::Bump;
use diag::Span;
use manifest::element::KEY_FIELDS;

use crate::value::Value;

/// One write into an object's body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note<'a> {
    /// Index of the object.
    pub object: u32,
    /// Field path.
    pub path: &'a str,
    /// The entry.
    pub at: Span,
    /// Where its value came from.
    pub origin: Span,
    /// The value; `None` for a block that was opened.
    pub value: Option<Value<'a>>,
}

/// One explicit or default value of a parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ParamNote<'a> {
    /// Index of the instance.
    pub instance: u32,
    /// Index of the parameter.
    pub param: u32,
    /// The entry, or the declaration of the default.
    pub at: Span,
    /// The value; `None` where only a part was written.
    pub value: Option<Value<'a>>,
}

/// All notes.
#[derive(Debug, Default)]
pub(crate) struct Trace<'a> {
    /// Writes of parameters, in order.
    pub param_notes: Vec<ParamNote<'a>>,
    /// Where the value made last came from.
    pub origin: Option<Span>,
    /// The same of each slot.
    origins: Vec<Option<Span>>,
    /// Writes into objects, in order.
    pub notes: Vec<Note<'a>>,
    /// The object being built, and the path within it.
    pub object: Option<u32>,
    /// Path of the block being evaluated.
    pub path: String,
    /// Elements of a list before those that are appended to it.
    pub before: usize,
    params: HashMap<(u32, u32), Span>,
    runs: HashMap<Span, u64>,
}

impl<'a> Trace<'a> {
    /// The slot's value came from there.
    pub fn bind(&mut self, slot: usize, origin: Option<Span>) {
        if slot >= self.origins.len() {
            self.origins.resize(slot + 1, None);
        }
        self.origins[slot] = origin;
    }

    /// Where a slot's value came from.
    pub fn origin_of(&self, slot: usize) -> Option<Span> {
        self.origins.get(slot).copied().flatten()
    }

    /// Where a parameter's value came from.
    pub fn param_origin(&self, instance: u32, param: u32) -> Option<Span> {
        self.params.get(&(instance, param)).copied()
    }

    /// The parameter's value came from there.
    pub fn set_param_origin(&mut self, instance: u32, param: u32, origin: Option<Span>) {
        if let Some(origin) = origin {
            self.params.insert((instance, param), origin);
        }
    }

    /// Goes into a field or key.
    pub fn push_field(&mut self, name: &str) {
        push_field(&mut self.path, name);
    }

    /// Goes into an element of a keyed list.
    pub fn push_element(&mut self, key: &str) {
        self.path.push('[');
        self.path.push_str(key);
        self.path.push(']');
    }

    /// Notes every leaf of a value at the path.
    pub fn note_value(&mut self, arena: &'a Bump, at: Span, origin: Span, value: Value<'a>) {
        let len = self.path.len();
        match value {
            Value::Record(entries) => {
                for entry in entries {
                    self.push_field(entry.key);
                    self.note_value(arena, at, entry.at, entry.value);
                    self.path.truncate(len);
                }
            }
            Value::List(values) => {
                let field = key_field(values);
                let before = std::mem::take(&mut self.before);
                for (nth, value) in values.iter().enumerate() {
                    match field.and_then(|it| text_at(*value, it)) {
                        Some(key) => self.push_element(key),
                        None => self.push_element(&(before + nth).to_string()),
                    }
                    self.note_value(arena, at, origin, *value);
                    self.path.truncate(len);
                }
            }
            _ => {}
        }
        let Some(object) = self.object else { return };
        self.notes.push(Note { object, path: arena.alloc_str(&self.path), at, origin, value: Some(value) });
    }

    /// Notes what the key of an element is, once: who names an element first has made it.
    pub fn note_key(&mut self, arena: &'a Bump, field: &str, at: Span, key: &'a str) {
        let Some(object) = self.object else { return };
        let len = self.path.len();
        self.push_field(field);
        if !self.notes.iter().any(|it| it.object == object && it.path == self.path) {
            self.notes.push(Note { object, path: arena.alloc_str(&self.path), at, origin: at, value: Some(Value::Str(key)) });
        }
        self.path.truncate(len);
    }

    /// Counts one run of a place.
    pub fn note_run(&mut self, at: Span, max: usize) {
        if self.runs.len() >= max && !self.runs.contains_key(&at) {
            let mut counts: Vec<u64> = self.runs.values().copied().collect();
            counts.sort_unstable();
            let median = counts[counts.len() / 2];
            self.runs.retain(|_, count| *count > median);
        }
        *self.runs.entry(at).or_insert(0) += 1;
    }

    /// The places run most, the busiest first.
    pub fn costliest(&self, count: usize) -> Vec<(Span, u64)> {
        let mut runs: Vec<(Span, u64)> = self.runs.iter().map(|(span, count)| (*span, *count)).collect();
        runs.sort_unstable_by_key(|(span, count)| (std::cmp::Reverse(*count), *span));
        runs.truncate(count);
        runs
    }
}

/// The first of these that all elements have, each with another text.
fn key_field(values: &[Value<'_>]) -> Option<&'static str> {
    let is_key = |field: &&&'static str| {
        let mut seen = std::collections::HashSet::new();
        values.iter().all(|it| text_at(*it, field).is_some_and(|it| seen.insert(it)))
    };
    KEY_FIELDS.iter().find(is_key).copied()
}

fn text_at<'a>(value: Value<'a>, field: &str) -> Option<&'a str> {
    match crate::value::find(value.entries()?, field)?.value {
        Value::Str(it) => Some(it),
        _ => None,
    }
}

/// Appends a field or key to a path: `spec.template`, `metadata.labels["app.kubernetes.io/name"]`.
pub(crate) fn push_field(path: &mut String, name: &str) {
    if name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_' || it == b'-') && !name.is_empty() {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
    } else {
        path.push_str("[\"");
        path.push_str(name);
        path.push_str("\"]");
    }
}

//! What the units of a build made, for whoever looks at objects instead of writing them: texts and summaries, read when they are asked for.
//!
//! Invariant: a text is the bytes that the build would write, or nothing where the memo has lost them meanwhile; then the caller builds without a cache.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use manifest::unit::{Piece, Summary, Text};
use store::{Digest, Memo, Shared};

use crate::key;
use crate::state::UnitState;

/// An instance with the objects that it made in an environment.
#[derive(Clone, Debug)]
pub struct BuiltUnit {
    /// Kind word of its instance.
    pub kind: Arc<str>,
    /// Name of its instance.
    pub name: Arc<str>,
    /// Number of its objects.
    pub objects: usize,
    /// Digest of all that its text depends on: equal digests, in whatever build, mean equal texts.
    pub text: Digest,
    summary: Digest,
    fills: Vec<Arc<str>>,
}

/// What units made, by digest.
#[derive(Default)]
pub struct Results {
    memo: Option<Memo>,
    fresh: HashMap<Digest, Shared>,
}

impl BuiltUnit {
    pub(crate) fn new(unit: &UnitState) -> Self {
        Self {
            kind: unit.kind.clone(),
            name: unit.name.clone(),
            objects: unit.objects as usize,
            text: unit.rendered,
            summary: key::part(&unit.key, "summary"),
            fills: unit.fills.clone(),
        }
    }

    /// A text of its summary, with what link put into its holes.
    pub fn filled(&self, text: &Text) -> String {
        filled(text, &self.fills)
    }
}

/// A text with its holes filled.
pub(crate) fn filled(text: &Text, fills: &[Arc<str>]) -> String {
    let mut out = String::new();
    for piece in &*text.0 {
        match piece {
            Piece::Str(text) => out.push_str(text),
            Piece::Hole(at) => out.push_str(fills.get(*at as usize).map_or("", |it| it)),
        }
    }
    out
}

impl Results {
    pub(crate) fn new(memo: Memo, fresh: HashMap<Digest, Shared>) -> Self {
        Self { memo: Some(memo), fresh }
    }

    /// Texts of units, in their order; `None` where one is lost.
    pub fn texts(&self, units: &[&BuiltUnit]) -> Option<Vec<Shared>> {
        self.many(&units.iter().map(|it| it.text).collect::<Vec<_>>())
    }

    /// Summaries of units, in their order; `None` where one is lost.
    pub fn summaries(&self, units: &[&BuiltUnit]) -> Option<Vec<Summary>> {
        let bytes = self.many(&units.iter().map(|it| it.summary).collect::<Vec<_>>())?;
        bytes.iter().map(|it| Summary::decode(it).ok()).collect()
    }

    fn many(&self, keys: &[Digest]) -> Option<Vec<Shared>> {
        let missing: Vec<Digest> = keys.iter().filter(|it| !self.fresh.contains_key(it)).copied().collect();
        let mut found = self.memo.as_ref().map_or_else(Vec::new, |it| it.get_many(&missing)).into_iter();
        keys.iter().map(|key| self.fresh.get(key).or_else(|| found.next()?).cloned()).collect()
    }
}

impl fmt::Debug for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fresh results", self.fresh.len())
    }
}

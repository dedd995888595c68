//! The texts of units as objects: only those are read that may differ.

use std::fmt;

use manifest::id::ObjectId;
use manifest::json::Json;
use manifest::yaml::read;
use rustc_hash::FxHashSet;

use crate::change::UnitName;

/// What an instance makes: YAML documents, as a build writes them.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'t> {
    /// Which instance.
    pub name: &'t UnitName,
    /// All its objects.
    pub text: &'t str,
}

/// A text that is not what a build writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Which instance made it.
    pub unit: UnitName,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the objects of {} {} cannot be read: {}", self.unit.kind, self.unit.name, self.reason)
    }
}

/// An object of one side.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub unit: UnitName,
    pub id: ObjectId,
    pub value: Json,
}

/// The documents of a text. Within one, each line but those of the outermost map is indented, so `---` alone at the margin is no part of any.
fn documents(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_prefix("---\n").unwrap_or(text);
    text.split("\n---\n").map(|it| it.strip_suffix('\n').unwrap_or(it)).filter(|it| !it.is_empty())
}

/// Documents of a unit that another text of the same unit has too are the same objects: their number, and the other ones read.
pub(crate) fn differing(unit: Unit<'_>, other: Option<&str>, out: &mut Vec<Object>) -> Result<usize, Malformed> {
    let known: FxHashSet<&str> = other.map(|it| documents(it).collect()).unwrap_or_default();
    let (mut same, mut seen) = (0, FxHashSet::default());
    for document in documents(unit.text) {
        if known.contains(document) && seen.insert(document) {
            same += 1;
        } else {
            out.push(object(unit.name, document)?);
        }
    }
    Ok(same)
}

fn object(unit: &UnitName, text: &str) -> Result<Object, Malformed> {
    let malformed = |reason: String| Malformed { unit: unit.clone(), reason };
    let value = read::document(text).map_err(|error| malformed(error.to_string()))?.value;
    let id = ObjectId::of(&value).ok_or_else(|| malformed("an object without kind or name".to_owned()))?;
    Ok(Object { unit: unit.clone(), id, value })
}

//! What differs, as plain data.

use std::sync::Arc;

use manifest::id::ObjectId;
use manifest::json::Json;

use crate::path::Path;

/// The instance that makes an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitName {
    /// Kind word, such as `app`.
    pub kind: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}

/// What differs between two sets of objects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// Objects that are not the same, in the order of their instances; within one, as they are emitted.
    pub objects: Vec<ObjectChange>,
    /// Number of objects that are the same.
    pub unchanged: usize,
}

/// One object that is not the same.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectChange {
    /// The instance that makes it, the new one where that changed.
    pub unit: UnitName,
    /// Its id; the old one of a removed object.
    pub id: ObjectId,
    /// Its old id, where an object of another name or namespace stood for it.
    pub was: Option<ObjectId>,
    /// How it differs.
    pub what: What,
}

/// How an object differs.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// It is new; its content without what is secret.
    Added(Json),
    /// It is gone; its content without what is secret.
    Removed(Json),
    /// Both have it.
    Changed(Vec<Change>),
}

/// A difference within an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Where.
    pub path: Path,
    /// What.
    pub op: Op,
    /// The API server refuses it: the object must be deleted and made again.
    pub immutable: bool,
}

/// What happens at a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Something is there now.
    Added(Shown),
    /// Something is no longer there.
    Removed(Shown),
    /// Something else is there.
    Replaced(Shown, Shown),
    /// The same elements stand in another order: their names, before and now.
    Reordered(Vec<String>, Vec<String>),
}

/// A value as it may be shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// All of it; what is secret within is replaced by its size.
    Value(Json),
    /// Nothing but its size in bytes.
    Secret(usize),
}

impl ObjectChange {
    /// Changes within it, where both sides have it.
    pub fn changes(&self) -> &[Change] {
        match &self.what {
            What::Changed(changes) => changes,
            What::Added(_) | What::Removed(_) => &[],
        }
    }
}

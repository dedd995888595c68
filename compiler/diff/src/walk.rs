//! From two values to what differs between them.

use manifest::json::Json;

use crate::change::{Change, Op};
use crate::list;
use crate::path::{Path, Step};
use crate::shapes::{Keys, Known, Shapes};
use crate::{same, secret};

/// What stands on one side, or on both.
pub(crate) struct Walk<'s> {
    pub shapes: &'s Shapes,
    /// The type of the whole object.
    pub kind: Known,
    /// The object holds secrets.
    pub secret: bool,
    pub path: Path,
    pub changes: Vec<Change>,
}

impl<'s> Walk<'s> {
    /// What differs between two forms of an object of that type.
    pub fn object(shapes: &'s Shapes, kind: Known, secret: bool, old: &Json, new: &Json) -> Vec<Change> {
        let mut walk = Self { shapes, kind, secret, path: Path::default(), changes: Vec::new() };
        walk.values(kind, &Keys::default(), old, new);
        walk.changes
    }

    /// Compares two values of a type; `keys` tell elements apart where they are lists.
    pub fn values(&mut self, known: Known, keys: &Keys, old: &Json, new: &Json) {
        match (old, new) {
            (Json::Map(old), Json::Map(new)) => self.maps(known, old, new),
            (Json::List(old), Json::List(new)) => list::compare(self, known, keys, old, new),
            _ if same::scalars(self.shapes, known, old, new) => {}
            _ => self.note(Op::Replaced(self.shown(old), self.shown(new))),
        }
    }

    fn maps(&mut self, known: Known, old: &[(String, Json)], new: &[(String, Json)]) {
        let find = |entries: &'_ [(String, Json)], key: &str| entries.iter().position(|it| it.0 == key);
        for (key, before) in old {
            self.path.0.push(Step::Field(key.clone()));
            match find(new, key) {
                Some(at) => self.values(self.shapes.field(known, key), &self.shapes.keys(known, key), before, &new[at].1),
                None => self.note(Op::Removed(self.shown(before))),
            }
            self.path.0.pop();
        }
        for (key, now) in new.iter().filter(|it| find(old, &it.0).is_none()) {
            self.path.0.push(Step::Field(key.clone()));
            self.note(Op::Added(self.shown(now)));
            self.path.0.pop();
        }
    }

    /// Takes a change at the place reached.
    pub fn note(&mut self, op: Op) {
        let immutable = self.shapes.is_immutable(self.kind, &self.path);
        self.changes.push(Change { path: self.path.clone(), op, immutable });
    }

    /// Takes a change one step further.
    pub fn note_at(&mut self, step: Step, op: impl FnOnce(&Self) -> Op) {
        self.path.0.push(step);
        let op = op(self);
        self.note(op);
        self.path.0.pop();
    }

    /// A value at the place reached, as it may be shown.
    pub fn shown(&self, value: &Json) -> crate::change::Shown {
        secret::shown(value, &self.path, self.secret)
    }
}

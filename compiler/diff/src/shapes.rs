//! What is known of the types of objects, where a difference depends on it.

use std::sync::Arc;

use manifest::id::ObjectId;
use schema::schemas::Schemas;
use schema::types::{Topology, Type, TypeId};
use sema::facts::{Facts, GStep};

use crate::path::{Path, Step};

/// Schemas and their corrections.
#[derive(Clone)]
pub struct Shapes {
    schemas: Arc<Schemas>,
    facts: Arc<Facts>,
}

/// A value's type; `None` where nothing is known of it.
pub(crate) type Known = Option<TypeId>;

/// How elements of a list are told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Keys {
    /// Fields that tell elements apart.
    pub fields: Vec<String>,
    /// A field that may name an element instead.
    pub alias: Option<String>,
    /// Each element stands once and its place means nothing.
    pub is_set: bool,
}

impl Shapes {
    /// Shapes by these schemas and facts.
    pub fn new(schemas: Arc<Schemas>, facts: Arc<Facts>) -> Self {
        Self { schemas, facts }
    }

    /// The type of an object's kind.
    pub(crate) fn kind(&self, id: &ObjectId) -> Known {
        let kind = self.schemas.kind(&id.group, id.version.as_deref()?, &id.kind)?;
        Some(self.schemas.kind_type(kind).0)
    }

    /// The type of what stands under a key.
    pub(crate) fn field(&self, known: Known, key: &str) -> Known {
        match self.schemas.ty(known?) {
            Type::Record(record) => Some(record.field(key)?.ty),
            Type::Map { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The type of a list's elements.
    pub(crate) fn element(&self, known: Known) -> Known {
        match self.schemas.ty(known?) {
            Type::List { element, .. } => Some(element),
            _ => None,
        }
    }

    pub(crate) fn is_quantity(&self, known: Known) -> bool {
        known.is_some_and(|it| matches!(self.schemas.ty(it), Type::Quantity))
    }

    /// How elements of the list in a field of a record are told apart, as the schema or its corrections say.
    pub(crate) fn keys(&self, record: Known, field: &str) -> Keys {
        if let Some((fields, alias)) = record.and_then(|it| self.facts.keys_of(it, field)) {
            return Keys { fields: fields.iter().map(ToString::to_string).collect(), alias: alias.as_ref().map(ToString::to_string), is_set: false };
        }
        let list = self.field(record, field).map(|it| self.schemas.ty(it));
        match list {
            Some(Type::List { topology: Topology::Map(names), .. }) => Keys { fields: names.iter().map(str::to_owned).collect(), ..Keys::default() },
            Some(Type::List { topology: Topology::Set, .. }) => Keys { is_set: true, ..Keys::default() },
            _ => Keys::default(),
        }
    }

    /// Whether the API server refuses a change at a path of an object of this type.
    pub(crate) fn is_immutable(&self, kind: Known, path: &Path) -> bool {
        let Some(kind) = kind else { return false };
        let declared = self.facts.declared(kind).map_or(&[][..], |it| it.immutable.as_slice());
        declared.iter().any(|it| it.iter().zip(&path.0).all(|(fact, step)| matches(fact, step))) || self.has_immutable_step(kind, path)
    }

    /// Whether the schema itself forbids a change of a field on the way.
    fn has_immutable_step(&self, kind: TypeId, path: &Path) -> bool {
        let mut at = Some(kind);
        path.0.iter().any(|step| {
            let Some(ty) = at else { return false };
            match (self.schemas.ty(ty), step) {
                (Type::Record(record), Step::Field(name)) => {
                    let field = record.field(name);
                    at = field.map(|it| it.ty);
                    field.is_some_and(|it| it.immutable)
                }
                (Type::Map { value: next, .. }, Step::Field(_)) | (Type::List { element: next, .. }, Step::Key(_) | Step::Index(_)) => {
                    at = Some(next);
                    false
                }
                _ => {
                    at = None;
                    false
                }
            }
        })
    }
}

fn matches(fact: &GStep, step: &Step) -> bool {
    match (fact, step) {
        (GStep::Field(wanted), Step::Field(name)) => **wanted == **name,
        (GStep::Each, _) => true,
        (GStep::Field(_), Step::Key(_) | Step::Index(_)) => false,
    }
}

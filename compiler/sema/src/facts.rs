//! What `schema` declarations say about schema types, looked up by type and field path. Source of each fact: the comment above it in its `.vix` file.

use rustc_hash::FxHashMap as HashMap;
use std::sync::Arc;

use schema::types::{KindId, TypeId};

use crate::ty::Ty;

/// A step of a fact's path, relative to the type it is declared on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GStep {
    /// A field.
    Field(Arc<str>),
    /// `[*]`: every element of a list or value of a map.
    Each,
}

/// `ref path -> Kind [in path]`.
#[derive(Clone, Debug)]
pub struct RefFact {
    /// Where the name stands.
    pub path: Vec<GStep>,
    /// Kinds it may be of.
    pub targets: Arc<[KindId]>,
    /// Where the namespace stands; the object's own namespace otherwise (none for cluster-scoped targets).
    pub namespace: Option<Vec<GStep>>,
}

/// `provides Kind at path [in path]`: an object that comes into being at run time.
#[derive(Clone, Debug)]
pub struct ProvidesFact {
    /// What comes into being.
    pub target: KindId,
    /// Where its name stands.
    pub path: Vec<GStep>,
    /// Where its namespace stands.
    pub namespace: Option<Vec<GStep>>,
}

/// Key fields of a list, and the field that may address an element instead.
pub type ListKeys = (Vec<Arc<str>>, Option<Arc<str>>);

/// Facts declared on one type.
#[derive(Clone, Debug, Default)]
pub struct TypeFacts {
    /// References.
    pub refs: Vec<RefFact>,
    /// Objects it brings into being.
    pub provides: Vec<ProvidesFact>,
    /// Paths that cannot change after creation.
    pub immutable: Vec<Vec<GStep>>,
    /// List at path, its key fields, and the field that may address it instead.
    pub keys: Vec<(Vec<GStep>, ListKeys)>,
    /// Records at path of whose fields exactly one may be present.
    pub unions: Vec<(Vec<GStep>, Vec<Arc<str>>)>,
    /// Narrower types at paths.
    pub types: Vec<(Vec<GStep>, Ty)>,
}

/// All facts. A kind's facts are those of its schema type.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// As declared, by the type they were declared on.
    pub declared: HashMap<TypeId, TypeFacts>,
    /// Narrower types of a record's fields.
    pub field_types: HashMap<TypeId, Vec<(Arc<str>, Ty)>>,
    /// Key fields and aliases of lists in a record's fields.
    pub list_keys: HashMap<TypeId, Vec<(Arc<str>, ListKeys)>>,
    /// Exclusive alternatives among the fields of a record type.
    pub unions: HashMap<TypeId, Vec<Vec<Arc<str>>>>,
}

impl Facts {
    /// The narrower type of a field, where a fact states one.
    pub fn field_type(&self, record: TypeId, field: &str) -> Option<&Ty> {
        self.field_types.get(&record)?.iter().find(|(name, _)| &**name == field).map(|(_, ty)| ty)
    }

    /// The keys of a list in a field, where a fact states them.
    pub fn keys_of(&self, record: TypeId, field: &str) -> Option<&ListKeys> {
        self.list_keys.get(&record)?.iter().find(|(name, _)| &**name == field).map(|(_, keys)| keys)
    }

    /// The `one of` groups among a record's fields.
    pub fn unions_of(&self, record: TypeId) -> &[Vec<Arc<str>>] {
        self.unions.get(&record).map_or(&[], Vec::as_slice)
    }
}

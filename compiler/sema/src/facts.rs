//! What `schema` declarations say about schema types, looked up by type and field path. Source of each fact: the comment above it in its `.vix` file.

use std::collections::HashMap;
use std::sync::Arc;

use schema::{KindId, TypeId};

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
    pub keys: Vec<(Vec<GStep>, Vec<Arc<str>>, Option<Arc<str>>)>,
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
    /// Narrower type of a field: (record type, field).
    pub field_types: HashMap<(TypeId, Arc<str>), Ty>,
    /// Key fields and alias of a list in a field: (record type, field).
    pub list_keys: HashMap<(TypeId, Arc<str>), (Vec<Arc<str>>, Option<Arc<str>>)>,
    /// Exclusive alternatives among the fields of a record type.
    pub unions: HashMap<TypeId, Vec<Vec<Arc<str>>>>,
}

//! What `schema` declarations say about schema types, looked up by type and field path. Source of each fact: the comment above it in its `.vix` file.

use rustc_hash::FxHashMap as HashMap;
use std::sync::{Arc, OnceLock};

use diag::FileId;
use schema::schemas::Schemas;
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

/// Facts by the types they are about. A kind's facts are those of its schema type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// As declared, by the type they were declared on.
    pub(crate) declared: HashMap<TypeId, TypeFacts>,
    /// Narrower types of a record's fields.
    pub(crate) field_types: HashMap<TypeId, Vec<(Arc<str>, Ty)>>,
    /// Key fields and aliases of lists in a record's fields.
    pub(crate) list_keys: HashMap<TypeId, Vec<(Arc<str>, ListKeys)>>,
    /// Exclusive alternatives among the fields of a record type.
    pub(crate) unions: HashMap<TypeId, Vec<Vec<Arc<str>>>>,
}

/// A file of facts about the types of one pack only.
#[derive(Clone, Debug)]
pub struct PackFacts {
    /// Number of the pack.
    pub pack: u32,
    /// Identity of the file in spans.
    pub file: FileId,
    /// Path as users see it.
    pub path: Arc<str>,
    /// Its text.
    pub source: &'static str,
}

/// All facts: those that were given with the project's trees, and those about the types of other packs, which are read when one of these types is
/// first asked about, so that a project pays for the operators that it uses.
#[derive(Default)]
pub struct Facts {
    pub(crate) own: Table,
    /// By number of the pack.
    later: Vec<Option<Later>>,
}

struct Later {
    facts: PackFacts,
    schemas: Arc<Schemas>,
    table: OnceLock<Table>,
}

impl Later {
    fn table(&self) -> &Table {
        self.table.get_or_init(|| crate::signature::facts_alone(&self.facts, self.schemas.clone()).0)
    }
}

impl Facts {
    /// None yet, but for what is read later.
    pub(crate) fn new(later: &[PackFacts], schemas: &Arc<Schemas>) -> Self {
        let mut facts = Self::default();
        for it in later {
            let at = it.pack as usize;
            facts.later.resize_with(facts.later.len().max(at + 1), || None);
            facts.later[at] = Some(Later { facts: it.clone(), schemas: schemas.clone(), table: OnceLock::new() });
        }
        facts
    }

    /// Takes in the facts about a pack now, so that more can be said about its types.
    pub(crate) fn absorb(&mut self, pack: u32) {
        let Some(later) = self.later.get_mut(pack as usize).and_then(Option::take) else { return };
        let table = later.table().clone();
        self.own.declared.extend(table.declared);
        self.own.field_types.extend(table.field_types);
        self.own.list_keys.extend(table.list_keys);
        self.own.unions.extend(table.unions);
    }

    /// What is said about a type stands in one table alone.
    fn of<'f, T>(&'f self, ty: TypeId, look: impl Fn(&'f Table) -> Option<&'f T>) -> Option<&'f T> {
        look(&self.own).or_else(|| look(self.later.get(ty.pack() as usize)?.as_ref()?.table()))
    }

    /// What was declared on a type.
    pub fn declared(&self, ty: TypeId) -> Option<&TypeFacts> {
        self.of(ty, |it| it.declared.get(&ty))
    }

    /// The narrower type of a field, where a fact states one.
    pub fn field_type(&self, record: TypeId, field: &str) -> Option<&Ty> {
        let types = self.of(record, |it| it.field_types.get(&record))?;
        types.iter().find(|(name, _)| &**name == field).map(|(_, ty)| ty)
    }

    /// The keys of a list in a field, where a fact states them.
    pub fn keys_of(&self, record: TypeId, field: &str) -> Option<&ListKeys> {
        let keys = self.of(record, |it| it.list_keys.get(&record))?;
        keys.iter().find(|(name, _)| &**name == field).map(|(_, keys)| keys)
    }

    /// The `one of` groups among a record's fields.
    pub fn unions_of(&self, record: TypeId) -> &[Vec<Arc<str>>] {
        self.of(record, |it| it.unions.get(&record)).map_or(&[], Vec::as_slice)
    }
}

//! Which type directs the building of a node.

use schema::types::{Topology, Type, TypeId};
use sema::program::Program;
use sema::ty::Ty;

/// The type of a node, as far as building asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape<'a> {
    /// Data without a type.
    Unknown,
    /// A type of vix.
    Ty(&'a Ty),
    /// The same, every field optional.
    Partial(&'a Ty),
    /// A type of a schema.
    Schema(TypeId),
}

impl<'a> Shape<'a> {
    /// Of a declared type.
    pub fn of(ty: &'a Ty, program: &'a Program) -> Self {
        match ty {
            Ty::Optional(inner) => Self::of(inner, program),
            Ty::Partial(inner) => match Self::of(inner, program) {
                Self::Ty(ty) => Self::Partial(ty),
                other => other,
            },
            Ty::Schema(id) => Self::Schema(*id),
            Ty::Object(kind) => Self::Schema(program.schemas.kind_type(*kind).0),
            Ty::Json | Ty::Error => Self::Unknown,
            other => Self::Ty(other),
        }
    }

    /// Of the field, value or element of that name.
    pub fn step(self, key: &str, program: &'a Program) -> Self {
        match self {
            Self::Unknown => Self::Unknown,
            Self::Ty(ty) => child(ty, key).map_or(Self::Unknown, |it| Self::of(it, program)),
            Self::Partial(ty) => match child(ty, key).map(|it| Self::of(it, program)) {
                Some(Self::Ty(ty)) => Self::Partial(ty),
                Some(other) => other,
                None => Self::Unknown,
            },
            Self::Schema(id) => match program.schemas.ty(id) {
                Type::Record(record) => record.field(key).map_or(Self::Unknown, |it| Self::Schema(it.ty)),
                Type::Map { value, .. } => Self::Schema(value),
                Type::List { element, .. } => Self::Schema(element),
                _ => Self::Unknown,
            },
        }
    }

    /// Whether it is a list.
    pub fn is_list(self, program: &Program) -> bool {
        match self {
            Self::Unknown => false,
            Self::Ty(ty) | Self::Partial(ty) => matches!(ty.base(), Ty::List(_)),
            Self::Schema(id) => matches!(program.schemas.ty(id), Type::List { .. }),
        }
    }

    /// The field that tells the elements of a list apart, where one alone does.
    pub fn list_key(self, parent: Self, field: &str, program: &'a Program) -> Option<&'a str> {
        let Self::Schema(id) = self else { return None };
        if let Self::Schema(record) = parent
            && let Some((keys, alias)) = program.facts.keys_of(record, field)
        {
            return alias.as_deref().or_else(|| keys.first().filter(|_| keys.len() == 1).map(|it| &**it));
        }
        match program.schemas.ty(id) {
            Type::List { topology: Topology::Map(keys), .. } if keys.len() == 1 => keys.iter().next(),
            _ => None,
        }
    }

    /// The fields of which only one may stand beside `key`.
    pub fn rivals(self, key: &str, program: &'a Program) -> Option<&'a [std::sync::Arc<str>]> {
        let groups: &[Vec<std::sync::Arc<str>>] = match self {
            Self::Unknown => return None,
            Self::Schema(id) => program.facts.unions_of(id),
            Self::Ty(ty) | Self::Partial(ty) => match ty.base() {
                Ty::Record(def) => &def.unions,
                _ => return None,
            },
        };
        groups.iter().find(|group| group.iter().any(|it| &**it == key)).map(Vec::as_slice)
    }
}

fn child<'a>(ty: &'a Ty, key: &str) -> Option<&'a Ty> {
    match ty.base() {
        Ty::Record(def) => def.field(key).map(sema::ty::FieldDef::ty),
        Ty::Union(def) => def.alternative(key).map(sema::ty::FieldDef::ty),
        Ty::Map(it) => Some(&it.1),
        Ty::List(it) => Some(it),
        _ => None,
    }
}

//! Merges the models of several Kubernetes versions into one with version masks (grammar.md, A2).
//!
//! Each model comes in with its own bit in every mask ([`crate::convert`] stamps it), so merging is a union.
//! Kinds, fields and enum values are told apart by mask. Limits and flags are not: what a newer version
//! says about length, default or immutability is taken for all, because sources state such rules years
//! after servers began to hold them.

use crate::model::{EnumValue, Field, Kind, List, Model, Record, Text, Ty, Union};

/// Merges models, oldest version first.
///
/// A field whose type changed keeps one entry per range of versions; a string with another limit is the
/// same type. A definition that is an alias in one version and a record in another follows the newest.
pub fn merge(models: impl IntoIterator<Item = Model>) -> Model {
    models.into_iter().fold(Model::default(), |mut merged, model| {
        for (name, ty) in model.definitions {
            match merged.definitions.get_mut(&name) {
                Some(old) if alike(old, &ty) => merge_ty(old, ty, 0),
                Some(old) => *old = ty,
                None => _ = merged.definitions.insert(name, ty),
            }
        }
        model.kinds.into_iter().for_each(|kind| merge_kind(&mut merged.kinds, kind));
        merged
    })
}

fn merge_kind(kinds: &mut Vec<Kind>, new: Kind) {
    let same = |kind: &&mut Kind| kind.kind == new.kind && kind.group == new.group && kind.version == new.version;
    match kinds.iter_mut().find(same) {
        Some(old) => *old = Kind { mask: old.mask | new.mask, ..new },
        None => kinds.push(new),
    }
}

/// Whether a value of one type has the shape of the other: limits do not matter, nor which fields a record has.
fn alike(old: &Ty, new: &Ty) -> bool {
    match (old, new) {
        (Ty::Record(_), Ty::Record(_)) | (Ty::String(_), Ty::String(_)) => true,
        (Ty::Int { bits: old, .. }, Ty::Int { bits: new, .. }) => old == new,
        (Ty::List(old), Ty::List(new)) => alike(&old.element, &new.element),
        (Ty::Map { value: old, .. }, Ty::Map { value: new, .. }) => alike(old, new),
        (old, new) => old == new,
    }
}

/// Adds what `new` says to a type it is alike to; `known` are the versions that had the old one.
fn merge_ty(old: &mut Ty, new: Ty, known: u32) {
    match (old, new) {
        (Ty::Record(old), Ty::Record(new)) => merge_record(old, new),
        (Ty::List(old), Ty::List(new)) => {
            let mut element = std::mem::replace(&mut old.element, Ty::Json);
            merge_ty(&mut element, new.element, known);
            **old = List { element, ..*new };
        }
        (Ty::Map { value: old, atomic: was }, Ty::Map { value: new, atomic: is }) => {
            merge_ty(old, *new, known);
            *was = is;
        }
        (Ty::String(old), Ty::String(new)) => merge_text(old, new, known),
        (old, new) => *old = new,
    }
}

fn merge_record(old: &mut Record, new: Record) {
    old.preserve_unknown |= new.preserve_unknown;
    old.atomic = new.atomic;
    new.fields.into_iter().for_each(|field| merge_field(&mut old.fields, field));
    new.unions.into_iter().for_each(|union| merge_union(&mut old.unions, union));
}

fn merge_field(fields: &mut Vec<Field>, new: Field) {
    match fields.iter_mut().find(|old| old.name == new.name && alike(&old.ty, &new.ty)) {
        Some(old) => {
            let mut ty = std::mem::replace(&mut old.ty, Ty::Json);
            merge_ty(&mut ty, new.ty, old.mask);
            *old = Field { mask: old.mask | new.mask, ty, ..new };
        }
        None => {
            // Entries of one name stay side by side, so that schema order reads as one place.
            let after = fields.iter().rposition(|old| old.name == new.name).map_or(fields.len(), |at| at + 1);
            fields.insert(after, new);
        }
    }
}

/// A union may gain members; two unions are the same one if they share a member.
fn merge_union(unions: &mut Vec<Union>, new: Union) {
    match unions.iter_mut().find(|old| old.members.iter().any(|member| new.members.contains(member))) {
        Some(old) => {
            old.discriminator = new.discriminator.or(old.discriminator.take());
            let added = new.members.into_iter().filter(|member| !old.members.contains(member));
            let added: Vec<String> = added.collect();
            old.members.extend(added);
        }
        None => unions.push(new),
    }
}

/// Limits follow the newest version. Where an enumeration is stated for the first time, older versions had it too:
/// a new tag in the source, not a new rule.
fn merge_text(old: &mut Text, new: Text, known: u32) {
    let older = std::mem::take(&mut old.enumeration);
    let first = older.is_empty();
    *old = Text { enumeration: older, ..new.clone() };
    if new.enumeration.is_empty() {
        old.enumeration.clear();
    }
    for value in new.enumeration {
        let mask = if first { value.mask | known } else { value.mask };
        match old.enumeration.iter_mut().find(|old| old.value == value.value) {
            Some(old) => old.mask |= mask,
            None => old.enumeration.push(EnumValue { mask, ..value }),
        }
    }
}

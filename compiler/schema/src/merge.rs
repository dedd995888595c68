//! Merges the models of several Kubernetes versions into one with version masks (grammar.md, A2).
//!
//! Each model comes in with its own bit in every mask ([`crate::convert`] stamps it), so merging is a
//! union: what is equal apart from masks gets both bits, what differs stands twice.

use crate::model::{EnumValue, Field, Kind, Model, Record, Ty, Union};

/// Merges models, oldest version first; order decides only the order of fields and who wins below.
///
/// A field whose type changed keeps one entry per range of versions. Two things cannot stand twice and
/// follow the newest model: scope and names of a kind, and a definition that is an alias in one version
/// and a record in another.
pub fn merge(models: impl IntoIterator<Item = Model>) -> Model {
    models.into_iter().fold(Model::default(), |mut merged, model| {
        for (name, ty) in model.definitions {
            match merged.definitions.get_mut(&name) {
                Some(old) if alike(old, &ty) => merge_ty(old, ty),
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

/// Whether two types differ at most in masks, or in fields that masks can tell apart.
fn alike(old: &Ty, new: &Ty) -> bool {
    match (old, new) {
        (Ty::Record(old), Ty::Record(new)) => old.atomic == new.atomic && old.preserve_unknown == new.preserve_unknown,
        (Ty::List(old), Ty::List(new)) => {
            (&old.topology, old.min_items, old.max_items) == (&new.topology, new.min_items, new.max_items) && alike(&old.element, &new.element)
        }
        (Ty::Map { value: old, atomic: was }, Ty::Map { value: new, atomic: is }) => was == is && alike(old, new),
        (Ty::String(old), Ty::String(new)) => {
            (&old.format, &old.pattern, old.min_len, old.max_len) == (&new.format, &new.pattern, new.min_len, new.max_len)
                && old.enumeration.is_empty() == new.enumeration.is_empty()
        }
        (old, new) => old == new,
    }
}

/// Adds what `new` says to a type it is alike to.
fn merge_ty(old: &mut Ty, new: Ty) {
    match (old, new) {
        (Ty::Record(old), Ty::Record(new)) => merge_record(old, new),
        (Ty::List(old), Ty::List(new)) => merge_ty(&mut old.element, new.element),
        (Ty::Map { value: old, .. }, Ty::Map { value: new, .. }) => merge_ty(old, *new),
        (Ty::String(old), Ty::String(new)) => merge_enum(&mut old.enumeration, new.enumeration),
        (_, _) => {}
    }
}

fn merge_record(old: &mut Record, new: Record) {
    new.fields.into_iter().for_each(|field| merge_field(&mut old.fields, field));
    new.unions.into_iter().for_each(|union| merge_union(&mut old.unions, union));
}

fn merge_field(fields: &mut Vec<Field>, new: Field) {
    let same = |old: &&mut Field| {
        old.name == new.name
            && (old.required, &old.default, old.nullable, old.immutable) == (new.required, &new.default, new.nullable, new.immutable)
            && alike(&old.ty, &new.ty)
    };
    match fields.iter_mut().find(same) {
        Some(old) => {
            old.mask |= new.mask;
            merge_ty(&mut old.ty, new.ty);
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

fn merge_enum(values: &mut Vec<EnumValue>, new: Vec<EnumValue>) {
    for value in new {
        match values.iter_mut().find(|old| old.value == value.value) {
            Some(old) => old.mask |= value.mask,
            None => values.push(value),
        }
    }
}

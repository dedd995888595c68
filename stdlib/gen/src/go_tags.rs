//! Puts what Go sources say beyond OpenAPI into a model: closed enumerations and `+k8s:` limits.
//!
//! The checked-in OpenAPI documents are made without enumerations. Limits marked `+k8s:alpha` restate
//! hand-written validation that holds already; those behind a feature gate (`ifEnabled`) are left out.

use std::collections::BTreeMap;

use schema::model::{EnumValue, Field, Model, Ty};

use crate::go_source::Package;

/// What was added.
#[derive(Default)]
pub(crate) struct Added {
    pub(crate) enumerations: usize,
    pub(crate) ranges: usize,
    pub(crate) immutable: usize,
}

/// Applies all packages, given by name (`core/v1`).
pub(crate) fn apply(model: &mut Model, packages: &BTreeMap<String, Package>, mask: u32, added: &mut Added) {
    for (key, package) in packages {
        let version = key.rsplit('/').next().unwrap_or(key);
        for name in package.structs.keys() {
            let definition = format!("{}/{version}.{name}", package.group);
            if let Some(Ty::Record(record)) = model.definitions.get_mut(&definition) {
                apply_struct(&mut record.fields, packages, (key, name), mask, added);
            }
        }
    }
}

fn apply_struct(fields: &mut [Field], packages: &BTreeMap<String, Package>, (package, name): (&str, &str), mask: u32, added: &mut Added) {
    let Some(go_fields) = packages.get(package).and_then(|package| package.structs.get(name)) else { return };
    for go_field in go_fields {
        let Some(json) = &go_field.json else {
            apply_struct(fields, packages, (&go_field.package, &go_field.ty), mask, added);
            continue;
        };
        let Some(field) = fields.iter_mut().find(|field| field.name == *json) else { continue };
        let values = packages.get(&go_field.package).and_then(|package| package.enumerations.get(&go_field.ty));
        if let Some(values) = values.filter(|values| !values.is_empty()) {
            added.enumerations += usize::from(enumerate(&mut field.ty, values, mask));
        }
        go_field.tags.iter().for_each(|tag| limit(field, tag, added));
    }
}

/// Sets the allowed values of a string, or of the strings in a list or map.
fn enumerate(ty: &mut Ty, values: &[String], mask: u32) -> bool {
    match ty {
        Ty::String(text) => {
            text.enumeration = values.iter().map(|value| EnumValue { value: value.clone(), mask }).collect();
            true
        }
        Ty::List(list) => enumerate(&mut list.element, values, mask),
        Ty::Map { value, .. } => enumerate(value, values, mask),
        _ => false,
    }
}

fn limit(field: &mut Field, tag: &str, added: &mut Added) {
    let tag = match tag.strip_prefix("+k8s:alpha(") {
        Some(rest) => rest.split_once(")=").map_or("", |(_, tag)| tag),
        None => tag,
    };
    let Some(tag) = tag.strip_prefix("+k8s:") else { return };
    let (name, value) = tag.split_once('=').unwrap_or((tag, ""));
    let number = value.split_whitespace().next().and_then(|number| number.parse::<i64>().ok());
    let small = number.and_then(|number| u32::try_from(number).ok());
    match (name, &mut field.ty) {
        ("immutable", _) => {
            field.immutable = true;
            added.immutable += 1;
            return;
        }
        ("minimum", Ty::Int { min, .. }) => *min = number.or(*min),
        ("maximum", Ty::Int { max, .. }) => *max = number.or(*max),
        ("maxItems", Ty::List(list)) => list.max_items = small.or(list.max_items),
        ("maxLength", Ty::String(text)) => text.max_len = small.or(text.max_len),
        _ => return,
    }
    added.ranges += 1;
}

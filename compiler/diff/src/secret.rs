//! What must not be shown.
//!
//! Invariant: what stands in the data of a Secret, or in an annotation of it that repeats its content, is only ever told by its size.

use manifest::id::ObjectId;
use manifest::json::Json;

use crate::change::Shown;
use crate::path::{Path, Step};

/// Whether an object holds secrets.
pub fn is_secret(id: &ObjectId) -> bool {
    id.kind == "Secret" && id.group.is_empty()
}

/// Fields of a Secret whose values are secret.
const DATA: [&str; 2] = ["data", "stringData"];

/// What clients leave behind: all of an object, as text.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A value at a path of an object that holds secrets, or of one that does not.
pub fn shown(value: &Json, path: &Path, secret: bool) -> Shown {
    if !secret {
        return Shown::Value(value.clone());
    }
    let steps: Vec<&str> = path.0.iter().map(|it| if let Step::Field(name) = it { name.as_str() } else { "" }).collect();
    match steps.as_slice() {
        [top, _, ..] if DATA.contains(top) => Shown::Secret(size(value, top)),
        ["metadata", "annotations", name, ..] if *name == LAST_APPLIED => Shown::Secret(size(value, "")),
        _ => Shown::Value(masked(value, &steps)),
    }
}

/// The value at a path of a Secret with everything secret in it replaced by words.
fn masked(value: &Json, path: &[&str]) -> Json {
    let is_secret = |path: &[&str]| match path {
        [top, _] => DATA.contains(top),
        ["metadata", "annotations", name] => *name == LAST_APPLIED,
        _ => false,
    };
    match value {
        // A whole `data` that is no map is as secret as what would be in it.
        _ if matches!(path, [top] if DATA.contains(top)) && value.as_map().is_none() && *value != Json::Null => hidden(value, path[0]),
        Json::Map(entries) => {
            let entry = |(key, value): &(String, Json)| {
                let path: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
                let value = if is_secret(&path) { hidden(value, path[0]) } else { masked(value, &path) };
                (key.clone(), value)
            };
            Json::Map(entries.iter().map(entry).collect())
        }
        _ => value.clone(),
    }
}

fn hidden(value: &Json, field: &str) -> Json {
    Json::String(words(size(value, field)))
}

/// What stands for a value that is not shown.
pub fn words(size: usize) -> String {
    format!("({size} bytes, not shown)")
}

/// Bytes of the value itself, not of its base64 form.
fn size(value: &Json, field: &str) -> usize {
    match value {
        Json::String(text) if field == "data" => {
            let digits = text.bytes().filter(|it| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'/')).count();
            digits * 3 / 4
        }
        Json::String(text) => text.len(),
        Json::Null => 0,
        other => other.to_json().len(),
    }
}

//! What exists at run time although no object here makes it: what `extern` says, and Secrets whose source is elsewhere.
//!
//! An entry of an instance is such a Secret if its `source` is a `SecretSource` and nothing was made `as` it.

use manifest::unit::{Extern, Str};
use sema::ir::HoleAttr;

use super::own::Finish;
use super::summary::Notes;
use crate::machine::Run;
use crate::object::Outside;
use crate::value::{self, Entry, Value};

/// The alternatives of a `SecretSource` (`builtin/secret.rs`).
const SOURCES: [&str; 5] = ["sops", "sealed", "external", "plain", "extern"];

/// All of the unit: `extern` in order, then Secrets by instance and entry.
pub(super) fn all<'a, const TRACE: bool>(finish: &mut Finish<'_, 'a, TRACE>, notes: &mut Notes<'a>) -> Run<Vec<Extern>> {
    let mut found = Vec::new();
    for nth in 0..finish.eval.outsides.len() {
        let outside = finish.eval.outsides[nth];
        found.push(declared(finish, notes, outside)?);
    }
    for instance in 0..finish.eval.instances.len() as u32 {
        let fields = finish.eval.instances[instance as usize].fields.unwrap_or(&[]);
        for field in fields {
            let Value::Record(entries) = field.value else { continue };
            for entry in entries {
                if let Some(it) = secret(finish, notes, instance, field.key, entry)? {
                    found.push(it);
                }
            }
        }
    }
    Ok(found)
}

fn declared<'a, const TRACE: bool>(finish: &mut Finish<'_, 'a, TRACE>, notes: &mut Notes<'a>, it: Outside<'a>) -> Run<Extern> {
    let namespace = finish.namespace_or_own(it.kind, it.namespace, (it.instance, it.at))?;
    let name = finish.text(it.name, it.name_at)?;
    let info = finish.eval.setting.program.schemas.kind_info(it.kind);
    let [group, _, kind] = finish.eval.shapes().kind(it.kind, &info);
    let keys = match it.keys {
        Value::List(keys) => Some(keys.iter().filter_map(|it| text_of(*it)).collect()),
        _ => None,
    };
    let anchor = finish.eval.setting.inputs.anchor(it.at);
    Ok(Extern { group, kind, namespace: namespace.map(|it| notes.text(it)), name: notes.text(name), keys, anchor })
}

fn secret<'a, const TRACE: bool>(
    finish: &mut Finish<'_, 'a, TRACE>,
    notes: &mut Notes<'a>,
    instance: u32,
    field: &str,
    entry: &Entry<'a>,
) -> Run<Option<Extern>> {
    let Value::Record(record) = entry.value else { return Ok(None) };
    let Some(Entry { value: Value::Record([source]), .. }) = value::find(record, "source") else { return Ok(None) };
    if !SOURCES.contains(&source.key) {
        return Ok(None);
    }
    let path: &'a str = finish.eval.arena.alloc_str(&format!("{field}.{}", entry.key));
    if finish.object_of(instance, path).is_some() {
        return Ok(None);
    }
    let name = finish.elsewhere(instance, path, HoleAttr::Name, entry.at)?;
    let namespace = match finish.eval.namespace_of(instance) {
        Some(entry) => {
            let text = finish.text(entry.value, entry.at)?;
            Some(notes.text(text))
        }
        None => None,
    };
    let keys = match value::find(record, "keys") {
        Some(Entry { value: Value::List(keys), .. }) if !keys.is_empty() => Some(keys.iter().filter_map(|it| text_of(*it)).collect()),
        _ => None,
    };
    let anchor = finish.eval.setting.inputs.anchor(entry.at);
    Ok(Some(Extern { group: "".into(), kind: "Secret".into(), namespace, name: notes.text(name), keys, anchor }))
}

fn text_of(value: Value<'_>) -> Option<Str> {
    match value {
        Value::Str(it) => Some(it.into()),
        _ => None,
    }
}

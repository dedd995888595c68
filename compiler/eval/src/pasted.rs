//! Objects out of YAML as Kubernetes reads it: typed by the schema like all others, with the places of their values in the text.
//!
//! Lists of kind `List` are taken apart. What the text does not say (a namespace) is taken from the instance, as for other objects.
//! Invariant: every value of the text is paid for before it is kept.

use diag::Span;
use manifest::json::Json;
use manifest::yaml::read::{self, Place};
use schema::types::KindId;
use sema::ir::Pasted;

use crate::diagnostics;
use crate::machine::{Eval, Run};
use crate::object::Draft;
use crate::value::{self, Entry, Value};

/// Lists of kind `List` inside each other.
const LISTS_MAX: usize = 8;

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// `object yaml "..."`.
    pub fn pasted(&mut self, pasted: &'a Pasted, at: Span) -> Run<()> {
        self.note_run(at);
        let documents = match read::documents(&pasted.text) {
            Ok(documents) => documents,
            Err(fault) => return self.fail(diagnostics::broken_yaml(pasted.place(fault.at as u32), &fault.to_string())),
        };
        if documents.is_empty() {
            return self.fail(diagnostics::no_object_in_yaml(at));
        }
        for document in &documents {
            let mut places = document.places.iter();
            let (value, begin) = self.pasted_value(&document.value, &mut places, pasted)?;
            self.pasted_objects(value, begin, LISTS_MAX)?;
        }
        Ok(())
    }

    /// A value and its place; places come in the order of values, each before its parts.
    fn pasted_value(&mut self, data: &Json, places: &mut std::slice::Iter<'_, Place>, pasted: &Pasted) -> Run<(Value<'a>, Span)> {
        let at = places.next().map_or(pasted.span, |it| pasted.place(it.key));
        self.step(at)?;
        self.pay(1, at)?;
        let value = match data {
            Json::Null => Value::Absent,
            Json::Bool(it) => Value::Bool(*it),
            Json::Int(it) => Value::Int(*it),
            Json::Number(it) => Value::Number(self.keep(it, at)?),
            Json::String(it) => Value::Str(self.keep(it, at)?),
            Json::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    let (value, _) = self.pasted_value(item, places, pasted)?;
                    if !value.is_absent() {
                        values.push(value);
                    }
                }
                Value::List(self.arena.alloc_slice_copy(&values))
            }
            Json::Map(pairs) => {
                let mut entries = Vec::with_capacity(pairs.len());
                for (key, data) in pairs {
                    let (value, at) = self.pasted_value(data, places, pasted)?;
                    if !value.is_absent() {
                        entries.push(Entry { key: self.keep(key, at)?, value, at, is_default: false, is_final: false });
                    }
                }
                Value::Record(self.arena.alloc_slice_copy(&entries))
            }
        };
        Ok((value, at))
    }

    /// The object that a value is, or those of a list.
    fn pasted_objects(&mut self, value: Value<'a>, at: Span, lists: usize) -> Run<()> {
        let Value::Record(entries) = value else { return self.fail(diagnostics::no_object_in_yaml(at)) };
        let text = |name: &str| match value::find(entries, name) {
            Some(Entry { value: Value::Str(it), at, .. }) => Some((*it, *at)),
            _ => None,
        };
        let (Some((version, _)), Some((kind, kind_at))) = (text("apiVersion"), text("kind")) else {
            return self.fail(diagnostics::yaml_without(at, "`apiVersion` and `kind`, each a text"));
        };
        if let ("v1", "List", Some(Entry { value: Value::List(items), .. })) = (version, kind, value::find(entries, "items")) {
            if lists == 0 {
                return self.fail(diagnostics::too_deep(at, LISTS_MAX as u32));
            }
            let place = |it: &Value<'a>| it.entries().and_then(<[Entry]>::first).map_or(at, |it| it.at);
            return items.iter().try_for_each(|it| self.pasted_objects(*it, place(it), lists - 1));
        }
        let (group, short) = version.rsplit_once('/').unwrap_or(("core", version));
        match self.setting.program.schemas.kind_by_path(&format!("{group}/{short}.{kind}")) {
            Some(id) => self.pasted_object(id, entries, at),
            None => self.fail(diagnostics::unknown_kind_in_yaml(kind_at, version, kind)),
        }
    }

    fn pasted_object(&mut self, kind: KindId, entries: &'a [Entry<'a>], at: Span) -> Run<()> {
        let metadata = value::find(entries, "metadata").and_then(|it| it.value.entries()).unwrap_or(&[]);
        let Some(name) = value::find(metadata, "name").filter(|it| matches!(it.value, Value::Str(_))) else {
            return self.fail(diagnostics::yaml_without(at, "`metadata.name`, a text"));
        };
        let namespace = value::find(metadata, "namespace").map(|it| (it.value, it.at));
        let is_kept = |it: &&Entry<'a>| !matches!(it.key, "apiVersion" | "kind");
        let rest: Vec<Entry<'a>> = metadata.iter().filter(|it| !matches!(it.key, "name" | "namespace")).copied().collect();
        let rest: &'a [Entry<'a>] = self.arena.alloc_slice_copy(&rest);
        let body = entries.iter().filter(is_kept).filter_map(|it| match it.key {
            "metadata" if rest.is_empty() => None,
            "metadata" => Some(Entry { value: Value::Record(rest), ..*it }),
            _ => Some(*it),
        });
        let body: Vec<Entry<'a>> = body.collect();
        let body: &'a [Entry<'a>] = self.arena.alloc_slice_copy(&body);
        let index = self.objects.len() as u32;
        let instance = self.scope.instance;
        self.instances[instance as usize].loose.push(index);
        self.objects.push(Draft { kind, name: name.value, name_at: name.at, namespace, instance, hashed: false, body, at });
        if TRACE {
            self.trace.object = Some(index);
            self.trace.path.clear();
            self.trace.note_value(self.arena, at, at, Value::Record(body));
            self.trace.object = None;
        }
        Ok(())
    }
}

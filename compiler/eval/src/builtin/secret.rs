//! Sources of secrets: opaque records of one alternative, taken apart only by the library's own `match`.
//!
//! Invariant: no secret value exists here, only where it will come from. What a `sealed` file holds is sealed; what a `plain` one holds is public by its name.

use diag::Span;
use manifest::json::Json;
use manifest::yaml::read;

use super::ARGUMENTS_MAX;
use crate::diagnostics;
use crate::machine::{Eval, Run};
use crate::value::{Entry, Value};

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    pub(super) fn secret_function(&mut self, id: &'static str, [first, second, third]: [Value<'a>; ARGUMENTS_MAX], at: Span) -> Run<Value<'a>> {
        let entry = |key: &'static str, value: Value<'a>| entry(key, value, at);
        let payload = match (id, first) {
            ("external", path) => Value::Record(self.arena.alloc_slice_copy(&[entry("store", second), entry("kind", third), entry("path", path)])),
            ("extern", _) => Value::Record(&[]),
            ("sealed", Value::File(path)) => self.sealed(path, at)?,
            ("plain", Value::File(path)) => self.plain(path, at)?,
            (_, other) => other,
        };
        Ok(Value::Record(self.arena.alloc_slice_copy(&[entry(id, payload)])))
    }

    /// What the controller needs of a file that `kubeseal` wrote: the values, and what says for which names they were sealed.
    fn sealed(&mut self, path: &'a str, at: Span) -> Run<Value<'a>> {
        let document = self.secret_file(path, at)?;
        let (Some("SealedSecret"), Some(data @ Json::Map(_))) = (text(&document, &["kind"]), document.at(&["spec", "encryptedData"])) else {
            return self.fail(diagnostics::no_sealed_secret(at, path));
        };
        let mut entries = vec![entry("data", self.texts(data, path, at)?, at)];
        let annotations = match document.at(&["metadata", "annotations"]) {
            Some(it @ Json::Map(_)) => self.texts(it, path, at)?,
            _ => Value::Record(&[]),
        };
        entries.push(entry("annotations", annotations, at));
        if let Some(it) = text(&document, &["spec", "template", "type"]) {
            entries.push(entry("type", Value::Str(self.keep(it, at)?), at));
        }
        Ok(Value::Record(self.arena.alloc_slice_copy(&entries)))
    }

    /// Texts by key: a file of nothing else, or `stringData` of a Secret.
    fn plain(&mut self, path: &'a str, at: Span) -> Run<Value<'a>> {
        let document = self.secret_file(path, at)?;
        match (text(&document, &["kind"]), document.get("stringData")) {
            (Some("Secret"), Some(data)) => self.texts(data, path, at),
            (Some("Secret"), None) => self.fail(diagnostics::no_texts(at, path)),
            _ => self.texts(&document, path, at),
        }
    }

    fn secret_file(&mut self, path: &'a str, at: Span) -> Run<Json> {
        let source = self.file_text(path, at)?;
        match read::document(source) {
            Ok(it) => Ok(it.value),
            Err(error) => self.fail(diagnostics::bad_yaml(at, path, &error.to_string())),
        }
    }

    fn texts(&mut self, json: &Json, path: &str, at: Span) -> Run<Value<'a>> {
        let Json::Map(items) = json else { return self.fail(diagnostics::no_texts(at, path)) };
        self.pay(items.len(), at)?;
        let mut entries = Vec::with_capacity(items.len());
        for (key, item) in items {
            let Json::String(value) = item else { return self.fail(diagnostics::no_texts(at, path)) };
            entries.push(entry(self.keep(key, at)?, Value::Str(self.keep(value, at)?), at));
        }
        Ok(Value::Record(self.arena.alloc_slice_copy(&entries)))
    }
}

fn text<'j>(json: &'j Json, path: &[&str]) -> Option<&'j str> {
    json.at(path)?.as_str()
}

fn entry<'a>(key: &'a str, value: Value<'a>, at: Span) -> Entry<'a> {
    Entry { key, value, at, is_default: false, is_final: false }
}

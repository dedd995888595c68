//! Functions that name inputs: `file`, `yaml`; and `field`, which names a field of the pod.

use diag::Span;
use manifest::json::Json;
use manifest::yaml::read;

use super::ARGUMENTS_MAX;
use crate::diagnostics;
use crate::machine::{Eval, Run};
use crate::value::{Entry, Value};

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    pub(super) fn file_function(&mut self, id: &str, [path, ..]: [Value<'a>; ARGUMENTS_MAX], at: Span) -> Run<Value<'a>> {
        let Value::Str(path) = path else { return Ok(Value::Absent) };
        match id {
            "file" => Ok(Value::File(path)),
            "yaml" => self.yaml(path, at),
            _ => Ok(Value::Str(path)),
        }
    }

    fn yaml(&mut self, path: &'a str, at: Span) -> Run<Value<'a>> {
        let text = self.file_text(path, at)?;
        let document = match read::document(text) {
            Ok(it) => it,
            Err(error) => return self.fail(diagnostics::bad_yaml(at, path, &error.to_string())),
        };
        self.of_json(&document.value, at)
    }

    /// Data of a file as a value; what is `null` is absent.
    fn of_json(&mut self, json: &Json, at: Span) -> Run<Value<'a>> {
        self.pay(1, at)?;
        match json {
            Json::Null => Ok(Value::Absent),
            Json::Bool(it) => Ok(Value::Bool(*it)),
            Json::Int(it) => Ok(Value::Int(*it)),
            Json::Number(it) => Ok(Value::Number(self.keep(it, at)?)),
            Json::String(it) => Ok(Value::Str(self.keep(it, at)?)),
            Json::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    let value = self.of_json(item, at)?;
                    if !value.is_absent() {
                        values.push(value);
                    }
                }
                Ok(Value::List(self.arena.alloc_slice_copy(&values)))
            }
            Json::Map(items) => {
                let mut entries = Vec::with_capacity(items.len());
                for (key, item) in items {
                    let value = self.of_json(item, at)?;
                    if !value.is_absent() {
                        entries.push(Entry { key: self.keep(key, at)?, value, at, is_default: false, is_final: false });
                    }
                }
                Ok(Value::Record(self.arena.alloc_slice_copy(&entries)))
            }
        }
    }
}

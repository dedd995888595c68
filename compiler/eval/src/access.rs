//! Reading: fields, keys, what handles and keys of instances answer.

use diag::Span;
use sema::ir::HoleAttr;

use crate::machine::{Eval, Run, Stop};
use crate::value::{self, EntryKey, Handle, Instance, Key, NO_OWNER, Piece, Target, Value};

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// `e.f`; absent where the receiver is absent or lacks it.
    pub fn field(&mut self, receiver: Value<'a>, name: &'a str, at: Span) -> Run<Value<'a>> {
        match receiver {
            Value::Record(entries) => {
                if entries.len() > 16 {
                    self.pay_scan(entries.len(), at)?;
                }
                match value::find(entries, name) {
                    Some(entry) => {
                        if TRACE {
                            self.trace.origin = Some(entry.at);
                        }
                        Ok(entry.value)
                    }
                    None => Ok(Value::Absent),
                }
            }
            Value::Instance(instance) => self.instance_field(instance, name, at),
            Value::Handle(handle) => Ok(self.handle_field(handle, name, at)),
            Value::Key(key) => self.key_field(key, name, at),
            Value::EntryKey(key) => Ok(self.entry_key_field(key, name, at)),
            // A reference that was a handle once: its name is itself, the rest is asked of the same instance.
            Value::Str(_) | Value::Text(_) if name == "name" => Ok(receiver),
            Value::Text([Piece::Foreign(hole)]) => {
                let (kind, instance, path, _) = self.foreign[*hole as usize];
                Ok(attr_of(name).map_or(Value::Absent, |attr| self.hole_text(Target::Foreign(kind, instance), path, attr, at)))
            }
            Value::Text([Piece::Own(hole)]) => {
                let hole = self.own[*hole as usize];
                Ok(attr_of(name).map_or(Value::Absent, |attr| self.hole_text(Target::Own(hole.instance), hole.path, attr, at)))
            }
            _ => Ok(Value::Absent),
        }
    }

    /// `e[k]`.
    pub fn index(&mut self, receiver: Value<'a>, key: Value<'a>, at: Span) -> Run<Value<'a>> {
        match (receiver, key) {
            (Value::List(values), Value::Int(nth)) => Ok(usize::try_from(nth).ok().and_then(|it| values.get(it)).copied().unwrap_or(Value::Absent)),
            (Value::Record(_) | Value::Instance(_), key) => {
                let key = self.text_of_key(key, at)?;
                self.field(receiver, key, at)
            }
            _ => Ok(Value::Absent),
        }
    }

    fn instance_field(&mut self, instance: &'a Instance<'a>, name: &'a str, at: Span) -> Run<Value<'a>> {
        if let Some(entry) = value::find(instance.fields, name) {
            if TRACE {
                self.trace.origin = Some(entry.at);
            }
            return Ok(entry.value);
        }
        match name {
            "name" => {
                if TRACE && let Some(state) = self.instances.get(instance.owner as usize) {
                    self.trace.origin = Some(state.at);
                }
                Ok(Value::Str(instance.name))
            }
            "namespace" if instance.owner != NO_OWNER => Ok(self.hole_text(Target::Own(instance.owner), "", HoleAttr::Namespace, at)),
            _ => Ok(Value::Absent),
        }
    }

    /// What can be asked of an instance that is not here.
    fn handle_field(&mut self, handle: &'a Handle<'a>, name: &'a str, at: Span) -> Value<'a> {
        match attr_of(name) {
            Some(attr) => self.hole_text(handle.target, handle.path, attr, at),
            None => Value::Absent,
        }
    }

    /// `.name` is the last key, the name of an earlier segment its object's name, anything else a field of the entry.
    fn key_field(&mut self, key: &'a Key<'a>, name: &'a str, at: Span) -> Run<Value<'a>> {
        if name == "name" {
            return Ok(key.keys.last().map_or(Value::Absent, |it| Value::Str(it)));
        }
        if key.fields.len() > 1
            && let Some(nth) = key.fields[..key.fields.len() - 1].iter().position(|it| *it == name)
        {
            let path = self.joined(key, nth + 1, at)?;
            return Ok(self.hole_text(Target::Own(key.owner), path, HoleAttr::Name, at));
        }
        match self.entry_of(key, at)? {
            Value::Absent => Ok(Value::Absent),
            entry => self.field(entry, name, at),
        }
    }

    /// `service.lan` of the first `count` segments.
    pub fn joined(&mut self, key: &Key<'a>, count: usize, at: Span) -> Run<&'a str> {
        let mut joined = String::new();
        for (field, key) in key.fields.iter().zip(key.keys).take(count) {
            if !joined.is_empty() {
                joined.push('.');
            }
            joined.push_str(field);
            joined.push('.');
            joined.push_str(key);
        }
        self.keep(&joined, at)
    }

    /// The entry that a key names, in its owner's fields. A list of keys is itself keyed by the last key of its elements.
    pub fn entry_of(&mut self, key: &Key<'a>, at: Span) -> Run<Value<'a>> {
        let Some(fields) = self.instances.get(key.owner as usize).and_then(|it| it.fields) else { return Ok(Value::Absent) };
        let mut here = Value::Record(fields);
        for (field, name) in key.fields.iter().zip(key.keys) {
            // Stepping through an element that is a key means stepping through the entry it names.
            if let Value::Key(inner) = here {
                self.enter(at)?;
                let entry = self.entry_of(inner, at);
                self.leave();
                here = entry?;
            }
            let Some(entry) = here.entries().and_then(|it| value::find(it, field)) else { return Ok(Value::Absent) };
            here = match entry.value {
                Value::List(elements) => {
                    let found = elements.iter().find(|it| matches!(it, Value::Key(key) if key.keys.last() == Some(name)));
                    found.copied().unwrap_or(Value::Absent)
                }
                map => map.entries().and_then(|it| value::find(it, name)).map_or(Value::Absent, |it| it.value),
            };
        }
        Ok(here)
    }

    fn entry_key_field(&mut self, key: &'a EntryKey<'a>, name: &'a str, at: Span) -> Value<'a> {
        if name == "key" || name == "name" {
            return Value::Str(key.key);
        }
        if name == key.field {
            let path = self.arena.alloc_str(&format!("{}.{}", key.field, key.entry));
            return self.hole_text(Target::Own(key.owner), path, HoleAttr::Name, at);
        }
        Value::Absent
    }

    /// The text of a key expression.
    pub fn key_text(&mut self, expr: &'a sema::ir::Expr) -> Run<&'a str> {
        let value = self.eval(expr)?;
        self.text_of_key(value, expr.span)
    }

    /// A value as a key: keys have no holes.
    pub fn text_of_key(&mut self, value: Value<'a>, at: Span) -> Run<&'a str> {
        match value {
            Value::Str(it) | Value::Version(it) | Value::File(it) => Ok(it),
            Value::Key(key) => key.keys.last().copied().ok_or(Stop),
            Value::EntryKey(key) => Ok(key.key),
            Value::Instance(it) => Ok(it.name),
            Value::Handle(Handle { target: Target::Foreign(_, name), path: "" }) => Ok(name),
            Value::Text(_) => self.fail(crate::diagnostics::key_with_hole(at)),
            other => match self.plain_text(other) {
                Some(text) => self.keep(&text, at),
                None => self.fail(crate::diagnostics::no_key(at)),
            },
        }
    }
}

fn attr_of(name: &str) -> Option<HoleAttr> {
    match name {
        "name" => Some(HoleAttr::Name),
        "namespace" => Some(HoleAttr::Namespace),
        "host" => Some(HoleAttr::Host),
        "number" => Some(HoleAttr::Number),
        _ => None,
    }
}

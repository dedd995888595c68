//! Methods of texts. Everything counts code points.

use diag::Span;

use super::ARGUMENTS_MAX;
use crate::machine::{Eval, Run};
use crate::value::Value;

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    pub(super) fn string_method(&mut self, method: &str, [receiver, first, second]: [Value<'a>; ARGUMENTS_MAX], at: Span) -> Run<Value<'a>> {
        let Some(text) = self.known_text(receiver, at)? else { return Ok(Value::Absent) };
        self.pay_scan(text.len() / 16, at)?;
        let argument = self.known_text(first, at)?.unwrap_or_default();
        match method {
            "len" => Ok(Value::Int(text.chars().count() as i64)),
            "empty" => Ok(Value::Bool(text.is_empty())),
            "contains" => Ok(Value::Bool(text.contains(argument))),
            "starts_with" => Ok(Value::Bool(text.starts_with(argument))),
            "ends_with" => Ok(Value::Bool(text.ends_with(argument))),
            "split" => self.split(text, argument, at),
            "replace" => {
                let with = self.known_text(second, at)?.unwrap_or_default();
                let grown = text.matches(argument).count().saturating_mul(with.len()) + text.len();
                self.pay(grown / 64, at)?;
                Ok(Value::Str(self.arena.alloc_str(&text.replace(argument, with))))
            }
            "upper" => Ok(Value::Str(self.keep(&text.to_uppercase(), at)?)),
            "lower" => Ok(Value::Str(self.keep(&text.to_lowercase(), at)?)),
            "trim" => Ok(Value::Str(text.trim())),
            _ => Ok(Value::Absent),
        }
    }

    /// By an empty separator into code points.
    fn split(&mut self, text: &'a str, separator: &str, at: Span) -> Run<Value<'a>> {
        let parts: Vec<Value<'a>> = match separator {
            "" => text.char_indices().map(|(at, c)| Value::Str(&text[at..at + c.len_utf8()])).collect(),
            separator => text.split(separator).map(Value::Str).collect(),
        };
        self.pay(parts.len(), at)?;
        Ok(Value::List(self.arena.alloc_slice_copy(&parts)))
    }

    /// A value as text without holes; `None` where it is absent or has holes.
    pub(super) fn known_text(&mut self, value: Value<'a>, at: Span) -> Run<Option<&'a str>> {
        match value {
            Value::Str(it) | Value::Version(it) => Ok(Some(it)),
            Value::Absent | Value::Text(_) => Ok(None),
            Value::File(path) => self.file_text(path, at).map(Some),
            other => match self.plain_text(other) {
                Some(text) => self.keep(&text, at).map(Some),
                None => Ok(None),
            },
        }
    }
}

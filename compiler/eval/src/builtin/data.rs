//! `json(value)`: data as a text.

use std::fmt::Write as _;

use diag::Span;

use super::ARGUMENTS_MAX;
use crate::machine::{Eval, Run};
use crate::text::{TextBuilder, write_plain};
use crate::value::Value;

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    pub(super) fn json_function(&mut self, [value, ..]: [Value<'a>; ARGUMENTS_MAX], at: Span) -> Run<Value<'a>> {
        let mut text = TextBuilder::new(String::new());
        self.write_json(&mut text, value, at)?;
        self.finish_text(&mut text, at)
    }

    fn write_json(&mut self, text: &mut TextBuilder<'a>, value: Value<'a>, at: Span) -> Run<()> {
        self.step(at)?;
        self.enter(at)?;
        match value {
            Value::Absent => text.known.push_str("null"),
            Value::Bool(_) | Value::Int(_) | Value::Number(_) => _ = write_plain(&mut text.known, value),
            Value::List(values) => {
                text.known.push('[');
                for (nth, it) in values.iter().enumerate() {
                    if nth > 0 {
                        text.known.push(',');
                    }
                    self.write_json(text, *it, at)?;
                }
                text.known.push(']');
            }
            _ if value.entries().is_some() => {
                text.known.push('{');
                for (nth, it) in value.entries().unwrap_or(&[]).iter().enumerate() {
                    if nth > 0 {
                        text.known.push(',');
                    }
                    write_string(&mut text.known, it.key);
                    text.known.push(':');
                    self.write_json(text, it.value, at)?;
                }
                text.known.push('}');
            }
            Value::Text(_) | Value::Handle(_) => {
                text.known.push('"');
                // What fills a hole is a name, a host or a number: nothing to escape.
                self.append(text, value, at)?;
                text.known.push('"');
            }
            other => {
                let plain = self.known_text(other, at)?.unwrap_or_default();
                write_string(&mut text.known, plain);
            }
        }
        self.pay(text.known.len() / 4096, at)?;
        self.leave();
        Ok(())
    }
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a string cannot fail.
            c if c < ' ' => _ = write!(out, "\\u{:04x}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
}

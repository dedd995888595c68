//! Texts: interpolation, holes, how values print.

use std::fmt::Write as _;

use diag::Span;
use sema::ir::{HoleAttr, Part};

use crate::diagnostics;
use crate::machine::{Eval, Run};
use crate::value::{Amount, Handle, Piece, Value};

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// `"..\(e).."`.
    pub fn interpolate(&mut self, parts: &'a [Part], at: Span) -> Run<Value<'a>> {
        let mut text = TextBuilder::new(self.pool.text());
        let result = parts.iter().try_for_each(|part| match part {
            Part::Str(it) => {
                text.known.push_str(it);
                Ok(())
            }
            Part::Expr(expr) => {
                let value = self.eval(expr)?;
                self.append(&mut text, value, expr.span)
            }
        });
        let value = result.and_then(|()| self.finish_text(&mut text, at));
        if TRACE {
            self.trace.origin = Some(at);
        }
        self.pool.give_text(text.known);
        value
    }

    /// Appends a value as text.
    pub fn append(&mut self, text: &mut TextBuilder<'a>, value: Value<'a>, at: Span) -> Run<()> {
        match value {
            Value::Str(it) => text.known.push_str(it),
            Value::Text(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Str(it) => text.known.push_str(it),
                        hole => {
                            self.flush(text, at)?;
                            text.pieces.push(*hole);
                        }
                    }
                }
            }
            Value::Handle(Handle { target, path }) => {
                self.flush(text, at)?;
                let piece = self.hole(*target, path, HoleAttr::Name, at);
                text.pieces.push(piece);
            }
            Value::File(path) => {
                let content = self.file_text(path, at)?;
                text.known.push_str(content);
            }
            other => {
                if !write_plain(&mut text.known, other) {
                    return self.fail(diagnostics::no_text(at));
                }
            }
        }
        Ok(())
    }

    fn flush(&mut self, text: &mut TextBuilder<'a>, at: Span) -> Run<()> {
        if !text.known.is_empty() {
            let known = self.keep(&text.known, at)?;
            text.pieces.push(Piece::Str(known));
            text.known.clear();
        }
        Ok(())
    }

    /// The finished text: known, or with holes.
    pub fn finish_text(&mut self, text: &mut TextBuilder<'a>, at: Span) -> Run<Value<'a>> {
        if text.pieces.is_empty() {
            return Ok(Value::Str(self.keep(&text.known, at)?));
        }
        self.flush(text, at)?;
        Ok(Value::Text(self.arena.alloc_slice_copy(&text.pieces)))
    }

    /// A value as text without holes; `None` for what has none.
    pub fn plain_text(&self, value: Value<'a>) -> Option<String> {
        let mut out = String::new();
        write_plain(&mut out, value).then_some(out)
    }

    /// The content of a file of the project, as text.
    pub fn file_text(&mut self, path: &'a str, at: Span) -> Run<&'a str> {
        let Some(bytes) = self.setting.inputs.file(path) else { return self.fail(diagnostics::missing_file(at, path)) };
        match std::str::from_utf8(&bytes) {
            Ok(text) => self.keep(text, at),
            Err(error) => self.fail(diagnostics::not_utf8(at, path, error.valid_up_to())),
        }
    }
}

/// A text being put together.
pub(crate) struct TextBuilder<'a> {
    /// Known text since the last hole.
    pub known: String,
    /// What stands before it.
    pub pieces: Vec<Piece<'a>>,
}

impl TextBuilder<'_> {
    /// Uses a buffer again.
    pub fn new(buffer: String) -> Self {
        Self { known: buffer, pieces: Vec::new() }
    }
}

/// Prints what has one text without looking anything up; false for the rest.
pub(crate) fn write_plain(out: &mut String, value: Value<'_>) -> bool {
    let written = match value {
        Value::Bool(it) => write!(out, "{it}"),
        Value::Int(it) => write!(out, "{it}"),
        Value::Number(it) | Value::Str(it) | Value::Version(it) => {
            out.push_str(it);
            Ok(())
        }
        Value::Quantity(Amount { spelling: Some(it), .. }) | Value::Duration(Amount { spelling: Some(it), .. }) => {
            out.push_str(it);
            Ok(())
        }
        Value::Quantity(it) => write!(out, "{}", it.value),
        Value::Duration(it) => write!(out, "{}", it.value),
        Value::Percent(it) => write!(out, "{it}%"),
        Value::Ip(it) => write!(out, "{it}"),
        Value::Cidr(it) => write!(out, "{it}"),
        Value::IpRange(it) => write!(out, "{it}"),
        Value::Range(first, last) => write!(out, "{first}..{last}"),
        Value::Key(key) => {
            out.push_str(key.keys.last().copied().unwrap_or_default());
            Ok(())
        }
        Value::EntryKey(key) => {
            out.push_str(key.key);
            Ok(())
        }
        Value::Instance(it) => {
            out.push_str(it.name);
            Ok(())
        }
        Value::Absent | Value::Text(_) | Value::File(_) | Value::List(_) | Value::Record(_) | Value::Handle(_) => return false,
    };
    // Writing to a string cannot fail.
    written.is_ok()
}

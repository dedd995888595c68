//! A small tree for values whose type is not known here: plain YAML and JSON coming in, data going out.
//!
//! Not for the evaluator's hot path, which writes text directly. Numbers that are no `i64` keep the text they were written with.
//! Invariant: a `Number` holds a valid JSON number, and a map has no key twice when it comes from the reader.

use std::fmt::Write as _;

pub mod number;

/// A value of JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number in the range of `i64`.
    Int(i64),
    /// Any other number, as a JSON number.
    Number(String),
    /// A string.
    String(String),
    /// A list.
    List(Vec<Json>),
    /// A map in the order of writing.
    Map(Vec<(String, Json)>),
}

impl Json {
    /// The value under a key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.iter().find(|(it, _)| it == key).map(|(_, value)| value)
    }

    /// The value at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The number, if this is an `i64`.
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// The entries, if this is a map.
    pub fn as_map(&self) -> Option<&[(String, Self)]> {
        if let Self::Map(entries) = self { Some(entries) } else { None }
    }

    /// The items, if this is a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// What it is, for messages: "a map".
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }

    /// As YAML that ends in a newline; see [`crate::yaml::write`].
    pub fn to_yaml(&self) -> String {
        let mut out = Vec::new();
        crate::yaml::write::document(&mut out, self);
        // The writer copies `str`s and ASCII only.
        String::from_utf8(out).unwrap_or_default()
    }

    /// As JSON without blanks; keys in the order of the map.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        write_compact(&mut out, self);
        out
    }

    /// As JSON with two blanks per level and a newline at the end.
    pub fn to_json_pretty(&self) -> String {
        let mut out = String::new();
        write_pretty(&mut out, self, 0);
        out.push('\n');
        out
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

/// A map from literal keys; for tests and small documents.
pub fn map<const N: usize>(entries: [(&str, Json); N]) -> Json {
    Json::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn write_compact(out: &mut String, value: &Json) {
    match value {
        Json::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_compact(out, item);
            }
            out.push(']');
        }
        Json::Map(entries) => {
            out.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(out, key);
                out.push(':');
                write_compact(out, value);
            }
            out.push('}');
        }
        Json::Null | Json::Bool(_) | Json::Int(_) | Json::Number(_) | Json::String(_) => write_scalar(out, value),
    }
}

fn write_pretty(out: &mut String, value: &Json, depth: usize) {
    match value {
        Json::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "[" } else { "," });
                new_line(out, depth + 1);
                write_pretty(out, item, depth + 1);
            }
            new_line(out, depth);
            out.push(']');
        }
        Json::Map(entries) if !entries.is_empty() => {
            for (index, (key, value)) in entries.iter().enumerate() {
                out.push_str(if index == 0 { "{" } else { "," });
                new_line(out, depth + 1);
                write_string(out, key);
                out.push_str(": ");
                write_pretty(out, value, depth + 1);
            }
            new_line(out, depth);
            out.push('}');
        }
        Json::Null | Json::Bool(_) | Json::Int(_) | Json::Number(_) | Json::String(_) | Json::List(_) | Json::Map(_) => write_compact(out, value),
    }
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Writes what is neither list nor map; of those, nothing.
pub(crate) fn write_scalar(out: &mut String, value: &Json) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Json::Int(number) => write!(out, "{number}").expect("writing to a string never fails"),
        Json::Number(number) => out.push_str(number),
        Json::String(text) => write_string(out, text),
        Json::List(_) | Json::Map(_) => {}
    }
}

/// Writes a JSON string with the escapes that RFC 8259 demands and no others.
pub(crate) fn write_string(out: &mut String, text: &str) {
    write_escaped(out, text, |_| false);
}

/// Writes a JSON string as Go's `encoding/json` does by default: what could end a script element in HTML, and the line separators of
/// JavaScript, are escaped too.
pub(crate) fn write_go_string(out: &mut String, text: &str) {
    write_escaped(out, text, |c| matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}'));
}

fn write_escaped(out: &mut String, text: &str, also: impl Fn(char) -> bool) {
    out.push('"');
    let mut copied = 0;
    for (at, c) in text.char_indices() {
        let short = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            _ if c >= ' ' && !also(c) => continue,
            _ => "",
        };
        out.push_str(&text[copied..at]);
        copied = at + c.len_utf8();
        if short.is_empty() {
            write!(out, "\\u{:04x}", u32::from(c)).expect("writing to a string never fails");
        } else {
            out.push_str(short);
        }
    }
    out.push_str(&text[copied..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_json() {
        let value = map([("a", Json::List(vec![1.into(), Json::Null, Json::Map(vec![]), Json::List(vec![])])), ("b\"", map([("c", "x\ny\u{1}<".into())]))]);
        assert_eq!(value.to_json(), r#"{"a":[1,null,{},[]],"b\"":{"c":"x\ny\u0001<"}}"#);
        assert_eq!(value.to_json_pretty(), "{\n  \"a\": [\n    1,\n    null,\n    {},\n    []\n  ],\n  \"b\\\"\": {\n    \"c\": \"x\\ny\\u0001<\"\n  }\n}\n");
        assert_eq!(value.at(&["b\"", "c"]).and_then(Json::as_str), Some("x\ny\u{1}<"));
    }

    #[test]
    fn writes_strings_as_go_does() {
        let mut out = String::new();
        write_go_string(&mut out, "<&>\u{2028}\u{2029}\u{8}\u{c}\u{b}\u{7f}é\u{1f600}");
        assert_eq!(out, "\"\\u003c\\u0026\\u003e\\u2028\\u2029\\b\\f\\u000b\u{7f}é\u{1f600}\"");
    }
}

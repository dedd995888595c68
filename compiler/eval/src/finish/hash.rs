//! The content suffix of `with hashed()`: kustomize's, over final data.

use manifest::hash;

use super::own::{Finish, Joined, Resolved};
use crate::diagnostics;
use crate::machine::Run;
use crate::value::{self, Entry, Value};

/// A suffix.
pub(crate) enum Suffix<'a> {
    /// Computed.
    Known(String),
    /// The text to be hashed still has holes of other instances.
    Open(Resolved<'a>),
}

/// Keys and texts of a field, in any order.
type Texts<'a> = Vec<(&'a str, Resolved<'a>)>;

/// The suffix of an object.
pub(crate) fn suffix<'a, const TRACE: bool>(finish: &mut Finish<'_, 'a, TRACE>, object: u32) -> Run<Suffix<'a>> {
    let draft = finish.eval.objects[object as usize];
    let kind = finish.eval.setting.program.schemas.kind_info(draft.kind).kind;
    let optional = match kind {
        "ConfigMap" => "binaryData",
        "Secret" => "stringData",
        _ => return finish.eval.fail(diagnostics::not_hashable(draft.at, kind)),
    };
    let data = texts(finish, draft.body, "data")?;
    let optional_data = texts(finish, draft.body, optional)?;
    let secret_type = match value::find(draft.body, "type") {
        Some(Entry { value: Value::Str(it), .. }) => it,
        _ => "",
    };
    let all = data.iter().chain(&optional_data).flatten();
    if all.clone().all(|(_, text)| matches!(text, Resolved::Known(_))) {
        let (data, optional_data) = (data.as_deref().map(known), optional_data.as_deref().map(known));
        return Ok(Suffix::Known(match kind {
            "ConfigMap" => hash::config_map(data.as_deref(), optional_data.as_deref()),
            _ => hash::secret(secret_type, data.as_deref(), optional_data.as_deref()),
        }));
    }
    let mut text = Joined::default();
    text.known.push('{');
    if let ("ConfigMap", Some(binary)) = (kind, &optional_data) {
        field(finish, &mut text, "binaryData", Some(binary), draft.at)?;
        text.known.push(',');
    }
    field(finish, &mut text, "data", data.as_ref(), draft.at)?;
    text.known.push_str(",\"kind\":\"");
    text.known.push_str(kind);
    text.known.push_str("\",\"name\":\"\"");
    if kind == "Secret" {
        if let Some(strings) = &optional_data {
            text.known.push(',');
            field(finish, &mut text, "stringData", Some(strings), draft.at)?;
        }
        text.known.push_str(",\"type\":");
        write_go(&mut text.known, secret_type);
    }
    text.known.push('}');
    Ok(Suffix::Open(text.finish(finish.eval, draft.at)?))
}

fn known<'a>(texts: &[(&'a str, Resolved<'a>)]) -> Vec<(&'a str, &'a str)> {
    let known = |text: &Resolved<'a>| match text {
        Resolved::Known(it) => *it,
        Resolved::Open(_) => "",
    };
    texts.iter().map(|(key, text)| (*key, known(text))).collect()
}

fn texts<'a, const TRACE: bool>(finish: &mut Finish<'_, 'a, TRACE>, body: &'a [Entry<'a>], name: &str) -> Run<Option<Texts<'a>>> {
    let Some(entries) = value::find(body, name).and_then(|it| it.value.entries()) else { return Ok(None) };
    let mut texts = Vec::with_capacity(entries.len());
    for entry in entries {
        texts.push((entry.key, finish.text(entry.value, entry.at)?));
    }
    Ok(Some(texts))
}

/// One field of the JSON that kustomize hashes, sorted by key; holes stay where they are (what fills them needs no escape).
fn field<'a, const TRACE: bool>(finish: &mut Finish<'_, 'a, TRACE>, text: &mut Joined<'a>, name: &str, entries: Option<&Texts<'a>>, at: diag::Span) -> Run<()> {
    write_go(&mut text.known, name);
    text.known.push(':');
    let Some(entries) = entries else {
        text.known.push_str("\"\"");
        return Ok(());
    };
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_by_key(|(key, _)| *key);
    text.known.push('{');
    for (nth, (key, value)) in sorted.into_iter().enumerate() {
        if nth > 0 {
            text.known.push(',');
        }
        write_go(&mut text.known, key);
        text.known.push_str(":\"");
        match value {
            Resolved::Known(it) => escape_go(&mut text.known, it),
            Resolved::Open(pieces) => {
                for piece in *pieces {
                    match piece {
                        value::Piece::Str(it) => escape_go(&mut text.known, it),
                        hole => text.push(finish.eval, Resolved::Open(std::slice::from_ref(hole)), at)?,
                    }
                }
            }
        }
        text.known.push('"');
    }
    text.known.push('}');
    Ok(())
}

fn write_go(out: &mut String, text: &str) {
    out.push('"');
    escape_go(out, text);
    out.push('"');
}

/// As Go's `encoding/json` escapes: also `<`, `>`, `&` and the two separators of JavaScript.
fn escape_go(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
}

//! Messages for machines: one JSON object a line, on standard error (standard output holds only what was asked for).
//!
//! ```text
//! {"type":"version","format":1,"vix":"0.1.0"}                                     always first
//! {"type":"diagnostic","code":"type-mismatch","severity":"error","message":"..","label":"..",
//!  "path":"apps/a.vix","line":3,"column":7,"end_line":3,"end_column":9,"start":41,"end":43,
//!  "labels":[{"text":"..","path":..}],"help":"..","notes":["..."],"fix":{"title":"..","edits":[{"text":"..","path":..}]}}
//! {"type":"fault","message":".."}                                                 this machine refused something
//! {"type":"notice","message":".."}
//! {"type":"error","message":".."}                                                 the command stopped
//! {"type":"environment","name":"dev","objects":42,"instances":9,"folder":"build/dev","written":3,"unchanged":6,"removed":0}
//! {"type":"test","title":"..","passed":true,"path":"tests.vix","line":3,"column":6,..}  diagnostics say why one fails
//! {"type":"summary","errors":0,"warnings":0,"files":0,"elapsed_ms":12}            always last where a build ran
//! ```
//! Lines and columns count from 1, columns in characters; `start` and `end` are byte offsets. `help` and `fix` are null where
//! there is none, `folder` where nothing is written, `path` and all positions where a finding has no place in a file. Fields and types may be added within a format; what is here stays.

use build::{EnvOutcome, TestOutcome};
use diag::{Diagnostic, Severity, Span};
use serde_json::{Map, Value, json};

use crate::escape;
use crate::excerpt::Files;
use crate::render::Indexed;
use crate::ui::Tally;

/// Number of the format: a higher one may drop or change fields.
pub const FORMAT: u32 = 1;

/// One line of output.
pub fn line(value: &Value) -> String {
    format!("{}\n", escape::json(&value.to_string()))
}

/// What every stream begins with.
pub fn version() -> Value {
    json!({ "type": "version", "format": FORMAT, "vix": env!("CARGO_PKG_VERSION") })
}

/// A message that is no diagnostic; `kind` is `fault`, `notice` or `error`.
pub fn message(kind: &str, message: &str) -> Value {
    json!({ "type": kind, "message": message })
}

/// One diagnostic.
pub fn diagnostic(it: &Diagnostic, files: &Indexed<'_>) -> Value {
    let mut out = Map::new();
    out.insert("type".into(), json!("diagnostic"));
    out.insert("code".into(), json!(it.code.name));
    out.insert("severity".into(), json!(severity(it.severity)));
    out.insert("message".into(), json!(it.message));
    out.insert("label".into(), json!(it.primary.text));
    place(&mut out, it.primary.span, files);
    let labels: Vec<Value> = it.labels.iter().map(|label| with_text(&label.text, label.span, files)).collect();
    out.insert("labels".into(), Value::Array(labels));
    out.insert("help".into(), json!(it.help));
    out.insert("notes".into(), json!(it.notes));
    let fix = it.fix.as_ref().map(|fix| {
        let edits: Vec<Value> = fix.edits.iter().map(|edit| with_text(&edit.text, edit.span, files)).collect();
        json!({ "title": fix.title, "edits": edits })
    });
    out.insert("fix".into(), json!(fix));
    Value::Object(out)
}

/// One environment.
pub fn environment(it: &EnvOutcome, folder: Option<&str>) -> Value {
    json!({
        "type": "environment", "name": it.name, "objects": it.objects, "instances": it.instances, "folder": folder,
        "written": it.written, "unchanged": it.kept, "removed": it.removed,
    })
}

/// One test.
pub fn test(it: &TestOutcome, files: &Indexed<'_>) -> Value {
    let mut out = Map::new();
    out.insert("type".into(), json!("test"));
    out.insert("title".into(), json!(&*it.title));
    out.insert("passed".into(), json!(it.wrong.is_empty()));
    place(&mut out, it.place, files);
    Value::Object(out)
}

/// What every build ends with.
pub fn summary(tally: Tally, elapsed_ms: u64) -> Value {
    json!({ "type": "summary", "errors": tally.errors, "warnings": tally.warnings, "files": tally.files, "elapsed_ms": elapsed_ms })
}

fn severity(it: Severity) -> &'static str {
    match it {
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn with_text(text: &str, span: Span, files: &Indexed<'_>) -> Value {
    let mut out = Map::new();
    out.insert("text".into(), json!(text));
    place(&mut out, span, files);
    Value::Object(out)
}

fn place(out: &mut Map<String, Value>, span: Span, files: &Indexed<'_>) {
    if files.path(span.file).is_empty() {
        let nothing = ["path", "line", "column", "end_line", "end_column", "start", "end"];
        out.extend(nothing.map(|key| (key.to_owned(), Value::Null)));
        return;
    }
    let (line, column) = position(span, span.start, files);
    let (end_line, end_column) = position(span, span.end.max(span.start), files);
    out.insert("path".into(), json!(files.path(span.file)));
    out.insert("line".into(), json!(line));
    out.insert("column".into(), json!(column));
    out.insert("end_line".into(), json!(end_line));
    out.insert("end_column".into(), json!(end_column));
    out.insert("start".into(), json!(span.start));
    out.insert("end".into(), json!(span.end));
}

/// Line and column of an offset in the file of a span, from 1.
pub fn position(span: Span, offset: u32, files: &Indexed<'_>) -> (usize, usize) {
    let (text, index) = (files.text(span.file), files.lines(span.file));
    let offset = text.floor_char_boundary(offset as usize);
    let line = index.line(offset as u32);
    (line as usize + 1, text[index.start(line) as usize..offset].chars().count() + 1)
}

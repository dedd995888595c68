//! Findings in SARIF 2.1.0 (OASIS), one document for a run: what code scanning of GitHub, GitLab and Azure reads.
//!
//! Rules are made from the codes and their pages. A finding is known again by its code, its file and the words of its line, so that lines moved
//! by an edit elsewhere do not make it a new one.

use std::collections::BTreeMap;

use build::NOWHERE;
use diag::{Code, Diagnostic, Severity, Span};
use serde_json::{Value, json};
use store::Digest;

use crate::escape;
use crate::excerpt::Files as _;
use crate::exit::Exit;
use crate::json::position;
use crate::project::PROJECT_FILE;
use crate::render::Indexed;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What a run said so far.
#[derive(Debug, Default)]
pub struct Log {
    results: Vec<Value>,
    notifications: Vec<Value>,
    rules: Vec<Code>,
    /// How often a fingerprint was given.
    given: BTreeMap<String, usize>,
}

impl Log {
    /// Takes findings; `prefix` leads from the repository's root to the project's.
    pub fn diagnostics(&mut self, all: &[Diagnostic], files: &Indexed<'_>, prefix: &str) {
        for it in all {
            let result = self.result(it, files, prefix);
            self.results.push(result);
        }
    }

    /// Takes a message that is no finding; `kind` is `fault`, `notice` or `error`.
    pub fn message(&mut self, kind: &str, message: &str) {
        let level = if kind == "notice" { "note" } else { "error" };
        self.notifications.push(json!({ "level": level, "message": { "text": message } }));
    }

    /// The document.
    pub fn document(&self, exit: Exit) -> String {
        let rules: Vec<Value> = self.rules.iter().map(|it| rule(*it)).collect();
        let value = json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": { "name": "vix", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules } },
                "columnKind": "unicodeCodePoints",
                "invocations": [{
                    "executionSuccessful": matches!(exit, Exit::Ok | Exit::Changes | Exit::Source),
                    "exitCode": exit.code(),
                    "toolExecutionNotifications": self.notifications,
                }],
                "results": self.results,
            }],
        });
        format!("{}\n", escape::json(&value.to_string()))
    }

    fn result(&mut self, it: &Diagnostic, files: &Indexed<'_>, prefix: &str) -> Value {
        let rule = self.rules.iter().position(|rule| *rule == it.code).unwrap_or_else(|| {
            self.rules.push(it.code);
            self.rules.len() - 1
        });
        let parts = [&it.message, &it.primary.text].into_iter().filter(|it| !it.is_empty()).cloned();
        let more = it.notes.iter().map(|it| format!("note: {it}")).chain(it.help.iter().map(|it| format!("help: {it}")));
        let text = parts.chain(more).collect::<Vec<_>>().join("\n");
        let related: Vec<Value> = it
            .labels
            .iter()
            .enumerate()
            .map(|(nth, label)| {
                let mut place = location(label.span, files, prefix);
                place["id"] = json!(nth);
                place["message"] = json!({ "text": label.text });
                place
            })
            .collect();
        let mut result = json!({
            "ruleId": it.code.name,
            "ruleIndex": rule,
            "level": level(it.severity),
            "message": { "text": text },
            "locations": [location(it.primary.span, files, prefix)],
            "partialFingerprints": { "vix/v1": self.fingerprint(it, files) },
        });
        if !related.is_empty() {
            result["relatedLocations"] = Value::Array(related);
        }
        if let Some(fix) = &it.fix {
            let changes: Vec<Value> = fix
                .edits
                .iter()
                .map(|edit| {
                    let place = &location(edit.span, files, prefix)["physicalLocation"];
                    json!({
                        "artifactLocation": place["artifactLocation"],
                        "replacements": [{ "deletedRegion": place["region"], "insertedContent": { "text": edit.text } }],
                    })
                })
                .collect();
            result["fixes"] = json!([{ "description": { "text": fix.title }, "artifactChanges": changes }]);
        }
        result
    }

    /// Tells a finding again after an edit elsewhere; equal ones are counted from above.
    fn fingerprint(&mut self, it: &Diagnostic, files: &Indexed<'_>) -> String {
        let span = it.primary.span;
        let text = files.text(span.file);
        let (line, _) = position(span, span.start, files);
        let words: Vec<&str> = text.lines().nth(line - 1).unwrap_or_default().split_whitespace().collect();
        let parts = [it.code.name, files.path(span.file), &it.message, &words.join(" ")].map(|it| format!("{}:{it}", it.len()));
        let digest = Digest::of(parts.concat().as_bytes()).to_string()[..32].to_owned();
        let nth = self.given.entry(digest.clone()).or_default();
        *nth += 1;
        format!("{digest}:{nth}")
    }
}

fn rule(code: Code) -> Value {
    let page = code.page;
    let sentence = page.lines().skip(1).find(|it| !it.trim().is_empty()).unwrap_or_default();
    json!({
        "id": code.name,
        "name": code.name,
        "shortDescription": { "text": sentence },
        "help": { "text": page, "markdown": page },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A place in a file; what stands in no file of the project is told at the project file, since code scanning wants a file for each finding.
fn location(span: Span, files: &Indexed<'_>, prefix: &str) -> Value {
    let path = files.path(span.file);
    if span == NOWHERE || path.is_empty() || path.starts_with("std:") {
        return json!({ "physicalLocation": { "artifactLocation": artifact(&format!("{prefix}{PROJECT_FILE}")), "region": { "startLine": 1 } } });
    }
    let (line, column) = position(span, span.start, files);
    let (end_line, end_column) = position(span, span.end.max(span.start), files);
    let region = json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column });
    json!({ "physicalLocation": { "artifactLocation": artifact(&format!("{prefix}{path}")), "region": region } })
}

fn artifact(path: &str) -> Value {
    json!({ "uri": uri(path), "uriBaseId": "%SRCROOT%" })
}

/// A relative path as a URI reference (RFC 3986).
fn uri(path: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.' | b'_' | b'~' | b'/');
    path.bytes().map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::Log;
    use crate::exit::Exit;
    use crate::render::Indexed;
    use build::Sources;
    use diag::{Diagnostic, Span, code};
    use serde_json::Value;

    fn results(text: &str, spans: &[(u32, u32)]) -> Vec<Value> {
        let mut sources = Sources::default();
        let file = sources.add("apps/é b.vix", text.into());
        let all: Vec<Diagnostic> =
            spans.iter().map(|it| Diagnostic::error(code::SYNTAX_ERROR, Span::new(file, it.0, it.1), "m").fix(Span::new(file, 0, 1), "x", "y")).collect();
        let mut log = Log::default();
        log.diagnostics(&all, &Indexed::new(&all, &sources), "infra/");
        let document: Value = serde_json::from_str(&log.document(Exit::Source)).unwrap();
        assert_eq!(document["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().len(), 1);
        document["runs"][0]["results"].as_array().unwrap().clone()
    }

    #[test]
    fn a_finding_is_known_again_after_its_line_moved() {
        let print = |it: &Value| it["partialFingerprints"]["vix/v1"].as_str().unwrap().to_owned();
        let before = results("a\nbad one\nbad one\n", &[(2, 5), (10, 13)]);
        let after = results("a\n\n\n  bad one\nbad  one\n", &[(6, 9), (14, 17)]);
        assert_eq!(before.iter().map(print).collect::<Vec<_>>(), after.iter().map(print).collect::<Vec<_>>());
        assert_ne!(print(&before[0]), print(&before[1]));
        let place = &after[0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "infra/apps/%C3%A9%20b.vix");
        assert_eq!(place["region"], serde_json::json!({ "startLine": 4, "startColumn": 3, "endLine": 4, "endColumn": 6 }));
        assert_eq!(after[0]["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"], "x");
    }
}

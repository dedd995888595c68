//! Findings as GitHub's workflow commands: each is shown at its line of a pull request.
//!
//! GitHub shows ten errors and ten warnings of a step; the rest is told line by line.
//! Invariant: text of others never begins a line, and what a command gives a meaning to is escaped, so no finding can be a command of its own.

use std::fmt::Write as _;

use build::NOWHERE;
use diag::{Diagnostic, Severity};

use crate::escape;
use crate::excerpt::Files as _;
use crate::json::position;
use crate::render::Indexed;

/// Annotations of a kind that GitHub shows of one step.
const SHOWN_MAX: usize = 10;

/// All findings; `prefix` leads from the repository's root to the project's.
pub fn diagnostics(all: &[Diagnostic], files: &Indexed<'_>, prefix: &str) -> String {
    let mut out = String::new();
    let mut shown = [0, 0];
    for it in all {
        let kind = usize::from(it.severity == Severity::Warning);
        shown[kind] += 1;
        if shown[kind] <= SHOWN_MAX {
            out.push_str(&annotation(it, files, prefix));
        } else {
            out.push_str(&plain(it, files, prefix));
        }
    }
    out
}

/// A message that has no place; `kind` is `fault`, `notice` or `error`.
pub fn message(kind: &str, message: &str) -> String {
    let command = if kind == "notice" { "notice" } else { "error" };
    format!("::{command} title=vix::{}\n", data(&escape::text(message)))
}

fn annotation(it: &Diagnostic, files: &Indexed<'_>, prefix: &str) -> String {
    let span = it.primary.span;
    let command = match it.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut out = format!("::{command} ");
    let path = files.path(span.file);
    if span != NOWHERE && !path.is_empty() && !path.starts_with("std:") {
        let (line, column) = position(span, span.start, files);
        let (end_line, end_column) = position(span, span.end.max(span.start), files);
        write!(out, "file={},line={line},", property(&format!("{prefix}{path}"))).expect("writing to a string");
        // The last column belongs to the place, and a place of several lines has none.
        if end_line == line {
            write!(out, "col={column},endColumn={},", end_column.saturating_sub(1).max(column)).expect("writing to a string");
        } else {
            write!(out, "endLine={end_line},").expect("writing to a string");
        }
    }
    let mut text = it.message.clone();
    for part in [&it.primary.text].into_iter().filter(|it| !it.is_empty()) {
        text.push('\n');
        text.push_str(part);
    }
    for (head, part) in it.notes.iter().map(|it| ("note", it)).chain(it.help.iter().map(|it| ("help", it))) {
        write!(text, "\n{head}: {part}").expect("writing to a string");
    }
    writeln!(out, "title={}::{}", property(it.code.name), data(&escape::text(&text))).expect("writing to a string");
    out
}

/// `error apps/a.vix:3:7 type-mismatch: ..`.
fn plain(it: &Diagnostic, files: &Indexed<'_>, prefix: &str) -> String {
    let span = it.primary.span;
    let head = if it.severity == Severity::Error { "error" } else { "warning" };
    let (line, column) = position(span, span.start, files);
    format!("{head} {}: {}\n", escape::line(&format!("{prefix}{}:{line}:{column} {}", files.path(span.file), it.code.name)), escape::line(&it.message))
}

/// The value of a command: as `escapeData` of `actions/toolkit` writes it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command: as `escapeProperty` of `actions/toolkit` writes it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{diagnostics, message};
    use crate::render::Indexed;
    use build::Sources;
    use diag::{Diagnostic, FileId, Span, code};

    #[test]
    fn no_finding_is_a_command_of_its_own() {
        let mut sources = Sources::default();
        let file = sources.add("a,b:c%\n::error::x.vix", "one\r\ntwo".into());
        let hostile = "\n::set-output name=x::1\r::stop-commands::t %0A\u{1b}[31m";
        let finding = Diagnostic::error(code::SYNTAX_ERROR, Span::new(file, 5, 8), hostile).label(hostile).note(hostile).help(hostile);
        let all = vec![finding; 25];
        let said = format!("{}{}", diagnostics(&all, &Indexed::new(&all, &sources), "infra/"), message("fault", hostile));
        assert_eq!(said.lines().count(), 26, "{said}");
        assert_eq!(
            said.lines()
                .filter(|it| it.starts_with("::error file=infra/a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3Ax.vix,line=2,col=1,endColumn=3,title=syntax-error::"))
                .count(),
            10
        );
        assert!(said.lines().all(|it| it.starts_with("::error ") || it.starts_with("error infra/")), "{said}");
        assert!(!said.contains(['\r', '\u{1b}']));
        let nowhere = Diagnostic::warning(code::SYNTAX_ERROR, Span::new(FileId(9), 0, 0), "x");
        let all = [nowhere];
        assert_eq!(diagnostics(&all, &Indexed::new(&all, &sources), ""), "::warning title=syntax-error::x\n");
    }
}

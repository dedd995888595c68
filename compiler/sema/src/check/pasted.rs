//! `object yaml "..."`: text that the evaluator reads as YAML, with the place of each of its lines.

use std::sync::Arc;

use syntax::ast;
use syntax::literal::string;

use super::Checker;
use crate::diagnostics;
use crate::ir::{EntryKind, Pasted};

impl Checker<'_> {
    /// The text of `object yaml`.
    pub(super) fn pasted(&mut self, literal: ast::StringLit<'_>) -> Option<EntryKind> {
        let Some(text) = literal.is_plain() else {
            self.report(diagnostics::hole_in_yaml(self.span(literal.range())));
            return None;
        };
        let lines = lines(&text, literal);
        Some(EntryKind::Pasted(Box::new(Pasted { span: self.span(literal.range()), text: Arc::from(&*text), lines })))
    }
}

/// Of each line of the text, where it begins in it and in the source. Escapes move what stands behind them in their line, no more.
fn lines(text: &str, literal: ast::StringLit<'_>) -> Vec<(u32, u32)> {
    let whole = literal.node().text();
    let (_, inner) = string::unquote(whole);
    let begin = literal.range().0 + string::open_len(whole) as u32;
    let mut sources = Vec::new();
    let mut at = 0;
    for line in inner.split_inclusive('\n') {
        sources.push((at, line.trim_end_matches(['\n', '\r'])));
        at += line.len() as u32;
    }
    // The line break behind the opening quotes is no part of the text.
    let skipped = usize::from(sources.len() > 1 && sources[0].1.trim().is_empty());
    let mut found = Vec::new();
    let mut start = 0;
    for (nth, line) in text.split_inclusive('\n').enumerate() {
        let plain = line.trim_end_matches('\n');
        if let Some((from, source)) = sources.get(nth + skipped) {
            let indent = if source.ends_with(plain) { source.len() - plain.len() } else { source.len() - source.trim_start().len() };
            found.push((start, begin + from + indent as u32));
        }
        start += line.len() as u32;
    }
    found
}

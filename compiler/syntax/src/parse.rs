//! From text to tree: lexer, grammar, build, in this order, and what each has to report.
//!
//! Invariant: there is a tree for every text, and its diagnostics stand in the order of the text.

use std::sync::Arc;

use diag::{Code, Diagnostic, FileId, Span, code};

use crate::{
    brackets::Imbalance,
    build, diagnostics, grammar,
    lexer::{self, LexFault, LexFaultKind},
    literal::{ip, number, string},
    parser::Parser,
    tree::{Fault, Tree},
};

/// A parsed file with what is wrong in it.
#[derive(Debug)]
pub struct Parse {
    /// The whole file, whatever is wrong in it.
    pub tree: Tree,
    /// In the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a file. Never fails; texts of 4 GiB and more are refused by the caller, who knows a much smaller limit.
pub fn parse(file: FileId, source: Arc<str>) -> Parse {
    let lexed = lexer::lex(&source);
    let mut found = Vec::new();
    bidi_controls(file, &source, &mut found);
    for fault in &lexed.faults {
        if found.len() >= diagnostics::COUNT_MAX {
            break;
        }
        lexical(file, &source, fault, &mut found);
    }
    let parsed = {
        let mut parser = Parser::new(&source, file, lexed, found);
        grammar::file(&mut parser);
        parser.into_parsed()
    };
    let mut diagnostics = parsed.diagnostics;
    settle(file, &source, &mut diagnostics, parsed.lexical, parsed.imbalance);
    let (mut tree, too_deep) = build::build(source, parsed.kinds, parsed.starts, &parsed.nodes);
    if let Some(token) = too_deep.and_then(|it| tree.token(it)) {
        let (start, end) = token.range();
        diagnostics.push(diagnostics::nesting_too_deep(Span::new(file, start, end), crate::parser::DEPTH_MAX));
    }
    diagnostics.sort_by_key(|it| it.primary.span);
    tree.note_faults(diagnostics.iter().map(fault).collect(), parsed.imbalance.is_some());
    Parse { tree, diagnostics }
}

/// Leaves of the grammar's findings, which stand behind the lexer's, those that do not follow from a string without end or a bracket without its
/// other.
fn settle(file: FileId, source: &str, found: &mut Vec<Diagnostic>, lexical: usize, imbalance: Option<Imbalance>) {
    let line_start = |at: u32| source[..at as usize].rfind('\n').map_or(0, |it| it as u32 + 1);
    let strings: Vec<(u32, u32)> =
        found[..lexical].iter().filter(|it| it.code == code::UNCLOSED_STRING).map(|it| (line_start(it.primary.span.start), it.primary.span.end)).collect();
    let broken =
        |it: &Diagnostic| strings.iter().any(|line| it.code != code::UNCLOSED_STRING && line.0 <= it.primary.span.start && it.primary.span.start <= line.1);
    let mut grammar = found.split_off(lexical);
    let deep = |it: &Diagnostic| it.code == code::NESTING_TOO_DEEP;
    let is_deep = grammar.iter().any(deep);
    found.retain(|it| !broken(it));
    // What follows a string without end is as little to be trusted as what follows a bracket without its other.
    let from = imbalance.map(|it| strings.first().map_or(it.start(), |line| line.0.min(it.start())));
    grammar.retain(|it| deep(it) || !broken(it) && from.is_none_or(|from| it.primary.span.end < line_start(from)));
    found.append(&mut grammar);
    if let Some(imbalance) = imbalance
        && strings.is_empty()
        && !is_deep
    {
        found.push(diagnostics::imbalance(file, source, imbalance));
    }
}

/// What a finding means for its surroundings: a wrong literal, key or URL leaves the form of its line as it is.
fn fault(found: &Diagnostic) -> Fault {
    const ALONE: [Code; 5] = [code::INVALID_LITERAL, code::INVALID_ESCAPE, code::INVALID_CHARACTER, code::UNQUOTED_KEY, code::UNQUOTED_URL];
    let span = found.primary.span;
    Fault { range: (span.start, span.end), alone: ALONE.contains(&found.code) }
}

/// Words what the lexer found; literals say themselves what is wrong with them.
fn lexical(file: FileId, source: &str, fault: &LexFault, found: &mut Vec<Diagnostic>) {
    let span = Span::new(file, fault.start, fault.end);
    let text = &source[fault.start as usize..fault.end as usize];
    match fault.what {
        LexFaultKind::UnclosedString => found.push(diagnostics::unclosed_string(span)),
        LexFaultKind::Conflict => found.push(diagnostics::conflict(span)),
        LexFaultKind::UnquotedUrl => found.push(diagnostics::unquoted_url(span, text)),
        LexFaultKind::NoNumber if text.split_once('-').is_some_and(|(a, b)| ip::Ip::parse(a).is_ok() && ip::Ip::parse(b).is_ok()) => {
            found.push(diagnostics::other_range(span, &text.replace('-', "..")));
        }
        LexFaultKind::NoNumber if text.contains('-') => found.push(diagnostics::number_with_hyphen(span, text)),
        LexFaultKind::NoNumber => found.push(diagnostics::unquoted_version(span, text)),
        LexFaultKind::NoToken => found.push(diagnostics::invalid_character(span, text)),
        LexFaultKind::SuspectNumber => suspect_number(span, text, found),
        LexFaultKind::SuspectAddress => {
            let fault = if text.contains('/') { ip::Cidr::parse(text).err() } else { ip::Ip::parse(text).err() };
            found.extend(fault.map(|it| diagnostics::invalid_address(span, text, &it)));
        }
        LexFaultKind::SuspectText => suspect_text(span, text, found),
    }
}

fn suspect_number(span: Span, text: &str, found: &mut Vec<Diagnostic>) {
    let Err(fault) = number::parse(text) else { return };
    let is_octal = text.len() > 1 && text.starts_with('0') && text.bytes().all(|it| matches!(it, b'0'..=b'7')) && text.bytes().any(|it| it != b'0');
    found.push(if is_octal { diagnostics::leading_zero(span, text) } else { diagnostics::invalid_number(span, text, &fault) });
}

/// A piece of string text, or a whole string with its quotes: they hold no backslash.
fn suspect_text(span: Span, text: &str, found: &mut Vec<Diagnostic>) {
    for fault in string::check(string::Style::default(), text) {
        let start = span.start + fault.at as u32;
        let escaped = text[fault.at + 1..].chars().next().filter(|it| !it.is_control());
        let end = start + 1 + escaped.map_or(0, |it| it.len_utf8() as u32);
        found.push(diagnostics::invalid_escape(Span::new(span.file, start, end), &fault, escaped.is_some_and(|it| it != 'u')));
    }
}

/// Controls that reorder text on the screen, wherever they stand (CVE-2021-42574).
fn bidi_controls(file: FileId, source: &str, found: &mut Vec<Diagnostic>) {
    if source.is_ascii() {
        return;
    }
    for (at, it) in source.char_indices() {
        if found.len() >= diagnostics::COUNT_MAX {
            return;
        }
        if matches!(it, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}') {
            let start = at as u32;
            found.push(diagnostics::bidi_control(Span::new(file, start, start + it.len_utf8() as u32), it));
        }
    }
}

//! The productions, a function each, named as in the grammar of the language; what several of them need stands here.
//!
//! Conventions: a function that takes its first token without looking is called only where that token stands. `opt_` functions may take nothing.
//! All others take at least one token or report what is missing.

mod entry;
mod expr;
mod fact;
mod foreign;
mod item;
mod name;
mod types;

pub(crate) use item::file;

use crate::{diagnostics, kind::SyntaxKind, parser::Parser};

/// `open { element sep } close`, the current token being `open`. Separators are `,` or a new line.
fn delimited(p: &mut Parser, open: SyntaxKind, close: SyntaxKind, what: &str, mut element: impl FnMut(&mut Parser)) {
    let opened = p.range();
    p.bump();
    p.open(open);
    let in_head = std::mem::replace(&mut p.in_head, false);
    while !at_end(p, close) {
        if p.at(SyntaxKind::Comma) {
            p.expected(what);
            p.bump_error();
            continue;
        }
        let before = p.position();
        element(p);
        if p.position() == before {
            unexpected(p, what);
        }
        if p.eat(SyntaxKind::Comma) || p.newline() || at_end(p, close) {
            continue;
        }
        missing_separator(p, open);
    }
    p.in_head = in_head;
    // The `}` of an outer bracket closes nothing here.
    let is_open = p.at_recovery();
    p.close(open);
    if is_open || !p.eat(close) {
        p.report_bracket(|p| diagnostics::unclosed(p.span(p.range()), p.span(opened), bracket_text(open), bracket_text(close)));
    }
}

/// What follows an element on its line: another one, where that is certain, else nothing that could be read.
fn missing_separator(p: &mut Parser, open: SyntaxKind) {
    let is_key = matches!(p.nth(1), SyntaxKind::Colon | SyntaxKind::LBrace);
    let is_element = match p.kind() {
        SyntaxKind::Word => is_key || (expr::at_entry_start(p) && !["then", "else"].contains(&p.text())),
        SyntaxKind::String | SyntaxKind::StringOpen | SyntaxKind::Number | SyntaxKind::Ip | SyntaxKind::Cidr => open != SyntaxKind::LBrace || is_key,
        _ => false,
    };
    if is_element {
        let end = p.last_end();
        return p.report(|p| diagnostics::missing_comma(p.span(p.range()), p.span((end, end)), p.text()));
    }
    p.expected("`,` or a new line");
    p.junk();
    p.eat(SyntaxKind::Comma);
}

fn at_end(p: &Parser, close: SyntaxKind) -> bool {
    // What follows a list of parameters shows that its `)` is missing.
    let is_behind = close == SyntaxKind::RParen && p.at(SyntaxKind::Arrow);
    p.at(close) || p.at(SyntaxKind::Eof) || p.at_any_close() || p.at_recovery() || is_behind
}

/// Takes what fits nowhere; at least one token.
fn unexpected(p: &mut Parser, what: &str) {
    let before = p.position();
    if p.at(SyntaxKind::Eof) {
        p.expected(what);
    }
    p.report(|p| diagnostics::expected(p.span(p.range()), what, p.text()));
    p.junk();
    if p.position() == before {
        p.bump_error();
    }
}

fn bracket_text(kind: SyntaxKind) -> &'static str {
    match kind {
        SyntaxKind::LBrace => "{",
        SyntaxKind::RBrace => "}",
        SyntaxKind::LBracket => "[",
        SyntaxKind::RBracket => "]",
        SyntaxKind::LParen => "(",
        _ => ")",
    }
}

/// Something in the head of a construct, where `{` begins the body.
fn in_head(p: &mut Parser, part: impl FnOnce(&mut Parser)) {
    let outer = std::mem::replace(&mut p.in_head, true);
    part(p);
    p.in_head = outer;
}

/// Whether the body of a head begins here: a `{` on its own line is taken all the same, with a message.
fn at_body(p: &mut Parser) -> bool {
    if !p.at(SyntaxKind::LBrace) {
        return false;
    }
    if p.newline() {
        own_line(p, |span, gap| diagnostics::head_on_two_lines(span, gap, "`{`"));
    }
    true
}

/// Reports that the current token belongs on the line above; `gap`, where only layout lies between.
fn own_line(p: &mut Parser, diagnostic: impl FnOnce(diag::Span, Option<diag::Span>) -> diag::Diagnostic) {
    p.report(|p| {
        let gap = (p.last_end(), p.range().0);
        let is_blank = p.source()[gap.0 as usize..gap.1 as usize].bytes().all(|it| it.is_ascii_whitespace());
        diagnostic(p.span(p.range()), is_blank.then(|| p.span(gap)))
    });
}

/// `then` or `else`: on its own line it is taken all the same, with a message.
fn continuation(p: &mut Parser, word: &str, behind_brace: bool) -> bool {
    if !p.at_word(word) {
        return false;
    }
    if p.newline() {
        own_line(p, |span, gap| diagnostics::continuation_on_own_line(span, gap, word, behind_brace));
    }
    p.bump_keyword();
    true
}

//! Forms of other languages, told by name and taken whole, so that one habit is one message: YAML, Helm, shells, other configuration languages.

use super::{entry, expr, item};
use crate::{diagnostics, kind::SyntaxKind, parser::Parser};

/// `{{ .. }}` of a template.
pub(super) fn opt_template(p: &mut Parser) -> bool {
    if !p.at(SyntaxKind::LBrace) || p.nth(1) != SyntaxKind::LBrace || !p.is_glued(1) {
        return false;
    }
    let (start, _) = p.range();
    let mark = p.start();
    p.report(|p| diagnostics::template(p.span((start, p.nth_range(1).1))));
    p.bump_balanced();
    p.forget_within((start + 2, p.last_end()));
    p.finish(mark, SyntaxKind::Error);
    true
}

/// What YAML has behind a key: a list or a block by indentation, a text behind `|`.
pub(super) fn opt_yaml(p: &mut Parser) -> bool {
    if !p.newline() {
        if !matches!(p.kind(), SyntaxKind::Pipe | SyntaxKind::Greater) {
            return false;
        }
        let mut ahead = 1;
        while !p.nth_newline(ahead) && matches!(p.nth(ahead), SyntaxKind::Minus | SyntaxKind::Plus) {
            ahead += 1;
        }
        let is_text = p.nth_newline(ahead) && p.nth(ahead) != SyntaxKind::Eof;
        return is_text && by_indentation(p, p.last_indent(), diagnostics::yaml_text);
    }
    let indent = p.last_indent();
    let column = p.column();
    if p.at(SyntaxKind::Minus) && column >= indent && !p.is_glued(1) {
        return by_indentation(p, indent, diagnostics::yaml_list);
    }
    let is_key = matches!(p.kind(), SyntaxKind::Word | SyntaxKind::String) && matches!(p.nth(1), SyntaxKind::Colon | SyntaxKind::Dot) && !p.nth_newline(1);
    column > indent && is_key && expr::at_entry_start(p) && by_indentation(p, indent, diagnostics::yaml_block)
}

/// Reports what stands here and takes all lines that are further in, or that begin with `-` as far out.
fn by_indentation(p: &mut Parser, indent: u32, diagnostic: fn(diag::Span) -> diag::Diagnostic) -> bool {
    // A block is wrong where its `:` stands.
    let (start, end) = if p.newline() && !p.at(SyntaxKind::Minus) { (p.last_end() - 1, p.last_end()) } else { p.range() };
    p.report(|p| diagnostic(p.span((start, end))));
    let mark = p.start();
    let mut first = true;
    while !p.at(SyntaxKind::Eof) && !p.at_any_close() {
        let inside = p.column() > indent || (p.at(SyntaxKind::Minus) && p.column() == indent);
        if p.newline() && !first && !inside {
            break;
        }
        first = false;
        p.bump_balanced();
    }
    p.forget_within((start + 1, p.last_end()));
    p.finish(mark, SyntaxKind::Error);
    true
}

/// `---` between documents.
pub(super) fn opt_document(p: &mut Parser) -> bool {
    let is_rule = p.at(SyntaxKind::Minus) && p.nth(1) == SyntaxKind::Minus && p.is_glued(1) && p.nth(2) == SyntaxKind::Minus && p.is_glued(2);
    if is_rule {
        let range = (p.range().0, p.nth_range(2).1);
        p.report(|p| diagnostics::yaml_document(p.span(range)));
        let mark = p.start();
        for _ in 0..3 {
            p.bump();
        }
        p.finish(mark, SyntaxKind::Error);
    }
    is_rule
}

/// `apiVersion: v1` at the top of a file: all lines up to the next declaration.
pub(super) fn opt_manifest(p: &mut Parser) -> bool {
    if p.nth(1) != SyntaxKind::Colon || p.nth_newline(1) || is_declaration(p) {
        return false;
    }
    p.report(|p| diagnostics::yaml_manifest(p.span(p.range()), p.text()));
    let (start, _) = p.range();
    let mark = p.start();
    while !p.at(SyntaxKind::Eof) {
        p.bump_balanced();
        let is_key = p.nth(1) == SyntaxKind::Colon && !p.nth_newline(1);
        if p.newline() && p.column() == 0 && p.at(SyntaxKind::Word) && !is_key {
            break;
        }
    }
    p.forget_within((start + 1, p.last_end()));
    p.finish(mark, SyntaxKind::Error);
    true
}

/// `app x: {`, `app x = {`, `app x() {`: what stands between a head and its block.
pub(super) fn opt_head_mark(p: &mut Parser) {
    let is_mark = matches!(p.kind(), SyntaxKind::Colon | SyntaxKind::Eq | SyntaxKind::ColonEq) && p.nth(1) == SyntaxKind::LBrace;
    let is_call = p.at(SyntaxKind::LParen) && p.nth(1) == SyntaxKind::RParen && p.nth(2) == SyntaxKind::LBrace;
    if p.newline() || !(is_mark || is_call) {
        return;
    }
    let range = (p.range().0, p.nth_range(usize::from(is_call)).1);
    p.report(|p| diagnostics::needless(p.span(range), &p.source()[range.0 as usize..range.1 as usize]));
    let mark = p.start();
    p.bump_balanced();
    p.finish(mark, SyntaxKind::Error);
}

/// `pool x in cluster.y`: another word for `on`.
pub(super) fn at_other_on(p: &mut Parser) -> bool {
    let found = ["in", "at", "of", "for", "from", "with"].iter().any(|it| p.at_head_word(it)) && p.nth(1) == SyntaxKind::Word && p.nth(2) == SyntaxKind::Dot;
    if found && !p.nth_newline(1) {
        p.report(|p| diagnostics::word_for_operator(p.span(p.range()), p.text(), "on"));
    }
    found && !p.nth_newline(1)
}

/// `namespace: net`, `app: dns {`: a declaration with a colon.
pub(super) fn opt_colon(p: &mut Parser) {
    if p.at_same_line(SyntaxKind::Colon) {
        p.report(|p| diagnostics::needless(p.span(p.range()), ":"));
        p.bump_error();
    }
}

/// Whether a colon between the words of a declaration is all that is wrong with it.
fn is_declaration(p: &Parser) -> bool {
    let is_name = matches!(p.nth(2), SyntaxKind::Word | SyntaxKind::String) && !p.nth_newline(2);
    let next_key = p.nth(4) == SyntaxKind::Colon || p.nth_column(3) > 0;
    is_name && (p.nth(3) == SyntaxKind::LBrace || p.nth(3) == SyntaxKind::Eof || (p.nth_newline(3) && !next_key))
}

/// `parms { a: Int = 1 }`: `params`, as its types show.
pub(super) fn at_params(p: &mut Parser) -> bool {
    let is_typed = p.nth(2) == SyntaxKind::Word && p.nth(3) == SyntaxKind::Colon && p.nth(4) == SyntaxKind::Word;
    let is_type = is_typed && p.nth_text(4).starts_with(|it: char| it.is_ascii_uppercase());
    let found = is_type && diag::nearest(p.text(), ["params"]).is_some();
    if found {
        p.report(|p| diagnostics::other_word(p.span(p.range()), "what an environment may set", "params"));
    }
    found
}

/// `var x = ..`, `def f(..)`: a declaration by another word.
pub(super) fn opt_declaration(p: &mut Parser) -> bool {
    if p.nth(1) != SyntaxKind::Word || p.nth_newline(1) || p.nth_newline(2) {
        return false;
    }
    match (p.text(), p.nth(2)) {
        ("var" | "const" | "val" | "local" | "def" | "define" | "static", SyntaxKind::Colon | SyntaxKind::Eq | SyntaxKind::ColonEq) => {
            p.report(|p| diagnostics::other_word(p.span(p.range()), "a constant", "let"));
            entry::binding(p);
        }
        ("def" | "func" | "function" | "fun", SyntaxKind::LParen) => {
            p.report(|p| diagnostics::other_word(p.span(p.range()), "a function", "fn"));
            item::function(p);
        }
        _ => return false,
    }
    true
}

/// `c ? a : b`, the current token being `?`.
pub(super) fn opt_ternary(p: &mut Parser) -> bool {
    if p.nth_newline(1) || !matches!(p.nth(1), SyntaxKind::String | SyntaxKind::StringOpen | SyntaxKind::Number | SyntaxKind::Word | SyntaxKind::LParen) {
        return false;
    }
    let mut ahead = 1;
    while !p.nth_newline(ahead) && !matches!(p.nth(ahead), SyntaxKind::Comma | SyntaxKind::LBrace | SyntaxKind::RBrace | SyntaxKind::FatArrow | SyntaxKind::Eof)
    {
        if p.nth(ahead) == SyntaxKind::Colon {
            p.report(|p| diagnostics::ternary(p.span(p.range())));
            p.junk();
            return true;
        }
        if p.nth_word(ahead, "then") || p.nth_word(ahead, "else") {
            return false;
        }
        ahead += 1;
    }
    false
}

/// `and`, `or` and `...` between operands as what they mean.
pub(super) fn operator(p: &mut Parser) -> Option<SyntaxKind> {
    if p.newline() || p.nth_newline(1) {
        return None;
    }
    if p.at(SyntaxKind::Ellipsis) {
        p.report(|p| diagnostics::other_range(p.span(p.range()), ".."));
        return Some(SyntaxKind::DotDot);
    }
    if p.at(SyntaxKind::Eq) && p.in_head {
        p.report(|p| diagnostics::word_for_operator(p.span(p.range()), "=", "=="));
        return Some(SyntaxKind::EqEq);
    }
    let starts = matches!(p.nth(1), SyntaxKind::Word | SyntaxKind::LParen | SyntaxKind::Bang | SyntaxKind::String | SyntaxKind::Number);
    if !p.at(SyntaxKind::Word) {
        return None;
    }
    let (kind, text) = match p.text() {
        "and" if starts => (SyntaxKind::AmpAmp, "&&"),
        "or" if starts => (SyntaxKind::PipePipe, "||"),
        _ => return None,
    };
    p.report(|p| diagnostics::word_for_operator(p.span(p.range()), p.text(), text));
    Some(kind)
}

/// `not x`.
pub(super) fn opt_not(p: &mut Parser) -> bool {
    let found = p.at_word("not") && !p.nth_newline(1) && matches!(p.nth(1), SyntaxKind::Word | SyntaxKind::LParen | SyntaxKind::Bang);
    if found {
        let range = (p.range().0, p.nth_range(1).0);
        p.report(|p| diagnostics::word_for_operator(p.span(range), "not", "!"));
        p.bump_error();
    }
    found
}

/// `{ a } else { b }` behind the condition of an expression.
pub(super) fn opt_braces(p: &mut Parser) -> bool {
    if !p.at_same_line(SyntaxKind::LBrace) {
        return false;
    }
    p.report(|p| diagnostics::braces_of_if(p.span(p.range())));
    let mark = p.start();
    p.bump_balanced();
    while p.at_word("else") && !p.newline() {
        p.bump();
        while !p.newline() && !p.at(SyntaxKind::LBrace) && !matches!(p.kind(), SyntaxKind::Comma | SyntaxKind::Eof) && !p.at_any_close() {
            p.bump();
        }
        if p.at_same_line(SyntaxKind::LBrace) {
            p.bump_balanced();
        }
    }
    p.finish(mark, SyntaxKind::Error);
    true
}

/// `env [ A: "x" ]`, `env ( A: "x" )`: a block in other brackets.
pub(super) fn opt_other_block(p: &mut Parser) -> bool {
    if p.newline() || !at_other_block(p) {
        return false;
    }
    p.report(|p| diagnostics::other_block(p.span(p.range()), p.text()));
    let mark = p.start();
    p.bump_balanced();
    p.finish(mark, SyntaxKind::Error);
    true
}

/// Whether the `[` here begins a list that lacks its `:`, not the index of a path: nothing of an entry follows it.
pub(super) fn at_list(p: &Parser) -> bool {
    if p.is_glued(0) {
        return false;
    }
    let (mut ahead, mut depth) = (0, 0_u32);
    loop {
        match p.nth(ahead) {
            SyntaxKind::LBracket | SyntaxKind::LParen | SyntaxKind::LBrace => depth += 1,
            SyntaxKind::RBracket | SyntaxKind::RParen | SyntaxKind::RBrace if depth > 1 => depth -= 1,
            SyntaxKind::RBracket => break,
            SyntaxKind::RParen | SyntaxKind::RBrace | SyntaxKind::Eof => return false,
            _ => {}
        }
        ahead += 1;
    }
    p.nth_newline(ahead + 1) || matches!(p.nth(ahead + 1), SyntaxKind::Comma | SyntaxKind::RBrace | SyntaxKind::Eof)
}

/// Whether a block in other brackets begins here.
pub(super) fn at_other_block(p: &Parser) -> bool {
    matches!(p.kind(), SyntaxKind::LBracket | SyntaxKind::LParen) && !p.is_glued(0) && p.nth(1) == SyntaxKind::Word && p.nth(2) == SyntaxKind::Colon
}

/// `nginx:1.27`, `ghcr.io/a/b:v1`: a text without quotes, the current word being its first.
pub(super) fn opt_bare_text(p: &mut Parser) -> bool {
    let mut ahead = 1;
    let (mut colon, mut slashes) = (false, 0);
    let part = |kind| {
        use SyntaxKind::*;
        matches!(kind, Word | Number | Ip | Bad | Dot | Slash | Minus | Colon)
    };
    while p.is_glued(ahead) && !p.nth_newline(ahead) && part(p.nth(ahead)) {
        colon |= p.nth(ahead) == SyntaxKind::Colon && p.is_glued(ahead + 1) && part(p.nth(ahead + 1));
        slashes += u32::from(p.nth(ahead) == SyntaxKind::Slash);
        ahead += 1;
    }
    if !colon && slashes < 2 {
        return false;
    }
    let (start, end) = (p.range().0, p.nth_range(ahead - 1).1);
    p.forget_within((start, end));
    // The quote behind it is one that was forgotten in front.
    let quoted = p.is_glued(ahead) && p.forget_quote(end);
    p.report(|p| diagnostics::bare_text(p.span((start, end + u32::from(quoted))), &p.source()[start as usize..end as usize]));
    let mark = p.start();
    for _ in 0..ahead {
        p.bump();
    }
    if quoted {
        p.bump_balanced();
    }
    p.finish(mark, SyntaxKind::Error);
    true
}

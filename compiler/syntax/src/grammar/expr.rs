//! Expressions and list elements.

use super::{at_body, continuation, delimited, entry, foreign, in_head, name, unexpected};
use crate::{
    diagnostics,
    kind::SyntaxKind,
    parser::{Mark, Parser},
};

/// `expr`
pub(super) fn expr(p: &mut Parser) {
    if !p.enter() {
        return;
    }
    if p.at(SyntaxKind::Word) && at_construct(p) {
        construct(p);
    } else {
        binary(p, 1);
    }
    p.leave();
}

/// Whether a word here begins a construct and is no variable.
fn at_construct(p: &Parser) -> bool {
    match p.text() {
        "if" | "match" => true,
        "all" | "any" => p.nth(1) == SyntaxKind::Word && !p.nth_newline(1),
        _ => false,
    }
}

fn construct(p: &mut Parser) {
    match p.text() {
        "if" => if_expr(p),
        "match" => match_expr(p),
        "all" => quantified(p, SyntaxKind::All),
        _ => quantified(p, SyntaxKind::Any),
    }
}

/// `"if" cond "then" expr "else" expr`
fn if_expr(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    cond(p);
    if continuation(p, "then", false) {
        expr(p);
    } else if foreign::opt_braces(p) {
        return p.finish(mark, SyntaxKind::IfExpr);
    } else {
        p.expected("`then`");
    }
    if continuation(p, "else", false) {
        expr(p);
    } else {
        p.expected("`else`");
    }
    p.finish(mark, SyntaxKind::IfExpr);
}

/// `cond = [ "let" WORD "=" ] expr`
pub(super) fn cond(p: &mut Parser) {
    let mark = p.start();
    if p.at_word("let") && p.nth(1) == SyntaxKind::Word && !p.nth_newline(1) {
        p.bump_keyword();
        p.leaf(SyntaxKind::Name);
        p.expect_same_line(SyntaxKind::Eq, "`=`");
    }
    in_head(p, expr);
    p.finish(mark, SyntaxKind::Cond);
}

/// `"match" expr "{" { pattern "=>" expr sep } "}"`
fn match_expr(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    in_head(p, expr);
    if at_body(p) {
        delimited(p, SyntaxKind::LBrace, SyntaxKind::RBrace, "a pattern", |p| {
            let mark = p.start();
            if pattern(p) {
                if p.expect_same_line(SyntaxKind::FatArrow, "`=>`") {
                    expr(p);
                }
                p.finish(mark, SyntaxKind::ExprArm);
            }
        });
    } else {
        p.expected("`{`");
    }
    p.finish(mark, SyntaxKind::MatchExpr);
}

/// `pattern = STRING | NUMBER | WORD [ WORD ]`
pub(super) fn pattern(p: &mut Parser) -> bool {
    let mark = p.start();
    match p.kind() {
        SyntaxKind::String | SyntaxKind::StringOpen => name::string(p),
        SyntaxKind::Number => p.bump(),
        SyntaxKind::Word => {
            p.leaf(SyntaxKind::Name);
            if p.at_same_line(SyntaxKind::Word) {
                p.leaf(SyntaxKind::Name);
            }
        }
        _ => {
            p.expected("a pattern");
            return false;
        }
    }
    p.finish(mark, SyntaxKind::Pattern);
    true
}

/// `( "all" | "any" ) WORD "in" expr [ "where" expr ] "=>" expr`
fn quantified(p: &mut Parser, kind: SyntaxKind) {
    let mark = p.start();
    p.bump_keyword();
    p.leaf(SyntaxKind::Name);
    if p.expect_keyword("in") {
        expr(p);
    }
    opt_where(p);
    body(p);
    p.finish(mark, kind);
}

/// `"where" expr`
pub(super) fn opt_where(p: &mut Parser) {
    if p.at_head_word("where") {
        let mark = p.start();
        p.bump_keyword();
        in_head(p, expr);
        p.finish(mark, SyntaxKind::WhereClause);
    }
}

/// `"=>" expr`
fn body(p: &mut Parser) {
    if p.expect_same_line(SyntaxKind::FatArrow, "`=>`") {
        expr(p);
    }
}

/// Binding power of a binary operator, and whether a line may begin with it. From loosest to tightest.
fn power(kind: SyntaxKind) -> Option<(u8, bool)> {
    Some(match kind {
        SyntaxKind::PipePipe => (1, true),
        SyntaxKind::AmpAmp => (2, true),
        SyntaxKind::EqEq | SyntaxKind::NotEq | SyntaxKind::Less | SyntaxKind::LessEq | SyntaxKind::Greater | SyntaxKind::GreaterEq => (3, false),
        SyntaxKind::QuestionQuestion => (4, true),
        SyntaxKind::DotDot => (5, false),
        SyntaxKind::Plus | SyntaxKind::Minus => (6, false),
        SyntaxKind::Star | SyntaxKind::Slash => (7, false),
        _ => return None,
    })
}

const CMP: u8 = 3;
const RANGE: u8 = 5;
const SUM: u8 = 6;

/// `sum`
pub(super) fn sum(p: &mut Parser) {
    binary(p, SUM);
}

/// The rest of an expression whose first operand begins at the mark and is complete.
pub(super) fn expr_from(p: &mut Parser, mark: Mark) {
    operators(p, mark, 1);
}

fn binary(p: &mut Parser, floor: u8) {
    let mark = p.start();
    unary(p);
    operators(p, mark, floor);
}

fn operators(p: &mut Parser, mark: Mark, floor: u8) {
    let mut last = 0;
    while let Some((power, may_begin_line)) = power(foreign::operator(p).unwrap_or(p.kind())) {
        if power < floor || (p.newline() && !may_begin_line) {
            return;
        }
        if power == last && (power == CMP || power == RANGE) {
            p.report(|p| diagnostics::operator_chain(p.span(p.range()), p.text()));
        }
        last = power;
        p.bump();

        binary(p, power + 1);
        p.finish(mark, SyntaxKind::Binary);
    }
}

/// `unary = { "!" | "-" } postfix`
fn unary(p: &mut Parser) {
    if !matches!(p.kind(), SyntaxKind::Bang | SyntaxKind::Minus) {
        foreign::opt_not(p);
        return postfix(p);
    }
    if !p.enter() {
        return;
    }
    let mark = p.start();
    p.bump();
    unary(p);
    p.finish(mark, SyntaxKind::Unary);
    p.leave();
}

/// `postfix = primary { ( "." | "?." ) name | "[" expr "]" | "(" [ arg { sep arg } ] ")" | "?" }`
pub(super) fn postfix(p: &mut Parser) {
    let mark = p.start();
    if !primary(p) {
        return;
    }
    loop {
        let kind = p.kind();
        if matches!(kind, SyntaxKind::Dot | SyntaxKind::QuestionDot) {
            p.bump();
            name::name_behind_dot(p);
            p.finish(mark, SyntaxKind::FieldExpr);
            continue;
        }
        if p.newline() {
            return;
        }
        match kind {
            SyntaxKind::LBracket => {
                bracketed(p, SyntaxKind::LBracket, SyntaxKind::RBracket);
                p.finish(mark, SyntaxKind::Index);
            }
            SyntaxKind::LParen => {
                delimited(p, SyntaxKind::LParen, SyntaxKind::RParen, "an argument", arg);
                p.finish(mark, SyntaxKind::CallExpr);
            }
            SyntaxKind::Question => {
                if foreign::opt_ternary(p) {
                    return;
                }
                p.bump();
                p.finish(mark, SyntaxKind::Presence);
            }
            _ => return,
        }
    }
}

/// `open expr close`, the current token being `open`.
pub(super) fn bracketed(p: &mut Parser, open: SyntaxKind, close: SyntaxKind) {
    let opened = p.range();
    p.bump();
    p.open(open);
    let in_head = std::mem::replace(&mut p.in_head, false);
    expr(p);
    if p.at_same_line(SyntaxKind::Eq) {
        p.report(|p| diagnostics::word_for_operator(p.span(p.range()), "=", "=="));
        p.bump_error();
        expr(p);
    }
    if !p.at(close) && !p.at_any_close() && !p.newline() && !p.at(SyntaxKind::Eof) {
        unexpected(p, if close == SyntaxKind::RParen { "`)`" } else { "`]`" });
    }
    p.in_head = in_head;
    p.close(open);
    if !p.eat(close) {
        let (open, close) = if close == SyntaxKind::RParen { ("(", ")") } else { ("[", "]") };
        p.report_bracket(|p| diagnostics::unclosed(p.span(p.range()), p.span(opened), open, close));
    }
}

/// `arg = [ WORD ":" ] expr`
pub(super) fn arg(p: &mut Parser) {
    let mark = p.start();
    if p.at(SyntaxKind::Word) && p.nth(1) == SyntaxKind::Colon && !p.nth_newline(1) {
        p.leaf(SyntaxKind::Name);
        p.bump();
    }
    expr(p);
    p.finish(mark, SyntaxKind::Arg);
}

/// `primary`
fn primary(p: &mut Parser) -> bool {
    match p.kind() {
        SyntaxKind::Word if at_next_entry(p) => {
            p.expected("a value");
            return false;
        }
        SyntaxKind::Word => word(p),
        SyntaxKind::String | SyntaxKind::StringOpen => name::string(p),
        SyntaxKind::Number => p.leaf(SyntaxKind::NumberLit),
        SyntaxKind::Ip => p.leaf(SyntaxKind::IpLit),
        SyntaxKind::Cidr => p.leaf(SyntaxKind::CidrLit),
        SyntaxKind::LBracket => {
            let mark = p.start();
            delimited(p, SyntaxKind::LBracket, SyntaxKind::RBracket, "an element", elem);
            p.finish(mark, SyntaxKind::List);
        }
        SyntaxKind::LParen => {
            let mark = p.start();
            bracketed(p, SyntaxKind::LParen, SyntaxKind::RParen);
            p.finish(mark, SyntaxKind::Paren);
        }
        SyntaxKind::LBrace if foreign::opt_template(p) => {}
        SyntaxKind::LBrace if !p.in_head => entry::block(p),
        SyntaxKind::LBrace if is_record_in_head(p) => record_in_head(p),
        SyntaxKind::Bad if !p.newline() => p.junk(),
        _ => {
            p.expected("an expression");
            return false;
        }
    }
    true
}

/// Whether `{ .. }` in a head is followed by another `{` on its line, so that it is a value and not the body. Looks at a few tokens only.
fn is_record_in_head(p: &Parser) -> bool {
    const FAR: usize = 128;
    let mut depth = 0;
    for ahead in 0..FAR {
        match p.nth(ahead) {
            SyntaxKind::LBrace => depth += 1,
            SyntaxKind::RBrace if depth == 1 => return p.nth(ahead + 1) == SyntaxKind::LBrace && !p.nth_newline(ahead + 1),
            SyntaxKind::RBrace => depth -= 1,
            SyntaxKind::Eof => return false,
            _ => {}
        }
    }
    false
}

/// `for k, v in { a: 1 } { .. }`: a record in a head stands in brackets.
fn record_in_head(p: &mut Parser) {
    let start = p.range().0;
    let at = p.range();
    entry::block(p);
    let end = p.last_end();
    let text = p.source().get(start as usize..end as usize).unwrap_or_default();
    p.report(|p| diagnostics::record_in_head(p.span(at), p.span((start, end)), text));
}

/// Whether an item or entry begins on this line, so that the operand of the line before is missing.
fn at_next_entry(p: &Parser) -> bool {
    const HEAD: [&str; 8] = ["then", "else", "where", "if", "expect", "as", "in", "on"];
    if !p.newline() || !at_entry_start(p) {
        return false;
    }
    let is_head = (p.in_head && p.nth(1) == SyntaxKind::LBrace) || HEAD.iter().any(|it| p.nth_word(1, it));
    !is_head
}

fn word(p: &mut Parser) {
    let is_construct = matches!(p.text(), "if" | "match") && matches!(p.nth(1), SyntaxKind::Word | SyntaxKind::Bang | SyntaxKind::String) && !p.nth_newline(1);
    if is_construct {
        p.report(|p| diagnostics::operand_needs_parens(p.span(p.range()), p.text()));
        return expr(p);
    }
    if !foreign::opt_bare_text(p) {
        p.leaf(SyntaxKind::WordExpr);
    }
}

/// `elem`
fn elem(p: &mut Parser) {
    if p.at(SyntaxKind::Ellipsis) {
        return spread(p);
    }
    if p.at_word("for") && p.nth(1) == SyntaxKind::Word && !p.nth_newline(1) {
        return for_elem(p);
    }
    if p.at_word("if") {
        return if_elem(p);
    }
    expr(p);
}

/// `"..." expr`
pub(super) fn spread(p: &mut Parser) {
    let mark = p.start();
    p.bump();
    expr(p);
    p.finish(mark, SyntaxKind::Spread);
}

/// `"for" WORD [ "," WORD ] "in" expr [ "if" expr ]`, without what follows.
pub(super) fn for_head(p: &mut Parser) {
    p.bump_keyword();
    name::word(p, "a name for the element");
    if p.at_same_line(SyntaxKind::Comma) {
        p.bump();
        name::word(p, "a name for the element");
    }
    if p.expect_keyword("in") {
        in_head(p, expr);
    }
    if p.eat_keyword("if") {
        in_head(p, expr);
    }
}

fn for_elem(p: &mut Parser) {
    let mark = p.start();
    for_head(p);
    body(p);
    p.finish(mark, SyntaxKind::ForElem);
}

/// `"if" cond ( "=>" expr | "then" expr "else" expr )`
fn if_elem(p: &mut Parser) {
    if !p.enter() {
        return;
    }
    let mark = p.start();
    p.bump_keyword();
    cond(p);
    if p.at_same_line(SyntaxKind::FatArrow) {
        body(p);
    } else if continuation(p, "then", false) {
        expr(p);
        if continuation(p, "else", false) {
            expr(p);
        } else {
            p.expected("`else`");
        }
    } else {
        p.expected("`=>` or `then`");
    }
    p.finish(mark, SyntaxKind::IfElem);
    p.leave();
}

/// Whether an entry begins here rather than a value: a path of words with something behind it that only entries have.
pub(super) fn at_entry_start(p: &Parser) -> bool {
    if p.at(SyntaxKind::RBrace) {
        return true;
    }
    if !matches!(p.kind(), SyntaxKind::Word | SyntaxKind::String) {
        return false;
    }
    let mut ahead = 1;
    while p.nth(ahead) == SyntaxKind::Dot && p.nth(ahead + 1) == SyntaxKind::Word && !p.nth_newline(ahead) {
        ahead += 2;
    }
    if p.nth_newline(ahead) {
        return false;
    }
    let is_construct = at_construct(p);
    match p.nth(ahead) {
        SyntaxKind::Colon | SyntaxKind::ColonEq | SyntaxKind::PlusEq | SyntaxKind::LBrace => true,
        SyntaxKind::Word | SyntaxKind::String => !is_construct,
        _ => false,
    }
}

/// A value behind `:`, `:=` or `+=`, which may stand on the next line unless an entry begins there.
pub(super) fn value(p: &mut Parser) {
    if foreign::opt_yaml(p) {
        return;
    }
    if p.newline() && at_entry_start(p) {
        return p.expected("a value");
    }
    expr(p);
}

//! Types, parameters and fields.

use super::{at_body, delimited, expr, name};
use crate::{diagnostics, kind::SyntaxKind, parser::Parser};

/// `type = tatom { "|" tatom } [ "?" ]`
pub(super) fn ty(p: &mut Parser) {
    if !p.enter() {
        return;
    }
    let mark = p.start();
    tatom(p);
    while p.at_same_line(SyntaxKind::Pipe) {
        p.bump();
        tatom(p);
    }
    if p.at_same_line(SyntaxKind::Question) {
        p.bump();
    }
    p.finish(mark, SyntaxKind::Type);
    p.leave();
}

fn tatom(p: &mut Parser) {
    match p.kind() {
        // A kind in quotes is told from an enum value by its refinement or arguments only; a type is rarely written so.
        SyntaxKind::String | SyntaxKind::StringOpen => name::string(p),
        SyntaxKind::LBrace => fields(p),
        SyntaxKind::LParen => {
            let mark = p.start();
            let opened = p.range();
            p.bump();
            p.open(SyntaxKind::LParen);
            ty(p);
            p.close(SyntaxKind::LParen);
            close_paren(p, opened);
            p.finish(mark, SyntaxKind::TypeParen);
        }
        SyntaxKind::Word if at_one_of(p) => {
            let mark = p.start();
            p.bump_keyword();
            p.bump_keyword();
            expect_fields(p);
            p.finish(mark, SyntaxKind::TypeOneOf);
        }
        SyntaxKind::Word => type_name(p),
        _ => p.expected("a type"),
    }
}

fn close_paren(p: &mut Parser, opened: (u32, u32)) {
    if !p.eat(SyntaxKind::RParen) {
        p.report_bracket(|p| diagnostics::unclosed(p.span(p.range()), p.span(opened), "(", ")"));
    }
}

fn at_one_of(p: &Parser) -> bool {
    p.at_word("one") && p.nth_word(1, "of") && !p.nth_newline(1)
}

fn type_name(p: &mut Parser) {
    let mark = p.start();
    name::gvk(p);
    if p.at_same_line(SyntaxKind::Less) {
        p.bump();
        ty(p);
        while p.eat(SyntaxKind::Comma) {
            ty(p);
        }
        p.expect(SyntaxKind::Greater, "`>`");
    }
    if p.at_same_line(SyntaxKind::LParen) {
        refine(p);
    }
    p.finish(mark, SyntaxKind::TypeName);
}

/// `refine = "(" ( [ sum ] ".." [ sum ] | arg { sep arg } ) ")"`
fn refine(p: &mut Parser) {
    let mark = p.start();
    delimited(p, SyntaxKind::LParen, SyntaxKind::RParen, "a range or an argument", refine_arg);
    p.finish(mark, SyntaxKind::Refine);
}

fn refine_arg(p: &mut Parser) {
    if p.at(SyntaxKind::Word) && p.nth(1) == SyntaxKind::Colon {
        return expr::arg(p);
    }
    let mark = p.start();
    if !p.at(SyntaxKind::DotDot) {
        expr::sum(p);
    }
    if !p.at_same_line(SyntaxKind::DotDot) {
        expr::expr_from(p, mark);
        return p.finish(mark, SyntaxKind::Arg);
    }
    p.bump();
    if !p.at(SyntaxKind::RParen) {
        expr::sum(p);
    }
    p.finish(mark, SyntaxKind::RefineRange);
}

/// `fields = "{" { field sep } "}"`, the current token being `{`.
pub(super) fn fields(p: &mut Parser) {
    if !p.enter() {
        return;
    }
    let mark = p.start();
    delimited(p, SyntaxKind::LBrace, SyntaxKind::RBrace, "a field", field);
    p.finish(mark, SyntaxKind::Fields);
    p.leave();
}

fn expect_fields(p: &mut Parser) {
    if at_body(p) {
        fields(p);
    } else {
        p.expected("`{`");
    }
}

/// `field = [ "param" | "final" ] param | "one" "of" fields`
pub(super) fn field(p: &mut Parser) {
    let mark = p.start();
    if at_one_of(p) {
        p.bump_keyword();
        p.bump_keyword();
        expect_fields(p);
        return p.finish(mark, SyntaxKind::OneOfField);
    }
    let is_modifier = p.nth(1) == SyntaxKind::Word && !p.nth_newline(1);
    if is_modifier && (p.at_word("param") || p.at_word("final")) {
        p.bump_keyword();
    }
    param(p);
    p.finish(mark, SyntaxKind::Field);
}

/// `param = [ doc ] WORD ":" type [ "=" expr ]`
pub(super) fn param(p: &mut Parser) {
    if !p.at(SyntaxKind::Word) {
        return p.expected("a name and its type");
    }
    let mark = p.start();
    p.leaf(SyntaxKind::Name);
    typed(p);
    if p.at_same_line(SyntaxKind::Eq) {
        p.bump();
        expr::expr(p);
    }
    p.finish(mark, SyntaxKind::Param);
}

/// `":" type`; a type without its colon is taken all the same.
fn typed(p: &mut Parser) {
    if p.at_same_line(SyntaxKind::Colon) {
        p.bump();
        value_type(p);
    } else {
        type_without_colon(p);
    }
}

/// Behind a name: what is missing, and a type where one stands all the same.
pub(super) fn type_without_colon(p: &mut Parser) {
    if p.at_same_line(SyntaxKind::Eq) {
        return equals_for_type(p);
    }
    if !p.at_same_line(SyntaxKind::Word) {
        return p.expected("`:` and a type");
    }
    if p.nth(1) == SyntaxKind::Colon && !p.nth_newline(1) {
        // Two words in front of the colon.
        p.expected("`:` and a type");
        p.bump_error();
        p.bump();
        return value_type(p);
    }
    let end = p.last_end();
    p.report(|p| diagnostics::missing_colon(p.span((end, end))));
    ty(p);
}

/// `domain = Hostname` or `domain = "x"`.
fn equals_for_type(p: &mut Parser) {
    let is_type = p.nth(1) == SyntaxKind::Word && !p.nth_newline(1) && p.nth_text(1).starts_with(|it: char| it.is_ascii_uppercase());
    if is_type {
        p.report(|p| diagnostics::missing_colon(p.span(p.range())));
        p.bump_error();
        return ty(p);
    }
    p.report(|p| diagnostics::missing_type(p.span(p.range())));
}

/// A type behind `:`, which may stand on the next line unless another field begins there.
pub(super) fn value_type(p: &mut Parser) {
    if p.newline() && expr::at_entry_start(p) {
        return p.expected("a type behind `:`");
    }
    ty(p);
}

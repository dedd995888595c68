//! Facts of `schema`.

use super::{delimited, expr, name, types};
use crate::{kind::SyntaxKind, parser::Parser};

const WORDS: [&str; 6] = ["ref", "keys", "provides", "immutable", "one", "type"];

/// `fact`
pub(super) fn fact(p: &mut Parser) {
    let mark = p.start();
    let text = if p.at(SyntaxKind::Word) { p.text() } else { "" };
    if !WORDS.contains(&text) {
        return p.expected("a fact: `ref`, `keys`, `provides`, `immutable`, `one of` or `type`");
    }
    p.bump_keyword();
    let kind = match text {
        "ref" => reference(p),
        "keys" => keys(p),
        "provides" => provides(p),
        "immutable" => {
            name::gpath(p);
            SyntaxKind::FactImmutable
        }
        "one" => one_of(p),
        _ => field_type(p),
    };
    p.finish(mark, kind);
}

/// `"ref" gpath "->" gvk [ "in" gpath ]`
fn reference(p: &mut Parser) -> SyntaxKind {
    name::gpath(p);
    p.expect_same_line(SyntaxKind::Arrow, "`->`");
    name::gvk(p);
    opt_namespace(p);
    SyntaxKind::FactRef
}

fn opt_namespace(p: &mut Parser) {
    if p.eat_keyword("in") {
        name::gpath(p);
    }
}

/// `"keys" gpath "by" WORD { "," WORD } [ "alias" WORD ]`
fn keys(p: &mut Parser) -> SyntaxKind {
    name::gpath(p);
    p.expect_keyword("by");
    name::word(p, "a field of the key");
    // A fact's word behind the comma begins the next fact.
    while p.at_same_line(SyntaxKind::Comma) && p.nth(1) == SyntaxKind::Word && !WORDS.contains(&p.nth_text(1)) {
        p.bump();
        p.leaf(SyntaxKind::Name);
    }
    if p.eat_keyword("alias") {
        name::word(p, "a field behind `alias`");
    }
    SyntaxKind::FactKeys
}

/// `"provides" gvk "at" gpath [ "in" gpath ] [ "when" expr ]`
fn provides(p: &mut Parser) -> SyntaxKind {
    name::gvk(p);
    p.expect_keyword("at");
    name::gpath(p);
    opt_namespace(p);
    if p.at_head_word("when") {
        let mark = p.start();
        p.bump_keyword();
        expr::expr(p);
        p.finish(mark, SyntaxKind::WhereClause);
    }
    SyntaxKind::FactProvides
}

/// `"one" "of" gpath "{" WORD { "," WORD } "}"`
fn one_of(p: &mut Parser) -> SyntaxKind {
    p.expect_keyword("of");
    name::gpath(p);
    if p.at_same_line(SyntaxKind::LBrace) {
        delimited(p, SyntaxKind::LBrace, SyntaxKind::RBrace, "a field", |p| {
            if p.at(SyntaxKind::Word) {
                p.leaf(SyntaxKind::Name);
            }
        });
    } else {
        p.expected("`{`");
    }
    SyntaxKind::FactOneOf
}

/// `"type" gpath "=" type`
fn field_type(p: &mut Parser) -> SyntaxKind {
    name::gpath(p);
    if p.expect_same_line(SyntaxKind::Eq, "`=` and a type") {
        types::ty(p);
    }
    SyntaxKind::FactType
}

//! Items of a file.

use super::{at_body, delimited, entry, expr, fact, foreign, name, own_line, types, unexpected};
use crate::{diagnostics, kind::SyntaxKind, parser::Parser};

/// `file = { [ doc ] item }`
pub(crate) fn file(p: &mut Parser) {
    while !p.at(SyntaxKind::Eof) {
        let before = p.position();
        item(p);
        if p.position() == before {
            junk_between_items(p);
        }
        if !p.newline() && !p.at(SyntaxKind::Word) {
            junk_between_items(p);
        }
    }
}

fn junk_between_items(p: &mut Parser) {
    match p.kind() {
        SyntaxKind::RBrace => p.report_bracket(|p| diagnostics::unopened(p.span(p.range()), "}")),
        SyntaxKind::RBracket => p.report_bracket(|p| diagnostics::unopened(p.span(p.range()), "]")),
        SyntaxKind::RParen => p.report_bracket(|p| diagnostics::unopened(p.span(p.range()), ")")),
        _ => {}
    }
    unexpected(p, "an item");
}

fn item(p: &mut Parser) {
    if !p.at(SyntaxKind::Word) {
        foreign::opt_document(p);
        return;
    }
    if foreign::opt_manifest(p) {
        return;
    }
    let next = if p.nth_newline(1) { SyntaxKind::Eof } else { p.nth(1) };
    let is_word = next == SyntaxKind::Word;
    let is_string = matches!(next, SyntaxKind::String | SyntaxKind::StringOpen);
    match p.text() {
        "use" if is_word => import(p),
        "let" if !is_string => entry::binding(p),
        "fn" if !is_string => function(p),
        "type" if !is_string => type_decl(p),
        "kind" if !is_string => kind(p),
        "trait" if !is_string => trait_decl(p),
        "schema" if is_word || is_string => schema(p),
        "settings" if p.nth(1) == SyntaxKind::LBrace => settings(p),
        "check" if is_string => check(p),
        "test" if is_string => test(p),
        _ if foreign::opt_declaration(p) => {}
        _ if at_misplaced_entry(p) => misplaced_entry(p),
        _ => decl(p),
    }
}

/// Whether the keyword of an entry stands here, in a form that no declaration has.
fn at_misplaced_entry(p: &Parser) -> bool {
    const WORDS: [&str; 13] = ["add", "remove", "with", "object", "patch", "each", "extern", "include", "for", "if", "match", "allow", "final"];
    let is_decl = p.nth(2) == SyntaxKind::LBrace || p.nth(2) == SyntaxKind::Eof || p.nth_newline(2) || p.nth_word(2, "on") || p.nth_word(2, "over");
    WORDS.contains(&p.text()) && !p.nth_newline(1) && !is_decl
}

fn misplaced_entry(p: &mut Parser) {
    p.report(|p| diagnostics::entry_outside(p.span(p.range()), p.text()));
    let mark = p.start();
    if !entry::opt_keyword_entry(p) {
        return decl(p);
    }
    p.finish(mark, SyntaxKind::Error);
}

/// `use = "use" WORD { "." WORD } "." "{" WORD { sep WORD } "}"`
fn import(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    let module = p.start();
    p.leaf(SyntaxKind::Name);
    while p.at_same_line(SyntaxKind::Dot) && p.nth(1) == SyntaxKind::Word && !p.nth_newline(1) {
        p.bump();
        p.leaf(SyntaxKind::Name);
    }
    p.finish(module, SyntaxKind::ModulePath);
    p.expect_same_line(SyntaxKind::Dot, "`.{` and names");
    if at_body(p) {
        delimited(p, SyntaxKind::LBrace, SyntaxKind::RBrace, "a name", |p| {
            if p.at(SyntaxKind::Word) {
                p.leaf(SyntaxKind::Name);
            }
        });
    } else {
        p.expected("`{` and names");
        if !p.newline() {
            p.junk();
        }
    }
    p.finish(mark, SyntaxKind::Use);
}

/// `"(" [ param { sep param } ] ")"`
fn params(p: &mut Parser) {
    if p.at_same_line(SyntaxKind::LParen) {
        delimited(p, SyntaxKind::LParen, SyntaxKind::RParen, "a parameter", types::param);
    } else {
        p.expected("`(`");
    }
}

/// `fn = "fn" WORD "(" [ param { sep param } ] ")" "->" type "=" expr`
pub(super) fn function(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    name::word(p, "the function's name");
    params(p);
    if p.expect_same_line(SyntaxKind::Arrow, "`->` and a type") {
        types::ty(p);
    }
    value(p);
    p.finish(mark, SyntaxKind::Fn);
}

/// `"=" expr`
fn value(p: &mut Parser) {
    if p.expect_same_line(SyntaxKind::Eq, "`=` and a value") {
        expr::expr(p);
    }
}

/// `type-d = "type" WORD ( "=" ( type | "kinds" kinds ) | fields )`
fn type_decl(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    name::word(p, "the type's name");
    if at_body(p) {
        types::fields(p);
    } else if p.expect_same_line(SyntaxKind::Eq, "`=` or `{`") {
        // `kinds` alone may be a type of that name.
        if p.at_word("kinds") && matches!(p.nth(1), SyntaxKind::Word | SyntaxKind::String) && !p.nth_newline(1) {
            p.bump_keyword();
            name::kinds(p);
        } else {
            types::ty(p);
        }
    }
    p.finish(mark, SyntaxKind::TypeDecl);
}

/// `kind = "kind" WORD [ "ambient" | "static" ] "{" { ( field | lower ) sep } "}"`
fn kind(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    name::word(p, "the kind's name");
    if !p.eat_keyword("ambient") {
        p.eat_keyword("static");
    }
    if at_body(p) {
        delimited(p, SyntaxKind::LBrace, SyntaxKind::RBrace, "a field or `lower`", |p| {
            if p.at_word("lower") && p.nth(1) == SyntaxKind::LParen { lower(p) } else { types::field(p) }
        });
    } else {
        p.expected("`{`");
    }
    p.finish(mark, SyntaxKind::Kind);
}

/// `lower = "lower" "(" WORD ")" block`
fn lower(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    p.bump();
    name::word(p, "a name for the instance");
    p.expect_same_line(SyntaxKind::RParen, "`)`");
    block(p);
    p.finish(mark, SyntaxKind::Lower);
}

fn block(p: &mut Parser) {
    if !entry::opt_block(p) {
        p.expected("`{`");
    }
}

/// `trait = "trait" WORD "(" [ param { sep param } ] ")" "on" [ WORD ":" ] kinds block`
fn trait_decl(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    name::word(p, "the trait's name");
    params(p);
    if p.expect_keyword("on") {
        if p.at(SyntaxKind::Word) && p.nth(1) == SyntaxKind::Colon {
            p.leaf(SyntaxKind::Name);
            p.bump();
        }
        name::kinds(p);
    }
    block(p);
    p.finish(mark, SyntaxKind::Trait);
}

/// `schema = "schema" gvk "{" { fact sep } "}"`
fn schema(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    name::gvk(p);
    if at_body(p) {
        delimited(p, SyntaxKind::LBrace, SyntaxKind::RBrace, "a fact", fact::fact);
    } else {
        p.expected("`{`");
    }
    p.finish(mark, SyntaxKind::Schema);
}

/// `settings = "settings" "{" { param sep } "}"`
fn settings(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    at_body(p);
    delimited(p, SyntaxKind::LBrace, SyntaxKind::RBrace, "a setting and its type", types::param);
    p.finish(mark, SyntaxKind::Settings);
}

/// `check = "check" STRING [ "for" postfix ] "=" expr`
fn check(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    name::string(p);
    opt_clause(p, "for");
    value(p);
    p.finish(mark, SyntaxKind::Check);
}

/// `test = "test" STRING "=" expr`
fn test(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    name::string(p);
    value(p);
    p.finish(mark, SyntaxKind::Test);
}

fn opt_clause(p: &mut Parser, word: &str) -> bool {
    let below = p.newline() && p.at_word(word) && p.nth(1) == SyntaxKind::Word && p.nth(2) == SyntaxKind::Dot && !p.nth_newline(1);
    if below {
        own_line(p, |span, gap| diagnostics::head_on_two_lines(span, gap, &format!("`{word}`")));
    }
    let found = below || p.at_head_word(word);
    if found {
        clause(p);
    }
    found
}

/// The current word and what it names.
fn clause(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    if p.at_same_line(SyntaxKind::Colon) {
        p.report(|p| diagnostics::needless(p.span(p.range()), p.text()));
        p.bump_error();
    }
    super::in_head(p, expr::postfix);
    p.finish(mark, SyntaxKind::OnClause);
}

/// `decl = WORD name [ ( "on" | "over" ) postfix ] [ block ]`
fn decl(p: &mut Parser) {
    let mark = p.start();
    p.leaf(SyntaxKind::Name);
    foreign::opt_colon(p);
    if at_name_below(p) {
        name::name_below(p);
    } else {
        name::name(p, "a name");
    }
    foreign::opt_head_mark(p);
    if !opt_clause(p, "on") && !opt_clause(p, "over") && foreign::at_other_on(p) {
        clause(p);
    }
    if at_body(p) {
        entry::decl_block(p);
    }
    p.finish(mark, SyntaxKind::Decl);
}

/// Whether a line begins with the NAME of the declaration above: alone or with its body it is none itself.
fn at_name_below(p: &Parser) -> bool {
    let ends = p.nth_newline(1) || p.nth(1) == SyntaxKind::Eof || p.nth(1) == SyntaxKind::LBrace || p.nth_word(1, "on") || p.nth_word(1, "over");
    p.newline() && matches!(p.kind(), SyntaxKind::Word | SyntaxKind::String) && ends && !p.at_word("settings")
}

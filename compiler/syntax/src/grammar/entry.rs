//! Entries of blocks.

use super::{at_body, continuation, delimited, expr, foreign, in_head, name, types};
use crate::{diagnostics, kind::SyntaxKind, parser::Parser};

/// `block = "{" { entry sep } "}"`, the current token being `{`.
pub(super) fn block(p: &mut Parser) {
    block_of(p, entry);
}

/// The block of a declaration, in which `params { .. }` is no path.
pub(super) fn decl_block(p: &mut Parser) {
    block_of(p, |p| {
        if p.nth(1) == SyntaxKind::LBrace && (p.at_word("params") || foreign::at_params(p)) {
            let mark = p.start();
            p.bump_keyword();
            at_body(p);
            delimited(p, SyntaxKind::LBrace, SyntaxKind::RBrace, "a parameter", types::param);
            return p.finish(mark, SyntaxKind::Params);
        }
        entry(p);
    });
}

fn block_of(p: &mut Parser, entry: fn(&mut Parser)) {
    if !p.enter() {
        return;
    }
    let mark = p.start();
    delimited(p, SyntaxKind::LBrace, SyntaxKind::RBrace, "an entry", entry);
    p.finish(mark, SyntaxKind::Block);
    p.leave();
}

pub(super) fn opt_block(p: &mut Parser) -> bool {
    let found = at_body(p);
    if found {
        block(p);
    }
    found
}

fn expect_block(p: &mut Parser) {
    if !opt_block(p) {
        p.expected("`{`");
    }
}

/// `entry`
pub(super) fn entry(p: &mut Parser) {
    match p.kind() {
        SyntaxKind::Word => {
            if opt_keyword_entry(p) {
                return;
            }
            set(p);
        }
        SyntaxKind::String | SyntaxKind::StringOpen => set(p),
        SyntaxKind::Ellipsis => expr::spread(p),
        SyntaxKind::Number => number_key(p),
        SyntaxKind::LBrace => {
            foreign::opt_template(p);
        }
        SyntaxKind::Minus => {
            foreign::opt_document(p);
        }
        _ => {}
    }
}

/// The entry of a keyword, unless the word starts a path.
pub(super) fn opt_keyword_entry(p: &mut Parser) -> bool {
    let starts_path = matches!(
        p.nth(1),
        SyntaxKind::Colon | SyntaxKind::ColonEq | SyntaxKind::PlusEq | SyntaxKind::Dot | SyntaxKind::LBracket | SyntaxKind::LBrace | SyntaxKind::Eq
    );
    if starts_path && !p.nth_newline(1) {
        return false;
    }
    match p.text() {
        "final" => {
            let mark = p.start();
            p.bump_keyword();
            set_from(p, mark);
        }
        "add" => add(p),
        "remove" => remove(p),
        "with" => with(p),
        "object" => object(p),
        "patch" => patch(p),
        "each" => each(p),
        "extern" => external(p),
        "include" => include(p),
        "for" => for_entry(p),
        "if" => if_entry(p),
        "match" => match_entry(p),
        "let" => binding(p),
        "allow" => allow(p),
        _ => return false,
    }
    true
}

/// `set = path [ name [ "as" postfix ] ] [ tail ]`
fn set(p: &mut Parser) {
    let mark = p.start();
    set_from(p, mark);
}

fn set_from(p: &mut Parser, mark: crate::parser::Mark) {
    let path_start = p.position();
    if opt_path(p) {
        let start = p.position();
        let named = name::opt_name(p) || opt_name_below(p, start - path_start);
        if named {
            opt_as(p);
        }
        if !opt_tail(p) && (!named || at_value(p)) {
            missing_tail(p, start);
        }
    }
    p.finish(mark, SyntaxKind::Set);
}

/// `app` and `dns` on two lines, of which the second alone is no entry either.
fn opt_name_below(p: &mut Parser, path: usize) -> bool {
    let is_alone = p.nth_newline(1) || matches!(p.nth(1), SyntaxKind::RBrace | SyntaxKind::Comma | SyntaxKind::Eof);
    let found = path == 1 && is_alone && p.newline() && matches!(p.kind(), SyntaxKind::Word | SyntaxKind::String);
    if found {
        name::name_below(p);
    }
    found
}

fn opt_path(p: &mut Parser) -> bool {
    let found = matches!(p.kind(), SyntaxKind::Word | SyntaxKind::String | SyntaxKind::StringOpen);
    if found {
        name::path(p);
    } else {
        p.expected("a path");
    }
    found
}

/// `"as" postfix`
fn opt_as(p: &mut Parser) {
    if p.at_head_word("as") {
        let mark = p.start();
        p.bump_keyword();
        expr::postfix(p);
        p.finish(mark, SyntaxKind::AsClause);
    }
}

/// `tail = ( ":" | ":=" | "+=" ) expr | block`
fn opt_tail(p: &mut Parser) -> bool {
    if opt_block(p) || foreign::opt_other_block(p) {
        return true;
    }
    if p.newline() {
        return false;
    }
    match p.kind() {
        SyntaxKind::Colon | SyntaxKind::ColonEq | SyntaxKind::PlusEq => {
            p.bump();
            expr::value(p);
        }
        SyntaxKind::Eq | SyntaxKind::FatArrow | SyntaxKind::Arrow => {
            p.report(|p| diagnostics::equals_for_colon(p.span(p.range()), p.text()));
            p.bump_error();
            expr::value(p);
        }
        _ => return false,
    }
    true
}

/// Whether a value stands here that no name and no block can begin with.
fn at_value(p: &Parser) -> bool {
    !p.newline() && matches!(p.kind(), SyntaxKind::Number | SyntaxKind::Ip | SyntaxKind::Cidr | SyntaxKind::LBracket | SyntaxKind::Minus)
}

fn missing_tail(p: &mut Parser, path_end: usize) {
    let ends_here = p.newline() || matches!(p.kind(), SyntaxKind::Comma | SyntaxKind::RBrace | SyntaxKind::Eof);
    if p.at_same_line(SyntaxKind::Number) && p.nth(1) == SyntaxKind::LBrace {
        p.report(|p| diagnostics::unquoted_key(p.span(p.range()), p.text()));
        p.bump_error();
        opt_tail(p);
        return;
    }
    if p.at_same_line(SyntaxKind::Slash) && p.nth(1) == SyntaxKind::Word && p.is_glued(1) {
        name::unquoted_path(p);
        opt_tail(p);
        return;
    }
    if at_value(p) {
        let at = (p.last_end(), p.last_end());
        p.report(|p| diagnostics::missing_entry_colon(p.span(p.range()), p.span(at), p.text()));
        return expr::expr(p);
    }
    if !ends_here || p.position() != path_end {
        return p.expected("`:`, a name or a block");
    }
    let end = p.last_end();
    p.report(|p| {
        let line_start = p.source()[..end as usize].rfind(['\n', '{', ',']).map_or(0, |it| it + 1);
        let path = p.source()[line_start..end as usize].trim();
        diagnostics::entry_without_value(p.span((end, end)), path)
    });
}

/// `8080: x`: a key that begins with a digit.
fn number_key(p: &mut Parser) {
    if !matches!(p.nth(1), SyntaxKind::Colon | SyntaxKind::ColonEq | SyntaxKind::PlusEq | SyntaxKind::LBrace) {
        return;
    }
    let mark = p.start();
    p.report(|p| diagnostics::unquoted_key(p.span(p.range()), p.text()));
    p.bump_error();
    opt_tail(p);
    p.finish(mark, SyntaxKind::Set);
}

/// `add = "add" path name [ "first" | "last" | ( "before" | "after" ) name ] tail`
fn add(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    if opt_path(p) && name::name(p, "the key of the new element") {
        opt_position(p);
        if !opt_tail(p) {
            p.expected("`:` or a block");
        }
    }
    p.finish(mark, SyntaxKind::Add);
}

fn opt_position(p: &mut Parser) {
    let mark = p.start();
    if p.eat_keyword("before") || p.eat_keyword("after") {
        name::name(p, "the key of an element");
    } else if !p.eat_keyword("first") {
        p.eat_keyword("last");
    }
    p.finish(mark, SyntaxKind::Position);
}

/// `remove = "remove" path [ name ]`
fn remove(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    if p.newline() || !opt_path(p) {
        p.expected("a path");
    } else {
        name::opt_name(p);
    }
    p.finish(mark, SyntaxKind::Remove);
}

/// `with = "with" call { "," call }`
fn with(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    call(p);
    // The one place that looks at a third token: no entry begins with a word and `(`.
    while p.at(SyntaxKind::Comma) && p.nth(1) == SyntaxKind::Word && p.nth(2) == SyntaxKind::LParen && !p.nth_newline(2) {
        p.bump();
        call(p);
    }
    p.finish(mark, SyntaxKind::With);
}

/// `call = WORD "(" [ arg { sep arg } ] ")"`
fn call(p: &mut Parser) {
    if !p.at(SyntaxKind::Word) {
        return p.expected("a trait");
    }
    let mark = p.start();
    p.leaf(SyntaxKind::Name);
    if p.at_same_line(SyntaxKind::LParen) {
        delimited(p, SyntaxKind::LParen, SyntaxKind::RParen, "an argument", expr::arg);
    } else {
        p.expected("`(`");
    }
    p.finish(mark, SyntaxKind::Call);
}

/// `object = "object" ( "yaml" STRING | [ "untyped" ] gvk name [ "in" name ] [ "as" postfix ] block )`
fn object(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    if p.at_head_word("yaml") && matches!(p.nth(1), SyntaxKind::String | SyntaxKind::StringOpen) {
        p.bump_keyword();
        name::string(p);
        return p.finish(mark, SyntaxKind::Object);
    }
    if matches!(p.nth(1), SyntaxKind::Word | SyntaxKind::String | SyntaxKind::StringOpen) && p.nth(2) != SyntaxKind::LBrace {
        p.eat_keyword("untyped");
    }
    object_head(p);
    opt_as(p);
    expect_block(p);
    p.finish(mark, SyntaxKind::Object);
}

/// `gvk name [ "in" name ]`
fn object_head(p: &mut Parser) {
    if p.newline() {
        return p.expected("a kind");
    }
    if !name::gvk(p) {
        return;
    }
    name::name(p, "the object's name");
    if p.at_head_word("in") {
        let mark = p.start();
        p.bump_keyword();
        name::name(p, "a namespace");
        p.finish(mark, SyntaxKind::InClause);
    }
}

/// `patch = "patch" gvk name [ "in" name ] [ expect ] block`
fn patch(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    object_head(p);
    opt_expect(p);
    expect_block(p);
    p.finish(mark, SyntaxKind::Patch);
}

/// `each = "each" [ WORD "in" ] kinds [ "where" expr ] [ expect ] block`
fn each(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    if p.at_same_line(SyntaxKind::Word) && p.nth_word(1, "in") {
        p.leaf(SyntaxKind::Name);
        p.bump_keyword();
    }
    if p.newline() {
        p.expected("a kind");
    } else {
        name::kinds(p);
    }
    expr::opt_where(p);
    opt_expect(p);
    expect_block(p);
    p.finish(mark, SyntaxKind::Each);
}

/// `expect = "expect" ( "any" | sum [ ".." sum ] )`
fn opt_expect(p: &mut Parser) {
    if !p.at_head_word("expect") {
        return;
    }
    let mark = p.start();
    p.bump_keyword();
    if !p.eat_keyword("any") {
        in_head(p, |p| {
            expr::sum(p);
            if p.at_same_line(SyntaxKind::DotDot) {
                p.bump();
                expr::sum(p);
            }
        });
    }
    p.finish(mark, SyntaxKind::Expect);
}

/// `extern = "extern" gvk name [ "in" name ] [ block ]`
fn external(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    object_head(p);
    opt_block(p);
    p.finish(mark, SyntaxKind::Extern);
}

/// `include = "include" STRING [ block ]`
fn include(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    name::expect_string(p, "a file name in quotes");
    opt_block(p);
    p.finish(mark, SyntaxKind::Include);
}

/// `for = "for" WORD [ "," WORD ] "in" expr [ "if" expr ] block`
fn for_entry(p: &mut Parser) {
    let mark = p.start();
    expr::for_head(p);
    expect_block(p);
    p.finish(mark, SyntaxKind::For);
}

/// `if = "if" cond block [ "else" ( if | block ) ]`
fn if_entry(p: &mut Parser) {
    if !p.enter() {
        return;
    }
    let mark = p.start();
    p.bump_keyword();
    expr::cond(p);
    expect_block(p);
    if !p.newline() && ["elif", "elsif", "elseif"].contains(&p.text()) {
        p.report(|p| diagnostics::word_for_operator(p.span(p.range()), p.text(), "else if"));
        if_entry(p);
    }
    let at_else = p.at_word("else") && (!p.newline() || p.nth(1) == SyntaxKind::LBrace || p.nth_word(1, "if"));
    if at_else && continuation(p, "else", true) {
        if p.at_head_word("if") {
            if_entry(p);
        } else {
            expect_block(p);
        }
    }
    p.finish(mark, SyntaxKind::If);
    p.leave();
}

/// `match-e = "match" expr "{" { pattern "=>" block sep } "}"`
fn match_entry(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    in_head(p, expr::expr);
    if at_body(p) {
        delimited(p, SyntaxKind::LBrace, SyntaxKind::RBrace, "a pattern", |p| {
            let mark = p.start();
            if expr::pattern(p) {
                if p.expect_same_line(SyntaxKind::FatArrow, "`=>`") {
                    expect_block(p);
                }
                p.finish(mark, SyntaxKind::Arm);
            }
        });
    } else {
        p.expected("`{`");
    }
    p.finish(mark, SyntaxKind::Match);
}

/// `let = "let" WORD [ ":" type ] "=" expr`, an item and an entry.
pub(super) fn binding(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    name::word(p, "a name");
    if p.at_same_line(SyntaxKind::Colon) {
        p.bump();
        types::value_type(p);
    } else if p.at_same_line(SyntaxKind::Word) {
        types::type_without_colon(p);
    }
    if p.at_same_line(SyntaxKind::ColonEq) {
        p.report(|p| diagnostics::word_for_operator(p.span(p.range()), ":=", "="));
        p.bump_error();
        return finish_binding(p, mark);
    }
    if p.expect_same_line(SyntaxKind::Eq, "`=` and a value") {
        expr::expr(p);
    }
    p.finish(mark, SyntaxKind::Let);
}

fn finish_binding(p: &mut Parser, mark: crate::parser::Mark) {
    expr::expr(p);
    p.finish(mark, SyntaxKind::Let);
}

/// `"allow" WORD STRING`
fn allow(p: &mut Parser) {
    let mark = p.start();
    p.bump_keyword();
    name::word(p, "the name of a lint");
    name::expect_string(p, "a reason in quotes");
    p.finish(mark, SyntaxKind::Allow);
}

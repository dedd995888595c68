//! Names, paths, kind names, strings.

use super::{expr, foreign, own_line, unexpected};
use crate::{diagnostics, kind::SyntaxKind, parser::Parser};

/// A WORD that a construct declares or names.
pub(super) fn word(p: &mut Parser, what: &str) -> bool {
    if p.at_same_line(SyntaxKind::Word) {
        p.leaf(SyntaxKind::Name);
        return true;
    }
    missing_name(p, what);
    false
}

/// `name = WORD | STRING`
pub(super) fn name(p: &mut Parser, what: &str) -> bool {
    if opt_name(p) {
        return true;
    }
    missing_name(p, what);
    false
}

pub(super) fn opt_name(p: &mut Parser) -> bool {
    if p.at_name() && is_dotted(p) {
        let mark = p.start();
        quoted(p, p.range().0);
        p.finish(mark, SyntaxKind::Name);
        return true;
    }
    opt_segment(p)
}

/// Whether a word goes on with `.word`: no NAME does without quotes.
fn is_dotted(p: &Parser) -> bool {
    p.at(SyntaxKind::Word) && p.nth(1) == SyntaxKind::Dot && p.is_glued(1) && p.nth(2) == SyntaxKind::Word && p.is_glued(2)
}

/// A NAME that may be followed by `.`, as in a path.
fn opt_segment(p: &mut Parser) -> bool {
    if !p.at_name() {
        return false;
    }
    if p.at(SyntaxKind::Word) {
        p.leaf(SyntaxKind::Name);
    } else {
        let mark = p.start();
        string(p);
        p.finish(mark, SyntaxKind::Name);
    }
    true
}

/// The name behind `.`, on the next line too unless an entry begins there.
pub(super) fn name_behind_dot(p: &mut Parser) {
    if p.newline() && p.at(SyntaxKind::Word) && !expr::at_entry_start(p) {
        return name_below(p);
    }
    if !opt_segment(p) {
        missing_name(p, "a name behind `.`");
    }
}

/// A NAME on the line behind the head that it belongs to.
pub(super) fn name_below(p: &mut Parser) {
    own_line(p, |span, gap| diagnostics::head_on_two_lines(span, gap, "the name"));
    if p.at(SyntaxKind::Word) {
        return p.leaf(SyntaxKind::Name);
    }
    let mark = p.start();
    string(p);
    p.finish(mark, SyntaxKind::Name);
}

/// A number where a name is wanted is taken as one, with the message that it stands in quotes.
fn missing_name(p: &mut Parser, what: &str) {
    if !p.newline() && matches!(p.kind(), SyntaxKind::Number | SyntaxKind::Bad) {
        if p.at(SyntaxKind::Number) {
            p.report(|p| diagnostics::unquoted_key(p.span(p.range()), p.text()));
        }
        p.bump_error();
    } else {
        p.expected(what);
    }
}

/// A string, the current token being its first.
pub(super) fn string(p: &mut Parser) {
    let mark = p.start();
    if !p.eat(SyntaxKind::String) {
        p.bump();
        loop {
            match p.kind() {
                SyntaxKind::StringText => p.bump(),
                SyntaxKind::HoleOpen => hole(p),
                SyntaxKind::StringClose => {
                    p.bump();
                    break;
                }
                _ => break,
            }
        }
    }
    p.finish(mark, SyntaxKind::StringLit);
}

pub(super) fn opt_string(p: &mut Parser) -> bool {
    let found = !p.newline() && matches!(p.kind(), SyntaxKind::String | SyntaxKind::StringOpen);
    if found {
        string(p);
    }
    found
}

pub(super) fn expect_string(p: &mut Parser, what: &str) {
    if !opt_string(p) {
        p.expected(what);
    }
}

fn hole(p: &mut Parser) {
    let mark = p.start();
    p.bump();
    p.enter_hole();
    let in_head = std::mem::replace(&mut p.in_head, false);
    expr::expr(p);
    while !matches!(p.kind(), SyntaxKind::HoleClose | SyntaxKind::Eof) {
        unexpected(p, "`)`");
    }
    p.in_head = in_head;
    p.leave_hole();
    p.eat(SyntaxKind::HoleClose);
    p.finish(mark, SyntaxKind::Hole);
}

/// `path = ( WORD | STRING ) { "." name | "[" expr "]" }`, the current token being its first.
pub(super) fn path(p: &mut Parser) {
    let mark = p.start();
    let start = p.range().0;
    if p.at(SyntaxKind::Word) {
        p.leaf(SyntaxKind::Name);
    } else {
        let mark = p.start();
        string(p);
        p.finish(mark, SyntaxKind::Name);
    }
    loop {
        if p.at_same_line(SyntaxKind::Dot) {
            p.bump();
            name_behind_dot(p);
        } else if p.at_same_line(SyntaxKind::LBracket) && !foreign::at_other_block(p) && !foreign::at_list(p) {
            let mark = p.start();
            expr::bracketed(p, SyntaxKind::LBracket, SyntaxKind::RBracket);
            p.finish(mark, SyntaxKind::PathIndex);
        } else if p.at_same_line(SyntaxKind::Slash) && p.is_glued(0) {
            unquoted_key(p, start);
        } else {
            break;
        }
    }
    p.finish(mark, SyntaxKind::Path);
}

/// `mount /data`: a NAME that is a path.
pub(super) fn unquoted_path(p: &mut Parser) {
    unquoted_key(p, p.range().0);
}

/// `app.kubernetes.io/name`: takes all that hangs together up to the value.
fn unquoted_key(p: &mut Parser, start: u32) {
    let mark = p.start();
    quoted(p, start);
    p.finish(mark, SyntaxKind::Error);
}

/// Takes what hangs together from `start` on, with the message that it stands in quotes.
fn quoted(p: &mut Parser, start: u32) {
    let mut ahead = 1;
    while p.is_glued(ahead) && matches!(p.nth(ahead), SyntaxKind::Word | SyntaxKind::Dot | SyntaxKind::Slash | SyntaxKind::Number | SyntaxKind::Bad) {
        ahead += 1;
    }
    let end = p.nth_range(ahead - 1).1;
    p.report(|p| diagnostics::unquoted_key(p.span((start, end)), &p.source()[start as usize..end as usize]));
    for _ in 0..ahead {
        p.bump();
    }
}

/// `kinds = gvk { "|" gvk }`
pub(super) fn kinds(p: &mut Parser) {
    let mark = p.start();
    gvk(p);
    while p.at_same_line(SyntaxKind::Pipe) {
        p.bump();
        gvk(p);
    }
    p.finish(mark, SyntaxKind::Kinds);
}

/// `gvk = STRING | WORD { "." WORD } [ "/" WORD "." WORD { "." WORD | "[" "]" } ]`
///
/// May begin a line, because it also stands behind `|` and `=`.
pub(super) fn gvk(p: &mut Parser) -> bool {
    let mark = p.start();
    match p.kind() {
        SyntaxKind::String | SyntaxKind::StringOpen => string(p),
        SyntaxKind::Word => {
            p.bump();
            gvk_rest(p);
        }
        _ => {
            p.expected("a kind");
            return false;
        }
    }
    p.finish(mark, SyntaxKind::Gvk);
    true
}

fn gvk_rest(p: &mut Parser) {
    dotted(p);
    if !p.at_same_line(SyntaxKind::Slash) {
        return;
    }
    p.bump();
    if p.at_same_line(SyntaxKind::Word) {
        p.bump();
    } else {
        p.expected("a version behind `/`");
    }
    if !p.at_same_line(SyntaxKind::Dot) {
        p.expected("`.` and a kind behind the version");
    }
    loop {
        dotted(p);
        if !(p.at_same_line(SyntaxKind::LBracket) && p.nth(1) == SyntaxKind::RBracket) {
            return;
        }
        let mark = p.start();
        p.bump();
        p.bump();
        p.finish(mark, SyntaxKind::GvkItems);
    }
}

fn dotted(p: &mut Parser) {
    while p.at_same_line(SyntaxKind::Dot) {
        p.bump();
        if !p.at_same_line(SyntaxKind::Word) {
            p.expected("a word behind `.`");
            return;
        }
        p.bump();
    }
}

/// `gpath = WORD { "." WORD | "[" "*" "]" }`
pub(super) fn gpath(p: &mut Parser) {
    let mark = p.start();
    if !word(p, "a path of fields") {
        return;
    }
    loop {
        if p.at_same_line(SyntaxKind::Dot) {
            p.bump();
            word(p, "a field behind `.`");
        } else if p.at_same_line(SyntaxKind::LBracket) {
            let mark = p.start();
            p.bump();
            p.expect_same_line(SyntaxKind::Star, "`*`");
            p.expect_same_line(SyntaxKind::RBracket, "`]`");
            p.finish(mark, SyntaxKind::GPathItems);
        } else {
            break;
        }
    }
    p.finish(mark, SyntaxKind::GPath);
}

//! What only follows from a mistake in the text is not told: the parser has named the cause.

use diag::{Code, Diagnostic, FileId, code, nearest};
use syntax::ast;
use syntax::literal::name;
use syntax::tree::{Fault, Tree};

use crate::analysis::{Analysis, InstanceEntry};

/// What is said of something that is not there: with a mistake in the same declaration it may well be there.
const MISSING: [Code; 3] = [code::MISSING_FIELD, code::NOT_EXHAUSTIVE, code::WRONG_ARGUMENTS];

/// Whether a finding about a declaration, whose bytes are `whole`, follows from what the parser has reported.
///
/// Brackets that do not match leave nothing certain about what is inside of what. Else a mistake in the form makes the rest of its line unreliable.
pub(crate) fn is_echo(tree: &Tree, file: FileId, whole: (u32, u32), it: &Diagnostic) -> bool {
    let faults = tree.faults();
    if faults.is_empty() || it.primary.span.file != file {
        return false;
    }
    if tree.is_unbalanced() {
        return true;
    }
    let at = (it.primary.span.start, it.primary.span.end);
    let missing = MISSING.contains(&it.code) && faults.iter().any(|fault| !fault.alone && touch(fault.range, whole));
    // A key that stands where the parser found a mistake is no key for anyone.
    let lost = it.code == code::UNKNOWN_KEY && it.fix.is_none() && faults.iter().any(|fault| touch(fault.range, whole));
    // The line behind one that ends too early may be the rest of it.
    let is_rest = |fault: &Fault| {
        let end = unreliable(tree.source(), fault).1 as usize;
        let next = tree.source().get(end + 1..).and_then(|it| it.find('\n')).map_or(tree.source().len(), |it| end + 1 + it);
        let behind = tree.source().get(fault.range.1 as usize..end).unwrap_or("x");
        fault.range.0 == fault.range.1 && behind.trim().is_empty() && touch((end as u32, next as u32), at)
    };
    let rest = it.code == code::UNKNOWN_FIELD && it.fix.is_none() && faults.iter().any(is_rest);
    missing || lost || rest || faults.iter().any(|fault| touch(unreliable(tree.source(), fault), at))
}

/// Whether the parser has reported something inside of these bytes.
pub(crate) fn is_faulty(tree: &Tree, whole: (u32, u32)) -> bool {
    tree.faults().iter().any(|it| touch(it.range, whole))
}

fn touch(a: (u32, u32), b: (u32, u32)) -> bool {
    a.0 <= b.1 && b.0 <= a.1
}

/// The bytes that a mistake leaves no trust in: its own, or those of all its lines.
fn unreliable(source: &str, fault: &Fault) -> (u32, u32) {
    if fault.alone {
        return fault.range;
    }
    let (start, end) = (fault.range.0 as usize, fault.range.1 as usize);
    let first = source.get(..start).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1);
    let last = source.get(end..).and_then(|it| it.find('\n')).map_or(source.len(), |it| end + it);
    (first as u32, last as u32)
}

/// Whether what is not found may stand where the parser found a mistake: nothing near is known.
pub(crate) fn may_be_lost(it: &Diagnostic) -> bool {
    const UNKNOWN: [Code; 5] = [code::UNKNOWN_NAME, code::UNKNOWN_REFERENCE, code::UNKNOWN_KEY, code::UNKNOWN_SETTING, code::UNKNOWN_PARAM];
    // A text would name an object that is not seen either; an entry elsewhere may be near one that is lost.
    let elsewhere = it.code == code::UNKNOWN_KEY && !it.message.starts_with("this instance");
    let unknown = UNKNOWN.contains(&it.code) && (elsewhere || it.fix.as_ref().is_none_or(|it| it.title.starts_with("quote it to refer")));
    unknown || it.code == code::MISSING_SETTING
}

/// Whether a finding follows from a mistake in another declaration: an instance that is not understood, a `use` that is none.
pub(crate) fn follows(an: &Analysis, tree: &Tree, it: &Diagnostic) -> bool {
    if an.damaged && may_be_lost(it) {
        return true;
    }
    let span = it.primary.span;
    let word = tree.source().get(span.start as usize..span.end as usize).unwrap_or("");
    match it.code {
        code::UNKNOWN_REFERENCE => an.instances.iter().any(|it| is_unclear(an, it, word)),
        code::MISSING_PARAM | code::UNKNOWN_PARAM => an.instances.iter().any(|it| *it.name == *word && is_broken(an, it)),
        code::UNKNOWN_NAME | code::UNKNOWN_TYPE => it.fix.is_none() && ast::File::of(tree).items().any(|it| is_no_import(tree, it)),
        _ => false,
    }
}

/// Whether a declaration of that name is there, and its kind or name is wrong.
fn is_unclear(an: &Analysis, it: &InstanceEntry, word: &str) -> bool {
    if it.kind.is_none() {
        return it.decl.is_some() && *it.name == *word;
    }
    if it.name.is_empty() {
        return it.decl.is_some();
    }
    let lower = it.name.to_lowercase();
    let is_meant = name::check_label(&it.name).is_err() && (lower == word || nearest(word, [&*lower]).is_some());
    is_meant || (*it.name == *word && is_broken(an, it))
}

/// Whether the parser has reported something in its declaration.
fn is_broken(an: &Analysis, it: &InstanceEntry) -> bool {
    let Some(decl) = it.decl.map(|it| an.decl(it)) else { return false };
    let tree = &an.files[decl.file as usize].tree;
    an.node(decl).is_some_and(|node| tree.is_unbalanced() || is_faulty(tree, node.range()))
}

/// A `use` with a mistake, or what other languages write for it.
fn is_no_import(tree: &Tree, it: ast::Item<'_>) -> bool {
    match it {
        ast::Item::Use(_) => is_faulty(tree, it.range()),
        ast::Item::Decl(decl) => matches!(decl.kind().and_then(|it| it.text()).as_deref(), Some("import" | "include" | "from" | "require")),
        _ => false,
    }
}

//! What only follows from a mistake in the text is not told: the parser has named the cause.

use diag::{Code, Diagnostic, FileId, code};
use syntax::tree::{Fault, Tree};

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
    missing || faults.iter().any(|fault| touch(unreliable(tree.source(), fault), at))
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

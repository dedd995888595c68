//! The standard library itself: nothing is said about it, and the kinds of the library are cheap to analyse.

use diag::Sink;
use sema::analysis::{Analysis, DeclId};

use crate::support::{LIBRARY, SCHEMAS};

#[test]
fn every_declaration_of_the_library_checks() {
    let (analysis, found) = Analysis::new(LIBRARY.clone(), &[], SCHEMAS.clone());
    let mut sink = Sink::new();
    sink.append(found);
    for at in 0..analysis.decls.len() as u32 {
        analysis.check(DeclId(at)).diagnostics.into_iter().for_each(|it| sink.push(it));
    }
    let said: Vec<String> = sink.into_sorted().into_iter().map(|it| format!("{} {:?}: {}", it.code.name, it.primary.span, it.message)).collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}

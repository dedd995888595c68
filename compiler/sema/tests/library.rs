//! The standard library itself: nothing is said about it, and the kinds of the library are cheap to analyse.

use diag::{FileId, Sink};
use sema::analysis::{Analysis, DeclId};
use sema::facts::PackFacts;

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

#[test]
fn facts_that_are_read_late_are_those_that_are_read_at_once() {
    let (whole, _) = Analysis::new(LIBRARY.clone(), &[], SCHEMAS.clone());
    let late = stdlib::FACTS
        .iter()
        .enumerate()
        .filter_map(|(at, it)| Some(PackFacts { pack: it.pack? as u32, file: FileId(10_000 + at as u32), path: it.path.into(), source: it.source }));
    let late: Vec<PackFacts> = late.collect();
    assert!(late.len() > 5);
    let is_late = |path: &str| late.iter().any(|it| path.ends_with(&*it.path));
    let files = LIBRARY.iter().filter(|it| !is_late(&it.path)).cloned().collect();
    let (parts, _) = Analysis::with_facts(files, &[], SCHEMAS.clone(), late.clone());
    let mut seen = 0;
    for kind in SCHEMAS.kinds() {
        let ty = SCHEMAS.kind_info(kind).ty;
        let said = |it: &Analysis| it.facts.declared(ty).map(|it| format!("{it:?}"));
        assert_eq!(said(&whole), said(&parts), "{}", SCHEMAS.kind_info(kind).kind);
        seen += usize::from(said(&whole).is_some());
    }
    assert!(seen > 50, "{seen}");
    let routes = SCHEMAS.definition("traefik.io/v1alpha1.IngressRoute.spec").expect("a type");
    assert!(parts.facts.keys_of(routes, "routes").is_some());
}

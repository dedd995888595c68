//! Damaged sources: whatever is cut off or left out, the analysis says something or nothing, but it never panics and always ends.
//!
//! Every prefix that ends at a token and every text without one token of it; a sample by default, all of them with `VIX_ALL=1`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use diag::FileId;
use sema::analysis::{Analysis, DeclId, SourceFile};

use crate::support::{LIBRARY, SCHEMAS, parse};

/// One in so many is tried.
const SAMPLE: usize = 211;

/// Token boundaries, near enough: where words, numbers and signs begin.
fn boundaries(text: &str) -> Vec<usize> {
    let mut cuts = vec![0];
    let mut previous = ' ';
    for (at, it) in text.char_indices() {
        let inside = it.is_ascii_alphanumeric() && previous.is_ascii_alphanumeric();
        if at > 0 && !inside {
            cuts.push(at);
        }
        previous = it;
    }
    cuts.push(text.len());
    cuts
}

/// Analyses the files with one replaced, and checks what that one declares.
fn survive(files: &[SourceFile], at: usize, text: &str) {
    let mut files = files.to_vec();
    let tree = Arc::new(syntax::parse(FileId(files[at].id.0), text.into()).tree);
    files[at].tree = tree;
    let (analysis, _) = Analysis::new(files, &[], SCHEMAS.clone());
    for (nth, decl) in analysis.decls.iter().enumerate() {
        if decl.file as usize == at {
            let checked = analysis.check(DeclId(nth as u32));
            for it in &checked.diagnostics {
                let text_len = analysis.files.iter().find(|file| file.id == it.primary.span.file).map_or(0, |file| file.tree.source().len() as u32);
                assert!(it.primary.span.start <= it.primary.span.end && it.primary.span.end <= text_len, "{it:?}");
            }
        }
    }
}

fn damage(files: &[SourceFile], which: impl Fn(&SourceFile) -> bool) {
    let step = if std::env::var_os("VIX_ALL").is_some() { 1 } else { SAMPLE };
    let mut nth = 0;
    for (at, file) in files.iter().enumerate().filter(|(_, it)| which(it)) {
        let text = file.tree.source().to_string();
        let cuts = boundaries(&text);
        for pair in cuts.windows(2) {
            nth += 1;
            if nth % step == 0 {
                survive(files, at, &text[..pair[0]]);
                survive(files, at, &format!("{}{}", &text[..pair[0]], &text[pair[1]..]));
            }
        }
    }
    assert!(nth > 0);
}

#[test]
fn a_damaged_library_is_survived() {
    damage(&LIBRARY, |_| true);
}

#[test]
fn a_damaged_project_is_survived() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/homelab");
    let mut files = Vec::new();
    let mut rest = vec![root];
    while let Some(path) = rest.pop() {
        if path.is_dir() {
            let mut inner: Vec<PathBuf> = fs::read_dir(path).expect("readable").map(|it| it.expect("readable").path()).collect();
            inner.sort();
            rest.extend(inner);
        } else if path.extension().is_some_and(|it| it == "vix") {
            let text = fs::read_to_string(&path).expect("readable");
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            files.push(parse(files.len() as u32, 0, &name, &text).0);
        }
    }
    assert!(files.len() > 3);
    files.extend(LIBRARY.iter().cloned());
    damage(&files, |it| it.library == 0);
}

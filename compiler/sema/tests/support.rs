//! Projects in memory, analysed over the standard library, and their diagnostics as lines of text.

use std::sync::{Arc, LazyLock};

use diag::{Diagnostic, FileId, LineIndex, Sink};
use schema::schemas::Schemas;
use sema::analysis::{Analysis, DeclId, SourceFile};

/// Ids of the library's files begin here, so that those of a case are 0, 1, ..
const LIBRARY_IDS: u32 = 1000;

/// The shipped schemas, opened once.
pub static SCHEMAS: LazyLock<Arc<Schemas>> = LazyLock::new(|| {
    let packs = stdlib::PACKS.iter().map(|it| it.1).collect();
    Arc::new(Schemas::open(packs).expect("the shipped packs are whole"))
});

/// The standard library, parsed once.
pub static LIBRARY: LazyLock<Vec<SourceFile>> = LazyLock::new(|| {
    let files = stdlib::FILES.iter().chain(stdlib::FACTS).enumerate();
    files.map(|(at, file)| parse(LIBRARY_IDS + at as u32, 1, file.path, file.source).0).collect()
});

/// A file of a project with what the parser says about it.
pub fn parse(id: u32, library: u32, path: &str, text: &str) -> (SourceFile, Vec<Diagnostic>) {
    let parse = syntax::parse(FileId(id), text.into());
    let module = path.trim_end_matches(".vix").replace('/', ".").into();
    (SourceFile { id: FileId(id), library, module, path: path.into(), tree: Arc::new(parse.tree) }, parse.diagnostics)
}

/// Everything that is said about a project: path and text of each file.
pub fn diagnose(files: &[(String, String)]) -> Vec<Diagnostic> {
    let mut sink = Sink::new();
    let mut all = Vec::new();
    for (at, (path, text)) in files.iter().enumerate() {
        let (file, found) = parse(at as u32, 0, path, text);
        found.into_iter().for_each(|it| sink.push(it));
        all.push(file);
    }
    let own = all.len() as u32;
    all.extend(LIBRARY.iter().cloned());
    let (analysis, found) = Analysis::new(all, &[], SCHEMAS.clone());
    sink.append(found);
    for (at, decl) in analysis.decls.iter().enumerate() {
        if decl.file < own {
            analysis.check(DeclId(at as u32)).diagnostics.into_iter().for_each(|it| sink.push(it));
        }
    }
    sink.into_sorted()
}

/// A diagnostic in the words of the golden files.
pub fn show(files: &[(String, String)], it: &Diagnostic) -> String {
    let place = |span: diag::Span| {
        let Some((path, text)) = files.get(span.file.0 as usize) else { return "library".to_owned() };
        let (line, column) = position(text, span.start);
        let file = if files.len() > 1 { format!("{path}:") } else { String::new() };
        let part: String = text.get(span.start as usize..span.end as usize).unwrap_or("?").chars().take(60).collect();
        format!("{file}{line}:{column} `{}`", part.replace('\n', "⏎"))
    };
    let severity = if it.severity == diag::Severity::Error { "" } else { "warning " };
    let mut out = format!("{} {severity}{}: {} [{}]\n", place(it.primary.span), it.code.name, it.message, it.primary.text);
    for label in &it.labels {
        out.push_str(&format!("  also {} {}\n", place(label.span), label.text));
    }
    if let Some(help) = &it.help {
        out.push_str(&format!("  help {help}\n"));
    }
    for note in &it.notes {
        out.push_str(&format!("  note {note}\n"));
    }
    if let Some(fix) = &it.fix {
        let edits: Vec<String> = fix.edits.iter().map(|it| format!("{} -> `{}`", place(it.span), it.text)).collect();
        out.push_str(&format!("  fix {}\n", edits.join(", ")));
    }
    out
}

fn position(text: &str, offset: u32) -> (u32, u32) {
    let lines = LineIndex::new(text);
    let line = lines.line(offset);
    let start = text[..offset as usize].rfind('\n').map_or(0, |it| it + 1);
    (line + 1, text[start..offset as usize].chars().count() as u32 + 1)
}

/// The files after a diagnostic's own repair.
pub fn repaired(files: &[(String, String)], it: &Diagnostic) -> Option<Vec<(String, String)>> {
    let fix = it.fix.as_ref()?;
    let mut files = files.to_vec();
    for edit in fix.edits.iter().rev() {
        files[edit.span.file.0 as usize].1.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    Some(files)
}

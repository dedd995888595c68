//! A Rust source as these tests see it: lines, with those of tests told apart.

use std::path::{Path, PathBuf};

use crate::support::root;

/// A Rust source.
pub struct Source {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A line.
pub struct Line {
    /// As written.
    pub text: String,
    /// Without comment, where there is one at its end or all of it is one.
    pub code: String,
    /// Runs in tests only.
    pub is_test: bool,
}

/// Every Rust source of the repository.
pub fn all() -> Vec<Source> {
    let mut sources: Vec<Source> = super::files().iter().filter(|it| it.extension().is_some_and(|it| it == "rs")).map(read).collect();
    let of_tests: Vec<String> = sources.iter().flat_map(test_modules).collect();
    for source in &mut sources {
        let stem = source.path.trim_end_matches(".rs");
        if of_tests.iter().any(|it| stem == it || stem.starts_with(&format!("{it}/"))) {
            source.lines.iter_mut().for_each(|it| it.is_test = true);
        }
    }
    sources
}

/// The files of modules that are declared for tests only, without `.rs`.
fn test_modules(source: &Source) -> Vec<String> {
    let path = Path::new(&source.path);
    let folder = path.parent().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = path.file_stem().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let mut out = Vec::new();
    for (at, line) in source.lines.iter().enumerate().filter(|it| it.1.is_test) {
        let Some(name) = line.code.trim().strip_suffix(';').and_then(|it| it.rsplit_once("mod ")).map(|it| it.1) else { continue };
        let named = source.lines[..at].last().and_then(|above| above.text.split_once("#[path = \"")?.1.split(".rs\"").next().map(str::to_owned));
        out.push(match named {
            Some(named) => format!("{folder}/{named}"),
            None if ["lib", "main"].contains(&stem.as_str()) => format!("{folder}/{name}"),
            None => format!("{folder}/{stem}/{name}"),
        });
    }
    out
}

fn read(path: &PathBuf) -> Source {
    let text = std::fs::read_to_string(root().join(path)).expect("readable");
    let path = path.to_string_lossy().replace('\\', "/");
    let of_tests = is_test_file(&path);
    let mut lines: Vec<Line> = text.lines().map(|it| Line { text: it.to_owned(), code: code(it), is_test: of_tests }).collect();
    let mut at = 0;
    while at < lines.len() {
        if lines[at].text.trim_start().starts_with("#[cfg(test)]") {
            let end = item_end(&lines, at);
            lines[at..=end].iter_mut().for_each(|it| it.is_test = true);
            at = end;
        }
        at += 1;
    }
    Source { path, lines }
}

fn is_test_file(path: &str) -> bool {
    let name = Path::new(path).file_stem().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.contains("/benches/")
        || name == "tests"
        || name.ends_with("_test")
        || name.ends_with("_tests")
}

/// The last line of the item below an attribute: one that ends in `;`, or the closing brace at the item's own depth.
fn item_end(lines: &[Line], attribute: usize) -> usize {
    let depth = indent(&lines[attribute].text);
    for (at, line) in lines.iter().enumerate().skip(attribute + 1) {
        let closes = line.text.trim_end() == format!("{}}}", " ".repeat(depth));
        if closes || (indent(&line.text) == depth && line.text.trim_end().ends_with(';')) {
            return at;
        }
    }
    lines.len() - 1
}

/// Leading blanks.
pub fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Good enough: a `//` that no quote precedes begins a comment.
fn code(line: &str) -> String {
    match line.find("//") {
        Some(at) if !line[..at].contains('"') => line[..at].to_owned(),
        _ => line.to_owned(),
    }
}

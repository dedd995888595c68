//! The examples in the doc comments of the standard library: each `vix` block is a project that builds, and the `yaml` block
//! behind it is what it becomes.

use std::fs;
use std::path::{Path, PathBuf};

use build::Output;
use diag::FileId;

use crate::support::markdown::{self, Block, Part};
use crate::support::memory::Memory;
use crate::support::{compile, diff, drawn, manifests, options, parallel, report, root, update, wanted};

const MARK: &str = "///";

#[test]
fn stdlib_examples() {
    let files = files();
    assert!(!files.is_empty(), "no files in stdlib/std");
    let failures = parallel(&files, |path| check(path));
    report("the examples of stdlib", failures.into_iter().flatten().collect());
}

/// A build says nothing of the library's own text: users could not mend it.
#[test]
fn the_library_has_no_syntax_errors() {
    for path in files() {
        let text = fs::read_to_string(&path).expect("readable");
        let found = syntax::parse(FileId(0), text.into()).diagnostics;
        assert!(found.is_empty(), "{}: {found:?}", name(&path));
    }
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("stdlib/std")).expect("readable").map(|it| it.expect("readable").path()).collect();
    files.retain(|it| it.extension().is_some_and(|it| it == "vix"));
    files.sort();
    files
}

/// Every project of the library's examples, by file and line.
pub fn projects() -> Vec<(String, Memory)> {
    let mut out = Vec::new();
    for path in files() {
        let text = fs::read_to_string(&path).expect("readable");
        for comment in comments(&text) {
            for (source, _) in pairs(&comment.text) {
                out.push((format!("{}:{}", name(&path), comment.line), Memory::new([("main.vix", source.text)])));
            }
        }
    }
    out
}

/// Doc comments that stand together.
struct Comment {
    /// Number of its first line, from 0.
    line: usize,
    /// Its lines without the marks.
    text: String,
}

fn comments(source: &str) -> Vec<Comment> {
    let mut out: Vec<Comment> = Vec::new();
    let mut inside = false;
    for (nth, line) in source.lines().enumerate() {
        let Some(text) = line.strip_prefix(MARK) else {
            inside = false;
            continue;
        };
        let text = text.strip_prefix(' ').unwrap_or(text);
        if !inside {
            out.push(Comment { line: nth, text: String::new() });
        }
        inside = true;
        if let Some(comment) = out.last_mut() {
            comment.text.push_str(text);
            comment.text.push('\n');
        }
    }
    out
}

fn pairs(comment: &str) -> Vec<(Block, Option<Block>)> {
    let mut out: Vec<(Block, Option<Block>)> = Vec::new();
    for part in markdown::parse(comment).parts {
        if let Part::Block(block) = part {
            match (block.language(), out.last_mut()) {
                ("vix", _) => out.push((block, None)),
                ("yaml", Some(last)) => last.1 = Some(block),
                _ => {}
            }
        }
    }
    out
}

fn name(path: &Path) -> String {
    path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default()
}

fn check(path: &Path) -> Vec<String> {
    let source = fs::read_to_string(path).expect("readable");
    let mut lines: Vec<String> = source.lines().map(str::to_owned).collect();
    let mut failures = Vec::new();
    // From the end, so that rewriting leaves the line numbers of the others alone.
    for comment in comments(&source).into_iter().rev() {
        let mut edits = Vec::new();
        for (example, expected) in pairs(&comment.text) {
            let name = format!("{}:{}", name(path), comment.line + example.line);
            if !wanted(&name) {
                continue;
            }
            let outcome = compile(&Memory::new([("main.vix", example.text)]), &options(Output::Memory));
            if !outcome.diagnostics.is_empty() {
                failures.push(format!("{name}\n{}", drawn(&outcome.diagnostics, &outcome.sources)));
                continue;
            }
            let Some(expected) = expected else { continue };
            let actual = manifests(&outcome);
            if update() {
                edits.push(markdown::Edit { at: expected.whole, text: markdown::block("yaml", &actual) });
            } else if actual != expected.text {
                failures.push(format!("{name}\n{}", diff::lines(&expected.text, &actual)));
            }
        }
        if !edits.is_empty() {
            let text = markdown::edit(&comment.text, edits);
            let new = text.lines().map(|line| format!("{MARK} {line}").trim_end().to_owned());
            lines.splice(comment.line..comment.line + comment.text.lines().count(), new);
        }
    }
    let text = lines.join("\n") + "\n";
    if update() && text != source {
        fs::write(path, text).expect("writable");
    }
    failures
}

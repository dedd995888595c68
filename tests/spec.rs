//! The pages of `spec/`: each heading with a `vix` block is a case.
//!
//! | block | is |
//! |---|---|
//! | `vix`, `vix PATH` | a source; without a path `main.vix` |
//! | `text PATH`, `yaml PATH`, `json PATH`, `toml PATH` | another file; a path has a dot or a slash |
//! | `yaml`, `yaml ENV` | the manifests, of all environments or of one |
//! | `error` | what the compiler says |
//!
//! A case without an expected block must have no diagnostics. Blocks above the first case belong to every case: the source is
//! put behind the case's own, so that line numbers are those of the case.

use std::fs;
use std::path::{Path, PathBuf};

use build::{Outcome, Output};

use crate::support::markdown::{self, Block, Edit, Part};
use crate::support::memory::Memory;
use crate::support::{compile_and_test, diff, drawn, manifests, options, parallel, report, root, update, wanted};

/// One case.
#[derive(Debug)]
pub struct Case {
    /// Page and heading.
    pub name: String,
    /// Its files.
    pub files: Memory,
    /// What it must become.
    expected: Vec<Block>,
    /// Where a missing expectation is put.
    end: usize,
}

#[test]
fn spec() {
    let pages = pages();
    assert!(!pages.is_empty(), "no pages in spec/");
    let failures = parallel(&pages, |path| check_page(path));
    report("the cases in spec/", failures.into_iter().flatten().collect());
}

/// Every page, by name.
pub fn pages() -> Vec<PathBuf> {
    let folder = root().join("tests/spec");
    let mut pages: Vec<PathBuf> = fs::read_dir(folder).expect("readable").map(|it| it.expect("readable").path()).collect();
    pages.retain(|it| it.extension().is_some_and(|it| it == "md"));
    pages.sort();
    pages
}

/// The cases of a page.
pub fn cases(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).expect("readable");
    let page = path.file_stem().expect("a name").to_string_lossy().into_owned();
    let mut prelude: Vec<Block> = Vec::new();
    let mut cases: Vec<(String, Vec<Block>)> = Vec::new();
    for part in markdown::parse(&text).parts {
        match part {
            Part::Heading(1, _) | Part::Prose(_) => {}
            Part::Heading(_, words) => cases.push((format!("{page}: {words}"), Vec::new())),
            Part::Block(block) => match cases.last_mut() {
                Some(case) => case.1.push(block),
                None => prelude.push(block),
            },
        }
    }
    cases.into_iter().filter(|it| it.1.iter().any(|block| block.language() == "vix")).map(|(name, blocks)| case(name, blocks, &prelude)).collect()
}

fn case(name: String, blocks: Vec<Block>, prelude: &[Block]) -> Case {
    let mut files = Memory::default();
    let mut expected = Vec::new();
    let end = blocks.iter().map(|it| it.whole.end).max().unwrap_or(0);
    for block in blocks {
        match file_of(&block) {
            Some(path) => {
                assert!(files.text(&path).is_none(), "{name}: two blocks are the file {path}");
                files.set(path, block.text);
            }
            None => expected.push(block),
        }
    }
    for block in prelude {
        if let Some(path) = file_of(block) {
            let own = files.text(&path).map(|own| format!("{own}\n")).unwrap_or_default();
            files.set(path, own + &block.text);
        }
    }
    Case { name, files, expected, end }
}

/// The path of a block that is a file.
fn file_of(block: &Block) -> Option<String> {
    let path = block.word(0).filter(|it| it.contains(['.', '/']));
    match (block.language(), path) {
        (_, Some(path)) => Some(path.to_owned()),
        ("vix", None) => Some("main.vix".to_owned()),
        _ => None,
    }
}

fn check_page(path: &Path) -> Vec<String> {
    let mut failures = Vec::new();
    let mut edits = Vec::new();
    for case in cases(path).iter().filter(|it| wanted(&it.name)) {
        let outcome = compile_and_test(&case.files, &options(Output::Memory));
        if update() {
            edits.extend(case.rewrite(&outcome));
        } else if let Some(failure) = case.check(&outcome) {
            failures.push(failure);
        }
    }
    if !edits.is_empty() {
        let text = fs::read_to_string(path).expect("readable");
        fs::write(path, markdown::edit(&text, edits)).expect("writable");
    }
    failures
}

impl Case {
    /// What the compiler made of it, beside what it must make.
    fn check(&self, outcome: &Outcome) -> Option<String> {
        let mut out = String::new();
        let actual = said(outcome);
        let wanted = self.expected.iter().find(|it| it.language() == "error").map_or("", |it| it.text.trim_end());
        if actual != wanted {
            out.push_str(&format!("  diagnostics:\n{}", diff::lines(wanted, &actual)));
        }
        for block in self.expected.iter().filter(|it| it.language() != "error") {
            match made(outcome, block) {
                Ok(actual) if actual == block.text => {}
                Ok(actual) => out.push_str(&format!("  manifests:\n{}", diff::lines(&block.text, &actual))),
                Err(why) => out.push_str(&format!("  {why}\n")),
            }
        }
        (!out.is_empty()).then(|| format!("{}\n{out}", self.name))
    }

    /// The edits that make it pass; a manifest that cannot be made stays as it is.
    fn rewrite(&self, outcome: &Outcome) -> Vec<Edit> {
        let mut edits = Vec::new();
        let actual = said(outcome);
        match (self.expected.iter().find(|it| it.language() == "error"), actual.is_empty()) {
            (Some(block), true) => edits.push(Edit { at: block.whole.clone(), text: String::new() }),
            (Some(block), false) => edits.push(Edit { at: block.whole.clone(), text: markdown::block("error", &actual) }),
            (None, false) => edits.push(Edit { at: self.end..self.end, text: markdown::block("error", &actual) }),
            (None, true) => {}
        }
        for block in self.expected.iter().filter(|it| it.language() != "error") {
            if let Ok(actual) = made(outcome, block) {
                edits.push(Edit { at: block.whole.clone(), text: markdown::block(&block.info.join(" "), &actual) });
            }
        }
        edits
    }
}

fn said(outcome: &Outcome) -> String {
    let mut out = drawn(&outcome.diagnostics, &outcome.sources);
    for fault in &outcome.faults {
        out.push_str(&format!("fault: {fault}\n"));
    }
    out
}

fn made(outcome: &Outcome, block: &Block) -> Result<String, String> {
    assert_eq!(block.language(), "yaml", "line {}: an expected block is `yaml` or `error`", block.line);
    let Some(name) = block.word(0) else {
        return if outcome.envs.is_empty() { Err("no environment was built".to_owned()) } else { Ok(manifests(outcome)) };
    };
    let env = outcome.envs.iter().find(|it| it.name == name).ok_or_else(|| format!("no environment `{name}` was built"))?;
    Ok(String::from_utf8_lossy(&env.text.to_vec()).into_owned())
}

//! The README shows what is true: its example becomes the manifests beside it, and its commands are those of the project.

use std::fs;

use build::Output;

use crate::support::markdown::{self, Block, Edit, Part};
use crate::support::memory::Memory;
use crate::support::{compile, diff, drawn, manifests, options, root, update};

/// The project that the README shows.
pub fn project() -> (String, Memory) {
    let text = fs::read_to_string(root().join("README.md")).expect("readable");
    let source = markdown::parse(&text).parts.into_iter().find_map(|it| if let Part::Block(block) = it { Some(block.text) } else { None });
    ("README.md".to_owned(), Memory::new([("main.vix", source.expect("the README shows a project"))]))
}

#[test]
fn the_example_of_the_readme_becomes_what_stands_beside_it() {
    let path = root().join("README.md");
    let text = fs::read_to_string(&path).expect("readable");
    let blocks: Vec<Block> = markdown::parse(&text).parts.into_iter().filter_map(|it| if let Part::Block(block) = it { Some(block) } else { None }).collect();
    let find = |language: &str| blocks.iter().find(|it| it.language() == language).expect("the README shows both sides");
    let (source, expected) = (find("vix"), find("yaml"));
    let outcome = compile(&Memory::new([("main.vix", source.text.as_str())]), &options(Output::Memory));
    assert!(outcome.diagnostics.is_empty(), "{}", drawn(&outcome.diagnostics, &outcome.sources));
    let actual = manifests(&outcome);
    if update() {
        let edit = Edit { at: expected.whole.clone(), text: markdown::block("yaml", &actual) };
        return fs::write(&path, markdown::edit(&text, vec![edit])).expect("writable");
    }
    assert!(actual == expected.text, "{}", diff::lines(&expected.text, &actual));
}

#[test]
fn the_first_command_of_the_readme_is_an_example() {
    let text = fs::read_to_string(root().join("README.md")).expect("readable");
    assert!(text.contains("\ncargo run --release -- -C examples/homelab build\ncargo test --workspace\n"));
    assert!(fs::read_to_string(root().join(".ci/run")).expect("readable").contains("\ncargo test --workspace\n"));
}

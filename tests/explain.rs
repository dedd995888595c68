//! The pages of the diagnostics: each one's bad project raises its code, its good project raises nothing.

use build::Output;
use diag::{Code, code};

use crate::support::markdown::{self, Part};
use crate::support::memory::Memory;
use crate::support::{compile_and_test, drawn, options, parallel, report, wanted};
use crate::tidy::exceptions::Exceptions;

#[test]
fn every_page_raises_its_code() {
    let exceptions = Exceptions::read("page-not-raised");
    let codes: Vec<Code> = code::ALL.iter().copied().filter(|it| wanted(it.name)).collect();
    let failures = parallel(&codes, |code| check(*code, exceptions.allow(code.name)));
    report("the pages of diag/explain", failures.into_iter().flatten().collect());
    exceptions.all_used();
}

/// What is wrong with a page; `exempt` ones need no bad project, because no text raises them.
fn check(code: Code, exempt: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let page = markdown::parse(code.page);
    match page.parts.as_slice() {
        [Part::Heading(1, words), Part::Prose(_), ..] if words == code.name => {}
        _ => wrong.push(format!("{code:?}: the page begins with `# {code:?}` and one sentence")),
    }
    let (bad, good) = (project(&page, "bad"), project(&page, "good"));
    match bad {
        None if exempt => {}
        None => wrong.push(format!("{code:?}: no `vix bad` block")),
        Some(files) => {
            let outcome = compile_and_test(&files, &options(Output::Memory));
            let found = outcome.diagnostics.iter().any(|it| it.code == code);
            if found == exempt {
                let what = if exempt { "raises the code and is listed as an exception" } else { "does not raise the code" };
                wrong.push(format!("{code:?}: the bad project {what}\n{}", drawn(&outcome.diagnostics, &outcome.sources)));
            }
        }
    }
    match good {
        None if exempt => {}
        None => wrong.push(format!("{code:?}: no `vix good` block")),
        Some(files) => {
            let outcome = compile_and_test(&files, &options(Output::Memory));
            if !outcome.diagnostics.is_empty() {
                wrong.push(format!("{code:?}: the good project is not good\n{}", drawn(&outcome.diagnostics, &outcome.sources)));
            }
        }
    }
    wrong
}

/// All blocks of one word are one project.
fn project(page: &markdown::Page, word: &str) -> Option<Memory> {
    let blocks = page.parts.iter().filter_map(|part| match part {
        Part::Block(block) if block.word(0) == Some(word) => Some((block.word(1).unwrap_or("main.vix").to_owned(), block.text.clone())),
        Part::Block(_) | Part::Heading(..) | Part::Prose(_) => None,
    });
    let blocks: Vec<_> = blocks.collect();
    (!blocks.is_empty()).then(|| Memory::new(blocks))
}

//! Sizes, headers and habits of sources.

use std::fs;

use diag::{FileId, code};

use super::exceptions::Exceptions;
use super::source::{self, Source, indent};
use crate::support::{diff, report, root, update};

const FILE_MAX: usize = 800;
const FUNCTION_MAX: usize = 80;

#[test]
fn files_and_functions_are_small() {
    let exceptions = Exceptions::read("too-large");
    let mut wrong = Vec::new();
    for source in source::all() {
        if source.lines.len() > FILE_MAX && !exceptions.allow(&source.path) {
            wrong.push(format!("{}: {} lines", source.path, source.lines.len()));
        }
        for (name, line, length) in functions(&source) {
            if length > FUNCTION_MAX && !exceptions.allow(&format!("{}: {name}", source.path)) {
                wrong.push(format!("{}:{line}: `{name}` has {length} lines", source.path));
            }
        }
    }
    exceptions.all_used();
    report(&format!("the sizes (files up to {FILE_MAX} lines, functions up to {FUNCTION_MAX})"), wrong);
}

/// Name, first line and number of lines of each function that is no test (those hold texts); formatted code closes one at the
/// depth of its head.
fn functions(source: &Source) -> Vec<(String, usize, usize)> {
    let mut out = Vec::new();
    for (at, line) in source.lines.iter().enumerate().filter(|it| !it.1.is_test || source.path.starts_with("tests/")) {
        let Some(name) = function(&line.code) else { continue };
        let closing = format!("{}}}", " ".repeat(indent(&line.text)));
        let body = source.lines[at..].iter().position(|it| it.text == closing || it.text.ends_with(';') && indent(&it.text) == indent(&line.text));
        if let Some(length) = body.filter(|_| !line.text.ends_with('}')) {
            out.push((name.to_owned(), at + 1, length + 1));
        }
    }
    out
}

fn function(code: &str) -> Option<&str> {
    let mut rest = code.trim_start();
    for word in ["pub ", "pub(crate) ", "pub(super) ", "const ", "async "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    rest.strip_prefix("fn ")?.split(['(', '<']).next()
}

#[test]
fn every_file_says_what_it_is() {
    let missing = source::all().into_iter().filter(|it| it.lines.first().is_none_or(|line| !line.text.starts_with("//! ")));
    report("the headers", missing.map(|it| format!("{} does not begin with `//!`", it.path)).collect());
}

#[test]
fn modules_are_files_beside_their_folder() {
    let wrong = source::all().into_iter().filter(|it| it.path.ends_with("/mod.rs"));
    report("the module files", wrong.map(|it| format!("{}: call it like its folder, beside it", it.path)).collect());
}

/// Words that must not stand in code, and where they must not.
const FORBIDDEN: &[(&str, Where, &str)] = &[
    ("todo!(", Where::Anywhere, "unfinished"),
    ("unimplemented!(", Where::Anywhere, "unfinished"),
    ("#[ignore", Where::Anywhere, "a test that does not run"),
    ("#[should_panic", Where::Anywhere, "assert what happens instead"),
    ("dbg!(", Where::Anywhere, "left over"),
    (".unwrap()", Where::Product, "say with `expect` why it holds, or return the error"),
    ("std::fs", Where::Pure, "the compiler reads through `World`"),
    ("std::env", Where::Pure, "the compiler knows no environment"),
    ("std::process", Where::Pure, "the compiler starts nothing"),
    ("TcpStream", Where::Pure, "the compiler has no network"),
    ("UdpSocket", Where::Pure, "the compiler has no network"),
    ("std::time", Where::Pure, "the compiler has no clock"),
    ("SystemTime", Where::Pure, "the compiler has no clock"),
    ("Instant::now", Where::Pure, "the compiler has no clock"),
    ("println!(", Where::Pure, "the compiler has no terminal"),
];

/// Where a rule holds.
enum Where {
    Anywhere,
    /// `compiler/` and `runtime/`, without tests and build scripts.
    Product,
    /// `compiler/` without `store`, tests and build scripts.
    Pure,
}

impl Where {
    fn holds(&self, source: &Source, is_test: bool) -> bool {
        let product = !is_test && (source.path.starts_with("compiler/") || source.path.starts_with("runtime/")) && source.path.contains("/src/");
        match self {
            Self::Anywhere => source.path != "tests/tidy/style.rs",
            Self::Product => product,
            Self::Pure => product && source.path.starts_with("compiler/") && !source.path.starts_with("compiler/store/"),
        }
    }
}

#[test]
fn code_keeps_to_its_habits() {
    let exceptions = Exceptions::read("forbidden-word");
    let mut wrong = Vec::new();
    for source in source::all() {
        for (nth, line) in source.lines.iter().enumerate() {
            for (word, place, why) in FORBIDDEN {
                let found = line.code.contains(word) && place.holds(&source, line.is_test);
                if found && !exceptions.allow(&format!("{}: {word}", source.path)) {
                    wrong.push(format!("{}:{}: `{word}`: {why}", source.path, nth + 1));
                }
            }
        }
    }
    exceptions.all_used();
    report("the habits", wrong);
}

#[test]
fn diagnostics_are_built_in_one_file_for_each_phase() {
    let exceptions = Exceptions::read("builds-diagnostics");
    let mut wrong = Vec::new();
    for source in source::all() {
        let home = source.path.contains("diagnostics") || source.path.starts_with("compiler/diag/");
        for (nth, line) in source.lines.iter().enumerate().filter(|it| !it.1.is_test && !home) {
            let builds = ["Diagnostic::error(", "Diagnostic::warning(", "Diagnostic {"].iter().any(|it| line.code.contains(it));
            // The brace of a function that gives one is not the brace of a literal.
            let other = ["impl", "struct", "for ", "->"].iter().any(|it| line.code.contains(it));
            if builds && !other && !exceptions.allow(&source.path) {
                wrong.push(format!("{}:{}: {}", source.path, nth + 1, line.text.trim()));
            }
        }
    }
    exceptions.all_used();
    report("the diagnostics (only `diagnostics.rs` builds them)", wrong);
}

#[test]
fn every_page_has_a_diagnostic() {
    let sources = source::all();
    let used = |constant: &str| {
        let path = format!("code::{constant}");
        let used_by = |source: &&Source| source.lines.iter().filter(|it| !it.is_test).any(|line| names(&line.code, &path));
        sources.iter().any(|it| used_by(&it))
    };
    let idle = code::ALL.iter().filter(|it| !used(&it.name.to_uppercase().replace('-', "_")));
    report("the pages of diag/explain", idle.map(|it| format!("nothing raises `{}`", it.name)).collect());
}

/// Whether `code` holds `path` and not only a longer one.
fn names(code: &str, path: &str) -> bool {
    code.match_indices(path).any(|(at, _)| !code[at + path.len()..].starts_with(|it: char| it.is_alphanumeric() || it == '_'))
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    let exceptions = Exceptions::read("machine-path");
    // Put together here, so that this file does not name them either.
    let roots: Vec<String> = ["work", "root", "farm"].iter().map(|it| format!("/{it}/")).collect();
    let mut wrong = Vec::new();
    for path in super::files() {
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        for (nth, line) in text.lines().enumerate() {
            let machine = roots
                .iter()
                .any(|it| line.match_indices(it.as_str()).any(|(at, _)| !line[..at].ends_with(|it: char| it.is_alphanumeric() || "_.-".contains(it))));
            let name = path.to_string_lossy().replace('\\', "/");
            if machine && !exceptions.allow(&name) {
                wrong.push(format!("{name}:{}: {}", nth + 1, line.trim().chars().take(120).collect::<String>()));
            }
        }
    }
    exceptions.all_used();
    report("the files (paths of one machine)", wrong);
}

#[test]
fn our_own_vix_is_formatted() {
    let mut wrong = Vec::new();
    // The inputs of the parser's own tests may look as they like.
    let ours = super::files().into_iter().filter(|it| it.extension().is_some_and(|it| it == "vix") && !it.starts_with("compiler"));
    for path in ours {
        let text = fs::read_to_string(root().join(&path)).expect("readable");
        let formatted = syntax::fmt::format(&syntax::parse(FileId(0), text.as_str().into()).tree);
        if update() && formatted != text {
            fs::write(root().join(&path), formatted).expect("writable");
        } else if formatted != text {
            wrong.push(format!("{}\n{}", path.display(), diff::lines(&text, &formatted)));
        }
    }
    report("the vix sources (`vix fmt` mends them)", wrong);
}

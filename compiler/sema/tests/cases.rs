//! `wrong/*.txt` and `right/*.txt`: cases `== name`, then the source; in `wrong/` then `--` and what is said about it.
//!
//! A line `>> PATH` begins another file; the first is `main.vix`. A case named `prelude` stands behind every other of its page, so that line numbers are those
//! of the case. `VIX_UPDATE=1` writes what is said into the pages; `VIX_ONLY=words` runs the cases with these words in their name.
//! Every repair that is offered must make something better and nothing worse.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{diagnose, repaired, show};

struct Case {
    name: String,
    source: String,
    expected: String,
}

fn pages(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut pages: Vec<PathBuf> = fs::read_dir(folder).expect("the folder is there").map(|it| it.expect("readable").path()).collect();
    pages.sort();
    pages
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for part in text.split("\n== ").map(|it| it.trim_start_matches("== ")) {
        let (name, rest) = part.split_once('\n').expect("a case has a text");
        let (source, expected) = rest.split_once("\n--\n").unwrap_or((rest, ""));
        cases.push(Case { name: name.trim().to_owned(), source: format!("{}\n", source.trim_end()), expected: expected.trim_end().to_owned() });
    }
    cases
}

/// The files of a case, with the page's prelude behind its first.
fn files(source: &str, prelude: &str) -> Vec<(String, String)> {
    let mut files = vec![("main.vix".to_owned(), String::new())];
    for line in source.lines() {
        match line.strip_prefix(">> ") {
            Some(path) => files.push((path.to_owned(), String::new())),
            None => {
                let text = &mut files.last_mut().expect("never empty").1;
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    if !prelude.is_empty() {
        files[0].1.push('\n');
        files[0].1.push_str(prelude);
    }
    files
}

fn wanted(name: &str) -> bool {
    std::env::var("VIX_ONLY").map_or(true, |it| name.contains(&it))
}

#[test]
fn wrong_inputs_are_told_once_and_at_their_place() {
    let update = std::env::var_os("VIX_UPDATE").is_some();
    let mut failures = Vec::new();
    for path in pages("wrong") {
        let text = fs::read_to_string(&path).expect("readable");
        let cases = cases(&text);
        let prelude = cases.iter().find(|it| it.name == "prelude").map_or("", |it| &it.source);
        let mut out = String::new();
        for case in &cases {
            out.push_str(&format!("== {}\n{}", case.name, case.source));
            if case.name == "prelude" {
                out.push('\n');
                continue;
            }
            if !wanted(&case.name) {
                out.push_str(&format!("--\n{}\n\n", case.expected));
                continue;
            }
            let files = files(&case.source, prelude);
            let found = diagnose(&files);
            let said: String = found.iter().map(|it| show(&files, it)).collect();
            out.push_str(&format!("--\n{said}\n"));
            if said.trim_end() != case.expected && !update {
                failures.push(format!("{}: {}\nexpected\n{}\nfound\n{said}", path.display(), case.name, case.expected));
            }
            if said.is_empty() {
                failures.push(format!("{}: {}: nothing is said", path.display(), case.name));
            }
            for diagnostic in &found {
                if let Some(repaired) = repaired(&files, diagnostic) {
                    let after = diagnose(&repaired);
                    let stays = after.iter().any(|it| it.code == diagnostic.code && it.primary.span.start == diagnostic.primary.span.start);
                    if stays {
                        let said: String = after.iter().map(|it| show(&repaired, it)).collect();
                        failures.push(format!("{}: {}: the repair does not help\n{}\nleaves\n{said}", path.display(), case.name, show(&files, diagnostic)));
                    }
                }
            }
        }
        if update {
            fs::write(&path, format!("{}\n", out.trim_end())).expect("writable");
        }
    }
    assert!(failures.is_empty(), "{} failures\n\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn right_inputs_are_not_complained_about() {
    let mut failures = Vec::new();
    for path in pages("right") {
        let text = fs::read_to_string(&path).expect("readable");
        let cases = cases(&text);
        let prelude = cases.iter().find(|it| it.name == "prelude").map_or("", |it| &it.source);
        for case in cases.iter().filter(|it| it.name != "prelude" && wanted(&it.name)) {
            let files = files(&case.source, prelude);
            let said: String = diagnose(&files).iter().map(|it| show(&files, it)).collect();
            if !said.is_empty() {
                failures.push(format!("{}: {}\n{said}", path.file_name().expect("a name").to_string_lossy(), case.name));
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n\n{}", failures.len(), failures.join("\n"));
}

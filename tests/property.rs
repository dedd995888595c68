//! What holds for every input: no order and no number of threads shows, a cache never shows, and no broken text ends a build.

use std::panic::{AssertUnwindSafe, catch_unwind};

use build::{Format, Options, Outcome, Output};
use diag::FileId;

use crate::support::memory::{Memory, Order};
use crate::support::random::Random;
use crate::support::{compile, diff, drawn, manifests, options, parallel, report};
use crate::{examples, spec, stdlib};

/// Every project that the repository holds: the examples, the library's own, the cases of the specification.
pub fn projects() -> Vec<(String, Memory)> {
    let mut out: Vec<(String, Memory)> = examples::folders().iter().map(|it| (it.to_string_lossy().into_owned(), Memory::of_folder(it))).collect();
    out.extend(stdlib::projects());
    out.extend(spec::pages().iter().flat_map(|it| spec::cases(it)).map(|it| (it.name, it.files)));
    out
}

/// All that a build tells: what it made and what it found.
fn told(outcome: &Outcome) -> String {
    format!("{}\n{}\n{}", manifests(outcome), drawn(&outcome.diagnostics, &outcome.sources), outcome.faults.join("\n"))
}

#[test]
fn neither_the_order_of_files_nor_the_number_of_threads_shows() {
    let projects = projects();
    let failures = parallel(&projects, |(name, files)| {
        let expected = told(&compile(files, &options(Output::Memory)));
        for (order, threads) in [(Order::Backward, 1), (Order::Shuffled(1), 4), (Order::Shuffled(2), 2), (Order::Forward, 8)] {
            let mut files = files.clone();
            files.order = order;
            let actual = told(&compile(&files, &Options { threads, ..options(Output::Memory) }));
            if actual != expected {
                return Some(format!("{name}, {order:?}, {threads} threads\n{}", diff::lines(&expected, &actual)));
            }
        }
        None
    });
    report("the projects", failures.into_iter().flatten().collect());
}

/// Edits of each project; a multiple of them with `VIX_ROUNDS`.
const EDITS: usize = 40;

fn rounds() -> usize {
    std::env::var("VIX_ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(1)
}

#[test]
fn a_build_with_a_cache_equals_one_without() {
    let failures = parallel(&examples::folders(), |folder| {
        let cache = tempfile::tempdir().expect("a temporary folder");
        let original = Memory::of_folder(folder);
        let mut files = original.clone();
        let mut random = Random::new(7);
        for round in 0..EDITS * rounds().max(1) {
            let edited = mutate(&mut files, &original, &mut random);
            let with = Options { cache: Some(cache.path().to_owned()), ..options(Output::Memory) };
            let (expected, actual) = (told(&compile(&files, &options(Output::Memory))), told(&compile(&files, &with)));
            if expected != actual {
                return Some(format!("{}, round {round} ({edited})\n{}", folder.display(), diff::lines(&expected, &actual)));
            }
        }
        None
    });
    report("the examples", failures.into_iter().flatten().collect());
}

/// Changes one file as a person, or a slip of a person, would; often enough it goes back to what it was.
fn mutate(files: &mut Memory, original: &Memory, random: &mut Random) -> String {
    let paths: Vec<String> = original.sources().map(|it| it.0.to_owned()).collect();
    let path = random.pick(&paths).clone();
    let text = files.text(&path).or(original.text(&path)).expect("a source is text").to_owned();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = random.below(lines.len().max(1));
    let what = random.below(10);
    match what {
        0..=2 => {
            files.set(&path, original.text(&path).expect("a source is text"));
            return format!("{path} is as it was");
        }
        3 if files.text(&path).is_some() => {
            files.remove(&path);
            return format!("{path} is gone");
        }
        4 => lines.insert(at, "// a remark".to_owned()),
        5 => lines.insert(at, String::new()),
        6 if !lines.is_empty() => drop(lines.remove(at)),
        7 if !lines.is_empty() => lines[at] = lines[at].replace('1', "2"),
        8 if !lines.is_empty() => lines[at] = lines[at].replace("app", "apq"),
        9 if !lines.is_empty() => {
            let line = lines[at].clone();
            lines.insert(at, line);
        }
        _ => lines.push("let spare: Int = 1".to_owned()),
    }
    files.set(&path, lines.join("\n") + "\n");
    format!("{path}:{}, change {what}", at + 1)
}

/// Positions at which each source is broken; all of them with `VIX_ROUNDS=0`.
const CUTS: usize = 60;

#[test]
fn no_broken_source_ends_a_build() {
    let mut work: Vec<(String, Memory, String)> = Vec::new();
    for folder in examples::folders() {
        let files = Memory::of_folder(&folder);
        for (path, text) in files.sources() {
            for (what, text) in broken(path, text) {
                let mut files = files.clone();
                files.set(path, text);
                work.push((format!("{path}: {what}"), files, path.to_owned()));
            }
        }
    }
    let failures = parallel(&work, |(name, files, _)| {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let outcome = compile(files, &options(Output::Memory));
            told(&outcome)
        }));
        outcome.is_err().then(|| name.clone())
    });
    report("the broken sources", failures.into_iter().flatten().collect());
}

/// Prefixes of a text, and the text without one of its tokens or with a token in the wrong place.
fn broken(path: &str, text: &str) -> Vec<(String, String)> {
    let ends = tokens(text);
    let rounds = rounds();
    let step = if rounds == 0 { 1 } else { (ends.len() / (CUTS * rounds)).max(1) };
    // Each file begins elsewhere, so that all files together hit all kinds of places.
    let first = path.len() % step;
    let mut out = Vec::new();
    for nth in (first..ends.len()).step_by(step) {
        let (start, end) = ends[nth];
        let (other_start, other_end) = ends[(nth * 7 + 3) % ends.len()];
        out.push((format!("only the first {end} bytes"), text[..end].to_owned()));
        out.push((format!("without bytes {start}..{end}"), format!("{}{}", &text[..start], &text[end..])));
        out.push((format!("bytes {other_start}..{other_end} at {start}"), format!("{}{} {}", &text[..start], &text[other_start..other_end], &text[end..])));
    }
    out
}

/// Words, numbers and signs, as ranges of bytes; cut without the lexer, so that a fault of the lexer hides nothing.
fn tokens(text: &str) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    let mut last_was_word = false;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        match out.last_mut() {
            Some(last) if last_was_word && is_word(c) => last.1 = end,
            _ if c == ' ' => {}
            _ => out.push((at, end)),
        }
        last_was_word = is_word(c);
    }
    out
}

#[test]
fn json_and_yaml_say_the_same() {
    let failures = parallel(&projects(), |(name, files)| {
        let json = compile(files, &Options { format: Format::Json, ..options(Output::Memory) });
        let yaml = compile(files, &options(Output::Memory));
        let objects = |outcome: &Outcome| outcome.envs.iter().map(|it| (it.name.clone(), it.objects)).collect::<Vec<_>>();
        if objects(&json) != objects(&yaml) {
            return Some(format!("{name}: {:?} and {:?}", objects(&json), objects(&yaml)));
        }
        json.envs
            .iter()
            .find_map(|env| serde_json::from_slice::<serde_json::Value>(&env.text.to_vec()).err().map(|error| format!("{name}: {}: {error}", env.name)))
    });
    report("the projects", failures.into_iter().flatten().collect());
}

fn format(text: &str) -> String {
    syntax::fmt::format(&syntax::parse(FileId(0), text.into()).tree)
}

#[test]
fn formatting_keeps_the_meaning_and_is_done_once() {
    let failures = parallel(&projects(), |(name, files)| {
        let mut formatted = files.clone();
        for (path, text) in files.sources() {
            let once = format(text);
            let twice = format(&once);
            if once != twice {
                return Some(format!("{name}: {path} is formatted twice\n{}", diff::lines(&once, &twice)));
            }
            formatted.set(path, once);
        }
        let (expected, actual) = (compile(files, &options(Output::Memory)), compile(&formatted, &options(Output::Memory)));
        // Texts of messages may show other blanks; what is made and what is found may not change.
        let codes = |outcome: &Outcome| outcome.diagnostics.iter().map(|it| it.code.name).collect::<Vec<_>>();
        (manifests(&expected) != manifests(&actual) || codes(&expected) != codes(&actual))
            .then(|| format!("{name}\n{}", diff::lines(&told(&expected), &told(&actual))))
    });
    report("the projects", failures.into_iter().flatten().collect());
}

#[test]
fn any_bytes_are_a_source() {
    let mut random = Random::new(11);
    let work: Vec<Vec<u8>> = (0..200 * rounds().max(1))
        .map(|_| {
            let length = random.below(400);
            let alphabets: [&[u8]; 2] = [b"{}[]()\"\\:=.,|/#\n abz019-", &[0, 9, 10, 13, 27, 34, 92, 127, 128, 192, 226, 128, 174, 255]];
            let alphabet = *random.pick(&alphabets);
            (0..length).map(|_| *random.pick(alphabet)).collect()
        })
        .chain(["[", "{", "(", "a{", "\"\\(", "if ", "!", "-", "a.", "a[", "match a{b=>", "fn f()->"].map(|it| it.repeat(20_000).into_bytes()))
        .collect();
    let failures = parallel(&work, |bytes| {
        let files = Memory::new([("main.vix", bytes.clone())]);
        let outcome = catch_unwind(AssertUnwindSafe(|| told(&compile(&files, &options(Output::Memory)))));
        outcome.is_err().then(|| format!("{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(200)])))
    });
    report("the byte strings", failures.into_iter().flatten().collect());
}

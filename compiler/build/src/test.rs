//! A build with a cache tells and makes what a build without one does, whatever was edited, broken or damaged in between.

mod project;
mod world;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use diag::{Diagnostic, Severity, Span};

use crate::{Events, Format, Options, Outcome, Output, Select, Sources, run};
use project::{Edits, Random};
use world::Memory;

/// A folder of this test, removed with it.
pub struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("vix-build-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a temporary folder can be made");
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn options(cache: Option<&Folder>) -> Options {
    Options {
        select: Select::All,
        format: Format::Yaml,
        output: Output::Memory,
        cache: cache.map(|it| it.path().to_owned()),
        project: "test".to_owned(),
        identity: "test".to_owned(),
        deny_warnings: false,
        threads: 1,
    }
}

fn place(span: Span, sources: &Sources) -> String {
    format!("{}:{}..{}", sources.path(span.file), span.start, span.end)
}

fn said(it: &Diagnostic, sources: &Sources) -> String {
    let severity = if it.severity == Severity::Error { "error" } else { "warning" };
    let mut out = format!("{severity}[{}] {}: {} ({})\n", it.code.name, place(it.primary.span, sources), it.message, it.primary.text);
    for label in &it.labels {
        out += &format!("  {}: {}\n", place(label.span, sources), label.text);
    }
    for note in &it.notes {
        out += &format!("  note: {note}\n");
    }
    for help in &it.help {
        out += &format!("  help: {help}\n");
    }
    out
}

/// All that a build tells and makes.
fn told(outcome: &Outcome) -> String {
    let mut out: String = outcome.diagnostics.iter().map(|it| said(it, &outcome.sources)).collect();
    for fault in &outcome.faults {
        out += &format!("fault: {fault}\n");
    }
    for env in &outcome.envs {
        out += &format!("== {} {} {}\n{}", env.name, env.objects, env.instances, String::from_utf8_lossy(&env.text));
    }
    out
}

fn assert_same(expected: &str, actual: &str, context: &str) {
    if expected == actual {
        return;
    }
    let (a, b): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let missing: Vec<&&str> = a.iter().filter(|it| !b.contains(it)).take(12).collect();
    let surplus: Vec<&&str> = b.iter().filter(|it| !a.contains(it)).take(12).collect();
    panic!(
        "{context}\nmissing with the cache: {missing:#?}\nonly with the cache: {surplus:#?}\n--- without cache\n{}\n--- with cache\n{}",
        head(expected),
        head(actual)
    );
}

fn head(text: &str) -> String {
    text.lines().filter(|it| !it.starts_with(' ')).take(30).collect::<Vec<_>>().join("\n")
}

fn rounds() -> usize {
    std::env::var("VIX_ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(60)
}

fn selects() -> [Select; 5] {
    [Select::All, Select::Env("dev".to_owned()), Select::Env("prod".to_owned()), Select::Path("envs/dev".to_owned()), Select::Env("nope".to_owned())]
}

/// One random walk over edits; after each the build with a cache must equal that without.
fn walk(seed: u64, damage: bool) {
    let cache = Folder::new();
    let mut random = Random::new(seed);
    let mut edits = Edits::new();
    let mut log = Vec::new();
    for round in 0..rounds() {
        for _ in 0..1 + random.below(2) {
            log.push(format!("{round}: {}", edits.step(&mut random)));
        }
        if damage && random.below(3) == 0 {
            log.push(format!("{round}: {}", hurt(cache.path(), &mut random)));
        }
        let mut files = edits.files();
        files.shuffle = random.next();
        let select = if random.below(3) == 0 { selects()[random.below(5)].clone() } else { Select::All };
        let mut with = Options { select, threads: 1 + random.below(3), ..options(Some(&cache)) };
        with.format = if random.below(4) == 0 { Format::Json } else { Format::Yaml };
        with.output = if random.below(6) == 0 { Output::None } else { Output::Memory };
        with.deny_warnings = random.below(8) == 0;
        let clean = Options { cache: None, threads: 1, ..with.clone() };
        let (expected, actual) = (run(&edits.files(), &clean), run(&files, &with));
        assert_events(&actual.events, &log);
        let tail = log[log.len().saturating_sub(14)..].join("\n");
        assert_same(&told(&expected), &told(&actual), &format!("seed {seed}, {:?} {:?}\n{tail}", with.select, with.format));
    }
}

fn assert_events(events: &Events, log: &[String]) {
    assert!(events.parsed <= events.read + 100, "{events:?} {log:?}");
}

fn files_below(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("readable").map(|it| it.expect("readable").path()) {
        if entry.is_dir() { files_below(&entry, out) } else { out.push(entry) }
    }
}

/// Damages one file of the cache.
fn hurt(cache: &Path, random: &mut Random) -> String {
    let mut files = Vec::new();
    files_below(cache, &mut files);
    files.retain(|it| std::fs::metadata(it).is_ok_and(|it| it.len() > 0));
    files.sort();
    if files.is_empty() {
        return "nothing to damage".to_owned();
    }
    let path = &files[random.below(files.len())];
    let mut bytes = std::fs::read(path).expect("readable");
    let what = random.below(3);
    let at = random.below(bytes.len());
    match what {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes.truncate(at),
        _ => {
            std::fs::remove_file(path).expect("removable");
            return format!("{} removed", path.display());
        }
    }
    std::fs::write(path, bytes).expect("writable");
    format!("{} damaged ({what}) at {at}", path.display())
}

#[test]
fn the_first_project_builds() {
    let outcome = run(&Edits::new().files(), &options(None));
    let told = told(&outcome);
    assert!(outcome.diagnostics.is_empty() && outcome.faults.is_empty(), "{}", head(&told));
    assert_eq!(outcome.envs.len(), 2);
    assert!(told.contains("kind: Deployment"), "{told}");
}

#[test]
fn a_build_with_a_cache_equals_one_without() {
    let base: u64 = std::env::var("VIX_SEED").ok().and_then(|it| it.parse().ok()).unwrap_or(1);
    for seed in base..base + 6 {
        walk(seed, false);
    }
}

#[test]
fn a_damaged_cache_shows_nowhere() {
    for seed in 100..104 {
        walk(seed, true);
    }
}

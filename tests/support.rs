//! What the tests share: projects in memory, Markdown with cases, comparisons that can be read, and skipping out loud.

pub mod diff;
pub mod markdown;
pub mod memory;
pub mod random;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use build::{Format, Options, Outcome, Output, Select, Sources};
use diag::{Diagnostic, Sink};

use memory::Memory;

/// The root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("the test crate lies in the repository").to_owned()
}

/// Whether expected texts are rewritten.
pub fn update() -> bool {
    std::env::var_os("VIX_UPDATE").is_some_and(|it| it == "1")
}

/// Whether a case is asked for.
pub fn wanted(name: &str) -> bool {
    std::env::var("VIX_ONLY").map_or(true, |only| name.contains(&only))
}

/// Says that a test did not run, and why; where everything needed must be there, that is a failure.
pub fn skip(test: &str, reason: &str) {
    assert!(std::env::var_os("VIX_NO_SKIP").is_none_or(|it| it != "1"), "{test} must not be skipped: {reason}");
    println!("SKIPPED {test}: {reason}");
    eprintln!("SKIPPED {test}: {reason}");
}

/// Options of a build without cache.
pub fn options(output: Output) -> Options {
    Options {
        select: Select::All,
        format: Format::Yaml,
        output,
        cache: None,
        project: "test".to_owned(),
        memory: build::Memory::Project,
        kubernetes: None,
        schemas: Vec::new(),
        identity: "test".to_owned(),
        deny_warnings: false,
        why: None,
        threads: 1,
        tests: None,
    }
}

/// Builds a project as the command line does: first the project file, then everything else.
pub fn compile(files: &Memory, options: &Options) -> Outcome {
    if let Some(text) = files.text(cli::PROJECT_FILE) {
        let (mut sources, mut sink) = (Sources::default(), Sink::new());
        let file = sources.add(cli::PROJECT_FILE, text.into());
        let project = cli::parse_project(text, file, &mut sink);
        let lock = files.text(cli::LOCK_FILE).map_or_else(cli::Lock::default, |text| {
            let file = sources.add(cli::LOCK_FILE, text.into());
            cli::Lock::parse(text, file, &mut sink)
        });
        let schemas = cli::locked_schemas(&project, &lock, &mut sink);
        if sink.has_errors() {
            return Outcome { sources, diagnostics: sink.into_sorted(), ..Outcome::default() };
        }
        return build::run(files, &Options { kubernetes: project.kubernetes, schemas, ..options.clone() });
    }
    build::run(files, options)
}

/// As `compile`, with all tests of the project decided; their diagnostics stand behind the others.
pub fn compile_and_test(files: &Memory, options: &Options) -> Outcome {
    let mut outcome = compile(files, &Options { tests: Some(String::new()), ..options.clone() });
    outcome.diagnostics.extend(outcome.tests.iter().flat_map(|it| it.wrong.iter().cloned()));
    outcome
}

/// Diagnostics as a terminal without colours shows them.
pub fn drawn(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    cli::render(diagnostics, sources, cli::Style { colour: false, unicode: true, width: 100, cut: false }).trim_end().to_owned()
}

/// All manifests of an outcome, as printed.
pub fn manifests(outcome: &Outcome) -> String {
    outcome.envs.iter().map(|env| String::from_utf8_lossy(&env.text.to_vec()).into_owned()).collect::<Vec<_>>().join("---\n")
}

/// Does the same to every item on all cores, and gives the results in the order of the items.
pub fn parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            let worker = || {
                while let Some((nth, item)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|nth| Some((nth, items.get(nth)?))) {
                    let result = work(item);
                    results.lock().expect("a panicking case ends the test").push((nth, result));
                }
            };
            // Deep sources need more than the default of two megabytes in an unoptimised build.
            std::thread::Builder::new().stack_size(16 << 20).spawn_scoped(scope, worker).expect("threads can be started");
        }
    });
    let mut results = results.into_inner().expect("a panicking case ends the test");
    results.sort_by_key(|(nth, _)| *nth);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Fails with all complaints at once.
pub fn report(what: &str, failures: Vec<String>) {
    assert!(failures.is_empty(), "{} of {what} failed (VIX_UPDATE=1 rewrites expected texts)\n\n{}", failures.len(), failures.join("\n"));
}

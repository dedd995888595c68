//! A damaged cache costs time, never a byte; what a build reuses is counted, not timed.

use std::fs;
use std::path::{Path, PathBuf};

use build::{Options, Outcome, Output};

use crate::support::memory::Memory;
use crate::support::random::Random;
use crate::support::{compile, drawn, manifests, options, report};

const PROJECT: [(&str, &str); 3] = [
    ("base.vix", "cluster lab { kubernetes: \"1.36\" }\nnamespace one\nenv dev { cluster: cluster.lab, app a, app b }\n"),
    ("a.vix", "app a {\n  namespace: one\n  container main { image: \"traefik/whoami:v1.11.0\", port http { number: 80 } }\n}\n"),
    ("b.vix", "app b {\n  namespace: one\n  container main { image: \"traefik/whoami:v1.11.0\", port http { number: 81 } }\n}\n"),
];

fn with(cache: &Path) -> Options {
    Options { cache: Some(cache.to_owned()), ..options(Output::Memory) }
}

/// The manifests of a build that must succeed.
fn made(files: &Memory, options: &Options) -> (String, Outcome) {
    let outcome = compile(files, options);
    assert!(outcome.diagnostics.is_empty(), "{}", drawn(&outcome.diagnostics, &outcome.sources));
    assert!(outcome.faults.is_empty(), "{:?}", outcome.faults);
    assert!(!outcome.envs.is_empty(), "nothing was built; {:?}", outcome.notices);
    let text = manifests(&outcome);
    assert!(text.contains("kind: Deployment"), "{text}");
    (text, outcome)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut rest = vec![folder.to_owned()];
    while let Some(path) = rest.pop() {
        if path.is_dir() {
            rest.extend(fs::read_dir(&path).expect("readable").map(|it| it.expect("readable").path()));
        } else {
            out.push(path);
        }
    }
    out.sort();
    out
}

/// A way to hurt a file.
type Damage = Box<dyn Fn(&Path, &[u8])>;

fn damages(length: usize, random: &mut Random) -> Vec<(String, Damage)> {
    let write = |path: &Path, bytes: &[u8]| fs::write(path, bytes).expect("writable");
    let mut out: Vec<(String, Damage)> = vec![
        ("removed".to_owned(), Box::new(|path, _| fs::remove_file(path).expect("removable"))),
        ("emptied".to_owned(), Box::new(move |path, _| write(path, b""))),
        ("another file".to_owned(), Box::new(move |path, _| write(path, b"something else entirely\n"))),
        ("one byte longer".to_owned(), Box::new(move |path, bytes| write(path, &[bytes, b"x"].concat()))),
        ("doubled".to_owned(), Box::new(move |path, bytes| write(path, &[bytes, bytes].concat()))),
        ("zeroed".to_owned(), Box::new(move |path, bytes| write(path, &vec![0; bytes.len()]))),
    ];
    if length == 0 {
        return out;
    }
    for _ in 0..12 {
        let at = random.below(length);
        out.push((format!("cut at {at}"), Box::new(move |path, bytes| write(path, &bytes[..at]))));
    }
    for _ in 0..24 {
        let (at, bit) = (random.below(length), random.below(8));
        let flip = move |path: &Path, bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            bytes[at] ^= 1 << bit;
            write(path, &bytes);
        };
        out.push((format!("bit {bit} of byte {at} flipped"), Box::new(flip)));
    }
    out
}

#[test]
fn a_damaged_cache_never_shows() {
    let files = Memory::new(PROJECT);
    let (expected, _) = made(&files, &options(Output::Memory));
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(made(&files, &with(folder.path())).0, expected);
    let saved: Vec<(PathBuf, Vec<u8>)> = files_below(folder.path()).into_iter().map(|it| (it.clone(), fs::read(it).expect("readable"))).collect();
    assert!(saved.iter().any(|it| !it.1.is_empty()), "nothing is cached");
    let mut random = Random::new(3);
    let mut failures = Vec::new();
    for (path, bytes) in &saved {
        for (what, damage) in damages(bytes.len(), &mut random) {
            for later in files_below(folder.path()) {
                fs::remove_file(later).expect("removable");
            }
            for (path, bytes) in &saved {
                fs::write(path, bytes).expect("writable");
            }
            damage(path, bytes);
            // Twice: what the first build repaired must be whole.
            for round in 1..=2 {
                let outcome = compile(&files, &with(folder.path()));
                let actual = manifests(&outcome);
                if actual != expected {
                    let name = path.strip_prefix(folder.path()).unwrap_or(path).display();
                    let said = drawn(&outcome.diagnostics, &outcome.sources);
                    failures.push(format!("{name} {what}, build {round}: {} bytes of manifests; {said}{:?}", actual.len(), outcome.faults));
                }
            }
        }
    }
    report("the damages", failures);
}

#[test]
fn a_second_build_evaluates_nothing() {
    let files = Memory::new(PROJECT);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (first, cold) = made(&files, &with(folder.path()));
    assert!(cold.events.evaluated > 0, "{:?}", cold.events);
    let (second, warm) = made(&files, &with(folder.path()));
    assert_eq!(first, second);
    assert_eq!((warm.events.read, warm.events.parsed, warm.events.checked, warm.events.evaluated), (0, 0, 0, 0), "{:?}", warm.events);
}

#[test]
fn an_edit_of_one_app_evaluates_that_app() {
    let mut files = Memory::new(PROJECT);
    let folder = tempfile::tempdir().expect("a temporary folder");
    made(&files, &with(folder.path()));
    files.set("b.vix", PROJECT[2].1.replace("81", "82"));
    let (text, outcome) = made(&files, &with(folder.path()));
    assert!(text.contains("containerPort: 82"), "{text}");
    assert_eq!(outcome.events.evaluated, 1, "{:?}", outcome.events);
}

#[test]
fn an_edit_of_a_comment_evaluates_nothing() {
    let mut files = Memory::new(PROJECT);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (expected, _) = made(&files, &with(folder.path()));
    files.set("b.vix", format!("// a remark\n{}", PROJECT[2].1));
    let (text, outcome) = made(&files, &with(folder.path()));
    assert_eq!((text, outcome.events.evaluated), (expected, 0), "{:?}", outcome.events);
}

/// What link found and an `allow` silenced is remembered as nothing to say, until the `allow` goes.
#[test]
fn what_is_no_longer_allowed_is_said() {
    let cache = tempfile::tempdir().expect("a temporary folder");
    let options = with(cache.path());
    let service = |allow: &str| {
        let object = format!("object Service extra {{ {allow}, spec {{ selector {{ app: \"c\" }}, ports: [{{ port: 80 }}] }} }}");
        format!("app a {{\n  namespace: one\n  container main {{ image: \"a:1\" }}\n  {object}\n}}\n")
    };
    let files = |allow: &str| Memory::new([PROJECT[0], ("a.vix", service(allow).as_str()), PROJECT[2]]);
    let allowed = files("allow selects-nothing \"an operator makes the pods\"");
    let (first, _) = made(&allowed, &options);
    let (second, outcome) = made(&allowed, &options);
    assert_eq!((second, outcome.events.linked), (first, 0));
    let outcome = compile(&files("metadata.labels: {}"), &options);
    assert_eq!(outcome.diagnostics.iter().map(|it| it.code.name).collect::<Vec<_>>(), ["selects-nothing"]);
}

#[test]
fn builds_beside_each_other_do_not_disturb() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let variants: Vec<Memory> = (0..8)
        .map(|nth| {
            let mut files = Memory::new(PROJECT);
            // Each variant has a time of its own, as files on a disk would.
            for port in 0..=nth {
                files.set("b.vix", PROJECT[2].1.replace("81", &format!("9{port}")));
            }
            files
        })
        .collect();
    let expected: Vec<String> = variants.iter().map(|it| made(it, &options(Output::Memory)).0).collect();
    std::thread::scope(|scope| {
        for (files, expected) in variants.iter().zip(&expected) {
            let cache = with(folder.path());
            scope.spawn(move || {
                for _ in 0..10 {
                    assert_eq!(&made(files, &cache).0, expected);
                }
            });
        }
    });
}

#[test]
fn a_cache_that_cannot_be_written_is_a_notice() {
    let files = Memory::new(PROJECT);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blocked = folder.path().join("cache");
    fs::write(&blocked, "a file where the folder should be").expect("writable");
    let (text, outcome) = made(&files, &with(&blocked));
    assert_eq!(text, made(&files, &options(Output::Memory)).0);
    assert_eq!(outcome.notices.len(), 1, "{:?}", outcome.notices);
}

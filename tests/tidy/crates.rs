//! The directions of imports between rooms, the homes of outside crates, and the reasons of dependencies.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::exceptions::Exceptions;
use super::source::{self, Source};
use crate::support::{report, root};

/// Which room may import which: the arrows of the architecture. What an imported room may import is allowed too.
const ARROWS: &[(&str, &[&str])] = &[
    ("compiler/diag", &[]),
    ("compiler/syntax", &["compiler/diag"]),
    ("compiler/schema", &["compiler/diag"]),
    ("compiler/sema", &["compiler/syntax", "compiler/schema"]),
    ("compiler/manifest", &["compiler/diag"]),
    ("compiler/eval", &["compiler/sema", "compiler/manifest"]),
    ("compiler/store", &[]),
    ("stdlib", &[]),
    ("stdlib/gen", &["compiler/schema"]),
    ("compiler/build", &["compiler/eval", "compiler/store", "stdlib"]),
    ("compiler/diff", &["compiler/sema", "compiler/manifest"]),
    ("runtime/cli", &["compiler/build", "compiler/diff"]),
    ("tests", &["runtime/cli"]),
];

/// Where an outside crate lives: its name in source, and the paths that may name it. Tests may use any.
const HOMES: &[(&str, &[&str])] = &[
    // A pack of schemas carries the digest of its bytes, and `schema` must not know `store`.
    ("blake3", &["compiler/store/src/", "compiler/schema/src/"]),
    ("bumpalo", &["compiler/eval/src/"]),
    ("clap", &["runtime/cli/src/"]),
    ("clap_complete", &["runtime/cli/src/cmd/completions.rs"]),
    ("clap_mangen", &["runtime/cli/src/cmd/man.rs"]),
    ("granit_parser", &["compiler/manifest/src/yaml/read.rs"]),
    ("mimalloc", &["runtime/cli/src/main.rs"]),
    ("miette", &["runtime/cli/src/render.rs"]),
    ("nom", &["compiler/syntax/src/literal.rs", "compiler/syntax/src/literal/"]),
    ("rayon", &["compiler/build/src/"]),
    ("regex", &["compiler/sema/src/", "compiler/eval/src/"]),
    // A hash for small keys, wherever a phase looks something up; nothing that is kept depends on it.
    ("rustc_hash", &["compiler/"]),
    ("rustix", &["runtime/cli/src/world.rs", "compiler/store/src/disk/"]),
    ("serde_yaml", &["stdlib/gen/src/crds.rs"]),
    ("serde_json", &["runtime/cli/src/", "compiler/schema/src/convert", "stdlib/gen/src/"]),
    ("sha2", &["compiler/build/src/", "compiler/manifest/src/", "compiler/eval/src/"]),
    // The figures of `store` are taken in a folder that goes away.
    ("tempfile", &["compiler/store/src/", "compiler/store/examples/"]),
    ("terminal_size", &["runtime/cli/src/host.rs"]),
    ("toml", &["runtime/cli/src/project.rs"]),
    ("walkdir", &["runtime/cli/src/world.rs"]),
];

/// A dependency as `Cargo.toml` has it.
struct Dependency {
    /// The name in source.
    name: String,
    /// Everything behind the name.
    value: String,
    /// The line above is a comment.
    has_reason: bool,
    /// In `[dev-dependencies]`.
    for_tests: bool,
}

/// The rooms, by folder, with what they depend on.
fn rooms() -> BTreeMap<String, Vec<Dependency>> {
    let manifests = super::files().into_iter().filter(|it| it.file_name().is_some_and(|it| it == "Cargo.toml"));
    manifests.filter_map(|it| Some((it.parent()?.to_string_lossy().replace('\\', "/"), it))).map(|(folder, path)| (folder, dependencies(&path))).collect()
}

fn dependencies(path: &PathBuf) -> Vec<Dependency> {
    let text = fs::read_to_string(root().join(path)).expect("readable");
    let (mut section, mut above, mut out) = (String::new(), "", Vec::new());
    for line in text.lines() {
        if line.starts_with('[') {
            section = line.to_owned();
        } else if let Some((name, value)) = line.split_once('=')
            && section.ends_with("dependencies]")
        {
            let (name, rest) = name.trim().split_once('.').unwrap_or((name.trim(), ""));
            let has_reason = above.starts_with('#');
            out.push(Dependency { name: name.replace('-', "_"), value: format!("{rest}{value}"), has_reason, for_tests: section.contains("dev-") });
        }
        above = line;
    }
    out
}

/// The folder of a room by the name it has in source.
fn folders() -> BTreeMap<String, String> {
    let mut out: BTreeMap<String, String> = dependencies(&PathBuf::from("Cargo.toml"))
        .into_iter()
        .filter_map(|it| Some((it.name, it.value.split_once("path = \"")?.1.split('"').next()?.to_owned())))
        .collect();
    out.insert("cli".to_owned(), "runtime/cli".to_owned());
    out
}

#[test]
fn rooms_import_in_the_right_direction() {
    let folders = folders();
    let mut wrong = Vec::new();
    for (room, dependencies) in rooms() {
        if room.is_empty() {
            continue;
        }
        let Some(allowed) = reachable(&room) else {
            wrong.push(format!("{room} has no row in ARROWS"));
            continue;
        };
        for it in dependencies.iter().filter(|it| !it.for_tests || room == "tests") {
            if let Some(folder) = folders.get(&it.name)
                && !allowed.contains(folder)
            {
                wrong.push(format!("{room} must not import {folder}"));
            }
        }
    }
    report("the imports between rooms", wrong);
}

/// Everything that the arrows lead to.
fn reachable(room: &str) -> Option<Vec<String>> {
    let arrows = |from: &str| ARROWS.iter().find(|it| it.0 == from).map(|it| it.1);
    let mut out: Vec<String> = Vec::new();
    let mut rest: Vec<&str> = arrows(room)?.to_vec();
    while let Some(next) = rest.pop() {
        out.push(next.to_owned());
        rest.extend(arrows(next).unwrap_or_default());
    }
    Some(out)
}

#[test]
fn every_dependency_has_its_reason() {
    let exceptions = Exceptions::read("dependency-without-reason");
    let mut wrong = Vec::new();
    for (room, dependencies) in rooms() {
        for it in dependencies {
            let elsewhere = it.value.contains("workspace") || it.value.contains("path = ");
            if !elsewhere && !it.has_reason && !exceptions.allow(&format!("{room}: {}", it.name)) {
                wrong.push(format!("{room}/Cargo.toml: `{}` needs a line above it that says why", it.name));
            }
        }
    }
    exceptions.all_used();
    report("the dependencies", wrong);
}

#[test]
fn every_outside_crate_has_one_home() {
    let exceptions = Exceptions::read("outside-its-home");
    let ours = folders();
    let mut outside: Vec<String> = rooms().into_values().flatten().filter(|it| !it.for_tests).map(|it| it.name).filter(|it| !ours.contains_key(it)).collect();
    outside.sort();
    outside.dedup();
    let sources = source::all();
    let mut wrong = Vec::new();
    for name in outside {
        let users = sources.iter().filter(|it| names(it, &name));
        let Some((_, homes)) = HOMES.iter().find(|it| it.0 == name) else {
            let users: Vec<&str> = users.map(|it| it.path.as_str()).collect();
            if !users.is_empty() {
                wrong.push(format!("{name} has no row in HOMES; used in {users:?}"));
            }
            continue;
        };
        for user in users.filter(|it| !homes.iter().any(|home| it.path.starts_with(home))) {
            if !exceptions.allow(&format!("{name} in {}", user.path)) {
                wrong.push(format!("{name} does not live in {}", user.path));
            }
        }
    }
    exceptions.all_used();
    report("the outside crates", wrong);
}

/// Whether code that is no test names a crate.
fn names(source: &Source, name: &str) -> bool {
    let path = format!("{name}::");
    source.lines.iter().filter(|it| !it.is_test).any(|line| {
        line.code.match_indices(&path).any(|(at, _)| !line.code[..at].ends_with(|it: char| it.is_alphanumeric() || it == '_' || it == ':' || it == '"'))
    })
}

#[test]
fn nobody_passes_on_the_items_of_another_crate() {
    let mut names: Vec<String> = rooms().into_values().flatten().map(|it| it.name).collect();
    names.extend(["std", "core", "alloc"].map(str::to_owned));
    let mut wrong = Vec::new();
    for source in source::all() {
        for line in &source.lines {
            let Some(rest) = line.code.trim().strip_prefix("pub use ") else { continue };
            let first = rest.trim_start_matches("::").split([':', ';', ' ']).next().unwrap_or_default();
            // A module of the same name as a crate is told apart by a path that begins with `crate` or `self`.
            if names.iter().any(|it| it == first) && !has_module(&source, first) {
                wrong.push(format!("{}: {}", source.path, line.text.trim()));
            }
        }
    }
    report("the re-exports", wrong);
}

fn has_module(source: &Source, name: &str) -> bool {
    source.lines.iter().any(|it| it.code.trim().trim_start_matches("pub ").trim_start_matches("pub(crate) ") == format!("mod {name};"))
}

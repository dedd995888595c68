//! Every folder of `examples/` builds without a word, and becomes the manifests that are committed beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use build::{Output, World as _};
use cli::Files;

use crate::support::{diff, drawn, options, report, root, update, wanted};

/// The examples, by name.
pub fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(root().join("examples")).expect("readable").map(|it| it.expect("readable").path()).collect();
    folders.retain(|it| it.join(cli::PROJECT_FILE).is_file());
    folders.sort();
    folders
}

#[test]
fn examples() {
    let folders = folders();
    assert!(!folders.is_empty(), "no projects in examples/");
    let failures = folders.iter().filter(|it| wanted(&it.to_string_lossy())).flat_map(|it| check(it)).collect();
    report("the examples", failures);
}

fn check(folder: &Path) -> Vec<String> {
    let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
    let world = Files::new(folder).expect("readable");
    assert!(!world.walk().expect("readable").is_empty(), "{name} has no sources");
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let out = scratch.path().join("out");
    let outcome = build::run(&world, &options(Output::Folder(out.clone())));
    if !outcome.diagnostics.is_empty() || !outcome.faults.is_empty() || outcome.envs.is_empty() {
        let said = drawn(&outcome.diagnostics, &outcome.sources);
        return vec![format!("{name}: {} environments\n{said}\n{}", outcome.envs.len(), outcome.faults.join("\n"))];
    }
    let (actual, expected) = (manifests(&out), manifests(&folder.join("manifests")));
    if update() {
        rewrite(&folder.join("manifests"), &expected, &actual);
        return Vec::new();
    }
    let mut failures = Vec::new();
    for path in expected.keys().chain(actual.keys().filter(|it| !expected.contains_key(*it))) {
        match (expected.get(path), actual.get(path)) {
            (Some(old), Some(new)) if old == new => {}
            (Some(old), Some(new)) => failures.push(format!("{name}: manifests/{path}\n{}", diff::lines(old, new))),
            (Some(_), None) => failures.push(format!("{name}: manifests/{path} is no longer made")),
            (None, _) => failures.push(format!("{name}: manifests/{path} is made and not committed")),
        }
    }
    failures
}

/// The manifests below a folder: `<env>/<file>`.
fn manifests(folder: &Path) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for env in fs::read_dir(folder).into_iter().flatten().flatten() {
        for file in fs::read_dir(env.path()).into_iter().flatten().flatten() {
            let path = file.path();
            if path.extension().is_some_and(|it| it == "yaml") {
                let name = format!("{}/{}", env.file_name().to_string_lossy(), file.file_name().to_string_lossy());
                out.insert(name, fs::read_to_string(path).expect("readable"));
            }
        }
    }
    out
}

fn rewrite(folder: &Path, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) {
    for path in old.keys().filter(|it| !new.contains_key(*it)) {
        fs::remove_file(folder.join(path)).expect("removable");
    }
    for (path, text) in new.iter().filter(|(path, text)| old.get(*path) != Some(text)) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("below")).expect("writable");
        fs::write(path, text).expect("writable");
    }
}

//! Six apps of a real home, written in vix (`tests/parity`), become what `kubectl kustomize` makes of their YAML: each object of each
//! overlay, and no other. What was expected and the texts that the apps embed are other people's, so they stay outside: `VIX_CORPORA`
//! names a folder with the repository's sources, kustomize's output and a `manifest.json` that lists them.
//!
//! Equal means: the same objects by kind, namespace and name, equal as data; lists in order, `null` like absent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use build::Output;
use manifest::id::ObjectId;
use manifest::json::Json;
use manifest::yaml::read;

use crate::support::memory::Memory;
use crate::support::{compile, diff, drawn, options, report, root, skip};

/// The set of cases.
const SET: &str = "vixens";
/// The apps, as folders call them.
const APPS: [&str; 6] = ["adguard-home", "authentik", "cert-manager", "homeassistant", "lidarr", "mealie"];
/// Texts that apps embed: the file of the corpus, where in it the text stands, the file that the sources read.
const TEXTS: [(&str, &[&str], &str); 5] = [
    ("apps/10-home/homeassistant/base/configmap.yaml", &["data", "configuration.yaml"], "files/configuration.yaml"),
    (HOME_ASSISTANT, &["spec", "template", "spec", "initContainers", "install-python-deps", "args", "0"], "files/install-python-deps.sh"),
    (HOME_ASSISTANT, &["spec", "template", "spec", "initContainers", "config-init", "args", "0"], "files/config-init.sh"),
    ("apps/03-security/authentik/base/configmap.yaml", &["data", "vixens-netbird.yaml"], "files/vixens-netbird.yaml"),
    ("apps/03-security/authentik/base/configmap.yaml", &["data", "vixens-hydrus.yaml"], "files/vixens-hydrus.yaml"),
];
const HOME_ASSISTANT: &str = "apps/10-home/homeassistant/base/deployment.yaml";

/// Objects by id, each with the overlay that it is of, in a form that is equal for equal objects.
type Objects = BTreeMap<ObjectId, (String, String)>;

#[test]
fn six_apps_equal_what_kustomize_makes() {
    let Some(corpora) = std::env::var_os("VIX_CORPORA").map(PathBuf::from) else {
        return skip("six_apps_equal_what_kustomize_makes", "VIX_CORPORA is not set");
    };
    let mut files = Memory::of_folder(&root().join("tests/parity"));
    for (file, path, to) in TEXTS {
        files.set(to, text_at(&corpora.join(SET).join("src").join(file), path));
    }
    let expected = expected(&corpora);
    assert!(!expected.is_empty(), "no overlays of {APPS:?}");
    let outcome = compile(&files, &options(Output::Memory));
    let said = drawn(&outcome.diagnostics, &outcome.sources);
    assert!(!outcome.diagnostics.iter().any(|it| it.severity == diag::Severity::Error), "{said}");
    let names: Vec<&str> = outcome.envs.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, expected.keys().map(String::as_str).collect::<Vec<_>>(), "the environments are the overlays\n{said}");
    let mut failures = Vec::new();
    for (env, expected) in outcome.envs.iter().zip(expected.values()) {
        let text = String::from_utf8_lossy(&env.text.to_vec()).into_owned();
        failures.extend(compare(&env.name, expected, &objects(&text, &env.name)));
    }
    report("the objects", failures);
}

/// What kustomize made, by environment.
fn expected(corpora: &Path) -> BTreeMap<String, Objects> {
    let list = std::fs::read_to_string(corpora.join("manifest.json")).expect("a list of cases");
    let list: serde_json::Value = serde_json::from_str(&list).expect("the list is JSON");
    let mut out: BTreeMap<String, Objects> = BTreeMap::new();
    for case in list["cases"].as_array().expect("cases") {
        let parts: Vec<&str> = case["dir"].as_str().expect("a folder").split('/').collect();
        if let ["apps", _, app, "overlays", env] = parts[..]
            && case["set"] == SET
            && APPS.contains(&app)
        {
            let text = std::fs::read_to_string(corpora.join(case["expected"].as_str().expect("a path"))).expect("readable");
            let made = out.entry(env.to_owned()).or_default();
            for (id, object) in objects(&text, &format!("{app}, overlay {env}")) {
                assert!(!made.contains_key(&id), "{id} is made by two apps");
                made.insert(id, object);
            }
        }
    }
    out
}

/// What differs between two sets of objects.
fn compare(env: &str, expected: &Objects, actual: &Objects) -> Vec<String> {
    let mut failures = Vec::new();
    for (id, (of, meant)) in expected {
        match actual.get(id) {
            Some((_, made)) if made == meant => {}
            Some((_, made)) => failures.push(format!("{of}: {id} differs\n{}", diff::lines(meant, made))),
            None => failures.push(format!("{of}: {id} is missing")),
        }
    }
    failures.extend(actual.keys().filter(|it| !expected.contains_key(it)).map(|it| format!("environment {env}: {it} is too much")));
    failures
}

/// The objects of a stream of YAML documents.
fn objects(text: &str, of: &str) -> Objects {
    let documents = read::documents(text).unwrap_or_else(|error| panic!("{of}: {error}"));
    let objects = documents.into_iter().map(|it| (ObjectId::of(&it.value).expect("an object has an id"), (of.to_owned(), canonical(it.value).to_yaml())));
    objects.collect()
}

/// The same value with its keys sorted and without `null`.
fn canonical(value: Json) -> Json {
    match value {
        Json::Map(mut entries) => {
            entries.retain(|it| it.1 != Json::Null);
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Map(entries.into_iter().map(|(key, value)| (key, canonical(value))).collect())
        }
        Json::List(items) => Json::List(items.into_iter().map(canonical).collect()),
        plain @ (Json::Null | Json::Bool(_) | Json::Int(_) | Json::Number(_) | Json::String(_)) => plain,
    }
}

/// The text at a path of a YAML file; elements of a list are found by name or number.
fn text_at(file: &Path, path: &[&str]) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let document = read::document(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut value = &document.value;
    for step in path {
        let named = |items: &[Json]| items.iter().position(|it| it.get("name").and_then(Json::as_str) == Some(step)).or_else(|| step.parse().ok());
        value = match value {
            Json::List(items) => named(items).and_then(|at| items.get(at)),
            other => other.get(step),
        }
        .unwrap_or_else(|| panic!("{} has no {}", file.display(), path.join(".")));
    }
    value.as_str().expect("a text").to_owned()
}

//! Makes `stdlib/schemas/*.pack` from the sources of Kubernetes and of the operators in [`crds::OPERATORS`]. Run by hand, never in a build:
//!
//! ```text
//! cargo run -p schema-gen             writes the packs and SOURCES.json
//! cargo run -p schema-gen -- --check  only says whether they are up to date
//! cargo run -p schema-gen -- --definitions FOLDER
//!                                     writes the CRDs that packs are made from, FOLDER/<group>_<plural>.yaml, for a real API server
//! ```
//! It needs `go` on the path, whose module proxy and checksum database give the sources and their sums.
//!
//! Invariant: the same module versions give the same bytes on every machine. Modules are only read.

mod crds;
mod enabled;
mod go_source;
mod go_tags;
mod kubernetes;
mod modules;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use schema::model::Model;
use schema::pack;
use serde_json::{Value, json};

use crate::modules::Module;

/// What went wrong, in words for the person at the keyboard.
pub(crate) type Error = Box<dyn std::error::Error>;

/// Kubernetes versions in the pack, oldest first: minor version, tag of the server, tag of its libraries.
/// Adding a row is all it takes to know one more version.
const KUBERNETES: &[(u32, &str, &str)] = &[(33, "v1.33.13", "v0.33.13"), (34, "v1.34.4", "v0.34.4"), (35, "v1.35.4", "v0.35.4"), (36, "v1.36.3", "v0.36.3")];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => run(false),
        ["--check"] => run(true),
        ["--definitions", folder] => definitions(Path::new(folder)),
        _ => Err("call it without arguments, with --check, or with --definitions FOLDER".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("schema-gen: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(check: bool) -> Result<(), Error> {
    let mut modules = Vec::new();
    let (kubernetes, go) = kubernetes::model(KUBERNETES, &mut modules)?;
    let mut models = vec![("kubernetes".to_owned(), kubernetes)];
    for operator in crds::OPERATORS {
        models.push((operator.pack.to_owned(), crds::model(operator, &mut modules)?));
    }
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for (pack, model) in &models {
        files.push((format!("{pack}.pack"), pack::write::write(model)?));
    }
    schema::schemas::Schemas::open_all(files.iter().map(|(_, bytes)| bytes.clone().into()).collect())?.verify()?;
    files.push(("SOURCES.json".to_owned(), sources(&modules, &models)?));
    let folder = folder();
    for (name, bytes) in &files {
        settle(&folder.join(name), bytes, check)?;
        println!("{name}: {} bytes", bytes.len());
    }
    println!("from Go source: {} enumerated fields, {} ranges, {} immutable fields", go.enumerations, go.ranges, go.immutable);
    Ok(())
}

/// Writes the CRDs of all operators, once their modules have the sums that were noted.
fn definitions(to: &Path) -> Result<(), Error> {
    let noted: Value = serde_json::from_str(&fs::read_to_string(folder().join("SOURCES.json"))?)?;
    let noted = noted.get("modules").and_then(Value::as_array).ok_or("SOURCES.json lists no modules")?;
    fs::create_dir_all(to)?;
    let mut modules = Vec::new();
    for operator in crds::OPERATORS {
        for (name, text) in crds::definitions(operator, &mut modules)? {
            fs::write(to.join(format!("{name}.yaml")), text)?;
        }
    }
    for it in &modules {
        let is_it = |other: &&Value| other["module"] == *it.path && other["version"] == *it.version && other["sum"] == *it.sum;
        noted.iter().find(is_it).ok_or_else(|| format!("{}@{} has another sum than SOURCES.json says", it.path, it.version))?;
    }
    Ok(())
}

/// Writes a file through a temporary one, or compares it.
fn settle(path: &Path, bytes: &[u8], check: bool) -> Result<(), Error> {
    if check {
        return if fs::read(path)? == bytes { Ok(()) } else { Err(format!("{} is out of date", path.display()).into()) };
    }
    let temporary = path.with_extension("new");
    fs::write(&temporary, bytes)?;
    Ok(fs::rename(&temporary, path)?)
}

/// `stdlib/schemas`, found from this crate's place in the workspace.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas")
}

/// Where each pack comes from, for people and for the licence notice.
fn sources(modules: &[Module], packs: &[(String, Model)]) -> Result<Vec<u8>, Error> {
    let modules: Vec<Value> =
        modules.iter().map(|module| json!({ "module": module.path, "version": module.version, "sum": module.sum, "licence": module.licence })).collect();
    let packs: BTreeMap<String, Value> =
        packs.iter().map(|(name, model)| (format!("{name}.pack"), json!({ "kinds": model.kinds.len(), "definitions": model.definitions.len() }))).collect();
    let document = json!({
        "note": "Generated, with the packs beside it. To make them again: cargo run -p schema-gen",
        "served_by_default": "the lists of group versions in pkg/controlplane/instance.go; apiextensions.k8s.io/v1 and apiregistration.k8s.io/v1 always",
        "modules": modules,
        "packs": packs,
    });
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text.into_bytes())
}

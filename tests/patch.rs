//! A patch in vix makes of an object what `kubectl kustomize` makes of it with the same patch as YAML.
//!
//! Objects of built-in kinds and their strategic-merge and JSON patches come from the folder that `VIX_CORPORA` names; each patch is translated
//! by rule, built, and compared as data: lists in order, `null` like absent. A sample by default, everything with `VIX_ALL=1`. What cannot be
//! compared is counted with the reason.

mod corpora;
mod schema;
mod translate;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use build::Output;
use diag::Severity;
use manifest::id::ObjectId;
use manifest::json::{Json, map};
use manifest::yaml::read;

use crate::kubectl;
use crate::support::memory::Memory;
use crate::support::{compile, diff, drawn, manifests, options, parallel, report, skip, wanted};
use corpora::Pair;
use schema::{Place, Types};
use translate::{Reason, Translation, literal, quoted};

/// Patches that are tried by default, spread evenly over all.
const SAMPLE: usize = 160;
/// Where namespaced objects are put.
const NAMESPACE: &str = "differential";

/// What came of one pair.
enum Verdict {
    /// Both make the same; how many lists were written anew.
    Same(usize),
    /// Nothing to compare.
    LeftOut(Reason),
    /// They differ.
    Differs(String),
}

#[test]
fn patches_make_what_kustomize_makes() {
    let Some(corpora) = std::env::var_os("VIX_CORPORA").map(PathBuf::from) else {
        return skip("patches_make_what_kustomize_makes", "VIX_CORPORA is not set");
    };
    if !kubectl::is_there() {
        return skip("patches_make_what_kustomize_makes", "no kubectl in PATH");
    }
    let types = Types::new();
    let mut pairs = corpora::pairs(&corpora);
    pairs.retain(|it| wanted(&it.from.to_string_lossy()));
    let (all, known) = (pairs.len(), |pair: &Pair| kind_of(&types, &pair.base).is_some());
    pairs.retain(known);
    let built_in = pairs.len();
    assert!(built_in > 0, "no patches of built-in kinds");
    if std::env::var_os("VIX_ALL").is_none_or(|it| it != "1") {
        let step = built_in.div_ceil(SAMPLE);
        pairs = pairs.into_iter().step_by(step).collect();
    }
    let verdicts = parallel(&pairs, |pair| check(&types, pair));
    let (mut same, mut lists, mut left_out, mut failures) = (0, 0, BTreeMap::<Reason, usize>::new(), Vec::new());
    for verdict in verdicts {
        match verdict {
            Verdict::Same(anew) => (same, lists) = (same + 1, lists + anew),
            Verdict::LeftOut(reason) => *left_out.entry(reason).or_default() += 1,
            Verdict::Differs(how) => failures.push(how),
        }
    }
    println!("{all} patches of objects, {built_in} of built-in kinds; of {} tried, {same} are the same ({lists} lists written anew)", pairs.len());
    left_out.iter().for_each(|(reason, count)| println!("left out: {count} for {reason}"));
    report("the patches", failures);
    assert!(same > 0, "nothing was compared");
}

/// The built-in kind of an object, and whether it lives in a namespace.
fn kind_of(types: &Types, object: &Json) -> Option<(Place, bool)> {
    let id = ObjectId::of(object)?;
    types.kind(&id.group, id.version.as_deref()?, &id.kind)
}

/// Translates one patch, has both built, and compares.
fn check(types: &Types, pair: &Pair) -> Verdict {
    let Some((place, namespaced)) = kind_of(types, &pair.base) else { return Verdict::LeftOut("a kind without schema") };
    let base = placed(&pair.base, namespaced);
    let is_delete = pair.patch.get("$patch").and_then(Json::as_str) == Some("delete");
    if is_delete {
        return Verdict::LeftOut("a patch that deletes the object");
    }
    let Some(made) = kustomize(&base, &pair.patch) else { return Verdict::LeftOut("a patch that kustomize refuses") };
    let mut translation = Translation::default();
    let translated = match &pair.patch {
        Json::List(operations) => translate::operations(types, &place, &base, operations, &mut translation),
        patch => translate::merge(types, &place, "", [&base, patch, &made], &mut translation),
    };
    if let Err(reason) = translated {
        return Verdict::LeftOut(reason);
    }
    if translation.entries.is_empty() {
        return Verdict::LeftOut("a patch that changes nothing");
    }
    // What is removed comes first: one alternative of a union takes the others away, and then they are not there to remove.
    translation.entries.sort_by_key(|it| !it.starts_with("remove "));
    let source = project(&base, &translation.entries);
    let (actual, said) = vix(&source, &base);
    let expected = comparable(&made);
    if actual.as_ref().map(comparable).as_ref() == Some(&expected) {
        return Verdict::Same(translation.lists_anew);
    }
    // What the schema refuses from kustomize is no measure.
    if vix(&project(&made, &[]), &base).0.is_none() {
        return Verdict::LeftOut("a result that breaks the schema");
    }
    let difference = actual.map_or(said, |it| diff::lines(&expected.to_yaml(), &comparable(&it).to_yaml()));
    Verdict::Differs(format!("{}\n{source}\n{difference}", pair.from.display()))
}

/// The object in the one namespace of all tests, or in none.
fn placed(object: &Json, namespaced: bool) -> Json {
    let Json::Map(mut entries) = object.clone() else { return object.clone() };
    for (_, value) in entries.iter_mut().filter(|it| it.0 == "metadata") {
        if let Json::Map(metadata) = value {
            metadata.retain(|it| it.0 != "namespace");
            if namespaced {
                metadata.push(("namespace".to_owned(), Json::from(NAMESPACE)));
            }
        }
    }
    complete(&mut entries);
    Json::Map(entries)
}

/// Examples often leave out the selector, which the API server wants: the labels of the pods.
fn complete(object: &mut [(String, Json)]) {
    let has_selector = object.iter().any(|it| it.0 == "kind" && matches!(it.1.as_str(), Some("Deployment" | "DaemonSet" | "StatefulSet")));
    for (_, spec) in object.iter_mut().filter(|it| has_selector && it.0 == "spec") {
        let labels = spec.at(&["template", "metadata", "labels"]).cloned();
        if let (Json::Map(spec), Some(labels)) = (spec, labels)
            && spec.iter().all(|it| it.0 != "selector")
        {
            spec.insert(0, ("selector".to_owned(), map([("matchLabels", labels)])));
        }
    }
}

/// What kustomize makes of an object and a patch, if it takes them.
fn kustomize(base: &Json, patch: &Json) -> Option<Json> {
    let id = ObjectId::of(base)?;
    let folder = tempfile::tempdir().expect("a folder");
    let target = format!("{{ kind: {}, name: {} }}", id.kind, Json::from(id.name.as_str()).to_json());
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("writable");
    write("base.yaml", &base.to_json());
    write("patch.yaml", &aimed(base, patch).to_json());
    write("kustomization.yaml", &format!("resources: [base.yaml]\npatches:\n- path: patch.yaml\n  target: {target}\n"));
    let (out, _, ok) = kubectl::run(&["kustomize", folder.path().to_str()?], "");
    let made = ok.then(|| read::document(&out).ok())??.value;
    (ObjectId::of(&made)? == id).then_some(made)
}

/// A strategic-merge patch that names the object; kustomize wants one even where a target is said.
fn aimed(base: &Json, patch: &Json) -> Json {
    let Json::Map(entries) = patch else { return patch.clone() };
    let mut entries: Vec<(String, Json)> = entries.iter().filter(|it| !matches!(it.0.as_str(), "apiVersion" | "kind" | "metadata")).cloned().collect();
    let identity = |key: &str| Some((key.to_owned(), base.get(key)?.clone()));
    let names = ["name", "namespace"];
    let own = base.get("metadata").and_then(Json::as_map).unwrap_or(&[]).iter().filter(|it| names.contains(&it.0.as_str()));
    let rest = patch.get("metadata").and_then(Json::as_map).unwrap_or(&[]).iter().filter(|it| !names.contains(&it.0.as_str()));
    let metadata = Json::Map(own.chain(rest).cloned().collect());
    entries.splice(0..0, identity("apiVersion").into_iter().chain(identity("kind")).chain([("metadata".to_owned(), metadata)]));
    Json::Map(entries)
}

/// A project with an object as it stands, and a patch of it.
fn project(object: &Json, entries: &[String]) -> String {
    let id = ObjectId::of(object).expect("an object has an id");
    let group = if id.group.is_empty() { "core" } else { &id.group };
    let kind = format!("{group}/{}.{}", id.version.unwrap_or_default(), id.kind);
    let patch = match entries {
        [] => String::new(),
        entries => format!("patch {kind} {} {{\n    {}\n  }}", quoted(&id.name), entries.join("\n    ")),
    };
    let head = format!("cluster lab {{ kubernetes: \"1.36\" }}\nnamespace {NAMESPACE}\nkind raw {{ namespace: Ref<Namespace>, lower(r) {{}} }}\n");
    let text = literal(&Json::from(object.to_json().as_str()));
    format!("{head}raw it {{\n  namespace: {NAMESPACE}\n  object yaml {text}\n}}\nenv dev {{\n  cluster: cluster.lab\n  raw it {{\n  {patch}\n  }}\n}}\n")
}

/// The object that a project makes, and what is said about it. What the object refers to is not there: it is declared as the help says.
fn vix(source: &str, object: &Json) -> (Option<Json>, String) {
    let mut source = source.to_owned();
    loop {
        let outcome = compile(&Memory::new([("main.vix", source.as_str())]), &options(Output::Memory));
        let errors = outcome.diagnostics.iter().filter(|it| it.severity == Severity::Error);
        let externs: BTreeSet<&str> = errors.clone().filter_map(|it| declaration(it.help.as_deref()?)).filter(|it| !source.contains(it)).collect();
        if externs.is_empty() {
            let said = drawn(&outcome.diagnostics, &outcome.sources);
            if errors.count() > 0 {
                return (None, said);
            }
            let documents = read::documents(&manifests(&outcome)).expect("we write YAML");
            return (documents.into_iter().map(|it| it.value).find(|it| ObjectId::of(it) == ObjectId::of(object)), said);
        }
        let end = source.rfind('}').expect("an environment ends the source");
        source = format!("{}{}\n}}\n", &source[..end], externs.iter().map(|it| format!("  {it}")).collect::<Vec<_>>().join("\n"));
    }
}

/// The line `extern ..` that a help offers.
fn declaration(help: &str) -> Option<&str> {
    let from = help.find("`extern ")? + 1;
    help[from..].split('`').next()
}

/// An object in a form that is equal for equal objects. Kustomize drops empty maps of labels and annotations.
fn comparable(object: &Json) -> Json {
    let mut object = canonical(object);
    if let Json::Map(entries) = &mut object
        && let Some((_, Json::Map(metadata))) = entries.iter_mut().find(|it| it.0 == "metadata")
    {
        metadata.retain(|it| it.1 != Json::Map(Vec::new()));
    }
    object
}

/// The same value with its keys sorted and without `null`.
fn canonical(value: &Json) -> Json {
    match value {
        Json::Map(entries) => {
            let mut entries: Vec<(String, Json)> = entries.iter().filter(|it| it.1 != Json::Null).map(|(key, it)| (key.clone(), canonical(it))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Map(entries)
        }
        Json::List(items) => Json::List(items.iter().map(canonical).collect()),
        plain => plain.clone(),
    }
}

//! Every line of `stdlib/schemas/facts` speaks of something that the packs know.
//!
//! A reader of its own for this one purpose: the files are one fact per line, which the language does not demand.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use schema::schemas::Schemas;
use schema::types::{Type, TypeId};

/// Types of the language that facts may narrow a field to, and the schema types they narrow.
const DOMAINS: &[&str] = &["Name", "Hostname", "LabelKey", "LabelValue", "PortName", "FileName", "Image", "Cron", "Ip", "Cidr", "Text"];

struct Fact<'f> {
    place: String,
    definition: &'f str,
    text: &'f str,
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas")
}

fn schemas() -> Schemas {
    let mut packs: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    packs.retain(|file| file.extension().is_some_and(|extension| extension == "pack"));
    packs.sort();
    Schemas::open_all(packs.into_iter().map(|file| fs::read(file).unwrap().into()).collect()).unwrap()
}

fn files() -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(folder().join("facts")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), joined(&fs::read_to_string(path).unwrap()))).collect()
}

/// The text with each fact on one line: the formatter breaks those that are too wide.
fn joined(text: &str) -> String {
    let mut out = String::new();
    let mut members: Option<Vec<&str>> = None;
    for line in text.lines() {
        let word = line.trim();
        match &mut members {
            Some(list) if word == "}" => {
                out += &format!("{} }}\n", list.join(", "));
                members = None;
            }
            Some(list) => list.push(word),
            None if word.starts_with("one of") && word.ends_with('{') => {
                out += &format!("{line} ");
                members = Some(Vec::new());
            }
            None => out += &format!("{line}\n"),
        }
    }
    out
}

/// All facts; each must stand under a comment that names its source.
fn facts(files: &[(String, String)]) -> Vec<Fact<'_>> {
    let mut facts = Vec::new();
    for (file, source) in files {
        assert!(source.starts_with("// "), "{file} says at its top what it is");
        let mut definition = None;
        let mut sourced = false;
        for (number, line) in source.lines().enumerate() {
            let place = format!("{file}:{}", number + 1);
            let line = line.trim();
            if line.starts_with("//") {
                sourced = true;
            } else if let Some(head) = line.strip_prefix("schema ") {
                assert!(definition.is_none(), "{place}: block in block");
                definition = Some(head.strip_suffix(" {").unwrap());
            } else if line == "}" {
                definition = None;
            } else if !line.is_empty() {
                assert!(sourced, "{place}: no source above this fact");
                sourced = false;
                facts.push(Fact { place, definition: definition.unwrap(), text: line });
            }
        }
    }
    facts
}

/// The type at a path below a definition.
fn at(schemas: &Schemas, fact: &Fact, path: &str) -> TypeId {
    let full = format!("{}.{}", fact.definition, path.replace("[*]", "[]"));
    schemas.definition(&full).unwrap_or_else(|| panic!("{}: no {full}", fact.place))
}

/// Whether text may stand there: facts narrow strings, or what strings stand in.
fn assert_narrows(schemas: &Schemas, fact: &Fact, ty: TypeId, narrow: &str) {
    let place = &fact.place;
    let inner = |name: &str| narrow.strip_prefix(name).and_then(|rest| rest.strip_suffix('>'));
    match schemas.ty(ty) {
        Type::List { element, .. } => assert_narrows(schemas, fact, element, inner("List<").unwrap_or_else(|| panic!("{place}: a list"))),
        Type::Map { value, .. } => {
            let (key, narrow) = inner("Map<").and_then(|types| types.split_once(", ")).unwrap_or_else(|| panic!("{place}: a map"));
            assert!(DOMAINS.contains(&key), "{place}: {key}");
            assert_narrows(schemas, fact, value, narrow);
        }
        Type::Int { .. } => assert!(narrow == "Port" || narrow.starts_with("Int("), "{place}: {narrow} is no integer"),
        Type::String(text) => {
            let quoted = narrow.split(" | ").all(|value| value.starts_with('"') && value.ends_with('"'));
            assert!(quoted || narrow.starts_with("String(") || DOMAINS.contains(&narrow), "{place}: {narrow} is no text");
            assert!(!quoted || text.enumeration.is_empty(), "{place}: the schema has this enumeration already");
        }
        other => panic!("{place}: nothing narrows {other:?}"),
    }
}

fn assert_fields(schemas: &Schemas, fact: &Fact, ty: TypeId, names: &[&str]) {
    let Type::Record(record) = schemas.ty(ty) else { panic!("{}: not a record", fact.place) };
    for name in names {
        assert!(record.field(name).is_some(), "{}: no field {name}", fact.place);
    }
}

fn assert_known(schemas: &Schemas, fact: &Fact) {
    let (word, rest) = fact.text.split_once(' ').unwrap();
    match word {
        "ref" => {
            let (path, target) = rest.split_once(" -> ").unwrap();
            let (kind, namespace) = target.split_once(" in ").map_or((target, None), |(kind, path)| (kind, Some(path)));
            assert!(matches!(schemas.ty(at(schemas, fact, path)), Type::String(_)), "{}", fact.place);
            assert!(schemas.kind_by_path(kind).is_some(), "{}: no kind {kind}", fact.place);
            namespace.map(|path| at(schemas, fact, path));
        }
        "keys" => {
            let (path, keys) = rest.split_once(" by ").unwrap();
            let Type::List { element, .. } = schemas.ty(at(schemas, fact, path)) else { panic!("{}: not a list", fact.place) };
            let (keys, alias) = keys.split_once(" alias ").map_or((keys, None), |(keys, alias)| (keys, Some(alias)));
            assert_fields(schemas, fact, element, &keys.split(", ").chain(alias).collect::<Vec<_>>());
        }
        "one" => {
            let (path, members) = rest.strip_prefix("of ").and_then(|rest| rest.strip_suffix(" }")).and_then(|rest| rest.split_once(" { ")).unwrap();
            let members: Vec<&str> = members.split(", ").collect();
            assert_eq!(members.iter().collect::<BTreeSet<_>>().len(), members.len(), "{}: twice", fact.place);
            assert_fields(schemas, fact, at(schemas, fact, path), &members);
        }
        "type" => {
            let (path, narrow) = rest.split_once(" = ").unwrap();
            assert_narrows(schemas, fact, at(schemas, fact, path), narrow);
        }
        "immutable" => _ = at(schemas, fact, rest),
        "provides" => {
            let (kind, place) = rest.split_once(" at ").unwrap();
            assert!(schemas.kind_by_path(kind).is_some(), "{}: no kind {kind}", fact.place);
            at(schemas, fact, place.split(" when ").next().unwrap());
        }
        other => panic!("{}: {other} is no fact", fact.place),
    }
}

#[test]
fn every_fact_speaks_of_what_the_packs_know() {
    let (schemas, files) = (schemas(), files());
    let facts = facts(&files);
    assert!(facts.len() > 250, "{}", facts.len());
    facts.iter().for_each(|fact| assert_known(&schemas, fact));
}

#[test]
fn no_fact_stands_twice() {
    let files = files();
    let mut seen = BTreeSet::new();
    for fact in facts(&files) {
        assert!(seen.insert((fact.definition, fact.text)), "{}: {} again", fact.place, fact.text);
    }
}

/// A union in a volume that lacks a source would let two sources stand together.
#[test]
fn the_union_of_volume_sources_is_complete() {
    let (schemas, files) = (schemas(), files());
    for (start, record, rest) in
        [("one of volumes[*] {", "core/v1.Volume", vec!["name"]), ("one of spec { nfs", "core/v1.PersistentVolumeSpec", plain_of_volume())]
    {
        let facts = facts(&files);
        let fact = facts.iter().find(|fact| fact.text.starts_with(start)).unwrap();
        let members: BTreeSet<&str> = fact.text.split(['{', '}']).nth(1).unwrap().split(',').map(str::trim).collect();
        let Type::Record(view) = schemas.ty(schemas.definition(record).unwrap()) else { panic!("a record") };
        let fields: BTreeSet<&str> = view.fields().map(|field| field.name).filter(|name| !rest.contains(name)).collect();
        assert_eq!(members, fields, "{record}");
    }
}

/// Fields of a PersistentVolumeSpec that are no source.
fn plain_of_volume() -> Vec<&'static str> {
    vec![
        "accessModes",
        "capacity",
        "claimRef",
        "mountOptions",
        "nodeAffinity",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "volumeAttributesClassName",
        "volumeMode",
    ]
}

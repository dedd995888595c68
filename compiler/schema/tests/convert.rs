//! Converting, merging and packing of small documents.

use schema::convert::{self, ConvertError};
use schema::merge::merge;
use schema::model::Model;
use schema::pack::{PackError, write::write};
use schema::schemas::Schemas;
use schema::types::{Topology, Type};
use schema::version;
use serde_json::{Value, json};

/// A document with kind `a.io/v1.Thing`, whose other schemas are given.
fn document(schemas: Value) -> Value {
    let mut all = json!({ "io.a.v1.Thing": {
        "type": "object",
        "x-kubernetes-group-version-kind": [{ "group": "a.io", "version": "v1", "kind": "Thing" }],
        "properties": { "spec": { "$ref": "#/components/schemas/io.a.v1.Spec" } },
    }});
    all.as_object_mut().unwrap().extend(schemas.as_object().unwrap().clone());
    json!({ "components": { "schemas": all } })
}

fn spec(properties: Value) -> Value {
    document(json!({ "io.a.v1.Spec": { "type": "object", "properties": properties } }))
}

fn discovery() -> Value {
    json!({ "groupVersion": "a.io/v1", "resources": [
        { "name": "things", "singularName": "thing", "namespaced": true, "kind": "Thing", "verbs": ["get", "patch"], "shortNames": ["th"] },
        { "name": "things/scale", "singularName": "", "namespaced": true, "kind": "Scale", "group": "autoscaling", "version": "v1", "verbs": ["get"] },
    ]})
}

fn model(document: Value, minor: u32) -> Model {
    let mask = version::bit(minor).unwrap();
    let mut model = convert::openapi(&[document], mask).unwrap();
    model.kinds = convert::discovery(&discovery(), mask).unwrap();
    model.prune();
    model
}

fn open(model: &Model) -> Schemas {
    Schemas::open_all(vec![write(model).unwrap().into()]).unwrap()
}

#[test]
fn packing_is_deterministic_and_shares_equal_types() {
    let document = spec(
        json!({ "a": { "type": "array", "items": { "type": "string", "maxLength": 3 } }, "b": { "type": "array", "items": { "type": "string", "maxLength": 3 } } }),
    );
    let model = model(document, 36);
    assert_eq!(write(&model), write(&model));
    let schemas = open(&model);
    let [a, b] = ["a.io/v1.Spec.a", "a.io/v1.Spec.b"].map(|path| schemas.definition(path).unwrap());
    assert_eq!(a, b);
}

#[test]
fn records_of_equal_shape_and_other_name_are_other_types() {
    let empty = json!({ "type": "object", "properties": { "x": { "type": "string" } } });
    let reference = |name: &str| json!({ "allOf": [{ "$ref": format!("#/components/schemas/io.a.v1.{name}") }], "default": {} });
    let document = document(json!({
        "io.a.v1.One": empty, "io.a.v1.Two": empty,
        "io.a.v1.Spec": { "type": "object", "properties": { "one": reference("One"), "two": reference("Two"), "again": reference("One") } },
    }));
    let schemas = open(&model(document, 36));
    let [one, two, again] = ["one", "two", "again"].map(|name| schemas.definition(&format!("a.io/v1.Spec.{name}")).unwrap());
    assert_ne!(one, two);
    assert_eq!(one, again);
    let Type::Record(record) = schemas.ty(schemas.definition("a.io/v1.Spec").unwrap()) else { panic!("a record") };
    assert_eq!(record.field("one").unwrap().default, None);
    assert_eq!(record.fields().map(|field| field.name).collect::<Vec<_>>(), ["one", "two", "again"]);
}

#[test]
fn recursive_schemas_are_finite() {
    let document = document(json!({ "io.a.v1.Spec": { "type": "object", "properties": {
        "child": { "$ref": "#/components/schemas/io.a.v1.Spec" },
        "children": { "type": "array", "items": { "$ref": "#/components/schemas/io.a.v1.Spec" } },
    }}}));
    let schemas = open(&model(document, 36));
    let spec = schemas.definition("a.io/v1.Spec").unwrap();
    assert_eq!(schemas.definition("a.io/v1.Spec.child.children[].child"), Some(spec));
}

#[test]
fn merging_two_versions_gives_masks() {
    let old = spec(json!({
        "stays": { "type": "string" }, "goes": { "type": "boolean" }, "turns": { "type": "integer", "format": "int32" },
        "mode": { "type": "string", "enum": ["A", "B"] },
    }));
    let new = spec(json!({
        "stays": { "type": "string" }, "comes": { "type": "boolean" }, "turns": { "type": "string" },
        "mode": { "type": "string", "enum": ["B", "C"] },
    }));
    let schemas = open(&merge([model(old, 35), model(new, 36)]));
    let [old, new] = [35, 36].map(|minor| version::bit(minor).unwrap());
    let Type::Record(record) = schemas.ty(schemas.definition("a.io/v1.Spec").unwrap()) else { panic!("a record") };
    let mask = |name| record.field(name).unwrap().mask;
    assert_eq!([mask("stays"), mask("goes"), mask("comes"), mask("turns")], [old | new, old, new, new]);
    let turns: Vec<_> = record.field_entries("turns").map(|field| (field.mask, matches!(schemas.ty(field.ty), Type::Int { .. }))).collect();
    assert_eq!(turns, [(new, false), (old, true)]);
    assert_eq!(record.field_entries("nothing").count(), 0);
    let Type::String(mode) = schemas.ty(record.field("mode").unwrap().ty) else { panic!("a string") };
    assert_eq!(mode.enumeration.iter().collect::<Vec<_>>(), [("A", old), ("B", old | new), ("C", new)]);
    let kind = schemas.kind_info(schemas.kind_by_path("a.io/v1.Thing").unwrap());
    assert_eq!((kind.mask, kind.scale, kind.status, kind.short_names.len()), (old | new, true, false, 1));
}

#[test]
fn merging_takes_limits_and_flags_from_the_newest_version() {
    let old = spec(json!({ "name": { "type": "string", "maxLength": 9 }, "port": { "type": "integer", "format": "int32" }, "mode": { "type": "string" } }));
    let new = spec(json!({
        "name": { "type": "string", "maxLength": 63, "default": "x" }, "port": { "type": "integer", "format": "int32", "minimum": 1 },
        "mode": { "type": "string", "enum": ["A"] },
    }));
    let schemas = open(&merge([model(old, 35), model(new, 36)]));
    let both = version::bit(35).unwrap() | version::bit(36).unwrap();
    let Type::Record(record) = schemas.ty(schemas.definition("a.io/v1.Spec").unwrap()) else { panic!("a record") };
    for name in ["name", "port", "mode"] {
        assert_eq!(record.field_entries(name).map(|field| field.mask).collect::<Vec<_>>(), [both], "{name}");
    }
    assert_eq!(record.field("name").unwrap().default, Some("\"x\""));
    assert!(matches!(schemas.ty(record.field("name").unwrap().ty), Type::String(text) if text.max_len == Some(63)));
    assert!(matches!(schemas.ty(record.field("port").unwrap().ty), Type::Int { min: Some(1), .. }));
    let Type::String(mode) = schemas.ty(record.field("mode").unwrap().ty) else { panic!("a string") };
    assert_eq!(mode.enumeration.mask("A"), Some(both));
}

#[test]
fn merging_one_version_changes_nothing() {
    let one = model(spec(json!({ "a": { "type": "string" } })), 36);
    assert_eq!(merge([one.clone()]), one);
}

#[test]
fn a_crd_becomes_a_kind_per_version() {
    let crd = json!({ "spec": {
        "group": "b.io", "scope": "Cluster", "names": { "kind": "Box", "plural": "boxes", "singular": "box", "shortNames": ["bx"] },
        "versions": [{ "name": "v1", "served": true, "subresources": { "status": {} }, "schema": { "openAPIV3Schema": {
            "type": "object", "required": ["spec"], "properties": { "metadata": { "type": "object" }, "spec": {
                "type": "object",
                "oneOf": [{ "required": ["free"] }, { "required": ["size"] }],
                "properties": {
                    "free": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
                    "size": { "anyOf": [{ "type": "integer" }, { "type": "string" }], "x-kubernetes-int-or-string": true,
                        "pattern": "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$" },
                    "port": { "x-kubernetes-int-or-string": true },
                    "class": { "type": "string", "x-kubernetes-validations": [{ "rule": "self == oldSelf" }], "default": "" },
                    "asn": { "type": "integer", "minimum": 0, "exclusiveMinimum": true, "maximum": 4294967295u64 },
                    "items": { "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "minItems": 1,
                        "items": { "type": "object", "properties": { "k": { "type": "string" } } } },
                },
            }},
        }}}, { "name": "v2", "served": false }],
    }});
    let boxes = write(&convert::crd(&crd).unwrap()).unwrap();
    let base = model(spec(json!({})), 36);
    let missing = Schemas::open_all(vec![boxes.clone().into()]).err();
    assert_eq!(missing, Some(PackError::MissingDefinition("meta/v1.ObjectMeta".to_owned())));
    let mut meta = base;
    meta.definitions.insert("meta/v1.ObjectMeta".to_owned(), schema::model::Ty::Record(Default::default()));
    let schemas = Schemas::open_all(vec![write(&meta).unwrap().into(), boxes.into()]).unwrap();
    let at = |path: &str| schemas.ty(schemas.definition(&format!("b.io/v1.Box{path}")).unwrap());
    assert!(matches!(at(".spec.free"), Type::Json));
    assert!(matches!(at(".spec.size"), Type::Quantity));
    assert!(matches!(at(".spec.port"), Type::IntOrString));
    assert!(matches!(at(".spec.asn"), Type::Int { min: Some(1), max: Some(4294967295), bits: 64 }));
    assert!(matches!(at(".spec.items"), Type::List { topology: Topology::Map(_), min_items: Some(1), max_items: None, .. }));
    assert!(matches!(at(".metadata"), Type::Record(record) if record.name() == Some("meta/v1.ObjectMeta")));
    let Type::Record(record) = at(".spec") else { panic!("a record") };
    assert!(record.field("class").unwrap().immutable);
    assert_eq!(record.field("class").unwrap().default, Some("\"\""));
    assert_eq!(record.unions().flat_map(|union| union.members.iter()).collect::<Vec<_>>(), ["free", "size"]);
    let kinds: Vec<_> =
        schemas.kind_by_name("Box").map(|id| schemas.kind_info(id)).map(|info| (info.version, info.served_by_default, info.namespaced)).collect();
    assert_eq!(kinds, [("v1", true, false), ("v2", false, false)]);
}

#[test]
fn bad_documents_are_errors() {
    let convert = |document: Value| convert::openapi(&[document], 1).err();
    let remote = json!({ "$ref": "https://example.org/x.json" });
    assert_eq!(convert(spec(json!({ "a": remote }))), Some(ConvertError::Reference("https://example.org/x.json".to_owned())));
    let deep = (0..200).fold(json!({ "type": "string" }), |inner, _| json!({ "type": "array", "items": inner }));
    assert_eq!(convert(spec(json!({ "a": deep }))), Some(ConvertError::TooDeep));
    assert_eq!(convert::crd(&json!({})).err(), Some(ConvertError::Missing("spec")));
    let clash = convert::openapi(&[spec(json!({ "a": { "type": "string" } })), spec(json!({}))], 1).err();
    assert_eq!(clash, Some(ConvertError::Conflict("a.io/v1.Spec".to_owned())));
}

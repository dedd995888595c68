//! Custom resource definitions: one kind per version, with the schema in the same document.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::convert::discovery::definition_name;
use crate::convert::structure::{Structure, has, strings, text};
use crate::convert::{ConvertError, Step};
use crate::model::{Field, Kind, Model, NameRule, Record, Text, Ty};
use crate::version;

/// What the API server puts into every custom resource, whatever its schema says.
const METADATA: &str = "meta/v1.ObjectMeta";

/// Rules of `apiextensions.k8s.io/v1` that keep a definition from meaning nothing
/// (k8s.io/apiextensions-apiserver, `pkg/apis/apiextensions/validation`).
pub(crate) fn check(document: &Value) -> Result<(), ConvertError> {
    let invalid = |path: &[&str], why: String| Err(ConvertError::Invalid(path.iter().map(|it| Step::Key((*it).to_owned())).collect(), why));
    let at = |path: &[&str]| path.iter().try_fold(document, |value, key| value.get(key));
    if at(&["apiVersion"]).and_then(Value::as_str) != Some("apiextensions.k8s.io/v1") {
        return invalid(&["apiVersion"], "only definitions of apiextensions.k8s.io/v1 are read".to_owned());
    }
    for path in [["spec", "group"].as_slice(), &["spec", "names", "kind"], &["spec", "names", "plural"], &["spec", "scope"]] {
        match at(path) {
            Some(Value::String(it)) if !it.is_empty() => {}
            Some(_) => return invalid(path, format!("`{}` takes a text", path.join("."))),
            None => return invalid(&path[..path.len() - 1], format!("`{}` is missing", path.join("."))),
        }
    }
    let scope = at(&["spec", "scope"]).and_then(Value::as_str).unwrap_or_default();
    if !matches!(scope, "Namespaced" | "Cluster") {
        return invalid(&["spec", "scope"], format!("`spec.scope` is `Namespaced` or `Cluster`, not `{scope}`"));
    }
    let name = |path: &[&str]| at(path).and_then(Value::as_str).unwrap_or_default();
    let wanted = format!("{}.{}", name(&["spec", "names", "plural"]), name(&["spec", "group"]));
    if name(&["metadata", "name"]) != wanted {
        return invalid(&["metadata"], format!("`metadata.name` is plural and group, `{wanted}`"));
    }
    let versions = at(&["spec", "versions"]).and_then(Value::as_array).filter(|it| !it.is_empty());
    let Some(versions) = versions else { return invalid(&["spec"], "`spec.versions` lists at least one version".to_owned()) };
    let mut seen = BTreeSet::new();
    for (nth, version) in versions.iter().enumerate() {
        let step = |rest: Option<&str>| {
            let mut path = vec![Step::Key("spec".to_owned()), Step::Key("versions".to_owned()), Step::Index(nth)];
            path.extend(rest.map(|it| Step::Key(it.to_owned())));
            path
        };
        let Some(name) = text(version, "name").filter(|it| !it.is_empty()) else {
            return Err(ConvertError::Invalid(step(None), "this version has no name".to_owned()));
        };
        if !seen.insert(name) {
            return Err(ConvertError::Invalid(step(Some("name")), format!("version `{name}` stands twice")));
        }
        if version.pointer("/schema/openAPIV3Schema").is_none_or(|it| !it.is_object()) {
            return Err(ConvertError::Invalid(step(None), format!("version `{name}` has no `schema.openAPIV3Schema`")));
        }
    }
    match versions.iter().filter(|it| has(it, "storage")).count() {
        1 => Ok(()),
        count => invalid(&["spec", "versions"], format!("exactly one version is stored, here {count}")),
    }
}

pub(crate) fn convert(document: &Value) -> Result<Model, ConvertError> {
    let spec = document.get("spec").ok_or(ConvertError::Missing("spec"))?;
    let names = spec.get("names").ok_or(ConvertError::Missing("names"))?;
    let versions = spec.get("versions").and_then(Value::as_array).ok_or(ConvertError::Missing("versions"))?;
    let group = text(spec, "group").ok_or(ConvertError::Missing("group"))?;
    let kind = text(names, "kind").ok_or(ConvertError::Missing("kind"))?;
    let mut model = Model::default();
    for entry in versions {
        let version = text(entry, "name").ok_or(ConvertError::Missing("version name"))?;
        let definition = definition_name(group, version, kind);
        model.definitions.insert(definition.clone(), root(entry)?);
        model.kinds.push(Kind {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            plural: text(names, "plural").ok_or(ConvertError::Missing("plural"))?.to_owned(),
            singular: text(names, "singular").map_or_else(|| kind.to_lowercase(), str::to_owned),
            short_names: strings(names, "shortNames").map(str::to_owned).collect(),
            namespaced: text(spec, "scope") == Some("Namespaced"),
            mask: version::ALL,
            served_by_default: has(entry, "served"),
            patchable: true,
            status: entry.pointer("/subresources/status").is_some(),
            scale: entry.pointer("/subresources/scale").is_some(),
            name_rule: NameRule::Subdomain,
            definition,
        });
    }
    Ok(model)
}

/// The whole object: its schema, with the three fields that the API server owns.
fn root(version: &Value) -> Result<Ty, ConvertError> {
    let resolve = |reference: &str| Err(ConvertError::Reference(reference.to_owned()));
    let mut structure = Structure { mask: version::ALL, drop_zero_defaults: false, resolve: &resolve, converted: 0 };
    let schema = version.pointer("/schema/openAPIV3Schema");
    let mut record = match schema.map(|schema| structure.ty(schema, 0)).transpose()? {
        Some(Ty::Record(record)) => record,
        // Without structure, or an object that keeps whatever it is given.
        Some(_) | None => Record { preserve_unknown: true, ..Record::default() },
    };
    for (name, ty) in [("apiVersion", plain_text()), ("kind", plain_text()), ("metadata", Ty::Named(METADATA.to_owned()))] {
        match record.fields.iter_mut().find(|field| field.name == name) {
            // What every object has is not asked for.
            Some(field) => (field.ty, field.required) = (ty, false),
            None => {
                record.fields.push(Field { name: name.to_owned(), ty, required: false, default: None, nullable: false, immutable: false, mask: version::ALL })
            }
        }
    }
    Ok(Ty::Record(record))
}

fn plain_text() -> Ty {
    Ty::String(Text::default())
}

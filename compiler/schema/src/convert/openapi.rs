//! OpenAPI v3 documents of an API server: definitions under `components.schemas`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::convert::ConvertError;
use crate::convert::structure::{Structure, text};
use crate::model::{Model, Ty};

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";

pub(crate) fn convert(documents: &[Value], mask: u32) -> Result<Model, ConvertError> {
    let all: Vec<(&String, &Value)> = documents.iter().flat_map(schemas).collect();
    let packages = packages(&all);
    let known: BTreeSet<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    let resolve = |reference: &str| {
        let name = reference.strip_prefix("#/components/schemas/").filter(|name| known.contains(name));
        let name = name.ok_or_else(|| ConvertError::Reference(reference.to_owned()))?;
        Ok(without_structure(name).unwrap_or_else(|| Ty::Named(short_name(name, &packages))))
    };
    let mut structure = Structure { mask, drop_zero_defaults: true, resolve: &resolve, converted: 0 };
    let mut model = Model::default();
    for (name, schema) in all {
        let ty = match without_structure(name) {
            Some(ty) => ty,
            None => structure.ty(schema, 0)?,
        };
        let name = short_name(name, &packages);
        match model.definitions.get(&name) {
            Some(other) if *other != ty => return Err(ConvertError::Conflict(name)),
            Some(_) => {}
            None => _ = model.definitions.insert(name, ty),
        }
    }
    Ok(model)
}

fn schemas(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten()
}

/// Group and version of each Go package, learnt from the kinds in it.
fn packages(schemas: &[(&String, &Value)]) -> BTreeMap<String, String> {
    let mut packages = BTreeMap::from([(META.to_owned(), "meta/v1".to_owned())]);
    for (name, schema) in schemas {
        let Some(kinds) = schema.get("x-kubernetes-group-version-kind").and_then(Value::as_array) else { continue };
        // Types of apimachinery are listed under every group; a package's own kinds under one.
        let [kind] = kinds.as_slice() else { continue };
        let (Some(group), Some(version)) = (text(kind, "group"), text(kind, "version")) else { continue };
        let group = if group.is_empty() { "core" } else { group };
        if let Some((package, _)) = name.rsplit_once('.') {
            packages.entry(package.to_owned()).or_insert_with(|| format!("{group}/{version}"));
        }
    }
    packages
}

/// `io.k8s.api.networking.v1.IngressSpec` as `networking.k8s.io/v1.IngressSpec`.
fn short_name(name: &str, packages: &BTreeMap<String, String>) -> String {
    let Some((package, ty)) = name.rsplit_once('.') else { return name.to_owned() };
    if let Some(group) = packages.get(package) {
        return format!("{group}.{ty}");
    }
    // A package without kinds of its own: its last two words.
    match package.rsplit_once('.') {
        Some((path, version)) => format!("{}/{version}.{ty}", path.rsplit('.').next().unwrap_or(path)),
        None => name.to_owned(),
    }
}

/// Go types whose JSON is not what their fields say: they marshal themselves (apimachinery, apiextensions).
fn without_structure(name: &str) -> Option<Ty> {
    let rest = name.strip_prefix("io.k8s.")?;
    match rest {
        "apimachinery.pkg.api.resource.Quantity" => Some(Ty::Quantity),
        "apimachinery.pkg.util.intstr.IntOrString" => Some(Ty::IntOrString),
        "apimachinery.pkg.apis.meta.v1.Time" => Some(Ty::Time { micro: false }),
        "apimachinery.pkg.apis.meta.v1.MicroTime" => Some(Ty::Time { micro: true }),
        "apimachinery.pkg.runtime.RawExtension" | "apimachinery.pkg.apis.meta.v1.FieldsV1" => Some(Ty::Json),
        _ => None,
    }
}

//! Custom resource definitions: one kind per version, with the schema in the same document.

use serde_json::Value;

use crate::convert::ConvertError;
use crate::convert::discovery::definition_name;
use crate::convert::structure::{Structure, has, strings, text};
use crate::model::{Field, Kind, Model, NameRule, Record, Text, Ty};
use crate::version;

/// What the API server puts into every custom resource, whatever its schema says.
const METADATA: &str = "meta/v1.ObjectMeta";

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

//! Discovery documents (`APIResourceList`): names, scope and abilities of kinds.

use serde_json::Value;

use crate::convert::ConvertError;
use crate::convert::structure::{has, strings, text};
use crate::model::{Kind, NameRule};

pub(crate) fn convert(document: &Value, mask: u32) -> Result<Vec<Kind>, ConvertError> {
    let list = text(document, "groupVersion").ok_or(ConvertError::Missing("groupVersion"))?;
    let resources = document.get("resources").and_then(Value::as_array).ok_or(ConvertError::Missing("resources"))?;
    let (group, version) = list.rsplit_once('/').unwrap_or(("", list));
    let subresource = |name: &str, part: &str| {
        let full = format!("{name}/{part}");
        resources.iter().any(|resource| text(resource, "name") == Some(&full))
    };
    let mut kinds = Vec::new();
    for resource in resources {
        let name = text(resource, "name").ok_or(ConvertError::Missing("resource name"))?;
        if name.contains('/') {
            continue;
        }
        let kind = text(resource, "kind").ok_or(ConvertError::Missing("kind"))?;
        kinds.push(Kind {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            plural: name.to_owned(),
            singular: text(resource, "singularName").filter(|name| !name.is_empty()).map_or_else(|| kind.to_lowercase(), str::to_owned),
            short_names: strings(resource, "shortNames").map(str::to_owned).collect(),
            namespaced: has(resource, "namespaced"),
            mask,
            served_by_default: true,
            patchable: strings(resource, "verbs").any(|verb| verb == "patch"),
            status: subresource(name, "status"),
            scale: subresource(name, "scale"),
            name_rule: NameRule::Subdomain,
            definition: definition_name(group, version, kind),
        });
    }
    Ok(kinds)
}

/// The name of a kind's type, `core/v1.Pod`.
pub(crate) fn definition_name(group: &str, version: &str, kind: &str) -> String {
    let group = if group.is_empty() { "core" } else { group };
    format!("{group}/{version}.{kind}")
}

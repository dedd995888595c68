//! The suffix that kustomize gives the names of generated ConfigMaps and Secrets.
//!
//! Source of the rules: sigs.k8s.io/kustomize/api/hasher (`hasher.go`): SHA-256 of the JSON that Go's `encoding/json` makes of data, kind and (for
//! Secrets) type, ten characters of it, some of them replaced so that no words come about. The name is always empty in that JSON: kustomize
//! looks for a key called `metadata/name`. So equal data in two ConfigMaps has one suffix.
//! Invariant: byte for byte kustomize's, shown by a test against `kubectl kustomize` where that is installed.

use sha2::{Digest, Sha256};

use crate::{
    canonical,
    json::{self, Json, write_go_string},
};

/// Keys and values of `data`, in any order.
pub type Entries<'a> = &'a [(&'a str, &'a str)];

/// The suffix of a ConfigMap; `None` where the field is absent.
pub fn config_map(data: Option<Entries<'_>>, binary_data: Option<Entries<'_>>) -> String {
    let mut text = String::from("{");
    if let Some(entries) = binary_data {
        text.push_str("\"binaryData\":");
        write_entries(&mut text, Some(entries));
        text.push(',');
    }
    text.push_str("\"data\":");
    write_entries(&mut text, data);
    text.push_str(",\"kind\":\"ConfigMap\",\"name\":\"\"}");
    encode(&text)
}

/// The suffix of a Secret; `None` where the field is absent. The type is empty where it is absent; values of `data` are base64 as in the manifest.
pub fn secret(kind: &str, data: Option<Entries<'_>>, string_data: Option<Entries<'_>>) -> String {
    let mut text = String::from("{\"data\":");
    write_entries(&mut text, data);
    text.push_str(",\"kind\":\"Secret\",\"name\":\"\"");
    if let Some(entries) = string_data {
        text.push_str(",\"stringData\":");
        write_entries(&mut text, Some(entries));
    }
    text.push_str(",\"type\":");
    write_go_string(&mut text, kind);
    text.push('}');
    encode(&text)
}

/// The suffix of an object whose JSON, as kustomize hashes it, is at hand.
pub fn of_json(json: &str) -> String {
    encode(json)
}

/// The suffix of an object that was read; `None` if it is neither a ConfigMap nor a Secret.
pub fn of(object: &Json) -> Option<String> {
    let kind = object.get("kind").and_then(Json::as_str)?;
    let field = |name: &str| object.get(name).filter(|it| **it != Json::Null).cloned();
    let absent = || Json::String(String::new());
    let optional = |name: &'static str| field(name).filter(|it| it.as_map().is_some()).map(|it| (name, it));
    let (optional, kind_field) = match kind {
        "ConfigMap" => (optional("binaryData"), None),
        "Secret" => (optional("stringData"), Some(("type", field("type").unwrap_or_else(absent)))),
        _ => return None,
    };
    let data = field("data").unwrap_or_else(absent);
    let fields = [("data", data), ("kind", kind.into()), ("name", absent())].into_iter().chain(optional).chain(kind_field);
    let value = Json::Map(fields.map(|(key, value)| (key.to_owned(), value)).collect());
    let mut text = String::new();
    canonical::write(&mut text, &value, json::write_go_string);
    Some(encode(&text))
}

fn write_entries(text: &mut String, entries: Option<Entries<'_>>) {
    let Some(entries) = entries else {
        // What kustomize finds in a field that is not there.
        text.push_str("\"\"");
        return;
    };
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_by_key(|(key, _)| *key);
    text.push('{');
    for (index, (key, value)) in sorted.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write_go_string(text, key);
        text.push(':');
        write_go_string(text, value);
    }
    text.push('}');
}

/// Five bytes of the digest in kustomize's alphabet: hexadecimal without `0 1 3 a e`.
fn encode(text: &str) -> String {
    const ALPHABET: [u8; 16] = *b"gh2k456789mbcdtf";
    let digest = Sha256::digest(text.as_bytes());
    let nibbles = digest.iter().take(5).flat_map(|byte| [byte >> 4, byte & 0xf]);
    nibbles.map(|nibble| char::from(ALPHABET[usize::from(nibble)])).collect()
}

#[cfg(test)]
mod tests;

//! Final objects out of the texts of units: which kinds are in one, and the data of those that somebody looks at.
//!
//! Invariant: only texts of the kinds that are asked for are read as data; a text that cannot be read was damaged, and then nothing is given.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use manifest::json::Json;
use manifest::yaml::read;
use schema::types::KindInfo;
use store::{Digest, Hasher};

/// The text of one object.
pub(crate) struct Document<'t> {
    /// `apps/v1/Deployment`.
    pub kind: Cow<'t, str>,
    /// YAML or JSON.
    pub text: &'t str,
}

/// A kind as documents name it: `apps/v1/Deployment`.
pub(crate) fn kind_name(info: &KindInfo<'_>) -> String {
    let group = if info.group.is_empty() { String::new() } else { format!("{}/", info.group) };
    format!("{group}{}/{}", info.version, info.kind)
}

/// The objects of a unit's text, in order.
pub(crate) fn documents(text: &[u8], json: bool) -> Option<Vec<Document<'_>>> {
    let text = str::from_utf8(text).ok()?;
    // Neither can stand inside an object: in YAML what is not at the margin, and in JSON there are no lines.
    let between = if json { "\n,\n" } else { "\n---\n" };
    text.split(between).filter(|it| !it.trim().is_empty()).map(|text| Some(Document { kind: kind(text, json)?, text })).collect()
}

/// Of each kind in a unit's text, a digest of all its objects.
pub(crate) fn kinds(text: &[u8], json: bool) -> Option<Vec<(Arc<str>, Digest)>> {
    let mut found: BTreeMap<Cow<'_, str>, Vec<&str>> = BTreeMap::new();
    for document in documents(text, json)? {
        found.entry(document.kind).or_default().push(document.text);
    }
    let digest = |texts: Vec<&str>| {
        let mut hasher = Hasher::new("objects");
        hasher.seq(texts, |h, it| h.str(it));
        hasher.finish()
    };
    Some(found.into_iter().map(|(kind, texts)| (Arc::from(&*kind), digest(texts))).collect())
}

/// The data of an object.
pub(crate) fn data(document: &Document<'_>) -> Option<Json> {
    let mut found = read::documents(document.text).ok()?.into_iter();
    found.next().map(|it| it.value)
}

/// What the first two fields say, which every object begins with.
fn kind(text: &str, json: bool) -> Option<Cow<'_, str>> {
    let (before, between, end) = if json { ("{\"apiVersion\":\"", "\",\"kind\":\"", '"') } else { ("apiVersion: ", "\nkind: ", '\n') };
    let plain = || {
        let (version, rest) = text.strip_prefix(before)?.split_once(between)?;
        let kind = rest.split(end).next()?;
        let is_plain = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b'/'));
        (is_plain(version) && is_plain(kind)).then(|| Cow::Owned(format!("{version}/{kind}")))
    };
    plain().or_else(|| {
        let data = read::documents(text).ok()?.into_iter().next()?.value;
        Some(Cow::Owned(format!("{}/{}", data.get("apiVersion")?.as_str()?, data.get("kind")?.as_str()?)))
    })
}

#[cfg(test)]
mod tests {
    use super::{data, documents, kinds};

    const YAML: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n---\napiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    ---\n    b\n";

    #[test]
    fn objects_are_told_apart_in_both_forms() {
        let names = |text: &str, json| documents(text.as_bytes(), json).unwrap().iter().map(|it| it.kind.to_string()).collect::<Vec<_>>();
        assert_eq!(names(YAML, false), ["apps/v1/Deployment", "v1/ConfigMap"]);
        let json = "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"a\":\",\\n\"}\n,\n{\"kind\":\"x y\",\"apiVersion\":\"v1\"}\n";
        assert_eq!(names(json, true), ["v1/Service", "v1/x y"]);
        assert_eq!(names("", false), [""; 0]);
    }

    #[test]
    fn a_digest_is_of_one_kind() {
        let of = |text: &str| kinds(text.as_bytes(), false).unwrap();
        let (one, other) = (of(YAML), of(&YAML.replace("name: a", "name: b")));
        assert_ne!(one[0], other[0]);
        assert_eq!(one[1], other[1]);
    }

    #[test]
    fn damage_gives_nothing() {
        assert!(documents(&[0xff], false).is_none());
        assert!(documents(b"kind: [", false).is_none());
        let text = "apiVersion: v1\nkind: A\nx: [";
        assert!(data(&documents(text.as_bytes(), false).unwrap()[0]).is_none());
    }
}

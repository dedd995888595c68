//! Suffixes known from kustomize, and all of kustomize where kubectl is installed.

use super::*;
use crate::{json::map, kubectl, yaml::read};

/// Values that Go escapes, that YAML mistakes, and ordinary ones; without U+007F, on which kustomize fails, and the line breaks of YAML 1.1, which it loses.
const VALUES: [&str; 14] = [
    "",
    "b",
    "no",
    "1e3",
    "<a href=\"x\">&amp;</a>",
    "multi\nline\n",
    "  leading\n\ttab\n\n",
    "\u{1f600} é",
    "\u{8}\u{c}\u{b}\u{1}",
    "tab\there",
    "back\\slash",
    "trailing ",
    "a\r\nb",
    "null",
];

fn object(kind: &str, fields: Vec<(String, Json)>) -> Json {
    Json::Map([("apiVersion".into(), "v1".into()), ("kind".into(), kind.into())].into_iter().chain(fields).collect())
}

#[test]
fn plain_entries_and_objects_agree() {
    let data: Entries<'_> = &[("b", "2"), ("a", "<1>")];
    let value = || map([("b", "2".into()), ("a", "<1>".into())]);
    assert_eq!(Some(config_map(Some(data), None)), of(&object("ConfigMap", vec![("data".into(), value())])));
    assert_eq!(Some(config_map(None, Some(data))), of(&object("ConfigMap", vec![("binaryData".into(), value())])));
    assert_eq!(Some(config_map(Some(&[]), None)), of(&object("ConfigMap", vec![("data".into(), Json::Map(vec![]))])));
    assert_eq!(Some(secret("", None, Some(data))), of(&object("Secret", vec![("stringData".into(), value())])));
    assert_eq!(Some(secret("Opaque", Some(data), None)), of(&object("Secret", vec![("type".into(), "Opaque".into()), ("data".into(), value())])));
    assert_eq!(of(&object("Service", vec![])), None);
}

#[test]
fn known_suffixes() {
    // From kustomize's own tests: an empty ConfigMap, one entry, and a Secret.
    assert_eq!(config_map(None, None), "6ct58987ht");
    assert_eq!(config_map(Some(&[("one", "")]), None), "9g67k2htb6");
}

/// The objects kustomize makes carry their suffix in the name; ours is computed from what was printed, which is the final data.
#[test]
fn as_kubectl_kustomize() {
    let mut files: Vec<(String, Vec<u8>)> = VALUES.iter().enumerate().map(|(index, it)| (format!("f{index}"), it.as_bytes().to_vec())).collect();
    files.push((format!("f{}", VALUES.len()), vec![0xff, 0, 0x80]));
    let generator = |case: usize| {
        let keys: Vec<Json> =
            (0..case % 7).map(|index| format!("{}{index}=f{}", ["k", "K."][index % 2], (case * 3 + index) % files.len())).map(Json::String).collect();
        let kind = ["Opaque", "kubernetes.io/tls", "x"][case % 3];
        (format!("n{case}"), keys, kind)
    };
    let config_maps = (0..40).map(generator).map(|(name, keys, _)| map([("name", name.as_str().into()), ("files", Json::List(keys))]));
    let secrets = (0..40).map(generator).map(|(name, keys, kind)| map([("name", name.as_str().into()), ("type", kind.into()), ("files", Json::List(keys))]));
    let patch = map([
        ("target", map([("kind", "Secret".into()), ("name", "n1.*".into())])),
        ("patch", "- op: add\n  path: /stringData\n  value:\n    b: <x>\n    a: \"1\"\n".into()),
    ]);
    let kustomization = map([
        ("configMapGenerator", Json::List(config_maps.collect())),
        ("secretGenerator", Json::List(secrets.collect())),
        ("patches", Json::List(vec![patch])),
    ]);
    let named: Vec<(&str, &[u8])> = files.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    let Some(output) = kubectl::kustomize(&kustomization.to_yaml(), &named) else { return };
    let objects = read::documents(&output).unwrap();
    assert_eq!(objects.len(), 80);
    for object in objects {
        let name = object.value.at(&["metadata", "name"]).and_then(Json::as_str).unwrap();
        let expected = name.split_once('-').map(|(_, suffix)| suffix);
        assert_eq!(of(&object.value).as_deref(), expected, "{}", object.value.to_yaml());
    }
}

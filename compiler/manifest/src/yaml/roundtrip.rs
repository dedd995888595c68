//! What the emitter writes is read back as the same value, by our reader and (where it is installed) by kubectl.

use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::{read, write};
use crate::{
    json::{Json, map},
    kubectl,
};

/// Texts that some reader takes for something else, or that are hard to lay out.
const HARD: [&str; 84] = [
    "",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "no",
    "on",
    "y",
    "N",
    "Yes",
    "off",
    "true",
    "NULL",
    "~",
    "null",
    "1",
    "-1",
    "+1",
    "0",
    "00",
    "0777",
    "0o7",
    "0x1F",
    "0b1",
    "1e3",
    "1E-3",
    "1_000",
    "1__2",
    "685_230.15",
    "1.5",
    ".5",
    "1.",
    ".inf",
    "-.INF",
    ".nan",
    "12:30",
    "190:20:30",
    "190:20:30.15",
    "2026-03-11",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43.10 -5",
    "=",
    "<<",
    "-",
    "--",
    "---",
    "...",
    "- a",
    "? a",
    ": ",
    " #",
    "a: b",
    "a #b",
    "a:",
    ":a",
    "#a",
    "*a",
    "&a",
    "!a",
    "!!str a",
    "|",
    ">",
    "@",
    "`",
    "%TAG",
    "'",
    "\"",
    "\\",
    "{}",
    "[]",
    "{{ x }}",
    ",",
    "\u{1f600}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "\u{0}",
    "\u{7f}",
    "\u{9f}",
    "\r",
    "\r\n",
    "\u{fffe}",
];

fn hard_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(&HARD[..]).prop_map(str::to_owned),
        2 => "[a-zA-Z0-9 .:#_/-]{0,12}",
        1 => any::<char>().prop_map(String::from),
        1 => "[ \t\n]{0,4}",
    ];
    prop_oneof![
        3 => prop::collection::vec(piece.clone(), 0..5).prop_map(|it| it.concat()),
        3 => prop::collection::vec(piece, 0..8).prop_map(|it| it.join("\n")),
        1 => any::<String>(),
        1 => "[ \t\na:#-]{0,40}",
        1 => (1usize..3000, "[a-z: \n]{1,9}").prop_map(|(times, text)| text.repeat(times)),
    ]
}

fn tree() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(Json::Int),
        hard_text().prop_map(Json::String),
        Just(Json::Number("1.50".into()))
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::List),
            prop::collection::vec((hard_text(), inner), 0..5).prop_map(|mut entries| {
                entries.sort_by(|left, right| left.0.cmp(&right.0));
                entries.dedup_by(|left, right| left.0 == right.0);
                Json::Map(entries)
            }),
        ]
    })
}

/// The same texts in every run, so that a failure can be looked at again.
fn runner() -> TestRunner {
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]))
}

fn samples<T>(strategy: impl Strategy<Value = T>, count: usize) -> Vec<T> {
    let mut runner = runner();
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("nothing is filtered").current()).collect()
}

#[test]
fn hard_texts_are_read_back() {
    for text in HARD {
        let value = map([("a", Json::List(vec![text.into()])), ("b", map([(text, text.into())]))]);
        assert_eq!(read::document(&value.to_yaml()).map(|it| it.value), Ok(value.clone()), "{}", value.to_yaml());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn texts_are_read_back(text in hard_text()) {
        let value = map([("a", text.as_str().into()), ("b", Json::List(vec![text.as_str().into(), 1.into()])), (&*text, "c".into())]);
        prop_assume!(!matches!(text.as_str(), "a" | "b"));
        let yaml = value.to_yaml();
        prop_assert_eq!(read::document(&yaml).map(|it| it.value), Ok(value), "{}", yaml);
    }

    #[test]
    fn trees_are_read_back(value in tree()) {
        let yaml = value.to_yaml();
        prop_assert_eq!(read::document(&yaml).map(|it| it.value), Ok(value), "{}", yaml);
    }

    #[test]
    fn reading_never_panics(text in "[-a-z0-9 :#*&!|>'\"%@\\[\\]{},~\n\t<]{0,60}") {
        let _ = read::documents(&text);
    }
}

#[test]
fn trees_survive_many_documents() {
    let values: Vec<Json> = samples(tree(), 200).into_iter().filter(|it| *it != Json::Null).collect();
    let mut out = Vec::new();
    write::documents(&mut out, &values);
    let text = String::from_utf8(out).unwrap();
    let back: Vec<Json> = read::documents(&text).unwrap().into_iter().map(|it| it.value).collect();
    assert_eq!(back, values);
}

/// One process of kubectl for many values; Go's decoder reads floats, so only texts, booleans and small numbers are compared.
#[test]
fn kubectl_reads_the_same() {
    let texts = HARD.iter().map(|it| (*it).to_owned()).chain(samples(hard_text(), 3000));
    let data: Vec<(String, Json)> =
        texts.enumerate().map(|(index, text)| (format!("k{index}"), Json::List(vec![text.as_str().into(), map([(&*text, text.as_str().into())])]))).collect();
    let trees = samples(tree(), 400);
    let manifest = map([
        ("apiVersion", "v1".into()),
        ("kind", "ConfigMap".into()),
        ("metadata", map([("name", "x".into()), ("annotations", map([("x", "y".into())]))])),
        ("texts", Json::Map(data)),
        ("trees", Json::List(trees)),
    ]);
    let mut yaml = Vec::new();
    write::document(&mut yaml, &manifest);
    let Some(output) = kubectl::read(yaml) else { return };
    // JSON may hold some characters raw that no YAML text may.
    let output: String = output.chars().map(|c| if matches!(c, '\u{7f}'..='\u{ffff}') { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }).collect();
    let back = read::document(&output).unwrap().value;
    for field in ["texts", "trees"] {
        let (sent, got) = (manifest.get(field).unwrap(), back.get(field).unwrap());
        if crate::canonical::bytes(sent) != crate::canonical::bytes(got) {
            differ(sent, got, field);
        }
    }
}

/// Names the first place where two values differ.
fn differ(sent: &Json, got: &Json, path: &str) {
    match (sent, got) {
        (Json::Map(left), Json::Map(_)) => left.iter().for_each(|(key, value)| differ(value, got.get(key).unwrap_or(&Json::Null), &format!("{path}.{key:?}"))),
        (Json::List(left), Json::List(right)) if left.len() == right.len() => left.iter().zip(right).for_each(|(left, right)| differ(left, right, path)),
        _ => assert_eq!(crate::canonical::bytes(sent), crate::canonical::bytes(got), "{path}: {}", sent.to_yaml()),
    }
}

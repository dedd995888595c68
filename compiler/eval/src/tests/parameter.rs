//! Parameters: who wins, what follows, what is checked.

use super::kit::probe;

fn text(kind: &str, body: &str, entry: &str) -> String {
    text_with("", kind, body, entry)
}

fn text_with(prelude: &str, kind: &str, body: &str, entry: &str) -> String {
    let kind = format!("{kind}\nlower(p) {{ object ConfigMap \"x\" in \"default\" {{ data {{ v: json(p.v) }} }} }}");
    let text = probe(prelude, &kind, body, entry).yaml("probe", "it");
    text.split_once("  v: ").map_or(text.clone(), |it| it.1.trim_end().to_owned())
}

#[test]
fn the_environment_wins_over_the_instance_and_that_over_the_default() {
    assert_eq!(text("param v: Int = 1", "", ""), "\"1\"");
    assert_eq!(text("param v: Int = 1", "v: 2", ""), "\"2\"");
    assert_eq!(text("param v: Int = 1", "v: 2", "v: 3"), "\"3\"");
}

#[test]
fn defaults_follow_what_they_name() {
    assert_eq!(text("param a: Int = 1\nparam v: Int = params.a + 1", "", "a: 5"), "\"6\"");
    assert_eq!(text("param v: String = \"\\(name)-\\(params.b)\"\nparam b: String = \"z\"", "", ""), "\"\\\"it-z\\\"\"");
    assert_eq!(text("v: Int = 0", "params { a: Int = 4, b: Int = params.a * 2 }\nv: params.b", "a: 6"), "\"12\"");
}

#[test]
fn records_and_maps_merge_deep_lists_replace() {
    let types = "type W { c: Int = 2, d: Int = 3 }\ntype V { a: Int = 1, b: W = {}, m: Map<String, Int> = {}, l: List<Int> = [] }\n";
    assert_eq!(
        text_with(types, "param v: V = {}", "v { b.c: 7, m { x: 1 }, l: [1, 2] }", "v { b.d: 8, m { y: 2 }, l: [3] }"),
        r#""{\"b\":{\"c\":7,\"d\":8},\"m\":{\"x\":1,\"y\":2},\"l\":[3],\"a\":1}""#
    );
}

#[test]
fn merged_values_are_checked() {
    let found = text("param v: Map<Name, Int>(max: 2) = {}", "v { a: 1, b: 2 }", "v { c: 3 }");
    assert!(found.starts_with("out-of-range"), "{found}");
}

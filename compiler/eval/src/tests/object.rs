//! Blocks and objects: paths, merging, spreads, names.

use super::kit::{probe, project};

fn body(kind: &str) -> String {
    probe("", &format!("lower(p) {{ {kind} }}"), "", "").yaml("probe", "it")
}

#[test]
fn dotted_paths_and_blocks_stand_side_by_side() {
    let text = body(
        r#"object Deployment "x" in "default" {
             spec.selector.matchLabels: { a: "b" }
             spec { template.metadata.labels { a: "b" }, replicas: 2 }
             spec.template.spec { containers main { image: "x:1" }, containers["main"].args: ["a"], containers side { image: "y:1" } }
             metadata.annotations { "x/y": "1" }
             metadata.labels { z: "2" }
           }"#,
    );
    assert_eq!(
        text,
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: x\n  namespace: default\n  labels:\n    z: \"2\"\n  annotations:\n    x/y: \"1\"\nspec:\n  selector:\n    matchLabels:\n      a: b\n  template:\n    metadata:\n      labels:\n        a: b\n    spec:\n      containers:\n      - name: main\n        image: x:1\n        args:\n        - a\n      - name: side\n        image: y:1\n  replicas: 2\n"
    );
}

#[test]
fn the_later_of_spread_and_entry_wins() {
    let text = body(
        r#"let base: Partial<core/v1.PodSpec> = { hostNetwork: true, securityContext { runAsUser: 1, runAsGroup: 2 }, dnsPolicy: "Default" }
           object Pod "x" in "default" { spec {
             containers main { image: "x:1" }
             dnsPolicy: "None"
             ...base
             securityContext.runAsUser: 5
             hostNetwork: false
           } }"#,
    );
    let spec = text.split_once("spec:\n").map_or("", |it| it.1);
    assert_eq!(
        spec,
        "  containers:\n  - name: main\n    image: x:1\n  dnsPolicy: Default\n  hostNetwork: false\n  securityContext:\n    runAsUser: 5\n    runAsGroup: 2\n"
    );
}

#[test]
fn a_spread_merges_keyed_lists_by_key() {
    let text = body(
        r#"let more: Partial<core/v1.PodSpec> = { containers main { args: ["a"] }, containers side { image: "s:1" } }
           object Pod "x" in "default" { spec { containers: [{ name: "main", image: "x:1" }], ...more } }"#,
    );
    let spec = text.split_once("spec:\n").map_or("", |it| it.1);
    assert_eq!(spec, "  containers:\n  - name: main\n    image: x:1\n    args:\n    - a\n  - name: side\n    image: s:1\n");
}

#[test]
fn a_later_alternative_of_a_spread_replaces_the_earlier() {
    let text = body(
        r#"let probe: Partial<core/v1.Probe> = { exec.command: ["true"] }
           object Pod "x" in "default" { spec { containers main { image: "x:1", livenessProbe { httpGet { port: 80 }, periodSeconds: 5, ...probe } } } }"#,
    );
    assert!(text.contains("      periodSeconds: 5\n      exec:\n") && !text.contains("httpGet"), "{text}");
}

#[test]
fn what_is_absent_is_left_out_and_what_is_empty_stays() {
    let text = probe("", "a: String?\nl: List<String> = []\nlower(p) { object Pod \"x\" in \"default\" { metadata.annotations {}, spec { hostname: p.a, containers: [], tolerations: [], nodeSelector: {} } } }", "", "").yaml("probe", "it");
    assert_eq!(
        text,
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  namespace: default\n  annotations: {}\nspec:\n  containers: []\n  tolerations: []\n  nodeSelector: {}\n"
    );
}

#[test]
fn spelling_is_kept_and_computed_values_are_canonical() {
    let text = probe(
        "",
        "q: Quantity = 1024Mi\nlower(p) { object Pod \"x\" in \"default\" { spec { containers main { image: \"x:1\", resources { requests { memory: p.q, cpu: 0.5, storage: 1 }, limits { memory: p.q + p.q, cpu: 1500m } } } } } }",
        "",
        "",
    )
    .yaml("probe", "it");
    assert!(text.contains("memory: 1024Mi\n") && text.contains("memory: 2Gi\n") && text.contains("cpu: 1500m"), "{text}");
    assert!(text.contains("storage: 1\n"), "{text}");
}

#[test]
fn loops_choices_and_lets_are_statements() {
    let text = body(
        r#"let names: List<String> = ["b", "a"]
           for i, n in names if n != "c" { object ConfigMap "x-\(n)" in "default" { data { "\(n)": "\(i)", if i == 0 { first: "yes" } else { first: "no" } } } }"#,
    );
    let maps: Vec<&str> = text.split("---\n").collect();
    assert_eq!(maps.len(), 2);
    assert!(maps[0].ends_with("name: x-b\n  namespace: default\ndata:\n  b: \"0\"\n  first: \"yes\"\n"), "{text}");
    assert!(maps[1].ends_with("data:\n  a: \"1\"\n  first: \"no\"\n"), "{text}");
}

#[test]
fn nested_instances_have_names_and_principals_of_their_own() {
    let project = project(
        r#"
cluster one { kubernetes: "1.36", load_balancer { metallb {} } }
kind leaf { param size: Int = 1, namespace: Ref<Namespace>, label: String = "\(name)-\(params.size)", lower(l) { object ConfigMap "\(l.name)" as l { data { label: l.label } } } }
kind tree { lower(t) {
  leaf "\(t.name)-a" as t { namespace: "ns", size: 4 }
  leaf other { namespace: "ns" }
} }
kind user { data: Map<FileName, Text>, lower(u) { object ConfigMap "u" in "default" { data: u.data } } }
tree oak
user it { data { n: tree.oak.name, h: "x-\(tree.oak.name)" } }
env dev { cluster: cluster.one, tree oak, user it }
"#,
    );
    let text = project.yaml("tree", "oak");
    assert!(text.contains("name: oak-a\n  namespace: ns\ndata:\n  label: oak-a-4\n"), "{text}");
    assert!(text.contains("name: other\n  namespace: ns\ndata:\n  label: other-1\n"), "{text}");
    let unit = project.unit("tree", "oak").unwrap();
    assert_eq!(unit.summary.handles.iter().map(|it| (&*it.path, it.object)).collect::<Vec<_>>(), [("", Some(0))]);
    let text = project.yaml("user", "it");
    assert!(text.ends_with("data:\n  \"n\": \"<tree.oak/Name>\"\n  h: x-<tree.oak/Name>\n"), "{text}");
}

#[test]
fn objects_follow_the_order_of_statements() {
    let text = body(r#"object ConfigMap "b" in "default" { data {} } object ConfigMap "a" in "default" { data {} } object Namespace "c" {}"#.replace("} object", "}\nobject").as_str());
    let names: Vec<&str> = text.lines().filter(|it| it.starts_with("  name: ")).collect();
    assert_eq!(names, ["  name: b", "  name: a", "  name: c"]);
}

#[test]
fn files_and_data() {
    let text = body(
        r#"let values: Json = yaml("conf/values.yaml")
           object ConfigMap "x" in "default" { data { "a.yaml": file("conf/app.yaml"), j: json(values) } }"#,
    );
    assert!(text.contains("  a.yaml: |\n    level: info\n  j: \"{\\\"replicas\\\":3,\\\"nested\\\":{\\\"a\\\":1},\\\"list\\\":[1,\\\"two\\\"]}\"\n"), "{text}");
}

#[test]
fn json_output_is_one_value_an_object() {
    use crate::context::{Format, Options};
    let project = probe("", "lower(p) { object ConfigMap \"x\" in \"default\" { data { a: \"1\\n\", b: \"\\\"\" } } }", "", "");
    let unit = project.unit_with("probe", "it", Options { format: Format::Json, ..Options::default() }).unwrap();
    assert_eq!(
        super::kit::shown(&unit),
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"x\",\"namespace\":\"default\"},\"data\":{\"a\":\"1\\n\",\"b\":\"\\\"\"}}\n"
    );
}

#[test]
fn hashed_names_are_those_of_kustomize_and_reach_all_references() {
    let project = probe(
        "",
        r#"config: Map<Name, { data: Map<FileName, Text> }> = {}
uses: Ref<ConfigMap>
lower(p) {
  for n, c in p.config { object ConfigMap "x-\(n)" in "default" as p.config[n] { data: c.data, with hashed() } }
  object Pod "x" in "default" { spec { containers main { image: "x:1", envFrom: [{ configMapRef.name: "x-a" }] }, volumes v { configMap.name: p.uses } } }
}"#,
        "config a { data { k: \"v\" } }, uses: config.a",
        "",
    );
    let text = project.yaml("probe", "it");
    let suffix = manifest::hash::config_map(Some(&[("k", "v")]), None);
    assert_eq!(text.matches(&format!("x-a-{suffix}")).count(), 3, "{text}");
}

#[test]
fn a_trace_names_the_writers_of_a_leaf() {
    let project = probe(
        "",
        r#"param size: Int = 1
extra: Partial<core/v1.PodSpec> = {}
lower(p) { object Pod "x" in "default" { spec { containers main { image: "x:1" }, priority: p.size, hostNetwork: true, ...p.extra } } }"#,
        "extra { hostNetwork: false }",
        "size: 7",
    );
    assert_eq!(project.trace("probe", "it", 0, "spec.priority"), ["priority: p.size <- 7 = 7"]);
    assert_eq!(project.trace("probe", "it", 0, "spec.hostNetwork"), ["hostNetwork: true <- true = true", "...p.extra <- false = false"]);
}

//! Two texts, and what differs between them, one line a change.

use std::fmt::Write as _;

use manifest::json::Json;

use crate::{Difference, Op, Pairing, Shapes, Shown, Unit, UnitName, What, compare};

fn shapes() -> Shapes {
    let (schemas, facts) = build::shapes();
    Shapes::new(schemas, facts)
}

fn difference(old: &str, new: &str, pairing: Pairing<'_>) -> Difference {
    let name = UnitName { kind: "app".into(), name: "web".into() };
    let unit = |text| Unit { name: &name, text };
    compare(&shapes(), &[unit(old)], &[unit(new)], 0, pairing).expect("both texts are YAML")
}

fn told(difference: &Difference) -> String {
    let mut out = String::new();
    for object in &difference.objects {
        let was = object.was.as_ref().map_or_else(String::new, |it| format!(" (was {})", it.clone().without_version()));
        let id = object.id.clone().without_version();
        match &object.what {
            What::Added(value) => writeln!(out, "+ {id}{was} {}", value.to_json()),
            What::Removed(value) => writeln!(out, "- {id} {}", value.to_json()),
            What::Changed(_) => writeln!(out, "~ {id}{was}"),
        }
        .expect("writing to a string");
        for change in object.changes() {
            let mark = if change.immutable { " (immutable)" } else { "" };
            let op = match &change.op {
                Op::Added(value) => format!("+ {}", shown(value)),
                Op::Removed(value) => format!("- {}", shown(value)),
                Op::Replaced(old, new) => format!("{} -> {}", shown(old), shown(new)),
                Op::Reordered(old, new) => format!("{} => {}", old.join(" "), new.join(" ")),
            };
            writeln!(out, "  {}: {op}{mark}", change.path).expect("writing to a string");
        }
    }
    write!(out, "{} unchanged", difference.unchanged).expect("writing to a string");
    out
}

fn shown(value: &Shown) -> String {
    match value {
        Shown::Value(value) => value.to_json(),
        Shown::Secret(size) => format!("<{size}>"),
    }
}

#[track_caller]
fn check(old: &str, new: &str, expected: &str) {
    assert_eq!(told(&difference(old, new, Pairing::States)), expected.trim_start_matches('\n'));
}

/// A Deployment with this in its container.
fn deployment(container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: net}}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    spec:\n      containers:\n      - name: main\n{}\n",
        container.lines().map(|it| format!("        {it}\n")).collect::<String>()
    )
}

#[test]
fn quantities_and_numbers_are_compared_by_value() {
    let old = deployment("resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 500m}}");
    let new = deployment("resources: {requests: {cpu: \"0.5\"}, limits: {memory: 1024Mi, cpu: \"1\"}}");
    check(&old, &new, "1 unchanged");
    check(
        &old,
        &new.replace("1024Mi", "1025Mi"),
        "\n~ Deployment.apps net/web\n  spec.template.spec.containers[main].resources.limits.memory: \"1Gi\" -> \"1025Mi\"\n0 unchanged",
    );
    // A text that looks like a quantity, where none is meant, is a text.
    check(
        &deployment("image: \"1\""),
        &deployment("image: 1000m"),
        "\n~ Deployment.apps net/web\n  spec.template.spec.containers[main].image: \"1\" -> \"1000m\"\n0 unchanged",
    );
}

#[test]
fn elements_of_lists_are_told_apart_by_their_keys() {
    let old = deployment("env: [{name: A, value: x}, {name: B, value: w}]\nports: [{name: http, containerPort: 80}, {containerPort: 53, protocol: UDP}]");
    let new = deployment("env: [{name: B, value: z}, {name: C, value: q}]\nports: [{name: http, containerPort: 80}, {containerPort: 54, protocol: UDP}]");
    check(
        &old,
        &new,
        "
~ Deployment.apps net/web
  spec.template.spec.containers[main].env[A]: - {\"name\":\"A\",\"value\":\"x\"}
  spec.template.spec.containers[main].env[B].value: \"w\" -> \"z\"
  spec.template.spec.containers[main].env[C]: + {\"name\":\"C\",\"value\":\"q\"}
  spec.template.spec.containers[main].ports[53,UDP]: - {\"containerPort\":53,\"protocol\":\"UDP\"}
  spec.template.spec.containers[main].ports[54,UDP]: + {\"containerPort\":54,\"protocol\":\"UDP\"}
0 unchanged",
    );
    // Where every element has a name, a port keeps it when its number changes.
    check(
        &deployment("ports: [{name: http, containerPort: 80}]"),
        &deployment("ports: [{name: http, containerPort: 8080}]"),
        "\n~ Deployment.apps net/web\n  spec.template.spec.containers[main].ports[http].containerPort: 80 -> 8080\n0 unchanged",
    );
    check(
        &deployment("env: [{name: A}, {name: B}]"),
        &deployment("env: [{name: B}, {name: A}]"),
        "\n~ Deployment.apps net/web\n  spec.template.spec.containers[main].env: A B => B A\n0 unchanged",
    );
}

#[test]
fn an_element_with_another_key_and_the_same_content_is_the_same() {
    check(
        &deployment("env: [{name: A, value: x}, {name: B, value: w}]\nvolumeMounts: [{mountPath: /a, name: v, readOnly: true}]"),
        &deployment("env: [{name: C, value: x}, {name: D, value: z}]\nvolumeMounts: [{mountPath: /b, name: v, readOnly: true}]"),
        "
~ Deployment.apps net/web
  spec.template.spec.containers[main].env[A].name: \"A\" -> \"C\"
  spec.template.spec.containers[main].env[B]: - {\"name\":\"B\",\"value\":\"w\"}
  spec.template.spec.containers[main].env[D]: + {\"name\":\"D\",\"value\":\"z\"}
  spec.template.spec.containers[main].volumeMounts[/a].mountPath: \"/a\" -> \"/b\"
0 unchanged",
    );
}

#[test]
fn other_lists_are_aligned() {
    check(
        &deployment("args: [run, -v, --port, \"80\", now]"),
        &deployment("args: [run, --port, \"81\", now, --x]"),
        "
~ Deployment.apps net/web
  spec.template.spec.containers[main].args[1]: - \"-v\"
  spec.template.spec.containers[main].args[2]: \"80\" -> \"81\"
  spec.template.spec.containers[main].args[4]: + \"--x\"
0 unchanged",
    );
    // A set has no order.
    let set = |items: &str| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: data, finalizers: [{items}]}}\n");
    check(&set("a/a, b/b"), &set("b/b, a/a"), "1 unchanged");
    check(&set("a/a, b/b"), &set("c/c, b/b"), "\n~ Namespace data\n  metadata.finalizers[0]: - \"a/a\"\n  metadata.finalizers[0]: + \"c/c\"\n0 unchanged");
}

#[test]
fn kinds_of_which_nothing_is_known_are_compared_as_they_are() {
    let object = |spec: &str| format!("apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: x}}\nspec: {spec}\n");
    check(
        &object("{size: 1Gi, at: 1.50, rules: [{name: a, v: 1}, {name: b}]}"),
        &object("{size: 1024Mi, at: 1.5, rules: [{name: b}, {name: a, v: 2}]}"),
        "
~ Thing.example.com x
  spec.size: \"1Gi\" -> \"1024Mi\"
  spec.rules[a].v: 1 -> 2
  spec.rules: a b => b a
0 unchanged",
    );
}

#[test]
fn what_cannot_be_changed_in_place_is_marked() {
    check(
        &deployment("image: a"),
        &deployment("image: a").replace("app: web", "app: other"),
        "\n~ Deployment.apps net/web\n  spec.selector.matchLabels.app: \"web\" -> \"other\" (immutable)\n0 unchanged",
    );
}

#[test]
fn nothing_secret_is_shown() {
    let canaries = ["Y2FuYXJ5MQ==", "canary2", "canary3", "Y2FuYXJ5NA=="];
    let old = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: net, annotations: {kubectl.kubernetes.io/last-applied-configuration: canary3}}\ndata: {a: Y2FuYXJ5MQ==}\nstringData: {b: canary2}\n";
    let new = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: net}\ndata: {a: Y2FuYXJ5NA==, c: Y2FuYXJ5MQ==}\n";
    check(
        old,
        new,
        "
~ Secret net/s
  metadata.annotations: - {\"kubectl.kubernetes.io/last-applied-configuration\":\"(7 bytes, not shown)\"}
  data.a: <7> -> <7>
  data.c: + <7>
  stringData: - {\"b\":\"(7 bytes, not shown)\"}
0 unchanged",
    );
    for (one, other) in
        [(old, ""), ("", old), (old, new), (new, old), (old, "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: net}\ndata: canary2\n")]
    {
        for pairing in [Pairing::States, Pairing::Environments("dev", "prod")] {
            let difference = difference(one, other, pairing);
            let said = format!("{}{difference:?}", told(&difference));
            assert!(!canaries.iter().any(|it| said.contains(it)), "{said}");
        }
    }
}

#[test]
fn objects_come_go_and_change_their_names() {
    let map = |name: &str, data: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: net}}\ndata: {{a: {data}}}\n");
    check(
        &format!("{}---\n{}", map("a", "x"), map("b", "x")),
        &format!("{}---\n{}", map("c", "x"), map("b", "x")),
        "
+ ConfigMap net/c {\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\",\"namespace\":\"net\"},\"data\":{\"a\":\"x\"}}
- ConfigMap net/a {\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\",\"namespace\":\"net\"},\"data\":{\"a\":\"x\"}}
1 unchanged",
    );
    // A name with the hash of the content is the same object with another content.
    let hashed = |data: &str| {
        let Json::Map(object) = manifest::yaml::read::document(&map("x", data)).unwrap().value else { panic!("a map") };
        map(&format!("conf-{}", manifest::hash::of(&Json::Map(object)).unwrap()), data)
    };
    let said = told(&difference(&hashed("x"), &hashed("z"), Pairing::States));
    assert!(said.contains("(was ConfigMap net/conf-") && said.contains("data.a: \"x\" -> \"z\"") && said.contains("metadata.name: "), "{said}");
    // Between environments the namespace may be another one.
    let said = told(&difference(&map("a", "x"), &map("a", "z").replace("net", "net-prod"), Pairing::Environments("dev", "prod")));
    let [dev, prod] = ["dev", "prod"].map(|env| format!("{}---\n{}", map(&format!("{env}-a"), "x"), map(&format!("{env}-b"), "x")));
    let both = told(&difference(&dev, &prod, Pairing::Environments("dev", "prod")));
    assert!(both.contains("~ ConfigMap net/prod-a (was ConfigMap net/dev-a)") && both.contains("net/prod-b (was ConfigMap net/dev-b)"), "{both}");
    assert_eq!(said, "~ ConfigMap net-prod/a (was ConfigMap net/a)\n  metadata.namespace: \"net\" -> \"net-prod\"\n  data.a: \"x\" -> \"z\"\n0 unchanged");
}

#[test]
fn a_text_that_is_no_manifest_is_refused() {
    let name = UnitName::default();
    for text in ["a: [\n", "kind: X\n", "- a\n"] {
        assert!(compare(&shapes(), &[], &[Unit { name: &name, text }], 0, Pairing::States).is_err(), "{text}");
    }
}

#[test]
fn what_is_the_same_in_several_places_is_said_once() {
    let map =
        |name: &str, data: &str, all: &str| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: {data}, all: {all}}}\n");
    let env = |data: &str, all: &str| ["a", "b", "c"].map(|name| map(name, if name == "b" { data } else { "x" }, all)).concat();
    let dev = difference(&env("x", "1"), &env("z", "2"), Pairing::States);
    let prod = difference(&env("x", "1"), &env("w", "2"), Pairing::States);
    let told = |sections: Vec<crate::fold::Section>| -> Vec<String> {
        let one = |it: crate::fold::Section| {
            let common: Vec<String> =
                it.common.iter().map(|it| format!("{} in {}", it.change.path, it.objects.iter().map(|it| &*it.name).collect::<Vec<_>>().join(" "))).collect();
            let objects: Vec<String> = it
                .objects
                .iter()
                .map(|it| format!("{}: {}", it.id.name, it.changes().iter().map(|it| it.path.to_string()).collect::<Vec<_>>().join(" ")))
                .collect();
            format!("{}: {} / {}", it.envs.join(" "), common.join(", "), objects.join(", "))
        };
        sections.into_iter().map(one).collect()
    };
    let two = crate::fold::sections(vec![("dev".into(), dev.clone()), ("prod".into(), prod)]);
    assert_eq!(told(two), ["dev prod: data.all in a b c / ", "dev:  / b: data.a", "prod:  / b: data.a"]);
    assert_eq!(told(crate::fold::sections(vec![("dev".into(), dev)])), ["dev: data.all in a b c / b: data.a"]);
}

mod properties {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            (-9i64..9).prop_map(Json::Int),
            "[a-c]{0,2}".prop_map(Json::String),
            Just(Json::Number("1.0".to_owned())),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            let map = proptest::collection::btree_map(prop_oneof!["[a-d]", Just("name".to_owned())], inner.clone(), 0..4);
            prop_oneof![vec(inner, 0..5).prop_map(Json::List), map.prop_map(|it| Json::Map(it.into_iter().collect()))]
        })
    }

    fn object(spec: &Json) -> String {
        let head = "{apiVersion: example.com/v1, kind: Thing, metadata: {name: x}, spec: ";
        format!("{head}{}}}\n", spec.to_json())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Nothing differs from itself, and values that do not mean the same differ, in both directions.
        #[test]
        fn difference_is_an_inequality(old in value(), new in value()) {
            prop_assert_eq!(told(&difference(&object(&old), &object(&old), Pairing::States)), "1 unchanged");
            let there = difference(&object(&old), &object(&new), Pairing::States);
            let back = difference(&object(&new), &object(&old), Pairing::States);
            let is_same = manifest::canonical::bytes(&old) == manifest::canonical::bytes(&new);
            prop_assert_eq!(there.objects.is_empty(), is_same, "{}", told(&there));
            prop_assert_eq!(back.objects.is_empty(), is_same, "{}", told(&back));
        }
    }
}

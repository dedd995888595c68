//! What evaluation finds wrong, and where it says so.

use super::kit::{probe, project};

fn error(kind: &str, body: &str, entry: &str) -> String {
    probe("", kind, body, entry).yaml("probe", "it")
}

/// `lower` with one pod whose spec has this text.
fn pod(fields: &str, spec: &str, body: &str) -> String {
    error(&format!("{fields}\nlower(p) {{ object Pod \"x\" in \"default\" {{ spec {{ {spec} }} }} }}"), body, "")
}

#[test]
fn the_place_is_where_the_value_came_from() {
    let found = pod("image: String", "containers main { image: \"x:1\", imagePullPolicy: p.image }", "image: \"Sometimes\"");
    assert_eq!(
        found,
        "unknown-value: `Sometimes` does not fit: one of `Always`, `Never`, `IfNotPresent` is allowed @ \"Sometimes\" + p.image (it has to fit here)\n"
    );
}

#[test]
fn missing_fields_of_the_schema() {
    let found = pod("on: Bool = false", "if p.on { containers main { image: \"x:1\" } }", "");
    assert!(found.starts_with("missing-field: spec of Pod x needs a field `containers`"), "{found}");
}

#[test]
fn missing_fields_of_a_type() {
    let found = probe(
        "type T { a: Int, b: Int }\nfn make(on: Bool) -> T = { a: 1, if on { b: 2 } }",
        "lower(p) { object ConfigMap \"x\" in \"default\" { data { v: \"\\(make(false).b)\" } } }",
        "",
        "",
    )
    .yaml("probe", "it");
    assert!(found.starts_with("missing-field: field `b` of T is missing"), "{found}");
}

#[test]
fn two_elements_of_one_key() {
    let found = pod("", "containers: [for n in [\"a\", \"a\"] => { name: n, image: \"x:1\" }]", "");
    assert!(found.starts_with("duplicate-key: spec.containers of Pod x has two elements `a`"), "{found}");
}

#[test]
fn two_alternatives() {
    let found = pod("on: Bool = true", "containers main { image: \"x:1\" }, volumes v { emptyDir {}, if p.on { configMap.name: \"c\" } }", "");
    assert!(found.starts_with("union-conflict: spec.volumes[v] of Pod x has both `emptyDir` and `configMap`"), "{found}");
}

#[test]
fn no_namespace() {
    let found = error("lower(p) { object ConfigMap \"x\" { data {} } }", "", "");
    assert!(found.starts_with("missing-namespace: ConfigMap of probe it has no namespace @ object ConfigMap \"x\""), "{found}");
}

#[test]
fn one_field_twice() {
    let found = error("on: Bool = true\nlower(p) { object ConfigMap \"x\" in \"default\" { data { a: \"1\", if p.on { a: \"2\" } } } }", "", "");
    assert!(found.starts_with("duplicate-field: `a` is set twice"), "{found}");
    let agreed = error("on: Bool = true\nlower(p) { object ConfigMap \"x\" in \"default\" { data { a: \"1\", if p.on { a: \"1\" } } } }", "", "");
    assert!(agreed.ends_with("data:\n  a: \"1\"\n"), "{agreed}");
}

#[test]
fn bounds_of_computed_values() {
    let found = pod("n: Int = 70000", "containers main { image: \"x:1\", ports: [{ containerPort: Port(p.n) }] }", "");
    assert!(found.starts_with("out-of-range: `70000`"), "{found}");
    let name = error("n: String = \"Not_A_Name\"\nlower(p) { object ConfigMap \"\\(p.n)\" in \"default\" { data {} } }", "", "");
    assert!(name.starts_with("out-of-range") || name.contains("Not_A_Name"), "{name}");
}

#[test]
fn files_that_are_not_there_or_no_text() {
    let missing = error("lower(p) { object ConfigMap \"x\" in \"default\" { data { a: file(\"conf/none.yaml\") } } }", "", "");
    assert!(missing.starts_with("unreadable-file: there is no file `conf/none.yaml`"), "{missing}");
    let binary = error("lower(p) { object ConfigMap \"x\" in \"default\" { data { a: file(\"conf/bad.bin\") } } }", "", "");
    assert!(binary.starts_with("unreadable-file: `conf/bad.bin` is no UTF-8 text"), "{binary}");
}

#[test]
fn an_entry_without_object() {
    let found = error(
        "thing: Map<Name, { x: Int = 1 }> = {}\nlabel: Text\nlower(p) { object ConfigMap \"x\" in \"default\" { data { a: p.label } } }",
        "thing one, label: thing.one.name",
        "",
    );
    assert!(found.starts_with("no-object: `thing.one` of probe it has no object"), "{found}");
}

#[test]
fn a_name_that_is_made_of_itself() {
    let found = error(
        "config: Map<Name, { data: Map<FileName, Text> }> = {}\nlower(p) { for n, c in p.config { object ConfigMap \"x-\\(n)\" in \"default\" as p.config[n] { data: c.data, with hashed() } } }",
        "config a { data { k: config.a.name } }",
        "",
    );
    assert!(found.starts_with("hash-cycle"), "{found}");
}

#[test]
fn a_broken_static_instance_leaves_the_others() {
    let project = project(
        "kind site static { size: Int }\nsite a { size: 1 }\nsite b { size: 9223372036854775807 + 1 }\ncluster one { kubernetes: \"1.36\", load_balancer { metallb {} } }\n\
         kind probe { lower(p) { object ConfigMap \"x\" in \"default\" { data { v: \"\\(site.a.size)\" } } } }\nkind broken { lower(p) { object ConfigMap \"x\" in \"default\" { data { v: \"\\(site.b.size)\" } } } }\n\
         probe it\nbroken it\nenv dev { cluster: cluster.one, probe it, broken it }\n",
    );
    assert_eq!(project.static_errors.len(), 1);
    assert!(project.yaml("probe", "it").ends_with("v: \"1\"\n"));
    assert_eq!(project.unit("broken", "it").unwrap_err(), []);
}

/// Evaluates everything that env `dev` lists; the codes found.
fn codes_of(source: &str) -> Vec<&'static str> {
    let (project, errors) = super::kit::try_project(source);
    let mut codes: Vec<&'static str> = errors.iter().chain(&project.static_errors).map(|it| it.code.name).collect();
    let listed: Vec<_> = project.program.envs.iter().flatten().flat_map(|it| &it.entries).map(|it| it.instance).collect();
    for instance in listed {
        let Some(declared) = &project.program.instances[instance.0 as usize] else { continue };
        let Some(kind) = &project.program.kinds[declared.kind.0 as usize] else { continue };
        if let Err(errors) = project.unit(&kind.name, &declared.name) {
            codes.extend(errors.iter().map(|it| it.code.name));
        }
    }
    codes
}

#[test]
fn pages_of_this_room_raise_their_codes() {
    use diag::code;
    let pages = [
        code::FUEL_EXHAUSTED,
        code::RANGE_TOO_LARGE,
        code::MISSING_NAMESPACE,
        code::DIVISION_NOT_EXACT,
        code::INTEGER_OVERFLOW,
        code::DUPLICATE_KEY,
        code::KEY_NOT_KNOWN,
        code::NO_OBJECT,
    ];
    for code in pages {
        let block = |word: &str| {
            let start = code.page.split_once(&format!("```vix {word}\n")).unwrap_or_else(|| panic!("{code:?}: no {word} block")).1;
            start.split_once("```").unwrap().0
        };
        assert_eq!(codes_of(block("bad")), [code.name], "{code:?}");
        assert_eq!(codes_of(block("good")), [""; 0], "{code:?}");
    }
}

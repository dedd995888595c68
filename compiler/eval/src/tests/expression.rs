//! Expressions and built-ins, each as the text of a leaf.

use super::kit::leaf;

fn check(prelude: &str, cases: &[(&str, &str)]) {
    for (expr, expected) in cases {
        assert_eq!(leaf(prelude, expr), *expected, "{expr}");
    }
}

#[test]
fn integers() {
    check("", &[("1 + 2 * 3", "7"), ("7 - 10", "-3"), ("div(-7, 2)", "-4"), ("mod(-7, 2)", "1"), ("min(3, 2)", "2"), ("max(3, 2)", "3"), ("abs(-3)", "3")]);
    assert!(leaf("", "9223372036854775807 + 1").starts_with("integer-overflow"));
    assert!(leaf("", "div(1, 0)").starts_with("division-not-exact"));
}

#[test]
fn quantities_and_durations() {
    let prelude = "let a: Quantity = 1024Mi\nlet b: Quantity = 512Mi\nlet d: Duration = 90s\nlet third: Quantity = 1";
    check(
        prelude,
        &[
            ("a", "1024Mi"),
            ("a + b", "1536Mi"),
            ("b + b", "1Gi"),
            ("a * 2", "2Gi"),
            ("2 * b", "1Gi"),
            ("a / 4", "256Mi"),
            ("a / b", "2"),
            ("d", "90s"),
            ("d + d", "3m0s"),
            ("d * 2", "3m0s"),
        ],
    );
    assert!(leaf(prelude, "third / 3").starts_with("division-not-exact"));
}

#[test]
fn texts() {
    check(
        "let s: String = \"a,b,,c\"\nlet n: Int = 3",
        &[
            ("s.len", "6"),
            ("s.split(\",\").len", "4"),
            ("s.split(\",\").join(\"-\")", "a-b--c"),
            ("s.replace(\",\", \"\")", "abc"),
            ("s.upper", "A,B,,C"),
            ("s.contains(\"b\")", "true"),
            ("s.starts_with(\"a\")", "true"),
            ("s.ends_with(\"a\")", "false"),
            ("\"  x \".trim", "x"),
            ("\"\\(n)-\\(s)\"", "3-a,b,,c"),
        ],
    );
}

#[test]
fn lists_and_maps() {
    let prelude = "let l: List<Int> = [3, 1, 2, 3]\nlet m: Map<String, Int> = { \"b\": 2, \"a\": 1 }\nlet o: Map<String, Int> = { \"a\": 1, \"b\": 2 }";
    check(
        prelude,
        &[
            ("l.len", "4"),
            ("l.first ?? 0", "3"),
            ("l.last ?? 0", "3"),
            ("l[1] ?? 0", "1"),
            ("l[9] ?? 0", "0"),
            ("l.contains(2)", "true"),
            ("json(l.sort)", "[1,2,3,3]"),
            ("json(l.unique)", "[3,1,2]"),
            ("json(l + [4])", "[3,1,2,3,4]"),
            ("m.keys.join(\",\")", "b,a"),
            ("json(m.values)", "[2,1]"),
            ("m.has(\"a\")", "true"),
            ("m[\"c\"] ?? 7", "7"),
            ("m == o", "true"),
            ("json([for k, v in m if v > 1 => \"\\(k)\\(v)\"])", "[\\\"b2\\\"]"),
            ("json([for i, x in l => i * x])", "[0,1,4,9]"),
            ("json([...l, if l.empty => 1, 5])", "[3,1,2,3,5]"),
            ("json([for i in 1..3 => i])", "[1,2,3]"),
            ("all x in l => x > 0", "true"),
            ("any x in l where x > 2 => x == 2", "false"),
        ],
    );
}

#[test]
fn networks() {
    let prelude = "let c: Cidr = 10.1.2.0/24\nlet r: IpRange = 10.1.2.10..10.1.2.12\nlet i: Ip = 10.1.2.3";
    check(
        prelude,
        &[
            ("c.host(5)", "10.1.2.5"),
            ("c.contains(i)", "true"),
            ("c.network", "10.1.2.0"),
            ("c.netmask", "255.255.255.0"),
            ("c.prefix", "24"),
            ("i + 2", "10.1.2.5"),
            ("r.first", "10.1.2.10"),
            ("r.last", "10.1.2.12"),
            ("r.len", "3"),
            ("r.contains(i)", "false"),
        ],
    );
    assert!(leaf(prelude, "c.host(300)").starts_with("out-of-range"));
}

#[test]
fn choices() {
    check(
        "type U = one of { a: Int, b: String }\nlet u: U = 5\nlet w: U = \"x\"\nfn f(it: U) -> String = match it { a n => \"a\\(n)\", b s => s }\nfn g(n: Int) -> String = match n { 1 => \"one\", _ => \"many\" }\nlet o: Int? = 3",
        &[
            ("f(u)", "a5"),
            ("f(w)", "x"),
            ("g(1)", "one"),
            ("g(2)", "many"),
            ("if let x = o then x else 0", "3"),
            ("o?", "true"),
            ("o ?? 1", "3"),
            ("if 1 < 2 && !(2 < 1) then \"y\" else \"n\"", "y"),
        ],
    );
}

#[test]
fn every_builtin_is_evaluated() {
    let families = [
        ("list", include_str!("../builtin/list.rs")),
        ("string", include_str!("../builtin/string.rs")),
        ("map", include_str!("../builtin/map.rs")),
        ("cidr", include_str!("../builtin/cidr.rs")),
        ("range", include_str!("../builtin/range.rs")),
        ("version", include_str!("../builtin/version.rs")),
        ("duration", include_str!("../builtin/number.rs")),
        ("percent", include_str!("../builtin/number.rs")),
    ];
    for builtin in sema::builtin::ALL {
        let known = match builtin.id.split_once('.') {
            Some((family, method)) => families.iter().any(|it| it.0 == family && it.1.contains(&format!("\"{method}\""))),
            None => {
                matches!(builtin.id, "sops" | "sealed" | "plain" | "external" | "extern")
                    || include_str!("../builtin.rs").contains(&format!("\"{}\"", builtin.id))
            }
        };
        assert!(known, "{}", builtin.id);
    }
}

#[test]
fn numbers_of_amounts() {
    check("let d: Duration = 1m30s\nlet share: Percent = 80%", &[("d.seconds", "90"), ("share.value", "80")]);
    assert!(leaf("let d: Duration = 1500ms", "d.seconds").starts_with("division-not-exact"));
}

#[test]
fn versions_are_ordered_by_number() {
    check("", &[("here.kubernetes >= \"1.9\"", "true"), ("here.kubernetes < \"1.100\"", "true"), ("here.kubernetes.minor", "36"), ("here.env", "dev")]);
}

#[test]
fn defaults_of_records_follow() {
    check(
        "type R { a: Int = 1, b: String = \"x\", c: Int? }\nlet r: R = { a: 2 }\nlet e: R = {}",
        &[("json(r)", "{\\\"a\\\":2,\\\"b\\\":\\\"x\\\"}"), ("r.b", "x"), ("e.a", "1"), ("r.c ?? 9", "9")],
    );
}

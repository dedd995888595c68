//! Small texts and what they mean, or at which byte they are wrong.

use super::*;

fn json(text: &str) -> String {
    match documents(text) {
        Ok(all) => all.iter().map(|it| it.value.to_json()).collect::<Vec<_>>().join("\n"),
        Err(error) => format!("{}: {error}", error.at),
    }
}

fn reason(text: &str) -> (usize, Reason) {
    let error = documents(text).expect_err(text);
    (error.at, error.reason)
}

#[test]
fn values() {
    assert_eq!(
        json("a: 1\nb: [x, no, 0777, \"no\", 'it''s', ~, 1.50]\nc:\n  d: |\n    x\n    y\n"),
        r#"{"a":1,"b":["x",false,511,"no","it's",null,1.50],"c":{"d":"x\ny\n"}}"#
    );
    assert_eq!(json("on: push\n1: a\n1.5: b\n"), r#"{"true":"push","1":"a","1.5":"b"}"#);
    assert_eq!(json("{\"a\": \"\\u00e9\", b: 12:30, c: 2026-03-11}"), r#"{"a":"é","b":"12:30","c":"2026-03-11"}"#);
    assert_eq!(json("a: !!str 1\nb: !!int '7'\nc: !!float 1\nd: !!map {}\ne: !!seq []\nf: !!null ''\n"), r#"{"a":"1","b":7,"c":1,"d":{},"e":[],"f":null}"#);
    assert_eq!(json("\u{feff}a: 1\r\nb: 2\r\n"), r#"{"a":1,"b":2}"#);
}

#[test]
fn many_documents() {
    assert_eq!(json("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n---\n- c\n"), "{\"a\":1}\n{\"b\":2}\n[\"c\"]");
    assert_eq!(json(""), "");
    assert_eq!(json("# only a comment\n"), "");
    assert_eq!(document("").map(|it| it.value), Ok(Json::Null));
    assert_eq!(document("a\n---\nb\n").unwrap_err().at, 6);
}

#[test]
fn anchors_and_merges() {
    assert_eq!(
        json("a: &x {b: 1, c: 2}\nd: *x\ne: {<<: *x, c: 3}\nf: {c: 4, <<: *x}\n"),
        r#"{"a":{"b":1,"c":2},"d":{"b":1,"c":2},"e":{"c":3,"b":1},"f":{"c":4,"b":1}}"#
    );
    assert_eq!(json("a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}\n"), r#"{"a":{"b":1},"c":{"b":2,"d":3},"e":{"b":1,"d":3}}"#);
    assert_eq!(json("a: &x {b: 1}\nc: &y {<<: *x, d: 2}\ne: {<<: *y}\n"), r#"{"a":{"b":1},"c":{"d":2,"b":1},"e":{"d":2,"b":1}}"#);
    assert_eq!(json("a: &k b\n*k : 1\n"), r#"{"a":"b","b":1}"#);
    assert_eq!(json("\"<<\": 1\n"), r#"{"<<":1}"#);
    assert_eq!(reason("a: 1\nb: {<<: 5}\n"), (13, Reason::NotMergeable));
    assert_eq!(reason("a: &x [*x]\n").1, Reason::SelfAlias);
    assert!(matches!(reason("a: *x\n").1, Reason::Syntax(_)));
    assert!(matches!(reason("a: &x 1\n---\nb: *x\n").1, Reason::Syntax(_)));
}

#[test]
fn refuses_with_a_place() {
    assert_eq!(reason("a: 1\nb: 2\na: 3\n"), (10, Reason::DuplicateKey("a".into(), 0)));
    assert_eq!(reason("x: {1: a, \"1\": b}\n"), (10, Reason::DuplicateKey("1".into(), 4)));
    assert_eq!(reason("a: .inf\n"), (3, Reason::NotFinite));
    assert_eq!(reason("a: !foo b\n").1, Reason::UnknownTag("!foo".into()));
    assert_eq!(reason("a: !!binary b\n").1, Reason::UnknownTag("tag:yaml.org,2002:binary".into()));
    assert_eq!(reason("a: !!int b\n").1, Reason::WrongTag("!!int".into()));
    assert_eq!(reason("? [a]\n: b\n").1, Reason::NotAKey);
    assert_eq!(reason("~: b\n"), (0, Reason::NotAKey));
    assert!(matches!(reason("a: [\n"), (_, Reason::Syntax(_))));
    assert!(matches!(reason("a: b: c\n"), (_, Reason::Syntax(_))));
    let large: String = (0..40).map(|index| format!("k{index}: 1\n")).chain(["k3: 2\n".to_owned()]).collect();
    assert_eq!(reason(&large).1, Reason::DuplicateKey("k3".into(), 18));
}

#[test]
fn places() {
    let text = "a:\n  - x\n  - b: yy\n    c: &z [1]\nd: *z\n";
    let document = document(text).unwrap();
    let at = |path: &[Step<'_>]| document.place(path).map(|it| (it.key as usize, it.value as usize));
    let find = |word: &str| text.find(word).unwrap();
    assert_eq!(at(&[Step::Key("a"), Step::Index(0)]), Some((find("x"), find("x"))));
    assert_eq!(at(&[Step::Key("a"), Step::Index(1), Step::Key("b")]), Some((find("b:"), find("yy"))));
    assert_eq!(at(&[Step::Key("a"), Step::Index(1), Step::Key("c"), Step::Index(0)]), Some((find("1"), find("1"))));
    assert_eq!(at(&[Step::Key("d")]), Some((find("d:"), find("[1]"))));
    assert_eq!(at(&[Step::Key("d"), Step::Index(1)]), None);
}

#[test]
fn limits() {
    assert_eq!(reason(&"[".repeat(1_000_000)).1, Reason::TooDeep);
    assert_eq!(reason(&"- ".repeat(1_000_000)).1, Reason::TooDeep);
    assert_eq!(reason(&"{a: ".repeat(200)).1, Reason::TooDeep);
    let deepest = format!("{}{}", "[".repeat(DEPTH_MAX), "]".repeat(DEPTH_MAX));
    assert!(documents(&deepest).is_ok());
    let chain: String = (0..135).map(|it| if it == 0 { "k0: &a0 [1]\n".to_owned() } else { format!("k{it}: &a{it} [*a{}]\n", it - 1) }).collect();
    assert_eq!(reason(&chain).1, Reason::TooDeep);
    assert_eq!(reason(&" ".repeat(SIZE_MAX + 1)).1, Reason::TooLarge);
}

#[test]
fn billion_laughs_are_cheap() {
    for levels in 9..=40 {
        let lists: String =
            (0..levels)
                .map(|it| {
                    if it == 0 {
                        "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned()
                    } else {
                        format!("a{it}: &a{it} [{}]\n", vec![format!("*a{}", it - 1); 9].join(","))
                    }
                })
                .collect();
        let maps: String = (0..levels)
            .map(|it| {
                if it == 0 {
                    "a0: &a0 {x: 1}\n".to_owned()
                } else {
                    format!("a{it}: &a{it} {{<<: [{}], y{it}: *a{}}}\n", vec![format!("*a{}", it - 1); 9].join(","), it - 1)
                }
            })
            .collect();
        for text in [lists, maps] {
            // Unfolded these would be 9^levels values: a reader that counted too late would not end.
            assert_eq!(reason(&text).1, Reason::TooManyAliases);
        }
    }
}

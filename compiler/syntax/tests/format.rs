//! The layout, by example.

use std::sync::Arc;

use diag::FileId;
use syntax::{fmt, parse};

#[track_caller]
fn check(text: &str, expected: &str) {
    let formatted = fmt::format(&parse(FileId(0), Arc::from(text)).tree);
    assert_eq!(formatted, expected);
    assert_eq!(fmt::format(&parse(FileId(0), Arc::from(formatted.as_str())).tree), formatted, "the second time differs");
}

#[test]
fn one_line_or_many_is_the_author_s_choice() {
    check("app   x{a:1,b :2 ,}", "app x { a: 1, b: 2 }\n");
    check("app x { a: 1,\nb: 2, c: 3 }", "app x {\n  a: 1\n  b: 2\n  c: 3\n}\n");
    check("app x {\n}", "app x {}\n");
    check("app x { a { b: 1\n } }", "app x {\n  a {\n    b: 1\n  }\n}\n");
    check("let x: List<Int> = [1,2\n,3]", "let x: List<Int> = [\n  1\n  2\n  3\n]\n");
    check("let x: A = f(a, {\n b: 1 })", "let x: A = f(a, {\n  b: 1\n})\n");
}

#[test]
fn what_is_too_wide_is_broken() {
    let long = "a".repeat(40);
    check(&format!("app x {{ {long}: 1, b{long}: 2, c{long}: 3 }}"), &format!("app x {{\n  {long}: 1\n  b{long}: 2\n  c{long}: 3\n}}\n"));
    check(
        &format!("fn f({long}: Int, b{long}: Int, c{long}: Int) -> Int = 1"),
        &format!("fn f(\n  {long}: Int\n  b{long}: Int\n  c{long}: Int\n) -> Int = 1\n"),
    );
}

#[test]
fn blanks() {
    check("let x : Map< A,B > =  - 1+2*( 3 )..4", "let x: Map<A, B> = -1 + 2 * (3)..4\n");
    check("let x: A=a . b?. c [ d ] ( e , f : g ) ?", "let x: A = a.b?.c[d](e, f: g)?\n");
    check("let x: A = a? .b", "let x: A = a? .b\n");
    check("type T=one   of{a:Int( 1 .. ),b:A|B ?}", "type T = one of { a: Int(1..), b: A | B? }\n");
    check("use a . b . { c , d }", "use a.b.{c, d}\n");
    check("schema apps / v1 . X { keys a [ * ] . b by c , d }", "schema apps/v1.X { keys a[*].b by c, d }\n");
    check("trait  t ( ) on w:A|B{ ... a }", "trait t() on w: A | B { ...a }\n");
}

#[test]
fn comments_stay() {
    check(
        "// a\n\n\n\n// b\napp x {   // c\n\n  // d\n  a: 1,   // e\n\n\n  /// f\n  b: 2 // g\n  // h\n\n}\n// i\n\n",
        "// a\n\n// b\napp x { // c\n  // d\n  a: 1 // e\n\n  /// f\n  b: 2 // g\n  // h\n}\n// i\n",
    );
    check("// alone", "// alone\n");
    check("app x { // only\n}", "app x { // only\n}\n");
    check("", "");
    check("\n\n", "");
}

#[test]
fn lines_that_go_on() {
    check("let x: A = a &&\nb\n&& c\n   ?? d", "let x: A = a &&\n  b\n  && c\n  ?? d\n");
    check("app x {\na: b\n.c {}\n}", "app x {\n  a: b\n    .c {}\n}\n");
    check("fn f() -> A =\n{ a: 1,\nb: 2 }", "fn f() -> A =\n  {\n    a: 1\n    b: 2\n  }\n");
}

#[test]
fn strings_and_line_ends() {
    check("\u{FEFF}app x {\r\n\ta: \"\"\"\r\n\t\tb \\( c )\r\n\t\"\"\"\r\n}\r\n", "app x {\n  a: \"\"\"\n\t\tb \\( c )\n\t\"\"\"\n}\n");
}

#[test]
fn errors_stay_as_they_are() {
    check("app x {\n a: 1  )  ]\n   b :2\n}", "app x {\n  a: 1 ) ]\n  b: 2\n}\n");
    check("app x {\n a: 1\n :  =  'x',\n   b :2\n}", "app x {\n  a: 1\n  :  =  'x'\n  b: 2\n}\n");
    check("app x {\n a: [1,\n", "app x {\n  a: [1,\n");
}

//! What is said about broken files: one message a mistake, at the exact place, with a repair where there is one.

use std::sync::Arc;

use diag::{Diagnostic, FileId};
use syntax::parse;

fn diagnostics(text: &str) -> Vec<Diagnostic> {
    parse(FileId(0), Arc::from(text)).diagnostics
}

fn line(text: &str, it: &Diagnostic) -> String {
    let span = it.primary.span;
    let at = &text[span.start as usize..span.end as usize];
    format!("{} `{at}`: {}", it.code.name, it.message)
}

/// The messages are exactly these.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let found: Vec<String> = diagnostics(text).iter().map(|it| line(text, it)).collect();
    assert_eq!(found, expected, "{text}");
}

/// There is one message, and its repair gives that text, which is right.
#[track_caller]
fn check_fix(text: &str, message: &str, fixed: &str) {
    check(text, &[message]);
    let fix = diagnostics(text).pop().and_then(|it| it.fix).expect("a repair");
    let mut repaired = text.to_owned();
    for edit in fix.edits.iter().rev() {
        repaired.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    assert_eq!(repaired, fixed);
    check(fixed, &[]);
}

#[test]
fn literals() {
    check_fix("let x: Int = 0644", "invalid-literal `0644`: `0644` is no number: an octal number is written `0o644`", "let x: Int = 0o644");
    check_fix("let v: String = 1.2.3", "invalid-literal `1.2.3`: `1.2.3` is neither a number nor an address", "let v: String = \"1.2.3\"");
}

#[test]
fn numbers_that_are_none() {
    for text in ["5-3", "7-zip", "1.2.3-rc.1", "2026-03-11"] {
        let message = format!("invalid-literal `{text}`: `{text}` is no number: put spaces around minus, or quote it");
        check(&format!("let x: Int = {text}"), &[&message]);
    }
    check("let x: Ip = 192.168.1.300", &["invalid-literal `192.168.1.300`: `192.168.1.300` is no address: a part of an IPv4 address is at most 255"]);
    check("let x: Int = 1__0", &["invalid-literal `1__0`: `1__0` is no number: `_` stands between digits"]);
    check("let x: Range = 1..5", &[]);
    check("let x: IpRange = 1.2.3.4..1.2.3.5", &[]);
}

#[test]
fn strings() {
    check("app x {\n  a: \"b\n  c: 1\n}", &["unclosed-string `\"b`: this string is never closed"]);
    check("app x {\n  a: \"b \\(c\" d\n  e: 1\n}", &["unclosed-string `\"b \\(c\" d`: this string is never closed"]);
    check("let x: Text = \"\"\"\n  a\n", &["unclosed-string `\"\"\"`: this string is never closed"]);
    check_fix("let x: String = \"\\d\"", "invalid-escape `\\d`: `\\d` is no escape", "let x: String = \"\\\\d\"");
    check_fix("let x: String = 'a b'", "invalid-character `'a b'`: `\\'a b\\'` begins nothing in the language", "let x: String = \"a b\"");
    check_fix("app x {\n  a: https://b.c/d\n}", "unquoted-url `https://b.c/d`: URLs are strings", "app x {\n  a: \"https://b.c/d\"\n}");
    check("let x: String = #\"\\d\\(x)\"#", &[]);
    check("let x: String = \"a\u{202e}b\"", &["invalid-character `\u{202e}`: the invisible character U+202E makes the text look different from what it is"]);
}

#[test]
fn keys() {
    let message = "unquoted-key `app.kubernetes.io/name`: the key `app.kubernetes.io/name` is written in quotes";
    check_fix("app x { labels { app.kubernetes.io/name: \"a\" } }", message, "app x { labels { \"app.kubernetes.io/name\": \"a\" } }");
    let dotted = "unquoted-key `a.example.org`: the key `a.example.org` is written in quotes";
    check_fix("app x { webhooks a.example.org { b: 1 } }", dotted, "app x { webhooks \"a.example.org\" { b: 1 } }");
    check_fix("app 2048 { a: 1 }", "unquoted-key `2048`: the key `2048` is written in quotes", "app \"2048\" { a: 1 }");
    check_fix("app x { 8080: 1 }", "unquoted-key `8080`: the key `8080` is written in quotes", "app x { \"8080\": 1 }");
}

#[test]
fn records_in_heads() {
    let message = "syntax-error `{`: `{` begins the body here, so a record stands in brackets";
    check_fix("app x { for k, v in { a: 1 } { \"\\(k)\": v } }", message, "app x { for k, v in ({ a: 1 }) { \"\\(k)\": v } }");
    check_fix("app x { if a == {} { b: 1 } }", message, "app x { if a == ({}) { b: 1 } }");
}

#[test]
fn lines() {
    let message = "continuation-on-own-line `else`: `else` belongs on the line of the closing brace";
    check_fix("app x {\n  if a { b: 1 }\n  else { b: 2 }\n}", message, "app x {\n  if a { b: 1 } else { b: 2 }\n}");
    check_fix("app x {\n  if a { b: 1 }\n  else if c { b: 2 }\n}", message, "app x {\n  if a { b: 1 } else if c { b: 2 }\n}");
    let message = "continuation-on-own-line `then`: `then` belongs on the line of what it continues";
    check_fix("let x: Int = if a\n then 1 else 2", message, "let x: Int = if a then 1 else 2");
    check("app x { else { b: 2 } }", &[]);
    check("app x { a: 1 b: 2 }", &["syntax-error `b`: expected `,` or a new line, found `b`"]);
    check("app x {\n  a: [1\n    -1]\n  b: c\n    && d\n  e: f\n    .g\n}", &[]);
    check("app x {\n  a: b.\n  c: 1\n}", &["syntax-error ``: expected a name behind `.` before the end of the line"]);
}

#[test]
fn entries() {
    check_fix("app x {\n  a = 2\n}", "syntax-error `=`: an entry is written with `:`, not with `=`", "app x {\n  a : 2\n}");
    check("app x {\n  a\n  b: 2\n}", &["syntax-error ``: expected `:` or `{` behind `a`"]);
    check("app x {\n  a:\n  b: 2\n}", &["syntax-error ``: expected a value before the end of the line"]);
    check("object Deployment x { a: 1 }", &["syntax-error `object`: `object` stands in an instance, not at the top of a file"]);
    check_fix("let port Int = 80", "syntax-error ``: a type stands behind a colon", "let port: Int = 80");
    check("let x: Bool = 1 < 2 < 3", &["syntax-error `<`: `<` cannot follow another one of its kind"]);
    check("let x: Int = 1 + if a then 1 else 2", &["syntax-error `if`: `if` as an operand stands in parentheses"]);
}

#[test]
fn brackets() {
    let unclosed = |it: &str| format!("syntax-error `{it}`: this `{it}` is never closed");
    check("app x { a: [1, 2 }\napp y { b: 1 }", &[&unclosed("[")]);
    check("fn f(a: Int -> Int = 1", &[&unclosed("(")]);
    check_fix("app x { a: [1, 2) }", "syntax-error `)`: `)` does not close `[`", "app x { a: [1, 2] }");
    check("app x {\n  a: [1, 2)\n  b: 3\n}", &["syntax-error `)`: `)` does not close `[`"]);
    check("app x {\n  a: f(1]\n}\napp y { b: (1} }", &["syntax-error `]`: `]` does not close `(`"]);
    check("app x {\n  a: 1\n  }\n}\napp y { b: 2 }", &["syntax-error `}`: `}` closes nothing"]);
    let text = "app x {\n  container main {\n    image: \"a\"\n}\n\napp y {\n  a: 1\n}";
    check(text, &[&unclosed("{")]);
    assert_eq!(diagnostics(text)[0].primary.span.start as usize, text.find("main {").expect("there") + 5, "the inner one is open");
    check("app x {\n  container main {\n    image: \"a\"\n\napp y {\n  a: 1\n}", &[&unclosed("{")]);
}

/// What other languages write is known by name, and taken whole.
#[test]
fn habits_of_other_languages() {
    let app = |entry: &str| format!("app x {{\n  {entry}\n  last: 1\n}}");
    let fixed = |bad: &str, message: &str, good: &str| check_fix(&app(bad), message, &app(good));
    let told = |bad: &str, message: &str| check(&app(bad), &[message]);
    fixed("image: ghcr.io/a/b:v1.2.3", "syntax-error `ghcr.io/a/b:v1.2.3`: a text stands in quotes", "image: \"ghcr.io/a/b:v1.2.3\"");
    fixed("image: nginx:1.27\"", "syntax-error `nginx:1.27\"`: a text stands in quotes", "image: \"nginx:1.27\"");
    fixed("a: “b c”", "invalid-character `“b c”`: `“b c”` begins nothing in the language", "a: \"b c\"");
    fixed("a: 1 # one { of \"these", "invalid-character `#`: `#` begins nothing in the language", "a: 1 // one { of \"these");
    fixed("a: 1;", "invalid-character `;`: `;` begins nothing in the language", "a: 1,");
    fixed("a: b and c", "syntax-error `and`: `and` is written `&&`", "a: b && c");
    fixed("a: not b", "syntax-error `not `: `not` is written `!`", "a: !b");
    fixed("a: 10.0.0.1-10.0.0.9", "syntax-error `10.0.0.1-10.0.0.9`: a range is written `a..b`", "a: 10.0.0.1..10.0.0.9");
    fixed("a: 10.0.0.1...10.0.0.9", "syntax-error `...`: a range is written `a..b`", "a: 10.0.0.1..10.0.0.9");
    fixed("a { number 80 }", "syntax-error `80`: expected `:`, a name or a block, found `80`", "a { number: 80 }");
    fixed("a { b: 1 c: 2 }", "syntax-error `c`: expected `,` or a new line, found `c`", "a { b: 1, c: 2 }");
    told("/* a {\n  b */", "invalid-character `/*`: `/*` begins nothing in the language");
    told("a: ${HOME}", "invalid-character `${HOME}`: `${HOME}` begins nothing in the language");
    told("a: {{ .Values.a | default \"x\" }}", "syntax-error `{{`: `{{ .. }}` is a template of other tools");
    told("{{- if .Values.a }}\n  a: 1\n", "syntax-error `{{`: `{{ .. }}` is a template of other tools");
    told("a:\n    - b: 1\n      c: 2\n    - d", "syntax-error `-`: a list is written `[a, b]`, not with `-`");
    told("a:\n  - b\n  - c", "syntax-error `-`: a list is written `[a, b]`, not with `-`");
    told("a:\n    b:\n      c: 1\n    d: 2", "syntax-error `:`: the entries below stand in `{ .. }`: indentation means nothing");
    told("a: |-\n    b c\n    d", "syntax-error `|`: a text of several lines stands in `\"\"\"`");
    told("a: b ? \"c\" : \"d\"", "syntax-error `?`: a choice is written `if c then a else b`");
    told("a: if b { \"c\" } else { \"d\" }", "syntax-error `{`: a value is chosen with `if c then a else b`");
    told("a [ b: 1 ]", "syntax-error `[`: entries stand in `{ .. }`, not in `[`");
    fixed("mount /data { a: 1 }", "unquoted-key `/data`: the key `/data` is written in quotes", "mount \"/data\" { a: 1 }");
    fixed("a: `b c`", "invalid-character ``b c``: ``b c`` begins nothing in the language", "a: \"b c\"");
    fixed("a:\u{a0}1", "invalid-character `\u{a0}`: `\\u{a0}` begins nothing in the language", "a: 1");
    fixed("if a = 1 { b: 1 }", "syntax-error `=`: `=` is written `==`", "if a == 1 { b: 1 }");
    fixed("if a { b: 1 } elif c { d: 1 }", "syntax-error `elif`: `elif` is written `else if`", "if a { b: 1 } else if c { d: 1 }");
    fixed("a => 1", "syntax-error `=>`: an entry is written with `:`, not with `=>`", "a : 1");
    told("a: \"b\" \"c\"", "syntax-error `\"c\"`: expected `,` or a new line, found `\"c\"`");
    told("a: %b c", "invalid-character `%`: `%` begins nothing in the language");
    check_fix("app x: {\n  a: 1\n}", "syntax-error `:`: the head of a declaration has no `:`", "app x {\n  a: 1\n}");
    check_fix("namespace: x\napp y", "syntax-error `:`: the head of a declaration has no `:`", "namespace x\napp y");
    check_fix("pool x in cluster.y", "syntax-error `in`: `in` is written `on`", "pool x on cluster.y");
    check("a x\n<<<<<<< HEAD\na y\n=======\na z\n>>>>>>> other\n", &["syntax-error `<<<<<<<`: a conflict of git is not resolved here"]);
    check_fix("var x: Int = 1", "syntax-error `var`: a constant is declared with `let`", "let x: Int = 1");
    check_fix("let x := 1", "syntax-error `:=`: `:=` is written `=`", "let x = 1");
    check_fix("func f(a: Int) -> Int = a", "syntax-error `func`: a function is declared with `fn`", "fn f(a: Int) -> Int = a");
    check_fix("settings { a = Int }", "syntax-error `=`: a type stands behind a colon", "settings { a : Int }");
    check("app x\n---\napp y", &["syntax-error `---`: declarations follow each other without `---`"]);
    check("kind: App\nmetadata:\n  name: x\n  list:\n  - y\n\napp y { a: 1 }", &["syntax-error `kind`: `kind:` is an entry; a file holds declarations"]);
}

/// The indentation tells what was meant.
#[test]
fn brackets_and_indentation() {
    let text = |head: &str, last: &str| format!("app x {{\n  a: 1\n  {head}\n    image: \"a\"\n    {last}\n  }}\n  b: 1\n}}");
    let missing = "syntax-error ``: expected `{` before the end of the line";
    check_fix(&text("container main", "port http { number: 1 }"), missing, &text("container main {", "port http { number: 1 }"));
    let surplus = text("container main {", "port http { number: 1 } }");
    check(&surplus, &["syntax-error `}`: `}` closes nothing"]);
    assert_eq!(diagnostics(&surplus)[0].primary.span.start as usize, surplus.find("1 } }").expect("there") + 4, "the one too many");
    let inline = text("container main {", "limits { a { b: 1 }");
    check(&inline, &["syntax-error `{`: this `{` is never closed"]);
    assert_eq!(diagnostics(&inline)[0].primary.span.start as usize, inline.find("{ a").expect("there"), "the one without its other");
    // What follows from it is not told.
    check("app x {\n  a: \"b \\(c\n  d: f(\n  }\n}", &["unclosed-string `\"b \\(c`: this string is never closed"]);
}

/// Words that begin entries are names where a path follows.
#[test]
fn words_are_not_reserved() {
    let words =
        ["add", "remove", "with", "object", "patch", "each", "extern", "include", "for", "if", "match", "let", "allow", "final", "in", "as", "on", "params"];
    for word in words {
        check(
            &format!("app x {{\n  {word}: 1\n  {word}.a: 1\n  {word}[a]: 1\n  {word} := 1\n  {word} += [1]\n  a {{ {word} {{ b: 1 }} }}\n  c: a.{word}\n}}"),
            &[],
        );
    }
}

#[test]
fn every_form() {
    check(
        "schema x/v1.Y {\n  ref spec.a -> Secret in spec.b\n  keys spec.c[*].d by x, y alias z, keys e by type, ref f -> x/v1.Z\n  provides Secret at spec.s when a == 1\n  immutable a.b\n  one of spec { a, b }\n  type a.b = Int | \"x\"?\n}",
        &[],
    );
    check(
        "app x {\n  with a(), b(c: 1), replicas: 2\n  each d in Deployment | apps/v1.StatefulSet where d.x == 1 expect 1..2 { a: -1 }\n  each Service expect any { b: !c }\n}",
        &[],
    );
    check(
        "app x {\n  object untyped apps/v1.Foo y in z as a.b[c] { a: 1 }\n  object yaml \"\"\"\n    a: 1\n    \"\"\"\n  patch \"x/v1.Y\" \"\\(a)\" in \"\" expect 1 { b: 1 }\n}",
        &[],
    );
    check("app x {\n  add a.b c first { d: 1 }\n  add e f before g: 1\n  remove h.i j\n  final k: 1\n  allow some-lint \"why\"\n  include \"*.yaml\"\n}", &[]);
    check("let x: List<Int> = [...a, for k, v in b if k => v, if let c = d => c, if e then 1 else 2, all f in g where h => i, (any j in k => l)]", &[]);
    check("type A { param a: Int(1..), final b: String(match: \"x\", max: 3), c: Int(..5), one of { d: {}, e: core/v1.PodSpec.containers[] } }", &[]);
    check("type B = kinds Deployment | apps/v1.StatefulSet\nkind c ambient { a: Int, lower(b) { d: 1 } }\nuse a.b.{c, d}", &[]);
    check("let x: Int = match a { \"b\" => 1, 2 => 3, c d => 4, _ => 5 }", &[]);
    check("let x: Bool = !a.b?.c[d](e, f: g)? ?? -1 + 2 * 3 .. 4 == 5 && 6 != 7 || \"\\(\"\\(x)\")\" == #\"\\#(y)\"#", &[]);
}

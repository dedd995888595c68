//! Writes YAML: scalars in the plainest form that no reader mistakes, collections laid out as kubectl prints them.
//!
//! No folding, no single quotes, no anchors. The scalar functions do not allocate: they look at each byte once by a table, and common short
//! words are copied at once. None of them writes the newline after the value; the caller does.
//! Source of the rules: YAML 1.1 and 1.2 (what may be plain, what is printable), the type repository of YAML 1.1 (yaml.org/type), and go-yaml v2
//! (`scannerc.go`, `readerc.go`, `resolve.go`), which Kubernetes' sigs.k8s.io/yaml uses.
//! Invariant: a plain scalar is of no other type than string in YAML 1.1 or 1.2; whatever is not clearly so is quoted.

use crate::json::{self, Json};

/// The byte may not stand in a plain scalar of ours.
const NOT_PLAIN: u8 = 1;
/// The byte's neighbours decide: blank, `:`, `#`.
const CONTEXT: u8 = 2;
/// A text that begins with a digit is no number and no time if it has one of these.
const MARK: u8 = 4;
/// The byte must be escaped in double quotes and cannot stand in a block.
const ESCAPE: u8 = 8;
/// A line feed: the text may become a block.
const NEWLINE: u8 = 16;
/// The byte may begin a character that is not printable in YAML.
const SUSPECT: u8 = 32;
/// The byte may begin a plain scalar.
const FIRST: u8 = 64;
/// The byte needs a backslash in double quotes, but may stand in a block.
const BACKSLASH: u8 = 128;

static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = class(byte as u8);
        byte += 1;
    }
    table
}

const fn class(byte: u8) -> u8 {
    match byte {
        b'\n' => NOT_PLAIN | NEWLINE | BACKSLASH,
        b'\t' => NOT_PLAIN | BACKSLASH,
        0..=0x1f | 0x7f => NOT_PLAIN | ESCAPE,
        b' ' | b':' | b'#' => CONTEXT,
        b'"' | b'\\' => NOT_PLAIN | BACKSLASH,
        b'`' | b'[' | b']' | b'{' | b'}' | b'\'' => NOT_PLAIN,
        // Letters of numbers (hexadecimal, `e`, `o`, `x`) and of times (`T`, `Z`) say nothing.
        b'a'..=b'f' | b'A'..=b'F' | b'o' | b'O' | b'x' | b'X' | b't' | b'T' | b'z' | b'Z' => FIRST,
        b'g'..=b'z' | b'G'..=b'Z' => FIRST | MARK,
        b'_' | b'$' | b'(' => FIRST,
        b'/' => FIRST | MARK,
        b'%' => MARK,
        // 0xC2: C1 controls and NEL; 0xE2: line and paragraph separators; 0xEF: byte order mark and noncharacters.
        0xc2 | 0xe2 | 0xef => NOT_PLAIN | SUSPECT,
        0x80.. => NOT_PLAIN,
        0x21..=0x7e => 0,
    }
}

/// All flags of a text's bytes.
fn flags(bytes: &[u8]) -> u8 {
    let mut flags = 0;
    for byte in bytes {
        flags |= CLASS[usize::from(*byte)];
    }
    flags
}

/// Writes a string as a value. `indent` is the column of the parent: of the map's keys or the list's `-`.
pub fn scalar_str(out: &mut Vec<u8>, text: &str, indent: usize) {
    let bytes = text.as_bytes();
    let flags = flags(bytes);
    if flags & NOT_PLAIN == 0 {
        if is_plain(bytes, flags) {
            out.extend_from_slice(bytes);
        } else {
            // Nothing in it needs an escape.
            out.push(b'"');
            out.extend_from_slice(bytes);
            out.push(b'"');
        }
    } else if flags & NEWLINE != 0 && is_block(text, flags) {
        block(out, text, indent);
    } else {
        quoted(out, text, flags);
    }
}

/// Writes a string as a key with its colon. A key longer than readers look ahead for a colon is written as `? key`.
pub fn key(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let flags = flags(bytes);
    // go-yaml and the specification stop looking after 1,024 characters; escapes count.
    let long = bytes.len() > 160 && escaped_length(text) > 1000;
    if long {
        let column = column(out);
        out.extend_from_slice(b"? ");
        quoted(out, text, flags);
        out.push(b'\n');
        blanks(out, column);
    } else if flags & (NOT_PLAIN | CONTEXT) == 0 && is_plain(bytes, flags) {
        out.extend_from_slice(bytes);
    } else {
        quoted(out, text, flags);
    }
    out.push(b':');
}

/// Writes blanks.
pub fn blanks(out: &mut Vec<u8>, count: usize) {
    const BLANKS: [u8; 64] = [b' '; 64];
    let mut left = count;
    while left > BLANKS.len() {
        out.extend_from_slice(&BLANKS);
        left -= BLANKS.len();
    }
    out.extend_from_slice(&BLANKS[..left]);
}

/// Writes a whole number.
pub fn int(out: &mut Vec<u8>, number: i64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// Writes `true` or `false`.
pub fn boolean(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

/// Writes a whole document without `---`, ending in a newline.
pub fn document(out: &mut Vec<u8>, value: &Json) {
    nested(out, value, 0);
}

/// Writes documents with `---` between them.
pub fn documents<'a>(out: &mut Vec<u8>, values: impl IntoIterator<Item = &'a Json>) {
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(b"---\n");
        }
        document(out, value);
    }
}

/// Writes what follows a key (after its colon) at column `indent`, with the final newline.
pub fn value_of_key(out: &mut Vec<u8>, value: &Json, indent: usize) {
    match value {
        Json::Map(entries) if !entries.is_empty() => {
            out.push(b'\n');
            blanks(out, indent + 2);
            nested(out, value, indent + 2);
        }
        Json::List(items) if !items.is_empty() => {
            out.push(b'\n');
            blanks(out, indent);
            nested(out, value, indent);
        }
        Json::Null | Json::Bool(_) | Json::Int(_) | Json::Number(_) | Json::String(_) | Json::List(_) | Json::Map(_) => {
            out.push(b' ');
            nested(out, value, indent);
        }
    }
}

/// Writes a value whose first line has been indented by `indent` already.
fn nested(out: &mut Vec<u8>, value: &Json, indent: usize) {
    match value {
        Json::Map(entries) if !entries.is_empty() => {
            for (index, (name, value)) in entries.iter().enumerate() {
                if index > 0 {
                    blanks(out, indent);
                }
                key(out, name);
                value_of_key(out, value, indent);
            }
            return;
        }
        Json::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    blanks(out, indent);
                }
                out.extend_from_slice(b"- ");
                let inner = if matches!(item, Json::String(_)) { indent } else { indent + 2 };
                nested(out, item, inner);
            }
            return;
        }
        Json::Map(_) => out.extend_from_slice(b"{}"),
        Json::List(_) => out.extend_from_slice(b"[]"),
        Json::String(text) => scalar_str(out, text, indent),
        Json::Int(number) => int(out, *number),
        Json::Bool(value) => boolean(out, *value),
        Json::Null | Json::Number(_) => {
            let mut text = String::new();
            json::write_scalar(&mut text, value);
            out.extend_from_slice(text.as_bytes());
        }
    }
    out.push(b'\n');
}

/// Whether a text of plain bytes is clearly a string and needs no quotes in a block collection.
fn is_plain(bytes: &[u8], flags: u8) -> bool {
    let [first, rest @ ..] = bytes else { return false };
    let starts = match first {
        b'0'..=b'9' => flags & MARK != 0,
        // Options of a command: `-v`, `--config=x`; not a number, not an item, not the mark of a document.
        b'-' => matches!(rest, [b'a'..=b'z' | b'A'..=b'Z', ..] | [b'-', b'a'..=b'z' | b'A'..=b'Z', ..]),
        first => CLASS[usize::from(*first)] & FIRST != 0,
    };
    starts && (flags & CONTEXT == 0 || context_is_plain(bytes)) && !(bytes.len() <= 5 && is_word(bytes))
}

/// No `: `, no ` #`, and neither colon nor blank at the end.
fn context_is_plain(bytes: &[u8]) -> bool {
    let pairs = bytes.windows(2).all(|pair| !matches!(pair, [b':', b' '] | [b' ', b'#']));
    pairs && !matches!(bytes.last(), Some(b':' | b' '))
}

/// The words of YAML 1.1 and 1.2, in any case.
fn is_word(bytes: &[u8]) -> bool {
    const WORDS: [&[u8]; 9] = [b"y", b"n", b"yes", b"no", b"on", b"off", b"true", b"false", b"null"];
    // Nine comparisons for every short text would be felt; four first letters are common to all words.
    matches!(bytes[0] | 0x20, b'y' | b'n' | b'o' | b't' | b'f') && WORDS.iter().any(|word| word.eq_ignore_ascii_case(bytes))
}

/// Whether a text with line feeds reads back from a `|` block.
fn is_block(text: &str, flags: u8) -> bool {
    let printable = flags & ESCAPE == 0 && (flags & SUSPECT == 0 || text.chars().all(is_printable));
    // Text of blanks alone, or with blanks after the last line feed, would depend on fine points of chomping.
    let last_line = text.rsplit('\n').next().unwrap_or("");
    let last_is_blank = !last_line.is_empty() && last_line.trim_matches([' ', '\t']).is_empty();
    printable && !last_is_blank && !text.trim_matches(['\n', ' ', '\t']).is_empty()
}

/// Printable in YAML 1.1 and no line break there (NEL, LS and PS are).
fn is_printable(c: char) -> bool {
    !matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A `|` block; the caller's newline is the last line's.
fn block(out: &mut Vec<u8>, text: &str, indent: usize) {
    out.push(b'|');
    // Readers find the indentation by the first line, unless that begins with a blank or is empty.
    if text.starts_with([' ', '\t', '\n']) {
        out.push(b'2');
    }
    let body = match text.strip_suffix('\n') {
        None => {
            out.push(b'-');
            text
        }
        Some(body) => {
            if body.ends_with('\n') {
                out.push(b'+');
            }
            body
        }
    };
    for line in body.split('\n') {
        out.push(b'\n');
        if !line.is_empty() {
            blanks(out, indent + 2);
            out.extend_from_slice(line.as_bytes());
        }
    }
}

fn quoted(out: &mut Vec<u8>, text: &str, flags: u8) {
    out.push(b'"');
    if flags & (ESCAPE | BACKSLASH | SUSPECT) == 0 {
        out.extend_from_slice(text.as_bytes());
    } else {
        let mut copied = 0;
        for (at, c) in text.char_indices() {
            let plain = if c.is_ascii() { CLASS[c as usize] & (ESCAPE | BACKSLASH) == 0 } else { is_printable(c) };
            if plain {
                continue;
            }
            out.extend_from_slice(&text.as_bytes()[copied..at]);
            copied = at + c.len_utf8();
            escape(out, c);
        }
        out.extend_from_slice(&text.as_bytes()[copied..]);
    }
    out.push(b'"');
}

fn escape(out: &mut Vec<u8>, c: char) {
    const HEX: [u8; 16] = *b"0123456789ABCDEF";
    let code = u32::from(c);
    match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        _ => {
            let width = if code < 0x100 { 2 } else { 4 };
            out.extend_from_slice(if width == 2 { b"\\x" } else { b"\\u" });
            for digit in (0..width).rev() {
                out.push(HEX[(code >> (4 * digit) & 0xf) as usize]);
            }
        }
    }
}

/// An upper bound of the length in double quotes.
fn escaped_length(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() && CLASS[c as usize] & (ESCAPE | BACKSLASH) == 0 { 1 } else { c.len_utf8().max(4) + 2 }).sum()
}

/// How many bytes stand on the last line.
fn column(out: &[u8]) -> usize {
    out.iter().rev().position(|it| *it == b'\n').unwrap_or(out.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::map;

    fn scalar(text: &str) -> String {
        let mut out = Vec::new();
        scalar_str(&mut out, text, 0);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn plain_where_it_is_clear() {
        for text in [
            "a",
            "nginx:1.27",
            "v1.2",
            "256Mi",
            "500m",
            "30s",
            "25%",
            "10.0.0.0/8",
            "https://example.org/x?y=1&z=2#top",
            "/etc/x",
            "app.kubernetes.io/name",
            "--config=/x",
            "-v",
            "$(VAR)",
            "a b  c",
            "TCP",
            "Recreate",
            "a#b",
            "a:b",
            "its, fine",
            "nope",
            "Yest",
            "falsey",
            "2048px",
            "_x",
            "100Gi",
            "a*b&c!d|e>f%g@h=i",
        ] {
            assert_eq!(scalar(text), text);
        }
    }

    #[test]
    fn quoted_where_a_reader_could_err() {
        for text in [
            "",
            " ",
            "y",
            "N",
            "yes",
            "No",
            "ON",
            "off",
            "True",
            "FALSE",
            "null",
            "Null",
            "~",
            "1",
            "-1",
            "+1",
            "0777",
            "0o7",
            "0x1F",
            "0b1",
            "1e3",
            "1_000",
            "1.5",
            ".5",
            "1.",
            ".inf",
            "-.INF",
            ".nan",
            "12:30",
            "1:2:3",
            "2026-03-11",
            "2001-12-14t21:59:43.10-05:00",
            "1.2.3.4",
            "1.36",
            "=",
            "<<",
            "-",
            "--",
            "---",
            "...",
            "- a",
            "-1a",
            "? a",
            "a: b",
            "a #b",
            "a:",
            "a ",
            " a",
            "*a",
            "&a",
            "!a",
            "|",
            ">",
            "@a",
            "`a",
            "%a",
            "'a'",
            "{a}",
            "[a]",
            "{{ a }}",
            "#a",
            ",a",
            ":a",
            "é",
        ] {
            assert_eq!(scalar(text), format!("\"{text}\""));
        }
        assert_eq!(scalar("a\tb\"\\\u{7f}\u{85}\u{2028}\u{feff}\0\r"), r#""a\tb\"\\\x7F\x85\u2028\uFEFF\x00\r""#);
        assert_eq!(scalar("\u{1f600}"), "\"\u{1f600}\"");
    }

    #[test]
    fn blocks() {
        assert_eq!(scalar("a\nb\n"), "|\n  a\n  b");
        assert_eq!(scalar("a\n\n  b"), "|-\n  a\n\n    b");
        assert_eq!(scalar("a\n\n\n"), "|+\n  a\n\n");
        assert_eq!(scalar("  a\nb\n"), "|2\n    a\n  b");
        assert_eq!(scalar("\na"), "|2-\n\n  a");
        assert_eq!(scalar("é\n\u{1f600}\n"), "|\n  é\n  \u{1f600}");
        for (text, expected) in [("\n", r#""\n""#), (" \n", r#"" \n""#), ("a\n ", r#""a\n ""#), ("a\r\nb", r#""a\r\nb""#), ("a\u{85}\nb", r#""a\x85\nb""#)] {
            assert_eq!(scalar(text), expected);
        }
    }

    #[test]
    fn lays_out_as_kubectl_prints() {
        let list = Json::List(vec![
            map([("name", "x".into()), ("args", Json::List(vec!["-v".into(), Json::List(vec![1.into(), "a\nb\n".into()])]))]),
            Json::List(vec![Json::Map(vec![]), Json::Null]),
            "a\nb".into(),
        ]);
        let value = map([
            ("on", true.into()),
            ("a.b/c", map([("d", list), ("e", Json::List(vec![])), ("f", Json::Number("1.50".into())), ("g", "x\n".into())])),
            ("a b", (-5).into()),
        ]);
        let expected = "\"on\": true\na.b/c:\n  d:\n  - name: x\n    args:\n    - -v\n    - - 1\n      - |\n        a\n        b\n  - - {}\n    - null\n  - |-\n    a\n    b\n  e: []\n  f: 1.50\n  g: |\n    x\n\"a b\": -5\n";
        assert_eq!(value.to_yaml(), expected);
    }

    #[test]
    fn long_keys_are_explicit() {
        let long = "k".repeat(2000);
        let value = map([("a", Json::List(vec![Json::Map(vec![(long.clone(), 1.into()), ("b".into(), 2.into())])]))]);
        assert_eq!(value.to_yaml(), format!("a:\n- ? \"{long}\"\n  : 1\n  b: 2\n"));
    }

    #[test]
    fn numbers() {
        for number in [0, 7, -7, i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            int(&mut out, number);
            assert_eq!(out, number.to_string().into_bytes());
        }
    }
}

//! Strings: quotes, escapes, common indent.
//!
//! Where a string ends is the lexer's business; this file is about what it says.
//! Invariant: decoding never fails; what is wrong in a string is said by `check` and decoded as written.

use std::borrow::Cow;

use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{tag, take_while_m_n},
    character::complete::char,
    combinator::{map_opt, value},
    sequence::{delimited, preceded},
};

use super::Fault;

/// How a string is quoted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// `"""`: many lines, common indent removed.
    pub triple: bool,
    /// `#"`: no escapes, holes are `\#(x)`.
    pub raw: bool,
}

/// Source text between the quotes, cut at its holes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Text as written.
    Text(&'t str),
    /// A hole.
    Hole,
}

/// The style of a whole string, from its opening quotes.
pub fn style(text: &str) -> Style {
    let raw = text.starts_with('#');
    let quotes = &text[usize::from(raw)..];
    // `""` is an empty string and not the start of `"""`.
    Style { triple: quotes.starts_with("\"\"\""), raw }
}

/// Number of bytes of the opening quotes.
pub fn open_len(text: &str) -> usize {
    let style = style(text);
    usize::from(style.raw) + if style.triple { 3 } else { 1 }
}

/// Style and text between the quotes of a whole string; closing quotes may be missing.
pub fn unquote(text: &str) -> (Style, &str) {
    let style = style(text);
    let inner = &text[open_len(text).min(text.len())..];
    let close = match (style.triple, style.raw) {
        (false, false) => "\"",
        (true, false) => "\"\"\"",
        (false, true) => "\"#",
        (true, true) => "\"\"\"#",
    };
    (style, inner.strip_suffix(close).unwrap_or(inner))
}

/// The text of a string without holes.
pub fn decode(style: Style, inner: &str) -> Cow<'_, str> {
    if !style.triple {
        return unescape(style, inner);
    }
    decode_pieces(style, &[Piece::Text(inner)]).pop().unwrap_or_default()
}

/// The text of each piece, in order; empty for holes.
pub fn decode_pieces<'t>(style: Style, pieces: &[Piece<'t>]) -> Vec<Cow<'t, str>> {
    if style.triple {
        return decode_lines(style, pieces);
    }
    pieces
        .iter()
        .map(|it| match it {
            Piece::Text(text) => unescape(style, text),
            Piece::Hole => Cow::Borrowed(""),
        })
        .collect()
}

/// What is wrong with the escapes of a piece of text.
pub fn check(style: Style, inner: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    if style.raw {
        return faults;
    }
    let mut at = 0;
    while let Some(found) = inner[at..].find('\\') {
        at += found;
        match escape(&inner[at..]) {
            Ok((rest, _)) => at = inner.len() - rest.len(),
            Err(_) => {
                faults.push(Fault { at, why: escape_fault(&inner[at + 1..]) });
                at += 1 + inner[at + 1..].chars().next().map_or(0, char::len_utf8);
            }
        }
    }
    faults
}

fn escape_fault(rest: &str) -> String {
    match rest.chars().next() {
        Some('u') => "an escape by number is written `\\u{1F600}` and names a character".to_owned(),
        Some(it) if !it.is_control() => format!("`\\{it}` is no escape"),
        _ => "`\\` escapes nothing".to_owned(),
    }
}

/// One escape, `\` included.
fn escape(input: &str) -> IResult<&str, char> {
    let by_letter = alt((value('\n', char('n')), value('\t', char('t')), value('\r', char('r')), value('\\', char('\\')), value('"', char('"'))));
    let digits = take_while_m_n(1, 6, |it: char| it.is_ascii_hexdigit());
    let by_number = map_opt(delimited(tag("u{"), digits, char('}')), |it| u32::from_str_radix(it, 16).ok().and_then(char::from_u32));
    preceded(char('\\'), alt((by_letter, by_number))).parse(input)
}

fn unescape(style: Style, text: &str) -> Cow<'_, str> {
    let has_escape = !style.raw && text.contains('\\');
    if !has_escape {
        return if text.contains("\r\n") { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) };
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        push_lf(&mut decoded, &rest[..at]);
        match escape(&rest[at..]) {
            Ok((behind, it)) => {
                decoded.push(it);
                rest = behind;
            }
            Err(_) => {
                decoded.push('\\');
                rest = &rest[at + 1..];
            }
        }
    }
    push_lf(&mut decoded, rest);
    Cow::Owned(decoded)
}

fn push_lf(decoded: &mut String, text: &str) {
    for (at, line) in text.split("\r\n").enumerate() {
        if at > 0 {
            decoded.push('\n');
        }
        decoded.push_str(line);
    }
}

/// Drops the rest of the opening line and the closing line, removes the common indent, then replaces escapes.
fn decode_lines<'t>(style: Style, pieces: &[Piece<'t>]) -> Vec<Cow<'t, str>> {
    let mut pieces = pieces.to_vec();
    let starts_on_own_line = drop_opening_line(&mut pieces);
    drop_closing_line(&mut pieces);
    let indent = common_indent(&pieces, starts_on_own_line);
    let mut at_line_start = starts_on_own_line;
    pieces
        .iter()
        .map(|piece| {
            let Piece::Text(text) = *piece else {
                at_line_start = false;
                return Cow::Borrowed("");
            };
            let stripped = strip_indent(text, indent, at_line_start);
            at_line_start = text.ends_with('\n') || (text.is_empty() && at_line_start);
            match stripped {
                Cow::Borrowed(text) => unescape(style, text),
                Cow::Owned(text) => Cow::Owned(unescape(style, &text).into_owned()),
            }
        })
        .collect()
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|it| matches!(it, b' ' | b'\t' | b'\r'))
}

/// Whether the text begins on the line below the opening quotes.
fn drop_opening_line(pieces: &mut [Piece<'_>]) -> bool {
    let Some(Piece::Text(first)) = pieces.first_mut() else { return false };
    match first.split_once('\n') {
        Some((blank, rest)) if is_blank(blank) => {
            *first = rest;
            true
        }
        _ => false,
    }
}

/// The closing quotes' own indent is no text; the newline before it is.
fn drop_closing_line(pieces: &mut [Piece<'_>]) {
    let only = pieces.len() == 1;
    let Some(Piece::Text(last)) = pieces.last_mut() else { return };
    match last.rfind('\n') {
        Some(at) if is_blank(&last[at + 1..]) => *last = &last[..=at],
        None if only && is_blank(last) => *last = "",
        _ => {}
    }
}

fn common_indent<'t>(pieces: &[Piece<'t>], starts_on_own_line: bool) -> &'t str {
    let mut common: Option<&'t str> = None;
    let mut at_line_start = starts_on_own_line;
    for (n, piece) in pieces.iter().enumerate() {
        let Piece::Text(text) = *piece else {
            if at_line_start {
                return "";
            }
            continue;
        };
        let mut lines = text.split('\n').peekable();
        while let Some(line) = lines.next() {
            let is_last = lines.peek().is_none();
            let blank = is_blank(line) && (!is_last || n + 1 == pieces.len());
            if at_line_start && !blank && !(is_last && line.is_empty()) {
                let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
                common = Some(common.map_or(indent, |it| shared(it, indent)));
            }
            // Behind the last `\n` a line may go on in the next piece.
            at_line_start = if is_last { at_line_start && line.is_empty() } else { true };
        }
        if text.ends_with('\n') {
            at_line_start = true;
        }
    }
    common.unwrap_or("")
}

fn shared<'t>(a: &'t str, b: &str) -> &'t str {
    let length = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    &a[..length]
}

fn strip_indent<'t>(text: &'t str, indent: &str, at_line_start: bool) -> Cow<'t, str> {
    if indent.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut stripped = String::with_capacity(text.len());
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            stripped.push('\n');
        }
        if n > 0 || at_line_start {
            // A blank line may be shorter than the indent.
            stripped.push_str(&line[shared(line, indent).len()..]);
        } else {
            stripped.push_str(line);
        }
    }
    Cow::Owned(stripped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_text(source: &str, expected: &str) {
        let (style, inner) = unquote(source);
        assert_eq!(decode(style, inner), expected, "{source}");
    }

    #[test]
    fn one_line() {
        check_text(r#""""#, "");
        check_text(r#""a""#, "a");
        check_text(r#""a\n\t\\\"\u{e9}""#, "a\n\t\\\"é");
        check_text(r#""\n""#, "\n");
        check_text(r#""\u{41}""#, "A");
        check_text(r##"#"a\nb"#"##, "a\\nb");
        check_text(r##"#""quoted""#"##, "\"quoted\"");
    }

    #[test]
    fn many_lines() {
        check_text("\"\"\"\n  a\n    b\n  \"\"\"", "a\n  b\n");
        check_text("\"\"\"\n  a\n    b\"\"\"", "a\n  b");
        check_text("\"\"\"\r\n  a\r\n\r\n  b\r\n  \"\"\"", "a\n\nb\n");
        check_text("\"\"\"a\"\"\"", "a");
        check_text("\"\"\"\n\"\"\"", "");
        check_text("\"\"\"\n  \"\"\"", "");
        check_text("\"\"\"\n\n\"\"\"", "\n");
        check_text("\"\"\"\n\ta\n  b\n\"\"\"", "\ta\n  b\n");
        check_text("\"\"\"\n  a\\n\n  b\n\"\"\"", "a\n\nb\n");
        check_text("#\"\"\"\n  a\\n\"x\"\n  \"\"\"#", "a\\n\"x\"\n");
    }

    #[test]
    fn pieces_share_the_indent() {
        let style = Style { triple: true, raw: false };
        let pieces = [Piece::Text("\n    "), Piece::Hole, Piece::Text("\n      b\n  ")];
        assert_eq!(decode_pieces(style, &pieces), ["", "", "\n  b\n"]);
        let pieces = [Piece::Text("\n"), Piece::Hole, Piece::Text("\n  b\n")];
        assert_eq!(decode_pieces(style, &pieces), ["", "", "\n  b\n"]);
        let pieces = [Piece::Text("\n  a "), Piece::Hole, Piece::Text(""), Piece::Hole, Piece::Text("\n")];
        assert_eq!(decode_pieces(style, &pieces), ["a ", "", "", "", "\n"]);
    }

    #[test]
    fn faults_say_where() {
        let plain = Style::default();
        assert_eq!(check(plain, r"a\n\\"), []);
        assert_eq!(check(plain, r"ab\d").first().map(|it| it.at), Some(2));
        assert_eq!(check(plain, "\\").len(), 1);
        assert_eq!(check(plain, r"\u{").len(), 1);
        assert_eq!(check(plain, r"\u{110000}").len(), 1);
        assert_eq!(check(plain, r"\é\é").len(), 2);
        assert_eq!(check(Style { raw: true, ..plain }, r"\d"), []);
    }

    /// nom#1808: parsers that take nothing or all must not lose text at the end of the input.
    #[test]
    fn end_of_input() {
        assert_eq!(escape(r"\n"), Ok(("", '\n')));
        assert_eq!(escape(r"\u{41}"), Ok(("", 'A')));
        assert!(escape(r"\u{41").is_err());
        assert!(escape(r"\").is_err());
    }
}

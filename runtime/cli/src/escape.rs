//! Text of others made harmless before it reaches a terminal or a log.
//!
//! Invariant: what comes out holds no control character but the newline and the tab, no ESC, and nothing invisible or that
//! reorders the line (Unicode UAX #9, CVE-2021-42574).

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character must not be shown as it is.
pub fn is_harmful(it: char) -> bool {
    it.is_control()
        || matches!(it,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' // soft hyphen, Arabic letter mark, Mongolian vowel separator
            | '\u{200b}'..='\u{200f}' // zero-width characters and marks
            | '\u{2028}'..='\u{202e}' // separators, embeddings and overrides
            | '\u{2060}'..='\u{206f}' // word joiner, isolates, deprecated formats
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}' // tags
        )
}

/// A message of several lines: newlines and tabs stay.
pub fn text(it: &str) -> Cow<'_, str> {
    replace(it, |c| is_harmful(c) && c != '\n' && c != '\t')
}

/// A name, path or line: everything harmful is written out.
pub fn line(it: &str) -> Cow<'_, str> {
    replace(it, |c| is_harmful(c) && c != '\t')
}

/// JSON already built: what JSON allows inside strings and a terminal should not see, as `\uXXXX`.
pub fn json(it: &str) -> Cow<'_, str> {
    if !it.chars().any(is_harmful) {
        return Cow::Borrowed(it);
    }
    let mut out = String::with_capacity(it.len() + 16);
    let mut units = [0; 2];
    for c in it.chars() {
        if is_harmful(c) {
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}").expect("writing to a string");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

fn replace(it: &str, harmful: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !it.contains(&harmful) {
        return Cow::Borrowed(it);
    }
    let mut out = String::with_capacity(it.len() + 16);
    for c in it.chars() {
        if harmful(c) {
            write!(out, "\\u{{{:x}}}", u32::from(c)).expect("writing to a string");
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_harmful_comes_through() {
        let all: String = (0..=0x10ffff).filter_map(char::from_u32).collect();
        assert!(!super::line(&all).chars().any(|c| super::is_harmful(c) && c != '\t'));
        assert!(!super::json(&all).chars().any(super::is_harmful));
        assert_eq!(super::text("a\u{1b}[31m\nb"), "a\\u{1b}[31m\nb");
    }
}

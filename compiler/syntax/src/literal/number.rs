//! Numbers as written: digits, fraction, suffix, `%`. What a suffix means is told by the expected type, elsewhere.
//!
//! Invariant: the parts in order are the whole text.

use nom::{
    IResult, Parser,
    bytes::complete::{tag, take_while, take_while1},
    character::complete::char,
    combinator::{opt, peek},
    sequence::preceded,
};

use super::Fault;

/// The base of the digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Radix {
    /// `10`
    Decimal,
    /// `0o644`
    Octal,
}

/// A number taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number<'t> {
    /// The base of `digits`.
    pub radix: Radix,
    /// Before the dot, perhaps with `_`; without `0o`.
    pub digits: &'t str,
    /// Behind the dot, perhaps with `_`.
    pub fraction: Option<&'t str>,
    /// What follows the digits: `Mi`, `m0s`, `h1.5s`; empty for most numbers.
    pub suffix: &'t str,
    /// Whether it ends in `%`.
    pub percent: bool,
}

impl Number<'_> {
    /// Whether it has neither fraction nor suffix nor `%`.
    pub fn is_integer(&self) -> bool {
        self.fraction.is_none() && self.suffix.is_empty() && !self.percent
    }

    /// Its value, if it is an integer that fits.
    pub fn integer(&self) -> Option<i64> {
        if !self.is_integer() {
            return None;
        }
        let radix = match self.radix {
            Radix::Decimal => 10,
            Radix::Octal => 8,
        };
        i64::from_str_radix(&self.digits.replace('_', ""), radix).ok()
    }
}

/// Takes a number apart.
///
/// # Errors
/// A leading zero without `0o`, a digit 8 or 9 behind `0o`, a `_` that is not between digits, text that begins with no digit.
/// Unknown suffixes are no error here.
pub fn parse(text: &str) -> Result<Number<'_>, Fault> {
    let number = match number(text) {
        Ok(("", number)) => number,
        Ok((rest, _)) => return Err(Fault { at: text.len() - rest.len(), why: "this belongs to no number".to_owned() }),
        Err(_) => return Err(Fault { at: 0, why: "a number begins with a digit".to_owned() }),
    };
    if number.radix == Radix::Octal {
        if let Some(at) = number.digits.bytes().position(|it| matches!(it, b'8' | b'9')) {
            return Err(Fault { at: 2 + at, why: "an octal digit is 0 to 7".to_owned() });
        }
        if number.digits.is_empty() {
            return Err(Fault { at: 2, why: "`0o` is followed by octal digits".to_owned() });
        }
    } else if number.digits.len() > 1 && number.digits.starts_with('0') {
        return Err(Fault { at: 0, why: "a number does not begin with 0; octal is written `0o`".to_owned() });
    }
    for part in [Some(number.digits), number.fraction].into_iter().flatten() {
        if part.starts_with('_') || part.ends_with('_') || part.contains("__") {
            return Err(Fault { at: text.find('_').unwrap_or(0), why: "`_` stands between digits".to_owned() });
        }
    }
    Ok(number)
}

fn number(input: &str) -> IResult<&str, Number<'_>> {
    let digit = |it: char| it.is_ascii_digit() || it == '_';
    let (rest, _) = peek(take_while1(|it: char| it.is_ascii_digit())).parse(input)?;
    let (rest, octal) = opt(tag("0o")).parse(rest)?;
    let (rest, digits) = take_while(digit).parse(rest)?;
    let (rest, fraction) = opt(preceded(char('.'), take_while1(digit))).parse(rest)?;
    let (rest, suffix) = take_while(|it: char| it.is_ascii_alphanumeric() || it == '_' || it == '.').parse(rest)?;
    let (rest, percent) = opt(char('%')).parse(rest)?;
    let radix = if octal.is_some() { Radix::Octal } else { Radix::Decimal };
    Ok((rest, Number { radix, digits, fraction, suffix, percent: percent.is_some() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn parts(text: &str) -> (&str, Option<&str>, &str, bool) {
        let number = parse(text).expect("a number");
        (number.digits, number.fraction, number.suffix, number.percent)
    }

    #[test]
    fn takes_numbers_apart() {
        assert_eq!(parts("1"), ("1", None, "", false));
        assert_eq!(parts("1_000"), ("1_000", None, "", false));
        assert_eq!(parts("500m"), ("500", None, "m", false));
        assert_eq!(parts("1.5Gi"), ("1", Some("5"), "Gi", false));
        assert_eq!(parts("1m0s"), ("1", None, "m0s", false));
        assert_eq!(parts("1h1.5s"), ("1", None, "h1.5s", false));
        assert_eq!(parts("25%"), ("25", None, "", true));
        assert_eq!(parts("0.5"), ("0", Some("5"), "", false));
        assert_eq!(parse("0o644").expect("a number").integer(), Some(0o644));
        assert_eq!(parse("1_000").expect("a number").integer(), Some(1000));
        assert_eq!(parse("9223372036854775808").expect("a number").integer(), None);
    }

    #[test]
    fn says_where_it_is_wrong() {
        let at = |text| parse(text).err().map(|it| it.at);
        assert_eq!(at("0644"), Some(0));
        assert_eq!(at("0o68"), Some(3));
        assert_eq!(at("0o"), Some(2));
        assert_eq!(at("1__0"), Some(1));
        assert_eq!(at("1_"), Some(1));
        assert_eq!(at("x"), Some(0));
        assert_eq!(at(""), Some(0));
        assert_eq!(at("1-2"), Some(1));
    }

    /// nom#1808: parsers that take nothing or all must not lose text at the end of the input.
    #[test]
    fn end_of_input() {
        for text in ["1", "12", "1m", "1.5", "1.5Gi", "1%", "0o7", "1_0"] {
            assert!(matches!(number(text), Ok(("", _))), "{text}");
        }
        assert_eq!(parts("250m"), ("250", None, "m", false));
    }
}

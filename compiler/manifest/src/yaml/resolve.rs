//! Which value a plain scalar is, exactly as Kubernetes' parser decides.
//!
//! Source of the rules: sigs.k8s.io/yaml v1.6.0, which is go-yaml v2 (`resolve.go`) followed by `convertToJSONableObject` (`yaml.go`). So `no` is
//! false, `0777` is octal, `1_000` a number, and times are strings.
//! Invariant: total; whatever matches nothing is a string.

use crate::json::{Json, number};

/// A plain scalar's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `yes`, `on`, `y` and their opposites.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above `i64`.
    Unsigned(u64),
    /// Any other finite number.
    Float(f64),
    /// `.inf` or `.nan`, which JSON cannot say.
    NotFinite(f64),
    /// `<<`, which merges a map where it is a key.
    Merge,
    /// Anything else.
    String,
}

/// Resolves the text of a plain scalar.
pub fn plain(text: &str) -> Scalar {
    match text.as_bytes().first() {
        None | Some(b'~' | b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O') => word(text),
        Some(b'<') if text == "<<" => Scalar::Merge,
        Some(b'.') => special_float(text).or_else(|| dot_float(text)).unwrap_or(Scalar::String),
        Some(b'0'..=b'9' | b'+' | b'-') => special_float(text).or_else(|| number_of(text)).unwrap_or(Scalar::String),
        Some(_) => Scalar::String,
    }
}

/// The JSON value of a plain scalar; `None` if JSON has none.
pub fn json(text: &str) -> Option<Json> {
    Some(match plain(text) {
        Scalar::Null => Json::Null,
        Scalar::Bool(value) => Json::Bool(value),
        Scalar::Int(number) => Json::Int(number),
        Scalar::Unsigned(number) => Json::Number(number.to_string()),
        Scalar::Float(_) if number::is_json(text) => Json::Number(text.to_owned()),
        Scalar::Float(value) => Json::Number(number::go_json(value)),
        Scalar::NotFinite(_) => return None,
        Scalar::Merge | Scalar::String => Json::String(text.to_owned()),
    })
}

/// The text of a plain scalar as a key; `None` if Kubernetes' parser allows no such key.
pub fn key(text: &str) -> Option<String> {
    Some(match plain(text) {
        Scalar::Null | Scalar::Unsigned(_) => return None,
        Scalar::Bool(value) => if value { "true" } else { "false" }.to_owned(),
        Scalar::Int(number) => number.to_string(),
        Scalar::Float(value) | Scalar::NotFinite(value) => number::go_key(value),
        Scalar::Merge | Scalar::String => text.to_owned(),
    })
}

fn word(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        _ => Scalar::String,
    }
}

fn special_float(text: &str) -> Option<Scalar> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(Scalar::NotFinite(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(Scalar::NotFinite(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => Some(Scalar::NotFinite(f64::NEG_INFINITY)),
        _ => None,
    }
}

/// Texts that begin with a digit or a sign: whole numbers in any base, then floats.
fn number_of(text: &str) -> Option<Scalar> {
    let without: String;
    let plain = if text.contains('_') {
        without = text.replace('_', "");
        without.as_str()
    } else {
        text
    };
    whole(plain).or_else(|| float(plain, is_float(plain)))
}

/// `strconv.ParseInt(text, 0, 64)`, then `ParseUint`: bases by prefix, a leading zero means octal.
fn whole(text: &str) -> Option<Scalar> {
    let (signed, negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (true, false, &text[1..]),
        _ => (false, false, text),
    };
    let (base, digits) = match rest.as_bytes() {
        // go-yaml's own branch for binary numbers takes a sign behind the prefix.
        [b'0', b'b', b'+' | b'-', ..] if !signed => return i64::from_str_radix(&rest[2..], 2).ok().map(Scalar::Int),
        [b'0', b'x' | b'X', _, ..] => (16, &rest[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &rest[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &rest[2..]),
        [b'0', _, ..] => (8, &rest[1..]),
        _ => (10, rest),
    };
    // Rust takes a sign in the digits; Go has taken it already.
    if !digits.bytes().all(|it| it.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    let value = if negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() };
    value.map(Scalar::Int).or_else(|| (!signed).then_some(Scalar::Unsigned(magnitude)))
}

/// go-yaml's `yamlStyleFloat`: `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = digits(rest);
    let rest = &rest[whole..];
    let rest = match rest.strip_prefix('.') {
        Some(fraction) if whole > 0 || digits(fraction) > 0 => &fraction[digits(fraction)..],
        Some(_) => return false,
        None if whole == 0 => return false,
        None => rest,
    };
    match rest.strip_prefix(['e', 'E']) {
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
        None => rest.is_empty(),
    }
}

/// Texts that begin with a point go to `strconv.ParseFloat` as they are, which takes an underscore only between digits.
fn dot_float(text: &str) -> Option<Scalar> {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let separators = bytes.iter().enumerate().filter(|(_, it)| **it == b'_').all(|(at, _)| digit(at.checked_sub(1)) && digit(at.checked_add(1)));
    let plain = text.replace('_', "");
    float(&plain, separators && is_float(&plain))
}

fn float(text: &str, well_formed: bool) -> Option<Scalar> {
    let value: f64 = if well_formed { text.parse().ok()? } else { return None };
    // Out of range is an error in Go, and what is no number is a string.
    value.is_finite().then_some(Scalar::Float(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_kubernetes() {
        for (text, expected) in [
            ("", Scalar::Null),
            ("~", Scalar::Null),
            ("null", Scalar::Null),
            ("Null", Scalar::Null),
            ("nULL", Scalar::String),
            ("y", Scalar::Bool(true)),
            ("Yes", Scalar::Bool(true)),
            ("on", Scalar::Bool(true)),
            ("TRUE", Scalar::Bool(true)),
            ("tRUE", Scalar::String),
            ("n", Scalar::Bool(false)),
            ("no", Scalar::Bool(false)),
            ("0", Scalar::Int(0)),
            ("-0", Scalar::Int(0)),
            ("+5", Scalar::Int(5)),
            ("0777", Scalar::Int(511)),
            ("010", Scalar::Int(8)),
            ("08", Scalar::Float(8.0)),
            ("0o17", Scalar::Int(15)),
            ("0x1F", Scalar::Int(31)),
            ("-0x1f", Scalar::Int(-31)),
            ("0b101", Scalar::Int(5)),
            ("-0b101", Scalar::Int(-5)),
            ("1_000", Scalar::Int(1000)),
            ("1__2", Scalar::Int(12)),
            ("-_1", Scalar::Int(-1)),
            ("_1", Scalar::String),
            ("0x", Scalar::String),
            ("0b-1", Scalar::Int(-1)),
            ("-0b-1", Scalar::String),
            ("0x_1", Scalar::Int(1)),
            ("+", Scalar::String),
            ("-", Scalar::String),
            ("--1", Scalar::String),
            ("+-1", Scalar::String),
            ("0x-1", Scalar::String),
            ("9223372036854775807", Scalar::Int(i64::MAX)),
            ("-9223372036854775808", Scalar::Int(i64::MIN)),
            ("9223372036854775808", Scalar::Unsigned(9_223_372_036_854_775_808)),
            ("+9223372036854775808", Scalar::Float(9_223_372_036_854_775_808.0)),
            ("123456789012345678901", Scalar::Float(123_456_789_012_345_678_901.0)),
            ("0xFFFFFFFFFFFFFFFFF", Scalar::String),
            ("1.", Scalar::Float(1.0)),
            (".5", Scalar::Float(0.5)),
            ("-.5", Scalar::Float(-0.5)),
            ("1e3", Scalar::Float(1000.0)),
            ("1.5e-3", Scalar::Float(0.0015)),
            ("685_230.15", Scalar::Float(685_230.15)),
            (".", Scalar::String),
            (".1_5", Scalar::Float(0.15)),
            (".1__5", Scalar::String),
            (".1_e5", Scalar::String),
            ("._1", Scalar::String),
            ("1e", Scalar::String),
            ("1e400", Scalar::String),
            ("1e-400", Scalar::Float(0.0)),
            (".e3", Scalar::String),
            ("12:30", Scalar::String),
            ("2026-03-11", Scalar::String),
            ("1.2.3", Scalar::String),
            ("256Mi", Scalar::String),
            ("inf", Scalar::String),
            ("<<", Scalar::Merge),
            ("=", Scalar::String),
            ("0x1p3", Scalar::String),
            ("00", Scalar::Int(0)),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
        assert!(matches!(plain(".nan"), Scalar::NotFinite(value) if value.is_nan()));
        assert_eq!((plain(".inf"), plain("-.INF")), (Scalar::NotFinite(f64::INFINITY), Scalar::NotFinite(f64::NEG_INFINITY)));
    }

    #[test]
    fn values_and_keys() {
        assert_eq!(
            (json("1.50"), json("1."), json("+.5e1"), json("1e3")),
            (Some(Json::Number("1.50".into())), Some(Json::Number("1".into())), Some(Json::Number("5".into())), Some(Json::Number("1e3".into())))
        );
        assert_eq!((json(".inf"), json("9223372036854775808")), (None, Some(Json::Number("9223372036854775808".into()))));
        assert_eq!(
            (key("on").as_deref(), key("0x10").as_deref(), key("1.5").as_deref(), key("~"), key(".inf").as_deref()),
            (Some("true"), Some("16"), Some("1.5"), None, Some(".inf"))
        );
    }
}

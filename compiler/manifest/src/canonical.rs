//! Bytes that are equal exactly for values that mean the same: what the semantic digest is made of.
//!
//! JSON without blanks, keys sorted by bytes, numbers by value (`1.50` and `1.5`, `1e3` and `1000` are equal) as Kubernetes reads them: whole
//! numbers in 64 bits, others as IEEE doubles. Strings are only escaped where JSON demands it.
//! Invariant: the order of keys and the spelling of numbers do not matter; the order of lists does.

use std::fmt::Write as _;

use crate::json::{self, Json, number};

/// The canonical bytes of a value.
pub fn bytes(value: &Json) -> Vec<u8> {
    let mut out = String::new();
    write(&mut out, value, json::write_string);
    out.into_bytes()
}

/// Writes sorted JSON with the given escaping of strings.
pub(crate) fn write(out: &mut String, value: &Json, write_text: fn(&mut String, &str)) {
    match value {
        Json::Map(entries) => {
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by(|(left, _), (right, _)| left.cmp(right));
            for (index, (key, value)) in sorted.into_iter().enumerate() {
                out.push(if index == 0 { '{' } else { ',' });
                write_text(out, key);
                out.push(':');
                write(out, value, write_text);
            }
            out.push_str(if entries.is_empty() { "{}" } else { "}" });
        }
        Json::List(items) => {
            for (index, item) in items.iter().enumerate() {
                out.push(if index == 0 { '[' } else { ',' });
                write(out, item, write_text);
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        Json::String(text) => write_text(out, text),
        Json::Number(text) => write_number(out, text),
        Json::Null | Json::Bool(_) | Json::Int(_) => json::write_scalar(out, value),
    }
}

fn write_number(out: &mut String, text: &str) {
    if let Ok(number) = text.parse::<i128>()
        && (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number)
    {
        write!(out, "{number}").expect("writing to a string never fails");
        return;
    }
    match text.parse::<f64>() {
        Ok(0.0) => out.push('0'),
        Ok(value) if value.is_finite() => out.push_str(&number::go_json(value)),
        Ok(_) | Err(_) => out.push_str(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::read;

    fn canonical(text: &str) -> String {
        String::from_utf8(bytes(&read::document(text).unwrap().value)).unwrap()
    }

    #[test]
    fn means_the_same() {
        assert_eq!(canonical("{b: [1, 2], a: {d: <é>, c: ~}, \"\": {}, e: []}"), r#"{"":{},"a":{"c":null,"d":"<é>"},"b":[1,2],"e":[]}"#);
        assert_eq!(
            canonical("[1.50, 1.5, 1e3, 1000, 1.0, 1, -0.0, 18446744073709551615, 123456789012345678901]"),
            "[1.5,1.5,1000,1000,1,1,0,18446744073709551615,123456789012345680000]"
        );
    }
}

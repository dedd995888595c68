//! Numbers as Go prints them, because what a cluster stores and kustomize hashes went through Go.
//!
//! Source of the rules: Go's `encoding/json` (`floatEncoder`) and `strconv.FormatFloat` with `'g'`.

/// A finite number as `encoding/json` writes it: the shortest digits, an exponent only below 1e-6 and from 1e21 on.
pub fn go_json(value: f64) -> String {
    let (sign, digits, exponent) = shortest(&format!("{value:e}"));
    if value != 0.0 && !(-6..21).contains(&exponent) {
        return with_exponent(sign, &digits, exponent, 1);
    }
    without_exponent(sign, &digits, exponent)
}

/// A number as sigs.k8s.io/yaml writes it into a map key: `FormatFloat(value, 'g', -1, 32)`.
pub fn go_key(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "the reference implementation rounds to 32 bits here")]
    let value = value as f32;
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let (sign, digits, exponent) = shortest(&format!("{value:e}"));
    if value != 0.0 && !(-4..6).contains(&exponent) {
        return with_exponent(sign, &digits, exponent, 2);
    }
    without_exponent(sign, &digits, exponent)
}

/// Whether the text is a number in JSON's own grammar.
pub fn is_json(text: &str) -> bool {
    let rest = text.strip_prefix('-').unwrap_or(text);
    let after_whole = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let whole = &rest[..rest.len() - after_whole.len()];
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
        return false;
    }
    let after_fraction = match after_whole.strip_prefix('.') {
        Some(fraction) => {
            let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if rest.len() == fraction.len() {
                return false;
            }
            rest
        }
        None => after_whole,
    };
    match after_fraction.strip_prefix(['e', 'E']) {
        Some(exponent) => {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit())
        }
        None => after_fraction.is_empty(),
    }
}

/// Sign, digits and decimal exponent out of Rust's `{:e}` form, which has the shortest digits too.
fn shortest(text: &str) -> (&'static str, String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    (sign, mantissa.chars().filter(char::is_ascii_digit).collect(), exponent.parse().unwrap_or(0))
}

fn with_exponent(sign: &str, digits: &str, exponent: i32, width: usize) -> String {
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{point}{rest}e{exponent_sign}{:0width$}", exponent.unsigned_abs())
}

fn without_exponent(sign: &str, digits: &str, exponent: i32) -> String {
    let places = usize::try_from(exponent.unsigned_abs()).unwrap_or(0);
    if exponent < 0 {
        return format!("{sign}0.{}{digits}", "0".repeat(places - 1));
    }
    match digits.split_at_checked(places + 1) {
        Some((whole, "")) => format!("{sign}{whole}"),
        Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{digits}{}", "0".repeat(places + 1 - digits.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_go_writes_json() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (1.5, "1.5"),
            (100.0, "100"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e300, "1.5e+300"),
            (0.000001, "0.000001"),
            (0.0000001, "1e-7"),
            (1.25e-9, "1.25e-9"),
            (123456789.125, "123456789.125"),
            (-2.5, "-2.5"),
        ] {
            assert_eq!(go_json(value), expected);
        }
    }

    #[test]
    fn as_go_writes_keys() {
        for (value, expected) in [
            (1.5, "1.5"),
            (0.1, "0.1"),
            (100_000.0, "100000"),
            (1e6, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1e300, ".inf"),
            (f64::NAN, ".nan"),
        ] {
            assert_eq!(go_key(value), expected);
        }
    }

    #[test]
    fn json_numbers() {
        for text in ["0", "-0", "1", "1.5", "1e3", "1E+3", "0.1e-7", "123456789012345678901"] {
            assert!(is_json(text), "{text}");
        }
        for text in ["", "-", "+1", "01", "1.", ".5", "1e", "1e+", "1_0", "0x1", "1.5x", "1e5.0"] {
            assert!(!is_json(text), "{text}");
        }
    }
}

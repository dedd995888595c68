//! Quantities such as `500m`, `256Mi`, `1e3`, `1.5Gi`: exact numbers of nano-units with a family of suffixes.
//!
//! Source of the rules: k8s.io/apimachinery/pkg/api/resource (`quantity.go`, `suffix.go`). The literal's own spelling is not kept here; what is
//! printed is apimachinery's canonical form. Where apimachinery rounds (below one nano-unit), caps (a binary value above 2^63-1), takes a text
//! without any digit for zero, or prints no suffix at all (above `999E`), this file refuses or prints the true value: silence is not exact.
//! Invariant: `nano` is exactly what was written; no operation rounds.

use std::{cmp::Ordering, fmt};

use nom::{
    IResult, Parser,
    bytes::complete::take_while,
    character::complete::{char, one_of},
    combinator::opt,
    sequence::preceded,
};

use super::Fault;

/// Nano-units in one unit.
const UNIT: i128 = 1_000_000_000;

/// Which suffixes a quantity is printed with (apimachinery: `Format`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// `Ki`, `Mi`, `Gi`, `Ti`, `Pi`, `Ei`.
    Binary,
    /// `n`, `u`, `m`, none, `k`, `M`, `G`, `T`, `P`, `E`.
    DecimalSi,
    /// `e3`, `E-6`.
    DecimalExponent,
}

/// An exact amount. Compare by value with [`Quantity::cmp_value`]: `==` would have to ignore the family, so it is not derived.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    /// The value in units of 10^-9.
    pub nano: i128,
    /// How it is printed.
    pub family: Family,
}

/// Why an operation has no exact result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArithmeticError {
    /// The result does not fit.
    Overflow,
    /// The result has no exact form.
    Inexact,
    /// The divisor is zero.
    DivisionByZero,
}

impl fmt::Display for ArithmeticError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overflow => "the result is too large",
            Self::Inexact => "the result is not exact",
            Self::DivisionByZero => "division by zero",
        })
    }
}

/// An exact decimal number, `digits * 10^-scale`, without trailing zeros in the fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    /// All digits as one integer.
    pub digits: i128,
    /// How many of them stand behind the point.
    pub scale: u32,
}

impl Ratio {
    /// `numerator / denominator` as a decimal number.
    ///
    /// # Errors
    /// If the denominator is zero, the decimal expansion does not end, or the digits do not fit.
    pub fn new(numerator: i128, denominator: i128) -> Result<Self, ArithmeticError> {
        if denominator == 0 {
            return Err(ArithmeticError::DivisionByZero);
        }
        let common = greatest_common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs());
        let negative = (numerator < 0) != (denominator < 0);
        let mut rest = denominator.unsigned_abs() / common;
        let (mut twos, mut fives) = (0u32, 0u32);
        while rest.is_multiple_of(2) {
            (rest, twos) = (rest / 2, twos + 1);
        }
        while rest.is_multiple_of(5) {
            (rest, fives) = (rest / 5, fives + 1);
        }
        if rest != 1 {
            return Err(ArithmeticError::Inexact);
        }
        let scale = twos.max(fives);
        let widen = 2u128.checked_pow(scale - twos).zip(5u128.checked_pow(scale - fives));
        let digits = widen
            .and_then(|(two, five)| (numerator.unsigned_abs() / common).checked_mul(two)?.checked_mul(five))
            .and_then(|digits| signed(digits, negative))
            .ok_or(ArithmeticError::Overflow)?;
        Ok(Self { digits, scale })
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let width = self.scale as usize + 1;
        let digits = format!("{:0width$}", self.digits.unsigned_abs());
        let (whole, fraction) = digits.split_at(digits.len() - self.scale as usize);
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

/// The parts of the text, before they mean a value.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

/// What a suffix multiplies with.
enum Power {
    Two(u32),
    Ten(i64),
}

impl Quantity {
    /// A quantity of whole units.
    ///
    /// # Errors
    /// Never for an `i64`; the result is a `Result` only for the range of `i128`.
    pub fn from_units(units: i128, family: Family) -> Result<Self, ArithmeticError> {
        units.checked_mul(UNIT).map(|nano| Self { nano, family }).ok_or(ArithmeticError::Overflow)
    }

    /// Reads the whole text.
    ///
    /// # Errors
    /// If it is no quantity, needs more than nine decimal places of a unit, or is larger than Kubernetes can hold.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        // The grammar of the number cannot fail: every part may be empty.
        let (suffix, parts) = number(text).map_err(|_| fault(0, "a quantity begins with a digit"))?;
        let suffix_at = text.len() - suffix.len();
        if parts.whole.is_empty() && parts.fraction.is_empty() {
            return Err(fault(suffix_at.min(text.len()), "a quantity begins with a digit"));
        }
        let (power, family) = power_of(suffix).ok_or_else(|| unknown_suffix(suffix, suffix_at))?;
        let magnitude = magnitude(&parts, &power).map_err(|error| match error {
            ArithmeticError::Inexact => fault(0, "a quantity is a whole number of nano-units (`1n`); this one is finer"),
            ArithmeticError::Overflow | ArithmeticError::DivisionByZero => fault(0, "this quantity is larger than can be computed with"),
        })?;
        let nano = signed(magnitude, parts.negative).ok_or_else(|| fault(0, "this quantity is larger than can be computed with"))?;
        if family == Family::Binary && magnitude > i64::MAX as u128 * UNIT as u128 {
            return Err(fault(0, "a quantity with a binary suffix is at most 9223372036854775807"));
        }
        // apimachinery does the same: below one unit a binary suffix has nothing to print.
        let fraction_only = magnitude != 0 && magnitude < UNIT as u128;
        let family = if family == Family::Binary && fraction_only { Family::DecimalSi } else { family };
        Ok(Self { nano, family })
    }

    /// Compares by value; the family does not matter.
    pub fn cmp_value(&self, other: &Self) -> Ordering {
        self.nano.cmp(&other.nano)
    }

    /// The sum, in the left operand's family (the right one's if the left is zero, as apimachinery does).
    ///
    /// # Errors
    /// On overflow.
    #[expect(clippy::should_implement_trait, reason = "an operator could not say that there is no result")]
    pub fn add(self, other: Self) -> Result<Self, ArithmeticError> {
        let family = if self.nano == 0 { other.family } else { self.family };
        self.nano.checked_add(other.nano).map(|nano| Self { nano, family }).ok_or(ArithmeticError::Overflow)
    }

    /// The difference, in the left operand's family (the right one's if the left is zero).
    ///
    /// # Errors
    /// On overflow.
    #[expect(clippy::should_implement_trait, reason = "an operator could not say that there is no result")]
    pub fn sub(self, other: Self) -> Result<Self, ArithmeticError> {
        let family = if self.nano == 0 { other.family } else { self.family };
        self.nano.checked_sub(other.nano).map(|nano| Self { nano, family }).ok_or(ArithmeticError::Overflow)
    }

    /// The product with a whole number.
    ///
    /// # Errors
    /// On overflow.
    pub fn mul_int(self, factor: i64) -> Result<Self, ArithmeticError> {
        self.nano.checked_mul(i128::from(factor)).map(|nano| Self { nano, ..self }).ok_or(ArithmeticError::Overflow)
    }

    /// The quotient by a whole number.
    ///
    /// # Errors
    /// If the divisor is zero or the result is no whole number of nano-units.
    pub fn div_int(self, divisor: i64) -> Result<Self, ArithmeticError> {
        let divisor = i128::from(divisor);
        if divisor == 0 {
            return Err(ArithmeticError::DivisionByZero);
        }
        let nano = self.nano.checked_div(divisor).ok_or(ArithmeticError::Overflow)?;
        if nano * divisor == self.nano { Ok(Self { nano, ..self }) } else { Err(ArithmeticError::Inexact) }
    }

    /// How many times `other` fits, as an exact decimal.
    ///
    /// # Errors
    /// If `other` is zero or the decimal expansion does not end.
    pub fn ratio(self, other: Self) -> Result<Ratio, ArithmeticError> {
        Ratio::new(self.nano, other.nano)
    }
}

/// The canonical form (apimachinery: `CanonicalizeBytes`): no fraction, the largest suffix that loses nothing.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nano == 0 {
            return f.write_str("0");
        }
        let whole = self.nano % UNIT == 0;
        let small = self.nano.unsigned_abs() < 1024 * UNIT as u128;
        match self.family {
            Family::Binary if whole && !small => print_binary(f, self.nano / UNIT),
            // apimachinery prints a binary quantity below 1024 and one with a fraction by the decimal suffixes.
            Family::Binary | Family::DecimalSi => print_decimal(f, self.nano, Some(DECIMAL_LARGEST)),
            Family::DecimalExponent => print_decimal(f, self.nano, None),
        }
    }
}

/// Decimal suffixes from nano to exa; the unit itself is the empty one.
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
/// The exponent of the last of them.
const DECIMAL_LARGEST: i32 = 18;
/// Binary suffixes; the index is the power of 1024.
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

fn print_binary(f: &mut fmt::Formatter<'_>, mut units: i128) -> fmt::Result {
    let mut power = 0;
    while units % 1024 == 0 && power + 1 < BINARY.len() {
        (units, power) = (units / 1024, power + 1);
    }
    write!(f, "{units}{}", BINARY[power])
}

/// Prints by suffixes up to the exponent `largest`, or as `e…` without a limit.
fn print_decimal(f: &mut fmt::Formatter<'_>, nano: i128, largest: Option<i32>) -> fmt::Result {
    let (mut mantissa, mut exponent) = (nano, -9);
    while mantissa % 1000 == 0 && largest.is_none_or(|largest| exponent < largest) {
        (mantissa, exponent) = (mantissa / 1000, exponent + 3);
    }
    match (largest, exponent) {
        (Some(_), _) => write!(f, "{mantissa}{}", DECIMAL[usize::try_from(exponent / 3 + 3).unwrap_or(0)]),
        (None, 0) => write!(f, "{mantissa}"),
        (None, _) => write!(f, "{mantissa}e{exponent}"),
    }
}

/// `["+" | "-"] digits ["." digits]`, each run of digits possibly empty; the suffix is left over.
fn number(text: &str) -> IResult<&str, Parts<'_>> {
    let digits = || take_while(|c: char| c.is_ascii_digit());
    let (rest, (sign, whole, fraction)) = (opt(one_of("+-")), digits(), opt(preceded(char('.'), digits()))).parse(text)?;
    Ok((rest, Parts { negative: sign == Some('-'), whole, fraction: fraction.unwrap_or("") }))
}

fn power_of(suffix: &str) -> Option<(Power, Family)> {
    if let Some(at) = DECIMAL.iter().position(|&it| it == suffix) {
        return Some((Power::Ten(at as i64 * 3 - 9), Family::DecimalSi));
    }
    if let Some(at) = BINARY.iter().position(|&it| it == suffix) {
        return Some((Power::Two(at as u32 * 10), Family::Binary));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    // `i64::from_str` takes the same texts as Go's `ParseInt`: an optional sign and digits.
    exponent.parse().ok().map(|exponent| (Power::Ten(exponent), Family::DecimalExponent))
}

fn unknown_suffix(suffix: &str, at: usize) -> Fault {
    let near = match suffix {
        "K" | "KB" | "kB" => "; for 1000 write `k`, for 1024 `Ki`",
        "MB" => "; for 10^6 write `M`, for 2^20 `Mi`",
        "GB" => "; for 10^9 write `G`, for 2^30 `Gi`",
        "TB" => "; for 10^12 write `T`, for 2^40 `Ti`",
        _ => ", only n u m k M G T P E, Ki Mi Gi Ti Pi Ei and exponents such as e3",
    };
    Fault { at, why: format!("a quantity has no suffix `{suffix}`{near}") }
}

/// The number without its sign, in nano-units.
fn magnitude(parts: &Parts<'_>, power: &Power) -> Result<u128, ArithmeticError> {
    let fraction = parts.fraction.trim_end_matches('0');
    let mut digits = 0u128;
    for digit in parts.whole.bytes().chain(fraction.bytes()) {
        digits = digits.checked_mul(10).and_then(|it| it.checked_add(u128::from(digit - b'0'))).ok_or(ArithmeticError::Overflow)?;
    }
    if digits == 0 {
        return Ok(0);
    }
    let places = i64::try_from(fraction.len()).map_err(|_| ArithmeticError::Inexact)?;
    match *power {
        Power::Two(power) => {
            let shifted = 2u128.checked_pow(power).and_then(|it| digits.checked_mul(it)).ok_or(ArithmeticError::Overflow)?;
            times_ten_to(shifted, 9 - places)
        }
        Power::Ten(exponent) => times_ten_to(digits, exponent.saturating_add(9).saturating_sub(places)),
    }
}

fn times_ten_to(value: u128, exponent: i64) -> Result<u128, ArithmeticError> {
    let power = u32::try_from(exponent.unsigned_abs()).ok().and_then(|it| 10u128.checked_pow(it));
    if exponent >= 0 {
        return power.and_then(|it| value.checked_mul(it)).ok_or(ArithmeticError::Overflow);
    }
    power.filter(|&it| value.is_multiple_of(it)).map(|it| value / it).ok_or(ArithmeticError::Inexact)
}

fn signed(magnitude: u128, negative: bool) -> Option<i128> {
    let value = i128::try_from(magnitude).ok()?;
    Some(if negative { -value } else { value })
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

fn fault(at: usize, why: &str) -> Fault {
    Fault { at, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        Quantity::parse(text).map_or_else(|fault| format!("{}: {}", fault.at, fault.why), |it| it.to_string())
    }

    #[test]
    fn prints_as_apimachinery() {
        // Left: what is written; right: `CanonicalizeBytes` of k8s.io/apimachinery v0.34.1.
        for (text, expected) in [
            ("0", "0"),
            ("00", "0"),
            ("0Ki", "0"),
            ("-0", "0"),
            ("0e9", "0"),
            ("0m", "0"),
            ("1", "1"),
            ("+1", "1"),
            ("-1", "-1"),
            ("100", "100"),
            ("1000", "1k"),
            ("1001", "1001"),
            ("999999", "999999"),
            ("500m", "500m"),
            ("1000m", "1"),
            ("1500m", "1500m"),
            ("0.5", "500m"),
            (".5", "500m"),
            ("5.", "5"),
            ("1.0", "1"),
            ("1.10", "1100m"),
            ("0.1", "100m"),
            ("0.01", "10m"),
            ("0.001", "1m"),
            ("0.0001", "100u"),
            ("1n", "1n"),
            ("1000n", "1u"),
            ("1u", "1u"),
            ("-5m", "-5m"),
            ("1k", "1k"),
            ("1000k", "1M"),
            ("1M", "1M"),
            ("1.5G", "1500M"),
            ("2T", "2T"),
            ("3P", "3P"),
            ("4E", "4E"),
            ("0.004k", "4"),
            ("1Ki", "1Ki"),
            ("1023", "1023"),
            ("1024", "1024"),
            ("1024Ki", "1Mi"),
            ("1024Mi", "1Gi"),
            ("1025Mi", "1025Mi"),
            ("256Mi", "256Mi"),
            ("1.5Gi", "1536Mi"),
            ("0.5Ki", "512"),
            ("0.5Mi", "512Ki"),
            ("0.1Ki", "102400m"),
            ("0.1Mi", "104857600m"),
            ("1.1Gi", "1181116006400m"),
            ("0.0001Ki", "102400u"),
            ("7Ei", "7Ei"),
            ("-1Gi", "-1Gi"),
            ("-512Ki", "-512Ki"),
            ("1000Ki", "1000Ki"),
            ("2048Pi", "2Ei"),
            ("1e3", "1e3"),
            ("1E3", "1e3"),
            ("12e6", "12e6"),
            ("1e4", "10e3"),
            ("1e-3", "1e-3"),
            ("1e+3", "1e3"),
            ("1e0", "1"),
            ("1.5e3", "1500"),
            ("1e-9", "1e-9"),
            ("100e1", "1e3"),
            ("1e18", "1e18"),
            ("1E", "1E"),
            ("123456789012345678", "123456789012345678"),
        ] {
            assert_eq!(canonical(text), expected, "{text}");
        }
    }

    #[test]
    fn prints_the_true_value_where_apimachinery_drops_the_suffix() {
        assert_eq!(canonical("1000E"), "1000E");
        assert_eq!(Quantity::parse("4Ei").map(|it| it.mul_int(1024).unwrap().to_string()), Ok("4096Ei".to_owned()));
    }

    #[test]
    fn refuses_with_a_place() {
        for (text, at) in [
            ("", 0),
            ("-", 1),
            (".", 1),
            ("Mi", 0),
            ("abc", 0),
            ("1Mb", 1),
            ("1.2.3", 3),
            ("1 Mi", 1),
            ("1_000", 1),
            ("5ki", 1),
            ("5K", 1),
            ("1e", 1),
            ("1ee3", 1),
            ("1e3x", 1),
            ("1m3", 1),
            ("250m ", 3),
            ("0.1n", 0),
            ("1e-10", 0),
            ("8Ei", 0),
            ("16Ei", 0),
            ("-8Ei", 0),
            ("1e99", 0),
            ("1e99999999999999999999", 1),
            ("9".repeat(60).as_str(), 0),
            ("0x10", 1),
            ("--1", 1),
            ("1é", 1),
        ] {
            let fault = Quantity::parse(text).expect_err(text);
            assert_eq!(fault.at, at, "{text}: {}", fault.why);
        }
        assert_eq!(Quantity::parse("1K").unwrap_err().why, "a quantity has no suffix `K`; for 1000 write `k`, for 1024 `Ki`");
    }

    #[test]
    fn computes_exactly() {
        let q = |text: &str| Quantity::parse(text).unwrap();
        assert_eq!(q("1Gi").add(q("512M")).unwrap().to_string(), "1548576Ki");
        assert_eq!(q("0").add(q("1Ki")).unwrap().to_string(), "1Ki");
        assert_eq!(q("1").sub(q("250m")).unwrap().to_string(), "750m");
        assert_eq!(q("0").sub(q("2Ki")).unwrap().to_string(), "-2Ki");
        assert_eq!(q("256Mi").mul_int(4).unwrap().to_string(), "1Gi");
        assert_eq!(q("1Gi").div_int(4).unwrap().to_string(), "256Mi");
        assert_eq!(q("1").div_int(3).unwrap_err(), ArithmeticError::Inexact);
        assert_eq!(q("1").div_int(0).unwrap_err(), ArithmeticError::DivisionByZero);
        assert_eq!(q("1e28").mul_int(i64::MAX).unwrap_err(), ArithmeticError::Overflow);
        assert_eq!(Quantity { nano: i128::MIN, family: Family::Binary }.div_int(-1).unwrap_err(), ArithmeticError::Overflow);
        assert_eq!(q("1024Mi").cmp_value(&q("1Gi")), Ordering::Equal);
        assert_eq!(q("999m").cmp_value(&q("1")), Ordering::Less);
    }

    #[test]
    fn ratios_are_exact_decimals() {
        let ratio = |a: &str, b: &str| Quantity::parse(a).unwrap().ratio(Quantity::parse(b).unwrap()).map(|it| it.to_string());
        assert_eq!(ratio("1Gi", "256Mi").as_deref(), Ok("4"));
        assert_eq!(ratio("1", "8").as_deref(), Ok("0.125"));
        assert_eq!(ratio("-1", "8").as_deref(), Ok("-0.125"));
        assert_eq!(ratio("0", "8").as_deref(), Ok("0"));
        assert_eq!(ratio("7", "20").as_deref(), Ok("0.35"));
        assert_eq!(ratio("1", "3"), Err(ArithmeticError::Inexact));
        assert_eq!(ratio("1", "0"), Err(ArithmeticError::DivisionByZero));
    }
}

//! Durations such as `30s`, `1m0s`, `1h30m`, `500ms`: exact nanoseconds.
//!
//! Source of the rules: Go's `time.ParseDuration` and `Duration.String`, which Kubernetes' `metav1.Duration` uses. Go cuts off below a nanosecond;
//! here that is an error.
//! Invariant: every value fits what Go can hold (an `i64` of nanoseconds, about 292 years), so that the cluster can read it.

use std::fmt;

use nom::{
    IResult, Parser,
    bytes::complete::{take_while, take_while1},
    character::complete::{char, one_of},
    combinator::opt,
    sequence::preceded,
};

use super::{
    Fault,
    quantity::{ArithmeticError, Ratio},
};

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    /// Nanoseconds; always in the range of `i64`.
    pub nanos: i128,
}

/// Units from the smallest up, with their nanoseconds. Go knows three spellings of the microsecond.
const UNITS: [(&str, i128); 8] =
    [("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000), ("s", SECOND), ("m", 60 * SECOND), ("h", 3600 * SECOND)];
const SECOND: i128 = 1_000_000_000;

impl Duration {
    /// Checks the range.
    ///
    /// # Errors
    /// If Go could not hold it.
    pub fn from_nanos(nanos: i128) -> Result<Self, ArithmeticError> {
        i64::try_from(nanos).map(|_| Self { nanos }).map_err(|_| ArithmeticError::Overflow)
    }

    /// Reads the whole text.
    ///
    /// # Errors
    /// If it is no duration, a unit is missing or unknown, or it is finer than a nanosecond or longer than about 292 years.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (mut rest, negative) = sign(text).unwrap_or((text, false));
        if rest == "0" {
            return Ok(Self { nanos: 0 });
        }
        let mut nanos = 0i128;
        loop {
            let at = text.len() - rest.len();
            let (after_number, (whole, fraction)) = number(rest).unwrap_or((rest, ("", "")));
            if whole.is_empty() && fraction.is_empty() {
                return Err(fault(at, "a duration is numbers with units, such as `1h30m`"));
            }
            let (after_unit, unit) = unit_name(after_number).unwrap_or((after_number, ""));
            let unit_at = text.len() - after_number.len();
            let scale = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(|| unknown_unit(unit, unit_at))?.1;
            let amount = amount(whole, fraction, scale).map_err(|error| out_of_range(error, at))?;
            nanos = nanos.checked_add(amount).ok_or_else(|| out_of_range(ArithmeticError::Overflow, 0))?;
            rest = after_unit;
            if rest.is_empty() {
                break;
            }
        }
        Self::from_nanos(if negative { -nanos } else { nanos }).map_err(|error| out_of_range(error, 0))
    }

    /// The sum.
    ///
    /// # Errors
    /// On overflow.
    #[expect(clippy::should_implement_trait, reason = "an operator could not say that there is no result")]
    pub fn add(self, other: Self) -> Result<Self, ArithmeticError> {
        Self::from_nanos(self.nanos + other.nanos)
    }

    /// The difference.
    ///
    /// # Errors
    /// On overflow.
    #[expect(clippy::should_implement_trait, reason = "an operator could not say that there is no result")]
    pub fn sub(self, other: Self) -> Result<Self, ArithmeticError> {
        Self::from_nanos(self.nanos - other.nanos)
    }

    /// The product with a whole number.
    ///
    /// # Errors
    /// On overflow.
    pub fn mul_int(self, factor: i64) -> Result<Self, ArithmeticError> {
        Self::from_nanos(self.nanos * i128::from(factor))
    }

    /// The quotient by a whole number.
    ///
    /// # Errors
    /// If the divisor is zero or the result is no whole number of nanoseconds.
    pub fn div_int(self, divisor: i64) -> Result<Self, ArithmeticError> {
        let divisor = i128::from(divisor);
        if divisor == 0 {
            return Err(ArithmeticError::DivisionByZero);
        }
        if self.nanos % divisor != 0 {
            return Err(ArithmeticError::Inexact);
        }
        Self::from_nanos(self.nanos / divisor)
    }

    /// How many times `other` fits, as an exact decimal.
    ///
    /// # Errors
    /// If `other` is zero or the decimal expansion does not end.
    pub fn ratio(self, other: Self) -> Result<Ratio, ArithmeticError> {
        Ratio::new(self.nanos, other.nanos)
    }
}

/// As Go's `Duration.String`: `1h30m0s`, `1.5s`, `500ms`, `0s`.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.nanos < 0 { "-" } else { "" };
        let nanos = self.nanos.unsigned_abs();
        let second = SECOND as u128;
        f.write_str(sign)?;
        match nanos {
            0 => f.write_str("0s"),
            1..1_000 => write!(f, "{nanos}ns"),
            1_000..1_000_000 => decimal(f, nanos, 1_000, "µs"),
            1_000_000..1_000_000_000 => decimal(f, nanos, 1_000_000, "ms"),
            _ => {
                let (hours, minutes) = (nanos / (3600 * second), nanos / (60 * second) % 60);
                if hours > 0 {
                    write!(f, "{hours}h")?;
                }
                if hours > 0 || minutes > 0 {
                    write!(f, "{minutes}m")?;
                }
                decimal(f, nanos % (60 * second), second, "s")
            }
        }
    }
}

/// Writes `value / unit` with as many places as it needs.
fn decimal(f: &mut fmt::Formatter<'_>, value: u128, unit: u128, name: &str) -> fmt::Result {
    write!(f, "{}", value / unit)?;
    let width = unit.ilog10() as usize;
    let fraction = format!("{:0width$}", value % unit);
    let fraction = fraction.trim_end_matches('0');
    if !fraction.is_empty() {
        write!(f, ".{fraction}")?;
    }
    f.write_str(name)
}

fn sign(text: &str) -> IResult<&str, bool> {
    opt(one_of("+-")).map(|sign| sign == Some('-')).parse(text)
}

fn number(text: &str) -> IResult<&str, (&str, &str)> {
    let digits = || take_while(|c: char| c.is_ascii_digit());
    (digits(), opt(preceded(char('.'), digits()))).map(|(whole, fraction)| (whole, fraction.unwrap_or(""))).parse(text)
}

/// Go takes everything up to the next digit or point for the unit.
fn unit_name(text: &str) -> IResult<&str, &str> {
    take_while1(|c: char| c != '.' && !c.is_ascii_digit()).parse(text)
}

fn amount(whole: &str, fraction: &str, scale: i128) -> Result<i128, ArithmeticError> {
    let fraction = fraction.trim_end_matches('0');
    let mut digits = 0i128;
    for digit in whole.bytes().chain(fraction.bytes()) {
        digits = digits.checked_mul(10).and_then(|it| it.checked_add(i128::from(digit - b'0'))).ok_or(ArithmeticError::Overflow)?;
    }
    let divisor = u32::try_from(fraction.len()).ok().and_then(|places| 10i128.checked_pow(places)).ok_or(ArithmeticError::Inexact)?;
    let scaled = digits.checked_mul(scale).ok_or(ArithmeticError::Overflow)?;
    if scaled % divisor == 0 { Ok(scaled / divisor) } else { Err(ArithmeticError::Inexact) }
}

fn unknown_unit(unit: &str, at: usize) -> Fault {
    let why = match unit {
        "" => "a duration needs a unit: ns, us, ms, s, m or h".to_owned(),
        "d" => "a duration has no unit `d`; a day is `24h`".to_owned(),
        "w" => "a duration has no unit `w`; a week is `168h`".to_owned(),
        unit => format!("a duration has no unit `{unit}`, only ns, us, ms, s, m and h"),
    };
    Fault { at, why }
}

fn out_of_range(error: ArithmeticError, at: usize) -> Fault {
    match error {
        ArithmeticError::Inexact => fault(at, "a duration is a whole number of nanoseconds; this one is finer"),
        ArithmeticError::Overflow | ArithmeticError::DivisionByZero => fault(at, "a duration is at most about 292 years (2^63-1 nanoseconds)"),
    }
}

fn fault(at: usize, why: &str) -> Fault {
    Fault { at, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_go() {
        for (text, expected) in [
            ("0", "0s"),
            ("0s", "0s"),
            ("-0", "0s"),
            ("30s", "30s"),
            ("60s", "1m0s"),
            ("1m0s", "1m0s"),
            ("90s", "1m30s"),
            ("1h30m", "1h30m0s"),
            ("24h", "24h0m0s"),
            ("500ms", "500ms"),
            ("1500ms", "1.5s"),
            ("0.5s", "500ms"),
            (".5s", "500ms"),
            ("1.s", "1s"),
            ("1.25h", "1h15m0s"),
            ("1us", "1µs"),
            ("1µs", "1µs"),
            ("1μs", "1µs"),
            ("1500ns", "1.5µs"),
            ("1ns", "1ns"),
            ("999ns", "999ns"),
            ("1000001ns", "1.000001ms"),
            ("-1m", "-1m0s"),
            ("+5s", "5s"),
            ("1h1ns", "1h0m0.000000001s"),
            ("2540400h10m10.000000000s", "2540400h10m10s"),
            ("9223372036854775807ns", "2562047h47m16.854775807s"),
            ("-9223372036854775808ns", "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(Duration::parse(text).map(|it| it.to_string()), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn refuses_with_a_place() {
        for (text, at) in [
            ("", 0),
            ("-", 1),
            ("s", 0),
            ("5", 1),
            ("5d", 1),
            ("1h5", 3),
            ("1h5x", 3),
            ("1 s", 1),
            ("1s ", 1),
            (".s", 0),
            ("1h.", 2),
            ("0.1ns", 0),
            ("1h0.5ns", 2),
            ("9223372036854775808ns", 0),
            ("3000000h", 0),
            ("1.2.3s", 3),
            ("--1s", 1),
            ("3é", 1),
        ] {
            let fault = Duration::parse(text).expect_err(text);
            assert_eq!(fault.at, at, "{text}: {}", fault.why);
        }
        assert_eq!(Duration::parse("7d").unwrap_err().why, "a duration has no unit `d`; a day is `24h`");
    }

    #[test]
    fn computes_exactly() {
        let d = |text: &str| Duration::parse(text).unwrap();
        assert_eq!(d("1h").add(d("30m")).unwrap().to_string(), "1h30m0s");
        assert_eq!(d("1s").sub(d("2s")).unwrap().to_string(), "-1s");
        assert_eq!(d("15s").mul_int(4).unwrap().to_string(), "1m0s");
        assert_eq!(d("1m").div_int(7), Err(ArithmeticError::Inexact));
        assert_eq!(d("1m").div_int(0), Err(ArithmeticError::DivisionByZero));
        assert_eq!(d("2562047h").mul_int(2), Err(ArithmeticError::Overflow));
        assert_eq!(d("1h").ratio(d("15m")).unwrap().to_string(), "4");
    }
}

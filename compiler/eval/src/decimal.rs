//! Exact decimals: `Number` is printed as written and computed without rounding.

use std::cmp::Ordering;
use std::fmt;

use crate::value::Value;

/// `digits / 10^scale`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal {
    digits: i128,
    scale: u32,
}

impl Decimal {
    /// The value as a decimal; `None` if it is no number or has more digits than can be computed with.
    pub fn of(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Int(it) => Some(Self { digits: it.into(), scale: 0 }),
            Value::Number(it) => Self::parse(it),
            _ => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let plain: String = text.chars().filter(|it| *it != '_').collect();
        let (mantissa, exponent) = match plain.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (plain.as_str(), 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        match u32::try_from(scale) {
            Ok(scale) => Some(Self { digits, scale }),
            Err(_) => Some(Self { digits: digits.checked_mul(10i128.checked_pow(scale.unsigned_abs())?)?, scale: 0 }),
        }
    }

    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let widen = |it: Self| it.digits.checked_mul(10i128.checked_pow(scale - it.scale)?);
        Some((widen(self)?, widen(other)?, scale))
    }

    pub fn add(self, other: Self) -> Option<Self> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Self { digits: left.checked_add(right)?, scale })
    }

    pub fn sub(self, other: Self) -> Option<Self> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Self { digits: left.checked_sub(right)?, scale })
    }

    pub fn mul(self, other: Self) -> Option<Self> {
        Some(Self { digits: self.digits.checked_mul(other.digits)?, scale: self.scale.checked_add(other.scale)? })
    }

    pub fn compare(self, other: Self) -> Option<Ordering> {
        let (left, right, _) = self.aligned(other)?;
        Some(left.cmp(&right))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let digits = format!("{:0width$}", self.digits.unsigned_abs(), width = self.scale as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - self.scale as usize);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn computes_exactly() {
        assert_eq!(decimal("0.1").add(decimal("0.2")).unwrap().to_string(), "0.3");
        assert_eq!(decimal("1").sub(decimal("1.25")).unwrap().to_string(), "-0.25");
        assert_eq!(decimal("1.5").mul(decimal("-2")).unwrap().to_string(), "-3");
        assert_eq!(decimal("1e3").add(decimal("1.50")).unwrap().to_string(), "1001.5");
        assert_eq!(decimal("2.50").compare(decimal("2.5")), Some(Ordering::Equal));
        assert!(Decimal::parse("1e99").is_none());
    }
}

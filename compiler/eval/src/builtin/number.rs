//! Functions on numbers: division with remainder, the smaller and the larger of two.

use diag::Span;

use super::ARGUMENTS_MAX;
use crate::diagnostics;
use crate::machine::{Eval, Run};
use crate::operator::compare;
use crate::value::Value;

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// Methods of durations and percents: the number in them.
    pub(super) fn amount_method(&mut self, method: &str, [receiver, ..]: [Value<'a>; ARGUMENTS_MAX], at: Span) -> Run<Value<'a>> {
        match (method, receiver) {
            ("seconds", Value::Duration(it)) if it.value.nanos % NANOS != 0 => self.fail(diagnostics::no_whole_seconds(at, &it.value.to_string())),
            ("seconds", Value::Duration(it)) => self.int(i64::try_from(it.value.nanos / NANOS).ok(), at),
            ("value", Value::Percent(it)) => Ok(Value::Int(it)),
            _ => Ok(Value::Absent),
        }
    }

    pub(super) fn number_function(&mut self, id: &str, [left, right, _]: [Value<'a>; ARGUMENTS_MAX], at: Span) -> Run<Value<'a>> {
        match (id, left, right) {
            ("div" | "mod", _, Value::Int(0)) => self.fail(diagnostics::division_by_zero(at)),
            ("div", Value::Int(a), Value::Int(b)) => self.int(floor_div(a, b), at),
            ("mod", Value::Int(a), Value::Int(b)) => self.int(floor_mod(a, b), at),
            ("min", _, _) => Ok(if compare(right, left).is_some_and(std::cmp::Ordering::is_lt) { right } else { left }),
            ("max", _, _) => Ok(if compare(right, left).is_some_and(std::cmp::Ordering::is_gt) { right } else { left }),
            ("abs", it, _) => {
                let negative = match it {
                    Value::Int(it) | Value::Percent(it) => it < 0,
                    Value::Number(it) => it.starts_with('-'),
                    Value::Quantity(it) => it.value.nano < 0,
                    Value::Duration(it) => it.value.nanos < 0,
                    _ => false,
                };
                if negative { self.negate(it, at) } else { Ok(it) }
            }
            _ => Ok(Value::Absent),
        }
    }
}

/// Nanoseconds of a second.
const NANOS: i128 = 1_000_000_000;

/// Towards minus infinity; `None` on overflow.
fn floor_div(a: i64, b: i64) -> Option<i64> {
    let quotient = a.checked_div(b)?;
    Some(if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
}

/// With the sign of the divisor.
fn floor_mod(a: i64, b: i64) -> Option<i64> {
    let rest = a.checked_rem(b).unwrap_or(0);
    Some(if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_floors() {
        for (a, b, quotient, rest) in [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1), (6, 3, 2, 0), (-6, 3, -2, 0), (0, 5, 0, 0)] {
            assert_eq!((floor_div(a, b), floor_mod(a, b)), (Some(quotient), Some(rest)), "{a} by {b}");
        }
        assert_eq!(floor_div(i64::MIN, -1), None);
        assert_eq!(floor_mod(i64::MIN, -1), Some(0));
    }
}

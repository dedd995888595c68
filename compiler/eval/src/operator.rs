//! Operators: exact arithmetic, order, equality.

use std::cmp::Ordering;

use diag::Span;
use sema::ir::{BinaryOp, Expr};
use syntax::literal::duration::Duration;
use syntax::literal::ip::{Ip, IpRange};
use syntax::literal::quantity::{ArithmeticError, Quantity};
use syntax::literal::version::Version;

use crate::decimal::Decimal;
use crate::diagnostics;
use crate::machine::{Eval, Run, Stop};
use crate::value::{Amount, Piece, Value};

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    pub fn binary(&mut self, op: BinaryOp, left: &'a Expr, right: &'a Expr, at: Span) -> Run<Value<'a>> {
        match op {
            BinaryOp::Or => return Ok(Value::Bool(self.truth(left)? || self.truth(right)?)),
            BinaryOp::And => return Ok(Value::Bool(self.truth(left)? && self.truth(right)?)),
            BinaryOp::Eq
            | BinaryOp::Ne
            | BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge
            | BinaryOp::Add
            | BinaryOp::Sub
            | BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::Range => {}
        }
        let (left, right) = (self.eval(left)?, self.eval(right)?);
        if TRACE {
            self.trace.origin = Some(at);
        }
        match op {
            BinaryOp::Eq => Ok(Value::Bool(self.equal(left, right, at)?)),
            BinaryOp::Ne => Ok(Value::Bool(!self.equal(left, right, at)?)),
            BinaryOp::Lt => Ok(Value::Bool(compare(left, right).is_some_and(Ordering::is_lt))),
            BinaryOp::Le => Ok(Value::Bool(compare(left, right).is_some_and(Ordering::is_le))),
            BinaryOp::Gt => Ok(Value::Bool(compare(left, right).is_some_and(Ordering::is_gt))),
            BinaryOp::Ge => Ok(Value::Bool(compare(left, right).is_some_and(Ordering::is_ge))),
            BinaryOp::Add => self.add(left, right, at),
            BinaryOp::Sub => self.subtract(left, right, at),
            BinaryOp::Mul => self.multiply(left, right, at),
            BinaryOp::Div => self.divide(left, right, at),
            BinaryOp::Range => self.range(left, right, at),
            BinaryOp::Or | BinaryOp::And => Err(Stop),
        }
    }

    /// By value; pays for what it looks at.
    pub fn equal(&mut self, left: Value<'a>, right: Value<'a>, at: Span) -> Run<bool> {
        // Shared values look like trees here: what is left of the fuel bounds the look.
        let mut budget = self.setting.limits.steps.saturating_sub(self.steps).saturating_mul(8);
        let before = budget;
        let equal = equal(left, right, &mut budget);
        self.steps += (before - budget) / 8;
        if budget == 0 {
            self.steps = self.setting.limits.steps + 1;
        }
        self.pay_scan(0, at)?;
        Ok(equal)
    }

    fn add(&mut self, left: Value<'a>, right: Value<'a>, at: Span) -> Run<Value<'a>> {
        match (left, right) {
            (Value::Int(a), Value::Int(b)) => self.int(a.checked_add(b), at),
            (Value::Percent(a), Value::Percent(b)) => Ok(a.checked_add(b).map(Value::Percent).ok_or(Stop).or_else(|_| self.overflow(at))?),
            (Value::Quantity(a), b) => {
                let b = self.quantity(b)?;
                self.amount(a.value.add(b), at)
            }
            (a @ Value::Int(_), Value::Quantity(b)) => {
                let a = self.quantity(a)?;
                self.amount(a.add(b.value), at)
            }
            (Value::Duration(a), Value::Duration(b)) => self.span_of_time(a.value.add(b.value), at),
            (Value::List(a), Value::List(b)) => {
                self.pay(a.len() + b.len(), at)?;
                Ok(Value::List(self.arena.alloc_slice_copy(&[a, b].concat())))
            }
            (Value::Ip(ip), Value::Int(count)) => self.stepped(ip, i128::from(count), at),
            (Value::Number(_), _) | (_, Value::Number(_)) => self.decimals(left, right, Decimal::add, at),
            _ => {
                let mut text = crate::text::TextBuilder::new(self.pool.text());
                let appended = self.append(&mut text, left, at).and_then(|()| self.append(&mut text, right, at));
                let value = appended.and_then(|()| self.finish_text(&mut text, at));
                self.pool.give_text(text.known);
                value
            }
        }
    }

    fn subtract(&mut self, left: Value<'a>, right: Value<'a>, at: Span) -> Run<Value<'a>> {
        match (left, right) {
            (Value::Int(a), Value::Int(b)) => self.int(a.checked_sub(b), at),
            (Value::Percent(a), Value::Percent(b)) => Ok(a.checked_sub(b).map(Value::Percent).ok_or(Stop).or_else(|_| self.overflow(at))?),
            (Value::Quantity(a), b) => {
                let b = self.quantity(b)?;
                self.amount(a.value.sub(b), at)
            }
            (a @ Value::Int(_), Value::Quantity(b)) => {
                let a = self.quantity(a)?;
                self.amount(a.sub(b.value), at)
            }
            (Value::Duration(a), Value::Duration(b)) => self.span_of_time(a.value.sub(b.value), at),
            (Value::Ip(ip), Value::Int(count)) => self.stepped(ip, -i128::from(count), at),
            (Value::Number(_), _) | (_, Value::Number(_)) => self.decimals(left, right, Decimal::sub, at),
            _ => Err(Stop),
        }
    }

    fn multiply(&mut self, left: Value<'a>, right: Value<'a>, at: Span) -> Run<Value<'a>> {
        match (left, right) {
            (Value::Int(a), Value::Int(b)) => self.int(a.checked_mul(b), at),
            (Value::Quantity(it), Value::Int(factor)) | (Value::Int(factor), Value::Quantity(it)) => self.amount(it.value.mul_int(factor), at),
            (Value::Duration(it), Value::Int(factor)) | (Value::Int(factor), Value::Duration(it)) => self.span_of_time(it.value.mul_int(factor), at),
            (Value::Number(_), _) | (_, Value::Number(_)) => self.decimals(left, right, Decimal::mul, at),
            _ => Err(Stop),
        }
    }

    fn divide(&mut self, left: Value<'a>, right: Value<'a>, at: Span) -> Run<Value<'a>> {
        match (left, right) {
            (Value::Quantity(a), Value::Int(b)) => self.amount(a.value.div_int(b), at),
            (Value::Duration(a), Value::Int(b)) => self.span_of_time(a.value.div_int(b), at),
            (Value::Quantity(a), Value::Quantity(b)) => self.ratio(a.value.ratio(b.value).map(|it| it.to_string()), at),
            (Value::Duration(a), Value::Duration(b)) => self.ratio(a.value.ratio(b.value).map(|it| it.to_string()), at),
            _ => Err(Stop),
        }
    }

    fn range(&mut self, left: Value<'a>, right: Value<'a>, at: Span) -> Run<Value<'a>> {
        match (left, right) {
            (Value::Int(first), Value::Int(last)) => {
                self.check_range(i128::from(last) - i128::from(first) + 1, at)?;
                Ok(Value::Range(first, last))
            }
            (Value::Ip(first), Value::Ip(last)) => match IpRange::new(Ip(first), Ip(last)) {
                Some(range) => Ok(Value::IpRange(self.arena.alloc(range))),
                None => self.fail(diagnostics::ip_range_order(at, &first.to_string(), &last.to_string())),
            },
            _ => Err(Stop),
        }
    }

    /// `-e`.
    pub fn negate(&mut self, value: Value<'a>, at: Span) -> Run<Value<'a>> {
        match value {
            Value::Int(it) => self.int(it.checked_neg(), at),
            Value::Percent(it) => it.checked_neg().map_or_else(|| self.overflow(at), |it| Ok(Value::Percent(it))),
            Value::Quantity(it) => self.amount(it.value.mul_int(-1), at),
            Value::Duration(it) => self.span_of_time(it.value.mul_int(-1), at),
            Value::Number(it) => match it.strip_prefix('-') {
                Some(positive) => Ok(Value::Number(positive)),
                None => Ok(Value::Number(self.arena.alloc_str(&format!("-{it}")))),
            },
            _ => Err(Stop),
        }
    }

    pub fn int(&mut self, value: Option<i64>, at: Span) -> Run<Value<'a>> {
        value.map_or_else(|| self.overflow(at), |it| Ok(Value::Int(it)))
    }

    #[cold]
    fn overflow(&mut self, at: Span) -> Run<Value<'a>> {
        self.fail(diagnostics::integer_overflow(at))
    }

    fn quantity(&self, value: Value<'a>) -> Run<Quantity> {
        match value {
            Value::Quantity(it) => Ok(it.value),
            Value::Int(it) => Quantity::from_units(i128::from(it), syntax::literal::quantity::Family::DecimalSi).map_err(|_| Stop),
            _ => Err(Stop),
        }
    }

    pub fn amount(&mut self, value: Result<Quantity, ArithmeticError>, at: Span) -> Run<Value<'a>> {
        let value = value.or_else(|error| self.fail(diagnostics::arithmetic(at, error)))?;
        Ok(Value::Quantity(self.arena.alloc(Amount { value, spelling: None, quoted: false })))
    }

    pub fn span_of_time(&mut self, value: Result<Duration, ArithmeticError>, at: Span) -> Run<Value<'a>> {
        let value = value.or_else(|error| self.fail(diagnostics::arithmetic(at, error)))?;
        Ok(Value::Duration(self.arena.alloc(Amount { value, spelling: None, quoted: false })))
    }

    fn ratio(&mut self, text: Result<String, ArithmeticError>, at: Span) -> Run<Value<'a>> {
        let text = text.or_else(|error| self.fail(diagnostics::arithmetic(at, error)))?;
        Ok(Value::Number(self.keep(&text, at)?))
    }

    fn stepped(&mut self, ip: std::net::IpAddr, count: i128, at: Span) -> Run<Value<'a>> {
        match Ip(ip).step(count) {
            Some(it) => Ok(Value::Ip(it.0)),
            None => self.fail(diagnostics::ip_out_of_family(at, &ip.to_string(), count)),
        }
    }

    fn decimals(&mut self, left: Value<'a>, right: Value<'a>, op: fn(Decimal, Decimal) -> Option<Decimal>, at: Span) -> Run<Value<'a>> {
        let operands = Decimal::of(left).zip(Decimal::of(right));
        match operands.and_then(|(left, right)| op(left, right)) {
            Some(it) => Ok(Value::Number(self.keep(&it.to_string(), at)?)),
            None => self.overflow(at),
        }
    }
}

/// Equality by value: quantities canonically, records without order.
pub(crate) fn equal(left: Value<'_>, right: Value<'_>, budget: &mut u64) -> bool {
    if *budget == 0 {
        return false;
    }
    *budget -= 1;
    match (left, right) {
        (Value::Absent, Value::Absent) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) | (Value::Percent(a), Value::Percent(b)) => a == b,
        (Value::Str(a) | Value::File(a), Value::Str(b) | Value::File(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Ip(a), Value::Ip(b)) => a == b,
        (Value::Cidr(a), Value::Cidr(b)) => a == b,
        (Value::IpRange(a), Value::IpRange(b)) => a == b,
        (Value::Range(a, b), Value::Range(c, d)) => (a, b) == (c, d),
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(*a, *b, budget)),
        (Value::Record(a), Value::Record(b)) => {
            a.len() == b.len()
                && a.iter().enumerate().all(|(nth, entry)| {
                    // Most often both have the same order.
                    let other = b.get(nth).filter(|it| it.key == entry.key).or_else(|| {
                        *budget = budget.saturating_sub(b.len() as u64 / 8);
                        crate::value::find(b, entry.key)
                    });
                    other.is_some_and(|it| equal(entry.value, it.value, budget))
                })
        }
        (Value::Key(a), Value::Key(b)) => (a.owner, a.fields, a.keys) == (b.owner, b.fields, b.keys),
        (Value::EntryKey(a), Value::EntryKey(b)) => a == b,
        (Value::Handle(a), Value::Handle(b)) => a == b,
        (Value::Instance(a), Value::Instance(b)) => (a.kind, a.name) == (b.kind, b.name),
        (Value::Instance(a), Value::Str(b)) | (Value::Str(b), Value::Instance(a)) => a.name == b,
        (Value::Text([Piece::Str(a)]), Value::Str(b)) => *a == b,
        _ => compare(left, right) == Some(Ordering::Equal),
    }
}

/// Order of two values of one ordered type.
pub(crate) fn compare(left: Value<'_>, right: Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) | (Value::Percent(a), Value::Percent(b)) => Some(a.cmp(&b)),
        (Value::Quantity(a), Value::Quantity(b)) => Some(a.value.cmp_value(&b.value)),
        (Value::Quantity(a), Value::Int(b)) => Some(a.value.nano.cmp(&(i128::from(b) * 1_000_000_000))),
        (Value::Int(a), Value::Quantity(b)) => Some((i128::from(a) * 1_000_000_000).cmp(&b.value.nano)),
        (Value::Duration(a), Value::Duration(b)) => Some(a.value.cmp(&b.value)),
        (Value::Ip(a), Value::Ip(b)) => Some(Ip(a).cmp(&Ip(b))),
        (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
        (Value::Version(a), Value::Version(b) | Value::Str(b)) | (Value::Str(a), Value::Version(b)) => Some(compare_versions(a, b)),
        (Value::Number(_), _) | (_, Value::Number(_)) => Decimal::of(left)?.compare(Decimal::of(right)?),
        _ => None,
    }
}

/// Order of two versions; of texts where one is no version.
pub(crate) fn compare_versions(left: &str, right: &str) -> Ordering {
    match (Version::parse(left), Version::parse(right)) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        _ => left.cmp(right),
    }
}

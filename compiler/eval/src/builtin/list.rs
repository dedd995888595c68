//! Methods of lists.

use std::cmp::Ordering;

use diag::Span;

use super::ARGUMENTS_MAX;
use crate::machine::{Eval, Run};
use crate::operator::compare;
use crate::text::TextBuilder;
use crate::value::Value;

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    pub(super) fn list_method(&mut self, method: &str, [receiver, argument, _]: [Value<'a>; ARGUMENTS_MAX], at: Span) -> Run<Value<'a>> {
        let Value::List(values) = receiver else { return Ok(Value::Absent) };
        match method {
            "len" => Ok(Value::Int(values.len() as i64)),
            "empty" => Ok(Value::Bool(values.is_empty())),
            "first" => Ok(values.first().copied().unwrap_or(Value::Absent)),
            "last" => Ok(values.last().copied().unwrap_or(Value::Absent)),
            "contains" => {
                for it in values {
                    self.step(at)?;
                    if self.equal(*it, argument, at)? {
                        return Ok(Value::Bool(true));
                    }
                }
                Ok(Value::Bool(false))
            }
            "join" => self.join(values, argument, at),
            "sort" => self.sort(values, at),
            "unique" => self.unique(values, at),
            _ => Ok(Value::Absent),
        }
    }

    fn join(&mut self, values: &'a [Value<'a>], separator: Value<'a>, at: Span) -> Run<Value<'a>> {
        let mut text = TextBuilder::new(String::new());
        for (nth, it) in values.iter().enumerate() {
            self.step(at)?;
            if nth > 0 {
                self.append(&mut text, separator, at)?;
            }
            self.append(&mut text, *it, at)?;
            // A text being joined counts before it is kept.
            self.pay_scan(text.known.len() / 64, at)?;
        }
        self.finish_text(&mut text, at)
    }

    /// Stable; values that cannot be compared keep their order.
    fn sort(&mut self, values: &'a [Value<'a>], at: Span) -> Run<Value<'a>> {
        let log = values.len().max(1).ilog2() as usize + 1;
        self.pay_scan(values.len() * log * 8, at)?;
        self.pay(values.len(), at)?;
        let mut sorted = values.to_vec();
        sorted.sort_by(|a, b| compare(*a, *b).unwrap_or(Ordering::Equal));
        Ok(Value::List(self.arena.alloc_slice_copy(&sorted)))
    }

    /// The first of equal ones stays.
    fn unique(&mut self, values: &'a [Value<'a>], at: Span) -> Run<Value<'a>> {
        self.pay(values.len(), at)?;
        let mut seen = std::collections::HashSet::new();
        let mut kept: Vec<Value<'a>> = Vec::with_capacity(values.len());
        for it in values {
            self.step(at)?;
            let fresh = match it {
                Value::Str(text) => seen.insert(*text),
                other => {
                    let mut known = false;
                    for there in &kept {
                        self.step(at)?;
                        known = known || self.equal(*there, *other, at)?;
                    }
                    !known
                }
            };
            if fresh {
                kept.push(*it);
            }
        }
        Ok(Value::List(self.arena.alloc_slice_copy(&kept)))
    }
}

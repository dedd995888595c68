//! Methods of maps.

use diag::Span;

use super::ARGUMENTS_MAX;
use crate::machine::{Eval, Run};
use crate::value::{self, Value};

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    pub(super) fn map_method(&mut self, method: &str, [receiver, argument, _]: [Value<'a>; ARGUMENTS_MAX], at: Span) -> Run<Value<'a>> {
        let Some(entries) = receiver.entries() else { return Ok(Value::Absent) };
        match method {
            "len" => Ok(Value::Int(entries.len() as i64)),
            "empty" => Ok(Value::Bool(entries.is_empty())),
            "keys" => {
                self.pay(entries.len(), at)?;
                Ok(Value::List(self.arena.alloc_slice_fill_iter(entries.iter().map(|it| Value::Str(it.key)))))
            }
            "values" => {
                self.pay(entries.len(), at)?;
                Ok(Value::List(self.arena.alloc_slice_fill_iter(entries.iter().map(|it| it.value))))
            }
            "has" => {
                self.pay_scan(entries.len(), at)?;
                let key = self.text_of_key(argument, at)?;
                Ok(Value::Bool(value::find(entries, key).is_some()))
            }
            _ => Ok(Value::Absent),
        }
    }
}

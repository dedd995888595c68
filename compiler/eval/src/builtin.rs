//! Built-in functions and methods: one file a family. Their names and types stand in `sema::builtin::ALL`, each once.

mod cidr;
mod data;
mod file;
mod list;
mod map;
mod number;
mod range;
mod secret;
mod string;
mod version;

use diag::Span;
use sema::ir::Expr;

use crate::machine::{Eval, Run};
use crate::value::Value;

/// At most this many arguments, receiver included.
const ARGUMENTS_MAX: usize = 3;

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// Calls a built-in by its id.
    pub fn builtin(&mut self, id: &'static str, arguments: &'a [Expr], at: Span) -> Run<Value<'a>> {
        let mut values = [Value::Absent; ARGUMENTS_MAX];
        for (place, argument) in values.iter_mut().zip(arguments) {
            *place = self.eval(argument)?;
        }
        if TRACE {
            self.trace.origin = Some(at);
        }
        match id.split_once('.') {
            Some(("list", method)) => self.list_method(method, values, at),
            Some(("string", method)) => self.string_method(method, values, at),
            Some(("map", method)) => self.map_method(method, values, at),
            Some(("cidr", method)) => self.cidr_method(method, values, at),
            Some(("range", method)) => Ok(range::method(method, values)),
            Some(("version", method)) => Ok(version::method(method, values)),
            Some(("duration" | "percent", method)) => self.amount_method(method, values, at),
            Some(_) => Ok(Value::Absent),
            None => match id {
                "div" | "mod" | "min" | "max" | "abs" => self.number_function(id, values, at),
                "json" => self.json_function(values, at),
                "file" | "yaml" | "field" => self.file_function(id, values, at),
                _ => self.secret_function(id, values, at),
            },
        }
    }
}

//! `check` and `test`: whether a truth about final objects holds, and if not, which part of it is false and for what.
//!
//! Objects come as data (`Objects`) and are read along their types. What is false is found by evaluating the parts again: nothing is noted on the way,
//! so that one that holds costs what it says.

mod explain;
mod load;

use std::sync::Arc;

use bumpalo::Bump;
use diag::{Diagnostic, Span};
use manifest::json::Json;
use rustc_hash::FxHashMap as HashMap;
use schema::types::KindId;
use sema::ir::{Assertion, HoleAttr, NamedObject};
use sema::program::Program;

use crate::context::{EnvContext, Inputs, Options, Statics};
use crate::diagnostics;
use crate::machine::{Eval, Run, Setting, Stop};
use crate::value::Value;

/// Objects as they are written.
pub trait Objects: Sync {
    /// All of that kind in the order of output: in the environment of that name, or in the one that is checked.
    fn all(&self, env: Option<&str>, kind: KindId) -> &[FinalObject];

    /// What a handle of an instance (kind, name, path) answers in the environment that is checked.
    fn answer(&self, instance: (&str, &str), path: &str, attr: HoleAttr) -> Option<String>;
}

/// An object as it is written.
#[derive(Clone, Debug)]
pub struct FinalObject {
    /// Its namespace; empty for none.
    pub namespace: String,
    /// Its name, without hash suffix.
    pub name: String,
    /// All of it.
    pub data: Json,
}

/// What deciding an assertion needs to know.
#[derive(Clone, Copy)]
pub struct AssertionInput<'p> {
    /// The typed project.
    pub program: &'p Program,
    /// What is asserted.
    pub assertion: &'p Assertion,
    /// The environment that is checked; none for a `test`.
    pub env: Option<&'p EnvContext>,
    /// Values of static instances.
    pub statics: &'p Statics,
    /// Objects.
    pub objects: &'p dyn Objects,
    /// Files and anchors.
    pub inputs: &'p dyn Inputs,
    /// Limits.
    pub options: Options,
}

/// Why an assertion is false.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The innermost part that decides.
    pub at: Span,
    /// What stands beside parts of it: their values.
    pub values: Vec<(Span, String)>,
    /// Elements for which it is false, of the outermost `all` first.
    pub elements: Vec<Element>,
    /// Of the first of them, the elements of the `all`s inside.
    pub inner: Vec<Element>,
    /// Elements of the outermost `all` for which it is false and that are not listed.
    pub more: usize,
    /// Facts that help.
    pub notes: Vec<String>,
}

/// An element for which something is false.
#[derive(Clone, Debug)]
pub struct Element {
    /// The object that it is: environment, kind, and index in `Objects::all`.
    pub object: Option<(Option<Arc<str>>, KindId, usize)>,
    /// What it is, where it is no object.
    pub text: String,
}

/// Decides an assertion: nothing if it holds.
///
/// # Errors
/// What is wrong with it; empty where the cause is a declaration that has errors of its own.
pub fn eval_assertion(input: &AssertionInput<'_>) -> Result<Option<Failure>, Vec<Diagnostic>> {
    let arena = Bump::new();
    let AssertionInput { program, assertion, env, statics, objects, inputs, options } = *input;
    let setting = Setting { program, env, statics: Some(statics), inputs, limits: options.limits, objects: Some(objects) };
    let mut eval = Eval::<false>::new(setting, &arena);
    let decided = eval.framed(assertion.slots, |it| if it.truth(&assertion.body)? { Ok(None) } else { it.explain(assertion).map(Some) });
    match decided {
        Ok(failure) if eval.sink.is_empty() => Ok(failure),
        Ok(_) => Err(eval.sink.into_sorted()),
        Err(Stop) if eval.sink.is_empty() && env.is_none() => Err(vec![diagnostics::needs_environment(assertion.body.span)]),
        Err(Stop) => Err(eval.sink.into_sorted()),
    }
}

/// Objects that an assertion has looked at.
#[derive(Default)]
pub(crate) struct Seen<'a> {
    loaded: HashMap<(Option<&'a str>, KindId), &'a [Value<'a>]>,
    /// `build(..).object(..)` that found nothing.
    missing: Vec<String>,
}

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// `objects(K)`.
    pub(crate) fn final_objects(&mut self, env: Option<&'a str>, kind: KindId) -> Run<&'a [Value<'a>]> {
        if let Some(loaded) = self.seen.loaded.get(&(env, kind)) {
            return Ok(loaded);
        }
        let objects = self.setting.objects.ok_or(Stop)?;
        let ty = self.setting.program.schemas.kind_info(kind).ty;
        let values: Vec<Value<'a>> = objects.all(env, kind).iter().map(|it| self.load(&it.data, load::Form::Schema(ty))).collect();
        let values: &'a [Value<'a>] = self.arena.alloc_slice_copy(&values);
        self.seen.loaded.insert((env, kind), values);
        Ok(values)
    }

    /// `build(env.x).object(K, "name")`.
    pub(crate) fn named_object(&mut self, wanted: &'a NamedObject, at: Span) -> Run<Value<'a>> {
        let name = self.key_text(&wanted.name)?;
        let namespace = wanted.namespace.as_ref().map(|it| self.key_text(it)).transpose()?;
        let values = self.final_objects(Some(&wanted.env), wanted.kind)?;
        let objects = self.setting.objects.ok_or(Stop)?.all(Some(&wanted.env), wanted.kind);
        let is_it = |it: &&(usize, &FinalObject)| it.1.name == name && namespace.is_none_or(|namespace| it.1.namespace == namespace);
        let all: Vec<(usize, &FinalObject)> = objects.iter().enumerate().collect();
        let hits: Vec<&(usize, &FinalObject)> = all.iter().filter(is_it).collect();
        let kind = self.setting.program.schemas.kind_info(wanted.kind).kind;
        match hits.as_slice() {
            [(index, _)] => Ok(values.get(*index).copied().unwrap_or(Value::Absent)),
            [] => {
                let within = namespace.map_or(String::new(), |it| format!(" in {it}"));
                let near = diag::nearest(name, objects.iter().map(|it| it.name.as_str())).map_or(String::new(), |it| format!("; did you mean `{it}`?"));
                let missing = format!("env {} has no {kind} `{name}`{within}{near}", wanted.env);
                if !self.seen.missing.contains(&missing) {
                    self.seen.missing.push(missing);
                }
                Ok(Value::Absent)
            }
            many => {
                let namespaces: Vec<&str> = many.iter().map(|it| it.1.namespace.as_str()).collect();
                self.fail(diagnostics::many_objects(at, kind, name, &wanted.env, &namespaces))
            }
        }
    }
}

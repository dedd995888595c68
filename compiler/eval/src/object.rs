//! Objects as `lower` makes them: where they stand, what is in them, still without the fields every object has.

use diag::Span;
use sema::ir::{Extern, Object};

use crate::block::Shape;
use crate::instance::Principal;
use crate::machine::{Eval, Mode, Run};
use crate::value::{Entry, Value};

/// An object that was made; finished at the end of the unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draft<'a> {
    pub kind: schema::types::KindId,
    /// Its base name.
    pub name: Value<'a>,
    /// Place of the name.
    pub name_at: Span,
    /// Explicit `in`.
    pub namespace: Option<(Value<'a>, Span)>,
    /// Innermost instance.
    pub instance: u32,
    /// Its name gets a suffix.
    pub hashed: bool,
    /// What it says.
    pub body: &'a [Entry<'a>],
    /// The statement.
    pub at: Span,
}

/// An object that somebody else makes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outside<'a> {
    pub kind: schema::types::KindId,
    pub name: Value<'a>,
    pub name_at: Span,
    /// Explicit `in`.
    pub namespace: Option<(Value<'a>, Span)>,
    /// Its keys; absent for any.
    pub keys: Value<'a>,
    /// Innermost instance.
    pub instance: u32,
    /// The statement.
    pub at: Span,
}

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// `object K "name" in ns as h { .. }`.
    pub fn object(&mut self, object: &'a Object, at: Span) -> Run<()> {
        let mode = std::mem::replace(&mut self.mode, Mode::Make);
        let made = self.make_object(object, at);
        self.mode = mode;
        made
    }

    fn make_object(&mut self, object: &'a Object, at: Span) -> Run<()> {
        self.note_run(at);
        let name = self.eval(&object.name)?;
        let namespace = match &object.namespace {
            Some(expr) => Some((self.eval(expr)?, expr.span)),
            None => None,
        };
        let index = self.objects.len() as u32;
        let instance = self.scope.instance;
        match &object.handle {
            Some(path) if path.is_empty() => self.instances[instance as usize].principal = Some(Principal::Object(index)),
            Some(path) => {
                let path = self.handle_path(path, at)?;
                self.instances[instance as usize].handles.push((path, index));
            }
            None => self.instances[instance as usize].loose.push(index),
        }
        // The place is taken before the body runs, so that objects keep the order of their statements.
        self.objects.push(Draft { kind: object.kind, name, name_at: object.name.span, namespace, instance, hashed: false, body: &[], at });
        let outer = std::mem::replace(&mut self.hashed, false);
        let around = self.building.replace(index);
        if TRACE {
            self.trace.object = Some(index);
            self.trace.path.clear();
        }
        let mut node = self.pool.node(at);
        self.block(&object.body, &mut node)?;
        let shape = Shape::of(&object.body.ty, self.setting.program);
        if let Value::Record(body) = self.freeze(node, shape)? {
            self.objects[index as usize].body = body;
        }
        self.objects[index as usize].hashed = std::mem::replace(&mut self.hashed, outer);
        self.building = around;
        if TRACE {
            self.trace.object = None;
        }
        Ok(())
    }

    /// `extern K name in ns { keys: [..] }`.
    pub fn outside(&mut self, it: &'a Extern, at: Span) -> Run<()> {
        let name = self.eval(&it.name)?;
        let namespace = match &it.namespace {
            Some(expr) => Some((self.eval(expr)?, expr.span)),
            None => None,
        };
        let keys = it.keys.as_ref().map_or(Ok(Value::Absent), |it| self.eval(it))?;
        self.outsides.push(Outside { kind: it.kind, name, name_at: it.name.span, namespace, keys, instance: self.scope.instance, at });
        Ok(())
    }
}

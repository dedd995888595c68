//! Instances: parameters folded, fields evaluated, `lower` run; the same for file-level and nested ones.
//!
//! ```text
//! writes (instance, then environment) --fold--> parameters --defaults--> body + parameters --freeze--> fields --lower--> objects
//! ```
//! Invariant: a parameter's default is evaluated after all explicit writes, so it follows what it names.

use diag::Span;
use sema::ir::{ExprKind, Instance as Declared, InstanceRef, Kind, Nested, SetOp, Write};
use sema::ty::{FieldDef, KindRef, RecordDef};

use crate::block::Shape;
use crate::block::node::{Content, Level, Node, Slot};
use crate::diagnostics;
use crate::machine::{Eval, Lazy, Run, Scope, Stop};
use crate::overlay::Stage;
use crate::trace::ParamNote;
use crate::value::{self, Entry, Instance, Value};

/// What stands for an instance where its principal object is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Principal {
    /// An object of the unit.
    Object(u32),
    /// A nested instance (`as t`).
    Instance(u32),
}

/// An instance of the unit, while it is evaluated and after.
#[derive(Debug)]
pub(crate) struct State<'a> {
    pub kind: KindRef,
    pub name: &'a str,
    pub declared: &'a Kind,
    /// Place of its head.
    pub at: Span,
    /// `params { .. }` of its own.
    pub own_params: Option<&'a RecordDef>,
    /// Frame size of defaults of its own parameters.
    pub own_slots: u32,
    /// What it sets itself and what the steps of the chain set; nested instances set theirs in place.
    pub writes: Option<(&'a Declared, &'a [Stage<'a>])>,
    pub params: Vec<Lazy<'a>>,
    /// Once they are known.
    pub fields: Option<&'a [Entry<'a>]>,
    pub parent: Option<u32>,
    pub principal: Option<Principal>,
    /// Handle paths with the objects that stand for them.
    pub handles: Vec<(&'a str, u32)>,
    /// Objects of its own without `as`.
    pub loose: Vec<u32>,
}

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// Evaluates a file-level instance up to its fields.
    pub fn root(&mut self, id: InstanceRef, alias: Option<&'a str>, stages: &'a [Stage<'a>]) -> Run<&'a Instance<'a>> {
        let declared = self.instance(id)?;
        let index = self.open_instance(declared.kind, alias.unwrap_or(&declared.name), declared.span, None)?;
        self.instances[index as usize].own_params = Some(&declared.params);
        self.instances[index as usize].own_slots = declared.slots;
        self.instances[index as usize].writes = Some((declared, stages));
        let unknown = self.instances[index as usize].declared.params.len() + declared.params.fields.len();
        self.instances[index as usize].params.resize(unknown, Lazy::Unknown);
        let scope = Scope { instance: index, params: index };
        self.scoped(scope, |it| {
            it.fold(index, declared, stages)?;
            let mut node = it.pool.node(declared.span);
            it.framed(declared.slots, |it| it.block(&declared.body, &mut node))?;
            it.close_instance(index, node, Some(id))
        })
    }

    /// A static instance while static instances are evaluated.
    pub fn make_static(&mut self, id: InstanceRef) -> Run<Value<'a>> {
        let depth = self.depth;
        let instance = self.root(id, None, &[]);
        self.depth = depth;
        let instance = instance?;
        Ok(Value::Instance(self.arena.alloc(Instance { owner: value::NO_OWNER, ..*instance })))
    }

    fn open_instance(&mut self, kind: KindRef, name: &'a str, at: Span, parent: Option<u32>) -> Run<u32> {
        let declared = self.kind(kind)?;
        let index = self.instances.len() as u32;
        self.instances.push(State {
            kind,
            name,
            declared,
            at,
            own_params: None,
            own_slots: 0,
            writes: None,
            params: vec![Lazy::Unknown; declared.params.len()],
            fields: None,
            parent,
            principal: None,
            handles: Vec::new(),
            loose: Vec::new(),
        });
        Ok(index)
    }

    /// The declaration of a parameter: those of the kind first.
    fn param_def(&self, instance: u32, param: u32) -> Run<(&'a FieldDef, u32)> {
        let state = self.instances.get(instance as usize).ok_or(Stop)?;
        let of_kind = state.declared.params.len();
        let nth = param as usize;
        if let Some(field) = state.declared.params.get(nth) {
            let def = state.declared.fields.fields.get(*field as usize).ok_or(Stop)?;
            return Ok((def, state.declared.default_slots));
        }
        let def = state.own_params.and_then(|it| it.fields.get(nth - of_kind)).ok_or(Stop)?;
        Ok((def, state.own_slots))
    }

    /// The name of a parameter.
    pub fn param_name(&self, instance: u32, param: u32) -> Option<std::sync::Arc<str>> {
        self.param_def(instance, param).ok().map(|it| it.0.name.clone())
    }

    /// `params.x`.
    pub fn param(&mut self, instance: u32, param: u32, at: Span) -> Run<Value<'a>> {
        let lazy = *self.instances.get(instance as usize).and_then(|it| it.params.get(param as usize)).ok_or(Stop)?;
        match lazy {
            Lazy::Known(value) => {
                if TRACE && let Some(origin) = self.trace.param_origin(instance, param) {
                    self.trace.origin = Some(origin);
                }
                return Ok(value);
            }
            // Of defaults the checker has told; an instance may set a parameter from itself.
            Lazy::Open => {
                let (def, _) = self.param_def(instance, param)?;
                return self.fail(diagnostics::param_cycle(at, &def.name));
            }
            Lazy::Unknown => {}
        }
        let (def, slots) = self.param_def(instance, param)?;
        self.instances[instance as usize].params[param as usize] = Lazy::Open;
        let scope = Scope { instance, params: instance };
        if let Some(value) = self.scoped(scope, |it| it.folded(instance, param))? {
            if TRACE {
                let origin = self.trace.origin;
                self.trace.set_param_origin(instance, param, origin);
            }
            self.instances[instance as usize].params[param as usize] = Lazy::Known(value);
            return Ok(value);
        }
        let value = match def.default.get() {
            Some(default) => self.scoped(scope, |it| it.framed(slots, |it| it.eval(default)))?,
            None if def.required() => {
                let (kind, name) = (self.kind_name(self.instances[instance as usize].kind), self.instances[instance as usize].name);
                return self.fail(diagnostics::missing_param(self.instances[instance as usize].at, kind, name, &def.name, at));
            }
            None => Value::Absent,
        };
        if TRACE {
            let origin = self.trace.origin;
            self.trace.set_param_origin(instance, param, origin);
            self.trace.param_notes.push(ParamNote { instance, param, at: def.span, value: Some(value) });
        }
        self.instances[instance as usize].params[param as usize] = Lazy::Known(value);
        Ok(value)
    }

    /// Folds the explicit writes of all parameters.
    fn fold(&mut self, index: u32, declared: &'a Declared, stages: &'a [Stage<'a>]) -> Run<()> {
        for write in declared.writes.iter().chain(stages.iter().flat_map(|it| it.writes)) {
            // Each once; one that another one names is there already.
            if matches!(self.instances[index as usize].params.get(write.param as usize), Some(Lazy::Unknown)) {
                self.param(index, write.param, write.span)?;
            }
        }
        Ok(())
    }

    /// What all steps write to a parameter, folded, the weakest first; `None` where none does. An instance may set a parameter from another one, so
    /// each is folded when it is first asked for.
    fn folded(&mut self, index: u32, param: u32) -> Run<Option<Value<'a>>> {
        let Some((declared, stages)) = self.instances[index as usize].writes else { return Ok(None) };
        let is_it = |it: &&'a Write| it.param == param;
        if !declared.writes.iter().chain(stages.iter().flat_map(|it| it.writes)).any(|it| it.param == param) {
            return Ok(None);
        }
        let mut node = self.pool.node(declared.span);
        self.framed(declared.slots, |it| it.layer(declared.writes.iter().filter(is_it), &mut node))?;
        for stage in stages.iter().filter(|it| !it.writes.is_empty()) {
            node.soften();
            self.framed(stage.slots, |it| it.layer(stage.writes.iter().filter(is_it), &mut node))?;
        }
        let (def, _) = self.param_def(index, param)?;
        let Some(slot) = node.slots.pop() else { return Ok(None) };
        self.pool.give(node);
        let (at, level) = (slot.at, slot.level);
        let value = match slot.content {
            Content::Value(value) => value,
            Content::Open(open) => self.freeze(open, Shape::of(def.ty(), self.setting.program))?,
        };
        // What several layers made together, none of them has checked.
        if level == Level::Strong && matches!(value, Value::Record(_) | Value::List(_)) {
            self.check(value, def.ty(), at)?;
        }
        if TRACE {
            self.trace.origin = Some(at);
        }
        Ok(Some(value))
    }

    /// A setting that several steps write: records merge, everything else is replaced by the last.
    pub fn fold_setting(&mut self, writes: &[(&'a sema::ir::Expr, u32)], ty: &'a sema::ty::Ty) -> Run<Value<'a>> {
        if let [(only, slots)] = writes {
            return self.framed(*slots, |it| it.eval(only));
        }
        let Some((first, _)) = writes.first() else { return Ok(Value::Absent) };
        let mut node = self.pool.node(first.span);
        for (expr, slots) in writes {
            node.soften();
            let value = self.framed(*slots, |it| it.eval(expr))?;
            self.write_layer(&mut node, "value", value, expr.span, SetOp::Set)?;
        }
        let slot = node.slots.pop();
        self.pool.give(node);
        match slot.map(|it| it.content) {
            Some(Content::Value(value)) => Ok(value),
            Some(Content::Open(open)) => self.freeze(open, Shape::of(ty, self.setting.program)),
            None => Ok(Value::Absent),
        }
    }

    fn layer(&mut self, writes: impl Iterator<Item = &'a Write>, node: &mut Node<'a>) -> Run<()> {
        for write in writes {
            self.step(write.span)?;
            let key: &'a str = self.arena.alloc_str(&write.param.to_string());
            if let Some(slot) = node.position(key).map(|it| &node.slots[it]).filter(|it| it.fixed && it.level < Level::Strong) {
                let (def, _) = self.param_def(0, write.param)?;
                return self.fail(diagnostics::final_override(write.span, &def.name, slot.at));
            }
            match &write.value {
                None => {
                    node.retain(|it| it.key != key);
                    node.push(Slot { key, content: Content::Value(Value::Absent), at: write.span, level: Level::Weak, sequence: 0, fixed: false });
                }
                Some(expr) => match (&expr.kind, write.op) {
                    (ExprKind::Record(block), SetOp::Set) => {
                        let child = self.open_slot(node, key, write.span)?;
                        self.block(block, child)?;
                    }
                    (_, op) => {
                        let value = self.eval(expr)?;
                        self.write_layer(node, key, value, write.span, op)?;
                    }
                },
            }
            if TRACE {
                let value = node.position(key).and_then(|it| if let Content::Value(value) = node.slots[it].content { Some(value) } else { None });
                self.trace.param_notes.push(ParamNote { instance: self.scope.instance, param: write.param, at: write.span, value });
            }
            if write.fixed
                && let Some(at) = node.position(key)
            {
                node.slots[at].fixed = true;
            }
        }
        Ok(())
    }

    /// A nested instance: fields now, in the frame around it; then its `lower`.
    pub fn nested(&mut self, nested: &'a Nested, at: Span) -> Run<()> {
        let name = self.key_text(&nested.name)?;
        let parent = self.scope.instance;
        let index = self.open_instance(nested.kind, name, nested.name.span, Some(parent))?;
        if nested.principal {
            self.instances[parent as usize].principal = Some(Principal::Instance(index));
        }
        let inside = Scope { instance: index, params: self.scope.params };
        let mut node = self.pool.node(at);
        self.scoped(inside, |it| it.block(&nested.body, &mut node))?;
        let instance = self.scoped(Scope { instance: index, params: index }, |it| it.close_instance(index, node, None))?;
        self.lower(instance)
    }

    /// Puts parameters into the fields, fills in defaults, and makes the value that `lower` binds.
    fn close_instance(&mut self, index: u32, mut node: Box<Node<'a>>, of: Option<InstanceRef>) -> Run<&'a Instance<'a>> {
        let declared = self.instances[index as usize].declared;
        let program = self.setting.program;
        // What a nested instance sets itself counts as its parameters before any default asks for them.
        for (param, field) in declared.params.iter().enumerate() {
            let def = declared.fields.fields.get(*field as usize).ok_or(Stop)?;
            let Some(position) = node.position(&def.name) else { continue };
            let slot = &mut node.slots[position];
            if let Content::Open(_) = slot.content
                && let Content::Open(open) = std::mem::replace(&mut slot.content, Content::Value(Value::Absent))
            {
                let value = self.freeze(open, Shape::of(def.ty(), program))?;
                node.slots[position].content = Content::Value(value);
            }
            if let Content::Value(value) = node.slots[position].content {
                if TRACE {
                    self.trace.set_param_origin(index, param as u32, Some(node.slots[position].at));
                }
                self.instances[index as usize].params[param] = Lazy::Known(value);
            }
        }
        for (param, field) in declared.params.iter().enumerate() {
            let def = declared.fields.fields.get(*field as usize).ok_or(Stop)?;
            let value = self.param(index, param as u32, node.at)?;
            if node.position(&def.name).is_none() && !value.is_absent() {
                let at = if TRACE { self.trace.param_origin(index, param as u32).unwrap_or(def.span) } else { def.span };
                node.push(Slot { key: &def.name, content: Content::Value(value), at, level: Level::Strong, sequence: 0, fixed: false });
            }
        }
        let fields = self.freeze_fields(node, &declared.fields)?;
        self.instances[index as usize].fields = Some(fields);
        let state = &self.instances[index as usize];
        Ok(self.arena.alloc(Instance { kind: state.kind, name: state.name, of, owner: index, fields }))
    }

    /// Runs `lower`, in a frame and a scope of its own.
    pub fn lower(&mut self, instance: &'a Instance<'a>) -> Run<()> {
        let index = instance.owner;
        let declared = self.instances[index as usize].declared;
        if let Some(lower) = &declared.lower {
            self.note_run(lower.body.span);
            let mut node = self.pool.node(lower.body.span);
            self.scoped(Scope { instance: index, params: index }, |it| {
                it.framed(lower.slots, |it| {
                    it.trace.origin = None;
                    it.bind(lower.binder, Value::Instance(instance));
                    it.block(&lower.body, &mut node)
                })
            })?;
            self.pool.give(node);
        }
        let state = &mut self.instances[index as usize];
        if state.principal.is_none()
            && let [only] = state.loose.as_slice()
        {
            state.principal = Some(Principal::Object(*only));
        }
        Ok(())
    }

    /// The namespace of the innermost instance that has one.
    pub fn namespace_of(&self, instance: u32) -> Option<&'a Entry<'a>> {
        let mut here = Some(instance);
        while let Some(index) = here {
            let state = self.instances.get(index as usize)?;
            if let Some(entry) = state.fields.and_then(|it| value::find(it, "namespace")) {
                return Some(entry);
            }
            here = state.parent;
        }
        None
    }
}

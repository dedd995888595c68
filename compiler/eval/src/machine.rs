//! The state of one evaluation: arena, frames, fuel, instances, objects. The rules stand in the files that `impl` it.
//!
//! `TRACE` is on in the second run that looks for places (who wrote this leaf, what did the fuel go to): the same steps, more notes.
//! Invariant: both runs give the same values; notes never flow back into them.

use rustc_hash::FxHashMap as HashMap;

use bumpalo::Bump;
use diag::{Diagnostic, Sink, Span};
use sema::ir::{Function, HoleAttr, Instance, InstanceRef, Kind, LetRef, Slot};
use sema::program::Program;
use sema::ty::KindRef;

use crate::assertion::{Objects, Seen};
use crate::block::node::Pool;
use crate::context::{EnvContext, Inputs, Statics};
use crate::diagnostics;
use crate::instance::State;
use crate::limits::{Limits, PROFILE_MAX, PROFILE_SHOWN};
use crate::object::{Draft, Outside};
use crate::trace::Trace;
use crate::value::{OwnHole, Piece, Target, Value};

static NO_SHAPES: std::sync::LazyLock<crate::finish::shape::Shapes> = std::sync::LazyLock::new(Default::default);

/// The evaluation stopped; why is in the sink.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop;

/// A result of a rule.
pub(crate) type Run<T> = Result<T, Stop>;

/// What an evaluation borrows.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'a> {
    /// The typed project.
    pub program: &'a Program,
    /// The environment; `None` for static instances.
    pub env: Option<&'a EnvContext>,
    /// Values of static instances; `None` while they are evaluated.
    pub statics: Option<&'a Statics>,
    /// Files.
    pub inputs: &'a dyn Inputs,
    /// What it may cost.
    pub limits: Limits,
    /// Final objects, while assertions about them are decided.
    pub objects: Option<&'a dyn Objects>,
}

/// A value that is made when first asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lazy<'a> {
    /// Not asked for yet.
    Unknown,
    /// Being made.
    Open,
    /// Made.
    Known(Value<'a>),
}

/// Whose `name`, entries and `params` are meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    /// Innermost instance.
    pub instance: u32,
    /// Instance whose parameters `params` are.
    pub params: u32,
}

/// What the entries of a body do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They write something new.
    Make,
    /// They change an object that is there: elements of lists must be, two different writes of one place are a conflict.
    Change,
    /// Only their `object` statements run.
    Create,
}

/// One evaluation.
pub(crate) struct Eval<'a, const TRACE: bool> {
    pub setting: Setting<'a>,
    pub arena: &'a Bump,
    pub sink: Sink,
    pub steps: u64,
    pub nodes: u64,
    pub depth: u32,
    /// All frames, the running one last, from `base`.
    pub slots: Vec<Value<'a>>,
    pub base: usize,
    pub scope: Scope,
    pub instances: Vec<State<'a>>,
    pub objects: Vec<Draft<'a>>,
    /// Objects that somebody else makes.
    pub outsides: Vec<Outside<'a>>,
    /// `with hashed()` was met in the object being built.
    pub hashed: bool,
    pub mode: Mode,
    /// `with` met in bodies of instances and objects, for when all objects are there.
    pub pending: Vec<crate::overlay::Pending<'a>>,
    /// The object being built.
    pub building: Option<u32>,
    /// How many objects each operation of the whole environment hit here, in order.
    pub hits: Vec<u32>,
    pub pool: Pool<'a>,
    /// Counts writes, so that the later of two is known.
    pub sequence: u32,
    pub own: Vec<OwnHole<'a>>,
    own_ids: HashMap<(u32, &'a str, HoleAttr), u32>,
    pub foreign: Vec<(KindRef, &'a str, &'a str, HoleAttr)>,
    foreign_ids: HashMap<(KindRef, &'a str, &'a str, HoleAttr), u32>,
    lets: HashMap<LetRef, Lazy<'a>>,
    statics: HashMap<InstanceRef, Lazy<'a>>,
    settings: HashMap<(u32, u32), Lazy<'a>>,
    /// Explicit settings while an environment is evaluated, the weakest step first, each with its frame size.
    pub explicit_settings: HashMap<(u32, u32), Vec<(&'a sema::ir::Expr, u32)>>,
    /// Final objects that were looked at.
    pub seen: Seen<'a>,
    pub trace: Trace<'a>,
}

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    pub fn new(setting: Setting<'a>, arena: &'a Bump) -> Self {
        Self {
            setting,
            arena,
            sink: Sink::new(),
            steps: 0,
            nodes: 0,
            depth: 0,
            slots: Vec::with_capacity(64),
            base: 0,
            scope: Scope { instance: 0, params: 0 },
            instances: Vec::new(),
            objects: Vec::new(),
            outsides: Vec::new(),
            hashed: false,
            mode: Mode::Make,
            pending: Vec::new(),
            building: None,
            hits: Vec::new(),
            pool: Pool::default(),
            sequence: 0,
            own: Vec::new(),
            own_ids: HashMap::default(),
            foreign: Vec::new(),
            foreign_ids: HashMap::default(),
            lets: HashMap::default(),
            statics: HashMap::default(),
            settings: HashMap::default(),
            explicit_settings: HashMap::default(),
            seen: Seen::default(),
            trace: Trace::default(),
        }
    }

    /// Takes a finding and stops.
    #[cold]
    pub fn fail<T>(&mut self, diagnostic: Diagnostic) -> Run<T> {
        self.sink.push(diagnostic);
        Err(Stop)
    }

    /// One step of fuel.
    #[inline]
    pub fn step(&mut self, at: Span) -> Run<()> {
        self.steps += 1;
        if self.steps > self.setting.limits.steps { self.exhausted(at, "steps", self.setting.limits.steps) } else { Ok(()) }
    }

    /// Pays for values kept.
    #[inline]
    pub fn pay(&mut self, nodes: usize, at: Span) -> Run<()> {
        self.nodes += nodes as u64;
        if self.nodes > self.setting.limits.nodes { self.exhausted(at, "values", self.setting.limits.nodes) } else { Ok(()) }
    }

    /// Pays for looking through `count` things, eight a step.
    #[inline]
    pub fn pay_scan(&mut self, count: usize, at: Span) -> Run<()> {
        self.steps += count as u64 / 8;
        if self.steps > self.setting.limits.steps { self.exhausted(at, "steps", self.setting.limits.steps) } else { Ok(()) }
    }

    #[cold]
    fn exhausted(&mut self, at: Span, unit: &str, limit: u64) -> Run<()> {
        let costly = self.trace.costliest(PROFILE_SHOWN);
        self.fail(diagnostics::fuel_exhausted(at, unit, limit, &costly))
    }

    /// Notes that a place was run once more.
    #[inline]
    pub fn note_run(&mut self, at: Span) {
        if TRACE {
            self.trace.note_run(at, PROFILE_MAX);
        }
    }

    /// Goes one level down; `leave` comes back.
    #[inline]
    pub fn enter(&mut self, at: Span) -> Run<()> {
        self.depth += 1;
        if self.depth > self.setting.limits.depth {
            return self.fail(diagnostics::too_deep(at, self.setting.limits.depth));
        }
        Ok(())
    }

    #[inline]
    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Value of a local; a slot never set is absent.
    #[inline]
    pub fn local(&self, slot: Slot) -> Value<'a> {
        self.slots.get(self.base + slot.0 as usize).copied().unwrap_or(Value::Absent)
    }

    #[inline]
    pub fn bind(&mut self, slot: Slot, value: Value<'a>) {
        let at = self.base + slot.0 as usize;
        if at >= self.slots.len() {
            self.slots.resize(at + 1, Value::Absent);
        }
        self.slots[at] = value;
        if TRACE {
            let origin = self.trace.origin;
            self.trace.bind(at, origin);
        }
    }

    /// Runs `body` in a frame of its own.
    pub fn framed<T>(&mut self, slots: u32, body: impl FnOnce(&mut Self) -> Run<T>) -> Run<T> {
        let (base, len) = (self.base, self.slots.len());
        self.base = len;
        self.slots.resize(len + slots as usize, Value::Absent);
        let result = body(self);
        self.slots.truncate(len);
        self.base = base;
        result
    }

    /// Runs `body` as inside an instance.
    pub fn scoped<T>(&mut self, scope: Scope, body: impl FnOnce(&mut Self) -> Run<T>) -> Run<T> {
        let outer = std::mem::replace(&mut self.scope, scope);
        let result = body(self);
        self.scope = outer;
        result
    }

    /// The declaration, or a quiet stop where it has an error of its own.
    pub fn kind(&self, kind: KindRef) -> Run<&'a Kind> {
        self.setting.program.kinds.get(kind.0 as usize).and_then(Option::as_ref).ok_or(Stop)
    }

    pub fn instance(&self, instance: InstanceRef) -> Run<&'a Instance> {
        self.setting.program.instances.get(instance.0 as usize).and_then(Option::as_ref).ok_or(Stop)
    }

    pub fn function(&self, function: sema::ir::FnRef) -> Run<&'a Function> {
        self.setting.program.functions.get(function.0 as usize).and_then(Option::as_ref).ok_or(Stop)
    }

    /// Name of a kind, for messages.
    pub fn kind_name(&self, kind: KindRef) -> &'a str {
        self.kind(kind).map_or("instance", |it| &it.name)
    }

    /// A module-level constant.
    pub fn constant(&mut self, id: LetRef) -> Run<Value<'a>> {
        match self.lets.get(&id) {
            Some(Lazy::Known(value)) => return Ok(*value),
            Some(Lazy::Open) => return Err(Stop),
            Some(Lazy::Unknown) | None => {}
        }
        let declared = self.setting.program.lets.get(id.0 as usize).and_then(Option::as_ref).ok_or(Stop)?;
        self.lets.insert(id, Lazy::Open);
        let value = self.framed(declared.slots, |it| it.eval(&declared.value))?;
        self.lets.insert(id, Lazy::Known(value));
        Ok(value)
    }

    /// A static instance as a value.
    pub fn static_instance(&mut self, id: InstanceRef) -> Run<Value<'a>> {
        match self.statics.get(&id) {
            Some(Lazy::Known(value)) => return Ok(*value),
            Some(Lazy::Open) => return Err(Stop),
            Some(Lazy::Unknown) | None => {}
        }
        let value = match self.setting.statics {
            Some(statics) => statics.get(id).ok_or(Stop)?.load(self.arena),
            None => {
                self.statics.insert(id, Lazy::Open);
                self.make_static(id)?
            }
        };
        self.statics.insert(id, Lazy::Known(value));
        Ok(value)
    }

    /// A setting of a library.
    pub fn setting(&mut self, library: u32, field: u32, at: Span) -> Run<Value<'a>> {
        match self.settings.get(&(library, field)) {
            Some(Lazy::Known(value)) => return Ok(*value),
            Some(Lazy::Open) => return Err(Stop),
            Some(Lazy::Unknown) | None => {}
        }
        let stored = self.setting.env.and_then(|it| it.settings.get(library as usize));
        let value = match stored {
            Some(fields) => fields.get(field as usize).and_then(Option::as_ref).ok_or(Stop)?.load(self.arena),
            None => {
                self.settings.insert((library, field), Lazy::Open);
                self.make_setting(library, field, at)?
            }
        };
        self.settings.insert((library, field), Lazy::Known(value));
        Ok(value)
    }

    /// A setting while its environment is evaluated: explicit, else its default.
    fn make_setting(&mut self, library: u32, field: u32, at: Span) -> Run<Value<'a>> {
        let declared = self.setting.program.settings.get(library as usize).and_then(|it| it.fields.get(field as usize)).ok_or(Stop)?;
        if let Some(writes) = self.explicit_settings.get(&(library, field)).cloned() {
            return self.fold_setting(&writes, declared.ty());
        }
        match declared.default.get() {
            Some(default) => self.framed(0, |it| it.eval(default)),
            None if declared.required() => {
                let name = declared.name.clone();
                self.fail(diagnostics::missing_setting(at, &name))
            }
            None => Ok(Value::Absent),
        }
    }

    /// What a target answers: a hole of this unit, or a question to another.
    pub fn hole(&mut self, target: Target<'a>, path: &'a str, attr: HoleAttr, at: Span) -> Piece<'a> {
        match target {
            Target::Own(instance) => {
                let next = self.own.len() as u32;
                let id = *self.own_ids.entry((instance, path, attr)).or_insert(next);
                if id == next {
                    self.own.push(OwnHole { instance, path, attr, at });
                }
                Piece::Own(id)
            }
            Target::Foreign(kind, name) => match self.setting.objects {
                Some(objects) => Piece::Str(self.answer(objects, (kind, name), path, attr, at)),
                None => Piece::Foreign(self.foreign_hole((kind, name, path, attr))),
            },
        }
    }

    /// What another instance answers once everything is linked.
    fn answer(&mut self, objects: &dyn Objects, (kind, name): (KindRef, &str), path: &str, attr: HoleAttr, at: Span) -> &'a str {
        let kind = self.kind_name(kind);
        match objects.answer((kind, name), path, attr) {
            Some(text) => self.arena.alloc_str(&text),
            None => {
                self.sink.push(diagnostics::no_answer(at, kind, name, path));
                ""
            }
        }
    }

    /// Index of a question to another instance.
    pub fn foreign_hole(&mut self, hole: (KindRef, &'a str, &'a str, HoleAttr)) -> u32 {
        let next = self.foreign.len() as u32;
        let id = *self.foreign_ids.entry(hole).or_insert(next);
        if id == next {
            self.foreign.push(hole);
        }
        id
    }

    /// A text of one hole.
    pub fn hole_text(&mut self, target: Target<'a>, path: &'a str, attr: HoleAttr, at: Span) -> Value<'a> {
        let piece = self.hole(target, path, attr, at);
        if let Piece::Str(known) = piece {
            return Value::Str(known);
        }
        Value::Text(self.arena.alloc_slice_copy(&[piece]))
    }

    /// Puts a text into the arena and pays for it.
    pub fn keep(&mut self, text: &str, at: Span) -> Run<&'a str> {
        if text.len() >= 64 {
            self.pay(text.len() / 64, at)?;
        }
        Ok(self.arena.alloc_str(text))
    }

    /// Pays for a value as if it were a tree: parts that are shared count each time.
    pub fn pay_tree(&mut self, value: Value<'a>, at: Span) -> Run<()> {
        self.pay(1, at)?;
        match value {
            Value::List(values) => values.iter().try_for_each(|it| self.pay_tree(*it, at)),
            other => other.entries().unwrap_or(&[]).iter().try_for_each(|it| self.pay_tree(it.value, at)),
        }
    }

    /// Shapes of schema types; static instances and settings have no objects, so nobody asks there.
    pub fn shapes(&self) -> &'a crate::finish::shape::Shapes {
        self.setting.statics.map_or(&*NO_SHAPES, |it| &it.shapes)
    }
}

//! What changes objects after they were made: traits, `each` and `patch`, step by step of the chain (grammar.md, section 5).
//!
//! ```text
//! body of the instance -> layers -> environment;  in each: with (creations, then writes) -> each -> patch
//! ```
//! Of one sub-layer all writes go into the same open object, strictly: two that differ are a conflict. Then it is frozen, so that the next
//! sub-layer reads it as it is and may override everything. Calls of traits run in an order of their own (name, then arguments), so that the
//! order in which they are written means nothing.

use diag::Span;
use schema::types::KindId;
use sema::ir::{Block, Each, EntryKind, Expect, Instance as Declared, Member, Overlay, Patch, TraitCall, TraitRef, Write};

use crate::block::Shape;
use crate::block::node::Level;
use crate::diagnostics;
use crate::machine::{Eval, Mode, Run, Scope, Stop};
use crate::value::{Entry, Handle, Target, Value};

/// One step of an environment's chain, as far as one unit is concerned.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'p> {
    /// Frame size of everything in it.
    pub slots: u32,
    /// Parameters it sets.
    pub writes: &'p [Write],
    /// What it changes of this unit's objects.
    pub own: &'p Overlay,
    /// What it changes of all objects of the environment.
    pub all: &'p Overlay,
}

/// Which objects a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// All of the unit.
    All,
    /// Those of an instance of the unit and of the instances in it.
    Instance(u32),
    /// One.
    Object(u32),
}

/// A trait with its arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending<'a> {
    of: TraitRef,
    args: &'a [Value<'a>],
    /// Where these came from; empty in runs without notes.
    origins: &'a [Option<Span>],
    aim: Aim,
    at: Span,
    /// Which operation of the whole environment it is, if it is one.
    hit: Option<usize>,
}

/// A body with what it runs in.
#[derive(Clone, Copy)]
struct Runs<'a> {
    slots: u32,
    args: &'a [Value<'a>],
    origins: &'a [Option<Span>],
    binder: Option<sema::ir::Slot>,
    filter: Option<&'a sema::ir::Expr>,
    body: &'a Block,
}

impl<'a> Runs<'a> {
    fn of(member: &'a Member, slots: u32, call: Option<&Pending<'a>>) -> Self {
        let (args, origins) = call.map_or((&[][..], &[][..]), |it| (it.args, it.origins));
        Self { slots, args, origins, binder: member.binder, filter: member.filter.as_ref(), body: &member.body }
    }
}

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// `with a(), b()` in the body of an instance or an object: kept until all objects are there.
    pub fn with(&mut self, calls: &'a [TraitCall]) -> Run<()> {
        let aim = self.building.map_or(Aim::Instance(self.scope.instance), Aim::Object);
        for call in calls {
            let pending = self.trait_call(call, aim, None)?;
            self.pending.push(pending);
        }
        Ok(())
    }

    fn trait_call(&mut self, call: &'a TraitCall, aim: Aim, hit: Option<usize>) -> Run<Pending<'a>> {
        let mut args = self.pool.values();
        let mut origins = Vec::new();
        for arg in &call.args {
            let value = self.eval(arg)?;
            args.push(value);
            if TRACE {
                origins.push(self.trace.origin);
            }
        }
        let kept = self.arena.alloc_slice_copy(&args);
        self.pool.give_values(args);
        Ok(Pending { of: call.of, args: kept, origins: self.arena.alloc_slice_copy(&origins), aim, at: call.span, hit })
    }

    /// All steps, on the objects that the instance has made.
    pub fn overlays(&mut self, declared: &'a Declared, stages: &[Stage<'a>]) -> Run<()> {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() || !declared.overlay.is_empty() {
            self.stage(declared.slots, pending, &declared.overlay, None)?;
        }
        for stage in stages {
            if !stage.own.is_empty() || !stage.all.is_empty() {
                self.stage(stage.slots, Vec::new(), stage.own, Some(stage.all))?;
            }
        }
        Ok(())
    }

    fn stage(&mut self, slots: u32, pending: Vec<Pending<'a>>, own: &'a Overlay, all: Option<&'a Overlay>) -> Run<()> {
        let scope = Scope { instance: 0, params: 0 };
        self.scoped(scope, |it| {
            // What is wrong in one sub-layer does not hide what is wrong in the next.
            let with = it.with_layer(slots, pending, own, all);
            let each = it.each_layer(slots, own, all);
            let patch = it.patch_layer(slots, own, all);
            with.and(each).and(patch)
        })
    }

    fn with_layer(&mut self, slots: u32, mut calls: Vec<Pending<'a>>, own: &'a Overlay, all: Option<&'a Overlay>) -> Run<()> {
        let first = self.hits.len();
        self.framed(slots, |it| {
            for call in &own.with {
                let made = it.trait_call(call, Aim::All, None)?;
                calls.push(made);
            }
            for (nth, call) in all.map_or(&[][..], |it| &it.with).iter().enumerate() {
                it.hits.push(0);
                let made = it.trait_call(call, Aim::All, Some(first + nth))?;
                calls.push(made);
            }
            for patch in own.patch.iter().chain(all.map_or(&[][..], |it| &it.patch)) {
                for object in it.targets_of(patch) {
                    for call in &patch.with {
                        let made = it.trait_call(call, Aim::Object(object), None)?;
                        calls.push(made);
                    }
                }
            }
            Ok(())
        })?;
        if calls.is_empty() {
            return Ok(());
        }
        calls.sort_by_cached_key(|it| self.rank(it));
        let count = self.objects.len() as u32;
        for call in &calls {
            let declared = self.trait_of(call.of)?;
            for object in 0..count {
                let Some(member) = self.fits(call, &declared.members, object).filter(|it| creates(&it.body)) else { continue };
                self.create(Runs::of(member, declared.slots, Some(call)), object)?;
            }
        }
        let mut hits = vec![0; calls.len()];
        for object in 0..self.objects.len() as u32 {
            let mut runs: Vec<Runs<'a>> = Vec::new();
            for (call, hits) in calls.iter().zip(&mut hits) {
                let declared = self.trait_of(call.of)?;
                if let Some(member) = self.fits(call, &declared.members, object) {
                    *hits += 1;
                    runs.push(Runs::of(member, declared.slots, Some(call)));
                }
            }
            self.change(object, &runs)?;
        }
        for (call, hits) in calls.iter().zip(hits) {
            match call.hit {
                Some(hit) => self.hits[hit] = hits,
                None if hits == 0 => {
                    let declared = self.trait_of(call.of)?;
                    let objects = self.objects_shown();
                    self.sink.push(diagnostics::trait_hits_nothing(call.at, &declared.name, &declared.kinds, declared.span, &objects));
                }
                None => {}
            }
        }
        Ok(())
    }

    /// The place of a call among those of its sub-layer.
    fn rank(&self, call: &Pending<'a>) -> (String, Vec<Option<String>>, TraitRef) {
        let name = self.trait_of(call.of).map_or(String::new(), |it| it.name.to_string());
        (name, call.args.iter().map(|it| self.plain_text(*it)).collect(), call.of)
    }

    fn trait_of(&self, of: TraitRef) -> Run<&'a sema::ir::Trait> {
        self.setting.program.traits.get(of.0 as usize).and_then(Option::as_ref).ok_or(Stop)
    }

    /// The body that a call runs on an object, if it is for that object.
    fn fits(&self, call: &Pending<'a>, members: &'a [Member], object: u32) -> Option<&'a Member> {
        let draft = &self.objects[object as usize];
        let is_aimed = match call.aim {
            Aim::All => true,
            Aim::Object(it) => it == object,
            Aim::Instance(outer) => self.is_within(draft.instance, outer),
        };
        member_for(members, draft.kind).filter(|_| is_aimed)
    }

    fn is_within(&self, instance: u32, outer: u32) -> bool {
        let mut here = Some(instance);
        while let Some(at) = here {
            if at == outer {
                return true;
            }
            here = self.instances.get(at as usize).and_then(|it| it.parent);
        }
        false
    }

    /// Runs the `object` statements of a body put on an object.
    fn create(&mut self, runs: Runs<'a>, object: u32) -> Run<()> {
        let draft = self.objects[object as usize];
        let bound = self.object_value(object)?;
        let mut node = self.pool.node(draft.at);
        let from = self.objects.len();
        self.mode = Mode::Create;
        let made = self.scoped(Scope { instance: draft.instance, params: draft.instance }, |it| it.run(runs, bound, &mut node));
        self.mode = Mode::Make;
        made?;
        self.pool.give(node);
        for new in &mut self.objects[from..] {
            // What belongs to an object lives where it does.
            new.namespace = new.namespace.or(draft.namespace);
        }
        Ok(())
    }

    /// Writes into an object what these bodies say; gives how many of them wrote.
    fn change(&mut self, object: u32, runs: &[Runs<'a>]) -> Run<Vec<bool>> {
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        let draft = self.objects[object as usize];
        let bound = if runs.iter().any(|it| it.binder.is_some()) { self.object_value(object)? } else { Value::Absent };
        let mut node = self.pool.node(draft.at);
        node.fill(draft.body, Level::Weak, 0);
        node.soft = true;
        if TRACE {
            self.trace.object = Some(object);
            self.trace.path.clear();
        }
        let outer = std::mem::replace(&mut self.hashed, draft.hashed);
        let depth = self.depth;
        let wrote: Vec<Run<bool>> = self.scoped(Scope { instance: draft.instance, params: 0 }, |it| {
            let one = |runs: &Runs<'a>| {
                (it.mode, it.depth) = (Mode::Change, depth);
                it.trace.path.clear();
                it.run(*runs, bound, &mut node)
            };
            Ok(runs.iter().map(one).collect())
        })?;
        (self.mode, self.depth) = (Mode::Make, depth);
        let hashed = std::mem::replace(&mut self.hashed, outer);
        // Each has said what is wrong; the object stays what it was.
        let wrote: Vec<bool> = wrote.into_iter().collect::<Run<_>>()?;
        let shape = Shape::Schema(self.setting.program.schemas.kind_type(draft.kind).0);
        if let Value::Record(body) = self.freeze(node, shape)? {
            self.objects[object as usize].body = body;
        }
        self.objects[object as usize].hashed = hashed;
        if TRACE {
            self.trace.object = None;
        }
        Ok(wrote)
    }

    /// One body; whether its condition held.
    fn run(&mut self, runs: Runs<'a>, bound: Value<'a>, node: &mut crate::block::node::Node<'a>) -> Run<bool> {
        self.framed(runs.slots, |it| {
            for (nth, arg) in runs.args.iter().enumerate() {
                if TRACE {
                    it.trace.origin = runs.origins.get(nth).copied().flatten();
                }
                it.bind(sema::ir::Slot(nth as u32), *arg);
            }
            if let Some(slot) = runs.binder {
                it.trace.origin = None;
                it.bind(slot, bound);
            }
            if let Some(filter) = runs.filter
                && !it.truth(filter)?
            {
                return Ok(false);
            }
            it.note_run(runs.body.span);
            it.block(runs.body, node)?;
            Ok(true)
        })
    }

    /// An object as it is read: what every object has, then what it says.
    pub fn object_value(&mut self, object: u32) -> Run<Value<'a>> {
        let draft = self.objects[object as usize];
        let info = self.setting.program.schemas.kind_info(draft.kind);
        let at = draft.at;
        let entry = |key: &'a str, value: Value<'a>| Entry { key, value, at, is_default: false, is_final: false };
        let version = if info.group.is_empty() { info.version.to_owned() } else { format!("{}/{}", info.group, info.version) };
        let version: &'a str = self.keep(&version, at)?;
        let said = crate::value::find(draft.body, "metadata").and_then(|it| it.value.entries()).unwrap_or(&[]);
        let mut metadata = vec![entry("name", draft.name)];
        let namespaced = info.namespaced;
        let namespace = draft.namespace.map(|it| it.0).or_else(|| self.namespace_of(draft.instance).filter(|_| namespaced).map(|it| it.value));
        metadata.extend(namespace.map(|it| entry("namespace", it)));
        metadata.extend(said.iter().filter(|it| !matches!(it.key, "name" | "namespace")));
        self.pay(metadata.len() + draft.body.len() + 3, at)?;
        let metadata = Value::Record(self.arena.alloc_slice_copy(&metadata));
        let mut fields = vec![entry("apiVersion", Value::Str(version)), entry("kind", Value::Str(info.kind)), entry("metadata", metadata)];
        fields.extend(draft.body.iter().filter(|it| it.key != "metadata"));
        Ok(Value::Record(self.arena.alloc_slice_copy(&fields)))
    }

    fn each_layer(&mut self, slots: u32, own: &'a Overlay, all: Option<&'a Overlay>) -> Run<()> {
        let of_env = all.map_or(&[][..], |it| &it.each);
        let ops: Vec<&'a Each> = own.each.iter().chain(of_env).collect();
        if ops.is_empty() {
            return Ok(());
        }
        let mut hits = vec![0u32; ops.len()];
        for object in 0..self.objects.len() as u32 {
            let kind = self.objects[object as usize].kind;
            let fitting = ops.iter().enumerate().filter_map(|(nth, op)| Some((nth, member_for(&op.members, kind)?)));
            let (nths, runs): (Vec<usize>, Vec<Runs<'a>>) = fitting.map(|(nth, member)| (nth, Runs::of(member, slots, None))).unzip();
            for (nth, wrote) in nths.into_iter().zip(self.change(object, &runs)?) {
                hits[nth] += u32::from(wrote);
            }
        }
        for (op, count) in own.each.iter().zip(&hits) {
            if !is_expected(op.expect, *count) {
                let objects = self.objects_shown();
                self.sink.push(diagnostics::unexpected_count(op.span, "each", &op.kinds, op.expect, *count, &objects));
            }
        }
        self.hits.extend(&hits[own.each.len()..]);
        Ok(())
    }

    fn patch_layer(&mut self, slots: u32, own: &'a Overlay, all: Option<&'a Overlay>) -> Run<()> {
        let of_env = all.map_or(&[][..], |it| &it.patch);
        let ops: Vec<(&'a Patch, Vec<u32>)> = own.patch.iter().chain(of_env).map(|it| (it, self.targets_of(it))).collect();
        if ops.is_empty() {
            return Ok(());
        }
        for (op, targets) in ops.iter().take(own.patch.len()) {
            if !is_expected(op.expect, targets.len() as u32) {
                self.missed_patch(op, targets.len() as u32);
            }
        }
        self.hits.extend(ops.iter().skip(own.patch.len()).map(|it| it.1.len() as u32));
        let mut done = Ok(());
        for object in 0..self.objects.len() as u32 {
            let named = ops.iter().filter(|it| it.1.contains(&object));
            let runs: Vec<Runs<'a>> = named.map(|(patch, _)| Runs { slots, args: &[], origins: &[], binder: None, filter: None, body: &patch.body }).collect();
            done = self.change(object, &runs).map(drop).and(done);
        }
        done
    }

    /// The objects that a patch names.
    fn targets_of(&self, patch: &Patch) -> Vec<u32> {
        let is_it = |object: &u32| {
            let draft = &self.objects[*object as usize];
            draft.kind == patch.kind
                && self.shown_text(draft.name).as_deref() == Some(&*patch.name)
                && patch.namespace.as_ref().is_none_or(|it| self.namespace_shown(*object).as_deref() == Some(&**it))
        };
        (0..self.objects.len() as u32).filter(is_it).collect()
    }

    fn namespace_shown(&self, object: u32) -> Option<String> {
        let draft = &self.objects[object as usize];
        let value = draft.namespace.map(|it| it.0).or_else(|| self.namespace_of(draft.instance).map(|it| it.value))?;
        self.shown_text(value)
    }

    /// A name as people write it.
    fn shown_text(&self, value: Value<'a>) -> Option<String> {
        match value {
            Value::Str(it) => Some(it.to_owned()),
            Value::Handle(Handle { target: Target::Foreign(_, name), path: "" }) => Some((*name).to_owned()),
            other => self.plain_text(other),
        }
    }

    /// All objects of the unit, for messages: kind and name.
    fn objects_shown(&self) -> Vec<String> {
        let show = |object: u32| {
            let draft = &self.objects[object as usize];
            format!("{} {}", self.kind_shown(draft.kind), self.shown_text(draft.name).unwrap_or_default())
        };
        (0..self.objects.len() as u32).map(show).collect()
    }

    fn kind_shown(&self, kind: KindId) -> &'a str {
        self.setting.program.schemas.kind_info(kind).kind
    }

    fn missed_patch(&mut self, patch: &Patch, count: u32) {
        let objects = self.objects_shown();
        let kind = self.kind_shown(patch.kind);
        if count > 0 {
            self.sink.push(diagnostics::unexpected_count(patch.span, "the patch", kind, patch.expect, count, &objects));
            return;
        }
        let of_kind = (0..self.objects.len() as u32).filter(|it| self.objects[*it as usize].kind == patch.kind);
        let names: Vec<String> = of_kind.filter_map(|it| self.shown_text(self.objects[it as usize].name)).collect();
        let owner = self.instances.first().map_or(String::new(), |it| format!("{} {}", self.kind_name(it.kind), it.name));
        self.sink.push(diagnostics::patch_target_missing(patch.name_span, kind, &patch.name, &owner, &names, &objects));
    }
}

fn member_for(members: &[Member], kind: KindId) -> Option<&Member> {
    members.iter().find(|it| it.kind.is_none_or(|it| it == kind))
}

/// Whether that many is what was expected.
pub fn is_expected(expect: Expect, count: u32) -> bool {
    match expect {
        Expect::Any => true,
        Expect::Some => count > 0,
        Expect::Count(low, high) => (low..=high).contains(&u64::from(count)),
    }
}

/// Whether a body makes objects.
fn creates(block: &Block) -> bool {
    block.entries.iter().any(|it| match &it.kind {
        EntryKind::Object(_) => true,
        EntryKind::For(it) => creates(&it.body),
        EntryKind::If { then, other, .. } => creates(then) || other.as_ref().is_some_and(creates),
        EntryKind::Match(_, arms) => arms.iter().any(|it| creates(&it.body)),
        _ => false,
    })
}

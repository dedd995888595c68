//! The doors of this room: one unit, the static instances of a project, one environment, one value.
//!
//! A run that fails is repeated with notes on, so that its diagnostics name the places where values came from. The repeated run costs the same
//! fuel and gives the same result; only a broken unit pays for it.

use rustc_hash::FxHashMap as HashMap;
use std::cell::Cell;

use bumpalo::Bump;
use diag::{Diagnostic, Severity, Span};
use manifest::unit::Unit;
use schema::types::KindId;
use sema::ir::{EntryKind, Env, Expr, InstanceRef, Step};
use sema::program::Program;
use syntax::literal::version::Version;

use crate::context::{EnvContext, Explained, Inputs, Options, ParamWrite, Statics, Write, Written};
use crate::diagnostics;
use crate::finish::own::Finish;
use crate::finish::summary;
use crate::finish::walk::Wrong;
use crate::machine::{Eval, Run, Setting};
use crate::overlay::Stage;
use crate::stored::{Shared, Stored};
use crate::value::Value;

/// What `eval_unit` needs to know.
#[derive(Clone, Copy)]
pub struct UnitInput<'p> {
    /// The typed project.
    pub program: &'p Program,
    /// The environment.
    pub env: &'p EnvContext,
    /// Values of static instances.
    pub statics: &'p Statics,
    /// The instance.
    pub instance: InstanceRef,
    /// Its name in the environment, where an entry gives it another one (`app shop as shop-eu`).
    pub alias: Option<&'p str>,
    /// The steps of the environment's chain, the weakest first.
    pub stages: &'p [Stage<'p>],
    /// Files and anchors.
    pub inputs: &'p dyn Inputs,
    /// Format and limits.
    pub options: Options,
}

/// Evaluates one unit: an instance in an environment.
///
/// # Errors
/// What is wrong, in the order it was found; empty where the cause is a declaration that has errors of its own.
pub fn eval_unit(input: &UnitInput<'_>) -> Result<Unit, Vec<Diagnostic>> {
    let unit = in_arena(|arena| attempt::<false>(input, arena).0);
    match unit {
        Some(unit) => Ok(unit),
        None => {
            let arena = Bump::new();
            let (unit, eval) = attempt::<true>(input, &arena);
            match unit {
                // Cannot differ: notes never flow back.
                Some(unit) => Ok(unit),
                None => Err(eval.sink.into_sorted()),
            }
        }
    }
}

thread_local! {
    /// The arena of the last unit of this thread, empty: memory that is warm already.
    static ARENA: Cell<Bump> = Cell::new(Bump::new());
}

/// An arena larger than this is given back to the system.
const ARENA_KEPT_MAX: usize = 4 << 20;

fn in_arena<T>(run: impl FnOnce(&Bump) -> T) -> T {
    let mut arena = ARENA.take();
    let result = run(&arena);
    if arena.allocated_bytes() <= ARENA_KEPT_MAX {
        arena.reset();
        ARENA.set(arena);
    }
    result
}

/// Who wrote what stands at `path` of an object, in order; where nobody wrote it as a whole, who wrote the first part of it.
///
/// # Errors
/// As [`eval_unit`].
pub fn trace(input: &UnitInput<'_>, object: u32, path: &str) -> Result<Vec<Write>, Vec<Diagnostic>> {
    let arena = Bump::new();
    let (unit, eval) = attempt::<true>(input, &arena);
    if unit.is_none() {
        return Err(eval.sink.into_sorted());
    }
    let all = || eval.trace.notes.iter().filter(|it| it.object == object);
    let is_below = |it: &str| it.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']));
    // Nobody may have written a map as a whole.
    let parts = if all().any(|it| it.path == path) { None } else { all().find(|it| is_below(it.path)) };
    Ok(all()
        .filter(|it| it.path == path)
        .chain(parts)
        .map(|it| Write { span: it.at, value: it.value.and_then(|it| eval.plain_text(it)).unwrap_or_default(), origin: it.origin })
        .collect())
}

/// All that was written into an object, in order.
///
/// # Errors
/// As [`eval_unit`].
pub fn explain(input: &UnitInput<'_>, object: u32) -> Result<Explained, Vec<Diagnostic>> {
    let arena = Bump::new();
    let (unit, mut eval) = attempt::<true>(input, &arena);
    if unit.is_none() {
        return Err(eval.sink.into_sorted());
    }
    let Some(draft) = eval.objects.get(object as usize).copied() else { return Ok(Explained::default()) };
    let own = |path: &str, span: Span, value: Option<String>| Written { path: path.to_owned(), span, origin: span, value, removes: false };
    // What every object has stands in its statement, not in its body.
    let info = input.program.schemas.kind_info(draft.kind);
    let mut writes = vec![own("apiVersion", draft.at, None), own("kind", draft.at, Some(info.kind.to_owned()))];
    writes.push(own("metadata.name", draft.name_at, eval.plain_text(draft.name).filter(|_| !draft.hashed)));
    let namespace = draft.namespace.or_else(|| eval.namespace_of(draft.instance).map(|it| (it.value, it.at)));
    writes.extend(namespace.map(|(value, at)| own("metadata.namespace", at, eval.plain_text(value))));
    let notes = std::mem::take(&mut eval.trace.notes);
    writes.extend(notes.iter().filter(|it| it.object == object).map(|it| Written {
        path: it.path.to_owned(),
        span: it.at,
        origin: it.origin,
        value: it.value.and_then(|it| eval.plain_text(it)),
        removes: matches!(it.value, Some(Value::Absent)),
    }));
    let notes = std::mem::take(&mut eval.trace.param_notes);
    let param = |it: &crate::trace::ParamNote<'_>| {
        let name = eval.param_name(it.instance, it.param)?;
        Some(ParamWrite { name, span: it.at, value: it.value.and_then(|it| eval.plain_text(it)) })
    };
    Ok(Explained { writes, params: notes.iter().filter_map(param).collect() })
}

/// A run; its unit only if nothing was found wrong.
fn attempt<'a, const TRACE: bool>(input: &UnitInput<'a>, arena: &'a Bump) -> (Option<Unit>, Eval<'a, TRACE>) {
    let setting = Setting {
        program: input.program,
        env: Some(input.env),
        statics: Some(input.statics),
        inputs: input.inputs,
        limits: input.options.limits,
        objects: None,
    };
    let mut eval = Eval::<TRACE>::new(setting, arena);
    let unit = whole(&mut eval, input).ok();
    let broken = eval.sink.diagnostics().iter().any(|it| it.severity == Severity::Error);
    (unit.filter(|_| !broken), eval)
}

fn whole<'a, const TRACE: bool>(eval: &mut Eval<'a, TRACE>, input: &UnitInput<'a>) -> Run<Unit> {
    let instance = eval.root(input.instance, input.alias, input.stages)?;
    eval.lower(instance)?;
    eval.overlays(eval.instance(input.instance)?, input.stages)?;
    let root = (instance.kind, instance.name);
    let (mut unit, violations) = {
        let mut finish = Finish::new(eval, root);
        summary::unit(&mut finish, input.options.format)?
    };
    for (object, violation) in &violations {
        let draft = eval.objects[*object as usize];
        let kind = eval.setting.program.schemas.kind_info(draft.kind).kind;
        let name = match draft.name {
            Value::Str(it) => it,
            _ => "",
        };
        let version = version_note(eval.setting.program, input.env, draft.kind, &violation.wrong);
        let writer = eval.trace.notes.iter().rev().find(|it| it.object == *object && violation.path.starts_with(it.path)).map(|it| it.at);
        eval.sink.push(diagnostics::violation(violation, kind, name, draft.at, writer, &version));
    }
    unit.summary.steps = eval.steps;
    Ok(unit)
}

/// What a message about the cluster's version says beside it.
fn version_note(program: &Program, env: &EnvContext, kind: KindId, wrong: &Wrong) -> diagnostics::VersionNote {
    let Wrong::Version(_, mask) = wrong else { return diagnostics::VersionNote::default() };
    let schemas = &program.schemas;
    let info = schemas.kind_info(kind);
    // Only where the kind itself is what is missing, another version of it may do.
    let is_kind = info.mask == *mask && env.version.is_some_and(|it| it & info.mask == 0);
    let has = |it: &KindId| {
        let other = schemas.kind_info(*it);
        other.group == info.group && env.version.is_some_and(|it| it & other.mask != 0)
    };
    let other = schemas.kind_by_name(info.kind).filter(has).map(|it| schemas.kind_info(it)).max_by_key(|it| it.served_by_default);
    diagnostics::VersionNote {
        kubernetes: env.kubernetes.to_string(),
        at: env.kubernetes_at,
        since: schema::version::words(*mask, schemas.versions()),
        other: other.filter(|_| is_kind).map(|it| format!("{}/{}.{}", if it.group.is_empty() { "core" } else { it.group }, it.version, it.kind)),
    }
}

/// Evaluates all static instances of a project. One with an error is left out, its findings given back.
pub fn eval_statics(program: &Program, inputs: &dyn Inputs, options: Options) -> (Statics, Vec<Diagnostic>) {
    let arena = Bump::new();
    let setting = Setting { program, env: None, statics: None, inputs, limits: options.limits, objects: None };
    let mut eval = Eval::<true>::new(setting, &arena);
    let mut values = HashMap::default();
    let mut shared = Shared::default();
    for (nth, instance) in program.instances.iter().enumerate() {
        let Some(instance) = instance else { continue };
        let is_static = program.kinds.get(instance.kind.0 as usize).and_then(Option::as_ref).is_some_and(|it| it.is_static);
        if !is_static {
            continue;
        }
        let id = InstanceRef(nth as u32);
        // Each has the fuel of a unit: what one costs is not taken from the next.
        (eval.steps, eval.nodes, eval.depth) = (0, 0, 0);
        if let Ok(value) = eval.static_instance(id).and_then(|it| eval.pay_tree(it, instance.span).map(|()| it)) {
            values.insert(id, Stored::store_with(value, &mut shared));
        }
    }
    (Statics { values, ..Statics::default() }, eval.sink.into_sorted())
}

/// What `eval_env` needs to know.
#[derive(Clone, Copy)]
pub struct EnvInput<'p> {
    /// The typed project.
    pub program: &'p Program,
    /// The steps of its chain, the weakest first, the environment last.
    pub chain: &'p [&'p Env],
    /// Values of static instances.
    pub statics: &'p Statics,
    /// Pools declared on its cluster.
    pub pools: &'p [InstanceRef],
    /// Files and anchors.
    pub inputs: &'p dyn Inputs,
    /// Limits.
    pub options: Options,
}

/// Evaluates the settings of an environment. A setting that is missing or broken is `None`; who reads it is not evaluated.
pub fn eval_env(input: &EnvInput<'_>) -> (EnvContext, Vec<Diagnostic>) {
    let arena = Bump::new();
    let Some(env) = input.chain.last().copied() else { return (EnvContext::default(), Vec::new()) };
    let cluster = input.chain.iter().rev().find_map(|it| it.cluster).map(|it| it.0);
    let kubernetes = cluster.and_then(|it| input.statics.get(it)).and_then(|it| it.field("kubernetes"));
    let kubernetes = match kubernetes {
        Some(Stored::Str(it) | Stored::Version(it)) => it.clone(),
        _ => "".into(),
    };
    let head = EnvContext {
        name: env.name.clone(),
        cluster,
        version: version_bit(&kubernetes, input.program),
        kubernetes_at: cluster.and_then(|it| written_at(it, "kubernetes", input.program)),
        kubernetes,
        pools: input.pools.to_vec(),
        settings: Vec::new(),
    };
    let mut settings = Vec::with_capacity(input.program.settings.len());
    let diagnostics = {
        let setting = Setting {
            program: input.program,
            env: Some(&head),
            statics: Some(input.statics),
            inputs: input.inputs,
            limits: input.options.limits,
            objects: None,
        };
        let mut eval = Eval::<true>::new(setting, &arena);
        for (step, write) in input.chain.iter().flat_map(|step| step.settings.iter().map(move |it| (*step, it))) {
            eval.explicit_settings.entry((write.library, write.field)).or_default().push((&write.value, step.slots));
        }
        for (library, record) in input.program.settings.iter().enumerate() {
            let fields = (0..record.fields.len()).map(|field| {
                let at = env.span;
                eval.depth = 0;
                let value = eval.setting(library as u32, field as u32, at).ok()?;
                eval.pay_tree(value, at).ok()?;
                Some(Stored::store(value))
            });
            settings.push(fields.collect());
        }
        eval.sink.into_sorted()
    };
    (EnvContext { settings, ..head }, diagnostics)
}

/// The bit of a version in the masks of the schemas, if these know it.
fn version_bit(written: &str, program: &Program) -> Option<u32> {
    let (1, minor) = Version::parse(written).ok()?.line() else { return None };
    schema::version::bit(u32::try_from(minor).ok()?).filter(|it| it & program.schemas.versions() != 0)
}

/// Where the body of an instance sets a field of its own.
fn written_at(instance: InstanceRef, field: &str, program: &Program) -> Option<Span> {
    let body = &program.instances.get(instance.0 as usize)?.as_ref()?.body;
    let value_of = |entry: &sema::ir::Entry| match &entry.kind {
        EntryKind::Set { path, value, .. } => matches!(path.as_slice(), [Step::Field(name)] if **name == *field).then_some(value.span),
        _ => None,
    };
    body.entries.iter().rev().find_map(value_of)
}

/// Evaluates one expression that stands alone, such as a test's.
///
/// # Errors
/// As [`eval_unit`].
pub fn eval_value(
    program: &Program,
    expr: &Expr,
    env: Option<&EnvContext>,
    statics: &Statics,
    inputs: &dyn Inputs,
    options: Options,
) -> Result<Stored, Vec<Diagnostic>> {
    let arena = Bump::new();
    let setting = Setting { program, env, statics: Some(statics), inputs, limits: options.limits, objects: None };
    let mut eval = Eval::<true>::new(setting, &arena);
    match eval.framed(0, |it| it.eval(expr)).and_then(|it| eval.pay_tree(it, expr.span).map(|()| it)) {
        Ok(value) => Ok(Stored::store(value)),
        Err(_) => Err(eval.sink.into_sorted()),
    }
}

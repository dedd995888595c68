//! Findings of link become diagnostics: their places are looked up in the trees, or blamed by evaluating a unit again with notes.

use diag::{Diagnostic, Label, Span};
use eval::context::EnvContext;
use sema::ir::{InstanceRef, Write};
use syntax::ast::{self, AstNode, Entry};

use crate::diagnostics::NOWHERE;
use crate::link::{Finding, Place};
use crate::run::{Build, Level};
use crate::units::Work;

/// A unit that can be evaluated again.
#[derive(Clone)]
pub struct Traced {
    /// Which.
    pub instance: Option<InstanceRef>,
    /// What its environment sets.
    pub writes: Vec<Write>,
    /// Frame size of these.
    pub slots: u32,
}

/// An environment whose units can be evaluated again.
pub struct Linkage<'a> {
    /// Its name.
    pub env: &'a str,
    /// Its settings.
    pub context: &'a EnvContext,
    /// Its units in the order link saw them.
    pub units: &'a [Traced],
}

/// Takes a finding as a diagnostic; `None` where the files to point into are not loaded.
pub(crate) fn push(build: &mut Build<'_>, work: &Work<'_>, envs: &[Linkage<'_>], finding: Finding) -> Option<()> {
    if work.level == Level::Partial {
        return None;
    }
    let other = finding.also.iter().find_map(|(at, _)| place(work, envs, at));
    let span = place(work, envs, &finding.place).or(other).or_else(|| env_of(work, envs)).unwrap_or(NOWHERE);
    let mut diagnostic = Diagnostic::error(finding.code, span, finding.message).label(finding.label);
    diagnostic.severity = finding.severity;
    diagnostic.notes = finding.notes;
    diagnostic.help = finding.help;
    for (at, text) in finding.also {
        if let Some(span) = place(work, envs, &at) {
            diagnostic.labels.push(Label { span, text });
        }
    }
    build.sink.push(diagnostic);
    Some(())
}

/// The environment that was linked, where a finding has no better place.
fn env_of(work: &Work<'_>, envs: &[Linkage<'_>]) -> Option<Span> {
    let name = envs.first()?.env;
    work.project.program.envs.iter().flatten().find(|it| *it.name == *name).map(|it| it.span)
}

fn place(work: &Work<'_>, envs: &[Linkage<'_>], place: &Place) -> Option<Span> {
    match place {
        Place::Anchor(anchor) => work.inputs.resolve(anchor),
        Place::Declared { kind, name, path } => declared(work, kind, name, path),
        Place::Leaf { env, unit, object, path } => leaf(work, envs, env, *unit, *object as u32, path),
        Place::Hole { env, unit, hole: _ } => head(work, envs, env, *unit),
    }
}

/// Place of the name of a unit's instance.
fn head(work: &Work<'_>, envs: &[Linkage<'_>], env: &str, unit: usize) -> Option<Span> {
    let linkage = envs.iter().find(|it| it.env == env)?;
    work.project.analysis.instance_span(linkage.units.get(unit)?.instance?)
}

/// Who wrote a leaf: in the project where that can be told, else where the library wrote it, else the instance.
fn leaf(work: &Work<'_>, envs: &[Linkage<'_>], env: &str, unit: usize, object: u32, path: &str) -> Option<Span> {
    let linkage = envs.iter().find(|it| it.env == env)?;
    let traced = linkage.units.get(unit)?;
    let instance = traced.instance?;
    let input = eval::UnitInput {
        program: &work.project.program,
        env: linkage.context,
        statics: work.statics,
        instance,
        alias: None,
        writes: &traced.writes,
        write_slots: traced.slots,
        inputs: work.inputs,
        options: work.options,
    };
    let own = |span: &Span| work.project.analysis.files.iter().any(|it| it.id == span.file && it.library == 0);
    let writes = eval::trace(&input, object, path).unwrap_or_default();
    let last = writes.last().map(|it| [it.origin, it.span]);
    last.and_then(|spans| spans.into_iter().find(own)).or_else(|| work.project.analysis.instance_span(instance))
}

/// The entry of a static instance.
fn declared(work: &Work<'_>, kind: &str, name: &str, path: &[String]) -> Option<Span> {
    let analysis = &work.project.analysis;
    let instance = analysis.instance(analysis.kind_by_name(kind)?, name)?;
    let head = analysis.instance_span(instance)?;
    let decl = analysis.instance_decl(instance)?;
    let found = decl.block().and_then(|block| find(block, path));
    let span = |range: (u32, u32)| Span::new(head.file, range.0, range.1);
    Some(found.map_or(head, span))
}

/// The entry that a path of fields, keys and list indices names.
fn find(block: ast::Block<'_>, path: &[String]) -> Option<(u32, u32)> {
    for entry in block.entries() {
        let Entry::Set(set) = entry else { continue };
        let own: Vec<String> = set
            .path()
            .into_iter()
            .flat_map(ast::Path::segments)
            .filter_map(|it| it.text().map(std::borrow::Cow::into_owned))
            .chain(set.name().and_then(|it| it.text()).map(std::borrow::Cow::into_owned))
            .collect();
        let Some(rest) = path.strip_prefix(own.as_slice()) else { continue };
        let value = set.expr().map(ast::Expr::unparen);
        let inner = set.block().or(match value {
            Some(ast::Expr::Block(block)) => Some(block),
            _ => None,
        });
        if rest.is_empty() {
            return Some(value.map_or_else(|| set.syntax().range(), |it| it.range()));
        }
        if let Some(found) = inner.and_then(|it| find(it, rest)) {
            return Some(found);
        }
        if let (Some(ast::Expr::List(list)), [index]) = (value, rest)
            && let Some(elem) = index.parse().ok().and_then(|at: usize| list.elems().nth(at))
        {
            return Some(elem.range());
        }
        return Some(set.syntax().range());
    }
    None
}

//! Findings of link become diagnostics: their places are looked up in the trees, or blamed by evaluating a unit again with notes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use diag::{Diagnostic, Label, Span};
use eval::context::EnvContext;
use sema::ir::{InstanceRef, Write};
use syntax::ast::{self, AstNode, Entry};

use crate::diagnostics::NOWHERE;
use crate::link::{Finding, Place};
use crate::run::{Build, Level};
use crate::units::Work;

/// Places of the entries of one static instance.
type Entries = HashMap<Vec<String>, (u32, u32)>;

/// Places of the entries of static instances that findings named so far: thousands of findings in one network look through it once.
#[derive(Default)]
pub struct Places(Mutex<HashMap<InstanceRef, Entries>>);

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
    let mut places = work.places.0.lock().unwrap_or_else(PoisonError::into_inner);
    let entries = places.entry(instance).or_insert_with(|| {
        let mut entries = HashMap::new();
        if let Some(block) = decl.block() {
            collect(block, &mut Vec::new(), &mut entries);
        }
        entries
    });
    // Where a part of the path stands in no entry of its own, the entry around it.
    let found = (1..=path.len()).rev().find_map(|len| entries.get(&path[..len]));
    Some(found.map_or(head, |range| Span::new(head.file, range.0, range.1)))
}

/// Notes the place of every entry under its path of fields, keys and list indices; the first of a path counts.
fn collect(block: ast::Block<'_>, path: &mut Vec<String>, entries: &mut Entries) {
    for entry in block.entries() {
        let Entry::Set(set) = entry else { continue };
        let before = path.len();
        let own = set.path().into_iter().flat_map(ast::Path::segments).filter_map(|it| it.text());
        path.extend(own.chain(set.name().and_then(|it| it.text())).map(std::borrow::Cow::into_owned));
        let value = set.expr().map(ast::Expr::unparen);
        let range = value.map_or_else(|| set.syntax().range(), |it| it.range());
        entries.entry(path.clone()).or_insert(range);
        let inner = set.block().or(match value {
            Some(ast::Expr::Block(block)) => Some(block),
            _ => None,
        });
        if let Some(inner) = inner {
            collect(inner, path, entries);
        }
        if let Some(ast::Expr::List(list)) = value {
            for (at, elem) in list.elems().enumerate() {
                path.push(at.to_string());
                entries.entry(path.clone()).or_insert(elem.range());
                path.pop();
            }
        }
        path.truncate(before);
    }
}

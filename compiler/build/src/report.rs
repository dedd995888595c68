//! Findings of link become diagnostics: their places are looked up in the trees, or blamed by evaluating a unit again with notes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use diag::{Code, Diagnostic, FileId, Label, Severity, Span};
use eval::context::EnvContext;
use manifest::unit::{Anchor, Summary};
use sema::ir::InstanceRef;
use syntax::ast::{self, AstNode, Entry};

use crate::diagnostics::NOWHERE;
use crate::link::{Finding, Place};
use crate::run::{Build, Level};
use crate::units::Work;

/// Places of the entries of one instance.
type Entries = HashMap<Vec<String>, Ranges>;

/// Places of one entry.
#[derive(Clone, Copy)]
struct Ranges {
    /// Its value, or all of it where the value is a block of its own.
    value: (u32, u32),
    /// All of it but such a block.
    head: (u32, u32),
}

/// What was looked up for findings so far: thousands of findings in one network or file look through it once.
#[derive(Default)]
pub struct Places {
    /// Places of the entries of instances.
    entries: Mutex<HashMap<InstanceRef, Entries>>,
    /// What is allowed in files.
    allowed: Mutex<HashMap<FileId, Vec<Allowed>>>,
}

/// An `allow`.
struct Allowed {
    /// Name of the lint.
    code: String,
    /// Where it is silenced.
    scope: (u32, u32),
}

/// A unit that can be evaluated again.
#[derive(Clone)]
pub struct Traced<'a> {
    /// Which.
    pub instance: Option<InstanceRef>,
    /// Its name in the environment, where that is not its own.
    pub alias: Option<Arc<str>>,
    /// What the environment's chain says about it.
    pub stages: Vec<eval::Stage<'a>>,
}

/// An environment whose units can be evaluated again.
pub struct Linkage<'a> {
    /// Its name.
    pub env: &'a str,
    /// Its settings.
    pub context: &'a EnvContext,
    /// Its units in the order link saw them.
    pub units: &'a [Traced<'a>],
    /// What these made, in the same order.
    pub summaries: &'a [Summary],
}

/// Takes a finding as a diagnostic; `None` where the files to point into are not loaded.
pub(crate) fn push(build: &mut Build<'_>, work: &Work<'_>, envs: &[Linkage<'_>], finding: Finding) -> Option<()> {
    if work.level == Level::Partial {
        return None;
    }
    let also: Vec<Option<Span>> = finding.also.iter().map(|(at, _)| place(work, envs, at)).collect();
    let pair = finding.also.first().and_then(|(other, _)| apart(work, envs, &finding.place, other));
    let other = also.iter().copied().flatten().next();
    let span = pair.map(|it| it.0).or_else(|| place(work, envs, &finding.place)).or(other).or_else(|| env_of(work, envs)).unwrap_or(NOWHERE);
    if finding.severity == Severity::Warning {
        let instance = instance_of(work, envs, &finding.place).and_then(|it| work.project.analysis.instance_span(it));
        if [Some(span), instance].into_iter().flatten().any(|it| is_allowed(work, finding.code, it)) {
            return Some(());
        }
    }
    let mut diagnostic = Diagnostic::error(finding.code, span, finding.message).label(finding.label);
    diagnostic.severity = finding.severity;
    diagnostic.notes = finding.notes;
    diagnostic.help = finding.help;
    for (nth, (place, (_, text))) in also.into_iter().zip(finding.also).enumerate() {
        if let Some(span) = pair.map(|it| it.1).filter(|_| nth == 0).or(place) {
            diagnostic.labels.push(Label { span, text });
        }
    }
    build.sink.push(diagnostic);
    Some(())
}

/// Whether an `allow` of a lint silences it at a place.
fn is_allowed(work: &Work<'_>, code: Code, span: Span) -> bool {
    let mut allowed = work.places.allowed.lock().unwrap_or_else(PoisonError::into_inner);
    let of_file = allowed.entry(span.file).or_insert_with(|| {
        let file = work.project.analysis.files.iter().find(|it| it.id == span.file);
        let nodes = file.into_iter().flat_map(|it| ast::File::of(&it.tree).node().descendants());
        let allow = |it: ast::Allow<'_>| Some(Allowed { code: it.code()?.text()?.into_owned(), scope: it.scope() });
        nodes.filter_map(ast::Allow::cast).filter_map(allow).collect()
    });
    of_file.iter().any(|it| it.code == code.name && it.scope.0 <= span.start && span.end <= it.scope.1)
}

/// The instance that a place belongs to.
fn instance_of(work: &Work<'_>, envs: &[Linkage<'_>], place: &Place) -> Option<InstanceRef> {
    match place {
        Place::Anchor(_) => None,
        Place::Declared { kind, name, .. } => work.project.analysis.instance(work.project.analysis.kind_by_name(kind)?, name),
        Place::Object { env, unit, .. } | Place::Leaf { env, unit, .. } | Place::Hole { env, unit, .. } => {
            envs.iter().find(|it| it.env == env)?.units.get(*unit)?.instance
        }
    }
}

/// The environment that was linked, where a finding has no better place.
fn env_of(work: &Work<'_>, envs: &[Linkage<'_>]) -> Option<Span> {
    let name = envs.first()?.env;
    work.project.program.envs.iter().flatten().find(|it| *it.name == *name).map(|it| it.span)
}

/// Where a place of a finding stands.
pub(crate) fn place(work: &Work<'_>, envs: &[Linkage<'_>], place: &Place) -> Option<Span> {
    match place {
        Place::Anchor(anchor) => work.inputs.resolve(anchor),
        Place::Declared { kind, name, path } => declared(work, kind, name, path),
        Place::Object { env, unit, object, anchor } => object_places(work, envs, env, (*unit, *object), anchor).into_iter().flatten().next(),
        Place::Leaf { env, unit, object, path } => leaf(work, envs, env, *unit, *object as u32, path),
        Place::Hole { env, unit, hole: _ } => head(work, envs, env, *unit),
    }
}

/// Places of two objects that are not the same place, although one statement or entry may have made both.
fn apart(work: &Work<'_>, envs: &[Linkage<'_>], one: &Place, other: &Place) -> Option<(Span, Span)> {
    let places = |place: &Place| match place {
        Place::Object { env, unit, object, anchor } => Some(object_places(work, envs, env, (*unit, *object), anchor)),
        _ => None,
    };
    let (one, other) = (places(one)?, places(other)?);
    let best = one.iter().flatten().zip(other.iter().flatten()).next().map(|(a, b)| (*a, *b));
    let same_rank = one.iter().zip(&other).filter_map(|(a, b)| Some(((*a)?, (*b)?)));
    best.into_iter().chain(same_rank).find(|(a, b)| a != b)
}

/// Where an object comes from, the best place first: the statement if the project has it, the `name` of its entry, the entry, the instance, a library.
fn object_places(work: &Work<'_>, envs: &[Linkage<'_>], env: &str, (unit, object): (usize, usize), anchor: &Anchor) -> [Option<Span>; 5] {
    let statement = work.inputs.resolve(anchor);
    let linkage = envs.iter().find(|it| it.env == env);
    let instance = linkage.and_then(|it| it.units.get(unit)?.instance);
    let entry = || {
        let instance = instance?;
        let handles = &linkage?.summaries.get(unit)?.handles;
        let handle = handles.iter().find(|it| it.object == Some(object as u32) && !it.path.is_empty())?;
        let mut path: Vec<String> = handle.path.split('.').map(str::to_owned).collect();
        with_entries(work, instance, |entries, file| {
            let span = |range: (u32, u32)| Span::new(file, range.0, range.1);
            let head = entries.get(&path).map(|it| span(it.head));
            path.push("name".to_owned());
            (entries.get(&path).map(|it| span(it.value)), head)
        })
    };
    let (name, head) = entry().unwrap_or_default();
    let instance = instance.and_then(|it| work.project.analysis.instance_span(it));
    [statement.filter(|it| is_own(work, *it)), name, head, instance, statement]
}

/// Whether a place is in the project, not in a library.
fn is_own(work: &Work<'_>, span: Span) -> bool {
    work.project.analysis.files.iter().any(|it| it.id == span.file && it.library == 0)
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
    let input = work.unit_input(linkage.context, instance, traced.alias.as_deref(), &traced.stages);
    let own = |span: &Span| is_own(work, *span);
    let writes = eval::trace(&input, object, path).unwrap_or_default();
    let last = writes.last().map(|it| [it.origin, it.span]);
    last.and_then(|spans| spans.into_iter().find(own)).or_else(|| work.project.analysis.instance_span(instance))
}

/// The entry of a static instance.
fn declared(work: &Work<'_>, kind: &str, name: &str, path: &[String]) -> Option<Span> {
    let analysis = &work.project.analysis;
    let instance = analysis.instance(analysis.kind_by_name(kind)?, name)?;
    let head = analysis.instance_span(instance)?;
    // Where a part of the path stands in no entry of its own, the entry around it.
    let found = with_entries(work, instance, |entries, _| (1..=path.len()).rev().find_map(|len| entries.get(&path[..len]).copied()))?;
    Some(found.map_or(head, |it| Span::new(head.file, it.value.0, it.value.1)))
}

/// What `look` finds among the entries of an instance and the file they are in.
fn with_entries<T>(work: &Work<'_>, instance: InstanceRef, look: impl FnOnce(&Entries, FileId) -> T) -> Option<T> {
    let analysis = &work.project.analysis;
    let file = analysis.instance_span(instance)?.file;
    let decl = analysis.instance_decl(instance)?;
    let mut places = work.places.entries.lock().unwrap_or_else(PoisonError::into_inner);
    let entries = places.entry(instance).or_insert_with(|| {
        let mut entries = HashMap::new();
        if let Some(block) = decl.block() {
            collect(block, &mut Vec::new(), &mut entries);
        }
        entries
    });
    Some(look(entries, file))
}

/// Notes the place of every entry under its path of fields, keys and list indices; the first of a path counts.
fn collect(block: ast::Block<'_>, path: &mut Vec<String>, entries: &mut Entries) {
    for entry in block.entries() {
        let Entry::Set(set) = entry else { continue };
        let before = path.len();
        let own = set.path().into_iter().flat_map(ast::Path::segments).filter_map(|it| it.text());
        path.extend(own.chain(set.name().and_then(|it| it.text())).map(std::borrow::Cow::into_owned));
        let value = set.expr().map(ast::Expr::unparen);
        let all = set.syntax().range();
        let end = set.block().and_then(|_| set.name().map(|it| it.range()).or_else(|| set.path().map(|it| it.range()))).map_or(all.1, |it| it.1);
        let ranges = Ranges { value: value.map_or(all, |it| it.range()), head: (all.0, end) };
        entries.entry(path.clone()).or_insert(ranges);
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
                entries.entry(path.clone()).or_insert(Ranges { value: elem.range(), head: elem.range() });
                path.pop();
            }
        }
        path.truncate(before);
    }
}

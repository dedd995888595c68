//! `check` and `test`: decided on the objects of linked environments.
//!
//! A check that held is remembered under a key that digests what it sees: its closure, its environment, and the objects of the kinds that it names.
//! One that does not hold is not remembered, and is told by an attempt that evaluated everything, so that places are those of now.
//! Invariant: nothing is decided about environments with errors.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use diag::{Diagnostic, Span};
use eval::assertion::{AssertionInput, Element, Failure, FinalObject, Objects};
use manifest::unit::Summary;
use rayon::prelude::*;
use schema::types::KindId;
use sema::ir::{self, HoleAttr};
use store::Digest;

use crate::graph::{At, Graph};
use crate::link::Place;
use crate::linking::Seen;
use crate::options::{Options, TestOutcome};
use crate::outline::Sort;
use crate::results::filled;
use crate::run::{Build, Built, BuiltEnv, Level};
use crate::session::Session;
use crate::state::UnitState;
use crate::units::Work;
use crate::{diagnostics, key, objects, report};

/// The assertions of a project that a build decides.
#[derive(Default)]
pub(crate) struct Assertions {
    /// Checks of the environments asked for.
    pub checks: Vec<At>,
    /// Tests asked for.
    pub tests: Vec<At>,
    /// The project has some, asked for or not.
    pub exist: bool,
}

impl Assertions {
    /// Those that concern what is asked for.
    pub fn new(graph: &Graph<'_>, asked: &[At], options: &Options) -> Self {
        let of = |sort| (0..graph.nodes.len()).filter(move |at| graph.nodes[*at].outline.sort == sort);
        let is_asked = |at: &At| for_env(graph, *at).is_none_or(|name| asked.iter().any(|it| *graph.nodes[*it].outline.name == *name));
        Self { checks: of(Sort::Check).filter(is_asked).collect(), tests: tests(graph, options), exist: of(Sort::Check).chain(of(Sort::Test)).next().is_some() }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = At> {
        self.checks.iter().chain(&self.tests).copied()
    }
}

/// Tests that are asked for.
fn tests(graph: &Graph<'_>, options: &Options) -> Vec<At> {
    let Some(filter) = &options.tests else { return Vec::new() };
    let is_it = |at: &At| graph.nodes[*at].outline.sort == Sort::Test && graph.nodes[*at].outline.name.contains(filter.as_str());
    (0..graph.nodes.len()).filter(is_it).collect()
}

/// Environments that the tests asked for name.
pub(crate) fn tested(graph: &Graph<'_>, options: &Options) -> BTreeSet<Arc<str>> {
    let pairs = tests(graph, options).into_iter().flat_map(|at| &graph.nodes[at].outline.names.pairs);
    pairs.filter(|(word, _)| **word == *"env").map(|it| it.1.clone()).collect()
}

/// The environment that a check is `for`.
fn for_env<'g>(graph: &'g Graph<'_>, at: At) -> Option<&'g str> {
    graph.nodes[at].outline.on.as_ref().map(|it| &*it.1)
}

/// One assertion to decide.
struct Job<'a> {
    assertion: &'a ir::Assertion,
    /// The environment, with the key under which a check that holds is remembered.
    env: Option<(usize, Digest)>,
}

/// An object, and where it is made.
struct Made {
    object: FinalObject,
    unit: usize,
    index: usize,
}

/// What an environment made, as far as somebody looks at it.
struct View<'a> {
    env: &'a BuiltEnv,
    seen: &'a Seen<'a>,
    made: HashMap<KindId, Vec<Made>>,
    objects: HashMap<KindId, Vec<FinalObject>>,
}

/// Objects as one assertion sees them.
struct Sight<'a> {
    build: &'a Build<'a>,
    views: &'a [View<'a>],
    /// The environment that is checked.
    here: Option<usize>,
}

/// Decides the checks of the environments and the tests asked for; `None` where less must be relied on.
pub(crate) fn decide(build: &mut Build<'_>, work: &Work<'_>, built: &mut Built, seen: &[Seen<'_>]) -> Option<Vec<TestOutcome>> {
    let envs = &mut built.envs;
    let assertions = &work.attempt.assertions;
    if build.sink.has_errors() || !built.is_whole || assertions.all().next().is_none() {
        return Some(Vec::new());
    }
    let mut held: Vec<Vec<Digest>> = Vec::with_capacity(envs.len());
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for (nth, it) in envs.iter().zip(seen).enumerate() {
        held.push(jobs_of(work, it, nth, &mut jobs)?);
    }
    for at in &assertions.tests {
        jobs.push(Job { assertion: assertion(work, *at)?, env: None });
    }
    if jobs.is_empty() {
        put(envs, held);
        return Some(Vec::new());
    }
    build.events.decided += jobs.len();
    let (found, tests) = {
        let views = views(build, work, envs, seen, &jobs)?;
        let decided: Vec<Result<Option<Failure>, Vec<Diagnostic>>> = jobs.par_iter().map(|it| decided(build, work, &views, it)).collect();
        told(work, &views, &jobs, decided, &mut held)?
    };
    put(envs, held);
    found.into_iter().for_each(|it| build.sink.push(it));
    Some(tests)
}

fn put(envs: &mut [BuiltEnv], held: Vec<Vec<Digest>>) {
    for (env, held) in envs.iter_mut().zip(held) {
        env.state.held = held;
    }
}

fn assertion<'a>(work: &'a Work<'_>, at: At) -> Option<&'a ir::Assertion> {
    work.project.program.assertions.get(&work.project.decls[at]?)
}

/// The checks of an environment that are not known to hold; gives the keys of those that are.
fn jobs_of<'a>(work: &'a Work<'_>, (env, seen): (&BuiltEnv, &Seen<'_>), nth: usize, jobs: &mut Vec<Job<'a>>) -> Option<Vec<Digest>> {
    let graph = work.session.graph;
    let is_same = |it: &&crate::state::EnvState| it.name == env.state.name && it.json == env.state.json && work.level != Level::Afresh;
    let known = work.attempt.state.envs.iter().find(is_same).map_or(&[][..], |it| &it.held);
    let mut held = Vec::new();
    for at in work.attempt.assertions.checks.iter().filter(|at| for_env(graph, **at).is_none_or(|it| *it == *env.state.name)) {
        let assertion = assertion(work, *at)?;
        let key = key_of(work, env, &seen.common, *at, assertion);
        if known.contains(&key) {
            held.push(key);
        } else {
            jobs.push(Job { assertion, env: Some((nth, key)) });
        }
    }
    Some(held)
}

/// Key of a check in an environment.
fn key_of(work: &Work<'_>, env: &BuiltEnv, common: &Digest, at: At, assertion: &ir::Assertion) -> Digest {
    let names: Vec<String> = assertion.kinds.iter().map(|it| objects::kind_name(&work.project.program.schemas.kind_info(*it))).collect();
    let mut seen: Vec<(&str, &str, &str, &Digest)> = Vec::new();
    for unit in &env.state.units {
        let of_kind = unit.kinds.iter().filter(|it| names.iter().any(|name| **name == *it.0));
        seen.extend(of_kind.map(|(kind, digest)| (&*unit.kind, &*unit.name, &**kind, digest)));
    }
    let session: &Session<'_> = work.session;
    let closure = session.graph.closure(at);
    key::assertion(common, closure, &work.attempt.inputs, assertion.asks.then_some(&env.state.link), &seen)
}

/// The objects that the jobs look at.
fn views<'a>(build: &Build<'_>, work: &Work<'_>, envs: &'a [BuiltEnv], seen: &'a [Seen<'a>], jobs: &[Job<'_>]) -> Option<Vec<View<'a>>> {
    let view = |(nth, (env, seen)): (usize, (&'a BuiltEnv, &'a Seen<'a>))| {
        let concerns = |it: &&Job<'_>| match it.env {
            Some((at, _)) => at == nth,
            None => true,
        };
        let kinds: BTreeSet<KindId> = jobs.iter().filter(concerns).flat_map(|it| it.assertion.kinds.iter().copied()).collect();
        View::new(build, work, (env, seen), &kinds)
    };
    envs.iter().zip(seen).enumerate().map(view).collect()
}

impl<'a> View<'a> {
    fn new(build: &Build<'_>, work: &Work<'_>, (env, seen): (&'a BuiltEnv, &'a Seen<'a>), kinds: &BTreeSet<KindId>) -> Option<Self> {
        let schemas = &work.project.program.schemas;
        let names: HashMap<String, KindId> = kinds.iter().map(|it| (objects::kind_name(&schemas.kind_info(*it)), *it)).collect();
        let is_wanted = |unit: &UnitState| unit.kinds.iter().any(|it| names.contains_key(&*it.0));
        let units: Vec<usize> = (0..env.state.units.len()).filter(|at| is_wanted(&env.state.units[*at])).collect();
        let remembered: Vec<Digest> = units.iter().filter(|at| !env.rendered.contains_key(at)).map(|at| env.state.units[*at].rendered).collect();
        // Reading many together costs less than one by one.
        build.memo.get_many(&remembered);
        let read: Vec<Option<Vec<(KindId, Made)>>> = units.par_iter().with_min_len(8).map(|at| unit(build, env, *at, &names)).collect();
        let mut made: HashMap<KindId, Vec<Made>> = kinds.iter().map(|it| (*it, Vec::new())).collect();
        for (kind, object) in read.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten() {
            made.entry(kind).or_default().push(object);
        }
        let objects = made.iter_mut().map(|(kind, all)| (*kind, all.iter_mut().map(|it| std::mem::replace(&mut it.object, empty())).collect())).collect();
        Some(Self { env, seen, made, objects })
    }
}

fn empty() -> FinalObject {
    FinalObject { namespace: String::new(), name: String::new(), data: manifest::json::Json::Null }
}

/// The wanted objects of a unit.
fn unit(build: &Build<'_>, env: &BuiltEnv, at: usize, names: &HashMap<String, KindId>) -> Option<Vec<(KindId, Made)>> {
    let state = &env.state.units[at];
    let text = env.rendered.get(&at).or_else(|| build.memo.get(&state.rendered))?;
    let mut found = Vec::new();
    let mut summary = None;
    for (index, document) in objects::documents(text, env.state.json)?.iter().enumerate() {
        let Some(kind) = names.get(&*document.kind) else { continue };
        let data = objects::data(document)?;
        let text = |key| data.at(&["metadata", key]).and_then(|it| it.as_str()).unwrap_or_default().to_owned();
        let (namespace, mut name) = (text("namespace"), text("name"));
        if matches!(&*document.kind, "v1/ConfigMap" | "v1/Secret") {
            // Only their names may have a suffix.
            if summary.is_none() {
                summary = Some(summary_of(build, env, state)?);
            }
            let base = summary.as_ref().and_then(|it| it.objects.get(index)?.base_name.as_ref());
            name = base.map_or(name, |it| filled(it, &state.fills));
        }
        found.push((*kind, Made { object: FinalObject { namespace, name, data }, unit: at, index }));
    }
    Some(found)
}

fn summary_of(build: &Build<'_>, env: &BuiltEnv, unit: &UnitState) -> Option<Summary> {
    let key = key::part(&unit.key, "summary");
    let fresh = env.results.iter().find(|it| it.0 == key).map(|it| &*it.1);
    Summary::decode(fresh.or_else(|| build.memo.get(&key).map(|it| &**it))?).ok()
}

fn decided(build: &Build<'_>, work: &Work<'_>, views: &[View<'_>], job: &Job<'_>) -> Result<Option<Failure>, Vec<Diagnostic>> {
    let here = job.env.map(|it| it.0);
    let sight = Sight { build, views, here };
    let input = AssertionInput {
        program: &work.project.program,
        assertion: job.assertion,
        env: here.map(|it| &views[it].seen.context),
        statics: work.statics,
        objects: &sight,
        inputs: work.inputs,
        options: work.options,
    };
    eval::assertion::eval_assertion(&input)
}

impl Objects for Sight<'_> {
    fn all(&self, env: Option<&str>, kind: KindId) -> &[FinalObject] {
        let view = match env {
            Some(name) => self.views.iter().find(|it| *it.env.state.name == *name),
            None => self.here.and_then(|it| self.views.get(it)),
        };
        view.and_then(|it| it.objects.get(&kind)).map_or(&[], Vec::as_slice)
    }

    fn answer(&self, (kind, name): (&str, &str), path: &str, attr: HoleAttr) -> Option<String> {
        let env = self.views.get(self.here?)?.env;
        let unit = env.state.units.iter().find(|it| *it.kind == *kind && *it.name == *name)?;
        let summary = summary_of(self.build, env, unit)?;
        let handle = summary.handles.iter().find(|it| *it.path == *path)?;
        if attr == HoleAttr::Number {
            return handle.number.map(|it| it.to_string());
        }
        let object = summary.objects.get(handle.object? as usize)?;
        let name = filled(&object.name, &unit.fills);
        let namespace = object.namespace.as_ref().map(|it| filled(it, &unit.fills));
        match attr {
            HoleAttr::Name => Some(name),
            HoleAttr::Namespace => namespace,
            HoleAttr::Host => Some(format!("{name}.{}.svc", namespace?)),
            HoleAttr::Number => None,
        }
    }
}

/// What was decided in words: diagnostics of checks, outcomes of tests. `None` where places are not those of now.
fn told(
    work: &Work<'_>,
    views: &[View<'_>],
    jobs: &[Job<'_>],
    decided: Vec<Result<Option<Failure>, Vec<Diagnostic>>>,
    held: &mut [Vec<Digest>],
) -> Option<(Vec<Diagnostic>, Vec<TestOutcome>)> {
    let (mut found, mut tests) = (Vec::new(), Vec::new());
    for (job, decided) in jobs.iter().zip(decided) {
        let wrong = match decided {
            Ok(None) => Vec::new(),
            Ok(Some(failure)) => vec![failed(work, views, job, &failure)?],
            Err(wrong) => wrong,
        };
        if !wrong.is_empty() && work.level == Level::Partial {
            return None;
        }
        let wrong = wrong.into_iter().map(|it| diagnostics::with_reason(it, &work.inputs.faults()));
        match job.env {
            Some((nth, key)) => {
                let before = found.len();
                found.extend(wrong);
                if found.len() == before {
                    held[nth].push(key);
                }
            }
            None => tests.push(TestOutcome { title: job.assertion.title.clone(), place: job.assertion.span, wrong: wrong.collect() }),
        }
    }
    Some((found, tests))
}

/// A failure as a diagnostic; `None` where a place is known only as it was.
fn failed(work: &Work<'_>, views: &[View<'_>], job: &Job<'_>, failure: &Failure) -> Option<Diagnostic> {
    let here = job.env.map(|it| it.0);
    let describe = |element: &Element| describe(work, views, here, element);
    let elements: Vec<(String, Option<Span>)> = failure.elements.iter().map(describe).collect::<Option<_>>()?;
    let inner: Vec<String> = failure.inner.iter().map(|it| Some(describe(it)?.0)).collect::<Option<_>>()?;
    let env = here.map(|it| &*views[it].env.state.name);
    Some(diagnostics::assertion_failed(&job.assertion.title, env, failure, &elements, &inner))
}

/// What an element is called, and where it is made.
fn describe(work: &Work<'_>, views: &[View<'_>], here: Option<usize>, element: &Element) -> Option<(String, Option<Span>)> {
    let Some((env, kind, index)) = &element.object else { return Some((element.text.clone(), None)) };
    let view = match env {
        Some(name) => views.iter().find(|it| it.env.state.name == *name)?,
        None => views.get(here?)?,
    };
    let (made, object) = (&view.made.get(kind)?[*index], &view.objects.get(kind)?[*index]);
    let within = if object.namespace.is_empty() { String::new() } else { format!(" in {}", object.namespace) };
    let of_env = env.as_ref().map_or(String::new(), |it| format!(" of env {it}"));
    let text = format!("{} {}{within}{of_env}", work.project.program.schemas.kind_info(*kind).kind, object.name);
    // Remembered summaries hold places as they were.
    let linked = view.seen.linked.as_ref().filter(|it| it.is_fresh)?;
    let anchor = linked.summaries.get(made.unit)?.objects.get(made.index)?.anchor.clone();
    let linkage = [report::Linkage { env: &view.env.state.name, context: &view.seen.context, units: &linked.units, summaries: &linked.summaries }];
    let place = Place::Object { env: view.env.state.name.to_string(), unit: made.unit, object: made.index, anchor };
    Some((text, report::place(work, &linkage, &place)))
}

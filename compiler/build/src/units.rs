//! Environments: what each holds, evaluation of what has no result, and link (`linking`).

use std::collections::HashMap;
use std::sync::Arc;

use diag::Diagnostic;
use eval::context::{EnvContext, Statics};
use manifest::unit::{Summary, Template};
use rayon::prelude::*;
use sema::analysis::DeclKind;
use sema::ir::{self, InstanceRef};
use store::Digest;

use crate::check::Load;
use crate::graph::At;
use crate::inputs::BuildInputs;
use crate::link::{self, Network};
use crate::linking::{self, Linking};
use crate::options::{Format, Output, Select};
use crate::project::Project;
use crate::run::{Attempt, Build, Built, Level};
use crate::scan::Scan;
use crate::session::{self, Contents, Session};
use crate::state::{DeclFacts, UnitState};
use crate::{aside, assertion, diagnostics, key, network, report};

/// What evaluation and link of any environment need.
pub(crate) struct Work<'a> {
    pub attempt: &'a Attempt<'a>,
    pub session: &'a Session<'a>,
    pub project: &'a Project,
    pub statics: &'a Statics,
    pub inputs: &'a BuildInputs<'a>,
    pub options: eval::context::Options,
    pub network: &'a Network,
    pub level: Level,
    pub load: &'a Load,
    pub places: report::Places,
}

/// A unit on its way: what is remembered of it, or what was made of it now; neither where it or something it needs is wrong.
pub(crate) struct Pending {
    pub at: At,
    /// Its name in the environment.
    pub name: Arc<str>,
    pub key: Digest,
    pub known: Option<UnitState>,
    pub fresh: Option<Fresh>,
}

/// What evaluation makes of a unit.
pub(crate) struct Fresh {
    /// Number of objects.
    pub objects: u32,
    pub summary: Summary,
    pub summary_bytes: Vec<u8>,
    pub summary_digest: Digest,
    pub template: Template,
}

/// Evaluates and links the environments asked for; `None` where less must be relied on.
pub(crate) fn build_envs(
    build: &mut Build<'_>,
    attempt: &Attempt<'_>,
    scan: &Scan,
    facts: &[DeclFacts],
    project: &Project,
    load: &Load,
    level: Level,
) -> Option<Built> {
    let inputs = BuildInputs::new(build.world, &attempt.inputs, &scan.contents, &project.analysis);
    let options = eval::context::Options {
        format: match build.options.format {
            Format::Yaml => eval::context::Format::Yaml,
            Format::Json => eval::context::Format::Json,
        },
        limits: eval::limits::LIMITS,
    };
    let (statics, found) = eval::eval_statics(&project.program, &inputs, options);
    let network = network::of(project, &statics);
    let work = Work {
        attempt,
        session: attempt.session,
        project,
        statics: &statics,
        inputs: &inputs,
        options,
        network: &network,
        level,
        load,
        places: report::Places::default(),
    };
    work.push(build, found);
    for finding in link::check_network(&network) {
        report::push(build, &work, &[], finding)?;
    }
    let mut linkings = Vec::new();
    for env in &attempt.asked {
        let used = linking::used(&work, *env, &linkings);
        linkings.extend(work.env(build, facts, *env, used)?);
    }
    let (mut built, seen) = linking::link_all(build, &work, linkings)?;
    if built.is_whole && build.options.select != Select::All {
        build.elsewhere = aside::set_aside(&mut build.sink, attempt, scan, project);
    }
    build.tests = assertion::decide(build, &work, &mut built, &seen)?;
    Some(built)
}

impl Work<'_> {
    /// Takes findings of the evaluator.
    pub fn push(&self, build: &mut Build<'_>, found: Vec<Diagnostic>) {
        if !found.is_empty() {
            let faults = self.inputs.faults();
            found.into_iter().for_each(|it| build.sink.push(diagnostics::with_reason(it, &faults)));
        }
    }

    /// An environment up to link; `None` where less must be relied on, `Some(None)` where it has no body to build.
    fn env(&self, build: &mut Build<'_>, facts: &[DeclFacts], at: At, used: Vec<(usize, Digest)>) -> Option<Option<Linking<'_>>> {
        let Some(env) = self.env_body(at) else { return Some(None) };
        let Some(chain) = self.project.program.chain(env) else { return Some(None) };
        let contents = session::contents(self.session, facts, at);
        self.report_strangers(build, &contents, env)?;
        let pools = self.pools(&contents);
        let input =
            eval::EnvInput { program: &self.project.program, chain: &chain, statics: self.statics, pools: &pools, inputs: self.inputs, options: self.options };
        let (context, found) = eval::eval_env(&input);
        self.push(build, found);
        let stages = Stages::new(&chain);
        if build.options.why.is_some() && !build.chosen.contains(&env.name) {
            return Some(None);
        }
        if build.options.why.is_some() {
            self.why(build, &contents, &stages, &context)?;
            return Some(None);
        }
        let mut pending = self.pending(build, &contents, env);
        self.forget_lost(build, &mut pending);
        self.evaluate(build, &stages, &context, &mut pending)?;
        let strangers = contents.strangers.iter().map(|it| session::named(self.session, it.1)).collect();
        let common = key::common(self.session, &contents, build.json(), &self.attempt.inputs);
        Some(Some(Linking::new(self, env, stages, context, pending, strangers, (common, used))))
    }

    fn env_body(&self, at: At) -> Option<&ir::Env> {
        match self.project.analysis.decl(self.project.decls[at]?).kind {
            DeclKind::Env(index) => self.project.program.envs.get(index as usize)?.as_ref(),
            _ => None,
        }
    }

    /// Members with their keys and what is remembered under these.
    fn pending(&self, build: &Build<'_>, contents: &Contents, env: &ir::Env) -> Vec<Pending> {
        let json = build.json();
        let planned = self.load.planned.iter().find(|(it, _)| it.env == contents.env && it.members == contents.members);
        let keys = planned.map_or_else(|| key::units(self.session, contents, json, &self.attempt.inputs), |it| it.1.clone());
        let old = self.attempt.state.envs.iter().find(|it| it.name == env.name && it.json == json && self.level != Level::Afresh);
        let known = session::remembered(self.session, contents.members.iter(), old.map_or(&[], |it| &it.units));
        let members = contents.members.iter().zip(keys).zip(known);
        let one = |((it, key), known): ((&session::Member, Digest), Option<&UnitState>)| Pending {
            at: it.at,
            name: it.name.clone(),
            key,
            known: known.filter(|it| it.key == key).cloned(),
            fresh: None,
        };
        members.map(one).collect()
    }

    fn report_strangers(&self, build: &mut Build<'_>, contents: &Contents, env: &ir::Env) -> Option<()> {
        if !contents.strangers.is_empty() && self.level == Level::Partial {
            return None;
        }
        for (from, to) in &contents.strangers {
            let (word, name) = session::named(self.session, *to);
            let is_it = |it: &InstanceRef| {
                let entry = &self.project.analysis.instances[it.0 as usize];
                entry.kind_word == word && entry.name == name
            };
            let found = self.project.decls[*from].and_then(|it| self.project.checked.get(&it));
            let place = found.and_then(|it| it.reached.iter().find(|(it, _)| is_it(it))).map_or(env.span, |it| it.1);
            build.sink.push(diagnostics::not_in_environment(place, &env.name, &word, &name));
        }
        Some(())
    }

    fn pools(&self, contents: &Contents) -> Vec<InstanceRef> {
        let is_static = |at: &At| self.session.is_static(&self.session.graph.nodes[*at].outline.word);
        contents.members.iter().map(|it| it.at).filter(is_static).filter_map(|at| self.instance(at)).collect()
    }

    /// The instance of a node, where its file is loaded.
    pub fn instance(&self, at: At) -> Option<InstanceRef> {
        match self.project.analysis.decl(self.project.decls[at]?).kind {
            DeclKind::Instance(it) => Some(it),
            _ => None,
        }
    }

    /// Remembered units of which the memo has lost the text count as not remembered, where the text is asked for.
    fn forget_lost(&self, build: &Build<'_>, pending: &mut [Pending]) {
        if !matches!(build.options.output, Output::Memory) {
            return;
        }
        let keys: Vec<Digest> = pending.iter().filter_map(|it| it.known.as_ref()).map(|it| it.rendered).collect();
        let mut found = build.memo.get_many(&keys).into_iter();
        for unit in pending.iter_mut().filter(|it| it.known.is_some()) {
            if found.next().flatten().is_none() {
                unit.known = None;
            }
        }
    }

    /// Evaluates what is not remembered; `None` where its file is not loaded.
    fn evaluate(&self, build: &mut Build<'_>, stages: &Stages<'_>, context: &EnvContext, pending: &mut [Pending]) -> Option<()> {
        let todo: Vec<usize> = (0..pending.len()).filter(|at| pending[*at].known.is_none()).collect();
        if self.level == Level::Partial && todo.iter().any(|at| !self.is_ready(pending[*at].at)) {
            return None;
        }
        let results: Vec<(usize, Result<Fresh, Vec<Diagnostic>>)> = todo
            .par_iter()
            .with_min_len(4)
            .map(|at| {
                let Some(instance) = self.instance(pending[*at].at) else { return (*at, Err(Vec::new())) };
                let alias = self.alias(&pending[*at]);
                let stages = stages.of(instance, alias);
                (*at, eval::eval_unit(&self.unit_input(context, instance, alias, &stages)).map(fresh))
            })
            .collect();
        build.events.evaluated += results.len();
        build.events.reused += pending.len() - results.len();
        for (at, result) in results {
            match result {
                Ok(fresh) => pending[at].fresh = Some(fresh),
                // Link runs over the others, for their own findings; nothing will be published.
                Err(found) => {
                    // One that is silent needs something that is wrong, which must have been said.
                    if found.is_empty() && build.sink.is_empty() && self.level == Level::Partial {
                        return None;
                    }
                    self.push(build, found);
                }
            }
        }
        Some(())
    }

    /// Whether a unit's body is there to be evaluated.
    pub fn is_ready(&self, at: At) -> bool {
        self.instance(at).is_some_and(|it| self.project.program.instances[it.0 as usize].is_some())
    }

    /// The name that an environment gives an instance, where it is not its own.
    pub fn alias<'n>(&self, unit: &'n Pending) -> Option<&'n str> {
        (*unit.name != *self.session.graph.nodes[unit.at].outline.name).then_some(&*unit.name)
    }

    pub fn unit_input<'i>(
        &'i self,
        context: &'i EnvContext,
        instance: InstanceRef,
        alias: Option<&'i str>,
        stages: &'i [eval::Stage<'i>],
    ) -> eval::UnitInput<'i> {
        eval::UnitInput {
            program: &self.project.program,
            env: context,
            statics: self.statics,
            instance,
            alias,
            stages,
            inputs: self.inputs,
            options: self.options,
        }
    }
}

/// The steps of a chain by the instances that they list.
pub(crate) struct Stages<'a> {
    chain: Vec<&'a ir::Env>,
    entries: Vec<HashMap<(InstanceRef, Option<&'a str>), &'a ir::EnvEntry>>,
}

static NOTHING: ir::Overlay = ir::Overlay { with: Vec::new(), each: Vec::new(), patch: Vec::new() };

impl<'a> Stages<'a> {
    fn new(chain: &[&'a ir::Env]) -> Self {
        let by_instance = |step: &&'a ir::Env| step.entries.iter().map(|it| ((it.instance, it.alias.as_deref()), it)).collect();
        Self { chain: chain.to_vec(), entries: chain.iter().map(by_instance).collect() }
    }

    /// What the chain says about one unit.
    pub fn of(&self, instance: InstanceRef, alias: Option<&str>) -> Vec<eval::Stage<'a>> {
        let stage = |(step, entries): (&&'a ir::Env, &HashMap<(InstanceRef, Option<&'a str>), &'a ir::EnvEntry>)| {
            let entry = entries.get(&(instance, alias));
            eval::Stage { slots: step.slots, writes: entry.map_or(&[], |it| &it.writes), own: entry.map_or(&NOTHING, |it| &it.overlay), all: &step.overlay }
        };
        self.chain.iter().zip(&self.entries).map(stage).collect()
    }

    /// The steps, the weakest first.
    pub fn chain(&self) -> &[&'a ir::Env] {
        &self.chain
    }
}

fn fresh(unit: manifest::unit::Unit) -> Fresh {
    let summary_bytes = unit.summary.encode();
    Fresh { objects: unit.summary.objects.len() as u32, summary_digest: Digest::of(&summary_bytes), summary_bytes, summary: unit.summary, template: unit.text }
}

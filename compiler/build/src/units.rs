//! Environments: who is in them, the key of each unit, evaluation of what has no result, and link.
//!
//! A unit's key digests everything its evaluation can see; equal keys mean equal results (grammar.md, "Key").

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use diag::Diagnostic;
use eval::context::{EnvContext, Statics};
use manifest::unit::{Summary, Template};
use rayon::prelude::*;
use sema::ir::{self, InstanceRef};
use store::{Digest, Hasher};

use crate::graph::{Closure, Graph, Kinds};
use crate::inputs::BuildInputs;
use crate::link::{self, LinkInput, Linked, Network};
use crate::options::{Format, Output, Select};
use crate::outline::{EntryOutline, Sort};
use crate::project::Project;
use crate::run::{Build, BuiltEnv};
use crate::scan::{self, Scan};
use crate::state::{EnvState, FileState, State, UnitState};
use crate::{diagnostics, network, publish, report};

/// The project of one attempt: outlines, and where each stands.
pub struct Session<'s> {
    pub graph: &'s Graph<'s>,
    pub files: &'s [FileState],
    /// Of each node of the graph: file, and number of the declaration in it.
    pub places: &'s [(usize, usize)],
    pub kinds: &'s Kinds,
    pub compiler: Digest,
}

impl Session<'_> {
    /// Whether a kind of that name is static.
    pub fn is_static(&self, word: &str) -> bool {
        self.kinds.get(word).is_some_and(|it| it.0)
    }

    fn is_ambient(&self, word: &str) -> bool {
        self.kinds.get(word).is_some_and(|it| it.1)
    }

    fn lowers(&self, word: &str) -> bool {
        self.kinds.get(word).is_some_and(|it| it.2)
    }
}

/// An environment to build.
#[derive(Clone, Debug)]
pub struct EnvPlan {
    pub name: Arc<str>,
    /// Index into `Analysis::envs`.
    pub index: usize,
}

/// What is in an environment: nodes of the graph, sorted by kind word and name.
struct Contents {
    env: usize,
    members: Vec<usize>,
    /// Reached, but neither listed nor ambient: by whom, and which.
    strangers: Vec<(usize, usize)>,
}

fn contents(session: &Session<'_>, scan: &Scan, env: usize) -> Contents {
    let graph = session.graph;
    let node = graph.nodes[env];
    let mut members: BTreeSet<usize> = node.entries.iter().filter_map(|it| graph.instance(&it.word, &it.name)).collect();
    if let Some(on) = &node.on {
        let here = |at: &usize| graph.nodes[*at].on.as_ref() == Some(on) && graph.nodes[*at].sort == Sort::Instance;
        members.extend((0..graph.nodes.len()).filter(here));
    }
    let mut strangers = Vec::new();
    let mut todo: Vec<usize> = members.iter().copied().chain([env]).collect();
    while let Some(at) = todo.pop() {
        let (file, nth) = session.places[at];
        for (word, name) in &scan.files[file].decls[nth].reached {
            let Some(to) = graph.instance(word, name) else { continue };
            if members.contains(&to) || session.is_static(word) {
                continue;
            }
            if session.is_ambient(word) {
                members.insert(to);
                todo.push(to);
            } else if at != env {
                strangers.push((at, to));
            }
        }
    }
    strangers.retain(|(_, to)| !members.contains(to));
    let mut members: Vec<usize> =
        members.into_iter().filter(|at| !session.is_static(&graph.nodes[*at].word) || session.lowers(&graph.nodes[*at].word)).collect();
    members.sort_by(|a, b| (&graph.nodes[*a].word, &graph.nodes[*a].name).cmp(&(&graph.nodes[*b].word, &graph.nodes[*b].name)));
    Contents { env, members, strangers }
}

/// Keys of units in one environment.
struct Keys<'s> {
    session: &'s Session<'s>,
    entries: HashMap<(&'s str, &'s str), &'s EntryOutline>,
    /// Everything of the environment that every unit sees.
    common: Digest,
    json: bool,
}

impl<'s> Keys<'s> {
    fn new(session: &'s Session<'s>, contents: &Contents, json: bool) -> Self {
        let graph = session.graph;
        let node = graph.nodes[contents.env];
        let mut hasher = Hasher::new("environment");
        hasher.digest(&session.compiler);
        hasher.str(&node.name);
        hasher.bool(json);
        let rest: Vec<&EntryOutline> = node.entries.iter().filter(|it| it.word.is_empty()).collect();
        hasher.seq(rest, |h, it| h.digest(&graph.closure_of(&it.own, &it.names, session.kinds).digest));
        hasher.option(graph.settings(), |h, at| h.digest(&graph.closure(at).digest));
        if let Some((word, name)) = &node.on {
            hasher.option(graph.instance(word, name), |h, at| h.digest(&graph.closure(at).digest));
        }
        let statics: Vec<&usize> = contents.members.iter().filter(|at| session.is_static(&graph.nodes[**at].word)).collect();
        hasher.seq(statics, |h, at| h.digest(&graph.closure(*at).digest));
        let entries = node.entries.iter().filter(|it| !it.word.is_empty()).map(|it| ((&*it.word, &*it.name), it)).collect();
        Self { session, entries, common: hasher.finish(), json }
    }

    fn entry(&self, at: usize) -> Option<&'s EntryOutline> {
        let node = self.session.graph.nodes[at];
        self.entries.get(&(&*node.word, &*node.name)).copied()
    }

    /// What a unit needs, its environment's entry included.
    fn closures(&self, at: usize) -> (&'s Closure, Option<Closure>) {
        let graph = self.session.graph;
        (graph.closure(at), self.entry(at).map(|it| graph.closure_of(&it.own, &it.names, self.session.kinds)))
    }

    fn key(&self, at: usize, inputs: &HashMap<Arc<str>, Digest>) -> Digest {
        let (own, entry) = self.closures(at);
        let mut hasher = Hasher::new("unit");
        hasher.digest(&self.common);
        hasher.bool(self.json);
        hasher.digest(&own.digest);
        hasher.option(entry.as_ref(), |h, it| h.digest(&it.digest));
        let files: Vec<&Arc<str>> = own.inputs.iter().chain(entry.iter().flat_map(|it| &it.inputs)).collect();
        hasher.seq(files, |h, path| {
            h.str(path);
            h.option(inputs.get(path), |h, it| h.digest(it));
        });
        hasher.finish()
    }
}

/// Key of a unit's summary, template and rendered text in the memo.
pub fn part(key: &Digest, what: &str) -> Digest {
    let mut hasher = Hasher::new(what);
    hasher.digest(key);
    hasher.finish()
}

/// Key of a unit's text with its holes filled.
pub fn rendered_key(key: &Digest, fills: &[Arc<str>]) -> Digest {
    let mut hasher = Hasher::new("rendered");
    hasher.digest(key);
    hasher.seq(fills, |h, it| h.str(it));
    hasher.finish()
}

/// Units that will have to be evaluated, as far as what is remembered tells.
pub(crate) fn provisional(build: &Build<'_>, scan: &Scan, session: &Session<'_>, stale: &HashSet<usize>) -> Vec<usize> {
    let state = build.memo.state().and_then(|it| State::decode(it, &build.compiler)).unwrap_or_default();
    let known: HashSet<Digest> = state.envs.iter().flat_map(|it| &it.units).map(|it| it.key).collect();
    let inputs: HashMap<Arc<str>, Digest> = scan.inputs.iter().map(|it| (it.path.clone(), it.digest)).collect();
    let json = build.options.format == Format::Json;
    let mut wanted: Vec<usize> = Vec::new();
    for env in (0..session.graph.nodes.len()).filter(|at| session.graph.nodes[*at].sort == Sort::Env) {
        let name = &session.graph.nodes[env].name;
        let path = &session.files[session.places[env].0].path;
        let asked = match &build.options.select {
            Select::All => true,
            Select::Env(wanted) => **wanted == **name,
            Select::Path(wanted) => crate::run::under(path, wanted),
        };
        if asked {
            let contents = contents(session, scan, env);
            let keys = Keys::new(session, &contents, json);
            wanted.extend(contents.members.iter().filter(|at| stale.contains(at) || !known.contains(&keys.key(**at, &inputs))));
        }
    }
    wanted
}

/// Evaluates and links the environments; `None` where more files must be loaded.
pub(crate) fn build_envs(
    build: &mut Build<'_>,
    state: &State,
    scan: &mut Scan,
    session: &Session<'_>,
    project: &Project,
    plans: &[EnvPlan],
    everything: bool,
) -> Option<Vec<BuiltEnv>> {
    let mut inputs = BuildInputs::new(&project.analysis);
    let all_inputs: BTreeSet<Arc<str>> = session.graph.nodes.iter().flat_map(|it| it.names.inputs.iter().cloned()).collect();
    read_inputs(build, scan, &all_inputs, &mut inputs);
    let options = eval::context::Options {
        format: match build.options.format {
            Format::Yaml => eval::context::Format::Yaml,
            Format::Json => eval::context::Format::Json,
        },
        limits: eval::limits::LIMITS,
    };
    let (statics, found) = eval::eval_statics(&project.program, &inputs, options);
    found.into_iter().for_each(|it| build.sink.push(it));
    let network = network::of(project, &statics);
    let mut work = Work { project, session, statics: &statics, inputs: &inputs, options, network: &network, everything };
    if everything || build.sink.is_empty() {
        for finding in link::check_network(&network) {
            report::push(build, &work, &[], finding)?;
        }
    }
    let mut built = Vec::new();
    let mut views: Vec<Viewed> = Vec::new();
    for plan in plans {
        let Some(env) = project.program.envs.get(plan.index).and_then(Option::as_ref) else { continue };
        let one = work.env(build, state, scan, env)?;
        if let Some((one, view)) = one {
            views.extend(view);
            built.push(one);
        }
    }
    across(build, &mut work, &views)?;
    Some(built)
}

/// What stands between environments that were linked in this run.
fn across(build: &mut Build<'_>, work: &mut Work<'_>, views: &[Viewed]) -> Option<()> {
    if views.len() < 2 {
        return Some(());
    }
    let lists: Vec<Vec<&Summary>> = views.iter().map(|it| it.summaries.iter().collect()).collect();
    let env_views: Vec<link::EnvView<'_>> =
        views.iter().zip(&lists).map(|(it, units)| link::EnvView { env: &it.name, cluster: &it.cluster, units, fills: &it.fills }).collect();
    let contexts: Vec<report::Linkage<'_>> = views.iter().map(|it| report::Linkage { env: &it.name, context: &it.context, units: &it.units }).collect();
    for finding in link::check_across(work.network, &env_views) {
        report::push(build, work, &contexts, finding)?;
    }
    Some(())
}

/// A linked environment as the checks between environments see it.
struct Viewed {
    name: Arc<str>,
    cluster: String,
    summaries: Vec<Summary>,
    fills: Vec<Vec<String>>,
    context: EnvContext,
    units: Vec<report::Traced>,
}

/// Puts contents of inputs where the evaluator finds them; those remembered are read only if asked for by digest.
fn read_inputs(build: &Build<'_>, scan: &mut Scan, wanted: &BTreeSet<Arc<str>>, inputs: &mut BuildInputs) {
    scan.inputs.retain(|it| wanted.contains(&it.path));
    for path in wanted {
        let content = match scan.contents.get(path) {
            Some(content) => content.clone(),
            None => match scan::read_input(build.world, path) {
                Ok((state, content)) => {
                    if scan.inputs.iter().all(|it| it.path != *path) {
                        scan.inputs.push(state);
                    }
                    content
                }
                // The evaluator reports it where it is named.
                Err(_) => continue,
            },
        };
        inputs.add(path.clone(), content);
    }
    scan.inputs.sort_by(|a, b| a.path.cmp(&b.path));
}

/// What evaluation and link of any environment need.
pub(crate) struct Work<'a> {
    pub project: &'a Project,
    pub session: &'a Session<'a>,
    pub statics: &'a Statics,
    pub inputs: &'a BuildInputs,
    pub options: eval::context::Options,
    pub network: &'a Network,
    pub everything: bool,
}

/// A unit on its way: what is remembered of it, or what was made of it now.
struct Pending {
    at: usize,
    key: Digest,
    instance: Option<InstanceRef>,
    known: Option<UnitState>,
    fresh: Option<Fresh>,
}

struct Fresh {
    /// First chunk of each object in the template.
    starts: Vec<u32>,
    summary: Summary,
    summary_bytes: Vec<u8>,
    template: Template,
}

impl Work<'_> {
    /// One environment; `None` where more must be loaded, `Some(None)` where errors leave nothing to build.
    fn env(&self, build: &mut Build<'_>, state: &State, scan: &Scan, env: &ir::Env) -> Option<Option<(BuiltEnv, Option<Viewed>)>> {
        let graph = self.session.graph;
        let at = (0..graph.nodes.len()).find(|at| graph.nodes[*at].sort == Sort::Env && graph.nodes[*at].name == env.name)?;
        let contents = contents(self.session, scan, at);
        self.report_strangers(build, &contents, env)?;
        let pools = self.pools(&contents);
        let input = eval::EnvInput { program: &self.project.program, env, statics: self.statics, pools: &pools, inputs: self.inputs, options: self.options };
        let (context, found) = eval::eval_env(&input);
        found.into_iter().for_each(|it| build.sink.push(it));
        let json = build.options.format == Format::Json;
        let keys = Keys::new(self.session, &contents, json);
        let digests: HashMap<Arc<str>, Digest> = scan.inputs.iter().map(|it| (it.path.clone(), it.digest)).collect();
        let old = state.envs.iter().find(|it| it.name == env.name && it.json == json);
        let known: HashMap<&Digest, &UnitState> = old.into_iter().flat_map(|it| &it.units).map(|it| (&it.key, it)).collect();
        let mut pending: Vec<Pending> = contents
            .members
            .iter()
            .map(|at| {
                let key = keys.key(*at, &digests);
                Pending { at: *at, key, instance: self.instance(*at), known: known.get(&key).map(|it| (*it).clone()), fresh: None }
            })
            .collect();
        self.forget_lost(build, &mut pending);
        if !self.evaluate(build, env, &context, &mut pending)? {
            return Some(None);
        }
        self.link(build, env, &context, old, pending)
    }

    fn report_strangers(&self, build: &mut Build<'_>, contents: &Contents, env: &ir::Env) -> Option<()> {
        if contents.strangers.is_empty() {
            return Some(());
        }
        if !self.everything {
            return None;
        }
        for (from, to) in &contents.strangers {
            let (from, to) = (self.session.graph.nodes[*from], self.session.graph.nodes[*to]);
            let places = self.project.reached.iter().flat_map(|(id, reached)| reached.iter().map(move |it| (id, it)));
            let hit = places
                .filter(|(id, _)| self.project.analysis.decl(**id).name == from.name)
                .find(|(_, (instance, _))| {
                    let entry = &self.project.analysis.instances[instance.0 as usize];
                    entry.kind_word == to.word && entry.name == to.name
                })
                .map(|(_, (_, span))| *span);
            build.sink.push(diagnostics::not_in_environment(hit.unwrap_or(env.span), &env.name, &to.word, &to.name));
        }
        Some(())
    }

    fn pools(&self, contents: &Contents) -> Vec<InstanceRef> {
        let graph = self.session.graph;
        contents.members.iter().filter(|at| self.session.is_static(&graph.nodes[**at].word)).filter_map(|at| self.instance(*at)).collect()
    }

    fn instance(&self, at: usize) -> Option<InstanceRef> {
        let node = self.session.graph.nodes[at];
        let kind = self.project.analysis.kind_by_name(&node.word)?;
        self.project.analysis.instance(kind, &node.name)
    }

    /// Remembered units of which the memo has lost something count as not remembered.
    fn forget_lost(&self, build: &Build<'_>, pending: &mut [Pending]) {
        let wants_text = matches!(build.options.output, Output::Memory);
        if !self.everything && !wants_text {
            return;
        }
        let keys: Vec<Digest> = pending
            .iter()
            .filter_map(|it| it.known.as_ref())
            .map(|it| if wants_text { rendered_key(&it.key, &it.fills) } else { part(&it.key, "summary") })
            .collect();
        let mut found = build.memo.get_many(&keys).into_iter();
        for unit in pending.iter_mut().filter(|it| it.known.is_some()) {
            if found.next().flatten().is_none() {
                unit.known = None;
            }
        }
    }

    /// Evaluates what is not remembered; `None` where its file is not loaded, `Some(false)` where something failed.
    fn evaluate(&self, build: &mut Build<'_>, env: &ir::Env, context: &EnvContext, pending: &mut [Pending]) -> Option<bool> {
        let todo: Vec<usize> = (0..pending.len()).filter(|at| pending[*at].known.is_none()).collect();
        let analysis = &self.project.analysis;
        for at in &todo {
            let loaded = pending[*at].instance.is_some_and(|it| analysis.instances[it.0 as usize].decl.is_some());
            if !loaded {
                return if self.everything { Some(false) } else { None };
            }
        }
        let writes: HashMap<InstanceRef, &[ir::Write]> = env.entries.iter().map(|it| (it.instance, it.writes.as_slice())).collect();
        let results: Vec<(usize, Result<Fresh, Vec<Diagnostic>>)> = todo
            .par_iter()
            .with_min_len(4)
            .filter_map(|at| {
                let instance = pending[*at].instance?;
                let input = eval::UnitInput {
                    program: &self.project.program,
                    env: context,
                    statics: self.statics,
                    instance,
                    alias: None,
                    writes: writes.get(&instance).copied().unwrap_or(&[]),
                    write_slots: env.slots,
                    inputs: self.inputs,
                    options: self.options,
                };
                let unit = eval::eval_unit(&input).map(|unit| Fresh {
                    starts: unit.summary.objects.iter().map(|it| it.chunks.0).collect(),
                    summary_bytes: unit.summary.encode(),
                    summary: unit.summary,
                    template: unit.text,
                });
                Some((*at, unit))
            })
            .collect();
        build.events.evaluated += results.len();
        build.events.reused += pending.len() - results.len();
        let mut whole = true;
        for (at, result) in results {
            match result {
                Ok(fresh) => pending[at].fresh = Some(fresh),
                Err(found) => {
                    whole = false;
                    found.into_iter().for_each(|it| build.sink.push(it));
                }
            }
        }
        // Link runs over the units that are there, for their own findings; nothing will be published.
        Some(whole || pending.iter().any(|it| it.fresh.is_some()))
    }

    fn link(
        &self,
        build: &mut Build<'_>,
        env: &ir::Env,
        context: &EnvContext,
        old: Option<&EnvState>,
        mut pending: Vec<Pending>,
    ) -> Option<Option<(BuiltEnv, Option<Viewed>)>> {
        let graph = self.session.graph;
        let poisoned: Vec<(Arc<str>, Arc<str>)> = pending
            .iter()
            .filter(|it| it.known.is_none() && it.fresh.is_none())
            .map(|it| (graph.nodes[it.at].word.clone(), graph.nodes[it.at].name.clone()))
            .collect();
        let broken = !poisoned.is_empty();
        pending.retain(|it| it.known.is_some() || it.fresh.is_some());
        let digest = self.link_digest(&env.name, &pending);
        let single = build.options.select != Select::All;
        let same = old.filter(|it| it.quiet && it.link == digest && !broken && single);
        let (fills, quiet, view) = match same {
            Some(old) => (remembered_fills(old, &pending, graph)?, true, None),
            None => {
                let before = build.sink.len();
                let (linked, view) = self.link_all(build, env, context, &mut pending, &poisoned)?;
                (linked.fills.into_iter().map(|it| it.into_iter().map(Arc::from).collect()).collect(), build.sink.len() == before, Some(view))
            }
        };
        let built = self.assemble(build, env, pending, fills, digest, quiet)?;
        Some(Some((built, view)))
    }

    fn link_digest(&self, env: &str, pending: &[Pending]) -> Digest {
        let graph = self.session.graph;
        let mut hasher = Hasher::new("link");
        hasher.str(env);
        hasher.seq(pending, |h, it| {
            h.str(&graph.nodes[it.at].word);
            h.str(&graph.nodes[it.at].name);
            match (&it.known, &it.fresh) {
                (_, Some(fresh)) => h.digest(&Digest::of(&fresh.summary_bytes)),
                (Some(known), None) => h.digest(&known.summary),
                (None, None) => {}
            }
        });
        let statics = (0..graph.nodes.len()).filter(|at| graph.nodes[*at].sort == Sort::Instance && self.session.is_static(&graph.nodes[*at].word));
        hasher.seq(statics.collect::<Vec<_>>(), |h, at| h.digest(&graph.closure(at).digest));
        hasher.finish()
    }

    fn link_all(
        &self,
        build: &mut Build<'_>,
        env: &ir::Env,
        context: &EnvContext,
        pending: &mut [Pending],
        poisoned: &[(Arc<str>, Arc<str>)],
    ) -> Option<(Linked, Viewed)> {
        let keys: Vec<Digest> = pending.iter().filter(|it| it.fresh.is_none()).map(|it| part(&it.key, "summary")).collect();
        let bytes = build.memo.get_many(&keys);
        let decoded: Option<Vec<Summary>> = bytes.into_par_iter().map(|it| Summary::decode(it?).ok()).collect();
        let mut decoded = decoded?.into_iter();
        let summaries: Vec<Summary> = pending
            .iter_mut()
            .map(|it| match &mut it.fresh {
                Some(fresh) => Some(std::mem::take(&mut fresh.summary)),
                None => decoded.next(),
            })
            .collect::<Option<_>>()?;
        let list: Vec<&Summary> = summaries.iter().collect();
        let cluster = env.cluster.map(|it| self.project.analysis.instances[it.0.0 as usize].name.to_string()).unwrap_or_default();
        let poisoned: Vec<(&str, &str)> = poisoned.iter().map(|(a, b)| (&**a, &**b)).collect();
        let linked = link::link(&LinkInput {
            env: &env.name,
            cluster: &cluster,
            units: &list,
            used: &[],
            network: self.network,
            poisoned: &poisoned,
            externs: &[],
            hash_suffix: manifest::hash::of_json,
        });
        build.events.linked += 1;
        let writes: HashMap<InstanceRef, &[ir::Write]> = env.entries.iter().map(|it| (it.instance, it.writes.as_slice())).collect();
        let units: Vec<report::Traced> = pending
            .iter()
            .map(|it| report::Traced {
                instance: it.instance,
                writes: it.instance.and_then(|it| writes.get(&it)).map_or(Vec::new(), |it| it.to_vec()),
                slots: env.slots,
            })
            .collect();
        let view = Viewed { name: env.name.clone(), cluster, summaries, fills: linked.fills.clone(), context: context_copy(context), units };
        let linkage = [report::Linkage { env: &view.name, context, units: &view.units }];
        for finding in &linked.findings {
            report::push(build, self, &linkage, finding.clone())?;
        }
        Some((linked, view))
    }

    /// The environment's state, results to remember, and the texts that were made.
    fn assemble(&self, build: &Build<'_>, env: &ir::Env, pending: Vec<Pending>, fills: Vec<Vec<Arc<str>>>, link: Digest, quiet: bool) -> Option<BuiltEnv> {
        let graph = self.session.graph;
        let json = build.options.format == Format::Json;
        let made: Vec<Option<(UnitState, Vec<(Digest, Vec<u8>)>, Option<Vec<u8>>)>> = pending
            .into_par_iter()
            .zip(fills)
            .with_min_len(16)
            .map(|(unit, fills)| {
                let node = graph.nodes[unit.at];
                let mut results = Vec::new();
                let mut text = None;
                let mut state = match (unit.known, &unit.fresh) {
                    (Some(known), None) => known,
                    (_, Some(fresh)) => UnitState {
                        kind: node.word.clone(),
                        name: node.name.clone(),
                        key: unit.key,
                        summary: Digest::of(&fresh.summary_bytes),
                        fills: Vec::new(),
                        objects: fresh.starts.len() as u32,
                    },
                    (None, None) => return None,
                };
                match unit.fresh {
                    Some(fresh) => {
                        let rendered = publish::render(&fresh.template, &fresh.starts, &fills, json);
                        results.push((rendered_key(&unit.key, &fills), rendered.clone()));
                        results.push((part(&unit.key, "summary"), fresh.summary_bytes));
                        if !fills.is_empty() {
                            results.push((part(&unit.key, "template"), publish::encode(&fresh.template, &fresh.starts)));
                        }
                        text = Some(rendered);
                    }
                    None if state.fills != fills => {
                        let (template, starts) = publish::decode(build.memo.get(&part(&unit.key, "template"))?)?;
                        let rendered = publish::render(&template, &starts, &fills, json);
                        results.push((rendered_key(&unit.key, &fills), rendered.clone()));
                        text = Some(rendered);
                    }
                    None => {}
                }
                state.fills = fills;
                Some((state, results, text))
            })
            .collect();
        let mut built = BuiltEnv {
            state: EnvState { name: env.name.clone(), json, world: link, link, quiet, units: Vec::new() },
            results: Vec::new(),
            rendered: BTreeMap::new(),
        };
        for (at, made) in made.into_iter().enumerate() {
            let (state, mut results, text) = made?;
            built.state.units.push(state);
            built.results.append(&mut results);
            if let Some(text) = text {
                built.rendered.insert(at, text);
            }
        }
        Some(built)
    }
}

/// Fills of an environment whose link input has not changed.
fn remembered_fills(old: &EnvState, pending: &[Pending], graph: &Graph<'_>) -> Option<Vec<Vec<Arc<str>>>> {
    let by_name: HashMap<(&str, &str), &UnitState> = old.units.iter().map(|it| ((&*it.kind, &*it.name), it)).collect();
    pending.iter().map(|it| by_name.get(&(&*graph.nodes[it.at].word, &*graph.nodes[it.at].name)).map(|it| it.fills.clone())).collect()
}

fn context_copy(context: &EnvContext) -> EnvContext {
    EnvContext {
        name: context.name.clone(),
        cluster: context.cluster,
        kubernetes: context.kubernetes.clone(),
        pools: context.pools.clone(),
        settings: context.settings.clone(),
    }
}

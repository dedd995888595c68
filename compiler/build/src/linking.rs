//! Link of the environments asked for, or what an earlier link of the same gave; then their texts.
//!
//! Link sees summaries, static instances and the cluster's name alone: where the digest of these is the remembered one and nothing was found
//! then, its fills are taken and no summary is read.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use diag::Diagnostic;
use eval::context::{EnvContext, Inputs};
use manifest::unit::{Extern, Summary, Template, Text};
use rayon::prelude::*;
use sema::ir;
use store::{Digest, Hasher, Shared};

use crate::diagnostics;
use crate::key;
use crate::link::{self, LinkInput};
use crate::objects;
use crate::outline::Sort;
use crate::publish;
use crate::report::{self, Traced};
use crate::run::{Build, Built, BuiltEnv, Level};
use crate::session;
use crate::shared;
use crate::state::{EnvState, Named, UnitState};
use crate::units::{Fresh, Pending, Stages, Work};

/// An evaluated environment.
pub(crate) struct Linking<'a> {
    env: &'a ir::Env,
    stages: Stages<'a>,
    cluster: String,
    context: EnvContext,
    units: Vec<Pending>,
    /// Instances that could not be evaluated.
    poisoned: Vec<Named>,
    /// Instances that are referred to but are not in the environment, which has been said. Nothing else about the environment is in doubt.
    strangers: Vec<Named>,
    /// Objects that others make.
    externs: Vec<Extern>,
    /// Digest of what all units of the environment see.
    common: Digest,
    /// Environments that it uses: which of those linked before, and what link saw of each.
    used: Vec<(usize, Digest)>,
    /// What link would see.
    digest: Digest,
    /// What an earlier link of the same put into the holes, where it had nothing to say.
    fills: Option<Vec<Vec<Arc<str>>>>,
}

/// What is known of a linked environment besides what is remembered of it.
pub(crate) struct Seen<'a> {
    /// Its settings.
    pub context: EnvContext,
    /// Digest of what all its units see.
    pub common: Digest,
    /// What link saw, where it ran.
    pub linked: Option<Linked<'a>>,
}

/// What link saw, for places of what is found afterwards.
pub(crate) struct Linked<'a> {
    /// Of each unit.
    pub summaries: Vec<Summary>,
    /// How each is evaluated again.
    pub units: Vec<Traced<'a>>,
    /// All of it was made now, so that places are those of now.
    pub is_fresh: bool,
}

/// A linked environment as the checks between environments see it.
struct View<'a> {
    summaries: Vec<Summary>,
    fills: Vec<Vec<String>>,
    units: Vec<Traced<'a>>,
}

impl<'a> Linking<'a> {
    /// Sorts out what is poisoned, and looks for an earlier link.
    pub fn new(
        work: &Work<'a>,
        env: &'a ir::Env,
        stages: Stages<'a>,
        context: EnvContext,
        pending: Vec<Pending>,
        strangers: Vec<Named>,
        (common, used): (Digest, Vec<(usize, Digest)>),
    ) -> Self {
        let (units, broken): (Vec<Pending>, Vec<Pending>) = pending.into_iter().partition(|it| it.known.is_some() || it.fresh.is_some());
        let poisoned = broken.iter().map(|it| (session::named(work.session, it.at).0, it.name.clone())).collect();
        let cluster = context.cluster.map(|it| work.project.analysis.instances[it.0 as usize].name.to_string()).unwrap_or_default();
        let externs = externs(work, stages.chain());
        let mut it = Self { env, stages, cluster, context, units, poisoned, strangers, externs, common, used, digest: Digest::of(b""), fills: None };
        it.digest = it.digest(work);
        if it.poisoned.is_empty() && work.level != Level::Afresh {
            let mut olds = work.attempt.state.envs.iter().filter(|old| old.name == env.name);
            it.fills = olds.find(|old| old.quiet && old.link == it.digest).and_then(|old| it.fills_of(work, old));
        }
        it
    }

    fn digest(&self, work: &Work<'_>) -> Digest {
        let graph = work.session.graph;
        let mut hasher = Hasher::new("link");
        hasher.str(&self.env.name);
        hasher.str(&self.cluster);
        hasher.seq(&self.units, |h, it| {
            h.str(&graph.nodes[it.at].outline.word);
            h.str(&it.name);
            match (&it.known, &it.fresh) {
                (_, Some(fresh)) => h.digest(&fresh.summary_digest),
                (Some(known), None) => h.digest(&known.summary),
                (None, None) => {}
            }
            // Environments may share these, if their texts are equal; a summary does not say.
            h.option(work.session.is_static(&graph.nodes[it.at].outline.word).then_some(&it.key), Hasher::digest);
        });
        hasher.seq(&self.externs, |h, it| {
            h.str(&it.group);
            h.str(&it.kind);
            h.option(it.namespace.as_ref().and_then(Text::as_known), Hasher::str);
            h.option(it.name.as_known(), Hasher::str);
            h.option(it.keys.as_ref(), |h, keys| h.seq(keys, |h, it| h.str(it)));
        });
        let is_static = |at: &usize| graph.nodes[*at].outline.sort == Sort::Instance && work.session.is_static(&graph.nodes[*at].outline.word);
        let statics: Vec<usize> = (0..graph.nodes.len()).filter(is_static).collect();
        hasher.seq(statics, |h, at| h.digest(&graph.closure(at).digest));
        hasher.digest(&graph.common);
        let silencing: Vec<usize> = (0..graph.nodes.len()).filter(|at| graph.nodes[*at].outline.allows).collect();
        hasher.seq(silencing, |h, at| h.digest(&graph.nodes[at].outline.own));
        // How many objects what is said of all of them should hit.
        for step in graph.env(&self.env.name).map_or(Vec::new(), |it| graph.chain(it)) {
            let of_all: Vec<&Digest> = graph.nodes[step].outline.entries.iter().filter(|it| it.word.is_empty()).map(|it| &it.own).collect();
            hasher.seq(of_all, Hasher::digest);
        }
        hasher.seq(&self.used, |h, it| h.digest(&it.1));
        hasher.finish()
    }

    fn fills_of(&self, work: &Work<'_>, old: &EnvState) -> Option<Vec<Vec<Arc<str>>>> {
        let members: Vec<session::Member> = self.units.iter().map(|it| session::Member { at: it.at, name: it.name.clone() }).collect();
        let known = session::remembered(work.session, members.iter(), &old.units);
        known.into_iter().map(|it| it.map(|it| it.fills.clone())).collect()
    }

    /// Links; `None` where a summary is lost, or where places would be told by remembered summaries.
    fn link(&mut self, build: &mut Build<'_>, work: &Work<'_>, used: &[Used<'_>]) -> Option<View<'a>> {
        let keys: Vec<Digest> = self.units.iter().filter(|it| it.fresh.is_none()).map(|it| key::part(&it.key, "summary")).collect();
        let bytes = build.memo.get_many(&keys);
        let decoded: Option<Vec<Summary>> = bytes.into_par_iter().with_min_len(64).map(|it| Summary::decode(it?).ok()).collect();
        let mut decoded = decoded?.into_iter();
        let taken = self.units.iter_mut().map(|it| match &mut it.fresh {
            Some(fresh) => Some(std::mem::take(&mut fresh.summary)),
            None => decoded.next(),
        });
        let summaries: Vec<Summary> = taken.collect::<Option<_>>()?;
        let list: Vec<&Summary> = summaries.iter().collect();
        let own = self.poisoned.iter().chain(&self.strangers);
        let poisoned: Vec<(&str, &str)> = own.chain(used.iter().flat_map(|it| it.poisoned)).map(|(a, b)| (&**a, &**b)).collect();
        let lists: Vec<Vec<&Summary>> = used.iter().map(|it| it.view.summaries.iter().collect()).collect();
        let views = used.iter().zip(&lists).map(|(it, units)| link::EnvView { env: it.env, cluster: it.cluster, units, fills: &it.view.fills, shared: &[] });
        let views: Vec<link::EnvView<'_>> = views.collect();
        let input = LinkInput {
            env: &self.env.name,
            cluster: &self.cluster,
            units: &list,
            used: &views,
            network: work.network,
            poisoned: &poisoned,
            externs: &self.externs,
            hash_suffix: manifest::hash::of_json,
        };
        let link::Linked { fills, findings } = link::link(&input);
        build.events.linked += 1;
        let misses = self.misses(&list);
        if !(findings.is_empty() && misses.is_empty()) && (!keys.is_empty() || work.level == Level::Partial) {
            return None;
        }
        misses.into_iter().for_each(|it| build.sink.push(it));
        let view = View { summaries, fills, units: self.traced(work) };
        let linkage = [report::Linkage { env: &self.env.name, context: &self.context, units: &view.units, summaries: &view.summaries }];
        for finding in findings {
            report::push(build, work, &linkage, finding)?;
        }
        Some(view)
    }

    /// What the chain says of all objects and hits too few or too many.
    fn misses(&self, units: &[&Summary]) -> Vec<Diagnostic> {
        if !self.poisoned.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut nth = 0;
        let mut count = || {
            let hits = units.iter().filter_map(|it| it.hits.get(nth)).sum();
            nth += 1;
            hits
        };
        // In the order in which a unit counts them; who says nothing of all objects counts nothing.
        for step in self.stages.chain().iter().filter(|it| !it.overlay.is_empty()) {
            for it in &step.overlay.with {
                if count() == 0 {
                    found.push(diagnostics::hits_nothing(it.span, "trait", self.env, step));
                }
            }
            for it in &step.overlay.each {
                let hits = count();
                if !eval::is_expected(it.expect, hits) {
                    found.push(diagnostics::unexpected_hits(it.span, &it.kinds, it.expect, hits, self.env, step));
                }
            }
            for it in &step.overlay.patch {
                let hits = count();
                if !eval::is_expected(it.expect, hits) {
                    found.push(diagnostics::patch_hits(it, hits, self.env, step));
                }
            }
        }
        found
    }

    fn traced(&self, work: &Work<'_>) -> Vec<Traced<'a>> {
        let traced = self.units.iter().map(|it| (work.instance(it.at), work.alias(it))).map(|(instance, alias)| Traced {
            instance,
            alias: alias.map(Arc::from),
            stages: instance.map_or(Vec::new(), |it| self.stages.of(it, alias)),
        });
        traced.collect()
    }
}

/// What an environment says others make.
fn externs(work: &Work<'_>, chain: &[&ir::Env]) -> Vec<Extern> {
    let external = |it: &ir::EnvExtern| {
        let info = work.project.program.schemas.kind_info(it.kind);
        Extern {
            group: info.group.into(),
            kind: info.kind.into(),
            namespace: it.namespace.as_deref().map(Text::known),
            name: Text::known(&it.name),
            keys: it.keys.as_ref().map(|it| it.to_vec()),
            anchor: work.inputs.anchor(it.span),
        }
    };
    chain.iter().flat_map(|it| &it.externs).map(external).collect()
}

/// An environment that another one uses, linked.
struct Used<'v> {
    env: &'v str,
    cluster: &'v str,
    view: &'v View<'v>,
    poisoned: &'v [Named],
}

/// Those of the environments linked so far that another one uses.
pub(crate) fn used(work: &Work<'_>, env: usize, before: &[Linking<'_>]) -> Vec<(usize, Digest)> {
    let graph = work.session.graph;
    let named = |at: &usize| before.iter().position(|it| it.env.name == graph.nodes[*at].outline.name);
    graph.used(env).iter().filter_map(named).map(|at| (at, before[at].digest)).collect()
}

/// Of each environment, whether it has to be linked: nothing is remembered, or one that has to be uses it.
fn wanted(linkings: &[Linking<'_>], all: bool) -> Vec<bool> {
    let mut wanted: Vec<bool> = linkings.iter().map(|it| all || it.fills.is_none()).collect();
    for at in (0..linkings.len()).rev().filter(|at| !linkings[*at].used.is_empty()) {
        if wanted[at] {
            linkings[at].used.iter().for_each(|it| wanted[it.0] = true);
        }
    }
    wanted
}

/// Links what has to be linked, checks what stands between environments, and makes the texts; `None` where less must be relied on.
pub(crate) fn link_all<'a>(build: &mut Build<'_>, work: &Work<'a>, mut linkings: Vec<Linking<'a>>) -> Option<(Built, Vec<Seen<'a>>)> {
    let is_whole = linkings.iter().all(|it| it.poisoned.is_empty());
    let across = (linkings.len() > 1).then(|| across_digest(linkings.iter().map(|it| (&*it.env.name, &it.digest))));
    let is_compared = across.is_none_or(|it| is_whole && work.attempt.state.across.contains(&it));
    let mut views: Vec<Option<View<'a>>> = Vec::with_capacity(linkings.len());
    let mut quiet = Vec::with_capacity(linkings.len());
    let wanted = wanted(&linkings, !is_compared);
    for (at, is_wanted) in wanted.into_iter().enumerate() {
        let before = build.sink.len();
        let (done, rest) = linkings.split_at_mut(at);
        let of = |nth: &(usize, Digest)| {
            let (linking, view) = (done.get(nth.0)?, views.get(nth.0)?.as_ref()?);
            Some(Used { env: &linking.env.name, cluster: &linking.cluster, view, poisoned: &linking.poisoned })
        };
        let used: Vec<Used<'_>> = rest[0].used.iter().filter_map(of).collect();
        let view = if is_wanted { Some(rest[0].link(build, work, &used)?) } else { None };
        views.push(view);
        quiet.push(build.sink.len() == before);
    }
    let before = build.sink.len();
    if !is_compared {
        check_across(build, work, &linkings, &views)?;
    }
    let across = across.filter(|_| is_whole && build.sink.len() == before);
    if !is_whole && !build.sink.has_errors() {
        let names = linkings.iter().flat_map(|it| &it.poisoned).map(|(word, name)| format!("{word} {name}")).collect::<Vec<_>>();
        build.faults.push(format!("bug in vix: nothing says what is wrong with {}", names.join(", ")));
    }
    let (mut envs, mut seen) = (Vec::with_capacity(linkings.len()), Vec::with_capacity(linkings.len()));
    for ((mut linking, view), quiet) in linkings.into_iter().zip(views).zip(quiet) {
        let is_fresh = linking.units.iter().all(|it| it.fresh.is_some());
        let (fills, linked) = match view {
            Some(View { summaries, fills, units }) => {
                let fills = fills.into_iter().map(|it| it.into_iter().map(Arc::from).collect()).collect();
                (fills, Some(Linked { summaries, units, is_fresh }))
            }
            None => (linking.fills.take()?, None),
        };
        let (context, common) = (std::mem::take(&mut linking.context), linking.common);
        envs.push(assemble(build, work, linking, fills, quiet)?);
        seen.push(Seen { context, common, linked });
    }
    Some((Built { envs, across, is_whole }, seen))
}

/// Digest of environments as link saw them.
pub(crate) fn across_digest<'d>(envs: impl ExactSizeIterator<Item = (&'d str, &'d Digest)>) -> Digest {
    let mut hasher = Hasher::new("across");
    hasher.seq(envs, |h, (name, digest)| {
        h.str(name);
        h.digest(digest);
    });
    hasher.finish()
}

/// What stands between environments.
fn check_across(build: &mut Build<'_>, work: &Work<'_>, linkings: &[Linking<'_>], views: &[Option<View<'_>>]) -> Option<()> {
    let all: Vec<(&Linking<'_>, &View<'_>)> = linkings.iter().zip(views.iter().flatten()).collect();
    let lists: Vec<Vec<&Summary>> = all.iter().map(|it| it.1.summaries.iter().collect()).collect();
    let shared: Vec<Vec<Option<Digest>>> = all.iter().map(|it| shared::digests(build, work, &it.0.units, &it.1.fills)).collect::<Option<_>>()?;
    let envs: Vec<link::EnvView<'_>> = all
        .iter()
        .zip(lists.iter().zip(&shared))
        .map(|((linking, view), (units, shared))| link::EnvView { env: &linking.env.name, cluster: &linking.cluster, units, fills: &view.fills, shared })
        .collect();
    let linkages: Vec<report::Linkage<'_>> = all
        .iter()
        .map(|(linking, view)| report::Linkage { env: &linking.env.name, context: &linking.context, units: &view.units, summaries: &view.summaries })
        .collect();
    let findings = link::check_across(work.network, &envs);
    let is_remembered = linkings.iter().flat_map(|it| &it.units).any(|it| it.fresh.is_none());
    if !findings.is_empty() && is_remembered {
        return None;
    }
    findings.into_iter().try_for_each(|it| report::push(build, work, &linkages, it))
}

/// A unit's state, results to remember and its text, where it was made now.
type Made = (UnitState, Vec<(Digest, Shared)>, Option<Shared>);

/// The environment's state, results to remember, and the texts that were made; `None` where a template is lost.
fn assemble(build: &Build<'_>, work: &Work<'_>, linking: Linking<'_>, fills: Vec<Vec<Arc<str>>>, quiet: bool) -> Option<BuiltEnv> {
    let json = build.json();
    let Linking { env, units, digest, .. } = linking;
    let made: Vec<Option<Made>> = units.into_par_iter().zip(fills).with_min_len(16).map(|(unit, fills)| finished(build, work, unit, fills, json)).collect();
    let mut results = Vec::new();
    let mut rendered = BTreeMap::new();
    let mut states = Vec::with_capacity(made.len());
    for (at, made) in made.into_iter().enumerate() {
        let (state, mut new, text) = made?;
        states.push(state);
        results.append(&mut new);
        rendered.extend(text.map(|it| (at, it)));
    }
    let state = EnvState { name: env.name.clone(), json, world: None, link: digest, quiet, units: states, held: Vec::new() };
    let known: HashSet<Digest> = work.attempt.state.envs.iter().flat_map(|it| &it.units).map(|it| it.rendered).collect();
    // What is remembered already is not written again, unless it may be what was lost.
    if work.level != Level::Afresh {
        results.retain(|(key, _)| !known.contains(key));
    }
    Some(BuiltEnv { state, results, rendered })
}

fn finished(build: &Build<'_>, work: &Work<'_>, unit: Pending, fills: Vec<Arc<str>>, json: bool) -> Option<Made> {
    let mut results = Vec::new();
    let rendered = key::rendered(&unit.key, &fills);
    let Some(fresh) = unit.fresh else {
        let known = unit.known?;
        if known.fills == fills {
            // Not noted as long as the project had no assertions.
            let is_noted = !known.kinds.is_empty() || known.objects == 0 || !work.attempt.assertions.exist;
            let kinds = if is_noted { known.kinds } else { objects::kinds(build.memo.get(&known.rendered)?, json)? };
            return Some((UnitState { kinds, ..known }, results, None));
        }
        let template = Template::decode(build.memo.get(&key::part(&unit.key, "template"))?).ok()?;
        let text: Shared = publish::render(&template, &fills, json).into();
        results.push((rendered, text.clone()));
        let kinds = kinds(work, &text, json)?;
        return Some((UnitState { fills, rendered, kinds, ..known }, results, Some(text)));
    };
    let outline = work.session.graph.nodes[unit.at].outline;
    let Fresh { objects, summary_bytes, summary_digest, template, .. } = fresh;
    let mut remember = |key, bytes: Vec<u8>| results.push((key, bytes.into()));
    remember(key::part(&unit.key, "summary"), summary_bytes);
    if !fills.is_empty() {
        remember(key::part(&unit.key, "template"), template.encode());
    }
    let text: Shared = if template.is_whole() { template.bytes } else { publish::render(&template, &fills, json) }.into();
    results.push((rendered, text.clone()));
    let (kind, name, kinds) = (outline.word.clone(), unit.name, kinds(work, &text, json)?);
    let state = UnitState { kind, name, key: unit.key, summary: summary_digest, fills, rendered, objects, kinds };
    Some((state, results, Some(text)))
}

/// Digests of objects by kind, where assertions may look at them.
fn kinds(work: &Work<'_>, text: &[u8], json: bool) -> Option<Vec<(Arc<str>, Digest)>> {
    if work.attempt.assertions.exist { objects::kinds(text, json) } else { Some(Vec::new()) }
}

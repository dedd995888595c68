//! Texts of units with their holes filled, the output folder, and what is remembered for the next build.
//!
//! Invariant: the bytes of a file depend on its unit and fills alone, so a file whose source digest is listed need not be made again.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use manifest::unit::{Chunk, Template};
use rayon::prelude::*;
use store::{Content, Digest, Operation, OutFile, Shared, file_name};

use crate::key;
use crate::linking::across_digest;
use crate::options::{EnvOutcome, Manifests, Output};
use crate::results::{BuiltUnit, filled};
use crate::run::{Build, BuiltEnv};
use crate::scan::Scan;
use crate::state::{EnvHead, Head, State, UnitState};

/// The text of all objects of a unit.
pub fn render(template: &Template, fills: &[Arc<str>], json: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(template.bytes.len() + 64);
    for chunk in &template.chunks {
        match chunk {
            Chunk::Bytes { start, end } => out.extend_from_slice(template.bytes.get(*start as usize..*end as usize).unwrap_or(&[])),
            Chunk::Scalar { text, indent } => {
                let text = filled(text, fills);
                if json {
                    out.extend_from_slice(manifest::json::Json::String(text).to_json().as_bytes());
                } else {
                    manifest::yaml::write::scalar_str(&mut out, &text, *indent as usize);
                }
            }
        }
    }
    out
}

/// Why an environment was not written.
pub(crate) enum Refused {
    /// A remembered text is lost.
    Lost,
    /// The machine refused.
    Fault(String),
}

/// What an environment's output is made from: texts by key, in order.
struct Texts<'t> {
    name: &'t str,
    json: bool,
    instances: usize,
    objects: usize,
    /// Digest of everything in its folder.
    folder: Digest,
    /// Keys of the texts of units that have objects.
    keys: Cow<'t, [Digest]>,
    /// Texts at hand, by index into `keys`.
    fresh: BTreeMap<usize, &'t Shared>,
}

/// What is known without doing anything: nothing changed, and the last build of what is asked for had nothing to say. `None` otherwise.
pub(crate) fn unchanged(build: &mut Build<'_>, head: &Head<'_>, scan: &Scan) -> Option<Vec<EnvOutcome>> {
    if build.options.tests.is_some() || !head.files.iter().all(|it| it.whole) {
        return None;
    }
    let json = build.json();
    let world = scan.world(head);
    let mut asked: Vec<&EnvHead<'_>> = Vec::new();
    for file in &head.files {
        for name in &file.envs {
            if build.options.select.takes(name, file.path) {
                asked.push(head.envs.iter().find(|it| it.name == *name && it.json == json && it.world == Some(world))?);
            }
        }
    }
    asked.sort_by_key(|it| it.name);
    let is_compared = || head.across.contains(&across_digest(asked.iter().map(|it| (it.name, &it.link))));
    let is_unknown = |name: &String| !asked.iter().any(|it| it.name == name);
    if asked.is_empty() || build.options.select.names().iter().any(is_unknown) || (asked.len() > 1 && !is_compared()) {
        return None;
    }
    let state = if build.options.output == Output::Units { Some(head.state()?) } else { None };
    let mut outcomes = Vec::with_capacity(asked.len());
    for env in &asked {
        let texts = Texts {
            name: env.name,
            json,
            instances: env.instances,
            objects: env.objects,
            folder: env.folder,
            keys: Cow::Borrowed(&env.texts),
            fresh: BTreeMap::new(),
        };
        // Where the folder was touched or a text is lost, the long way round makes it again.
        let mut outcome = unchanged_env(build, &texts)?;
        let state = state.iter().flat_map(|it| &it.envs).find(|it| *it.name == *env.name && it.json == json);
        outcome.units = state.map_or_else(Vec::new, |it| it.units.iter().map(BuiltUnit::new).collect());
        outcomes.push(outcome);
    }
    build.events.reused += asked.iter().map(|it| it.instances).sum::<usize>();
    Some(outcomes)
}

fn unchanged_env(build: &mut Build<'_>, texts: &Texts<'_>) -> Option<EnvOutcome> {
    let mut outcome = outcome(texts);
    match &build.options.output {
        Output::None | Output::Units => {}
        Output::Memory => outcome.text = all_text(build, texts)?,
        Output::Folder(root) => {
            let (output, path) = lock(root, texts.name).ok()?;
            if !output.unchanged(&texts.folder) {
                return None;
            }
            outcome.folder = Some(path);
            outcome.kept = texts.keys.len();
        }
    }
    Some(outcome)
}

fn outcome(texts: &Texts<'_>) -> EnvOutcome {
    EnvOutcome { name: texts.name.to_owned(), objects: texts.objects, instances: texts.instances, ..EnvOutcome::default() }
}

/// Gives out or writes an environment that was built.
pub(crate) fn env(build: &mut Build<'_>, env: &BuiltEnv) -> Result<EnvOutcome, Refused> {
    let with_objects: Vec<(usize, &UnitState)> = env.state.units.iter().enumerate().filter(|it| it.1.objects > 0).collect();
    let texts = Texts {
        name: &env.state.name,
        json: env.state.json,
        instances: env.state.units.len(),
        objects: env.state.units.iter().map(|it| it.objects as usize).sum(),
        folder: env.state.folder(),
        keys: with_objects.iter().map(|it| it.1.rendered).collect(),
        fresh: with_objects.iter().enumerate().filter_map(|(nth, (at, _))| Some((nth, env.rendered.get(at)?))).collect(),
    };
    let mut outcome = outcome(&texts);
    match &build.options.output {
        Output::None => {}
        Output::Units => outcome.units = env.state.units.iter().map(BuiltUnit::new).collect(),
        Output::Memory => outcome.text = all_text(build, &texts).ok_or(Refused::Lost)?,
        Output::Folder(root) => {
            let names = with_objects.iter().map(|it| file_of(it.1, texts.json)).collect();
            folder(build, &texts, names, &root.clone(), &mut outcome)?;
        }
    }
    Ok(outcome)
}

fn all_text(build: &Build<'_>, texts: &Texts<'_>) -> Option<Manifests> {
    let missing: Vec<Digest> = texts.keys.iter().enumerate().filter(|it| !texts.fresh.contains_key(&it.0)).map(|it| *it.1).collect();
    // Reading is mostly comparing digests, which each core can do.
    let mut found = missing.par_chunks(TEXTS_AT_ONCE).flat_map_iter(|it| build.memo.get_many(it)).collect::<Vec<_>>().into_iter();
    let parts = (0..texts.keys.len()).map(|at| texts.fresh.get(&at).copied().or_else(|| found.next()?).cloned()).collect::<Option<_>>()?;
    Some(Manifests::new(parts, texts.json))
}

/// Texts that are read together.
const TEXTS_AT_ONCE: usize = 512;

fn lock(root: &Path, env: &str) -> Result<(store::Output, PathBuf), store::Error> {
    let name = file_name_of(env);
    let (base, folder) = (root.parent().unwrap_or(root), root.file_name().map_or_else(|| "build".into(), |it| it.to_string_lossy().into_owned()));
    Ok((store::Output::lock(base, &format!("{folder}/{name}"))?, root.join(name)))
}

fn folder(build: &mut Build<'_>, texts: &Texts<'_>, names: Vec<String>, root: &Path, outcome: &mut EnvOutcome) -> Result<(), Refused> {
    let fault = |it: store::Error| if it.operation == Operation::Make { Refused::Lost } else { Refused::Fault(it.to_string()) };
    let (mut output, path) = lock(root, texts.name).map_err(fault)?;
    outcome.folder = Some(path.clone());
    if output.unchanged(&texts.folder) {
        outcome.kept = texts.keys.len();
        return Ok(());
    }
    read_ahead(build, texts, &names, &output);
    let report = {
        let build = &*build;
        let files = names.into_iter().zip(texts.keys.iter()).enumerate().map(|(at, (name, key))| {
            let fresh = texts.fresh.get(&at).copied();
            let make = move || fresh.or_else(|| build.memo.get(key)).map(|it| content(it, texts.json));
            OutFile { name, source: *key, content: Content::Lazy(Box::new(make)) }
        });
        output.publish(texts.folder, files.collect()).map_err(fault)?
    };
    outcome.written = report.written.len();
    outcome.kept = report.kept;
    outcome.removed = report.removed.len();
    for name in &report.restored {
        build.notices.push(format!("{} was edited by hand and is written anew", path.join(name).display()));
    }
    for name in &report.foreign {
        build.notices.push(format!("{} is not made by this build and stays", path.join(name).display()));
    }
    Ok(())
}

/// Reads what publishing will ask for, together: texts of files that the folder does not list as they will be.
fn read_ahead(build: &Build<'_>, texts: &Texts<'_>, names: &[String], output: &store::Output) {
    let is_listed = |name: &str, key: &Digest| output.index().and_then(|it| it.find(name)).is_some_and(|it| it.source == *key);
    let wanted = names.iter().zip(texts.keys.iter()).enumerate();
    let wanted: Vec<Digest> = wanted.filter(|(at, (name, key))| !texts.fresh.contains_key(at) && !is_listed(name, key)).map(|it| *it.1.1).collect();
    build.memo.get_many(&wanted);
}

fn content(text: &[u8], json: bool) -> Cow<'_, [u8]> {
    if !json {
        return Cow::Borrowed(text);
    }
    let mut list = b"{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n".to_vec();
    list.extend_from_slice(text);
    list.extend_from_slice(b"\n]}\n");
    Cow::Owned(list)
}

fn file_of(unit: &UnitState, json: bool) -> String {
    let name = file_name(&unit.kind, &unit.name);
    match name.strip_suffix(".yaml") {
        Some(stem) if json => format!("{stem}.json"),
        _ => name,
    }
}

/// An environment's folder: its name, made safe as file names are.
fn file_name_of(env: &str) -> String {
    let name = file_name(env, "x");
    name.strip_suffix(".x.yaml").map_or(name.clone(), str::to_owned)
}

/// Notes new stats, and contents that mean the same.
pub(crate) fn touch(build: &mut Build<'_>, state: &[u8]) {
    if build.options.cache.is_none() {
        return;
    }
    // Without results of its own a commit merges nothing, so nothing need be named as live.
    if let Err(fault) = build.memo.commit(Vec::<(Digest, &[u8])>::new(), &[], state) {
        build.notices.push(format!("the cache was not written: {fault}"));
    }
}

/// Commits the state and new results; a cache that cannot be written is worth a line, no more.
pub(crate) fn remember(build: &mut Build<'_>, state: &State, results: Vec<(Digest, Shared)>) {
    if build.options.cache.is_none() {
        return;
    }
    let mut live: Vec<Digest> = build.schemas.iter().map(|it| it.0).collect();
    for unit in state.envs.iter().flat_map(|it| &it.units) {
        live.push(unit.rendered);
        live.push(key::part(&unit.key, "summary"));
        if !unit.fills.is_empty() {
            live.push(key::part(&unit.key, "template"));
        }
    }
    let bytes = state.encode(&build.compiler, build.memo.state().map_or(0, <[u8]>::len));
    if let Err(fault) = build.memo.commit(results, &live, &bytes) {
        build.notices.push(format!("the cache was not written: {fault}"));
    }
}

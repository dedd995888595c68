//! Which declarations have to be checked, and what is remembered of those that were.
//!
//! Invariant: a declaration is noted as checked only where all that its check looks at was loaded and nothing was found in its file.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use diag::{FileId, Sink};
use rayon::prelude::*;
use sema::analysis::{DeclId, DeclKind, Known, SourceFile};
use store::Digest;
use syntax::ast::{self, AstNode};

use crate::graph::At;
use crate::outline::{Outline, Sort};
use crate::project::{self, Project, Wanted};
use crate::run::{Attempt, Build, Level};
use crate::scan::Scan;
use crate::session::{self, Contents, Session};
use crate::state::{DeclFacts, Named};
use crate::{key, load};

/// Keys of checks, and what was not checked under them.
pub struct Stale {
    /// Of each node.
    keys: Vec<Digest>,
    /// Of each entry of each environment.
    entry_keys: HashMap<At, Vec<Digest>>,
    decls: HashSet<At>,
    entries: HashSet<(At, usize)>,
    /// Of each listing of each environment.
    listing_keys: HashMap<At, Vec<Digest>>,
    /// Instances of listings in which something may be missing.
    listed: Vec<At>,
}

impl Stale {
    /// Compares keys with what was found out earlier.
    pub fn new(session: &Session<'_>, facts: &[DeclFacts]) -> Self {
        let graph = session.graph;
        let keys: Vec<Digest> = (0..graph.nodes.len()).into_par_iter().with_min_len(256).map(|at| key::check(session, at)).collect();
        let decls = (0..keys.len()).filter(|at| facts[*at].checked != Some(keys[*at])).collect();
        let mut entry_keys = HashMap::new();
        let mut entries = HashSet::new();
        for at in (0..keys.len()).filter(|at| graph.nodes[*at].outline.sort.is_step()) {
            let made: Vec<Digest> =
                (0..graph.nodes[at].outline.entries.len()).into_par_iter().with_min_len(256).map(|nth| key::check_entry(session, at, nth)).collect();
            entries.extend((0..made.len()).filter(|nth| facts[at].entries.get(*nth).and_then(|it| it.checked) != Some(made[*nth])).map(|nth| (at, nth)));
            entry_keys.insert(at, made);
        }
        let mut listing_keys = HashMap::new();
        let mut listed = Vec::new();
        // Where an environment has no layer, its entries tell all.
        for (env, listings) in session.listings.iter().filter(|it| graph.nodes[*it.0].outline.over.is_some()) {
            let made: Vec<Digest> = listings.par_iter().with_min_len(256).map(|it| key::check_listing(session, it)).collect();
            let known: HashSet<&Digest> = facts[*env].listed.iter().collect();
            listed.extend(listings.iter().zip(&made).filter(|(_, key)| !known.contains(key)).filter_map(|(it, _)| it.instance));
            listing_keys.insert(*env, made);
        }
        Self { keys, entry_keys, decls, entries, listing_keys, listed }
    }
}

/// The level to begin with.
pub(crate) fn first_level(attempt: &Attempt<'_>, stale: &Stale, silent: bool) -> Level {
    let session = attempt.session;
    let outline = |at: &At| session.graph.nodes[*at].outline;
    // What link found last time it will mostly find again.
    let is_asked = |name: &str| attempt.asked.iter().any(|at| *outline(at).name == *name);
    if attempt.state.envs.iter().any(|it| !it.quiet && is_asked(&it.name)) {
        return Level::Afresh;
    }
    let is_shared = |at: &At| {
        let apart = matches!(outline(at).sort, Sort::Instance | Sort::Env | Sort::Layer | Sort::Check | Sort::Test);
        !apart || session.is_static(&outline(at).word)
    };
    let is_much = stale.decls.len() * 2 > session.places.len() || attempt.state.envs.is_empty();
    let is_broken = !silent || session.graph.has_twins() || session.files.iter().any(|it| !it.clean);
    if is_broken || is_much || stale.decls.iter().any(is_shared) { Level::Full } else { Level::Partial }
}

/// What an attempt loads and checks.
pub(crate) struct Load {
    /// Of each file, whether its tree is needed.
    files: Vec<bool>,
    /// Declarations to check; `None` = all.
    decls: Option<HashSet<At>>,
    /// Environments asked for as far as earlier checks tell, with the keys of their members.
    pub planned: Vec<(Contents, Vec<Digest>)>,
}

/// What has to be loaded and checked at that level.
pub(crate) fn wanted(build: &Build<'_>, attempt: &Attempt<'_>, facts: &[DeclFacts], stale: &Stale, level: Level) -> Load {
    let session = attempt.session;
    let graph = session.graph;
    if level != Level::Partial {
        return Load { files: vec![true; session.files.len()], decls: None, planned: Vec::new() };
    }
    // Whoever declares something that others share is always there: it is little.
    let is_plain = |it: &Outline| it.sort == Sort::Instance && !session.is_static(&it.word);
    let mut files: Vec<bool> = session.files.iter().map(|it| it.decls.is_empty() || !it.decls.iter().all(|it| is_plain(&it.outline))).collect();
    let mut decls: HashSet<At> = stale.decls.clone();
    decls.extend((0..graph.nodes.len()).filter(|at| graph.nodes[*at].outline.sort.is_step()));
    decls.extend(attempt.assertions.all());
    decls.extend((0..graph.nodes.len()).filter(|at| session.is_static(&graph.nodes[*at].outline.word)));
    let planned = planned(build, attempt, facts);
    decls.extend(planned.iter().flat_map(|(contents, keys)| unmade(build, attempt, contents, keys)));
    if let Some(target) = &build.options.why {
        let is_it = |it: &&session::Member| *graph.nodes[it.at].outline.word == *target.kind && *it.name == *target.name;
        decls.extend(planned.iter().filter_map(|(contents, _)| contents.members.iter().find(is_it)).map(|it| it.at));
    }
    let mut seen: Vec<At> = Vec::new();
    let mut look = |names: &crate::outline::Names| seen.extend(names.pairs.iter().filter_map(|(word, name)| graph.instance(word, name)));
    for at in decls.iter().filter(|at| !graph.nodes[**at].outline.sort.is_step()) {
        look(&graph.nodes[*at].outline.names);
    }
    // What a changed declaration now says may bring a namespace into an environment.
    let words = stale.decls.iter().filter(|at| graph.nodes[**at].outline.sort == Sort::Instance).flat_map(|at| &graph.nodes[*at].outline.names.words);
    decls.extend(words.flat_map(|it| graph.ambient(it)));
    for (env, nth) in &stale.entries {
        let entry = &graph.nodes[*env].outline.entries[*nth];
        look(&entry.names);
        decls.extend(graph.instance(&entry.word, &entry.name));
    }
    decls.extend(&stale.listed);
    // An instance that an entry is compared with, or that is named, is not checked for that; but the loaded ones among the stale ones are.
    for at in decls.iter().chain(&seen) {
        files[session.places[*at].0] = true;
    }
    Load { files, decls: Some(decls), planned }
}

/// The environments asked for, as far as what is remembered tells.
fn planned(build: &Build<'_>, attempt: &Attempt<'_>, facts: &[DeclFacts]) -> Vec<(Contents, Vec<Digest>)> {
    let contents = attempt.asked.iter().map(|it| session::contents(attempt.session, facts, *it));
    contents.map(|it| (key::units(attempt.session, &it, build.json(), &attempt.inputs), it)).map(|(keys, it)| (it, keys)).collect()
}

/// Members that have no result.
fn unmade(build: &Build<'_>, attempt: &Attempt<'_>, contents: &Contents, keys: &[Digest]) -> Vec<At> {
    let name = &attempt.session.graph.nodes[contents.env].outline.name;
    let old = attempt.state.envs.iter().find(|it| it.name == *name && it.json == build.json());
    let known = session::remembered(attempt.session, contents.members.iter(), old.map_or(&[], |it| &it.units));
    let members = contents.members.iter().zip(keys).zip(known);
    members.filter(|((_, key), known)| known.is_none_or(|it| it.key != **key)).map(|((it, _), _)| it.at).collect()
}

/// Loads, analyses and checks.
pub(crate) fn check(build: &mut Build<'_>, attempt: &Attempt<'_>, scan: &mut Scan, wanted: &Load) -> Project {
    let session = attempt.session;
    let graph = session.graph;
    let chosen: Vec<usize> = (0..session.files.len()).filter(|at| wanted.files[*at]).collect();
    let missing = chosen.iter().map(|at| &session.files[*at]).filter(|it| !scan.parsed.contains_key(&it.path));
    let missing: Vec<(Arc<str>, Digest)> = missing.map(|it| (it.path.clone(), it.digest)).collect();
    let read = load::read(build.world, &missing, build.sources.len());
    let faults = load::take(&missing, read, scan, &mut build.sources, &mut build.events);
    faults.into_iter().for_each(|it| build.sink.push(it));
    let mut files: Vec<SourceFile> = Vec::with_capacity(chosen.len() + attempt.library.files.len());
    for path in chosen.iter().map(|at| &session.files[*at].path) {
        let Some(parsed) = scan.parsed.get(path) else { continue };
        parsed.diagnostics.iter().cloned().for_each(|it| build.sink.push(it));
        files.push(SourceFile { id: parsed.id, library: 0, module: load::module_of(path), path: path.clone(), tree: parsed.tree.clone() });
    }
    files.extend(attempt.library.files.iter().cloned());
    let is_unloaded = |at: &At| !wanted.files[session.places[*at].0] && graph.nodes[*at].outline.sort == Sort::Instance;
    let known: Vec<Known> = (0..graph.nodes.len()).filter(is_unloaded).map(|at| session::named(session, at)).collect();
    let mut first: HashMap<&str, At> = HashMap::with_capacity(session.files.len());
    for (at, (_, nth)) in session.places.iter().enumerate() {
        if *nth == 0 {
            first.insert(graph.nodes[at].path, at);
        }
    }
    let picked = |at: At| wanted.decls.as_ref().is_none_or(|it| it.contains(&at));
    let project = project::check(
        files,
        &known,
        (attempt.schemas.clone(), attempt.library.facts.clone()),
        &Wanted { first: &first, count: graph.nodes.len(), picked: &picked },
        &mut build.sink,
    );
    build.events.checked += project.checked.len();
    project
}

/// Remembers which declarations were found to be clean, and what they refer to.
pub fn note(sink: &Sink, session: &Session<'_>, project: &Project, stale: &Stale, facts: &mut [DeclFacts]) {
    let noisy: HashSet<FileId> = sink.diagnostics().iter().map(|it| it.primary.span.file).collect();
    for (id, at) in project.nodes.iter().enumerate() {
        let Some(at) = *at else { continue };
        let id = DeclId(id as u32);
        let Some(found) = project.checked.get(&id) else { continue };
        let decl = project.analysis.decl(id);
        let is_clean = found.clean && !noisy.contains(&decl.span.file);
        facts[at].checked = is_clean.then_some(stale.keys[at]);
        if let DeclKind::Env(_) | DeclKind::Layer(_) = decl.kind {
            note_env(session, project, stale, at, id, is_clean, &mut facts[at]);
            continue;
        }
        facts[at].reached = named(project, found.reached.iter().map(|it| it.0));
    }
}

/// As `note`, entry by entry: one whose instance is not loaded keeps what is known of it.
fn note_env(session: &Session<'_>, project: &Project, stale: &Stale, at: At, id: DeclId, is_clean: bool, facts: &mut DeclFacts) {
    let analysis = &project.analysis;
    let outline = session.graph.nodes[at].outline;
    let (Some(found), Some(node)) = (project.checked.get(&id), analysis.node(analysis.decl(id)).and_then(ast::Decl::cast)) else { return };
    let ranges: Vec<(u32, u32)> = node.entries().map(|it| it.node().range()).collect();
    let mut reached: Vec<Vec<sema::ir::InstanceRef>> = vec![Vec::new(); ranges.len()];
    let mut rest = Vec::new();
    for (instance, span) in &found.reached {
        let nth = ranges.partition_point(|it| it.0 <= span.start).checked_sub(1).filter(|it| span.start < ranges[*it].1);
        match nth {
            Some(nth) => reached[nth].push(*instance),
            None => rest.push(*instance),
        }
    }
    facts.reached = named(project, rest.into_iter());
    facts.entries.resize_with(outline.entries.len(), Default::default);
    for (nth, entry) in outline.entries.iter().enumerate() {
        let listed = session.graph.instance(&entry.word, &entry.name);
        if listed.is_some_and(|it| project.decls[it].is_none()) {
            continue;
        }
        let key = stale.entry_keys.get(&at).and_then(|it| it.get(nth)).filter(|_| is_clean);
        facts.entries[nth].checked = key.copied();
        facts.entries[nth].reached = reached.get(nth).map(|it| named(project, it.iter().copied())).unwrap_or_default();
    }
    let Some(keys) = stale.listing_keys.get(&at) else { return };
    let known: HashSet<Digest> = std::mem::take(&mut facts.listed).into_iter().collect();
    let listings = session.listings.get(&at).map_or(&[][..], Vec::as_slice);
    let is_checked = |(listing, key): &(&session::Listing, &Digest)| match listing.instance {
        Some(it) if project.decls[it].is_none() => known.contains(*key),
        _ => is_clean,
    };
    facts.listed = listings.iter().zip(keys).filter(is_checked).map(|it| *it.1).collect();
}

fn named(project: &Project, reached: impl Iterator<Item = sema::ir::InstanceRef>) -> Vec<Named> {
    let mut named: Vec<Named> = reached.map(|it| &project.analysis.instances[it.0 as usize]).map(|it| (it.kind_word.clone(), it.name.clone())).collect();
    named.sort();
    named.dedup();
    named
}

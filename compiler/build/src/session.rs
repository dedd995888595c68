//! The project of one build by names: outlines, where each stands, and who is in an environment.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;
use store::Digest;

use crate::graph::{At, Closure, Graph, Kinds};
use crate::outline::Sort;
use crate::state::{DeclFacts, FileState, UnitState};

/// What is known of the project without its trees.
pub struct Session<'s> {
    pub graph: &'s Graph<'s>,
    pub files: &'s [FileState],
    /// Of each node of the graph: file, and number of the declaration in it.
    pub places: &'s [(usize, usize)],
    pub kinds: &'s Kinds,
    /// Of each environment and layer, the closures of its entries.
    pub entries: &'s HashMap<At, Vec<Closure>>,
    /// Of each environment, what its chain lists.
    pub listings: &'s HashMap<At, Vec<Listing>>,
    pub compiler: Digest,
}

impl Session<'_> {
    /// Whether a kind of that name is static.
    pub fn is_static(&self, word: &str) -> bool {
        self.kinds.get(word).is_some_and(|it| it.0)
    }

    /// Whether instances of a kind are part of whatever refers to them.
    pub fn is_ambient(&self, word: &str) -> bool {
        self.kinds.get(word).is_some_and(|it| it.1)
    }

    /// Whether a kind makes objects.
    pub fn lowers(&self, word: &str) -> bool {
        self.kinds.get(word).is_some_and(|it| it.2)
    }
}

/// Closures of the entries of all environments and layers.
pub fn entries(graph: &Graph<'_>, kinds: &Kinds) -> HashMap<At, Vec<Closure>> {
    let envs = (0..graph.nodes.len()).filter(|at| graph.nodes[*at].outline.sort.is_step());
    envs.map(|at| {
        let node = graph.nodes[at];
        let closures = node.outline.entries.par_iter().with_min_len(256).map(|it| graph.closure_of(&it.own, node.scope, &it.names, kinds));
        (at, closures.collect())
    })
    .collect()
}

/// An instance that a chain lists, with the entries that say something about it.
pub struct Listing {
    /// The instance, where it is declared.
    pub instance: Option<At>,
    /// Kind word of the instance.
    pub word: Arc<str>,
    /// Its name in the environment.
    pub name: Arc<str>,
    /// Entries by step and number, the weakest step first.
    pub parts: Vec<(At, usize)>,
}

/// What the chains of all environments list.
pub fn listings(graph: &Graph<'_>) -> HashMap<At, Vec<Listing>> {
    let envs = (0..graph.nodes.len()).filter(|at| graph.nodes[*at].outline.sort == Sort::Env);
    envs.map(|at| (at, listing(graph, at))).collect()
}

fn listing(graph: &Graph<'_>, env: At) -> Vec<Listing> {
    let mut found: Vec<Option<Listing>> = Vec::new();
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    for step in graph.chain(env) {
        for (nth, entry) in graph.nodes[step].outline.entries.iter().enumerate().filter(|it| !it.1.word.is_empty()) {
            let name = if entry.alias.is_empty() { &entry.name } else { &entry.alias };
            let key = (&*entry.word, &**name);
            if entry.removes {
                if let Some(place) = places.remove(&key) {
                    found[place] = None;
                }
                continue;
            }
            let instance = graph.instance(&entry.word, &entry.name);
            let place = *places.entry(key).or_insert(found.len());
            match found.get_mut(place).and_then(Option::as_mut) {
                Some(it) if it.instance == instance => it.parts.push((step, nth)),
                // Two of one name are reported.
                Some(_) => {}
                None => found.push(Some(Listing { instance, word: entry.word.clone(), name: name.clone(), parts: vec![(step, nth)] })),
            }
        }
    }
    found.into_iter().flatten().collect()
}

/// An instance in an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The instance.
    pub at: At,
    /// Its name there.
    pub name: Arc<str>,
}

/// What is in an environment.
pub struct Contents {
    pub env: At,
    /// Instances that become objects, sorted by kind word and name.
    pub members: Vec<Member>,
    /// Reached, but neither listed nor ambient: by whom, and which.
    pub strangers: Vec<(At, At)>,
}

/// The cluster of an environment: that of its strongest step that names one.
pub fn cluster<'g>(graph: &'g Graph<'_>, env: At) -> Option<&'g (Arc<str>, Arc<str>)> {
    graph.chain(env).into_iter().rev().find_map(|it| graph.nodes[it].outline.on.as_ref())
}

/// Who is in an environment: what its chain lists, what is declared on its cluster, and ambient instances that any of these reach, as `facts` say. What
/// the environments that it uses hold is there already.
pub fn contents(session: &Session<'_>, facts: &[DeclFacts], env: At) -> Contents {
    let mut held = HashSet::new();
    for used in session.graph.used(env) {
        held.extend(within(session, facts, used, &HashSet::new()).members.into_iter().map(|it| it.at));
    }
    within(session, facts, env, &held)
}

/// As `contents`; `held` are instances of environments in use.
fn within(session: &Session<'_>, facts: &[DeclFacts], env: At, held: &HashSet<At>) -> Contents {
    let graph = session.graph;
    let listings = session.listings.get(&env).map_or(&[][..], Vec::as_slice);
    let mut members: Vec<Member> = listings.iter().filter_map(|it| Some(Member { at: it.instance?, name: it.name.clone() })).collect();
    let named = |at: At| Member { at, name: graph.nodes[at].outline.name.clone() };
    if let Some(on) = cluster(graph, env) {
        let here = |at: &At| graph.nodes[*at].outline.on.as_ref() == Some(on) && graph.nodes[*at].outline.sort == Sort::Instance;
        members.extend((0..graph.nodes.len()).filter(here).map(named));
    }
    let mut is_member = vec![false; graph.nodes.len()];
    members.iter().for_each(|it| is_member[it.at] = true);
    let steps = graph.chain(env);
    let mut strangers = BTreeSet::new();
    let mut done: HashSet<At> = steps.iter().copied().collect();
    let mut todo: Vec<At> = members.iter().map(|it| it.at).collect();
    todo.extend(&steps);
    // Entries that were taken out again reach nobody.
    let live: HashSet<(At, usize)> = listings.iter().flat_map(|it| it.parts.iter().copied()).collect();
    while let Some(at) = todo.pop() {
        let decl = &facts[at];
        let is_live = |(nth, _): &(usize, &crate::state::EntryFacts)| {
            graph.nodes[at].outline.entries.get(*nth).is_none_or(|it| it.word.is_empty() || live.contains(&(at, *nth)))
        };
        let of_entries = decl.entries.iter().enumerate().filter(is_live).flat_map(|it| &it.1.reached);
        for (word, name) in decl.reached.iter().chain(of_entries) {
            let Some(to) = graph.instance(word, name) else { continue };
            if is_member[to] || session.is_static(word) || held.contains(&to) {
                continue;
            }
            if !session.is_ambient(word) {
                strangers.insert((at, to));
            } else if done.insert(to) {
                is_member[to] = true;
                members.push(named(to));
                todo.push(to);
            }
        }
    }
    members.retain(|it| !session.is_static(&graph.nodes[it.at].outline.word) || session.lowers(&graph.nodes[it.at].outline.word));
    fn name<'m>(graph: &'m Graph<'_>, it: &'m Member) -> (&'m str, &'m str) {
        (&graph.nodes[it.at].outline.word, &it.name)
    }
    members.sort_by(|a, b| name(graph, a).cmp(&name(graph, b)));
    members.dedup();
    Contents { env, members, strangers: strangers.into_iter().collect() }
}

/// Of each member of an environment, what is remembered of it, whatever its key was then; both are sorted by kind word and name.
pub fn remembered<'u, 'm>(session: &Session<'_>, members: impl Iterator<Item = &'m Member>, units: &'u [UnitState]) -> Vec<Option<&'u UnitState>> {
    let mut units = units.iter().peekable();
    let mut at_name = |member: &Member| {
        let name = (&*session.graph.nodes[member.at].outline.word, &*member.name);
        while units.next_if(|it| (&*it.kind, &*it.name) < name).is_some() {}
        units.next_if(|it| (&*it.kind, &*it.name) == name)
    };
    members.map(&mut at_name).collect()
}

/// Whether a file is at or below a path given by the user: `envs/dev` is `envs/dev.vix` or the folder `envs/dev`.
pub fn under(file: &str, wanted: &str) -> bool {
    let wanted = wanted.trim_start_matches("./").trim_end_matches('/');
    let plain = file.strip_suffix(".vix").unwrap_or(file);
    wanted.is_empty() || wanted == "." || file == wanted || plain == wanted || file.strip_prefix(wanted).is_some_and(|it| it.starts_with('/'))
}

/// An instance by its two words.
pub fn named(session: &Session<'_>, at: At) -> (Arc<str>, Arc<str>) {
    let outline = session.graph.nodes[at].outline;
    (outline.word.clone(), outline.name.clone())
}

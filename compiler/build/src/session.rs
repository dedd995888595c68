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
    /// Of each environment, the closures of its entries.
    pub entries: &'s HashMap<At, Vec<Closure>>,
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

/// Closures of the entries of all environments.
pub fn entries(graph: &Graph<'_>, kinds: &Kinds) -> HashMap<At, Vec<Closure>> {
    let envs = (0..graph.nodes.len()).filter(|at| graph.nodes[*at].outline.sort == Sort::Env);
    envs.map(|at| {
        let node = graph.nodes[at];
        let closures = node.outline.entries.par_iter().with_min_len(256).map(|it| graph.closure_of(&it.own, node.scope, &it.names, kinds));
        (at, closures.collect())
    })
    .collect()
}

/// What is in an environment.
pub struct Contents {
    pub env: At,
    /// Instances that become objects, sorted by kind word and name.
    pub members: Vec<At>,
    /// Reached, but neither listed nor ambient: by whom, and which.
    pub strangers: Vec<(At, At)>,
}

/// Who is in an environment: what it lists, what is declared on its cluster, and ambient instances that any of these reach, as `facts` say.
pub fn contents(session: &Session<'_>, facts: &[DeclFacts], env: At) -> Contents {
    let graph = session.graph;
    let outline = graph.nodes[env].outline;
    let mut listed: Vec<At> = outline.entries.iter().filter_map(|it| graph.instance(&it.word, &it.name)).collect();
    if let Some(on) = &outline.on {
        let here = |at: &At| graph.nodes[*at].outline.on.as_ref() == Some(on) && graph.nodes[*at].outline.sort == Sort::Instance;
        listed.extend((0..graph.nodes.len()).filter(here));
    }
    let mut is_member = vec![false; graph.nodes.len()];
    listed.iter().for_each(|it| is_member[*it] = true);
    let mut strangers = BTreeSet::new();
    let mut done: HashSet<At> = HashSet::from([env]);
    let mut todo: Vec<At> = listed.clone();
    todo.push(env);
    while let Some(at) = todo.pop() {
        let decl = &facts[at];
        for (word, name) in decl.reached.iter().chain(decl.entries.iter().flat_map(|it| &it.reached)) {
            let Some(to) = graph.instance(word, name) else { continue };
            if is_member[to] || session.is_static(word) {
                continue;
            }
            if !session.is_ambient(word) {
                strangers.insert((at, to));
            } else if done.insert(to) {
                is_member[to] = true;
                listed.push(to);
                todo.push(to);
            }
        }
    }
    listed.retain(|at| !session.is_static(&graph.nodes[*at].outline.word) || session.lowers(&graph.nodes[*at].outline.word));
    let name = |at: At| (&graph.nodes[at].outline.word, &graph.nodes[at].outline.name);
    listed.sort_by(|a, b| name(*a).cmp(&name(*b)));
    listed.dedup();
    Contents { env, members: listed, strangers: strangers.into_iter().collect() }
}

/// Of each member of an environment, what is remembered of it, whatever its key was then; both are sorted by kind word and name.
pub fn remembered<'u>(session: &Session<'_>, members: impl Iterator<Item = At>, units: &'u [UnitState]) -> Vec<Option<&'u UnitState>> {
    let mut units = units.iter().peekable();
    let mut at_name = |at: At| {
        let outline = session.graph.nodes[at].outline;
        let name = (&*outline.word, &*outline.name);
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

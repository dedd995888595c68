//! Which declaration needs which, and the digest of all that one needs: the ground of every key.
//!
//! Names are collected generously, so declarations may seem to need each other in a circle that no evaluation goes; all of a circle count as one.
//! Invariant: two projects in which a declaration has the same closure digest give it the same meaning.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use store::{Digest, Hasher};

use crate::outline::{Names, Outline, Sort};

/// A declaration, as an index into the graph.
pub type At = usize;

/// Files taken in, sorted; most declarations take in none.
pub type Inputs = Option<Arc<BTreeSet<Arc<str>>>>;

/// A declaration with what its file adds to its meaning.
#[derive(Clone, Copy, Debug)]
pub struct Node<'o> {
    /// The declaration.
    pub outline: &'o Outline,
    /// Digest of its file's module and `use` lines.
    pub scope: &'o Digest,
    /// Path of its file.
    pub path: &'o str,
}

/// All declarations of the project by name.
pub struct Graph<'o> {
    /// In file order.
    pub nodes: Vec<Node<'o>>,
    words: HashMap<&'o str, Word>,
    instances: HashMap<(&'o str, &'o str), At>,
    settings: Option<At>,
    layers: HashMap<&'o str, At>,
    envs: HashMap<&'o str, At>,
    /// Names that give other words their meaning, settings, and facts about types: what every declaration may depend on when it is checked.
    pub globals: Digest,
    /// Facts about types and settings: what every unit depends on.
    pub common: Digest,
    closures: Vec<Closure>,
    has_twins: bool,
}

/// What a word may mean, wherever it stands.
#[derive(Default)]
struct Word {
    items: Vec<At>,
    kind: Option<At>,
    /// Instances of ambient kinds.
    ambient: Vec<At>,
}

/// What a declaration needs, itself included.
#[derive(Clone, Debug)]
pub struct Closure {
    /// Digest of everything in it.
    pub digest: Digest,
    /// Files taken in.
    pub inputs: Inputs,
}

/// Kinds by name: static, ambient, with `lower`.
pub type Kinds = HashMap<Arc<str>, (bool, bool, bool)>;

/// What a part of a declaration needs: of some declarations all, of others what can be seen from outside.
#[derive(Default)]
struct Needs {
    whole: Vec<u32>,
    seen: Vec<u32>,
}

impl<'o> Graph<'o> {
    /// Indexes the declarations.
    pub fn new(nodes: Vec<Node<'o>>, kinds: &Kinds) -> Self {
        let empty = Closure { digest: Digest::of(b""), inputs: None };
        let mut it = Self {
            words: HashMap::new(),
            instances: HashMap::with_capacity(nodes.len()),
            settings: None,
            layers: HashMap::new(),
            envs: HashMap::new(),
            globals: empty.digest,
            common: empty.digest,
            closures: vec![empty; nodes.len()],
            has_twins: false,
            nodes,
        };
        let names = it.index(kinds);
        it.close(kinds);
        let facts: Vec<&Digest> = (0..it.nodes.len()).filter(|at| it.nodes[*at].outline.sort == Sort::Schema).map(|at| &it.closures[at].digest).collect();
        let mut hasher = Hasher::new("common");
        hasher.seq(facts, Hasher::digest);
        hasher.option(it.settings, |h, at| h.digest(&it.closures[at].digest));
        it.common = hasher.finish();
        let mut hasher = Hasher::new("globals");
        hasher.digest(&names);
        hasher.digest(&it.common);
        it.globals = hasher.finish();
        it
    }

    /// Fills the tables; gives the digest of all names that can give a word its meaning.
    fn index(&mut self, kinds: &Kinds) -> Digest {
        let mut names: BTreeSet<(u8, &str, &str)> = BTreeSet::new();
        for (at, node) in self.nodes.iter().enumerate() {
            let outline = node.outline;
            match outline.sort {
                Sort::Item => {
                    self.words.entry(&outline.name).or_default().items.push(at);
                    names.insert((0, &outline.name, node.path));
                }
                Sort::Kind => {
                    let word = self.words.entry(&outline.name).or_default();
                    self.has_twins |= word.kind.is_some();
                    word.kind = word.kind.or(Some(at));
                    names.insert((1, &outline.name, ""));
                }
                Sort::Instance => {
                    let name: (&str, &str) = (&outline.word, &outline.name);
                    self.has_twins |= self.instances.contains_key(&name);
                    self.instances.entry(name).or_insert(at);
                    if kinds.get(&outline.word).is_some_and(|it| it.1) {
                        self.words.entry(&outline.name).or_default().ambient.push(at);
                        names.insert((2, &outline.word, &outline.name));
                    }
                }
                Sort::Settings => {
                    self.has_twins |= self.settings.is_some();
                    self.settings = self.settings.or(Some(at));
                }
                // Who names an environment or a layer that is not there is told so.
                Sort::Env | Sort::Layer => {
                    names.insert((if outline.sort == Sort::Env { 3 } else { 4 }, &outline.name, ""));
                    let known = if outline.sort == Sort::Env { &mut self.envs } else { &mut self.layers };
                    self.has_twins |= known.insert(&outline.name, at).is_some();
                }
                Sort::Schema | Sort::Check | Sort::Test | Sort::Other => {}
            }
        }
        let mut hasher = Hasher::new("names");
        hasher.seq(names.iter(), |h, (sort, a, b)| {
            h.variant(u32::from(*sort));
            h.str(a);
            h.str(b);
        });
        hasher.finish()
    }

    /// The instance of that kind and name.
    pub fn instance(&self, word: &str, name: &str) -> Option<At> {
        self.instances.get(&(word, name)).copied()
    }

    /// Instances of ambient kinds with that name.
    pub fn ambient(&self, name: &str) -> &[At] {
        self.words.get(name).map_or(&[], |it| &it.ambient)
    }

    /// The environment of that name.
    pub fn env(&self, name: &str) -> Option<At> {
        self.envs.get(name).copied()
    }

    /// The steps of an environment's chain, the weakest first, itself last; a layer that is not there or comes again ends it.
    pub fn chain(&self, env: At) -> Vec<At> {
        let mut chain = vec![env];
        let mut over = self.nodes[env].outline.over.as_ref();
        while let Some(layer) = over.and_then(|it| self.layers.get(&**it)).filter(|it| !chain.contains(it)) {
            chain.push(*layer);
            over = self.nodes[*layer].outline.over.as_ref();
        }
        chain.reverse();
        chain
    }

    /// The environments that an environment's chain `uses`.
    pub fn used(&self, env: At) -> Vec<At> {
        let mut found: Vec<At> = self.chain(env).into_iter().flat_map(|it| &self.nodes[it].outline.uses).filter_map(|it| self.env(it)).collect();
        found.retain(|it| *it != env);
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Environments and all that they use, however far away: each behind those that it uses.
    pub fn with_used(&self, envs: &[At]) -> Vec<At> {
        let (mut order, mut seen) = (Vec::new(), std::collections::HashSet::new());
        let mut todo: Vec<(At, bool)> = envs.iter().rev().map(|it| (*it, false)).collect();
        while let Some((at, is_done)) = todo.pop() {
            if is_done {
                order.push(at);
            } else if seen.insert(at) {
                todo.push((at, true));
                todo.extend(self.used(at).into_iter().rev().map(|it| (it, false)));
            }
        }
        order
    }

    /// The settings declaration of the project.
    pub fn settings(&self) -> Option<At> {
        self.settings
    }

    /// What a declaration needs.
    pub fn closure(&self, at: At) -> &Closure {
        &self.closures[at]
    }

    /// Whether two declarations share a name that must be unique.
    pub fn has_twins(&self) -> bool {
        self.has_twins
    }

    /// The closure of a part of a declaration.
    pub fn closure_of(&self, own: &Digest, scope: &Digest, names: &Names, kinds: &Kinds) -> Closure {
        let needs = self.needs(names, kinds);
        let mut hasher = Hasher::new("part");
        hasher.digest(own);
        hasher.digest(scope);
        let mut inputs = own_inputs(names);
        self.combine(&mut hasher, &needs, &mut inputs, &|_| true);
        Closure { digest: hasher.finish(), inputs }
    }

    /// Of each declaration, whether it is one of these or one that they may need, however far away.
    pub fn reach(&self, from: Vec<At>, kinds: &Kinds) -> Vec<bool> {
        let mut reached = vec![false; self.nodes.len()];
        let mut todo = from;
        while let Some(at) = todo.pop() {
            if !std::mem::replace(&mut reached[at], true) {
                let needs = self.needs(&self.nodes[at].outline.names, kinds);
                todo.extend(needs.whole.into_iter().chain(needs.seen).map(|it| it as At));
            }
        }
        reached
    }

    /// Closures of all, those that are needed first (Tarjan's strongly connected components, with an explicit stack: chains may be long).
    fn close(&mut self, kinds: &Kinds) {
        const NEW: u32 = u32::MAX;
        let needs: Vec<Needs> = self.nodes.iter().map(|it| self.needs(&it.outline.names, kinds)).collect();
        let count = self.nodes.len();
        let (mut order, mut low, mut open) = (vec![NEW; count], vec![0u32; count], vec![false; count]);
        let (mut next, mut circle): (u32, Vec<u32>) = (0, Vec::new());
        for start in 0..count {
            if order[start] != NEW {
                continue;
            }
            let mut path: Vec<(usize, usize)> = vec![(start, 0)];
            while let Some((at, edge)) = path.last_mut() {
                let (here, nth) = (*at, *edge);
                if nth == 0 {
                    (order[here], low[here], open[here]) = (next, next, true);
                    next += 1;
                    circle.push(here as u32);
                }
                *edge += 1;
                if let Some(to) = needs[here].whole.get(nth).map(|it| *it as usize) {
                    if order[to] == NEW {
                        path.push((to, 0));
                    } else if open[to] {
                        low[here] = low[here].min(order[to]);
                    }
                    continue;
                }
                path.pop();
                if let Some((above, _)) = path.last() {
                    low[*above] = low[*above].min(low[here]);
                }
                if low[here] == order[here] {
                    let from = circle.iter().rposition(|it| *it as usize == here).unwrap_or(0);
                    let members = circle.split_off(from);
                    members.iter().for_each(|it| open[*it as usize] = false);
                    self.close_circle(members, &needs);
                }
            }
        }
    }

    /// Closures of declarations that need each other, mostly of one alone.
    fn close_circle(&mut self, mut members: Vec<u32>, needs: &[Needs]) {
        members.sort_unstable();
        let mut hasher = Hasher::new("closure");
        let mut inputs: Inputs = None;
        for member in &members {
            let node = self.nodes[*member as usize];
            hasher.digest(&node.outline.own);
            hasher.digest(node.scope);
            merge(&mut inputs, &own_inputs(&node.outline.names));
            self.combine(&mut hasher, &needs[*member as usize], &mut inputs, &|it| members.binary_search(it).is_err());
        }
        let all = hasher.finish();
        for member in &members {
            let mut digest = all;
            if members.len() > 1 {
                let mut hasher = Hasher::new("member");
                hasher.digest(&all);
                hasher.digest(&self.nodes[*member as usize].outline.own);
                digest = hasher.finish();
            }
            self.closures[*member as usize] = Closure { digest, inputs: inputs.clone() };
        }
    }

    /// Adds what is needed from outside of a circle.
    fn combine(&self, hasher: &mut Hasher, needs: &Needs, inputs: &mut Inputs, outside: &dyn Fn(&u32) -> bool) {
        for need in needs.whole.iter().filter(|it| outside(it)) {
            let inner = &self.closures[*need as usize];
            hasher.variant(0);
            hasher.digest(&inner.digest);
            merge(inputs, &inner.inputs);
        }
        for need in &needs.seen {
            let node = self.nodes[*need as usize];
            hasher.variant(1);
            hasher.str(&node.outline.word);
            hasher.str(&node.outline.name);
            hasher.digest(&node.outline.sig);
        }
        hasher.variant(2);
    }

    fn needs(&self, names: &Names, kinds: &Kinds) -> Needs {
        let mut needs = Needs::default();
        let kind = |word: &str| self.words.get(word).and_then(|it| it.kind).map(|it| it as u32);
        for word in names.words.iter().filter_map(|it| self.words.get(&**it)) {
            needs.whole.extend(word.items.iter().chain(&word.kind).map(|it| *it as u32));
            for at in &word.ambient {
                needs.seen.push(*at as u32);
                needs.whole.extend(kind(&self.nodes[*at].outline.word));
            }
        }
        for (word, name) in &names.pairs {
            needs.whole.extend(kind(word));
            if **word == *"layer"
                && let Some(at) = self.layers.get(&**name)
            {
                needs.whole.push(*at as u32);
            }
            if let Some(at) = self.instances.get(&(&**word, &**name)) {
                let is_static = kinds.get(word).is_some_and(|it| it.0);
                if is_static { needs.whole.push(*at as u32) } else { needs.seen.push(*at as u32) }
            }
        }
        needs.whole.sort_unstable();
        needs.whole.dedup();
        needs.seen.sort_unstable();
        needs.seen.dedup();
        needs
    }
}

fn own_inputs(names: &Names) -> Inputs {
    (!names.inputs.is_empty()).then(|| Arc::new(names.inputs.iter().cloned().collect()))
}

fn merge(into: &mut Inputs, from: &Inputs) {
    match (into.as_mut(), from) {
        (_, None) => {}
        (None, Some(_)) => into.clone_from(from),
        (Some(into), Some(from)) => {
            if !from.is_subset(into) {
                Arc::make_mut(into).extend(from.iter().cloned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use diag::FileId;

    use super::{Graph, Kinds, Node};
    use crate::outline::{self, Outline};
    use store::Digest;

    /// Closure digests of the declarations of a text.
    fn closures(text: &str) -> Vec<Digest> {
        let tree = syntax::parse(FileId(0), text.into()).tree;
        let outlines: Vec<Outline> = outline::outline(&tree);
        let scope = outline::scope(&tree, "a");
        let nodes = outlines.iter().map(|outline| Node { outline, scope: &scope, path: "a.vix" }).collect();
        let graph = Graph::new(nodes, &Kinds::new());
        (0..graph.nodes.len()).map(|at| graph.closure(at).digest).collect()
    }

    #[test]
    fn a_change_shows_in_all_that_need_it() {
        let (a, b) = (
            closures("let a: Int = 1\nlet b: Int = a\nlet c: Int = b\nlet d: Int = 4\n"),
            closures("let a: Int = 2\nlet b: Int = a\nlet c: Int = b\nlet d: Int = 4\n"),
        );
        let differ: Vec<bool> = a.iter().zip(&b).map(|(a, b)| a != b).collect();
        assert_eq!(differ, [true, true, true, false]);
    }

    #[test]
    fn a_change_in_a_circle_shows_in_all_of_it_and_all_that_need_it() {
        for at in 0..3 {
            let text = |changed: usize| {
                let value = |nth: usize| if nth == changed { 2 } else { 1 };
                format!("let a: Int = b + {}\nlet b: Int = c + {}\nlet c: Int = a + {}\nlet d: Int = b\nlet e: Int = 5\n", value(0), value(1), value(2))
            };
            let differ: Vec<bool> = closures(&text(9)).iter().zip(&closures(&text(at))).map(|(a, b)| a != b).collect();
            assert_eq!(differ, [true, true, true, true, false], "{at}");
        }
    }

    #[test]
    fn comments_and_layout_show_in_none() {
        assert_eq!(closures("let a: Int = 1\nlet b: Int = a\n"), closures("// one\nlet a:   Int = 1 // two\n\nlet b: Int = a\n"));
    }
}

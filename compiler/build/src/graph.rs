//! Which declaration needs which, and the digest of all that one needs: the ground of every key.
//!
//! Invariant: two projects in which a declaration has the same closure digest give it the same meaning.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use store::{Digest, Hasher};

use crate::outline::{Names, Outline, Sort};

/// A declaration, as an index into the graph.
pub type At = usize;

/// All declarations of the project by name.
pub struct Graph<'o> {
    /// In file order.
    pub nodes: Vec<&'o Outline>,
    items: HashMap<&'o str, Vec<At>>,
    kinds: HashMap<&'o str, At>,
    instances: HashMap<(&'o str, &'o str), At>,
    ambient: HashMap<&'o str, Vec<At>>,
    settings: Option<At>,
    /// Names that give other words their meaning, as one digest.
    pub scope: Digest,
    closures: Vec<Option<Closure>>,
}

/// What a declaration needs, itself included.
#[derive(Clone, Debug)]
pub struct Closure {
    /// Digest of everything in it.
    pub digest: Digest,
    /// Settings of the project that are read.
    pub settings: BTreeSet<Arc<str>>,
    /// Files taken in.
    pub inputs: BTreeSet<Arc<str>>,
}

/// Kinds by name: static, ambient, with `lower`.
pub type Kinds = HashMap<Arc<str>, (bool, bool, bool)>;

impl<'o> Graph<'o> {
    /// Indexes the declarations.
    pub fn new(nodes: Vec<&'o Outline>, modules: &[&'o str], kinds: &Kinds) -> Self {
        let mut it = Self {
            items: HashMap::new(),
            kinds: HashMap::new(),
            instances: HashMap::new(),
            ambient: HashMap::new(),
            settings: None,
            scope: Digest::of(b""),
            closures: vec![None; nodes.len()],
            nodes,
        };
        let mut scope: BTreeSet<(u8, &str, &str)> = BTreeSet::new();
        for (at, node) in it.nodes.iter().enumerate() {
            match node.sort {
                Sort::Item => {
                    it.items.entry(&node.name).or_default().push(at);
                    scope.insert((0, &node.name, modules[at]));
                }
                Sort::Kind => {
                    it.kinds.entry(&node.name).or_insert(at);
                    scope.insert((1, &node.name, ""));
                }
                Sort::Instance => {
                    it.instances.entry((&node.word, &node.name)).or_insert(at);
                    if kinds.get(&node.word).is_some_and(|it| it.1) {
                        it.ambient.entry(&node.name).or_default().push(at);
                        scope.insert((2, &node.word, &node.name));
                    }
                }
                Sort::Settings => it.settings = Some(at),
                Sort::Env | Sort::Other => {}
            }
        }
        let mut hasher = Hasher::new("scope");
        hasher.seq(scope.iter(), |h, (sort, a, b)| {
            h.variant(u32::from(*sort));
            h.str(a);
            h.str(b);
        });
        it.scope = hasher.finish();
        for at in 0..it.nodes.len() {
            it.close(at, kinds, &mut Vec::new());
        }
        it
    }

    /// The instance of that kind and name.
    pub fn instance(&self, word: &str, name: &str) -> Option<At> {
        self.instances.get(&(word, name)).copied()
    }

    /// What a declaration needs.
    pub fn closure(&self, at: At) -> &Closure {
        self.closures[at].as_ref().expect("every closure is made in `new`")
    }

    /// The settings declaration of the project.
    pub fn settings(&self) -> Option<At> {
        self.settings
    }

    /// Whether two declarations share a name that must be unique.
    pub fn has_twins(&self) -> bool {
        let instances = self.nodes.iter().filter(|it| it.sort == Sort::Instance).count();
        let kinds = self.nodes.iter().filter(|it| it.sort == Sort::Kind).count();
        let envs: Vec<&str> = self.nodes.iter().filter(|it| it.sort == Sort::Env).map(|it| &*it.name).collect();
        let unique: BTreeSet<&str> = envs.iter().copied().collect();
        instances != self.instances.len() || kinds != self.kinds.len() || unique.len() != envs.len()
    }

    fn close(&mut self, at: At, kinds: &Kinds, open: &mut Vec<At>) {
        if self.closures[at].is_some() || open.contains(&at) {
            return;
        }
        open.push(at);
        let names = self.nodes[at].names.clone();
        let closure = self.of_names(&self.nodes[at].own.clone(), &names, kinds, open);
        open.pop();
        self.closures[at] = Some(closure);
    }

    /// The closure of a part of a declaration: its own digest and all that its names might mean.
    pub fn of_names(&mut self, own: &Digest, names: &Names, kinds: &Kinds, open: &mut Vec<At>) -> Closure {
        let (whole, seen) = self.needs(names, kinds);
        for need in &whole {
            self.close(*need, kinds, open);
        }
        self.combine(own, names, &whole, &seen)
    }

    /// As `of_names` once everything is closed.
    pub fn closure_of(&self, own: &Digest, names: &Names, kinds: &Kinds) -> Closure {
        let (whole, seen) = self.needs(names, kinds);
        self.combine(own, names, &whole, &seen)
    }

    fn combine(&self, own: &Digest, names: &Names, whole: &BTreeSet<At>, seen: &BTreeSet<At>) -> Closure {
        let mut closure =
            Closure { digest: *own, settings: names.settings.iter().cloned().collect(), inputs: names.inputs.iter().cloned().collect() };
        let mut hasher = Hasher::new("closure");
        hasher.digest(own);
        for need in whole {
            // A declaration in a cycle has no closure yet; the checker reports the cycle and nothing of it is remembered.
            let Some(inner) = &self.closures[*need] else { continue };
            hasher.variant(0);
            hasher.digest(&inner.digest);
            closure.settings.extend(inner.settings.iter().cloned());
            closure.inputs.extend(inner.inputs.iter().cloned());
        }
        for need in seen {
            hasher.variant(1);
            hasher.digest(&self.nodes[*need].sig);
        }
        closure.digest = hasher.finish();
        closure
    }

    /// Declarations whose whole meaning is needed, and instances of which only names are.
    fn needs(&self, names: &Names, kinds: &Kinds) -> (BTreeSet<At>, BTreeSet<At>) {
        let mut whole = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for word in &names.words {
            whole.extend(self.items.get(&**word).into_iter().flatten());
            whole.extend(self.kinds.get(&**word));
            seen.extend(self.ambient.get(&**word).into_iter().flatten());
        }
        for (word, name) in &names.pairs {
            if let Some(at) = self.instances.get(&(&**word, &**name)) {
                if kinds.get(word).is_some_and(|it| it.0) {
                    whole.insert(*at);
                } else {
                    seen.insert(*at);
                }
            }
        }
        (whole, seen)
    }
}

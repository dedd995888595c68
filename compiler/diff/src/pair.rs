//! Which object of one side is which of the other.
//!
//! The same group, kind, namespace and name is the same object, whatever its version. An object whose name ends in a hash of its own content is the
//! one that had another hash. Between environments, an instance's only object of a kind is the same one under whatever name.

use std::collections::BTreeMap;

use manifest::hash;
use manifest::id::ObjectId;
use rustc_hash::FxHashMap;

use crate::change::{Difference, ObjectChange, UnitName, What};
use crate::object::{Malformed, Object, Unit, differing};
use crate::secret;
use crate::shapes::Shapes;
use crate::walk::Walk;
use crate::{Path, Shown};

/// What the two sides are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing<'n> {
    /// Two states of one cluster: another name is another object.
    States,
    /// Two environments of these names: names and namespaces may differ.
    Environments(&'n str, &'n str),
}

/// What a unit is called on both sides, and its texts.
type Texts<'t> = BTreeMap<&'t UnitName, [Option<&'t str>; 2]>;

/// Compares what instances make on two sides. Units whose texts are the same may be left out, if `unchanged` counts their objects.
///
/// # Errors
/// A text is not what a build writes.
pub fn compare(shapes: &Shapes, old: &[Unit<'_>], new: &[Unit<'_>], unchanged: usize, pairing: Pairing<'_>) -> Result<Difference, Malformed> {
    let mut units: Texts<'_> = BTreeMap::new();
    for (side, list) in [old, new].into_iter().enumerate() {
        for unit in list {
            units.entry(unit.name).or_default()[side] = Some(unit.text);
        }
    }
    let mut pairs = Pairs { unchanged, ..Pairs::default() };
    for (name, [old, new]) in units {
        if let Some(text) = old {
            differing(Unit { name, text }, new, &mut pairs.old)?;
        }
        if let Some(text) = new {
            pairs.unchanged += differing(Unit { name, text }, old, &mut pairs.new)?;
        }
    }
    Ok(pairs.compare(shapes, pairing))
}

/// Objects that may differ.
#[derive(Default)]
struct Pairs {
    old: Vec<Object>,
    new: Vec<Object>,
    unchanged: usize,
}

/// What tells an object from others of its side.
type Identity = (String, String, Option<String>, String);

impl Pairs {
    fn compare(self, shapes: &Shapes, pairing: Pairing<'_>) -> Difference {
        let partners = self.partners(pairing);
        let mut taken = vec![false; self.old.len()];
        let mut objects = Vec::new();
        let mut unchanged = self.unchanged;
        for (new, partner) in self.new.iter().zip(&partners) {
            let what = match partner {
                Some(at) => {
                    taken[*at] = true;
                    What::Changed(changes(shapes, &self.old[*at], new))
                }
                None => What::Added(without_secrets(new)),
            };
            let was = partner.map(|at| &self.old[at].id).filter(|it| !it.same_object(&new.id)).cloned();
            if what == What::Changed(Vec::new()) && was.is_none() {
                unchanged += 1;
            } else {
                objects.push(ObjectChange { unit: new.unit.clone(), id: new.id.clone(), was, what });
            }
        }
        let gone = self.old.iter().zip(&taken).filter(|it| !it.1).map(|it| it.0);
        objects.extend(gone.map(|it| ObjectChange { unit: it.unit.clone(), id: it.id.clone(), was: None, what: What::Removed(without_secrets(it)) }));
        // Stable: what a unit adds and changes stays in the order of emission, and what it removes follows.
        objects.sort_by(|a, b| a.unit.cmp(&b.unit));
        Difference { objects, unchanged }
    }

    /// Of each new object, the old one.
    fn partners(&self, pairing: Pairing<'_>) -> Vec<Option<usize>> {
        let mut partners = vec![None; self.new.len()];
        self.join(&mut partners, |it| Some(identity(&it.id)));
        self.join(&mut partners, |it| Some(identity(&ObjectId { name: without_hash(it)?.to_owned(), ..it.id.clone() })));
        if let Pairing::Environments(old, new) = pairing {
            let plain = |it: &Object| without_hash(it).unwrap_or(&it.id.name).to_owned();
            // What is called after its environment is called after the other one there.
            let alike = |name: &str| replaced(name, old, new);
            let unit = |it: &Object| (it.unit.kind.clone(), alike(&it.unit.name));
            let kind = |it: &'_ Object| (it.id.group.clone(), it.id.kind.clone());
            self.join(&mut partners, |it| Some((kind(it), it.id.namespace.as_deref().map(alike), alike(&plain(it)))));
            self.join(&mut partners, |it| Some((unit(it), kind(it), alike(&plain(it)))));
            self.join(&mut partners, |it| Some((unit(it), kind(it), it.id.namespace.as_deref().map(alike))));
            self.join(&mut partners, |it| Some((unit(it), kind(it))));
        }
        partners
    }

    /// Joins objects without a partner that alone on their sides have a key in common.
    fn join<'p, K: std::hash::Hash + Eq>(&'p self, partners: &mut [Option<usize>], key: impl Fn(&'p Object) -> Option<K>) {
        let mut sides: FxHashMap<K, [Vec<usize>; 2]> = FxHashMap::default();
        let mut is_taken = vec![false; self.old.len()];
        partners.iter().flatten().for_each(|at| is_taken[*at] = true);
        let old = self.old.iter().enumerate().filter(|it| !is_taken[it.0]).map(|it| (0, it));
        let new = self.new.iter().enumerate().filter(|it| partners[it.0].is_none()).map(|it| (1, it));
        for (side, (at, object)) in old.chain(new) {
            if let Some(key) = key(object) {
                sides.entry(key).or_default()[side].push(at);
            }
        }
        for [old, new] in sides.into_values() {
            if let ([old], [new]) = (old.as_slice(), new.as_slice()) {
                partners[*new] = Some(*old);
            }
        }
    }
}

fn identity(id: &ObjectId) -> Identity {
    (id.group.clone(), id.kind.clone(), id.namespace.clone(), id.name.clone())
}

/// A name with another word in it: `tools-dev` of `dev` is `tools-prod` of `prod`.
fn replaced(name: &str, old: &str, new: &str) -> String {
    let words: Vec<&str> = name.split('-').collect();
    let wanted: Vec<&str> = old.split('-').collect();
    match words.windows(wanted.len()).position(|it| it == wanted.as_slice()) {
        Some(at) => [&words[..at], &[new], &words[at + wanted.len()..]].concat().join("-"),
        None => name.to_owned(),
    }
}

/// The name without the hash of its content, where it ends in that.
fn without_hash(object: &Object) -> Option<&str> {
    let (name, suffix) = object.id.name.rsplit_once('-')?;
    // Nothing but a hash is as long and without vowels; then it is computed.
    (suffix.len() == 10 && hash::of(&object.value).as_deref() == Some(suffix)).then_some(name)
}

fn changes(shapes: &Shapes, old: &Object, new: &Object) -> Vec<crate::Change> {
    let is_secret = secret::is_secret(&old.id) || secret::is_secret(&new.id);
    Walk::object(shapes, shapes.kind(&new.id), is_secret, &old.value, &new.value)
}

fn without_secrets(object: &Object) -> manifest::json::Json {
    match secret::shown(&object.value, &Path::default(), secret::is_secret(&object.id)) {
        Shown::Value(value) => value,
        // An object as a whole always has a form that may be shown.
        Shown::Secret(size) => manifest::json::Json::String(secret::words(size)),
    }
}

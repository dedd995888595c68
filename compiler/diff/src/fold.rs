//! The same said once: what differs alike in several environments, and what changes alike in several objects.
//!
//! Invariant: every change of every environment is in exactly one section, and there once.

use std::collections::{BTreeMap, HashMap};

use manifest::id::ObjectId;

use crate::change::{Change, Difference, ObjectChange, UnitName, What};

/// What differs alike in some environments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// Their names.
    pub envs: Vec<String>,
    /// Changes that many objects have in common.
    pub common: Vec<Common>,
    /// Objects with what else differs in them.
    pub objects: Vec<ObjectChange>,
}

/// A change that several objects have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Common {
    /// The change.
    pub change: Change,
    /// In which objects, in order.
    pub objects: Vec<ObjectId>,
}

/// From so many objects on, a change is told once for all.
const COMMON_MIN: usize = 3;

/// An object and who makes it.
type Name = (UnitName, ObjectId);

/// What is told of an object in one environment, in pieces that other environments may have too.
#[derive(PartialEq)]
enum Piece {
    /// It is new or gone.
    Whole(ObjectChange),
    /// A change of it, and what it was called before.
    Change(Option<ObjectId>, Change),
}

/// Pieces of one object, each with the environments that have it.
type Pieces = Vec<(Piece, Vec<usize>)>;

/// Sections in the order of the number of their environments, the largest first.
pub fn sections(differences: Vec<(String, Difference)>) -> Vec<Section> {
    let names: Vec<String> = differences.iter().map(|it| it.0.clone()).collect();
    // What is told of each object, and in which environments; objects in the order in which they were met.
    let mut told: Vec<(Name, Pieces)> = Vec::new();
    let mut places: HashMap<Name, usize> = HashMap::new();
    for (env, (_, difference)) in differences.into_iter().enumerate() {
        for object in difference.objects {
            let key = (object.unit.clone(), object.id.clone());
            let at = *places.entry(key.clone()).or_insert_with(|| {
                told.push((key, Vec::new()));
                told.len() - 1
            });
            for piece in pieces(object) {
                match told[at].1.iter_mut().find(|it| it.0 == piece) {
                    Some(known) => known.1.push(env),
                    None => told[at].1.push((piece, vec![env])),
                }
            }
        }
    }
    let mut sections: BTreeMap<Vec<usize>, Vec<ObjectChange>> = BTreeMap::new();
    for ((unit, id), pieces) in told {
        for (piece, envs) in pieces {
            let objects = sections.entry(envs).or_default();
            match piece {
                Piece::Whole(object) => objects.push(object),
                Piece::Change(was, change) => match objects.last_mut().filter(|it| it.unit == unit && it.id == id && it.was == was) {
                    Some(ObjectChange { what: What::Changed(changes), .. }) => changes.push(change),
                    _ => objects.push(ObjectChange { unit: unit.clone(), id: id.clone(), was, what: What::Changed(vec![change]) }),
                },
            }
        }
    }
    let mut sections: Vec<(Vec<usize>, Vec<ObjectChange>)> = sections.into_iter().collect();
    sections.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
    sections.into_iter().map(|(envs, objects)| section(envs.iter().map(|it| names[*it].clone()).collect(), objects)).collect()
}

fn pieces(object: ObjectChange) -> Vec<Piece> {
    match object.what {
        What::Changed(changes) => changes.into_iter().map(|it| Piece::Change(object.was.clone(), it)).collect(),
        What::Added(_) | What::Removed(_) => vec![Piece::Whole(object)],
    }
}

fn section(envs: Vec<String>, mut objects: Vec<ObjectChange>) -> Section {
    objects.sort_by(|a, b| a.unit.cmp(&b.unit));
    let key = |change: &Change| format!("{change:?}");
    let mut counts: HashMap<String, usize> = HashMap::new();
    objects.iter().flat_map(ObjectChange::changes).for_each(|it| *counts.entry(key(it)).or_default() += 1);
    counts.retain(|_, count| *count >= COMMON_MIN);
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut common: Vec<Common> = Vec::new();
    for object in &mut objects {
        let What::Changed(changes) = &mut object.what else { continue };
        changes.retain(|change| {
            let key = key(change);
            if !counts.contains_key(&key) {
                return true;
            }
            let at = *places.entry(key).or_insert_with(|| {
                common.push(Common { change: change.clone(), objects: Vec::new() });
                common.len() - 1
            });
            common[at].objects.push(object.id.clone());
            false
        });
    }
    objects.retain(|it| !matches!(&it.what, What::Changed(changes) if changes.is_empty()));
    common.sort_by_key(|it| std::cmp::Reverse(it.objects.len()));
    Section { envs, common, objects }
}

//! Lists: elements are told apart by what the schema says; where it says nothing, by their names, or by their place in a common sequence.

use std::collections::BTreeMap;

use manifest::canonical;
use manifest::json::Json;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::change::Op;
use crate::path::Step;
use crate::sequence;
use crate::shapes::{Keys, Known};
use crate::walk::Walk;

/// The field that names elements of lists of which nothing is known.
const NAME: &str = "name";

/// Compares two lists of that type.
pub(crate) fn compare(walk: &mut Walk<'_>, known: Known, keys: &Keys, old: &[Json], new: &[Json]) {
    let element = walk.shapes.element(known);
    if keys.is_set {
        return sets(walk, old, new);
    }
    let alias = keys.alias.as_deref().map(|it| vec![it]);
    let stated = (!keys.fields.is_empty()).then(|| keys.fields.iter().map(String::as_str).collect::<Vec<_>>());
    let ways = alias.into_iter().chain(stated).chain([vec![NAME]]);
    for fields in ways {
        if let (Some(before), Some(now)) = (keyed(old, &fields), keyed(new, &fields)) {
            return by_key(walk, element, &fields, &before, &now);
        }
    }
    by_place(walk, element, old, new);
}

/// Elements by their keys, in order; `None` where they cannot be told apart by these fields.
fn keyed<'j>(elements: &'j [Json], fields: &[&str]) -> Option<Vec<(String, &'j Json)>> {
    let key = |element: &'j Json| {
        let entries = element.as_map()?;
        let part = |field: &&str| match entries.iter().find(|it| it.0 == **field).map(|it| &it.1) {
            Some(Json::String(text)) => Some(text.clone()),
            Some(Json::Int(number)) => Some(number.to_string()),
            Some(Json::Bool(it)) => Some(it.to_string()),
            _ => None,
        };
        let parts: Vec<Option<String>> = fields.iter().map(part).collect();
        // What is left out has a default; an element without any key has no name at all.
        parts[0].is_some().then(|| parts.into_iter().flatten().collect::<Vec<_>>().join(","))
    };
    let all: Vec<(String, &Json)> = elements.iter().map(|it| Some((key(it)?, it))).collect::<Option<_>>()?;
    let mut names: Vec<&str> = all.iter().map(|it| it.0.as_str()).collect();
    names.sort_unstable();
    names.windows(2).all(|it| it[0] != it[1]).then_some(all)
}

fn by_key(walk: &mut Walk<'_>, element: Known, fields: &[&str], old: &[(String, &Json)], new: &[(String, &Json)]) {
    let index = |list: &[(String, &Json)]| -> FxHashMap<String, usize> { list.iter().enumerate().map(|(at, it)| (it.0.clone(), at)).collect() };
    let (before, now) = (index(old), index(new));
    let mut renamed = renamed(fields, old.iter().filter(|it| !now.contains_key(&it.0)), new.iter().filter(|it| !before.contains_key(&it.0)));
    for (key, value) in old {
        let step = Step::Key(key.clone());
        let other = now.get(key).map(|at| new[*at].1).or_else(|| renamed.get(key).map(|it| it.1));
        match other {
            Some(other) => {
                walk.path.0.push(step);
                walk.values(element, &Keys::default(), value, other);
                walk.path.0.pop();
            }
            None => walk.note_at(step, |walk| Op::Removed(walk.shown(value))),
        }
    }
    let taken: FxHashSet<String> = renamed.drain().map(|it| it.1.0).collect();
    for (key, value) in new.iter().filter(|it| !before.contains_key(&it.0) && !taken.contains(&it.0)) {
        walk.note_at(Step::Key(key.clone()), |walk| Op::Added(walk.shown(value)));
    }
    let common = |list: &[(String, &Json)], other: &FxHashMap<String, usize>| -> Vec<String> {
        list.iter().filter(|it| other.contains_key(&it.0)).map(|it| it.0.clone()).collect()
    };
    let (before, now) = (common(old, &now), common(new, &before));
    if before != now {
        walk.note(Op::Reordered(before, now));
    }
}

/// Of elements that are gone, the new ones that differ from them in nothing but their keys: by old key, the new key and element.
fn renamed<'e>(
    fields: &[&str],
    gone: impl Iterator<Item = &'e (String, &'e Json)>,
    come: impl Iterator<Item = &'e (String, &'e Json)>,
) -> FxHashMap<String, (String, &'e Json)> {
    let rest = |element: &Json| {
        let entries = element.as_map().unwrap_or_default().iter();
        canonical::bytes(&Json::Map(entries.filter(|it| !fields.contains(&it.0.as_str())).cloned().collect()))
    };
    let mut come: Vec<(Vec<u8>, &(String, &Json))> = come.map(|it| (rest(it.1), it)).collect();
    let mut renamed = FxHashMap::default();
    for (key, element) in gone {
        let rest = rest(element);
        // Elements that consist of keys alone have nothing to be known by.
        if rest.as_slice() != b"{}"
            && let Some(at) = come.iter().position(|it| it.0 == rest)
        {
            let (_, (new_key, new_element)) = come.remove(at);
            renamed.insert(key.clone(), (new_key.clone(), *new_element));
        }
    }
    renamed
}

/// Elements that only one side has; each stands once, and where it stands means nothing.
fn sets(walk: &mut Walk<'_>, old: &[Json], new: &[Json]) {
    let index = |list: &[Json]| -> BTreeMap<Vec<u8>, usize> { list.iter().enumerate().map(|(at, it)| (canonical::bytes(it), at)).collect() };
    let (before, now) = (index(old), index(new));
    let mut gone: Vec<usize> = before.iter().filter(|it| !now.contains_key(it.0)).map(|it| *it.1).collect();
    let mut come: Vec<usize> = now.iter().filter(|it| !before.contains_key(it.0)).map(|it| *it.1).collect();
    gone.sort_unstable();
    come.sort_unstable();
    for at in gone {
        walk.note_at(Step::Index(at), |walk| Op::Removed(walk.shown(&old[at])));
    }
    for at in come {
        walk.note_at(Step::Index(at), |walk| Op::Added(walk.shown(&new[at])));
    }
}

/// Aligns two sequences by their longest common part; what stands between two common elements on both sides is compared pair by pair.
fn by_place(walk: &mut Walk<'_>, element: Known, old: &[Json], new: &[Json]) {
    let (before, now): (Vec<Vec<u8>>, Vec<Vec<u8>>) = (old.iter().map(canonical::bytes).collect(), new.iter().map(canonical::bytes).collect());
    let (mut i, mut j) = (0, 0);
    for (at, to) in sequence::common(&before, &now).into_iter().chain([(old.len(), new.len())]) {
        let pairs = (at - i).min(to - j);
        for nth in 0..pairs {
            walk.path.0.push(Step::Index(j + nth));
            walk.values(element, &Keys::default(), &old[i + nth], &new[j + nth]);
            walk.path.0.pop();
        }
        for (nth, value) in old.iter().enumerate().take(at).skip(i + pairs) {
            walk.note_at(Step::Index(nth), |walk| Op::Removed(walk.shown(value)));
        }
        for (nth, value) in new.iter().enumerate().take(to).skip(j + pairs) {
            walk.note_at(Step::Index(nth), |walk| Op::Added(walk.shown(value)));
        }
        (i, j) = (at + 1, to + 1);
    }
}

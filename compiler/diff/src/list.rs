//! Lists: elements are told apart by what the schema says; where it says nothing, by their names, or by their place in a common sequence.

use std::collections::BTreeMap;

use manifest::canonical;
use manifest::json::Json;
use rustc_hash::FxHashMap;

use crate::change::Op;
use crate::path::Step;
use crate::shapes::{Keys, Known};
use crate::walk::Walk;

/// The field that names elements of lists of which nothing is known.
const NAME: &str = "name";

/// Two sequences are aligned as long as the product of their lengths is not larger; larger ones are compared place by place.
const ALIGNED_MAX: usize = 4_000_000;

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
            return by_key(walk, element, &before, &now);
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

fn by_key(walk: &mut Walk<'_>, element: Known, old: &[(String, &Json)], new: &[(String, &Json)]) {
    let index = |list: &[(String, &Json)]| -> FxHashMap<String, usize> { list.iter().enumerate().map(|(at, it)| (it.0.clone(), at)).collect() };
    let (before, now) = (index(old), index(new));
    for (key, value) in old {
        let step = Step::Key(key.clone());
        match now.get(key) {
            Some(at) => {
                walk.path.0.push(step);
                walk.values(element, &Keys::default(), value, new[*at].1);
                walk.path.0.pop();
            }
            None => walk.note_at(step, |walk| Op::Removed(walk.shown(value))),
        }
    }
    for (key, value) in new.iter().filter(|it| !before.contains_key(&it.0)) {
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
    for (at, to) in common(&before, &now).into_iter().chain([(old.len(), new.len())]) {
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

/// Places of a longest common subsequence on both sides, in order.
fn common(old: &[Vec<u8>], new: &[Vec<u8>]) -> Vec<(usize, usize)> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (left, right) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let middle = if left.len().saturating_mul(right.len()) > ALIGNED_MAX { Vec::new() } else { aligned(left, right) };
    let ends = (0..tail).map(|nth| (old.len() - tail + nth, new.len() - tail + nth));
    (0..head).map(|nth| (nth, nth)).chain(middle.into_iter().map(|(i, j)| (head + i, head + j))).chain(ends).collect()
}

fn aligned(old: &[Vec<u8>], new: &[Vec<u8>]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    // Row by row: the length of the longest common subsequence of what follows.
    let mut rest = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let at = i * width + j;
            rest[at] = if old[i] == new[j] { rest[at + width + 1] + 1 } else { rest[at + width].max(rest[at + 1]) };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < old.len() && j < new.len() {
        let at = i * width + j;
        if old[i] == new[j] {
            out.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if rest[at + width] >= rest[at + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}

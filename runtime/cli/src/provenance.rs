//! Which of the writes into an object made a leaf what it is.
//!
//! Writes name their place by field path, elements by key or number; leaves are those of the object as it is written out. A write belongs to a leaf
//! if it wrote that very place, or took away something around it.

use std::collections::HashSet;

use build::{Place, Why, Wrote};
use diag::Span;
use diff::is_secret;
use diff::{Path, Step};
use manifest::element::KEY_FIELDS;
use manifest::id::ObjectId;
use manifest::json::Json;

/// What was asked.
pub struct Asked<'a> {
    /// The environment.
    pub env: &'a str,
    /// The object as it is written out.
    pub object: &'a Json,
    /// Where in it; the root for everything.
    pub path: &'a Path,
}

/// A leaf with its history.
#[derive(Debug)]
pub struct Leaf<'a> {
    /// Where it stands.
    pub path: Path,
    /// What stands there; `None` where it must not be shown.
    pub value: Option<&'a Json>,
    /// Who wrote it, the last and winning write first.
    pub steps: Vec<Link<'a>>,
}

/// A write of a chain.
#[derive(Debug)]
pub struct Link<'a> {
    /// The write.
    pub wrote: &'a Wrote,
    /// Where: of a write that carries a value, the value's own place is a link of its own.
    pub place: &'a Place,
    /// What became of it.
    pub state: State,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its value is the leaf's.
    Wins,
    /// It takes the value from a parameter or an entry, and puts it into the object.
    Carries,
    /// A later one replaced it.
    Overridden,
    /// It took away what was there before.
    Removed,
}

/// A path as the user writes it, in the object: `a.b`, `list[key]`, `list[0]`, `list.key`, `map["a.b/c"]`.
///
/// # Errors
/// Nothing is there: what is, in words.
pub fn resolve(object: &Json, text: &str) -> Result<Path, String> {
    let words = words(text).ok_or_else(|| format!("`{text}` is no path: write a.b, list[key], list[0] or map[\"a.b/c\"]"))?;
    let mut path = Path::default();
    let mut here = object;
    for word in &words {
        let next = match here {
            Json::Map(entries) => entries.iter().find(|(key, _)| key == word).map(|(key, value)| (Step::Field(key.clone()), value)),
            Json::List(items) => {
                let by_key = items.iter().find(|it| key_of(items, it) == Some(word)).map(|it| (Step::Key(word.clone()), it));
                by_key.or_else(|| word.parse::<usize>().ok().and_then(|at| Some((step(at, items), items.get(at)?))))
            }
            _ => None,
        };
        let Some((step, value)) = next else {
            let names: Vec<String> = match here {
                Json::Map(entries) => entries.iter().map(|it| it.0.clone()).collect(),
                Json::List(items) => items.iter().enumerate().map(|(nth, it)| key_of(items, it).map_or(nth.to_string(), str::to_owned)).collect(),
                _ => Vec::new(),
            };
            let at = if path.0.is_empty() { "the object".to_owned() } else { format!("`{path}`") };
            let near = diag::nearest(word, names.iter().map(String::as_str)).map_or(String::new(), |it| format!("; did you mean `{it}`?"));
            let there = if names.is_empty() { "it is a single value".to_owned() } else { format!("there: {}", names.join(", ")) };
            return Err(format!("{at} has no `{word}`{near} ({there})"));
        };
        path.0.push(step);
        here = value;
    }
    Ok(path)
}

/// The words of a path; `None` where a bracket or a quote does not close.
fn words(text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = text.trim().trim_start_matches('.');
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (word, after) = match inside.strip_prefix('"') {
                Some(quoted) => quoted.split_once("\"]")?,
                None => inside.split_once(']')?,
            };
            found.push(word.to_owned());
            rest = after;
        } else if let Some(quoted) = rest.strip_prefix('"') {
            let (word, after) = quoted.split_once('"')?;
            found.push(word.to_owned());
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            found.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    Some(found)
}

/// The first of the telling fields that all elements of a list have, each with another text: elements are called by it.
fn key_field(items: &[Json]) -> Option<&'static str> {
    let is_key = |field: &&&'static str| {
        let mut seen = HashSet::new();
        items.iter().all(|it| it.get(field).and_then(Json::as_str).is_some_and(|it| seen.insert(it)))
    };
    KEY_FIELDS.iter().find(is_key).copied()
}

/// What an element of a list is called, if not by its number.
fn key_of<'j>(items: &[Json], item: &'j Json) -> Option<&'j str> {
    item.get(key_field(items)?)?.as_str()
}

fn step(at: usize, items: &[Json]) -> Step {
    items.get(at).and_then(|it| key_of(items, it)).map_or(Step::Index(at), |key| Step::Key(key.to_owned()))
}

/// The leaves at the place that was asked for, each with its history.
pub fn leaves<'a>(asked: &Asked<'a>, why: &'a Why) -> Vec<Leaf<'a>> {
    let notes: Vec<(Vec<String>, &Wrote)> = why.writes.iter().filter_map(|it| Some((words(&it.path)?, it))).collect();
    let secret = ObjectId::of(asked.object).is_some_and(|it| is_secret(&it));
    let mut found = Vec::new();
    let mut path = Path::default();
    walk(asked.object, &mut path, &mut |path, value| {
        if path.0.starts_with(&asked.path.0) {
            let is_hidden = secret && matches!(path.0.first(), Some(Step::Field(top)) if top == "data" || top == "stringData");
            found.push(Leaf { path: path.clone(), value: (!is_hidden).then_some(value), steps: history(asked.object, path, &notes, why) });
        }
    });
    found
}

fn walk<'a>(value: &'a Json, path: &mut Path, leaf: &mut impl FnMut(&Path, &'a Json)) {
    match value {
        Json::Map(entries) if !entries.is_empty() => {
            for (key, inner) in entries {
                path.0.push(Step::Field(key.clone()));
                walk(inner, path, leaf);
                path.0.pop();
            }
        }
        Json::List(items) if !items.is_empty() => {
            for (at, inner) in items.iter().enumerate() {
                path.0.push(step(at, items));
                walk(inner, path, leaf);
                path.0.pop();
            }
        }
        _ => leaf(path, value),
    }
}

/// The writes of a leaf, the last one first.
fn history<'a>(object: &Json, path: &Path, notes: &[(Vec<String>, &'a Wrote)], why: &'a Why) -> Vec<Link<'a>> {
    let names = names(object, path);
    let is_at = |words: &[String]| words.len() <= names.len() && words.iter().zip(&names).all(|(word, names)| names.iter().any(|it| it == word));
    let mut steps: Vec<Link<'a>> = Vec::new();
    let concerned = notes.iter().filter(|(words, wrote)| is_at(words) && (words.len() == names.len() || wrote.removes));
    for (_, wrote) in concerned.rev() {
        let state = match steps.iter().any(|it| matches!(it.state, State::Wins | State::Carries)) {
            false if wrote.removes => State::Removed,
            false => State::Wins,
            true if wrote.removes => State::Removed,
            true => State::Overridden,
        };
        // What was overridden is told where it was written, not where it was carried to.
        let place = if state == State::Overridden { &wrote.origin } else { &wrote.place };
        steps.push(Link { wrote, place, state });
    }
    with_origin(&mut steps, why);
    steps
}

/// What each step of a path may be called in writes.
fn names(object: &Json, path: &Path) -> Vec<Vec<String>> {
    let mut here = Some(object);
    path.0
        .iter()
        .map(|step| match (step, here) {
            (Step::Field(name), _) => {
                here = here.and_then(|it| it.get(name));
                vec![name.clone()]
            }
            (Step::Key(_) | Step::Index(_), Some(Json::List(items))) => {
                let at = match step {
                    Step::Key(key) => items.iter().position(|it| key_of(items, it) == Some(key)),
                    Step::Index(at) => Some(*at),
                    Step::Field(_) => None,
                };
                here = at.and_then(|it| items.get(it));
                // A list may have been keyed by another field when it was written.
                let every = here.and_then(Json::as_map).unwrap_or(&[]).iter().filter_map(|it| it.1.as_str());
                at.map(|it| it.to_string()).into_iter().chain(every.map(str::to_owned)).collect()
            }
            _ => Vec::new(),
        })
        .collect()
}

/// Puts what the user wrote before the winning write, where that only carries it: writes of a parameter, or the entry it came from.
fn with_origin<'a>(steps: &mut Vec<Link<'a>>, why: &'a Why) {
    let Some(at) = steps.iter().position(|it| it.state == State::Wins) else { return };
    let wrote = steps[at].wrote;
    let origin = wrote.origin.span;
    let is_inside = |outer: Span| outer.file == origin.file && outer.start <= origin.start && origin.end <= outer.end;
    let mut chain: Vec<Link<'a>> = Vec::new();
    match why.params.iter().rfind(|it| is_inside(it.place.span)).map(|it| &it.path) {
        Some(param) => {
            for wrote in why.params.iter().filter(|it| it.path == *param).rev() {
                let state = match (chain.is_empty(), wrote.removes) {
                    (_, true) => State::Removed,
                    (true, false) => State::Wins,
                    (false, false) => State::Overridden,
                };
                chain.push(Link { wrote, place: &wrote.place, state });
            }
        }
        None if is_inside(wrote.place.span) => return,
        None => chain.push(Link { wrote, place: &wrote.origin, state: State::Wins }),
    }
    steps[at].state = State::Carries;
    let rest = steps.split_off(at);
    steps.append(&mut chain);
    steps.extend(rest);
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn paths_have_words() {
        let of = |text: &str| words(text).map(|it| it.join("|"));
        assert_eq!(of("spec.containers[web].image").as_deref(), Some("spec|containers|web|image"));
        assert_eq!(of("metadata.labels[\"app.kubernetes.io/name\"]").as_deref(), Some("metadata|labels|app.kubernetes.io/name"));
        assert_eq!(of("data.\"a.b\".c").as_deref(), Some("data|a.b|c"));
        assert_eq!(of("a[0]").as_deref(), Some("a|0"));
        assert_eq!(of("a[b").as_deref(), None);
        assert_eq!(of("").as_deref(), Some(""));
    }
}

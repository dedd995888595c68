//! The entries of a vix `patch` that say what a patch of kustomize says.
//!
//! Maps are entered, elements are named by key; `$patch: delete` and null become `remove`, `$patch: replace` becomes `:=`. Elements that have
//! no name in vix, or whose order changes, are written anew with their list, as the language asks.

use manifest::json::Json;

use super::schema::{Place, Types};

/// Why a patch was left out; the same words for the same reason.
pub type Reason = &'static str;

/// A patch in vix.
#[derive(Debug, Default)]
pub struct Translation {
    /// One entry per line.
    pub entries: Vec<String>,
    /// How many lists are written anew.
    pub lists_anew: usize,
}

/// Translates a strategic-merge patch of a map at a path. `made` is what kustomize makes of the map: new elements get their places from it.
pub fn merge(types: &Types, place: &Place, path: &str, [base, patch, made]: [&Json; 3], out: &mut Translation) -> Result<(), Reason> {
    for (key, value) in patch.as_map().unwrap_or(&[]) {
        if path.is_empty() && matches!(key.as_str(), "apiVersion" | "kind") || path == "metadata" && matches!(key.as_str(), "name" | "namespace") {
            continue;
        }
        if key == "$patch" {
            continue;
        }
        if key.starts_with('$') {
            return Err("a directive for lists");
        }
        let (at, place) = (below(path, key), types.field(place, key));
        let there = base.get(key).filter(|it| **it != Json::Null);
        let made = made.get(key).unwrap_or(&Json::Null);
        match (value, there) {
            (Json::Null, None) => {}
            (Json::Null, Some(_)) => out.entries.push(format!("remove {at}")),
            (Json::Map(_), _) if directive(value) == Some("delete") => out.entries.extend(there.map(|_| format!("remove {at}"))),
            (Json::Map(_), _) if directive(value) == Some("replace") => out.entries.push(format!("{at} := {}", literal(&plain(value)))),
            (Json::Map(_), Some(Json::Map(_))) => merge(types, &place, &at, [there.unwrap_or(value), value, made], out)?,
            (Json::List(items), _) if !place.keys.merge.is_empty() => merge_list(types, &place, &at, [there.unwrap_or(&Json::Null), made], items, out)?,
            (Json::List(_), _) => out.entries.push(format!("{at} := {}", literal(value))),
            _ => out.entries.push(format!("{at}: {}", literal(&plain(value)))),
        }
    }
    Ok(())
}

/// The same for a list whose elements merge by key.
fn merge_list(types: &Types, place: &Place, path: &str, [base, made]: [&Json; 2], items: &[Json], out: &mut Translation) -> Result<(), Reason> {
    let (base, made) = (base.as_list().unwrap_or(&[]), made.as_list().unwrap_or(&[]));
    let (Some(before), Some(after)) = (place.keys.names_of(base), place.keys.names_of(made)) else {
        return anew(path, made, out);
    };
    let stays = |from: &[String], to: &[String]| from.iter().filter(|it| to.contains(it)).cloned().collect::<Vec<_>>();
    if stays(&before, &after) != stays(&after, &before) || items.iter().any(|it| directive(it) == Some("replace")) {
        return anew(path, made, out);
    }
    let (mut entries, element) = (Translation::default(), types.element(place));
    for item in items {
        let there = base.iter().zip(&before).find(|it| place.keys.are_same(it.0, item));
        match there {
            Some((_, name)) if directive(item) == Some("delete") => entries.entries.push(format!("remove {path} {}", quoted(name))),
            None if directive(item) == Some("delete") => {}
            Some((there, name)) => {
                let Some(nth) = after.iter().position(|it| it == name) else { return anew(path, made, out) };
                // The key is how the element is found, no change of it.
                let item = without(item, place.keys.merge.iter().filter(|it| there.get(it) == item.get(it)));
                merge(types, &element, &below(path, name), [there, &item, &made[nth]], &mut entries)?;
            }
            None => {
                if place.keys.name_of(item).is_none() {
                    return anew(path, made, out);
                }
            }
        }
    }
    let mut previous: Option<&str> = None;
    for (name, item) in after.iter().zip(made) {
        if !before.contains(name) {
            let position = previous.map_or("first".to_owned(), |it| format!("after {}", quoted(it)));
            let given = items.iter().find(|it| place.keys.name_of(it).as_ref() == Some(name)).unwrap_or(item);
            let given = without(&plain(given), place.keys.name.iter());
            entries.entries.push(format!("add {path} {} {position} {}", quoted(name), literal(&given)));
        }
        previous = Some(name);
    }
    out.entries.append(&mut entries.entries);
    out.lists_anew += entries.lists_anew;
    Ok(())
}

fn anew(path: &str, made: &[Json], out: &mut Translation) -> Result<(), Reason> {
    out.entries.push(format!("{path} := {}", literal(&Json::List(made.to_vec()))));
    out.lists_anew += 1;
    Ok(())
}

/// Translates the operations of a JSON patch.
pub fn operations(types: &Types, root: &Place, base: &Json, all: &[Json], out: &mut Translation) -> Result<(), Reason> {
    let mut object = base.clone();
    // Lists that are written anew, as pointers and as paths.
    let mut lists: Vec<(Vec<String>, String)> = Vec::new();
    for operation in all {
        let text = |key: &str| operation.get(key).and_then(Json::as_str).unwrap_or_default();
        if !matches!(text("op"), "add" | "replace" | "remove") {
            return Err("an operation other than add, replace and remove");
        }
        let pointer: Vec<String> = text("path").split('/').skip(1).map(|it| it.replace("~1", "/").replace("~0", "~")).collect();
        let words: Vec<&str> = pointer.iter().map(String::as_str).collect();
        if matches!(words[..], [] | ["metadata"] | ["metadata", "name" | "namespace"] | ["kind" | "apiVersion"]) {
            return Err("another name, namespace or kind");
        }
        let value = (text("op") != "remove").then(|| operation.get("value").cloned().unwrap_or_default());
        if !lists.iter().any(|(list, _)| pointer.starts_with(list)) {
            match entry(types, root, &object, &pointer, value.as_ref(), text("op") == "replace").ok_or("a path that leads nowhere")? {
                Entry::Line(line) => out.entries.extend(line),
                Entry::List(list, path) => lists.push((list, path)),
            }
        }
        apply(&mut object, &pointer, value, text("op") == "replace").ok_or("a path that leads nowhere")?;
    }
    for (pointer, path) in lists {
        let list = pointer.iter().try_fold(&object, |at, word| child(at, word)).ok_or("a path that leads nowhere")?;
        out.entries.push(format!("{path} := {}", literal(list)));
        out.lists_anew += 1;
    }
    Ok(())
}

/// What one operation becomes.
enum Entry {
    /// A line; none if nothing changes.
    Line(Option<String>),
    /// The list at this pointer and path has to be written anew.
    List(Vec<String>, String),
}

fn entry(types: &Types, root: &Place, object: &Json, pointer: &[String], value: Option<&Json>, replaces: bool) -> Option<Entry> {
    let (last, before) = pointer.split_last()?;
    let (mut place, mut at, mut path) = (root.clone(), object, String::new());
    for (nth, word) in before.iter().enumerate() {
        (place, path) = match at {
            Json::List(items) => {
                let list = || Entry::List(pointer[..nth].to_vec(), path.clone());
                let Some(names) = place.keys.names_of(items) else { return Some(list()) };
                (types.element(&place), below(&path, names.get(word.parse::<usize>().ok()?)?))
            }
            _ => (types.field(&place, word), below(&path, word)),
        };
        at = child(at, word)?;
    }
    let Json::List(items) = at else {
        let there = at.get(last).filter(|it| **it != Json::Null);
        let path = below(&path, last);
        return Some(Entry::Line(match value {
            None | Some(Json::Null) => there.map(|_| format!("remove {path}")),
            Some(value @ (Json::Map(_) | Json::List(_))) => Some(format!("{path} := {}", literal(value))),
            Some(value) => Some(format!("{path}: {}", literal(value))),
        }));
    };
    let list = || Entry::List(before.to_vec(), path.clone());
    let Some(names) = place.keys.names_of(items) else { return Some(list()) };
    let nth = if last == "-" { items.len() } else { last.parse().ok()? };
    Some(match value {
        None => Entry::Line(Some(format!("remove {path} {}", quoted(names.get(nth)?)))),
        Some(_) if replaces => list(),
        Some(value) => {
            let Some(name) = place.keys.name_of(value).filter(|it| !names.contains(it)) else { return Some(list()) };
            let position = names.get(nth).map_or("last".to_owned(), |it| format!("before {}", quoted(it)));
            let given = without(value, place.keys.name.iter());
            Entry::Line(Some(format!("add {path} {} {position} {}", quoted(&name), literal(&given))))
        }
    })
}

/// Does an operation of a JSON patch (RFC 6902, sections 4.1 to 4.3).
fn apply(object: &mut Json, pointer: &[String], value: Option<Json>, replaces: bool) -> Option<()> {
    let (last, before) = pointer.split_last()?;
    let parent = before.iter().try_fold(object, |at, word| match at {
        Json::Map(entries) => entries.iter_mut().find(|it| it.0 == *word).map(|it| &mut it.1),
        Json::List(items) => items.get_mut(word.parse::<usize>().ok()?),
        _ => None,
    })?;
    match parent {
        Json::Map(entries) => match (entries.iter().position(|it| it.0 == *last), value) {
            (Some(at), Some(value)) => entries[at].1 = value,
            (Some(at), None) => drop(entries.remove(at)),
            (None, Some(value)) => entries.push((last.clone(), value)),
            (None, None) => return None,
        },
        Json::List(items) => {
            let at = if last == "-" { items.len() } else { last.parse().ok()? };
            match value {
                Some(value) if replaces => *items.get_mut(at)? = value,
                Some(value) if at <= items.len() => items.insert(at, value),
                None if at < items.len() => drop(items.remove(at)),
                _ => return None,
            }
        }
        _ => return None,
    }
    Some(())
}

fn child<'j>(at: &'j Json, word: &str) -> Option<&'j Json> {
    match at {
        Json::List(items) => items.get(word.parse::<usize>().ok()?),
        other => other.get(word),
    }
}

fn directive(value: &Json) -> Option<&str> {
    value.get("$patch").and_then(Json::as_str)
}

/// A value without directives, nulls and elements that are to be deleted, for a place where there is nothing yet.
fn plain(value: &Json) -> Json {
    match value {
        Json::Map(entries) => {
            let kept = entries.iter().filter(|it| !it.0.starts_with('$') && it.1 != Json::Null);
            Json::Map(kept.map(|(key, value)| (key.clone(), plain(value))).collect())
        }
        Json::List(items) => {
            // Kustomize deletes after it has added: also what the same patch adds under the key.
            let deleted: Vec<Json> = items.iter().filter(|it| directive(it) == Some("delete")).map(plain).collect();
            let is_deleted = |it: &Json| deleted.iter().any(|key| key.as_map().unwrap_or(&[]).iter().all(|(field, value)| it.get(field) == Some(value)));
            Json::List(items.iter().filter(|it| !is_deleted(it)).map(plain).collect())
        }
        scalar => scalar.clone(),
    }
}

fn without<'k>(map: &Json, keys: impl Iterator<Item = &'k String>) -> Json {
    let keys: Vec<&String> = keys.collect();
    Json::Map(map.as_map().unwrap_or(&[]).iter().filter(|it| !keys.contains(&&it.0)).cloned().collect())
}

/// A path with one more step.
fn below(path: &str, key: &str) -> String {
    let is_word = key.starts_with(|it: char| it.is_ascii_alphabetic()) && key.chars().all(|it| it.is_ascii_alphanumeric());
    let key = if is_word { key.to_owned() } else { quoted(key) };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// A value as vix writes it.
pub fn literal(value: &Json) -> String {
    let all = |items: Vec<String>| items.join(", ");
    match value {
        Json::Map(entries) => {
            let entries = entries.iter().filter(|it| it.1 != Json::Null);
            format!("{{ {} }}", all(entries.map(|(key, value)| format!("{}: {}", quoted(key), literal(value))).collect()))
        }
        Json::List(items) => format!("[{}]", all(items.iter().map(literal).collect())),
        Json::String(text) => quoted(text),
        other => other.to_json(),
    }
}

/// A string as vix writes it.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for it in text.chars() {
        match it {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

//! A comparison for machines: one JSON document.
//!
//! ```text
//! {"type":"diff","format":1,"old":{"environment":"dev"},"new":{"revision":"main (1a2b3c4)","commit":"1a2b.."},
//!  "added":0,"changed":1,"removed":0,"unchanged":5,"restarted":0,
//!  "environments":[{"name":"dev","presence":"both","added":0,"changed":1,"removed":0,"unchanged":5,"restarted":0,"objects":[
//!   {"change":"changed","instance":{"kind":"app","name":"web"},"object":{"group":"apps","version":"v1","kind":"Deployment",
//!    "namespace":"net","name":"web"},"was":null,"content":null,"changes":[
//!     {"op":"replace","path":"spec.replicas","steps":["spec","replicas"],"old":2,"new":3,"immutable":false}]}]}]}
//! ```
//! `old` and `new` are `{"files":true}` for the files as they are. `change` is `added`, `changed` or `removed`; `content` is the whole object where
//! it is new or gone. `op` is `add`, `remove`, `replace` or `reorder`. A step is a field or key, `{"key":".."}` for an element of a list with a key, or a
//! number. `restarted` are workloads whose pod template changes. In place of what is secret stands its size, in `old_bytes` and `new_bytes`, or in words within a larger value. Nothing is folded.

use diff::{Change, ObjectChange, Op, Shown, Step, What};
use manifest::id::ObjectId;
use manifest::json::{Json, map};

use crate::comparison::{Compared, Comparison, Presence, Side, Totals};
use crate::escape;

/// Number of the format: a higher one may drop or change fields.
const FORMAT: i64 = 1;

/// Writes a comparison.
pub fn write(comparison: &Comparison) -> String {
    let head = [("type", "diff".into()), ("format", FORMAT.into()), ("old", side(&comparison.old)), ("new", side(&comparison.new))];
    let envs = comparison.envs.iter().map(environment).collect();
    let value = joined([map(head), totals(comparison.totals()), map([("environments", Json::List(envs))])]);
    format!("{}\n", escape::json(&value.to_json()))
}

/// Maps one behind the other.
fn joined<const N: usize>(maps: [Json; N]) -> Json {
    Json::Map(maps.into_iter().flat_map(|it| if let Json::Map(entries) = it { entries } else { Vec::new() }).collect())
}

fn side(side: &Side) -> Json {
    match side {
        Side::Env(name) => map([("environment", name.as_str().into())]),
        Side::Revision { shown, commit } => map([("revision", shown.as_str().into()), ("commit", commit.as_str().into())]),
        Side::Files => map([("files", true.into())]),
    }
}

fn totals(it: Totals) -> Json {
    let number = |n: usize| Json::Int(i64::try_from(n).unwrap_or(i64::MAX));
    map([
        ("added", number(it.added)),
        ("changed", number(it.changed)),
        ("removed", number(it.removed)),
        ("unchanged", number(it.unchanged)),
        ("restarted", number(it.restarted)),
    ])
}

fn environment(env: &Compared) -> Json {
    let presence = match env.presence {
        Presence::Both => "both",
        Presence::Added => "added",
        Presence::Removed => "removed",
    };
    let objects = env.difference.objects.iter().map(object).collect();
    let head = map([("name", env.name.as_str().into()), ("presence", presence.into())]);
    joined([head, totals(Totals::of(&env.difference)), map([("objects", Json::List(objects))])])
}

fn object(object: &ObjectChange) -> Json {
    let (change, content) = match &object.what {
        What::Added(value) => ("added", value.clone()),
        What::Removed(value) => ("removed", value.clone()),
        What::Changed(_) => ("changed", Json::Null),
    };
    map([
        ("change", change.into()),
        ("instance", map([("kind", (&*object.unit.kind).into()), ("name", (&*object.unit.name).into())])),
        ("object", id(&object.id)),
        ("was", object.was.as_ref().map_or(Json::Null, id)),
        ("content", content),
        ("changes", Json::List(object.changes().iter().map(self::change).collect())),
    ])
}

fn id(id: &ObjectId) -> Json {
    let opt = |text: &Option<String>| text.as_deref().map_or(Json::Null, Json::from);
    map([
        ("group", id.group.as_str().into()),
        ("version", opt(&id.version)),
        ("kind", id.kind.as_str().into()),
        ("namespace", opt(&id.namespace)),
        ("name", id.name.as_str().into()),
    ])
}

fn change(change: &Change) -> Json {
    let names = |list: &[String]| Shown::Value(Json::List(list.iter().map(|it| it.as_str().into()).collect()));
    let (op, old, new) = match &change.op {
        Op::Added(new) => ("add", None, Some(new.clone())),
        Op::Removed(old) => ("remove", Some(old.clone()), None),
        Op::Replaced(old, new) => ("replace", Some(old.clone()), Some(new.clone())),
        Op::Reordered(old, new) => ("reorder", Some(names(old)), Some(names(new))),
    };
    let mut entries: Vec<(String, Json)> = Vec::new();
    let mut push = |key: &str, value: Json| entries.push((key.to_owned(), value));
    push("op", op.into());
    push("path", change.path.to_string().as_str().into());
    push("steps", Json::List(change.path.0.iter().map(step).collect()));
    for (key, value) in [("old", old), ("new", new)] {
        match value {
            Some(Shown::Value(value)) => push(key, value),
            Some(Shown::Secret(size)) => push(&format!("{key}_bytes"), Json::Int(i64::try_from(size).unwrap_or(i64::MAX))),
            None => {}
        }
    }
    push("immutable", change.immutable.into());
    Json::Map(entries)
}

fn step(step: &Step) -> Json {
    match step {
        Step::Field(name) => name.as_str().into(),
        Step::Key(key) => map([("key", key.as_str().into())]),
        Step::Index(index) => Json::Int(i64::try_from(*index).unwrap_or(i64::MAX)),
    }
}

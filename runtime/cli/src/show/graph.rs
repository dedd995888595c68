//! Instances or objects with what they refer to, as a graph: DOT (Graphviz), Mermaid, JSON.
//!
//! ```text
//! {"type":"graph","format":1,"environments":[{"name":"dev","instances":[{"kind":"app","name":"web","uses":[1]}],
//!  "objects":[{"instance":0,"group":"apps","version":"v1","kind":"Deployment","namespace":"net","name":"web",
//!   "references":[{"path":"spec.template.spec.volumes[conf].configMap.name","object":3}]}]}]}
//! ```
//! In JSON instances and objects are meant by their numbers; `uses` are those of which an instance takes a name, a host or a port; what is made elsewhere stands there as `"outside":{..}`.

use std::collections::BTreeSet;

use manifest::id::ObjectId;
use manifest::json::{Json, map};

use crate::escape;
use crate::inventory::{Inventory, Target};

/// What is a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nodes {
    /// An instance.
    Instances,
    /// An object, within its instance.
    Objects,
}

/// Number of the format of JSON.
const FORMAT: i64 = 1;

/// Writes DOT.
pub fn dot(envs: &[Inventory], nodes: Nodes) -> String {
    let mut out = "digraph vix {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n".to_owned();
    for (nth, env) in envs.iter().enumerate() {
        out.push_str(&format!("  subgraph cluster_{nth} {{\n    label={};\n", quoted(&env.name)));
        match nodes {
            Nodes::Instances => {
                for (at, it) in env.instances.iter().enumerate() {
                    out.push_str(&format!("    i{nth}_{at} [label={}];\n", quoted(&format!("{} {}", it.kind, it.name))));
                }
            }
            Nodes::Objects => dot_objects(env, nth, &mut out),
        }
        out.push_str("  }\n");
        edges(env, nodes).into_iter().for_each(|(from, to)| match to {
            End::Node(to) => out.push_str(&format!("  {0}{nth}_{from} -> {0}{nth}_{to};\n", letter(nodes))),
            End::Outside(to) => out.push_str(&format!("  {}{nth}_{from} -> x{nth}_{to};\n", letter(nodes))),
        });
    }
    out.push_str("}\n");
    out
}

fn dot_objects(env: &Inventory, nth: usize, out: &mut String) {
    for (at, instance) in env.instances.iter().enumerate().filter(|it| !it.1.objects.is_empty()) {
        let label = quoted(&format!("{} {}", instance.kind, instance.name));
        out.push_str(&format!("    subgraph cluster_{nth}_{at} {{\n      label={label};\n"));
        for object in &instance.objects {
            out.push_str(&format!("      o{nth}_{object} [label={}];\n", quoted(&name(&env.objects[*object].id))));
        }
        out.push_str("    }\n");
    }
    for (at, id) in env.outside.iter().enumerate() {
        out.push_str(&format!("    x{nth}_{at} [label={}, style=dashed];\n", quoted(&name(id))));
    }
}

/// Writes Mermaid.
pub fn mermaid(envs: &[Inventory], nodes: Nodes) -> String {
    let mut out = "flowchart LR\n".to_owned();
    for (nth, env) in envs.iter().enumerate() {
        out.push_str(&format!("  subgraph e{nth}[{}]\n", entities(&env.name)));
        match nodes {
            Nodes::Instances => {
                for (at, it) in env.instances.iter().enumerate() {
                    out.push_str(&format!("    i{nth}_{at}[{}]\n", entities(&format!("{} {}", it.kind, it.name))));
                }
            }
            Nodes::Objects => {
                for (at, instance) in env.instances.iter().enumerate().filter(|it| !it.1.objects.is_empty()) {
                    out.push_str(&format!("    subgraph g{nth}_{at}[{}]\n", entities(&format!("{} {}", instance.kind, instance.name))));
                    for object in &instance.objects {
                        out.push_str(&format!("      o{nth}_{object}[{}]\n", entities(&name(&env.objects[*object].id))));
                    }
                    out.push_str("    end\n");
                }
                for (at, id) in env.outside.iter().enumerate() {
                    out.push_str(&format!("    x{nth}_{at}([{}])\n", entities(&name(id))));
                }
            }
        }
        out.push_str("  end\n");
        edges(env, nodes).into_iter().for_each(|(from, to)| match to {
            End::Node(to) => out.push_str(&format!("  {0}{nth}_{from} --> {0}{nth}_{to}\n", letter(nodes))),
            End::Outside(to) => out.push_str(&format!("  {}{nth}_{from} -.-> x{nth}_{to}\n", letter(nodes))),
        });
    }
    out
}

/// Writes JSON: always instances and objects.
pub fn json(envs: &[Inventory]) -> String {
    let value = map([("type", "graph".into()), ("format", FORMAT.into()), ("environments", Json::List(envs.iter().map(environment).collect()))]);
    format!("{}\n", escape::json(&value.to_json()))
}

fn environment(env: &Inventory) -> Json {
    let number = |it: usize| Json::Int(i64::try_from(it).unwrap_or(i64::MAX));
    let uses = |it: &BTreeSet<usize>| Json::List(it.iter().map(|it| number(*it)).collect());
    let instances =
        env.instances.iter().map(|it| map([("kind", it.kind.as_str().into()), ("name", it.name.as_str().into()), ("uses", uses(&it.uses))])).collect();
    let objects = env.objects.iter().map(|object| {
        let references = object.references.iter().map(|it| {
            let to = match &it.to {
                Target::Object(at) => ("object", number(*at)),
                Target::Outside(id) => ("outside", Json::Map(identity(id))),
            };
            map([("path", it.path.as_str().into()), to])
        });
        let mut entries = vec![("instance".to_owned(), number(object.instance))];
        entries.extend(identity(&object.id));
        entries.push(("references".to_owned(), Json::List(references.collect())));
        Json::Map(entries)
    });
    map([("name", env.name.as_str().into()), ("instances", Json::List(instances)), ("objects", Json::List(objects.collect()))])
}

fn identity(id: &ObjectId) -> Vec<(String, Json)> {
    let opt = |text: &Option<String>| text.as_deref().map_or(Json::Null, Json::from);
    let entries = [("group", id.group.as_str().into()), ("version", opt(&id.version)), ("kind", id.kind.as_str().into())];
    let more = [("namespace", opt(&id.namespace)), ("name", id.name.as_str().into())];
    entries.into_iter().chain(more).map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Where an edge ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Node(usize),
    Outside(usize),
}

fn edges(env: &Inventory, nodes: Nodes) -> BTreeSet<(usize, End)> {
    match nodes {
        Nodes::Instances => env.edges().into_iter().map(|(from, to)| (from, End::Node(to))).collect(),
        Nodes::Objects => {
            let end = |to: &Target| match to {
                Target::Object(at) => Some(End::Node(*at)),
                Target::Outside(id) => env.outside.iter().position(|it| it == id).map(End::Outside),
            };
            let of = |(from, to): (usize, &Target)| Some((from, end(to)?));
            env.objects
                .iter()
                .enumerate()
                .flat_map(|(at, it)| it.references.iter().filter(|it| !it.is_namespace()).map(move |it| (at, &it.to)))
                .filter_map(of)
                .collect()
        }
    }
}

fn letter(nodes: Nodes) -> char {
    match nodes {
        Nodes::Instances => 'i',
        Nodes::Objects => 'o',
    }
}

fn name(id: &ObjectId) -> String {
    id.clone().without_version().to_string()
}

/// A string of DOT.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escape::line(text).replace('\\', "\\\\").replace('"', "\\\""))
}

/// A label of Mermaid: in quotes, with everything that means something there as an entity.
fn entities(text: &str) -> String {
    let one = |c: char| if c.is_alphanumeric() || matches!(c, ' ' | '-' | '.' | '/' | '_') { c.to_string() } else { format!("#{};", u32::from(c)) };
    format!("\"{}\"", escape::line(text).chars().map(one).collect::<String>())
}

//! Objects of a unit in their final order, and what link is told of them.

use rustc_hash::FxHashMap as HashMap;
use std::net::IpAddr;

use diag::{FileId, Span};
use manifest::unit::{Attr, Claim, Edge, HandleSummary, Hole, ObjectSummary, Piece, Str, Summary, Template, Text, Unit};
use schema::types::{KindId, KindInfo};
use sema::ir::HoleAttr;

use super::compare;
use super::external;
use super::out::Out;
use super::own::{Finish, Resolved};
use super::walk::{Violation, Walk};
use crate::context::Format;
use crate::machine::Run;
use crate::value::{self, Entry, Value};

/// An object whose name has a suffix.
#[derive(Clone, Debug)]
pub(crate) struct Hashed<'a> {
    pub kind: KindId,
    pub namespace: Option<Text>,
    /// What it is called in the source.
    pub base: Resolved<'a>,
    /// What it is called in the cluster.
    pub name: Resolved<'a>,
}

/// What is collected of one object; texts are shared.
#[derive(Default)]
pub(crate) struct Notes<'a> {
    pub edges: Vec<Edge>,
    pub provides: Vec<(Str, Str, Option<Text>, Text)>,
    texts: HashMap<&'a str, Text>,
}

impl<'a> Notes<'a> {
    /// A resolved text as plain data.
    pub fn text(&mut self, text: Resolved<'a>) -> Text {
        match text {
            Resolved::Known(it) => {
                if let Some(shared) = self.texts.get(it) {
                    return shared.clone();
                }
                let shared = Text::known(it);
                self.texts.insert(it, shared.clone());
                shared
            }
            Resolved::Open(pieces) => Text(
                pieces
                    .iter()
                    .map(|piece| match piece {
                        value::Piece::Str(it) => Piece::Str((*it).into()),
                        // No hole of this unit is left here.
                        value::Piece::Own(hole) | value::Piece::Foreign(hole) => Piece::Hole(*hole),
                    })
                    .collect(),
            ),
        }
    }
}

/// Everything of the unit that ends; violations of the schema beside it, by object.
pub(crate) fn unit<'a, const TRACE: bool>(finish: &mut Finish<'_, 'a, TRACE>, format: Format) -> Run<(Unit, Vec<(u32, Violation)>)> {
    let mut notes = Notes::default();
    let mut hashed = Vec::new();
    for object in 0..finish.eval.objects.len() as u32 {
        let draft = finish.eval.objects[object as usize];
        if draft.hashed {
            let namespace = finish.namespace(object)?.map(|it| notes.text(it));
            hashed.push(Hashed { kind: draft.kind, namespace, base: finish.base_name(object)?, name: finish.name(object)? });
        }
    }
    let mut out = Out::new(format);
    let mut violations = Vec::new();
    let mut objects = Vec::with_capacity(finish.eval.objects.len());
    for object in 0..finish.eval.objects.len() as u32 {
        let (summary, found) = self::object(finish, &mut out, &hashed, &mut notes, object)?;
        objects.push(summary);
        violations.extend(found.into_iter().map(|it| (object, it)));
    }
    let text: Template = out.finish();
    let mut summary = summary(finish, objects);
    summary.externs = external::all(finish, &mut notes)?;
    summary.holes = holes(finish);
    Ok((Unit { summary, text }, violations))
}

fn object<'a, const TRACE: bool>(
    finish: &mut Finish<'_, 'a, TRACE>,
    out: &mut Out,
    hashed: &[Hashed<'a>],
    notes: &mut Notes<'a>,
    object: u32,
) -> Run<(ObjectSummary, Vec<Violation>)> {
    let draft = finish.eval.objects[object as usize];
    let program = finish.eval.setting.program;
    let info = program.schemas.kind_info(draft.kind);
    let namespace = finish.namespace(object)?;
    let (base, name) = (finish.base_name(object)?, finish.name(object)?);
    let body = body(finish, object, &info, namespace, name)?;
    let namespace = namespace.map(|it| notes.text(it));
    if object > 0 {
        out.separate();
    }
    let first = out.cut();
    let shape = finish.eval.shapes().of(info.ty, program);
    let mut walk = Walk::new(finish, out, hashed, namespace.clone(), notes);
    walk.object(Value::Record(body), shape, info.mask, draft.at)?;
    let violations = std::mem::take(&mut walk.violations);
    let last = out.cut();
    let [group, version, kind] = finish.eval.shapes().kind(draft.kind, &info);
    let labels = compare::texts_at(finish, notes, body, &["metadata", "labels"])?;
    let claims = if info.group.is_empty() && info.kind == "Service" { claims(finish, notes, body)? } else { Vec::new() };
    let hash_input = finish.hash_inputs[object as usize].map(|it| notes.text(it));
    let shape = compare::shape(finish, notes, info.group, info.kind, body)?;
    let summary = ObjectSummary {
        group,
        version,
        kind,
        namespaced: info.namespaced,
        namespace,
        base_name: (base != name).then(|| notes.text(base)),
        name: notes.text(name),
        hash_input,
        labels,
        edges: notes.edges.drain(..).collect(),
        provides: notes.provides.drain(..).collect(),
        claims,
        shape,
        chunks: (first, last),
        anchor: finish.eval.setting.inputs.anchor(draft.at),
    };
    Ok((summary, violations))
}

/// The fields every object has, in their order, before what was written.
fn body<'a, const TRACE: bool>(
    finish: &mut Finish<'_, 'a, TRACE>,
    object: u32,
    info: &KindInfo<'a>,
    namespace: Option<Resolved<'a>>,
    name: Resolved<'a>,
) -> Run<&'a [Entry<'a>]> {
    let draft = finish.eval.objects[object as usize];
    let arena = finish.eval.arena;
    let entry = |key: &'a str, value: Value<'a>, at: Span| Entry { key, value, at, is_default: false, is_final: false };
    let as_value = |text: Resolved<'a>| match text {
        Resolved::Known(it) => Value::Str(it),
        Resolved::Open(pieces) => Value::Text(pieces),
    };
    let api_version: &'a str = if info.group.is_empty() { info.version } else { arena.alloc_str(&format!("{}/{}", info.group, info.version)) };
    let written = value::find(draft.body, "metadata");
    let inside = written.and_then(|it| it.value.entries()).unwrap_or(&[]);
    let mut metadata = Vec::with_capacity(inside.len() + 2);
    metadata.push(entry("name", as_value(name), draft.name_at));
    if let Some(namespace) = namespace {
        metadata.push(entry("namespace", as_value(namespace), draft.namespace.map_or(draft.at, |it| it.1)));
    }
    metadata.extend(["labels", "annotations"].iter().filter_map(|key| value::find(inside, key)));
    metadata.extend(inside.iter().filter(|it| !matches!(it.key, "name" | "namespace" | "labels" | "annotations")));
    let metadata = Value::Record(arena.alloc_slice_copy(&metadata));
    let head = [
        entry("apiVersion", Value::Str(api_version), draft.at),
        entry("kind", Value::Str(info.kind), draft.at),
        entry("metadata", metadata, written.map_or(draft.at, |it| it.at)),
    ];
    let rest = draft.body.iter().filter(|it| !matches!(it.key, "apiVersion" | "kind" | "metadata")).copied();
    let all: Vec<Entry<'a>> = head.into_iter().chain(rest).collect();
    Ok(arena.alloc_slice_copy(&all))
}

/// Annotations by which load balancers are asked for fixed addresses, and those that let Services share one
/// (metallb.io: "usage", cilium.io: "LB IPAM").
const ADDRESSES: [&str; 4] = ["metallb.io/loadBalancerIPs", "metallb.universe.tf/loadBalancerIPs", "lbipam.cilium.io/ips", "io.cilium/lb-ipam-ips"];
const SHARING: [&str; 4] =
    ["metallb.io/allow-shared-ip", "metallb.universe.tf/allow-shared-ip", "lbipam.cilium.io/sharing-key", "io.cilium/lb-ipam-sharing-key"];

fn claims<'a, const TRACE: bool>(finish: &mut Finish<'_, 'a, TRACE>, notes: &mut Notes<'a>, body: &'a [Entry<'a>]) -> Run<Vec<Claim>> {
    let annotations = compare::record_at(body, &["metadata", "annotations"]);
    let mut sharing = None;
    if let Some(entry) = SHARING.iter().find_map(|key| value::find(annotations, key)) {
        let text = finish.text(entry.value, entry.at)?;
        sharing = Some(notes.text(text));
    }
    let mut claims = Vec::new();
    let fixed = value::find(compare::record_at(body, &["spec"]), "loadBalancerIP");
    let places = ADDRESSES.iter().filter_map(|key| value::find(annotations, key)).map(|it| (it, true)).chain(fixed.map(|it| (it, false)));
    for (entry, annotation) in places {
        let Resolved::Known(text) = finish.text(entry.value, entry.at)? else { continue };
        let path: Str = if annotation { format!("metadata.annotations[\"{}\"]", entry.key).into() } else { "spec.loadBalancerIP".into() };
        for address in text.split(',').filter_map(|it| it.trim().parse::<IpAddr>().ok()) {
            claims.push(Claim { address, path: path.clone(), sharing: sharing.clone() });
        }
    }
    Ok(claims)
}

fn summary<const TRACE: bool>(finish: &mut Finish<'_, '_, TRACE>, objects: Vec<ObjectSummary>) -> Summary {
    let handles = handles(finish);
    let eval = &*finish.eval;
    let shapes = eval.shapes();
    Summary {
        kind: shapes.string(eval.kind_name(finish.root.0)),
        name: finish.root.1.into(),
        objects,
        holes: Vec::new(),
        handles,
        externs: Vec::new(),
        warnings: Vec::new(),
        hits: eval.hits.clone(),
        steps: eval.steps,
    }
}

/// The questions to other instances, in the order they came up.
fn holes<const TRACE: bool>(finish: &Finish<'_, '_, TRACE>) -> Vec<Hole> {
    let eval = &*finish.eval;
    let shapes = eval.shapes();
    let holes = eval.foreign.iter().map(|(kind, name, path, attr)| Hole {
        kind: shapes.string(eval.kind_name(*kind)),
        name: (*name).into(),
        path: (*path).into(),
        attr: match attr {
            HoleAttr::Name => Attr::Name,
            HoleAttr::Namespace => Attr::Namespace,
            HoleAttr::Host => Attr::Host,
            HoleAttr::Number => Attr::Number,
        },
    });
    holes.collect()
}

/// What others may ask: the principal object, entries with an object, entries with a number.
fn handles<const TRACE: bool>(finish: &mut Finish<'_, '_, TRACE>) -> Vec<HandleSummary> {
    let mut handles = Vec::new();
    if let Some(object) = finish.object_of(0, "") {
        handles.push(HandleSummary { path: "".into(), object: Some(object), number: None });
    }
    let Some(root) = finish.eval.instances.first() else { return handles };
    let (fields, named) = (root.fields.unwrap_or(&[]), root.handles.clone());
    for (path, object) in named.iter().chain(&finish.extra_handles) {
        handles.push(HandleSummary { path: (*path).into(), object: Some(*object), number: None });
    }
    let mut path = String::new();
    let mut numbers = Vec::new();
    for field in fields {
        number_handles(finish, field, &mut path, &mut numbers, 0);
    }
    for (path, number) in numbers {
        match handles.iter_mut().find(|it| *it.path == *path) {
            Some(handle) => handle.number = Some(number),
            None => handles.push(HandleSummary { path: path.into(), object: None, number: Some(number) }),
        }
    }
    handles
}

/// Entries with a number below a field: maps of records, and lists of keys.
fn number_handles<'a, const TRACE: bool>(
    finish: &mut Finish<'_, 'a, TRACE>,
    field: &'a Entry<'a>,
    path: &mut String,
    out: &mut Vec<(String, i64)>,
    depth: u32,
) {
    // Keyed fields nest two or three deep; anything deeper is data.
    if depth > 3 {
        return;
    }
    let len = path.len();
    if len > 0 {
        path.push('.');
    }
    path.push_str(field.key);
    match field.value {
        Value::Record(entries) => {
            for entry in entries {
                let Value::Record(inside) = entry.value else { continue };
                let len = path.len();
                path.push('.');
                path.push_str(entry.key);
                if let Some(Value::Int(number)) = value::find(inside, "number").map(|it| it.value) {
                    out.push((path.clone(), number));
                }
                for field in inside {
                    number_handles(finish, field, path, out, depth + 1);
                }
                path.truncate(len);
            }
        }
        Value::List(values) => {
            for value in values {
                let Value::Key(key) = value else { continue };
                let Ok(entry) = finish.eval.entry_of(key, Span::new(FileId(0), 0, 0)) else { continue };
                let number = entry.entries().and_then(|it| value::find(it, "number")).map(|it| it.value);
                if let (Some(Value::Int(number)), Some(name)) = (number, key.keys.last()) {
                    out.push((format!("{path}.{name}"), number));
                }
            }
        }
        _ => {}
    }
    path.truncate(len);
}

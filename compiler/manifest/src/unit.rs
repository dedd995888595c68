//! What evaluating one unit (an instance in an environment) gives: its objects as text with holes, and a summary that link reads.
//!
//! Plain data with a byte form for the cache (`unit/codec.rs`). Texts are shared (`Arc`): in a unit the same few are named again and again, and link
//! reads thousands of units. No values of the evaluator, no spans: places are anchors, resolved through the current tree.
//! Invariant: the byte form of equal units is equal; reading a wrong byte form is an error, never a panic.

use std::net::IpAddr;
use std::sync::Arc;

mod codec;
mod decode;
mod shape;
mod shared;

pub use codec::Malformed;
pub use shape::{ContainerPort, Extern, LabelExpression, LabelOperator, Namespaces, Pods, PortRef, Route, Selector, ServicePort, Shape};
pub use shared::Pieces;

/// A short text that many places share.
pub type Str = Arc<str>;

/// The result of one unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// What link needs.
    pub summary: Summary,
    /// What is written.
    pub text: Template,
}

/// What link needs to know of a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Kind of the instance, such as `app`.
    pub kind: Str,
    /// Name of the instance.
    pub name: Str,
    /// In order of emission.
    pub objects: Vec<ObjectSummary>,
    /// What this unit asks of others; `Piece::Hole` is an index into it.
    pub holes: Vec<Hole>,
    /// What others may ask of this unit.
    pub handles: Vec<HandleSummary>,
    /// What it says exists at run time: `extern` entries.
    pub externs: Vec<Extern>,
    /// Warnings, shown again on a cache hit: code, message, anchor.
    pub warnings: Vec<Warning>,
    /// How many objects each operation on all objects of the environment hit here: of each step of the chain its traits, `each` and patches.
    pub hits: Vec<u32>,
    /// Steps of fuel it cost.
    pub steps: u64,
}

/// One object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectSummary {
    /// API group, empty for core.
    pub group: Str,
    /// API version.
    pub version: Str,
    /// Kind.
    pub kind: Str,
    /// Whether the kind lives in namespaces.
    pub namespaced: bool,
    /// Namespace; `None` for cluster-scoped kinds or `in ""`.
    pub namespace: Option<Text>,
    /// `metadata.name`, with hash suffix where it has one and where the unit alone could compute it.
    pub name: Text,
    /// The name without hash suffix, where it differs: users refer to the object by this.
    pub base_name: Option<Text>,
    /// The text whose kustomize hash is the suffix, where the unit alone could not compute it: `hash::suffix_of` of this text with its holes filled.
    /// The name is then `base_name`, `-`, suffix; `name` is a hole asked of this very object.
    pub hash_input: Option<Text>,
    /// `metadata.labels`.
    pub labels: Vec<(Str, Text)>,
    /// Objects this one refers to by name.
    pub edges: Vec<Edge>,
    /// Objects that come into being at run time because of this one: group, kind, namespace, name.
    pub provides: Vec<(Str, Str, Option<Text>, Text)>,
    /// Fixed addresses it asks its load balancer for.
    pub claims: Vec<Claim>,
    /// What checks between objects compare.
    pub shape: Shape,
    /// Where its text stands in `Template::chunks`, without what separates it from others: first and one past the last.
    pub chunks: (u32, u32),
    /// Where it was created.
    pub anchor: Anchor,
}

/// A reference by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    /// Field path of the reference, such as `spec.template.spec.volumes[conf].configMap.name`.
    pub path: Str,
    /// What it may be: (group, kind).
    pub targets: Arc<[(Str, Str)]>,
    /// Namespace it is looked up in; `None` for cluster-scoped targets.
    pub namespace: Option<Text>,
    /// The name, without hash suffix.
    pub name: Text,
    /// `optional: true` stands beside it: a missing target is fine.
    pub optional: bool,
    /// Port of the target Service that is meant, such as `backend.service.port` of an Ingress.
    pub port: Option<PortRef>,
    /// Key of the target ConfigMap or Secret that is meant, such as `configMapKeyRef.key`.
    pub key: Option<Text>,
}

/// A fixed address of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The address.
    pub address: IpAddr,
    /// Field path where it stands.
    pub path: Str,
    /// The key under which Services may share it: annotation `metallb.io/allow-shared-ip` or `lbipam.cilium.io/sharing-key`.
    pub sharing: Option<Text>,
}

/// What another instance may ask for: an entry's object, or a port's number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandleSummary {
    /// Keyed fields with keys, joined: `service.lan`; empty for the principal object.
    pub path: Str,
    /// Index of the object that stands for it.
    pub object: Option<u32>,
    /// `number` of the entry, where it has one.
    pub number: Option<i64>,
}

/// A text whose parts are known before link or asked of another instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text(pub Pieces);

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Known.
    Str(Str),
    /// Index into `Summary::holes`.
    Hole(u32),
}

/// A question to another instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hole {
    /// Kind of the instance asked.
    pub kind: Str,
    /// Its name.
    pub name: Str,
    /// Handle path as in `HandleSummary::path`.
    pub path: Str,
    /// What is asked.
    pub attr: Attr,
}

/// What is asked of a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attr {
    /// `metadata.name`.
    Name,
    /// `metadata.namespace`.
    Namespace,
    /// `NAME.NAMESPACE.svc`.
    Host,
    /// Port number.
    Number,
}

/// A warning of a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warning {
    /// Its code, such as `plain-secret`.
    pub code: Str,
    /// Its message.
    pub message: Str,
    /// Where.
    pub anchor: Anchor,
}

/// A place that survives edits elsewhere: a path of a file and the byte offset from the start of the declaration that holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anchor {
    /// Path of the file from the root of its library, prefixed `std:` for the standard library.
    pub file: Str,
    /// Declaration, as `kind name`.
    pub declaration: Str,
    /// Byte range from the first significant byte of the declaration.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// The text of all objects of a unit: YAML documents with `---` between them, or JSON values with commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// All known bytes.
    pub bytes: Vec<u8>,
    /// In order: bytes to copy, or a scalar to format once its holes are filled.
    pub chunks: Vec<Chunk>,
}

/// A part of the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// `bytes[start..end]`, as is.
    Bytes {
        /// First byte.
        start: u32,
        /// One past the last.
        end: u32,
    },
    /// A string scalar (or map key) with holes, in the style its final text needs.
    Scalar {
        /// The text.
        text: Text,
        /// Indentation of the line it stands in, for block scalars.
        indent: u32,
    },
}

impl Template {
    /// Whether nothing is open: its bytes are its text.
    pub fn is_whole(&self) -> bool {
        self.chunks.iter().all(|it| matches!(it, Chunk::Bytes { .. }))
    }
}

impl Text {
    /// A text without holes.
    pub fn known(text: &str) -> Self {
        Self([Piece::Str(text.into())].into())
    }

    /// The whole text, where it has no hole.
    pub fn as_known(&self) -> Option<&str> {
        match &*self.0 {
            [] => Some(""),
            [Piece::Str(text)] => Some(text),
            _ => None,
        }
    }
}

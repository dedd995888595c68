//! The neutral model: what a schema says, apart from how OpenAPI or a CRD spells it.
//!
//! A tree with named references, made for merging and packing; lookups use the pack instead.
//! No descriptions: they would be four fifths of the bytes.

use std::collections::{BTreeMap, BTreeSet};

/// Everything one or several converted documents say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Types by name (`apps/v1.DeploymentSpec`). Records are nominal; other types are aliases.
    pub definitions: BTreeMap<String, Ty>,
    /// Kinds, sorted by kind, group, version when packed.
    pub kinds: Vec<Kind>,
}

/// One kind in one version of its group.
#[derive(Clone, Debug, PartialEq)]
pub struct Kind {
    /// API group, `""` for core.
    pub group: String,
    /// Version in the group, `v1`.
    pub version: String,
    /// Kind, `Deployment`.
    pub kind: String,
    /// Resource name in paths, `deployments`.
    pub plural: String,
    /// `deployment`.
    pub singular: String,
    /// `deploy`.
    pub short_names: Vec<String>,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Kubernetes versions that know it, see [`crate::version`].
    pub mask: u32,
    /// Whether a stock API server serves it.
    pub served_by_default: bool,
    /// Whether objects can be patched, so applied: false for reviews and bindings.
    pub patchable: bool,
    /// Whether it has a `status` subresource.
    pub status: bool,
    /// Whether it has a `scale` subresource.
    pub scale: bool,
    /// What objects may be called.
    pub name_rule: NameRule,
    /// Name of its type in [`Model::definitions`].
    pub definition: String,
}

/// Which texts the API server takes as `metadata.name`.
///
/// Source: the `ValidateNameFunc` that each `pkg/apis/*/validation` of Kubernetes gives to `ValidateObjectMeta`;
/// custom resources follow `NameIsDNSSubdomain` (apiextensions-apiserver, `customresource/validator.go`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NameRule {
    /// `NameIsDNSSubdomain`: labels joined by points.
    #[default]
    Subdomain,
    /// `NameIsDNSLabel`: one label, no points.
    Label,
    /// `IsPathSegmentName`, or a rule of the kind's own: anything without `/` and `%`.
    PathSegment,
}

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub enum Ty {
    /// Anything: preserved unknown fields, embedded objects, schemas without structure.
    Json,
    /// Boolean.
    Bool,
    /// Integer.
    Int {
        /// 32 or 64.
        bits: u8,
        /// Smallest value.
        min: Option<i64>,
        /// Largest value.
        max: Option<i64>,
    },
    /// Decimal number.
    Number,
    /// Text.
    String(Text),
    /// `int-or-string`.
    IntOrString,
    /// apimachinery's `resource.Quantity`.
    Quantity,
    /// Base64 in JSON.
    Bytes,
    /// RFC 3339.
    Time {
        /// Six digits after the second (`MicroTime`).
        micro: bool,
    },
    /// Free keys.
    Map {
        /// Type of every value.
        value: Box<Ty>,
        /// Replaced as a whole by server-side apply (`x-kubernetes-map-type: atomic`).
        atomic: bool,
    },
    /// A list.
    List(Box<List>),
    /// Anonymous, or nominal when it stands in [`Model::definitions`].
    Record(Record),
    /// Reference to a definition of this model, or of another pack.
    Named(String),
}

/// Constraints of a string.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    /// OpenAPI `format`.
    pub format: Option<String>,
    /// RE2 pattern.
    pub pattern: Option<String>,
    /// Allowed values, empty when any is.
    pub enumeration: Vec<EnumValue>,
    /// Shortest length in code points.
    pub min_len: Option<u32>,
    /// Longest length in code points.
    pub max_len: Option<u32>,
}

/// One allowed value.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumValue {
    /// The value.
    pub value: String,
    /// Versions that know it.
    pub mask: u32,
}

/// A list and how its elements are told apart.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// Type of every element.
    pub element: Ty,
    /// How elements merge.
    pub topology: Topology,
    /// Fewest elements.
    pub min_items: Option<u32>,
    /// Most elements.
    pub max_items: Option<u32>,
}

/// `x-kubernetes-list-type`; absent reads as atomic, as in the API server.
#[derive(Clone, Debug, PartialEq)]
pub enum Topology {
    /// Replaced as a whole.
    Atomic,
    /// Scalars, each once.
    Set,
    /// Records, keyed by these fields.
    Map(Vec<String>),
}

/// A record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Fields in document order; one name may stand twice with different masks.
    pub fields: Vec<Field>,
    /// Takes fields it does not name (`x-kubernetes-preserve-unknown-fields`).
    pub preserve_unknown: bool,
    /// Replaced as a whole by server-side apply.
    pub atomic: bool,
    /// Stated unions.
    pub unions: Vec<Union>,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Type.
    pub ty: Ty,
    /// Whether an object without it is refused.
    pub required: bool,
    /// JSON text of the value that the server fills in.
    pub default: Option<String>,
    /// Whether `null` is a value.
    pub nullable: bool,
    /// Whether the schema itself forbids changes (`self == oldSelf`).
    pub immutable: bool,
    /// Versions in which the field is as described here.
    pub mask: u32,
}

/// A union that the schema states: of the members at most one is set.
#[derive(Clone, Debug, PartialEq)]
pub struct Union {
    /// Field that names the chosen member.
    pub discriminator: Option<String>,
    /// Member fields.
    pub members: Vec<String>,
}

impl Model {
    /// Drops definitions that no kind reaches, so that lists, options and events of the protocol stay out of a pack.
    pub fn prune(&mut self) {
        let mut reached = BTreeSet::new();
        let mut open: Vec<String> = self.kinds.iter().map(|kind| kind.definition.clone()).collect();
        while let Some(name) = open.pop() {
            if let Some(ty) = self.definitions.get(&name)
                && reached.insert(name)
            {
                ty.names(&mut open);
            }
        }
        self.definitions.retain(|name, _| reached.contains(name));
    }
}

impl Ty {
    /// Appends the names of definitions that this type mentions.
    fn names(&self, out: &mut Vec<String>) {
        match self {
            Ty::Named(name) => out.push(name.clone()),
            Ty::Map { value, .. } => value.names(out),
            Ty::List(list) => list.element.names(out),
            Ty::Record(record) => record.fields.iter().for_each(|field| field.ty.names(out)),
            Ty::Json | Ty::Bool | Ty::Int { .. } | Ty::Number | Ty::String(_) | Ty::IntOrString | Ty::Quantity | Ty::Bytes | Ty::Time { .. } => {}
        }
    }
}

//! What lookups give back: types, fields and kinds as views into a pack.
//!
//! Views are small and copied freely; they borrow from [`crate::schemas::Schemas`].

use crate::model::NameRule;
use crate::pack::read::Pack;

/// A type in an opened set of packs.
///
/// Two equal ids are the same type; within a pack the reverse holds too (hash-consed, nominal name included).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TypeId(pub(crate) u32);

impl TypeId {
    /// The number of the pack that the type stands in.
    pub fn pack(self) -> u32 {
        self.0 >> 24
    }
}

/// A kind in an opened set of packs: group, version and kind.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct KindId(pub(crate) u32);

/// A type, one level deep.
#[derive(Clone, Copy, Debug)]
pub enum Type<'s> {
    /// Anything: preserved unknown fields, embedded objects, schemas without structure.
    Json,
    /// Boolean.
    Bool,
    /// Integer; both ends belong to the range.
    Int {
        /// 32 or 64.
        bits: u8,
        /// Smallest value that the schema states (never implied by `bits`).
        min: Option<i64>,
        /// Largest value that the schema states.
        max: Option<i64>,
    },
    /// Decimal number.
    Number,
    /// Text.
    String(Text<'s>),
    /// An integer or a string.
    IntOrString,
    /// apimachinery's `resource.Quantity`.
    Quantity,
    /// Base64 in JSON.
    Bytes,
    /// RFC 3339 time.
    Time {
        /// Six digits after the second (`MicroTime`).
        micro: bool,
    },
    /// Free string keys.
    Map {
        /// Type of every value.
        value: TypeId,
        /// Replaced as a whole by server-side apply.
        atomic: bool,
    },
    /// A list.
    List {
        /// Type of every element.
        element: TypeId,
        /// How elements are told apart.
        topology: Topology<'s>,
        /// Fewest elements.
        min_items: Option<u32>,
        /// Most elements.
        max_items: Option<u32>,
    },
    /// A record.
    Record(RecordView<'s>),
}

/// Constraints of a string.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text<'s> {
    /// OpenAPI `format`.
    pub format: Option<&'s str>,
    /// RE2 pattern, not anchored unless it says so.
    pub pattern: Option<&'s str>,
    /// Shortest length in code points.
    pub min_len: Option<u32>,
    /// Longest length in code points.
    pub max_len: Option<u32>,
    /// Allowed values; empty when any is.
    pub enumeration: Enumeration<'s>,
}

/// `x-kubernetes-list-type`; absent reads as atomic, as in the API server.
#[derive(Clone, Copy, Debug)]
pub enum Topology<'s> {
    /// Replaced as a whole.
    Atomic,
    /// Scalars, each once.
    Set,
    /// Records keyed by these fields.
    Map(Names<'s>),
}

/// A field of a record.
#[derive(Clone, Copy, Debug)]
pub struct Field<'s> {
    /// Name.
    pub name: &'s str,
    /// Type.
    pub ty: TypeId,
    /// Whether an object without it is refused.
    pub required: bool,
    /// JSON text of the value that the server fills in.
    pub default: Option<&'s str>,
    /// Versions in which the field is as described here, see [`crate::version`].
    pub mask: u32,
    /// Whether `null` is a value.
    pub nullable: bool,
    /// Whether the schema itself forbids changes.
    pub immutable: bool,
    /// Place in the record's table; give it to [`RecordView::at`].
    pub index: u16,
}

/// A union that the schema states: of the members at most one is set.
#[derive(Clone, Copy, Debug)]
pub struct Union<'s> {
    /// Field that names the chosen member.
    pub discriminator: Option<&'s str>,
    /// Member fields.
    pub members: Names<'s>,
}

/// What is known of a kind.
#[derive(Clone, Copy, Debug)]
pub struct KindInfo<'s> {
    /// API group, `""` for core.
    pub group: &'s str,
    /// Version in the group.
    pub version: &'s str,
    /// Kind.
    pub kind: &'s str,
    /// Resource name in paths.
    pub plural: &'s str,
    /// Singular resource name.
    pub singular: &'s str,
    /// Short resource names.
    pub short_names: Names<'s>,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Versions that know the kind, see [`crate::version`].
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
    /// Its type, a record.
    pub ty: TypeId,
}

/// A record of a pack.
#[derive(Clone, Copy)]
pub struct RecordView<'s> {
    pub(crate) pack: &'s Pack,
    pub(crate) pack_index: u32,
    pub(crate) name: u32,
    pub(crate) first: u32,
    pub(crate) count: u16,
    pub(crate) unions: u32,
    pub(crate) flags: u8,
}

/// A run of names.
#[derive(Clone, Copy, Default)]
pub struct Names<'s> {
    pub(crate) pack: Option<&'s Pack>,
    pub(crate) first: u32,
    pub(crate) count: u32,
}

/// A run of allowed values with their masks.
#[derive(Clone, Copy, Default)]
pub struct Enumeration<'s> {
    pub(crate) pack: Option<&'s Pack>,
    pub(crate) first: u32,
    pub(crate) count: u32,
}

impl<'s> Names<'s> {
    /// How many names there are.
    pub fn len(self) -> usize {
        self.count as usize
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.count == 0
    }

    /// The names in order.
    pub fn iter(self) -> impl Iterator<Item = &'s str> {
        self.pack.into_iter().flat_map(move |pack| pack.names(self.first, self.count))
    }
}

impl<'s> Enumeration<'s> {
    /// How many values there are.
    pub fn len(self) -> usize {
        self.count as usize
    }

    /// Whether any value is allowed.
    pub fn is_empty(self) -> bool {
        self.count == 0
    }

    /// Values with the versions that know them, in document order.
    pub fn iter(self) -> impl Iterator<Item = (&'s str, u32)> {
        self.pack.into_iter().flat_map(move |pack| pack.enum_values(self.first, self.count))
    }

    /// The versions that know a value, or `None` when no version does.
    pub fn mask(self, value: &str) -> Option<u32> {
        self.iter().find(|(known, _)| *known == value).map(|(_, mask)| mask)
    }
}

impl<'s> RecordView<'s> {
    /// Nominal name, `core/v1.PodSpec`; anonymous records of CRDs have none.
    pub fn name(self) -> Option<&'s str> {
        self.pack.opt_text(self.name)
    }

    /// Number of field entries.
    pub fn len(self) -> usize {
        usize::from(self.count)
    }

    /// Whether it names no field.
    pub fn is_empty(self) -> bool {
        self.count == 0
    }

    /// Whether it takes fields that it does not name.
    pub fn preserve_unknown(self) -> bool {
        self.flags & crate::pack::RECORD_PRESERVE_UNKNOWN != 0
    }

    /// Whether server-side apply replaces it as a whole.
    pub fn atomic(self) -> bool {
        self.flags & crate::pack::RECORD_ATOMIC != 0
    }

    /// Fields in schema order.
    pub fn fields(self) -> impl Iterator<Item = Field<'s>> {
        (0..self.count).filter_map(move |nth| self.at(self.pack.field_order(self.first.saturating_add(u32::from(nth)))?))
    }

    /// The field of that name in the newest version that has it.
    pub fn field(self, name: &str) -> Option<Field<'s>> {
        self.at(self.pack.find_field(self.first, self.count, name)?)
    }

    /// All entries of a field, newest version first: more than one when its type changed between versions.
    pub fn field_entries(self, name: &str) -> impl Iterator<Item = Field<'s>> {
        let from = self.pack.find_field(self.first, self.count, name).unwrap_or(self.count);
        (from..self.count).map_while(move |index| self.at(index)).take_while(move |field| field.name == name)
    }

    /// The field at a place of the table, see [`Field::index`].
    pub fn at(self, index: u16) -> Option<Field<'s>> {
        if index >= self.count {
            return None;
        }
        self.pack.field(self.pack_index, self.first.saturating_add(u32::from(index)), index)
    }

    /// Unions that the schema states.
    pub fn unions(self) -> impl Iterator<Item = Union<'s>> {
        self.pack.unions(self.unions)
    }
}

impl std::fmt::Debug for RecordView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordView").field("name", &self.name()).field("fields", &self.count).finish()
    }
}

impl std::fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl std::fmt::Debug for Enumeration<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

//! The pack: one file of flat little-endian tables, read in place.
//!
//! ```text
//! header   magic[8] format:u32 length:u32 digest[32] { offset:u32 count:u32 } × 11
//! strings  { length:u16 bytes } ..                     others refer by offset
//! types    tag:u8 flags:u8 a:u16 b:u32 c:u32 d:u32     meaning of a..d by tag, see `Tag`
//! fields   name type mask default order:u16 flags:u16  per record sorted by name, newest mask first
//! texts    format pattern min max enum_first enum_count
//! enums    value mask
//! ranges   min:i64 max:i64
//! names    string                                      list keys, short names, union members
//! unions   discriminator first count
//! kinds    kind group version plural singular short_first mask type flags:u16 short_count:u16
//! defs     name type                                   sorted by name
//! externs  name                                        definitions that another pack holds
//! ```
//! `u32::MAX` is "absent". A type reference is a row of `types`, or a row of `externs` with bit 31 set.
//!
//! Invariant: equal models give equal bytes; nothing in a pack depends on the machine that wrote it.

pub mod read;
pub mod write;

use std::fmt;

/// First bytes of every pack.
pub(crate) const MAGIC: &[u8; 8] = b"vixschm\n";
/// Changes whenever a table changes its meaning.
pub(crate) const FORMAT: u32 = 1;
/// Where the digest stands in the header.
pub(crate) const DIGEST_OFFSET: usize = 16;
/// Where the table of sections stands.
pub(crate) const SECTIONS_OFFSET: usize = 48;
/// Size of the header.
pub(crate) const HEADER: usize = SECTIONS_OFFSET + 8 * SECTION_COUNT;
/// Number of sections.
pub(crate) const SECTION_COUNT: usize = 11;
/// An absent string, text or union.
pub(crate) const NONE: u32 = u32::MAX;
/// Marks a type reference that points to another pack.
pub(crate) const EXTERNAL: u32 = 1 << 31;
/// Rows a pack may have in `types`, so that pack and row fit one `TypeId`.
pub(crate) const TYPES_MAX: u32 = 1 << 24;

/// Sections in file order, with the size of a row.
pub(crate) const ROW_SIZES: [usize; SECTION_COUNT] = [1, 16, 20, 24, 8, 16, 4, 12, 36, 8, 4];
pub(crate) const STRINGS: usize = 0;
pub(crate) const TYPES: usize = 1;
pub(crate) const FIELDS: usize = 2;
pub(crate) const TEXTS: usize = 3;
pub(crate) const ENUMS: usize = 4;
pub(crate) const RANGES: usize = 5;
pub(crate) const NAMES: usize = 6;
pub(crate) const UNIONS: usize = 7;
pub(crate) const KINDS: usize = 8;
pub(crate) const DEFINITIONS: usize = 9;
pub(crate) const EXTERNALS: usize = 10;

/// Tags of rows in `types`.
pub(crate) mod tag {
    pub(crate) const JSON: u8 = 0;
    pub(crate) const BOOL: u8 = 1;
    /// flags `INT_*`, b = range
    pub(crate) const INT: u8 = 2;
    pub(crate) const NUMBER: u8 = 3;
    /// b = text
    pub(crate) const STRING: u8 = 4;
    pub(crate) const INT_OR_STRING: u8 = 5;
    pub(crate) const QUANTITY: u8 = 6;
    pub(crate) const BYTES: u8 = 7;
    /// flags 1 = micro
    pub(crate) const TIME: u8 = 8;
    /// flags 1 = atomic, b = value
    pub(crate) const MAP: u8 = 9;
    /// flags `LIST_*`, a = keys, b = element, c = first key, d = range
    pub(crate) const LIST: u8 = 10;
    /// flags `RECORD_*`, a = fields, b = first field, c = name, d = unions (count in the top byte)
    pub(crate) const RECORD: u8 = 11;
}

pub(crate) const RANGE_MIN: u8 = 1;
pub(crate) const RANGE_MAX: u8 = 2;
pub(crate) const INT_32: u8 = 4;
pub(crate) const LIST_SET: u8 = 4;
pub(crate) const LIST_MAP: u8 = 8;
pub(crate) const RECORD_PRESERVE_UNKNOWN: u8 = 1;
pub(crate) const RECORD_ATOMIC: u8 = 2;
pub(crate) const FIELD_REQUIRED: u16 = 1;
pub(crate) const FIELD_NULLABLE: u16 = 2;
pub(crate) const FIELD_IMMUTABLE: u16 = 4;
pub(crate) const KIND_NAMESPACED: u16 = 1;
pub(crate) const KIND_SERVED: u16 = 2;
pub(crate) const KIND_PATCHABLE: u16 = 4;
pub(crate) const KIND_STATUS: u16 = 8;
pub(crate) const KIND_SCALE: u16 = 16;
pub(crate) const KIND_NAME_LABEL: u16 = 32;
pub(crate) const KIND_NAME_PATH_SEGMENT: u16 = 64;

/// Why bytes are not a usable pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackError {
    /// The first bytes are not a pack's.
    NotAPack,
    /// Written by another version of this crate.
    Format(u32),
    /// The header speaks of bytes that are not there.
    Truncated,
    /// The bytes differ from what was written (only [`read::Pack::verify`] looks).
    Damaged,
    /// More packs than ids can tell apart.
    TooManyPacks,
    /// A definition of another pack that no pack holds.
    MissingDefinition(String),
    /// The model has more of something than a table can count.
    TooLarge(&'static str),
    /// A definition that only refers to itself.
    AliasCycle(String),
    /// A kind whose type is not in the model.
    KindWithoutType(String),
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PackError::NotAPack => f.write_str("not a schema pack"),
            PackError::Format(found) => write!(f, "schema pack of format {found}, this build reads {FORMAT}"),
            PackError::Truncated => f.write_str("schema pack is cut short"),
            PackError::Damaged => f.write_str("schema pack does not match its digest"),
            PackError::TooManyPacks => f.write_str("more than 128 schema packs"),
            PackError::MissingDefinition(name) => write!(f, "no schema pack defines {name}"),
            PackError::TooLarge(what) => write!(f, "schema has too many {what}"),
            PackError::AliasCycle(name) => write!(f, "schema {name} refers to itself"),
            PackError::KindWithoutType(name) => write!(f, "kind {name} has no schema"),
        }
    }
}

impl std::error::Error for PackError {}

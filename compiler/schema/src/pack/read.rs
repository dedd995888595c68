//! Reads rows of one pack in place. Every access is checked: a bad offset reads as absent.

use std::borrow::Cow;

use crate::model::NameRule;
use crate::pack::{
    DEFINITIONS, DIGEST_OFFSET, ENUMS, EXTERNAL, EXTERNALS, FIELD_IMMUTABLE, FIELD_NULLABLE, FIELD_REQUIRED, FIELDS, FORMAT, HEADER, INT_32, KIND_NAME_LABEL,
    KIND_NAME_PATH_SEGMENT, KIND_NAMESPACED, KIND_PATCHABLE, KIND_SCALE, KIND_SERVED, KIND_STATUS, KINDS, LIST_MAP, LIST_SET, MAGIC, NAMES, NONE, PackError,
    RANGE_MAX, RANGE_MIN, RANGES, ROW_SIZES, SECTION_COUNT, SECTIONS_OFFSET, STRINGS, TEXTS, TYPES, TYPES_MAX, UNIONS, tag,
};
use crate::types::{Enumeration, Field, KindInfo, Names, RecordView, Text, Topology, Type, TypeId, Union};

/// One opened pack.
pub struct Pack {
    bytes: Cow<'static, [u8]>,
    sections: [Section; SECTION_COUNT],
    /// What each row of `externs` stands for; filled when packs are joined.
    pub(crate) externals: Vec<TypeId>,
}

#[derive(Clone, Copy, Default)]
struct Section {
    offset: usize,
    count: u32,
}

impl Pack {
    /// Checks the header; the tables are not looked at, so the cost does not depend on their size.
    ///
    /// # Errors
    /// When the bytes are not a pack of this format or shorter than the header says. Damaged tables are
    /// no error here, see [`Pack::verify`].
    pub fn open(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Pack, PackError> {
        let bytes = bytes.into();
        if bytes.get(..MAGIC.len()) != Some(MAGIC.as_slice()) {
            return Err(PackError::NotAPack);
        }
        if bytes.len() < HEADER {
            return Err(PackError::Truncated);
        }
        let word = |offset| word_at(&bytes, offset).ok_or(PackError::Truncated);
        let format = word(8)?;
        if format != FORMAT {
            return Err(PackError::Format(format));
        }
        if word(12)? as usize != bytes.len() {
            return Err(PackError::Truncated);
        }
        let mut sections = [Section::default(); SECTION_COUNT];
        for (nth, section) in sections.iter_mut().enumerate() {
            let offset = word(SECTIONS_OFFSET + 8 * nth)? as usize;
            let count = word(SECTIONS_OFFSET + 8 * nth + 4)?;
            let size = ROW_SIZES[nth].checked_mul(count as usize).ok_or(PackError::Truncated)?;
            if offset.checked_add(size).is_none_or(|end| end > bytes.len()) {
                return Err(PackError::Truncated);
            }
            *section = Section { offset, count };
        }
        if sections[TYPES].count > TYPES_MAX {
            return Err(PackError::TooLarge("types"));
        }
        Ok(Pack { bytes, sections, externals: Vec::new() })
    }

    /// Compares all bytes with the digest in the header.
    ///
    /// # Errors
    /// When they differ.
    pub fn verify(&self) -> Result<(), PackError> {
        if digest_of(&self.bytes) == self.digest() { Ok(()) } else { Err(PackError::Damaged) }
    }

    /// The digest that was written into the header: blake3 of the rest.
    pub fn digest(&self) -> [u8; 32] {
        self.bytes.get(DIGEST_OFFSET..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default()
    }

    /// Size in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Number of rows in a section.
    pub(crate) fn count(&self, section: usize) -> u32 {
        self.sections[section].count
    }

    fn row<const SIZE: usize>(&self, section: usize, index: u32) -> Option<&[u8; SIZE]> {
        let Section { offset, count } = self.sections[section];
        if index >= count {
            return None;
        }
        self.bytes.get(offset + index as usize * SIZE..)?.first_chunk()
    }

    fn raw_text(&self, reference: u32) -> &[u8] {
        self.opt_raw_text(reference).unwrap_or_default()
    }

    #[inline]
    fn opt_raw_text(&self, reference: u32) -> Option<&[u8]> {
        let Section { offset, count } = self.sections[STRINGS];
        let strings = self.bytes.get(offset..offset + count as usize)?;
        let (length, rest) = strings.get(reference as usize..)?.split_first_chunk::<2>()?;
        rest.get(..usize::from(u16::from_le_bytes(*length)))
    }

    pub(crate) fn text(&self, reference: u32) -> &str {
        self.opt_text(reference).unwrap_or_default()
    }

    pub(crate) fn opt_text(&self, reference: u32) -> Option<&str> {
        if reference == NONE {
            return None;
        }
        std::str::from_utf8(self.opt_raw_text(reference)?).ok()
    }

    pub(crate) fn names(&self, first: u32, count: u32) -> impl Iterator<Item = &str> {
        rows(first, count).map_while(|index| self.row::<4>(NAMES, index)).map(|row| self.text(word_in(row, 0)))
    }

    pub(crate) fn enum_values(&self, first: u32, count: u32) -> impl Iterator<Item = (&str, u32)> {
        rows(first, count).map_while(|index| self.row::<8>(ENUMS, index)).map(|row| (self.text(word_in(row, 0)), word_in(row, 1)))
    }

    pub(crate) fn unions(&self, unions: u32) -> impl Iterator<Item = Union<'_>> {
        let (first, count) = if unions == NONE { (0, 0) } else { (unions & (TYPES_MAX - 1), unions >> 24) };
        rows(first, count).map_while(|index| self.row::<12>(UNIONS, index)).map(|row| Union {
            discriminator: self.opt_text(word_in(row, 0)),
            members: Names { pack: Some(self), first: word_in(row, 1), count: word_in(row, 2) },
        })
    }

    /// A type reference as an id, with rows of `externs` replaced by what they stand for.
    fn type_id(&self, pack_index: u32, reference: u32) -> TypeId {
        if reference & EXTERNAL == 0 {
            return TypeId(pack_index << 24 | reference & (TYPES_MAX - 1));
        }
        let external = self.externals.get((reference & !EXTERNAL) as usize);
        external.copied().unwrap_or(TypeId(pack_index << 24 | (TYPES_MAX - 1)))
    }

    pub(crate) fn ty(&self, pack_index: u32, node: u32) -> Type<'_> {
        let Some(row) = self.row::<16>(TYPES, node) else { return Type::Json };
        let [kind, flags, ..] = *row;
        let count = u16::from_le_bytes([row[2], row[3]]);
        let [_, b, c, d] = [0, 1, 2, 3].map(|word| word_in(row, word));
        match kind {
            tag::BOOL => Type::Bool,
            tag::INT => {
                let (min, max) = self.range(flags, b);
                Type::Int { bits: if flags & INT_32 != 0 { 32 } else { 64 }, min, max }
            }
            tag::NUMBER => Type::Number,
            tag::STRING => Type::String(self.string(b)),
            tag::INT_OR_STRING => Type::IntOrString,
            tag::QUANTITY => Type::Quantity,
            tag::BYTES => Type::Bytes,
            tag::TIME => Type::Time { micro: flags & 1 != 0 },
            tag::MAP => Type::Map { value: self.type_id(pack_index, b), atomic: flags & 1 != 0 },
            tag::LIST => {
                let (min, max) = self.range(flags, d);
                let topology = match flags & (LIST_SET | LIST_MAP) {
                    LIST_SET => Topology::Set,
                    LIST_MAP => Topology::Map(Names { pack: Some(self), first: c, count: u32::from(count) }),
                    _ => Topology::Atomic,
                };
                let [min_items, max_items] = [min, max].map(|limit| u32::try_from(limit?).ok());
                Type::List { element: self.type_id(pack_index, b), topology, min_items, max_items }
            }
            tag::RECORD => Type::Record(RecordView { pack: self, pack_index, name: c, first: b, count, unions: d, flags }),
            _ => Type::Json,
        }
    }

    fn range(&self, flags: u8, index: u32) -> (Option<i64>, Option<i64>) {
        if flags & (RANGE_MIN | RANGE_MAX) == 0 {
            return (None, None);
        }
        let Some(row) = self.row::<16>(RANGES, index) else { return (None, None) };
        let value = u128::from_le_bytes(*row);
        let [min, max] = [value as u64, (value >> 64) as u64].map(u64::cast_signed);
        ((flags & RANGE_MIN != 0).then_some(min), (flags & RANGE_MAX != 0).then_some(max))
    }

    fn string(&self, index: u32) -> Text<'_> {
        let Some(row) = self.row::<24>(TEXTS, index) else { return Text::default() };
        let [format, pattern, min_len, max_len, first, count] = [0, 1, 2, 3, 4, 5].map(|word| word_in(row, word));
        Text {
            format: self.opt_text(format),
            pattern: self.opt_text(pattern),
            min_len: present(min_len),
            max_len: present(max_len),
            enumeration: Enumeration { pack: Some(self), first, count },
        }
    }

    pub(crate) fn field(&self, pack_index: u32, row: u32, index: u16) -> Option<Field<'_>> {
        let row = self.row::<20>(FIELDS, row)?;
        let flags = u16::from_le_bytes([row[18], row[19]]);
        Some(Field {
            name: self.text(word_in(row, 0)),
            ty: self.type_id(pack_index, word_in(row, 1)),
            required: flags & FIELD_REQUIRED != 0,
            default: self.opt_text(word_in(row, 3)),
            mask: word_in(row, 2),
            nullable: flags & FIELD_NULLABLE != 0,
            immutable: flags & FIELD_IMMUTABLE != 0,
            index,
        })
    }

    /// The table index of the field that stands at this row's place in document order.
    pub(crate) fn field_order(&self, row: u32) -> Option<u16> {
        let row = self.row::<20>(FIELDS, row)?;
        Some(u16::from_le_bytes([row[16], row[17]]))
    }

    /// The first entry of a field within the record's rows.
    pub(crate) fn find_field(&self, first: u32, count: u16, name: &str) -> Option<u16> {
        let name_at = |index: u32| self.row::<20>(FIELDS, first.checked_add(index)?).map(|row| self.raw_text(word_in(row, 0)));
        let found = lower_bound(u32::from(count), |index| name_at(index).is_some_and(|at| at < name.as_bytes()));
        let exact = found < u32::from(count) && name_at(found) == Some(name.as_bytes());
        if exact { u16::try_from(found).ok() } else { None }
    }

    pub(crate) fn find_definition(&self, pack_index: u32, name: &str) -> Option<TypeId> {
        let count = self.count(DEFINITIONS);
        let row = |index| self.row::<8>(DEFINITIONS, index);
        let name_at = |index| row(index).map(|row| self.raw_text(word_in(row, 0)));
        let found = lower_bound(count, |index| name_at(index).is_some_and(|at| at < name.as_bytes()));
        let row = row(found)?;
        (self.raw_text(word_in(row, 0)) == name.as_bytes()).then(|| self.type_id(pack_index, word_in(row, 1)))
    }

    pub(crate) fn definitions(&self, pack_index: u32) -> impl Iterator<Item = (&str, TypeId)> {
        let rows = (0..self.count(DEFINITIONS)).filter_map(|index| self.row::<8>(DEFINITIONS, index));
        rows.map(move |row| (self.text(word_in(row, 0)), self.type_id(pack_index, word_in(row, 1))))
    }

    /// Rows of `kinds` with that short name: they stand together, as rows are sorted by kind first.
    pub(crate) fn kinds_named(&self, kind: &str) -> std::ops::Range<u32> {
        let count = self.count(KINDS);
        let name_at = |index| self.row::<36>(KINDS, index).map(|row| self.raw_text(word_in(row, 0)));
        let first = lower_bound(count, |index| name_at(index).is_some_and(|at| at < kind.as_bytes()));
        let last = lower_bound(count, |index| name_at(index).is_some_and(|at| at <= kind.as_bytes()));
        first..last.max(first)
    }

    /// Type and scope of a kind, without its names.
    pub(crate) fn kind_type(&self, pack_index: u32, index: u32) -> Option<(TypeId, bool)> {
        let row = self.row::<36>(KINDS, index)?;
        Some((self.type_id(pack_index, word_in(row, 7)), word_in(row, 8) & u32::from(KIND_NAMESPACED) != 0))
    }

    pub(crate) fn kind(&self, pack_index: u32, index: u32) -> Option<KindInfo<'_>> {
        let row = self.row::<36>(KINDS, index)?;
        let [kind, group, version, plural, singular, short_first, mask, ty, counts] = [0, 1, 2, 3, 4, 5, 6, 7, 8].map(|word| word_in(row, word));
        let has = |flag: u16| counts & u32::from(flag) != 0;
        Some(KindInfo {
            group: self.text(group),
            version: self.text(version),
            kind: self.text(kind),
            plural: self.text(plural),
            singular: self.text(singular),
            short_names: Names { pack: Some(self), first: short_first, count: counts >> 16 },
            namespaced: has(KIND_NAMESPACED),
            mask,
            served_by_default: has(KIND_SERVED),
            patchable: has(KIND_PATCHABLE),
            status: has(KIND_STATUS),
            scale: has(KIND_SCALE),
            name_rule: match (has(KIND_NAME_LABEL), has(KIND_NAME_PATH_SEGMENT)) {
                (false, false) => NameRule::Subdomain,
                (true, false) => NameRule::Label,
                (_, true) => NameRule::PathSegment,
            },
            ty: self.type_id(pack_index, ty),
        })
    }

    /// Names of definitions that other packs must hold.
    pub(crate) fn external_names(&self) -> impl Iterator<Item = &str> {
        (0..self.count(EXTERNALS)).filter_map(|index| self.row::<4>(EXTERNALS, index)).map(|row| self.text(word_in(row, 0)))
    }
}

/// Digest of a pack's bytes, apart from the digest itself.
pub(crate) fn digest_of(bytes: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(bytes.get(..DIGEST_OFFSET).unwrap_or_default());
    hasher.update(bytes.get(DIGEST_OFFSET + 32..).unwrap_or_default());
    *hasher.finalize().as_bytes()
}

/// Row numbers of a run; a run that would wrap around ends at the last number.
fn rows(first: u32, count: u32) -> std::ops::Range<u32> {
    first..first.saturating_add(count)
}

fn present(word: u32) -> Option<u32> {
    (word != NONE).then_some(word)
}

/// The number of leading indices for which `below` holds.
fn lower_bound(count: u32, below: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if below(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

fn word_at(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

/// Word `word` of a row; rows are whole numbers of words, so an index within the layout is always there.
#[inline]
fn word_in<const SIZE: usize>(row: &[u8; SIZE], word: usize) -> u32 {
    u32::from_le_bytes([row[4 * word], row[4 * word + 1], row[4 * word + 2], row[4 * word + 3]])
}

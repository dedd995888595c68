//! Writes a model as a pack: every type, field run and name stands once.

use std::collections::{BTreeMap, HashMap};

use crate::model::{Field, Kind, List, Model, NameRule, Record, Text, Topology, Ty, Union};
use crate::pack::read::digest_of;
use crate::pack::{
    DEFINITIONS, DIGEST_OFFSET, ENUMS, EXTERNAL, EXTERNALS, FIELD_IMMUTABLE, FIELD_NULLABLE, FIELD_REQUIRED, FIELDS, FORMAT, HEADER, INT_32, KIND_NAME_LABEL,
    KIND_NAME_PATH_SEGMENT, KIND_NAMESPACED, KIND_PATCHABLE, KIND_SCALE, KIND_SERVED, KIND_STATUS, KINDS, LIST_MAP, LIST_SET, MAGIC, NAMES, NONE, PackError,
    RANGE_MAX, RANGE_MIN, RANGES, RECORD_ATOMIC, RECORD_PRESERVE_UNKNOWN, ROW_SIZES, SECTION_COUNT, SECTIONS_OFFSET, STRINGS, TEXTS, TYPES, TYPES_MAX, UNIONS,
    tag,
};

/// Writes a model as a pack.
///
/// References to definitions that the model lacks become external: another pack must hold them.
///
/// # Errors
/// When a kind's type is missing, an alias refers to itself, or a table would overflow.
pub fn write(model: &Model) -> Result<Vec<u8>, PackError> {
    let mut writer = Writer { model, tables: Default::default(), strings: HashMap::new(), runs: HashMap::new(), named: BTreeMap::new(), externals: Vec::new() };
    writer.reserve_records()?;
    writer.fill_records()?;
    writer.definitions()?;
    writer.kinds()?;
    writer.finish()
}

struct Writer<'m> {
    model: &'m Model,
    tables: [Vec<u8>; SECTION_COUNT],
    strings: HashMap<&'m str, u32>,
    /// First row of every run of rows written so far, by section and bytes.
    runs: HashMap<(usize, Vec<u8>), u32>,
    /// Rows of nominal records, reserved first so that types may be recursive.
    named: BTreeMap<&'m str, u32>,
    externals: Vec<&'m str>,
}

/// One row of `types` before it is written.
#[derive(Default)]
struct Node {
    tag: u8,
    flags: u8,
    a: u16,
    b: u32,
    c: u32,
    d: u32,
}

impl Node {
    fn bytes(&self) -> [u8; 16] {
        let head = u32::from(self.tag) | u32::from(self.flags) << 8 | u32::from(self.a) << 16;
        let mut row = [0; 16];
        for (slot, word) in row.chunks_exact_mut(4).zip([head, self.b, self.c, self.d]) {
            slot.copy_from_slice(&word.to_le_bytes());
        }
        row
    }
}

impl<'m> Writer<'m> {
    fn reserve_records(&mut self) -> Result<(), PackError> {
        for (name, ty) in &self.model.definitions {
            if matches!(ty, Ty::Record(_)) {
                let row = self.append(TYPES, &[0xff; 16])?;
                self.named.insert(name, row);
            }
        }
        Ok(())
    }

    fn fill_records(&mut self) -> Result<(), PackError> {
        for (name, ty) in &self.model.definitions {
            if let Ty::Record(record) = ty {
                let name_ref = self.string(name)?;
                let bytes = self.record(record, name_ref)?.bytes();
                let start = self.named[name.as_str()] as usize * 16;
                self.tables[TYPES][start..start + 16].copy_from_slice(&bytes);
            }
        }
        Ok(())
    }

    fn definitions(&mut self) -> Result<(), PackError> {
        for name in self.model.definitions.keys() {
            let ty = self.reference(name)?;
            let row = [self.string(name)?, ty];
            self.append(DEFINITIONS, &words(&row))?;
        }
        Ok(())
    }

    fn kinds(&mut self) -> Result<(), PackError> {
        let mut kinds: Vec<&Kind> = self.model.kinds.iter().collect();
        kinds.sort_by_key(|kind| (&kind.kind, &kind.group, &kind.version));
        for kind in kinds {
            if !self.model.definitions.contains_key(&kind.definition) {
                return Err(PackError::KindWithoutType(kind.definition.clone()));
            }
            let flags = [
                (kind.namespaced, KIND_NAMESPACED),
                (kind.served_by_default, KIND_SERVED),
                (kind.patchable, KIND_PATCHABLE),
                (kind.status, KIND_STATUS),
                (kind.scale, KIND_SCALE),
                (kind.name_rule == NameRule::Label, KIND_NAME_LABEL),
                (kind.name_rule == NameRule::PathSegment, KIND_NAME_PATH_SEGMENT),
            ];
            let short_count = u16::try_from(kind.short_names.len()).map_err(|_| PackError::TooLarge("short names"))?;
            let row = [
                self.string(&kind.kind)?,
                self.string(&kind.group)?,
                self.string(&kind.version)?,
                self.string(&kind.plural)?,
                self.string(&kind.singular)?,
                self.names(&kind.short_names)?,
                kind.mask,
                self.reference(&kind.definition)?,
                u32::from(flag_word(&flags)) | u32::from(short_count) << 16,
            ];
            self.append(KINDS, &words(&row))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, PackError> {
        for name in std::mem::take(&mut self.externals) {
            let row = self.string(name)?;
            self.append(EXTERNALS, &row.to_le_bytes())?;
        }
        let mut pack = vec![0; HEADER];
        pack[..8].copy_from_slice(MAGIC);
        pack[8..12].copy_from_slice(&FORMAT.to_le_bytes());
        for (nth, table) in self.tables.iter().enumerate() {
            let at = SECTIONS_OFFSET + 8 * nth;
            let count = table.len() / ROW_SIZES[nth];
            let section = [size(pack.len())?, size(count)?];
            pack[at..at + 8].copy_from_slice(&words(&section));
            pack.extend_from_slice(table);
        }
        let total = size(pack.len())?;
        pack[12..16].copy_from_slice(&total.to_le_bytes());
        let digest = digest_of(&pack);
        pack[DIGEST_OFFSET..DIGEST_OFFSET + 32].copy_from_slice(&digest);
        Ok(pack)
    }

    /// The type reference of a definition: nominal, behind an alias, or in another pack.
    fn reference(&mut self, name: &'m str) -> Result<u32, PackError> {
        let model = self.model;
        let mut at = name;
        for _ in 0..=model.definitions.len() {
            if let Some(row) = self.named.get(at) {
                return Ok(*row);
            }
            match model.definitions.get(at) {
                Some(Ty::Named(next)) => at = next,
                Some(ty) => return self.ty(ty),
                None => return self.external(at),
            }
        }
        Err(PackError::AliasCycle(name.to_owned()))
    }

    fn external(&mut self, name: &'m str) -> Result<u32, PackError> {
        let known = self.externals.iter().position(|external| *external == name);
        let row = known.unwrap_or_else(|| {
            self.externals.push(name);
            self.externals.len() - 1
        });
        Ok(size(row)? | EXTERNAL)
    }

    fn ty(&mut self, ty: &'m Ty) -> Result<u32, PackError> {
        let plain = |tag, flags| Node { tag, flags, ..Node::default() };
        let node = match ty {
            Ty::Named(name) => return self.reference(name),
            Ty::Json => plain(tag::JSON, 0),
            Ty::Bool => plain(tag::BOOL, 0),
            Ty::Int { bits, min, max } => {
                let (flags, range) = self.range(*min, *max)?;
                let width = if *bits == 32 { INT_32 } else { 0 };
                Node { b: range, ..plain(tag::INT, flags | width) }
            }
            Ty::Number => plain(tag::NUMBER, 0),
            Ty::String(text) => Node { b: self.text(text)?, ..plain(tag::STRING, 0) },
            Ty::IntOrString => plain(tag::INT_OR_STRING, 0),
            Ty::Quantity => plain(tag::QUANTITY, 0),
            Ty::Bytes => plain(tag::BYTES, 0),
            Ty::Time { micro } => plain(tag::TIME, u8::from(*micro)),
            Ty::Map { value, atomic } => Node { b: self.ty(value)?, ..plain(tag::MAP, u8::from(*atomic)) },
            Ty::List(list) => self.list(list)?,
            Ty::Record(record) => self.record(record, NONE)?,
        };
        let row = self.run(TYPES, node.bytes().to_vec())?;
        if row < TYPES_MAX { Ok(row) } else { Err(PackError::TooLarge("types")) }
    }

    fn list(&mut self, list: &'m List) -> Result<Node, PackError> {
        let (flags, range) = self.range(list.min_items.map(i64::from), list.max_items.map(i64::from))?;
        let (topology, keys) = match &list.topology {
            Topology::Atomic => (0, [].as_slice()),
            Topology::Set => (LIST_SET, [].as_slice()),
            Topology::Map(keys) => (LIST_MAP, keys.as_slice()),
        };
        let a = u16::try_from(keys.len()).map_err(|_| PackError::TooLarge("list keys"))?;
        Ok(Node { tag: tag::LIST, flags: flags | topology, a, b: self.ty(&list.element)?, c: self.names(keys)?, d: range })
    }

    fn record(&mut self, record: &'m Record, name: u32) -> Result<Node, PackError> {
        let count = u16::try_from(record.fields.len()).map_err(|_| PackError::TooLarge("fields"))?;
        let flags = [(record.preserve_unknown, u16::from(RECORD_PRESERVE_UNKNOWN)), (record.atomic, u16::from(RECORD_ATOMIC))];
        let fields = self.fields(&record.fields)?;
        let first = self.run(FIELDS, fields)?;
        let unions = self.unions(&record.unions)?;
        Ok(Node { tag: tag::RECORD, flags: flag_word(&flags) as u8, a: count, b: first, c: name, d: unions })
    }

    /// Field rows in table order; each also says which table index comes at its place of the document.
    fn fields(&mut self, fields: &'m [Field]) -> Result<Vec<u8>, PackError> {
        let mut table: Vec<usize> = (0..fields.len()).collect();
        table.sort_by_key(|at| (fields[*at].name.as_bytes(), std::cmp::Reverse(fields[*at].mask)));
        let mut order = vec![0u16; fields.len()];
        for (index, at) in (0u16..).zip(&table) {
            order[*at] = index;
        }
        let mut rows = Vec::with_capacity(fields.len() * ROW_SIZES[FIELDS]);
        for (at, order) in table.into_iter().zip(order) {
            let field = &fields[at];
            let flags = flag_word(&[(field.required, FIELD_REQUIRED), (field.nullable, FIELD_NULLABLE), (field.immutable, FIELD_IMMUTABLE)]);
            let row = [
                self.string(&field.name)?,
                self.ty(&field.ty)?,
                field.mask,
                self.opt_string(field.default.as_deref())?,
                u32::from(order) | u32::from(flags) << 16,
            ];
            rows.extend_from_slice(&words(&row));
        }
        Ok(rows)
    }

    fn unions(&mut self, unions: &'m [Union]) -> Result<u32, PackError> {
        if unions.is_empty() {
            return Ok(NONE);
        }
        let count = u8::try_from(unions.len()).map_err(|_| PackError::TooLarge("unions"))?;
        let mut rows = Vec::new();
        for union in unions {
            let row = [self.opt_string(union.discriminator.as_deref())?, self.names(&union.members)?, size(union.members.len())?];
            rows.extend_from_slice(&words(&row));
        }
        let first = self.run(UNIONS, rows)?;
        if first < TYPES_MAX { Ok(u32::from(count) << 24 | first) } else { Err(PackError::TooLarge("unions")) }
    }

    fn text(&mut self, text: &'m Text) -> Result<u32, PackError> {
        if *text == Text::default() {
            return Ok(NONE);
        }
        let mut values = Vec::new();
        for value in &text.enumeration {
            values.extend_from_slice(&words(&[self.string(&value.value)?, value.mask]));
        }
        let row = [
            self.opt_string(text.format.as_deref())?,
            self.opt_string(text.pattern.as_deref())?,
            text.min_len.unwrap_or(NONE),
            text.max_len.unwrap_or(NONE),
            self.run(ENUMS, values)?,
            size(text.enumeration.len())?,
        ];
        self.run(TEXTS, words(&row))
    }

    fn range(&mut self, min: Option<i64>, max: Option<i64>) -> Result<(u8, u32), PackError> {
        let flags = [(min, RANGE_MIN), (max, RANGE_MAX)].iter().filter(|(limit, _)| limit.is_some()).fold(0, |flags, (_, flag)| flags | flag);
        if flags == 0 {
            return Ok((0, 0));
        }
        let row = [min, max].iter().flat_map(|limit| limit.unwrap_or(0).to_le_bytes()).collect();
        Ok((flags, self.run(RANGES, row)?))
    }

    fn names(&mut self, names: &'m [String]) -> Result<u32, PackError> {
        let mut rows = Vec::new();
        for name in names {
            rows.extend_from_slice(&self.string(name)?.to_le_bytes());
        }
        self.run(NAMES, rows)
    }

    fn opt_string(&mut self, text: Option<&'m str>) -> Result<u32, PackError> {
        text.map_or(Ok(NONE), |text| self.string(text))
    }

    fn string(&mut self, text: &'m str) -> Result<u32, PackError> {
        if let Some(reference) = self.strings.get(text) {
            return Ok(*reference);
        }
        let length = u16::try_from(text.len()).map_err(|_| PackError::TooLarge("bytes in one text"))?;
        let reference = size(self.tables[STRINGS].len())?;
        self.tables[STRINGS].extend_from_slice(&length.to_le_bytes());
        self.tables[STRINGS].extend_from_slice(text.as_bytes());
        self.strings.insert(text, reference);
        Ok(reference)
    }

    /// The first row of a run, written only if the same run does not stand there already.
    fn run(&mut self, section: usize, rows: Vec<u8>) -> Result<u32, PackError> {
        if rows.is_empty() {
            return Ok(0);
        }
        if let Some(first) = self.runs.get(&(section, rows.clone())) {
            return Ok(*first);
        }
        let first = self.append(section, &rows)?;
        self.runs.insert((section, rows), first);
        Ok(first)
    }

    fn append(&mut self, section: usize, rows: &[u8]) -> Result<u32, PackError> {
        let first = size(self.tables[section].len() / ROW_SIZES[section])?;
        self.tables[section].extend_from_slice(rows);
        Ok(first)
    }
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn flag_word(flags: &[(bool, u16)]) -> u16 {
    flags.iter().filter(|(set, _)| *set).fold(0, |word, (_, flag)| word | flag)
}

fn size(length: usize) -> Result<u32, PackError> {
    u32::try_from(length).ok().filter(|length| *length < EXTERNAL).ok_or(PackError::TooLarge("bytes"))
}

//! Types of the schema as the walk over an object wants them: fields sorted, required ones listed, facts beside them.
//!
//! Made when a type is first met, once for a project; all units and threads share them. Names come from `Schemas`, nothing else does.

use rustc_hash::FxHashMap as HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use manifest::unit::Str;
use schema::types::{Field, KindId, KindInfo, RecordView, Text, Topology, Type, TypeId};
use sema::program::Program;

use super::fact::Fact;
use super::table::Table;

/// All shapes met so far.
#[derive(Default)]
pub(crate) struct Shapes {
    ids: Mutex<HashMap<TypeId, u32>>,
    table: Table<Shape>,
    /// Of each thread its own: counting the references of one text on two processors costs more than having it twice.
    names: [Names; THREADS],
}

/// Sets of texts; more threads share them.
const THREADS: usize = 16;

/// Texts that many summaries share.
#[derive(Default)]
#[repr(align(128))]
struct Names {
    /// One text for each kind's group, version and so on.
    strings: Mutex<HashMap<Box<str>, Str>>,
    /// Group, version and kind of kinds that objects were made of.
    kinds: Mutex<HashMap<KindId, [Str; 3]>>,
}

thread_local! {
    /// Number of this thread.
    static THREAD: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed) % THREADS
    };
}

/// A type.
pub(crate) struct Shape {
    /// What it is.
    pub form: Form,
    /// What is declared on it.
    pub fact: Option<Fact>,
}

/// A type that is looked up when it is first needed.
pub(crate) struct Link {
    ty: TypeId,
    to: OnceLock<u32>,
}

/// The forms of types.
pub(crate) enum Form {
    Json,
    Bool,
    Int { min: i64, max: i64 },
    Number,
    Text(TextForm),
    IntOrString,
    Quantity,
    Map(Link),
    List(ListForm),
    Record(RecordForm),
}

/// Constraints of a text.
#[derive(Default)]
pub(crate) struct TextForm {
    /// Allowed words with the versions that know them; any text if there are none.
    pub words: Vec<(Box<str>, u32)>,
    pub pattern: Option<(Box<str>, OnceLock<Option<regex::Regex>>)>,
    pub min_len: Option<u32>,
    pub max_len: Option<u32>,
}

/// A list.
pub(crate) struct ListForm {
    pub element: Link,
    pub keys: Keys,
    pub min_items: Option<u32>,
    pub max_items: Option<u32>,
}

/// How elements are told apart.
pub(crate) enum Keys {
    Atomic,
    Set,
    Fields(Vec<Arc<str>>),
}

/// A record.
pub(crate) struct RecordForm {
    /// Sorted by name.
    pub fields: Vec<FieldForm>,
    /// Open addressing by `hash`: index of a field and one, or 0. At most half of it is taken.
    slots: Vec<u16>,
    /// Indices of required fields.
    pub required: Vec<u32>,
    pub preserve_unknown: bool,
    /// At most one field of each.
    pub unions: Vec<Vec<Arc<str>>>,
}

/// A field.
pub(crate) struct FieldForm {
    pub name: Box<str>,
    /// The name as a key in YAML, with its colon.
    pub yaml: Box<[u8]>,
    pub link: Link,
    /// Versions that have it.
    pub mask: u32,
    /// Keys that a fact gives its list.
    pub keys: Option<Keys>,
}

impl Shapes {
    fn names(&self) -> &Names {
        THREAD.with(|it| &self.names[*it])
    }

    /// Group, version and name of a kind.
    pub fn kind(&self, kind: KindId, info: &KindInfo<'_>) -> [Str; 3] {
        let mut kinds = self.names().kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.entry(kind).or_insert_with(|| [info.group, info.version, info.kind].map(|it| self.string(it))).clone()
    }

    /// The shape of a type.
    pub fn of(&self, ty: TypeId, program: &Program) -> &Shape {
        let id = {
            // A panic elsewhere leaves the map as it was: entries are only added.
            let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
            let next = ids.len() as u32;
            let id = *ids.entry(ty).or_insert(next);
            if id == next && !self.table.set(id, Shape::new(ty, program)) {
                return &ANYTHING;
            }
            id
        };
        self.table.get(id).unwrap_or(&ANYTHING)
    }

    /// The shape behind a link.
    #[inline]
    pub fn follow(&self, link: &Link, program: &Program) -> &Shape {
        match link.to.get().and_then(|id| self.table.get(*id)) {
            Some(shape) => shape,
            None => self.resolve(link, program),
        }
    }

    #[cold]
    fn resolve(&self, link: &Link, program: &Program) -> &Shape {
        let shape = self.of(link.ty, program);
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = ids.get(&link.ty) {
            link.to.get_or_init(|| *id);
        }
        shape
    }

    /// One shared text.
    pub fn string(&self, text: &str) -> Str {
        let mut strings = self.names().strings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(it) = strings.get(text) {
            return it.clone();
        }
        let shared: Str = text.into();
        strings.insert(text.into(), shared.clone());
        shared
    }
}

static ANYTHING: Shape = Shape { form: Form::Json, fact: None };

impl Link {
    fn new(ty: TypeId) -> Self {
        Self { ty, to: OnceLock::new() }
    }
}

impl Shape {
    fn new(ty: TypeId, program: &Program) -> Self {
        let fact = program.facts.declared(ty).and_then(|it| Fact::of(ty, it, program));
        Self { form: Form::new(ty, program), fact }
    }
}

impl Form {
    fn new(ty: TypeId, program: &Program) -> Self {
        match program.schemas.ty(ty) {
            Type::Json => Self::Json,
            Type::Bool => Self::Bool,
            Type::Int { bits, min, max } => {
                let (least, greatest) = if bits == 32 { (i32::MIN.into(), i32::MAX.into()) } else { (i64::MIN, i64::MAX) };
                Self::Int { min: min.unwrap_or(least).max(least), max: max.unwrap_or(greatest).min(greatest) }
            }
            Type::Number => Self::Number,
            Type::String(text) => Self::Text(TextForm::new(text)),
            Type::IntOrString => Self::IntOrString,
            Type::Quantity => Self::Quantity,
            Type::Bytes | Type::Time { .. } => Self::Text(TextForm::default()),
            Type::Map { value, .. } => Self::Map(Link::new(value)),
            Type::List { element, topology, min_items, max_items } => {
                let keys = match topology {
                    Topology::Atomic => Keys::Atomic,
                    Topology::Set => Keys::Set,
                    Topology::Map(names) => Keys::Fields(names.iter().map(Arc::from).collect()),
                };
                Self::List(ListForm { element: Link::new(element), keys, min_items, max_items })
            }
            Type::Record(view) => Self::Record(RecordForm::new(ty, view, program)),
        }
    }
}

impl TextForm {
    fn new(text: Text<'_>) -> Self {
        Self {
            words: text.enumeration.iter().map(|(word, mask)| (word.into(), mask)).collect(),
            pattern: text.pattern.map(|it| (it.into(), OnceLock::new())),
            min_len: text.min_len,
            max_len: text.max_len,
        }
    }

    /// The pattern, where it is one that can be evaluated.
    pub fn regex(&self) -> Option<(&str, &regex::Regex)> {
        let (text, compiled) = self.pattern.as_ref()?;
        let regex = compiled.get_or_init(|| regex::RegexBuilder::new(text).size_limit(1 << 20).build().ok());
        regex.as_ref().map(|it| (&**text, it))
    }

    /// Whether any text will do.
    pub fn is_free(&self) -> bool {
        self.words.is_empty() && self.pattern.is_none() && self.min_len.is_none() && self.max_len.is_none()
    }
}

impl RecordForm {
    fn new(ty: TypeId, view: RecordView<'_>, program: &Program) -> Self {
        let mut newest: Vec<Field<'_>> = Vec::with_capacity(view.len());
        for field in view.fields() {
            if !newest.iter().any(|it| it.name == field.name) {
                newest.push(view.field(field.name).unwrap_or(field));
            }
        }
        newest.sort_unstable_by(|a, b| a.name.cmp(b.name));
        let required = newest.iter().enumerate().filter(|(_, it)| it.required && it.default.is_none()).map(|(nth, _)| nth as u32).collect();
        let fields = newest.iter().map(|it| FieldForm {
            name: it.name.into(),
            yaml: yaml_key(it.name),
            link: Link::new(it.ty),
            mask: view.field_entries(it.name).fold(0, |all, entry| all | entry.mask),
            keys: program.facts.keys_of(ty, it.name).map(|(keys, _)| Keys::Fields(keys.clone())),
        });
        let fields: Vec<FieldForm> = fields.collect();
        let slots = slots(&fields);
        Self { fields, slots, required, preserve_unknown: view.preserve_unknown(), unions: program.facts.unions_of(ty).to_vec() }
    }

    /// The field of that name.
    #[inline]
    pub fn find(&self, name: &str) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let mut at = hash(name) & mask;
        loop {
            let field = usize::from(*self.slots.get(at)?).checked_sub(1)?;
            if *self.fields[field].name == *name {
                return Some(field);
            }
            at = (at + 1) & mask;
        }
    }
}

fn yaml_key(name: &str) -> Box<[u8]> {
    let mut key = Vec::new();
    manifest::yaml::write::key(&mut key, name);
    key.into()
}

fn slots(fields: &[FieldForm]) -> Vec<u16> {
    let mut slots = vec![0; (fields.len() * 2 + 1).next_power_of_two()];
    let mask = slots.len() - 1;
    // A record has fewer than 2^16 fields: a pack counts them so.
    for (nth, field) in fields.iter().enumerate().take(usize::from(u16::MAX)) {
        let mut at = hash(&field.name) & mask;
        while slots[at] != 0 {
            at = (at + 1) & mask;
        }
        slots[at] = nth as u16 + 1;
    }
    slots
}

/// Four bytes and the length tell the fields of a record apart well enough.
#[inline]
fn hash(name: &str) -> usize {
    let bytes = name.as_bytes();
    let [Some(first), Some(last)] = [bytes.first(), bytes.last()] else { return 0 };
    let (third, middle) = (bytes[bytes.len() / 3], bytes[bytes.len() * 2 / 3]);
    let mixed = u32::from_le_bytes([*first, third, middle, *last]) ^ (bytes.len() as u32) << 3;
    (mixed.wrapping_mul(0x9e37_79b1) >> 15) as usize
}

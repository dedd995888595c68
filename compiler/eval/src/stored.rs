//! Values that outlive a unit: static instances and settings. Owned, so that threads and environments share them.
//!
//! Invariant: `load` gives back what `store` took, but for places: spelling and order of entries are kept.

use rustc_hash::FxHashMap as HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use bumpalo::Bump;
use diag::Span;
use sema::ir::InstanceRef;
use sema::ty::KindRef;
use syntax::literal::duration::Duration;
use syntax::literal::ip::{Cidr, IpRange};
use syntax::literal::quantity::Quantity;

use crate::value::{Amount, Entry, Handle, Instance, Key, NO_OWNER, Target, Value};

/// A value on the heap.
#[derive(Clone, Debug)]
pub enum Stored {
    /// The absent value.
    Absent,
    /// `true`, `false`.
    Bool(bool),
    /// Integer.
    Int(i64),
    /// Exact decimal.
    Number(Arc<str>),
    /// Text.
    Str(Arc<str>),
    /// Dotted version.
    Version(Arc<str>),
    /// Amount, spelling, and whether that stood in quotes.
    Quantity(Quantity, Option<Arc<str>>, bool),
    /// Span of time and spelling.
    Duration(Duration, Option<Arc<str>>),
    /// Whole percent.
    Percent(i64),
    /// Address.
    Ip(IpAddr),
    /// Network.
    Cidr(Cidr),
    /// Addresses.
    IpRange(IpRange),
    /// Integers.
    Range(i64, i64),
    /// File.
    File(Arc<str>),
    /// List.
    List(Vec<Stored>),
    /// Record: key, value, place of the entry.
    Record(Vec<(Arc<str>, Stored, Span)>),
    /// Key of the static instance itself.
    Key(Vec<Arc<str>>, Vec<Arc<str>>),
    /// Another instance or an entry of it.
    Handle(KindRef, Arc<str>, Arc<str>),
    /// A static instance.
    Instance(Arc<StoredInstance>),
}

/// A static instance on the heap.
#[derive(Clone, Debug)]
pub struct StoredInstance {
    /// Its kind.
    pub kind: KindRef,
    /// Its name.
    pub name: Arc<str>,
    /// Which.
    pub of: Option<InstanceRef>,
    /// Its fields.
    pub fields: Vec<(Arc<str>, Stored, Span)>,
}

/// Instances of one arena that were stored already, by where they are in it: a thousand pools on one cluster hold one copy of its network.
#[derive(Default)]
pub(crate) struct Shared<'a>(HashMap<*const Instance<'a>, (&'a Instance<'a>, Arc<StoredInstance>)>);

impl Stored {
    /// Copies a value out of an arena. Holes become nothing: the checker lets none into a static instance or a setting.
    pub fn store(value: Value<'_>) -> Self {
        Self::store_with(value, &mut Shared::default())
    }

    /// As `store`; instances that were stored with the same `shared` before are not copied again.
    pub(crate) fn store_with<'a>(value: Value<'a>, shared: &mut Shared<'a>) -> Self {
        match value {
            Value::Absent | Value::Text(_) | Value::EntryKey(_) => Self::Absent,
            Value::Bool(it) => Self::Bool(it),
            Value::Int(it) => Self::Int(it),
            Value::Number(it) => Self::Number(it.into()),
            Value::Str(it) => Self::Str(it.into()),
            Value::Version(it) => Self::Version(it.into()),
            Value::Quantity(it) => Self::Quantity(it.value, it.spelling.map(Arc::from), it.quoted),
            Value::Duration(it) => Self::Duration(it.value, it.spelling.map(Arc::from)),
            Value::Percent(it) => Self::Percent(it),
            Value::Ip(it) => Self::Ip(it),
            Value::Cidr(it) => Self::Cidr(*it),
            Value::IpRange(it) => Self::IpRange(*it),
            Value::Range(first, last) => Self::Range(first, last),
            Value::File(it) => Self::File(it.into()),
            Value::List(it) => Self::List(it.iter().map(|it| Self::store_with(*it, shared)).collect()),
            Value::Record(it) => Self::Record(store_entries(it, shared)),
            Value::Key(it) => Self::Key(it.fields.iter().map(|it| Arc::from(*it)).collect(), it.keys.iter().map(|it| Arc::from(*it)).collect()),
            Value::Handle(it) => match it.target {
                Target::Foreign(kind, name) => Self::Handle(kind, name.into(), it.path.into()),
                Target::Own(_) => Self::Absent,
            },
            Value::Instance(it) => {
                if let Some((_, stored)) = shared.0.get(&std::ptr::from_ref(it)) {
                    return Self::Instance(stored.clone());
                }
                let fields = store_entries(it.fields, shared);
                let stored = Arc::new(StoredInstance { kind: it.kind, name: it.name.into(), of: it.of, fields });
                shared.0.insert(it, (it, stored.clone()));
                Self::Instance(stored)
            }
        }
    }

    /// The value as one of a unit, whose texts are borrowed from here.
    pub fn load<'a>(&'a self, arena: &'a Bump) -> Value<'a> {
        match self {
            Self::Absent => Value::Absent,
            Self::Bool(it) => Value::Bool(*it),
            Self::Int(it) => Value::Int(*it),
            Self::Number(it) => Value::Number(it),
            Self::Str(it) => Value::Str(it),
            Self::Version(it) => Value::Version(it),
            Self::Quantity(value, spelling, quoted) => Value::Quantity(arena.alloc(Amount { value: *value, spelling: spelling.as_deref(), quoted: *quoted })),
            Self::Duration(value, spelling) => Value::Duration(arena.alloc(Amount { value: *value, spelling: spelling.as_deref(), quoted: false })),
            Self::Percent(it) => Value::Percent(*it),
            Self::Ip(it) => Value::Ip(*it),
            Self::Cidr(it) => Value::Cidr(it),
            Self::IpRange(it) => Value::IpRange(it),
            Self::Range(first, last) => Value::Range(*first, *last),
            Self::File(it) => Value::File(it),
            Self::List(it) => Value::List(arena.alloc_slice_fill_iter(it.iter().map(|it| it.load(arena)))),
            Self::Record(it) => Value::Record(load_entries(it, arena)),
            Self::Key(fields, keys) => Value::Key(arena.alloc(Key {
                owner: NO_OWNER,
                fields: arena.alloc_slice_fill_iter(fields.iter().map(|it| &**it)),
                keys: arena.alloc_slice_fill_iter(keys.iter().map(|it| &**it)),
            })),
            Self::Handle(kind, name, path) => Value::Handle(arena.alloc(Handle { target: Target::Foreign(*kind, name), path })),
            Self::Instance(it) => {
                Value::Instance(arena.alloc(Instance { kind: it.kind, name: &it.name, of: it.of, owner: NO_OWNER, fields: load_entries(&it.fields, arena) }))
            }
        }
    }

    /// The entry of that field.
    pub fn field(&self, name: &str) -> Option<&Self> {
        let entries = match self {
            Self::Record(entries) => entries,
            Self::Instance(instance) => &instance.fields,
            _ => return None,
        };
        entries.iter().find(|(key, ..)| &**key == name).map(|(_, value, _)| value)
    }

    /// Appends a form that is equal exactly for equal values (spelling and order of entries included, places not): what a key digests.
    pub fn canonical(&self, out: &mut Vec<u8>) {
        match self {
            Self::Absent => out.push(0),
            Self::Bool(it) => out.extend([1, u8::from(*it)]),
            Self::Int(it) => tagged(out, 2, &it.to_le_bytes()),
            Self::Number(it) => tagged(out, 3, it.as_bytes()),
            Self::Str(it) | Self::Version(it) => tagged(out, 4, it.as_bytes()),
            Self::Quantity(value, spelling, quoted) => {
                tagged(out, if *quoted { 18 } else { 5 }, spelling.as_deref().map_or_else(|| value.to_string(), str::to_owned).as_bytes())
            }
            Self::Duration(value, spelling) => tagged(out, 6, spelling.as_deref().map_or_else(|| value.to_string(), str::to_owned).as_bytes()),
            Self::Percent(it) => tagged(out, 7, &it.to_le_bytes()),
            Self::Ip(it) => tagged(out, 8, it.to_string().as_bytes()),
            Self::Cidr(it) => tagged(out, 9, it.to_string().as_bytes()),
            Self::IpRange(it) => tagged(out, 10, it.to_string().as_bytes()),
            Self::Range(first, last) => tagged(out, 11, &[first.to_le_bytes(), last.to_le_bytes()].concat()),
            Self::File(it) => tagged(out, 12, it.as_bytes()),
            Self::List(it) => {
                tagged(out, 13, &it.len().to_le_bytes());
                it.iter().for_each(|it| it.canonical(out));
            }
            Self::Record(it) => canonical_entries(out, 14, it),
            Self::Key(fields, keys) => {
                tagged(out, 15, &fields.len().to_le_bytes());
                fields.iter().chain(keys).for_each(|it| tagged(out, 4, it.as_bytes()));
            }
            Self::Handle(kind, name, path) => {
                tagged(out, 16, &kind.0.to_le_bytes());
                tagged(out, 4, name.as_bytes());
                tagged(out, 4, path.as_bytes());
            }
            Self::Instance(it) => {
                tagged(out, 17, it.name.as_bytes());
                canonical_entries(out, 14, &it.fields);
            }
        }
    }
}

fn store_entries<'a>(entries: &'a [Entry<'a>], shared: &mut Shared<'a>) -> Vec<(Arc<str>, Stored, Span)> {
    entries.iter().map(|it| (it.key.into(), Stored::store_with(it.value, shared), it.at)).collect()
}

fn load_entries<'a>(entries: &'a [(Arc<str>, Stored, Span)], arena: &'a Bump) -> &'a [Entry<'a>] {
    arena.alloc_slice_fill_iter(entries.iter().map(|(key, value, at)| Entry { key, value: value.load(arena), at: *at, is_default: false, is_final: false }))
}

fn canonical_entries(out: &mut Vec<u8>, tag: u8, entries: &[(Arc<str>, Stored, Span)]) {
    tagged(out, tag, &entries.len().to_le_bytes());
    for (key, value, _) in entries {
        tagged(out, 4, key.as_bytes());
        value.canonical(out);
    }
}

/// Tag, length, bytes: no two sequences of these run together.
fn tagged(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    out.extend((bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

#[test]
fn an_instance_in_many_others_is_stored_once() {
    let network = Instance { kind: KindRef(0), name: "home", of: Some(InstanceRef(0)), owner: NO_OWNER, fields: &[] };
    let mut shared = Shared::default();
    let [a, b] = [0, 1].map(|_| Stored::store_with(Value::Instance(&network), &mut shared));
    assert!(matches!((a, b), (Stored::Instance(a), Stored::Instance(b)) if Arc::ptr_eq(&a, &b)));
}

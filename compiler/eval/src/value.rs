//! Values while a unit is evaluated: small, copied freely, all parts in the unit's arena or in the program.
//!
//! Not their types (`sema`), not how they are printed (`text`). A record, a map and a `one of` are the same thing here: entries in the order they were
//! first written.
//! Invariant: an absent field has no entry, and no list holds `Absent`.

use std::net::IpAddr;

use diag::Span;
use sema::ir::{HoleAttr, InstanceRef};
use sema::ty::KindRef;
use syntax::literal::duration::Duration;
use syntax::literal::ip::{Cidr, IpRange};
use syntax::literal::quantity::Quantity;

/// A value.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// The absent value of an optional.
    Absent,
    /// `true`, `false`.
    Bool(bool),
    /// Integer.
    Int(i64),
    /// Exact decimal, as printed.
    Number(&'a str),
    /// Text without holes.
    Str(&'a str),
    /// Text with at least one hole.
    Text(&'a [Piece<'a>]),
    /// Dotted version: a text that is ordered by its numbers.
    Version(&'a str),
    /// Amount.
    Quantity(&'a Amount<'a, Quantity>),
    /// Span of time.
    Duration(&'a Amount<'a, Duration>),
    /// Whole percent.
    Percent(i64),
    /// One address.
    Ip(IpAddr),
    /// Network.
    Cidr(&'a Cidr),
    /// Addresses first to last.
    IpRange(&'a IpRange),
    /// Integers first to last.
    Range(i64, i64),
    /// Path of a file of the project.
    File(&'a str),
    /// In order.
    List(&'a [Value<'a>]),
    /// Record, map, `one of`.
    Record(&'a [Entry<'a>]),
    /// Key of an entry of an instance.
    Key(&'a Key<'a>),
    /// An instance that is not static, or an entry of one, or an entry of the instance being evaluated.
    Handle(&'a Handle<'a>),
    /// A key of a secret or configuration entry.
    EntryKey(&'a EntryKey<'a>),
    /// A static instance, or what `lower` binds.
    Instance(&'a Instance<'a>),
}

/// One entry of a record or map.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Field or key.
    pub key: &'a str,
    /// Its value, never absent.
    pub value: Value<'a>,
    /// The entry that wrote it; in a traced run the place the value came from.
    pub at: Span,
    /// It is a declared default that nobody wrote.
    pub is_default: bool,
    /// Later steps of the chain may not change it.
    pub is_final: bool,
}

/// A part of a text with holes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Known.
    Str(&'a str),
    /// A question to this unit, filled at its end: index into the unit's own holes.
    Own(u32),
    /// A question to another instance: index into the unit's holes.
    Foreign(u32),
}

/// A quantity or duration; `spelling` is the literal's, absent for computed ones.
#[derive(Clone, Copy, Debug)]
pub struct Amount<'a, T> {
    /// How much.
    pub value: T,
    /// As written.
    pub spelling: Option<&'a str>,
    /// Whether it was written as a string, which it then stays in manifests: `cpu: "1"`.
    pub quoted: bool,
}

/// Nobody: the owner of keys of static instances.
pub const NO_OWNER: u32 = u32::MAX;

/// A key path within an instance, such as `service.ports` with `["lan", "web"]`.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// Index of the instance within the unit.
    pub owner: u32,
    /// Keyed fields.
    pub fields: &'a [&'a str],
    /// One key a field.
    pub keys: &'a [&'a str],
}

/// An instance or an entry of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle<'a> {
    /// Whose.
    pub target: Target<'a>,
    /// Keyed fields with their keys, joined: `service.lan`; empty for the principal object.
    pub path: &'a str,
}

/// Whom a handle or hole asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target<'a> {
    /// An instance of this unit, by index.
    Own(u32),
    /// Another file-level instance.
    Foreign(KindRef, &'a str),
}

/// A question that this unit answers at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OwnHole<'a> {
    /// Index of the instance asked.
    pub instance: u32,
    /// Handle path.
    pub path: &'a str,
    /// What is asked.
    pub attr: HoleAttr,
    /// Where.
    pub at: Span,
}

/// `secret.admin.password`, `config.conf.NAME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryKey<'a> {
    /// Index of the instance within the unit.
    pub owner: u32,
    /// `secret` or `config`.
    pub field: &'a str,
    /// Which entry.
    pub entry: &'a str,
    /// Which of its keys.
    pub key: &'a str,
}

/// An instance as a value.
#[derive(Clone, Copy, Debug)]
pub struct Instance<'a> {
    /// Its kind.
    pub kind: KindRef,
    /// Its name.
    pub name: &'a str,
    /// Which of the program, where it is static.
    pub of: Option<InstanceRef>,
    /// Index within the unit, `NO_OWNER` for a static one.
    pub owner: u32,
    /// Its fields.
    pub fields: &'a [Entry<'a>],
}

impl<'a> Value<'a> {
    /// The entries of a record, map or instance.
    pub fn entries(self) -> Option<&'a [Entry<'a>]> {
        match self {
            Self::Record(entries) => Some(entries),
            Self::Instance(instance) => Some(instance.fields),
            _ => None,
        }
    }

    /// Whether it is the absent value.
    pub fn is_absent(self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// The entry of that key.
pub fn find<'a>(entries: &'a [Entry<'a>], key: &str) -> Option<&'a Entry<'a>> {
    entries.iter().find(|it| it.key == key)
}

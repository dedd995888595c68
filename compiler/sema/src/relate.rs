//! How types relate: what fits where, and by which conversion. The one fixed table of widenings (grammar.md, section 4).
//!
//! Invariant: a conversion is never chained with an injection, and nothing narrows without a constructor, except where the schema of a Kubernetes
//! field is the narrower side: there texts and integers are checked when evaluated.

use std::sync::Arc;

use schema::schemas::Schemas;
use schema::types::{KindId, RecordView, Topology, Type, TypeId};

use crate::facts::{Facts, ListKeys};
use crate::ir::Coercion;
use crate::ty::{Domain, FieldDef, KindRef, RecordDef, RefTarget, Ty, UnionDef};

/// What the checker knows of a kind before its bodies are checked.
#[derive(Debug)]
pub struct KindShape {
    /// Its name.
    pub name: Arc<str>,
    /// Evaluated once, before any environment.
    pub is_static: bool,
    /// Joins an environment by being referred to.
    pub ambient: bool,
    /// All fields.
    pub fields: Arc<RecordDef>,
    /// What an instance, or an entry of it, stands for: keyed field path (empty = principal) and the kinds of its object.
    pub handles: Vec<(Vec<Arc<str>>, Vec<KindId>)>,
}

/// Types in their surroundings.
#[derive(Clone, Copy)]
pub struct Types<'a> {
    /// Schema packs.
    pub schemas: &'a Schemas,
    /// Facts about them.
    pub facts: &'a Facts,
    /// Kinds of vix, by `KindRef`.
    pub kinds: &'a [KindShape],
}

/// How a value of one type gets where another is expected.
#[derive(Clone, Debug)]
pub enum Relation {
    /// As it is.
    Fits,
    /// By that conversion.
    Converts(Coercion),
    /// It would, were it present.
    MayBeAbsent,
    /// Not at all.
    Differs,
}

/// What a field of a type is.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its type; optional where it may be left out.
    pub ty: Ty,
    /// Whether the record is incomplete without it.
    pub required: bool,
    /// Keys of the list it holds.
    pub keys: Option<ListKeys>,
    /// It belongs to a schema type, so texts are checked late.
    pub schema: bool,
}

impl<'a> Types<'a> {
    /// The type with schema scalars replaced by the language's own.
    pub fn view(self, ty: &Ty) -> Ty {
        match ty {
            Ty::Schema(id) => self.schema_view(*id),
            it => it.clone(),
        }
    }

    /// A schema type in the language's words; records, maps and lists stay what they are.
    pub fn schema_view(self, id: TypeId) -> Ty {
        match self.schemas.ty(id) {
            Type::Json => Ty::Json,
            Type::Bool => Ty::Bool,
            Type::Int { bits: 32, min, max } => Ty::Int(min.or(Some(i64::from(i32::MIN))), max.or(Some(i64::from(i32::MAX)))),
            Type::Int { min, max, .. } => Ty::Int(min, max),
            Type::Number => Ty::Number,
            Type::String(text) if !text.enumeration.is_empty() => Ty::Enum(text.enumeration.iter().map(|(value, _)| Arc::from(value)).collect()),
            Type::String(_) | Type::Bytes | Type::Time { .. } => Ty::TEXT,
            Type::IntOrString => Ty::IntOrString,
            Type::Quantity => Ty::Quantity,
            Type::Map { .. } | Type::List { .. } | Type::Record(_) => Ty::Schema(id),
        }
    }

    /// The record behind a schema type.
    pub fn record(self, id: TypeId) -> Option<RecordView<'a>> {
        match self.schemas.ty(id) {
            Type::Record(record) => Some(record),
            _ => None,
        }
    }

    /// Whether it has named fields.
    pub fn is_record(self, ty: &Ty) -> bool {
        match ty.base() {
            Ty::Record(_) | Ty::Instance(..) | Ty::Object(_) | Ty::Here => true,
            Ty::Schema(id) => self.record(*id).is_some(),
            Ty::Partial(inner) => self.is_record(inner),
            _ => false,
        }
    }

    /// Key and value type of a map.
    pub fn map(self, ty: &Ty) -> Option<(Ty, Ty)> {
        match ty.base() {
            Ty::Map(it) => Some((it.0.clone(), it.1.clone())),
            Ty::Partial(inner) => self.map(inner),
            Ty::Schema(id) => match self.schemas.ty(*id) {
                Type::Map { value, .. } => Some((Ty::STRING, self.schema_view(value))),
                _ => None,
            },
            _ => None,
        }
    }

    /// Element type of a list.
    pub fn element(self, ty: &Ty) -> Option<Ty> {
        match ty.base() {
            Ty::List(it) => Some((**it).clone()),
            Ty::Partial(inner) => self.element(inner).map(|it| self.partial(it)),
            Ty::Schema(id) => match self.schemas.ty(*id) {
                Type::List { element, .. } => Some(self.schema_view(element)),
                _ => None,
            },
            _ => None,
        }
    }

    /// The fields that tell elements of a list apart, as its own schema says.
    pub fn own_keys(self, ty: &Ty) -> Option<ListKeys> {
        match ty.base() {
            Ty::Partial(inner) => self.own_keys(inner),
            Ty::Schema(id) => match self.schemas.ty(*id) {
                Type::List { topology: Topology::Map(names), .. } => Some((names.iter().map(Arc::from).collect(), None)),
                _ => None,
            },
            _ => None,
        }
    }

    /// `Partial<T>`, pushed down to where records are.
    pub fn partial(self, ty: Ty) -> Ty {
        match ty {
            Ty::Optional(inner) => self.partial((*inner).clone()).optional(),
            Ty::Schema(_) | Ty::Record(_) if self.is_record(&ty) => Ty::Partial(Arc::new(ty)),
            it => it,
        }
    }

    /// The field `name` of a record type.
    pub fn member(self, ty: &Ty, name: &str) -> Option<Member> {
        match ty.base() {
            Ty::Record(def) => def.field(name).map(|field| Member { ty: field.ty().clone(), required: field.required(), keys: None, schema: false }),
            Ty::Union(def) => def.alternative(name).map(|field| Member { ty: field.ty().clone(), required: false, keys: None, schema: false }),
            Ty::Instance(kind, path) if path.is_empty() => self.kind(*kind).and_then(|it| self.member(&Ty::Record(it.fields.clone()), name)),
            Ty::Instance(kind, path) => self.entry_type(*kind, path).and_then(|it| self.member(&it, name)),
            Ty::Object(kind) => self.member(&Ty::Schema(self.schemas.kind_info(*kind).ty), name),
            Ty::Partial(inner) => {
                let inner = self.member(inner, name)?;
                Some(Member { ty: self.partial(inner.ty).optional(), required: false, ..inner })
            }
            Ty::Schema(id) => self.schema_member(*id, name),
            _ => None,
        }
    }

    fn schema_member(self, id: TypeId, name: &str) -> Option<Member> {
        let field = self.record(id)?.field(name)?;
        let ty = match (self.facts.field_type(id, name), self.schema_view(field.ty)) {
            // A fact narrows what the schema says.
            (Some(Ty::Int(a, b)), Ty::Int(c, d)) => Ty::Int((*a).max(c), b.map_or(d, |b| Some(d.map_or(b, |d| b.min(d))))),
            (Some(ty), _) => ty.clone(),
            (None, ty) => ty,
        };
        let keys = self.facts.keys_of(id, name).cloned().or_else(|| self.own_keys(&ty));
        Some(Member { ty: if field.required { ty } else { ty.optional() }, required: field.required, keys, schema: true })
    }

    /// The names of the fields of a record type.
    pub fn member_names(self, ty: &Ty) -> Vec<String> {
        match ty.base() {
            Ty::Record(def) => def.fields.iter().map(|it| it.name.to_string()).collect(),
            Ty::Union(def) => def.alternatives.iter().map(|it| it.name.to_string()).collect(),
            Ty::Instance(kind, path) if path.is_empty() => self.kind(*kind).map_or(Vec::new(), |it| self.member_names(&Ty::Record(it.fields.clone()))),
            Ty::Instance(kind, path) => self.entry_type(*kind, path).map_or(Vec::new(), |it| self.member_names(&it)),
            Ty::Object(kind) => self.member_names(&Ty::Schema(self.schemas.kind_info(*kind).ty)),
            Ty::Partial(inner) => self.member_names(inner),
            Ty::Schema(id) => self.record(*id).map_or(Vec::new(), |it| it.fields().map(|field| field.name.to_owned()).collect()),
            _ => Vec::new(),
        }
    }

    /// What is known of a kind.
    pub fn kind(self, kind: KindRef) -> Option<&'a KindShape> {
        self.kinds.get(kind.0 as usize)
    }

    /// The type of the entries at a path of keyed fields, such as `["vlan"]` of `network`.
    pub fn entry_type(self, kind: KindRef, path: &[Arc<str>]) -> Option<Ty> {
        let mut at = Ty::Record(self.kind(kind)?.fields.clone());
        for name in path {
            let member = self.member(&at, name)?;
            let (present, _) = member.ty.present();
            at = self.map(present).map(|it| it.1).or_else(|| self.element(present))?;
        }
        Some(at)
    }

    /// The kinds of object that an instance or entry stands for.
    pub fn handle_kinds(self, kind: KindRef, path: &[Arc<str>]) -> &'a [KindId] {
        self.kind(kind).and_then(|it| it.handles.iter().find(|(at, _)| at.as_slice() == path)).map_or(&[], |(_, kinds)| kinds.as_slice())
    }

    /// How a value of type `from` gets where `to` is expected.
    pub fn relate(self, from: &Ty, to: &Ty) -> Relation {
        let (from, to) = (self.view(from), self.view(to));
        match (&from, &to) {
            (Ty::Error, _) | (_, Ty::Error) => Relation::Fits,
            (Ty::Optional(from), Ty::Optional(to)) => self.relate(from, to),
            (_, Ty::Optional(to)) => self.relate(&from, to),
            (Ty::Optional(inner), _) => match self.relate(inner, &to) {
                Relation::Differs => Relation::Differs,
                Relation::Fits | Relation::Converts(_) | Relation::MayBeAbsent => Relation::MayBeAbsent,
            },
            (Ty::Refined(a), Ty::Refined(b)) if Arc::ptr_eq(a, b) => Relation::Fits,
            (_, Ty::Refined(refined)) => match self.relate(&from, &refined.0) {
                Relation::Fits => Relation::Converts(Coercion::Check(to.clone())),
                other => other,
            },
            (Ty::Refined(refined), _) => self.relate(&refined.0, &to),
            (_, Ty::Union(union)) => self.inject(&from, union),
            _ => self.relate_plain(&from, &to),
        }
    }

    fn relate_plain(self, from: &Ty, to: &Ty) -> Relation {
        match (from, to) {
            (Ty::Int(a, b), Ty::Int(c, d)) => {
                let inside = c.is_none_or(|c| a.is_some_and(|a| a >= c)) && d.is_none_or(|d| b.is_some_and(|b| b <= d));
                if inside { Relation::Fits } else { Relation::Converts(Coercion::Check(to.clone())) }
            }
            (Ty::Int(..), Ty::Quantity) => Relation::Converts(Coercion::IntToQuantity),
            (Ty::Int(..), Ty::Number) => Relation::Converts(Coercion::IntToNumber),
            (Ty::File, Ty::Text(Domain::Text | Domain::String)) => Relation::Converts(Coercion::FileToText),
            (Ty::Handle(kind, path) | Ty::Instance(kind, path), Ty::Ref(targets)) => self.handle_to_ref(*kind, path, targets),
            (_, Ty::Json) if self.is_data(from) => Relation::Converts(Coercion::ToJson),
            _ if self.fits(from, to) => Relation::Fits,
            _ => Relation::Differs,
        }
    }

    /// As `relate`, into a field of a Kubernetes object: narrower texts are checked when evaluated.
    pub fn relate_leaf(self, from: &Ty, to: &Ty) -> Relation {
        match self.relate(from, to) {
            Relation::Differs => {}
            other => return other,
        }
        if let Ty::Partial(inner) = from.present().0 {
            // What is left out is missed when the whole object is looked at.
            let whole = if matches!(from, Ty::Optional(_)) { Ty::clone(inner).optional() } else { Ty::clone(inner) };
            return self.relate(&whole, to);
        }
        let (from, from_optional) = from.present();
        let (to, to_optional) = to.present();
        match (self.checked_late(from, to), from_optional && !to_optional) {
            (true, false) => Relation::Converts(Coercion::Check(self.view(to))),
            (true, true) => Relation::MayBeAbsent,
            (false, _) => Relation::Differs,
        }
    }

    /// Whether texts of one type may turn out to be of the other: alone, or as elements and values.
    fn checked_late(self, from: &Ty, to: &Ty) -> bool {
        let (from, to) = (self.view(from), self.view(to));
        if let (Some((_, a)), Some((_, b))) = (self.map(&from), self.map(&to)) {
            return self.fits(&a, &b) || self.checked_late(&a, &b);
        }
        if let (Some(a), Some(b)) = (self.element(&from), self.element(&to)) {
            return self.checked_late(&a, &b);
        }
        let textual = matches!(from.base(), Ty::Text(_) | Ty::Ref(_) | Ty::Enum(_) | Ty::Ip | Ty::Cidr | Ty::IpRange | Ty::PodField);
        textual && matches!(to.base(), Ty::Text(_) | Ty::Enum(_) | Ty::Ip | Ty::Cidr)
    }

    fn handle_to_ref(self, kind: KindRef, path: &[Arc<str>], targets: &[RefTarget]) -> Relation {
        let kinds = self.handle_kinds(kind, path);
        let hit = targets.iter().any(|target| match target {
            RefTarget::Object(id) => kinds.contains(id),
            RefTarget::Instance(other) => *other == kind && path.is_empty(),
        });
        if hit { Relation::Converts(Coercion::HandleToRef) } else { Relation::Differs }
    }

    /// Injection: exactly one alternative takes the type as it is.
    fn inject(self, from: &Ty, union: &Arc<UnionDef>) -> Relation {
        if matches!(from, Ty::Union(other) if Arc::ptr_eq(other, union)) {
            return Relation::Fits;
        }
        let takes = |ty: &Ty| match ty.base() {
            // Conversions are not chained, and a union may be an alternative of itself below a list.
            Ty::Union(inner) => matches!(from, Ty::Union(other) if Arc::ptr_eq(other, inner)),
            _ => !self.is_record(ty) && matches!(self.relate(from, ty), Relation::Fits | Relation::Converts(Coercion::HandleToRef)),
        };
        let mut hits = union.alternatives.iter().filter(|it| takes(it.ty()));
        match (hits.next(), hits.next()) {
            (Some(hit), None) => Relation::Converts(Coercion::Inject(hit.name.clone())),
            _ => Relation::Differs,
        }
    }

    /// Whether a value of `from` is a value of `to` as it stands.
    pub fn fits(self, from: &Ty, to: &Ty) -> bool {
        let (from, to) = (self.view(from), self.view(to));
        match (&from, &to) {
            (Ty::Error, _) | (_, Ty::Error) => true,
            (Ty::Optional(a), Ty::Optional(b)) => self.fits(a, b),
            (a, Ty::Optional(b)) => self.fits(a, b),
            (Ty::Refined(a), Ty::Refined(b)) => Arc::ptr_eq(a, b),
            (Ty::Refined(a), b) => self.fits(&a.0, b),
            (Ty::Int(a, b), Ty::Int(c, d)) => c.is_none_or(|c| a.is_some_and(|a| a >= c)) && d.is_none_or(|d| b.is_some_and(|b| b <= d)),
            (Ty::Text(a), Ty::Text(b)) => widens(*a, *b),
            (Ty::Enum(a), Ty::Enum(b)) => a.iter().all(|it| b.contains(it)),
            (Ty::Enum(_) | Ty::Ip | Ty::Cidr | Ty::IpRange, Ty::Text(Domain::String | Domain::Text)) => true,
            (Ty::Ref(_), Ty::Text(Domain::Text)) => true,
            // So that selectors may find what another instance makes; link knows the name, and whether anything has it.
            (Ty::Ref(_), Ty::Text(Domain::LabelValue)) => true,
            (Ty::Text(_) | Ty::Enum(_), Ty::Ref(_)) => true,
            (Ty::Int(..) | Ty::Text(_) | Ty::Enum(_) | Ty::Percent | Ty::IntOrString, Ty::IntOrString) => true,
            (Ty::Ref(a), Ty::Ref(b)) => a.iter().all(|it| b.contains(it)),
            (Ty::Bool, Ty::Bool)
            | (Ty::Number, Ty::Number)
            | (Ty::Quantity, Ty::Quantity)
            | (Ty::Duration, Ty::Duration)
            | (Ty::Percent, Ty::Percent)
            | (Ty::Ip, Ty::Ip)
            | (Ty::Cidr, Ty::Cidr)
            | (Ty::IpRange, Ty::IpRange | Ty::Range)
            | (Ty::Range, Ty::Range)
            | (Ty::File, Ty::File)
            | (Ty::Json, Ty::Json)
            | (Ty::SecretKey, Ty::SecretKey)
            | (Ty::ConfigKey, Ty::ConfigKey)
            | (Ty::SecretSource, Ty::SecretSource)
            | (Ty::PodField, Ty::PodField)
            | (Ty::Here, Ty::Here) => true,
            (Ty::Key(a), Ty::Key(b)) => a == b,
            (Ty::Instance(a, p), Ty::Instance(b, q)) | (Ty::Handle(a, p), Ty::Handle(b, q)) => a == b && p == q,
            (Ty::Record(a), Ty::Record(b)) => Arc::ptr_eq(a, b) || self.same_anonymous(a, b),
            (Ty::Union(a), Ty::Union(b)) => Arc::ptr_eq(a, b),
            (Ty::Object(a), Ty::Object(b)) => a == b,
            (Ty::Object(a), Ty::Schema(_)) => self.fits(&Ty::Schema(self.schemas.kind_info(*a).ty), &to),
            (Ty::Schema(a), Ty::Schema(b)) if a == b => true,
            (Ty::Schema(_) | Ty::Record(_), Ty::Partial(b)) => self.fits(&from, b),
            (Ty::Partial(a), Ty::Partial(b)) => self.fits(a, b),
            _ => self.fits_collection(&from, &to),
        }
    }

    fn fits_collection(self, from: &Ty, to: &Ty) -> bool {
        if let (Some((from_key, from_value)), Some((to_key, to_value))) = (self.map(from), self.map(to)) {
            return (self.fits(&from_key, &to_key) || self.fits(&to_key, &from_key)) && self.fits(&from_value, &to_value);
        }
        matches!((self.element(from), self.element(to)), (Some(a), Some(b)) if self.fits(&a, &b))
    }

    fn same_anonymous(self, a: &RecordDef, b: &RecordDef) -> bool {
        a.name.is_none()
            && b.name.is_none()
            && a.fields.len() == b.fields.len()
            && a.fields.iter().zip(&b.fields).all(|(x, y)| x.name == y.name && self.fits(x.ty(), y.ty()) && self.fits(y.ty(), x.ty()))
    }

    /// Whether a value can be written as untyped data.
    pub fn is_data(self, ty: &Ty) -> bool {
        self.is_data_below(ty, &mut Vec::new())
    }

    /// `seen`: declared types on the way, which may hold themselves in lists and maps.
    fn is_data_below(self, ty: &Ty, seen: &mut Vec<*const ()>) -> bool {
        let all = |fields: &[FieldDef], at: *const (), seen: &mut Vec<*const ()>| {
            if seen.contains(&at) {
                return true;
            }
            seen.push(at);
            fields.iter().all(|it| self.is_data_below(it.ty(), seen))
        };
        match ty.base() {
            Ty::SecretKey | Ty::SecretSource | Ty::ConfigKey | Ty::Here | Ty::Key(_) | Ty::Instance(..) | Ty::Handle(..) | Ty::File | Ty::Range => false,
            Ty::Optional(inner) | Ty::List(inner) | Ty::Partial(inner) => self.is_data_below(inner, seen),
            Ty::Map(it) => self.is_data_below(&it.1, seen),
            Ty::Record(def) => all(&def.fields, Arc::as_ptr(def).cast(), seen),
            Ty::Union(def) => all(&def.alternatives, Arc::as_ptr(def).cast(), seen),
            _ => true,
        }
    }

    /// The type in the user's words.
    pub fn show(self, ty: &Ty) -> String {
        match ty {
            Ty::Error => "?".into(),
            Ty::Bool => "Bool".into(),
            Ty::Int(Some(1), Some(65535)) => "Port".into(),
            Ty::Int(None, None) => "Int".into(),
            Ty::Int(low, high) if *low == Some(i64::from(i32::MIN)) && *high == Some(i64::from(i32::MAX)) => "Int".into(),
            // A literal's own type.
            Ty::Int(low, high) if low == high => "Int".into(),
            Ty::Int(low, high) => {
                let end = |it: &Option<i64>| it.map_or(String::new(), |it| it.to_string());
                let high = high.filter(|it| *it != i64::from(i32::MAX));
                format!("Int({}..{})", end(low), end(&high))
            }
            Ty::Number => "Number".into(),
            Ty::Text(domain) => format!("{domain:?}"),
            Ty::Enum(values) => show_enum(values),
            Ty::Quantity => "Quantity".into(),
            Ty::Duration => "Duration".into(),
            Ty::Percent => "Percent".into(),
            Ty::Ip => "Ip".into(),
            Ty::Cidr => "Cidr".into(),
            Ty::IpRange => "IpRange".into(),
            Ty::Range => "range".into(),
            Ty::File => "File".into(),
            Ty::Json => "Json".into(),
            Ty::IntOrString => "IntOrString".into(),
            Ty::SecretKey => "SecretKey".into(),
            Ty::ConfigKey => "ConfigKey".into(),
            Ty::SecretSource => "SecretSource".into(),
            Ty::PodField => "PodField".into(),
            Ty::Optional(inner) => format!("{}?", self.show(inner)),
            Ty::List(inner) => format!("List<{}>", self.show(inner)),
            Ty::Map(it) => format!("Map<{}, {}>", self.show(&it.0), self.show(&it.1)),
            Ty::Record(def) => def.name.as_deref().unwrap_or("record").into(),
            Ty::Union(def) => match &def.name {
                Some(name) => name.to_string(),
                None => format!("one of {{ {} }}", def.alternatives.iter().map(|it| &*it.name).collect::<Vec<_>>().join(", ")),
            },
            Ty::Refined(it) => self.show(&it.0),
            Ty::Schema(id) => self.show_schema(*id),
            Ty::Partial(inner) => format!("Partial<{}>", self.show(inner)),
            Ty::Object(kind) => self.schemas.kind_info(*kind).kind.to_owned(),
            Ty::Ref(targets) => format!("Ref<{}>", targets.iter().map(|it| self.show_target(*it)).collect::<Vec<_>>().join(" | ")),
            Ty::Key(path) => format!("Key<{}>", path.join(".")),
            Ty::Instance(kind, path) | Ty::Handle(kind, path) => {
                let mut text = self.kind(*kind).map_or(String::new(), |it| it.name.to_string());
                for name in path.iter() {
                    text.push('.');
                    text.push_str(name);
                }
                text
            }
            Ty::Here => "here".into(),
        }
    }

    fn show_target(self, target: RefTarget) -> String {
        match target {
            RefTarget::Object(kind) => self.schemas.kind_info(kind).kind.to_owned(),
            RefTarget::Instance(kind) => self.kind(kind).map_or(String::new(), |it| it.name.to_string()),
        }
    }

    fn show_schema(self, id: TypeId) -> String {
        match self.schemas.ty(id) {
            Type::Record(record) => record.name().unwrap_or("record").to_owned(),
            Type::Map { value, .. } => format!("Map<String, {}>", self.show(&self.schema_view(value))),
            Type::List { element, .. } => format!("List<{}>", self.show(&self.schema_view(element))),
            _ => self.show(&self.schema_view(id)),
        }
    }
}

fn show_enum(values: &[Arc<str>]) -> String {
    let mut parts: Vec<String> = values.iter().take(8).map(|it| format!("{it:?}")).collect();
    if values.len() > 8 {
        parts.push("…".into());
    }
    parts.join(" | ")
}

/// The textual part of the widening table: every domain is a `String`, every `String` a `Text`; a label is a subdomain and a label value.
fn widens(from: Domain, to: Domain) -> bool {
    from == to
        || to == Domain::Text
        || (to == Domain::String && from != Domain::Text)
        || matches!((from, to), (Domain::Name, Domain::Hostname | Domain::LabelValue) | (Domain::PortName, Domain::Name | Domain::LabelValue))
}

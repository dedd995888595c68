//! One walk over a finished object: checked against its schema, references collected and renamed, written.
//!
//! Invariant: every leaf costs a step, so that shared values, which look like trees here, end within the fuel.

use std::sync::Arc;

use diag::Span;
use manifest::unit::{Edge, PortRef, Str, Text};
use schema::types::KindId;
use schema::version;

use super::fact::{Beside, Fact, Ref};
use super::out::{Out, Place};
use super::own::{Finish, Resolved};
use super::shape::{FieldForm, Form, Keys, ListForm, RecordForm, Shape, TextForm};
use super::summary::{Hashed, Notes};
use crate::limits::VIOLATIONS_MAX;
use crate::machine::Run;
use crate::trace::push_field;
use crate::value::{self, Entry, Value};

/// Up to how many elements a list's keys are compared in pairs.
const PAIRS_MAX: usize = 24;

/// Bytes that hold most paths.
const PATH_USUAL: usize = 96;

/// What the schema refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// A required field is not there.
    Missing(String),
    /// There is no such field.
    Unknown(String),
    /// Another type is wanted: what is wanted, what is there.
    Type(&'static str, &'static str),
    /// The type is right, the value is not: the value, why.
    Range(String, String),
    /// It is none of the allowed words: the value, which are.
    Word(String, String),
    /// The cluster's version does not have this kind or field, or this value of it; the mask of those that do.
    Version(Option<String>, u32),
    /// Two elements have one key.
    Duplicate(String),
    /// Two alternatives.
    Union(String, String),
}

/// Where it is refused.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub path: String,
    pub at: Span,
    pub wrong: Wrong,
}

/// A step of the path from the root of an object.
#[derive(Clone, Copy, Debug)]
enum Segment<'a> {
    Field(&'a str),
    Element(usize, Option<&'a str>),
}

/// The walk over one object.
pub(crate) struct Walk<'w, 'e, 'a, const TRACE: bool> {
    pub finish: &'w mut Finish<'e, 'a, TRACE>,
    pub out: &'w mut Out,
    pub hashed: &'w [Hashed<'a>],
    /// Namespace of the object.
    pub namespace: Option<Text>,
    pub notes: &'w mut Notes<'a>,
    pub violations: Vec<Violation>,
    /// The bit of the cluster's version; every bit where nothing is to be compared with it.
    version: u32,
    path: Vec<Segment<'a>>,
    /// Values from the root to here: facts look beside themselves.
    above: Vec<Value<'a>>,
}

/// Kinds that a name may be of: group and kind, and the same as ids.
type Targets = (Arc<[(Str, Str)]>, Arc<[KindId]>);

/// Facts that hold below a place, with the depth at which their type stands.
#[derive(Clone, Copy, Default)]
struct Active<'w> {
    count: usize,
    facts: [Option<(&'w Fact, usize)>; 4],
}

const NONE: Active<'static> = Active { count: 0, facts: [None; 4] };

impl<'w> Active<'w> {
    fn iter(&self) -> impl Iterator<Item = (&'w Fact, usize)> {
        self.facts.into_iter().take(self.count).flatten()
    }

    fn push(&mut self, fact: &'w Fact, depth: usize) {
        // Facts of more than four types about one place: the innermost are left out; none of the shipped ones nest so.
        if let Some(free) = self.facts.get_mut(self.count) {
            *free = Some((fact, depth));
            self.count += 1;
        }
    }

    fn is_leaf(&self) -> bool {
        self.iter().any(|(fact, _)| fact.is_leaf())
    }
}

impl<'w, 'e, 'a, const TRACE: bool> Walk<'w, 'e, 'a, TRACE> {
    pub fn new(finish: &'w mut Finish<'e, 'a, TRACE>, out: &'w mut Out, hashed: &'w [Hashed<'a>], namespace: Option<Text>, notes: &'w mut Notes<'a>) -> Self {
        let version = finish.eval.setting.env.and_then(|it| it.version).unwrap_or(version::ALL);
        Self { finish, out, hashed, namespace, notes, violations: Vec::new(), version, path: Vec::with_capacity(16), above: Vec::with_capacity(16) }
    }

    /// The whole object; `mask` are the versions that have its kind.
    pub fn object(&mut self, body: Value<'a>, shape: &'a Shape, mask: u32, at: Span) -> Run<()> {
        self.in_version(at, mask);
        self.value(body, shape, &NONE, Place::Document, at)
    }

    /// Compares with the cluster's version. What stands below something that it lacks is not compared: that would be said twice.
    #[inline]
    fn in_version(&mut self, at: Span, mask: u32) {
        if mask & self.version == 0 {
            self.wrong(at, Wrong::Version(None, mask));
            self.version = version::ALL;
        }
    }

    #[cold]
    fn wrong(&mut self, at: Span, wrong: Wrong) {
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(Violation { path: self.path_text(), at, wrong });
        }
    }

    /// `spec.template.spec.containers[main].ports`.
    fn path_text(&self) -> String {
        let mut path = String::with_capacity(PATH_USUAL);
        for segment in &self.path {
            match segment {
                Segment::Field(name) => push_field(&mut path, name),
                Segment::Element(_, Some(key)) => {
                    path.push('[');
                    path.push_str(key);
                    path.push(']');
                }
                Segment::Element(nth, None) => path.push_str(&format!("[{nth}]")),
            }
        }
        path
    }

    fn value(&mut self, value: Value<'a>, shape: &'a Shape, outer: &Active<'a>, place: Place, at: Span) -> Run<()> {
        self.finish.eval.step(at)?;
        let mut with_own;
        let active = match &shape.fact {
            Some(fact) => {
                with_own = *outer;
                with_own.push(fact, self.above.len());
                &with_own
            }
            None => outer,
        };
        match (&shape.form, value) {
            (Form::Record(form), Value::Record(entries)) => self.record(entries, form, active, place, at),
            (Form::Map(link), Value::Record(entries)) => {
                let shapes = self.finish.eval.shapes();
                let inner = shapes.follow(link, self.finish.eval.setting.program);
                self.map(entries, inner, active, place)
            }
            (Form::List(form), Value::List(values)) => self.list(values, form, active, place, at),
            (Form::Json, _) => self.json(value, place, at),
            (Form::Bool, Value::Bool(it)) => {
                self.out.bool(it, place);
                Ok(())
            }
            (Form::Int { min, max }, Value::Int(it)) => {
                if it < *min || it > *max {
                    let why = format!("{min} to {max} is allowed");
                    self.wrong(at, Wrong::Range(it.to_string(), why));
                }
                self.out.int(it, place);
                Ok(())
            }
            (Form::Number | Form::Quantity | Form::IntOrString, Value::Int(it)) => {
                self.out.int(it, place);
                Ok(())
            }
            (Form::Number | Form::Quantity, Value::Number(it)) => {
                self.out.number(it, place);
                Ok(())
            }
            (Form::Quantity, Value::Quantity(_)) => self.json(value, place, at),
            (Form::Text(_) | Form::IntOrString | Form::Quantity, value) if is_text(value) => self.text(value, shape, active, place, at),
            (form, value) => {
                self.wrong(at, Wrong::Type(name_of_form(form), name_of_value(value)));
                self.out.empty(false, place);
                Ok(())
            }
        }
    }

    fn record(&mut self, entries: &'a [Entry<'a>], form: &'a RecordForm, active: &Active<'a>, place: Place, at: Span) -> Run<()> {
        let eval = &*self.finish.eval;
        let (shapes, program) = (eval.shapes(), eval.setting.program);
        let mut required = 0;
        let (column, same_line) = self.begin(entries.is_empty(), place, false);
        self.above.push(Value::Record(entries));
        for (nth, entry) in entries.iter().enumerate() {
            let found = form.find(entry.key);
            match found {
                Some(index) => self.out.field(&form.fields[index], column, nth, same_line),
                None => self.out.key(entry.key, column, nth, same_line),
            }
            self.path.push(Segment::Field(entry.key));
            let place = Place::Key(column);
            match found {
                Some(index) => {
                    let field = &form.fields[index];
                    required += usize::from(form.required.contains(&(index as u32)));
                    let inner = shapes.follow(&field.link, program);
                    let version = self.version;
                    self.in_version(entry.at, field.mask);
                    if active.count == 0 {
                        self.value(entry.value, inner, &NONE, place, entry.at)?;
                    } else {
                        let below = below(active, |fact| fact.field(entry.key));
                        self.value(entry.value, inner, &below, place, entry.at)?;
                    }
                    if let (Some(Keys::Fields(keys)), Value::List(values)) = (&field.keys, entry.value) {
                        self.unique(values, keys, entry.at);
                    }
                    self.version = version;
                }
                None if form.preserve_unknown => self.json(entry.value, place, entry.at)?,
                None => {
                    self.wrong(entry.at, Wrong::Unknown(entry.key.to_owned()));
                    self.json(entry.value, place, entry.at)?;
                }
            }
            self.path.pop();
        }
        self.above.pop();
        self.end(entries.is_empty(), place, false);
        if required < form.required.len() {
            self.missing(entries, form, at);
        }
        for union in &form.unions {
            self.union(entries, union);
        }
        Ok(())
    }

    #[cold]
    fn missing(&mut self, entries: &'a [Entry<'a>], form: &RecordForm, at: Span) {
        for index in &form.required {
            let FieldForm { name, mask, .. } = &form.fields[*index as usize];
            if mask & self.version != 0 && value::find(entries, name).is_none() {
                self.wrong(at, Wrong::Missing(name.to_string()));
            }
        }
    }

    fn union(&mut self, entries: &'a [Entry<'a>], union: &[std::sync::Arc<str>]) {
        let mut present = entries.iter().filter(|entry| union.iter().any(|it| **it == *entry.key));
        if let (Some(first), Some(second)) = (present.next(), present.next()) {
            self.wrong(second.at, Wrong::Union(first.key.to_owned(), second.key.to_owned()));
        }
    }

    fn map(&mut self, entries: &'a [Entry<'a>], inner: &'a Shape, active: &Active<'a>, place: Place) -> Run<()> {
        let (column, same_line) = self.begin(entries.is_empty(), place, false);
        let below = below(active, Fact::each);
        self.above.push(Value::Record(entries));
        for (nth, entry) in entries.iter().enumerate() {
            self.out.key(entry.key, column, nth, same_line);
            self.path.push(Segment::Field(entry.key));
            self.value(entry.value, inner, &below, Place::Key(column), entry.at)?;
            self.path.pop();
        }
        self.above.pop();
        self.end(entries.is_empty(), place, false);
        Ok(())
    }

    fn list(&mut self, values: &'a [Value<'a>], form: &'a ListForm, active: &Active<'a>, place: Place, at: Span) -> Run<()> {
        let eval = &*self.finish.eval;
        let inner = eval.shapes().follow(&form.element, eval.setting.program);
        let (column, same_line) = self.begin(values.is_empty(), place, true);
        let below = below(active, Fact::each);
        let key = match &form.keys {
            Keys::Fields(keys) => keys.first(),
            Keys::Atomic | Keys::Set => None,
        };
        self.above.push(Value::List(values));
        for (nth, value) in values.iter().enumerate() {
            self.out.item(column, nth, same_line);
            let name = key.and_then(|key| value::find(value.entries()?, key)).and_then(|it| match it.value {
                Value::Str(it) => Some(it),
                _ => None,
            });
            self.path.push(Segment::Element(nth, name));
            let at = value.entries().and_then(<[Entry]>::first).map_or(at, |it| it.at);
            self.value(*value, inner, &below, Place::Item(column), at)?;
            self.path.pop();
        }
        self.above.pop();
        self.end(values.is_empty(), place, true);
        let len = values.len() as u64;
        if form.min_items.is_some_and(|min| len < min.into()) || form.max_items.is_some_and(|max| len > max.into()) {
            let why =
                format!("{} to {} elements are allowed", form.min_items.unwrap_or(0), form.max_items.map_or("any number of".to_owned(), |it| it.to_string()));
            self.wrong(at, Wrong::Range(format!("{len} elements"), why));
        }
        match &form.keys {
            Keys::Atomic => {}
            Keys::Fields(keys) => self.unique(values, keys, at),
            Keys::Set => self.unique_scalars(values, at),
        }
        Ok(())
    }

    /// No two elements agree in all key fields.
    fn unique(&mut self, values: &'a [Value<'a>], keys: &[std::sync::Arc<str>], at: Span) {
        if values.len() < 2 {
            return;
        }
        // Most lists are short and have one key: compared in pairs, nothing is allocated.
        if values.len() <= PAIRS_MAX
            && let [key] = keys
        {
            return self.unique_pairs(values, key, at);
        }
        let mut seen = std::collections::HashSet::with_capacity(values.len());
        for value in values {
            let entries = value.entries().unwrap_or(&[]);
            let parts = keys.iter().map(|key| match value::find(entries, key) {
                Some(it) => self.finish.eval.plain_text(it.value).unwrap_or_default(),
                // The API server fills in the only default that is part of a key.
                None if **key == *"protocol" => "TCP".to_owned(),
                None => String::new(),
            });
            let key = parts.collect::<Vec<_>>().join("/");
            let place = entries.first().map_or(at, |it| it.at);
            if !seen.insert(key.clone()) {
                self.wrong(place, Wrong::Duplicate(key));
            }
        }
    }

    fn unique_pairs(&mut self, values: &'a [Value<'a>], key: &str, at: Span) {
        for (nth, value) in values.iter().enumerate().skip(1) {
            let Some(entry) = value.entries().and_then(|it| value::find(it, key)) else { continue };
            let same = |other: &Value<'a>| match (other.entries().and_then(|it| value::find(it, key)).map(|it| it.value), entry.value) {
                (Some(Value::Str(a)), Value::Str(b)) => a == b,
                (Some(a), b) => crate::operator::equal(a, b, &mut 64),
                (None, _) => false,
            };
            if values[..nth].iter().any(same) {
                let shown = self.finish.eval.plain_text(entry.value).unwrap_or_default();
                let place = value.entries().and_then(<[Entry]>::first).map_or(at, |it| it.at);
                self.wrong(place, Wrong::Duplicate(shown));
            }
        }
    }

    fn unique_scalars(&mut self, values: &'a [Value<'a>], at: Span) {
        let mut seen = std::collections::HashSet::with_capacity(values.len());
        for value in values {
            if let Some(text) = self.finish.eval.plain_text(*value)
                && !seen.insert(text.clone())
            {
                self.wrong(at, Wrong::Duplicate(text));
            }
        }
    }

    fn begin(&mut self, empty: bool, place: Place, list: bool) -> (u32, bool) {
        if empty {
            self.out.empty(list, place);
            return (0, true);
        }
        self.out.open(place, list)
    }

    fn end(&mut self, empty: bool, place: Place, list: bool) {
        if !empty {
            self.out.close(place, list);
        }
    }

    fn text(&mut self, value: Value<'a>, shape: &'a Shape, active: &Active<'a>, place: Place, at: Span) -> Run<()> {
        let mut text = self.finish.text(value, at)?;
        if active.count > 0 && active.is_leaf() {
            text = self.reference(text, active)?;
        }
        match text {
            Resolved::Known(known) => {
                match &shape.form {
                    Form::Text(form) if !form.is_free() => self.check_text(known, form, at),
                    Form::Quantity => {
                        if let Err(fault) = syntax::literal::quantity::Quantity::parse(known) {
                            self.wrong(at, Wrong::Range(known.to_owned(), fault.why));
                        }
                    }
                    _ => {}
                }
                self.out.str(known, place);
            }
            Resolved::Open(_) => {
                let text = self.notes.text(text);
                self.out.open_text(text, place);
            }
        }
        Ok(())
    }

    fn check_text(&mut self, text: &str, form: &TextForm, at: Span) {
        if !form.words.is_empty() {
            match form.words.iter().find(|it| *it.0 == *text) {
                Some((_, mask)) if mask & self.version == 0 => return self.wrong(at, Wrong::Version(Some(text.to_owned()), *mask)),
                Some(_) => {}
                None => {
                    let known = form.words.iter().filter(|it| it.1 & self.version != 0);
                    let why = crate::coerce::one_of(known.map(|it| &*it.0));
                    return self.wrong(at, Wrong::Word(text.to_owned(), why));
                }
            }
        }
        if form.min_len.is_some() || form.max_len.is_some() {
            let len = text.chars().count() as u64;
            if form.min_len.is_some_and(|min| len < min.into()) || form.max_len.is_some_and(|max| len > max.into()) {
                let (min, max) = (form.min_len.unwrap_or(0), form.max_len.map_or("any number of".to_owned(), |it| it.to_string()));
                self.wrong(at, Wrong::Range(text.to_owned(), format!("it has {len} characters, and {min} to {max} are allowed")));
            }
        }
        if let Some((pattern, regex)) = form.regex()
            && !regex.is_match(text)
        {
            self.wrong(at, Wrong::Range(text.to_owned(), format!("it does not match `{pattern}`")));
        }
    }

    /// Data without a type.
    fn json(&mut self, value: Value<'a>, place: Place, at: Span) -> Run<()> {
        self.finish.eval.step(at)?;
        match value {
            Value::Record(_) | Value::Instance(_) => {
                let entries = value.entries().unwrap_or(&[]);
                let (column, same_line) = self.begin(entries.is_empty(), place, false);
                for (nth, entry) in entries.iter().enumerate() {
                    self.out.key(entry.key, column, nth, same_line);
                    self.path.push(Segment::Field(entry.key));
                    self.json(entry.value, Place::Key(column), entry.at)?;
                    self.path.pop();
                }
                self.end(entries.is_empty(), place, false);
            }
            Value::List(values) => {
                let (column, same_line) = self.begin(values.is_empty(), place, true);
                for (nth, value) in values.iter().enumerate() {
                    self.out.item(column, nth, same_line);
                    self.path.push(Segment::Element(nth, None));
                    self.json(*value, Place::Item(column), at)?;
                    self.path.pop();
                }
                self.end(values.is_empty(), place, true);
            }
            Value::Bool(it) => self.out.bool(it, place),
            Value::Int(it) => self.out.int(it, place),
            Value::Number(it) => self.out.number(it, place),
            Value::Quantity(amount) => {
                let text = self.finish.eval.plain_text(value).unwrap_or_default();
                // A whole number stays one, `cpu: 1`, and a string one, `cpu: "1"`.
                if !amount.quoted && text.bytes().all(|it| it.is_ascii_digit()) && text.len() < 19 {
                    self.out.number(&text, place)
                } else {
                    self.out.str(&text, place)
                }
            }
            Value::Absent => self.out.empty(false, place),
            other => match self.finish.text(other, at)? {
                Resolved::Known(it) => self.out.str(it, place),
                open @ Resolved::Open(_) => {
                    let text = self.notes.text(open);
                    self.out.open_text(text, place);
                }
            },
        }
        Ok(())
    }

    /// A name that stands for another object: noted, and renamed where that object has a suffix.
    fn reference(&mut self, text: Resolved<'a>, active: &Active<'a>) -> Run<Resolved<'a>> {
        let (mut name, mut shown) = (text, text);
        for (fact, depth) in active.iter() {
            for it in &fact.refs {
                let Some((targets, kinds)) = self.chosen(it)? else { continue };
                // Where `kind` chooses among several, only what is chosen counts.
                let schemas = &self.finish.eval.setting.program.schemas;
                let namespaced = it.namespaced && kinds.iter().any(|kind| schemas.kind_info(*kind).namespaced);
                let namespace = self.place_of(it.namespace.as_ref(), depth, namespaced)?;
                for hashed in self.hashed.iter().filter(|hashed| kinds.contains(&hashed.kind) && namespace == hashed.namespace) {
                    if hashed.base == text || hashed.name == text {
                        (name, shown) = (hashed.base, hashed.name);
                    }
                }
                let edge = self.edge(targets, namespace, name)?;
                self.notes.edges.push(edge);
            }
            for it in &fact.provides {
                let namespace = self.place_of(it.namespace.as_ref(), depth, it.namespaced)?;
                let name = self.notes.text(text);
                self.notes.provides.push((it.target.0.clone(), it.target.1.clone(), namespace, name));
            }
        }
        Ok(shown)
    }

    /// Entries of the record that holds the place.
    fn beside(&self) -> &'a [Entry<'a>] {
        self.above.last().and_then(|it| it.entries()).unwrap_or(&[])
    }

    /// The kinds that a name may be of, as the fields `kind` and `group` beside it choose; `None` where it is none of those the fact knows.
    fn chosen(&mut self, fact: &Ref) -> Run<Option<Targets>> {
        let all = || (fact.targets.clone(), fact.kinds.clone());
        let Some(default) = &fact.kind_default else { return Ok(Some(all())) };
        let beside = self.beside();
        let kind = match value::find(beside, "kind") {
            Some(entry) if is_text(entry.value) => match self.finish.text(entry.value, entry.at)? {
                Resolved::Known(it) => it,
                Resolved::Open(_) => return Ok(Some(all())),
            },
            _ => default,
        };
        let group = match value::find(beside, "group") {
            Some(entry) if is_text(entry.value) => match self.finish.text(entry.value, entry.at)? {
                Resolved::Known(it) => Some(it),
                Resolved::Open(_) => None,
            },
            _ => None,
        };
        let is_meant = |(of_group, of_kind): &(Str, Str)| **of_kind == *kind && group.is_none_or(|it| **of_group == *it);
        let mut meant = fact.targets.iter().zip(fact.kinds.iter()).filter(|(it, _)| is_meant(it));
        match (meant.next(), fact.targets.len()) {
            (None, _) => Ok(None),
            (Some(_), 1) => Ok(Some(all())),
            (Some((target, id)), _) => Ok(Some(([target.clone()].into(), [*id].into()))),
        }
    }

    fn edge(&mut self, targets: Arc<[(Str, Str)]>, namespace: Option<Text>, name: Resolved<'a>) -> Run<Edge> {
        let beside = self.beside();
        let is = |kind: &str| targets.iter().any(|(group, it)| group.is_empty() && **it == *kind);
        let key = match value::find(beside, "key") {
            Some(entry) if (is("ConfigMap") || is("Secret")) && is_text(entry.value) => {
                let text = self.finish.text(entry.value, entry.at)?;
                Some(self.notes.text(text))
            }
            _ => None,
        };
        let port = match value::find(beside, "port") {
            Some(entry) if is("Service") => self.port(entry)?,
            _ => None,
        };
        let optional = matches!(value::find(beside, "optional"), Some(Entry { value: Value::Bool(true), .. }));
        Ok(Edge { path: self.path_text().into(), targets, namespace, name: self.notes.text(name), optional, port, key })
    }

    /// `port: 80`, `port: web`, `port: { number: 80 }`, `port: { name: web }`.
    fn port(&mut self, entry: &'a Entry<'a>) -> Run<Option<PortRef>> {
        let value = match entry.value.entries() {
            Some(entries) => match value::find(entries, "number").or_else(|| value::find(entries, "name")) {
                Some(it) => it.value,
                None => return Ok(None),
            },
            None => entry.value,
        };
        match value {
            Value::Int(it) => Ok(Some(PortRef::Number(it))),
            it if is_text(it) => {
                let text = self.finish.text(it, entry.at)?;
                Ok(Some(PortRef::Name(self.notes.text(text))))
            }
            _ => Ok(None),
        }
    }

    /// The namespace a reference is looked up in.
    fn place_of(&mut self, beside: Option<&Beside>, depth: usize, namespaced: bool) -> Run<Option<Text>> {
        if !namespaced {
            return Ok(None);
        }
        let Some(beside) = beside else { return Ok(self.namespace.clone()) };
        let mut here = self.above.get(depth + beside.common).copied().unwrap_or(Value::Absent);
        for field in &beside.rest {
            here = here.entries().and_then(|it| value::find(it, field)).map_or(Value::Absent, |it| it.value);
        }
        if !is_text(here) {
            return Ok(self.namespace.clone());
        }
        let text = self.finish.text(here, Span::new(diag::FileId(0), 0, 0))?;
        Ok(Some(self.notes.text(text)))
    }
}

fn below<'w>(active: &Active<'w>, step: impl Fn(&'w Fact) -> Option<&'w Fact>) -> Active<'w> {
    let mut next = NONE;
    for (fact, depth) in active.iter() {
        if let Some(fact) = step(fact) {
            next.push(fact, depth);
        }
    }
    next
}

/// Whether the value prints as a text.
pub(crate) fn is_text(value: Value<'_>) -> bool {
    match value {
        Value::Str(_)
        | Value::Text(_)
        | Value::Version(_)
        | Value::Quantity(_)
        | Value::Duration(_)
        | Value::Percent(_)
        | Value::Ip(_)
        | Value::Cidr(_)
        | Value::IpRange(_)
        | Value::File(_)
        | Value::Key(_)
        | Value::Handle(_)
        | Value::EntryKey(_)
        | Value::Instance(_) => true,
        Value::Absent | Value::Bool(_) | Value::Int(_) | Value::Number(_) | Value::Range(..) | Value::List(_) | Value::Record(_) => false,
    }
}

fn name_of_form(form: &Form) -> &'static str {
    match form {
        Form::Json => "any value",
        Form::Bool => "a boolean",
        Form::Int { .. } => "an integer",
        Form::Number => "a number",
        Form::Text(_) => "a text",
        Form::IntOrString => "an integer or a text",
        Form::Quantity => "a quantity",
        Form::Map(_) => "a map",
        Form::List(_) => "a list",
        Form::Record(_) => "a record",
    }
}

fn name_of_value(value: Value<'_>) -> &'static str {
    match value {
        Value::Absent => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Int(_) => "an integer",
        Value::Number(_) => "a number",
        Value::List(_) => "a list",
        Value::Record(_) => "a record",
        Value::Quantity(_) => "a quantity",
        Value::Range(..) => "a range",
        Value::Instance(_) => "an instance",
        _ => "a text",
    }
}

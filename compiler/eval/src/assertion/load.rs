//! Data as values, along the types that the checker has seen: quantities are amounts, addresses are addresses.

use manifest::json::Json;
use schema::types::{Type, TypeId};
use sema::ty::{Domain, Ty};
use syntax::literal::ip::Cidr;
use syntax::literal::quantity::Quantity;

use crate::machine::Eval;
use crate::value::{Amount, Entry, Value};

/// The type of data.
#[derive(Clone, Copy)]
pub(super) enum Form<'a> {
    /// A type of the schema.
    Schema(TypeId),
    /// What a fact says of a field.
    Fact(&'a Ty),
    /// Nothing is known.
    Data,
}

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// A value that stands for the data, free of fuel: there is no more of it than was written.
    pub(super) fn load(&self, data: &'a Json, form: Form<'a>) -> Value<'a> {
        match data {
            Json::Null => Value::Absent,
            Json::Bool(it) => Value::Bool(*it),
            Json::Int(it) if self.is_quantity(form) => self.quantity_of(&it.to_string(), None, false).unwrap_or(Value::Int(*it)),
            Json::Int(it) => Value::Int(*it),
            Json::Number(it) if self.is_quantity(form) => self.quantity_of(it, Some(it), false).unwrap_or(Value::Number(it)),
            Json::Number(it) => Value::Number(it),
            Json::String(it) => self.text_of(it, form),
            Json::List(items) => {
                let inner = self.element_form(form);
                let values: Vec<Value<'a>> = items.iter().map(|it| self.load(it, inner)).filter(|it| !it.is_absent()).collect();
                Value::List(self.arena.alloc_slice_copy(&values))
            }
            Json::Map(entries) => {
                let at = diag::Span::new(diag::FileId(0), 0, 0);
                let entry =
                    |(key, data): &'a (String, Json)| Entry { key, value: self.load(data, self.field_form(form, key)), at, is_default: false, is_final: false };
                let entries: Vec<Entry<'a>> = entries.iter().map(entry).filter(|it| !it.value.is_absent()).collect();
                Value::Record(self.arena.alloc_slice_copy(&entries))
            }
        }
    }

    fn is_quantity(&self, form: Form<'a>) -> bool {
        match form {
            Form::Schema(id) => matches!(self.setting.program.schemas.ty(id), Type::Quantity),
            Form::Fact(ty) => matches!(ty.present().0.base(), Ty::Quantity),
            Form::Data => false,
        }
    }

    fn quantity_of(&self, text: &str, spelling: Option<&'a str>, quoted: bool) -> Option<Value<'a>> {
        let value = Quantity::parse(text).ok()?;
        Some(Value::Quantity(self.arena.alloc(Amount { value, spelling, quoted })))
    }

    fn text_of(&self, text: &'a str, form: Form<'a>) -> Value<'a> {
        let known = match form {
            Form::Schema(id) if matches!(self.setting.program.schemas.ty(id), Type::Quantity) => self.quantity_of(text, Some(text), true),
            Form::Schema(_) | Form::Data => None,
            Form::Fact(ty) => match ty.present().0.base() {
                Ty::Ip => text.parse().ok().map(Value::Ip),
                Ty::Cidr => Cidr::parse(text).ok().map(|it| Value::Cidr(self.arena.alloc(it))),
                Ty::Quantity => self.quantity_of(text, Some(text), true),
                Ty::Text(Domain::Version) => Some(Value::Version(text)),
                _ => None,
            },
        };
        known.unwrap_or(Value::Str(text))
    }

    fn element_form(&self, form: Form<'a>) -> Form<'a> {
        match form {
            Form::Schema(id) => match self.setting.program.schemas.ty(id) {
                Type::List { element, .. } => Form::Schema(element),
                _ => Form::Data,
            },
            Form::Fact(ty) => match ty.present().0.base() {
                Ty::List(element) => Form::Fact(element),
                Ty::Schema(id) => self.element_form(Form::Schema(*id)),
                _ => Form::Data,
            },
            Form::Data => Form::Data,
        }
    }

    fn field_form(&self, form: Form<'a>, key: &str) -> Form<'a> {
        match form {
            Form::Schema(id) => match self.setting.program.schemas.ty(id) {
                Type::Map { value, .. } => Form::Schema(value),
                Type::Record(record) => match (self.setting.program.facts.field_type(id, key), record.field(key)) {
                    (Some(ty), _) => Form::Fact(ty),
                    (None, Some(field)) => Form::Schema(field.ty),
                    (None, None) => Form::Data,
                },
                _ => Form::Data,
            },
            Form::Fact(ty) => match ty.present().0.base() {
                Ty::Map(entry) => Form::Fact(&entry.1),
                Ty::Schema(id) => self.field_form(Form::Schema(*id), key),
                _ => Form::Data,
            },
            Form::Data => Form::Data,
        }
    }
}

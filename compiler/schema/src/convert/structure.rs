//! One OpenAPI v3 schema as a type: the part that built-in documents and CRDs share.
//!
//! `x-kubernetes-*` keywords mean what
//! <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/> says.

use serde_json::Value;

use crate::convert::ConvertError;
use crate::model::{EnumValue, Field, List, Record, Text, Topology, Ty, Union};

const DEPTH_MAX: u32 = 100;
const SCHEMAS_MAX: u32 = 1_000_000;
/// How controller-gen writes the pattern of a `resource.Quantity`.
const QUANTITY_PATTERN: &str = "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]";

/// Converts schemas of one document.
pub(crate) struct Structure<'a> {
    /// Stamped on fields and enum values.
    pub(crate) mask: u32,
    /// Leaves out defaults that equal Go's zero value, which the generator of built-in documents writes
    /// for every field without `omitempty`.
    pub(crate) drop_zero_defaults: bool,
    /// The type behind a `$ref`.
    pub(crate) resolve: &'a dyn Fn(&str) -> Result<Ty, ConvertError>,
    /// Schemas converted so far.
    pub(crate) converted: u32,
}

impl Structure<'_> {
    /// Converts a schema.
    pub(crate) fn ty(&mut self, schema: &Value, depth: u32) -> Result<Ty, ConvertError> {
        self.converted += 1;
        if self.converted > SCHEMAS_MAX {
            return Err(ConvertError::TooLarge);
        }
        if depth > DEPTH_MAX {
            return Err(ConvertError::TooDeep);
        }
        if let Some(reference) = reference(schema) {
            return (self.resolve)(reference);
        }
        if has(schema, "x-kubernetes-embedded-resource") {
            return Ok(Ty::Json);
        }
        if has(schema, "x-kubernetes-int-or-string") || text(schema, "format") == Some("int-or-string") {
            let quantity = text(schema, "pattern").is_some_and(|pattern| pattern.starts_with(QUANTITY_PATTERN));
            return Ok(if quantity { Ty::Quantity } else { Ty::IntOrString });
        }
        match text(schema, "type") {
            Some("object") => self.object(schema, depth),
            Some("array") => self.list(schema, depth),
            Some("string") => Ok(self.string(schema)),
            Some("integer") => Ok(integer(schema)),
            Some("number") => Ok(Ty::Number),
            Some("boolean") => Ok(Ty::Bool),
            _ if schema.get("properties").is_some() => self.object(schema, depth),
            _ => Ok(Ty::Json),
        }
    }

    fn object(&mut self, schema: &Value, depth: u32) -> Result<Ty, ConvertError> {
        let preserve_unknown = has(schema, "x-kubernetes-preserve-unknown-fields");
        let atomic = text(schema, "x-kubernetes-map-type") == Some("atomic");
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return match schema.get("additionalProperties") {
                Some(Value::Bool(true)) => Ok(Ty::Map { value: Box::new(Ty::Json), atomic }),
                Some(value @ Value::Object(_)) => Ok(Ty::Map { value: Box::new(self.ty(value, depth + 1)?), atomic }),
                _ if preserve_unknown => Ok(Ty::Json),
                _ => Ok(Ty::Record(Record { atomic, ..Record::default() })),
            };
        };
        let open = matches!(schema.get("additionalProperties"), Some(Value::Object(_) | Value::Bool(true)));
        let required: Vec<&str> = strings(schema, "required").collect();
        let mut record = Record { preserve_unknown: preserve_unknown || open, atomic, unions: unions(schema), ..Record::default() };
        for (name, property) in properties {
            let default = self.default(property);
            record.fields.push(Field {
                name: name.clone(),
                ty: self.ty(property, depth + 1)?,
                // The server fills in defaults before it looks for what is required.
                required: default.is_none() && required.contains(&name.as_str()),
                default,
                nullable: has(property, "nullable"),
                immutable: immutable(property),
                mask: self.mask,
            });
        }
        Ok(Ty::Record(record))
    }

    fn list(&mut self, schema: &Value, depth: u32) -> Result<Ty, ConvertError> {
        let element = match schema.get("items") {
            Some(items) => self.ty(items, depth + 1)?,
            None => Ty::Json,
        };
        let keys: Vec<String> = strings(schema, "x-kubernetes-list-map-keys").map(str::to_owned).collect();
        let topology = match text(schema, "x-kubernetes-list-type") {
            Some("set") => Topology::Set,
            Some("map") if !keys.is_empty() => Topology::Map(keys),
            _ => Topology::Atomic,
        };
        Ok(Ty::List(Box::new(List { element, topology, min_items: count(schema, "minItems"), max_items: count(schema, "maxItems") })))
    }

    fn string(&self, schema: &Value) -> Ty {
        match text(schema, "format") {
            Some("byte") => return Ty::Bytes,
            Some("date-time") => return Ty::Time { micro: false },
            _ => {}
        }
        let values = strings(schema, "enum");
        Ty::String(Text {
            format: text(schema, "format").map(str::to_owned),
            pattern: text(schema, "pattern").map(str::to_owned),
            enumeration: values.map(|value| EnumValue { value: value.to_owned(), mask: self.mask }).collect(),
            min_len: count(schema, "minLength"),
            max_len: count(schema, "maxLength"),
        })
    }

    fn default(&self, property: &Value) -> Option<String> {
        let default = property.get("default")?;
        let zero = match default {
            Value::Null => true,
            Value::Bool(value) => !value,
            Value::Number(value) => value.as_f64() == Some(0.0),
            Value::String(value) => value.is_empty(),
            Value::Array(values) => values.is_empty(),
            Value::Object(values) => values.is_empty(),
        };
        (!(zero && self.drop_zero_defaults)).then(|| default.to_string())
    }
}

/// A `$ref`, alone or wrapped in an `allOf` of one, as documents write it beside a description.
fn reference(schema: &Value) -> Option<&str> {
    if let Some(reference) = text(schema, "$ref") {
        return Some(reference);
    }
    match schema.get("allOf")?.as_array()?.as_slice() {
        [only] => text(only, "$ref"),
        _ => None,
    }
}

fn integer(schema: &Value) -> Ty {
    let limit = |name| schema.get(name).and_then(whole);
    let exclusive = |name| i64::from(has(schema, name));
    Ty::Int {
        bits: if text(schema, "format") == Some("int32") { 32 } else { 64 },
        min: limit("minimum").map(|min| min.saturating_add(exclusive("exclusiveMinimum"))),
        max: limit("maximum").map(|max| max.saturating_sub(exclusive("exclusiveMaximum"))),
    }
}

/// A limit as written, `1` or `1.0`.
fn whole(value: &Value) -> Option<i64> {
    let exact = |value: f64| (value.fract() == 0.0 && value.abs() < 9.0e15).then_some(value as i64);
    value.as_i64().or_else(|| exact(value.as_f64()?))
}

/// Unions as the two extensions state them: `x-kubernetes-unions`, and `oneOf` whose every branch requires one field.
fn unions(schema: &Value) -> Vec<Union> {
    let mut unions = Vec::new();
    for stated in schema.get("x-kubernetes-unions").and_then(Value::as_array).into_iter().flatten() {
        let fields = stated.get("fields-to-discriminateBy").and_then(Value::as_object);
        let members = fields.into_iter().flat_map(|fields| fields.keys().cloned()).collect();
        unions.push(Union { discriminator: text(stated, "discriminator").map(str::to_owned), members });
    }
    let branches = schema.get("oneOf").and_then(Value::as_array).map_or([].as_slice(), Vec::as_slice);
    let members: Option<Vec<String>> = branches.iter().map(single_required).collect();
    if let Some(members) = members.filter(|members| members.len() > 1) {
        unions.push(Union { discriminator: None, members });
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    if let Some(properties) = properties.filter(|it| it.len() > 1 && count(schema, "maxProperties") == Some(1)) {
        unions.push(Union { discriminator: None, members: properties.keys().cloned().collect() });
    }
    unions
}

/// The one field that a branch requires, if it says nothing else; it may repeat the field's name among its properties.
fn single_required(branch: &Value) -> Option<String> {
    let mut names = strings(branch, "required");
    let name = names.next()?;
    let repeats =
        |value: &Value| value.as_object().is_some_and(|it| it.iter().all(|(key, inner)| key == name && inner.as_object().is_some_and(|it| it.is_empty())));
    let is_plain = branch.as_object()?.iter().all(|(key, value)| key == "required" || (key == "properties" && repeats(value)));
    (is_plain && names.next().is_none()).then(|| name.to_owned())
}

/// Whether a CEL rule of the schema forbids changes.
fn immutable(schema: &Value) -> bool {
    let rules = schema.get("x-kubernetes-validations").and_then(Value::as_array);
    rules.into_iter().flatten().any(|rule| {
        let rule = text(rule, "rule").unwrap_or_default();
        let words: Vec<&str> = rule.split_whitespace().collect();
        matches!(words.as_slice(), ["self", "==", "oldSelf"] | ["oldSelf", "==", "self"])
    })
}

pub(crate) fn has(schema: &Value, name: &str) -> bool {
    schema.get(name).and_then(Value::as_bool).unwrap_or(false)
}

pub(crate) fn text<'v>(schema: &'v Value, name: &str) -> Option<&'v str> {
    schema.get(name).and_then(Value::as_str)
}

pub(crate) fn strings<'v>(schema: &'v Value, name: &str) -> impl Iterator<Item = &'v str> {
    schema.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn count(schema: &Value, name: &str) -> Option<u32> {
    schema.get(name).and_then(whole).and_then(|count| u32::try_from(count).ok()).filter(|count| *count != u32::MAX)
}

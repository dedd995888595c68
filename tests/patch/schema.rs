//! How elements of lists are told apart: by the merge keys of the API's schema, and by the name that the language has for them.

use std::collections::HashMap;

use manifest::json::Json;
use schema::schemas::Schemas;
use schema::types::{Topology, Type, TypeId};

/// Types of built-in kinds with the library's facts about their lists.
pub struct Types {
    schemas: Schemas,
    /// By record and field: the key that names an element; `None` where several fields are needed.
    facts: HashMap<(String, String), Option<String>>,
}

/// What a list's elements are known by.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// Fields by which the API server merges; none if it replaces the list.
    pub merge: Vec<String>,
    /// The field whose value names an element in vix.
    pub name: Option<String>,
}

/// What stands at a place of an object.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Its type, where the schema knows one.
    pub ty: Option<TypeId>,
    /// For lists.
    pub keys: Keys,
}

impl Types {
    /// Of everything that comes with vix.
    pub fn new() -> Self {
        let schemas = Schemas::open(stdlib::PACKS.iter().map(|it| it.1).collect()).expect("the packs are sound");
        let mut facts = HashMap::new();
        for file in stdlib::FACTS {
            let mut record = String::new();
            for line in file.source.lines().map(str::trim) {
                if let Some(of) = line.strip_prefix("schema ") {
                    of.trim_end_matches(" {").clone_into(&mut record);
                } else if let Some((field, keys)) = line.strip_prefix("keys ").and_then(|it| it.split_once(" by ")) {
                    let (keys, alias) = keys.split_once(" alias ").map_or((keys, None), |(keys, alias)| (keys, Some(alias)));
                    let name = alias.or_else(|| (!keys.contains(',')).then_some(keys));
                    facts.insert((record.clone(), field.to_owned()), name.map(str::to_owned));
                }
            }
        }
        Self { schemas, facts }
    }

    /// The built-in kind of an object, and whether it lives in a namespace.
    pub fn kind(&self, group: &str, version: &str, kind: &str) -> Option<(Place, bool)> {
        let id = self.schemas.kind(group, version, kind)?;
        let (ty, namespaced) = self.schemas.kind_type(id);
        (ty.pack() == 0).then(|| (Place { ty: Some(ty), keys: Keys::default() }, namespaced))
    }

    /// What stands under a key.
    pub fn field(&self, place: &Place, key: &str) -> Place {
        let Some(ty) = place.ty else { return Place::default() };
        match self.schemas.ty(ty) {
            Type::Record(record) => {
                let Some(field) = record.field(key) else { return Place::default() };
                let fact = self.facts.get(&(record.name().unwrap_or_default().to_owned(), key.to_owned()));
                Place { ty: Some(field.ty), keys: self.keys(field.ty, fact) }
            }
            Type::Map { value, .. } => Place { ty: Some(value), keys: self.keys(value, None) },
            _ => Place::default(),
        }
    }

    /// What the elements of a list are.
    pub fn element(&self, list: &Place) -> Place {
        match list.ty.map(|it| self.schemas.ty(it)) {
            Some(Type::List { element, .. }) => Place { ty: Some(element), keys: Keys::default() },
            _ => Place::default(),
        }
    }

    fn keys(&self, ty: TypeId, fact: Option<&Option<String>>) -> Keys {
        let merge: Vec<String> = match self.schemas.ty(ty) {
            Type::List { topology: Topology::Map(keys), .. } => keys.iter().map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let name = fact.cloned().unwrap_or_else(|| (merge.len() == 1).then(|| merge[0].clone()));
        Keys { merge, name }
    }
}

impl Keys {
    /// The name of an element.
    pub fn name_of(&self, element: &Json) -> Option<String> {
        element.get(self.name.as_deref()?)?.as_str().map(str::to_owned)
    }

    /// The names of all elements; `None` if one has none, or two have the same.
    pub fn names_of(&self, list: &[Json]) -> Option<Vec<String>> {
        let names: Vec<String> = list.iter().map(|it| self.name_of(it)).collect::<Option<_>>()?;
        let is_twice = |nth: usize| names[..nth].contains(&names[nth]);
        (!(0..names.len()).any(is_twice)).then_some(names)
    }

    /// Whether the API server takes both for the same element.
    pub fn are_same(&self, one: &Json, other: &Json) -> bool {
        let value = |it: &Json, key: &str| match (it.get(key), key) {
            (None, "protocol") => Json::from("TCP"),
            (value, _) => value.cloned().unwrap_or_default(),
        };
        self.merge.iter().all(|key| value(one, key) == value(other, key))
    }
}

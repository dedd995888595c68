//! What an environment holds: instances, their objects, and what these refer to, as link knows it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use build::{BuiltUnit, EnvOutcome, Outcome};
use manifest::id::ObjectId;
use manifest::unit::{Namespaces, ObjectSummary, Selector, Str, Text};

/// An environment.
#[derive(Debug, Default)]
pub struct Inventory {
    /// Its name.
    pub name: String,
    /// In the order of output.
    pub instances: Vec<Instance>,
    /// Objects of all instances, in the order of output.
    pub objects: Vec<Object>,
    /// What is referred to and made elsewhere.
    pub outside: BTreeSet<ObjectId>,
}

/// An instance.
#[derive(Debug)]
pub struct Instance {
    /// Kind word.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Its objects, by number.
    pub objects: Vec<usize>,
    /// Instances of which it uses a name, a host or a port, by number.
    pub uses: BTreeSet<usize>,
}

/// An object.
#[derive(Debug)]
pub struct Object {
    /// Its id.
    pub id: ObjectId,
    /// Number of the instance that makes it.
    pub instance: usize,
    /// What it refers to.
    pub references: Vec<Reference>,
}

/// A reference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Where it stands in the object.
    pub path: String,
    /// What is meant.
    pub to: Target,
}

/// What a reference leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// An object of the environment, by number.
    Object(usize),
    /// Something made elsewhere.
    Outside(ObjectId),
}

/// What tells objects apart: group, kind, namespace and name without a hash.
type Key = (String, String, Option<String>, String);

/// The inventory of a built environment; `None` where a summary was lost meanwhile.
pub fn of(outcome: &Outcome, env: &EnvOutcome) -> Option<Inventory> {
    let units: Vec<&BuiltUnit> = env.units.iter().collect();
    let summaries = outcome.results.summaries(&units)?;
    let mut inventory = Inventory { name: env.name.clone(), ..Inventory::default() };
    let mut all: Vec<(&BuiltUnit, &ObjectSummary)> = Vec::new();
    let mut places: HashMap<Key, usize> = HashMap::new();
    for (unit, summary) in units.iter().zip(&summaries) {
        let number = inventory.instances.len();
        let mut instance = Instance { kind: unit.kind.to_string(), name: unit.name.to_string(), objects: Vec::new(), uses: BTreeSet::new() };
        for object in &summary.objects {
            let at = inventory.objects.len();
            instance.objects.push(at);
            places.entry(key(unit, object)).or_insert(at);
            inventory.objects.push(Object { id: id(unit, object), instance: number, references: Vec::new() });
            all.push((unit, object));
        }
        inventory.instances.push(instance);
    }
    let numbers: HashMap<(&str, &str), usize> = units.iter().enumerate().map(|(at, it)| ((&*it.kind, &*it.name), at)).collect();
    for (at, summary) in summaries.iter().enumerate() {
        let asked = summary.holes.iter().filter_map(|it| numbers.get(&(&*it.kind, &*it.name)).copied());
        inventory.instances[at].uses = asked.filter(|it| *it != at).collect();
    }
    let pods = pods(&all);
    for (at, (unit, object)) in all.iter().enumerate() {
        let mut references: BTreeSet<Reference> = named(unit, object, &places, &mut inventory.outside).collect();
        for selector in &object.shape.selectors {
            references.extend(selected(unit, object, selector, &pods));
        }
        inventory.objects[at].references = references.into_iter().filter(|it| it.to != Target::Object(at)).collect();
    }
    Some(inventory)
}

fn opt(unit: &BuiltUnit, text: Option<&Text>) -> Option<String> {
    text.map(|it| unit.filled(it)).filter(|it| !it.is_empty())
}

fn id(unit: &BuiltUnit, object: &ObjectSummary) -> ObjectId {
    ObjectId {
        group: object.group.to_string(),
        kind: object.kind.to_string(),
        namespace: opt(unit, object.namespace.as_ref()),
        name: unit.filled(&object.name),
        version: Some(object.version.to_string()),
    }
}

fn key(unit: &BuiltUnit, object: &ObjectSummary) -> Key {
    let name = object.base_name.as_ref().unwrap_or(&object.name);
    (object.group.to_string(), object.kind.to_string(), opt(unit, object.namespace.as_ref()), unit.filled(name))
}

/// What an object refers to by name; the first kind that has an object of the name is meant, else the first kind.
fn named<'a>(
    unit: &'a BuiltUnit,
    object: &'a ObjectSummary,
    places: &'a HashMap<Key, usize>,
    outside: &'a mut BTreeSet<ObjectId>,
) -> impl Iterator<Item = Reference> + 'a {
    object.edges.iter().filter_map(move |edge| {
        let (namespace, name) = (opt(unit, edge.namespace.as_ref()), unit.filled(&edge.name));
        let find = |(group, kind): &(Str, Str)| {
            let key = |namespace: Option<&String>| (group.to_string(), kind.to_string(), namespace.cloned(), name.clone());
            // A target that lives in no namespace may be named from within one.
            places.get(&key(namespace.as_ref())).or_else(|| places.get(&key(None)))
        };
        let to = match edge.targets.iter().find_map(find) {
            Some(at) => Target::Object(*at),
            None => {
                let (group, kind) = edge.targets.first()?;
                let id = ObjectId { group: group.to_string(), kind: kind.to_string(), namespace, name, version: None };
                outside.insert(id.clone());
                Target::Outside(id)
            }
        };
        Some(Reference { path: edge.path.to_string(), to })
    })
}

/// Labels of pods by namespace, with the object that makes the pods.
type Pods = BTreeMap<Option<String>, Vec<(usize, Vec<(String, String)>)>>;

fn pods(all: &[(&BuiltUnit, &ObjectSummary)]) -> Pods {
    let mut pods = Pods::new();
    for (at, (unit, object)) in all.iter().enumerate() {
        if let Some(it) = &object.shape.pods {
            let labels = it.labels.iter().map(|(key, value)| (key.to_string(), unit.filled(value))).collect();
            pods.entry(opt(unit, object.namespace.as_ref())).or_default().push((at, labels));
        }
    }
    pods
}

/// Who makes the pods that a selector of plain labels in its own namespace selects.
fn selected(unit: &BuiltUnit, object: &ObjectSummary, selector: &Selector, pods: &Pods) -> Vec<Reference> {
    if selector.namespaces != Namespaces::Own || selector.labels.is_empty() || !selector.expressions.is_empty() {
        return Vec::new();
    }
    let wanted: Vec<(String, String)> = selector.labels.iter().map(|(key, value)| (key.to_string(), unit.filled(value))).collect();
    let here = pods.get(&opt(unit, object.namespace.as_ref())).map_or(&[][..], Vec::as_slice);
    let matching = here.iter().filter(|(_, labels)| wanted.iter().all(|it| labels.contains(it)));
    matching.map(|(at, _)| Reference { path: selector.path.to_string(), to: Target::Object(*at) }).collect()
}

impl Reference {
    /// Whether it only says in which namespace the object lives, which its place shows already.
    pub fn is_namespace(&self) -> bool {
        self.path == "metadata.namespace"
    }
}

impl Inventory {
    /// Who uses or refers to whom among instances: from, to; each once.
    pub fn edges(&self) -> BTreeSet<(usize, usize)> {
        let mut edges: BTreeSet<(usize, usize)> = self.instances.iter().enumerate().flat_map(|(from, it)| it.uses.iter().map(move |to| (from, *to))).collect();
        for object in &self.objects {
            for reference in &object.references {
                if let Target::Object(to) = reference.to
                    && self.objects[to].instance != object.instance
                {
                    edges.insert((object.instance, self.objects[to].instance));
                }
            }
        }
        edges
    }
}

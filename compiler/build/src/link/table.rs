//! All objects that an environment can see, with their final names, and one index from id to object.
//!
//! Invariant: units stand in the order of kind and name, own ones before those of used environments, so that "the first" of two is always the same.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::hash::{Hash, Hasher};

use manifest::unit::{Extern, ObjectSummary, Piece, Str, Summary, Text};

use super::finding::Place;
use super::label_index::LabelIndex;
use super::network::Network;
use super::word_hash::{WordMap, WordSet};
use super::{EnvView, LinkInput};

/// A unit and where it stands in the caller's lists.
#[derive(Clone, Copy)]
pub(super) struct UnitRef<'a> {
    /// Position in `LinkInput::used`; `None` for a unit of the environment itself.
    pub used: Option<usize>,
    /// Its environment.
    pub env: &'a str,
    /// Position in the list of that environment.
    pub index: usize,
    /// The unit.
    pub summary: &'a Summary,
    /// Number of its first object among all objects.
    pub first: u32,
}

/// The units in canonical order.
pub(super) fn units<'a>(input: &LinkInput<'a>) -> Vec<UnitRef<'a>> {
    let own = EnvView { env: input.env, cluster: input.cluster, units: input.units, fills: &[], shared: &[] };
    let mut used: Vec<(Option<usize>, &EnvView<'a>)> = input.used.iter().enumerate().map(|(at, it)| (Some(at), it)).collect();
    used.sort_by_key(|(_, it)| it.env);
    let mut units = Vec::with_capacity(input.units.len());
    for (used, view) in std::iter::once((None, &own)).chain(used) {
        let start = units.len();
        units.extend(view.units.iter().enumerate().map(|(index, summary)| UnitRef { used, env: view.env, index, summary, first: 0 }));
        let key = |it: &UnitRef<'a>| (&*it.summary.kind, &*it.summary.name);
        units[start..].sort_by(|a, b| key(a).cmp(&key(b)));
    }
    let mut first = 0;
    for unit in &mut units {
        unit.first = first;
        first += unit.summary.objects.len() as u32;
    }
    units
}

/// A text with its holes filled, borrowed where it is one piece.
pub(super) fn filled<'t>(text: &'t Text, fills: &'t [String]) -> Cow<'t, str> {
    let piece = |piece: &'t Piece| match piece {
        Piece::Str(text) => &**text,
        // Out of range only if the unit is not well formed; then the text is as good as unfilled.
        Piece::Hole(hole) => fills.get(*hole as usize).map_or("", String::as_str),
    };
    match &*text.0 {
        [] => Cow::Borrowed(""),
        [one] => Cow::Borrowed(piece(one)),
        many => Cow::Owned(many.iter().map(piece).collect()),
    }
}

/// An object with its final id.
pub(super) struct Object<'t> {
    /// Its unit.
    of: &'t UnitRef<'t>,
    /// Position of its unit in canonical order.
    pub unit: u32,
    /// Position in its unit.
    pub index: u32,
    /// What is known of it.
    pub summary: &'t ObjectSummary,
    /// Its namespace; empty where it has none.
    pub namespace: Cow<'t, str>,
    /// Its name.
    pub name: Cow<'t, str>,
    /// Its name without hash suffix, where that differs.
    pub base_name: Option<Cow<'t, str>>,
}

impl Object<'_> {
    /// Its id.
    pub fn id(&self) -> Id<'_> {
        Id { group: &self.summary.group, kind: &self.summary.kind, namespace: &self.namespace, name: &self.name }
    }

    /// Where it was created.
    pub fn place(&self) -> Place {
        let UnitRef { env, index, .. } = *self.of;
        Place::Object { env: env.to_owned(), unit: index, object: self.index as usize, anchor: self.summary.anchor.clone() }
    }
}

/// Every unit and object.
pub(super) struct Table<'t> {
    /// In canonical order.
    pub units: &'t [UnitRef<'t>],
    /// Fills of each unit, in the same order.
    fills: Vec<&'t [String]>,
    /// In the order of the units.
    pub objects: Vec<Object<'t>>,
    /// Number of objects of the environment itself; they come first.
    pub n_own: usize,
}

impl<'t> Table<'t> {
    /// The table of `units`; `fills` are those of the environment itself.
    pub fn new(units: &'t [UnitRef<'t>], fills: &'t [Vec<String>], used: &'t [EnvView<'t>]) -> Self {
        let fills_of = |unit: &UnitRef<'t>| {
            let fills = unit.used.map_or(fills, |at| used[at].fills);
            fills.get(unit.index).map_or(&[][..], Vec::as_slice)
        };
        let fills: Vec<&[String]> = units.iter().map(fills_of).collect();
        let mut objects = Vec::with_capacity(units.last().map_or(0, |it| it.first as usize + it.summary.objects.len()));
        for (at, unit) in units.iter().enumerate() {
            let text = |text| filled(text, fills[at]);
            objects.extend(unit.summary.objects.iter().enumerate().map(|(index, summary)| Object {
                of: unit,
                unit: at as u32,
                index: index as u32,
                summary,
                namespace: summary.namespace.as_ref().map_or(Cow::Borrowed(""), text),
                name: text(&summary.name),
                base_name: summary.base_name.as_ref().map(text),
            }));
        }
        let n_own = units.iter().filter(|it| it.used.is_none()).map(|it| it.summary.objects.len()).sum();
        Self { units, fills, objects, n_own }
    }

    /// A text of a unit with its holes filled.
    pub fn text(&self, unit: u32, text: &'t Text) -> Cow<'t, str> {
        filled(text, self.fills[unit as usize])
    }

    /// The unit of an object.
    pub fn unit(&self, object: &Object<'_>) -> &UnitRef<'t> {
        &self.units[object.unit as usize]
    }

    /// The objects of the environment itself.
    pub fn own(&self) -> &[Object<'t>] {
        &self.objects[..self.n_own]
    }

    /// The objects of an object's unit.
    pub fn siblings(&self, object: &Object<'_>) -> &[Object<'t>] {
        let unit = self.unit(object);
        &self.objects[unit.first as usize..][..unit.summary.objects.len()]
    }

    /// The last writer of a leaf of an object.
    pub fn leaf(&self, object: &Object<'_>, path: &str) -> Place {
        let unit = self.unit(object);
        Place::Leaf { env: unit.env.to_owned(), unit: unit.index, object: object.index as usize, path: path.to_owned() }
    }
}

/// The id of an object. A version is no part of it: all versions of a kind are one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id<'t> {
    /// API group.
    pub group: &'t str,
    /// Kind.
    pub kind: &'t str,
    /// Namespace; empty for none.
    pub namespace: &'t str,
    /// Name.
    pub name: &'t str,
}

impl Hash for Id<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The group adds nothing: kinds of one name are rare.
        state.write(self.name.as_bytes());
        state.write(self.namespace.as_bytes());
        state.write(self.kind.as_bytes());
    }
}

/// What is said to exist although no unit holds it: made at run time by an object, or `extern`.
pub(super) struct Promise<'t> {
    group: &'t str,
    kind: &'t str,
    namespace: Cow<'t, str>,
    name: Cow<'t, str>,
    /// Keys it is said to have.
    pub keys: Option<&'t [Str]>,
}

impl Promise<'_> {
    fn id(&self) -> Id<'_> {
        Id { group: self.group, kind: self.kind, namespace: &self.namespace, name: &self.name }
    }
}

/// What the checks read.
pub(super) struct World<'t> {
    /// Name of the environment.
    pub env: &'t str,
    /// Name of its cluster.
    pub cluster: &'t str,
    /// All static declarations.
    pub network: &'t Network,
    /// Units and objects.
    pub table: &'t Table<'t>,
    /// Object by id, by final name and by name without hash suffix.
    index: WordMap<Id<'t>, u32>,
    /// Objects whose id another object has already: the other, and this one.
    pub doubles: Vec<(u32, u32)>,
    poisoned: &'t [(&'t str, &'t str)],
    externs: &'t [Extern],
    // Most environments never ask these.
    promises: OnceCell<Vec<Promise<'t>>>,
    managed: OnceCell<WordSet<(&'t str, &'t str)>>,
    labels: OnceCell<LabelIndex<'t>>,
}

impl<'t> World<'t> {
    /// Indexes the table.
    pub fn new(input: &LinkInput<'t>, table: &'t Table<'t>) -> Self {
        let mut index: WordMap<Id<'t>, u32> = WordMap::with_capacity_and_hasher(table.objects.len() * 5 / 4, Default::default());
        let mut doubles = Vec::new();
        for (at, object) in table.objects.iter().enumerate() {
            let id = object.id();
            let first = *index.entry(id).or_insert(at as u32);
            // Ids that two environments share are found by `check_across`.
            if first != at as u32 && at < table.n_own && !id.name.is_empty() {
                doubles.push((first, at as u32));
            }
        }
        for (at, object) in table.objects.iter().enumerate() {
            if let Some(base) = &object.base_name {
                index.entry(Id { name: base, ..object.id() }).or_insert(at as u32);
            }
        }
        let LinkInput { env, cluster, network, poisoned, externs, .. } = *input;
        let (promises, managed, labels) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { env, cluster, network, table, index, doubles, poisoned, externs, promises, managed, labels }
    }

    /// The object of an id.
    pub fn find(&self, id: Id<'_>) -> Option<&'t Object<'t>> {
        self.index.get(&id).map(|at| &self.table.objects[*at as usize])
    }

    /// What was promised under an id.
    pub fn promise(&self, id: Id<'_>) -> Option<&Promise<'t>> {
        let promises = self.promises.get_or_init(|| self.collect_promises());
        let at = promises.binary_search_by(|it| it.id().cmp(&id)).ok()?;
        Some(&promises[at])
    }

    /// Everything promised, sorted by id.
    fn collect_promises(&self) -> Vec<Promise<'t>> {
        let mut promises = Vec::new();
        for object in &self.table.objects {
            for (group, kind, namespace, name) in &object.summary.provides {
                let text = |text| self.table.text(object.unit, text);
                promises.push(Promise { group, kind, namespace: namespace.as_ref().map(text).unwrap_or_default(), name: text(name), keys: None });
            }
        }
        promises.extend(self.externs().map(|(it, namespace, name)| Promise { group: &it.group, kind: &it.kind, namespace, name, keys: it.keys.as_deref() }));
        // The sort is stable and `extern` comes last: of equal ones the first is kept, and one without keys promises more.
        promises.sort_by(|a, b| a.id().cmp(&b.id()).then(a.keys.is_some().cmp(&b.keys.is_some())));
        promises.dedup_by(|b, a| a.id() == b.id());
        promises
    }

    /// Every `extern` with its namespace and name.
    pub fn externs(&self) -> impl Iterator<Item = (&'t Extern, Cow<'t, str>, Cow<'t, str>)> {
        let in_units = self.table.units.iter().enumerate().flat_map(|(at, unit)| unit.summary.externs.iter().map(move |it| (Some(at as u32), it)));
        in_units.chain(self.externs.iter().map(|it| (None, it))).map(|(unit, it)| {
            // Entries of the environment itself stand outside of all units, so nobody fills holes for them.
            let text = |text: &'t Text| unit.map_or_else(|| filled(text, &[]), |unit| self.table.text(unit, text));
            (it, it.namespace.as_ref().map(text).unwrap_or_default(), text(&it.name))
        })
    }

    /// Whether an instance with errors of its own may hold what is called so.
    pub fn is_hidden(&self, name: &str) -> bool {
        // What comes from plain YAML and charts has any name; objects of other instances are called like them, with or without more behind.
        self.poisoned.iter().any(|(kind, instance)| {
            matches!(*kind, "bundle" | "chart") || name.strip_prefix(instance).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    }

    /// Whether an instance has errors of its own.
    pub fn is_poisoned(&self, kind: &str, name: &str) -> bool {
        self.poisoned.contains(&(kind, name))
    }

    /// Whether an instance of this kind has errors of its own.
    pub fn has_poisoned(&self, kind: &str) -> bool {
        self.poisoned.iter().any(|it| it.0 == kind)
    }

    /// Whether any object of the kind comes from here: then those of the kind are likely all managed here.
    pub fn manages(&self, group: &str, kind: &str) -> bool {
        let collect = || self.table.objects.iter().map(|it| (&*it.summary.group, &*it.summary.kind)).collect();
        self.managed.get_or_init(collect).contains(&(group, kind))
    }

    /// Names of the objects of a kind in a namespace, without hash suffix, promised ones included, sorted.
    pub fn names(&self, group: &str, kind: &str, namespace: &str) -> Vec<&str> {
        let here = |id: &Id<'_>| id.group == group && id.kind == kind && id.namespace == namespace;
        let objects = self.table.objects.iter().filter(|it| here(&it.id())).map(|it| it.base_name.as_ref().unwrap_or(&it.name));
        let promises = self.promises.get_or_init(|| self.collect_promises());
        let mut names: Vec<&str> = objects.chain(promises.iter().filter(|it| here(&it.id())).map(|it| &it.name)).map(|it| &**it).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Objects by the labels that a selector of this kind compares.
    pub fn labels(&self) -> &LabelIndex<'t> {
        self.labels.get_or_init(|| LabelIndex::new(self.table))
    }
}

//! Facts of one type as a tree of paths: what refers to what, what comes into being.

use std::sync::Arc;

use manifest::unit::Str;
use schema::types::{KindId, Type, TypeId};
use sema::facts::{GStep, TypeFacts};
use sema::program::Program;

/// A place in a type, with the facts about it.
#[derive(Debug, Default)]
pub(crate) struct Fact {
    fields: Vec<(Arc<str>, Fact)>,
    each: Option<Box<Fact>>,
    /// A name stands here.
    pub refs: Vec<Ref>,
    /// The name of something that comes into being stands here.
    pub provides: Vec<Provides>,
}

/// `ref`.
#[derive(Debug)]
pub(crate) struct Ref {
    /// Group and kind of what it may be.
    pub targets: Arc<[(Str, Str)]>,
    /// The same as ids.
    pub kinds: Arc<[KindId]>,
    /// Whether one of them lives in namespaces.
    pub namespaced: bool,
    /// Where the namespace stands, if not in the object's own.
    pub namespace: Option<Beside>,
    /// The kind that is meant where the field `kind` beside the name is absent; none where there is no such field.
    pub kind_default: Option<Str>,
}

/// `provides`.
#[derive(Debug)]
pub(crate) struct Provides {
    /// Group and kind.
    pub target: (Str, Str),
    /// Whether it lives in namespaces.
    pub namespaced: bool,
    /// Where the namespace stands.
    pub namespace: Option<Beside>,
}

/// A path that shares its first `common` steps with the path of the name; the rest are fields.
#[derive(Debug)]
pub(crate) struct Beside {
    /// Shared steps.
    pub common: usize,
    /// Fields behind them.
    pub rest: Vec<Arc<str>>,
}

impl Fact {
    /// The tree of the facts of type `ty`; `None` if there are none.
    pub fn of(ty: TypeId, facts: &TypeFacts, program: &Program) -> Option<Self> {
        let mut root = Self::default();
        for it in &facts.refs {
            let infos: Vec<_> = it.targets.iter().map(|kind| program.schemas.kind_info(*kind)).collect();
            let targets = infos.iter().map(|info| (info.group.into(), info.kind.into()));
            let namespace = it.namespace.as_deref().map(|namespace| beside(&it.path, namespace));
            let namespaced = infos.iter().any(|info| info.namespaced);
            let refs = &mut root.at(&it.path).refs;
            // Two facts about one place: it names an object of either kind.
            if let Some(there) = refs.first_mut() {
                there.targets = there.targets.iter().cloned().chain(targets).collect();
                there.kinds = there.kinds.iter().chain(&*it.targets).copied().collect();
                there.namespaced |= namespaced;
                there.namespace = there.namespace.take().or(namespace);
            } else {
                let kind_default = kind_default(ty, &it.path, program).map(|it| it.unwrap_or_else(|| infos.first().map_or("".into(), |info| info.kind.into())));
                refs.push(Ref { targets: targets.collect(), kinds: it.targets.clone(), namespaced, namespace, kind_default });
            }
        }
        for it in &facts.provides {
            let info = program.schemas.kind_info(it.target);
            root.at(&it.path).provides.push(Provides {
                target: (info.group.into(), info.kind.into()),
                namespaced: info.namespaced,
                namespace: it.namespace.as_deref().map(|namespace| beside(&it.path, namespace)),
            });
        }
        let empty = root.fields.is_empty() && root.each.is_none() && !root.is_leaf();
        (!empty).then_some(root)
    }

    fn at(&mut self, path: &[GStep]) -> &mut Self {
        path.iter().fold(self, |here, step| match step {
            GStep::Each => here.each.get_or_insert_default(),
            GStep::Field(name) => {
                let position = here.fields.iter().position(|(field, _)| field == name).unwrap_or_else(|| {
                    here.fields.push((name.clone(), Self::default()));
                    here.fields.len() - 1
                });
                &mut here.fields[position].1
            }
        })
    }

    /// Facts below a field.
    pub fn field(&self, name: &str) -> Option<&Self> {
        self.fields.iter().find(|(field, _)| **field == *name).map(|(_, fact)| fact)
    }

    /// Facts below every element or value.
    pub fn each(&self) -> Option<&Self> {
        self.each.as_deref()
    }

    /// Whether something is said about this very place.
    pub fn is_leaf(&self) -> bool {
        !self.refs.is_empty() || !self.provides.is_empty()
    }
}

/// Whether a field `kind` stands beside the name at a path of a type; its default, where the schema states one.
fn kind_default(ty: TypeId, path: &[GStep], program: &Program) -> Option<Option<Str>> {
    let (_, holder) = path.split_last()?;
    let step = |at: TypeId, step: &GStep| match (step, program.schemas.ty(at)) {
        (GStep::Field(name), Type::Record(record)) => record.field(name).map(|it| it.ty),
        (GStep::Each, Type::List { element, .. }) => Some(element),
        (GStep::Each, Type::Map { value, .. }) => Some(value),
        (GStep::Field(_) | GStep::Each, _) => None,
    };
    let Type::Record(record) = program.schemas.ty(holder.iter().try_fold(ty, step)?) else { return None };
    // An object's own kind says nothing about its name.
    let kind = record.field("kind").filter(|_| !holder.is_empty())?;
    // A default is JSON; that of a kind is a plain word in quotes.
    Some(kind.default.map(|it| it.trim_matches('"').into()))
}

fn beside(path: &[GStep], namespace: &[GStep]) -> Beside {
    let common = path.iter().zip(namespace).take_while(|(a, b)| a == b).count();
    let rest = namespace[common..].iter().filter_map(|step| match step {
        GStep::Field(name) => Some(name.clone()),
        GStep::Each => None,
    });
    Beside { common, rest: rest.collect() }
}

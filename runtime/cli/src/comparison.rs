//! Two builds beside each other: what differs between their environments, ready to be shown.

use std::cell::LazyCell;
use std::collections::HashSet;

use build::{BuiltUnit, EnvOutcome, Outcome};
use diff::{Change, Difference, ObjectChange, Pairing, Shapes, Step, Unit, UnitName, What, compare};
use store::Digest;

use crate::failure::Failure;

/// Two states and what differs between them.
#[derive(Debug)]
pub struct Comparison {
    /// What was.
    pub old: Side,
    /// What is.
    pub new: Side,
    /// Environments by name.
    pub envs: Vec<Compared>,
}

/// One of the two states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// An environment.
    Env(String),
    /// The project at a revision.
    Revision {
        /// As people tell it: `main (1a2b3c4)`.
        shown: String,
        /// Its full id.
        commit: String,
    },
    /// The project's files as they are, committed or not.
    Files,
}

/// An environment of both states.
#[derive(Debug)]
pub struct Compared {
    /// Its name; of two environments the new one's.
    pub name: String,
    /// Whether both states have it.
    pub presence: Presence,
    /// What differs.
    pub difference: Difference,
}

/// Which states have an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Both.
    Both,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

/// Objects, counted by how they differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// New ones.
    pub added: usize,
    /// Those that both have, and not alike.
    pub changed: usize,
    /// Those that are gone.
    pub removed: usize,
    /// Those that are the same.
    pub unchanged: usize,
    /// Workloads of which a change replaces the pods; they are among the changed ones.
    pub restarted: usize,
}

impl Side {
    /// As people tell it.
    pub fn shown(&self) -> &str {
        match self {
            Self::Env(name) => name,
            Self::Revision { shown, .. } => shown,
            Self::Files => "the working tree",
        }
    }
}

impl Totals {
    /// Counts.
    pub fn of(difference: &Difference) -> Self {
        let mut totals = Self { unchanged: difference.unchanged, ..Self::default() };
        for object in &difference.objects {
            match object.what {
                What::Added(_) => totals.added += 1,
                What::Changed(_) => {
                    totals.changed += 1;
                    totals.restarted += usize::from(restarts(object));
                }
                What::Removed(_) => totals.removed += 1,
            }
        }
        totals
    }

    /// Of several environments.
    pub fn sum(all: impl Iterator<Item = Self>) -> Self {
        all.fold(Self::default(), |a, b| Self {
            added: a.added + b.added,
            changed: a.changed + b.changed,
            removed: a.removed + b.removed,
            unchanged: a.unchanged + b.unchanged,
            restarted: a.restarted + b.restarted,
        })
    }

    /// What the change does to what runs; nothing where two environments are compared, of which none becomes the other.
    pub fn effect(self, old: &Side) -> String {
        match (old, self.restarted) {
            (Side::Env(_), _) | (_, 0) => String::new(),
            (_, 1) => "; 1 workload replaces its pods".to_owned(),
            (_, n) => format!("; {n} workloads replace their pods"),
        }
    }

    /// Whether anything differs.
    pub fn is_empty(self) -> bool {
        self.added + self.changed + self.removed == 0
    }

    /// `1 added, 2 changed, 0 removed, 5996 unchanged`.
    pub fn sentence(self) -> String {
        format!("{} added, {} changed, {} removed, {} unchanged", self.added, self.changed, self.removed, self.unchanged)
    }
}

/// Whether a controller answers a change with new pods: its template is not what it was.
fn restarts(object: &ObjectChange) -> bool {
    let is_workload = object.id.group == "apps" && matches!(object.id.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet");
    let is_template = |change: &Change| matches!(change.path.0.as_slice(), [Step::Field(a), Step::Field(b), ..] if a == "spec" && b == "template");
    is_workload && object.changes().iter().any(is_template)
}

impl Comparison {
    /// Objects of all environments, counted.
    pub fn totals(&self) -> Totals {
        Totals::sum(self.envs.iter().map(|it| Totals::of(&it.difference)))
    }
}

/// Environments of one state with what their units made.
pub struct Built<'o> {
    /// The build.
    pub outcome: &'o Outcome,
    /// The environment in it; absent where that state has none of the name.
    pub env: Option<&'o EnvOutcome>,
}

/// What differs in an environment; `None` where a result was lost meanwhile.
///
/// # Errors
/// What a build made cannot be read, which is a fault of vix.
pub fn environment(shapes: &LazyCell<Shapes>, old: &Built<'_>, new: &Built<'_>, pairing: Pairing<'_>) -> Result<Option<Difference>, Failure> {
    let sides = [old, new].map(|it| it.env.map_or(&[][..], |it| &it.units));
    let texts: [HashSet<&Digest>; 2] = sides.map(|it| it.iter().map(|it| &it.text).collect());
    let differs = |side: usize| sides[side].iter().filter(|it| it.objects > 0 && !texts[1 - side].contains(&it.text)).collect::<Vec<&BuiltUnit>>();
    // Units have the same text only under the same name, so that no two of one side are counted for one of the other.
    let unchanged = sides[1].iter().filter(|it| texts[0].contains(&it.text)).map(|it| it.objects).sum();
    let units = [differs(0), differs(1)];
    if units.iter().all(Vec::is_empty) {
        return Ok(Some(Difference { objects: Vec::new(), unchanged }));
    }
    let (Some(old_texts), Some(new_texts)) = (old.outcome.results.texts(&units[0]), new.outcome.results.texts(&units[1])) else { return Ok(None) };
    let names = units.each_ref().map(|it| it.iter().map(|it| UnitName { kind: it.kind.clone(), name: it.name.clone() }).collect::<Vec<_>>());
    let texts = [old_texts, new_texts];
    let mut lists: [Vec<Unit<'_>>; 2] = Default::default();
    for (list, (names, texts)) in lists.iter_mut().zip(names.iter().zip(&texts)) {
        for (name, text) in names.iter().zip(texts) {
            let text = std::str::from_utf8(text).map_err(|_| Failure::Machine(format!("the text of {} {} is not UTF-8", name.kind, name.name)))?;
            list.push(Unit { name, text });
        }
    }
    compare(shapes, &lists[0], &lists[1], unchanged, pairing).map(Some).map_err(|it| Failure::Machine(format!("bug in vix: {it}")))
}

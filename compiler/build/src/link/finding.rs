//! What link has to say, as plain data. The caller turns places into spans and findings into diagnostics.

use diag::{Code, Severity};
use manifest::unit::Anchor;

/// One finding of link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its identity.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// Lower case, no full stop, understandable alone.
    pub message: String,
    /// What the first place is.
    pub label: String,
    /// Where the user has to look first.
    pub place: Place,
    /// Further places and what they are.
    pub also: Vec<(Place, String)>,
    /// Facts that help.
    pub notes: Vec<String>,
    /// A step that is right.
    pub help: Option<String>,
}

/// A place that the caller resolves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A place of the source.
    Anchor(Anchor),
    /// An object: where the project gives it its name, else the entry it stands for, else its instance.
    Object {
        /// Environment.
        env: String,
        /// Index of the unit in that environment's list.
        unit: usize,
        /// Index of the object in the unit.
        object: usize,
        /// The statement that made it.
        anchor: Anchor,
    },
    /// The last writer of a leaf: found by evaluating that unit again with tracing on.
    Leaf {
        /// Environment.
        env: String,
        /// Index of the unit in that environment's list.
        unit: usize,
        /// Index of the object in the unit.
        object: usize,
        /// Field path as in the summary.
        path: String,
    },
    /// Where the text stands that asks for a hole: found like a leaf.
    Hole {
        /// Environment.
        env: String,
        /// Index of the unit in that environment's list.
        unit: usize,
        /// Index in `Summary::holes`.
        hole: usize,
    },
    /// An entry of a static instance: pool `dev-lb`, `["reserve", "traefik"]`; an element of a list by its index: `["nodes", "0"]`.
    Declared {
        /// Kind of the instance.
        kind: String,
        /// Its name.
        name: String,
        /// Fields and keys; empty for the instance itself.
        path: Vec<String>,
    },
}

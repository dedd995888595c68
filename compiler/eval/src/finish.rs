//! Finished objects: names and namespaces known, holes of this unit filled, checked against the schema, written as text, summed up for link.
//!
//! ```text
//! Draft --own--> Object (name, namespace, hash) --walk--> text, edges, violations --> Unit
//! ```
//! Invariant: an object that the schema refuses gives a diagnostic, never text.

pub(crate) mod compare;
mod external;
pub(crate) mod fact;
pub(crate) mod hash;
pub(crate) mod out;
pub(crate) mod own;
pub(crate) mod shape;
pub(crate) mod summary;
pub(crate) mod table;
pub(crate) mod walk;

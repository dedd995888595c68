//! Phases in order: files to declarations, declarations to units, units to manifests; what is hashed for which key; what is remembered.
//!
//! No files, clock or terminal of its own: the caller brings a `World`, and `store` writes.

mod aside;
mod assertion;
mod check;
mod codec;
mod diagnostics;
mod graph;
mod inputs;
mod key;
pub mod limits;
pub mod link;
mod linking;
mod load;
mod network;
mod objects;
mod options;
mod outline;
mod project;
mod publish;
mod report;
mod results;
mod run;
mod scan;
pub mod schemas;
mod session;
mod shared;
mod state;
mod units;
mod why;
mod world;

#[cfg(test)]
mod test;

pub use diagnostics::NOWHERE;
pub use options::{Elsewhere, EnvOutcome, Events, Format, Memory, Options, Outcome, Output, SchemaFile, Select, Sources, TestOutcome};
pub use project::shapes;
pub use results::{BuiltUnit, Results};
pub use run::run;
pub use why::{Place, Target, Why, Wrote};
pub use world::{Fault, FaultKind, Found, World};

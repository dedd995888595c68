//! Names, types and the typed tree: what the source means, without running it.
//!
//! Text never comes in here but as trees, and no value goes out. Imports `syntax` for trees, `schema` for the types of Kubernetes.
//! Invariant: everything found wrong goes to the sink and poisons only the declaration it stands in.

pub mod analysis;
pub mod builtin;
pub mod check;
pub mod cycle;
mod diagnostics;
mod echo;
pub mod facts;
pub mod ir;
pub mod pattern;
pub mod program;
pub mod relate;
mod signature;
pub mod ty;
pub mod types;

//! Kubernetes schemas: OpenAPI v3 documents and CRDs in, constant-time lookups out.
//!
//! ```text
//! OpenAPI / CRD --convert--> Model --merge--> Model (version masks) --pack::write--> bytes --Schemas::open--> lookups
//! ```
//! Only the last arrow runs in a build: packs are made by `stdlib/gen` (built-in kinds) or once per
//! imported CRD, and a build that uses five kinds reads the rows of five kinds.
//!
//! What is not here: facts that no schema states (references, provides, corrections), which are
//! written in vix under `stdlib/schemas/facts`, and checking of values, which is the work of `sema`.
//!
//! Invariant: bytes that are not a pack are an error when opened; bytes that were damaged behind an
//! intact header give wrong answers at worst, never a panic and never an endless walk of one row.

pub mod convert;
pub mod merge;
pub mod model;
pub mod pack;
pub mod schemas;
pub mod types;
pub mod version;

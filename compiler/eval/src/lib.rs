//! Typed tree in, objects out: evaluates an instance in an environment, finishes its objects, checks them, writes them.
//!
//! ```text
//! Program --eval_statics--> Statics --eval_env--> EnvContext --eval_unit--> Unit (text with holes, summary)
//! ```
//! Representation: values of a unit are small, copied, and live in one bump arena with everything they point to; texts of the program are borrowed.
//! A block is written into open nodes (`block`) whose buffers are pooled, then frozen into slices. Holes of other instances are indices; questions
//! to the unit itself are answered at its end (`finish/own`). One walk over each finished object checks it, follows references and writes text
//! (`finish/walk`), along shapes made once for each type of the schema (`finish/shape`).
//!
//! Nothing here touches files, time or environment: what is outside comes through `Inputs`.
//! Invariants: equal inputs give equal units; no input panics, hangs or fills the memory (`limits`); a unit never holds an object that the
//! schema refuses.

mod access;
pub mod assertion;
mod block;
mod builtin;
mod coerce;
pub mod context;
mod decimal;
mod diagnostics;
mod expr;
mod finish;
mod instance;
pub mod limits;
mod machine;
mod object;
mod operator;
mod overlay;
mod pasted;
mod run;
pub mod stored;
mod text;
mod trace;
mod value;

#[cfg(test)]
mod tests;

pub use overlay::{Stage, is_expected};
pub use run::{EnvInput, UnitInput, eval_env, eval_statics, eval_unit, eval_value, explain, trace};

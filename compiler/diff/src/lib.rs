//! Two sets of objects in, what differs out: objects by identity, lists by the keys that the schema states, quantities and numbers by value.
//!
//! Pure, like everything under `compiler/`; how a difference is shown is not decided here.
//! Invariant: no byte of a Secret's data leaves this crate, only its size.

pub mod change;
pub mod fold;
mod list;
mod object;
mod pair;
pub mod path;
mod same;
mod secret;
pub mod sequence;
pub mod shapes;
mod walk;

#[cfg(test)]
mod tests;

pub use change::{Change, Difference, ObjectChange, Op, Shown, UnitName, What};
pub use object::{Malformed, Unit};
pub use pair::{Pairing, compare};
pub use path::{Path, Step};
pub use secret::is_secret;
pub use shapes::Shapes;

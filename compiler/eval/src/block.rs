//! Blocks: entries written one after the other into records, maps and keyed lists.
//!
//! ```text
//! Block --block--> Node (open: slots by key) --freeze--> Value (defaults filled, nothing can be written any more)
//! ```
//! Invariant: order is that of the first write; what was written strictly twice with different values is an error.

mod change;
mod entry;
mod freeze;
pub(crate) mod node;
mod shape;
mod write;

pub(crate) use shape::Shape;

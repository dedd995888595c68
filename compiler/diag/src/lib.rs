//! What every phase says to the user: positions, diagnostics and the pages that explain them.
//!
//! Plain data only. No rendering (the command line does it), no files, no knowledge of the language.
//! Invariant: a diagnostic's code has a page in `explain/`, because codes are made from the pages.

pub mod code;
mod diagnostic;
mod nearest;
mod position;
mod sink;

pub use code::Code;
pub use diagnostic::{Diagnostic, Edit, Fix, Label, Severity};
pub use nearest::nearest;
pub use position::{FileId, LineIndex, Span};
pub use sink::Sink;

//! The command line of vix as one function, so that tests run it without a process.
//!
//! What is said and shown, and how a run ends, is decided here; what a build does is not (crate `build`).
//! Invariant: no work is done before the arguments are understood.

mod annotate;
mod cmd;
mod comparison;
mod diagnostics;
mod escape;
mod excerpt;
mod exit;
mod failure;
mod git;
mod host;
mod inventory;
mod json;
mod lock;
mod project;
pub mod provenance;
mod render;
mod sarif;
mod show;
mod ui;
mod world;

pub use cmd::{help_of_all, main_with};
pub use exit::Exit;
pub use host::{Host, Terminal};
pub use lock::{LOCK_FILE, Lock, schemas as locked_schemas};
pub use project::{PROJECT_FILE, Project, parse as parse_project};
pub use render::{Style, render};
pub use ui::Tally;
pub use world::Files;

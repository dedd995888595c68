//! All tests that cross rooms, as one program; a module for each feature.
//!
//! `VIX_UPDATE=1 cargo test` rewrites expected texts, `VIX_ONLY=word` runs only the cases whose name or page holds the word,
//! `VIX_NO_SKIP=1` turns a skipped test into a failed one, `VIX_ALL=1` tries all patches of other people instead of a sample.

mod cache;
mod cli_transcript;
mod envtest;
mod examples;
mod explain;
mod kubectl;
mod parity;
mod patch;
mod process;
mod property;
mod readme;
mod spec;
mod stdlib;
mod support;
mod tidy;
mod why;

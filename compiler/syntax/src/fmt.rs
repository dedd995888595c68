//! The formatter: one layout for every file, without options.
//!
//! Tokens are printed as they stand, with new layout between them. The author chooses between one line and many for whatever stands in brackets; one
//! line stays if it fits in 120 columns. On many lines each element has its own, indented by two spaces, without commas; at most one blank line is
//! kept. Strings and errors are printed untouched, so a broken file loses nothing.
//! Invariant: formatting twice changes nothing; the significant form of a file without errors stays the same, and so do all comments.

mod plan;
mod print;

use crate::tree::Tree;

/// The tree's text in the standard layout. Line ends become `\n`, a byte order mark is dropped.
pub fn format(tree: &Tree) -> String {
    let plan = plan::plan(tree);
    print::print(tree, &plan)
}

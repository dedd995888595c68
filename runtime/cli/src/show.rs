//! How comparisons, graphs, trees and the history of a leaf are shown: for people in a terminal, for a pull request, for machines. One file each.
//!
//! Invariant: what is told by a colour is told by a sign too, and what comes out holds nothing that a terminal or a page would obey.

pub mod graph;
pub mod json;
pub mod markdown;
pub mod paint;
pub mod text;
pub mod tree;
pub mod value;
pub mod why;

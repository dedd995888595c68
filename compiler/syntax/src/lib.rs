//! Text in, lossless tree and diagnostics out.
//!
//! Knows the language's form and nothing of its meaning. No files: the caller reads them and holds them to their size limit.
//! Invariant: for every text, parsing ends in linear time, and the tokens of the tree are the text, byte for byte.

pub mod ast;
mod brackets;
mod build;
mod diagnostics;
pub mod fmt;
mod grammar;
pub mod kind;
mod lexer;
pub mod literal;
mod parse;
mod parser;
pub mod tree;

pub use parse::{Parse, parse};

//! Everything in the language that has a grammar of its own, parsed with nom: numbers with units, addresses, string escapes, domain texts.
//!
//! Words, blanks and comments are cut by the lexer's byte table. Never nom's `*0` character parsers: in nom 8.0.0 they lose text at the end of
//! input (rust-bakery/nom#1808); `take_while` is right.
//! Invariant: every function takes the literal's whole text and says at which byte it is wrong.

pub mod cron;
pub mod duration;
pub mod image;
pub mod ip;
pub mod name;
pub mod number;
pub mod quantity;
pub mod string;
pub mod version;

/// What is wrong with a literal, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Byte offset in the literal's text.
    pub at: usize,
    /// Lower case, no full stop, such as "a label may not end in `-`".
    pub why: String,
}

//! Text in, lossless tree and diagnostics out.

pub mod literal;

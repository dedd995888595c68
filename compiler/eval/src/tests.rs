//! Tests of the evaluator: sources in, text of objects or diagnostics out.

mod adversary;
mod application;
mod bench;
mod error;
mod expression;
mod kit;
mod object;
mod parameter;
mod summary;

//! Plain data that leaves the compiler: objects and their ids, canonical bytes, YAML in and out, the results of units.
//!
//! No evaluation, no Kubernetes client, no schemas.
//! Invariant: everything here is a pure function of its arguments.

pub mod canonical;
pub mod element;
pub mod hash;
pub mod id;
pub mod json;
pub mod unit;
pub mod yaml;

#[cfg(test)]
mod kubectl;

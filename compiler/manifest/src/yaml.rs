//! YAML that a cluster reads: written by our own emitter, read by granit-parser's events.
//!
//! YAML no cluster ever reads (test metadata, editor settings) is not our concern.
//! Invariant: what is written reads back as the same value in Kubernetes' parser (YAML 1.1) and in any YAML 1.2 parser.

pub mod read;
pub mod resolve;
pub mod write;

#[cfg(test)]
mod roundtrip;

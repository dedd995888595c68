//! Converts OpenAPI documents, discovery documents and CRDs into the neutral model.
//!
//! Input is parsed JSON; a caller that has YAML parses it first. References are followed by name and
//! only inside the given documents, so recursion in a schema costs nothing and nothing is fetched.
//!
//! Invariant: work is bounded. A document nests at most 100 deep and holds at most a million schemas,
//! else converting is an error (reliability.md, row 7).

mod crd;
mod discovery;
mod openapi;
mod structure;

use std::fmt;

use serde_json::Value;

use crate::model::{Kind, Model};

/// Converts the OpenAPI v3 documents of one Kubernetes version: definitions only, kinds come from [`discovery`].
///
/// `mask` is that version's bit, stamped on every field and enum value. The documents are given together
/// because they share definitions and each one knows only some of the API groups.
///
/// # Errors
/// When a reference leads nowhere, two documents disagree, or a limit is passed.
pub fn openapi(documents: &[Value], mask: u32) -> Result<Model, ConvertError> {
    openapi::convert(documents, mask)
}

/// Converts one `APIResourceList` (`/api/v1`, `/apis/apps/v1`) into its kinds; subresources only set flags.
///
/// # Errors
/// When the document is not an `APIResourceList`.
pub fn discovery(document: &Value, mask: u32) -> Result<Vec<Kind>, ConvertError> {
    discovery::convert(document, mask)
}

/// Converts one `CustomResourceDefinition` (`apiextensions.k8s.io/v1`): a kind and a definition per version.
///
/// Its `metadata` refers to `meta/v1.ObjectMeta`, which the pack of built-in kinds holds.
///
/// # Errors
/// When a part that every CRD has is missing, or a limit is passed.
pub fn crd(document: &Value) -> Result<Model, ConvertError> {
    crd::convert(document)
}

/// Converts a CRD of somebody else, given as JSON text, once it is known to be one that an API server takes.
///
/// # Errors
/// As [`crd`], and when the text is no JSON or breaks a rule that every CRD follows.
pub fn foreign_crd(text: &str) -> Result<Model, ConvertError> {
    let document: Value = serde_json::from_str(text).map_err(|error| ConvertError::NotJson(error.to_string()))?;
    crd::check(&document)?;
    crd::convert(&document)
}

/// A step into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into a map.
    Key(String),
    /// Into a list.
    Index(usize),
}

/// Why a document could not be converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConvertError {
    /// A part that every such document has.
    Missing(&'static str),
    /// A reference that is not a definition of these documents.
    Reference(String),
    /// Two documents define one name differently.
    Conflict(String),
    /// Schemas inside schemas, more than 100 deep.
    TooDeep,
    /// More than a million schemas.
    TooLarge,
    /// The text is no JSON.
    NotJson(String),
    /// The part at a path breaks a rule.
    Invalid(Vec<Step>, String),
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConvertError::Missing(part) => write!(f, "schema document has no {part}"),
            ConvertError::Reference(name) => write!(f, "schema refers to {name}, which the document does not define"),
            ConvertError::Conflict(name) => write!(f, "schema {name} is defined in two different ways"),
            ConvertError::TooDeep => f.write_str("schema nests more than 100 levels deep"),
            ConvertError::TooLarge => f.write_str("schema holds more than a million parts"),
            ConvertError::NotJson(reason) => write!(f, "not JSON: {reason}"),
            ConvertError::Invalid(_, reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for ConvertError {}

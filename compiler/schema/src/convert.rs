//! Converts OpenAPI documents, discovery documents and CRDs into the neutral model.

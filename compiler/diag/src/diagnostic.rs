//! One finding: what is wrong, where, and what certainly repairs it.

use crate::{Code, Span};

/// How bad it is. Errors stop the output; warnings do not, unless they are denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Output is written all the same.
    Warning,
    /// Nothing is written.
    Error,
}

/// A place and what *this* spot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// Short text shown at the place; may be empty.
    pub text: String,
}

/// One replacement of source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; an empty span inserts.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// An edit that is certainly right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Imperative, such as "write `replicas`".
    pub title: String,
    /// Edits in the order of their positions, not overlapping.
    pub edits: Vec<Edit>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its identity.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// Lower case, no full stop, understandable alone.
    pub message: String,
    /// The place where the user has to look first.
    pub primary: Label,
    /// Further places, such as the other one of two that disagree.
    pub labels: Vec<Label>,
    /// A step that is right.
    pub help: Option<String>,
    /// Facts that help, such as what exists instead.
    pub notes: Vec<String>,
    /// A change the editor may make.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// An error with one empty label at `span`.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            primary: Label { span, text: String::new() },
            labels: Vec::new(),
            help: None,
            notes: Vec::new(),
            fix: None,
        }
    }

    /// A warning with one empty label at `span`.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Says what the primary spot is.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a step that is right.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds a certain repair of one place; its title is the help where none was given.
    #[must_use]
    pub fn fix(mut self, span: Span, text: impl Into<String>, title: impl Into<String>) -> Self {
        let title = title.into();
        self.help.get_or_insert_with(|| title.clone());
        self.fix = Some(Fix { title, edits: vec![Edit { span, text: text.into() }] });
        self
    }
}

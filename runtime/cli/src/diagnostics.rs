//! What is wrong with a project file, in words. The only file of this crate that builds diagnostics.

use diag::{Diagnostic, Span, code};

use crate::project::EDITION;

/// The file is no TOML.
pub fn not_toml(span: Span, reason: &str) -> Diagnostic {
    let reason = reason.lines().next().unwrap_or_default();
    Diagnostic::error(code::PROJECT_FILE_SYNTAX, span, format!("vix.toml is not valid TOML: {reason}"))
}

/// The file says something that nobody reads.
pub fn unknown_key(key: &str, span: Span, near: Option<&str>, known: &[&str]) -> Diagnostic {
    let it = Diagnostic::error(code::PROJECT_FILE_KEY, span, format!("vix.toml has no key `{key}`"));
    match near {
        Some(near) => it.label(format!("did you mean `{near}`?")).fix(span, near, format!("write `{near}`")),
        None => it.label("unknown key"),
    }
    .note(format!("known keys: {}", known.join(", ")))
}

/// A key of the file holds something other than text.
pub fn not_a_string(key: &str, span: Span) -> Diagnostic {
    Diagnostic::error(code::PROJECT_FILE_VALUE, span, format!("`{key}` in vix.toml takes a string")).label("not a string")
}

/// A key of the file holds a text that is no version.
pub fn not_a_version(key: &str, span: Span, example: &str) -> Diagnostic {
    Diagnostic::error(code::PROJECT_FILE_VALUE, span, format!("`{key}` in vix.toml takes a version such as \"{example}\"")).label("not a version")
}

/// The project speaks a newer language than this build.
pub fn newer_edition(span: Span, edition: &str) -> Diagnostic {
    let ours = format!("{}.{}", EDITION.major, EDITION.minor);
    Diagnostic::error(code::NEWER_EDITION, span, format!("this project is written in edition {edition} of vix, this build speaks {ours}"))
        .label(format!("newer than {ours}"))
        .help("install a newer vix")
}

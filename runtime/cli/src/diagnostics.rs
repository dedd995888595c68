//! What is wrong with a project file, in words. The only file of this crate that builds diagnostics.

use diag::{Diagnostic, FileId, Span, code};

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

/// A list of files holds something other than texts.
pub fn not_a_path(key: &str, span: Span) -> Diagnostic {
    Diagnostic::error(code::PROJECT_FILE_VALUE, span, format!("`{key}` in vix.toml takes a list of paths")).label("not a list of strings")
}

/// The lock cannot be understood.
pub fn broken_lock(span: Span, why: &str) -> Diagnostic {
    Diagnostic::error(code::PROJECT_LOCK, span, format!("vix.lock cannot be read: {why}")).help("take it back from version control")
}

/// The lock was written by a newer vix.
pub fn newer_lock(span: Span, version: u64, ours: u64) -> Diagnostic {
    Diagnostic::error(code::PROJECT_LOCK, span, format!("vix.lock has version {version}, this build reads up to {ours}")).help("install a newer vix")
}

/// A file of definitions that nobody agreed to.
pub fn schema_not_locked(span: Span, path: &str) -> Diagnostic {
    Diagnostic::error(code::SCHEMA_NOT_LOCKED, span, format!("vix.lock has no digest of {path}"))
        .label("not agreed to yet")
        .help(format!("`vix schema add {path}` notes it"))
}

/// A file of definitions is not what was agreed to.
pub fn schema_changed(file: FileId, path: &str) -> Diagnostic {
    Diagnostic::error(code::SCHEMA_CHANGED, Span::new(file, 0, 0), format!("{path} is not what vix.lock says it is"))
        .label("changed since it was added")
        .help(format!("`vix schema add {path}` takes it as it is now"))
}

/// The project speaks a newer language than this build.
pub fn newer_edition(span: Span, edition: &str) -> Diagnostic {
    let ours = format!("{}.{}", EDITION.major, EDITION.minor);
    Diagnostic::error(code::NEWER_EDITION, span, format!("this project is written in edition {edition} of vix, this build speaks {ours}"))
        .label(format!("newer than {ours}"))
        .help("install a newer vix")
}

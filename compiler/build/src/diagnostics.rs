//! Messages of the build itself: files, environments, what is listed and what is not.

use std::collections::BTreeMap;

use diag::{Diagnostic, FileId, Span, code, nearest};

use crate::world::{Fault, FaultKind};

/// No place in any file: renderers find neither path nor text for it and show the message alone.
pub const NOWHERE: Span = Span { file: FileId(u32::MAX), start: 0, end: 0 };

pub fn unreadable(span: Span, fault: &Fault) -> Diagnostic {
    let what = match fault.kind {
        FaultKind::Missing => "does not exist",
        FaultKind::Denied => "may not be read",
        FaultKind::OutsideRoot => "lies outside the project",
        FaultKind::NotRegular => "is not a regular file",
        FaultKind::TooLarge => "is too large",
        FaultKind::Loop => "is a circle of symbolic links",
        FaultKind::Other => "cannot be read",
    };
    Diagnostic::error(code::UNREADABLE_FILE, span, format!("{} {what}: {}", fault.path, fault.reason))
}

/// What the evaluator found missing, told with the reason why it could not be had.
pub fn with_reason(mut diagnostic: Diagnostic, faults: &BTreeMap<String, Fault>) -> Diagnostic {
    let named = |path: &str| diagnostic.message.ends_with(&format!("`{path}`"));
    if diagnostic.code == code::UNREADABLE_FILE
        && let Some(fault) = faults.values().find(|it| it.kind != FaultKind::Missing && named(&it.path))
    {
        diagnostic.message = unreadable(diagnostic.primary.span, fault).message;
    }
    diagnostic
}

/// Asked for on the command line, so no source is to blame and no place is shown.
fn asked(message: String, names: &[&str]) -> Diagnostic {
    let diagnostic = Diagnostic::error(code::UNKNOWN_ENV, NOWHERE, message);
    match names {
        [] => diagnostic.note("the project declares no environment: `env NAME { cluster: cluster.X }`"),
        names => diagnostic.note(format!("environments: {}", names.join(", "))),
    }
}

pub fn unknown_env(name: &str, names: &[&str]) -> Diagnostic {
    let message = format!("there is no environment `{name}`");
    match nearest(name, names.iter().copied()) {
        Some(near) => Diagnostic::error(code::UNKNOWN_ENV, NOWHERE, message).help(format!("did you mean `{near}`?")),
        None => asked(message, names),
    }
}

pub fn no_env_at(path: &str, names: &[&str]) -> Diagnostic {
    asked(format!("no environment is declared in {path}"), names)
}

pub fn not_in_environment(span: Span, env: &str, kind: &str, name: &str) -> Diagnostic {
    Diagnostic::error(code::NOT_IN_ENVIRONMENT, span, format!("{kind} {name} is referred to, but env {env} does not list it"))
        .label("needed by this")
        .help(format!("add `{kind} {name}` to env {env}"))
}

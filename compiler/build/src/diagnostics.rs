//! Messages of the build itself: files, environments, what is listed and what is not.

use diag::{Diagnostic, Span, code, nearest};

use crate::world::{Fault, FaultKind};

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

pub fn unknown_env(span: Span, name: &str, names: &[&str]) -> Diagnostic {
    let diagnostic = Diagnostic::error(code::UNKNOWN_ENV, span, format!("there is no environment `{name}`"));
    match nearest(name, names.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => diagnostic.note("the project declares no environment: `env NAME { cluster: cluster.X }`"),
        None => diagnostic.note(format!("environments: {}", names.join(", "))),
    }
}

pub fn no_env_at(span: Span, path: &str) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_ENV, span, format!("no environment is declared in {path}"))
}

pub fn not_in_environment(span: Span, env: &str, kind: &str, name: &str) -> Diagnostic {
    Diagnostic::error(code::NOT_IN_ENVIRONMENT, span, format!("{kind} {name} is referred to, but env {env} does not list it"))
        .label("needed by this")
        .help(format!("add `{kind} {name}` to env {env}"))
}

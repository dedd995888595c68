//! Messages of the build itself: files, environments, what is listed and what is not.

use std::collections::BTreeMap;

use diag::{Diagnostic, FileId, Label, Span, code, nearest};
use eval::assertion::Failure;
use sema::ir::{Env, Expect, Patch};

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

pub fn broken_schema(span: Span, why: &str) -> Diagnostic {
    Diagnostic::error(code::BROKEN_SCHEMA, span, format!("this definition cannot be read: {why}")).label("here")
}

pub fn schema_twice(span: Span, kind: &str) -> Diagnostic {
    Diagnostic::error(code::BROKEN_SCHEMA, span, format!("{kind} is defined twice")).label("again here")
}

pub fn schema_changed(span: Span, path: &str) -> Diagnostic {
    Diagnostic::error(code::SCHEMA_CHANGED, span, format!("{path} is not what vix.lock says it is"))
        .label("changed since it was added")
        .help(format!("`vix schema add {path}` takes it as it is now"))
}

/// What the evaluator found missing, told with the reason why it could not be had.
pub fn with_reason(mut diagnostic: Diagnostic, faults: &BTreeMap<String, Fault>) -> Diagnostic {
    let named = |path: &str| diagnostic.message.ends_with(&format!("`{path}`"));
    if diagnostic.code == code::UNREADABLE_FILE
        && let Some(fault) = faults.values().find(|it| it.kind != FaultKind::Missing && named(&it.path))
    {
        diagnostic.message = unreadable(diagnostic.primary.span, fault).message;
        diagnostic.primary.text = label_of(fault.kind).to_owned();
    }
    diagnostic
}

/// What a file that cannot be had is.
fn label_of(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Missing => "paths start at the project root",
        FaultKind::Denied => "may not be read",
        FaultKind::OutsideRoot => "leads out of the project",
        FaultKind::NotRegular => "a file is needed",
        FaultKind::TooLarge => "too large",
        FaultKind::Loop => "leads in a circle",
        FaultKind::Other => "cannot be read",
    }
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

/// `env dev`, or `layer nonprod, in env dev`.
fn place_of(env: &Env, step: &Env) -> String {
    if step.is_layer { format!("layer {}, in env {}", step.name, env.name) } else { format!("env {}", env.name) }
}

pub fn hits_nothing(span: Span, what: &str, env: &Env, step: &Env) -> Diagnostic {
    Diagnostic::error(code::UNEXPECTED_COUNT, span, format!("this {what} fits no object of {}", place_of(env, step))).label("hits nothing")
}

pub fn unexpected_hits(span: Span, kinds: &str, expect: Expect, count: u32, env: &Env, step: &Env) -> Diagnostic {
    let wanted = match expect {
        Expect::Any => "any number".to_owned(),
        Expect::Some => "at least one".to_owned(),
        Expect::Count(low, high) if low == high => low.to_string(),
        Expect::Count(low, high) => format!("{low} to {high}"),
    };
    let hit = if count == 0 { "nothing".to_owned() } else { count.to_string() };
    let message = format!("each hits {hit} of {kinds}, where {wanted} should be: {}", place_of(env, step));
    let diagnostic = Diagnostic::error(code::UNEXPECTED_COUNT, span, message).label(format!("expects {wanted}"));
    if count == 0 { diagnostic.help("if there may be none, say `expect any`") } else { diagnostic }
}

pub fn patch_hits(patch: &Patch, count: u32, env: &Env, step: &Env) -> Diagnostic {
    let place = place_of(env, step);
    if count == 0 {
        let message = format!("no object \"{}\" of that kind in {place}", patch.name);
        return Diagnostic::error(code::PATCH_TARGET_MISSING, patch.name_span, message).label("not there").help("if it may be missing, say `expect any`");
    }
    Diagnostic::error(code::UNEXPECTED_COUNT, patch.span, format!("the patch hits {count} objects in {place}")).label("expects another number")
}

/// A `check` that does not hold in an environment, or a `test` that fails; elements by what they are called and where they are made, and the way from
/// the first of them to what is false.
pub fn assertion_failed(title: &str, env: Option<&str>, failure: &Failure, elements: &[(String, Option<Span>)], inner: &[String]) -> Diagnostic {
    let mut diagnostic = match env {
        Some(env) => Diagnostic::error(code::CHECK_FAILED, failure.at, format!("check \"{title}\" does not hold in env {env}")),
        None => Diagnostic::error(code::TEST_FAILED, failure.at, format!("test \"{title}\" fails")),
    };
    let of_env = env.map_or(String::new(), |it| format!(" of env {it}"));
    let whose = elements.first().map(|(first, _)| {
        let way: Vec<String> = inner.iter().map(|it| format!(" (element {it})")).collect();
        format!(" for {first}{}{of_env}", way.concat())
    });
    let whose = whose.or_else(|| env.map(|it| format!(" in env {it}"))).unwrap_or_default();
    // Values stand at the parts that have them; the whole would only hide these.
    let mut values = failure.values.iter();
    diagnostic.primary = match values.next() {
        Some((span, text)) => Label { span: *span, text: format!("{text}{whose}") },
        None => Label { span: failure.at, text: format!("false{whose}") },
    };
    diagnostic.labels.extend(values.map(|(span, text)| Label { span: *span, text: text.clone() }));
    diagnostic.labels.extend(elements.first().and_then(|(name, place)| Some(Label { span: (*place)?, text: format!("{name} is made here") })));
    if elements.len() > 1 {
        let names: Vec<&str> = elements[1..].iter().map(|it| it.0.as_str()).collect();
        let more = if failure.more > 0 { format!(" and {} more", failure.more) } else { String::new() };
        diagnostic.notes.push(format!("also false for {}{more}", names.join(", ")));
    }
    diagnostic.notes.extend(failure.notes.iter().cloned());
    diagnostic
}

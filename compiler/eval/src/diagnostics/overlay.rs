//! What is wrong with changes of objects.

use diag::{Diagnostic, Span, code, nearest};
use sema::ir::Expect;

/// So many objects or names are listed in a message.
const LISTED_MAX: usize = 12;

fn list(names: &[impl AsRef<str>]) -> String {
    let shown: Vec<&str> = names.iter().take(LISTED_MAX).map(AsRef::as_ref).collect();
    let more = names.len().saturating_sub(LISTED_MAX);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

pub(crate) fn layer_conflict(at: Span, path: &str, other: Span) -> Diagnostic {
    Diagnostic::error(code::LAYER_CONFLICT, at, format!("`{path}` is set twice in one sub-layer"))
        .label("set again here, to another value")
        .also(other, "set here first")
        .help("the order of traits means nothing; a `patch` may override what they write")
}

pub(crate) fn final_override(at: Span, key: &str, declared: Span) -> Diagnostic {
    Diagnostic::error(code::FINAL_OVERRIDE, at, format!("`{key}` is final: no later layer may change it")).label("changed here").also(declared, "final here")
}

pub(crate) fn path_missing(at: Span, key: &str, is_element: bool, removes: bool, names: &[&str]) -> Diagnostic {
    let what = if is_element { "element" } else { "field or key" };
    let diagnostic = Diagnostic::error(code::PATH_MISSING, at, format!("there is no {what} `{key}` to {}", if removes { "remove" } else { "change" }));
    // One letter alone is like any other.
    let near = if key.chars().nth(1).is_some() { nearest(key, names.iter().copied()) } else { None };
    let diagnostic = match near {
        Some(near) => diagnostic.label(format!("did you mean `{near}`?")).fix(at, near, format!("write `{near}`")),
        None => diagnostic.label("not there"),
    };
    let diagnostic = if names.is_empty() { diagnostic.note("nothing is there") } else { diagnostic.note(format!("there: {}", list(names))) };
    if is_element && !removes { diagnostic.help("a new element needs `add`") } else { diagnostic }
}

pub(crate) fn element_exists(at: Span, key: &str) -> Diagnostic {
    Diagnostic::error(code::ELEMENT_EXISTS, at, format!("there is an element `{key}` already"))
        .label("added again here")
        .help("without `add`, its fields are changed")
}

pub(crate) fn patch_target_missing(at: Span, kind: &str, name: &str, owner: &str, names: &[String], objects: &[String]) -> Diagnostic {
    let diagnostic = Diagnostic::error(code::PATCH_TARGET_MISSING, at, format!("no {kind} \"{name}\" in {owner}"));
    let diagnostic = match nearest(name, names.iter().map(String::as_str)).or(if let [only] = names { Some(only) } else { None }) {
        Some(near) => diagnostic.label(format!("did you mean `{near}`?")).fix(at, near, format!("write `{near}`")),
        None => diagnostic.label("not there"),
    };
    let diagnostic = if objects.is_empty() { diagnostic.note("it has no objects") } else { diagnostic.note(format!("objects here: {}", list(objects))) };
    diagnostic.help("if it may be missing, say `expect any`")
}

pub(crate) fn trait_hits_nothing(at: Span, name: &str, kinds: &str, declared: Span, objects: &[String]) -> Diagnostic {
    let diagnostic = Diagnostic::error(code::UNEXPECTED_COUNT, at, format!("trait `{name}` fits no object here"))
        .label(format!("is on {kinds}"))
        .also(declared, "declared here");
    if objects.is_empty() { diagnostic.note("there are no objects") } else { diagnostic.note(format!("objects here: {}", list(objects))) }
}

pub(crate) fn unexpected_count(at: Span, what: &str, kinds: &str, expect: Expect, count: u32, objects: &[String]) -> Diagnostic {
    let wanted = match expect {
        Expect::Any => "any number".to_owned(),
        Expect::Some => "at least one".to_owned(),
        Expect::Count(low, high) if low == high => low.to_string(),
        Expect::Count(low, high) => format!("{low} to {high}"),
    };
    let hit = if count == 0 { "nothing".to_owned() } else { count.to_string() };
    let diagnostic =
        Diagnostic::error(code::UNEXPECTED_COUNT, at, format!("{what} hits {hit} of {kinds}, where {wanted} should be")).label(format!("expects {wanted}"));
    let diagnostic = if objects.is_empty() { diagnostic } else { diagnostic.note(format!("objects here: {}", list(objects))) };
    if count == 0 { diagnostic.help("if there may be none, say `expect any`") } else { diagnostic }
}

//! The only place where this room builds diagnostics.

mod overlay;

pub(crate) use overlay::*;

use diag::{Code, Diagnostic, Sink, Span, code};
use syntax::literal::quantity::ArithmeticError;

use crate::finish::walk::{Violation, Wrong};

pub(crate) fn fuel_exhausted(at: Span, unit: &str, limit: u64, costly: &[(Span, u64)]) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(code::FUEL_EXHAUSTED, at, format!("evaluation needs more than {limit} {unit}")).label("the fuel ended here");
    for (span, count) in costly {
        diagnostic = diagnostic.also(*span, format!("ran {count} times"));
    }
    diagnostic
}

pub(crate) fn too_deep(at: Span, limit: u32) -> Diagnostic {
    Diagnostic::error(code::FUEL_EXHAUSTED, at, format!("expressions and calls are nested more than {limit} deep")).label("this is one too deep")
}

pub(crate) fn range_too_large(at: Span, len: i128, limit: u128) -> Diagnostic {
    Diagnostic::error(code::RANGE_TOO_LARGE, at, format!("a range of {len} members is larger than a value may be")).label(format!("at most {limit} members"))
}

pub(crate) fn ip_range_order(at: Span, first: &str, last: &str) -> Diagnostic {
    Diagnostic::error(code::OUT_OF_RANGE, at, format!("`{first}..{last}` is no range of addresses"))
        .label("both ends are of one family, the first is not behind the last")
}

pub(crate) fn ip_out_of_family(at: Span, ip: &str, count: i128) -> Diagnostic {
    Diagnostic::error(code::OUT_OF_RANGE, at, format!("there is no address {count} places from {ip}")).label("leaves the address space")
}

pub(crate) fn no_such_host(at: Span, cidr: &str, nth: i64) -> Diagnostic {
    Diagnostic::error(code::OUT_OF_RANGE, at, format!("{cidr} has no host {nth}")).label("not a host of this network")
}

pub(crate) fn integer_overflow(at: Span) -> Diagnostic {
    Diagnostic::error(code::INTEGER_OVERFLOW, at, "the result is larger than can be computed with").label("this overflows")
}

pub(crate) fn arithmetic(at: Span, error: ArithmeticError) -> Diagnostic {
    match error {
        ArithmeticError::Overflow => integer_overflow(at),
        ArithmeticError::DivisionByZero => division_by_zero(at),
        ArithmeticError::Inexact => {
            Diagnostic::error(code::DIVISION_NOT_EXACT, at, "this division has no exact result").label("the result would have to be rounded")
        }
    }
}

pub(crate) fn no_whole_seconds(at: Span, shown: &str) -> Diagnostic {
    Diagnostic::error(code::DIVISION_NOT_EXACT, at, format!("`{shown}` is no whole number of seconds")).label("whole seconds are needed")
}

pub(crate) fn division_by_zero(at: Span) -> Diagnostic {
    Diagnostic::error(code::DIVISION_NOT_EXACT, at, "this is a division by zero").label("the divisor is 0")
}

pub(crate) fn out_of_range(at: Span, shown: &str, why: &str) -> Diagnostic {
    misfit(code::OUT_OF_RANGE, at, shown, why)
}

/// A value of the right form that does not fit.
pub(crate) fn misfit(code: Code, at: Span, shown: &str, why: &str) -> Diagnostic {
    let message = if shown.is_empty() { format!("this value does not fit: {why}") } else { format!("`{}` does not fit: {why}", clip(shown)) };
    Diagnostic::error(code, at, message).label(why)
}

/// Adds to what was found since: the place that the value did not fit.
pub(crate) fn needed_here(sink: Sink, since: usize, at: Span) -> Sink {
    let mut result = Sink::new();
    for (nth, diagnostic) in sink.diagnostics().iter().enumerate() {
        let diagnostic = diagnostic.clone();
        result.push(if nth >= since && diagnostic.primary.span != at { diagnostic.also(at, "it has to fit here") } else { diagnostic });
    }
    result
}

pub(crate) fn absent_value(at: Span) -> Diagnostic {
    Diagnostic::error(code::MAY_BE_ABSENT, at, "a value is needed, and this one is absent").label("absent here")
}

pub(crate) fn key_with_hole(at: Span) -> Diagnostic {
    Diagnostic::error(code::KEY_NOT_KNOWN, at, "a key cannot depend on another instance").label("known only once all instances are linked")
}

pub(crate) fn no_key(at: Span) -> Diagnostic {
    Diagnostic::error(code::KEY_NOT_KNOWN, at, "this value is no key").label("a text is needed")
}

pub(crate) fn no_text(at: Span) -> Diagnostic {
    Diagnostic::error(code::OUT_OF_RANGE, at, "this value has no text").label("only single values stand in a text")
}

pub(crate) fn missing_file(at: Span, path: &str) -> Diagnostic {
    Diagnostic::error(code::UNREADABLE_FILE, at, format!("there is no file `{path}`")).label("paths start at the project root")
}

pub(crate) fn not_utf8(at: Span, path: &str, byte: usize) -> Diagnostic {
    Diagnostic::error(code::UNREADABLE_FILE, at, format!("`{path}` is no UTF-8 text")).label(format!("byte {byte} belongs to no character"))
}

pub(crate) fn bad_yaml(at: Span, path: &str, why: &str) -> Diagnostic {
    Diagnostic::error(code::UNREADABLE_FILE, at, format!("`{path}` cannot be read as YAML: {why}")).label("read here")
}

pub(crate) fn no_sealed_secret(at: Span, path: &str) -> Diagnostic {
    Diagnostic::error(code::UNREADABLE_FILE, at, format!("`{path}` is no SealedSecret with `spec.encryptedData`")).label("read here")
}

pub(crate) fn no_texts(at: Span, path: &str) -> Diagnostic {
    Diagnostic::error(code::UNREADABLE_FILE, at, format!("`{path}` does not hold texts by key, as a secret does")).label("read here")
}

pub(crate) fn no_arm(at: Span) -> Diagnostic {
    Diagnostic::error(code::OUT_OF_RANGE, at, "no arm of this `match` takes the value").label("none fits")
}

pub(crate) fn missing_setting(at: Span, name: &str) -> Diagnostic {
    Diagnostic::error(code::MISSING_SETTING, at, format!("setting `{name}` has no default and is not set")).label("not set for this environment")
}

pub(crate) fn missing_param(at: Span, kind: &str, name: &str, param: &str, read: Span) -> Diagnostic {
    Diagnostic::error(code::MISSING_PARAM, at, format!("{kind} {name} has no value for its parameter `{param}`"))
        .label("neither here nor in the environment")
        .also(read, "read here")
}

pub(crate) fn missing_field(at: Span, field: &str, ty: Option<&str>, declared: Span) -> Diagnostic {
    let of = ty.map_or(String::new(), |it| format!(" of {it}"));
    Diagnostic::error(code::MISSING_FIELD, at, format!("field `{field}`{of} is missing"))
        .label(format!("no `{field}` here"))
        .also(declared, "declared here, without a default")
}

pub(crate) fn missing_alternative(at: Span, names: &[&str]) -> Diagnostic {
    let names: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
    Diagnostic::error(code::MISSING_FIELD, at, format!("one of {} is missing", names.join(", "))).label("none of them here")
}

pub(crate) fn union_conflict(at: Span, first: &str, second: &str, other: Span) -> Diagnostic {
    Diagnostic::error(code::UNION_CONFLICT, at, format!("both `{first}` and `{second}` are set, and only one of them can be"))
        .label("the second")
        .also(other, "the first")
}

pub(crate) fn duplicate_field(at: Span, field: &str, other: Span) -> Diagnostic {
    Diagnostic::error(code::DUPLICATE_FIELD, at, format!("`{field}` is set twice")).label("set again here, to another value").also(other, "set here first")
}

pub(crate) fn param_cycle(at: Span, name: &str) -> Diagnostic {
    Diagnostic::error(code::DEPENDENCY_CYCLE, at, format!("param `{name}` needs itself")).label("needs the value that is being made")
}

pub(crate) fn duplicate_key(at: Span, field: &str, other: Span) -> Diagnostic {
    Diagnostic::error(code::DUPLICATE_KEY, at, format!("`{field}` already has an element with this key"))
        .label("added again here")
        .also(other, "there since here")
}

pub(crate) fn broken_yaml(at: Span, why: &str) -> Diagnostic {
    Diagnostic::error(code::BAD_YAML, at, why.to_owned()).label("here")
}

pub(crate) fn no_object_in_yaml(at: Span) -> Diagnostic {
    Diagnostic::error(code::BAD_YAML, at, "there is no object in this YAML").label("an object is a map with `apiVersion`, `kind` and `metadata.name`")
}

pub(crate) fn yaml_without(at: Span, what: &str) -> Diagnostic {
    Diagnostic::error(code::BAD_YAML, at, format!("this object lacks {what}")).label("begins here")
}

pub(crate) fn unknown_kind_in_yaml(at: Span, version: &str, kind: &str) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_KIND, at, format!("no schema has a kind `{kind}` of `{version}`"))
        .label("unknown kind")
        .help("add the file of its CustomResourceDefinition with `vix schema add FILE`")
}

pub(crate) fn needs_environment(at: Span) -> Diagnostic {
    Diagnostic::error(code::NOT_IN_SCOPE, at, "this needs an environment: something in it reads `here` or a setting without default")
        .label("evaluated outside of all environments")
        .help("test an object of an environment, with `build(env.NAME)`, or give the function what it needs as a parameter")
}

pub(crate) fn many_objects(at: Span, kind: &str, name: &str, env: &str, namespaces: &[&str]) -> Diagnostic {
    Diagnostic::error(code::AMBIGUOUS_REFERENCE, at, format!("env {env} has {} objects {kind} `{name}`", namespaces.len()))
        .label("which one?")
        .help("name the namespace: `object(KIND, \"NAME\", namespace: \"NAMESPACE\")`")
        .note(format!("there is one in each of: {}", namespaces.join(", ")))
}

pub(crate) fn no_answer(at: Span, kind: &str, name: &str, path: &str) -> Diagnostic {
    let what = if path.is_empty() { format!("{kind} {name}") } else { format!("`{path}` of {kind} {name}") };
    Diagnostic::error(code::NOT_IN_ENVIRONMENT, at, format!("{what} is not in the environment that is checked")).label("has no value there")
}

pub(crate) fn missing_namespace(at: Span, object: &str, kind: &str, name: &str) -> Diagnostic {
    Diagnostic::error(code::MISSING_NAMESPACE, at, format!("{object} of {kind} {name} has no namespace"))
        .label("made here, without `in`")
        .help("set `namespace` in the instance, or write `in NAMESPACE` behind the object's name")
}

pub(crate) fn no_object(at: Span, kind: &str, name: &str, path: &str) -> Diagnostic {
    let message = match path {
        "" => format!("{kind} {name} makes no object that stands for it"),
        path => format!("`{path}` of {kind} {name} has no object"),
    };
    Diagnostic::error(code::NO_OBJECT, at, message).label("its name is asked for here")
}

pub(crate) fn hash_cycle(at: Span) -> Diagnostic {
    Diagnostic::error(code::HASH_CYCLE, at, "this name depends on itself").label("its suffix is made of data that holds the name")
}

pub(crate) fn not_hashable(at: Span, kind: &str) -> Diagnostic {
    Diagnostic::error(code::OUT_OF_RANGE, at, format!("only a ConfigMap or Secret can be `hashed`, this is a {kind}")).label("no data to hash")
}

/// What is to be said of the cluster's version.
#[derive(Default)]
pub(crate) struct VersionNote {
    /// The version, as written.
    pub kubernetes: String,
    /// Where it is written.
    pub at: Option<Span>,
    /// In which versions it is, in words.
    pub since: String,
    /// A version of the kind that the cluster has.
    pub other: Option<String>,
}

fn not_in_version(at: Span, place: &str, what: &str, version: &VersionNote) -> Diagnostic {
    let VersionNote { kubernetes, at: written, since, other } = version;
    let diagnostic =
        Diagnostic::error(code::NOT_IN_VERSION, at, format!("Kubernetes {kubernetes} does not know {what}{place}")).label(format!("there {since}"));
    let diagnostic = match written {
        Some(written) => diagnostic.also(*written, format!("the cluster runs {kubernetes}")),
        None => diagnostic.note("the cluster names no version, so it has the project's: `kubernetes` in vix.toml"),
    };
    match other {
        Some(other) => diagnostic.help(format!("Kubernetes {kubernetes} knows `{other}`")),
        None => diagnostic,
    }
}

/// What the schema refuses, at the place it came from.
pub(crate) fn violation(violation: &Violation, kind: &str, name: &str, object: Span, writer: Option<Span>, version: &VersionNote) -> Diagnostic {
    let Violation { path, at, wrong } = violation;
    // A field that the version lacks is wrong as a whole, whatever its value.
    let at = match (wrong, &writer) {
        (Wrong::Version(None, _), Some(writer)) if writer.file == at.file && writer.start <= at.start && at.end <= writer.end => writer,
        _ => at,
    };
    let place = if path.is_empty() { format!("{kind} {name}") } else { format!("{path} of {kind} {name}") };
    let diagnostic = match wrong {
        Wrong::Missing(field) => Diagnostic::error(code::MISSING_FIELD, *at, format!("{place} needs a field `{field}`")).label(format!("no `{field}` here")),
        Wrong::Unknown(field) => Diagnostic::error(code::UNKNOWN_FIELD, *at, format!("{kind} has no field {path}")).label(format!("no field `{field}` there")),
        Wrong::Type(wanted, given) => Diagnostic::error(code::TYPE_MISMATCH, *at, format!("{place} is {wanted}, and this is {given}")).label(given.to_string()),
        Wrong::Range(shown, why) => Diagnostic::error(code::OUT_OF_RANGE, *at, format!("`{}` does not fit {place}: {why}", clip(shown))).label(why.as_str()),
        Wrong::Word(shown, why) => Diagnostic::error(code::UNKNOWN_VALUE, *at, format!("`{}` does not fit {place}: {why}", clip(shown))).label(why.as_str()),
        Wrong::Version(Some(word), _) => not_in_version(*at, &format!(" in {place}"), &format!("the value `{word}`"), version),
        Wrong::Version(None, _) if path.is_empty() => not_in_version(*at, "", &format!("the kind of {place}"), version),
        Wrong::Version(None, _) => not_in_version(*at, "", &place, version),
        Wrong::Duplicate(key) => Diagnostic::error(code::DUPLICATE_KEY, *at, format!("{place} has two elements `{key}`")).label("the second"),
        Wrong::Union(first, second) => {
            Diagnostic::error(code::UNION_CONFLICT, *at, format!("{place} has both `{first}` and `{second}`, and only one of them can be set"))
                .label("the second")
        }
    };
    let diagnostic = match writer {
        Some(writer) if writer != *at => diagnostic.also(writer, "written into the object here"),
        _ => diagnostic,
    };
    let is_inside = matches!(wrong, Wrong::Version(..)) && object.file == at.file && object.start <= at.start && at.end <= object.end;
    if object == *at || is_inside { diagnostic } else { diagnostic.also(object, format!("this {kind}")) }
}

/// A value for a message: its beginning.
fn clip(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let clipped: String = line.chars().take(60).collect();
    if clipped.len() < text.len() { format!("{clipped}…") } else { clipped }
}

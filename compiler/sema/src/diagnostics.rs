//! Every message of the analysis. Functions take what is at hand and make the text; nobody else in this crate formats one.

mod overlay;

use std::sync::Arc;

use diag::{Diagnostic, Span, code, nearest};

pub use overlay::*;

/// The nearest name; one letter alone is like any other.
fn near<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if word.chars().nth(1).is_some() { nearest(word, names) } else { None }
}

/// Adds the nearest name as a fix, else what exists as a note.
fn suggest<S: AsRef<str>>(diagnostic: Diagnostic, span: Span, word: &str, names: &[S]) -> Diagnostic {
    if let Some(near) = near(word, names.iter().map(AsRef::as_ref)) {
        return diagnostic.label(format!("did you mean `{near}`?")).fix(span, near, format!("write `{near}`"));
    }
    match listed(names) {
        Some(list) => diagnostic.note(format!("known here: {list}")),
        None => diagnostic,
    }
}

/// The names in order, at most ten.
fn listed<S: AsRef<str>>(names: &[S]) -> Option<String> {
    let mut names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    names.retain(|it| !it.is_empty());
    names.sort_unstable();
    names.dedup();
    // A long list helps nobody.
    if names.is_empty() || names.len() > 40 {
        return None;
    }
    let mut text = names.iter().take(10).map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    if names.len() > 10 {
        text.push_str(&format!(" and {} more", names.len() - 10));
    }
    Some(text)
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) { "an" } else { "a" }
}

pub fn always_present(span: Span, ty: &str) -> Diagnostic {
    Diagnostic::error(code::TYPE_MISMATCH, span, format!("this is always present: it has type `{ty}`, not `{ty}?`"))
        .label("never absent")
        .note("`if let` and `??` are for optional values")
}

pub fn ambiguous_key(span: Span, word: &str, names: &[String]) -> Diagnostic {
    Diagnostic::error(code::AMBIGUOUS_REFERENCE, span, format!("`{word}` is the key of more than one entry"))
        .label("which one?")
        .help(format!("write one of {}", names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")))
}

pub fn ambiguous_kind(span: Span, text: &str, names: &[String]) -> Diagnostic {
    Diagnostic::error(code::AMBIGUOUS_REFERENCE, span, format!("`{text}` is a kind of more than one API group"))
        .label("which group?")
        .help(format!("write one of {}", names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")))
}

/// A word that is both a variable and a key of the instance.
pub fn ambiguous_variable(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(code::AMBIGUOUS_REFERENCE, span, format!("`{word}` could be the variable of that name or a key of this instance"))
        .label("which one?")
        .help("give one of the two another name")
}

/// A word that is both a variable and an instance; `other` names the instance in full.
pub fn ambiguous_instance(span: Span, word: &str, other: &str) -> Diagnostic {
    Diagnostic::error(code::AMBIGUOUS_REFERENCE, span, format!("`{word}` could be the variable of that name or `{other}`")).label("which one?").fix(
        span,
        other,
        format!("write `{other}`, or give the variable another name"),
    )
}

pub fn ambiguous_reference(span: Span, word: &str, first: &str, second: &str) -> Diagnostic {
    Diagnostic::error(code::AMBIGUOUS_REFERENCE, span, format!("`{word}` could be `{first}` or `{second}`")).label("which one?")
}

pub fn bad_literal(span: Span, what: &str, why: &str) -> Diagnostic {
    Diagnostic::error(code::INVALID_LITERAL, span, format!("this is not {} {what}: {why}", article(what))).label("from here")
}

pub fn bad_operand(span: Span, op: &str, ty: &str) -> Diagnostic {
    Diagnostic::error(code::TYPE_MISMATCH, span, format!("`{op}` does not work on `{ty}`")).label(format!("has type `{ty}`"))
}

pub fn bad_operands(span: Span, op: &str, left: &str, right: &str) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(code::TYPE_MISMATCH, span, format!("`{op}` does not work between `{left}` and `{right}`")).label("types do not go together");
    match (op, left, right) {
        ("/", "Int", "Int") => diagnostic.help("write `div(a, b)`, which rounds down"),
        ("+", "String" | "Text", _) | ("+", _, "String" | "Text") => diagnostic.help("write one text with holes: `\"\\(a)\\(b)\"`"),
        _ => diagnostic,
    }
}

pub fn bad_path(span: Span, path: &str, why: &str) -> Diagnostic {
    Diagnostic::error(code::BAD_PATH, span, format!("`{path}` does not name a file of the project: {why}")).label("path of an input")
}

pub fn bad_pattern(span: Span, why: &str) -> Diagnostic {
    Diagnostic::error(code::BAD_REFINEMENT, span, format!("the pattern is not a regular expression: {why}")).label("RE2 syntax, without look-around")
}

pub fn bad_refinement(span: Span, what: &str, why: &str) -> Diagnostic {
    Diagnostic::error(code::BAD_REFINEMENT, span, format!("`{what}` cannot be refined like this: {why}")).label("not a refinement")
}

pub fn computed_field(span: Span, ty: &str) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_FIELD, span, format!("`{ty}` is a record, whose fields cannot be computed")).label("computed key")
}

pub fn cycle(what: &str, name: &str, span: Span, steps: &[(String, Span)]) -> Diagnostic {
    let mut names: Vec<&str> = steps.iter().map(|it| it.0.as_str()).collect();
    names.extend(steps.first().map(|it| it.0.as_str()));
    let mut diagnostic =
        Diagnostic::error(code::DEPENDENCY_CYCLE, span, format!("{what} `{name}` needs itself: {}", names.join(" -> "))).label("the cycle starts here");
    for (at, (step, place)) in steps.iter().enumerate().skip(1) {
        let next = steps.get(at + 1).or(steps.first()).map_or("", |it| it.0.as_str());
        diagnostic = diagnostic.also(*place, format!("`{step}` needs `{next}`"));
    }
    diagnostic
}

pub fn duplicate_declaration(what: &str, name: &str, span: Span, other: Span) -> Diagnostic {
    Diagnostic::error(code::DUPLICATE_DECLARATION, span, format!("{what} `{name}` is declared twice")).label("second").also(other, "first")
}

pub fn declared_in_library(what: &str, name: &str, span: Span, other: Span) -> Diagnostic {
    Diagnostic::error(code::DUPLICATE_DECLARATION, span, format!("the library already has a {what} `{name}`")).label("choose another name").also(other, "first")
}

pub fn duplicate_settings(span: Span, other: Span) -> Diagnostic {
    Diagnostic::error(code::DUPLICATE_DECLARATION, span, "the settings of a project are declared twice")
        .label("second")
        .also(other, "first")
        .help("write all of them into one `settings` block")
}

pub fn entry_without_field(span: Span, word: &str, entry: &str) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_REFERENCE, span, format!("`{word}` is an entry of this instance, which is written `{entry}`"))
        .label(format!("did you mean `{entry}`?"))
        .fix(span, entry, format!("write `{entry}`"))
}

pub fn entries_without_key(span: Span, map: &str, field: &str, ty: &str) -> Diagnostic {
    Diagnostic::error(code::TYPE_MISMATCH, span, format!("`{map}` holds entries by key, but `{field}` is a field of one (`{ty}`)"))
        .label("no key")
        .help(format!("write `{map} NAME {{ .. }}`"))
}

pub fn duplicate_field(span: Span, name: &str, other: Span) -> Diagnostic {
    Diagnostic::error(code::DUPLICATE_FIELD, span, format!("`{name}` is set twice")).label("second").also(other, "first")
}

pub fn may_be_absent(span: Span, to: &str) -> Diagnostic {
    Diagnostic::error(code::MAY_BE_ABSENT, span, format!("this may be absent, but `{to}` is needed"))
        .label("optional")
        .note("give a default with `??`, or use it inside `if let`")
}

pub fn misplaced(span: Span, word: &str, why: &str) -> Diagnostic {
    Diagnostic::error(code::MISPLACED_ENTRY, span, format!("`{word}` cannot stand here: {why}")).label("not here")
}

pub fn missing_alternative(span: Span, ty: &str, names: &[&str]) -> Diagnostic {
    let list = names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    let what = if ty == "one of" { String::new() } else { format!(" for `{ty}`") };
    Diagnostic::error(code::MISSING_FIELD, span, format!("exactly one of {list} must be given{what}")).label("none is given")
}

pub fn missing_argument(span: Span, name: &str, missing: &[&str]) -> Diagnostic {
    let list = missing.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    Diagnostic::error(code::WRONG_ARGUMENTS, span, format!("`{name}` needs {list}")).label("argument missing")
}

pub fn missing_cluster(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error(code::MISSING_FIELD, span, format!("env {name} does not say which cluster it is for"))
        .label("no `cluster`")
        .note("an environment is for one cluster: `cluster: cluster.NAME`")
}

pub fn missing_field(span: Span, ty: &str, names: &[String]) -> Diagnostic {
    let list = names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    let what = if ty == "record" { "this record".to_owned() } else { format!("`{ty}`") };
    Diagnostic::error(code::MISSING_FIELD, span, format!("{what} needs {list}")).label(format!("{list} missing"))
}

pub fn missing_on(diagnostic: Diagnostic, kind: &str, name: &str) -> Diagnostic {
    diagnostic.note(format!("`on` is written in the head: `{kind} {name} on ..`"))
}

pub fn missing_param(span: Span, instance: &str, names: &[String]) -> Diagnostic {
    let list = names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    Diagnostic::error(code::MISSING_PARAM, span, format!("{instance} needs {list}")).label("neither the instance nor the environment sets it")
}

pub fn missing_setting(span: Span, env: &str, library: &str, names: &[String]) -> Diagnostic {
    let list = names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    let block = if library.is_empty() { "settings".to_owned() } else { format!("settings {library}") };
    Diagnostic::error(code::MISSING_SETTING, span, format!("env {env} does not set {list}")).label(format!("`{block} {{ .. }}` lacks {list}"))
}

pub fn missing_value(span: Span, ty: &str) -> Diagnostic {
    Diagnostic::error(code::MISSING_FIELD, span, format!("a value of type `{ty}` is missing")).label("value expected behind this")
}

pub fn namespace_on_cluster_scope(span: Span, kind: &str) -> Diagnostic {
    Diagnostic::warning(code::NAMESPACE_ON_CLUSTER_SCOPE, span, format!("{kind} objects live outside namespaces")).label("has no meaning")
}

pub fn empty_namespace(span: Span, kind: &str) -> Diagnostic {
    Diagnostic::warning(code::EMPTY_NAMESPACE, span, format!("this {kind} object gets no namespace: whoever applies it decides where it goes"))
        .label("no namespace")
        .help("name one, or write `allow empty-namespace \"why\"` in this block")
}

pub fn external_without_namespace(span: Span, kind: &str) -> Diagnostic {
    Diagnostic::error(code::MISSING_NAMESPACE, span, format!("this `extern` does not say in which namespace the {kind} is"))
        .label("no namespace")
        .help("write `in NAMESPACE` behind the object's name")
}

pub fn hole_in_yaml(span: Span) -> Diagnostic {
    Diagnostic::error(code::MISPLACED_ENTRY, span, "`\\(..)` cannot stand here: pasted YAML is plain text")
        .label("holds a value")
        .help("write the object as `object KIND NAME { .. }`, or use a raw text `#\"\"\"..\"\"\"#`")
}

pub fn no_environment(span: Span) -> Diagnostic {
    Diagnostic::error(code::TYPE_MISMATCH, span, "an environment is expected here: `env.NAME`").label("no environment")
}

pub fn unknown_environment(span: Span, name: &str, names: &[&str]) -> Diagnostic {
    suggest(Diagnostic::error(code::UNKNOWN_ENV, span, format!("there is no environment `{name}`")).label("not declared"), span, name, names)
}

/// `objects(..)` or `build(..)` where there are none: in a `check`, in a `test`, or elsewhere.
pub fn objects_not_here(span: Span, word: &str, in_check: bool, in_test: bool) -> Diagnostic {
    let diagnostic = |message: &str| Diagnostic::error(code::NOT_IN_SCOPE, span, message).label("not in scope");
    match (word, in_check, in_test) {
        ("objects", _, true) => diagnostic("a test says whose objects it means").help("write `build(env.NAME).objects(KIND)`"),
        ("build", true, _) => diagnostic("a check sees the environment that it is checked in, and no other").help("write `objects(KIND)`, or make it a `test`"),
        ("build", _, true) => {
            diagnostic("an environment is no value; its objects are").help("write `build(env.NAME).objects(KIND)` or `build(env.NAME).object(KIND, \"NAME\")`")
        }
        _ => diagnostic("objects are not made yet here; only a `check` or `test` sees them"),
    }
}

pub fn no_kind_name(span: Span) -> Diagnostic {
    Diagnostic::error(code::TYPE_MISMATCH, span, "a kind of Kubernetes is expected here: `Deployment`, or `\"apps/v1.Deployment\"`").label("no kind")
}

pub fn kind_hidden(span: Span, name: &str, owner: &str) -> Diagnostic {
    Diagnostic::warning(code::KIND_HIDDEN, span, format!("in the body of kind {owner}, `{name}` is its field and not this kind"))
        .label("hidden there")
        .help("choose another name for the kind")
}

pub fn no_lint(span: Span, word: &str, lints: &[&str]) -> Diagnostic {
    let message = if code::find(word).is_some() { format!("`{word}` is an error, which cannot be allowed") } else { format!("there is no lint `{word}`") };
    suggest(Diagnostic::error(code::UNKNOWN_NAME, span, message).label("not a lint"), span, word, lints)
}

pub fn plain_secret(span: Span) -> Diagnostic {
    Diagnostic::warning(code::PLAIN_SECRET, span, "the values of this Secret stand in the source, readable for everyone who can read it")
        .label("written out")
        .help("take them from `external(..)`, `sops(..)` or `sealed(..)`")
}

pub fn not_served(span: Span, kind: &str, is_custom: bool, served: Option<&str>) -> Diagnostic {
    let (message, switch) = if is_custom {
        (format!("the definition of {kind} says that this version is not served"), "its definition")
    } else {
        (format!("an API server does not serve {kind} unless it is told to"), "`--runtime-config`")
    };
    let allowed = format!("where {switch} switches it on, write `allow not-served \"why\"`");
    let help = served.map_or(allowed.clone(), |it| format!("write `{it}`, which is served, or {allowed}"));
    Diagnostic::warning(code::NOT_SERVED, span, message).label("not served by default").help(help)
}

pub fn unknown_version(span: Span, version: &str, known: &[u32]) -> Diagnostic {
    let known = known.iter().map(|it| format!("1.{it}")).collect::<Vec<_>>().join(", ");
    Diagnostic::warning(code::UNKNOWN_VERSION, span, format!("this version of vix does not know Kubernetes {version}"))
        .label("objects are not checked against it")
        .note(format!("known: {known}"))
}

pub fn unreachable_arm(span: Span, other: Span) -> Diagnostic {
    Diagnostic::warning(code::UNREACHABLE_ARM, span, "this arm is never taken").label("nothing is left for it").also(other, "taken before")
}

pub fn not_matched(span: Span, ty: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(code::TYPE_MISMATCH, span, format!("`match` does not take `{ty}` apart"))
        .label(format!("has type `{ty}`"))
        .note("it distinguishes alternatives, texts and whole numbers");
    if ty == "Bool" { diagnostic.help("write `if .. then .. else ..`") } else { diagnostic }
}

pub fn no_entries(span: Span, field: &str, ty: &str, hides: bool) -> Diagnostic {
    let diagnostic = Diagnostic::error(code::TYPE_MISMATCH, span, format!("`{field}` is {} `{ty}`, which holds no entries", article(ty)))
        .label("nothing is named here")
        .help(format!("write `{field}: ..`"));
    if hides { diagnostic.note(format!("the field `{field}` hides the kind of that name here")) } else { diagnostic }
}

pub fn not_a_handle(span: Span) -> Diagnostic {
    Diagnostic::error(code::MISPLACED_ENTRY, span, "`as` takes the instance or one of its entries, such as `a.service[n]`").label("not a handle")
}

pub fn not_a_param(span: Span, kind: &str, name: &str, word: &str) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_PARAM, span, format!("`{word}` of {kind} {name} is not a param, so an environment cannot set it"))
        .label("a field of the kind")
        .note("declare it `param` in the kind, or patch the object")
}

pub fn not_a_statement(span: Span, word: &str, kinds: &[&str]) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(code::MISPLACED_ENTRY, span, format!("`{word}` is neither a statement nor a kind")).label("`lower` makes objects and instances");
    suggest(diagnostic, span, word, kinds)
}

pub fn not_a_union(span: Span, word: &str, ty: &str) -> Diagnostic {
    Diagnostic::error(code::TYPE_MISMATCH, span, format!("`{ty}` has no alternatives, so `{word}` cannot match it")).label("an alternative of a `one of`")
}

pub fn not_callable(span: Span) -> Diagnostic {
    Diagnostic::error(code::TYPE_MISMATCH, span, "this is not a function").label("cannot be called")
}

pub fn not_exhaustive(span: Span, missing: &[String]) -> Diagnostic {
    if missing.is_empty() {
        return Diagnostic::error(code::NOT_EXHAUSTIVE, span, "`match` does not cover all other values")
            .label("not every case is covered")
            .help("add an arm `_ => ..`");
    }
    let list = missing.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    Diagnostic::error(code::NOT_EXHAUSTIVE, span, format!("`match` does not cover {list}")).label("not every case is covered")
}

pub fn not_in_enum(span: Span, text: &str, values: &[Arc<str>]) -> Diagnostic {
    let quoted: Vec<String> = values.iter().map(|it| format!("{it:?}")).collect();
    let diagnostic = Diagnostic::error(code::UNKNOWN_VALUE, span, format!("{text:?} is not one of {}", quoted.join(", ")));
    match near(text, values.iter().map(|it| &**it)) {
        Some(near) => diagnostic.label(format!("did you mean {near:?}?")).fix(span, format!("{near:?}"), format!("write {near:?}")),
        None => diagnostic.label("not a value of this field"),
    }
}

pub fn not_in_scope(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(code::NOT_IN_SCOPE, span, format!("`{word}` has no meaning here")).label("not in scope")
}

pub fn not_indexable(span: Span, ty: &str) -> Diagnostic {
    Diagnostic::error(code::TYPE_MISMATCH, span, format!("`{ty}` has no elements")).label("neither list nor map")
}

pub fn not_iterable(span: Span, ty: &str) -> Diagnostic {
    Diagnostic::error(code::TYPE_MISMATCH, span, format!("`for` cannot walk `{ty}`")).label("neither list, map nor range")
}

pub fn not_keyed(span: Span, list: &str) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_FIELD, span, format!("elements of `{list}` have no key, so none can be named"))
        .label("a list without keys")
        .help(format!("write `{list}: [..]`"))
}

pub fn not_printable(span: Span, ty: &str) -> Diagnostic {
    Diagnostic::error(code::TYPE_MISMATCH, span, format!("`{ty}` cannot stand in a text")).label(format!("has type `{ty}`"))
}

pub fn not_readable(span: Span, word: &str, ty: &str, names: &[String]) -> Diagnostic {
    let diagnostic = Diagnostic::error(code::UNKNOWN_FIELD, span, format!("`{word}` cannot be read of `{ty}`"));
    match near(word, names.iter().map(String::as_str)) {
        Some(near) => diagnostic.label(format!("did you mean `{near}`?")).fix(span, near, format!("write `{near}`")),
        None => diagnostic.label("of an instance only names are known").note("`name`, `namespace`, `host`, and the `number` of a port can be read"),
    }
}

pub fn not_yet(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(code::NOT_SUPPORTED, span, format!("this version of vix does not evaluate `{word}`")).label("parsed, but not supported yet")
}

pub fn out_of_range(span: Span, value: i64, ty: &str) -> Diagnostic {
    Diagnostic::error(code::OUT_OF_RANGE, span, format!("{value} is outside `{ty}`")).label("out of range")
}

pub fn overlapping_alternatives(span: Span, first: &str, second: &str, other: Span) -> Diagnostic {
    Diagnostic::error(code::OVERLAPPING_ALTERNATIVES, span, format!("alternatives `{first}` and `{second}` accept the same values"))
        .label("a value could be either")
        .also(other, format!("`{first}`"))
}

pub fn param_of_kind(span: Span, name: &str, kind: &str, other: Span) -> Diagnostic {
    Diagnostic::error(code::SHADOWED_NAME, span, format!("`{name}` is already a param of kind {kind}"))
        .label("set it in the body instead")
        .also(other, "declared here")
}

pub fn path_not_literal(span: Span) -> Diagnostic {
    Diagnostic::error(code::BAD_PATH, span, "the path of an input is a string without holes, so that inputs are known before evaluation").label("not a literal")
}

pub fn read_may_be_absent(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error(code::MAY_BE_ABSENT, span, format!("`{name}` is read of something that may be absent"))
        .label("optional")
        .note("use `?.`, `??`, or `if let`")
}

pub fn root_not_in_scope(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(code::NOT_IN_SCOPE, span, format!("other instances (`{word}`) cannot be named here"))
        .label("not in scope")
        .note("only bodies of instances and environments name instances; static kinds can be named everywhere")
}

pub fn unfit_pattern(span: Span, pattern: &str, ty: &str) -> Diagnostic {
    Diagnostic::error(code::TYPE_MISMATCH, span, format!("{pattern} cannot match `{ty}`")).label(format!("`{ty}` is matched"))
}

pub fn shadows_kind(span: Span, name: &str, other: Option<Span>) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(code::SHADOWED_NAME, span, format!("`{name}` is the name of a kind, by which instances are named")).label("choose another name");
    match other {
        Some(other) => diagnostic.also(other, "declared here"),
        None => diagnostic,
    }
}

pub fn shadowed_name(span: Span, name: &str) -> Diagnostic {
    let message = match name {
        "name" => "`name` is the name of the instance around".to_owned(),
        "params" => "`params` are the params of the instance around".to_owned(),
        "settings" => "`settings` is what the environment sets".to_owned(),
        "here" => "`here` is the environment that is built".to_owned(),
        _ => format!("`{name}` already means something here"),
    };
    Diagnostic::error(code::SHADOWED_NAME, span, message).label("choose another name")
}

pub fn static_param(span: Span, name: &str, kind: &str) -> Diagnostic {
    Diagnostic::error(code::MISPLACED_ENTRY, span, format!("`{name}` cannot be a param: kind {kind} is static, the same in every environment"))
        .label("`param` in a static kind")
}

pub fn too_many_defaults(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error(code::FUEL_EXHAUSTED, span, format!("defaults of `{name}` call each other too often")).label("written out more than 1,000 times")
}

pub fn type_arguments(span: Span, name: &str, count: usize) -> Diagnostic {
    let message = match count {
        0 => format!("`{name}` takes no type arguments"),
        1 => format!("`{name}` takes one type argument"),
        _ => format!("`{name}` takes {count} type arguments"),
    };
    Diagnostic::error(code::UNKNOWN_TYPE, span, message).label("wrong number of type arguments")
}

pub fn type_mismatch(span: Span, expected: &str, found: &str) -> Diagnostic {
    // A record without a name is no name of a type.
    let shown = |it: &str| match it {
        "record" => "a record".to_owned(),
        "one element" => it.to_owned(),
        _ if it.starts_with("a ") => it.to_owned(),
        _ => format!("`{it}`"),
    };
    // What fits `T?` is a `T`.
    let expected = shown(expected.strip_suffix('?').unwrap_or(expected));
    Diagnostic::error(code::TYPE_MISMATCH, span, format!("expected {expected}, found {}", shown(found))).label(format!("expected {expected}"))
}

pub fn union_conflict(first: &str, first_span: Span, second: &str, second_span: Span) -> Diagnostic {
    Diagnostic::error(code::UNION_CONFLICT, second_span, format!("both `{first}` and `{second}` are given, but exactly one may be"))
        .label(format!("`{second}`"))
        .also(first_span, format!("`{first}`"))
}

pub fn unit_without_type(span: Span, text: &str, expected: Option<&str>) -> Diagnostic {
    match expected {
        Some(ty) => Diagnostic::error(code::UNIT_MISMATCH, span, format!("`{text}` has a unit, but `{ty}` is expected")).label("unit has no meaning here"),
        None => Diagnostic::error(code::UNIT_MISMATCH, span, format!("nothing says what the unit of `{text}` means"))
            .label("quantity, duration or percent?")
            .note("give the value a type, such as `let x: Quantity = ..`"),
    }
}

pub fn unknown_import(span: Span, module: &str, word: &str, names: &[&str]) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(code::UNKNOWN_NAME, span, format!("module `{module}` has no let, fn, type or trait `{word}`")).label("not declared there");
    suggest(diagnostic, span, word, names)
}

pub fn unknown_alternative(span: Span, word: &str, names: &[&str]) -> Diagnostic {
    suggest(Diagnostic::error(code::UNKNOWN_VALUE, span, format!("there is no alternative `{word}`")).label("not an alternative"), span, word, names)
}

pub fn unknown_argument(span: Span, function: &str, word: &str, names: &[String]) -> Diagnostic {
    suggest(Diagnostic::error(code::WRONG_ARGUMENTS, span, format!("`{function}` has no parameter `{word}`")).label("no such parameter"), span, word, names)
}

pub fn unknown_entry(span: Span, owner: &str, field: &str, key: &str, names: &[String]) -> Diagnostic {
    suggest(Diagnostic::error(code::UNKNOWN_KEY, span, format!("{owner} has no {field} `{key}`")).label("no such entry"), span, key, names)
}

pub fn unknown_field(span: Span, ty: &str, name: &str, names: &[String]) -> Diagnostic {
    suggest(Diagnostic::error(code::UNKNOWN_FIELD, span, format!("`{ty}` has no field `{name}`")).label("no such field"), span, name, names)
}

pub fn unknown_function(span: Span, name: &str, names: &[&str]) -> Diagnostic {
    suggest(Diagnostic::error(code::UNKNOWN_NAME, span, format!("there is no function `{name}`")).label("unknown"), span, name, names)
}

pub fn unknown_instance(span: Span, kind: &str, name: &str, names: &[&str]) -> Diagnostic {
    suggest(Diagnostic::error(code::UNKNOWN_REFERENCE, span, format!("there is no {kind} `{name}`")).label("not declared"), span, name, names)
}

pub fn unknown_instance_kind(span: Span, word: &str, names: &[&str]) -> Diagnostic {
    let help = match &*word.to_lowercase() {
        "deployment" | "statefulset" | "daemonset" | "pod" | "application" | "workload" => Some("an `app` makes Deployments, StatefulSets and DaemonSets"),
        "service" | "ingress" | "configmap" | "secret" | "container" | "persistentvolumeclaim" | "pvc" | "volume" | "config" => {
            Some("it stands in the body of an `app`, such as `service main { .. }`")
        }
        "import" | "include" | "from" | "require" => Some("names of other files are taken in with `use folder.file.{name}`"),
        "clusterissuer" => Some("write `issuer`"),
        "environment" => Some("write `env`"),
        _ => None,
    };
    if let Some(help) = help {
        return Diagnostic::error(code::UNKNOWN_KIND, span, format!("there is no kind `{word}`")).label("unknown kind").help(help);
    }
    suggest(Diagnostic::error(code::UNKNOWN_KIND, span, format!("there is no kind `{word}`")).label("unknown kind"), span, word, names)
}

pub fn unknown_key(span: Span, word: &str, path: &str, names: &[String], outside: bool) -> Diagnostic {
    let path = path.replace('.', " ");
    let diagnostic = Diagnostic::error(code::UNKNOWN_KEY, span, format!("this instance has no {path} `{word}`")).label("no such entry");
    if outside {
        return diagnostic.note("keys name entries of the instance whose body they stand in");
    }
    suggest(diagnostic, span, word, names)
}

pub fn unclear_key(span: Span, path: &str, words: usize) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_KEY, span, format!("keys of `{path}` are computed here, so nothing tells which one is meant"))
        .label("too short")
        .help(format!("write all {words} keys, such as `main.http`"))
}

pub fn unknown_kind(span: Span, text: &str, names: &[String]) -> Diagnostic {
    suggest(Diagnostic::error(code::UNKNOWN_KIND, span, format!("no schema has a kind `{text}`")).label("unknown kind"), span, text, names)
}

pub fn unknown_module(span: Span, path: &str, names: &[&str]) -> Diagnostic {
    suggest(Diagnostic::error(code::UNKNOWN_MODULE, span, format!("there is no module `{path}`")).label("no such file"), span, path, names)
        .note("a module's path is its file's: `use envs.shared.{x}` reads envs/shared.vix")
}

pub fn unknown_name(span: Span, word: &str, names: &[&str]) -> Diagnostic {
    let diagnostic = Diagnostic::error(code::UNKNOWN_NAME, span, format!("`{word}` is not a name in scope")).label("unknown name");
    if matches!(word, "null" | "nil" | "None" | "undefined") {
        return diagnostic.help("leave the entry out: nothing is written as nothing");
    }
    match near(word, names.iter().copied()) {
        Some(near) => diagnostic.label(format!("did you mean `{near}`?")).fix(span, near, format!("write `{near}`")),
        None => diagnostic,
    }
}

/// `yes` and the like where a `Bool` is expected.
pub fn unknown_bool(span: Span, word: &str) -> Option<Diagnostic> {
    let meant = match &*word.to_lowercase() {
        "true" | "yes" | "on" | "enabled" => "true",
        "false" | "no" | "off" | "disabled" => "false",
        _ => return None,
    };
    let diagnostic = Diagnostic::error(code::UNKNOWN_NAME, span, format!("`{word}` is not a name in scope"));
    Some(diagnostic.label(format!("did you mean `{meant}`?")).fix(span, meant, format!("write `{meant}`")))
}

pub fn unknown_name_elsewhere(span: Span, word: &str, module: &str) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_NAME, span, format!("`{word}` is not a name in scope")).label("unknown name").help(use_line(module, word))
}

/// How a name of another module is taken in.
fn use_line(module: &str, word: &str) -> String {
    format!("write `use {module}.{{{word}}}` above")
}

pub fn unquoted(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_NAME, span, format!("`{word}` is not a name in scope; a text needs quotes")).label("unknown name").fix(
        span,
        format!("\"{word}\""),
        "quote it",
    )
}

pub fn unquoted_key(span: Span, key: &str) -> Diagnostic {
    Diagnostic::error(code::UNQUOTED_KEY, span, format!("the key `{key}` is written in quotes")).label("only words stand without quotes").fix(
        span,
        format!("\"{key}\""),
        "quote it",
    )
}

pub fn unnamed_instance(span: Span, word: &str, kind: &str, names: &[&str]) -> Diagnostic {
    let bare = word.trim_matches('"');
    let diagnostic =
        Diagnostic::error(code::UNKNOWN_REFERENCE, span, format!("`{word}` is not declared, but {} `{kind}` is needed", article(kind))).label("not declared");
    match names.iter().copied().find(|it| *it == bare).or_else(|| near(bare, names.iter().copied())) {
        Some(near) => diagnostic.label(format!("did you mean `{kind}.{near}`?")).fix(span, format!("{kind}.{near}"), format!("write `{kind}.{near}`")),
        None => match listed(names) {
            Some(list) => diagnostic.note(format!("{kind} declared here: {list}")),
            None => diagnostic,
        },
    }
}

pub fn unknown_library(span: Span, word: &str, names: &[&str]) -> Diagnostic {
    suggest(Diagnostic::error(code::UNKNOWN_NAME, span, format!("there is no library `{word}`")).label("not a library"), span, word, names)
}

pub fn unknown_param(span: Span, instance: &str, word: &str, names: &[String]) -> Diagnostic {
    suggest(Diagnostic::error(code::UNKNOWN_PARAM, span, format!("{instance} has no param `{word}`")).label("no such param"), span, word, names)
}

pub fn unknown_reference(span: Span, word: &str, ty: &str, names: &[String]) -> Diagnostic {
    let diagnostic = Diagnostic::error(code::UNKNOWN_REFERENCE, span, format!("`{word}` is not declared, but `{ty}` is needed")).label("not declared");
    match near(word, names.iter().map(String::as_str)) {
        Some(near) => diagnostic.label(format!("did you mean `{near}`?")).fix(span, near, format!("write `{near}`")),
        None => diagnostic.fix(span, format!("\"{word}\""), "quote it to refer to an object by its name"),
    }
}

pub fn unknown_schema_path(span: Span, path: &str) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_FIELD, span, format!("the schema has no path `{path}`")).label("no such path")
}

pub fn unknown_setting(span: Span, word: &str, names: &[String]) -> Diagnostic {
    let diagnostic = Diagnostic::error(code::UNKNOWN_SETTING, span, format!("there is no setting `{word}`")).label("not declared in `settings`");
    if names.is_empty() {
        return diagnostic.help(format!("declare it in a file: `settings {{ {word}: String }}`"));
    }
    suggest(diagnostic, span, word, names)
}

/// A type of another file that this one does not use.
pub fn unknown_type_elsewhere(span: Span, text: &str, module: &str) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_TYPE, span, format!("there is no type `{text}` in this file")).label("unknown type").help(use_line(module, text))
}

/// A setting that a library has and the project has not.
pub fn setting_of_library(diagnostic: Diagnostic, word: &str, library: &str) -> Diagnostic {
    diagnostic.note(format!("`{word}` is a setting of the library {library}, which only the library reads"))
}

pub fn unknown_type(span: Span, text: &str, names: &[String]) -> Diagnostic {
    suggest(Diagnostic::error(code::UNKNOWN_TYPE, span, format!("there is no type `{text}`")).label("unknown type"), span, text, names)
}

pub fn untagged_union(span: Span) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_TYPE, span, "`|` joins texts only; other alternatives need names")
        .label("not an enumeration")
        .help("write `one of { a: A, b: B }`")
}

pub fn word_with_minus(span: Span, word: &str, left: &str, right: &str) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_NAME, span, format!("`{word}` is one word")).label("`-` inside a word belongs to it").fix(
        span,
        format!("{left} - {right}"),
        "put spaces around the minus",
    )
}

pub fn wrong_argument_count(span: Span, name: &str, wanted: usize, found: usize) -> Diagnostic {
    let plural = if wanted == 1 { "" } else { "s" };
    Diagnostic::error(code::WRONG_ARGUMENTS, span, format!("`{name}` takes {wanted} argument{plural}, {found} given")).label("wrong number of arguments")
}

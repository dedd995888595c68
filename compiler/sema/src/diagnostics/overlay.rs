//! What is wrong with layers, traits, patches and their like.

use diag::{Diagnostic, Span, code};

use super::suggest;

pub fn add_to_map(span: Span, field: &str, is_map: bool) -> Diagnostic {
    let diagnostic = Diagnostic::error(code::MISPLACED_ENTRY, span, format!("`{field}` is not a list whose elements have a key")).label("nothing to add to");
    diagnostic.help(if is_map { "keys of a map are simply set: `path key: value`" } else { "a list without keys is appended to with `+=`" })
}

pub fn computed_name(span: Span) -> Diagnostic {
    Diagnostic::error(code::TYPE_MISMATCH, span, "a literal stands here, so that it is known without a run").label("computed")
}

pub fn final_param(span: Span, name: &str, declared: Span) -> Diagnostic {
    Diagnostic::error(code::FINAL_OVERRIDE, span, format!("`{name}` is final: no environment or layer may set it"))
        .label("set again here")
        .also(declared, "declared final")
}

pub fn index_into_keyed(span: Span, list: &str, field: &str) -> Diagnostic {
    Diagnostic::error(code::TYPE_MISMATCH, span, format!("elements of `{list}` are named by their `{field}`, never by their place"))
        .label("an index")
        .help(format!("write `{list} NAME {{ .. }}` or `{list}[\"NAME\"]`"))
}

pub fn keyed_list_set(span: Span, field: &str) -> Diagnostic {
    Diagnostic::error(code::KEYED_LIST_SET, span, format!("`{field}` is a list whose elements have keys: `:` would drop those that are there"))
        .label("a list is set here")
        .help(format!("change one: `{field} NAME {{ .. }}`, `add {field} NAME {{ .. }}`, `remove {field} NAME`; or replace all of them: `{field} := [..]`"))
}

pub fn not_a_layer(span: Span, names: &[&str]) -> Diagnostic {
    let diagnostic = Diagnostic::error(code::TYPE_MISMATCH, span, "behind `over` stands a layer: `over layer.NAME`").label("not a layer");
    if names.is_empty() { diagnostic.note("no layer is declared") } else { diagnostic.note(format!("declared: {}", names.join(", "))) }
}

pub fn not_an_object_kind(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_KIND, span, format!("`{name}` is a kind of vix; this is about Kubernetes objects"))
        .label("not a Kubernetes kind")
        .help("name the kind of the object that it becomes, such as `Deployment`")
}

pub fn not_listed(span: Span, kind: &str, name: &str, names: &[String]) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(code::NOT_LISTED, span, format!("no layer below lists {kind} `{name}`, so there is nothing to remove")).label("not listed");
    suggest(diagnostic, span, name, names)
}

pub fn unknown_trait(span: Span, name: &str, names: &[&str]) -> Diagnostic {
    suggest(Diagnostic::error(code::UNKNOWN_NAME, span, format!("there is no trait `{name}`")).label("unknown"), span, name, names)
}

/// A trait of another file that this one does not use.
pub fn unknown_trait_elsewhere(span: Span, name: &str, module: &str) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_NAME, span, format!("there is no trait `{name}` in this file")).label("unknown").help(super::use_line(module, name))
}

pub fn unset_required(span: Span, name: &str, ty: &str) -> Diagnostic {
    Diagnostic::error(code::TYPE_MISMATCH, span, format!("`{name}` cannot be unset: it is `{ty}`, which is never absent"))
        .label("not optional")
        .help("set it to what it should be")
}

//! Arms of `match`: what a pattern takes, that all cases have an arm, and that all arms can be taken.

use std::sync::{Arc, OnceLock};

use diag::Span;
use syntax::ast;

use super::Checker;
use crate::diagnostics;
use crate::ir::{Expr, Pattern};
use crate::ty::{Domain, FieldDef, RecordDef, RefTarget, Ty, UnionDef};

/// Number of the standard library among the libraries.
const LIBRARY: u32 = 1;

/// A field that the language itself declares.
fn built_in((name, ty): &(&str, Ty)) -> FieldDef {
    let span = Span::new(diag::FileId(0), 0, 0);
    FieldDef { name: (*name).into(), ty: ty.clone().into(), default: OnceLock::new(), has_default: false, param: false, fixed: false, span }
}

impl Checker<'_> {
    /// What is matched: something that is there.
    pub(super) fn scrutinee(&mut self, expr: Option<ast::Expr<'_>>, at: (u32, u32)) -> (Expr, Ty) {
        let (value, ty) = self.synth_opt(expr, at);
        if let Ty::Optional(inner) = &ty {
            self.report(diagnostics::may_be_absent(value.span, &self.t.show(inner)));
            return (self.error(at), (**inner).clone());
        }
        if matches!(ty, Ty::SecretSource) && self.library == LIBRARY {
            let union = self.secret_source();
            return (value, union);
        }
        let matched = matches!(self.t.view(&ty).base(), Ty::Union(_) | Ty::Enum(_) | Ty::Text(_) | Ty::Ref(_) | Ty::IntOrString | Ty::Int(..) | Ty::Error);
        if !matched {
            self.report(diagnostics::not_matched(value.span, &self.t.show(&ty)));
            return (self.error(at), Ty::Error);
        }
        (value, ty)
    }

    /// What the library sees of a source of secrets: where its values come from. For all others it is opaque.
    fn secret_source(&self) -> Ty {
        let text = |domain| Ty::Text(domain);
        let map = |key| Ty::Map(Arc::new((text(key), Ty::TEXT)));
        let store = self.an.schemas.kind_by_path("external-secrets.io/v1.ClusterSecretStore").map(RefTarget::Object);
        let record = |fields: &[(&str, Ty)]| Ty::Record(Arc::new(RecordDef { name: None, fields: fields.iter().map(built_in).collect(), unions: Vec::new() }));
        let sealed = [("data", map(Domain::FileName)), ("annotations", map(Domain::LabelKey)), ("type", Ty::TEXT.optional())];
        let external = [("store", Ty::Ref(store.into_iter().collect())), ("kind", Ty::STRING), ("path", Ty::STRING)];
        let alternatives =
            [("sops", Ty::File), ("sealed", record(&sealed)), ("external", record(&external)), ("plain", map(Domain::FileName)), ("extern", record(&[]))];
        Ty::Union(Arc::new(UnionDef { name: None, alternatives: alternatives.iter().map(built_in).collect() }))
    }

    /// A pattern against what is matched; binds its name.
    pub(super) fn pattern(&mut self, pattern: Option<ast::Pattern<'_>>, ty: &Ty) -> Option<Pattern> {
        let pattern = pattern?;
        let span = self.span(pattern.range());
        if pattern.is_wildcard() {
            return Some(Pattern::Any);
        }
        if let Some(text) = pattern.string() {
            let text = text.is_plain()?;
            match self.t.view(ty).base() {
                Ty::Enum(values) if !values.iter().any(|it| **it == *text) => self.report(diagnostics::not_in_enum(span, &text, values)),
                Ty::Enum(_) | Ty::Text(_) | Ty::Ref(_) | Ty::IntOrString | Ty::Error => {}
                other => self.report(diagnostics::unfit_pattern(span, "a text", &self.t.show(other))),
            }
            return Some(Pattern::Str(Arc::from(&*text)));
        }
        if let Some(number) = pattern.number() {
            match self.t.view(ty).base() {
                Ty::Int(..) | Ty::IntOrString | Ty::Error => {}
                other => self.report(diagnostics::unfit_pattern(span, "a number", &self.t.show(other))),
            }
            return number.text().replace('_', "").parse().ok().map(Pattern::Int);
        }
        let word = pattern.word()?;
        let text = word.text()?;
        let (alternative, found) = match ty.base() {
            Ty::Union(def) => match def.alternative(&text) {
                Some(it) => (it.ty().clone(), true),
                None => {
                    let names: Vec<&str> = def.alternatives.iter().map(|it| &*it.name).collect();
                    self.report(diagnostics::unknown_alternative(self.span(word.range()), &text, &names));
                    (Ty::Error, false)
                }
            },
            Ty::Error => (Ty::Error, true),
            _ => {
                self.report(diagnostics::not_a_union(span, &text, &self.t.show(ty)));
                (Ty::Error, false)
            }
        };
        let slot = pattern.binder().and_then(|it| self.bind(Some(it), alternative));
        // A pattern that is wrong may have been meant for any case that is missing.
        Some(if found { Pattern::Alternative(Arc::from(&*text), slot) } else { Pattern::Any })
    }

    /// Reports what no arm takes.
    pub(super) fn exhaustive<'p>(&mut self, ty: &Ty, patterns: impl Iterator<Item = &'p Pattern>, range: (u32, u32)) {
        let patterns: Vec<&Pattern> = patterns.collect();
        if patterns.iter().any(|it| matches!(it, Pattern::Any)) {
            return;
        }
        let missing: Vec<String> = match self.t.view(ty).base() {
            Ty::Union(def) => {
                let taken = |name: &str| patterns.iter().any(|it| matches!(it, Pattern::Alternative(other, _) if **other == *name));
                def.alternatives.iter().filter(|it| !taken(&it.name)).map(|it| it.name.to_string()).collect()
            }
            Ty::Enum(values) => {
                let taken = |value: &str| patterns.iter().any(|it| matches!(it, Pattern::Str(other) if **other == *value));
                values.iter().filter(|it| !taken(it)).map(|it| format!("{it:?}")).collect()
            }
            Ty::Error => return,
            _ => return self.report(diagnostics::not_exhaustive(self.span(range), &[])),
        };
        if !missing.is_empty() {
            self.report(diagnostics::not_exhaustive(self.span(range), &missing));
        }
    }

    /// Warns of arms that an arm before them leaves nothing to.
    pub(super) fn reachable<'t>(&mut self, ty: &Ty, patterns: impl Iterator<Item = Option<ast::Pattern<'t>>>) {
        let cases: Option<Vec<Arc<str>>> = match self.t.view(ty).base() {
            Ty::Union(def) => Some(def.alternatives.iter().map(|it| it.name.clone()).collect()),
            Ty::Enum(values) => Some(values.to_vec()),
            Ty::Error => return,
            _ => None,
        };
        let mut seen: Vec<(String, Span)> = Vec::new();
        let mut rest: Option<Span> = None;
        for pattern in patterns.flatten() {
            let span = self.span(pattern.range());
            let text = match (pattern.string(), pattern.number(), pattern.word()) {
                _ if pattern.is_wildcard() => None,
                (Some(text), ..) => text.is_plain().map(std::borrow::Cow::into_owned),
                (_, Some(number), _) => Some(number.text().replace('_', "")),
                (.., word) => word.and_then(|it| it.text()).map(std::borrow::Cow::into_owned),
            };
            let before = match &text {
                Some(text) => rest.or(seen.iter().find(|it| it.0 == *text).map(|it| it.1)),
                // An unknown case may be meant for any.
                None if cases.as_ref().is_some_and(|it| !it.is_empty() && it.iter().all(|case| seen.iter().any(|it| it.0 == **case))) => {
                    seen.last().map(|it| it.1)
                }
                None => rest,
            };
            match (before, text) {
                (Some(before), _) => self.report(diagnostics::unreachable_arm(span, before)),
                (None, Some(text)) if cases.as_ref().is_none_or(|it| it.iter().any(|case| **case == *text)) => seen.push((text, span)),
                (None, Some(_)) => {}
                (None, None) => rest = Some(span),
            }
        }
    }
}

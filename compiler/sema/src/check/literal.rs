//! Numbers and strings: the expected type gives a suffix its meaning and a text its grammar, and the error stands at the character.

use std::sync::Arc;

use syntax::ast;
use syntax::literal::{Fault, cron, duration, image, ip, name, number, quantity, version};

use super::Checker;
use crate::diagnostics;
use crate::ir::{Coercion, Expr, ExprKind, Part};
use crate::ty::{Domain, Ty};

impl Checker<'_> {
    /// A number literal where `to` is expected.
    pub(super) fn check_number(&mut self, text: &str, range: (u32, u32), to: &Ty, leaf: bool) -> Expr {
        let span = self.span(range);
        let present = self.t.view(to.present().0);
        let make = |kind| Expr { span, kind };
        if number::parse(text.trim_start_matches('-')).is_err() {
            // The parser has said so.
            return self.error(range);
        }
        match present.base() {
            // A unit beside something that is wrong already.
            Ty::Error if !is_decimal(text) => self.error(range),
            Ty::Quantity => match quantity::Quantity::parse(text) {
                Ok(value) => make(ExprKind::Quantity(value, text.into(), false)),
                Err(fault) => self.fault("Quantity", &fault, range).0,
            },
            Ty::Duration => match duration::Duration::parse(text) {
                Ok(value) => make(ExprKind::Duration(value, text.into())),
                Err(fault) => self.fault("Duration", &fault, range).0,
            },
            Ty::Percent => match text.strip_suffix('%').and_then(|it| it.parse().ok()) {
                Some(value) => make(ExprKind::Percent(value)),
                None => {
                    let diagnostic = diagnostics::bad_literal(span, "Percent", "write a whole number with `%`");
                    let whole = text.bytes().all(|it| it.is_ascii_digit());
                    self.report(if whole { diagnostic.fix(span, format!("{text}%"), format!("write `{text}%`")) } else { diagnostic });
                    self.error(range)
                }
            },
            Ty::Number if is_decimal(text) => make(ExprKind::Number(text.replace('_', "").into())),
            Ty::IntOrString if text.ends_with('%') => make(ExprKind::Str(text.into())),
            Ty::Union(def) => {
                let hits: Vec<_> = def.alternatives.iter().filter(|it| !self.t.is_record(it.ty())).filter(|it| takes_number(it.ty(), text)).collect();
                match hits.as_slice() {
                    [only] => {
                        let inner = self.check_number(text, range, only.ty(), leaf);
                        make(ExprKind::Coerce(Coercion::Inject(only.name.clone()), Box::new(inner)))
                    }
                    _ => {
                        let diagnostic = diagnostics::type_mismatch(span, &self.t.show(to), "a number");
                        self.report(if self.quotable(&present, text) { diagnostic.fix(span, format!("\"{text}\""), "quote it") } else { diagnostic });
                        self.error(range)
                    }
                }
            }
            Ty::Text(_) | Ty::Enum(_) => {
                let diagnostic = diagnostics::type_mismatch(span, &self.t.show(to), "a number");
                self.report(if self.quotable(&present, text) { diagnostic.fix(span, format!("\"{text}\""), "quote it") } else { diagnostic });
                self.error(range)
            }
            _ => {
                let (expr, from) = self.synth_number_for(text, range, Some(to));
                if let (ExprKind::Int(value), Ty::Int(low, high)) = (&expr.kind, present.base()) {
                    if low.is_some_and(|it| *value < it) || high.is_some_and(|it| *value > it) {
                        self.report(diagnostics::out_of_range(span, *value, &self.t.show(&present)));
                        return self.error(range);
                    }
                    return expr;
                }
                self.coerce(expr, &from, to, leaf)
            }
        }
    }

    /// A number literal on its own: an integer or a decimal; a unit needs an expected type.
    pub(super) fn synth_number(&mut self, text: &str, range: (u32, u32)) -> (Expr, Ty) {
        self.synth_number_for(text, range, None)
    }

    fn synth_number_for(&mut self, text: &str, range: (u32, u32), to: Option<&Ty>) -> (Expr, Ty) {
        let span = self.span(range);
        let negative = text.starts_with('-');
        let parsed = number::parse(text.trim_start_matches('-'));
        match parsed {
            Ok(number) if number.is_integer() => match number.integer().and_then(|it| if negative { it.checked_neg() } else { Some(it) }) {
                Some(value) => (Expr { span, kind: ExprKind::Int(value) }, Ty::Int(Some(value), Some(value))),
                None => {
                    self.report(diagnostics::bad_literal(span, "Int", "it does not fit in 64 bits"));
                    (self.error(range), Ty::Error)
                }
            },
            Ok(_) if is_decimal(text) => (Expr { span, kind: ExprKind::Number(text.replace('_', "").into()) }, Ty::Number),
            Ok(_) => {
                let expected = to.map(|it| self.t.show(it));
                self.report(diagnostics::unit_without_type(span, text, expected.as_deref()));
                (self.error(range), Ty::Error)
            }
            // The parser has said so.
            Err(_) => (self.error(range), Ty::Error),
        }
    }

    /// A string literal where `to` is expected.
    pub(super) fn check_string(&mut self, text: ast::StringLit<'_>, to: &Ty, leaf: bool) -> Expr {
        let present = self.t.view(to.present().0);
        match text.is_plain() {
            Some(plain) => self.check_plain(text, &plain, &present, to, leaf),
            None => self.check_holes(text, &present, to, leaf),
        }
    }

    fn check_plain(&mut self, literal: ast::StringLit<'_>, plain: &str, ty: &Ty, to: &Ty, leaf: bool) -> Expr {
        let range = literal.range();
        let span = self.span(range);
        let make = |kind| Expr { span, kind };
        // Escapes move characters; then the whole literal is the place.
        let quotes = (range.1 - range.0) as usize - plain.len();
        let inner = if quotes == 2 { (range.0 + 1, range.1 - 1) } else { range };
        let fault = |this: &mut Self, what: &str, fault: Fault| {
            let at = if quotes == 2 && fault.at < plain.len() { fault.at } else { 0 };
            let inner = if at == 0 { range } else { inner };
            this.fault(what, &Fault { at, ..fault }, inner).0
        };
        match ty {
            Ty::Text(domain) => match check_domain(*domain, plain) {
                // Versions have an order of their own, which the text alone does not tell.
                Ok(()) if *domain == Domain::Version => make(ExprKind::Coerce(Coercion::Check(ty.clone()), Box::new(make(ExprKind::Str(plain.into()))))),
                Ok(()) => make(ExprKind::Str(plain.into())),
                Err(why) => fault(self, &format!("{domain:?}"), why),
            },
            Ty::Enum(values) => {
                if values.iter().any(|it| **it == *plain) {
                    return make(ExprKind::Str(plain.into()));
                }
                self.report(diagnostics::not_in_enum(span, plain, values));
                self.error(range)
            }
            Ty::Ip | Ty::Cidr | Ty::IpRange | Ty::Quantity | Ty::Duration => match plain_value(ty, plain, span) {
                Ok(kind) => make(kind),
                Err(why) => fault(self, &self.t.show(ty), why),
            },
            Ty::Refined(refined) => {
                let expr = self.check_plain(literal, plain, &refined.0.clone(), to, leaf);
                if let Some(why) = refine_fault(&refined.1, plain) {
                    self.report(diagnostics::bad_literal(span, &self.t.show(ty), &why));
                    return self.error(range);
                }
                expr
            }
            Ty::Union(def) => {
                let hits: Vec<_> = def.alternatives.iter().filter(|it| takes_string(it.ty())).collect();
                match hits.as_slice() {
                    [only] => {
                        let ty = self.t.view(only.ty());
                        let inner = self.check_plain(literal, plain, &ty, &ty, leaf);
                        make(ExprKind::Coerce(Coercion::Inject(only.name.clone()), Box::new(inner)))
                    }
                    _ => {
                        self.report(diagnostics::type_mismatch(span, &self.t.show(to), "String"));
                        self.error(range)
                    }
                }
            }
            Ty::Ref(_) | Ty::IntOrString | Ty::Error => make(ExprKind::Str(plain.into())),
            Ty::Instance(kind, path) if path.is_empty() => {
                self.report(self.no_instance(span, &format!("\"{plain}\""), *kind));
                self.error(range)
            }
            _ => {
                let expr = make(ExprKind::Str(plain.into()));
                let relation = self.t.relate(&Ty::STRING, to);
                if let (crate::relate::Relation::Differs, Some(fixed)) = (relation, unquoted(ty, plain)) {
                    let diagnostic = diagnostics::type_mismatch(span, &self.t.show(to), "String").fix(span, fixed, "remove the quotes");
                    self.report(diagnostic);
                    return self.error(range);
                }
                self.coerce(expr, &Ty::STRING, to, leaf)
            }
        }
    }

    fn check_holes(&mut self, text: ast::StringLit<'_>, ty: &Ty, to: &Ty, leaf: bool) -> Expr {
        let (expr, from) = self.synth_string(text);
        self.holes(expr, &from, ty, to, leaf)
    }

    fn holes(&mut self, expr: Expr, from: &Ty, ty: &Ty, to: &Ty, leaf: bool) -> Expr {
        let span = expr.span;
        match (from, ty.base()) {
            (Ty::Error, _) => expr,
            (_, Ty::Union(def)) => {
                let hits: Vec<_> = def.alternatives.iter().filter(|it| takes_string(it.ty())).collect();
                match hits.as_slice() {
                    [only] => {
                        let inner = self.holes(expr, from, &self.t.view(only.ty()), only.ty(), leaf);
                        Expr { span, kind: ExprKind::Coerce(Coercion::Inject(only.name.clone()), Box::new(inner)) }
                    }
                    _ => self.coerce(expr, from, to, leaf),
                }
            }
            (Ty::Text(Domain::String), Ty::Text(domain)) if !matches!(domain, Domain::String | Domain::Text) => {
                Expr { span, kind: ExprKind::Coerce(Coercion::Check(ty.clone()), Box::new(expr)) }
            }
            (Ty::Text(Domain::String), Ty::Enum(_)) => Expr { span, kind: ExprKind::Coerce(Coercion::Check(ty.clone()), Box::new(expr)) },
            (Ty::Text(Domain::String), Ty::Ip | Ty::Cidr | Ty::IpRange | Ty::Quantity | Ty::Duration) => {
                Expr { span, kind: ExprKind::Coerce(Coercion::Parse(ty.clone()), Box::new(expr)) }
            }
            _ => self.coerce(expr, from, to, leaf),
        }
    }

    /// Whether a literal's text, quoted, is what is expected.
    pub(super) fn quotable(&self, to: &Ty, text: &str) -> bool {
        let ty = self.t.view(to.present().0);
        match &ty {
            Ty::Text(domain) => check_domain(*domain, text).is_ok(),
            Ty::Enum(values) => values.iter().any(|it| **it == *text),
            Ty::Refined(refined) => self.quotable(&refined.0, text) && refine_fault(&refined.1, text).is_none(),
            Ty::Union(def) => {
                let mut hits = def.alternatives.iter().filter(|it| takes_string(it.ty()));
                matches!((hits.next(), hits.next()), (Some(only), None) if !matches!(only.ty(), Ty::Union(_)) && self.quotable(only.ty(), text))
            }
            Ty::IntOrString => true,
            _ => false,
        }
    }

    /// A string literal on its own.
    pub(super) fn synth_string(&mut self, text: ast::StringLit<'_>) -> (Expr, Ty) {
        let span = self.span(text.range());
        if let Some(plain) = text.is_plain() {
            return (Expr { span, kind: ExprKind::Str(Arc::from(&*plain)) }, Ty::STRING);
        }
        let mut parts = Vec::new();
        let mut holes = false;
        for part in text.parts() {
            match part {
                ast::Part::Text { text, .. } => parts.push(Part::Str(Arc::from(&*text))),
                ast::Part::Hole(hole) => {
                    let Some(expr) = hole.expr() else { continue };
                    let (found, ty) = self.synth(expr);
                    holes |= self.printable(&found, &ty);
                    let is_file = matches!(ty.base(), Ty::File);
                    parts.push(Part::Expr(if is_file {
                        Expr { span: found.span, kind: ExprKind::Coerce(Coercion::FileToText, Box::new(found)) }
                    } else {
                        found
                    }));
                }
            }
        }
        (Expr { span, kind: ExprKind::Interpolate(parts) }, if holes { Ty::TEXT } else { Ty::STRING })
    }

    /// Reports what cannot stand in a text; tells whether it has holes.
    fn printable(&mut self, expr: &Expr, ty: &Ty) -> bool {
        match self.t.view(ty).base() {
            Ty::Text(Domain::Text) | Ty::Ref(_) => true,
            Ty::Text(_)
            | Ty::Enum(_)
            | Ty::Int(..)
            | Ty::Number
            | Ty::Bool
            | Ty::Quantity
            | Ty::Duration
            | Ty::Percent
            | Ty::Ip
            | Ty::Cidr
            | Ty::IpRange
            | Ty::IntOrString
            | Ty::File
            | Ty::Error => false,
            Ty::Optional(_) => {
                self.report(diagnostics::may_be_absent(expr.span, "String"));
                false
            }
            Ty::Handle(..) | Ty::Instance(..) => {
                let end = diag::Span { start: expr.span.end, ..expr.span };
                let diagnostic = diagnostics::not_printable(expr.span, &self.t.show(ty)).fix(end, ".name", "read its name");
                self.report(diagnostic);
                false
            }
            _ => {
                self.report(diagnostics::not_printable(expr.span, &self.t.show(ty)));
                false
            }
        }
    }
}

/// The value that a text is where an address, an amount or a span of time is expected.
fn plain_value(ty: &Ty, plain: &str, span: diag::Span) -> Result<ExprKind, Fault> {
    let end = |ip: ip::Ip| Box::new(Expr { span, kind: ExprKind::Ip(ip.0) });
    Ok(match ty {
        Ty::Ip => ExprKind::Ip(ip::Ip::parse(plain)?.0),
        Ty::Cidr => ExprKind::Cidr(ip::Cidr::parse(plain)?),
        Ty::IpRange => {
            let range = ip::IpRange::parse(plain)?;
            ExprKind::Binary(crate::ir::BinaryOp::Range, end(range.first()), end(range.last()))
        }
        Ty::Quantity => ExprKind::Quantity(quantity::Quantity::parse(plain)?, plain.into(), true),
        Ty::Duration => ExprKind::Duration(duration::Duration::parse(plain)?, plain.into()),
        _ => ExprKind::Str(plain.into()),
    })
}

/// Whether a text follows a domain's grammar.
///
/// # Errors
/// Where it does not, and why.
pub fn check_domain(domain: Domain, text: &str) -> Result<(), Fault> {
    match domain {
        Domain::Text | Domain::String => Ok(()),
        Domain::Name => name::check_label(text),
        Domain::Hostname => {
            if text.starts_with("*.") {
                name::check_wildcard_subdomain(text)
            } else {
                name::check_subdomain(text)
            }
        }
        Domain::Image => image::Image::parse(text).map(|_| ()),
        Domain::Path => check_path(text),
        Domain::Version => version::Version::parse(text).map(|_| ()),
        Domain::Cron => cron::Cron::parse(text).map(|_| ()),
        Domain::LabelKey => name::check_label_key(text),
        Domain::LabelValue => name::check_label_value(text),
        Domain::PortName => name::check_port_name(text),
        Domain::EnvName => name::check_env_name(text),
        Domain::FileName => name::check_config_key(text),
    }
}

fn check_path(text: &str) -> Result<(), Fault> {
    match text.find(['\0', '\n']) {
        _ if text.is_empty() => Err(Fault { at: 0, why: "a path is not empty".to_owned() }),
        Some(at) => Err(Fault { at, why: "a path is one line".to_owned() }),
        None => Ok(()),
    }
}

fn refine_fault(refine: &crate::ty::Refine, text: &str) -> Option<String> {
    let len = text.chars().count() as u64;
    if let Some(min) = refine.min.filter(|it| len < *it) {
        return Some(format!("it has {len} character{}, at least {min} are needed", if len == 1 { "" } else { "s" }));
    }
    if let Some(max) = refine.max.filter(|it| len > *it) {
        return Some(format!("it has {len} characters, at most {max} are allowed"));
    }
    let pattern = refine.pattern.as_ref()?;
    (!pattern.1.is_match(text)).then(|| format!("it does not match `{}`", pattern.0))
}

fn is_decimal(text: &str) -> bool {
    text.trim_start_matches('-').bytes().all(|it| it.is_ascii_digit() || it == b'.' || it == b'_')
}

/// Whether an alternative takes a number literal of that form.
fn takes_number(ty: &Ty, text: &str) -> bool {
    let integer = is_decimal(text) && !text.contains('.');
    match ty.present().0.base() {
        Ty::Int(..) | Ty::IntOrString => integer,
        Ty::Number => is_decimal(text),
        Ty::Quantity => !integer && quantity::Quantity::parse(text).is_ok(),
        Ty::Duration => !integer && duration::Duration::parse(text).is_ok(),
        Ty::Percent => text.ends_with('%'),
        _ => false,
    }
}

/// Whether an alternative takes a string literal.
fn takes_string(ty: &Ty) -> bool {
    matches!(ty.present().0.base(), Ty::Text(_) | Ty::Enum(_) | Ty::Ref(_) | Ty::IntOrString | Ty::Ip | Ty::Cidr)
}

/// The literal without quotes, where that is what the type wants.
fn unquoted(ty: &Ty, plain: &str) -> Option<String> {
    let fits = match ty.base() {
        Ty::Bool => matches!(plain, "true" | "false"),
        Ty::Int(..) => plain.parse::<i64>().is_ok(),
        Ty::Number => is_decimal(plain) && !plain.is_empty(),
        Ty::Percent => plain.strip_suffix('%').is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit())),
        _ => false,
    };
    fits.then(|| plain.to_owned())
}

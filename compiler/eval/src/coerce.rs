//! Conversions the checker put in, and checks that only a value can answer.

use diag::{Code, Span, code};
use sema::ir::{Coercion, Expr, HoleAttr};
use sema::ty::{Domain, Refine, Ty};
use syntax::literal::quantity::{Family, Quantity};
use syntax::literal::{self, Fault, cron::Cron, duration::Duration, image::Image, ip, name, version::Version};

use crate::diagnostics;
use crate::machine::{Eval, Run};
use crate::value::{Amount, Entry, Handle, Piece, Value};

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    pub fn coerce(&mut self, coercion: &'a Coercion, inner: &'a Expr, at: Span) -> Run<Value<'a>> {
        let value = self.eval(inner)?;
        if value.is_absent() {
            return match coercion {
                Coercion::Required => self.fail(diagnostics::absent_value(at)),
                _ => Ok(Value::Absent),
            };
        }
        match coercion {
            Coercion::FileToText => match value {
                Value::File(path) => Ok(Value::Str(self.file_text(path, at)?)),
                other => Ok(other),
            },
            Coercion::HandleToRef => match value {
                Value::Handle(Handle { target, path }) => Ok(self.hole_text(*target, path, HoleAttr::Name, at)),
                other => Ok(other),
            },
            Coercion::IntToQuantity => match value {
                Value::Int(it) => self.amount(Quantity::from_units(it.into(), Family::DecimalSi), at),
                other => Ok(other),
            },
            Coercion::IntToNumber => match value {
                Value::Int(it) => Ok(Value::Number(self.arena.alloc_str(&it.to_string()))),
                other => Ok(other),
            },
            Coercion::Inject(alternative) => {
                self.pay(1, at)?;
                let origin = if TRACE { self.trace.origin.unwrap_or(inner.span) } else { inner.span };
                Ok(Value::Record(self.arena.alloc_slice_copy(&[Entry { key: alternative, value, at: origin, is_default: false, is_final: false }])))
            }
            Coercion::ToJson | Coercion::Required => Ok(value),
            Coercion::Check(ty) => {
                let origin = if TRACE { self.trace.origin.filter(|it| *it != inner.span) } else { None };
                self.check_from(value, ty, inner.span, origin)?;
                Ok(match (ty.base(), value) {
                    (Ty::Text(Domain::Version), Value::Str(it)) => Value::Version(it),
                    _ => value,
                })
            }
            Coercion::Parse(ty) => self.parse(value, ty, inner.span),
        }
    }

    /// As `check`; what is found is blamed on the place where the value came from.
    fn check_from(&mut self, value: Value<'a>, ty: &'a Ty, at: Span, origin: Option<Span>) -> Run<()> {
        let Some(origin) = origin else { return self.check(value, ty, at) };
        let found = self.sink.len();
        let result = self.check(value, ty, origin);
        if result.is_err() {
            self.sink = diagnostics::needed_here(std::mem::take(&mut self.sink), found, at);
        }
        result
    }

    /// The value fits the type's domain, bounds and refinement, all the way down where `deep` types say so.
    pub fn check(&mut self, value: Value<'a>, ty: &'a Ty, at: Span) -> Run<()> {
        self.step(at)?;
        let result: Result<(), (Code, String)> = match (ty, value) {
            (_, Value::Absent) => Ok(()),
            (Ty::Optional(inner), _) => return self.check(value, inner, at),
            (Ty::Refined(it), _) => {
                self.check(value, &it.0, at)?;
                return self.refine(value, &it.1, at);
            }
            (Ty::Int(min, max), Value::Int(it)) => check_int(it, *min, *max).map_err(|why| (code::OUT_OF_RANGE, why)),
            (Ty::Text(domain), Value::Str(it)) => check_domain(*domain, it).map_err(|fault| (code::INVALID_LITERAL, fault.why)),
            (Ty::Enum(words), Value::Str(it)) if !words.iter().any(|word| **word == *it) => Err((code::UNKNOWN_VALUE, one_of(words.iter().map(|it| &**it)))),
            (Ty::List(element), Value::List(values)) => {
                self.pay_scan(values.len(), at)?;
                return values.iter().try_for_each(|it| self.check(*it, element, at));
            }
            (Ty::Map(it), Value::Record(entries)) => {
                self.pay_scan(entries.len(), at)?;
                return entries.iter().try_for_each(|entry| {
                    self.check(Value::Str(entry.key), &it.0, entry.at)?;
                    self.check(entry.value, &it.1, entry.at)
                });
            }
            (Ty::Record(def), Value::Record(entries)) => {
                self.pay_scan(entries.len(), at)?;
                return entries.iter().try_for_each(|entry| match def.field(entry.key) {
                    Some(field) => self.check(entry.value, field.ty(), entry.at),
                    None => Ok(()),
                });
            }
            (Ty::Union(def), Value::Record(entries)) => {
                return entries.iter().try_for_each(|entry| match def.alternative(entry.key) {
                    Some(field) => self.check(entry.value, field.ty(), entry.at),
                    None => Ok(()),
                });
            }
            _ => Ok(()),
        };
        match result {
            Ok(()) => Ok(()),
            Err((code, why)) => {
                let shown = self.plain_text(value).unwrap_or_default();
                self.fail(diagnostics::misfit(code, at, &shown, &why))
            }
        }
    }

    fn refine(&mut self, value: Value<'a>, refine: &Refine, at: Span) -> Run<()> {
        let (len, what) = match value {
            Value::Str(it) => (it.chars().count(), "characters"),
            Value::List(it) => (it.len(), "elements"),
            Value::Record(it) => (it.len(), "entries"),
            _ => return Ok(()),
        };
        let (len, fits) = (len as u64, |len: u64| refine.min.is_none_or(|min| len >= min) && refine.max.is_none_or(|max| len <= max));
        if !fits(len) {
            let why = match (refine.min, refine.max) {
                (Some(min), Some(max)) => format!("it has {len} {what}, and {min} to {max} are allowed"),
                (Some(min), None) => format!("it has {len} {what}, and at least {min} are needed"),
                (_, max) => format!("it has {len} {what}, and at most {} are allowed", max.unwrap_or(u64::MAX)),
            };
            let shown = self.plain_text(value).unwrap_or_default();
            return self.fail(diagnostics::out_of_range(at, &shown, &why));
        }
        if let (Some(pattern), Value::Str(text)) = (&refine.pattern, value)
            && !matches_whole(&pattern.1, text)
        {
            return self.fail(diagnostics::out_of_range(at, text, &format!("it does not match `{}`", pattern.0)));
        }
        Ok(())
    }

    /// `Name(x)`, `Ip(x)`, `Quantity(x)`: the text as that type.
    fn parse(&mut self, value: Value<'a>, ty: &'a Ty, at: Span) -> Run<Value<'a>> {
        let text = match value {
            Value::Str(it) | Value::Version(it) | Value::Number(it) => it,
            Value::Text([Piece::Str(it)]) => it,
            other => match self.plain_text(other) {
                Some(it) => self.keep(&it, at)?,
                None => return Ok(other),
            },
        };
        let parsed = match ty.base() {
            Ty::Text(Domain::Version) => Version::parse(text).map(|_| Value::Version(text)),
            Ty::Text(domain) => check_domain(*domain, text).map(|()| Value::Str(text)),
            Ty::Ip => ip::Ip::parse(text).map(|it| Value::Ip(it.0)),
            Ty::Cidr => ip::Cidr::parse(text).map(|it| Value::Cidr(self.arena.alloc(it))),
            Ty::IpRange => ip::IpRange::parse(text).map(|it| Value::IpRange(self.arena.alloc(it))),
            Ty::Quantity => Quantity::parse(text).map(|it| Value::Quantity(self.arena.alloc(Amount { value: it, spelling: Some(text), quoted: true }))),
            Ty::Duration => Duration::parse(text).map(|it| Value::Duration(self.arena.alloc(Amount { value: it, spelling: Some(text), quoted: true }))),
            Ty::Int(..) => text.parse().map(Value::Int).map_err(|_| Fault { at: 0, why: "it is no integer".to_owned() }),
            Ty::Number => literal::number::parse(text).map(|_| Value::Number(text)),
            _ => Ok(value),
        };
        match parsed {
            Ok(value) => {
                self.check(value, ty, at)?;
                Ok(value)
            }
            Err(fault) => self.fail(diagnostics::misfit(code::INVALID_LITERAL, at, text, &fault.why)),
        }
    }

    /// Whether two values are one and the same for a second write.
    pub fn same(&mut self, left: Value<'a>, right: Value<'a>, at: Span) -> Run<bool> {
        self.equal(left, right, at)
    }
}

fn check_int(value: i64, min: Option<i64>, max: Option<i64>) -> Result<(), String> {
    if min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max) {
        return Ok(());
    }
    Err(match (min, max) {
        (Some(min), Some(max)) => format!("{min} to {max} is allowed"),
        (Some(min), None) => format!("{min} is the least"),
        (_, max) => format!("{} is the greatest", max.unwrap_or(i64::MAX)),
    })
}

/// The text follows the domain's grammar.
pub(crate) fn check_domain(domain: Domain, text: &str) -> Result<(), Fault> {
    match domain {
        Domain::Text | Domain::String => Ok(()),
        Domain::Name => name::check_label(text),
        Domain::Hostname => name::check_wildcard_subdomain(text).or_else(|_| name::check_subdomain(text)),
        Domain::Image => Image::parse(text).map(|_| ()),
        Domain::Path => check_path(text),
        Domain::Version => Version::parse(text).map(|_| ()),
        Domain::Cron => Cron::parse(text).map(|_| ()),
        Domain::LabelKey => name::check_label_key(text),
        Domain::LabelValue => name::check_label_value(text),
        Domain::PortName => name::check_port_name(text),
        Domain::EnvName => name::check_env_name(text),
        Domain::FileName => name::check_config_key(text),
    }
}

fn check_path(text: &str) -> Result<(), Fault> {
    let fault = |at, why: &str| Err(Fault { at, why: why.to_owned() });
    match text.find(['\0', '\n']) {
        _ if text.is_empty() => fault(0, "a path is not empty"),
        Some(at) => fault(at, "a path has no line breaks"),
        None => Ok(()),
    }
}

/// Refinements speak of the whole text.
pub(crate) fn matches_whole(pattern: &regex::Regex, text: &str) -> bool {
    // The pattern was anchored when it was compiled; a match that is not the whole text is none all the same.
    pattern.find(text).is_some_and(|it| it.start() == 0 && it.end() == text.len())
}

/// "one of `a`, `b`, `c` is allowed".
pub(crate) fn one_of<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let words: Vec<String> = words.take(12).map(|it| format!("`{it}`")).collect();
    format!("one of {} is allowed", words.join(", "))
}

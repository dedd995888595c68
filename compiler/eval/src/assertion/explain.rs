//! Why something is false: the parts of the expression that decide, evaluated once more.
//!
//! Invariant: values of a project's Secrets are never shown.

use diag::Span;
use sema::ir::{Assertion, BinaryOp, Expr, ExprKind, Slot};

use super::{Element, Failure};
use crate::machine::{Eval, Run};
use crate::operator;
use crate::text::write_plain;
use crate::trace::push_field;
use crate::value::{self, Value};

/// Elements that are listed.
const ELEMENTS_MAX: usize = 3;
/// Values that are shown.
const VALUES_MAX: usize = 8;
/// Characters of a value that are shown.
const SHOWN_MAX: usize = 200;

/// What is collected.
struct Explanation {
    failure: Failure,
    /// Values may be secret.
    hidden: bool,
}

/// An `all` or `any`.
struct Quantifier<'a> {
    slot: Slot,
    source: &'a Expr,
    filter: Option<&'a Expr>,
    body: &'a Expr,
}

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// Why an assertion is false; runs in its frame.
    pub(super) fn explain(&mut self, assertion: &'a Assertion) -> Run<Failure> {
        let is_secret = |it: &schema::types::KindId| {
            let info = self.setting.program.schemas.kind_info(*it);
            info.group.is_empty() && info.kind == "Secret"
        };
        let hidden = assertion.kinds.iter().any(is_secret);
        let failure = Failure { at: assertion.body.span, values: Vec::new(), elements: Vec::new(), inner: Vec::new(), more: 0, notes: Vec::new() };
        let mut out = Explanation { failure, hidden };
        self.because(&assertion.body, &mut out)?;
        out.failure.notes.append(&mut self.seen.missing);
        Ok(out.failure)
    }

    /// Looks for the part of a false expression that decides.
    fn because(&mut self, expr: &'a Expr, out: &mut Explanation) -> Run<()> {
        out.failure.at = expr.span;
        match &expr.kind {
            ExprKind::Binary(BinaryOp::And, left, right) => {
                let decides = if self.truth(left)? { right } else { left };
                self.because(decides, out)
            }
            ExprKind::Binary(BinaryOp::Or, left, right) => {
                self.because(left, out)?;
                self.because(right, out)?;
                out.failure.at = expr.span;
                Ok(())
            }
            ExprKind::Binary(BinaryOp::Eq, left, right) => self.show_difference(left, right, out),
            ExprKind::Binary(_, left, right) => {
                self.show(left, out)?;
                self.show(right, out)
            }
            ExprKind::Not(inner) => self.show(inner, out),
            ExprKind::Coerce(_, inner) => self.because(inner, out),
            ExprKind::If { slot, cond, then, other } => {
                let taken = self.condition(*slot, cond)?;
                self.because(if taken { then } else { other }, out)
            }
            ExprKind::Match(subject, arms) => {
                let value = self.eval(subject)?;
                let arm = self.select(value, arms, expr.span)?;
                self.because(arm, out)
            }
            ExprKind::Quantifier { all, slot, source, filter, body } => {
                let it = Quantifier { slot: *slot, source, filter: filter.as_deref(), body };
                if *all { self.because_of_some(&it, out) } else { self.because_of_none(&it, out) }
            }
            ExprKind::Builtin(_, arguments) | ExprKind::Call(_, arguments) => arguments.iter().try_for_each(|it| self.show(it, out)),
            ExprKind::Present(inner) => self.show(inner, out),
            // A value that is `false` or absent.
            _ => self.show(expr, out),
        }
    }

    /// `all`: elements for which it is false; the first one is looked into.
    fn because_of_some(&mut self, it: &Quantifier<'a>, out: &mut Explanation) -> Run<()> {
        let source = self.eval(it.source)?;
        let (mut first, mut count) = (None, 0);
        let is_outermost = out.failure.elements.is_empty();
        self.elements(it, source, |this, element| {
            if this.truth(it.body)? {
                return Ok(());
            }
            count += 1;
            first.get_or_insert(element);
            let (list, max) = if is_outermost { (&mut out.failure.elements, ELEMENTS_MAX) } else { (&mut out.failure.inner, 1) };
            if count <= max {
                list.push(this.described(element, out.hidden));
            }
            Ok(())
        })?;
        if is_outermost {
            out.failure.more = count - count.min(ELEMENTS_MAX);
        }
        let Some(first) = first else { return Ok(()) };
        self.bind(it.slot, first);
        self.because(it.body, out)
    }

    /// `any`: there is no element for which it is true.
    fn because_of_none(&mut self, it: &Quantifier<'a>, out: &mut Explanation) -> Run<()> {
        let source = self.eval(it.source)?;
        let mut count = 0;
        self.elements(it, source, |_, _| {
            count += 1;
            Ok(())
        })?;
        let (at, text) = match count {
            0 if it.filter.is_some() => (it.source.span, "nothing in this meets the condition".to_owned()),
            0 => (it.source.span, "there is nothing in this".to_owned()),
            1 => (it.body.span, "false for the only element".to_owned()),
            _ => (it.body.span, format!("false for all {count} elements")),
        };
        push(out, at, text);
        Ok(())
    }

    fn elements(&mut self, it: &Quantifier<'a>, source: Value<'a>, mut body: impl FnMut(&mut Self, Value<'a>) -> Run<()>) -> Run<()> {
        let (key, value) = if source.entries().is_some() { (Some(it.slot), None) } else { (None, Some(it.slot)) };
        self.each(source, key, value, it.source.span, |this| {
            if let Some(filter) = it.filter
                && !this.truth(filter)?
            {
                return Ok(true);
            }
            let element = this.local(it.slot);
            body(this, element)?;
            Ok(true)
        })
    }

    fn described(&self, element: Value<'a>, hidden: bool) -> Element {
        let object = match element {
            Value::Record(entries) => self.seen.loaded.iter().find_map(|((env, kind), values)| {
                let index = values.iter().position(|it| matches!(it, Value::Record(other) if std::ptr::eq(*other, entries)))?;
                Some((env.map(Into::into), *kind, index))
            }),
            _ => None,
        };
        let name = element.entries().and_then(|it| value::find(it, "name")).map(|it| it.value);
        let text = match (name, hidden) {
            (_, true) => "an element".to_owned(),
            (Some(Value::Str(name)), false) => name.to_owned(),
            (_, false) => shown(element),
        };
        Element { object, text }
    }

    /// Notes the value of a part, unless it is a literal.
    fn show(&mut self, expr: &'a Expr, out: &mut Explanation) -> Run<()> {
        if is_literal(expr) {
            return Ok(());
        }
        let value = self.eval(expr)?;
        if out.hidden && !matches!(value, Value::Bool(_) | Value::Absent) {
            let note = "values are not shown where Secrets are looked at";
            if !out.failure.notes.iter().any(|it| it == note) {
                out.failure.notes.push(note.to_owned());
            }
            return Ok(());
        }
        push(out, expr.span, format!("this is {}", shown(value)));
        Ok(())
    }

    /// Notes what differs between two parts: of large values only where they first do.
    fn show_difference(&mut self, left: &'a Expr, right: &'a Expr, out: &mut Explanation) -> Run<()> {
        let (a, b) = (self.eval(left)?, self.eval(right)?);
        let mut path = String::new();
        let inside = difference(a, b, &mut path);
        match inside.filter(|_| !path.is_empty() && !out.hidden) {
            Some((a, b)) => {
                push(out, left.span, format!("`{path}` of this is {}", shown(a)));
                push(out, right.span, format!("`{path}` of this is {}", shown(b)));
                Ok(())
            }
            None => {
                self.show(left, out)?;
                self.show(right, out)
            }
        }
    }
}

fn push(out: &mut Explanation, at: Span, text: String) {
    if out.failure.values.len() < VALUES_MAX {
        out.failure.values.push((at, text));
    }
}

/// Whether the source shows the value already.
fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Number(_)
        | ExprKind::Str(_)
        | ExprKind::Quantity(..)
        | ExprKind::Duration(..)
        | ExprKind::Percent(_)
        | ExprKind::Ip(_)
        | ExprKind::Cidr(_) => true,
        ExprKind::Coerce(_, inner) | ExprKind::Negate(inner) => is_literal(inner),
        _ => false,
    }
}

/// The first parts in which two values differ, and the way to them.
fn difference<'a>(left: Value<'a>, right: Value<'a>, path: &mut String) -> Option<(Value<'a>, Value<'a>)> {
    let len = path.len();
    match (left, right) {
        (Value::List(a), Value::List(b)) => {
            for nth in 0..a.len().max(b.len()) {
                path.push_str(&format!("[{nth}]"));
                let of = |values: &[Value<'a>]| values.get(nth).copied().unwrap_or(Value::Absent);
                if let Some(found) = difference(of(a), of(b), path) {
                    return Some(found);
                }
                path.truncate(len);
            }
            None
        }
        _ => {
            let (Some(a), Some(b)) = (left.entries(), right.entries()) else {
                let mut unlimited = u64::MAX;
                return (!operator::equal(left, right, &mut unlimited)).then_some((left, right));
            };
            for key in a.iter().chain(b).map(|it| it.key) {
                push_field(path, key);
                let of = |entries| value::find(entries, key).map_or(Value::Absent, |it| it.value);
                if let Some(found) = difference(of(a), of(b), path) {
                    return Some(found);
                }
                path.truncate(len);
            }
            None
        }
    }
}

/// A value as JSON, cut where it is long.
fn shown(value: Value<'_>) -> String {
    let mut text = String::new();
    write(&mut text, value);
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}

fn write(out: &mut String, value: Value<'_>) {
    // What is behind the cut need not be made.
    if out.len() > SHOWN_MAX * 4 {
        return;
    }
    match value {
        Value::Absent => out.push_str("absent"),
        Value::List(values) => {
            out.push('[');
            for (nth, it) in values.iter().enumerate() {
                out.push_str(if nth > 0 { ", " } else { "" });
                write(out, *it);
            }
            out.push(']');
        }
        Value::Str(text) => out.push_str(&manifest::json::Json::String(text.to_owned()).to_json()),
        other => match other.entries() {
            Some(entries) => {
                out.push_str("{ ");
                for (nth, it) in entries.iter().enumerate() {
                    out.push_str(if nth > 0 { ", " } else { "" });
                    out.push_str(it.key);
                    out.push_str(": ");
                    write(out, it.value);
                }
                out.push_str(" }");
            }
            None if write_plain(out, other) => {}
            None => out.push_str(".."),
        },
    }
}

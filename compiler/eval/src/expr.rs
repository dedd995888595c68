//! Expressions: one arm a kind, the work in the files named there.

use diag::Span;
use sema::ir::{Arm, Elem, Expr, ExprKind, For, Handle as HandleExpr, HereField, Pattern, Slot};

use crate::diagnostics;
use crate::limits::RANGE_MAX;
use crate::machine::{Eval, Run, Stop};
use crate::value::{Amount, Entry, EntryKey, Handle, Key, Target, Value};

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// The value of an expression.
    pub fn eval(&mut self, expr: &'a Expr) -> Run<Value<'a>> {
        self.step(expr.span)?;
        if TRACE {
            self.trace.origin = Some(expr.span);
        }
        match &expr.kind {
            ExprKind::Absent => Ok(Value::Absent),
            ExprKind::Bool(it) => Ok(Value::Bool(*it)),
            ExprKind::Int(it) => Ok(Value::Int(*it)),
            ExprKind::Number(it) => Ok(Value::Number(it)),
            ExprKind::Str(it) => Ok(Value::Str(it)),
            ExprKind::Quantity(value, spelling, quoted) => {
                Ok(Value::Quantity(self.arena.alloc(Amount { value: *value, spelling: Some(spelling), quoted: *quoted })))
            }
            ExprKind::Duration(value, spelling) => Ok(Value::Duration(self.arena.alloc(Amount { value: *value, spelling: Some(spelling), quoted: false }))),
            ExprKind::Percent(it) => Ok(Value::Percent(*it)),
            ExprKind::Ip(it) => Ok(Value::Ip(*it)),
            ExprKind::Cidr(it) => Ok(Value::Cidr(it)),
            ExprKind::Local(slot) => {
                if TRACE && let Some(origin) = self.trace.origin_of(self.base + slot.0 as usize) {
                    self.trace.origin = Some(origin);
                }
                Ok(self.local(*slot))
            }
            _ => {
                self.enter(expr.span)?;
                let result = self.eval_compound(expr);
                self.leave();
                result
            }
        }
    }

    fn eval_compound(&mut self, expr: &'a Expr) -> Run<Value<'a>> {
        let at = expr.span;
        match &expr.kind {
            ExprKind::Error => Err(Stop),
            ExprKind::Absent
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Number(_)
            | ExprKind::Str(_)
            | ExprKind::Quantity(..)
            | ExprKind::Duration(..)
            | ExprKind::Percent(_)
            | ExprKind::Ip(_)
            | ExprKind::Cidr(_)
            | ExprKind::Local(_) => self.eval(expr),
            ExprKind::Interpolate(parts) => self.interpolate(parts, at),
            ExprKind::Name => Ok(Value::Str(self.instances.get(self.scope.instance as usize).ok_or(Stop)?.name)),
            ExprKind::Param(index) => self.param(self.scope.params, *index, at),
            ExprKind::Setting(library, field) => self.setting(*library, *field, at),
            ExprKind::Here(field) => self.here(*field, at),
            ExprKind::Let(id) => self.constant(*id),
            ExprKind::Static(id) => self.static_instance(*id),
            ExprKind::Field(receiver, name) => {
                let receiver = self.eval(receiver)?;
                self.field(receiver, name, at)
            }
            ExprKind::Index(receiver, key) => {
                let receiver = self.eval(receiver)?;
                let key = self.eval(key)?;
                self.index(receiver, key, at)
            }
            ExprKind::Call(function, arguments) => self.call(*function, arguments, at),
            ExprKind::Builtin(id, arguments) => self.builtin(id, arguments, at),
            ExprKind::If { slot, cond, then, other } => {
                let taken = self.condition(*slot, cond)?;
                self.eval(if taken { then } else { other })
            }
            ExprKind::Match(subject, arms) => {
                let subject = self.eval(subject)?;
                let arm = self.select(subject, arms, at)?;
                self.eval(arm)
            }
            ExprKind::Quantifier { all, slot, source, filter, body } => self.quantifier(*all, *slot, source, filter.as_deref(), body),
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, at),
            ExprKind::Not(inner) => Ok(Value::Bool(!self.truth(inner)?)),
            ExprKind::Negate(inner) => {
                let value = self.eval(inner)?;
                self.negate(value, at)
            }
            ExprKind::Default(left, right) => match self.eval(left)? {
                Value::Absent => self.eval(right),
                value => Ok(value),
            },
            ExprKind::Present(inner) => Ok(Value::Bool(!self.eval(inner)?.is_absent())),
            ExprKind::List(elements) => self.list(elements, at),
            ExprKind::Record(block) => self.record(block),
            ExprKind::Key(fields, keys) => self.key(fields, keys, at),
            ExprKind::Handle(handle) => {
                let (target, path) = self.handle(handle, at)?;
                Ok(Value::Handle(self.arena.alloc(Handle { target, path })))
            }
            ExprKind::EntryKey { field, entry, key } => {
                let (entry, key) = (self.key_text(entry)?, self.key_text(key)?);
                Ok(Value::EntryKey(self.arena.alloc(EntryKey { owner: self.scope.instance, field, entry, key })))
            }
            ExprKind::Hole(handle, attr) => {
                let (target, path) = self.handle(handle, at)?;
                Ok(self.hole_text(target, path, *attr, at))
            }
            ExprKind::Coerce(coercion, inner) => self.coerce(coercion, inner, at),
            ExprKind::Objects(env, kind) => Ok(Value::List(self.final_objects(env.as_deref(), *kind)?)),
            ExprKind::NamedObject(wanted) => self.named_object(wanted, at),
        }
    }

    /// A condition; with a slot, whether the value is present.
    pub fn condition(&mut self, slot: Option<Slot>, cond: &'a Expr) -> Run<bool> {
        let Some(slot) = slot else { return self.truth(cond) };
        let value = self.eval(cond)?;
        self.bind(slot, value);
        Ok(!value.is_absent())
    }

    /// A truth; what is absent is not true.
    pub fn truth(&mut self, expr: &'a Expr) -> Run<bool> {
        Ok(matches!(self.eval(expr)?, Value::Bool(true)))
    }

    fn here(&mut self, field: HereField, at: Span) -> Run<Value<'a>> {
        let env = self.setting.env.ok_or(Stop)?;
        match field {
            HereField::Env => Ok(Value::Str(&env.name)),
            HereField::Kubernetes => Ok(Value::Version(&env.kubernetes)),
            HereField::Cluster => env.cluster.map_or(Ok(Value::Absent), |it| self.static_instance(it)),
            HereField::Pools => {
                let mut pools = Vec::with_capacity(env.pools.len());
                for pool in &env.pools {
                    let value = self.static_instance(*pool)?;
                    let key: &'a str = &self.instance(*pool)?.name;
                    pools.push(Entry { key, value, at, is_default: false, is_final: false });
                }
                Ok(Value::Record(self.arena.alloc_slice_copy(&pools)))
            }
        }
    }

    fn call(&mut self, function: sema::ir::FnRef, arguments: &'a [Expr], at: Span) -> Run<Value<'a>> {
        let function = self.function(function)?;
        self.note_run(at);
        // Arguments are made in the caller's frame, right where the callee's will begin.
        let base = self.base;
        let len = self.slots.len();
        let mut made = Vec::new();
        let mut few = [Value::Absent; 6];
        let mut origins = Vec::new();
        for (nth, argument) in arguments.iter().enumerate() {
            let value = self.eval(argument)?;
            if TRACE {
                origins.push(self.trace.origin);
            }
            match few.get_mut(nth) {
                Some(place) => *place = value,
                None => made.push(value),
            }
        }
        self.base = len.max(self.slots.len());
        let start = self.base;
        self.slots.extend_from_slice(&few[..arguments.len().min(few.len())]);
        self.slots.extend_from_slice(&made);
        let size = start + (function.slots as usize).max(arguments.len());
        self.slots.resize(size, Value::Absent);
        if TRACE {
            origins.into_iter().enumerate().for_each(|(nth, origin)| self.trace.bind(start + nth, origin));
        }
        let result = self.eval(&function.body);
        self.slots.truncate(start);
        self.base = base;
        result
    }

    /// The arm that fits, its binder set.
    pub fn select<T>(&mut self, subject: Value<'a>, arms: &'a [Arm<T>], at: Span) -> Run<&'a T> {
        for arm in arms {
            let fits = match &arm.pattern {
                Pattern::Any => true,
                Pattern::Int(it) => matches!(subject, Value::Int(value) if value == *it),
                Pattern::Str(it) => matches!(subject, Value::Str(value) | Value::Version(value) if *value == **it),
                Pattern::Alternative(name, slot) => match subject.entries().and_then(|it| crate::value::find(it, name)) {
                    Some(entry) => {
                        if let Some(slot) = slot {
                            if TRACE {
                                self.trace.origin = Some(entry.at);
                            }
                            self.bind(*slot, entry.value);
                        }
                        true
                    }
                    None => false,
                },
            };
            if fits {
                return Ok(&arm.body);
            }
        }
        self.fail(diagnostics::no_arm(at))
    }

    fn quantifier(&mut self, all: bool, slot: Slot, source: &'a Expr, filter: Option<&'a Expr>, body: &'a Expr) -> Run<Value<'a>> {
        let source_value = self.eval(source)?;
        let mut result = all;
        // With one name a map gives its keys.
        let (key, value) = if source_value.entries().is_some() { (Some(slot), None) } else { (None, Some(slot)) };
        self.each(source_value, key, value, source.span, |it| {
            if let Some(filter) = filter
                && !it.truth(filter)?
            {
                return Ok(true);
            }
            result = it.truth(body)?;
            Ok(result == all)
        })?;
        Ok(Value::Bool(result))
    }

    fn list(&mut self, elements: &'a [Elem], at: Span) -> Run<Value<'a>> {
        let mut out = self.pool.values();
        let result = elements.iter().try_for_each(|it| self.element(it, &mut out));
        let list = result.and_then(|()| self.pay(out.len() + 1, at)).map(|()| Value::List(self.arena.alloc_slice_copy(&out)));
        self.pool.give_values(out);
        list
    }

    fn element(&mut self, element: &'a Elem, out: &mut Vec<Value<'a>>) -> Run<()> {
        match element {
            Elem::Expr(expr) => {
                let value = self.eval(expr)?;
                push_present(out, value);
                Ok(())
            }
            Elem::Spread(expr) => {
                match self.eval(expr)? {
                    Value::List(values) => out.extend_from_slice(values),
                    other => push_present(out, other),
                }
                self.pay(0, expr.span)
            }
            Elem::For(it) => self.comprehension(it, out),
            Elem::If { slot, cond, then, other } => {
                let chosen = if self.condition(*slot, cond)? { Some(then) } else { other.as_ref() };
                if let Some(chosen) = chosen {
                    let value = self.eval(chosen)?;
                    push_present(out, value);
                }
                Ok(())
            }
        }
    }

    fn comprehension(&mut self, it: &'a For<Expr>, out: &mut Vec<Value<'a>>) -> Run<()> {
        let source = self.eval(&it.source)?;
        self.each(source, it.key, it.value, it.source.span, |this| {
            if let Some(filter) = &it.filter
                && !this.truth(filter)?
            {
                return Ok(true);
            }
            let value = this.eval(&it.body)?;
            push_present(out, value);
            this.pay(1, it.body.span)?;
            Ok(true)
        })
    }

    /// Runs `body` for each element, entry or member until it says `false`.
    pub fn each(&mut self, source: Value<'a>, key: Option<Slot>, value: Option<Slot>, at: Span, mut body: impl FnMut(&mut Self) -> Run<bool>) -> Run<()> {
        let origin = self.trace.origin;
        let mut round = |this: &mut Self, key_value: Value<'a>, it: Value<'a>, from: Option<Span>| -> Run<bool> {
            this.step(at)?;
            this.note_run(at);
            if let Some(slot) = key {
                this.trace.origin = from.or(origin);
                this.bind(slot, key_value);
            }
            if let Some(slot) = value {
                this.trace.origin = from.or(origin);
                this.bind(slot, it);
            }
            body(this)
        };
        match source {
            Value::List(values) => {
                for (nth, it) in values.iter().enumerate() {
                    if !round(self, Value::Int(nth as i64), *it, None)? {
                        break;
                    }
                }
            }
            Value::Range(first, last) => {
                self.check_range(i128::from(last) - i128::from(first) + 1, at)?;
                for (nth, it) in (first..=last).enumerate() {
                    if !round(self, Value::Int(nth as i64), Value::Int(it), None)? {
                        break;
                    }
                }
            }
            Value::IpRange(range) => {
                self.check_range(i128::try_from(range.len()).unwrap_or(i128::MAX), at)?;
                for nth in 0..range.len() as i128 {
                    let Some(ip) = range.nth(nth) else { break };
                    if !round(self, Value::Int(nth as i64), Value::Ip(ip.0), None)? {
                        break;
                    }
                }
            }
            other => {
                for entry in other.entries().unwrap_or(&[]) {
                    if !round(self, Value::Str(entry.key), entry.value, TRACE.then_some(entry.at))? {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// A range is walked only within the limit.
    pub fn check_range(&mut self, len: i128, at: Span) -> Run<()> {
        if len > RANGE_MAX as i128 { self.fail(diagnostics::range_too_large(at, len, RANGE_MAX)) } else { Ok(()) }
    }

    fn key(&mut self, fields: &'a [std::sync::Arc<str>], keys: &'a [Expr], _at: Span) -> Run<Value<'a>> {
        let mut texts = Vec::with_capacity(keys.len());
        for key in keys {
            texts.push(self.key_text(key)?);
        }
        let fields = self.arena.alloc_slice_fill_iter(fields.iter().map(|it| &**it));
        Ok(Value::Key(self.arena.alloc(Key { owner: self.scope.instance, fields, keys: self.arena.alloc_slice_copy(&texts) })))
    }

    /// A handle's target and joined path.
    pub fn handle(&mut self, handle: &'a HandleExpr, at: Span) -> Run<(Target<'a>, &'a str)> {
        let target = match &handle.instance {
            None => Target::Own(self.scope.instance),
            Some((kind, name)) => match self.instances.first() {
                Some(root) if root.kind == *kind && *root.name == **name => Target::Own(0),
                _ => Target::Foreign(*kind, name),
            },
        };
        Ok((target, self.handle_path(&handle.path, at)?))
    }

    /// `service.lan` of `[("service", "lan")]`.
    pub fn handle_path(&mut self, path: &'a [(std::sync::Arc<str>, Expr)], at: Span) -> Run<&'a str> {
        if path.is_empty() {
            return Ok("");
        }
        let mut joined = String::new();
        for (field, key) in path {
            let key = self.key_text(key)?;
            if !joined.is_empty() {
                joined.push('.');
            }
            joined.push_str(field);
            joined.push('.');
            joined.push_str(key);
        }
        self.keep(&joined, at)
    }
}

fn push_present<'a>(out: &mut Vec<Value<'a>>, value: Value<'a>) {
    if !value.is_absent() {
        out.push(value);
    }
}

//! Expressions: `check` against a type, `synth` without one. Literals, `if`, `match` and brackets are checked, everything else is synthesised and
//! compared (grammar.md, "Bidirectional").

use syntax::ast::{self, Quantified};

use super::Checker;
use super::assertion::Objects;
use crate::analysis::Item;
use crate::diagnostics;
use crate::ir::{Arm, BinaryOp, Elem, Expr, ExprKind, For, Slot};
use crate::ty::Ty;

impl Checker<'_> {
    /// Checks an expression against the type expected of it. `leaf`: it is a field of a Kubernetes object.
    pub(super) fn check(&mut self, expr: Option<ast::Expr<'_>>, to: &Ty, leaf: bool, at: (u32, u32)) -> Expr {
        let Some(expr) = expr else { return self.error(at) };
        let expr = expr.unparen();
        let present = to.present().0.clone();
        match expr {
            ast::Expr::If(it) => self.check_if(it, to, leaf),
            ast::Expr::Match(it) => self.check_match(it, to, leaf),
            ast::Expr::Block(block) => {
                let built = self.check_record(block, &present);
                refined(built, &present)
            }
            ast::Expr::List(list) => {
                let built = self.check_list(list, &present, leaf);
                refined(built, &present)
            }
            ast::Expr::String(text) => self.check_string(text, to, leaf),
            ast::Expr::Number(number) => self.check_number(number.text(), number.range(), to, leaf),
            ast::Expr::Unary(unary) if unary.op().is_some_and(|it| it.text() == "-") && matches!(unary.expr(), Some(ast::Expr::Number(_))) => {
                let text = format!("-{}", unary.expr().map_or("", |it| it.node().text()));
                self.check_number(&text, expr.range(), to, leaf)
            }
            ast::Expr::Word(_) | ast::Expr::Field(_) | ast::Expr::Index(_) => match self.reference(expr, &present) {
                Some(found) => found,
                None => match expr {
                    ast::Expr::Word(word) if !self.is_known(word.text()) => match self.t.element(&present) {
                        Some(element) if self.attempt(|this| this.check(Some(expr), &element, leaf, at)).is_some() => {
                            let diagnostic = diagnostics::type_mismatch(self.span(expr.range()), &self.t.show(&present), "one element");
                            self.report(diagnostic.fix(self.span(expr.range()), format!("[{}]", word.text()), "write a list of one"));
                            self.error(expr.range())
                        }
                        _ => self.unknown_for(word.text(), word.range(), &present),
                    },
                    _ => self.check_synth(expr, to, leaf),
                },
            },
            ast::Expr::Binary(binary) => self.check_binary(binary, to, leaf),
            ast::Expr::Call(_)
            | ast::Expr::Unary(_)
            | ast::Expr::Presence(_)
            | ast::Expr::Paren(_)
            | ast::Expr::Ip(_)
            | ast::Expr::Cidr(_)
            | ast::Expr::All(_)
            | ast::Expr::Any(_) => self.check_synth(expr, to, leaf),
            ast::Expr::Error(_) => self.error(expr.range()),
        }
    }

    fn check_synth(&mut self, expr: ast::Expr<'_>, to: &Ty, leaf: bool) -> Expr {
        let before = self.sink.len();
        let (found, from) = self.synth(expr);
        // `-v`, `example.org`: words that mean nothing, where a text is expected that they would be in quotes.
        let span = self.span(expr.range());
        if let [only] = &self.sink[before..]
            && only.code == diag::code::UNKNOWN_NAME
            && only.fix.is_none()
            && only.help.is_none()
            && matches!(expr, ast::Expr::Field(_) | ast::Expr::Unary(_))
            && self.quotable(to, self.source(span))
        {
            self.sink.truncate(before);
            self.report(diagnostics::unquoted(span, self.source(span)));
        }
        self.coerce(found, &from, to, leaf)
    }

    /// As `synth`; `Error` where the expression is missing.
    pub(super) fn synth_opt(&mut self, expr: Option<ast::Expr<'_>>, at: (u32, u32)) -> (Expr, Ty) {
        match expr {
            Some(expr) => self.synth(expr),
            None => (self.error(at), Ty::Error),
        }
    }

    /// The typed expression and its type.
    pub(super) fn synth(&mut self, expr: ast::Expr<'_>) -> (Expr, Ty) {
        let (found, ty) = self.synth_any(expr);
        match self.site.objects {
            Objects::None => (found, ty),
            Objects::Here | Objects::Named => (found, self.settled(ty)),
        }
    }

    fn synth_any(&mut self, expr: ast::Expr<'_>) -> (Expr, Ty) {
        let expr = expr.unparen();
        let range = expr.range();
        let span = self.span(range);
        let plain = |kind, ty| (Expr { span, kind }, ty);
        match expr {
            ast::Expr::Word(word) => self.synth_word(word.text(), range),
            ast::Expr::Field(field) => self.synth_field(field),
            ast::Expr::Index(index) => self.synth_index(index),
            ast::Expr::Call(call) => self.synth_call(call),
            ast::Expr::String(text) => self.synth_string(text),
            ast::Expr::Number(number) => self.synth_number(number.text(), range),
            ast::Expr::Ip(ip) => match syntax::literal::ip::Ip::parse(ip.text()) {
                Ok(ip) => plain(ExprKind::Ip(ip.0), Ty::Ip),
                // The parser has said so.
                Err(_) => (self.error(range), Ty::Error),
            },
            ast::Expr::Cidr(cidr) => match syntax::literal::ip::Cidr::parse(cidr.text()) {
                Ok(cidr) => plain(ExprKind::Cidr(cidr), Ty::Cidr),
                Err(_) => (self.error(range), Ty::Error),
            },
            ast::Expr::Binary(binary) => self.synth_binary(binary, None),
            ast::Expr::Unary(unary) => self.synth_unary(unary),
            ast::Expr::Presence(it) => {
                let (inner, _) = self.synth_opt(it.expr(), range);
                plain(ExprKind::Present(Box::new(inner)), Ty::Bool)
            }
            ast::Expr::Paren(_) | ast::Expr::Error(_) => (self.error(range), Ty::Error),
            ast::Expr::If(it) => self.synth_if(it),
            ast::Expr::Match(it) => self.synth_match(it),
            ast::Expr::List(list) => self.synth_list(list),
            ast::Expr::Block(block) => self.synth_record(block),
            ast::Expr::All(it) => self.quantifier(it, true, range),
            ast::Expr::Any(it) => self.quantifier(it, false, range),
        }
    }

    pub(super) fn fault(&mut self, what: &str, fault: &syntax::literal::Fault, range: (u32, u32)) -> (Expr, Ty) {
        // What is wrong at the end is wrong with the whole.
        let at = if range.0 + fault.at as u32 >= range.1 { range.0 } else { range.0 + fault.at as u32 };
        let diagnostic = diagnostics::bad_literal(self.span((at, range.1)), what, &fault.why);
        let text = self.source(self.span(range));
        let hole = ["${", "$(", "{{"].iter().any(|it| text.contains(it));
        self.report(if hole { diagnostic.help("a value inside a text is written `\\(..)`") } else { diagnostic });
        (self.error(range), Ty::Error)
    }

    fn synth_word(&mut self, word: &str, range: (u32, u32)) -> (Expr, Ty) {
        let span = self.span(range);
        let plain = |kind, ty| (Expr { span, kind }, ty);
        if let Some(local) = self.locals.iter().rev().find(|it| *it.name == *word) {
            return plain(ExprKind::Local(local.slot), local.ty.clone());
        }
        match word {
            "true" => return plain(ExprKind::Bool(true), Ty::Bool),
            "false" => return plain(ExprKind::Bool(false), Ty::Bool),
            "name" if self.site.name => return plain(ExprKind::Name, Ty::Text(crate::ty::Domain::Name)),
            "here" if self.site.here => return plain(ExprKind::Here(crate::ir::HereField::Env), Ty::Here),
            _ => {}
        }
        match self.an.item(&self.module, word) {
            Some(crate::analysis::Item::Let(it)) => {
                let ty = self.let_type(it);
                self.uses.push(self.an.lets[it.0 as usize].decl);
                plain(ExprKind::Let(it), ty)
            }
            _ => {
                if !self.an.is_broken_import(&self.module, word) {
                    let diagnostic = self.unknown_word(word, range);
                    self.report(diagnostic);
                }
                (self.error(range), Ty::Error)
            }
        }
    }

    /// Whether a word means a value by itself.
    fn is_known(&self, word: &str) -> bool {
        self.locals.iter().any(|it| *it.name == *word)
            || matches!(word, "true" | "false")
            || (word == "name" && self.site.name)
            || (word == "here" && self.site.here)
            || self.an.is_broken_import(&self.module, word)
            || matches!(self.an.item(&self.module, word), Some(crate::analysis::Item::Let(_)))
    }

    /// A word that means nothing, where a value of that type is expected.
    fn unknown_for(&mut self, word: &str, range: (u32, u32), to: &Ty) -> Expr {
        let span = self.span(range);
        let diagnostic = match to.base() {
            Ty::Instance(kind, path) if path.is_empty() => self.no_instance(span, word, *kind),
            Ty::Enum(values) if !values.iter().any(|it| **it == *word) => diagnostics::not_in_enum(span, word, values),
            Ty::Enum(_) => diagnostics::unquoted(span, word),
            Ty::Bool if let Some(diagnostic) = diagnostics::unknown_bool(span, word) => diagnostic,
            _ => {
                let diagnostic = self.unknown_word(word, range);
                if diagnostic.fix.is_none() && diagnostic.help.is_none() && self.quotable(to, word) { diagnostics::unquoted(span, word) } else { diagnostic }
            }
        };
        self.report(diagnostic);
        self.error(range)
    }

    /// What is written is no instance of that kind.
    pub(super) fn no_instance(&self, span: diag::Span, text: &str, kind: crate::ty::KindRef) -> diag::Diagnostic {
        let name = self.t.kind(kind).map_or("", |it| &*it.name);
        diagnostics::unnamed_instance(span, text, name, &self.an.instances_of(kind))
    }

    fn unknown_word(&self, word: &str, range: (u32, u32)) -> diag::Diagnostic {
        let span = self.span(range);
        if let Some((left, right)) = word.rsplit_once('-')
            && self.is_known(left)
            && (right.chars().all(|it| it.is_ascii_digit()) || self.is_known(right))
        {
            return diagnostics::word_with_minus(span, word, left, right);
        }
        if let Some(module) = self.an.declaring_module(self.library, word, |it| matches!(it, Item::Let(_) | Item::Fn(_))) {
            return diagnostics::unknown_name_elsewhere(span, word, module);
        }
        let mut names: Vec<&str> = self.locals.iter().map(|it| &*it.name).collect();
        names.extend(self.an.value_names(&self.module));
        names.extend(self.site.names());
        names.extend(self.an.all_kind_names());
        diagnostics::unknown_name(span, word, &names)
    }

    fn check_if(&mut self, it: ast::IfExpr<'_>, to: &Ty, leaf: bool) -> Expr {
        let span = self.span(it.range());
        self.scoped(|this| {
            let (slot, cond) = this.cond(it.cond(), it.range());
            let then = this.check(it.then_expr(), to, leaf, it.range());
            let other = this.check(it.else_expr(), to, leaf, it.range());
            Expr { span, kind: ExprKind::If { slot, cond: Box::new(cond), then: Box::new(then), other: Box::new(other) } }
        })
    }

    fn synth_if(&mut self, it: ast::IfExpr<'_>) -> (Expr, Ty) {
        let span = self.span(it.range());
        self.scoped(|this| {
            let (slot, cond) = this.cond(it.cond(), it.range());
            let (then, ty) = this.synth_opt(it.then_expr(), it.range());
            let ty = widest(&ty);
            let other = this.check(it.else_expr(), &ty, false, it.range());
            (Expr { span, kind: ExprKind::If { slot, cond: Box::new(cond), then: Box::new(then), other: Box::new(other) } }, ty)
        })
    }

    /// `c`, or `let x = e`, whose name is bound from here on.
    pub(super) fn cond(&mut self, cond: Option<ast::Cond<'_>>, at: (u32, u32)) -> (Option<Slot>, Expr) {
        let Some(cond) = cond else { return (None, self.error(at)) };
        match (cond.binder(), cond.expr()) {
            (Some(binder), Some(expr)) => {
                let (found, ty) = self.synth(expr);
                if !matches!(ty, Ty::Optional(_) | Ty::Error) {
                    self.report(diagnostics::always_present(found.span, &self.t.show(&ty)));
                }
                let slot = self.bind(Some(binder), ty.present().0.clone());
                // `_` still needs a slot: it is what makes the condition a test for presence.
                let slot = slot.or_else(|| {
                    self.next_slot += 1;
                    self.max_slots = self.max_slots.max(self.next_slot);
                    Some(Slot(self.next_slot - 1))
                });
                (slot, found)
            }
            (_, expr) => (None, self.check(expr, &Ty::Bool, false, at)),
        }
    }

    fn check_match(&mut self, it: ast::MatchExpr<'_>, to: &Ty, leaf: bool) -> Expr {
        let span = self.span(it.range());
        let (value, ty) = self.scrutinee(it.scrutinee(), it.range());
        let arms = self.match_arms(it.arms(), Vec::new(), &ty, to, leaf);
        self.exhaustive(&ty, arms.iter().map(|it| &it.pattern), head(it.range(), it.scrutinee()));
        self.reachable(&ty, it.arms().map(ast::ExprArm::pattern));
        Expr { span, kind: ExprKind::Match(Box::new(value), arms) }
    }

    fn match_arms<'t>(&mut self, written: impl Iterator<Item = ast::ExprArm<'t>>, mut arms: Vec<Arm<Expr>>, ty: &Ty, to: &Ty, leaf: bool) -> Vec<Arm<Expr>> {
        for arm in written {
            let body = self.scoped(|this| {
                let pattern = this.pattern(arm.pattern(), ty)?;
                Some(Arm { pattern, body: this.check(arm.expr(), to, leaf, arm.range()) })
            });
            arms.extend(body);
        }
        arms
    }

    fn synth_match(&mut self, it: ast::MatchExpr<'_>) -> (Expr, Ty) {
        let span = self.span(it.range());
        let (value, matched) = self.scrutinee(it.scrutinee(), it.range());
        let mut written = it.arms();
        // The first arm gives the type the others are checked against.
        let first = self.scoped(|this| {
            let arm = written.next()?;
            let pattern = this.pattern(arm.pattern(), &matched)?;
            let (body, ty) = this.synth_opt(arm.expr(), arm.range());
            Some((Arm { pattern, body }, ty))
        });
        let (first, ty) = first.map_or((Vec::new(), Ty::Error), |(arm, ty)| (vec![arm], widest(&ty)));
        let arms = self.match_arms(written, first, &matched, &ty, false);
        self.exhaustive(&matched, arms.iter().map(|it| &it.pattern), head(it.range(), it.scrutinee()));
        self.reachable(&matched, it.arms().map(ast::ExprArm::pattern));
        (Expr { span, kind: ExprKind::Match(Box::new(value), arms) }, ty)
    }

    fn check_list(&mut self, list: ast::List<'_>, to: &Ty, leaf: bool) -> Expr {
        let span = self.span(list.range());
        let to = self.t.view(to);
        let element = match (to.base(), self.t.element(&to)) {
            (_, Some(element)) => element,
            (Ty::Json, None) => Ty::Json,
            (Ty::Error, None) => Ty::Error,
            (Ty::Union(def), None) => {
                let lists = |ty: &Ty| self.t.element(ty).is_some();
                let mut hits = def.alternatives.iter().filter(|it| lists(it.ty().present().0));
                if let (Some(only), None) = (hits.next(), hits.next()) {
                    let inner = self.check_list(list, only.ty().present().0, leaf);
                    return Expr { span, kind: ExprKind::Coerce(crate::ir::Coercion::Inject(only.name.clone()), Box::new(inner)) };
                }
                self.report(diagnostics::type_mismatch(span, &self.t.show(&to), "a list"));
                return self.error(list.range());
            }
            _ => {
                self.report(diagnostics::type_mismatch(span, &self.t.show(&to), "a list"));
                return self.error(list.range());
            }
        };
        let leaf = leaf || matches!(to.base(), Ty::Schema(_) | Ty::Partial(_));
        let elems = list.elems().map(|it| self.elem(it, &to, &element, leaf)).collect();
        Expr { span, kind: ExprKind::List(elems) }
    }

    fn elem(&mut self, elem: ast::Elem<'_>, list: &Ty, element: &Ty, leaf: bool) -> Elem {
        match elem {
            ast::Elem::Expr(expr) => Elem::Expr(self.check(Some(expr), element, leaf, expr.range())),
            ast::Elem::Spread(spread) => Elem::Spread(self.check(spread.expr(), list, leaf, spread.range())),
            ast::Elem::For(it) => self.scoped(|this| {
                let (source, key, value) = this.iteration(it.iterable(), it.binders().collect(), it.range());
                let filter = it.condition().map(|it| this.check(Some(it), &Ty::Bool, false, it.range()));
                let body = this.check(it.body(), element, leaf, it.range());
                Elem::For(Box::new(For { key, value, source, filter, body }))
            }),
            ast::Elem::If(it) => self.scoped(|this| {
                let (slot, cond) = this.cond(it.cond(), it.range());
                let then = this.check(it.body().or_else(|| it.then_expr()), element, leaf, it.range());
                let other = it.else_expr().map(|it| this.check(Some(it), element, leaf, it.range()));
                Elem::If { slot, cond, then, other }
            }),
        }
    }

    /// What `for` walks, with its names bound.
    pub(super) fn iteration(&mut self, source: Option<ast::Expr<'_>>, binders: Vec<ast::Name<'_>>, at: (u32, u32)) -> (Expr, Option<Slot>, Option<Slot>) {
        let Some(source) = source else { return (self.error(at), None, None) };
        let (found, mut ty) = self.synth(source);
        if self.site.objects != Objects::None && matches!(ty, Ty::Optional(_)) {
            // What an object does not say has no elements.
            ty = ty.present().0.clone();
        }
        let (key_ty, value_ty, single_is_key) = match (ty.base(), self.t.map(&ty), self.t.element(&ty)) {
            (_, Some((key, value)), _) => (key, value, true),
            (_, _, Some(element)) => (Ty::INT, element, false),
            (Ty::Range, ..) => (Ty::INT, Ty::INT, false),
            (Ty::IpRange, ..) => (Ty::INT, Ty::Ip, false),
            (Ty::Json, ..) => (Ty::STRING, Ty::Json, false),
            (Ty::Error, ..) => (Ty::Error, Ty::Error, false),
            _ => {
                self.report(diagnostics::not_iterable(found.span, &self.t.show(&ty)));
                (Ty::Error, Ty::Error, false)
            }
        };
        match binders.as_slice() {
            [key, value, ..] => {
                let key = self.bind(Some(*key), key_ty);
                let value = self.bind(Some(*value), value_ty);
                (found, key, value)
            }
            [only] if single_is_key => {
                let key = self.bind(Some(*only), key_ty);
                (found, key, None)
            }
            [only] => {
                let value = self.bind(Some(*only), value_ty);
                (found, None, value)
            }
            [] => (found, None, None),
        }
    }

    /// The first element gives the type that the others are checked against.
    fn synth_list(&mut self, list: ast::List<'_>) -> (Expr, Ty) {
        let span = self.span(list.range());
        let mut written = list.elems();
        let (mut elems, element) = match written.next() {
            Some(first) => {
                let (elem, ty) = self.synth_elem(first);
                (vec![elem], widest(&ty))
            }
            None => (Vec::new(), Ty::Error),
        };
        let ty = element.clone().list();
        for elem in written {
            let checked = self.elem(elem, &ty, &element, false);
            elems.push(checked);
        }
        (Expr { span, kind: ExprKind::List(elems) }, ty)
    }

    fn synth_elem(&mut self, elem: ast::Elem<'_>) -> (Elem, Ty) {
        match elem {
            ast::Elem::Expr(expr) => {
                let (found, ty) = self.synth(expr);
                (Elem::Expr(found), ty)
            }
            ast::Elem::Spread(spread) => {
                let (found, ty) = self.synth_opt(spread.expr(), spread.range());
                let element = self.t.element(&ty);
                if element.is_none() && !matches!(ty, Ty::Error) {
                    self.report(diagnostics::type_mismatch(found.span, "List", &self.t.show(&ty)));
                }
                (Elem::Spread(found), element.unwrap_or(Ty::Error))
            }
            ast::Elem::For(it) => self.scoped(|this| {
                let (source, key, value) = this.iteration(it.iterable(), it.binders().collect(), it.range());
                let filter = it.condition().map(|it| this.check(Some(it), &Ty::Bool, false, it.range()));
                let (body, ty) = this.synth_opt(it.body(), it.range());
                (Elem::For(Box::new(For { key, value, source, filter, body })), ty)
            }),
            ast::Elem::If(it) => self.scoped(|this| {
                let (slot, cond) = this.cond(it.cond(), it.range());
                let (then, ty) = this.synth_opt(it.body().or_else(|| it.then_expr()), it.range());
                let other = it.else_expr().map(|it| this.check(Some(it), &widest(&ty), false, it.range()));
                (Elem::If { slot, cond, then, other }, ty)
            }),
        }
    }

    fn synth_unary(&mut self, unary: ast::Unary<'_>) -> (Expr, Ty) {
        let span = self.span(unary.range());
        if unary.op().is_some_and(|it| it.text() == "!") {
            let inner = self.check(unary.expr(), &Ty::Bool, false, unary.range());
            return (Expr { span, kind: ExprKind::Not(Box::new(inner)) }, Ty::Bool);
        }
        let (inner, ty) = self.synth_opt(unary.expr(), unary.range());
        let ty = match ty.base() {
            Ty::Int(..) => Ty::INT,
            Ty::Number | Ty::Quantity | Ty::Duration | Ty::Error => ty,
            _ => {
                self.report(diagnostics::bad_operand(inner.span, "-", &self.t.show(&ty)));
                Ty::Error
            }
        };
        (Expr { span, kind: ExprKind::Negate(Box::new(inner)) }, ty)
    }

    fn check_binary(&mut self, binary: ast::Binary<'_>, to: &Ty, leaf: bool) -> Expr {
        let op = binary.op().map_or("", |it| it.text());
        let present = to.present().0;
        if op == "??" {
            let left_ty = to.clone().optional();
            let span = self.span(binary.range());
            let left = self.check(binary.lhs(), &left_ty, leaf, binary.range());
            let right = self.check(binary.rhs(), to, leaf, binary.range());
            return Expr { span, kind: ExprKind::Default(Box::new(left), Box::new(right)) };
        }
        let (found, from) = self.synth_binary(binary, Some(present));
        self.coerce(found, &from, to, leaf)
    }

    fn synth_binary(&mut self, binary: ast::Binary<'_>, hint: Option<&Ty>) -> (Expr, Ty) {
        let span = self.span(binary.range());
        let op = binary.op().map_or("", |it| it.text());
        let build = |op, left, right| Expr { span, kind: ExprKind::Binary(op, Box::new(left), Box::new(right)) };
        match op {
            "&&" | "||" => {
                let left = self.check(binary.lhs(), &Ty::Bool, false, binary.range());
                let right = self.check(binary.rhs(), &Ty::Bool, false, binary.range());
                (build(if op == "&&" { BinaryOp::And } else { BinaryOp::Or }, left, right), Ty::Bool)
            }
            "??" => {
                let (left, ty) = self.synth_opt(binary.lhs(), binary.range());
                if !matches!(ty, Ty::Optional(_) | Ty::Error) {
                    self.report(diagnostics::always_present(left.span, &self.t.show(&ty)));
                }
                let ty = match (ty.present().0, self.site.objects) {
                    // What stands in for an absent image need be none.
                    (Ty::Text(_), Objects::Here | Objects::Named) => Ty::STRING,
                    (present, _) => present.clone(),
                };
                let right = self.check(binary.rhs(), &ty, false, binary.range());
                (Expr { span, kind: ExprKind::Default(Box::new(left), Box::new(right)) }, ty)
            }
            _ => {
                let hint = match (op, hint.map(Ty::base)) {
                    // Only quantities divide to a number.
                    ("/", Some(Ty::Number)) => Some(&Ty::Quantity),
                    (_, Some(it @ (Ty::Quantity | Ty::Duration | Ty::Number | Ty::IpRange))) => Some(it),
                    _ => None,
                };
                let (left, left_ty, right, right_ty) = self.operands(binary, op, hint);
                let Some((op, ty)) = self.operator(op, &left_ty, &right_ty) else {
                    self.no_operator(op, span, (&left, &left_ty), (&right, &right_ty));
                    return (self.error(binary.range()), Ty::Error);
                };
                (build(op, left, right), ty)
            }
        }
    }

    fn no_operator(&mut self, op: &str, span: diag::Span, left: (&Expr, &Ty), right: (&Expr, &Ty)) {
        if matches!((left.1, right.1), (Ty::Error, _) | (_, Ty::Error)) {
            return;
        }
        let (a, b) = (left.1.present().0, right.1.present().0);
        if self.operator(op, a, b).is_some() {
            // Only that it may be absent is in the way.
            let (operand, ty) = if matches!(left.1, Ty::Optional(_)) { (left.0, a) } else { (right.0, b) };
            self.report(diagnostics::may_be_absent(operand.span, &self.t.show(ty)));
            return;
        }
        self.report(diagnostics::bad_operands(span, op, &self.t.show(left.1), &self.t.show(right.1)));
    }

    /// Both operands; a literal with a unit takes its meaning from the other side or from what is expected of the whole.
    fn operands(&mut self, binary: ast::Binary<'_>, op: &str, hint: Option<&Ty>) -> (Expr, Ty, Expr, Ty) {
        let (lhs, rhs) = (binary.lhs(), binary.rhs());
        let unit = |expr: Option<ast::Expr<'_>>| {
            matches!(expr.map(ast::Expr::unparen), Some(ast::Expr::Number(it)) if it.text().bytes().any(|it| it.is_ascii_alphabetic() || it == b'%'))
                || matches!(expr.map(ast::Expr::unparen), Some(ast::Expr::String(_)))
        };
        let comparison = matches!(op, "==" | "!=" | "<" | "<=" | ">" | ">=");
        // Texts are joined as they are: a piece follows no grammar of the whole.
        let joined = |other: &Ty| op == "+" && matches!(other.present().0.base(), Ty::Text(_) | Ty::Enum(_) | Ty::Ref(_));
        if unit(lhs) && !unit(rhs) {
            let (right, right_ty) = self.operand(rhs, None, binary.range());
            let like = if matches!(op, "*" | "..") && !comparison {
                hint.cloned()
            } else {
                Some(like(&right_ty)).filter(|it| !matches!(it, Ty::Int(..)) && !joined(it)).or(hint.cloned())
            };
            let (left, left_ty) = self.operand(lhs, like.as_ref(), binary.range());
            return (left, left_ty, right, right_ty);
        }
        let (left, left_ty) = match (lhs.map(ast::Expr::unparen), hint) {
            // What is expected of the whole says what units below mean.
            (Some(ast::Expr::Binary(inner)), Some(hint)) => self.synth_binary(inner, Some(hint)),
            _ => self.operand(lhs, hint.filter(|_| unit(lhs)), binary.range()),
        };
        let like = match (unit(rhs), matches!(left_ty, Ty::Int(..)) || op == "*") {
            (false, _) => None,
            _ if joined(&left_ty) => None,
            (true, true) => hint.cloned(),
            (true, false) => Some(like(&left_ty)),
        };
        let (right, right_ty) = match (rhs.map(ast::Expr::unparen), hint) {
            (Some(ast::Expr::Binary(inner)), Some(hint)) => self.synth_binary(inner, Some(hint)),
            _ => self.operand(rhs, like.as_ref(), binary.range()),
        };
        (left, left_ty, right, right_ty)
    }

    fn operand(&mut self, expr: Option<ast::Expr<'_>>, expected: Option<&Ty>, at: (u32, u32)) -> (Expr, Ty) {
        match (expr, expected) {
            (None, _) => (self.error(at), Ty::Error),
            (Some(expr), Some(ty)) => (self.check(Some(expr), ty, false, at), ty.clone()),
            (Some(expr), None) => self.synth(expr),
        }
    }

    fn operator(&self, op: &str, left: &Ty, right: &Ty) -> Option<(BinaryOp, Ty)> {
        let comparison = match op {
            "==" => Some(BinaryOp::Eq),
            "!=" => Some(BinaryOp::Ne),
            "<" => Some(BinaryOp::Lt),
            "<=" => Some(BinaryOp::Le),
            ">" => Some(BinaryOp::Gt),
            ">=" => Some(BinaryOp::Ge),
            _ => None,
        };
        if let Some(comparison) = comparison {
            let equality = matches!(comparison, BinaryOp::Eq | BinaryOp::Ne);
            return self.comparable(left, right, equality).then_some((comparison, Ty::Bool));
        }
        let (a, b) = (self.t.view(left), self.t.view(right));
        let textual = |ty: &Ty| matches!(ty, Ty::Text(_) | Ty::Enum(_) | Ty::Ref(_));
        Some(match (op, a.base(), b.base()) {
            (_, Ty::Error, _) | (_, _, Ty::Error) => return None,
            ("+", Ty::Int(..), Ty::Int(..)) => (BinaryOp::Add, Ty::INT),
            ("-", Ty::Int(..), Ty::Int(..)) => (BinaryOp::Sub, Ty::INT),
            ("*", Ty::Int(..), Ty::Int(..)) => (BinaryOp::Mul, Ty::INT),
            ("+" | "-" | "*", Ty::Number, Ty::Number | Ty::Int(..)) | ("+" | "-" | "*", Ty::Int(..), Ty::Number) => (arithmetic(op)?, Ty::Number),
            ("+" | "-", Ty::Quantity, Ty::Quantity | Ty::Int(..)) | ("+", Ty::Int(..), Ty::Quantity) => (arithmetic(op)?, Ty::Quantity),
            ("*", Ty::Quantity, Ty::Int(..)) | ("*", Ty::Int(..), Ty::Quantity) => (BinaryOp::Mul, Ty::Quantity),
            ("+" | "-", Ty::Duration, Ty::Duration) => (arithmetic(op)?, Ty::Duration),
            ("*", Ty::Duration, Ty::Int(..)) | ("*", Ty::Int(..), Ty::Duration) => (BinaryOp::Mul, Ty::Duration),
            ("/", Ty::Quantity, Ty::Int(..)) => (BinaryOp::Div, Ty::Quantity),
            ("/", Ty::Duration, Ty::Int(..)) => (BinaryOp::Div, Ty::Duration),
            ("/", Ty::Quantity, Ty::Quantity) => (BinaryOp::Div, Ty::Number),
            ("+" | "-", Ty::Ip, Ty::Int(..)) => (arithmetic(op)?, Ty::Ip),
            ("+", x, y) if textual(x) && textual(y) => {
                let holes = |ty: &Ty| matches!(ty, Ty::Text(crate::ty::Domain::Text) | Ty::Ref(_));
                (BinaryOp::Add, if holes(x) || holes(y) { Ty::TEXT } else { Ty::STRING })
            }
            ("+", Ty::List(_), _) if self.t.element(&b).is_some() && self.t.fits(&b, &a) => (BinaryOp::Add, a),
            ("..", Ty::Int(..), Ty::Int(..)) => (BinaryOp::Range, Ty::Range),
            ("..", Ty::Ip, Ty::Ip) => (BinaryOp::Range, Ty::IpRange),
            _ => return None,
        })
    }

    fn comparable(&self, left: &Ty, right: &Ty, equality: bool) -> bool {
        let (a, b) = (left.present().0, right.present().0);
        if equality {
            let a_text = matches!(self.t.view(a).base(), Ty::Text(_) | Ty::Enum(_));
            let b_text = matches!(self.t.view(b).base(), Ty::Text(_) | Ty::Enum(_));
            let numbers = |x: &Ty, y: &Ty| matches!((x, y), (Ty::Int(..), Ty::Int(..) | Ty::Number | Ty::Quantity | Ty::IntOrString));
            return a_text && b_text || self.t.fits(a, b) || self.t.fits(b, a) || numbers(a, b) || numbers(b, a);
        }
        if matches!(left, Ty::Optional(_)) || matches!(right, Ty::Optional(_)) {
            return false;
        }
        let class = |ty: &Ty| match self.t.view(ty).base() {
            Ty::Int(..) | Ty::Number => 1,
            Ty::Quantity => 2,
            Ty::Duration => 3,
            Ty::Text(crate::ty::Domain::Version) => 4,
            Ty::Text(crate::ty::Domain::Text) => 0,
            Ty::Text(_) | Ty::Enum(_) => 5,
            Ty::Ip => 6,
            Ty::Percent => 7,
            _ => 0,
        };
        class(a) != 0 && (class(a) == class(b) || (class(a), class(b)) == (2, 1))
    }

    fn quantifier<'t>(&mut self, it: impl Quantified<'t>, all: bool, range: (u32, u32)) -> (Expr, Ty) {
        let span = self.span(range);
        self.scoped(|this| {
            let (source, key, value) = this.iteration(it.iterable(), it.binder().into_iter().collect(), range);
            let slot = value.or(key).unwrap_or_else(|| {
                this.next_slot += 1;
                this.max_slots = this.max_slots.max(this.next_slot);
                Slot(this.next_slot - 1)
            });
            let filter = it.condition().map(|it| Box::new(this.check(Some(it), &Ty::Bool, false, range)));
            let body = Box::new(this.check(it.body(), &Ty::Bool, false, range));
            (Expr { span, kind: ExprKind::Quantifier { all, slot, source: Box::new(source), filter, body } }, Ty::Bool)
        })
    }
}

fn arithmetic(op: &str) -> Option<BinaryOp> {
    match op {
        "+" => Some(BinaryOp::Add),
        "-" => Some(BinaryOp::Sub),
        "*" => Some(BinaryOp::Mul),
        _ => None,
    }
}

/// A literal of a refined type, whose length is known when it is evaluated.
fn refined(built: Expr, ty: &Ty) -> Expr {
    match ty {
        Ty::Refined(_) => Expr { span: built.span, kind: ExprKind::Coerce(crate::ir::Coercion::Check(ty.clone()), Box::new(built)) },
        _ => built,
    }
}

/// `match e`, without the arms.
pub(super) fn head(range: (u32, u32), scrutinee: Option<ast::Expr<'_>>) -> (u32, u32) {
    (range.0, scrutinee.map_or(range.1, |it| it.range().1))
}

/// What a literal with a unit means beside a value of that type.
fn like(ty: &Ty) -> Ty {
    ty.present().0.clone()
}

/// The type of a literal as the first of several: bounds and single enum values are forgotten.
fn widest(ty: &Ty) -> Ty {
    match ty {
        Ty::Int(..) => Ty::INT,
        it => it.clone(),
    }
}

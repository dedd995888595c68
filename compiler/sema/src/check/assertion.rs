//! `check` and `test`: truths about objects as they are written, after link.
//!
//! A `check` sees the environment that it is checked in (`objects(K)`), a `test` those that it names (`build(env.x).objects(K)`). Holes are filled by
//! then, so what is `Text` elsewhere reads as `String`.

use std::sync::Arc;

use diag::Span;
use schema::types::KindId;
use syntax::ast;

use super::reference::chain;
use super::{Body, Checker, Site};
use crate::diagnostics;
use crate::ir::{self, Expr, ExprKind};
use crate::ty::{Domain, Ty};

/// Which objects a body can name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Objects {
    /// None: they are not made yet.
    #[default]
    None,
    /// Those of the environment that is checked.
    Here,
    /// Those of environments that it names.
    Named,
}

impl Checker<'_> {
    /// `check "title" for env.x = e`.
    pub(super) fn check_declaration(&mut self, span: Span, node: ast::Check<'_>) -> Body {
        self.site = Site { objects: Objects::Here, roots: true, ..Site::default() };
        let env = match node.target() {
            Some(target) => match self.env_name(target) {
                Some(name) => Some((name, self.span(target.range()))),
                None => return Body::None,
            },
            None => None,
        };
        self.assertion(span, node.title(), env, node.expr())
    }

    /// `test "title" = e`.
    pub(super) fn test_declaration(&mut self, span: Span, node: ast::Test<'_>) -> Body {
        self.site = Site { objects: Objects::Named, ..Site::default() };
        self.assertion(span, node.title(), None, node.expr())
    }

    fn assertion(&mut self, span: Span, title: Option<ast::StringLit<'_>>, env: Option<(Arc<str>, Span)>, expr: Option<ast::Expr<'_>>) -> Body {
        let Some(title) = title else { return Body::None };
        let Some(text) = title.is_plain() else {
            self.report(diagnostics::misplaced(self.span(title.range()), "\\(..)", "a title is known before anything is evaluated"));
            return Body::None;
        };
        let body = self.check(expr, &Ty::Bool, false, (span.start, span.end));
        let asks = self.reached.iter().any(|it| !self.an.is_static(it.0));
        let kinds = std::mem::take(&mut self.kinds);
        let span = self.span(title.range());
        Body::Assertion(ir::Assertion { title: Arc::from(&*text), span, env, slots: self.max_slots, body, kinds, asks })
    }

    /// The name in `env.dev`.
    fn env_name(&mut self, expr: ast::Expr<'_>) -> Option<Arc<str>> {
        let span = self.span(expr.range());
        let Some((word, range)) = chain(expr).filter(|it| it.words.len() == 2 && it.words[0].0 == "env").and_then(|mut it| it.words.pop()) else {
            self.report(diagnostics::no_environment(span));
            return None;
        };
        let names: Vec<&str> = self.an.envs.iter().map(|it| &*self.an.decl(*it).name).collect();
        if !names.contains(&&*word) {
            self.report(diagnostics::unknown_environment(self.span(range), &word, &names));
            return None;
        }
        Some(Arc::from(&*word))
    }

    /// `objects(K)`, `build(env.x).objects(K)`, `build(env.x).object(K, "name")`; `None` for every other call.
    pub(super) fn objects_call(&mut self, call: ast::CallExpr<'_>) -> Option<(Expr, Ty)> {
        match call.callee()? {
            ast::Expr::Word(word) => self.is_objects_word(word.text()).then(|| match (word.text(), self.site.objects) {
                ("objects", Objects::Here) => self.objects(call, None),
                (text, objects) => {
                    self.report(diagnostics::objects_not_here(self.span(call.range()), text, objects == Objects::Here, objects == Objects::Named));
                    (self.error(call.range()), Ty::Error)
                }
            }),
            ast::Expr::Field(field) => {
                let Some(ast::Expr::Call(inner)) = field.base() else { return None };
                let Some(ast::Expr::Word(word)) = inner.callee() else { return None };
                (word.text() == "build" && self.is_objects_word("build")).then(|| self.built(call, field, inner))
            }
            _ => None,
        }
    }

    fn is_objects_word(&self, word: &str) -> bool {
        matches!(word, "objects" | "build") && self.an.item(&self.module, word).is_none()
    }

    fn built(&mut self, call: ast::CallExpr<'_>, field: ast::FieldExpr<'_>, inner: ast::CallExpr<'_>) -> (Expr, Ty) {
        let error = (self.error(call.range()), Ty::Error);
        if self.site.objects != Objects::Named {
            self.report(diagnostics::objects_not_here(self.span(inner.range()), "build", self.site.objects == Objects::Here, false));
            return error;
        }
        let args: Vec<ast::Arg<'_>> = inner.args().collect();
        let [arg] = args.as_slice() else {
            self.report(diagnostics::wrong_argument_count(self.span(inner.range()), "build", 1, args.len()));
            return error;
        };
        let Some(env) = arg.expr().and_then(|it| self.env_name(it)) else { return error };
        let Some((name, text)) = field.name().and_then(|it| Some((it, it.text()?))) else { return error };
        match &*text {
            "objects" => self.objects(call, Some(env)),
            "object" => self.object_named(call, env),
            other => {
                self.report(diagnostics::unknown_field(self.span(name.range()), "build(..)", other, &["object", "objects"].map(str::to_owned)));
                error
            }
        }
    }

    fn objects(&mut self, call: ast::CallExpr<'_>, env: Option<Arc<str>>) -> (Expr, Ty) {
        let span = self.span(call.range());
        let args: Vec<ast::Arg<'_>> = call.args().collect();
        let [arg] = args.as_slice() else {
            self.report(diagnostics::wrong_argument_count(span, "objects", 1, args.len()));
            return (self.error(call.range()), Ty::Error);
        };
        match self.kind_argument(*arg) {
            Some(kind) => (Expr { span, kind: ExprKind::Objects(env, kind) }, Ty::Object(kind).list()),
            None => (self.error(call.range()), Ty::Error),
        }
    }

    fn object_named(&mut self, call: ast::CallExpr<'_>, env: Arc<str>) -> (Expr, Ty) {
        let span = self.span(call.range());
        let error = (self.error(call.range()), Ty::Error);
        let (mut plain, mut namespace) = (Vec::new(), None);
        for arg in call.args() {
            match arg.name() {
                None => plain.push(arg),
                Some(name) if name.text().as_deref() == Some("namespace") && namespace.is_none() => namespace = Some(arg),
                Some(name) => {
                    let text = name.text().unwrap_or_default();
                    self.report(diagnostics::unknown_argument(self.span(name.range()), "object", &text, &["namespace".to_owned()]));
                    return error;
                }
            }
        }
        let [kind, name] = plain.as_slice() else {
            self.report(diagnostics::wrong_argument_count(span, "object", 2, plain.len()));
            return error;
        };
        let kind = self.kind_argument(*kind);
        let name = self.check(name.expr(), &Ty::STRING, false, name.range());
        let namespace = namespace.map(|it| self.check(it.expr(), &Ty::STRING, false, it.range()));
        let Some(kind) = kind else { return error };
        let named = ir::NamedObject { env, kind, name, namespace };
        (Expr { span, kind: ExprKind::NamedObject(Box::new(named)) }, Ty::Object(kind).optional())
    }

    /// A Kubernetes kind as an argument: its word, or a text.
    fn kind_argument(&mut self, arg: ast::Arg<'_>) -> Option<KindId> {
        let expr = arg.expr()?;
        let span = self.span(expr.range());
        let text = match expr {
            ast::Expr::Word(word) => Some(word.text().to_owned()),
            ast::Expr::String(text) => text.is_plain().map(std::borrow::Cow::into_owned),
            _ => None,
        };
        let Some(text) = text else {
            self.report(diagnostics::no_kind_name(span));
            return None;
        };
        let mut resolver = crate::types::TypeResolver::new(self.an, self.file, self.module);
        let kind = resolver.schema_kind_of(&text, span);
        self.sink.append(&mut resolver.sink);
        self.kinds.extend(kind.filter(|it| !self.kinds.contains(it)));
        kind
    }

    /// The type of what is read once all holes are filled.
    pub(super) fn settled(&self, ty: Ty) -> Ty {
        match ty {
            Ty::Optional(inner) => self.settled(Ty::clone(&inner)).optional(),
            Ty::Text(Domain::Text) | Ty::Ref(_) => Ty::STRING,
            Ty::List(element) => self.settled(Ty::clone(&element)).list(),
            Ty::Map(entry) => Ty::Map(Arc::new((entry.0.clone(), self.settled(entry.1.clone())))),
            Ty::Schema(_) => match (self.t.map(&ty), self.t.element(&ty)) {
                (Some((key, value)), _) => Ty::Map(Arc::new((key, self.settled(value)))),
                (None, Some(element)) => self.settled(element).list(),
                (None, None) => ty,
            },
            it => it,
        }
    }
}

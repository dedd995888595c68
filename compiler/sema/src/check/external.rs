//! `extern K name in ns { keys: [..] }`: an object that somebody else makes, so that references to it lead somewhere.
//!
//! In instances and `lower` its parts are expressions; in environments and layers, which are static, they are literals.

use std::sync::Arc;

use schema::types::KindId;
use syntax::ast::{self, Entry};

use super::Checker;
use crate::diagnostics;
use crate::ir::{self, EntryKind, Expr, ExprKind};
use crate::ty::{Domain, Ty};

/// What an `extern` says of its keys.
enum Keys<'t> {
    /// Nothing, or `"any"`.
    Any,
    /// A list.
    Listed(ast::Expr<'t>),
}

impl Checker<'_> {
    /// `extern` in an instance or in `lower`.
    pub(super) fn external(&mut self, it: ast::Extern<'_>) -> Option<EntryKind> {
        let kind = self.external_kind(it)?;
        let name = self.object_name(it.name(), kind, it.range());
        let namespace = it.namespace().map(|it| self.namespace(it));
        if let Some(namespace) = namespace.as_ref().filter(|_| !self.an.schemas.kind_info(kind).namespaced) {
            self.report(diagnostics::namespace_on_cluster_scope(namespace.span, self.an.schemas.kind_info(kind).kind));
        }
        let keys = match self.external_keys(it, kind) {
            Keys::Any => None,
            // Texts that are computed were checked, if at all, where they come from.
            Keys::Listed(list) => {
                let key = if matches!(list, ast::Expr::List(_)) { Ty::Text(Domain::FileName) } else { Ty::STRING };
                Some(self.check(Some(list), &key.list(), false, list.range()))
            }
        };
        Some(EntryKind::Extern(Box::new(ir::Extern { kind, name, namespace, keys })))
    }

    /// `extern` in an environment or layer.
    pub(super) fn env_external(&mut self, it: ast::Extern<'_>) -> Option<ir::EnvExtern> {
        let span = self.span(it.range());
        let kind = self.external_kind(it)?;
        let name = self.object_name(it.name(), kind, it.range());
        let name = self.plain(name);
        let info = self.an.schemas.kind_info(kind);
        let namespace = match (it.namespace(), info.namespaced) {
            (Some(namespace), true) => {
                let at = self.span(namespace.range());
                let word = namespace.word().map(|it| Expr { span: at, kind: ExprKind::Str(it.into()) });
                let text = word.or_else(|| Some(self.check_string(namespace.string()?, &Ty::Text(Domain::Name), true)));
                text.and_then(|it| self.plain(it))
            }
            (Some(namespace), false) => {
                self.report(diagnostics::namespace_on_cluster_scope(self.span(namespace.range()), info.kind));
                None
            }
            (None, true) => {
                self.report(diagnostics::external_without_namespace(self.first_word(it.node()), info.kind));
                None
            }
            (None, false) => None,
        };
        let keys = match self.external_keys(it, kind) {
            Keys::Any => None,
            Keys::Listed(list) => {
                let list = self.check(Some(list), &Ty::Text(Domain::FileName).list(), false, list.range());
                Some(self.plain_list(list)?)
            }
        };
        Some(ir::EnvExtern { span, kind, name: name?, namespace, keys })
    }

    fn external_kind(&mut self, it: ast::Extern<'_>) -> Option<KindId> {
        let mut resolver = crate::types::TypeResolver::new(self.an, self.file, self.module);
        let kind = resolver.schema_kind(it.gvk()?);
        self.sink.append(&mut resolver.sink);
        kind
    }

    fn external_keys<'t>(&mut self, it: ast::Extern<'t>, kind: KindId) -> Keys<'t> {
        let info = self.an.schemas.kind_info(kind);
        let mut keys = None;
        for entry in it.block().into_iter().flat_map(ast::Block::entries) {
            let Entry::Set(set) = entry else {
                self.report(diagnostics::misplaced(self.first_word(entry.node()), "this entry", "an `extern` says only which `keys` the object has"));
                continue;
            };
            let at = self.span(set.path().map_or(set.range(), |it| it.range()));
            let word = set.path().and_then(ast::Path::single);
            if word.as_deref() != Some("keys") || set.name().is_some() {
                self.report(diagnostics::unknown_field(at, "extern", word.as_deref().unwrap_or("this"), &["keys".to_owned()]));
                continue;
            }
            if !info.group.is_empty() || !matches!(info.kind, "Secret" | "ConfigMap") {
                self.report(diagnostics::misplaced(at, "keys", "only Secrets and ConfigMaps have keys"));
                continue;
            }
            if let Some(first) = keys.replace((set, at)).map(|it: (ast::Set<'_>, _)| it.1) {
                self.report(diagnostics::duplicate_field(at, "keys", first));
            }
        }
        match keys.and_then(|it| it.0.expr()).map(ast::Expr::unparen) {
            None => Keys::Any,
            Some(ast::Expr::String(text)) if text.is_plain().as_deref() == Some("any") => Keys::Any,
            Some(list) => Keys::Listed(list),
        }
    }

    /// The text of a literal.
    fn plain(&mut self, expr: Expr) -> Option<Arc<str>> {
        match expr.kind {
            ExprKind::Str(text) => Some(text),
            ExprKind::Error => None,
            _ => self.computed(expr.span),
        }
    }

    fn plain_list(&mut self, list: Expr) -> Option<Arc<[Arc<str>]>> {
        let ExprKind::List(elems) = list.kind else { return self.plain(list).map(|it| Arc::from([it])) };
        let text = |elem| match elem {
            ir::Elem::Expr(it) => self.plain(it),
            ir::Elem::Spread(it) => self.computed(it.span),
            ir::Elem::For(it) => self.computed(it.source.span),
            ir::Elem::If { cond, .. } => self.computed(cond.span),
        };
        elems.into_iter().map(text).collect()
    }

    fn computed<T>(&mut self, span: diag::Span) -> Option<T> {
        let why = "the body of an environment is a plain list, so that every tool knows what is in it";
        self.report(diagnostics::misplaced(span, self.source(span), why));
        None
    }
}

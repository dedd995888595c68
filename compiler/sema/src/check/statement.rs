//! Statements of `lower`: objects and nested instances.

use std::sync::Arc;

use schema::model::NameRule;
use syntax::ast;

use super::block::Mode;
use super::keys::KeySet;
use super::writes::Writes;
use super::{Checker, Own};
use crate::diagnostics;
use crate::ir::{self, EntryKind, Expr, ExprKind};
use crate::ty::{Domain, RefTarget, Ty};

impl Checker<'_> {
    /// `object K name in ns as h { .. }`.
    pub(super) fn object(&mut self, object: ast::Object<'_>) -> Option<EntryKind> {
        let span = self.span(object.range());
        if let Some(text) = object.yaml() {
            return self.pasted(text);
        }
        if object.is_untyped() {
            self.report(diagnostics::not_yet(self.first_word(object.node()), "object untyped"));
            return None;
        }
        let gvk = object.gvk()?;
        let mut resolver = crate::types::TypeResolver::new(self.an, self.file, self.module);
        let kind = resolver.schema_kind(gvk);
        self.sink.append(&mut resolver.sink);
        let kind = kind?;
        let name = self.object_name(object.name(), kind, object.range());
        let namespaced = self.an.schemas.kind_info(kind).namespaced;
        let namespace = object.namespace().map(|it| self.namespace(it));
        match (&namespace, namespaced) {
            (Some(namespace), false) => self.report(diagnostics::namespace_on_cluster_scope(namespace.span, self.an.schemas.kind_info(kind).kind)),
            (Some(Expr { span, kind: ExprKind::Str(text) }), true) if text.is_empty() => {
                self.report(diagnostics::empty_namespace(*span, self.an.schemas.kind_info(kind).kind));
            }
            _ => {}
        }
        self.plain_secret(object, kind);
        self.not_served(self.span(gvk.range()), kind);
        let handle = object.handle().map(|it| self.handle_path(it));
        let ty = Ty::Schema(self.an.schemas.kind_info(kind).ty);
        let overlay = std::mem::take(&mut self.overlay);
        let body = match object.block() {
            Some(block) => {
                let mut writes = Writes::default();
                writes.leaf("apiVersion", span, false);
                writes.leaf("kind", span, false);
                let body = self.entries(block, &mut Mode::Fields { ty: &ty, writes: &mut writes, sure: true, objects: false, object: true });
                self.require(&ty, &writes, self.span(gvk.range()));
                body
            }
            None => ir::Block { span, ty, entries: Vec::new() },
        };
        self.overlay = overlay;
        Some(EntryKind::Object(Box::new(ir::Object { kind, name, namespace, handle, body })))
    }

    /// A NAME that becomes `metadata.name`, by the rule that the API server has for the kind.
    pub(super) fn object_name(&mut self, name: Option<ast::Name<'_>>, kind: schema::types::KindId, at: (u32, u32)) -> Expr {
        let ty = match self.an.schemas.kind_info(kind).name_rule {
            NameRule::Label => Ty::Text(Domain::Name),
            NameRule::Subdomain => Ty::Text(Domain::Hostname),
            NameRule::PathSegment => Ty::TEXT,
        };
        match name.map(|it| (it, it.string(), it.word())) {
            Some((_, Some(text), _)) => self.check_string(text, &ty, true),
            Some((name, None, Some(word))) => self.key_word(word, &ty, self.span(name.range())),
            _ => self.error(at),
        }
    }

    /// The name behind `in`: a namespace of the project by its word, or a text.
    pub(super) fn namespace(&mut self, name: ast::Name<'_>) -> Expr {
        let span = self.span(name.range());
        if let Some(text) = name.string() {
            return self.check_string(text, &Ty::TEXT, true);
        }
        let word = name.word().unwrap_or_default();
        let namespaces: Vec<RefTarget> = self.an.schema_kinds("Namespace").into_iter().map(RefTarget::Object).collect();
        let hit = self.an.ambient(word).iter().copied().find(|instance| {
            let kind = self.an.instances[instance.0 as usize].kind;
            kind.is_some_and(|kind| namespaces.iter().any(|it| matches!(it, RefTarget::Object(id) if self.t.handle_kinds(kind, &[]).contains(id))))
        });
        match hit.and_then(|it| self.an.instances[it.0 as usize].kind.map(|kind| (it, kind))) {
            Some((instance, kind)) => {
                self.reached.push((instance, span));
                let handle = ir::Handle { instance: Some((kind, word.into())), path: Vec::new() };
                let inner = Expr { span, kind: ExprKind::Handle(handle) };
                Expr { span, kind: ExprKind::Coerce(ir::Coercion::HandleToRef, Box::new(inner)) }
            }
            None => Expr { span, kind: ExprKind::Str(word.into()) },
        }
    }

    /// `a.service[n]` as keyed fields with their keys; `a` has none.
    fn handle_path(&mut self, handle: ast::Expr<'_>) -> Vec<(Arc<str>, Expr)> {
        let mut path = Vec::new();
        let mut at = handle;
        loop {
            match at {
                ast::Expr::Index(index) => {
                    let key = self.check(index.index(), &Ty::STRING, false, index.range());
                    match index.base() {
                        Some(ast::Expr::Field(field)) => {
                            let name = field.name().and_then(|it| it.text()).unwrap_or_default();
                            path.push((Arc::from(&*name), key));
                            match field.base() {
                                Some(base) => at = base,
                                None => break,
                            }
                        }
                        _ => break,
                    }
                }
                ast::Expr::Word(word) => {
                    if !self.locals.iter().any(|it| *it.name == *word.text()) && self.site.kind.is_some() {
                        let names: Vec<&str> = self.locals.iter().map(|it| &*it.name).collect();
                        self.report(diagnostics::unknown_name(self.span(word.range()), word.text(), &names));
                    }
                    break;
                }
                other => {
                    self.report(diagnostics::not_a_handle(self.span(other.range())));
                    break;
                }
            }
        }
        path.reverse();
        path
    }

    /// `app "name" as t { .. }` in `lower`: an instance evaluated in place.
    pub(super) fn nested(&mut self, set: ast::Set<'_>) -> Option<EntryKind> {
        let span = self.span(set.range());
        let word = set.path().and_then(ast::Path::single);
        let Some(kind) = word.as_deref().and_then(|it| self.an.kind_by_name(it)) else {
            let names = self.an.all_kind_names();
            let path = set.path().map_or(span, |it| self.span(it.range()));
            self.report(diagnostics::not_a_statement(path, word.as_deref().unwrap_or("this"), &names));
            return None;
        };
        let shape = self.t.kind(kind)?;
        if shape.is_static {
            self.report(diagnostics::misplaced(
                set.path().map_or(span, |it| self.span(it.range())),
                &shape.name,
                "instances of static kinds are declared in files",
            ));
            return None;
        }
        self.uses.push(self.an.kind_decls[kind.0 as usize]);
        let name = match set.name() {
            Some(name) => match name.string() {
                Some(text) => self.check_string(text, &Ty::Text(Domain::Name), false),
                None => Expr { span: self.span(name.range()), kind: ExprKind::Str(name.word().unwrap_or_default().into()) },
            },
            None => {
                self.report(diagnostics::missing_value(span, "a name"));
                return None;
            }
        };
        let ty = Ty::Record(shape.fields.clone());
        let (site, block) = (self.site.clone(), set.block());
        self.own.push(Own { kind, keys: Arc::new(KeySet::of(self.t, block, &ty)) });
        self.site.name = true;
        let mut writes = Writes::default();
        let body = match block {
            Some(block) => self.entries(block, &mut Mode::Fields { ty: &ty, writes: &mut writes, sure: true, objects: true, object: false }),
            None => ir::Block { span, ty: ty.clone(), entries: Vec::new() },
        };
        self.require(&ty, &writes, set.name().map_or(span, |it| self.span(it.range())));
        self.own.pop();
        self.site = site;
        Some(EntryKind::Instance(Box::new(ir::Nested { kind, name, principal: set.handle().is_some(), body })))
    }
}

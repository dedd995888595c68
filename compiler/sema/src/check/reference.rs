//! Names that stand for entries and instances: keys of the enclosing instance, handles, ambient instances (grammar.md, "References", "Keys").
//!
//! Invariant: a name that means something in two classes is `ambiguous-reference`, never decided by precedence.

use std::sync::Arc;

use diag::Span;
use syntax::ast;

use super::Checker;
use super::keys::{Hits, KeyPath, KeySet};
use crate::diagnostics;
use crate::ir::{Coercion, Expr, ExprKind, Handle, HoleAttr, InstanceRef};
use crate::ty::{KindRef, RefTarget, Ty};

/// A dotted chain of words: `network.home.vlan.dev`.
pub(super) struct Chain<'t> {
    pub words: Vec<(std::borrow::Cow<'t, str>, (u32, u32))>,
}

impl Chain<'_> {
    fn texts(&self) -> Vec<Arc<str>> {
        self.words.iter().map(|it| Arc::from(&*it.0)).collect()
    }
}

/// The chain of words that an expression is, if it is one.
pub(super) fn chain(expr: ast::Expr<'_>) -> Option<Chain<'_>> {
    match expr {
        ast::Expr::Word(word) => Some(Chain { words: vec![(word.text().into(), word.range())] }),
        ast::Expr::Field(field) if !field.is_optional() => {
            let mut chain = chain(field.base()?)?;
            let name = field.name()?;
            chain.words.push((name.text()?, name.range()));
            Some(chain)
        }
        _ => None,
    }
}

impl<'a> Checker<'a> {
    /// A bare word or chain where a key or reference is expected; `None` where it is an ordinary expression.
    pub(super) fn reference(&mut self, expr: ast::Expr<'_>, to: &Ty) -> Option<Expr> {
        match to {
            Ty::Key(path) => {
                let chain = chain(expr)?;
                let ordinary = self.is_root(&chain);
                let hits = if ordinary { self.key_hits(path, &chain).known } else { Vec::new() };
                if !hits.is_empty() && chain.words.len() == 1 && !self.is_own_root(&chain) {
                    self.report(diagnostics::ambiguous_variable(self.span(expr.range()), &chain.words[0].0));
                    return Some(self.error(expr.range()));
                }
                if ordinary && !self.is_own_root(&chain) { None } else { Some(self.key(path, &chain, expr.range())) }
            }
            Ty::Ref(targets) => {
                let chain = chain(expr)?;
                if chain.words.len() > 1 {
                    return None;
                }
                if self.is_root(&chain) {
                    let word = &*chain.words[0].0;
                    let other = self.an.ambient(word).iter().copied().find(|it| self.is_target(*it, targets))?;
                    let other = format!("{}.{word}", self.an.instances[other.0 as usize].kind_word);
                    self.report(diagnostics::ambiguous_instance(self.span(expr.range()), word, &other));
                    return Some(self.error(expr.range()));
                }
                Some(self.ambient(targets, &chain, expr.range()))
            }
            Ty::Union(def) => {
                let chain = chain(expr)?;
                if self.is_root(&chain) && !self.is_own_root(&chain) {
                    return None;
                }
                let mut hits = Vec::new();
                for alternative in &def.alternatives {
                    if matches!(alternative.ty(), Ty::Key(_) | Ty::Ref(_))
                        && let Some(Some(found)) = self.attempt(|this| this.reference(expr, alternative.ty()))
                    {
                        hits.push((alternative.name.clone(), found));
                    }
                }
                match hits.len() {
                    1 => hits.pop().map(|(name, found)| Expr { span: found.span, kind: ExprKind::Coerce(Coercion::Inject(name), Box::new(found)) }),
                    0 if self.is_own_root(&chain) => None,
                    0 => {
                        // Report against the only alternative that a word could have meant.
                        let alternative = def.alternatives.iter().find(|it| matches!(it.ty(), Ty::Key(_) | Ty::Ref(_)))?;
                        self.reference(expr, alternative.ty())
                    }
                    _ => {
                        self.report(diagnostics::ambiguous_reference(self.span(expr.range()), &chain.words[0].0, &hits[0].0, &hits[1].0));
                        Some(self.error(expr.range()))
                    }
                }
            }
            _ => None,
        }
    }

    /// Whether the first word means something by itself: a local, a root, a kind, a constant.
    fn is_root(&self, chain: &Chain<'_>) -> bool {
        let word = &*chain.words[0].0;
        self.locals.iter().any(|it| *it.name == *word)
            || (word == "params" && self.site.params.is_some())
            || (word == "settings" && self.site.settings)
            || (word == "here" && self.site.here)
            || (word == "name" && self.site.name)
            || (chain.words.len() > 1 && (self.an.kind_by_name(word).is_some() || self.is_own_root(chain)))
            || matches!(self.an.item(&self.module, word), Some(crate::analysis::Item::Let(_)))
    }

    /// Whether the first word is a keyed field of the instance whose body this is.
    pub(super) fn is_own_root(&self, chain: &Chain<'_>) -> bool {
        chain.words.len() > 1 && self.own.last().is_some_and(|own| self.is_keyed(own.kind, &chain.words[0].0))
    }

    fn is_keyed(&self, kind: KindRef, field: &str) -> bool {
        let Some(shape) = self.t.kind(kind) else { return false };
        shape.fields.field(field).is_some_and(|it| self.t.map(it.ty().present().0).is_some())
    }

    /// Full key paths that a chain may mean, and whether computed ones may exist.
    fn key_hits(&self, path: &[Arc<str>], chain: &Chain<'_>) -> Hits {
        let Some(own) = self.own.last() else { return Hits::default() };
        let words = chain.texts();
        let interleaved: Option<Vec<Arc<str>>> =
            (words.len() == 2 * path.len() && words.iter().step_by(2).eq(path.iter())).then(|| words.iter().skip(1).step_by(2).cloned().collect());
        own.keys.hits(path, &interleaved.unwrap_or(words))
    }

    fn key(&mut self, path: &Arc<[Arc<str>]>, chain: &Chain<'_>, range: (u32, u32)) -> Expr {
        let span = self.span(range);
        let mut hits = self.key_hits(path, chain);
        if hits.known.is_empty() {
            hits.known = std::mem::take(&mut hits.maybe);
        }
        let literal = |it: &Arc<str>| Expr { span, kind: ExprKind::Str(it.clone()) };
        match hits.known.as_slice() {
            [only] => Expr { span, kind: ExprKind::Key(path.clone(), only.iter().map(literal).collect()) },
            [] if hits.unclear => {
                self.report(diagnostics::unclear_key(span, &path.join("."), path.len()));
                self.error(range)
            }
            [] => {
                let word = chain.words.iter().map(|it| &*it.0).collect::<Vec<_>>().join(".");
                let all = self.own.last().map_or(Vec::new(), |it| it.keys.paths(path).0);
                // What is written with so many words is meant with so many.
                let like = |it: &KeyPath| it.len().checked_sub(chain.words.len()).map(|from| it[from..].join("."));
                let names: Vec<String> =
                    if chain.words.len() > 1 { all.iter().filter_map(like).collect() } else { all.iter().map(|it| short(it, &all)).collect() };
                self.report(diagnostics::unknown_key(span, &word, &path.join("."), &names, self.own.is_empty()));
                self.error(range)
            }
            many => {
                let names: Vec<String> = many.iter().map(|it| it.join(".")).collect();
                self.report(diagnostics::ambiguous_key(span, &chain.words[0].0, &names));
                self.error(range)
            }
        }
    }

    /// A bare word where a `Ref` is expected: an instance of an ambient kind.
    fn ambient(&mut self, targets: &Arc<[RefTarget]>, chain: &Chain<'_>, range: (u32, u32)) -> Expr {
        let span = self.span(range);
        let word = chain.words[0].0.clone();
        let hits: Vec<InstanceRef> = self.an.ambient(&word).iter().copied().filter(|it| self.is_target(*it, targets)).collect();
        let Some(instance) = hits.first().copied() else {
            if let Some(entry) = self.own_entry(targets, &word) {
                self.report(diagnostics::entry_without_field(span, &word, &entry));
                return self.error(range);
            }
            let names: Vec<String> = self.candidates(targets);
            let to = self.t.show(&Ty::Ref(targets.clone()));
            self.report(diagnostics::unknown_reference(span, &word, &to, &names));
            return self.error(range);
        };
        if let [a, b, ..] = hits.as_slice() {
            let show = |it: &InstanceRef| format!("{}.{word}", self.an.instances[it.0 as usize].kind_word);
            self.report(diagnostics::ambiguous_reference(span, &word, &show(a), &show(b)));
            return self.error(range);
        }
        self.reached.push((instance, span));
        let entry = &self.an.instances[instance.0 as usize];
        let Some(kind) = entry.kind else { return self.error(range) };
        let handle = Expr { span, kind: ExprKind::Handle(Handle { instance: Some((kind, entry.name.clone())), path: Vec::new() }) };
        Expr { span, kind: ExprKind::Coerce(Coercion::HandleToRef, Box::new(handle)) }
    }

    /// Whether the principal object of an instance is one of the targets.
    fn is_target(&self, instance: InstanceRef, targets: &[RefTarget]) -> bool {
        let Some(kind) = self.an.instances[instance.0 as usize].kind else { return false };
        targets.iter().any(|target| match target {
            RefTarget::Object(id) => self.t.handle_kinds(kind, &[]).contains(id),
            RefTarget::Instance(other) => *other == kind,
        })
    }

    /// `config.conf`, where only `conf` was written.
    fn own_entry(&self, targets: &[RefTarget], word: &str) -> Option<String> {
        let own = self.own.last()?;
        let handles = &self.t.kind(own.kind)?.handles;
        let hit = handles.iter().find(|(path, kinds)| {
            let [field] = path.as_slice() else { return false };
            let there = own.keys.field(field).is_some_and(|it| it.entry(word).is_some());
            there && kinds.iter().any(|kind| targets.contains(&RefTarget::Object(*kind)))
        });
        hit.map(|(path, _)| format!("{}.{word}", path[0]))
    }

    /// What a reference to these targets could have been written as.
    fn candidates(&self, targets: &[RefTarget]) -> Vec<String> {
        let mut names = Vec::new();
        for (at, entry) in self.an.instances.iter().enumerate() {
            let Some(kind) = entry.kind else { continue };
            if self.is_target(InstanceRef(at as u32), targets) {
                let ambient = self.t.kind(kind).is_some_and(|it| it.ambient);
                names.push(if ambient { entry.name.to_string() } else { format!("{}.{}", entry.kind_word, entry.name) });
            }
        }
        names
    }

    /// `kind.instance...`: a static instance as a value, or a handle of another.
    pub(super) fn rooted(&mut self, chain: &Chain<'_>, range: (u32, u32)) -> Option<(Expr, Ty)> {
        let word = &*chain.words[0].0;
        if chain.words.len() < 2 || self.locals.iter().any(|it| *it.name == *word) {
            return None;
        }
        if self.is_own_root(chain) {
            return Some(self.own_rooted(chain, range));
        }
        let kind = self.an.kind_by_name(word)?;
        let shape = self.t.kind(kind)?;
        let name = &*chain.words[1].0;
        let name_span = self.span(chain.words[1].1);
        if !shape.is_static && !self.site.roots {
            self.report(diagnostics::root_not_in_scope(self.span(range), word));
            return Some((self.error(range), Ty::Error));
        }
        let Some(instance) = self.an.instance(kind, name) else {
            let names = self.an.instances_of(kind);
            self.report(diagnostics::unknown_instance(name_span, word, name, &names));
            return Some((self.error(range), Ty::Error));
        };
        self.reached.push((instance, self.span(range)));
        if shape.is_static {
            return Some(self.static_value(kind, instance, chain, range));
        }
        Some(self.foreign(kind, instance, chain, range))
    }

    fn static_value(&mut self, kind: KindRef, instance: InstanceRef, chain: &Chain<'_>, range: (u32, u32)) -> (Expr, Ty) {
        if let Some(decl) = self.an.instances[instance.0 as usize].decl {
            self.uses.push(decl);
        }
        let start = chain.words[0].1.0;
        let mut at = Expr { span: self.span((start, chain.words[1].1.1)), kind: ExprKind::Static(instance) };
        let mut ty = Ty::Instance(kind, Arc::from([]));
        let mut keyed: Vec<Arc<str>> = Vec::new();
        let mut words = chain.words[2..].iter();
        while let Some((word, word_range)) = words.next() {
            // A keyed field directly followed by a key is an entry, which has a handle type of its own.
            let field_ty = self.t.member(&ty, word).map(|it| it.ty.present().0.clone());
            let entry = matches!(&ty, Ty::Instance(..)) && field_ty.as_ref().is_some_and(|it| self.t.map(it).is_some());
            if let (true, Some((key, key_range))) = (entry, words.clone().next())
                && crate::builtin::find_method(crate::builtin::Receiver::Map, key).is_none()
            {
                words.next();
                keyed.push(Arc::from(&**word));
                let value = field_ty.as_ref().and_then(|it| self.t.map(it)).map_or(Ty::Error, |it| it.1);
                self.check_static_key(instance, &keyed, chain, key, *key_range);
                let span = self.span((start, key_range.1));
                at = Expr { span, kind: ExprKind::Field(Box::new(at), Arc::from(&**word)) };
                at = Expr { span, kind: ExprKind::Field(Box::new(at), Arc::from(&**key)) };
                ty = if self.t.is_record(&value) { Ty::Instance(kind, keyed.clone().into()) } else { value };
                continue;
            }
            (at, ty) = self.member((at, ty), word, *word_range, false, (start, word_range.1));
        }
        let _ = range;
        (at, ty)
    }

    /// Reports a key that a static instance surely has not.
    fn check_static_key(&mut self, instance: InstanceRef, fields: &[Arc<str>], chain: &Chain<'_>, key: &str, range: (u32, u32)) {
        let Some(keys) = self.an.keys_of(instance) else { return };
        // Only the first level is known here; deeper keys are found when evaluated.
        if let [field] = fields
            && keys.lacks(field, key)
        {
            let entries = keys.names(field);
            let owner = format!("{}.{}", chain.words[0].0, chain.words[1].0);
            self.report(diagnostics::unknown_entry(self.span(range), &owner, field, key, &entries));
        }
    }

    /// `app.a.service.lan.host`: a handle of another instance, or what can be read of it.
    fn foreign(&mut self, kind: KindRef, instance: InstanceRef, chain: &Chain<'_>, range: (u32, u32)) -> (Expr, Ty) {
        let name = self.an.instances[instance.0 as usize].name.clone();
        let keys = self.an.keys_of(instance).cloned();
        self.entry_path(kind, Some((kind, name)), keys, &chain.words[2..], range)
    }

    /// `service.lan`, `secret.admin.password` inside the instance's own body.
    fn own_rooted(&mut self, chain: &Chain<'_>, range: (u32, u32)) -> (Expr, Ty) {
        let Some(own) = self.own.last() else { return (self.error(range), Ty::Error) };
        let (kind, keys) = (own.kind, own.keys.clone());
        self.entry_path(kind, None, Some(keys), &chain.words, range)
    }

    /// Walks alternating keyed fields and keys, then one of the attributes.
    fn entry_path(
        &mut self,
        kind: KindRef,
        instance: Option<(KindRef, Arc<str>)>,
        keys: Option<Arc<KeySet>>,
        words: &[(std::borrow::Cow<'_, str>, (u32, u32))],
        range: (u32, u32),
    ) -> (Expr, Ty) {
        let span = self.span(range);
        let mut fields: Vec<Arc<str>> = Vec::new();
        let mut path: Vec<(Arc<str>, Expr)> = Vec::new();
        let mut level = keys.as_deref();
        let mut rest = words;
        while let [(field, _), (key, key_range), after @ ..] = rest {
            if fields.is_empty() && instance.is_some() && self.t.kind(kind).is_some_and(|it| it.fields.field(field).is_none()) {
                break;
            }
            let mut longer = fields.clone();
            longer.push(Arc::from(&**field));
            if self.t.entry_type(kind, &longer).is_none() {
                break;
            }
            fields = longer;
            if let Some(keys) = level.filter(|it| it.lacks(field, key)) {
                let names = keys.names(field);
                let owner = instance
                    .as_ref()
                    .map_or_else(|| "this instance".to_owned(), |(_, name)| format!("{} {name}", self.t.show(&Ty::Handle(kind, Arc::from([])))));
                self.report(diagnostics::unknown_entry(self.span(*key_range), &owner, field, key, &names));
                return (self.error(range), Ty::Error);
            }
            level = level.and_then(|it| it.field(field)?.entry(key)).map(|it| &it.inner);
            path.push((Arc::from(&**field), Expr { span: self.span(*key_range), kind: ExprKind::Str(Arc::from(&**key)) }));
            rest = after;
        }
        let handle = Handle { instance: instance.clone(), path };
        self.attribute(kind, &fields, handle, rest, span)
    }

    fn attribute(&mut self, kind: KindRef, fields: &[Arc<str>], handle: Handle, rest: &[(std::borrow::Cow<'_, str>, (u32, u32))], span: Span) -> (Expr, Ty) {
        let own = handle.instance.is_none();
        let hole = |handle, attr| (Expr { span, kind: ExprKind::Hole(handle, attr) }, Ty::TEXT);
        match rest {
            [] if own && self.t.handle_kinds(kind, fields).is_empty() && fields.len() > 1 => {
                let keys = handle.path.into_iter().map(|it| it.1).collect();
                let path: Arc<[Arc<str>]> = fields.into();
                (Expr { span, kind: ExprKind::Key(path.clone(), keys) }, Ty::Key(path))
            }
            [] => (Expr { span, kind: ExprKind::Handle(handle) }, Ty::Handle(kind, fields.into())),
            [(word, _)] => match &**word {
                "name" => hole(handle, HoleAttr::Name),
                "namespace" => hole(handle, HoleAttr::Namespace),
                "host" => hole(handle, HoleAttr::Host),
                "number" if !fields.is_empty() => hole(handle, HoleAttr::Number),
                key if own && fields.len() == 1 && self.has_keys(kind, &fields[0]) => {
                    self.entry_key(kind, handle, Expr { span, kind: ExprKind::Str(key.into()) }, span)
                }
                _ => self.not_readable(kind, fields, &rest[0], span),
            },
            // `service.main.name.x`: the first word is all right, what follows is not.
            [(first, _), second, ..] if matches!(&**first, "name" | "namespace" | "host") => {
                self.report(diagnostics::unknown_field(self.span(second.1), "Text", &second.0, &[]));
                (Expr { span, kind: ExprKind::Error }, Ty::Error)
            }
            [first, ..] => self.not_readable(kind, fields, first, span),
        }
    }

    fn not_readable(&mut self, kind: KindRef, fields: &[Arc<str>], word: &(std::borrow::Cow<'_, str>, (u32, u32)), span: Span) -> (Expr, Ty) {
        let mut names: Vec<String> = ["name", "namespace", "host", "number"].map(str::to_owned).to_vec();
        if let Some(ty) = self.t.entry_type(kind, fields) {
            let keyed = |name: &String| self.t.member(&ty, name).is_some_and(|it| self.t.map(it.ty.present().0).is_some());
            names.extend(self.t.member_names(&ty).into_iter().filter(keyed));
        }
        self.report(diagnostics::not_readable(self.span(word.1), &word.0, &self.t.show(&Ty::Handle(kind, fields.into())), &names));
        (Expr { span, kind: ExprKind::Error }, Ty::Error)
    }

    /// `secret.admin.password`: one key of an entry that stands for a Secret or ConfigMap.
    pub(super) fn entry_key(&mut self, kind: KindRef, handle: Handle, key: Expr, span: Span) -> (Expr, Ty) {
        let Some((field, entry)) = handle.path.first().cloned() else { return (Expr { span, kind: ExprKind::Error }, Ty::Error) };
        let Some(ty) = self.key_type(kind, &field) else {
            self.report(diagnostics::not_indexable(span, &self.t.show(&Ty::Handle(kind, Arc::from([field])))));
            return (Expr { span, kind: ExprKind::Error }, Ty::Error);
        };
        (Expr { span, kind: ExprKind::EntryKey { field, entry: Box::new(entry), key: Box::new(key) } }, ty)
    }
}

impl Checker<'_> {
    fn has_keys(&self, kind: KindRef, field: &Arc<str>) -> bool {
        self.key_type(kind, field).is_some()
    }

    /// What the keys of a field's entries are: of a Secret where the entry has a source, of a ConfigMap where it has data.
    fn key_type(&self, kind: KindRef, field: &Arc<str>) -> Option<Ty> {
        let value = self.t.entry_type(kind, std::slice::from_ref(field))?;
        let Ty::Record(def) = value.base() else { return None };
        if def.fields.iter().any(|it| matches!(it.ty().present().0, Ty::SecretSource)) {
            return Some(Ty::SecretKey);
        }
        def.field("data").map(|_| Ty::ConfigKey)
    }
}

/// The shortest suffix of a key path that is unique among all.
fn short(path: &KeyPath, all: &[KeyPath]) -> String {
    for from in (0..path.len()).rev() {
        if all.iter().filter(|it| it.ends_with(&path[from..])).count() == 1 {
            return path[from..].join(".");
        }
    }
    path.join(".")
}

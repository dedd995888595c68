//! What is read of a value: fields, methods, indices; and calls.

use std::sync::Arc;

use syntax::ast;

use super::Checker;
use super::reference::chain;
use crate::analysis::Item;
use crate::builtin::{self, Builtin, Receiver, Shape};
use crate::diagnostics;
use crate::ir::{Coercion, Expr, ExprKind, HereField};
use crate::relate::Relation;
use crate::ty::{Domain, KindRef, RefTarget, Ty};

/// Defaults are written out at each call, and may call with defaults themselves: so many in one declaration.
const DEFAULTS_MAX: u32 = 1_000;

/// What is called with arguments: a function or a trait.
pub(super) struct Callee<'c> {
    pub name: &'c str,
    pub decl: crate::analysis::DeclId,
    /// Name, type, whether it has a default.
    pub parameters: &'c [(std::sync::Arc<str>, Ty, bool)],
}

impl Checker<'_> {
    pub(super) fn synth_field(&mut self, field: ast::FieldExpr<'_>) -> (Expr, Ty) {
        let range = field.range();
        if let Some(chain) = chain(ast::Expr::Field(field)) {
            if let Some(found) = self.root_field(&chain, range) {
                return found;
            }
            if let Some(found) = self.rooted(&chain, range) {
                return found;
            }
        }
        let (Some(base), Some(name)) = (field.base(), field.name()) else { return (self.error(range), Ty::Error) };
        let Some(text) = name.text() else { return (self.error(range), Ty::Error) };
        let found = self.synth(base);
        self.member(found, &text, name.range(), field.is_optional(), range)
    }

    /// `params.x`, `settings.x`, `here.x`.
    fn root_field(&mut self, chain: &super::reference::Chain<'_>, range: (u32, u32)) -> Option<(Expr, Ty)> {
        let root = &*chain.words[0].0;
        if self.locals.iter().any(|it| *it.name == *root) || chain.words.len() < 2 {
            return None;
        }
        let (word, word_range) = &chain.words[1];
        let span = self.span((chain.words[0].1.0, word_range.1));
        let at = self.span(*word_range);
        let mut found = match root {
            "params" => {
                let Some(params) = &self.site.params else {
                    self.report(diagnostics::not_in_scope(self.span(chain.words[0].1), "params"));
                    return Some((self.error(range), Ty::Error));
                };
                match params.iter().position(|it| *it.0 == **word) {
                    Some(index) => (Expr { span, kind: ExprKind::Param(index as u32) }, params[index].1.clone()),
                    None => {
                        let names: Vec<String> = params.iter().map(|it| it.0.to_string()).collect();
                        self.report(diagnostics::unknown_param(at, "this instance", word, &names));
                        (self.error(range), Ty::Error)
                    }
                }
            }
            "settings" => {
                if !self.site.settings {
                    self.report(diagnostics::not_in_scope(self.span(chain.words[0].1), "settings"));
                    return Some((self.error(range), Ty::Error));
                }
                let def = &self.an.settings[self.library as usize];
                match def.fields.iter().position(|it| *it.name == **word) {
                    Some(index) if matches!(def.fields[index].ty(), Ty::Error) => (self.error(range), Ty::Error),
                    Some(index) => {
                        if let Some(decl) = self.an.settings_decls[self.library as usize] {
                            self.uses.push(decl);
                        }
                        (Expr { span, kind: ExprKind::Setting(self.library, index as u32) }, def.fields[index].ty().clone())
                    }
                    None => {
                        let names: Vec<String> = def.fields.iter().map(|it| it.name.to_string()).collect();
                        let library =
                            (1..self.an.settings.len()).find(|it| self.library == 0 && self.an.settings[*it].fields.iter().any(|it| *it.name == **word));
                        let diagnostic = diagnostics::unknown_setting(at, word, &names);
                        self.report(match library {
                            Some(library) => diagnostics::setting_of_library(diagnostic, word, &self.an.libraries[library]),
                            None => diagnostic,
                        });
                        (self.error(range), Ty::Error)
                    }
                }
            }
            "here" => {
                if !self.site.here {
                    self.report(diagnostics::not_in_scope(self.span(chain.words[0].1), "here"));
                    return Some((self.error(range), Ty::Error));
                }
                let (field, ty) = match &**word {
                    "env" => (HereField::Env, Ty::Text(Domain::Name)),
                    "cluster" => (HereField::Cluster, self.an.kind_by_name("cluster").map_or(Ty::Error, |it| Ty::Instance(it, Arc::from([])))),
                    "kubernetes" => (HereField::Kubernetes, Ty::Text(Domain::Version)),
                    "pools" => {
                        let pool = self.an.kind_by_name("pool").map_or(Ty::Error, |it| Ty::Instance(it, Arc::from([])));
                        (HereField::Pools, Ty::Map(Arc::new((Ty::Text(Domain::Name), pool))))
                    }
                    other => {
                        self.report(diagnostics::unknown_field(at, "here", other, &["env", "cluster", "kubernetes", "pools"].map(str::to_owned)));
                        return Some((self.error(range), Ty::Error));
                    }
                };
                (Expr { span, kind: ExprKind::Here(field) }, ty)
            }
            _ => return None,
        };
        for (word, word_range) in &chain.words[2..] {
            found = self.member(found, word, *word_range, false, (chain.words[0].1.0, word_range.1));
        }
        Some(found)
    }

    /// `e.name` on a value of a known type.
    pub(super) fn member(&mut self, found: (Expr, Ty), name: &str, name_range: (u32, u32), optional: bool, range: (u32, u32)) -> (Expr, Ty) {
        let (base, ty) = found;
        let span = self.span(range);
        let (present, absent) = ty.present();
        let present = self.t.view(present);
        let read = self.read.take().filter(|it| it.0 == base.span);
        let schema = matches!(present.base(), Ty::Schema(_) | Ty::Partial(_) | Ty::Object(_));
        if absent && !optional && !schema && read.is_none() && !matches!(present.base(), Ty::Error) {
            self.report(diagnostics::read_may_be_absent(self.span(name_range), name));
            return (self.error(range), Ty::Error);
        }
        let result = |kind, ty: Ty| (Expr { span, kind }, if absent { ty.optional() } else { ty });
        let field = |base| ExprKind::Field(Box::new(base), Arc::from(name));
        match present.base() {
            Ty::Error => return (self.error(range), Ty::Error),
            Ty::Instance(_, path) if name == "name" && (path.is_empty() || self.t.member(&present, "name").is_none()) => {
                return result(field(base), Ty::Text(Domain::Name));
            }
            Ty::Instance(_, path) if name == "namespace" && path.is_empty() && self.t.member(&present, name).is_none() => {
                return result(field(base), Ty::TEXT.optional());
            }
            Ty::SecretKey if matches!(name, "secret" | "key") => return result(field(base), Ty::TEXT),
            Ty::ConfigKey if matches!(name, "config" | "key") => return result(field(base), Ty::TEXT),
            Ty::Ref(_) if name == "name" => return (base, if absent { Ty::TEXT.optional() } else { Ty::TEXT }),
            // Absent where the reference is only a name.
            Ty::Ref(_) if name == "namespace" => return result(field(base), Ty::TEXT.optional()),
            Ty::Key(path) => return self.key_member(base, &path.clone(), name, name_range, range),
            _ => {}
        }
        if let Some(method) = receiver(&present).and_then(|it| builtin::find_method(it, name))
            && method.arguments.is_empty()
        {
            let ty = self.shape(method.result, &present);
            return result(ExprKind::Builtin(method.id, vec![base]), ty);
        }
        if schema {
            self.read = Some((span, name == "metadata" && !absent && matches!(present.base(), Ty::Object(_))));
        }
        if matches!((&read, name), (Some((_, true)), "name")) || (matches!(name, "apiVersion" | "kind") && !absent && matches!(present.base(), Ty::Object(_))) {
            // An object has them always.
            return (Expr { span, kind: field(base) }, Ty::TEXT);
        }
        if let Some(member) = self.t.member(&present, name) {
            let ty = if matches!(present.base(), Ty::Union(_)) { member.ty.optional() } else { member.ty };
            return result(field(base), ty);
        }
        if let Some((_, value)) = self.t.map(&present) {
            return (Expr { span, kind: field(base) }, value.optional());
        }
        if matches!(present.base(), Ty::Json) {
            return (Expr { span, kind: field(base) }, Ty::Json.optional());
        }
        let mut names = self.t.member_names(&present);
        names
            .extend(receiver(&present).into_iter().flat_map(|it| builtin::ALL.iter().filter(move |method| method.receiver == it).map(|it| it.name.to_owned())));
        self.report(diagnostics::unknown_field(self.span(name_range), &self.t.show(&present), name, &names));
        (self.error(range), Ty::Error)
    }

    /// What can be read of a key: its last key, the name of an object above it, a field of its entry.
    fn key_member(&mut self, base: Expr, path: &Arc<[Arc<str>]>, name: &str, name_range: (u32, u32), range: (u32, u32)) -> (Expr, Ty) {
        let span = self.span(range);
        let field = ExprKind::Field(Box::new(base), Arc::from(name));
        if name == "name" {
            return (Expr { span, kind: field }, Ty::Text(Domain::Name));
        }
        if path.iter().any(|it| **it == *name) {
            return (Expr { span, kind: field }, Ty::TEXT);
        }
        let mut at = self.key_entry(path);
        // The entry of a list of keys is read through to what the key means.
        for _ in 0..4 {
            match at {
                Some(Ty::Key(inner)) => at = self.key_entry(&inner),
                _ => break,
            }
        }
        let member = at.as_ref().and_then(|it| self.t.member(it, name));
        match member {
            Some(member) => (Expr { span, kind: field }, member.ty),
            None => {
                let names = at.map_or(Vec::new(), |it| self.t.member_names(&it));
                self.report(diagnostics::unknown_field(self.span(name_range), &format!("Key<{}>", path.join(".")), name, &names));
                (self.error(range), Ty::Error)
            }
        }
    }

    /// The type of the entries at a key's path: in the kind at hand, else in the first kind that has such a path.
    fn key_entry(&self, path: &[Arc<str>]) -> Option<Ty> {
        let own = self.own.last().map(|it| it.kind).or(self.site.kind);
        let all = (0..self.an.kinds.len() as u32).map(KindRef);
        own.into_iter().chain(all).find_map(|kind| self.t.entry_type(kind, path))
    }

    pub(super) fn synth_index(&mut self, index: ast::Index<'_>) -> (Expr, Ty) {
        let range = index.range();
        let span = self.span(range);
        let Some(base) = index.base() else { return (self.error(range), Ty::Error) };
        if let Some(chain) = chain(base)
            && chain.words.len() == 2
            && self.is_own_root(&chain)
        {
            // `secret.main[k]`: a computed key of an entry.
            let (entry, ty) = self.synth(base);
            if let (ExprKind::Handle(handle), Ty::Handle(kind, _)) = (entry.kind, ty) {
                let key = self.check(index.index(), &Ty::STRING, false, range);
                return self.entry_key(kind, handle, key, span);
            }
            return (self.error(range), Ty::Error);
        }
        let (base, ty) = self.synth(base);
        let (present, absent) = ty.present();
        let read = self.read.take().filter(|it| it.0 == base.span);
        if absent && read.is_none() && !matches!(self.t.view(present).base(), Ty::Schema(_) | Ty::Partial(_)) {
            self.report(diagnostics::read_may_be_absent(span, "[ ]"));
            return (self.error(range), Ty::Error);
        }
        if let Some((_, value)) = self.t.map(present) {
            let key = self.check(index.index(), &Ty::STRING, false, range);
            return (Expr { span, kind: ExprKind::Index(Box::new(base), Box::new(key)) }, value.optional());
        }
        if let Some(element) = self.t.element(present) {
            let key = self.check(index.index(), &Ty::INT, false, range);
            return (Expr { span, kind: ExprKind::Index(Box::new(base), Box::new(key)) }, element.optional());
        }
        if matches!(present.base(), Ty::Json) {
            let key = self.check(index.index(), &Ty::STRING, false, range);
            return (Expr { span, kind: ExprKind::Index(Box::new(base), Box::new(key)) }, Ty::Json.optional());
        }
        if !matches!(present, Ty::Error) {
            self.report(diagnostics::not_indexable(base.span, &self.t.show(present)));
        }
        (self.error(range), Ty::Error)
    }

    pub(super) fn synth_call(&mut self, call: ast::CallExpr<'_>) -> (Expr, Ty) {
        let range = call.range();
        if let Some(found) = self.objects_call(call) {
            return found;
        }
        match call.callee() {
            Some(ast::Expr::Word(word)) => self.call_word(call, word.text(), word.range()),
            Some(ast::Expr::Field(field)) => self.call_method(call, field),
            Some(other) => {
                self.report(diagnostics::not_callable(self.span(other.range())));
                (self.error(range), Ty::Error)
            }
            None => (self.error(range), Ty::Error),
        }
    }

    fn call_word(&mut self, call: ast::CallExpr<'_>, word: &str, word_range: (u32, u32)) -> (Expr, Ty) {
        let range = call.range();
        let span = self.span(range);
        if let Some(Item::Fn(index)) = self.an.item(&self.module, word) {
            return self.call_function(call, index);
        }
        if let Some(function) = builtin::find_function(word) {
            return self.call_builtin(call, function, None);
        }
        if let Some(ty) = constructor(word) {
            let args: Vec<ast::Arg<'_>> = call.args().collect();
            let [arg] = args.as_slice() else {
                self.report(diagnostics::wrong_argument_count(span, word, 1, args.len()));
                return (self.error(range), Ty::Error);
            };
            let Some(expr) = arg.expr() else { return (self.error(range), Ty::Error) };
            if matches!(expr, ast::Expr::String(text) if text.is_plain().is_some()) {
                return (self.check(Some(expr), &ty, false, range), ty);
            }
            let (inner, from) = self.synth(expr);
            let coercion = match (self.t.relate(&from, &ty), from.base()) {
                (Relation::Fits, _) => return (inner, ty),
                (Relation::Converts(coercion), _) => coercion,
                (_, Ty::Text(Domain::Text)) => {
                    let diagnostic = diagnostics::type_mismatch(inner.span, "String", &self.t.show(&from));
                    self.report(diagnostic.note("a `Text` may hold names that are only known when everything is linked"));
                    return (self.error(range), Ty::Error);
                }
                (_, Ty::Text(_) | Ty::Enum(_)) => Coercion::Parse(ty.clone()),
                (Relation::MayBeAbsent, _) => {
                    self.report(diagnostics::may_be_absent(inner.span, &self.t.show(&ty)));
                    return (self.error(range), Ty::Error);
                }
                _ => {
                    self.report(diagnostics::type_mismatch(inner.span, "String", &self.t.show(&from)));
                    return (self.error(range), Ty::Error);
                }
            };
            return (Expr { span, kind: ExprKind::Coerce(coercion, Box::new(inner)) }, ty);
        }
        let mut names: Vec<&str> = self.an.value_names(&self.module);
        names.extend(builtin::ALL.iter().filter(|it| it.receiver == Receiver::None).map(|it| it.name));
        self.report(diagnostics::unknown_function(self.span(word_range), word, &names));
        (self.error(range), Ty::Error)
    }

    fn call_function(&mut self, call: ast::CallExpr<'_>, index: crate::ir::FnRef) -> (Expr, Ty) {
        let span = self.span(call.range());
        let an = self.an;
        let entry = &an.fns[index.0 as usize];
        let signature = &an.signatures[index.0 as usize];
        self.uses.push(entry.decl);
        let result = signature.result.clone().unwrap_or(Ty::Error);
        let callee = Callee { name: &entry.name, decl: entry.decl, parameters: &signature.parameters };
        match self.arguments(&callee, call.args(), span) {
            Some(args) => (Expr { span, kind: ExprKind::Call(index, args) }, result),
            None => (self.error(call.range()), result),
        }
    }

    /// One argument a parameter, in order, defaults put in; `None` where one is missing or too many.
    pub(super) fn arguments<'t>(&mut self, callee: &Callee<'_>, given: impl Iterator<Item = ast::Arg<'t>>, span: diag::Span) -> Option<Vec<Expr>> {
        let parameters = callee.parameters;
        let mut args: Vec<Option<Expr>> = parameters.iter().map(|_| None).collect();
        let (mut next, mut unknown) = (0, false);
        let given: Vec<ast::Arg<'t>> = given.collect();
        for arg in &given {
            let at = match arg.name() {
                Some(name) => {
                    let text = name.text().unwrap_or_default();
                    match parameters.iter().position(|it| *it.0 == *text) {
                        Some(at) => at,
                        None => {
                            let names: Vec<String> = parameters.iter().map(|it| it.0.to_string()).collect();
                            self.report(diagnostics::unknown_argument(self.span(name.range()), callee.name, &text, &names));
                            unknown = true;
                            continue;
                        }
                    }
                }
                None => {
                    next += 1;
                    next - 1
                }
            };
            if args.get(at).is_some_and(Option::is_some) {
                self.report(diagnostics::duplicate_field(self.span(arg.range()), &parameters[at].0, args[at].as_ref().map_or(span, |it| it.span)));
                continue;
            }
            let Some((_, ty, _)) = parameters.get(at) else {
                self.report(diagnostics::wrong_argument_count(span, callee.name, parameters.len(), given.len()));
                return None;
            };
            args[at] = Some(self.check(arg.expr(), ty, false, arg.range()));
        }
        // One that may be absent is absent where it is left out, as a field is.
        let needed = |(_, ty, default): &(Arc<str>, Ty, bool)| !default && !matches!(ty, Ty::Optional(_));
        let missing: Vec<&str> = parameters.iter().zip(&args).filter(|(it, arg)| arg.is_none() && needed(it)).map(|(it, _)| &*it.0).collect();
        if !missing.is_empty() {
            // An unknown name was meant for what is missing.
            if !unknown {
                self.report(diagnostics::missing_argument(span, callee.name, &missing));
            }
            return None;
        }
        Some(args.into_iter().enumerate().map(|(at, arg)| arg.unwrap_or_else(|| self.default_argument(callee, at, span))).collect())
    }

    /// The default of a parameter, checked in its own file.
    fn default_argument(&mut self, callee: &Callee<'_>, at: usize, span: diag::Span) -> Expr {
        let an = self.an;
        let id = callee.decl;
        let decl = an.decl(id);
        if an.is_in_cycle(id) {
            return self.error((decl.span.start, decl.span.end));
        }
        let (_, ty, has_default) = &callee.parameters[at];
        if !has_default {
            return Expr { span, kind: ExprKind::Absent };
        }
        let ty = ty.clone();
        let mut inner = Checker::new(an, id);
        self.defaults += 1;
        inner.defaults = self.defaults;
        // Its locals live in the frame of the caller, behind the caller's own.
        inner.next_slot = self.next_slot;
        inner.max_slots = self.next_slot;
        if self.defaults > DEFAULTS_MAX {
            return self.error((decl.span.start, decl.span.end));
        }
        inner.site.settings = true;
        inner.site.here = true;
        let node = an.node(decl);
        let of_function = || node.and_then(<ast::Fn<'_> as ast::AstNode<'_>>::cast).and_then(|it| it.params().nth(at));
        let of_trait = || node.and_then(<ast::Trait<'_> as ast::AstNode<'_>>::cast).and_then(|it| it.params().nth(at));
        let param = of_function().or_else(of_trait);
        // What is wrong with it is reported where it is declared.
        let found = inner.check(param.and_then(ast::Param::default), &ty, false, (decl.span.start, decl.span.end));
        if inner.defaults > DEFAULTS_MAX {
            // Only the outermost call is heard.
            self.report(diagnostics::too_many_defaults(span, &decl.name));
        }
        self.defaults = inner.defaults;
        self.uses.append(&mut inner.uses);
        self.max_slots = self.max_slots.max(inner.max_slots);
        found
    }

    fn call_method(&mut self, call: ast::CallExpr<'_>, field: ast::FieldExpr<'_>) -> (Expr, Ty) {
        let range = call.range();
        let (Some(base), Some(name)) = (field.base(), field.name()) else { return (self.error(range), Ty::Error) };
        let Some(text) = name.text() else { return (self.error(range), Ty::Error) };
        let (base, ty) = self.synth(base);
        let (present, absent) = ty.present();
        let present = self.t.view(present);
        if matches!(present, Ty::Error) {
            return (self.error(range), Ty::Error);
        }
        if absent {
            self.report(diagnostics::read_may_be_absent(self.span(name.range()), &text));
            return (self.error(range), Ty::Error);
        }
        let receiver = receiver(&present);
        match receiver.and_then(|it| builtin::find_method(it, &text)) {
            Some(method) => self.call_builtin(call, method, Some((base, present))),
            None => {
                let names: Vec<String> = builtin::ALL.iter().filter(|it| Some(it.receiver) == receiver).map(|it| it.name.to_owned()).collect();
                self.report(diagnostics::unknown_field(self.span(name.range()), &self.t.show(&present), &text, &names));
                (self.error(range), Ty::Error)
            }
        }
    }

    fn call_builtin(&mut self, call: ast::CallExpr<'_>, function: &'static Builtin, receiver: Option<(Expr, Ty)>) -> (Expr, Ty) {
        let range = call.range();
        let span = self.span(range);
        let given: Vec<ast::Arg<'_>> = call.args().collect();
        if given.len() != function.arguments.len() {
            self.report(diagnostics::wrong_argument_count(span, function.name, function.arguments.len(), given.len()));
            return (self.error(range), Ty::Error);
        }
        let mut args = Vec::new();
        let mut subject = receiver.as_ref().map_or(Ty::Error, |it| it.1.clone());
        args.extend(receiver.map(|it| it.0));
        // Behind the others, because each is two.
        let mut stores = Vec::new();
        for (shape, arg) in function.arguments.iter().zip(&given) {
            if function.name == "file" || function.name == "yaml" {
                args.push(self.literal_path(*arg));
                continue;
            }
            if *shape == Shape::Ordered && matches!(subject, Ty::Error) {
                let (found, ty) = self.synth_opt(arg.expr(), range);
                if !matches!(ty.base(), Ty::Int(..) | Ty::Number | Ty::Quantity | Ty::Duration | Ty::Error) {
                    self.report(diagnostics::type_mismatch(found.span, "Int, Number, Quantity or Duration", &self.t.show(&ty)));
                }
                subject = if matches!(ty, Ty::Int(..)) { Ty::INT } else { ty };
                args.push(found);
                continue;
            }
            let ty = self.shape(*shape, &subject);
            if *shape == Shape::Store {
                stores.extend(self.store(*arg));
            } else {
                args.push(self.check(arg.expr(), &ty, false, arg.range()));
            }
        }
        args.extend(stores);
        let result = self.shape(function.result, &subject);
        (Expr { span, kind: ExprKind::Builtin(function.id, args) }, result)
    }

    /// The path of `file("literal")`: an input that is known before evaluation.
    fn literal_path(&mut self, arg: ast::Arg<'_>) -> Expr {
        let span = self.span(arg.range());
        let plain = match arg.expr() {
            Some(ast::Expr::String(text)) => text.is_plain().map(std::borrow::Cow::into_owned),
            _ => None,
        };
        match plain {
            Some(path) => {
                if let Some(why) = path_fault(&path) {
                    self.report(diagnostics::bad_path(span, &path, why));
                }
                Expr { span, kind: ExprKind::Str(path.into()) }
            }
            None => {
                self.report(diagnostics::path_not_literal(span));
                self.error(arg.range())
            }
        }
    }

    /// A store for secrets, and the kind of vix that it is of: an instance that stands for a ClusterSecretStore, or the name of one.
    fn store(&mut self, arg: ast::Arg<'_>) -> [Expr; 2] {
        let at = arg.range();
        let span = self.span(at);
        let (found, ty) = self.synth_opt(arg.expr(), at);
        let store = self.an.schemas.kind_by_path("external-secrets.io/v1.ClusterSecretStore").map(RefTarget::Object);
        let word = match &ty {
            Ty::Handle(kind, path) if path.is_empty() => self.t.kind(*kind).map(|it| it.name.clone()),
            _ => None,
        };
        let kind = Expr { span, kind: ExprKind::Str(word.unwrap_or_default()) };
        match self.t.relate(&ty, &Ty::Ref(store.into_iter().collect())) {
            Relation::Fits => [found, kind],
            Relation::Converts(coercion) => [Expr { span, kind: ExprKind::Coerce(coercion, Box::new(found)) }, kind],
            Relation::MayBeAbsent | Relation::Differs => {
                self.report(diagnostics::type_mismatch(found.span, "a store of secrets (ClusterSecretStore)", &self.t.show(&ty)));
                [self.error(at), kind]
            }
        }
    }

    fn shape(&self, shape: Shape, subject: &Ty) -> Ty {
        match shape {
            Shape::Int => Ty::INT,
            Shape::Bool => Ty::Bool,
            Shape::String => Ty::STRING,
            Shape::Text => match self.t.element(subject) {
                Some(Ty::Text(Domain::Text)) | None => Ty::TEXT,
                Some(_) => Ty::STRING,
            },
            Shape::Strings => Ty::STRING.list(),
            Shape::Item => match subject.base() {
                Ty::IpRange => Ty::Ip,
                Ty::Range => Ty::INT,
                _ => self.t.element(subject).unwrap_or(Ty::Error).optional(),
            },
            Shape::Element => match subject.base() {
                Ty::IpRange => Ty::Ip,
                Ty::Range => Ty::INT,
                _ => self.t.element(subject).unwrap_or(Ty::Error),
            },
            Shape::Receiver | Shape::Ordered => subject.clone(),
            Shape::Keys => self.t.map(subject).map_or(Ty::Error, |it| it.0).list(),
            Shape::Values => self.t.map(subject).map_or(Ty::Error, |it| it.1).list(),
            Shape::Ip => Ty::Ip,
            Shape::Cidr => Ty::Cidr,
            Shape::File => Ty::File,
            Shape::Json => Ty::Json,
            Shape::SecretSource => Ty::SecretSource,
            Shape::PodField => Ty::PodField,
            Shape::Store => Ty::Error,
        }
    }
}

fn receiver(ty: &Ty) -> Option<Receiver> {
    Some(match ty.base() {
        Ty::List(_) => Receiver::List,
        Ty::Text(Domain::Version) => Receiver::Version,
        Ty::Text(Domain::Text) => return None,
        Ty::Text(_) | Ty::Enum(_) => Receiver::String,
        Ty::Map(_) => Receiver::Map,
        Ty::Cidr => Receiver::Cidr,
        Ty::IpRange | Ty::Range => Receiver::Range,
        Ty::Duration => Receiver::Duration,
        Ty::Percent => Receiver::Percent,
        _ => return None,
    })
}

/// Types whose name is a function that parses or checks: `Name(x)`.
fn constructor(word: &str) -> Option<Ty> {
    Some(match word {
        "Name" => Ty::Text(Domain::Name),
        "Hostname" => Ty::Text(Domain::Hostname),
        "Image" => Ty::Text(Domain::Image),
        "Path" => Ty::Text(Domain::Path),
        "Version" => Ty::Text(Domain::Version),
        "Cron" => Ty::Text(Domain::Cron),
        "LabelKey" => Ty::Text(Domain::LabelKey),
        "LabelValue" => Ty::Text(Domain::LabelValue),
        "PortName" => Ty::Text(Domain::PortName),
        "EnvName" => Ty::Text(Domain::EnvName),
        "FileName" => Ty::Text(Domain::FileName),
        "Ip" => Ty::Ip,
        "Cidr" => Ty::Cidr,
        "Quantity" => Ty::Quantity,
        "Duration" => Ty::Duration,
        "Int" => Ty::INT,
        "Port" => Ty::PORT,
        _ => return None,
    })
}

/// Why a path cannot name an input [A9], [r23].
fn path_fault(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("it is empty");
    }
    if path.starts_with('/') {
        return Some("it is absolute; paths start at the project root");
    }
    if path.contains('\\') {
        return Some("paths use `/`");
    }
    if path.split('/').any(|it| it == "..") {
        return Some("it leads out of the project");
    }
    path.contains('\0').then_some("it holds a NUL byte")
}

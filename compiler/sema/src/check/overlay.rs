//! Traits and what changes objects after they were made: `with`, `each`, `patch`, `add`, `remove`, `final` (grammar.md, section 5).
//!
//! A body is checked once for each kind of its set against `Partial<K>`: what one kind lacks is an error. Whether the objects and elements that
//! it names exist, the evaluator tells.

use std::sync::Arc;

use diag::Span;
use schema::types::KindId;
use syntax::ast::{self, Entry};

use super::block::Mode;
use super::writes::Writes;
use super::{Body, Checker, Site};
use crate::analysis::Item;
use crate::diagnostics;
use crate::ir::{self, EntryKind, Expect, Member, Overlay, TraitRef};
use crate::ty::{Domain, FieldDef, RecordDef, RefTarget, Ty};

/// The word that stands for every kind.
const ANY_KIND: &str = "Object";

/// A kind of a set, or all of them.
type Target = Option<KindId>;

/// Where a body stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Trait,
    Each,
    Patch,
}

impl Checker<'_> {
    /// `trait t(..) on w: A | B { .. }`.
    pub(super) fn trait_decl(&mut self, index: u32, node: ast::Trait<'_>) -> Body {
        self.shadows_kind(node.name());
        let entry = &self.an.traits[index as usize];
        let (name, span) = (entry.name.clone(), entry.span);
        let parameters = self.an.trait_signatures[index as usize].parameters.clone();
        self.site = Site { settings: true, here: true, ..Site::default() };
        for (param, (_, ty, _)) in node.params().zip(&parameters) {
            self.inner_defaults(param.ty(), ty);
            if let Some(default) = param.default() {
                self.check(Some(default), ty, false, param.range());
            }
        }
        self.next_slot = 0;
        self.max_slots = 0;
        for (param, (_, ty, _)) in node.params().zip(&parameters) {
            if self.bind(param.name(), ty.clone()).is_none() {
                self.next_slot += 1;
                self.max_slots = self.max_slots.max(self.next_slot);
            }
        }
        let Some(kinds) = node.kinds() else { return Body::None };
        let targets = self.targets(kinds);
        let members = self.members(&targets, node.binder(), None, node.block(), Place::Trait);
        let kinds = self.shown_kinds(kinds);
        Body::Trait(ir::Trait { name, span, parameters: parameters.len() as u32, slots: self.max_slots, members, kinds })
    }

    fn shown_kinds(&self, kinds: ast::Kinds<'_>) -> Arc<str> {
        self.source(self.span(kinds.range())).into()
    }

    /// The kinds of a set.
    fn targets(&mut self, kinds: ast::Kinds<'_>) -> Vec<Target> {
        let mut found: Vec<Target> = Vec::new();
        for gvk in kinds.gvks() {
            if gvk.text().as_deref() == Some(ANY_KIND) {
                return vec![None];
            }
            let mut resolver = crate::types::TypeResolver::new(self.an, self.file, self.module);
            let targets = resolver.targets(gvk);
            self.sink.append(&mut resolver.sink);
            for target in targets {
                match target {
                    RefTarget::Object(kind) if !found.contains(&Some(kind)) => found.push(Some(kind)),
                    RefTarget::Object(_) => {}
                    RefTarget::Instance(kind) => {
                        let name = self.t.kind(kind).map_or("", |it| &it.name).to_owned();
                        self.report(diagnostics::not_an_object_kind(self.span(gvk.range()), &name));
                    }
                }
            }
        }
        found
    }

    /// A body for each kind of a set. What is wrong for several of them in the same way is told once.
    fn members(
        &mut self,
        targets: &[Target],
        binder: Option<ast::Name<'_>>,
        filter: Option<ast::Expr<'_>>,
        block: Option<ast::Block<'_>>,
        place: Place,
    ) -> Vec<Member> {
        let mut members = Vec::with_capacity(targets.len());
        let before = self.sink.len();
        for target in targets {
            let from = self.sink.len();
            let member = self.scoped(|this| {
                let binder = binder.and_then(|it| this.bind(Some(it), this.whole(*target)));
                let filter = filter.map(|it| this.check(Some(it), &Ty::Bool, false, it.range()));
                let body = this.changes(*target, block?, place);
                Some(Member { kind: *target, binder, filter, body })
            });
            members.extend(member);
            self.told_once(before, from, *target, targets.len());
        }
        members
    }

    /// Drops what has been said for an earlier kind of the set, and names the kind in what is said first.
    fn told_once(&mut self, before: usize, from: usize, target: Target, count: usize) {
        let new = self.sink.split_off(from);
        for mut it in new {
            if self.sink[before..].iter().any(|told| told.code == it.code && told.primary.span == it.primary.span) {
                continue;
            }
            if let (Some(kind), true) = (target, count > 1) {
                it.notes.push(format!("checked for {}, one of the kinds it is for", self.an.schemas.kind_info(kind).kind));
            }
            self.sink.push(it);
        }
    }

    /// The type of an object of a kind, as it is read.
    fn whole(&self, target: Target) -> Ty {
        match target {
            Some(kind) => Ty::Object(kind),
            None => {
                let texts = || Ty::Map(Arc::new((Ty::STRING, Ty::TEXT))).optional();
                let metadata = [("name", Ty::TEXT), ("namespace", Ty::TEXT.optional()), ("labels", texts()), ("annotations", texts())];
                let metadata = Ty::Record(Arc::new(record(&metadata)));
                Ty::Record(Arc::new(record(&[("apiVersion", Ty::TEXT), ("kind", Ty::TEXT), ("metadata", metadata)])))
            }
        }
    }

    /// The type of what may be written into an object of a kind.
    fn writable(&self, target: Target) -> Ty {
        let inner = match target {
            Some(kind) => Ty::Schema(self.an.schemas.kind_info(kind).ty),
            None => {
                let metadata = self.an.schema_path("v1.ObjectMeta").or_else(|| {
                    let namespace = *self.an.schema_kinds("Namespace").first()?;
                    match self.t.member(&Ty::Schema(self.an.schemas.kind_info(namespace).ty), "metadata")?.ty.present().0 {
                        Ty::Schema(id) => Some(*id),
                        _ => None,
                    }
                });
                Ty::Record(Arc::new(record(&[("metadata", metadata.map_or(Ty::Error, Ty::Schema))])))
            }
        };
        Ty::Partial(Arc::new(inner))
    }

    /// The entries of a body that changes an object.
    fn changes(&mut self, target: Target, block: ast::Block<'_>, place: Place) -> ir::Block {
        let ty = self.writable(target);
        let mut writes = Writes::default();
        let outer = std::mem::replace(&mut self.overlay, true);
        // In a patch the traits beside the entries are taken apart.
        let body =
            self.entries(block, &mut Mode::Fields { ty: &ty, writes: &mut writes, sure: true, objects: place == Place::Trait, object: place == Place::Patch });
        self.overlay = outer;
        body
    }

    /// `with a(), b(1)`: calls of traits; `hashed` is told apart by the caller.
    pub(super) fn trait_calls(&mut self, with: ast::With<'_>) -> Vec<ir::TraitCall> {
        with.calls().filter(|it| it.name().and_then(|it| it.text()).as_deref() != Some("hashed")).filter_map(|it| self.trait_call(it)).collect()
    }

    fn trait_call(&mut self, call: ast::Call<'_>) -> Option<ir::TraitCall> {
        let name = call.name()?;
        let text = name.text()?;
        let Some(Item::Trait(index)) = self.an.item(&self.module, &text) else {
            if !self.an.is_broken_import(&self.module, &text) {
                let diagnostic = match self.an.declaring_module(self.library, &text, |it| matches!(it, Item::Trait(_))) {
                    Some(module) => diagnostics::unknown_trait_elsewhere(self.span(name.range()), &text, module),
                    None => diagnostics::unknown_trait(self.span(name.range()), &text, &self.an.trait_names(&self.module)),
                };
                self.report(diagnostic);
            }
            return None;
        };
        let entry = &self.an.traits[index as usize];
        self.uses.push(entry.decl);
        let callee = super::member::Callee { name: &entry.name, decl: entry.decl, parameters: &self.an.trait_signatures[index as usize].parameters };
        let span = self.span(call.range());
        let args = self.arguments(&callee, call.args(), span)?;
        Some(ir::TraitCall { span, of: TraitRef(index), args })
    }

    /// `patch`, `each` or `with` of a step of the chain; false if the entry is something else.
    pub(super) fn overlay_entry(&mut self, entry: Entry<'_>, overlay: &mut Overlay) -> bool {
        match entry {
            Entry::With(with) => {
                for call in with.calls().filter(|it| it.name().and_then(|it| it.text()).as_deref() == Some("hashed")) {
                    self.report(diagnostics::misplaced(self.span(call.range()), "with hashed()", "it stands in the body of a ConfigMap or Secret"));
                }
                let mut calls = self.trait_calls(with);
                overlay.with.append(&mut calls);
            }
            Entry::Patch(patch) => {
                let found = self.scoped(|this| this.patch(patch));
                overlay.patch.extend(found);
            }
            Entry::Each(each) => {
                let found = self.scoped(|this| this.each(each));
                overlay.each.extend(found);
            }
            _ => return false,
        }
        true
    }

    fn patch(&mut self, patch: ast::Patch<'_>) -> Option<ir::Patch> {
        let gvk = patch.gvk()?;
        let mut resolver = crate::types::TypeResolver::new(self.an, self.file, self.module);
        let kind = resolver.schema_kind(gvk);
        self.sink.append(&mut resolver.sink);
        let kind = kind?;
        let (name, name_span) = self.plain_name(patch.name()?)?;
        let namespace = match patch.namespace() {
            Some(it) => Some(self.plain_name(it)?.0),
            None => None,
        };
        let expect = self.expect(patch.expect());
        let block = patch.block()?;
        let mut with = Vec::new();
        for entry in block.entries() {
            if let Entry::With(it) = entry {
                with.append(&mut self.trait_calls(it));
            }
        }
        let body = self.changes(Some(kind), block, Place::Patch);
        Some(ir::Patch { span: self.head(patch.range(), block), kind, name, name_span, namespace, expect, with, body })
    }

    /// A NAME that stands for an object that exists: never computed.
    fn plain_name(&mut self, name: ast::Name<'_>) -> Option<(Arc<str>, Span)> {
        let span = self.span(name.range());
        match name.text() {
            Some(text) => Some((Arc::from(&*text), span)),
            None => {
                self.report(diagnostics::computed_name(span));
                None
            }
        }
    }

    fn each(&mut self, each: ast::Each<'_>) -> Option<ir::Each> {
        let kinds = each.kinds()?;
        let targets = self.targets(kinds);
        let expect = self.expect(each.expect());
        let block = each.block()?;
        let members = self.members(&targets, each.binder(), each.condition(), Some(block), Place::Each);
        Some(ir::Each { span: self.head(each.range(), block), expect, members, kinds: self.shown_kinds(kinds) })
    }

    /// An entry without its block.
    fn head(&self, range: (u32, u32), block: ast::Block<'_>) -> Span {
        let span = self.span((range.0, block.range().0));
        let kept = self.source(span).trim_end().len() as u32;
        Span { end: span.start + kept, ..span }
    }

    fn expect(&mut self, expect: Option<ast::Expect<'_>>) -> Expect {
        let Some(expect) = expect else { return Expect::Some };
        if expect.is_any() {
            return Expect::Any;
        }
        let mut number = |it: Option<ast::Expr<'_>>| {
            let it = it?;
            match self.check(Some(it), &Ty::Int(Some(0), None), false, it.range()).kind {
                ir::ExprKind::Int(count) => u64::try_from(count).ok(),
                ir::ExprKind::Error => None,
                _ => {
                    self.report(diagnostics::computed_name(self.span(it.range())));
                    None
                }
            }
        };
        let low = number(expect.low());
        let high = if expect.high().is_some() { number(expect.high()) } else { low };
        match (low, high) {
            (Some(low), Some(high)) => Expect::Count(low, high),
            _ => Expect::Any,
        }
    }

    /// `remove path NAME` in a body that changes an object.
    pub(super) fn remove(&mut self, remove: ast::Remove<'_>, ty: &Ty) -> Option<EntryKind> {
        let place = self.place(remove.path(), remove.name(), ty)?;
        Some(EntryKind::Remove(place.steps))
    }

    /// `add path NAME first { .. }` in a body that changes an object.
    pub(super) fn add(&mut self, add: ast::Add<'_>, ty: &Ty) -> Option<EntryKind> {
        let name = add.name()?;
        let list = self.place(add.path(), None, ty)?;
        if list.keys.is_none() {
            let field = list.names.last().and_then(|it| it.0.clone()).unwrap_or_default();
            self.report(diagnostics::add_to_map(self.first_word(add.node()), &field, self.t.map(&self.t.view(list.ty.present().0)).is_some()));
            return None;
        }
        let key_of = list.ty.clone();
        let keys = list.keys.clone();
        let place = self.step(list, None, Some(name))?;
        let position = match add.position() {
            None => ir::Position::Last,
            Some(position) => {
                let beside = |this: &mut Self| {
                    let at = super::block::Place { steps: Vec::new(), names: Vec::new(), ty: key_of.clone(), keys: keys.clone(), leaf: true };
                    match this.step(at, None, position.name())?.steps.pop()? {
                        ir::Step::Element { key, .. } => Some(key),
                        _ => None,
                    }
                };
                match position.word() {
                    Some("first") => ir::Position::First,
                    Some("before") => ir::Position::Before(beside(self)?),
                    Some("after") => ir::Position::After(beside(self)?),
                    _ => ir::Position::Last,
                }
            }
        };
        let element = self.t.view(place.ty.present().0);
        // What is added is new: in it elements are simply written.
        let outer = std::mem::take(&mut self.overlay);
        let block = add.block().or_else(|| match add.expr().map(ast::Expr::unparen) {
            Some(ast::Expr::Block(block)) => Some(block),
            _ => None,
        });
        let content = match block {
            Some(block) => {
                let mut writes = Writes::default();
                ir::Added::Block(self.entries(block, &mut Mode::Fields { ty: &element, writes: &mut writes, sure: true, objects: false, object: false }))
            }
            None => ir::Added::Value(self.check(add.expr(), &element, true, add.range())),
        };
        self.overlay = outer;
        Some(EntryKind::Add { path: place.steps, position, content })
    }

    /// `:` with a list on a keyed list would throw away what is there without saying so.
    pub(super) fn replaces_keyed(&mut self, span: Span, field: &str) {
        self.report(diagnostics::keyed_list_set(span, field));
    }

    /// A key word of the domain of names, or nothing where it is wrong.
    pub(super) fn alias_name(&mut self, handle: ast::Expr<'_>) -> Option<(Arc<str>, Span)> {
        let span = self.span(handle.range());
        let ast::Expr::Word(word) = handle else {
            self.report(diagnostics::computed_name(span));
            return None;
        };
        match self.key_word(word.text(), &Ty::Text(Domain::Name), span).kind {
            ir::ExprKind::Str(name) => Some((name, span)),
            _ => None,
        }
    }
}

/// An anonymous record of these fields.
fn record(fields: &[(&str, Ty)]) -> RecordDef {
    let field = |(name, ty): &(&str, Ty)| FieldDef {
        name: Arc::from(*name),
        ty: ty.clone().into(),
        default: std::sync::OnceLock::new(),
        has_default: false,
        param: false,
        fixed: false,
        span: Span::new(diag::FileId(0), 0, 0),
    };
    RecordDef { name: None, fields: fields.iter().map(field).collect(), unions: Vec::new() }
}

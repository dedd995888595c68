//! Entries of records, maps, objects and instance bodies: each path is resolved in the type, each value checked against what stands there.

use std::sync::Arc;

use diag::Span;
use syntax::ast::{self, Entry, Op, Segment};

use super::Checker;
use super::writes::Writes;
use crate::diagnostics;
use crate::facts::ListKeys;
use crate::ir::{self, EntryKind, Expr, ExprKind, SetOp, Step};
use crate::relate::Relation;
use crate::ty::{Domain, Ty};

/// What the entries of a block are for.
pub(super) enum Mode<'w> {
    /// Fields of a value of that type.
    Fields {
        /// What is being built.
        ty: &'w Ty,
        /// What it gives.
        writes: &'w mut Writes,
        /// Whether the block is evaluated on every run.
        sure: bool,
        /// Objects may stand beside the fields: an instance's body.
        objects: bool,
        /// The block is the body of an object: `with` in it means that object.
        object: bool,
    },
    /// Statements of `lower`.
    Statements,
}

/// Literals without an expected type look this deep into themselves for one.
const PROBES_MAX: u32 = 3;

/// Where a path has led.
pub(super) struct Place {
    pub(super) steps: Vec<Step>,
    /// Names of the steps, `None` where computed.
    pub(super) names: Vec<(Option<Arc<str>>, Span)>,
    pub(super) ty: Ty,
    pub(super) keys: Option<ListKeys>,
    pub(super) leaf: bool,
}

impl<'a> Checker<'a> {
    /// A record or map literal where `ty` is expected.
    pub(super) fn check_record(&mut self, block: ast::Block<'_>, ty: &Ty) -> Expr {
        let span = self.span(block.range());
        let ty = self.t.view(ty);
        let builds = self.t.is_record(&ty) || self.t.map(&ty).is_some() || matches!(ty.base(), Ty::Json | Ty::Union(_));
        if matches!(ty, Ty::Error) {
            return self.error(block.range());
        }
        if !builds || matches!(ty.base(), Ty::Instance(..) | Ty::Here) {
            self.report(diagnostics::type_mismatch(span, &self.t.show(&ty), "a record"));
            return self.error(block.range());
        }
        let mut writes = Writes::default();
        let overlay = std::mem::take(&mut self.overlay);
        let built = self.fields(block, &ty, &mut writes, true);
        self.overlay = overlay;
        self.require(&ty, &writes, span);
        Expr { span, kind: ExprKind::Record(Box::new(built)) }
    }

    /// A record literal on its own: a quoted or computed key makes it a map, else an anonymous record, here the same as untyped data.
    pub(super) fn synth_record(&mut self, block: ast::Block<'_>) -> (Expr, Ty) {
        let keyed = block.entries().any(|it| match it {
            Entry::Set(set) => set.path().and_then(|it| it.segments().next()).is_some_and(|it| !matches!(it, Segment::Word(_))),
            _ => false,
        });
        if !keyed && block.entries().next().is_some() {
            return self.anonymous(block);
        }
        // The first value gives the type; it is seen twice, so it must not be a literal of literals.
        let first = block.entries().find_map(|it| if let Entry::Set(set) = it { set.expr() } else { None });
        let value = self.scoped(|this| first.and_then(|first| this.probe(first)));
        let value = match value {
            Some(Ty::Int(..)) => Ty::INT,
            Some(ty) => ty,
            None => Ty::Error,
        };
        let ty = Ty::Map(Arc::new((Ty::STRING, value)));
        (self.check_record(block, &ty), ty)
    }

    /// The type of an expression that will be checked afterwards; nested deeply it is not looked at, so that time stays linear.
    fn probe(&mut self, expr: ast::Expr<'_>) -> Option<Ty> {
        if self.probes >= PROBES_MAX {
            return None;
        }
        self.probes += 1;
        let found = self.attempt(|this| this.synth(expr).1);
        self.probes -= 1;
        found
    }

    fn anonymous(&mut self, block: ast::Block<'_>) -> (Expr, Ty) {
        let mut def = crate::ty::RecordDef { name: None, fields: Vec::new(), unions: Vec::new() };
        for entry in block.entries() {
            let Entry::Set(set) = entry else { continue };
            let (Some(name), Some(expr)) = (set.path().and_then(ast::Path::single), set.expr()) else { continue };
            let ty = self.probe(expr).unwrap_or(Ty::Error);
            let ty = if matches!(ty, Ty::Int(..)) { Ty::INT } else { ty };
            let field = crate::ty::FieldDef {
                name: Arc::from(&*name),
                ty: ty.into(),
                default: std::sync::OnceLock::new(),
                has_default: false,
                param: false,
                fixed: false,
                span: self.span(set.range()),
            };
            def.fields.push(field);
        }
        let ty = Ty::Record(Arc::new(def));
        (self.check_record(block, &ty), ty)
    }

    /// The entries of a block as fields of `ty`.
    pub(super) fn fields(&mut self, block: ast::Block<'_>, ty: &Ty, writes: &mut Writes, sure: bool) -> ir::Block {
        self.entries(block, &mut Mode::Fields { ty, writes, sure, objects: false, object: false })
    }

    /// The entries of a block.
    pub(super) fn entries(&mut self, block: ast::Block<'_>, mode: &mut Mode<'_>) -> ir::Block {
        let span = self.span(block.range());
        let ty = match mode {
            Mode::Fields { ty, .. } => (*ty).clone(),
            Mode::Statements => Ty::Error,
        };
        if let Ty::Record(def) = ty.base() {
            self.use_type(&def.clone());
        }
        let mut entries = Vec::new();
        self.scoped(|this| {
            for entry in block.entries() {
                this.entry(entry, mode, &mut entries);
            }
        });
        entries.shrink_to_fit();
        ir::Block { span, ty, entries }
    }

    /// One entry.
    pub(super) fn entry(&mut self, entry: Entry<'_>, mode: &mut Mode<'_>, out: &mut Vec<ir::Entry>) {
        let range = entry.range();
        let span = self.span(range);
        let kind = match entry {
            Entry::Set(set) => match mode {
                Mode::Fields { .. } => self.set(set, mode),
                Mode::Statements => self.nested(set),
            },
            Entry::Let(it) => {
                let (value, ty) = match it.ty() {
                    Some(declared) => {
                        let ty = self.resolve_type(Some(declared));
                        self.inner_defaults(Some(declared), &ty);
                        (self.check(it.expr(), &ty, false, range), ty)
                    }
                    None => match it.expr() {
                        Some(expr) => self.synth(expr),
                        None => (self.error(range), Ty::Error),
                    },
                };
                let ty = if matches!(ty, Ty::Int(..)) { Ty::INT } else { ty };
                self.bind(it.name(), ty).map(|slot| EntryKind::Let(slot, value))
            }
            Entry::Spread(spread) => self.spread(spread, mode),
            Entry::For(it) => self.for_entry(it, mode),
            Entry::If(it) => self.if_entry(it, mode),
            Entry::Match(it) => self.match_entry(it, mode),
            Entry::Object(object) => match mode {
                Mode::Statements | Mode::Fields { objects: true, .. } => self.object(object),
                Mode::Fields { .. } => {
                    self.report(diagnostics::misplaced(self.first_word(entry.node()), "object", "objects are made in `lower` and in the bodies of instances"));
                    None
                }
            },
            Entry::With(with) => self.with(with, mode),
            Entry::Params(_) => {
                self.report(diagnostics::misplaced(self.first_word(entry.node()), "params", "`params` stands directly in the body of an instance"));
                None
            }
            Entry::Allow(allow) => {
                self.allow(allow);
                None
            }
            Entry::Add(_) | Entry::Remove(_) => self.change(entry, mode),
            Entry::Extern(it) => self.external_entry(it, mode),
            Entry::Patch(_) | Entry::Each(_) | Entry::Include(_) => {
                let word = entry.node().text().split_whitespace().next().unwrap_or_default();
                self.report(diagnostics::not_yet(self.first_word(entry.node()), word));
                None
            }
        };
        out.extend(kind.map(|kind| ir::Entry { span, kind }));
    }

    /// `extern` among other entries.
    fn external_entry(&mut self, it: ast::Extern<'_>, mode: &Mode<'_>) -> Option<EntryKind> {
        match mode {
            Mode::Statements | Mode::Fields { objects: true, .. } => self.external(it),
            Mode::Fields { .. } => {
                let why = "it stands in `lower`, in bodies of instances, in environments and layers";
                self.report(diagnostics::misplaced(self.first_word(it.node()), "extern", why));
                None
            }
        }
    }

    /// `add` and `remove`: only where something is there.
    fn change(&mut self, entry: Entry<'_>, mode: &Mode<'_>) -> Option<EntryKind> {
        match (entry, mode) {
            (Entry::Add(add), Mode::Fields { ty, .. }) if self.overlay => self.add(add, ty),
            (Entry::Remove(remove), Mode::Fields { ty, .. }) if self.overlay => self.remove(remove, ty),
            _ => {
                let word = if matches!(entry, Entry::Add(_)) { "add" } else { "remove" };
                let why = "it changes what an earlier layer wrote; in a literal write the entry itself";
                self.report(diagnostics::misplaced(self.first_word(entry.node()), word, why));
                None
            }
        }
    }

    pub(super) fn resolve_type(&mut self, ty: Option<ast::Type<'_>>) -> Ty {
        let mut resolver = crate::types::TypeResolver::new(self.an, self.file, self.module);
        let found = resolver.resolve(ty);
        self.sink.append(&mut resolver.sink);
        found
    }

    fn spread(&mut self, spread: ast::Spread<'_>, mode: &mut Mode<'_>) -> Option<EntryKind> {
        let expr = spread.expr()?;
        let (found, from) = match expr.unparen() {
            // A literal takes its type from where it is spread.
            ast::Expr::Block(_) => match mode {
                Mode::Fields { ty, .. } => {
                    let ty = Ty::Partial(Arc::new((*ty).clone()));
                    (self.check(Some(expr), &ty, false, spread.range()), ty)
                }
                Mode::Statements => self.synth(expr),
            },
            _ => self.synth(expr),
        };
        let Mode::Fields { ty, writes, .. } = mode else {
            self.report(diagnostics::misplaced(self.span(spread.range()), "...", "a spread fills a record or map"));
            return None;
        };
        writes.open();
        if !self.spread_fits(&from, ty) {
            let diagnostic = diagnostics::type_mismatch(found.span, &self.t.show(ty), &self.t.show(&from));
            let each = match (self.t.map(&from), self.t.map(ty)) {
                (Some((_, a)), Some((_, b))) => !matches!(self.t.relate(&a, &b), Relation::Differs),
                _ => false,
            };
            let entries = format!("for k, v in {} {{ \"\\(k)\": v }}", self.source(found.span));
            self.report(if each && !entries.contains('\n') {
                diagnostic.fix(self.span(spread.range()), &entries, format!("write `{entries}`"))
            } else {
                diagnostic
            });
            return None;
        }
        Some(EntryKind::Spread(found))
    }

    fn spread_fits(&self, from: &Ty, to: &Ty) -> bool {
        let (present, _) = from.present();
        let bare = if let Ty::Partial(inner) = present { inner } else { present };
        let target = if let Ty::Partial(inner) = to { inner } else { to };
        self.t.fits(bare, target)
            || self.t.fits(target, bare)
            || matches!((bare.base(), target.base()), (Ty::Json, _) | (_, Ty::Json))
            || self.fields_fit(bare, target)
    }

    /// Whether `{ ...x }` is a `to` where `x` is a record of another type.
    pub(super) fn spreads(&self, from: &Ty, to: &Ty) -> bool {
        let bare = if let Ty::Partial(inner) = from { inner } else { from };
        self.t.is_record(bare) && self.t.is_record(to) && self.spread_fits(from, to)
    }

    /// A record spreads into another where each of its fields fits; a map into a map whose keys and values are wider.
    fn fields_fit(&self, from: &Ty, to: &Ty) -> bool {
        if let (Some((_, a)), Some((_, b))) = (self.t.map(from), self.t.map(to)) {
            return self.t.fits(&a, &b);
        }
        if !self.t.is_record(from) || !self.t.is_record(to) {
            return false;
        }
        self.t.member_names(from).iter().all(|name| match (self.t.member(from, name), self.t.member(to, name)) {
            (Some(a), Some(b)) => self.t.fits(a.ty.present().0, b.ty.present().0),
            _ => false,
        })
    }

    fn with(&mut self, with: ast::With<'_>, mode: &mut Mode<'_>) -> Option<EntryKind> {
        let mut hashed = None;
        for call in with.calls().filter(|it| it.name().and_then(|it| it.text()).as_deref() == Some("hashed")) {
            match &*mode {
                Mode::Fields { object: true, .. } => hashed = Some(EntryKind::Hashed),
                _ => self.report(diagnostics::misplaced(self.span(call.range()), "with hashed()", "it stands in the body of a ConfigMap or Secret")),
            }
        }
        match (&*mode, self.overlay) {
            // The patch around it has taken its traits.
            (Mode::Fields { object: true, .. }, true) => None,
            (Mode::Fields { object: true, .. } | Mode::Fields { objects: true, .. }, false) => {
                let calls = self.trait_calls(with);
                if calls.is_empty() { hashed } else { Some(EntryKind::With(calls, hashed.is_some())) }
            }
            _ => {
                if with.calls().any(|it| it.name().and_then(|it| it.text()).as_deref() != Some("hashed")) {
                    self.report(diagnostics::misplaced(self.first_word(with.node()), "with", "it stands in the body of an instance, an object or a patch"));
                }
                None
            }
        }
    }

    fn for_entry(&mut self, it: ast::For<'_>, mode: &mut Mode<'_>) -> Option<EntryKind> {
        self.scoped(|this| {
            let (source, key, value) = this.iteration(it.iterable(), it.binders().collect(), it.range());
            let filter = it.condition().map(|cond| this.check(Some(cond), &Ty::Bool, false, it.range()));
            let body = this.branch(it.block()?, mode);
            Some(EntryKind::For(Box::new(ir::For { key, value, source, filter, body })))
        })
    }

    fn if_entry(&mut self, it: ast::If<'_>, mode: &mut Mode<'_>) -> Option<EntryKind> {
        let (slot, cond, then) = self.scoped(|this| {
            let (slot, cond) = this.cond(it.cond(), it.range());
            it.block().map(|block| (slot, cond, this.branch(block, mode)))
        })?;
        let other = match it.else_branch() {
            Some(ast::Else::Block(block)) => Some(self.branch(block, mode)),
            Some(ast::Else::If(inner)) => {
                let span = self.span(inner.range());
                let ty = then.ty.clone();
                let entries = self.if_entry(inner, mode).map(|kind| ir::Entry { span, kind }).into_iter().collect();
                Some(ir::Block { span, ty, entries })
            }
            None => None,
        };
        Some(EntryKind::If { slot, cond, then, other })
    }

    fn match_entry(&mut self, it: ast::Match<'_>, mode: &mut Mode<'_>) -> Option<EntryKind> {
        let (value, ty) = self.scrutinee(it.scrutinee(), it.range());
        let mut arms = Vec::new();
        for arm in it.arms() {
            let found = self.scoped(|this| {
                let pattern = this.pattern(arm.pattern(), &ty)?;
                Some(ir::Arm { pattern, body: this.branch(arm.block()?, mode) })
            });
            arms.extend(found);
        }
        self.exhaustive(&ty, arms.iter().map(|it| &it.pattern), super::expr::head(it.range(), it.scrutinee()));
        self.reachable(&ty, it.arms().map(ast::Arm::pattern));
        Some(EntryKind::Match(value, arms))
    }

    /// A block that is not evaluated on every run.
    fn branch(&mut self, block: ast::Block<'_>, mode: &mut Mode<'_>) -> ir::Block {
        match mode {
            Mode::Statements => self.entries(block, &mut Mode::Statements),
            Mode::Fields { ty, writes, objects, object, .. } => {
                let mut inner = Writes::default();
                let built = self.entries(block, &mut Mode::Fields { ty, writes: &mut inner, sure: false, objects: *objects, object: *object });
                writes.absorb(inner);
                built
            }
        }
    }

    /// `path [name] : v | := v | += v | { .. } | nothing`.
    fn set(&mut self, set: ast::Set<'_>, mode: &mut Mode<'_>) -> Option<EntryKind> {
        let Mode::Fields { ty, writes, sure, objects, .. } = mode else { return None };
        if *objects && self.is_nested(set, ty) {
            return self.nested(set);
        }
        let Some(place) = self.place(set.path(), set.name(), ty) else {
            self.forgive(set, ty, writes);
            return None;
        };
        self.write(set, place, writes, *sure)
    }

    /// `namespace x { .. }` in the body of an instance that has no such field: an instance of its own.
    fn is_nested(&self, set: ast::Set<'_>, ty: &Ty) -> bool {
        let Some(word) = set.name().and_then(|_| set.path()?.single()) else { return false };
        matches!(set.op(), Op::Block | Op::Nothing) && self.t.member(ty, &word).is_none() && self.an.kind_by_name(&word).is_some()
    }

    /// Where a path went wrong, what it may have been meant for is not missing.
    fn forgive(&mut self, set: ast::Set<'_>, ty: &Ty, writes: &mut Writes) {
        let segments = set.path().into_iter().flat_map(ast::Path::segments).map(|it| (it.text(), self.span(it.range())));
        let name = set.name().map(|it| (it.text(), self.span(it.range())));
        let (mut at, mut writes) = (ty.clone(), writes);
        for (text, span) in segments.chain(name) {
            let ty = self.t.view(at.present().0);
            let Some(text) = text else { return writes.open() };
            let next = if self.t.is_record(&ty) || matches!(ty.base(), Ty::Union(_)) {
                self.t.member(&ty, &text).map(|it| it.ty)
            } else {
                self.t.map(&ty).map(|it| it.1).or_else(|| self.t.element(&ty))
            };
            let Some(next) = next else {
                let names = self.t.member_names(&ty);
                match diag::nearest(&text, names.iter().map(String::as_str)) {
                    Some(near) => {
                        self.lost_keys |= self.t.member(&ty, near).is_some_and(|it| self.t.map(it.ty.present().0).is_some());
                        writes.leaf(near, span, false);
                    }
                    None => {
                        self.lost_keys |= set.op() == Op::Block;
                        writes.open();
                    }
                }
                return;
            };
            match writes.tree(&text, span, false) {
                Some(inner) => writes = inner,
                None => return,
            }
            at = next;
        }
    }

    /// As `write_plain`, protected from later steps where it is `final`.
    fn write(&mut self, set: ast::Set<'_>, place: Place, writes: &mut Writes, sure: bool) -> Option<EntryKind> {
        let path = set.is_final().then(|| place.steps.clone());
        let kind = self.write_plain(set, place, writes, sure)?;
        Some(match path {
            Some(path) => EntryKind::Final { path, entry: Box::new(ir::Entry { span: self.span(set.range()), kind }) },
            None => kind,
        })
    }

    /// The value of a place, with what it gives noted in `writes`.
    fn write_plain(&mut self, set: ast::Set<'_>, place: Place, writes: &mut Writes, sure: bool) -> Option<EntryKind> {
        let range = set.range();
        let block = match (set.op(), set.expr().map(ast::Expr::unparen)) {
            (Op::Set, Some(ast::Expr::Block(block))) => Some(block),
            (Op::Block, _) => set.block(),
            _ => None,
        };
        let present = self.t.view(place.ty.present().0);
        if matches!(present, Ty::Error) {
            note_leaf(writes, &place, false, true);
            return None;
        }
        if set.op() == Op::Block && set.node().child(syntax::kind::SyntaxKind::Error).is_some() {
            // The parser has said what is wrong with the key.
            note_leaf(writes, &place, false, true);
            return None;
        }
        if let Some(block) = block {
            return self.merge(block, place, &present, writes, sure);
        }
        if set.op() == Op::Nothing && set.name().is_none() {
            // The parser has said that a value is missing.
            note_leaf(writes, &place, false, true);
            return None;
        }
        if set.op() == Op::Nothing {
            return self.nothing(place, &present, writes, sure);
        }
        let op = match set.op() {
            Op::Replace => SetOp::Replace,
            Op::Append => SetOp::Append,
            Op::Set | Op::Block | Op::Nothing => SetOp::Set,
        };
        if self.overlay && op == SetOp::Set && place.keys.is_some() {
            let span = place.names.last().map_or_else(|| self.span(range), |it| it.1);
            self.replaces_keyed(span, place.names.last().and_then(|it| it.0.as_deref()).unwrap_or_default());
        }
        let value = self.check(set.expr(), &place.ty, place.leaf, range);
        if let Some(twin) = note_leaf(writes, &place, sure, op == SetOp::Append) {
            let name = place.names.iter().filter_map(|it| it.0.as_deref()).collect::<Vec<_>>().join(".");
            let span = place.names.last().map_or(value.span, |it| it.1);
            self.report(diagnostics::duplicate_field(span, &name, twin));
        }
        Some(EntryKind::Set { path: place.steps, op, value })
    }

    fn merge(&mut self, block: ast::Block<'_>, place: Place, ty: &Ty, writes: &mut Writes, sure: bool) -> Option<EntryKind> {
        let builds = self.t.is_record(ty) || self.t.map(ty).is_some() || matches!(ty.base(), Ty::Json | Ty::Union(_)) || place.keys.is_some();
        if !builds || matches!(ty.base(), Ty::Instance(..) | Ty::Here) {
            self.report(diagnostics::type_mismatch(self.span(block.range()), &self.t.show(ty), "a block"));
            note_leaf(writes, &place, false, true);
            return None;
        }
        if self.t.element(ty).is_some() {
            // A block on a keyed list holds its elements by key: `containers { main { .. } }`.
            return self.merge_elements(block, place, ty, writes, sure);
        }
        if let Some(diagnostic) = self.without_key(block, &place, ty) {
            self.lost_keys = true;
            self.report(diagnostic);
            note_leaf(writes, &place, false, true);
            return None;
        }
        let mut scratch = Writes::default();
        let inner = note_tree(writes, &place, sure).unwrap_or(&mut scratch);
        let block = self.fields(block, ty, inner, sure);
        Some(EntryKind::Merge { path: place.steps, block })
    }

    /// `container { image: .. }`: the fields of an entry where its key is missing.
    fn without_key(&self, block: ast::Block<'_>, place: &Place, ty: &Ty) -> Option<diag::Diagnostic> {
        let value = self.t.map(ty)?.1;
        if !self.t.is_record(value.present().0) {
            return None;
        }
        let Some(Entry::Set(first)) = block.entries().next() else { return None };
        let word = first.path()?.single()?;
        let plain = first.name().is_none() && !matches!(first.expr().map(ast::Expr::unparen), None | Some(ast::Expr::Block(_)));
        self.t.member(value.present().0, &word).filter(|_| plain)?;
        let map = place.names.last()?.0.clone()?;
        Some(diagnostics::entries_without_key(self.span(first.path()?.range()), &map, &word, &self.t.show(value.present().0)))
    }

    fn merge_elements(&mut self, block: ast::Block<'_>, place: Place, ty: &Ty, writes: &mut Writes, sure: bool) -> Option<EntryKind> {
        let span = self.span(block.range());
        let mut entries = Vec::new();
        for entry in block.entries() {
            let Entry::Set(set) = entry else {
                self.report(diagnostics::misplaced(self.span(entry.range()), "this entry", "a block on a keyed list holds elements by key"));
                continue;
            };
            let mut inner = Place { steps: Vec::new(), names: place.names.clone(), ty: ty.clone(), keys: place.keys.clone(), leaf: place.leaf };
            for segment in set.path().into_iter().flat_map(ast::Path::segments) {
                inner = self.step(inner, Some(segment), None)?;
            }
            if set.name().is_some() {
                inner = self.step(inner, None, set.name())?;
            }
            let entry_span = self.span(set.range());
            let mut steps = place.steps.clone();
            steps.append(&mut inner.steps);
            inner.steps = steps;
            entries.extend(self.write(set, inner, writes, sure).map(|kind| ir::Entry { span: entry_span, kind }));
        }
        // The elements are written from where the list's owner stands, so the block itself has no path.
        Some(EntryKind::If { slot: None, cond: Expr { span, kind: ExprKind::Bool(true) }, then: ir::Block { span, ty: Ty::Error, entries }, other: None })
    }

    fn nothing(&mut self, place: Place, ty: &Ty, writes: &mut Writes, sure: bool) -> Option<EntryKind> {
        let span = place.names.last().map(|it| it.1)?;
        if !(self.t.is_record(ty) || self.t.map(ty).is_some() || matches!(ty.base(), Ty::Union(_))) {
            self.report(diagnostics::missing_value(span, &self.t.show(ty)));
            note_leaf(writes, &place, false, true);
            return None;
        }
        note_tree(writes, &place, sure);
        Some(EntryKind::Merge { path: place.steps, block: ir::Block { span, ty: ty.clone(), entries: Vec::new() } })
    }

    /// Follows a path and a NAME from a value of type `ty`.
    pub(super) fn place(&mut self, path: Option<ast::Path<'_>>, name: Option<ast::Name<'_>>, ty: &Ty) -> Option<Place> {
        let path = path?;
        let count = path.segments().count() + usize::from(name.is_some());
        let mut at = Place { steps: Vec::with_capacity(count), names: Vec::with_capacity(count), ty: ty.clone(), keys: None, leaf: false };
        let mut above: Option<Segment<'_>> = None;
        for segment in path.segments() {
            if let (Some(Segment::Word(first)), Segment::Word(_)) = (above, segment)
                && self.is_value_of_key(&at)
            {
                let range = (first.range().0, path.range().1);
                let key = self.source(self.span(range));
                self.report(diagnostics::unquoted_key(self.span(range), key));
                return None;
            }
            above = Some(segment);
            at = self.step(at, Some(segment), None)?;
        }
        if name.is_some() {
            at = self.step(at, None, name)?;
        }
        Some(at)
    }

    /// Whether a key of a map has led to a value without parts, so that `.` behind it belongs to the key.
    fn is_value_of_key(&self, at: &Place) -> bool {
        let plain = |ty: &Ty| matches!(ty.base(), Ty::Text(_) | Ty::Enum(_) | Ty::Int(..) | Ty::Bool | Ty::Quantity | Ty::Ref(_) | Ty::IntOrString);
        matches!(at.steps.last(), Some(Step::Key(_))) && plain(&self.t.view(at.ty.present().0))
    }

    pub(super) fn step(&mut self, mut at: Place, segment: Option<Segment<'_>>, name: Option<ast::Name<'_>>) -> Option<Place> {
        let range = segment.map(Segment::range).or(name.map(|it| it.range()))?;
        let span = self.span(range);
        let text = segment.and_then(Segment::text).or_else(|| name.and_then(|it| it.text()));
        let ty = self.t.view(at.ty.present().0);
        if matches!(ty, Ty::Error) {
            return None;
        }
        if self.t.is_record(&ty) || matches!(ty.base(), Ty::Union(_)) {
            let Some(text) = text else {
                self.report(diagnostics::computed_field(span, &self.t.show(&ty)));
                return None;
            };
            return self.step_field(at, &ty, &text, span, name.is_some());
        }
        if let Some((key, value)) = self.t.map(&ty) {
            let key = self.key_expr(segment, name, &key, span);
            at.steps.push(Step::Key(key));
            at.names.push((text.map(|it| Arc::from(&*it)), span));
            at.leaf |= matches!(ty.base(), Ty::Schema(_) | Ty::Partial(_));
            return Some(Place { ty: value, keys: None, ..at });
        }
        if let Some(element) = self.t.element(&ty) {
            return self.step_element(at, element, segment, name, span);
        }
        if matches!(ty.base(), Ty::Json) {
            let key = self.key_expr(segment, name, &Ty::STRING, span);
            at.steps.push(Step::Key(key));
            at.names.push((text.map(|it| Arc::from(&*it)), span));
            return Some(Place { ty: Ty::Json, keys: None, ..at });
        }
        let field = at.names.last().and_then(|it| it.0.clone()).unwrap_or_default();
        let diagnostic = diagnostics::no_entries(span, &field, &self.t.show(&ty), name.is_some() && self.an.kind_by_name(&field).is_some());
        let behind = self.source(Span { start: span.end, end: span.end + 1, ..span });
        let field_end = at.names.last().map(|it| it.1.end).filter(|_| name.is_some() && matches!(behind, "\n" | "\r" | "," | "}" | " " | ""));
        self.report(match field_end {
            Some(end) => diagnostic.fix(Span { start: end, end, ..span }, ":", "write `:`"),
            None => diagnostic,
        });
        None
    }

    fn step_field(&mut self, mut at: Place, ty: &Ty, text: &str, span: Span, is_name: bool) -> Option<Place> {
        let Some(member) = self.t.member(ty, text) else {
            if let Ty::Schema(id) = ty.base()
                && self.t.record(*id).is_some_and(schema::types::RecordView::preserve_unknown)
            {
                at.steps.push(Step::Field(Arc::from(text)));
                at.names.push((Some(Arc::from(text)), span));
                return Some(Place { ty: Ty::Json, keys: None, ..at });
            }
            let names = self.t.member_names(ty);
            let diagnostic = diagnostics::unknown_field(span, &self.t.show(ty), text, &names);
            self.report(if is_name {
                diagnostic.note("a word behind the path is the key of an entry; this is a record with named fields")
            } else {
                diagnostic
            });
            return None;
        };
        let text: Arc<str> = text.into();
        at.steps.push(Step::Field(text.clone()));
        at.names.push((Some(text), span));
        at.leaf |= member.schema;
        Some(Place { ty: member.ty, keys: member.keys, ..at })
    }

    fn step_element(&mut self, mut at: Place, element: Ty, segment: Option<Segment<'_>>, name: Option<ast::Name<'_>>, span: Span) -> Option<Place> {
        let keys = at.keys.take();
        let field = match &keys {
            Some((_, Some(alias))) => Some(alias.clone()),
            Some((keys, None)) if keys.len() == 1 => keys.first().cloned(),
            Some(_) => self.t.member(&element, "name").map(|_| Arc::from("name")),
            None => None,
        };
        let Some(field) = field else {
            self.report(diagnostics::not_keyed(span, &at.names.last().and_then(|it| it.0.clone()).unwrap_or_else(|| "list".into())));
            return None;
        };
        let key_ty = self.t.member(&element, &field).map_or(Ty::STRING, |it| it.ty.present().0.clone());
        if let Some(Segment::Index(index)) = segment
            && matches!(index.expr(), Some(ast::Expr::Number(_)))
            && !matches!(self.t.view(&key_ty).base(), Ty::Int(..) | Ty::IntOrString)
        {
            let list = at.names.last().and_then(|it| it.0.clone()).unwrap_or_else(|| "list".into());
            self.report(diagnostics::index_into_keyed(span, &list, &field));
            return None;
        }
        let key = self.key_expr(segment, name, &key_ty, span);
        let text = if let ExprKind::Str(text) = &key.kind { Some(text.clone()) } else { None };
        at.steps.push(Step::Element { field, key });
        at.names.push((text, span));
        Some(Place { ty: element, keys: None, ..at })
    }

    /// A key: a literal word or string, or the expression in brackets.
    fn key_expr(&mut self, segment: Option<Segment<'_>>, name: Option<ast::Name<'_>>, ty: &Ty, span: Span) -> Expr {
        match (segment, name) {
            (Some(Segment::Index(index)), _) => self.check(index.expr(), ty, true, index.range()),
            (Some(Segment::String(text)), _) => self.check_string(text, ty, true),
            (Some(Segment::Word(name)), _) | (None, Some(name)) => match name.string() {
                Some(text) => self.check_string(text, ty, true),
                None => self.key_word(name.word().unwrap_or_default(), ty, span),
            },
            (None, None) => Expr { span, kind: ExprKind::Error },
        }
    }

    pub(super) fn key_word(&mut self, word: &str, ty: &Ty, span: Span) -> Expr {
        let fault = match ty.base() {
            Ty::Text(domain) => super::literal::check_domain(*domain, word).err(),
            Ty::Enum(values) => {
                if values.iter().any(|it| **it == *word) {
                    None
                } else {
                    self.report(diagnostics::not_in_enum(span, word, values));
                    return Expr { span, kind: ExprKind::Error };
                }
            }
            _ => None,
        };
        if let (Some(fault), Ty::Text(domain)) = (fault, ty.base()) {
            if *domain == Domain::Text || *domain == Domain::String {
                return Expr { span, kind: ExprKind::Str(word.into()) };
            }
            self.report(diagnostics::bad_literal(span, &format!("{domain:?}"), &fault.why));
            return Expr { span, kind: ExprKind::Error };
        }
        Expr { span, kind: ExprKind::Str(word.into()) }
    }
}

/// Notes a leaf; gives the place of an earlier write of the same leaf.
fn note_leaf(writes: &mut Writes, place: &Place, sure: bool, append: bool) -> Option<Span> {
    let (last, above) = place.names.split_last()?;
    let mut at = writes;
    for ((name, span), step) in above.iter().zip(&place.steps[place.steps.len() - place.names.len()..]) {
        match name {
            Some(name) => at = with_key(at.tree(name, *span, sure)?, step, *span),
            None => {
                at.open();
                return None;
            }
        }
    }
    match &last.0 {
        Some(name) if !append => at.leaf(name, last.1, sure),
        Some(name) => {
            at.leaf(name, last.1, false);
            None
        }
        None => {
            at.open();
            None
        }
    }
}

/// The tree of what stands at a place.
fn note_tree<'w>(writes: &'w mut Writes, place: &Place, sure: bool) -> Option<&'w mut Writes> {
    let mut at = writes;
    for ((name, span), step) in place.names.iter().zip(&place.steps[place.steps.len() - place.names.len()..]) {
        match name {
            Some(name) => at = with_key(at.tree(name, *span, sure)?, step, *span),
            None => {
                at.open();
                return None;
            }
        }
    }
    Some(at)
}

/// The element that a step names has its key already.
fn with_key<'w>(element: &'w mut Writes, step: &Step, span: Span) -> &'w mut Writes {
    if let Step::Element { field, .. } = step {
        element.leaf(field, span, false);
    }
    element
}

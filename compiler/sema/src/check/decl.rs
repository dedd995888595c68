//! Declarations: which names each body sees, and what it becomes.

use std::sync::Arc;

use syntax::ast::{self, AstNode, Entry};

use super::block::Mode;
use super::writes::Writes;
use super::{Body, Checked, Checker, Own, Site};
use crate::analysis::{Analysis, DeclId, DeclKind};
use crate::diagnostics;
use crate::echo;
use crate::ir::{self, Expr, ExprKind, InstanceRef};
use crate::ty::{FieldDef, KindRef, RecordDef, Ty};

/// Checks one declaration.
pub(super) fn check(an: &Analysis, id: DeclId) -> Checked {
    let decl = an.decl(id);
    let mut checker = Checker::new(an, id);
    let body = match an.node(decl) {
        None => Body::None,
        Some(node) => match decl.kind {
            DeclKind::Let(it) => ast::Let::cast(node).map_or(Body::None, |node| checker.constant(it, node)),
            DeclKind::Fn(it) => ast::Fn::cast(node).map_or(Body::None, |node| checker.function(it, node)),
            DeclKind::Type(it) => ast::TypeDecl::cast(node).map_or(Body::None, |node| checker.type_defaults(it, node)),
            DeclKind::Kind(it) => ast::KindDecl::cast(node).map_or(Body::None, |node| checker.kind(it, node)),
            DeclKind::Settings(it) => ast::Settings::cast(node).map_or(Body::None, |node| checker.settings(it, node)),
            DeclKind::Instance(it) => ast::Decl::cast(node).map_or(Body::None, |node| checker.instance(it, node)),
            DeclKind::Env(_) | DeclKind::Layer(_) => ast::Decl::cast(node).map_or(Body::None, |node| {
                checker.allow_all(node);
                let body = checker.env(&decl.name, decl.span, node, matches!(decl.kind, DeclKind::Layer(_)));
                checker.listed_as_field();
                body
            }),
            DeclKind::Trait(it) => ast::Trait::cast(node).map_or(Body::None, |node| checker.trait_decl(it, node)),
            DeclKind::Check => ast::Check::cast(node).map_or(Body::None, |node| checker.check_declaration(decl.span, node)),
            DeclKind::Test => ast::Test::cast(node).map_or(Body::None, |node| checker.test_declaration(decl.span, node)),
            DeclKind::Schema => Body::None,
        },
    };
    checker.uses.sort();
    checker.uses.dedup();
    let failed = checker.sink.iter().any(|it| it.severity == diag::Severity::Error) || an.is_in_cycle(id);
    checker.silence();
    let tree = &an.files[decl.file as usize].tree;
    let failed = failed || an.node(decl).is_some_and(|it| echo::is_faulty(tree, it.range()));
    if let Some(node) = an.node(decl).filter(|_| failed) {
        let found = checker.sink.len();
        // What stands in a misspelt field has no keys.
        checker.sink.retain(|it| !(checker.lost_keys && it.code == diag::code::UNKNOWN_KEY && it.fix.is_none()));
        checker.sink.retain(|it| !echo::is_echo(tree, decl.span.file, node.range(), it) && !echo::follows(an, tree, it));
        if checker.sink.len() < found {
            an.keep_back(id);
        }
    }
    Checked { diagnostics: checker.sink, body: if failed { Body::None } else { body }, reached: checker.reached, uses: checker.uses }
}

impl<'a> Checker<'a> {
    /// The type of a constant: declared, or its literal's own.
    pub(super) fn let_type(&mut self, it: ir::LetRef) -> Ty {
        let entry = &self.an.lets[it.0 as usize];
        if let Some(ty) = entry.ty.get() {
            return ty.clone();
        }
        if self.lets.contains(&it) || self.an.is_in_cycle(entry.decl) {
            return Ty::Error;
        }
        let mut inner = Checker::new(self.an, entry.decl);
        inner.lets.clone_from(&self.lets);
        inner.lets.push(it);
        let expr = self.an.node(self.an.decl(entry.decl)).and_then(ast::Let::cast).and_then(ast::Let::expr);
        let ty = expr.map_or(Ty::Error, |it| inner.synth(it).1);
        let ty = if matches!(ty, Ty::Int(..)) { Ty::INT } else { ty };
        entry.ty.get_or_init(|| ty).clone()
    }

    fn constant(&mut self, it: ir::LetRef, node: ast::Let<'_>) -> Body {
        self.shadows_kind(node.name());
        let ty = if node.ty().is_some() { self.an.lets[it.0 as usize].ty.get().cloned().unwrap_or(Ty::Error) } else { self.let_type(it) };
        self.inner_defaults(node.ty(), &ty);
        let value = match (node.ty(), node.expr()) {
            (None, Some(expr)) => self.synth(expr).0,
            (_, expr) => self.check(expr, &ty, false, node.range()),
        };
        Body::Let(ir::Let { name: self.an.lets[it.0 as usize].name.clone(), slots: self.max_slots, value })
    }

    fn function(&mut self, it: ir::FnRef, node: ast::Fn<'_>) -> Body {
        self.shadows_kind(node.name());
        let signature = &self.an.signatures[it.0 as usize];
        self.site = Site { settings: true, here: true, ..Site::default() };
        for (param, (_, ty, _)) in node.params().zip(&signature.parameters) {
            self.inner_defaults(param.ty(), ty);
            if let Some(default) = param.default() {
                self.check(Some(default), ty, false, param.range());
            }
        }
        if let Some(ty) = &signature.result {
            self.inner_defaults(node.result(), ty);
        }
        self.next_slot = 0;
        self.max_slots = 0;
        for (param, (_, ty, _)) in node.params().zip(&signature.parameters) {
            if self.bind(param.name(), ty.clone()).is_none() {
                // Parameters take their slots in order, `_` too.
                self.next_slot += 1;
                self.max_slots = self.max_slots.max(self.next_slot);
            }
        }
        let result = signature.result.clone().unwrap_or(Ty::Error);
        let body = self.check(node.expr(), &result, false, node.range());
        let name = self.an.fns[it.0 as usize].name.clone();
        Body::Function(ir::Function { name, parameters: signature.parameters.len() as u32, slots: self.max_slots, body })
    }

    /// Defaults of a record type's fields, and that the alternatives of a union that inject are disjoint.
    fn type_defaults(&mut self, index: u32, node: ast::TypeDecl<'_>) -> Body {
        self.site = Site { settings: true, here: true, ..Site::default() };
        match self.an.types[index as usize].ty.get().cloned() {
            Some(Ty::Record(def)) => {
                let params: Vec<ast::Param<'_>> = node.fields().into_iter().flat_map(field_params).collect();
                self.defaults(&def.fields, &params);
            }
            Some(Ty::Union(def)) => {
                if let Some(ast::TypeAtom::OneOf(one_of)) = node.ty().and_then(|it| it.atoms().next()) {
                    let params: Vec<ast::Param<'_>> = one_of.fields().map(field_params).unwrap_or_default();
                    self.defaults(&def.alternatives, &params);
                }
                self.disjoint(&def);
            }
            Some(ty) => self.inner_defaults(node.ty(), &ty),
            None => {}
        }
        Body::None
    }

    fn disjoint(&mut self, def: &crate::ty::UnionDef) {
        let injecting: Vec<&FieldDef> = def.alternatives.iter().filter(|it| !self.t.is_record(it.ty())).collect();
        for (at, a) in injecting.iter().enumerate() {
            for b in &injecting[at + 1..] {
                if self.t.fits(a.ty(), b.ty()) || self.t.fits(b.ty(), a.ty()) {
                    // `Text` and `Ref` both take texts; a literal then belongs to neither, which the literal reports.
                    if matches!((a.ty().base(), b.ty().base()), (Ty::Ref(_), _) | (_, Ty::Ref(_))) {
                        continue;
                    }
                    self.report(diagnostics::overlapping_alternatives(b.span, &a.name, &b.name, a.span));
                }
            }
        }
    }

    /// Checks defaults and puts them into their fields.
    fn defaults(&mut self, fields: &[FieldDef], params: &[ast::Param<'_>]) {
        for param in params {
            let span = param.name().map(|it| self.span(it.range()));
            let Some(field) = fields.iter().find(|it| Some(it.span) == span) else { continue };
            self.inner_defaults(param.ty(), field.ty());
            if let Some(default) = param.default() {
                let found = self.check(Some(default), field.ty(), false, param.range());
                // Set twice only to the same: a declaration may be checked more than once.
                let _ = field.default.set(found);
            }
        }
    }

    /// Defaults inside the records and unions of a written type that have no name of their own.
    pub(super) fn inner_defaults(&mut self, written: Option<ast::Type<'_>>, ty: &Ty) {
        let Some(written) = written else { return };
        let mut atoms = written.atoms();
        let (Some(atom), None) = (atoms.next(), atoms.next()) else { return };
        match (atom, ty.present().0.base()) {
            (ast::TypeAtom::Fields(inner), Ty::Record(def)) => self.apart(&def.fields, inner),
            (ast::TypeAtom::OneOf(inner), Ty::Union(def)) => {
                if let Some(inner) = inner.fields() {
                    self.apart(&def.alternatives, inner);
                }
                self.disjoint(def);
            }
            (ast::TypeAtom::Paren(inner), ty) => self.inner_defaults(inner.ty(), ty),
            (ast::TypeAtom::Name(name), Ty::List(inner) | Ty::Partial(inner)) => self.inner_defaults(name.args().next(), inner),
            (ast::TypeAtom::Name(name), Ty::Map(inner)) => self.inner_defaults(name.args().nth(1), &inner.1),
            _ => {}
        }
    }

    /// Defaults that see nothing of what surrounds them: they run wherever a literal leaves the field out.
    fn apart(&mut self, fields: &[FieldDef], written: ast::Fields<'_>) {
        let site = std::mem::replace(&mut self.site, Site { settings: true, here: true, ..Site::default() });
        let locals = std::mem::take(&mut self.locals);
        let next = std::mem::replace(&mut self.next_slot, 0);
        self.defaults(fields, &field_params(written));
        self.site = site;
        self.locals = locals;
        self.next_slot = next;
    }

    fn kind(&mut self, it: KindRef, node: ast::KindDecl<'_>) -> Body {
        let shape = &self.an.kinds[it.0 as usize];
        self.kind_hidden(node.name());
        let fields = shape.fields.clone();
        let params: Vec<u32> = (0..fields.fields.len() as u32).filter(|at| fields.fields[*at as usize].param).collect();
        let visible = params.iter().map(|at| &fields.fields[*at as usize]).map(|it| (it.name.clone(), it.ty().clone())).collect();
        self.site =
            Site { params: Some(visible), settings: !shape.is_static, here: !shape.is_static, name: true, roots: false, kind: Some(it), ..Site::default() };
        let written: Vec<ast::Param<'_>> = node.items().flat_map(kind_params).collect();
        self.defaults(&fields.fields, &written);
        self.named_cycle("params", &written);
        let default_slots = self.max_slots;
        self.next_slot = 0;
        self.max_slots = 0;
        self.site = Site { settings: true, here: true, kind: Some(it), ..Site::default() };
        let lower = node.lower().and_then(|lower| self.lower(it, lower));
        self.many_lowers(node);
        Body::Kind(ir::Kind {
            name: shape.name.clone(),
            library: self.library,
            is_static: shape.is_static,
            ambient: shape.ambient,
            fields,
            params,
            default_slots,
            lower,
        })
    }

    fn many_lowers(&mut self, node: ast::KindDecl<'_>) {
        let lowers = node.items().filter_map(|it| if let ast::KindItem::Lower(it) = it { Some(it) } else { None });
        for second in lowers.skip(1) {
            self.report(diagnostics::misplaced(self.first_word(second.node()), "lower", "a kind has one `lower`"));
        }
    }

    fn lower(&mut self, kind: KindRef, node: ast::Lower<'_>) -> Option<ir::Lower> {
        self.scoped(|this| {
            let binder = this.bind(node.binder(), Ty::Instance(kind, Arc::from([])))?;
            let body = this.entries(node.block()?, &mut Mode::Statements);
            Some(ir::Lower { binder, slots: this.max_slots, body })
        })
    }

    fn settings(&mut self, library: u32, node: ast::Settings<'_>) -> Body {
        self.site = Site { settings: true, here: true, ..Site::default() };
        let def = self.an.settings[library as usize].clone();
        let params: Vec<ast::Param<'_>> = node.params().collect();
        self.defaults(&def.fields, &params);
        self.named_cycle("settings", &params);
        Body::None
    }

    /// Reports defaults of one head that need each other.
    fn named_cycle(&mut self, root: &str, params: &[ast::Param<'_>]) {
        let names: Vec<String> = params.iter().map(|it| it.name().and_then(|it| it.text()).unwrap_or_default().into_owned()).collect();
        let edges: Vec<Vec<usize>> = params
            .iter()
            .map(|param| {
                let reads = param.default().map(|it| crate::cycle::reads_of(it.node(), root)).unwrap_or_default();
                reads.iter().filter_map(|it| names.iter().position(|name| name == it)).collect()
            })
            .collect();
        for cycle in crate::cycle::find(&edges) {
            let place = |at: usize| params[at].name().map_or(params[at].range(), ast::Name::range);
            let step = |at: &usize| (format!("{root}.{}", names[*at]), self.span(place(*at)));
            let steps: Vec<(String, diag::Span)> = cycle.iter().map(step).collect();
            let (name, span) = steps[0].clone();
            self.report(diagnostics::cycle("default", &name, span, &steps));
        }
    }

    fn instance(&mut self, it: InstanceRef, node: ast::Decl<'_>) -> Body {
        let entry = &self.an.instances[it.0 as usize];
        let Some(kind) = entry.kind else { return Body::None };
        let shape = &self.an.kinds[kind.0 as usize];
        self.uses.push(self.an.kind_decls[kind.0 as usize]);
        let (own_params, found) = self.an.find_params(it);
        found.into_iter().for_each(|it| self.report(it));
        let params = self.an.params_of(it);
        let kind_params = shape.fields.fields.iter().filter(|it| it.param);
        let visible: Vec<(Arc<str>, Ty)> = kind_params.chain(&params.fields).map(|it| (it.name.clone(), it.ty().clone())).collect();
        for own in &own_params.fields {
            if let Some(twin) = shape.fields.fields.iter().find(|it| it.param && it.name == own.name) {
                self.report(diagnostics::param_of_kind(own.span, &own.name, &shape.name, twin.span));
            }
        }
        let ty = Ty::Record(shape.fields.clone());
        let keys = self.an.keys_of(it).cloned().unwrap_or_default();
        self.instance_name(node.name());
        self.site = Site {
            params: Some(visible),
            settings: !shape.is_static,
            here: !shape.is_static,
            name: true,
            roots: !shape.is_static,
            kind: Some(kind),
            ..Site::default()
        };
        // Defaults of params see other params, but no keyed fields of the body.
        let heads: Vec<ast::Param<'_>> = node.entries().flat_map(own_head).collect();
        if shape.is_static && !heads.is_empty() {
            self.report(diagnostics::misplaced(self.span(heads[0].range()), "params", "static kinds have no params: they are the same everywhere"));
        }
        self.defaults(&params.fields, &heads);
        self.named_cycle("params", &heads);
        self.own.push(Own { kind, keys });
        let mut writes = Vec::new();
        let mut overlay = ir::Overlay::default();
        let body = self.instance_body(node, kind, &ty, &mut writes);
        // They run when the objects are there: what the body binds is gone by then.
        for entry in node.entries().filter(|it| matches!(it, Entry::Patch(_) | Entry::Each(_))) {
            self.overlay_entry(entry, &mut overlay);
        }
        self.own.pop();
        Body::Instance(ir::Instance {
            kind,
            name: entry.name.clone(),
            span: node.name().map_or(body.span, |it| self.span(it.range())),
            params,
            writes,
            slots: self.max_slots,
            body,
            overlay,
        })
    }

    /// Names of instances become names of objects.
    pub(super) fn instance_name(&mut self, name: Option<ast::Name<'_>>) {
        if let Some(name) = name
            && let Some(text) = name.text()
            && let Err(fault) = super::literal::check_domain(crate::ty::Domain::Name, &text)
        {
            let range = name.range();
            let quote = u32::from(name.string().is_some());
            self.fault("Name", &fault, (range.0 + quote, range.1 - quote));
        }
    }

    fn instance_body(&mut self, node: ast::Decl<'_>, kind: KindRef, ty: &Ty, param_writes: &mut Vec<ir::Write>) -> ir::Block {
        let span = self.span(node.range());
        let mut writes = Writes::default();
        let mut entries = Vec::new();
        let shape = &self.an.kinds[kind.0 as usize];
        if let Some(over) = node.over() {
            self.report(diagnostics::misplaced(self.span(over.range()), "over", "`over` belongs to environments and layers"));
        }
        if let Some(on) = node.on() {
            entries.extend(self.head_on(on, ty, &mut writes));
        }
        self.scoped(|this| {
            for entry in node.entries() {
                match entry {
                    Entry::Params(_) | Entry::Patch(_) | Entry::Each(_) => continue,
                    Entry::Set(set) => {
                        let first = set.path().and_then(|it| it.segments().next()).and_then(ast::Segment::text);
                        let param = first.and_then(|it| shape.fields.fields.iter().filter(|field| field.param).position(|field| *field.name == *it));
                        if let Some(index) = param {
                            let field = shape.fields.fields.iter().filter(|it| it.param).nth(index);
                            let name_ty = field.map(|it| (it.name.clone(), it.ty().clone()));
                            if let Some((name, param_ty)) = name_ty {
                                let place = this.span(set.path().map_or(set.range(), |it| it.range()));
                                let twin = writes.leaf(&name, place, is_whole(set));
                                if let Some(twin) = twin {
                                    this.report(diagnostics::duplicate_field(place, &name, twin));
                                }
                                param_writes.extend(this.param_write(set, index as u32, &name, &param_ty));
                            }
                            continue;
                        }
                    }
                    _ => {}
                }
                this.entry(entry, &mut Mode::Fields { ty, writes: &mut writes, sure: true, objects: true, object: false }, &mut entries);
            }
        });
        // Required params may come from the environment; what nobody gives is reported there.
        for field in shape.fields.fields.iter().filter(|it| it.param) {
            writes.leaf(&field.name, span, false);
        }
        let head = node.name().map_or(span, |it| self.span(it.range()));
        self.require(ty, &writes, head);
        self.known_version(kind, node);
        ir::Block { span, ty: ty.clone(), entries }
    }

    /// `pool x on cluster.y`: sets the field `on`.
    fn head_on(&mut self, on: ast::Expr<'_>, ty: &Ty, writes: &mut Writes) -> Option<ir::Entry> {
        let span = self.span(on.range());
        let Some(member) = self.t.member(ty, "on") else {
            self.report(diagnostics::misplaced(span, "on", "this kind has no field `on`"));
            return None;
        };
        let value = self.check(Some(on), &member.ty, false, on.range());
        writes.leaf("on", span, true);
        Some(ir::Entry { span, kind: ir::EntryKind::Set { path: vec![ir::Step::Field("on".into())], op: ir::SetOp::Set, value } })
    }

    /// An entry that sets a parameter, or something inside one.
    pub(super) fn param_write(&mut self, set: ast::Set<'_>, index: u32, name: &Arc<str>, ty: &Ty) -> Option<ir::Write> {
        let span = self.span(set.range());
        let op = match set.op() {
            ast::Op::Replace => ir::SetOp::Replace,
            ast::Op::Append => ir::SetOp::Append,
            _ => ir::SetOp::Set,
        };
        if is_whole(set) || (op != ir::SetOp::Set && is_simple(set)) {
            let value = self.check(set.expr(), ty, false, set.range());
            return Some(ir::Write { span, param: index, op, fixed: set.is_final(), value: Some(value) });
        }
        // Part of a parameter: a record with only that field, which the fold merges.
        let holder = Ty::Record(Arc::new(holder(name, Ty::Partial(Arc::new(ty.present().0.clone())), span)));
        let mut writes = Writes::default();
        let mut entries = Vec::new();
        self.entry(Entry::Set(set), &mut Mode::Fields { ty: &holder, writes: &mut writes, sure: true, objects: false, object: false }, &mut entries);
        if entries.is_empty() {
            return None;
        }
        let value = match parts(entries) {
            Ok(entries) => Expr { span, kind: ExprKind::Record(Box::new(ir::Block { span, ty: ty.present().0.clone(), entries })) },
            Err(entries) => {
                let record = Expr { span, kind: ExprKind::Record(Box::new(ir::Block { span, ty: holder, entries })) };
                Expr { span, kind: ExprKind::Field(Box::new(record), name.clone()) }
            }
        };
        Some(ir::Write { span, param: index, op: ir::SetOp::Set, fixed: set.is_final(), value: Some(value) })
    }
}

/// Entries of a record's only field as entries of that field's value, which the fold writes into what other layers gave; as they are where one of
/// them gives the whole.
fn parts(entries: Vec<ir::Entry>) -> Result<Vec<ir::Entry>, Vec<ir::Entry>> {
    use ir::EntryKind::{Merge, Set};
    let inside = |it: &ir::Entry| matches!(&it.kind, Set { path, .. } if path.len() > 1) || matches!(&it.kind, Merge { path, .. } if !path.is_empty());
    if !entries.iter().all(inside) {
        return Err(entries);
    }
    let mut found = Vec::new();
    for mut entry in entries {
        match &mut entry.kind {
            Merge { path, block } if path.len() == 1 => {
                found.append(&mut block.entries);
                continue;
            }
            Set { path, .. } | Merge { path, .. } => drop(path.remove(0)),
            _ => {}
        }
        found.push(entry);
    }
    Ok(found)
}

/// A record with one field.
pub(super) fn holder(name: &Arc<str>, ty: Ty, span: diag::Span) -> RecordDef {
    let field = FieldDef { name: name.clone(), ty: ty.into(), default: std::sync::OnceLock::new(), has_default: false, param: false, fixed: false, span };
    RecordDef { name: None, fields: vec![field], unions: Vec::new() }
}

/// Whether a write names its field alone, nothing inside it.
fn is_simple(set: ast::Set<'_>) -> bool {
    set.path().into_iter().flat_map(ast::Path::segments).count() == 1 && set.name().is_none()
}

/// Whether a write gives a whole value, not a part that is merged.
pub(super) fn is_whole(set: ast::Set<'_>) -> bool {
    let segments = set.path().into_iter().flat_map(ast::Path::segments).count();
    let block = matches!(set.expr().map(ast::Expr::unparen), Some(ast::Expr::Block(_)));
    segments == 1 && set.name().is_none() && matches!(set.op(), ast::Op::Set | ast::Op::Replace) && !block
}

fn own_head(entry: Entry<'_>) -> Vec<ast::Param<'_>> {
    match entry {
        Entry::Params(params) => params.params().collect(),
        _ => Vec::new(),
    }
}

fn field_params(fields: ast::Fields<'_>) -> Vec<ast::Param<'_>> {
    fields
        .items()
        .flat_map(|item| match item {
            ast::FieldItem::Field(field) => field.param().into_iter().collect(),
            ast::FieldItem::OneOf(one_of) => one_of.fields().map(field_params).unwrap_or_default(),
        })
        .collect()
}

fn kind_params(item: ast::KindItem<'_>) -> Vec<ast::Param<'_>> {
    match item {
        ast::KindItem::Field(field) => field.param().into_iter().collect(),
        ast::KindItem::OneOf(one_of) => one_of.fields().map(field_params).unwrap_or_default(),
        ast::KindItem::Lower(_) => Vec::new(),
    }
}

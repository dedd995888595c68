//! Second step of the analysis: types of fields, parameters and results, facts about schema types, what instances of a kind stand for.
//!
//! Order matters: records exist before their fields have types, so that types may name each other.

use std::sync::Arc;

use diag::{Diagnostic, Sink, Span};
use rustc_hash::FxHashMap as HashMap;
use schema::schemas::Schemas;
use schema::types::KindId;
use syntax::ast::{self, AstNode, GSegment};

use crate::analysis::{Analysis, DeclKind, Signature, SourceFile};
use crate::diagnostics;
use crate::facts::{Facts, GStep, PackFacts, ProvidesFact, RefFact, Table, TypeFacts};
use crate::ty::{KindRef, RecordDef, Ty};
use crate::types::{TypeResolver, schema_walk};

/// Resolves all signatures.
pub fn resolve(analysis: &mut Analysis, sink: &mut Sink) {
    declare_types(analysis, sink);
    declare_kinds(analysis, sink);
    analysis.index_instances(sink);
    let mut found = fill_types(analysis);
    found.extend(fill_kinds(analysis));
    found.extend(resolve_facts(analysis));
    found.extend(resolve_settings(analysis));
    found.extend(resolve_functions(analysis));
    found.extend(resolve_aliases(analysis));
    for diagnostic in found {
        sink.push(diagnostic);
    }
    resolve_handles(analysis);
}

/// Records and unions get their identity.
fn declare_types(analysis: &mut Analysis, sink: &mut Sink) {
    for index in 0..analysis.types.len() as u32 {
        let entry = &analysis.types[index as usize];
        let mut resolver = TypeResolver::new(analysis, entry.span.file, entry.module);
        let Some(decl) = analysis.type_decl(index) else { continue };
        let ty = match (decl.fields(), decl.ty()) {
            (Some(fields), _) => Some(Ty::Record(resolver.declare_record(Some(entry.name.clone()), fields))),
            (None, Some(ty)) => only_union(ty).map(|fields| Ty::Union(resolver.declare_union(Some(entry.name.clone()), fields))),
            (None, None) => None,
        };
        let found = std::mem::take(&mut resolver.sink);
        if let Some(ty) = ty {
            let _ = entry.ty.set(ty);
        }
        found.into_iter().for_each(|it| sink.push(it));
    }
}

/// The fields of `type X = one of { .. }`, which is nominal.
fn only_union(ty: ast::Type<'_>) -> Option<ast::Fields<'_>> {
    let mut atoms = ty.atoms();
    match (atoms.next(), atoms.next(), ty.is_optional()) {
        (Some(ast::TypeAtom::OneOf(one_of)), None, false) => one_of.fields(),
        _ => None,
    }
}

fn fill_types(analysis: &Analysis) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, entry) in analysis.types.iter().enumerate() {
        let Some(decl) = analysis.type_decl(index as u32) else { continue };
        let mut resolver = TypeResolver::new(analysis, entry.span.file, entry.module);
        match entry.ty.get() {
            Some(Ty::Record(def)) => {
                if let Some(fields) = decl.fields() {
                    resolver.fill_record(def, fields);
                }
            }
            Some(Ty::Union(def)) => {
                if let Some(fields) = decl.ty().and_then(only_union) {
                    resolver.fill_union(def, fields);
                }
            }
            _ => {}
        }
        found.append(&mut resolver.sink);
    }
    found
}

/// Aliases that nobody named are resolved too, for their errors.
fn resolve_aliases(analysis: &Analysis) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, entry) in analysis.types.iter().enumerate() {
        if entry.ty.get().is_none() {
            let mut resolver = TypeResolver::new(analysis, entry.span.file, entry.module);
            resolver.declared(index as u32);
            found.append(&mut resolver.sink);
        }
    }
    found.extend(recursive_records(analysis));
    found
}

/// Records that hold themselves outside `List`, `Map` and `?` could never be written.
fn recursive_records(analysis: &Analysis) -> Vec<Diagnostic> {
    let index: HashMap<*const (), usize> = analysis.types.iter().enumerate().filter_map(|(at, entry)| Some((identity(entry.ty.get()?)?, at))).collect();
    let edges: Vec<Vec<usize>> = analysis.types.iter().map(|entry| entry.ty.get().map(|ty| held(ty, &index)).unwrap_or_default()).collect();
    let cycles = crate::cycle::find(&edges).into_iter().map(|cycle| {
        let steps: Vec<(String, Span)> = cycle.iter().map(|at| &analysis.types[*at]).map(|it| (it.name.to_string(), it.span)).collect();
        diagnostics::cycle("type", &steps[0].0, steps[0].1, &steps)
    });
    cycles.collect()
}

/// What makes a declared type the same as another.
fn identity(ty: &Ty) -> Option<*const ()> {
    match ty {
        Ty::Record(def) => Some(Arc::as_ptr(def).cast()),
        Ty::Union(def) => Some(Arc::as_ptr(def).cast()),
        _ => None,
    }
}

/// The declared types that every value of this one holds, through anonymous ones. Alternatives of a union count by name, as the rule does.
fn held(ty: &Ty, index: &HashMap<*const (), usize>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut rest: Vec<&Ty> = vec![ty];
    while let Some(at) = rest.pop() {
        let inner = match at {
            Ty::Record(def) => &def.fields,
            Ty::Union(def) => &def.alternatives,
            _ => continue,
        };
        for field in inner {
            match identity(field.ty()).and_then(|it| index.get(&it)) {
                Some(named) => found.push(*named),
                None => rest.push(field.ty()),
            }
        }
    }
    found
}

fn declare_kinds(analysis: &mut Analysis, sink: &mut Sink) {
    for index in 0..analysis.kinds.len() {
        let decl = analysis.decl(analysis.kind_decls[index]).clone();
        let Some(node) = analysis.node(&decl).and_then(ast::KindDecl::cast) else { continue };
        let mut resolver = TypeResolver::new(analysis, decl.span.file, decl.module);
        let mut def = RecordDef { name: Some(decl.name.clone()), fields: Vec::new(), unions: Vec::new() };
        for item in node.items() {
            match item {
                ast::KindItem::Field(field) => resolver.declare_field(&mut def.fields, field),
                ast::KindItem::OneOf(one_of) => resolver.declare_group(&mut def, one_of),
                ast::KindItem::Lower(_) => {}
            }
        }
        let found = std::mem::take(&mut resolver.sink);
        found.into_iter().for_each(|it| sink.push(it));
        if node.is_static() {
            for field in def.fields.iter().filter(|it| it.param) {
                sink.push(diagnostics::static_param(field.span, &field.name, &decl.name));
            }
        }
        analysis.kinds[index].fields = Arc::new(def);
    }
}

fn fill_kinds(analysis: &Analysis) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, shape) in analysis.kinds.iter().enumerate() {
        let decl = analysis.decl(analysis.kind_decls[index]);
        let Some(node) = analysis.node(decl).and_then(ast::KindDecl::cast) else { continue };
        let mut resolver = TypeResolver::new(analysis, decl.span.file, decl.module);
        for item in node.items() {
            match item {
                ast::KindItem::Field(field) => resolver.fill_field(&shape.fields.fields, field.param(), false),
                ast::KindItem::OneOf(one_of) => {
                    for inner in one_of.fields().into_iter().flat_map(ast::Fields::items) {
                        if let ast::FieldItem::Field(field) = inner {
                            resolver.fill_field(&shape.fields.fields, field.param(), true);
                        }
                    }
                }
                ast::KindItem::Lower(_) => {}
            }
        }
        found.append(&mut resolver.sink);
    }
    found
}

fn resolve_settings(analysis: &mut Analysis) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for library in 0..analysis.settings.len() {
        let Some(decl) = analysis.settings_decls[library].map(|it| analysis.decl(it).clone()) else { continue };
        let Some(node) = analysis.node(&decl).and_then(ast::Settings::cast) else { continue };
        let mut resolver = TypeResolver::new(analysis, decl.span.file, decl.module);
        let mut def = RecordDef { name: Some("settings".into()), fields: Vec::new(), unions: Vec::new() };
        for param in node.params() {
            resolver.declare_param(&mut def.fields, param, true, false);
            resolver.fill_field(&def.fields, Some(param), false);
        }
        found.append(&mut resolver.sink);
        analysis.settings[library] = Arc::new(def);
    }
    found
}

/// Names, types, and whether there is a default.
fn parameters<'t>(written: impl Iterator<Item = ast::Param<'t>>, resolver: &mut TypeResolver<'_>) -> Vec<(Arc<str>, Ty, bool)> {
    let one = |param: ast::Param<'t>| {
        let name: Arc<str> = param.name().and_then(|it| it.text()).map_or_else(|| "".into(), |it| Arc::from(&*it));
        (name, resolver.resolve(param.ty()), param.default().is_some())
    };
    written.map(one).collect()
}

fn resolve_functions(analysis: &mut Analysis) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut signatures = Vec::new();
    for entry in &analysis.fns {
        let mut signature = Signature::default();
        if let Some(node) = analysis.node(analysis.decl(entry.decl)).and_then(ast::Fn::cast) {
            let mut resolver = TypeResolver::new(analysis, entry.span.file, entry.module);
            signature.parameters = parameters(node.params(), &mut resolver);
            signature.result = Some(resolver.resolve(node.result()));
            found.append(&mut resolver.sink);
        }
        signatures.push(signature);
    }
    analysis.signatures = signatures;
    let mut signatures = Vec::new();
    for entry in &analysis.traits {
        let mut signature = Signature::default();
        if let Some(node) = analysis.node(analysis.decl(entry.decl)).and_then(ast::Trait::cast) {
            let mut resolver = TypeResolver::new(analysis, entry.span.file, entry.module);
            signature.parameters = parameters(node.params(), &mut resolver);
            found.append(&mut resolver.sink);
        }
        signatures.push(signature);
    }
    analysis.trait_signatures = signatures;
    for entry in &analysis.lets {
        let Some(node) = analysis.node(analysis.decl(entry.decl)).and_then(ast::Let::cast) else { continue };
        if node.ty().is_some() {
            let mut resolver = TypeResolver::new(analysis, entry.span.file, entry.module);
            let ty = resolver.resolve(node.ty());
            let _ = entry.ty.set(ty);
            found.append(&mut resolver.sink);
        }
    }
    found
}

fn resolve_facts(analysis: &mut Analysis) -> Vec<Diagnostic> {
    let mut facts = Facts::new(&analysis.facts_later, &analysis.schemas);
    let mut found = Vec::new();
    for decl in analysis.decls.iter().filter(|it| it.kind == DeclKind::Schema) {
        let Some(node) = analysis.node(decl).and_then(ast::Schema::cast) else { continue };
        let mut reader = FactReader { resolver: TypeResolver::new(analysis, decl.span.file, decl.module), facts: &mut facts };
        reader.read(node);
        // What the library knows of a kind may be more than the project's own definition of it has.
        if analysis.files[decl.file as usize].library == 0 {
            found.append(&mut reader.resolver.sink);
        }
    }
    analysis.facts = Arc::new(facts);
    found
}

/// The facts in a file that is about one pack alone, with what is wrong in it.
pub(crate) fn facts_alone(file: &PackFacts, schemas: Arc<Schemas>) -> (Table, Vec<Diagnostic>) {
    let tree = Arc::new(syntax::parse(file.file, file.source.into()).tree);
    let file = SourceFile { id: file.file, library: 1, module: "facts".into(), path: file.path.clone(), tree };
    let (mut analysis, sink) = Analysis::new(vec![file], &[], schemas);
    let table = Arc::get_mut(&mut analysis.facts).map(|it| std::mem::take(&mut it.own)).unwrap_or_default();
    (table, sink.into_sorted())
}

struct FactReader<'a, 'f> {
    resolver: TypeResolver<'a>,
    facts: &'f mut Facts,
}

impl FactReader<'_, '_> {
    fn span(&self, range: (u32, u32)) -> Span {
        Span::new(self.resolver.file, range.0, range.1)
    }

    fn read(&mut self, node: ast::Schema<'_>) {
        let Some(gvk) = node.gvk() else { return };
        let Some(text) = gvk.text() else { return };
        let analysis = self.resolver.analysis;
        let on = match analysis.schema_path(&text) {
            Some(id) => id,
            None => match self.resolver.schema_kind(gvk) {
                Some(kind) => analysis.schemas.kind_info(kind).ty,
                None => return,
            },
        };
        self.facts.absorb(on.pack());
        let mut own = self.facts.own.declared.remove(&on).unwrap_or_default();
        for fact in node.facts() {
            self.fact(on, &mut own, fact);
        }
        self.facts.own.declared.insert(on, own);
    }

    fn fact(&mut self, on: schema::types::TypeId, own: &mut TypeFacts, fact: ast::Fact<'_>) {
        match fact {
            ast::Fact::Ref(it) => {
                let (Some(path), Some(target)) = (self.path(on, it.path()), it.target()) else { return };
                let targets: Vec<KindId> = self.resolver.schema_kind(target).into_iter().collect();
                let namespace = it.namespace().map(|it| steps(it));
                own.refs.push(RefFact { path, targets: targets.into(), namespace });
            }
            ast::Fact::Keys(it) => {
                let Some(path) = self.path(on, it.path()) else { return };
                let text = |name: ast::Name<'_>| name.text().map(|it| Arc::<str>::from(&*it));
                let keys: Vec<Arc<str>> = it.keys().filter_map(text).collect();
                let alias = it.alias().and_then(text);
                if let Some((record, field)) = self.holder(on, &path) {
                    self.facts.own.list_keys.entry(record).or_default().push((field, (keys.clone(), alias.clone())));
                }
                own.keys.push((path, (keys, alias)));
            }
            ast::Fact::Provides(it) => {
                let (Some(path), Some(target)) = (self.path(on, it.path()), it.target()) else { return };
                if let Some(target) = self.resolver.schema_kind(target) {
                    own.provides.push(ProvidesFact { target, path, namespace: it.namespace().map(steps) });
                }
            }
            ast::Fact::Immutable(it) => own.immutable.extend(self.path(on, it.path())),
            ast::Fact::OneOf(it) => {
                let Some(path) = self.path(on, it.path()) else { return };
                let names: Vec<Arc<str>> = it.names().filter_map(|it| Some(Arc::from(&*it.text()?))).collect();
                if let Some(record) = self.walk(on, &path) {
                    self.facts.own.unions.entry(record).or_default().push(names.clone());
                }
                own.unions.push((path, names));
            }
            ast::Fact::Type(it) => {
                let Some(path) = self.path(on, it.path()) else { return };
                let ty = self.resolver.resolve(it.ty());
                if let Some((record, field)) = self.holder(on, &path) {
                    self.facts.own.field_types.entry(record).or_default().push((field, ty.clone()));
                }
                own.types.push((path, ty));
            }
        }
    }

    /// The path, once the schema is known to have it.
    fn path(&mut self, on: schema::types::TypeId, path: Option<ast::GPath<'_>>) -> Option<Vec<GStep>> {
        let path = path?;
        let found = steps(path);
        if self.walk(on, &found).is_none() {
            self.resolver.sink.push(diagnostics::unknown_schema_path(self.span(path.range()), &path.node().text().replace(char::is_whitespace, "")));
            return None;
        }
        Some(found)
    }

    fn walk(&self, on: schema::types::TypeId, path: &[GStep]) -> Option<schema::types::TypeId> {
        let mut text = String::new();
        for step in path {
            match step {
                GStep::Field(name) => {
                    text.push('.');
                    text.push_str(name);
                }
                GStep::Each => text.push_str("[*]"),
            }
        }
        schema_walk(self.resolver.analysis, on, &text)
    }

    /// The record that holds the last field of a path.
    fn holder(&self, on: schema::types::TypeId, path: &[GStep]) -> Option<(schema::types::TypeId, Arc<str>)> {
        match path.split_last()? {
            (GStep::Field(name), before) => Some((self.walk(on, before)?, name.clone())),
            (GStep::Each, _) => None,
        }
    }
}

fn steps(path: ast::GPath<'_>) -> Vec<GStep> {
    path.segments()
        .map(|it| match it {
            GSegment::Field(name) => GStep::Field(name.into()),
            GSegment::Items => GStep::Each,
        })
        .collect()
}

/// What instances of each kind and their entries stand for: `as` clauses of `lower`, followed through nested instances.
fn resolve_handles(analysis: &mut Analysis) {
    let mut lowers: Vec<Handles> = Vec::new();
    for index in 0..analysis.kinds.len() {
        let decl = analysis.decl(analysis.kind_decls[index]);
        let mut handles = Handles { analysis, decl_module: decl.module, file: decl.span.file, found: Vec::new(), unnamed: Vec::new(), principals: Vec::new() };
        if let Some(block) = analysis.node(decl).and_then(ast::KindDecl::cast).and_then(ast::KindDecl::lower).and_then(ast::Lower::block) {
            handles.block(block);
        }
        lowers.push(handles);
    }
    let mut all: Vec<(Vec<Stand>, Vec<KindRef>)> = Vec::new();
    for mut it in lowers {
        let named_principal = it.found.iter().any(|(path, _)| path.is_empty());
        if let ([only], false) = (it.unnamed.as_slice(), named_principal) {
            it.found.push((Vec::new(), *only));
        }
        all.push((it.found, it.principals));
    }
    // Kinds are acyclic by name, so as many rounds as there are kinds reach every principal.
    for _ in 0..all.len() {
        let before: Vec<Vec<KindId>> = all.iter().map(|(found, _)| found.iter().filter(|(path, _)| path.is_empty()).map(|(_, kind)| *kind).collect()).collect();
        let mut changed = false;
        for (found, principals) in &mut all {
            for kind in principals.iter().flat_map(|it| &before[it.0 as usize]) {
                if !found.contains(&(Vec::new(), *kind)) {
                    found.push((Vec::new(), *kind));
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    let secret = analysis.schemas.kind_by_path("core/v1.Secret");
    for (shape, (mut found, _)) in analysis.kinds.iter_mut().zip(all) {
        if let Some(secret) = secret {
            found.extend(secret_fields(&shape.fields).map(|it| (vec![it], secret)));
        }
        for (path, kind) in found {
            match shape.handles.iter_mut().find(|(at, _)| *at == path) {
                Some((_, kinds)) if !kinds.contains(&kind) => kinds.push(kind),
                Some(_) => {}
                None => shape.handles.push((path, vec![kind])),
            }
        }
    }
}

/// The fields whose entries have a source of secrets: each entry stands for a Secret, whether an object of the instance makes it or not.
fn secret_fields(fields: &RecordDef) -> impl Iterator<Item = Arc<str>> {
    let has_source = |it: &Ty| match it.base() {
        Ty::Record(entry) => entry.fields.iter().any(|it| matches!(it.ty().present().0, Ty::SecretSource)),
        _ => false,
    };
    let is_secret = move |it: &Ty| matches!(it.present().0, Ty::Map(map) if has_source(&map.1));
    fields.fields.iter().filter(move |it| is_secret(it.ty())).map(|it| it.name.clone())
}

/// What an entry stands for: its keyed fields, and the kind of its object.
type Stand = (Vec<Arc<str>>, KindId);

struct Handles<'a> {
    analysis: &'a Analysis,
    decl_module: crate::analysis::Module,
    file: diag::FileId,
    found: Vec<Stand>,
    unnamed: Vec<KindId>,
    principals: Vec<KindRef>,
}

impl Handles<'_> {
    fn block(&mut self, block: ast::Block<'_>) {
        for entry in block.entries() {
            match entry {
                ast::Entry::Object(object) => self.object(object),
                ast::Entry::Set(set) => self.nested(set),
                ast::Entry::For(it) => it.block().into_iter().for_each(|it| self.block(it)),
                ast::Entry::If(it) => self.branch(it),
                ast::Entry::Match(it) => it.arms().filter_map(ast::Arm::block).for_each(|it| self.block(it)),
                _ => {}
            }
        }
    }

    fn branch(&mut self, it: ast::If<'_>) {
        if let Some(block) = it.block() {
            self.block(block);
        }
        match it.else_branch() {
            Some(ast::Else::If(other)) => self.branch(other),
            Some(ast::Else::Block(block)) => self.block(block),
            None => {}
        }
    }

    fn object(&mut self, object: ast::Object<'_>) {
        let mut resolver = TypeResolver::new(self.analysis, self.file, self.decl_module);
        let Some(kind) = object.gvk().and_then(|it| resolver.schema_kind(it)) else { return };
        match object.handle() {
            Some(handle) => self.found.push((handle_fields(handle), kind)),
            None => self.unnamed.push(kind),
        }
    }

    fn nested(&mut self, set: ast::Set<'_>) {
        let kind = set.path().and_then(ast::Path::single).and_then(|it| self.analysis.kind_by_name(&it));
        if let (Some(kind), Some(_)) = (kind, set.handle()) {
            self.principals.push(kind);
        }
    }
}

/// The keyed fields of `a.service[n]`: `["service"]`; of `a`: none.
pub fn handle_fields(handle: ast::Expr<'_>) -> Vec<Arc<str>> {
    let mut fields = Vec::new();
    let mut at = Some(handle);
    while let Some(expr) = at {
        at = match expr {
            ast::Expr::Index(index) => index.base(),
            ast::Expr::Field(field) => {
                fields.extend(field.name().and_then(|it| it.text()).map(|it| Arc::<str>::from(&*it)));
                field.base()
            }
            _ => None,
        };
    }
    fields.reverse();
    fields
}

//! Environments: static lists of instances with the params they set, settings, and the cluster (grammar.md, "Environments are static").

use std::sync::Arc;

use diag::Span;
use rustc_hash::FxHashMap as HashMap;
use syntax::ast::{self, Entry};

use super::block::Mode;
use super::decl::is_whole;
use super::writes::Writes;
use super::{Body, Checker, Site};
use crate::diagnostics;
use crate::ir::{self, InstanceRef};
use crate::ty::{RecordDef, Ty};

impl Checker<'_> {
    pub(super) fn env(&mut self, name: &Arc<str>, span: Span, node: ast::Decl<'_>) -> Body {
        self.site = Site { settings: false, here: true, roots: true, ..Site::default() };
        if let Some(over) = node.over() {
            self.report(diagnostics::not_yet(self.span(over.range()), "over"));
        }
        self.instance_name(node.name());
        let mut listed: HashMap<InstanceRef, Span> = HashMap::default();
        let mut names_cluster = false;
        let mut env = ir::Env { name: name.clone(), span, cluster: None, settings: Vec::new(), slots: 0, entries: Vec::new(), externs: Vec::new() };
        for entry in node.entries() {
            match entry {
                Entry::Set(set) => {
                    names_cluster |= set.name().is_none() && set.path().and_then(ast::Path::single).as_deref() == Some("cluster");
                    self.env_entry(set, &mut env, &mut listed);
                }
                Entry::Allow(_) => {}
                Entry::For(_) | Entry::If(_) | Entry::Match(_) | Entry::Let(_) | Entry::Spread(_) => {
                    let word = entry.node().text().split_whitespace().next().unwrap_or_default();
                    self.report(diagnostics::misplaced(
                        self.first_word(entry.node()),
                        word,
                        "the body of an environment is a plain list, so that every tool knows its instances",
                    ));
                }
                Entry::Object(_) | Entry::Params(_) | Entry::Add(_) => {
                    let word = entry.node().text().split_whitespace().next().unwrap_or_default();
                    self.report(diagnostics::misplaced(self.first_word(entry.node()), word, "objects and params belong to instances"));
                }
                Entry::Extern(it) => env.externs.extend(self.env_external(it)),
                Entry::Remove(_) | Entry::With(_) | Entry::Patch(_) | Entry::Each(_) | Entry::Include(_) => {
                    let word = entry.node().text().split_whitespace().next().unwrap_or_default();
                    self.report(diagnostics::not_yet(self.first_word(entry.node()), word));
                }
            }
        }
        if env.cluster.is_none() && !names_cluster {
            self.report(diagnostics::missing_cluster(span, name));
        }
        self.missing_settings(&env, span);
        env.slots = self.max_slots;
        Body::Env(env)
    }

    fn env_entry(&mut self, set: ast::Set<'_>, env: &mut ir::Env, listed: &mut HashMap<InstanceRef, Span>) {
        let Some(word) = set.path().and_then(ast::Path::single) else {
            let span = self.span(set.path().map_or(set.range(), |it| it.range()));
            self.report(diagnostics::misplaced(span, "this path", "an environment lists instances and sets fields by one word"));
            return;
        };
        match (&*word, set.name()) {
            ("settings", library) => self.env_settings(set, library, env),
            ("cluster", None) => self.env_cluster(set, env),
            (_, None) => self.env_field(set, &word),
            (kind_word, Some(name)) => self.env_instance(set, kind_word, name, env, listed),
        }
    }

    fn env_cluster(&mut self, set: ast::Set<'_>, env: &mut ir::Env) {
        let span = self.span(set.path().map_or(set.range(), |it| it.range()));
        let Some(kind) = self.an.kind_by_name("cluster") else { return };
        let before = self.reached.len();
        let value = self.check(set.expr(), &Ty::Instance(kind, Arc::from([])), false, set.range());
        let instance = match value.kind {
            ir::ExprKind::Static(instance) => instance,
            ir::ExprKind::Error => return,
            _ => match self.reached.get(before) {
                Some((instance, _)) => *instance,
                None => return,
            },
        };
        if let Some((_, first)) = env.cluster {
            self.report(diagnostics::duplicate_field(span, "cluster", first));
            return;
        }
        env.cluster = Some((instance, value.span));
    }

    /// Another field: typed by the kind `env` of the library, where it declares it.
    fn env_field(&mut self, set: ast::Set<'_>, word: &str) {
        let Some(kind) = self.an.kind_by_name("env") else { return };
        let Some(shape) = self.t.kind(kind) else { return };
        let span = self.span(set.path().map_or(set.range(), |it| it.range()));
        let ty = Ty::Record(shape.fields.clone());
        if shape.fields.field(word).is_none() {
            let mut names = self.t.member_names(&ty);
            names.extend(["cluster", "settings"].map(str::to_owned));
            self.report(diagnostics::unknown_field(span, "env", word, &names));
            return;
        }
        if matches!(word, "uses" | "promotes_from") {
            // References to other environments: resolved with layers.
            return;
        }
        let mut writes = Writes::default();
        let mut out = Vec::new();
        self.entry(Entry::Set(set), &mut Mode::Fields { ty: &ty, writes: &mut writes, sure: true, objects: false, object: false }, &mut out);
    }

    fn env_settings(&mut self, set: ast::Set<'_>, library: Option<ast::Name<'_>>, env: &mut ir::Env) {
        let index = match library.and_then(|it| it.text()) {
            None => 0,
            Some(name) => match self.an.libraries.iter().position(|it| !it.is_empty() && **it == *name) {
                Some(index) => index,
                None => {
                    let span = self.span(library.map_or(set.range(), |it| it.range()));
                    let names: Vec<&str> = self.an.libraries.iter().skip(1).map(|it| &**it).collect();
                    self.report(diagnostics::unknown_library(span, &name, &names));
                    return;
                }
            },
        };
        let def = self.an.settings[index].clone();
        let block = set.block().or_else(|| match set.expr().map(ast::Expr::unparen) {
            Some(ast::Expr::Block(block)) => Some(block),
            _ => None,
        });
        let mut writes: Vec<(usize, Vec<ast::Set<'_>>)> = Vec::new();
        for entry in block.into_iter().flat_map(ast::Block::entries) {
            let Entry::Set(inner) = entry else {
                self.report(diagnostics::misplaced(self.first_word(entry.node()), "this entry", "settings are set one by one"));
                continue;
            };
            if let Some(at) = self.setting(inner, index as u32, &def) {
                match writes.iter_mut().find(|it| it.0 == at) {
                    Some(it) => it.1.push(inner),
                    None => writes.push((at, vec![inner])),
                }
            }
        }
        for (at, sets) in writes {
            let field = &def.fields[at];
            let place = |this: &Self, set: ast::Set<'_>| this.span(set.path().map_or(set.range(), |it| it.range()));
            if let Some((_, _, first)) = env.settings.iter().find(|it| it.0 == index as u32 && it.1 == at as u32) {
                self.report(diagnostics::duplicate_field(place(self, sets[0]), &field.name, first.span));
            }
            if let [first, second, ..] = sets.as_slice()
                && sets.iter().any(|it| is_whole(*it))
            {
                self.report(diagnostics::duplicate_field(place(self, *second), &field.name, place(self, *first)));
            }
            if let Some(value) = self.setting_value(&sets, &field.name, field.ty()) {
                env.settings.push((index as u32, at as u32, value));
            }
        }
    }

    /// One value of all that is written to a setting: nobody else writes to it.
    fn setting_value(&mut self, sets: &[ast::Set<'_>], name: &Arc<str>, ty: &Ty) -> Option<ir::Expr> {
        let first = *sets.first()?;
        if is_whole(first) {
            return Some(self.check(first.expr(), ty, false, first.range()));
        }
        let span = self.span(first.range());
        let holder = Ty::Record(Arc::new(super::decl::holder(name, ty.present().0.clone(), span)));
        let mut writes = Writes::default();
        let mut entries = Vec::new();
        for set in sets {
            self.entry(Entry::Set(*set), &mut Mode::Fields { ty: &holder, writes: &mut writes, sure: true, objects: false, object: false }, &mut entries);
        }
        self.require(&holder, &writes, span);
        let record = ir::Expr { span, kind: ir::ExprKind::Record(Box::new(ir::Block { span, ty: holder, entries })) };
        Some(ir::Expr { span, kind: ir::ExprKind::Field(Box::new(record), name.clone()) })
    }

    /// Which setting is written.
    fn setting(&mut self, set: ast::Set<'_>, library: u32, def: &RecordDef) -> Option<usize> {
        let span = self.span(set.path().map_or(set.range(), |it| it.range()));
        let word = set.path().and_then(|it| it.segments().next()).and_then(ast::Segment::text)?;
        let Some(index) = def.fields.iter().position(|it| *it.name == *word) else {
            let names: Vec<String> = def.fields.iter().map(|it| it.name.to_string()).collect();
            let near = diag::nearest(&word, names.iter().map(String::as_str));
            self.meant.extend(near.and_then(|near| def.fields.iter().position(|it| *it.name == *near)).map(|it| (library, it as u32)));
            self.report(diagnostics::unknown_setting(span, &word, &names));
            return None;
        };
        Some(index)
    }

    fn missing_settings(&mut self, env: &ir::Env, span: Span) {
        for (library, def) in self.an.settings.iter().enumerate() {
            let set = |index: usize| {
                let is = |of: u32, at: u32| of == library as u32 && at == index as u32;
                env.settings.iter().any(|it| is(it.0, it.1)) || self.meant.iter().any(|it| is(it.0, it.1))
            };
            let missing: Vec<String> = def.fields.iter().enumerate().filter(|(at, it)| it.required() && !set(*at)).map(|(_, it)| it.name.to_string()).collect();
            if !missing.is_empty() {
                self.sink.push(diagnostics::missing_setting(span, &env.name, &self.an.libraries[library], &missing));
            }
        }
    }

    fn env_instance(&mut self, set: ast::Set<'_>, kind_word: &str, name: ast::Name<'_>, env: &mut ir::Env, listed: &mut HashMap<InstanceRef, Span>) {
        let name_span = self.span(name.range());
        let path_span = self.span(set.path().map_or(set.range(), |it| it.range()));
        let Some(kind) = self.an.kind_by_name(kind_word) else {
            let names = self.an.all_kind_names();
            self.report(diagnostics::unknown_instance_kind(path_span, kind_word, &names));
            return;
        };
        let text = name.text().unwrap_or_default();
        let Some(instance) = self.an.instance(kind, &text) else {
            let names = self.an.instances_of(kind);
            self.report(diagnostics::unknown_instance(name_span, kind_word, &text, &names));
            return;
        };
        if let Some(handle) = set.handle() {
            self.report(diagnostics::not_yet(self.span(handle.range()), "as"));
            return;
        }
        if let Some(twin) = listed.insert(instance, name_span) {
            self.report(diagnostics::duplicate_field(name_span, &format!("{kind_word} {text}"), twin));
            return;
        }
        if let Some(decl) = self.an.instances[instance.0 as usize].decl {
            self.uses.push(decl);
        }
        self.reached.push((instance, name_span));
        let mut entry = ir::EnvEntry { instance, span: name_span, writes: Vec::new() };
        if self.an.instances[instance.0 as usize].decl.is_none() {
            // Its file is not loaded, because nothing about it has changed since this entry was checked.
            env.entries.push(entry);
            return;
        }
        let mut given = Writes::default();
        for inner in set.block().into_iter().flat_map(ast::Block::entries) {
            match inner {
                Entry::Set(inner) => entry.writes.extend(self.overlay(inner, kind_word, &text, instance, &mut given)),
                Entry::Allow(_) => {}
                Entry::Object(_) | Entry::Params(_) | Entry::For(_) | Entry::If(_) | Entry::Match(_) | Entry::Let(_) | Entry::Spread(_) => {
                    let word = inner.node().text().split_whitespace().next().unwrap_or_default();
                    self.report(diagnostics::misplaced(self.first_word(inner.node()), word, "an environment sets params of what it lists, one by one"));
                }
                other => {
                    let word = other.node().text().split_whitespace().next().unwrap_or_default();
                    self.report(diagnostics::not_yet(self.first_word(other.node()), word));
                }
            }
        }
        self.missing_params(&entry, &given, kind_word, &text);
        env.entries.push(entry);
    }

    /// `replicas: 2` in an environment: sets a param, never another field.
    fn overlay(&mut self, set: ast::Set<'_>, kind_word: &str, name: &str, instance: InstanceRef, given: &mut Writes) -> Option<ir::Write> {
        let kind = self.an.instances[instance.0 as usize].kind?;
        let shape = &self.an.kinds[kind.0 as usize];
        let own = self.an.params_of(instance);
        let segment = set.path()?.segments().next()?;
        let word = segment.text()?;
        let span = self.span(segment.range());
        let kind_params: Vec<_> = shape.fields.fields.iter().filter(|it| it.param).collect();
        let all = kind_params.iter().copied().chain(&own.fields);
        let Some((index, field)) = all.clone().enumerate().find(|(_, it)| *it.name == *word) else {
            if shape.fields.field(&word).is_some() {
                self.report(diagnostics::not_a_param(span, kind_word, name, &word));
            } else {
                let names: Vec<String> = all.map(|it| it.name.to_string()).collect();
                match diag::nearest(&word, names.iter().map(String::as_str)) {
                    Some(near) => {
                        given.leaf(near, span, false);
                    }
                    None => given.open(),
                }
                self.report(diagnostics::unknown_param(span, &format!("{kind_word} {name}"), &word, &names));
            }
            return None;
        };
        let (field_name, ty) = (field.name.clone(), field.ty().clone());
        if let Some(twin) = given.leaf(&field_name, span, is_whole(set)) {
            self.report(diagnostics::duplicate_field(span, &field_name, twin));
        }
        // Params may follow settings, settings nothing but `here`.
        self.site.settings = true;
        let write = self.param_write(set, index as u32, &field_name, &ty);
        self.site.settings = false;
        write
    }

    /// Reports required params that neither the instance nor the environment sets.
    fn missing_params(&mut self, entry: &ir::EnvEntry, given: &Writes, kind_word: &str, name: &str) {
        if given.is_open() {
            return;
        }
        let instance = entry.instance;
        let Some(kind) = self.an.instances[instance.0 as usize].kind else { return };
        let shape = &self.an.kinds[kind.0 as usize];
        let own = self.an.params_of(instance);
        let set_by_instance: Vec<String> = self
            .an
            .instance_decl(instance)
            .into_iter()
            .flat_map(|it| it.entries())
            .filter_map(|it| if let Entry::Set(set) = it { set.path()?.segments().next()?.text().map(std::borrow::Cow::into_owned) } else { None })
            .collect();
        if self.an.instances[instance.0 as usize].decl.is_none() {
            return;
        }
        let kind_params = shape.fields.fields.iter().filter(|it| it.param).map(|it| (it, true));
        let missing: Vec<String> = kind_params
            .chain(own.fields.iter().map(|it| (it, false)))
            .filter(|(field, of_kind)| field.required() && !given.has(&field.name) && !(*of_kind && set_by_instance.iter().any(|it| **it == *field.name)))
            .map(|(field, _)| field.name.to_string())
            .collect();
        if !missing.is_empty() {
            self.report(diagnostics::missing_param(entry.span, &format!("{kind_word} {name}"), &missing));
        }
    }
}

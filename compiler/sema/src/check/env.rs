//! Environments and layers: static lists of instances with what they change of them, settings, and the cluster (grammar.md, "Environments are static").

use std::sync::Arc;

use diag::Span;
use rustc_hash::FxHashMap as HashMap;
use syntax::ast::{self, Entry};

use super::below::{Below, Listed, block_of};
use super::block::Mode;
use super::decl::is_whole;
use super::writes::Writes;
use super::{Body, Checker, Site};
use crate::analysis::layer_name;
use crate::diagnostics;
use crate::ir::{self, InstanceRef};
use crate::ty::{RecordDef, Ty};

/// An environment or layer while it is checked.
struct Step {
    env: ir::Env,
    /// What the layers below give.
    below: Below,
    /// Where each instance is listed here, by the name it has.
    listed: HashMap<Listed, Span>,
    /// Places of the entries for `cluster`, wrong ones too.
    names_cluster: bool,
}

impl Checker<'_> {
    /// `env e over layer.l { .. }`, `layer l over layer.k { .. }`.
    pub(super) fn env(&mut self, name: &Arc<str>, span: Span, node: ast::Decl<'_>, is_layer: bool) -> Body {
        self.site = Site { settings: false, here: true, roots: true, ..Site::default() };
        self.instance_name(node.name());
        let env = ir::Env {
            name: name.clone(),
            is_layer,
            span,
            over: self.over(node),
            cluster: None,
            uses: Vec::new(),
            settings: Vec::new(),
            slots: 0,
            entries: Vec::new(),
            removed: Vec::new(),
            overlay: ir::Overlay::default(),
            externs: Vec::new(),
        };
        let mut step = Step { env, below: Below::of(self.an, node), listed: HashMap::default(), names_cluster: false };
        for entry in node.entries() {
            self.step_entry(entry, &mut step);
        }
        if !is_layer {
            self.complete(&step);
        }
        step.env.slots = self.max_slots;
        Body::Env(step.env)
    }

    /// The layer behind `over`.
    fn over(&mut self, node: ast::Decl<'_>) -> Option<ir::LayerRef> {
        let over = node.over()?;
        let span = self.span(over.range());
        let names: Vec<&str> = self.an.layers.iter().map(|it| &*self.an.decl(*it).name).collect();
        let Some(name) = layer_name(node) else {
            self.report(diagnostics::not_a_layer(span, &names));
            return None;
        };
        let found = self.an.layer(&name);
        match found {
            Some(layer) => self.uses.push(self.an.layers[layer.0 as usize]),
            None => self.report(diagnostics::unknown_instance(span, "layer", &name, &names)),
        }
        found
    }

    fn step_entry(&mut self, entry: Entry<'_>, step: &mut Step) {
        match entry {
            Entry::Set(set) => {
                step.names_cluster |= set.name().is_none() && set.path().and_then(ast::Path::single).as_deref() == Some("cluster");
                self.env_entry(set, step);
            }
            Entry::Allow(_) => {}
            Entry::Remove(remove) => self.unlist(remove, step),
            Entry::With(_) | Entry::Patch(_) | Entry::Each(_) => {
                self.site.settings = true;
                self.overlay_entry(entry, &mut step.env.overlay);
                self.site.settings = false;
            }
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
            Entry::Extern(it) => {
                let found = self.env_external(it);
                step.env.externs.extend(found);
            }
            Entry::Include(_) => {
                let word = entry.node().text().split_whitespace().next().unwrap_or_default();
                self.report(diagnostics::not_yet(self.first_word(entry.node()), word));
            }
        }
    }

    /// What an environment must have, from wherever in its chain.
    fn complete(&mut self, step: &Step) {
        let (name, span) = (&step.env.name, step.env.span);
        if step.env.cluster.is_none() && !step.names_cluster && !step.below.cluster {
            self.report(diagnostics::missing_cluster(span, name));
        }
        self.missing_settings(step, span);
        for ((instance, alias), given) in &step.below.listed {
            let is_here = |it: &Listed| it.0 == *instance && it.1 == *alias;
            let is_removed = step.env.removed.iter().any(|(it, by, _)| it == instance && by == alias);
            if step.listed.keys().any(is_here) || is_removed {
                continue;
            }
            let missing = self.missing_params(*instance, &|name| given.params.contains(name));
            if !missing.is_empty() {
                let shown = self.shown(*instance, alias.as_deref());
                self.report(diagnostics::missing_param(span, &shown, &missing).also(given.span, "listed here, by a layer"));
            }
        }
    }

    fn shown(&self, instance: InstanceRef, alias: Option<&str>) -> String {
        let entry = &self.an.instances[instance.0 as usize];
        format!("{} {}", entry.kind_word, alias.unwrap_or(&entry.name))
    }

    /// `remove app x`.
    fn unlist(&mut self, remove: ast::Remove<'_>, step: &mut Step) {
        let span = self.span(remove.range());
        let (Some(word), Some(name)) = (remove.path().and_then(ast::Path::single), remove.name()) else {
            self.report(diagnostics::misplaced(span, "remove", "in an environment it takes an instance out that a layer lists: `remove app x`"));
            return;
        };
        let name_span = self.span(name.range());
        let Some(found) = step.below.removed(self.an, remove) else {
            let names = step.below.names(self.an, &word);
            self.report(diagnostics::not_listed(name_span, &word, &name.text().unwrap_or_default(), &names));
            return;
        };
        if let Some(listed) = step.listed.get(&found) {
            self.report(diagnostics::duplicate_field(name_span, &self.shown(found.0, found.1.as_deref()), *listed));
            return;
        }
        step.env.removed.push((found.0, found.1, name_span));
    }

    fn env_entry(&mut self, set: ast::Set<'_>, step: &mut Step) {
        let Some(word) = set.path().and_then(ast::Path::single) else {
            let span = self.span(set.path().map_or(set.range(), |it| it.range()));
            self.report(diagnostics::misplaced(span, "this path", "an environment lists instances and sets fields by one word"));
            return;
        };
        match (&*word, set.name()) {
            ("settings", library) => self.env_settings(set, library, &mut step.env),
            ("cluster", None) => self.env_cluster(set, &mut step.env),
            ("uses", None) => self.env_uses(set, &mut step.env),
            ("promotes_from", None) => {
                self.env_named(set.expr());
            }
            (_, None) => self.env_field(set, &word),
            (kind_word, Some(name)) => self.env_instance(set, kind_word, name, step),
        }
    }

    /// `uses: [env.infra]`.
    fn env_uses(&mut self, set: ast::Set<'_>, env: &mut ir::Env) {
        let Some(ast::Expr::List(list)) = set.expr().map(ast::Expr::unparen) else {
            let span = self.span(set.expr().map_or(set.range(), |it| it.range()));
            self.report(diagnostics::type_mismatch(span, "a list of environments", "something else").help("write `uses: [env.infra]`"));
            return;
        };
        for elem in list.elems() {
            let expr = match elem {
                ast::Elem::Expr(expr) => Some(expr),
                _ => None,
            };
            match expr {
                Some(expr) => env.uses.extend(self.env_named(Some(expr))),
                None => {
                    self.report(diagnostics::misplaced(self.span(elem.range()), "this", "environments are named one by one, so that every tool knows them"))
                }
            }
        }
    }

    /// `env.NAME`.
    fn env_named(&mut self, expr: Option<ast::Expr<'_>>) -> Option<(Arc<str>, Span)> {
        let expr = expr?.unparen();
        let span = self.span(expr.range());
        let names: Vec<&str> = self.an.envs.iter().map(|it| &*self.an.decl(*it).name).collect();
        let chain = super::reference::chain(expr).filter(|it| it.words.len() == 2 && it.words[0].0 == "env");
        let Some(chain) = chain else {
            self.report(diagnostics::type_mismatch(span, "an environment", "something else").help("write `env.NAME`"));
            return None;
        };
        let name = &*chain.words[1].0;
        if self.an.env(name).is_none() {
            self.report(diagnostics::unknown_instance(self.span(chain.words[1].1), "env", name, &names));
            return None;
        }
        Some((name.into(), span))
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
        let block = block_of(set);
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
            if let Some(first) = env.settings.iter().find(|it| it.library == index as u32 && it.field == at as u32) {
                self.report(diagnostics::duplicate_field(place(self, sets[0]), &field.name, first.value.span));
            }
            if let [first, second, ..] = sets.as_slice()
                && sets.iter().any(|it| is_whole(*it))
            {
                self.report(diagnostics::duplicate_field(place(self, *second), &field.name, place(self, *first)));
            }
            if let Some(value) = self.setting_value(&sets, &field.name, field.ty()) {
                env.settings.push(ir::SettingWrite { library: index as u32, field: at as u32, value });
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

    fn missing_settings(&mut self, step: &Step, span: Span) {
        let env = &step.env;
        for (library, def) in self.an.settings.iter().enumerate() {
            let set = |index: usize| {
                let is = |of: u32, at: u32| of == library as u32 && at == index as u32;
                env.settings.iter().any(|it| is(it.library, it.field))
                    || self.meant.iter().any(|it| is(it.0, it.1))
                    || step.below.settings.contains(&(library as u32, def.fields[index].name.to_string()))
            };
            let missing: Vec<String> = def.fields.iter().enumerate().filter(|(at, it)| it.required() && !set(*at)).map(|(_, it)| it.name.to_string()).collect();
            if !missing.is_empty() {
                self.sink.push(diagnostics::missing_setting(span, &env.name, &self.an.libraries[library], &missing));
            }
        }
    }

    fn env_instance(&mut self, set: ast::Set<'_>, kind_word: &str, name: ast::Name<'_>, step: &mut Step) {
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
        let alias = match set.handle() {
            Some(handle) => match self.alias_name(handle) {
                Some((alias, _)) => Some(alias),
                None => return,
            },
            None => None,
        };
        let shown = alias.clone().unwrap_or_else(|| Arc::from(&*text));
        if let Some(twin) = self.same_name(kind, &shown, step) {
            self.report(diagnostics::duplicate_field(name_span, &format!("{kind_word} {shown}"), twin));
            return;
        }
        step.listed.insert((instance, alias.clone()), name_span);
        if let Some(decl) = self.an.instances[instance.0 as usize].decl {
            self.uses.push(decl);
        }
        self.reached.push((instance, name_span));
        let mut entry = ir::EnvEntry { instance, alias, span: name_span, writes: Vec::new(), overlay: ir::Overlay::default() };
        if self.an.instances[instance.0 as usize].decl.is_none() {
            // Its file is not loaded, because nothing about it has changed since this entry was checked.
            step.env.entries.push(entry);
            return;
        }
        let mut given = Writes::default();
        for inner in set.block().into_iter().flat_map(ast::Block::entries) {
            self.listed_entry(inner, kind_word, &text, &mut entry, &mut given);
        }
        if !step.env.is_layer && !given.is_open() {
            let below = step.below.listed.get(&(instance, entry.alias.clone()));
            let has = |name: &str| given.has(name) || (below.is_some_and(|it| it.params.contains(name)));
            let missing = self.missing_params(instance, &has);
            if !missing.is_empty() {
                self.report(diagnostics::missing_param(entry.span, &format!("{kind_word} {shown}"), &missing));
            }
        }
        step.env.entries.push(entry);
    }

    /// Another instance of that kind with the same name in this step, or an alias below that is another instance.
    fn same_name(&self, kind: crate::ty::KindRef, name: &str, step: &Step) -> Option<Span> {
        let is_it = |it: &(&Listed, &Span)| {
            let entry = &self.an.instances[it.0.0.0 as usize];
            entry.kind == Some(kind) && it.0.1.as_deref().unwrap_or(&entry.name) == name
        };
        step.listed.iter().find(is_it).map(|it| *it.1)
    }

    /// An entry of a listed instance.
    fn listed_entry(&mut self, inner: Entry<'_>, kind_word: &str, name: &str, entry: &mut ir::EnvEntry, given: &mut Writes) {
        match inner {
            Entry::Set(set) => {
                let write = self.overlay(set, kind_word, name, entry.instance, given);
                entry.writes.extend(write);
            }
            Entry::Remove(remove) => {
                let write = self.unset(remove, kind_word, name, entry.instance);
                entry.writes.extend(write);
            }
            Entry::Allow(_) => {}
            Entry::With(_) | Entry::Patch(_) | Entry::Each(_) => {
                self.site.settings = true;
                self.overlay_entry(inner, &mut entry.overlay);
                self.site.settings = false;
            }
            Entry::Object(_) | Entry::Params(_) | Entry::For(_) | Entry::If(_) | Entry::Match(_) | Entry::Let(_) | Entry::Spread(_) | Entry::Add(_) => {
                let word = inner.node().text().split_whitespace().next().unwrap_or_default();
                self.report(diagnostics::misplaced(self.first_word(inner.node()), word, "an environment sets params of what it lists, one by one"));
            }
            Entry::Extern(_) | Entry::Include(_) => {
                let word = inner.node().text().split_whitespace().next().unwrap_or_default();
                self.report(diagnostics::not_yet(self.first_word(inner.node()), word));
            }
        }
    }

    /// The param that a word means: its index, name, type, and the word's place.
    fn param_of(&mut self, segment: ast::Segment<'_>, kind_word: &str, name: &str, instance: InstanceRef, given: Option<&mut Writes>) -> Option<Param> {
        let kind = self.an.instances[instance.0 as usize].kind?;
        let shape = &self.an.kinds[kind.0 as usize];
        let own = self.an.params_of(instance);
        let word = segment.text()?;
        let span = self.span(segment.range());
        let kind_params: Vec<_> = shape.fields.fields.iter().filter(|it| it.param).collect();
        let all = kind_params.iter().copied().chain(&own.fields);
        let Some((index, field)) = all.clone().enumerate().find(|(_, it)| *it.name == *word) else {
            if let Some(field) = shape.fields.field(&word).filter(|it| it.fixed) {
                self.report(diagnostics::final_param(span, &field.name, field.span));
            } else if shape.fields.field(&word).is_some() {
                self.report(diagnostics::not_a_param(span, kind_word, name, &word));
            } else {
                let names: Vec<String> = all.map(|it| it.name.to_string()).collect();
                if let Some(given) = given {
                    match diag::nearest(&word, names.iter().map(String::as_str)) {
                        Some(near) => {
                            given.leaf(near, span, false);
                        }
                        None => given.open(),
                    }
                }
                self.report(diagnostics::unknown_param(span, &format!("{kind_word} {name}"), &word, &names));
            }
            return None;
        };
        Some(Param { index: index as u32, name: field.name.clone(), ty: field.ty().clone(), span })
    }

    /// `replicas: 2` in an environment: sets a param, never another field.
    fn overlay(&mut self, set: ast::Set<'_>, kind_word: &str, name: &str, instance: InstanceRef, given: &mut Writes) -> Option<ir::Write> {
        let segment = set.path()?.segments().next()?;
        let param = self.param_of(segment, kind_word, name, instance, Some(given))?;
        if let Some(twin) = given.leaf(&param.name, param.span, is_whole(set)) {
            self.report(diagnostics::duplicate_field(param.span, &param.name, twin));
        }
        // Params may follow settings, settings nothing but `here`.
        self.site.settings = true;
        let write = self.param_write(set, param.index, &param.name, &param.ty);
        self.site.settings = false;
        write
    }

    /// `remove ip` in an environment: the param is unset.
    fn unset(&mut self, remove: ast::Remove<'_>, kind_word: &str, name: &str, instance: InstanceRef) -> Option<ir::Write> {
        let span = self.span(remove.range());
        let mut segments = remove.path()?.segments();
        let first = segments.next()?;
        let param = self.param_of(first, kind_word, name, instance, None)?;
        if segments.next().is_some() || remove.name().is_some() {
            self.report(diagnostics::misplaced(span, "remove", "a param is unset as a whole; set what it should be with `:=`"));
            return None;
        }
        if !matches!(param.ty, Ty::Optional(_)) {
            self.report(diagnostics::unset_required(param.span, &param.name, &self.t.show(&param.ty)));
            return None;
        }
        Some(ir::Write { span, param: param.index, op: ir::SetOp::Set, fixed: false, value: None })
    }

    /// Required params that neither the instance nor the chain sets; none where the instance is not loaded.
    fn missing_params(&self, instance: InstanceRef, given: &dyn Fn(&str) -> bool) -> Vec<String> {
        let entry = &self.an.instances[instance.0 as usize];
        let (Some(kind), Some(_)) = (entry.kind, entry.decl) else { return Vec::new() };
        let shape = &self.an.kinds[kind.0 as usize];
        let own = self.an.params_of(instance);
        let set_by_instance: Vec<String> = self
            .an
            .instance_decl(instance)
            .into_iter()
            .flat_map(|it| it.entries())
            .filter_map(|it| if let Entry::Set(set) = it { set.path()?.segments().next()?.text().map(std::borrow::Cow::into_owned) } else { None })
            .collect();
        let kind_params = shape.fields.fields.iter().filter(|it| it.param).map(|it| (it, true));
        let all = kind_params.chain(own.fields.iter().map(|it| (it, false)));
        let is_missing = |(field, of_kind): &(&crate::ty::FieldDef, bool)| {
            field.required() && !given(&field.name) && !(*of_kind && set_by_instance.iter().any(|it| **it == *field.name))
        };
        all.filter(is_missing).map(|(field, _)| field.name.to_string()).collect()
    }
}

/// A param that an entry writes.
struct Param {
    index: u32,
    name: Arc<str>,
    ty: Ty,
    span: Span,
}

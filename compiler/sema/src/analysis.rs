//! Every declaration of the project and its libraries, with what others need to know of it: names, types of fields, kinds of objects. No bodies.
//!
//! Made once, in sequence, from trees; then read by many threads, which check bodies (`check`).
//! Invariant: the order in which files are given changes nothing but the order of diagnostics.

mod kinds;

use rustc_hash::FxHashMap as HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use diag::{Diagnostic, FileId, Sink, Span};
use schema::schemas::Schemas;
use syntax::ast::{self, AstNode, Item as AstItem};
use syntax::tree::{Node, Tree};

use crate::check::keys::KeySet;
use crate::diagnostics;
use crate::facts::{Facts, PackFacts};
use crate::ir::{FnRef, InstanceRef, LayerRef, LetRef};
use crate::relate::{KindShape, Types};
use crate::ty::{KindRef, RecordDef, Ty};
use crate::types::TypeResolver;

/// A parsed file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its identity in spans.
    pub id: FileId,
    /// 0 = project, 1 = standard library.
    pub library: u32,
    /// Module path, such as `envs.shared`.
    pub module: Arc<str>,
    /// Path as users see it.
    pub path: Arc<str>,
    /// Its tree.
    pub tree: Arc<Tree>,
}

/// A module, as an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Module(pub u32);

/// What a name of a module means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A constant.
    Let(LetRef),
    /// A function.
    Fn(FnRef),
    /// A type.
    Type(u32),
    /// A trait.
    Trait(u32),
}

/// A declaration, as an index into `Analysis::decls`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeclId(pub u32);

/// What a declaration declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclKind {
    /// `let`.
    Let(LetRef),
    /// `fn`.
    Fn(FnRef),
    /// `type`.
    Type(u32),
    /// `trait`.
    Trait(u32),
    /// `kind`.
    Kind(KindRef),
    /// `schema`.
    Schema,
    /// `settings` of a library.
    Settings(u32),
    /// An instance of a kind.
    Instance(InstanceRef),
    /// `env`, an index into `Analysis::envs`.
    Env(u32),
    /// `layer`.
    Layer(LayerRef),
    /// `check`.
    Check,
    /// `test`.
    Test,
}

/// A declaration.
#[derive(Clone, Debug)]
pub struct Decl {
    /// What it declares.
    pub kind: DeclKind,
    /// Its name; empty for `schema`, `settings`, `check`, `test`.
    pub name: Arc<str>,
    /// Index into `Analysis::files`.
    pub file: u32,
    /// Its node in the file's tree.
    pub node: u32,
    /// Its module.
    pub module: Module,
    /// Place of its name, or of the whole where it has none.
    pub span: Span,
}

/// A named thing with a declaration.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: Arc<str>,
    /// Its declaration.
    pub decl: DeclId,
    /// Place of the name.
    pub span: Span,
    /// Names in scope.
    pub module: Module,
    /// The type it stands for (types) or has (constants), once found.
    pub ty: OnceLock<Ty>,
}

/// A function's signature.
#[derive(Debug, Default)]
pub struct Signature {
    /// Parameters: name, type, whether it has a default.
    pub parameters: Vec<(Arc<str>, Ty, bool)>,
    /// What it gives.
    pub result: Option<Ty>,
}

/// An instance: its declaration, or only its name where its file is not loaded.
#[derive(Debug)]
pub struct InstanceEntry {
    /// Its kind, where that is known.
    pub kind: Option<KindRef>,
    /// Its kind's word.
    pub kind_word: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its declaration; `None` while its file is not loaded.
    pub decl: Option<DeclId>,
    /// Its own params, once asked for.
    pub params: OnceLock<Arc<RecordDef>>,
    /// Its key sets, once asked for.
    pub(crate) keys: OnceLock<Arc<KeySet>>,
}

struct ModuleInfo {
    library: u32,
    path: Arc<str>,
    names: HashMap<Arc<str>, Item>,
    /// Names it wanted to use and that are not there: already reported.
    broken: Vec<Arc<str>>,
}

/// The declarations of a project.
pub struct Analysis {
    /// All files.
    pub files: Vec<SourceFile>,
    /// All declarations, in file order.
    pub decls: Vec<Decl>,
    /// Schema packs.
    pub schemas: Arc<Schemas>,
    /// Facts about schema types.
    pub facts: Arc<Facts>,
    /// Facts that are read when they are asked for.
    pub(crate) facts_later: Vec<PackFacts>,
    /// Kinds, in the order of `KindRef`.
    pub kinds: Vec<KindShape>,
    /// Declarations of the kinds.
    pub kind_decls: Vec<DeclId>,
    /// Types.
    pub types: Vec<Entry>,
    /// Functions.
    pub fns: Vec<Entry>,
    /// Their signatures.
    pub signatures: Vec<Signature>,
    /// Constants.
    pub lets: Vec<Entry>,
    /// Traits.
    pub traits: Vec<Entry>,
    /// Their signatures.
    pub trait_signatures: Vec<Signature>,
    /// Instances.
    pub instances: Vec<InstanceEntry>,
    /// Environments.
    pub envs: Vec<DeclId>,
    /// Layers, in the order of `LayerRef`.
    pub layers: Vec<DeclId>,
    /// Settings, by library.
    pub settings: Vec<Arc<RecordDef>>,
    /// Declarations of the settings.
    pub settings_decls: Vec<Option<DeclId>>,
    /// Names of the libraries; the project's is empty.
    pub libraries: Vec<Arc<str>>,
    kind_names: HashMap<Arc<str>, KindRef>,
    instance_names: HashMap<(KindRef, Arc<str>), InstanceRef>,
    ambient_names: HashMap<Arc<str>, Vec<InstanceRef>>,
    modules: Vec<ModuleInfo>,
    module_names: HashMap<(u32, Arc<str>), Module>,
    prelude: HashMap<Arc<str>, Item>,
    poisoned: Vec<DeclId>,
    /// Files of which something was kept back.
    quiet_files: Vec<bool>,
    /// Declarations of which something was kept back while they were checked.
    quiet: Mutex<Vec<DeclId>>,
    /// A file has a mistake in its form, so that more may be declared than is seen.
    pub(crate) damaged: bool,
}

/// An instance whose file is not loaded: kind word and name.
pub type Known = (Arc<str>, Arc<str>);

impl Analysis {
    /// Collects the declarations of all files. `known` are instances declared in files that are not given.
    pub fn new(files: Vec<SourceFile>, known: &[Known], schemas: Arc<Schemas>) -> (Self, Sink) {
        Self::with_facts(files, known, schemas, Vec::new())
    }

    /// The same, with facts that are read when a type of their pack is first asked about.
    pub fn with_facts(files: Vec<SourceFile>, known: &[Known], schemas: Arc<Schemas>, facts_later: Vec<PackFacts>) -> (Self, Sink) {
        let library_count = files.iter().map(|it| it.library).max().unwrap_or(0).max(1) as usize + 1;
        let empty = Arc::new(RecordDef { name: Some("settings".into()), fields: Vec::new(), unions: Vec::new() });
        let mut it = Self {
            files,
            decls: Vec::new(),
            schemas,
            facts: Arc::default(),
            facts_later,
            kinds: Vec::new(),
            kind_decls: Vec::new(),
            types: Vec::new(),
            fns: Vec::new(),
            signatures: Vec::new(),
            lets: Vec::new(),
            traits: Vec::new(),
            trait_signatures: Vec::new(),
            instances: Vec::new(),
            envs: Vec::new(),
            layers: Vec::new(),
            settings: vec![empty; library_count],
            settings_decls: vec![None; library_count],
            libraries: (0..library_count).map(|at| if at == 0 { "".into() } else { "std".into() }).collect(),
            kind_names: HashMap::default(),
            instance_names: HashMap::default(),
            ambient_names: HashMap::default(),
            modules: Vec::new(),
            module_names: HashMap::default(),
            prelude: HashMap::default(),
            poisoned: Vec::new(),
            quiet_files: Vec::new(),
            quiet: Mutex::default(),
            damaged: false,
        };
        it.damaged = it.files.iter().any(|it| it.tree.is_unbalanced() || it.tree.faults().iter().any(|it| !it.alone));
        let mut sink = Sink::new();
        it.collect(&mut sink);
        it.declare_known(known);
        it.resolve_uses(&mut sink);
        crate::signature::resolve(&mut it, &mut sink);
        it.poisoned = crate::cycle::check(&it, &mut sink);
        it.poisoned.sort();
        let sink = it.without_echoes(sink);
        (it, sink)
    }

    /// Findings that do not follow from what the parser has reported.
    fn without_echoes(&mut self, found: Sink) -> Sink {
        if self.files.iter().all(|it| it.tree.faults().is_empty()) {
            return found;
        }
        self.quiet_files = vec![false; self.files.len()];
        let mut sink = Sink::new();
        for diagnostic in found.diagnostics() {
            let span = diagnostic.primary.span;
            let file = self.files.iter().position(|it| it.id == span.file);
            let is_echo = |it: &SourceFile| crate::echo::is_echo(&it.tree, it.id, (span.start, span.end), diagnostic);
            match file.filter(|it| is_echo(&self.files[*it]) || (self.damaged && crate::echo::may_be_lost(diagnostic))) {
                Some(file) => self.quiet_files[file] = true,
                None => sink.push(diagnostic.clone()),
            }
        }
        sink
    }

    fn collect(&mut self, sink: &mut Sink) {
        for file in 0..self.files.len() {
            let source = self.files[file].clone();
            let module = self.module_of(source.library, &source.module);
            for item in ast::File::of(&source.tree).items() {
                self.declare(file as u32, &source, module, item, sink);
            }
        }
    }

    fn module_of(&mut self, library: u32, path: &Arc<str>) -> Module {
        // Two files of one module path cannot be: the path is the file's.
        if let Some(at) = self.module_names.get(&(library, path.clone())) {
            return *at;
        }
        let module = Module(self.modules.len() as u32);
        self.module_names.insert((library, path.clone()), module);
        self.modules.push(ModuleInfo { library, path: path.clone(), names: HashMap::default(), broken: Vec::new() });
        module
    }

    fn declare(&mut self, file: u32, source: &SourceFile, module: Module, item: AstItem<'_>, sink: &mut Sink) {
        let span_of = |range: (u32, u32)| Span::new(source.id, range.0, range.1);
        let name: Arc<str> = item.name().and_then(|it| it.text()).map_or_else(|| "".into(), |it| Arc::from(&*it));
        let span = item.name().map_or_else(|| span_of(item.range()), |it| span_of(it.range()));
        let id = DeclId(self.decls.len() as u32);
        let entry = || Entry { name: name.clone(), decl: id, span, module, ty: OnceLock::new() };
        let kind = match item {
            AstItem::Use(_) => return,
            AstItem::Let(_) => {
                self.lets.push(entry());
                DeclKind::Let(LetRef(self.lets.len() as u32 - 1))
            }
            AstItem::Fn(_) => {
                self.fns.push(entry());
                DeclKind::Fn(FnRef(self.fns.len() as u32 - 1))
            }
            AstItem::TypeDecl(_) => {
                self.types.push(entry());
                DeclKind::Type(self.types.len() as u32 - 1)
            }
            AstItem::Trait(_) => {
                self.traits.push(entry());
                DeclKind::Trait(self.traits.len() as u32 - 1)
            }
            AstItem::Kind(kind) => {
                self.kinds.push(KindShape {
                    name: name.clone(),
                    is_static: kind.is_static(),
                    ambient: kind.is_ambient(),
                    fields: Arc::new(RecordDef { name: None, fields: Vec::new(), unions: Vec::new() }),
                    handles: Vec::new(),
                });
                self.kind_decls.push(id);
                DeclKind::Kind(KindRef(self.kinds.len() as u32 - 1))
            }
            AstItem::Schema(_) => DeclKind::Schema,
            AstItem::Settings(_) => {
                if let Some(other) = self.settings_decls[source.library as usize] {
                    sink.push(diagnostics::duplicate_settings(span, self.decls[other.0 as usize].span));
                } else {
                    self.settings_decls[source.library as usize] = Some(id);
                }
                DeclKind::Settings(source.library)
            }
            AstItem::Check(_) => DeclKind::Check,
            AstItem::Test(_) => DeclKind::Test,
            AstItem::Decl(decl) => self.declare_instance(decl, id, &name),
        };
        self.decls.push(Decl { kind, name: name.clone(), file, node: item.node().index(), module, span });
        self.name(kind, &name, module, span, source.library, sink);
    }

    fn declare_instance(&mut self, decl: ast::Decl<'_>, id: DeclId, name: &Arc<str>) -> DeclKind {
        let word: Arc<str> = decl.kind().and_then(|it| it.text()).map_or_else(|| "".into(), |it| Arc::from(&*it));
        match &*word {
            "env" => {
                self.envs.push(id);
                DeclKind::Env(self.envs.len() as u32 - 1)
            }
            "layer" => {
                self.layers.push(id);
                DeclKind::Layer(LayerRef(self.layers.len() as u32 - 1))
            }
            _ => {
                self.instances.push(InstanceEntry {
                    kind: None,
                    kind_word: word,
                    name: name.clone(),
                    decl: Some(id),
                    params: OnceLock::new(),
                    keys: OnceLock::new(),
                });
                DeclKind::Instance(InstanceRef(self.instances.len() as u32 - 1))
            }
        }
    }

    fn name(&mut self, kind: DeclKind, name: &Arc<str>, module: Module, span: Span, library: u32, sink: &mut Sink) {
        if name.is_empty() {
            return;
        }
        let (item, what) = match kind {
            DeclKind::Let(it) => (Item::Let(it), "let"),
            DeclKind::Fn(it) => (Item::Fn(it), "fn"),
            DeclKind::Type(it) => (Item::Type(it), "type"),
            DeclKind::Trait(it) => (Item::Trait(it), "trait"),
            DeclKind::Kind(it) => {
                if let Some(other) = self.kind_names.get(name) {
                    let twin = &self.decls[self.kind_decls[other.0 as usize].0 as usize];
                    if library > 0 && self.files[twin.file as usize].library == 0 {
                        // The library keeps its kind, whatever a project calls its own.
                        sink.push(diagnostics::declared_in_library("kind", name, twin.span, span));
                        self.kind_names.insert(name.clone(), it);
                    } else {
                        sink.push(diagnostics::duplicate_declaration("kind", name, span, twin.span));
                    }
                } else {
                    self.kind_names.insert(name.clone(), it);
                }
                return;
            }
            DeclKind::Env(_) | DeclKind::Layer(_) => {
                let (word, all) = if matches!(kind, DeclKind::Env(_)) { ("env", &self.envs) } else { ("layer", &self.layers) };
                let twin = all.iter().map(|it| &self.decls[it.0 as usize]).find(|it| it.name == *name && it.span != span);
                if let Some(other) = twin {
                    sink.push(diagnostics::duplicate_declaration(word, name, span, other.span));
                }
                return;
            }
            DeclKind::Schema | DeclKind::Settings(_) | DeclKind::Instance(_) | DeclKind::Check | DeclKind::Test => return,
        };
        let names = &mut self.modules[module.0 as usize].names;
        if let Some(other) = names.get(name).copied() {
            let other = self.item_span(other);
            sink.push(diagnostics::duplicate_declaration(what, name, span, other));
            return;
        }
        names.insert(name.clone(), item);
        if library > 0 {
            self.prelude.insert(name.clone(), item);
        }
    }

    fn declare_known(&mut self, known: &[Known]) {
        for (kind_word, name) in known {
            self.instances.push(InstanceEntry {
                kind: None,
                kind_word: kind_word.clone(),
                name: name.clone(),
                decl: None,
                params: OnceLock::new(),
                keys: OnceLock::new(),
            });
        }
    }

    /// Finds the kinds of instances and reports names declared twice.
    pub(crate) fn index_instances(&mut self, sink: &mut Sink) {
        for at in 0..self.instances.len() {
            let word = self.instances[at].kind_word.clone();
            let Some(kind) = self.kind_names.get(&word).copied() else {
                self.report_unknown_kind(at, sink);
                continue;
            };
            self.instances[at].kind = Some(kind);
            let name = self.instances[at].name.clone();
            if name.is_empty() {
                continue;
            }
            let this = InstanceRef(at as u32);
            if let Some(other) = self.instance_names.get(&(kind, name.clone())).copied() {
                if let (Some(span), Some(other)) = (self.instance_span(this), self.instance_span(other)) {
                    sink.push(diagnostics::duplicate_declaration(&word, &name, span, other));
                }
                continue;
            }
            self.instance_names.insert((kind, name.clone()), this);
            if self.kinds[kind.0 as usize].ambient {
                self.ambient_names.entry(name).or_default().push(this);
            }
        }
    }

    fn report_unknown_kind(&self, at: usize, sink: &mut Sink) {
        let Some(decl) = self.instances[at].decl else { return };
        let decl = &self.decls[decl.0 as usize];
        let span =
            self.node(decl).and_then(ast::Decl::cast).and_then(ast::Decl::kind).map_or(decl.span, |it| Span::new(decl.span.file, it.range().0, it.range().1));
        let mut names: Vec<&str> = self.kind_names.keys().map(|it| &**it).collect();
        names.extend(["env", "layer"]);
        sink.push(diagnostics::unknown_instance_kind(span, &self.instances[at].kind_word, &names));
    }

    fn resolve_uses(&mut self, sink: &mut Sink) {
        for file in 0..self.files.len() {
            let source = self.files[file].clone();
            let module = self.module_of(source.library, &source.module);
            for item in ast::File::of(&source.tree).items() {
                if let AstItem::Use(used) = item {
                    self.resolve_use(&source, module, used, sink);
                }
            }
        }
    }

    fn resolve_use(&mut self, source: &SourceFile, module: Module, used: ast::Use<'_>, sink: &mut Sink) {
        let words: Vec<String> = used.module().filter_map(|it| Some(it.text()?.into_owned())).collect();
        let (library, path) = match words.split_first() {
            Some((first, rest)) if source.library == 0 && self.libraries.iter().skip(1).any(|it| **it == **first) => (1, rest.join(".")),
            _ => (source.library, words.join(".")),
        };
        let span_of = |node: Node<'_>| Span::new(source.id, node.range().0, node.range().1);
        let Some(from) = self.modules.iter().position(|it| it.library == library && *it.path == *path) else {
            let names: Vec<&str> = self.modules.iter().filter(|it| it.library == source.library).map(|it| &*it.path).collect();
            let node = used.module_node().unwrap_or_else(|| used.node());
            sink.push(diagnostics::unknown_module(span_of(node), &words.join("."), &names));
            let wanted = used.names().filter_map(|it| Some(Arc::from(&*it.text()?)));
            self.modules[module.0 as usize].broken.extend(wanted);
            return;
        };
        for name in used.names() {
            let Some(text) = name.text() else { continue };
            let Some(item) = self.modules[from].names.get(&*text).copied() else {
                let names: Vec<&str> = self.modules[from].names.keys().map(|it| &**it).collect();
                sink.push(diagnostics::unknown_import(span_of(name.node()), &words.join("."), &text, &names));
                self.modules[module.0 as usize].broken.push(Arc::from(&*text));
                continue;
            };
            let names = &mut self.modules[module.0 as usize].names;
            if names.get(&*text).is_some_and(|other| *other != item) {
                sink.push(diagnostics::shadowed_name(span_of(name.node()), &text));
                continue;
            }
            names.insert(Arc::from(&*text), item);
        }
    }

    /// The types in their surroundings.
    pub fn types(&self) -> Types<'_> {
        Types { schemas: &self.schemas, facts: &self.facts, kinds: &self.kinds }
    }

    /// What a name means in a module: its own and used names first, then the library's.
    pub fn item(&self, module: &Module, name: &str) -> Option<Item> {
        self.modules[module.0 as usize].names.get(name).or_else(|| self.prelude.get(name)).copied()
    }

    /// Whether the name was to be used from another module that has no such name.
    pub fn is_broken_import(&self, module: &Module, name: &str) -> bool {
        let broken = &self.modules[module.0 as usize].broken;
        broken.iter().any(|it| **it == *name) || diag::nearest(name, broken.iter().map(|it| &**it)).is_some()
    }

    /// The only module of a library that declares something of that name which is `wanted`.
    pub fn declaring_module(&self, library: u32, name: &str, wanted: fn(Item) -> bool) -> Option<&str> {
        let declares = |(at, it): &(usize, &ModuleInfo)| {
            it.library == library && it.names.get(name).is_some_and(|item| wanted(*item) && self.home(*item).0 as usize == *at)
        };
        let mut hits = self.modules.iter().enumerate().filter(declares);
        match (hits.next(), hits.next()) {
            (Some((_, only)), None) => Some(&only.path),
            _ => None,
        }
    }

    /// The library that a module belongs to; 0 is the project.
    pub fn library_of(&self, module: Module) -> u32 {
        self.modules[module.0 as usize].library
    }

    /// The module that declares an item.
    fn home(&self, item: Item) -> Module {
        let entry = match item {
            Item::Let(it) => &self.lets[it.0 as usize],
            Item::Fn(it) => &self.fns[it.0 as usize],
            Item::Type(it) => &self.types[it as usize],
            Item::Trait(it) => &self.traits[it as usize],
        };
        entry.module
    }

    /// The key sets of an instance's body; none where its file is not loaded.
    pub(crate) fn keys_of(&self, instance: InstanceRef) -> Option<&Arc<KeySet>> {
        let entry = &self.instances[instance.0 as usize];
        let kind = entry.kind?;
        let decl = self.instance_decl(instance)?;
        Some(entry.keys.get_or_init(|| Arc::new(KeySet::of(self.types(), decl.block(), &Ty::Instance(kind, Arc::from([]))))))
    }

    /// All names of constants and functions in scope, for suggestions.
    pub fn value_names(&self, module: &Module) -> Vec<&str> {
        let own = self.modules[module.0 as usize].names.iter();
        own.chain(&self.prelude).filter(|(_, item)| matches!(item, Item::Let(_) | Item::Fn(_))).map(|(name, _)| &**name).collect()
    }

    /// The layer of that name.
    pub fn layer(&self, name: &str) -> Option<LayerRef> {
        self.layers.iter().position(|it| *self.decls[it.0 as usize].name == *name).map(|it| LayerRef(it as u32))
    }

    /// The environment of that name, as an index into `envs`.
    pub fn env(&self, name: &str) -> Option<u32> {
        self.envs.iter().position(|it| *self.decls[it.0 as usize].name == *name).map(|it| it as u32)
    }

    /// The layers below a step of a chain, the nearest first, as their clauses say; one that is unknown or comes again ends it.
    pub fn layers_below<'s>(&'s self, step: ast::Decl<'s>) -> Vec<(LayerRef, ast::Decl<'s>)> {
        let mut found: Vec<(LayerRef, ast::Decl<'s>)> = Vec::new();
        let mut at = step;
        while let Some(name) = layer_name(at) {
            let Some(layer) = self.layer(&name).filter(|it| found.iter().all(|(seen, _)| seen != it)) else { break };
            let Some(decl) = self.node(self.decl(self.layers[layer.0 as usize])).and_then(ast::Decl::cast) else { break };
            found.push((layer, decl));
            at = decl;
        }
        found
    }

    /// Traits that can be named in a module, by name.
    pub fn trait_names(&self, module: &Module) -> Vec<&str> {
        let names = self.modules[module.0 as usize].names.iter().chain(&self.prelude);
        names.filter(|it| matches!(it.1, Item::Trait(_))).map(|it| &**it.0).collect()
    }

    /// All names of types in scope, for suggestions.
    pub fn type_names(&self, module: &Module) -> Vec<String> {
        let own = self.modules[module.0 as usize].names.iter();
        let declared = own.chain(&self.prelude).filter(|(_, item)| matches!(item, Item::Type(_))).map(|(name, _)| name.to_string());
        declared.chain(crate::types::BUILT_IN.iter().map(|it| (*it).to_owned())).chain(self.schema_kind_names()).collect()
    }

    /// The kind of that name.
    pub fn kind_by_name(&self, name: &str) -> Option<KindRef> {
        self.kind_names.get(name).copied()
    }

    /// Names of all kinds.
    pub fn all_kind_names(&self) -> Vec<&str> {
        self.kind_names.keys().map(|it| &**it).collect()
    }

    /// The instance of that kind and name.
    pub fn instance(&self, kind: KindRef, name: &str) -> Option<InstanceRef> {
        self.instance_names.get(&(kind, Arc::from(name))).copied()
    }

    /// Instances of ambient kinds with that name.
    pub fn ambient(&self, name: &str) -> &[InstanceRef] {
        self.ambient_names.get(name).map_or(&[], Vec::as_slice)
    }

    /// Names of all instances of a kind.
    pub fn instances_of(&self, kind: KindRef) -> Vec<&str> {
        self.instances.iter().filter(|it| it.kind == Some(kind)).map(|it| &*it.name).collect()
    }

    /// The node of a declaration.
    pub fn node(&self, decl: &Decl) -> Option<Node<'_>> {
        self.files[decl.file as usize].tree.node(decl.node)
    }

    /// A declaration.
    pub fn decl(&self, id: DeclId) -> &Decl {
        &self.decls[id.0 as usize]
    }

    /// Whether a declaration must not run, or something that was found wrong with it was kept back.
    pub fn is_poisoned(&self, id: DeclId) -> bool {
        let quiet = || self.quiet_files.get(self.decl(id).file as usize).is_some_and(|it| *it);
        self.is_in_cycle(id) || quiet() || self.quiet.lock().is_ok_and(|it| it.contains(&id))
    }

    /// Whether a declaration is part of a cycle and must not run.
    pub(crate) fn is_in_cycle(&self, id: DeclId) -> bool {
        self.poisoned.binary_search(&id).is_ok()
    }

    /// Notes that something found wrong with a declaration is not told.
    pub(crate) fn keep_back(&self, id: DeclId) {
        if let Ok(mut quiet) = self.quiet.lock() {
            quiet.push(id);
        }
    }

    /// Whether an instance is of a static kind.
    pub fn is_static(&self, instance: InstanceRef) -> bool {
        self.instances[instance.0 as usize].kind.is_some_and(|it| self.kinds[it.0 as usize].is_static)
    }

    /// The tree of a declared type.
    pub fn type_decl(&self, index: u32) -> Option<ast::TypeDecl<'_>> {
        self.node(self.decl(self.types[index as usize].decl)).and_then(ast::TypeDecl::cast)
    }

    /// The tree of an instance, where its file is loaded.
    pub fn instance_decl(&self, instance: InstanceRef) -> Option<ast::Decl<'_>> {
        let decl = self.instances[instance.0 as usize].decl?;
        self.node(self.decl(decl)).and_then(ast::Decl::cast)
    }

    /// Place of an instance's name, where its file is loaded.
    pub fn instance_span(&self, instance: InstanceRef) -> Option<Span> {
        self.instances[instance.0 as usize].decl.map(|it| self.decl(it).span)
    }

    fn item_span(&self, item: Item) -> Span {
        match item {
            Item::Let(it) => self.lets[it.0 as usize].span,
            Item::Fn(it) => self.fns[it.0 as usize].span,
            Item::Type(it) => self.types[it as usize].span,
            Item::Trait(it) => self.traits[it as usize].span,
        }
    }

    /// An instance's own params: names and types (defaults come with its body).
    pub fn params_of(&self, instance: InstanceRef) -> Arc<RecordDef> {
        let entry = &self.instances[instance.0 as usize];
        entry.params.get_or_init(|| self.find_params(instance).0).clone()
    }

    /// An instance's own params, with what is wrong in their types.
    pub fn find_params(&self, instance: InstanceRef) -> (Arc<RecordDef>, Vec<Diagnostic>) {
        let mut def = RecordDef { name: Some("params".into()), fields: Vec::new(), unions: Vec::new() };
        let Some(decl) = self.instances[instance.0 as usize].decl.map(|it| self.decl(it)) else { return (Arc::new(def), Vec::new()) };
        let mut resolver = TypeResolver::new(self, decl.span.file, decl.module);
        let Some(node) = self.node(decl).and_then(ast::Decl::cast) else { return (Arc::new(def), Vec::new()) };
        for params in node.entries().filter_map(|it| if let ast::Entry::Params(it) = it { Some(it) } else { None }) {
            for param in params.params() {
                resolver.declare_param(&mut def.fields, param, true, false);
                resolver.fill_field(&def.fields, Some(param), false);
            }
        }
        (Arc::new(def), resolver.sink)
    }
}

/// The name in `over layer.NAME`.
pub fn layer_name(step: ast::Decl<'_>) -> Option<String> {
    match step.over()?.unparen() {
        ast::Expr::Field(field) => match field.base()? {
            ast::Expr::Word(base) if base.text() == "layer" => Some(field.name()?.text()?.into_owned()),
            _ => None,
        },
        _ => None,
    }
}

/// The names in `uses: [env.NAME]`.
pub fn used_names(step: ast::Decl<'_>) -> Vec<String> {
    let named = |elem| match elem {
        ast::Elem::Expr(ast::Expr::Field(field)) => match field.base()? {
            ast::Expr::Word(base) if base.text() == "env" => Some(field.name()?.text()?.into_owned()),
            _ => None,
        },
        _ => None,
    };
    let is_uses = |set: &ast::Set<'_>| set.name().is_none() && set.path().and_then(ast::Path::single).as_deref() == Some("uses");
    let lists = step.entries().filter_map(|it| if let ast::Entry::Set(set) = it { Some(set) } else { None }).filter(is_uses);
    let lists = lists.filter_map(|it| if let Some(ast::Expr::List(list)) = it.expr().map(ast::Expr::unparen) { Some(list) } else { None });
    lists.flat_map(|it| it.elems().filter_map(named).collect::<Vec<_>>()).collect()
}

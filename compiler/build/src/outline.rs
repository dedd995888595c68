//! What must be known of a declaration to tell whether anything it needs has changed: digests and the names it might mean. Taken from its tree
//! alone, so that an unchanged file need not be parsed again to know it.
//!
//! Names are collected generously: a word that turns out to mean nothing costs nothing, one that is missed would be a stale result.
//! Invariant: layout, comments and documentation change no digest here.

use std::sync::Arc;

use store::{Digest, Hasher};
use syntax::ast::{self, AstNode, Item};
use syntax::kind::SyntaxKind;
use syntax::tree::{Node, Tree};

/// What a declaration is, as far as builds care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// `let`, `fn`, `type`, `trait`: found by name.
    Item,
    /// `kind`.
    Kind,
    /// An instance of a kind.
    Instance,
    /// `env`.
    Env,
    /// `layer`.
    Layer,
    /// `settings` of the project.
    Settings,
    /// `schema`: facts about types that everything uses.
    Schema,
    /// `check`: a truth about the objects of environments.
    Check,
    /// `test`: a truth about objects of the environments that it names.
    Test,
    /// Nothing that a build knows by name.
    Other,
}

/// Stands for the kind word of an environment's `extern`; no word is spelt so.
const EXTERN: &str = "extern ";

/// The names a part of a tree might mean, and the files it takes in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Words of expressions and types, of nested instances and of traits; sorted.
    pub words: Vec<Arc<str>>,
    /// `a.b` at the start of a chain: a kind and an instance, perhaps; sorted.
    pub pairs: Vec<(Arc<str>, Arc<str>)>,
    /// Paths of `file()` and `yaml()`; sorted.
    pub inputs: Vec<Arc<str>>,
}

/// One declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// What it is.
    pub sort: Sort,
    /// Word of its kind, for instances.
    pub word: Arc<str>,
    /// Its name; the title of a `check` or `test`.
    pub name: Arc<str>,
    /// All of it.
    pub own: Digest,
    /// What others see of an instance: names of params and of entries.
    pub sig: Digest,
    /// What it might need.
    pub names: Names,
    /// What it is `on`: kind word and name, for instances; the cluster of an environment; what a `check` is `for`.
    pub on: Option<(Arc<str>, Arc<str>)>,
    /// Of a kind: whether it is static, ambient, and has a `lower`.
    pub traits: (bool, bool, bool),
    /// The layer that an environment or layer stands on.
    pub over: Option<Arc<str>>,
    /// Environments that an environment or layer `uses`.
    pub uses: Vec<Arc<str>>,
    /// Whether an `allow` stands in it: what link finds may be silenced by it.
    pub allows: bool,
    /// Entries of an environment or layer, in order: instance (kind word, name) or empty words for everything else.
    pub entries: Vec<EntryOutline>,
}

impl Sort {
    /// Whether it is a step of a chain: an environment or a layer.
    pub fn is_step(self) -> bool {
        matches!(self, Self::Env | Self::Layer)
    }
}

/// One entry of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryOutline {
    /// Kind word of the instance it lists; `EXTERN` for what others make.
    pub word: Arc<str>,
    /// Name of the instance.
    pub name: Arc<str>,
    /// What `as` calls it; empty where it keeps its name.
    pub alias: Arc<str>,
    /// `remove`: it takes the instance of that name out.
    pub removes: bool,
    /// All of it.
    pub own: Digest,
    /// What it might need.
    pub names: Names,
}

/// The declarations of a file, in order, `use` lines left out: what they bring in is found by name.
pub fn outline(tree: &Tree) -> Vec<Outline> {
    ast::File::of(tree).items().filter(|it| !matches!(it, Item::Use(_))).map(|item| declaration(tree, item)).collect()
}

/// What decides, besides its declarations, what a word of a file means: the module it is, and its `use` lines.
pub fn scope(tree: &Tree, module: &str) -> Digest {
    let mut hasher = Hasher::new("file");
    hasher.str(module);
    for item in ast::File::of(tree).items().filter(|it| matches!(it, Item::Use(_))) {
        hasher.digest(&digest(tree, item.node()));
    }
    hasher.finish()
}

/// The kinds a file declares: static, ambient, with `lower`.
pub fn kinds(tree: &Tree) -> Vec<(Arc<str>, (bool, bool, bool))> {
    let kind = |item| match item {
        Item::Kind(kind) => Some((Arc::from(&*kind.name()?.text()?), (kind.is_static(), kind.is_ambient(), kind.lower().is_some()))),
        _ => None,
    };
    ast::File::of(tree).items().filter_map(kind).collect()
}

fn declaration(tree: &Tree, item: Item<'_>) -> Outline {
    let name: Arc<str> = item.name().and_then(|it| it.text()).map_or_else(|| "".into(), |it| Arc::from(&*it));
    let mut found = Outline {
        sort: Sort::Other,
        word: "".into(),
        name,
        own: digest(tree, item.node()),
        sig: Digest::of(b""),
        names: names(item.node()),
        on: None,
        traits: (false, false, false),
        over: None,
        uses: Vec::new(),
        allows: item.node().descendants().any(|it| it.kind() == SyntaxKind::Allow),
        entries: Vec::new(),
    };
    match item {
        Item::Let(_) | Item::Fn(_) | Item::TypeDecl(_) | Item::Trait(_) => found.sort = Sort::Item,
        Item::Kind(kind) => {
            found.sort = Sort::Kind;
            found.traits = (kind.is_static(), kind.is_ambient(), kind.lower().is_some());
        }
        Item::Settings(_) => found.sort = Sort::Settings,
        Item::Schema(_) => found.sort = Sort::Schema,
        Item::Check(check) => {
            found.sort = Sort::Check;
            found.name = title(check.title());
            found.on = check.target().and_then(pair);
        }
        Item::Test(test) => {
            found.sort = Sort::Test;
            found.name = title(test.title());
        }
        Item::Use(_) => {}
        Item::Decl(decl) => {
            found.word = decl.kind().and_then(|it| it.text()).map_or_else(|| "".into(), |it| Arc::from(&*it));
            match &*found.word {
                "env" | "layer" => {
                    found.sort = if &*found.word == "env" { Sort::Env } else { Sort::Layer };
                    found.over = decl.over().and_then(pair).filter(|it| &*it.0 == "layer").map(|it| it.1);
                    found.uses = decl.entries().flat_map(uses).collect();
                    found.on = decl.entries().find_map(cluster);
                    found.entries = decl.entries().map(|it| entry(tree, it)).collect();
                }
                _ => {
                    found.sort = Sort::Instance;
                    found.sig = signature(decl);
                    found.on = decl.on().and_then(pair);
                }
            }
        }
    }
    found
}

fn title(text: Option<ast::StringLit<'_>>) -> Arc<str> {
    text.and_then(ast::StringLit::is_plain).map_or_else(|| "".into(), |it| Arc::from(&*it))
}

/// What `uses: [env.infra]` names.
fn uses(entry: ast::Entry<'_>) -> Vec<Arc<str>> {
    let ast::Entry::Set(set) = entry else { return Vec::new() };
    if set.name().is_some() || set.path().and_then(ast::Path::single).as_deref() != Some("uses") {
        return Vec::new();
    }
    let Some(ast::Expr::List(list)) = set.expr().map(ast::Expr::unparen) else { return Vec::new() };
    let named = |elem| if let ast::Elem::Expr(expr) = elem { pair(expr) } else { None };
    list.elems().filter_map(named).filter(|it| &*it.0 == "env").map(|it| it.1).collect()
}

/// What `cluster: cluster.dev` names.
fn cluster(entry: ast::Entry<'_>) -> Option<(Arc<str>, Arc<str>)> {
    match entry {
        ast::Entry::Set(set) if set.name().is_none() && set.path()?.single()? == "cluster" => pair(set.expr()?),
        _ => None,
    }
}

/// `cluster.dev` as its two words.
fn pair(expr: ast::Expr<'_>) -> Option<(Arc<str>, Arc<str>)> {
    match expr {
        ast::Expr::Field(field) => match field.base()? {
            ast::Expr::Word(base) => Some((base.text().into(), Arc::from(&*field.name()?.text()?))),
            _ => None,
        },
        _ => None,
    }
}

fn entry(tree: &Tree, entry: ast::Entry<'_>) -> EntryOutline {
    let mut found =
        EntryOutline { word: "".into(), name: "".into(), alias: "".into(), removes: false, own: digest(tree, entry.node()), names: names(entry.node()) };
    if let ast::Entry::Remove(remove) = entry
        && let (Some(path), Some(name)) = (remove.path().and_then(ast::Path::single), remove.name().and_then(ast::Name::text))
    {
        found.word = Arc::from(&*path);
        found.name = Arc::from(&*name);
        found.removes = true;
    } else if let ast::Entry::Extern(external) = entry {
        // Link sees it, no unit does.
        found.word = EXTERN.into();
        found.name = external.name().and_then(ast::Name::text).map_or_else(|| "".into(), |it| Arc::from(&*it));
    }
    if let ast::Entry::Set(set) = entry
        && let (Some(path), Some(name)) = (set.path().and_then(ast::Path::single), set.name().and_then(ast::Name::text))
        && path != "settings"
    {
        found.word = Arc::from(&*path);
        found.name = Arc::from(&*name);
        if let Some(ast::Expr::Word(alias)) = set.handle() {
            found.alias = alias.text().into();
        }
    }
    found
}

/// Digest of a node's meaning.
pub fn digest(tree: &Tree, node: Node<'_>) -> Digest {
    let mut hasher = Hasher::new("node");
    let mut buffer = Vec::with_capacity(1024);
    tree.significant(node, |bytes| buffer.extend_from_slice(bytes));
    hasher.bytes(&buffer);
    hasher.finish()
}

/// Names of params with their types, and paths and names of all entries with their depth: a superset of what others can see.
fn signature(decl: ast::Decl<'_>) -> Digest {
    let mut hasher = Hasher::new("signature");
    // The nodes that the current one lies in, by their ends.
    let mut open: Vec<u32> = Vec::new();
    for node in decl.node().descendants() {
        while open.last().is_some_and(|end| *end <= node.index()) {
            open.pop();
        }
        open.push(node.next_index());
        let mut line = |texts: [&str; 2]| {
            hasher.u64(open.len() as u64);
            hasher.variant(node.kind() as u32);
            texts.iter().for_each(|it| hasher.str(it));
        };
        match node.kind() {
            // Keys of list-shaped fields are words in a list.
            SyntaxKind::Params | SyntaxKind::OnClause | SyntaxKind::List => line([node.text(), ""]),
            SyntaxKind::Set => {
                let Some(set) = ast::Set::cast(node) else { continue };
                line([set.path().map_or("", |it| it.node().text()), set.name().map_or("", |it| it.node().text())]);
            }
            // Whoever adds entries by these may have more of them than can be told.
            SyntaxKind::Spread | SyntaxKind::For | SyntaxKind::If | SyntaxKind::Match | SyntaxKind::Block => line(["", ""]),
            _ => {}
        }
    }
    hasher.finish()
}

/// The names below a node.
pub fn names(node: Node<'_>) -> Names {
    let mut found = Names::default();
    for inner in node.descendants() {
        match inner.kind() {
            SyntaxKind::WordExpr => found.words.push(inner.text().into()),
            SyntaxKind::Gvk => found.words.extend(ast::Gvk::cast(inner).into_iter().flat_map(|it| it.words()).map(|it| it.text().into())),
            SyntaxKind::FieldExpr => field(inner, &mut found),
            SyntaxKind::Set => {
                if let Some(set) = ast::Set::cast(inner).filter(|it| it.name().is_some()) {
                    found.words.extend(set.path().and_then(ast::Path::single).map(|it| Arc::from(&*it)));
                }
            }
            SyntaxKind::InClause => found.words.push(inner.text().trim_start_matches("in").trim().into()),
            SyntaxKind::Decl => found.words.extend(ast::Decl::cast(inner).and_then(ast::Decl::kind).and_then(|it| it.text()).map(|it| Arc::from(&*it))),
            SyntaxKind::Call => found.words.extend(inner.first_token().map(|it| it.text().into())),
            SyntaxKind::CallExpr => input(inner, &mut found),
            _ => {}
        }
    }
    found.words.sort();
    found.words.dedup();
    found.pairs.sort();
    found.pairs.dedup();
    found.inputs.sort();
    found.inputs.dedup();
    found
}

fn field(node: Node<'_>, found: &mut Names) {
    let Some(field) = ast::FieldExpr::cast(node) else { return };
    let (Some(ast::Expr::Word(base)), Some(name)) = (field.base(), field.name()) else { return };
    let Some(name) = name.text() else { return };
    if base.text() != "settings" {
        found.pairs.push((base.text().into(), Arc::from(&*name)));
    }
}

fn input(node: Node<'_>, found: &mut Names) {
    let Some(call) = ast::CallExpr::cast(node) else { return };
    let Some(ast::Expr::Word(word)) = call.callee() else { return };
    if !matches!(word.text(), "file" | "yaml") {
        return;
    }
    for arg in call.args() {
        if let Some(ast::Expr::String(text)) = arg.expr().map(ast::Expr::unparen) {
            found.inputs.extend(text.is_plain().map(|it| Arc::from(&*it)));
        }
    }
}

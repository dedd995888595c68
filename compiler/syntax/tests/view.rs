//! The typed view gives each part by its name, also of broken files.

use std::sync::Arc;

use diag::FileId;
use syntax::{
    ast::{self, Entry, Expr, Item, Op, Part, Quantified, Segment},
    parse,
    tree::Tree,
};

fn tree(text: &str) -> Tree {
    parse(FileId(0), Arc::from(text)).tree
}

/// The entries of the first item, which is a declaration.
fn entries(tree: &Tree) -> Vec<Entry<'_>> {
    let Some(Item::Decl(decl)) = ast::File::of(tree).items().next() else { panic!("a declaration") };
    decl.entries().collect()
}

fn text(node: Option<syntax::tree::Node<'_>>) -> &str {
    node.map_or("", |it| it.text())
}

#[test]
fn declarations() {
    let tree = tree("/// First line.\n/// Second.\nenv prod over layer.base { a: 1 }\npool \"a b\" on cluster.dev\napp x");
    let decls: Vec<_> = ast::File::of(&tree).items().filter_map(|it| if let Item::Decl(decl) = it { Some(decl) } else { None }).collect();
    assert_eq!(decls[0].docs(), ["First line.", "Second."]);
    assert_eq!(decls[0].kind().and_then(ast::Name::word), Some("env"));
    assert_eq!(decls[0].name().and_then(ast::Name::word), Some("prod"));
    assert_eq!(text(decls[0].over().map(Expr::node)), "layer.base");
    assert!(decls[0].on().is_none());
    assert_eq!(decls[1].name().and_then(ast::Name::text).as_deref(), Some("a b"));
    assert_eq!(text(decls[1].on().map(Expr::node)), "cluster.dev");
    assert!(decls[2].block().is_none() && decls[2].docs().is_empty());
}

#[test]
fn writes() {
    let tree = tree(
        "app x {\n  final a.\"b\\(c)\"[d] e: { f: 1 } // g\n  h i as j.k { l: 1 }\n  m := 1\n  n += [1]\n  whoami o\n  /// P.\n  add q r before s { t: 1 }\n  remove u.v w\n}",
    );
    let entries = entries(&tree);
    let sets: Vec<_> = entries.iter().filter_map(|it| if let Entry::Set(set) = it { Some(*set) } else { None }).collect();
    assert!(sets[0].is_final() && sets[0].block().is_none());
    assert!(matches!(sets[0].expr(), Some(Expr::Block(_))));
    let segments: Vec<_> = sets[0].path().expect("a path").segments().collect();
    assert!(matches!(segments[..], [Segment::Word(_), Segment::String(_), Segment::Index(_)]));
    assert_eq!(sets.iter().map(|it| it.op()).collect::<Vec<_>>(), [Op::Set, Op::Block, Op::Replace, Op::Append, Op::Nothing]);
    assert_eq!(text(sets[1].handle().map(Expr::node)), "j.k");
    assert_eq!(text(sets[1].name().map(ast::Name::node)), "i");
    let Entry::Add(add) = entries[5] else { panic!("an add") };
    assert_eq!(add.docs(), ["P."]);
    assert_eq!(add.position().and_then(|it| it.word()), Some("before"));
    assert_eq!(text(add.position().and_then(|it| it.name()).map(ast::Name::node)), "s");
    assert_eq!(add.op(), Op::Block);
    let Entry::Remove(remove) = entries[6] else { panic!("a remove") };
    assert_eq!((text(remove.path().map(ast::Path::node)), text(remove.name().map(ast::Name::node))), ("u.v", "w"));
}

#[test]
fn objects_and_flow() {
    let tree = tree(
        "app x {\n  object untyped apps/v1.Foo a in b as c.d { e: 1 }\n  each s in A | B where s.c expect 1..2 { f: 1 }\n  for k, v in g if h { i: 1 }\n  if let j = k { l: 1 } else if m { n: 1 } else { o: 1 }\n  match p { q r => { s: 1 }, _ => {} }\n}",
    );
    let entries = entries(&tree);
    let Entry::Object(object) = entries[0] else { panic!("an object") };
    assert!(object.is_untyped());
    let gvk = object.gvk().expect("a kind");
    assert_eq!((gvk.group().as_deref(), gvk.rest().as_deref()), (Some("apps"), Some("v1.Foo")));
    assert_eq!(text(object.namespace().map(ast::Name::node)), "b");
    assert_eq!(text(object.handle().map(Expr::node)), "c.d");
    let Entry::Each(each) = entries[1] else { panic!("an each") };
    assert_eq!(each.kinds().map(|it| it.gvks().count()), Some(2));
    assert_eq!(text(each.condition().map(Expr::node)), "s.c");
    assert_eq!(each.expect().map(|it| (text(it.low().map(Expr::node)), text(it.high().map(Expr::node)))), Some(("1", "2")));
    let Entry::For(each) = entries[2] else { panic!("a for") };
    assert_eq!(each.binders().count(), 2);
    assert_eq!((text(each.iterable().map(Expr::node)), text(each.condition().map(Expr::node))), ("g", "h"));
    assert_eq!(text(each.block().map(ast::Block::node)), "{ i: 1 }");
    let Entry::If(first) = entries[3] else { panic!("an if") };
    assert_eq!(text(first.cond().and_then(|it| it.binder()).map(ast::Name::node)), "j");
    assert_eq!(text(first.block().map(ast::Block::node)), "{ l: 1 }");
    let Some(ast::Else::If(second)) = first.else_branch() else { panic!("an else if") };
    assert_eq!(text(second.block().map(ast::Block::node)), "{ n: 1 }");
    assert!(matches!(second.else_branch(), Some(ast::Else::Block(it)) if it.node().text() == "{ o: 1 }"));
    let Entry::Match(it) = entries[4] else { panic!("a match") };
    let patterns: Vec<_> = it.arms().filter_map(|it| it.pattern()).collect();
    assert_eq!(text(patterns[0].binder().map(ast::Name::node)), "r");
    assert!(patterns[1].is_wildcard());
}

#[test]
fn expressions() {
    let tree = tree("let x: Int = if a then b else all c in d where e => f + g[h](1, i: 2)?.j\nfn f(a: Int = 1, b: A | B?) -> C = [...a, for d in e => f]");
    let items: Vec<_> = ast::File::of(&tree).items().collect();
    let Item::Let(binding) = items[0] else { panic!("a let") };
    let Some(Expr::If(it)) = binding.expr() else { panic!("an if") };
    assert_eq!(text(it.then_expr().map(Expr::node)), "b");
    let Some(Expr::All(all)) = it.else_expr() else { panic!("an all") };
    assert_eq!((text(all.iterable().map(Expr::node)), text(all.condition().map(Expr::node))), ("d", "e"));
    let Some(Expr::Binary(sum)) = all.body() else { panic!("a sum") };
    assert_eq!(sum.op().map(|it| it.text()), Some("+"));
    let Some(Expr::Field(field)) = sum.rhs() else { panic!("a field") };
    assert!(field.is_optional());
    let Some(Expr::Call(call)) = field.base() else { panic!("a call") };
    assert_eq!(call.args().map(|it| text(it.name().map(ast::Name::node))).collect::<Vec<_>>(), ["", "i"]);
    let Item::Fn(function) = items[1] else { panic!("a function") };
    let params: Vec<_> = function.params().collect();
    assert_eq!(text(params[0].default().map(Expr::node)), "1");
    assert_eq!(params[1].ty().map(|it| (it.atoms().count(), it.is_optional())), Some((2, true)));
    assert_eq!(text(function.result().map(ast::Type::node)), "C");
    let Some(Expr::List(list)) = function.expr() else { panic!("a list") };
    assert!(matches!(list.elems().collect::<Vec<_>>()[..], [ast::Elem::Spread(_), ast::Elem::For(_)]));
}

#[test]
fn string_parts() {
    let source = "let x: Text = \"a\\n\\(b)c\\(d)\"\nlet y: Text = \"\"\"\n  one\n    \\(b)\n  \"\"\"\nlet z: String = \"\\u{41}\"";
    let tree = tree(source);
    let strings: Vec<_> = ast::File::of(&tree)
        .items()
        .filter_map(|it| if let Item::Let(it) = it { it.expr() } else { None })
        .filter_map(|it| if let Expr::String(it) = it { Some(it) } else { None })
        .collect();
    let shown = |it: &ast::StringLit<'_>| -> Vec<String> {
        it.parts()
            .into_iter()
            .map(|it| match it {
                Part::Text { text, range } => format!("{text:?} of {:?}", &source[range.0 as usize..range.1 as usize]),
                Part::Hole(hole) => format!("hole {}", text(hole.expr().map(Expr::node))),
            })
            .collect()
    };
    assert_eq!(shown(&strings[0]), ["\"a\\n\" of \"a\\\\n\"", "hole b", "\"c\" of \"c\"", "hole d"]);
    assert_eq!(shown(&strings[1]), ["\"one\\n  \" of \"\\n  one\\n    \"", "hole b", "\"\\n\" of \"\\n  \""]);
    assert_eq!(strings[2].is_plain().as_deref(), Some("A"));
    assert!(strings[0].is_plain().is_none());
}

#[test]
fn facts_and_types() {
    let tree = tree(
        "schema x/v1.Y {\n  keys a[*].b by c, d alias e\n  provides Secret at f in g when h\n  one of i { j, k }\n}\nkind l static { param m: Int(1..) = 2, one of { n: {} }, lower(o) { p: 1 } }\ntrait q(r: Int) on s: A | B { t: 1 }\nuse u.v.{w, x}",
    );
    let items: Vec<_> = ast::File::of(&tree).items().collect();
    let Item::Schema(schema) = items[0] else { panic!("a schema") };
    let facts: Vec<_> = schema.facts().collect();
    let ast::Fact::Keys(keys) = facts[0] else { panic!("keys") };
    assert_eq!((keys.path().map(|it| it.segments().count()), keys.keys().count()), (Some(3), 2));
    assert_eq!(text(keys.alias().map(ast::Name::node)), "e");
    let ast::Fact::Provides(provides) = facts[1] else { panic!("provides") };
    assert_eq!((text(provides.path().map(|it| it.node())), text(provides.namespace().map(|it| it.node()))), ("f", "g"));
    assert_eq!(text(provides.when().map(Expr::node)), "h");
    let Item::Kind(kind) = items[1] else { panic!("a kind") };
    assert!(kind.is_static() && !kind.is_ambient());
    let ast::KindItem::Field(field) = kind.items().next().expect("a field") else { panic!("a field") };
    assert!(field.is_param());
    assert_eq!(text(field.default().map(Expr::node)), "2");
    assert_eq!(text(kind.lower().and_then(|it| it.binder()).map(ast::Name::node)), "o");
    let Item::Trait(it) = items[2] else { panic!("a trait") };
    assert_eq!((text(it.binder().map(ast::Name::node)), it.kinds().map(|it| it.gvks().count())), ("s", Some(2)));
    let Item::Use(it) = items[3] else { panic!("a use") };
    assert_eq!((it.module().count(), it.names().count()), (2, 2));
}

/// A name that is not there is not taken from elsewhere.
#[test]
fn broken_parts_are_absent() {
    let tree = tree("app {\n  a: \n  b: 1\n  add\n  object\n  for in {}\n}");
    let Some(Item::Decl(decl)) = ast::File::of(&tree).items().next() else { panic!("a declaration") };
    assert!(decl.name().is_none());
    let entries: Vec<_> = decl.entries().collect();
    assert!(entries.iter().any(|it| matches!(it, Entry::Set(set) if set.expr().is_none() && set.op() == Op::Set)));
}

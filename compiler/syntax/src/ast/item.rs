//! What stands at the top of a file.

use super::{Block, Call, Entry, Expr, GPath, Gvk, Kinds, Name, StringLit, Type, after_keyword, after_token, ast_enum, ast_nodes, child, children, docs};
use crate::{
    kind::SyntaxKind,
    tree::{Node, Token},
};

ast_nodes! {
    /// `file`.
    File: File;
    /// `use clusters.{nas}`
    Use: Use;
    /// `let x: T = e`, as an item and as an entry.
    Let: Let;
    /// `fn f(a: T) -> T = e`
    Fn: Fn;
    /// `type T = ..` or `type T { .. }`
    TypeDecl: TypeDecl;
    /// `kind k static { .. }`
    KindDecl: Kind;
    /// `trait t(a: T) on w: Kinds { .. }`
    Trait: Trait;
    /// `schema Gvk { facts }`
    Schema: Schema;
    /// `settings { params }`
    Settings: Settings;
    /// `check "text" for e = e`
    Check: Check;
    /// `test "text" = e`
    Test: Test;
    /// `kind-name name on e { .. }`
    Decl: Decl;
    /// `name: T = e`
    Param: Param;
    /// `{ fields }`
    Fields: Fields;
    /// A field with its `param` or `final`.
    Field: Field;
    /// `one of { fields }` among fields.
    OneOfField: OneOfField;
    /// `lower(a) { .. }`
    Lower: Lower;
    /// `ref path -> Kind in path`
    FactRef: FactRef;
    /// `keys path by a, b alias c`
    FactKeys: FactKeys;
    /// `provides Kind at path in path when e`
    FactProvides: FactProvides;
    /// `immutable path`
    FactImmutable: FactImmutable;
    /// `one of path { a, b }`
    FactOneOf: FactOneOf;
    /// `type path = T`
    FactType: FactType;
}

ast_enum! {
    /// `item`
    Item {
        /// `use`
        Use(Use),
        /// `let`
        Let(Let),
        /// `fn`
        Fn(Fn),
        /// `type`
        TypeDecl(TypeDecl),
        /// `kind`
        Kind(KindDecl),
        /// `trait`
        Trait(Trait),
        /// `schema`
        Schema(Schema),
        /// `settings`
        Settings(Settings),
        /// `check`
        Check(Check),
        /// `test`
        Test(Test),
        /// An instance of a kind.
        Decl(Decl),
    }
}

ast_enum! {
    /// What may stand in `fields`.
    FieldItem {
        /// `[param | final] name: T = e`
        Field(Field),
        /// `one of { .. }`
        OneOf(OneOfField),
    }
}

ast_enum! {
    /// What may stand in the braces of a kind.
    KindItem {
        /// `[param | final] name: T = e`
        Field(Field),
        /// `one of { .. }`
        OneOf(OneOfField),
        /// `lower(a) { .. }`
        Lower(Lower),
    }
}

ast_enum! {
    /// `fact`
    Fact {
        /// `ref`
        Ref(FactRef),
        /// `keys`
        Keys(FactKeys),
        /// `provides`
        Provides(FactProvides),
        /// `immutable`
        Immutable(FactImmutable),
        /// `one of`
        OneOf(FactOneOf),
        /// `type`
        Type(FactType),
    }
}

impl<'t> File<'t> {
    /// The view of a tree's root.
    pub fn of(tree: &'t crate::tree::Tree) -> Self {
        Self(tree.root())
    }

    /// The items in order.
    pub fn items(self) -> impl Iterator<Item = Item<'t>> {
        children(self.0)
    }
}

impl<'t> Item<'t> {
    /// The lines of its doc comment.
    pub fn docs(self) -> Vec<&'t str> {
        docs(self.node())
    }

    /// The name it declares; none for `use`, `schema`, `settings`, `check`, `test`.
    pub fn name(self) -> Option<Name<'t>> {
        match self {
            Self::Let(it) => it.name(),
            Self::Fn(it) => it.name(),
            Self::TypeDecl(it) => it.name(),
            Self::Kind(it) => it.name(),
            Self::Trait(it) => it.name(),
            Self::Decl(it) => it.name(),
            Self::Use(_) | Self::Schema(_) | Self::Settings(_) | Self::Check(_) | Self::Test(_) => None,
        }
    }
}

impl<'t> Use<'t> {
    /// The words of the module's path.
    pub fn module(self) -> impl Iterator<Item = Name<'t>> {
        self.0.child(SyntaxKind::ModulePath).into_iter().flat_map(children)
    }

    /// The node of the module's path.
    pub fn module_node(self) -> Option<Node<'t>> {
        self.0.child(SyntaxKind::ModulePath)
    }

    /// The names in the braces.
    pub fn names(self) -> impl Iterator<Item = Name<'t>> {
        children(self.0)
    }
}

impl<'t> Let<'t> {
    /// The name it binds.
    pub fn name(self) -> Option<Name<'t>> {
        child(self.0)
    }

    /// The type, if one is written.
    pub fn ty(self) -> Option<Type<'t>> {
        child(self.0)
    }

    /// The value.
    pub fn expr(self) -> Option<Expr<'t>> {
        after_token(self.0, SyntaxKind::Eq)
    }

    /// The lines of its doc comment.
    pub fn docs(self) -> Vec<&'t str> {
        docs(self.0)
    }
}

impl<'t> Fn<'t> {
    /// Its name.
    pub fn name(self) -> Option<Name<'t>> {
        child(self.0)
    }

    /// Its parameters.
    pub fn params(self) -> impl Iterator<Item = Param<'t>> {
        children(self.0)
    }

    /// The result type.
    pub fn result(self) -> Option<Type<'t>> {
        child(self.0)
    }

    /// The body.
    pub fn expr(self) -> Option<Expr<'t>> {
        after_token(self.0, SyntaxKind::Eq)
    }

    /// The lines of its doc comment.
    pub fn docs(self) -> Vec<&'t str> {
        docs(self.0)
    }
}

impl<'t> TypeDecl<'t> {
    /// Its name.
    pub fn name(self) -> Option<Name<'t>> {
        child(self.0)
    }

    /// The type behind `=`.
    pub fn ty(self) -> Option<Type<'t>> {
        child(self.0)
    }

    /// The kind set behind `= kinds`.
    pub fn kinds(self) -> Option<Kinds<'t>> {
        child(self.0)
    }

    /// The fields of a record written without `=`.
    pub fn fields(self) -> Option<Fields<'t>> {
        child(self.0)
    }

    /// The lines of its doc comment.
    pub fn docs(self) -> Vec<&'t str> {
        docs(self.0)
    }
}

impl<'t> Param<'t> {
    /// Its name.
    pub fn name(self) -> Option<Name<'t>> {
        child(self.0)
    }

    /// Its type.
    pub fn ty(self) -> Option<Type<'t>> {
        child(self.0)
    }

    /// Its default.
    pub fn default(self) -> Option<Expr<'t>> {
        after_token(self.0, SyntaxKind::Eq)
    }

    /// The lines of its doc comment.
    pub fn docs(self) -> Vec<&'t str> {
        docs(self.0)
    }
}

impl<'t> Fields<'t> {
    /// The fields and `one of` groups in order.
    pub fn items(self) -> impl Iterator<Item = FieldItem<'t>> {
        children(self.0)
    }
}

impl<'t> Field<'t> {
    /// Whether it is marked `param`.
    pub fn is_param(self) -> bool {
        self.0.keyword("param").is_some()
    }

    /// Whether it is marked `final`.
    pub fn is_final(self) -> bool {
        self.0.keyword("final").is_some()
    }

    /// Name, type and default.
    pub fn param(self) -> Option<Param<'t>> {
        child(self.0)
    }

    /// Its name.
    pub fn name(self) -> Option<Name<'t>> {
        self.param()?.name()
    }

    /// Its type.
    pub fn ty(self) -> Option<Type<'t>> {
        self.param()?.ty()
    }

    /// Its default.
    pub fn default(self) -> Option<Expr<'t>> {
        self.param()?.default()
    }

    /// The lines of its doc comment.
    pub fn docs(self) -> Vec<&'t str> {
        docs(self.0)
    }
}

impl<'t> OneOfField<'t> {
    /// The alternatives.
    pub fn fields(self) -> Option<Fields<'t>> {
        child(self.0)
    }
}

impl<'t> KindDecl<'t> {
    /// Its name.
    pub fn name(self) -> Option<Name<'t>> {
        child(self.0)
    }

    /// Whether it is `ambient`.
    pub fn is_ambient(self) -> bool {
        self.0.keyword("ambient").is_some()
    }

    /// Whether it is `static`.
    pub fn is_static(self) -> bool {
        self.0.keyword("static").is_some()
    }

    /// Fields, groups and `lower`s in order.
    pub fn items(self) -> impl Iterator<Item = KindItem<'t>> {
        children(self.0)
    }

    /// The first `lower`.
    pub fn lower(self) -> Option<Lower<'t>> {
        child(self.0)
    }

    /// The lines of its doc comment.
    pub fn docs(self) -> Vec<&'t str> {
        docs(self.0)
    }
}

impl<'t> Lower<'t> {
    /// The name of the instance in the body.
    pub fn binder(self) -> Option<Name<'t>> {
        child(self.0)
    }

    /// The body.
    pub fn block(self) -> Option<Block<'t>> {
        child(self.0)
    }
}

impl<'t> Trait<'t> {
    /// Its name.
    pub fn name(self) -> Option<Name<'t>> {
        child(self.0)
    }

    /// Its parameters.
    pub fn params(self) -> impl Iterator<Item = Param<'t>> {
        children(self.0)
    }

    /// The name of the object in the body.
    pub fn binder(self) -> Option<Name<'t>> {
        children(self.0).nth(1)
    }

    /// The kinds it may be put on.
    pub fn kinds(self) -> Option<Kinds<'t>> {
        child(self.0)
    }

    /// The body.
    pub fn block(self) -> Option<Block<'t>> {
        child(self.0)
    }

    /// The lines of its doc comment.
    pub fn docs(self) -> Vec<&'t str> {
        docs(self.0)
    }
}

impl<'t> Schema<'t> {
    /// The kind it tells about.
    pub fn gvk(self) -> Option<Gvk<'t>> {
        child(self.0)
    }

    /// The facts in order.
    pub fn facts(self) -> impl Iterator<Item = Fact<'t>> {
        children(self.0)
    }
}

impl<'t> FactRef<'t> {
    /// The path that holds the reference.
    pub fn path(self) -> Option<GPath<'t>> {
        child(self.0)
    }

    /// The kind it points to.
    pub fn target(self) -> Option<Gvk<'t>> {
        child(self.0)
    }

    /// The path that holds the namespace.
    pub fn namespace(self) -> Option<GPath<'t>> {
        after_keyword(self.0, "in")
    }
}

impl<'t> FactKeys<'t> {
    /// The list.
    pub fn path(self) -> Option<GPath<'t>> {
        child(self.0)
    }

    /// The fields that make an element's key.
    pub fn keys(self) -> impl Iterator<Item = Name<'t>> {
        let alias = self.alias().map(|it| it.node());
        children(self.0).filter(move |it: &Name| Some(it.node()) != alias)
    }

    /// The field by which elements may be named too.
    pub fn alias(self) -> Option<Name<'t>> {
        after_keyword(self.0, "alias")
    }
}

impl<'t> FactProvides<'t> {
    /// The kind of the object that comes to be.
    pub fn target(self) -> Option<Gvk<'t>> {
        child(self.0)
    }

    /// The path that holds its name.
    pub fn path(self) -> Option<GPath<'t>> {
        child(self.0)
    }

    /// The path that holds its namespace.
    pub fn namespace(self) -> Option<GPath<'t>> {
        after_keyword(self.0, "in")
    }

    /// The condition.
    pub fn when(self) -> Option<Expr<'t>> {
        child(self.0.child(SyntaxKind::WhereClause)?)
    }
}

impl<'t> FactImmutable<'t> {
    /// The field that cannot change.
    pub fn path(self) -> Option<GPath<'t>> {
        child(self.0)
    }
}

impl<'t> FactOneOf<'t> {
    /// The record.
    pub fn path(self) -> Option<GPath<'t>> {
        child(self.0)
    }

    /// The fields of which one may be set.
    pub fn names(self) -> impl Iterator<Item = Name<'t>> {
        children(self.0)
    }
}

impl<'t> FactType<'t> {
    /// The field.
    pub fn path(self) -> Option<GPath<'t>> {
        child(self.0)
    }

    /// Its type.
    pub fn ty(self) -> Option<Type<'t>> {
        child(self.0)
    }
}

impl<'t> Settings<'t> {
    /// The settings with their types.
    pub fn params(self) -> impl Iterator<Item = Param<'t>> {
        children(self.0)
    }
}

impl<'t> Check<'t> {
    /// What it holds, in words.
    pub fn title(self) -> Option<StringLit<'t>> {
        child(self.0)
    }

    /// What it is checked for.
    pub fn target(self) -> Option<Expr<'t>> {
        child(self.0.child(SyntaxKind::OnClause)?)
    }

    /// The condition.
    pub fn expr(self) -> Option<Expr<'t>> {
        after_token(self.0, SyntaxKind::Eq)
    }
}

impl<'t> Test<'t> {
    /// What it holds, in words.
    pub fn title(self) -> Option<StringLit<'t>> {
        child(self.0)
    }

    /// The condition.
    pub fn expr(self) -> Option<Expr<'t>> {
        after_token(self.0, SyntaxKind::Eq)
    }
}

impl<'t> Decl<'t> {
    /// The word of its kind, such as `app`.
    pub fn kind(self) -> Option<Name<'t>> {
        child(self.0)
    }

    /// Its name.
    pub fn name(self) -> Option<Name<'t>> {
        children(self.0).nth(1)
    }

    /// The `on` or `over` keyword.
    pub fn on_keyword(self) -> Option<Token<'t>> {
        self.0.child(SyntaxKind::OnClause)?.first_token()
    }

    /// What it is `on`.
    pub fn on(self) -> Option<Expr<'t>> {
        self.clause("on")
    }

    /// What it is `over`.
    pub fn over(self) -> Option<Expr<'t>> {
        self.clause("over")
    }

    fn clause(self, word: &str) -> Option<Expr<'t>> {
        child(self.0.child(SyntaxKind::OnClause).filter(|it| it.keyword(word).is_some())?)
    }

    /// Its body.
    pub fn block(self) -> Option<Block<'t>> {
        child(self.0)
    }

    /// The entries of its body.
    pub fn entries(self) -> impl Iterator<Item = Entry<'t>> {
        self.block().into_iter().flat_map(Block::entries)
    }

    /// The lines of its doc comment.
    pub fn docs(self) -> Vec<&'t str> {
        docs(self.0)
    }
}

/// The name and the arguments of `with f(..)`.
impl<'t> Call<'t> {
    /// The trait's name.
    pub fn name(self) -> Option<Name<'t>> {
        child(self.node())
    }
}

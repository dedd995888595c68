//! Expressions and list elements.

use super::{AstNode, Block, Cond, Name, Pattern, Spread, StringLit, after_keyword, after_token, ast_enum, ast_nodes, child, children};
use crate::{
    kind::SyntaxKind,
    tree::{Node, Token},
};

ast_nodes! {
    /// `if c then a else b`
    IfExpr: IfExpr;
    /// `match e { pattern => e }`
    MatchExpr: MatchExpr;
    /// `pattern => e`
    ExprArm: ExprArm;
    /// `all x in e where e => e`
    AllExpr: All;
    /// `any x in e where e => e`
    AnyExpr: Any;
    /// `a op b`
    Binary: Binary;
    /// `!a`, `-a`
    Unary: Unary;
    /// `a.b`, `a?.b`
    FieldExpr: FieldExpr;
    /// `a[b]`
    Index: Index;
    /// `f(..)`
    CallExpr: CallExpr;
    /// `a?`
    Presence: Presence;
    /// A number with its suffix.
    NumberLit: NumberLit;
    /// An IPv4 address.
    IpLit: IpLit;
    /// An IPv4 network.
    CidrLit: CidrLit;
    /// A variable, or a bare key where one is expected.
    WordExpr: WordExpr;
    /// `(e)`
    Paren: Paren;
    /// `[elems]`
    List: List;
    /// `for k, v in e if e => e`
    ForElem: ForElem;
    /// `if c => e`, `if c then e else e`
    IfElem: IfElem;
    /// A trait with its arguments behind `with`.
    Call: Call;
    /// `[name:] e`
    Arg: Arg;
    /// Tokens that fit nowhere.
    ErrorNode: Error;
}

ast_enum! {
    /// `expr`
    Expr {
        /// `a.b`, `a?.b`
        Field(FieldExpr),
        /// A variable or key.
        Word(WordExpr),
        /// A string.
        String(StringLit),
        /// A number.
        Number(NumberLit),
        /// `{ .. }`
        Block(Block),
        /// `[..]`
        List(List),
        /// `f(..)`
        Call(CallExpr),
        /// `a[b]`
        Index(Index),
        /// `a op b`
        Binary(Binary),
        /// `!a`, `-a`
        Unary(Unary),
        /// `a?`
        Presence(Presence),
        /// `(e)`
        Paren(Paren),
        /// An address.
        Ip(IpLit),
        /// A network.
        Cidr(CidrLit),
        /// `if c then a else b`
        If(IfExpr),
        /// `match`
        Match(MatchExpr),
        /// `all`
        All(AllExpr),
        /// `any`
        Any(AnyExpr),
        /// Tokens that fit nowhere.
        Error(ErrorNode),
    }
}

ast_enum! {
    /// `elem`
    Elem {
        /// `...e`
        Spread(Spread),
        /// `for .. => e`
        For(ForElem),
        /// `if .. => e`, `if .. then .. else ..`
        If(IfElem),
        /// One element.
        Expr(Expr),
    }
}

/// The common view of `all` and `any`.
pub trait Quantified<'t>: AstNode<'t> {
    /// The name of the element.
    fn binder(self) -> Option<Name<'t>> {
        child(self.syntax())
    }

    /// What is walked.
    fn iterable(self) -> Option<Expr<'t>> {
        after_keyword(self.syntax(), "in")
    }

    /// The condition behind `where`.
    fn condition(self) -> Option<Expr<'t>> {
        child(self.syntax().child(SyntaxKind::WhereClause)?)
    }

    /// What must hold.
    fn body(self) -> Option<Expr<'t>> {
        after_token(self.syntax(), SyntaxKind::FatArrow)
    }
}

impl<'t> Quantified<'t> for AllExpr<'t> {}
impl<'t> Quantified<'t> for AnyExpr<'t> {}

impl<'t> IfExpr<'t> {
    /// The condition.
    pub fn cond(self) -> Option<Cond<'t>> {
        child(self.0)
    }

    /// The value where it holds.
    pub fn then_expr(self) -> Option<Expr<'t>> {
        after_keyword(self.0, "then")
    }

    /// The value where it does not.
    pub fn else_expr(self) -> Option<Expr<'t>> {
        after_keyword(self.0, "else")
    }
}

impl<'t> MatchExpr<'t> {
    /// What is taken apart.
    pub fn scrutinee(self) -> Option<Expr<'t>> {
        child(self.0)
    }

    /// The arms.
    pub fn arms(self) -> impl Iterator<Item = ExprArm<'t>> {
        children(self.0)
    }
}

impl<'t> ExprArm<'t> {
    /// The left side.
    pub fn pattern(self) -> Option<Pattern<'t>> {
        child(self.0)
    }

    /// The right side.
    pub fn expr(self) -> Option<Expr<'t>> {
        after_token(self.0, SyntaxKind::FatArrow)
    }
}

impl<'t> Binary<'t> {
    /// The left side.
    pub fn lhs(self) -> Option<Expr<'t>> {
        child(self.0)
    }

    /// The operator.
    pub fn op(self) -> Option<Token<'t>> {
        self.0.own_tokens().next()
    }

    /// The right side.
    pub fn rhs(self) -> Option<Expr<'t>> {
        self.0.child_after(self.op()?).and_then(Expr::cast)
    }
}

impl<'t> Unary<'t> {
    /// `!` or `-`.
    pub fn op(self) -> Option<Token<'t>> {
        self.0.own_tokens().next()
    }

    /// The operand.
    pub fn expr(self) -> Option<Expr<'t>> {
        child(self.0)
    }
}

impl<'t> FieldExpr<'t> {
    /// What is read from.
    pub fn base(self) -> Option<Expr<'t>> {
        child(self.0)
    }

    /// Whether it is `?.`.
    pub fn is_optional(self) -> bool {
        self.0.own_token(SyntaxKind::QuestionDot).is_some()
    }

    /// The field.
    pub fn name(self) -> Option<Name<'t>> {
        child(self.0)
    }
}

impl<'t> Index<'t> {
    /// What is read from.
    pub fn base(self) -> Option<Expr<'t>> {
        child(self.0)
    }

    /// The key.
    pub fn index(self) -> Option<Expr<'t>> {
        after_token(self.0, SyntaxKind::LBracket)
    }
}

impl<'t> CallExpr<'t> {
    /// What is called.
    pub fn callee(self) -> Option<Expr<'t>> {
        child(self.0)
    }

    /// The arguments.
    pub fn args(self) -> impl Iterator<Item = Arg<'t>> {
        children(self.0)
    }
}

impl<'t> Arg<'t> {
    /// The parameter's name, if one is written.
    pub fn name(self) -> Option<Name<'t>> {
        child(self.0)
    }

    /// The value.
    pub fn expr(self) -> Option<Expr<'t>> {
        child(self.0)
    }
}

impl<'t> Presence<'t> {
    /// What is tested.
    pub fn expr(self) -> Option<Expr<'t>> {
        child(self.0)
    }
}

impl<'t> NumberLit<'t> {
    /// The literal as written.
    pub fn text(self) -> &'t str {
        self.0.text()
    }
}

impl<'t> IpLit<'t> {
    /// The literal as written.
    pub fn text(self) -> &'t str {
        self.0.text()
    }
}

impl<'t> CidrLit<'t> {
    /// The literal as written.
    pub fn text(self) -> &'t str {
        self.0.text()
    }
}

impl<'t> WordExpr<'t> {
    /// The word.
    pub fn text(self) -> &'t str {
        self.0.text()
    }
}

impl<'t> Paren<'t> {
    /// What stands between the parentheses.
    pub fn expr(self) -> Option<Expr<'t>> {
        child(self.0)
    }
}

impl<'t> List<'t> {
    /// The elements in order.
    pub fn elems(self) -> impl Iterator<Item = Elem<'t>> {
        children(self.0)
    }
}

impl<'t> ForElem<'t> {
    /// The binders: one for the element, or key and element.
    pub fn binders(self) -> impl Iterator<Item = Name<'t>> {
        children(self.0)
    }

    /// What is walked.
    pub fn iterable(self) -> Option<Expr<'t>> {
        after_keyword(self.0, "in")
    }

    /// The condition behind `if`.
    pub fn condition(self) -> Option<Expr<'t>> {
        after_keyword(self.0, "if")
    }

    /// The element made each time.
    pub fn body(self) -> Option<Expr<'t>> {
        after_token(self.0, SyntaxKind::FatArrow)
    }
}

impl<'t> IfElem<'t> {
    /// The condition.
    pub fn cond(self) -> Option<Cond<'t>> {
        child(self.0)
    }

    /// The element of `if c => e`.
    pub fn body(self) -> Option<Expr<'t>> {
        after_token(self.0, SyntaxKind::FatArrow)
    }

    /// The element of `if c then e`.
    pub fn then_expr(self) -> Option<Expr<'t>> {
        after_keyword(self.0, "then")
    }

    /// The element of `else e`.
    pub fn else_expr(self) -> Option<Expr<'t>> {
        after_keyword(self.0, "else")
    }
}

impl<'t> Expr<'t> {
    /// The expression without parentheses around it; itself where they are empty.
    pub fn unparen(self) -> Expr<'t> {
        let mut expr = self;
        while let Expr::Paren(paren) = expr
            && let Some(inner) = paren.expr()
        {
            expr = inner;
        }
        expr
    }

    /// The nodes directly below, whatever they are.
    pub fn parts(self) -> impl Iterator<Item = Node<'t>> {
        self.node().children()
    }
}

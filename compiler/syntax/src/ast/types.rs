//! Types as written.

use super::{Arg, AstNode, Expr, Fields, Gvk, StringLit, ast_enum, ast_nodes, child, children};
use crate::kind::SyntaxKind;

ast_nodes! {
    /// `tatom | tatom ?`
    Type: Type;
    /// `gvk<T, T>(refine)`
    TypeName: TypeName;
    /// `one of { fields }`
    TypeOneOf: TypeOneOf;
    /// `(T)`
    TypeParen: TypeParen;
    /// `(0..)`, `(min: 1)`
    Refine: Refine;
    /// `[low] .. [high]`
    RefineRange: RefineRange;
}

ast_enum! {
    /// `tatom`
    TypeAtom {
        /// A named type with arguments and refinement.
        Name(TypeName),
        /// One value of an enum.
        String(StringLit),
        /// A record.
        Fields(Fields),
        /// A tagged union.
        OneOf(TypeOneOf),
        /// `(T)`
        Paren(TypeParen),
    }
}

impl<'t> Type<'t> {
    /// The members of the union; one for most types.
    pub fn atoms(self) -> impl Iterator<Item = TypeAtom<'t>> {
        children(self.0)
    }

    /// Whether it ends in `?`.
    pub fn is_optional(self) -> bool {
        self.0.own_token(SyntaxKind::Question).is_some()
    }
}

impl<'t> TypeName<'t> {
    /// The name.
    pub fn gvk(self) -> Option<Gvk<'t>> {
        child(self.0)
    }

    /// The types between `<` and `>`.
    pub fn args(self) -> impl Iterator<Item = Type<'t>> {
        children(self.0)
    }

    /// The refinement.
    pub fn refine(self) -> Option<Refine<'t>> {
        child(self.0)
    }
}

impl<'t> TypeOneOf<'t> {
    /// The alternatives.
    pub fn fields(self) -> Option<Fields<'t>> {
        child(self.0)
    }
}

impl<'t> TypeParen<'t> {
    /// The type between the parentheses.
    pub fn ty(self) -> Option<Type<'t>> {
        child(self.0)
    }
}

/// What a refinement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefineArg<'t> {
    /// `low..high`, either end may be open.
    Range(RefineRange<'t>),
    /// `min: 1`, `match: "x"`.
    Arg(Arg<'t>),
}

impl<'t> Refine<'t> {
    /// The range, or the arguments in order.
    pub fn args(self) -> impl Iterator<Item = RefineArg<'t>> {
        self.0.children().filter_map(|node| RefineRange::cast(node).map(RefineArg::Range).or_else(|| Arg::cast(node).map(RefineArg::Arg)))
    }

    /// The range, if it is one.
    pub fn span_range(self) -> Option<RefineRange<'t>> {
        child(self.0)
    }
}

impl<'t> RefineRange<'t> {
    /// The lower end.
    pub fn low(self) -> Option<Expr<'t>> {
        let dots = self.0.own_token(SyntaxKind::DotDot)?;
        child::<Expr>(self.0).filter(|it| it.range().0 < dots.range().0)
    }

    /// The upper end.
    pub fn high(self) -> Option<Expr<'t>> {
        super::after_token(self.0, SyntaxKind::DotDot)
    }
}

//! Entries: what stands in the braces of instances, objects, records and maps.

use super::{Arg, AstNode, Call, Expr, Gvk, Kinds, Let, Name, Param, Path, StringLit, after_keyword, after_token, ast_enum, ast_nodes, child, children, docs};
use crate::{kind::SyntaxKind, tree::Token};

ast_nodes! {
    /// `{ entries }`, also the record and map literal.
    Block: Block;
    /// `params { .. }`
    Params: Params;
    /// `...expr`
    Spread: Spread;
    /// `[final] path [name [as handle]] [: v | := v | += v | block]`
    Set: Set;
    /// `add path name position ..`
    Add: Add;
    /// `first`, `last`, `before N`, `after N`
    Position: Position;
    /// `remove path [name]`
    Remove: Remove;
    /// `with a(), b()`
    With: With;
    /// `object ..`
    Object: Object;
    /// `patch ..`
    Patch: Patch;
    /// `each ..`
    Each: Each;
    /// `extern ..`
    Extern: Extern;
    /// `include "glob" { .. }`
    Include: Include;
    /// `for k, v in e if e { .. }`
    For: For;
    /// `if cond { .. } else { .. }`
    If: If;
    /// `match e { pattern => { .. } }`
    Match: Match;
    /// `allow CODE "reason"`
    Allow: Allow;
    /// `expect any`, `expect 2`, `expect 1..3`
    Expect: Expect;
    /// `[let x =] expr`
    Cond: Cond;
    /// `pattern => { .. }`
    Arm: Arm;
    /// A string, a number, or a word with a binder.
    Pattern: Pattern;
}

ast_enum! {
    /// `entry`
    Entry {
        /// `params { .. }`
        Params(Params),
        /// `...expr`
        Spread(Spread),
        /// A write to a field or key.
        Set(Set),
        /// `add`
        Add(Add),
        /// `remove`
        Remove(Remove),
        /// `with`
        With(With),
        /// `object`
        Object(Object),
        /// `patch`
        Patch(Patch),
        /// `each`
        Each(Each),
        /// `extern`
        Extern(Extern),
        /// `include`
        Include(Include),
        /// `for`
        For(For),
        /// `if`
        If(If),
        /// `match`
        Match(Match),
        /// `let`
        Let(Let),
        /// `allow`
        Allow(Allow),
    }
}

impl<'t> Entry<'t> {
    /// The lines of its doc comment.
    pub fn docs(self) -> Vec<&'t str> {
        docs(self.node())
    }
}

/// How an entry writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `: v`
    Set,
    /// `:= v`
    Replace,
    /// `+= v`
    Append,
    /// `{ .. }`
    Block,
    /// A name alone.
    Nothing,
}

impl<'t> Block<'t> {
    /// The entries in order.
    pub fn entries(self) -> impl Iterator<Item = Entry<'t>> {
        children(self.0)
    }
}

impl<'t> Params<'t> {
    /// The parameters.
    pub fn params(self) -> impl Iterator<Item = Param<'t>> {
        children(self.0)
    }
}

impl<'t> Spread<'t> {
    /// What is spread.
    pub fn expr(self) -> Option<Expr<'t>> {
        child(self.0)
    }
}

/// The operator, value and block of `set` and `add`.
macro_rules! tail_accessors {
    ($name:ident) => {
        impl<'t> $name<'t> {
            /// The path that is written.
            pub fn path(self) -> Option<Path<'t>> {
                child(self.0)
            }

            /// The key behind the path.
            pub fn name(self) -> Option<Name<'t>> {
                child(self.0)
            }

            /// How it writes.
            pub fn op(self) -> Op {
                match self.op_token().map(Token::kind) {
                    Some(SyntaxKind::ColonEq) => Op::Replace,
                    Some(SyntaxKind::PlusEq) => Op::Append,
                    Some(_) => Op::Set,
                    None if self.block().is_some() => Op::Block,
                    None => Op::Nothing,
                }
            }

            /// `:`, `:=` or `+=`.
            pub fn op_token(self) -> Option<Token<'t>> {
                self.0.own_tokens().find(|it| matches!(it.kind(), SyntaxKind::Colon | SyntaxKind::ColonEq | SyntaxKind::PlusEq))
            }

            /// The value behind the operator.
            pub fn expr(self) -> Option<Expr<'t>> {
                self.0.child_after(self.op_token()?).and_then(Expr::cast)
            }

            /// The block of an entry without operator.
            pub fn block(self) -> Option<Block<'t>> {
                if self.op_token().is_some() {
                    return None;
                }
                child(self.0)
            }

            /// The lines of its doc comment.
            pub fn docs(self) -> Vec<&'t str> {
                docs(self.0)
            }
        }
    };
}

tail_accessors!(Set);
tail_accessors!(Add);

impl<'t> Set<'t> {
    /// Whether it is marked `final`.
    pub fn is_final(self) -> bool {
        self.0.keyword("final").is_some()
    }

    /// What stands behind `as`.
    pub fn handle(self) -> Option<Expr<'t>> {
        child(self.0.child(SyntaxKind::AsClause)?)
    }
}

impl<'t> Add<'t> {
    /// Where the element goes.
    pub fn position(self) -> Option<Position<'t>> {
        child(self.0)
    }
}

impl<'t> Position<'t> {
    /// `first`, `last`, `before` or `after`.
    pub fn word(self) -> Option<&'t str> {
        self.0.own_token(SyntaxKind::Keyword).map(Token::text)
    }

    /// The element that `before` and `after` name.
    pub fn name(self) -> Option<Name<'t>> {
        child(self.0)
    }
}

impl<'t> Remove<'t> {
    /// The path.
    pub fn path(self) -> Option<Path<'t>> {
        child(self.0)
    }

    /// The key behind the path.
    pub fn name(self) -> Option<Name<'t>> {
        child(self.0)
    }
}

impl<'t> With<'t> {
    /// The traits with their arguments.
    pub fn calls(self) -> impl Iterator<Item = Call<'t>> {
        children(self.0)
    }
}

impl<'t> Call<'t> {
    /// The arguments.
    pub fn args(self) -> impl Iterator<Item = Arg<'t>> {
        children(self.node())
    }
}

/// Kind, name, namespace and body of entries about an object.
macro_rules! object_accessors {
    ($($name:ident)*) => {$(
        impl<'t> $name<'t> {
            /// The kind.
            pub fn gvk(self) -> Option<Gvk<'t>> {
                child(self.0)
            }

            /// The object's name.
            pub fn name(self) -> Option<Name<'t>> {
                child(self.0)
            }

            /// The name behind `in`.
            pub fn namespace(self) -> Option<Name<'t>> {
                child(self.0.child(SyntaxKind::InClause)?)
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
    )*};
}

object_accessors!(Object Patch Extern);

impl<'t> Object<'t> {
    /// The text of `object yaml TEXT`.
    pub fn yaml(self) -> Option<StringLit<'t>> {
        child(self.0)
    }

    /// Whether it is `untyped`.
    pub fn is_untyped(self) -> bool {
        self.0.keyword("untyped").is_some()
    }

    /// What stands behind `as`.
    pub fn handle(self) -> Option<Expr<'t>> {
        child(self.0.child(SyntaxKind::AsClause)?)
    }
}

impl<'t> Patch<'t> {
    /// How many objects it expects.
    pub fn expect(self) -> Option<Expect<'t>> {
        child(self.0)
    }
}

impl<'t> Each<'t> {
    /// The name of the object in condition and body.
    pub fn binder(self) -> Option<Name<'t>> {
        child(self.0)
    }

    /// The kinds.
    pub fn kinds(self) -> Option<Kinds<'t>> {
        child(self.0)
    }

    /// The condition behind `where`.
    pub fn condition(self) -> Option<Expr<'t>> {
        child(self.0.child(SyntaxKind::WhereClause)?)
    }

    /// How many objects it expects.
    pub fn expect(self) -> Option<Expect<'t>> {
        child(self.0)
    }

    /// The body.
    pub fn block(self) -> Option<Block<'t>> {
        child(self.0)
    }
}

impl<'t> Expect<'t> {
    /// Whether any number will do, none included.
    pub fn is_any(self) -> bool {
        self.0.keyword("any").is_some()
    }

    /// The number, or the lower end of the range.
    pub fn low(self) -> Option<Expr<'t>> {
        child(self.0)
    }

    /// The upper end of the range.
    pub fn high(self) -> Option<Expr<'t>> {
        after_token(self.0, SyntaxKind::DotDot)
    }
}

impl<'t> Include<'t> {
    /// The glob.
    pub fn glob(self) -> Option<StringLit<'t>> {
        child(self.0)
    }

    /// The patches.
    pub fn block(self) -> Option<Block<'t>> {
        child(self.0)
    }
}

impl<'t> For<'t> {
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

    /// The body: the last child, as no head holds a bare block.
    pub fn block(self) -> Option<Block<'t>> {
        children(self.0).last()
    }
}

/// What stands behind `else`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Else<'t> {
    /// `else if ..`
    If(If<'t>),
    /// `else { .. }`
    Block(Block<'t>),
}

impl<'t> If<'t> {
    /// The condition.
    pub fn cond(self) -> Option<Cond<'t>> {
        child(self.0)
    }

    /// The entries where it holds.
    pub fn block(self) -> Option<Block<'t>> {
        child(self.0).filter(|it: &Block| self.0.keyword("else").is_none_or(|word| it.range().0 < word.range().0))
    }

    /// What stands behind `else`.
    pub fn else_branch(self) -> Option<Else<'t>> {
        after_keyword(self.0, "else").map(Else::Block).or_else(|| after_keyword(self.0, "else").map(Else::If))
    }
}

impl<'t> Cond<'t> {
    /// The name that `let` binds.
    pub fn binder(self) -> Option<Name<'t>> {
        child(self.0)
    }

    /// The condition, or the value that `let` binds.
    pub fn expr(self) -> Option<Expr<'t>> {
        child(self.0)
    }
}

impl<'t> Match<'t> {
    /// What is taken apart.
    pub fn scrutinee(self) -> Option<Expr<'t>> {
        child(self.0)
    }

    /// The arms.
    pub fn arms(self) -> impl Iterator<Item = Arm<'t>> {
        children(self.0)
    }
}

impl<'t> Arm<'t> {
    /// The left side.
    pub fn pattern(self) -> Option<Pattern<'t>> {
        child(self.0)
    }

    /// The right side.
    pub fn block(self) -> Option<Block<'t>> {
        child(self.0)
    }
}

impl<'t> Pattern<'t> {
    /// An enum value.
    pub fn string(self) -> Option<StringLit<'t>> {
        child(self.0)
    }

    /// A number.
    pub fn number(self) -> Option<Token<'t>> {
        self.0.own_token(SyntaxKind::Number)
    }

    /// An alternative, or `_`.
    pub fn word(self) -> Option<Name<'t>> {
        child(self.0)
    }

    /// The name behind the alternative.
    pub fn binder(self) -> Option<Name<'t>> {
        children(self.0).nth(1)
    }

    /// Whether it is `_` without a binder.
    pub fn is_wildcard(self) -> bool {
        self.word().and_then(Name::word) == Some("_") && self.binder().is_none()
    }
}

impl<'t> Allow<'t> {
    /// The lint.
    pub fn code(self) -> Option<Name<'t>> {
        child(self.0)
    }

    /// Why it is silenced.
    pub fn reason(self) -> Option<StringLit<'t>> {
        child(self.0)
    }

    /// Where it is silenced: in what the block around it belongs to, head and all.
    pub fn scope(self) -> (u32, u32) {
        self.0.parent().and_then(|it| it.parent()).unwrap_or(self.0).range()
    }
}

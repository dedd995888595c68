//! The typed view of the tree: a newtype or an enum per production, an accessor per part.
//!
//! Views are copies of a `Node`; nothing is stored. Every accessor gives an `Option` or an iterator, because broken files are normal.
//! Not here: what anything means.
//! Invariant: the names are those of the productions in the grammar.

pub mod entry;
pub mod expr;
pub mod item;
pub mod name;
pub mod text;
pub mod types;

pub use entry::{
    Add, Allow, Arm, Block, Cond, Each, Else, Entry, Expect, Extern, For, If, Include, Match, Object, Op, Params, Patch, Pattern, Position, Remove, Set,
    Spread, With,
};
pub use expr::{Arg, Binary, Call, CallExpr, Elem, Expr, ExprArm, FieldExpr, ForElem, IfElem, IfExpr, Index, List, MatchExpr, Presence, Quantified, Unary};
pub use item::{
    Check, Decl, Fact, FactImmutable, FactKeys, FactOneOf, FactProvides, FactRef, FactType, Field, FieldItem, Fields, File, Fn, Item, KindDecl, KindItem, Let,
    Lower, OneOfField, Param, Schema, Settings, Test, Trait, TypeDecl, Use,
};
pub use name::{GPath, GSegment, Gvk, Kinds, Name, Path, PathIndex, Segment};
pub use text::{Part, StringLit};
pub use types::{Refine, RefineArg, Type, TypeAtom, TypeName};

use crate::{kind::SyntaxKind, tree::Node};

/// A typed view of a node.
pub trait AstNode<'t>: Copy {
    /// The view, if the node is of that kind.
    fn cast(node: Node<'t>) -> Option<Self>;
    /// The node itself.
    fn syntax(self) -> Node<'t>;
}

/// One newtype over `Node` for each kind.
macro_rules! ast_nodes {
    ($($(#[$doc:meta])* $name:ident: $kind:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name<'t>($crate::tree::Node<'t>);

        impl<'t> $crate::ast::AstNode<'t> for $name<'t> {
            fn cast(node: $crate::tree::Node<'t>) -> Option<Self> {
                (node.kind() == $crate::kind::SyntaxKind::$kind).then_some(Self(node))
            }

            fn syntax(self) -> $crate::tree::Node<'t> {
                self.0
            }
        }

        impl<'t> $name<'t> {
            /// The node.
            pub fn node(self) -> $crate::tree::Node<'t> {
                self.0
            }

            /// First byte and one past the last, without trivia around it.
            pub fn range(self) -> (u32, u32) {
                self.0.range()
            }
        }
    )*};
}

/// One enum over views for several kinds.
macro_rules! ast_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident($ty:ident),)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name<'t> {
            $($(#[$vdoc])* $variant($ty<'t>),)*
        }

        impl<'t> $crate::ast::AstNode<'t> for $name<'t> {
            fn cast(node: $crate::tree::Node<'t>) -> Option<Self> {
                None$(.or_else(|| $crate::ast::AstNode::cast(node).map(Self::$variant)))*
            }

            fn syntax(self) -> $crate::tree::Node<'t> {
                match self {
                    $(Self::$variant(it) => it.node(),)*
                }
            }
        }

        impl<'t> $name<'t> {
            /// The node.
            pub fn node(self) -> $crate::tree::Node<'t> {
                $crate::ast::AstNode::syntax(self)
            }

            /// First byte and one past the last, without trivia around it.
            pub fn range(self) -> (u32, u32) {
                self.node().range()
            }
        }
    };
}

pub(crate) use {ast_enum, ast_nodes};

/// The first child of that type.
fn child<'t, T: AstNode<'t>>(node: Node<'t>) -> Option<T> {
    node.children().find_map(T::cast)
}

/// All children of that type.
fn children<'t, T: AstNode<'t>>(node: Node<'t>) -> impl Iterator<Item = T> {
    node.children().filter_map(T::cast)
}

/// The child directly behind an own keyword.
fn after_keyword<'t, T: AstNode<'t>>(node: Node<'t>, word: &str) -> Option<T> {
    node.keyword(word).and_then(|token| node.child_after(token)).and_then(T::cast)
}

/// The child directly behind an own token.
fn after_token<'t, T: AstNode<'t>>(node: Node<'t>, kind: SyntaxKind) -> Option<T> {
    node.own_token(kind).and_then(|token| node.child_after(token)).and_then(T::cast)
}

/// The doc comment above a node, its lines without `///` and one blank; empty if there is none.
///
/// A `///` behind code on the same line documents nothing.
pub fn docs(node: Node<'_>) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut pending = Vec::new();
    let mut token = node.first_token().and_then(|it| it.previous());
    while let Some(it) = token {
        match it.kind() {
            SyntaxKind::DocComment => pending.push(doc_text(it.text())),
            SyntaxKind::Newline => lines.append(&mut pending),
            SyntaxKind::Whitespace | SyntaxKind::Comment => {}
            SyntaxKind::Bom => break,
            _ => {
                pending.clear();
                break;
            }
        }
        token = it.previous();
    }
    lines.append(&mut pending);
    lines.reverse();
    lines
}

fn doc_text(text: &str) -> &str {
    let text = text.strip_prefix("///").unwrap_or(text);
    text.strip_prefix(' ').unwrap_or(text).trim_end()
}

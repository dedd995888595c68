//! String literals: their text and their holes.

use super::{AstNode, Expr, ast_nodes, child};
use crate::{
    kind::SyntaxKind,
    literal::string::{self, Piece, Style},
};
use std::borrow::Cow;

ast_nodes! {
    /// A string with or without holes.
    StringLit: StringLit;
    /// `\(expr)` in a string.
    Hole: Hole;
}

/// A piece of a string.
#[derive(Clone, Debug, PartialEq)]
pub enum Part<'t> {
    /// Text.
    Text {
        /// With escapes replaced and common indent removed.
        text: Cow<'t, str>,
        /// First byte and one past the last of its source.
        range: (u32, u32),
    },
    /// `\(expr)`.
    Hole(Hole<'t>),
}

impl<'t> Hole<'t> {
    /// The expression between the parentheses.
    pub fn expr(self) -> Option<Expr<'t>> {
        child(self.0)
    }
}

impl<'t> StringLit<'t> {
    /// How it is quoted.
    pub fn style(self) -> Style {
        string::style(self.0.text())
    }

    /// Whether nothing but text is in it.
    pub fn has_holes(self) -> bool {
        self.0.child(SyntaxKind::Hole).is_some()
    }

    /// The text, if it has no holes.
    pub fn is_plain(self) -> Option<Cow<'t, str>> {
        if self.has_holes() {
            return None;
        }
        let (style, inner) = string::unquote(self.0.text());
        Some(string::decode(style, inner))
    }

    /// Text pieces and holes in order; empty pieces are left out.
    pub fn parts(self) -> Vec<Part<'t>> {
        let (start, _) = self.0.range();
        let style = self.style();
        let mut texts: Vec<(&'t str, u32)> = Vec::new();
        let mut holes: Vec<Option<Hole<'t>>> = Vec::new();
        if !self.has_holes() {
            let text = self.0.text();
            let (_, inner) = string::unquote(text);
            texts.push((inner, start + string::open_len(text) as u32));
            holes.push(None);
        }
        let mut nodes = self.0.children();
        let mut tokens = self.0.own_tokens().filter(|it| it.kind() == SyntaxKind::StringText).peekable();
        if self.has_holes() {
            loop {
                let node = nodes.next();
                let end = node.map_or(u32::MAX, |it| it.range().0);
                while let Some(token) = tokens.next_if(|it| it.range().0 < end) {
                    texts.push((token.text(), token.range().0));
                    holes.push(None);
                }
                let Some(node) = node else { break };
                texts.push(("", end));
                holes.push(Hole::cast(node));
            }
        }
        assemble(style, &texts, &holes)
    }
}

fn assemble<'t>(style: Style, texts: &[(&'t str, u32)], holes: &[Option<Hole<'t>>]) -> Vec<Part<'t>> {
    let pieces: Vec<Piece<'t>> = texts.iter().zip(holes).map(|((text, _), hole)| if hole.is_some() { Piece::Hole } else { Piece::Text(text) }).collect();
    let mut parts = Vec::with_capacity(pieces.len());
    for (at, text) in string::decode_pieces(style, &pieces).into_iter().enumerate() {
        if let Some(hole) = holes[at] {
            parts.push(Part::Hole(hole));
        } else if !text.is_empty() {
            let (source, start) = texts[at];
            parts.push(Part::Text { text, range: (start, start + source.len() as u32) });
        }
    }
    parts
}

//! Names, paths, kind names: what stands on the left of a value.

use super::{AstNode, Expr, StringLit, ast_nodes, child, children};
use crate::{
    kind::SyntaxKind,
    tree::{Node, Token},
};
use std::borrow::Cow;

ast_nodes! {
    /// `name`: a literal word or string.
    Name: Name;
    /// `path`: `spec.template."a.b"[n]`.
    Path: Path;
    /// `[expr]` in a path.
    PathIndex: PathIndex;
    /// `kinds`: `Deployment | StatefulSet`.
    Kinds: Kinds;
    /// `gvk`: `Deployment`, `apps/v1.Deployment`, `"x/v1.Y"`, `core/v1.PodSpec.containers[]`.
    Gvk: Gvk;
    /// `gpath`: `spec.containers[*].image`.
    GPath: GPath;
}

impl<'t> Name<'t> {
    /// The word, if it is one.
    pub fn word(self) -> Option<&'t str> {
        self.0.own_token(SyntaxKind::Word).map(Token::text)
    }

    /// The string, if it is one; it may have holes.
    pub fn string(self) -> Option<StringLit<'t>> {
        child(self.0)
    }

    /// The name itself, where it is a word or a string without holes.
    pub fn text(self) -> Option<Cow<'t, str>> {
        self.word().map(Cow::Borrowed).or_else(|| self.string()?.is_plain())
    }
}

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'t> {
    /// A literal word.
    Word(Name<'t>),
    /// A string, perhaps with holes.
    String(StringLit<'t>),
    /// `[expr]`; none where the expression is missing.
    Index(PathIndex<'t>),
}

impl<'t> Segment<'t> {
    /// The node.
    pub fn node(self) -> Node<'t> {
        match self {
            Self::Word(it) => it.node(),
            Self::String(it) => it.node(),
            Self::Index(it) => it.node(),
        }
    }

    /// First byte and one past the last.
    pub fn range(self) -> (u32, u32) {
        self.node().range()
    }

    /// The name, where it is known without evaluating.
    pub fn text(self) -> Option<Cow<'t, str>> {
        match self {
            Self::Word(it) => it.text(),
            Self::String(it) => it.is_plain(),
            Self::Index(_) => None,
        }
    }
}

impl<'t> PathIndex<'t> {
    /// The expression in the brackets.
    pub fn expr(self) -> Option<Expr<'t>> {
        child(self.0)
    }
}

impl<'t> Path<'t> {
    /// The steps in order.
    pub fn segments(self) -> impl Iterator<Item = Segment<'t>> {
        self.0.children().filter_map(|node| {
            if let Some(name) = Name::cast(node) {
                return Some(name.string().map_or(Segment::Word(name), Segment::String));
            }
            PathIndex::cast(node).map(Segment::Index)
        })
    }

    /// The only step, if it is one word or plain string.
    pub fn single(self) -> Option<Cow<'t, str>> {
        let mut segments = self.segments();
        let first = segments.next()?;
        if segments.next().is_some() {
            return None;
        }
        first.text()
    }
}

impl<'t> Kinds<'t> {
    /// The members.
    pub fn gvks(self) -> impl Iterator<Item = Gvk<'t>> {
        children(self.0)
    }
}

impl<'t> Gvk<'t> {
    /// The string, if it is written as one.
    pub fn string(self) -> Option<StringLit<'t>> {
        child(self.0)
    }

    /// Its words, dots, `/` and `[]` as written, without blanks; the decoded text of a string.
    pub fn text(self) -> Option<Cow<'t, str>> {
        if let Some(string) = self.string() {
            return string.is_plain();
        }
        let text = self.0.text();
        if text.bytes().any(|it| it.is_ascii_whitespace()) {
            return Some(Cow::Owned(self.0.tokens().filter(|it| !it.kind().is_trivia()).map(Token::text).collect()));
        }
        Some(Cow::Borrowed(text))
    }

    /// The text before `/` (`apps`, `networking.k8s.io`), if there is a `/`.
    pub fn group(self) -> Option<Cow<'t, str>> {
        split_slash(self.text()?).map(|it| it.0)
    }

    /// The text behind `/`, or all of it if there is no `/`.
    pub fn rest(self) -> Option<Cow<'t, str>> {
        let text = self.text()?;
        Some(split_slash(text.clone()).map_or(text, |it| it.1))
    }

    /// The words in order: of `apps/v1.Deployment` these are `apps`, `v1`, `Deployment`.
    pub fn words(self) -> impl Iterator<Item = Token<'t>> {
        self.0.own_tokens().filter(|it| it.kind() == SyntaxKind::Word)
    }
}

fn split_slash(text: Cow<'_, str>) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    match text {
        Cow::Borrowed(text) => text.split_once('/').map(|(a, b)| (Cow::Borrowed(a), Cow::Borrowed(b))),
        Cow::Owned(text) => text.split_once('/').map(|(a, b)| (Cow::Owned(a.to_owned()), Cow::Owned(b.to_owned()))),
    }
}

/// One step of a path in a schema fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GSegment<'t> {
    /// A field.
    Field(&'t str),
    /// `[*]`: every element.
    Items,
}

impl<'t> GPath<'t> {
    /// The steps in order.
    pub fn segments(self) -> impl Iterator<Item = GSegment<'t>> {
        self.0.children().filter_map(|node| match node.kind() {
            SyntaxKind::Name => Name::cast(node)?.word().map(GSegment::Field),
            SyntaxKind::GPathItems => Some(GSegment::Items),
            _ => None,
        })
    }
}

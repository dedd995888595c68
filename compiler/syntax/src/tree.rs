//! The lossless tree: all tokens of a file, trivia included, and the nodes over them in pre-order.
//!
//! A node is an index; handles are two words and free to copy. Nothing here knows the grammar; `ast` gives nodes their types.
//! Invariant: the tokens' texts in order are the source, byte for byte; a node's tokens begin and end with a significant one, and lie within its parent's.

use std::sync::Arc;

use crate::kind::SyntaxKind;

/// One node as stored. Its children follow it directly; `next` is the first index behind its subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeData {
    pub(crate) kind: SyntaxKind,
    /// First token.
    pub(crate) tok0: u32,
    /// One past the last token; equal to `tok0` for a node without tokens.
    pub(crate) tok1: u32,
    pub(crate) next: u32,
    pub(crate) parent: u32,
}

/// A place where the text is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its bytes.
    pub range: (u32, u32),
    /// Only these bytes are wrong: what stands around them is read as it was meant.
    pub alone: bool,
}

/// A parsed file.
#[derive(Debug)]
pub struct Tree {
    source: Arc<str>,
    kinds: Vec<SyntaxKind>,
    /// One more than `kinds`: the last is the source's length.
    starts: Vec<u32>,
    nodes: Vec<NodeData>,
    faults: Vec<Fault>,
    unbalanced: bool,
}

impl Tree {
    pub(crate) fn new(source: Arc<str>, kinds: Vec<SyntaxKind>, starts: Vec<u32>, nodes: Vec<NodeData>) -> Self {
        debug_assert_eq!(kinds.len() + 1, starts.len());
        debug_assert!(!nodes.is_empty());
        Self { source, kinds, starts, nodes, faults: Vec::new(), unbalanced: false }
    }

    /// Notes where the text is wrong, in order, and whether its brackets do not match.
    pub(crate) fn note_faults(&mut self, faults: Vec<Fault>, unbalanced: bool) {
        self.faults = faults;
        self.unbalanced = unbalanced;
    }

    /// What is wrong with the text, in order: what follows from these mistakes need not be told again.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Whether brackets do not match, so that nothing certain can be said of what is inside of what.
    pub fn is_unbalanced(&self) -> bool {
        self.unbalanced
    }

    /// The text it was made from.
    pub fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// The node of the whole file.
    pub fn root(&self) -> Node<'_> {
        Node { tree: self, index: 0 }
    }

    /// The node with that index, if there is one.
    pub fn node(&self, index: u32) -> Option<Node<'_>> {
        ((index as usize) < self.nodes.len()).then_some(Node { tree: self, index })
    }

    /// Number of nodes; indices are below it.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// Number of tokens, trivia included.
    pub fn token_count(&self) -> usize {
        self.kinds.len()
    }

    /// All tokens in order.
    pub fn tokens(&self) -> Tokens<'_> {
        Tokens { tree: self, at: 0, end: self.kinds.len() as u32 }
    }

    /// The token with that index, if there is one.
    pub fn token(&self, index: u32) -> Option<Token<'_>> {
        ((index as usize) < self.kinds.len()).then_some(Token { tree: self, index })
    }

    /// The token that holds the byte at `offset`; the last one for the end of the file.
    pub fn token_at(&self, offset: u32) -> Option<Token<'_>> {
        let behind = self.starts[..self.kinds.len()].partition_point(|start| *start <= offset);
        self.token(behind.checked_sub(1)? as u32)
    }

    /// The smallest node whose range includes `offset`, its end included, as an editor's cursor stands behind a word.
    pub fn node_at(&self, offset: u32) -> Node<'_> {
        let mut node = self.root();
        while let Some(child) = node.children().filter(|it| it.range().0 <= offset && offset <= it.range().1).last() {
            node = child;
        }
        node
    }

    /// Feeds a canonical form of the node: kinds and texts of its nodes and tokens, without trivia and separators.
    ///
    /// Sources that differ only in layout, comments or separators feed equal bytes; sources that differ in meaning never do: every token comes
    /// with its length, every node with its end.
    pub fn significant(&self, node: Node<'_>, mut feed: impl FnMut(&[u8])) {
        let has_crlf = node.text().contains("\r\n");
        let mut open: Vec<u32> = Vec::new();
        let data = self.nodes[node.index as usize];
        let mut next_node = node.index;
        for token in data.tok0..data.tok1 {
            while open.last().is_some_and(|it| self.nodes[*it as usize].tok1 <= token) {
                open.pop();
                feed(&[END_OF_NODE]);
            }
            while next_node < data.next && self.nodes[next_node as usize].tok0 <= token {
                let inner = self.nodes[next_node as usize];
                // A node without tokens exists in broken files only.
                if inner.tok0 < inner.tok1 {
                    feed(&[inner.kind as u8]);
                    open.push(next_node);
                }
                next_node += 1;
            }
            self.significant_token(token, has_crlf, &mut feed);
        }
        for _ in open {
            feed(&[END_OF_NODE]);
        }
    }

    fn significant_token(&self, index: u32, has_crlf: bool, feed: &mut impl FnMut(&[u8])) {
        let token = Token { tree: self, index };
        let kind = token.kind();
        if kind.is_trivia() || kind == SyntaxKind::Comma {
            return;
        }
        let text = token.text();
        // CRLF reads as LF, inside strings too.
        let newlines = if has_crlf { text.matches("\r\n").count() } else { 0 };
        let [a, b, c, d] = ((text.len() - newlines) as u32).to_le_bytes();
        feed(&[kind as u8, a, b, c, d]);
        if newlines == 0 {
            return feed(text.as_bytes());
        }
        for (at, line) in text.split("\r\n").enumerate() {
            if at > 0 {
                feed(b"\n");
            }
            feed(line.as_bytes());
        }
    }
}

/// No kind has this number.
const END_OF_NODE: u8 = 0xFF;

/// A node of a tree. Equal handles are the same node of the same tree.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    index: u32,
}

impl<'t> Node<'t> {
    fn data(self) -> NodeData {
        self.tree.nodes[self.index as usize]
    }

    /// The tree it belongs to.
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    /// Its identity in the tree: the pre-order number.
    pub fn index(self) -> u32 {
        self.index
    }

    /// One past the index of the last node below it.
    pub fn next_index(self) -> u32 {
        self.data().next
    }

    /// What it is.
    pub fn kind(self) -> SyntaxKind {
        self.data().kind
    }

    /// The node around it; none for the file.
    pub fn parent(self) -> Option<Node<'t>> {
        (self.index > 0).then(|| Node { tree: self.tree, index: self.data().parent })
    }

    /// From the first to the end of the last significant token, in bytes.
    pub fn range(self) -> (u32, u32) {
        let data = self.data();
        let start = self.tree.starts[data.tok0 as usize];
        let end = if data.tok0 == data.tok1 { start } else { self.tree.starts[data.tok1 as usize] };
        (start, end)
    }

    /// The text of its range, inner trivia included.
    pub fn text(self) -> &'t str {
        let (start, end) = self.range();
        &self.tree.source[start as usize..end as usize]
    }

    /// The nodes directly below it, in order.
    pub fn children(self) -> Children<'t> {
        Children { tree: self.tree, at: self.index + 1, end: self.data().next }
    }

    /// It and all nodes below it, in order.
    pub fn descendants(self) -> impl Iterator<Item = Node<'t>> {
        (self.index..self.data().next).map(move |index| Node { tree: self.tree, index })
    }

    /// It and the nodes around it, innermost first.
    pub fn ancestors(self) -> impl Iterator<Item = Node<'t>> {
        std::iter::successors(Some(self), |it| it.parent())
    }

    /// The first child of that kind.
    pub fn child(self, kind: SyntaxKind) -> Option<Node<'t>> {
        self.children().find(|it| it.kind() == kind)
    }

    /// All its tokens, those of the nodes below it and trivia included.
    pub fn tokens(self) -> Tokens<'t> {
        let data = self.data();
        Tokens { tree: self.tree, at: data.tok0, end: data.tok1 }
    }

    /// Its significant tokens that belong to no node below it.
    pub fn own_tokens(self) -> OwnTokens<'t> {
        let data = self.data();
        OwnTokens { tree: self.tree, at: data.tok0, end: data.tok1, child: self.index + 1, child_end: data.next }
    }

    /// The own token of that kind.
    pub fn own_token(self, kind: SyntaxKind) -> Option<Token<'t>> {
        self.own_tokens().find(|it| it.kind() == kind)
    }

    /// The own keyword with that text.
    pub fn keyword(self, text: &str) -> Option<Token<'t>> {
        self.own_tokens().find(|it| it.kind() == SyntaxKind::Keyword && it.text() == text)
    }

    /// The first child that begins behind that token.
    pub fn child_after(self, token: Token<'t>) -> Option<Node<'t>> {
        self.children().find(|it| it.data().tok0 > token.index)
    }

    /// Its first token, if it has any.
    pub fn first_token(self) -> Option<Token<'t>> {
        self.tokens().next()
    }

    /// Its last token, if it has any.
    pub fn last_token(self) -> Option<Token<'t>> {
        let data = self.data();
        (data.tok0 < data.tok1).then(|| Token { tree: self.tree, index: data.tok1 - 1 })
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && std::ptr::eq(self.tree, other.tree)
    }
}

impl Eq for Node<'_> {}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (start, end) = self.range();
        write!(f, "{:?}@{start}..{end}", self.kind())
    }
}

/// A token of a tree.
#[derive(Clone, Copy)]
pub struct Token<'t> {
    tree: &'t Tree,
    index: u32,
}

impl<'t> Token<'t> {
    /// Its number among all tokens.
    pub fn index(self) -> u32 {
        self.index
    }

    /// What it is.
    pub fn kind(self) -> SyntaxKind {
        self.tree.kinds[self.index as usize]
    }

    /// Its bytes.
    pub fn range(self) -> (u32, u32) {
        (self.tree.starts[self.index as usize], self.tree.starts[self.index as usize + 1])
    }

    /// Its text.
    pub fn text(self) -> &'t str {
        let (start, end) = self.range();
        &self.tree.source[start as usize..end as usize]
    }

    /// The token before it, trivia included.
    pub fn previous(self) -> Option<Token<'t>> {
        self.tree.token(self.index.checked_sub(1)?)
    }

    /// The token after it, trivia included.
    pub fn next(self) -> Option<Token<'t>> {
        self.tree.token(self.index + 1)
    }
}

impl std::fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?}", self.kind(), self.text())
    }
}

/// The nodes directly below a node.
#[derive(Clone)]
pub struct Children<'t> {
    tree: &'t Tree,
    at: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        if self.at >= self.end {
            return None;
        }
        let node = Node { tree: self.tree, index: self.at };
        self.at = node.data().next;
        Some(node)
    }
}

/// Tokens in order.
#[derive(Clone)]
pub struct Tokens<'t> {
    tree: &'t Tree,
    at: u32,
    end: u32,
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        if self.at >= self.end {
            return None;
        }
        self.at += 1;
        Some(Token { tree: self.tree, index: self.at - 1 })
    }
}

/// Significant tokens of a node without those of its children.
#[derive(Clone)]
pub struct OwnTokens<'t> {
    tree: &'t Tree,
    at: u32,
    end: u32,
    child: u32,
    child_end: u32,
}

impl<'t> Iterator for OwnTokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        while self.at < self.end {
            if self.child < self.child_end {
                let child = self.tree.nodes[self.child as usize];
                if child.tok0 <= self.at {
                    self.at = self.at.max(child.tok1);
                    self.child = child.next;
                    continue;
                }
            }
            let token = Token { tree: self.tree, index: self.at };
            self.at += 1;
            if !token.kind().is_trivia() {
                return Some(token);
            }
        }
        None
    }
}

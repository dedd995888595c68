//! What a literal gives, as a tree of names: finds required fields that nothing gives and leaves that are written twice.
//!
//! Entries under `if`, `for` and `match` count as perhaps; what only a run can tell is left to the evaluator.

use std::sync::Arc;

use diag::Span;
use rustc_hash::FxHashMap as HashMap;

use super::Checker;
use crate::diagnostics;
use crate::ty::Ty;

/// From so many names on, finding one goes through the index.
const INDEX_MIN: usize = 16;

/// The names written in one record or map.
#[derive(Debug, Default)]
pub struct Writes {
    nodes: Vec<Node>,
    /// Where each name is, once there are many.
    index: HashMap<Arc<str>, usize>,
    /// A spread or a computed key may give any name.
    open: bool,
}

#[derive(Debug)]
struct Node {
    name: Arc<str>,
    span: Span,
    /// Written on every run.
    sure: bool,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// A whole value.
    Leaf,
    /// A literal of its own.
    Tree(Writes),
}

impl Writes {
    /// Anything may be in it.
    pub fn open(&mut self) {
        self.open = true;
    }

    fn position(&self, name: &str) -> Option<usize> {
        if self.nodes.len() > INDEX_MIN { self.index.get(name).copied() } else { self.nodes.iter().position(|it| *it.name == *name) }
    }

    fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        if self.nodes.len() > INDEX_MIN {
            let from = self.index.len();
            self.index.extend(self.nodes[from..].iter().enumerate().map(|(at, it)| (it.name.clone(), from + at)));
        }
        self.nodes.len() - 1
    }

    /// Whether anything may be in it.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Whether anything of that name is written, surely or perhaps.
    pub fn has(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// A leaf is written; gives the place of an earlier sure write of the same leaf.
    pub fn leaf(&mut self, name: &str, span: Span, sure: bool) -> Option<Span> {
        if let Some(at) = self.position(name) {
            let node = &mut self.nodes[at];
            let twin = (node.sure && sure && matches!(node.content, Content::Leaf)).then_some(node.span);
            node.sure |= sure;
            node.content = Content::Leaf;
            return twin;
        }
        self.add(Node { name: name.into(), span, sure, content: Content::Leaf });
        None
    }

    /// The tree below a name, made where there is none; `None` where a whole value stands there.
    pub fn tree(&mut self, name: &str, span: Span, sure: bool) -> Option<&mut Self> {
        let at = match self.position(name) {
            Some(at) => at,
            None => self.add(Node { name: name.into(), span, sure, content: Content::Tree(Self::default()) }),
        };
        self.nodes[at].sure |= sure;
        match &mut self.nodes[at].content {
            Content::Tree(tree) => Some(tree),
            Content::Leaf => None,
        }
    }

    /// Writes under a condition: all of them are perhaps.
    pub fn absorb(&mut self, other: Self) {
        self.open |= other.open;
        for node in other.nodes {
            match node.content {
                Content::Leaf => {
                    self.leaf(&node.name, node.span, false);
                }
                Content::Tree(inner) => {
                    if let Some(tree) = self.tree(&node.name, node.span, false) {
                        tree.absorb(inner);
                    }
                }
            }
        }
    }
}

impl Checker<'_> {
    /// Reports required fields that nothing gives, and unions with none or two alternatives, in the literal at `span`.
    pub(super) fn require(&mut self, ty: &Ty, writes: &Writes, span: Span) {
        let ty = ty.present().0.clone();
        match ty.base() {
            Ty::Partial(_) | Ty::Json | Ty::Error => {}
            Ty::Union(def) => {
                let written: Vec<(&str, Span)> = writes.nodes.iter().filter(|it| it.sure).map(|it| (&*it.name, it.span)).collect();
                match written.as_slice() {
                    [] if !writes.open && writes.nodes.is_empty() => {
                        let names: Vec<&str> = def.alternatives.iter().map(|it| &*it.name).collect();
                        self.report(diagnostics::missing_alternative(span, &self.t.show(&ty), &names));
                    }
                    [a, b, ..] => self.report(diagnostics::union_conflict(a.0, a.1, b.0, b.1)),
                    _ => {}
                }
                self.require_inner(&ty, writes);
            }
            Ty::Record(def) => {
                for group in &def.unions {
                    self.require_group(group, writes, span, true);
                }
                self.require_fields(&ty, writes, span);
            }
            Ty::Schema(id) if self.t.record(*id).is_some() => {
                for group in self.t.facts.unions_of(*id) {
                    self.require_group(group, writes, span, false);
                }
                self.require_fields(&ty, writes, span);
            }
            Ty::Object(_) | Ty::Instance(..) => self.require_fields(&ty, writes, span),
            _ => {
                if let Some((_, value)) = self.t.map(&ty) {
                    for node in &writes.nodes {
                        if let Content::Tree(tree) = &node.content {
                            self.require(&value, tree, node.span);
                        }
                    }
                } else if let Some(element) = self.t.element(&ty) {
                    for node in &writes.nodes {
                        if let Content::Tree(tree) = &node.content {
                            self.require(&element, tree, node.span);
                        }
                    }
                }
            }
        }
    }

    fn require_fields(&mut self, ty: &Ty, writes: &Writes, span: Span) {
        if !writes.open {
            let missing: Vec<String> =
                self.t.member_names(ty).into_iter().filter(|name| !writes.has(name) && self.t.member(ty, name).is_some_and(|it| it.required)).collect();
            if !missing.is_empty() {
                let diagnostic = diagnostics::missing_field(span, &self.t.show(ty), &missing);
                let on = missing.iter().any(|it| it == "on").then(|| self.t.show(ty));
                self.report(match on {
                    Some(kind) if self.an.kind_by_name(&kind).is_some() => diagnostics::missing_on(diagnostic, &kind, self.source(span)),
                    _ => diagnostic,
                });
            }
        }
        self.require_inner(ty, writes);
    }

    fn require_inner(&mut self, ty: &Ty, writes: &Writes) {
        for node in &writes.nodes {
            if let (Content::Tree(tree), Some(member)) = (&node.content, self.t.member(ty, &node.name)) {
                self.require(&member.ty, tree, node.span);
            }
        }
    }

    fn require_group(&mut self, group: &[Arc<str>], writes: &Writes, span: Span, required: bool) {
        let written: Vec<&Node> = writes.nodes.iter().filter(|it| group.contains(&it.name)).collect();
        let sure: Vec<&&Node> = written.iter().filter(|it| it.sure).collect();
        match sure.as_slice() {
            [] if required && written.is_empty() && !writes.open => {
                let names: Vec<&str> = group.iter().map(|it| &**it).collect();
                self.report(diagnostics::missing_alternative(span, "one of", &names));
            }
            [a, b, ..] => self.report(diagnostics::union_conflict(&a.name, a.span, &b.name, b.span)),
            _ => {}
        }
    }
}

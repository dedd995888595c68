//! Complete nodes, children first, to the tree's pre-order.
//!
//! Invariant: no node lies deeper than `TREE_DEPTH_MAX`, so that whoever walks the tree by recursion is safe.

use std::sync::Arc;

use crate::{
    kind::SyntaxKind,
    parser::Done,
    tree::{NodeData, Tree},
};

/// Two nodes for each level that the parser allows, and chains such as `a.b.c`.
const TREE_DEPTH_MAX: usize = 640;

/// A node whose children are being placed, last child first.
struct Frame {
    index: u32,
    /// Where the next child's subtree ends.
    end: u32,
}

/// Makes the tree; also gives the first token of the first node that lies too deep.
pub(crate) fn build(source: Arc<str>, kinds: Vec<SyntaxKind>, starts: Vec<u32>, done: &[Done]) -> (Tree, Option<u32>) {
    let blank = NodeData { kind: SyntaxKind::Error, tok0: 0, tok1: 0, next: 0, parent: 0 };
    let mut nodes = vec![blank; done.len()];
    let mut frames: Vec<Frame> = Vec::new();
    let mut end = done.len() as u32;
    let mut too_deep = None;
    let mut at = done.len();
    while at > 0 {
        at -= 1;
        let Done { kind, tok0, tok1, size } = done[at];
        while frames.last().is_some_and(|it| it.end == it.index + 1) {
            frames.pop();
        }
        let parent = frames.last().map_or(0, |it| it.index);
        if let Some(frame) = frames.last_mut() {
            end = frame.end;
            frame.end -= size;
        }
        let index = end - size;
        nodes[index as usize] = NodeData { kind, tok0, tok1, next: end, parent };
        if size == 1 {
            continue;
        }
        if frames.len() < TREE_DEPTH_MAX {
            frames.push(Frame { index, end });
            continue;
        }
        // What lies below becomes one error: its nodes stay in the array, side by side and without tokens.
        too_deep = Some(tok0);
        nodes[index as usize].kind = SyntaxKind::Error;
        for below in index + 1..end {
            nodes[below as usize] = NodeData { kind: SyntaxKind::Error, tok0, tok1: tok0, next: below + 1, parent: index };
        }
        at -= size as usize - 1;
    }
    (Tree::new(source, kinds, starts, nodes), too_deep)
}

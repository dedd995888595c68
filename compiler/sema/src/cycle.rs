//! Totality by name: functions, constants and kinds that need themselves are found before anything is evaluated.
//!
//! The graph is read off the trees: every word of an expression that names a function or constant, every nested instance that names a kind.

use diag::Sink;
use syntax::ast::{self, AstNode};
use syntax::kind::SyntaxKind;
use syntax::tree::Node;

use crate::analysis::{Analysis, DeclId, DeclKind, Item};
use crate::diagnostics;

/// Reports every cycle among functions, constants and kinds; gives the declarations in one.
pub fn check(analysis: &Analysis, sink: &mut Sink) -> Vec<DeclId> {
    let edges: Vec<Vec<usize>> = analysis
        .decls
        .iter()
        .map(|decl| match decl.kind {
            DeclKind::Fn(_) | DeclKind::Let(_) | DeclKind::Kind(_) => analysis.node(decl).map(|node| needs(analysis, decl.module, node)).unwrap_or_default(),
            _ => Vec::new(),
        })
        .collect();
    let mut poisoned = Vec::new();
    for cycle in find(&edges) {
        let decls: Vec<DeclId> = cycle.iter().map(|it| DeclId(*it as u32)).collect();
        let steps: Vec<(String, diag::Span)> = decls.iter().map(|it| analysis.decl(*it)).map(|it| (it.name.to_string(), it.span)).collect();
        let first = analysis.decl(decls[0]);
        let what = match first.kind {
            DeclKind::Fn(_) => "function",
            DeclKind::Kind(_) => "kind",
            _ => "let",
        };
        sink.push(diagnostics::cycle(what, &first.name, first.span, &steps));
        poisoned.extend(decls);
    }
    poisoned
}

fn needs(analysis: &Analysis, module: crate::analysis::Module, node: Node<'_>) -> Vec<usize> {
    let mut found = Vec::new();
    for inner in node.descendants() {
        let decl = match inner.kind() {
            SyntaxKind::WordExpr => match analysis.item(&module, inner.text()) {
                Some(Item::Fn(it)) => Some(analysis.fns[it.0 as usize].decl),
                Some(Item::Let(it)) => Some(analysis.lets[it.0 as usize].decl),
                _ => None,
            },
            SyntaxKind::Set => ast::Set::cast(inner)
                .filter(|it| it.name().is_some())
                .and_then(|it| it.path()?.single())
                .and_then(|it| analysis.kind_by_name(&it))
                .filter(|_| node.kind() == SyntaxKind::Kind)
                .map(|it| analysis.kind_decls[it.0 as usize]),
            _ => None,
        };
        found.extend(decl.map(|it| it.0 as usize));
    }
    found
}

/// The words read as `root.word` in an expression.
pub fn reads_of(node: Node<'_>, root: &str) -> Vec<String> {
    node.descendants()
        .filter_map(ast::FieldExpr::cast)
        .filter(|it| matches!(it.base(), Some(ast::Expr::Word(word)) if word.text() == root))
        .filter_map(|it| Some(it.name()?.text()?.into_owned()))
        .collect()
}

/// The cycles of a graph, each once, from its smallest member on.
pub fn find(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut state = vec![0u8; edges.len()];
    let mut cycles: Vec<Vec<usize>> = Vec::new();
    for start in 0..edges.len() {
        if state[start] != 0 {
            continue;
        }
        // Depth first with an explicit stack: chains may be as long as a file.
        let mut stack = vec![(start, 0)];
        state[start] = 1;
        while let Some((at, next)) = stack.last_mut() {
            let (here, edge) = (*at, *next);
            *next += 1;
            match edges[here].get(edge) {
                None => {
                    state[here] = 2;
                    stack.pop();
                }
                Some(to) if state[*to] == 0 => {
                    state[*to] = 1;
                    stack.push((*to, 0));
                }
                Some(to) if state[*to] == 1 => {
                    let from = stack.iter().position(|it| it.0 == *to).unwrap_or(0);
                    let mut cycle: Vec<usize> = stack[from..].iter().map(|it| it.0).collect();
                    let least = cycle.iter().enumerate().min_by_key(|it| it.1).map_or(0, |it| it.0);
                    cycle.rotate_left(least);
                    if !cycles.contains(&cycle) {
                        cycles.push(cycle);
                    }
                }
                Some(_) => {}
            }
        }
    }
    cycles
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn finds_each_cycle_once() {
        assert_eq!(find(&[vec![1], vec![2], vec![0], vec![3]]), vec![vec![0, 1, 2], vec![3]]);
        assert!(find(&[vec![1, 2], vec![2], vec![]]).is_empty());
    }
}

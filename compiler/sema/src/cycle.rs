//! Totality by name: functions, constants, kinds and static instances that need themselves are found before anything is evaluated.
//!
//! The graph is read off the trees: every word of an expression that names a function or constant, every nested instance that names a kind, every `kind.name` that is a static instance.

use diag::Sink;
use syntax::ast::{self, AstNode};
use syntax::kind::SyntaxKind;
use syntax::tree::Node;

use crate::analysis::{Analysis, DeclId, DeclKind, Item};
use crate::diagnostics;
use crate::ty::KindRef;

/// Reports every cycle among functions, constants, kinds and static instances; gives the declarations in one.
pub fn check(analysis: &Analysis, sink: &mut Sink) -> Vec<DeclId> {
    let edges: Vec<Vec<usize>> = analysis
        .decls
        .iter()
        .map(|decl| match decl.kind {
            DeclKind::Instance(it) if !analysis.is_static(it) => Vec::new(),
            DeclKind::Env(_) => {
                let used = analysis.node(decl).and_then(ast::Decl::cast).map(crate::analysis::used_names).unwrap_or_default();
                used.iter().filter_map(|it| analysis.env(it)).map(|it| analysis.envs[it as usize].0 as usize).collect()
            }
            DeclKind::Layer(_) => {
                let over = analysis.node(decl).and_then(ast::Decl::cast).and_then(crate::analysis::layer_name);
                let over = over.and_then(|it| analysis.layer(&it)).map(|it| analysis.layers[it.0 as usize].0 as usize);
                over.into_iter().collect()
            }
            DeclKind::Fn(_) | DeclKind::Let(_) | DeclKind::Kind(_) | DeclKind::Instance(_) => {
                analysis.node(decl).map(|node| needs(analysis, decl.module, node)).unwrap_or_default()
            }
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
            DeclKind::Layer(_) => "layer",
            DeclKind::Env(_) => "env",
            DeclKind::Instance(it) => &analysis.instances[it.0 as usize].kind_word,
            _ => "let",
        };
        sink.push(diagnostics::cycle(what, &first.name, first.span, &steps));
        poisoned.extend(decls);
    }
    poisoned
}

fn needs(analysis: &Analysis, module: crate::analysis::Module, node: Node<'_>) -> Vec<usize> {
    let mut found = Vec::new();
    let own = binders(node);
    for inner in node.descendants() {
        let decl = match inner.kind() {
            // A name bound here is not the declaration of that name; that the two share one is told elsewhere.
            SyntaxKind::WordExpr if own.contains(&inner.text()) => None,
            SyntaxKind::FieldExpr => ast::FieldExpr::cast(inner).and_then(|it| static_instance(analysis, it, &own)),
            SyntaxKind::WordExpr => match analysis.item(&module, inner.text()) {
                Some(Item::Fn(it)) => Some(analysis.fns[it.0 as usize].decl),
                Some(Item::Let(it)) => Some(analysis.lets[it.0 as usize].decl),
                _ => None,
            },
            _ => None,
        };
        found.extend(decl.map(|it| it.0 as usize));
    }
    if let Some(block) = ast::KindDecl::cast(node).and_then(ast::KindDecl::lower).and_then(ast::Lower::block) {
        nested_kinds(analysis, block, None, &mut found);
    }
    found
}

/// Kinds of the instances that statements make, and of those inside them: there a field of the kind wins over a kind of that name.
fn nested_kinds(analysis: &Analysis, block: ast::Block<'_>, within: Option<KindRef>, found: &mut Vec<usize>) {
    for entry in block.entries() {
        match entry {
            ast::Entry::Set(set) if set.name().is_some() => {
                let Some(word) = set.path().and_then(ast::Path::single) else { continue };
                if within.is_some_and(|it| analysis.kinds[it.0 as usize].fields.field(&word).is_some()) {
                    continue;
                }
                let Some(kind) = analysis.kind_by_name(&word) else { continue };
                found.push(analysis.kind_decls[kind.0 as usize].0 as usize);
                if let Some(block) = set.block() {
                    nested_kinds(analysis, block, Some(kind), found);
                }
            }
            ast::Entry::For(it) => it.block().into_iter().for_each(|it| nested_kinds(analysis, it, within, found)),
            ast::Entry::Match(it) => it.arms().filter_map(ast::Arm::block).for_each(|it| nested_kinds(analysis, it, within, found)),
            ast::Entry::If(it) => {
                let mut rest = Some(it);
                while let Some(it) = rest.take() {
                    it.block().into_iter().for_each(|it| nested_kinds(analysis, it, within, found));
                    match it.else_branch() {
                        Some(ast::Else::If(other)) => rest = Some(other),
                        Some(ast::Else::Block(block)) => nested_kinds(analysis, block, within, found),
                        None => {}
                    }
                }
            }
            _ => {}
        }
    }
}

/// Names of parameters, and of what `for`, `let` and patterns bind.
fn binders(node: Node<'_>) -> Vec<&str> {
    let mut names = Vec::new();
    for inner in node.descendants() {
        match inner.kind() {
            SyntaxKind::Param => names.extend(ast::Param::cast(inner).and_then(ast::Param::name).and_then(ast::Name::word)),
            SyntaxKind::Pattern => names.extend(ast::Pattern::cast(inner).and_then(ast::Pattern::binder).and_then(ast::Name::word)),
            SyntaxKind::Cond => names.extend(ast::Cond::cast(inner).and_then(ast::Cond::binder).and_then(ast::Name::word)),
            SyntaxKind::Lower => names.extend(ast::Lower::cast(inner).and_then(ast::Lower::binder).and_then(ast::Name::word)),
            SyntaxKind::For => names.extend(ast::For::cast(inner).into_iter().flat_map(ast::For::binders).filter_map(ast::Name::word)),
            SyntaxKind::ForElem => names.extend(ast::ForElem::cast(inner).into_iter().flat_map(ast::ForElem::binders).filter_map(ast::Name::word)),
            _ => {}
        }
    }
    names
}

/// `pool.dev`, as the declaration of a static instance.
fn static_instance(analysis: &Analysis, field: ast::FieldExpr<'_>, own: &[&str]) -> Option<DeclId> {
    let Some(ast::Expr::Word(word)) = field.base() else { return None };
    if own.contains(&word.text()) {
        return None;
    }
    let instance = analysis.instance(analysis.kind_by_name(word.text())?, &field.name()?.text()?)?;
    analysis.instances[instance.0 as usize].decl.filter(|_| analysis.is_static(instance))
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

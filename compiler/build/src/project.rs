//! The typed project: trees to declarations, declarations to bodies, bodies to the program that the evaluator runs.

use std::collections::HashMap;
use std::sync::Arc;

use diag::{Sink, Span};
use rayon::prelude::*;
use schema::schemas::Schemas;
use sema::analysis::{Analysis, DeclId, DeclKind, Known, SourceFile};
use sema::check::{Body, Checked};
use sema::facts::{Facts, PackFacts};
use sema::ir::InstanceRef;
use sema::program::Program;

use crate::graph::At;
use crate::load::{self, Reading};
use crate::schemas;

/// A project with its bodies checked.
pub struct Project {
    /// Declarations.
    pub analysis: Analysis,
    /// Typed bodies.
    pub program: Program,
    /// Of each declaration, its node in the graph; libraries have none.
    pub nodes: Vec<Option<At>>,
    /// Of each node, its declaration, where its file is loaded.
    pub decls: Vec<Option<DeclId>>,
    /// Declarations that were checked.
    pub checked: HashMap<DeclId, Found>,
}

/// What the check of a declaration found.
pub struct Found {
    /// Nothing at all is wrong with it.
    pub clean: bool,
    /// Instances that it refers to, with places.
    pub reached: Vec<(InstanceRef, Span)>,
}

/// What is to be checked.
pub struct Wanted<'w> {
    /// Node of the first declaration of each file, by path.
    pub first: &'w HashMap<&'w str, At>,
    /// Number of nodes.
    pub count: usize,
    /// Whether a node is checked even if no evaluation runs it.
    pub picked: &'w (dyn Fn(At) -> bool + Sync),
}

/// What the library knows of the types of Kubernetes' objects: schemas, and the corrections that its `schema` declarations make.
pub fn shapes() -> (Arc<Schemas>, Arc<Facts>) {
    let (analysis, _) = Analysis::new(load::library(0, None, Reading::AtOnce).files, &[], schemas::shipped());
    (analysis.schemas.clone(), analysis.facts.clone())
}

/// Analyses files and checks the bodies of those of the project's declarations that are wanted, and of all that their evaluation runs.
pub fn check(files: Vec<SourceFile>, known: &[Known], (schemas, facts): (Arc<Schemas>, Vec<PackFacts>), wanted: &Wanted<'_>, sink: &mut Sink) -> Project {
    let (analysis, found) = Analysis::with_facts(files, known, schemas, facts);
    sink.append(found);
    let (nodes, decls) = places(&analysis, wanted);
    let ours = nodes.iter().enumerate().filter(|(_, at)| at.is_some_and(wanted.picked));
    let mut todo: Vec<DeclId> = ours.map(|(id, _)| DeclId(id as u32)).collect();
    todo.extend(defaults(&analysis));
    let mut done: HashMap<DeclId, Checked> = HashMap::new();
    while !todo.is_empty() {
        todo.sort();
        todo.dedup();
        let checked: Vec<(DeclId, Checked)> = todo.par_iter().with_min_len(8).map(|it| (*it, analysis.check(*it))).collect();
        todo = checked.iter().flat_map(|(_, it)| it.uses.iter().copied()).collect();
        done.extend(checked);
        // An environment runs only those of its instances that have no result.
        todo.retain(|it| !done.contains_key(it) && nodes[it.0 as usize].is_none_or(|at| is_shared(&analysis, *it) || (wanted.picked)(at)));
    }
    let (program, checked) = assemble(&analysis, done, sink);
    Project { analysis, program, nodes, decls, checked }
}

/// Whether others may run a declaration's body.
fn is_shared(analysis: &Analysis, id: DeclId) -> bool {
    match analysis.decl(id).kind {
        DeclKind::Instance(it) => analysis.instances[it.0 as usize].kind.is_some_and(|it| analysis.kinds[it.0 as usize].is_static),
        _ => true,
    }
}

/// Nodes by declaration and declarations by node: both count the declarations of a file in order, `use` lines left out.
fn places(analysis: &Analysis, wanted: &Wanted<'_>) -> (Vec<Option<At>>, Vec<Option<DeclId>>) {
    let (mut nodes, mut decls) = (vec![None; analysis.decls.len()], vec![None; wanted.count]);
    let mut next: Vec<Option<At>> = analysis.files.iter().map(|it| if it.library == 0 { wanted.first.get(&*it.path).copied() } else { None }).collect();
    for (id, decl) in analysis.decls.iter().enumerate() {
        let Some(at) = &mut next[decl.file as usize] else { continue };
        nodes[id] = Some(*at);
        decls[*at] = Some(DeclId(id as u32));
        *at += 1;
    }
    (nodes, decls)
}

/// Types and settings of all libraries: their defaults run without being named.
fn defaults(analysis: &Analysis) -> Vec<DeclId> {
    let wanted = |it: &DeclId| matches!(analysis.decl(*it).kind, DeclKind::Type(_) | DeclKind::Settings(_));
    (0..analysis.decls.len() as u32).map(DeclId).filter(wanted).collect()
}

fn assemble(analysis: &Analysis, mut done: HashMap<DeclId, Checked>, sink: &mut Sink) -> (Program, HashMap<DeclId, Found>) {
    let mut program = Program {
        schemas: analysis.schemas.clone(),
        facts: analysis.facts.clone(),
        kinds: analysis.kinds.iter().map(|_| None).collect(),
        functions: analysis.fns.iter().map(|_| None).collect(),
        lets: analysis.lets.iter().map(|_| None).collect(),
        instances: analysis.instances.iter().map(|_| None).collect(),
        envs: analysis.envs.iter().map(|_| None).collect(),
        layers: analysis.layers.iter().map(|_| None).collect(),
        traits: analysis.traits.iter().map(|_| None).collect(),
        assertions: Default::default(),
        settings: analysis.settings.clone(),
    };
    let mut found = HashMap::with_capacity(done.len());
    let mut order: Vec<DeclId> = done.keys().copied().collect();
    order.sort();
    for id in order {
        let Some(checked) = done.remove(&id) else { continue };
        found.insert(id, Found { clean: checked.diagnostics.is_empty() && !analysis.is_poisoned(id), reached: checked.reached });
        checked.diagnostics.into_iter().for_each(|it| sink.push(it));
        match (checked.body, analysis.decl(id).kind) {
            (Body::Let(it), DeclKind::Let(at)) => program.lets[at.0 as usize] = Some(it),
            (Body::Function(it), DeclKind::Fn(at)) => program.functions[at.0 as usize] = Some(it),
            (Body::Kind(it), DeclKind::Kind(at)) => program.kinds[at.0 as usize] = Some(it),
            (Body::Instance(it), DeclKind::Instance(at)) => program.instances[at.0 as usize] = Some(it),
            (Body::Env(it), DeclKind::Env(at)) => program.envs[at as usize] = Some(it),
            (Body::Env(it), DeclKind::Layer(at)) => program.layers[at.0 as usize] = Some(it),
            (Body::Trait(it), DeclKind::Trait(at)) => program.traits[at as usize] = Some(it),
            (Body::Assertion(it), _) => drop(program.assertions.insert(id, it)),
            (_, _) => {}
        }
    }
    (program, found)
}

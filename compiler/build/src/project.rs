//! The typed project: trees to declarations, declarations to bodies, bodies to the program that the evaluator runs.

use std::collections::HashMap;
use std::sync::Arc;

use diag::{Diagnostic, Sink, Span};
use rayon::prelude::*;
use schema::schemas::Schemas;
use sema::analysis::{Analysis, DeclId, DeclKind, Known, SourceFile};
use sema::check::{Body, Checked};
use sema::ir::InstanceRef;
use sema::program::Program;

/// A project with its bodies checked.
pub struct Project {
    /// Declarations.
    pub analysis: Analysis,
    /// Typed bodies.
    pub program: Program,
    /// Instances that each declaration refers to, with places.
    pub reached: HashMap<DeclId, Vec<(InstanceRef, Span)>>,
    /// Declarations that were checked, and whether nothing at all was found in them.
    pub clean: HashMap<DeclId, bool>,
}

/// Packs that come with vix.
pub fn schemas() -> Arc<Schemas> {
    // The packs are part of the program; a damaged one is found by the schema crate's tests, and here becomes an empty set of kinds.
    Arc::new(Schemas::open(stdlib::PACKS.iter().map(|it| it.1).collect()).unwrap_or_else(|_| empty_schemas()))
}

fn empty_schemas() -> Schemas {
    Schemas::open(Vec::new()).expect("no pack is no damaged pack")
}

/// Analyses files and checks the bodies of the project's declarations and of all that their evaluation runs.
pub fn check(files: Vec<SourceFile>, known: &[Known], sink: &mut Sink) -> Project {
    let (analysis, found) = Analysis::new(files, known, schemas());
    sink.append(found);
    let mut todo: Vec<DeclId> = own(&analysis);
    todo.extend(defaults(&analysis));
    let mut done: HashMap<DeclId, Checked> = HashMap::new();
    while !todo.is_empty() {
        todo.sort();
        todo.dedup();
        let checked: Vec<(DeclId, Checked)> = todo.par_iter().with_min_len(8).map(|it| (*it, analysis.check(*it))).collect();
        todo = checked.iter().flat_map(|(_, it)| it.uses.iter().copied()).collect();
        done.extend(checked);
        todo.retain(|it| !done.contains_key(it));
    }
    assemble(analysis, done, sink)
}

/// All declarations of the project.
fn own(analysis: &Analysis) -> Vec<DeclId> {
    let ours = |it: &DeclId| analysis.files[analysis.decl(*it).file as usize].library == 0;
    (0..analysis.decls.len() as u32).map(DeclId).filter(ours).collect()
}

/// Types and settings of all libraries: their defaults run without being named.
fn defaults(analysis: &Analysis) -> Vec<DeclId> {
    let wanted = |it: &DeclId| matches!(analysis.decl(*it).kind, DeclKind::Type(_) | DeclKind::Settings(_));
    (0..analysis.decls.len() as u32).map(DeclId).filter(wanted).collect()
}

fn assemble(analysis: Analysis, done: HashMap<DeclId, Checked>, sink: &mut Sink) -> Project {
    let mut program = Program {
        schemas: analysis.schemas.clone(),
        facts: analysis.facts.clone(),
        kinds: analysis.kinds.iter().map(|_| None).collect(),
        functions: analysis.fns.iter().map(|_| None).collect(),
        lets: analysis.lets.iter().map(|_| None).collect(),
        instances: analysis.instances.iter().map(|_| None).collect(),
        envs: analysis.envs.iter().map(|_| None).collect(),
        settings: analysis.settings.clone(),
    };
    let mut reached = HashMap::new();
    let mut clean = HashMap::new();
    let mut order: Vec<DeclId> = done.keys().copied().collect();
    order.sort();
    let mut done = done;
    for id in order {
        let Some(checked) = done.remove(&id) else { continue };
        clean.insert(id, checked.diagnostics.is_empty() && !analysis.is_poisoned(id));
        checked.diagnostics.into_iter().for_each(|it: Diagnostic| sink.push(it));
        reached.insert(id, checked.reached);
        match (checked.body, analysis.decl(id).kind) {
            (Body::Let(it), DeclKind::Let(at)) => program.lets[at.0 as usize] = Some(it),
            (Body::Function(it), DeclKind::Fn(at)) => program.functions[at.0 as usize] = Some(it),
            (Body::Kind(it), DeclKind::Kind(at)) => program.kinds[at.0 as usize] = Some(it),
            (Body::Instance(it), DeclKind::Instance(at)) => program.instances[at.0 as usize] = Some(it),
            (Body::Env(it), DeclKind::Env(at)) => program.envs[at as usize] = Some(it),
            (_, _) => {}
        }
    }
    Project { analysis, program, reached, clean }
}

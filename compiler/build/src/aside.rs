//! What was found outside of what was asked for: mistakes in one environment do not keep another one from being built.
//!
//! Invariant: a finding is set aside only if no environment asked for can need the declaration it stands in, by any name. What belongs to the whole
//! project (settings, static instances, facts about types, files that are not whole) is never set aside.

use std::collections::HashSet;

use diag::{FileId, Severity, Sink, Span};
use sema::analysis::DeclId;

use crate::graph::At;
use crate::options::Elsewhere;
use crate::outline::Sort;
use crate::project::Project;
use crate::run::Attempt;
use crate::scan::Scan;

/// Takes findings that do not concern the environments asked for out of the sink, and counts them.
pub(crate) fn set_aside(sink: &mut Sink, attempt: &Attempt<'_>, scan: &Scan, project: &Project) -> Elsewhere {
    let graph = attempt.session.graph;
    // Of two declarations with one name, names do not tell which is meant.
    if sink.is_empty() || (attempt.asked.is_empty() && attempt.assertions.tests.is_empty()) || graph.has_twins() {
        return Elsewhere::default();
    }
    let reached = reached(attempt);
    // What a file says whose brackets do not match, nobody knows.
    let broken: HashSet<FileId> = scan.parsed.values().filter(|it| !it.diagnostics.is_empty()).map(|it| it.id).collect();
    let ranges = Ranges::of(project);
    let concerns = |span: Span| broken.contains(&span.file) || ranges.find(span).is_none_or(|at| reached[at]);
    let (kept, aside): (Vec<_>, Vec<_>) = std::mem::take(sink).into_sorted().into_iter().partition(|it| concerns(it.primary.span));
    kept.into_iter().for_each(|it| sink.push(it));
    let errors = aside.iter().filter(|it| it.severity == Severity::Error).count();
    let files: HashSet<FileId> = aside.iter().map(|it| it.primary.span.file).collect();
    Elsewhere { errors, warnings: aside.len() - errors, files: files.len() }
}

/// Of each declaration, whether the environments asked for may need it.
fn reached(attempt: &Attempt<'_>) -> Vec<bool> {
    let session = attempt.session;
    let graph = session.graph;
    let mut from: Vec<At> = attempt.asked.clone();
    for env in &attempt.asked {
        from.extend(graph.chain(*env));
        from.extend(session.listings.get(env).into_iter().flatten().filter_map(|it| it.instance));
    }
    let clusters: HashSet<_> = attempt.asked.iter().filter_map(|it| crate::session::cluster(graph, *it)).collect();
    let is_common = |at: &At| {
        let outline = graph.nodes[*at].outline;
        match outline.sort {
            Sort::Settings | Sort::Schema | Sort::Other => true,
            Sort::Instance => session.is_static(&outline.word) || outline.on.as_ref().is_some_and(|it| clusters.contains(it)),
            Sort::Item | Sort::Kind | Sort::Env | Sort::Layer | Sort::Check | Sort::Test => false,
        }
    };
    from.extend((0..graph.nodes.len()).filter(is_common));
    from.extend(attempt.assertions.all());
    graph.reach(from, session.kinds)
}

/// Where the project's declarations stand.
struct Ranges(Vec<(Span, At)>);

impl Ranges {
    fn of(project: &Project) -> Self {
        let analysis = &project.analysis;
        let range = |(at, id): (At, &Option<DeclId>)| {
            let decl = analysis.decl((*id)?);
            let (start, end) = analysis.node(decl)?.range();
            Some((Span::new(decl.span.file, start, end), at))
        };
        let mut ranges: Vec<(Span, At)> = project.decls.iter().enumerate().filter_map(range).collect();
        ranges.sort_unstable();
        Self(ranges)
    }

    /// The declaration that a place lies in.
    fn find(&self, span: Span) -> Option<At> {
        let after = self.0.partition_point(|(it, _)| (it.file, it.start) <= (span.file, span.start));
        let (range, at) = self.0.get(after.checked_sub(1)?)?;
        (range.file == span.file && span.end <= range.end).then_some(*at)
    }
}

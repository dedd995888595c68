//! Who wrote what stands in an object: its unit is evaluated again with notes on.

use std::sync::Arc;

use diag::Span;
use sema::analysis::DeclKind;

use crate::run::Build;
use crate::session::Contents;
use crate::units::{Stages, Work};

/// An object of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Kind word of the unit's instance.
    pub kind: Arc<str>,
    /// Name of the instance in the environment.
    pub name: Arc<str>,
    /// Which of its objects, in their order.
    pub object: u32,
}

/// All that was written into an object.
#[derive(Debug, Default)]
pub struct Why {
    /// Writes of its places, in the order in which they were done.
    pub writes: Vec<Wrote>,
    /// Writes of parameters of its unit, in that order.
    pub params: Vec<Wrote>,
}

/// One write.
#[derive(Clone, Debug)]
pub struct Wrote {
    /// Field path, or the parameter's name.
    pub path: String,
    /// Where it stands.
    pub place: Place,
    /// Where its value came from.
    pub origin: Place,
    /// The value as printed, where it is a single one that is known before link.
    pub value: Option<String>,
    /// It takes away what was there.
    pub removes: bool,
}

/// A place with the declaration it is in: `env prod`, `layer base`, `app web`, `kind app`.
#[derive(Clone, Debug)]
pub struct Place {
    /// The place.
    pub span: Span,
    /// Kind word of the declaration.
    pub word: String,
    /// Name of the declaration; empty where it has none.
    pub owner: String,
}

impl Work<'_> {
    /// Answers for an object of an environment; `None` where less must be relied on.
    pub(crate) fn why(&self, build: &mut Build<'_>, contents: &Contents, stages: &Stages<'_>, context: &eval::context::EnvContext) -> Option<()> {
        let Some(target) = &build.options.why else { return Some(()) };
        let graph = self.session.graph;
        let member = contents.members.iter().find(|it| *graph.nodes[it.at].outline.word == *target.kind && *it.name == *target.name);
        let Some(member) = member else { return Some(()) };
        if !self.is_ready(member.at) {
            return None;
        }
        let instance = self.instance(member.at)?;
        let alias = (*member.name != *graph.nodes[member.at].outline.name).then_some(&*member.name);
        let stages = stages.of(instance, alias);
        match eval::explain(&self.unit_input(context, instance, alias, &stages), target.object) {
            Ok(found) => {
                let wrote = |path: &str, span, origin, value: &Option<String>, removes| Wrote {
                    path: path.to_owned(),
                    place: self.place_in(span),
                    origin: self.place_in(origin),
                    value: value.clone(),
                    removes,
                };
                build.why = Some(Why {
                    writes: found.writes.iter().map(|it| wrote(&it.path, it.span, it.origin, &it.value, it.removes)).collect(),
                    params: found.params.iter().map(|it| wrote(&it.name, it.span, it.span, &it.value, it.value.as_deref() == Some(""))).collect(),
                });
            }
            Err(found) => self.push(build, found),
        }
        Some(())
    }

    /// The declaration that a place is in.
    fn place_in(&self, span: Span) -> Place {
        let analysis = &self.project.analysis;
        let around = analysis.decls.iter().filter(|it| it.span.file == span.file).find(|it| {
            let range = analysis.node(it).map_or((0, 0), |it| it.range());
            range.0 <= span.start && span.end <= range.1
        });
        let word = match around.map(|it| it.kind) {
            None => "",
            Some(DeclKind::Let(_)) => "let",
            Some(DeclKind::Fn(_)) => "fn",
            Some(DeclKind::Type(_)) => "type",
            Some(DeclKind::Trait(_)) => "trait",
            Some(DeclKind::Kind(_)) => "kind",
            Some(DeclKind::Schema) => "schema",
            Some(DeclKind::Settings(_)) => "settings",
            Some(DeclKind::Instance(it)) => &*analysis.instances[it.0 as usize].kind_word,
            Some(DeclKind::Env(_)) => "env",
            Some(DeclKind::Layer(_)) => "layer",
            Some(DeclKind::Check) => "check",
            Some(DeclKind::Test) => "test",
        };
        Place { span, word: word.to_owned(), owner: around.map_or(String::new(), |it| it.name.to_string()) }
    }
}

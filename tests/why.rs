//! Every leaf of every object that the repository's projects make has a write that made it, and what it wrote is what stands there.

use build::{Options, Output, Select, Target};
use cli::provenance::{self, Asked, State};
use manifest::json::Json;

use crate::property::projects;
use crate::support::memory::Memory;
use crate::support::{compile, options, parallel, report};

#[test]
fn every_leaf_has_a_write_of_its_value() {
    let projects = projects();
    let failures = parallel(&projects, |(name, files)| wrong_leaves(name, files));
    report("the leaves", failures.into_iter().flatten().collect());
}

fn wrong_leaves(project: &str, files: &Memory) -> Vec<String> {
    let built = compile(files, &options(Output::Units));
    if !built.diagnostics.is_empty() {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    for env in &built.envs {
        for unit in &env.units {
            let texts = built.results.texts(&[unit]).expect("the texts of a build that has just been");
            let text = std::str::from_utf8(&texts[0]).expect("manifests are UTF-8");
            for (nth, document) in manifest::yaml::read::documents(text).expect("manifests are YAML").iter().enumerate() {
                let why = Some(Target { kind: unit.kind.clone(), name: unit.name.clone(), object: nth as u32 });
                let outcome = compile(files, &Options { select: Select::Env(env.name.clone()), why, ..options(Output::None) });
                let Some(found) = &outcome.why else {
                    wrong.push(format!("{project}: {} {} of env {} has no answer", unit.kind, unit.name, env.name));
                    continue;
                };
                let root = diff::Path::default();
                for leaf in provenance::leaves(&Asked { env: &env.name, object: &document.value, path: &root }, found) {
                    let winner = leaf.steps.iter().find(|it| it.state == State::Wins);
                    let stands = leaf.value.map_or(String::new(), plain);
                    let says = winner.map(|it| it.wrote.value.clone());
                    // What is known only when linked is not printed, what is secret not shown, what holds nothing is no single value.
                    let agrees = match &says {
                        None => false,
                        Some(None) => true,
                        Some(Some(said)) => leaf.value.is_none_or(|it| *said == stands || matches!(it, Json::Map(_) | Json::List(_))),
                    };
                    if !agrees {
                        wrong.push(format!("{project}: env {}, object {nth} of {} {}, {}: {stands}, but {says:?}", env.name, unit.kind, unit.name, leaf.path));
                    }
                }
            }
        }
    }
    wrong
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_json(),
    }
}

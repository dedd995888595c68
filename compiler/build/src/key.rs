//! Keys: of the check of a declaration, of the evaluation of a unit, and of its parts in the memo.
//!
//! Invariant: a key digests everything that the step can see, so equal keys mean equal results (grammar.md, "Key").

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;
use store::{Digest, Hasher};

use crate::graph::{At, Closure, Inputs};
use crate::session::{Contents, Session};

/// Digests of inputs by path.
pub type InputDigests = HashMap<Arc<str>, Digest>;

/// Key of the check of a declaration.
pub fn check(session: &Session<'_>, at: At) -> Digest {
    let mut hasher = Hasher::new("check");
    hasher.digest(&session.compiler);
    hasher.digest(&session.graph.globals);
    hasher.digest(&session.graph.closure(at).digest);
    hasher.finish()
}

/// Key of the check of an environment's entry, of that number, against the instance it lists.
pub fn check_entry(session: &Session<'_>, env: At, nth: usize) -> Digest {
    let graph = session.graph;
    let entry = &graph.nodes[env].outline.entries[nth];
    let mut hasher = Hasher::new("entry");
    hasher.digest(&session.compiler);
    hasher.digest(&graph.globals);
    hasher.digest(&session.entries[&env][nth].digest);
    hasher.option(graph.instance(&entry.word, &entry.name), |h, at| h.digest(&graph.closure(at).digest));
    hasher.finish()
}

/// Keys of the members of an environment, in their order.
pub fn units(session: &Session<'_>, contents: &Contents, json: bool, inputs: &InputDigests) -> Vec<Digest> {
    let graph = session.graph;
    let env = graph.nodes[contents.env];
    let closures = env.outline.entries.iter().zip(&session.entries[&contents.env]);
    let mut entries: HashMap<At, &Closure> = HashMap::with_capacity(env.outline.entries.len());
    for (entry, closure) in closures {
        if let Some(at) = graph.instance(&entry.word, &entry.name) {
            // The first counts, as it does where a second is reported.
            entries.entry(at).or_insert(closure);
        }
    }
    let common = common(session, contents, json, inputs);
    let key = |at: &At| {
        let own = graph.closure(*at);
        let entry = entries.get(at);
        let mut hasher = Hasher::new("unit");
        hasher.digest(&common);
        hasher.digest(&own.digest);
        hasher.option(entry, |h, it| h.digest(&it.digest));
        files(&mut hasher, &own.inputs, inputs);
        files(&mut hasher, entry.map_or(&None, |it| &it.inputs), inputs);
        hasher.finish()
    };
    contents.members.par_iter().with_min_len(256).map(key).collect()
}

/// Everything of the environment that every unit sees.
fn common(session: &Session<'_>, contents: &Contents, json: bool, inputs: &InputDigests) -> Digest {
    let graph = session.graph;
    let env = graph.nodes[contents.env];
    let mut hasher = Hasher::new("environment");
    hasher.digest(&session.compiler);
    hasher.digest(&graph.common);
    hasher.str(&env.outline.name);
    hasher.bool(json);
    let entries = env.outline.entries.iter().zip(&session.entries[&contents.env]);
    let mut closures: Vec<&Closure> = entries.filter(|(it, _)| it.word.is_empty()).map(|it| it.1).collect();
    let on = env.outline.on.as_ref().and_then(|(word, name)| graph.instance(word, name));
    closures.extend(on.map(|it| graph.closure(it)));
    let statics = contents.members.iter().filter(|at| session.is_static(&graph.nodes[**at].outline.word));
    closures.extend(statics.map(|it| graph.closure(*it)));
    closures.extend(graph.settings().map(|it| graph.closure(it)));
    hasher.seq(closures, |h, it| {
        h.digest(&it.digest);
        files(h, &it.inputs, inputs);
    });
    hasher.finish()
}

fn files(hasher: &mut Hasher, wanted: &Inputs, inputs: &InputDigests) {
    let Some(wanted) = wanted else { return hasher.variant(0) };
    hasher.variant(1);
    hasher.seq(wanted.iter(), |h, path| {
        h.str(path);
        h.option(inputs.get(path), Hasher::digest);
    });
}

/// Key of a unit's summary or template in the memo.
pub fn part(key: &Digest, what: &str) -> Digest {
    let mut hasher = Hasher::new(what);
    hasher.digest(key);
    hasher.finish()
}

/// Key of a unit's text with its holes filled.
pub fn rendered(key: &Digest, fills: &[Arc<str>]) -> Digest {
    let mut hasher = Hasher::new("rendered");
    hasher.digest(key);
    hasher.seq(fills, |h, it| h.str(it));
    hasher.finish()
}

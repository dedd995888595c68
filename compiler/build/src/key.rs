//! Keys: of the check of a declaration, of the evaluation of a unit, and of its parts in the memo.
//!
//! Invariant: a key digests everything that the step can see, so equal keys mean equal results (grammar.md, "Key").

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;
use store::{Digest, Hasher};

use crate::graph::{At, Closure, Inputs};
use crate::session::{self, Contents, Listing, Member, Session};

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

/// Key of the check of an entry of an environment or layer, of that number, against the instance it lists.
pub fn check_entry(session: &Session<'_>, step: At, nth: usize) -> Digest {
    let graph = session.graph;
    let entry = &graph.nodes[step].outline.entries[nth];
    let mut hasher = Hasher::new("entry");
    hasher.digest(&session.compiler);
    hasher.digest(&graph.globals);
    hasher.digest(&session.entries[&step][nth].digest);
    hasher.option(graph.instance(&entry.word, &entry.name), |h, at| h.digest(&graph.closure(at).digest));
    hasher.finish()
}

/// Key of the check that nothing is missing for an instance that an environment's chain lists.
pub fn check_listing(session: &Session<'_>, listing: &Listing) -> Digest {
    let graph = session.graph;
    let mut hasher = Hasher::new("listing");
    hasher.digest(&session.compiler);
    hasher.digest(&graph.globals);
    hasher.str(&listing.word);
    hasher.str(&listing.name);
    hasher.seq(&listing.parts, |h, (step, nth)| h.digest(&graph.nodes[*step].outline.entries[*nth].own));
    hasher.option(listing.instance, |h, at| h.digest(&graph.closure(at).digest));
    hasher.finish()
}

/// Keys of the members of an environment, in their order.
pub fn units(session: &Session<'_>, contents: &Contents, json: bool, inputs: &InputDigests) -> Vec<Digest> {
    let graph = session.graph;
    let listings = session.listings.get(&contents.env).map_or(&[][..], Vec::as_slice);
    let mut parts: HashMap<(At, &str), &[(At, usize)]> = HashMap::with_capacity(listings.len());
    parts.extend(listings.iter().filter_map(|it| Some(((it.instance?, &*it.name), it.parts.as_slice()))));
    let common = common(session, contents, json, inputs);
    let key = |member: &Member| {
        let own = graph.closure(member.at);
        let mut hasher = Hasher::new("unit");
        hasher.digest(&common);
        hasher.digest(&own.digest);
        // An instance has its own name unless it is given another.
        let is_alias = *member.name != *graph.nodes[member.at].outline.name;
        hasher.option(is_alias.then_some(&member.name), |h, it| h.str(it));
        files(&mut hasher, &own.inputs, inputs);
        let entries = parts.get(&(member.at, &*member.name)).copied().unwrap_or(&[]);
        hasher.seq(entries, |h, (step, nth)| {
            let entry = &session.entries[step][*nth];
            h.digest(&entry.digest);
            files(h, &entry.inputs, inputs);
        });
        hasher.finish()
    };
    contents.members.par_iter().with_min_len(256).map(key).collect()
}

/// Everything of the environment that every unit sees.
pub fn common(session: &Session<'_>, contents: &Contents, json: bool, inputs: &InputDigests) -> Digest {
    let graph = session.graph;
    let env = graph.nodes[contents.env];
    let mut hasher = Hasher::new("environment");
    hasher.digest(&session.compiler);
    hasher.digest(&graph.common);
    hasher.str(&env.outline.name);
    hasher.bool(json);
    let mut closures: Vec<&Closure> = Vec::new();
    for step in graph.chain(contents.env) {
        let entries = graph.nodes[step].outline.entries.iter().zip(&session.entries[&step]);
        closures.extend(entries.filter(|(it, _)| it.word.is_empty()).map(|it| it.1));
    }
    let on = session::cluster(graph, contents.env).and_then(|(word, name)| graph.instance(word, name));
    closures.extend(on.map(|it| graph.closure(it)));
    let statics = contents.members.iter().filter(|it| session.is_static(&graph.nodes[it.at].outline.word));
    closures.extend(statics.map(|it| graph.closure(it.at)));
    closures.extend(graph.settings().map(|it| graph.closure(it)));
    hasher.seq(closures, |h, it| {
        h.digest(&it.digest);
        files(h, &it.inputs, inputs);
    });
    hasher.finish()
}

/// Key of a check that held: of its environment, its closure, the link it asks, and the objects that it looks at.
pub fn assertion(common: &Digest, closure: &Closure, inputs: &InputDigests, link: Option<&Digest>, seen: &[(&str, &str, &str, &Digest)]) -> Digest {
    let mut hasher = Hasher::new("assertion");
    hasher.digest(common);
    hasher.digest(&closure.digest);
    files(&mut hasher, &closure.inputs, inputs);
    hasher.option(link, Hasher::digest);
    hasher.seq(seen, |h, (word, name, kind, digest)| {
        h.str(word);
        h.str(name);
        h.str(kind);
        h.digest(digest);
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

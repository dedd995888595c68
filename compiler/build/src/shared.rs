//! What environments of one cluster may share: units of static instances, by the bytes of their text.

use rayon::prelude::*;
use store::Digest;

use crate::key;
use crate::publish;
use crate::run::Build;
use crate::units::{Pending, Work};
use manifest::unit::Template;

/// Of each unit of a static instance, the digest of its text; `None` where a text is lost.
pub(crate) fn digests(build: &Build<'_>, work: &Work<'_>, units: &[Pending], fills: &[Vec<String>]) -> Option<Vec<Option<Digest>>> {
    let of = |(unit, fills): (&Pending, &Vec<String>)| {
        let is_static = work.session.is_static(&work.session.graph.nodes[unit.at].outline.word);
        if is_static { Some(Some(digest(build, unit, fills)?)) } else { Some(None) }
    };
    units.par_iter().zip(fills).with_min_len(64).map(of).collect()
}

fn digest(build: &Build<'_>, unit: &Pending, fills: &[String]) -> Option<Digest> {
    let fills: Vec<_> = fills.iter().map(|it| it.as_str().into()).collect();
    let render = |template: &Template| match template.is_whole() {
        true => Digest::of(&template.bytes),
        false => Digest::of(&publish::render(template, &fills, build.json())),
    };
    match &unit.fresh {
        Some(fresh) => Some(render(&fresh.template)),
        None if fills.is_empty() => Some(Digest::of(build.memo.get(&key::rendered(&unit.key, &fills))?)),
        None => Some(render(&Template::decode(build.memo.get(&key::part(&unit.key, "template"))?).ok()?)),
    }
}

//! Two things that claim one identity: objects of one id, routes of one host and path.

use std::borrow::Cow;

use super::super::word_hash::WordMap;
use super::super::{Finding, diagnostics, table::World};

/// Every object has an id of its own.
pub(super) fn objects(world: &World<'_>, findings: &mut Vec<Finding>) {
    for (first, second) in &world.doubles {
        let (first, second) = (&world.table.objects[*first as usize], &world.table.objects[*second as usize]);
        let units = (world.table.unit(first).summary, world.table.unit(second).summary);
        findings.push(diagnostics::duplicate_object(first, second, units));
    }
}

/// A host and path leads to one backend, unless something tells requests apart (ingress class, entry points, canary).
pub(super) fn routes(world: &World<'_>, findings: &mut Vec<Finding>) {
    let mut seen: WordMap<[Cow<'_, str>; 4], (usize, usize)> = WordMap::default();
    for (at, object) in world.table.own().iter().enumerate() {
        for (index, route) in object.summary.shape.routes.iter().enumerate() {
            let text = |text| world.table.text(object.unit, text);
            let key = [text(&route.host), text(&route.url), Cow::Borrowed(&*route.path_type), text(&route.apart)];
            let (first, first_index) = *seen.entry(key).or_insert((at, index));
            if (first, first_index) != (at, index) {
                let address = format!("{}{}", text(&route.host), text(&route.url));
                let first = &world.table.objects[first];
                let places = [(first, first_index), (object, index)].map(|(it, index)| (it, world.table.leaf(it, &it.summary.shape.routes[index].path)));
                findings.push(diagnostics::duplicate_route(&address, places));
            }
        }
    }
}

//! References by name lead to an object, and to a key or port that it has.

use manifest::unit::{Edge, PortRef};

use super::super::table::{Id, Object, World};
use super::super::{Finding, diagnostics, policy};
use super::port;

/// Every reference has a target: an object, something made at run time, something `extern`, or something every cluster has.
pub(super) fn resolve(world: &World<'_>, findings: &mut Vec<Finding>) {
    for object in world.table.own() {
        for edge in &object.summary.edges {
            let name = world.table.text(object.unit, &edge.name);
            // A hole without an answer has its finding already.
            if name.is_empty() {
                continue;
            }
            let namespace = edge.namespace.as_ref().map(|it| world.table.text(object.unit, it)).unwrap_or_default();
            let reference = Reference { object, edge, namespace: &namespace, name: &name };
            match reference.target(world) {
                Some(target) => reference.check_found(world, target, findings),
                None => reference.check_missing(world, findings),
            }
        }
    }
}

/// A reference with its texts filled.
struct Reference<'r, 't> {
    object: &'r Object<'t>,
    edge: &'t Edge,
    namespace: &'r str,
    name: &'r str,
}

impl<'r, 't> Reference<'r, 't> {
    /// What it may mean; a cluster-scoped target is looked up without the namespace.
    fn ids(&self) -> impl Iterator<Item = Id<'_>> {
        let Self { edge, namespace, name, .. } = *self;
        let far = (!namespace.is_empty()).then_some("");
        std::iter::once(namespace).chain(far).flat_map(move |namespace| edge.targets.iter().map(move |(group, kind)| Id { group, kind, namespace, name }))
    }

    fn target(&self, world: &World<'t>) -> Option<&'t Object<'t>> {
        let near = |namespace| self.edge.targets.iter().find_map(move |(group, kind)| world.find(Id { group, kind, namespace, name: self.name }));
        near(self.namespace).or_else(|| if self.namespace.is_empty() { None } else { near("") })
    }

    fn check_found(&self, world: &World<'t>, target: &'t Object<'t>, findings: &mut Vec<Finding>) {
        let Self { object, edge, .. } = *self;
        // Inside one unit the evaluator has put the suffix; other units know the name only by asking for it.
        if target.base_name.is_some() && *target.name != *self.name && target.unit != object.unit {
            let unit = world.table.unit(target).summary;
            findings.push(diagnostics::hashed_name(object, edge, target, unit, world.table.leaf(object, &edge.path)));
        }
        if let (Some(key), Some(keys)) = (&edge.key, &target.summary.shape.keys)
            && !edge.optional
        {
            let key = world.table.text(object.unit, key);
            if !key.is_empty() && !keys.iter().any(|it| **it == *key) {
                findings.push(diagnostics::unknown_data_key(object, edge, &key, &target.id(), keys, world.table.leaf(object, &edge.path), Some(target)));
            }
        }
        if let Some(wanted) = &edge.port {
            let ports = &target.summary.shape.ports;
            let found = ports.is_empty()
                || match wanted {
                    PortRef::Name(name) => {
                        let name = world.table.text(object.unit, name);
                        name.is_empty() || ports.iter().any(|it| it.name.as_ref().is_some_and(|it| world.table.text(target.unit, it) == name))
                    }
                    PortRef::Number(number) => ports.iter().any(|it| it.number == *number),
                };
            if !found {
                findings.push(port::missing_of_service(world, object, edge, wanted, target));
            }
        }
    }

    fn check_missing(&self, world: &World<'t>, findings: &mut Vec<Finding>) {
        let Self { object, edge, .. } = *self;
        if let Some((id, promise)) = self.ids().find_map(|id| world.promise(id).map(|it| (id, it))) {
            if let (Some(key), Some(keys), false) = (&edge.key, promise.keys, edge.optional) {
                let key = world.table.text(object.unit, key);
                if !keys.iter().any(|it| **it == *key) {
                    findings.push(diagnostics::unknown_data_key(object, edge, &key, &id, keys, world.table.leaf(object, &edge.path), None));
                }
            }
            return;
        }
        let is_there = |id: Id<'_>| policy::is_everywhere(id.kind, id.namespace, id.name) || policy::fills_itself(id.namespace);
        let is_elsewhere = policy::is_of_another_provider(&edge.targets, self.name);
        if edge.optional || is_elsewhere || self.ids().any(is_there) || world.is_hidden(self.name) {
            return;
        }
        let of_target = |target: &'t (manifest::unit::Str, manifest::unit::Str)| {
            policy::severity(&object.summary.kind, &edge.path, (&target.0, &target.1), || world.manages(&target.0, &target.1))
        };
        // Where it may be of several kinds, the mildest speaks.
        let Some(Some(severity)) = edge.targets.iter().map(of_target).min() else { return };
        let known: Vec<(&str, Vec<&str>)> =
            self.ids().map(|id| (id.kind, world.names(id.group, id.kind, id.namespace))).filter(|it| !it.1.is_empty()).collect();
        let elsewhere = edge.targets.iter().flat_map(|(group, kind)| {
            let same = |it: &&Object<'t>| *it.summary.kind == **kind && it.summary.group == *group && it.base_name.as_ref().unwrap_or(&it.name) == self.name;
            world.table.objects.iter().filter(same).map(|it| &*it.namespace)
        });
        let elsewhere: Vec<&str> = elsewhere.filter(|it| *it != self.namespace).collect();
        let place = world.table.leaf(object, &edge.path);
        findings.push(diagnostics::unknown_reference(world.env, object, edge, (self.namespace, self.name), severity, (&known, &elsewhere), place));
    }
}

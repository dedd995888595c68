//! Namespaces of objects exist.

use std::collections::BTreeMap;

use super::super::table::{Id, Object, World};
use super::super::{Finding, diagnostics, policy};

/// Every namespaced object is in a namespace of the environment, of one it uses, of its cluster, or a built-in one.
pub(super) fn exist(world: &World<'_>, findings: &mut Vec<Finding>) {
    let of_cluster = world.network.clusters.iter().find(|it| it.name == world.cluster).map_or(&[][..], |it| &it.namespaces);
    let mut missing: BTreeMap<&str, Vec<&Object<'_>>> = BTreeMap::new();
    // Objects of one unit nearly always share their namespace.
    let mut last_known = "";
    for object in world.table.own() {
        let namespace = &*object.namespace;
        if namespace == last_known || namespace.is_empty() || !object.summary.namespaced {
            continue;
        }
        let id = Id { group: "", kind: "Namespace", namespace: "", name: namespace };
        let is_there = || world.find(id).is_some() || policy::is_builtin_namespace(namespace) || of_cluster.iter().any(|it| it == namespace);
        if is_there() || world.promise(id).is_some() || world.is_poisoned("namespace", namespace) || world.is_hidden(namespace) {
            last_known = namespace;
        } else {
            missing.entry(namespace).or_default().push(object);
        }
    }
    for (namespace, objects) in missing {
        let known = world.names("", "Namespace", "");
        let place = world.table.leaf(objects[0], "metadata.namespace");
        findings.push(diagnostics::unknown_namespace(world.env, namespace, &objects, &known, place));
    }
}

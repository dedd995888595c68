//! `extern` and objects never claim the same id.

use super::super::table::{Id, World};
use super::super::{Finding, diagnostics};

/// What is said to be somebody else's is not made here.
pub(super) fn made_elsewhere(world: &World<'_>, findings: &mut Vec<Finding>) {
    for (external, namespace, name) in world.externs() {
        let id = Id { group: &external.group, kind: &external.kind, namespace: &namespace, name: &name };
        if let Some(object) = world.find(id).filter(|_| !name.is_empty()) {
            findings.push(diagnostics::extern_made_here(world, external, object));
        }
    }
}

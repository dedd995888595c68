//! Selectors select something, and ports of a Service lead to ports of the pods it selects.

use super::super::label_index::selects;
use super::super::table::{Object, World};
use super::super::{Finding, diagnostics};
use super::port;

/// Every selector finds an object.
pub(super) fn select(world: &World<'_>, findings: &mut Vec<Finding>) {
    let table = world.table;
    for object in table.own() {
        let shape = &object.summary.shape;
        for selector in &shape.selectors {
            // A workload's selector is for the pods it makes; the API server refuses any other.
            if shape.pods.is_some() && *selector.target.1 == *"Pod" {
                if !selects(table, object, selector, object) {
                    findings.push(diagnostics::selects_others(world, object, selector, table.leaf(object, &selector.path)));
                }
                continue;
            }
            // Most Services select pods of their own unit; only where that is not all, everything is looked through.
            let mut selected: Vec<&Object<'_>> = table.siblings(object).iter().filter(|it| selects(table, object, selector, it)).collect();
            if selected.is_empty() {
                selected = world.labels().selected(table, object, selector);
            }
            if selected.is_empty() {
                let wanted = || selector.labels.iter().map(|it| table.text(object.unit, &it.1));
                // A label that is a hole without an answer, or the label of an instance with errors.
                if !wanted().any(|it| it.is_empty() || world.is_hidden(&it)) {
                    findings.push(diagnostics::selects_nothing(world, object, selector, table.leaf(object, &selector.path)));
                }
                continue;
            }
            if shape.ports.is_empty() || *selector.target.1 != *"Pod" || !shape.ports.iter().any(|it| port::missing_of_pods(world, object, it, &selected)) {
                continue;
            }
            let selected = world.labels().selected(table, object, selector);
            for it in shape.ports.iter().filter(|it| port::missing_of_pods(world, object, it, &selected)) {
                findings.push(diagnostics::unknown_target_port(world, object, it, &selected, table.leaf(object, &it.path)));
            }
        }
    }
}

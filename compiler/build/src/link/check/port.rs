//! Ports by name or number: of a Service, and of the containers behind it.

use manifest::unit::{Edge, PortRef, ServicePort};

use super::super::table::{Object, World};
use super::super::{Finding, diagnostics};

/// Whether no pod declares the target of a Service's port.
///
/// A number needs no declaration to work; it is missed only among pods that declare their ports. Source: k8s.io/kubernetes/pkg/api/v1/pod, `FindPort`.
pub(super) fn missing_of_pods(world: &World<'_>, service: &Object<'_>, port: &ServicePort, pods: &[&Object<'_>]) -> bool {
    let mut declared = pods.iter().flat_map(|pod| pod.summary.shape.pods.iter().flat_map(move |it| it.ports.iter().map(move |it| (pod, it))));
    match &port.target {
        PortRef::Name(name) => {
            let name = world.table.text(service.unit, name);
            let is_it = |pod: &Object<'_>, text| world.table.text(pod.unit, text) == name;
            !name.is_empty() && !declared.any(|(pod, it)| it.protocol == port.protocol && it.name.as_ref().is_some_and(|it| is_it(pod, it)))
        }
        PortRef::Number(number) => {
            let mut declared = declared.peekable();
            declared.peek().is_some() && !declared.any(|(_, it)| it.number == *number && it.protocol == port.protocol)
        }
    }
}

/// The finding for a reference to a port that a Service has not.
pub(super) fn missing_of_service(world: &World<'_>, object: &Object<'_>, edge: &Edge, wanted: &PortRef, service: &Object<'_>) -> Finding {
    let wanted = match wanted {
        PortRef::Name(name) => world.table.text(object.unit, name).into_owned(),
        PortRef::Number(number) => number.to_string(),
    };
    let name = |it: &ServicePort| it.name.as_ref().map(|it| world.table.text(service.unit, it).into_owned());
    let known = service.summary.shape.ports.iter().map(|it| (name(it), it.number)).collect::<Vec<_>>();
    diagnostics::unknown_port(object, edge, &wanted, service, &known, world.table.leaf(object, &edge.path))
}

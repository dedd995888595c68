//! VLANs of one network: numbers, addresses, gateways.

use std::collections::BTreeMap;

use super::super::network::{Indexed, VlanDecl};
use super::super::{Finding, diagnostics};
use super::overlap;

/// A number stands for one VLAN of a network.
pub(super) fn ids(network: &Indexed<'_>, findings: &mut Vec<Finding>) {
    for network in &network.decls.networks {
        let mut by_id: BTreeMap<i64, Vec<&VlanDecl>> = BTreeMap::new();
        for vlan in &network.vlans {
            by_id.entry(vlan.id).or_default().push(vlan);
        }
        for vlans in by_id.values_mut() {
            vlans.sort_by(|a, b| a.name.cmp(&b.name));
            findings.extend(vlans.iter().skip(1).map(|it| diagnostics::duplicate_vlan_id(&network.name, vlans[0], it)));
        }
    }
}

/// Two VLANs of a network have no address in common.
pub(super) fn apart(network: &Indexed<'_>, findings: &mut Vec<Finding>) {
    for network in &network.decls.networks {
        let mut vlans: Vec<&VlanDecl> = network.vlans.iter().collect();
        vlans.sort_by(|a, b| a.name.cmp(&b.name));
        let ranges: Vec<_> = vlans.iter().map(|it| it.cidr.range()).collect();
        for (a, b) in overlap::pairs(&ranges) {
            let Some(common) = ranges[a].overlap(ranges[b]) else { continue };
            findings.push(diagnostics::vlan_overlap(&network.name, vlans[a], vlans[b], common));
        }
    }
}

/// A gateway is an address that a host of the VLAN may have.
pub(super) fn gateways(network: &Indexed<'_>, findings: &mut Vec<Finding>) {
    for network in &network.decls.networks {
        for vlan in &network.vlans {
            let Some(gateway) = vlan.gateway else { continue };
            // An IPv6 router may well have the address that means "any router" (RFC 4291, 2.6.1).
            let unusable = gateway.bits() == 32 && !host_free(vlan).is_none_or(|(first, last)| gateway != first && gateway != last);
            if !vlan.cidr.contains(gateway) || unusable {
                findings.push(diagnostics::gateway_outside_vlan(&network.name, vlan, gateway));
            }
        }
    }
}

/// The two addresses of an IPv4 block that no host has: network and broadcast. Blocks of one or two addresses have none (RFC 3021).
pub(super) fn host_free(vlan: &VlanDecl) -> Option<(syntax::literal::ip::Ip, syntax::literal::ip::Ip)> {
    (vlan.cidr.address.bits() == 32 && vlan.cidr.prefix < 31).then(|| (vlan.cidr.first(), vlan.cidr.last()))
}

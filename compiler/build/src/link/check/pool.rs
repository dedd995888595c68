//! Pools: inside their VLAN, apart from each other, with reserves of their own. Exact ranges, never the block around them.

use std::collections::BTreeMap;

use syntax::literal::ip::{Ip, IpRange};

use super::super::network::{Indexed, PoolDecl, PoolRange};
use super::super::{Finding, diagnostics};
use super::{overlap, vlan};

/// A range lies in its pool's VLAN and leaves out the addresses that no host may have.
pub(super) fn in_vlan(network: &Indexed<'_>, findings: &mut Vec<Finding>) {
    for pool in &network.decls.pools {
        let Some(vlan) = network.vlan_of(pool) else { continue };
        for range in &pool.ranges {
            let outside = overlap::outside(range.range, vlan.cidr.range());
            if !outside.is_empty() {
                findings.push(diagnostics::pool_outside_vlan(pool, range, vlan, &outside));
                continue;
            }
            let (first, last) = (vlan.cidr.first(), vlan.cidr.last());
            let special: &[(Ip, &str)] = match vlan::host_free(vlan) {
                Some(_) => &[(first, "the network address"), (last, "the broadcast address")],
                None if first.bits() == 128 && vlan.cidr.prefix < 127 => &[(first, "the subnet-router anycast address")],
                None => &[],
            };
            for (address, what) in special.iter().filter(|it| range.range.contains(it.0)) {
                findings.push(diagnostics::pool_holds_vlan_address(pool, range, vlan, *address, what));
            }
        }
    }
}

/// The gateway of a pool's VLAN is not handed out.
pub(super) fn gateways(network: &Indexed<'_>, findings: &mut Vec<Finding>) {
    for pool in &network.decls.pools {
        let Some((vlan, gateway)) = network.vlan_of(pool).and_then(|it| it.gateway.map(|gateway| (it, gateway))) else { continue };
        for range in pool.ranges.iter().filter(|it| it.range.contains(gateway)) {
            findings.push(diagnostics::gateway_in_pool(pool, range, vlan, gateway));
        }
    }
}

/// A reserve is of its pool, is not handed out to others, and has an address of its own.
pub(super) fn reserves(network: &Indexed<'_>, findings: &mut Vec<Finding>) {
    for pool in &network.decls.pools {
        let mut by_address: BTreeMap<Ip, &str> = BTreeMap::new();
        let mut reserves: Vec<_> = pool.reserves.iter().collect();
        reserves.sort_by(|a, b| a.name.cmp(&b.name));
        for reserve in reserves {
            let mut holders = pool.ranges.iter().filter(|it| it.range.contains(reserve.address)).peekable();
            if holders.peek().is_none() {
                findings.push(diagnostics::reserve_outside_pool(pool, reserve));
            } else if let Some(range) = holders.min_by_key(|it| it.is_auto()).filter(|it| it.is_auto()) {
                findings.push(diagnostics::reserve_in_auto_range(pool, reserve, range));
            }
            let first = *by_address.entry(reserve.address).or_insert(&reserve.name);
            if first != reserve.name {
                findings.push(diagnostics::duplicate_reserve(pool, first, reserve));
            }
        }
    }
}

/// Two pools of one network hand out no address both, on whatever clusters they are; nor does one pool twice.
pub(super) fn apart(network: &Indexed<'_>, findings: &mut Vec<Finding>) {
    for (_, pools) in by_network(network) {
        let all: Vec<(&PoolDecl, &PoolRange)> = pools.iter().flat_map(|pool| pool.ranges.iter().map(move |it| (*pool, it))).collect();
        let ranges: Vec<(IpRange, &str)> = all.iter().map(|(pool, it)| (it.range, pool.name.as_str())).collect();
        for common in overlap::common(&ranges).into_values() {
            findings.push(diagnostics::pool_overlap(all[common.ranges.0], all[common.ranges.1], &common.pieces));
        }
    }
}

/// The pools by their network, each group by name.
pub(super) fn by_network<'n>(network: &Indexed<'n>) -> BTreeMap<&'n str, Vec<&'n PoolDecl>> {
    let mut groups: BTreeMap<&str, Vec<&PoolDecl>> = BTreeMap::new();
    for pool in &network.decls.pools {
        groups.entry(&pool.network).or_default().push(pool);
    }
    groups.values_mut().for_each(|it| it.sort_by(|a, b| a.name.cmp(&b.name)));
    groups
}

//! Messages about networks, clusters and pools. Every one names both places and the exact addresses.

use diag::code;
use syntax::literal::ip::{Ip, IpRange};

use super::{Finding, Place, error, range, ranges};
use crate::link::network::{ClusterDecl, NetworkDecl, PoolDecl, PoolRange, Reserve, VlanDecl};

/// An entry of a static instance.
pub(in crate::link) fn declared(kind: &str, name: &str, path: &[&str]) -> Place {
    Place::Declared { kind: kind.to_owned(), name: name.to_owned(), path: path.iter().map(|it| (*it).to_owned()).collect() }
}

/// An entry of a pool.
pub(super) fn entry(pool: &PoolDecl, path: &[String]) -> Place {
    Place::Declared { kind: "pool".to_owned(), name: pool.name.clone(), path: path.to_vec() }
}

fn vlan_entry(network: &str, vlan: &VlanDecl, field: &str) -> Place {
    declared("network", network, &["vlan", &vlan.name, field])
}

fn node_entry(cluster: &ClusterDecl, at: usize) -> Place {
    declared("cluster", &cluster.name, &["nodes", &at.to_string()])
}

fn reserve_entry(pool: &PoolDecl, name: &str) -> Place {
    declared("pool", &pool.name, &["reserve", name])
}

/// One number for two VLANs.
pub(in crate::link) fn duplicate_vlan_id(network: &str, first: &VlanDecl, second: &VlanDecl) -> Finding {
    let message = format!("vlans {} and {} of network {network} both have the id {}", first.name, second.name, second.id);
    error(code::DUPLICATE_VLAN_ID, vlan_entry(network, second, "id"), message).label("the same id again").also(vlan_entry(network, first, "id"), "first here")
}

/// Two VLANs with common addresses.
pub(in crate::link) fn vlan_overlap(network: &str, a: &VlanDecl, b: &VlanDecl, common: IpRange) -> Finding {
    let message = format!("vlans {} and {} of network {network} both contain {}", a.name, b.name, range(common));
    error(code::VLAN_OVERLAP, vlan_entry(network, b, "cidr"), message).label(b.cidr.to_string()).also(vlan_entry(network, a, "cidr"), a.cidr.to_string())
}

/// A gateway that no host of the VLAN reaches.
pub(in crate::link) fn gateway_outside_vlan(network: &str, vlan: &VlanDecl, gateway: Ip) -> Finding {
    let what = if !vlan.cidr.contains(gateway) {
        format!("lies outside {}", vlan.cidr)
    } else if gateway == vlan.cidr.first() {
        format!("is the network address of {}", vlan.cidr)
    } else {
        format!("is the broadcast address of {}", vlan.cidr)
    };
    let message = format!("gateway {gateway} of vlan {} {what}", vlan.name);
    error(code::GATEWAY_OUTSIDE_VLAN, vlan_entry(network, vlan, "gateway"), message)
        .label("no host can have it")
        .also(vlan_entry(network, vlan, "cidr"), "the addresses of the vlan")
}

/// A range with addresses that its VLAN has not.
pub(in crate::link) fn pool_outside_vlan(pool: &PoolDecl, from: &PoolRange, vlan: &VlanDecl, outside: &[IpRange]) -> Finding {
    let message = format!("pool {} hands out {}, outside of vlan {} ({})", pool.name, ranges(outside), vlan.name, vlan.cidr);
    error(code::POOL_OUTSIDE_VLAN, entry(pool, &from.path), message)
        .label(format!("{} is not all in the vlan", range(from.range)))
        .also(vlan_entry(&pool.network, vlan, "cidr"), "the addresses of the vlan")
}

/// A range with an address that no host may have.
pub(in crate::link) fn pool_holds_vlan_address(pool: &PoolDecl, from: &PoolRange, vlan: &VlanDecl, address: Ip, what: &str) -> Finding {
    let message = format!("pool {} hands out {address}, {what} of vlan {} ({})", pool.name, vlan.name, vlan.cidr);
    error(code::POOL_HOLDS_VLAN_ADDRESS, entry(pool, &from.path), message)
        .label(format!("{} contains {address}", range(from.range)))
        .also(vlan_entry(&pool.network, vlan, "cidr"), format!("{address} is {what}"))
}

/// A range with the gateway's address.
pub(in crate::link) fn gateway_in_pool(pool: &PoolDecl, from: &PoolRange, vlan: &VlanDecl, gateway: Ip) -> Finding {
    let message = format!("pool {} hands out {gateway}, the gateway of vlan {}", pool.name, vlan.name);
    error(code::GATEWAY_IN_POOL, entry(pool, &from.path), message)
        .label(format!("{} contains {gateway}", range(from.range)))
        .also(vlan_entry(&pool.network, vlan, "gateway"), "the gateway")
}

/// A reserve that its pool does not hand out.
pub(in crate::link) fn reserve_outside_pool(pool: &PoolDecl, reserve: &Reserve) -> Finding {
    let all: Vec<IpRange> = pool.ranges.iter().map(|it| it.range).collect();
    let has = if all.is_empty() { "which has no addresses".to_owned() } else { format!("which hands out {}", ranges(&all)) };
    let message = format!("reserve {} ({}) is no address of pool {}, {has}", reserve.name, reserve.address, pool.name);
    let mut finding = error(code::RESERVE_OUTSIDE_POOL, reserve_entry(pool, &reserve.name), message).label("in none of the pool's ranges");
    for it in &pool.ranges {
        finding = finding.also(entry(pool, &it.path), range(it.range));
    }
    finding
}

/// A reserve that somebody else may get.
pub(in crate::link) fn reserve_in_auto_range(pool: &PoolDecl, reserve: &Reserve, from: &PoolRange) -> Finding {
    let message = format!("reserve {} ({}) of pool {} may be given to any Service: it lies in the automatic range", reserve.name, reserve.address, pool.name);
    error(code::RESERVE_IN_AUTO_RANGE, reserve_entry(pool, &reserve.name), message)
        .warn()
        .label("meant for one Service")
        .also(entry(pool, &from.path), format!("{} is given to whoever comes first", range(from.range)))
}

/// Two names for one address.
pub(in crate::link) fn duplicate_reserve(pool: &PoolDecl, first: &str, second: &Reserve) -> Finding {
    let message = format!("reserves {first} and {} of pool {} are both {}", second.name, pool.name, second.address);
    error(code::DUPLICATE_RESERVE, reserve_entry(pool, &second.name), message)
        .warn()
        .label("the same address again")
        .also(reserve_entry(pool, first), "first here")
}

/// Addresses that two pools, or two ranges of one pool, hand out.
pub(in crate::link) fn pool_overlap(a: (&PoolDecl, &PoolRange), b: (&PoolDecl, &PoolRange), common: &[IpRange]) -> Finding {
    let message = if a.0.name == b.0.name {
        format!("pool {} hands out {} twice: as {} and as {}", a.0.name, ranges(common), a.1.path.join("."), b.1.path.join("."))
    } else {
        format!("pools {} and {} both hand out {}", a.0.name, b.0.name, ranges(common))
    };
    let label = |it: (&PoolDecl, &PoolRange)| format!("{} on cluster {}", range(it.1.range), it.0.cluster);
    error(code::POOL_OVERLAP, entry(b.0, &b.1.path), message).label(label(b)).also(entry(a.0, &a.1.path), label(a))
}

/// A node whose address somebody else may get.
pub(in crate::link) fn node_in_pool(cluster: &ClusterDecl, at: usize, pool: &PoolDecl, from: &PoolRange) -> Finding {
    let message = format!("pool {} hands out {}, a node of cluster {}", pool.name, cluster.nodes[at], cluster.name);
    error(code::NODE_IN_POOL, entry(pool, &from.path), message)
        .label(format!("{} contains {}", range(from.range), cluster.nodes[at]))
        .also(node_entry(cluster, at), "the node")
}

/// A node outside of its network.
pub(in crate::link) fn node_outside_vlan(cluster: &ClusterDecl, at: usize, network: &NetworkDecl) -> Finding {
    let message = format!("node {} of cluster {} is in no vlan of network {}", cluster.nodes[at], cluster.name, network.name);
    let mut finding = error(code::NODE_OUTSIDE_VLAN, node_entry(cluster, at), message)
        .label("in no vlan")
        .also(declared("cluster", &cluster.name, &["network"]), "its network");
    let mut vlans: Vec<&VlanDecl> = network.vlans.iter().collect();
    vlans.sort_by(|a, b| a.name.cmp(&b.name));
    for vlan in vlans.into_iter().take(super::LISTED_MAX) {
        finding = finding.also(vlan_entry(&network.name, vlan, "cidr"), format!("vlan {}: {}", vlan.name, vlan.cidr));
    }
    finding
}

/// Two hosts of one address.
pub(in crate::link) fn duplicate_address(network: &str, address: Ip, first: (Place, String), second: (Place, String)) -> Finding {
    let whole = if network.is_empty() { String::new() } else { format!(" in network {network}") };
    let owners = if first.1 == second.1 { format!("{} twice", first.1) } else { format!("{} and {}", first.1, second.1) };
    error(code::DUPLICATE_ADDRESS, second.0, format!("{address} is {owners}{whole}")).label(second.1).also(first.0, first.1)
}

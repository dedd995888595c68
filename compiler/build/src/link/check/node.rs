//! Nodes of clusters: in their network, outside of all pools, each with an address of its own.

use std::collections::BTreeMap;

use syntax::literal::ip::Ip;

use super::super::network::{ClusterDecl, Indexed, NetworkDecl};
use super::super::{Finding, Place, diagnostics};
use super::pool;
use super::range_set::RangeSet;

/// The clusters by name, each with the networks it is in.
fn clusters<'i, 'n>(network: &'i Indexed<'n>) -> Vec<(&'n ClusterDecl, &'i [&'n str])> {
    let mut clusters: Vec<_> = network.decls.clusters.iter().map(|it| (it, network.of_cluster(&it.name))).collect();
    clusters.sort_by(|a, b| a.0.name.cmp(&b.0.name));
    clusters
}

/// No pool hands out the address of a node, on whatever cluster of the network.
pub(super) fn not_in_pools(network: &Indexed<'_>, findings: &mut Vec<Finding>) {
    let clusters = clusters(network);
    for (name, pools) in pool::by_network(network) {
        let ranges = RangeSet::new(pools.iter().flat_map(|pool| pool.ranges.iter().map(move |it| (it.range, (*pool, it)))).collect());
        for (cluster, _) in clusters.iter().filter(|it| it.1.contains(&name)) {
            for (at, node) in cluster.nodes.iter().enumerate() {
                for (pool, range) in ranges.around(*node) {
                    findings.push(diagnostics::node_in_pool(cluster, at, pool, range));
                }
            }
        }
    }
}

/// Nodes of a cluster that names its network lie in one of the network's VLANs.
pub(super) fn in_vlan(network: &Indexed<'_>, findings: &mut Vec<Finding>) {
    let mut homes: BTreeMap<&str, (&NetworkDecl, RangeSet<()>)> = BTreeMap::new();
    for home in &network.decls.networks {
        homes.entry(&home.name).or_insert_with(|| (home, RangeSet::new(home.vlans.iter().map(|it| (it.cidr.range(), ())).collect())));
    }
    for cluster in &network.decls.clusters {
        let Some((home, vlans)) = cluster.network.as_ref().and_then(|name| homes.get(name.as_str())) else { continue };
        for (at, node) in cluster.nodes.iter().enumerate() {
            if !home.vlans.is_empty() && vlans.around(*node).next().is_none() {
                findings.push(diagnostics::node_outside_vlan(cluster, at, home));
            }
        }
    }
}

/// Places of one address and who has it there.
type Hosts = Vec<(Place, String)>;

/// Every node and gateway of a network has an address of its own.
pub(super) fn addresses(network: &Indexed<'_>, findings: &mut Vec<Finding>) {
    // A cluster of which no network is known is a world of its own: its nodes are compared with each other.
    let mut hosts: BTreeMap<(&str, &str, Ip), Hosts> = BTreeMap::new();
    for home in &network.decls.networks {
        for vlan in &home.vlans {
            let Some(gateway) = vlan.gateway else { continue };
            let place = diagnostics::declared("network", &home.name, &["vlan", &vlan.name, "gateway"]);
            hosts.entry((&home.name, "", gateway)).or_default().push((place, format!("the gateway of vlan {}", vlan.name)));
        }
    }
    for (cluster, networks) in clusters(network) {
        let mut worlds: Vec<(&str, &str)> = networks.iter().map(|it| (*it, "")).collect();
        if worlds.is_empty() {
            worlds.push(("", &cluster.name));
        }
        for (at, node) in cluster.nodes.iter().enumerate() {
            let host = (diagnostics::declared("cluster", &cluster.name, &["nodes", &at.to_string()]), format!("a node of cluster {}", cluster.name));
            worlds.iter().for_each(|it| hosts.entry((it.0, it.1, *node)).or_default().push(host.clone()));
        }
    }
    for ((home, _, address), mut hosts) in hosts {
        hosts.sort_by(|a, b| a.1.cmp(&b.1));
        let first = hosts[0].clone();
        findings.extend(hosts.drain(1..).map(|it| diagnostics::duplicate_address(home, address, first.clone(), it)));
    }
}

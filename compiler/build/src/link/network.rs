//! Networks, clusters and pools as plain data: what the static instances of the standard library's kinds say.
//!
//! The caller fills it from `network`, `cluster` and `pool` instances; references to instances with errors are left out.

use std::cell::OnceCell;

use syntax::literal::ip::{Cidr, Ip, IpRange};

use super::check::RangeSet;
use super::word_hash::WordMap;

/// All static declarations of a project that concern addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// `network` instances.
    pub networks: Vec<NetworkDecl>,
    /// `cluster` instances.
    pub clusters: Vec<ClusterDecl>,
    /// `pool` instances.
    pub pools: Vec<PoolDecl>,
}

/// `network home { vlan .. }`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkDecl {
    /// Its name.
    pub name: String,
    /// Its VLANs.
    pub vlans: Vec<VlanDecl>,
}

/// `vlan dev-services { id: 208, cidr: 192.168.208.0/24, gateway: 192.168.208.1 }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VlanDecl {
    /// Its name.
    pub name: String,
    /// Its number.
    pub id: i64,
    /// Its addresses.
    pub cidr: Cidr,
    /// The router's address in it.
    pub gateway: Option<Ip>,
}

/// `cluster dev { nodes: [..] }`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterDecl {
    /// Its name.
    pub name: String,
    /// The network that it says its nodes are in.
    pub network: Option<String>,
    /// Addresses of its nodes, in the order written.
    pub nodes: Vec<Ip>,
    /// Namespaces that exist because of what the cluster is made with, such as that of its load balancer.
    pub namespaces: Vec<String>,
}

/// `pool dev-lb on cluster.dev { .. }`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolDecl {
    /// Its name.
    pub name: String,
    /// Cluster it is on.
    pub cluster: String,
    /// Network of its VLAN.
    pub network: String,
    /// Its VLAN.
    pub vlan: String,
    /// What it hands out.
    pub ranges: Vec<PoolRange>,
    /// Addresses with a name.
    pub reserves: Vec<Reserve>,
}

/// One range of a pool and the entry that says it: `["static"]` or `["auto"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolRange {
    /// The addresses.
    pub range: IpRange,
    /// The entry.
    pub path: Vec<String>,
}

/// `reserve traefik: 192.168.208.70`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserve {
    /// Its name.
    pub name: String,
    /// The address.
    pub address: Ip,
}

impl PoolRange {
    /// Whether the load balancer gives these addresses to whoever comes first.
    pub(super) fn is_auto(&self) -> bool {
        self.path.first().is_some_and(|it| it == "auto")
    }
}

/// The declarations and an index over them, so that no check walks through all of them for each of them.
pub(super) struct Indexed<'n> {
    /// The declarations.
    pub decls: &'n Network,
    vlans: WordMap<(&'n str, &'n str), &'n VlanDecl>,
    networks: WordMap<&'n str, Vec<&'n str>>,
}

impl<'n> Indexed<'n> {
    /// Indexes the declarations; of equal names the first counts.
    pub fn new(decls: &'n Network) -> Self {
        let mut vlans: WordMap<(&str, &str), &VlanDecl> = WordMap::default();
        for network in &decls.networks {
            for vlan in &network.vlans {
                vlans.entry((&network.name, &vlan.name)).or_insert(vlan);
            }
        }
        let mut networks: WordMap<&str, Vec<&str>> = WordMap::default();
        for pool in &decls.pools {
            networks.entry(&pool.cluster).or_default().push(&pool.network);
        }
        let around = OnceCell::new();
        let around = || {
            around
                .get_or_init(|| RangeSet::new(decls.networks.iter().flat_map(|it| it.vlans.iter().map(|vlan| (vlan.cidr.range(), it.name.as_str()))).collect()))
        };
        for cluster in &decls.clusters {
            let names = networks.entry(&cluster.name).or_default();
            if let Some(network) = &cluster.network {
                *names = vec![network];
            } else if names.is_empty() {
                names.extend(cluster.nodes.iter().flat_map(|node| around().around(*node)));
            }
            names.sort_unstable();
            names.dedup();
        }
        Self { decls, vlans, networks }
    }

    /// The VLAN a pool is in.
    pub fn vlan_of(&self, pool: &PoolDecl) -> Option<&'n VlanDecl> {
        self.vlans.get(&(&*pool.network, &*pool.vlan)).copied()
    }

    /// Names of the networks a cluster is in: the one it says, else those of its pools, else those with a VLAN around one of its nodes. Sorted.
    pub fn of_cluster(&self, cluster: &str) -> &[&'n str] {
        self.networks.get(cluster).map_or(&[], Vec::as_slice)
    }
}

//! Networks, clusters and pools as plain data: what the static instances of the standard library's kinds say.
//!
//! The caller fills it from `network`, `cluster` and `pool` instances; references to instances with errors are left out.

use syntax::literal::ip::{Cidr, Ip, IpRange};

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

impl Network {
    /// The VLAN a pool is in.
    pub(super) fn vlan_of(&self, pool: &PoolDecl) -> Option<&VlanDecl> {
        self.networks.iter().find(|it| it.name == pool.network)?.vlans.iter().find(|it| it.name == pool.vlan)
    }

    /// Names of the networks a cluster is in: the one it says, else those of its pools, else those with a VLAN around one of its nodes. Sorted.
    pub(super) fn of_cluster(&self, cluster: &str) -> Vec<&str> {
        let decl = self.clusters.iter().find(|it| it.name == cluster);
        if let Some(network) = decl.and_then(|it| it.network.as_deref()) {
            return vec![network];
        }
        let mut names: Vec<&str> = self.pools.iter().filter(|it| it.cluster == cluster).map(|it| it.network.as_str()).collect();
        if names.is_empty() {
            let nodes = decl.map_or(&[][..], |it| &it.nodes);
            let around = |network: &&NetworkDecl| network.vlans.iter().any(|vlan| nodes.iter().any(|node| vlan.cidr.contains(*node)));
            names = self.networks.iter().filter(around).map(|it| it.name.as_str()).collect();
        }
        names.sort_unstable();
        names.dedup();
        names
    }
}

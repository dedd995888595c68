//! Networks, clusters and pools of the project as link compares them: read from the values of the library's static kinds.

use std::sync::Arc;

use eval::context::Statics;
use eval::stored::Stored;
use sema::ir::InstanceRef;
use syntax::literal::ip::Ip;

use crate::link::{ClusterDecl, Network, NetworkDecl, PoolDecl, PoolRange, Reserve, VlanDecl};
use crate::project::Project;

/// All of them.
pub fn of(project: &Project, statics: &Statics) -> Network {
    let all = |word: &str| -> Vec<(Arc<str>, &Stored)> {
        let instances = project.analysis.instances.iter().enumerate();
        instances.filter(|(_, it)| *it.kind_word == *word).filter_map(|(at, it)| Some((it.name.clone(), statics.get(InstanceRef(at as u32))?))).collect()
    };
    let networks: Vec<NetworkDecl> = all("network").into_iter().map(|(name, it)| network(&name, it)).collect();
    let clusters = all("cluster").into_iter().map(|(name, it)| cluster(&name, it)).collect();
    let pools = all("pool").into_iter().filter_map(|(name, it)| pool(&name, it, &networks)).collect();
    Network { networks, clusters, pools }
}

fn entries(value: Option<&Stored>) -> &[(Arc<str>, Stored, diag::Span)] {
    match value {
        Some(Stored::Record(entries)) => entries,
        _ => &[],
    }
}

fn ip(value: Option<&Stored>) -> Option<Ip> {
    match value {
        Some(Stored::Ip(ip)) => Some(Ip(*ip)),
        _ => None,
    }
}

fn instance_name(value: Option<&Stored>) -> Option<String> {
    match value {
        Some(Stored::Instance(it)) => Some(it.name.to_string()),
        _ => None,
    }
}

fn network(name: &str, value: &Stored) -> NetworkDecl {
    let vlans = entries(value.field("vlan")).iter().filter_map(|(name, vlan, _)| {
        let (Some(Stored::Int(id)), Some(Stored::Cidr(cidr))) = (vlan.field("id"), vlan.field("cidr")) else { return None };
        Some(VlanDecl { name: name.to_string(), id: *id, cidr: *cidr, gateway: ip(vlan.field("gateway")) })
    });
    NetworkDecl { name: name.to_owned(), vlans: vlans.collect() }
}

fn cluster(name: &str, value: &Stored) -> ClusterDecl {
    let nodes = match value.field("nodes") {
        Some(Stored::List(nodes)) => nodes.iter().filter_map(|it| ip(Some(it))).collect(),
        _ => Vec::new(),
    };
    let namespaces = value
        .field("load_balancer")
        .and_then(|it| it.field("metallb"))
        .and_then(|it| it.field("namespace"))
        .and_then(|it| if let Stored::Str(name) = it { Some(name.to_string()) } else { None });
    ClusterDecl { name: name.to_owned(), network: instance_name(value.field("network")), nodes, namespaces: namespaces.into_iter().collect() }
}

/// A pool with the network and VLAN that its value equals: a VLAN is a value, which does not say where it was declared.
fn pool(name: &str, value: &Stored, networks: &[NetworkDecl]) -> Option<PoolDecl> {
    let vlan = value.field("vlan")?;
    let (Some(Stored::Int(id)), Some(Stored::Cidr(cidr))) = (vlan.field("id"), vlan.field("cidr")) else { return None };
    let (network, vlan) = networks.iter().find_map(|network| {
        let vlan = network.vlans.iter().find(|it| it.id == *id && it.cidr == *cidr)?;
        Some((network.name.clone(), vlan.name.clone()))
    })?;
    let range = |field: &str| match value.field(field) {
        Some(Stored::IpRange(range)) => Some(PoolRange { range: *range, path: vec![field.to_owned()] }),
        _ => None,
    };
    let reserves =
        entries(value.field("reserve")).iter().filter_map(|(name, address, _)| Some(Reserve { name: name.to_string(), address: ip(Some(address))? }));
    Some(PoolDecl {
        name: name.to_owned(),
        cluster: instance_name(value.field("on"))?,
        network,
        vlan,
        ranges: ["static", "auto"].into_iter().filter_map(range).collect(),
        reserves: reserves.collect(),
    })
}

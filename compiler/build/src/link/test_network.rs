//! Checks of networks, clusters and pools: exact ranges, both places, no environment needed.

use std::collections::BTreeSet;

use proptest::prelude::*;
use syntax::literal::ip::Cidr;

use super::test_kit::{cluster, ip, lines, network, pool, range};
use super::{ClusterDecl, Network, NetworkDecl, Place, PoolDecl, PoolRange, VlanDecl, check_network};

const HOME: &[&str] = &["dev 208 192.168.208.0/24 192.168.208.1", "test 209 192.168.209.0/24 192.168.209.1", "six 210 fd00:210::/64 fd00:210::1"];

fn home(pools: Vec<super::PoolDecl>) -> Network {
    Network { networks: vec![network("home", HOME)], clusters: vec![cluster("dev", &["192.168.208.11", "192.168.208.12"]), cluster("test", &[])], pools }
}

/// What is said; the order of declarations does not matter.
#[track_caller]
fn said(world: &Network) -> Vec<String> {
    let findings = check_network(world);
    let mut turned = world.clone();
    turned.networks.iter_mut().for_each(|it| it.vlans.reverse());
    turned.clusters.reverse();
    turned.pools.iter_mut().for_each(|it| it.reserves.reverse());
    turned.pools.reverse();
    assert_eq!(check_network(&turned), findings);
    lines(&findings)
}

#[track_caller]
fn of_pool(vlan: &str, entries: &[&str]) -> Vec<String> {
    said(&home(vec![pool("lb", "dev", vlan, entries)]))
}

fn declared(kind: &str, name: &str, path: &[&str]) -> Place {
    Place::Declared { kind: kind.into(), name: name.into(), path: path.iter().map(|it| (*it).into()).collect() }
}

#[test]
fn a_sound_network_is_silent() {
    assert_eq!(of_pool("dev", &["static 192.168.208.70..74", "auto 192.168.208.75..79", "traefik 192.168.208.70"]), Vec::<String>::new());
    assert_eq!(of_pool("six", &["static fd00:210::70..fd00:210::7f", "dns fd00:210::70"]), Vec::<String>::new());
    assert_eq!(check_network(&Network::default()), []);
}

#[test]
fn pools_of_a_network_lie_apart_on_all_clusters() {
    let dev = pool("dev-lb", "dev", "dev", &["static 192.168.208.70..74", "auto 192.168.208.75..79"]);
    let test = pool("test-lb", "test", "dev", &["auto 192.168.208.74..76"]);
    let world = home(vec![dev.clone(), test.clone()]);
    assert_eq!(said(&world), ["pool-overlap: pools dev-lb and test-lb both hand out 192.168.208.74..192.168.208.76"]);
    let finding = &check_network(&world)[0];
    assert_eq!((&finding.place, finding.label.as_str()), (&declared("pool", "test-lb", &["auto"]), "192.168.208.74..192.168.208.76 on cluster test"));
    assert_eq!(finding.also, [(declared("pool", "dev-lb", &["static"]), "192.168.208.70..192.168.208.74 on cluster dev".into())]);
    let apart = pool("test-lb", "test", "dev", &["auto 192.168.208.80..89"]);
    assert_eq!(said(&home(vec![dev.clone(), apart])), Vec::<String>::new());
    let mut elsewhere = home(vec![dev, super::PoolDecl { network: "office".into(), ..test }]);
    elsewhere.networks.push(network("office", &["dev 1 192.168.208.0/24"]));
    assert_eq!(said(&elsewhere), Vec::<String>::new(), "another network may have the same addresses");
}

#[test]
fn a_pool_hands_an_address_out_once() {
    assert_eq!(
        of_pool("dev", &["static 192.168.208.70..75", "auto 192.168.208.75..79"]),
        ["pool-overlap: pool lb hands out 192.168.208.75 twice: as static and as auto"]
    );
}

#[test]
fn pools_lie_in_their_vlan() {
    assert_eq!(
        of_pool("dev", &["static 192.168.208.250..192.168.209.5"]),
        ["pool-outside-vlan: pool lb hands out 192.168.209.0..192.168.209.5, outside of vlan dev (192.168.208.0/24)"]
    );
    assert_eq!(
        of_pool("dev", &["auto 192.168.207.255..192.168.209.0"]).last().unwrap(),
        "pool-outside-vlan: pool lb hands out 192.168.207.255, 192.168.209.0, outside of vlan dev (192.168.208.0/24)"
    );
    assert_eq!(
        of_pool("dev", &["auto fd00:210::70..fd00:210::7f"])[0],
        "pool-outside-vlan: pool lb hands out fd00:210::70..fd00:210::7f, outside of vlan dev (192.168.208.0/24)"
    );
}

#[test]
fn pools_leave_out_what_the_vlan_needs() {
    assert_eq!(
        of_pool("dev", &["static 192.168.208.0..2", "auto 192.168.208.250..255"]),
        [
            "gateway-in-pool: pool lb hands out 192.168.208.1, the gateway of vlan dev",
            "pool-holds-vlan-address: pool lb hands out 192.168.208.0, the network address of vlan dev (192.168.208.0/24)",
            "pool-holds-vlan-address: pool lb hands out 192.168.208.255, the broadcast address of vlan dev (192.168.208.0/24)",
        ]
    );
    assert_eq!(
        of_pool("six", &["static fd00:210::..fd00:210::"]),
        ["pool-holds-vlan-address: pool lb hands out fd00:210::, the subnet-router anycast address of vlan six (fd00:210::/64)"]
    );
    let mut point = home(vec![pool("lb", "dev", "p2p", &["static 10.0.0.0..1"])]);
    point.networks.push(network("wan", &[]));
    point.networks[0].vlans.extend(network("x", &["p2p 5 10.0.0.0/31"]).vlans);
    assert_eq!(said(&point), Vec::<String>::new(), "a block of two addresses has no broadcast");
}

#[test]
fn reserves_are_of_their_pool_and_nobody_elses() {
    assert_eq!(
        of_pool(
            "dev",
            &["static 192.168.208.70..74", "auto 192.168.208.75..79", "a 192.168.208.80", "b 192.168.208.75", "c 192.168.208.70", "d 192.168.208.70"]
        ),
        [
            "duplicate-reserve?: reserves c and d of pool lb are both 192.168.208.70",
            "reserve-in-auto-range?: reserve b (192.168.208.75) of pool lb may be given to any Service: it lies in the automatic range",
            "reserve-outside-pool: reserve a (192.168.208.80) is no address of pool lb, which hands out 192.168.208.70..192.168.208.74, 192.168.208.75..192.168.208.79",
        ]
    );
    assert_eq!(of_pool("dev", &["a 192.168.208.80"]), ["reserve-outside-pool: reserve a (192.168.208.80) is no address of pool lb, which has no addresses"]);
}

#[test]
fn nodes_are_not_handed_out_on_any_cluster() {
    let world = home(vec![pool("lb", "test", "dev", &["auto 192.168.208.12..20"])]);
    assert_eq!(said(&world), ["node-in-pool: pool lb hands out 192.168.208.12, a node of cluster dev"]);
    assert_eq!(check_network(&world)[0].also, [(declared("cluster", "dev", &["nodes", "1"]), "the node".into())]);
    let mut elsewhere = world;
    elsewhere.networks.push(network("office", &["dev 1 192.168.208.0/24"]));
    elsewhere.clusters[0].network = Some("office".into());
    assert_eq!(said(&elsewhere), Vec::<String>::new());
}

#[test]
fn nodes_are_in_the_network_they_name() {
    let mut world = home(vec![]);
    world.clusters = vec![ClusterDecl { network: Some("home".into()), nodes: vec![ip("192.168.208.11"), ip("10.0.0.1")], ..cluster("dev", &[]) }];
    assert_eq!(said(&world), ["node-outside-vlan: node 10.0.0.1 of cluster dev is in no vlan of network home"]);
}

#[test]
fn hosts_have_addresses_of_their_own() {
    let mut world = home(vec![]);
    world.clusters = vec![
        cluster("dev", &["192.168.208.1", "192.168.208.11", "192.168.208.11"]),
        cluster("test", &["192.168.208.11"]),
        cluster("far", &["10.0.0.1", "10.0.0.1"]),
        cluster("farther", &["10.0.0.1"]),
    ];
    assert_eq!(
        said(&world),
        [
            "duplicate-address: 10.0.0.1 is a node of cluster far twice",
            "duplicate-address: 192.168.208.1 is a node of cluster dev and the gateway of vlan dev in network home",
            "duplicate-address: 192.168.208.11 is a node of cluster dev and a node of cluster test in network home",
            "duplicate-address: 192.168.208.11 is a node of cluster dev twice in network home",
        ]
    );
}

#[test]
fn vlans_of_a_network_lie_apart() {
    let world = |vlans: &[&str]| Network { networks: vec![network("home", vlans)], ..Default::default() };
    assert_eq!(
        said(&world(&["a 1 10.0.0.0/16", "b 2 10.0.4.0/22", "c 1 10.1.0.0/16"])),
        [
            "duplicate-vlan-id: vlans a and c of network home both have the id 1",
            "vlan-overlap: vlans a and b of network home both contain 10.0.4.0..10.0.7.255"
        ]
    );
    assert_eq!(
        said(&world(&[
            "a 1 10.0.0.0/24 10.0.1.1",
            "b 2 10.0.2.0/24 10.0.2.255",
            "c 3 10.0.3.0/24 10.0.3.0",
            "d 4 fd00::/64 fd00::",
            "e 5 10.0.5.0/31 10.0.5.0"
        ])),
        [
            "gateway-outside-vlan: gateway 10.0.1.1 of vlan a lies outside 10.0.0.0/24",
            "gateway-outside-vlan: gateway 10.0.2.255 of vlan b is the broadcast address of 10.0.2.0/24",
            "gateway-outside-vlan: gateway 10.0.3.0 of vlan c is the network address of 10.0.3.0/24",
        ]
    );
}

/// Networks of small numbers, so that everything meets everything; names are unique.
fn any_network() -> impl Strategy<Value = Network> {
    let block = (0..2u8, 28..=32u8, 0..32u8).prop_map(|(family, prefix, host)| match family {
        0 => Cidr::parse(&format!("10.0.0.{}/{prefix}", u32::from(host) & !((1u32 << (32 - prefix)) - 1))).unwrap(),
        _ => Cidr::parse(&format!("fd00::{:x}/{}", u32::from(host) & !((1u32 << (32 - prefix)) - 1), prefix + 96)).unwrap(),
    });
    let address = || (0..2u8, 0..32u8).prop_map(|(family, host)| ip(&if family == 0 { format!("10.0.0.{host}") } else { format!("fd00::{host:x}") }));
    let span = (0..2u8, 0..32u8, 0..6u8).prop_map(|(family, first, more)| {
        let at = |it: u8| if family == 0 { format!("10.0.0.{it}") } else { format!("fd00::{it:x}") };
        range(&format!("{}..{}", at(first), at(first + more)))
    });
    let vlan = (block, 1..4i64, prop::option::of(address()));
    let networks = prop::collection::vec(prop::collection::vec(vlan, 0..4), 1..3);
    let clusters = prop::collection::vec((prop::option::of(0..2usize), prop::collection::vec(address(), 0..3)), 0..4);
    let pools = prop::collection::vec((0..4usize, 0..2usize, 0..4usize, prop::collection::vec(span, 0..3)), 0..5);
    (networks, clusters, pools).prop_map(|(networks, clusters, pools)| Network {
        networks: networks
            .into_iter()
            .enumerate()
            .map(|(at, vlans)| NetworkDecl {
                name: format!("n{at}"),
                vlans: vlans.into_iter().enumerate().map(|(at, (cidr, id, gateway))| VlanDecl { name: format!("v{at}"), id, cidr, gateway }).collect(),
            })
            .collect(),
        clusters: clusters
            .into_iter()
            .enumerate()
            .map(|(at, (network, nodes))| ClusterDecl { name: format!("c{at}"), network: network.map(|it| format!("n{it}")), nodes, namespaces: vec![] })
            .collect(),
        pools: pools
            .into_iter()
            .enumerate()
            .map(|(at, (cluster, network, vlan, ranges))| PoolDecl {
                name: format!("p{at}"),
                cluster: format!("c{cluster}"),
                network: format!("n{network}"),
                vlan: format!("v{vlan}"),
                ranges: ranges.into_iter().zip(["static", "auto"]).map(|(range, it)| PoolRange { range, path: vec![it.into()] }).collect(),
                reserves: vec![],
            })
            .collect(),
    })
}

/// The networks of a cluster, found by walking through everything.
fn of_cluster(world: &Network, cluster: &ClusterDecl) -> BTreeSet<String> {
    if let Some(network) = &cluster.network {
        return BTreeSet::from([network.clone()]);
    }
    let of_pools: BTreeSet<String> = world.pools.iter().filter(|it| it.cluster == cluster.name).map(|it| it.network.clone()).collect();
    let around = |it: &&NetworkDecl| it.vlans.iter().any(|vlan| cluster.nodes.iter().any(|node| vlan.cidr.contains(*node)));
    if of_pools.is_empty() { world.networks.iter().filter(around).map(|it| it.name.clone()).collect() } else { of_pools }
}

/// What each check finds, every declaration held against every other: the code and the two places.
fn plainly(world: &Network) -> BTreeSet<(&'static str, String, String)> {
    let mut found = BTreeSet::new();
    let mut say = |code, a: &str, b: &str| {
        found.insert((code, a.to_owned(), b.to_owned()));
    };
    for home in &world.networks {
        for (at, a) in home.vlans.iter().enumerate() {
            for b in &home.vlans[at + 1..] {
                if a.cidr.range().overlap(b.cidr.range()).is_some() {
                    say("vlan-overlap", &format!("network {} vlan {} cidr", home.name, a.name), &format!("network {} vlan {} cidr", home.name, b.name));
                }
            }
        }
    }
    for (at, a) in world.pools.iter().enumerate() {
        for b in world.pools[at + 1..].iter().filter(|it| it.network == a.network) {
            if a.ranges.iter().any(|x| b.ranges.iter().any(|y| x.range.overlap(y.range).is_some())) {
                say("pool-overlap", &a.name, &b.name);
            }
        }
        if let [x, y] = &a.ranges[..]
            && x.range.overlap(y.range).is_some()
        {
            say("pool-overlap", &a.name, &a.name);
        }
        for cluster in world.clusters.iter().filter(|it| of_cluster(world, it).contains(&a.network)) {
            for (nth, _) in cluster.nodes.iter().enumerate().filter(|it| a.ranges.iter().any(|range| range.range.contains(*it.1))) {
                say("node-in-pool", &a.name, &format!("cluster {} nodes {nth}", cluster.name));
            }
        }
        let vlan = world.networks.iter().find(|it| it.name == a.network).and_then(|it| it.vlans.iter().find(|it| it.name == a.vlan));
        if let Some(vlan) = vlan
            && a.ranges.iter().any(|it| it.range.overlap(vlan.cidr.range()) != Some(it.range))
        {
            say("pool-outside-vlan", &a.name, &format!("network {} vlan {} cidr", a.network, a.vlan));
        }
    }
    for cluster in &world.clusters {
        let home = cluster.network.as_ref().and_then(|name| world.networks.iter().find(|it| it.name == *name));
        for (at, node) in cluster.nodes.iter().enumerate() {
            if home.is_some_and(|it| !it.vlans.is_empty() && !it.vlans.iter().any(|it| it.cidr.contains(*node))) {
                say("node-outside-vlan", &format!("cluster {} nodes {at}", cluster.name), &format!("cluster {} network", cluster.name));
            }
        }
    }
    found
}

proptest! {
    #[test]
    fn the_checks_find_what_the_plain_way_finds(world in any_network()) {
        let place = |it: &Place| match it {
            Place::Declared { kind, name, .. } if kind == "pool" => name.clone(),
            Place::Declared { kind, name, path } => format!("{kind} {name} {}", path.join(" ")),
            other => unreachable!("{other:?}"),
        };
        let codes = ["vlan-overlap", "pool-overlap", "node-in-pool", "pool-outside-vlan", "node-outside-vlan"];
        let found: BTreeSet<_> = check_network(&world)
            .iter()
            .filter(|it| codes.contains(&it.code.name))
            .map(|it| {
                let (first, second) = (place(&it.also[0].0), place(&it.place));
                // The places of an overlap are told in the order of names, those of others as they are found.
                if it.code.name.ends_with("overlap") { (it.code.name, first, second) } else { (it.code.name, second, first) }
            })
            .collect();
        prop_assert_eq!(found, plainly(&world));
    }
}

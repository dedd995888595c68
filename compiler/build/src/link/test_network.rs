//! Checks of networks, clusters and pools: exact ranges, both places, no environment needed.

use super::test_kit::{cluster, ip, lines, network, pool};
use super::{ClusterDecl, Network, Place, check_network};

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

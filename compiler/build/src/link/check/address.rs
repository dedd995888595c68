//! Fixed addresses of Services: asked for once, and of a pool of the cluster.

use std::net::IpAddr;

use manifest::unit::Claim;
use syntax::literal::ip::Ip;

use super::super::network::PoolDecl;
use super::super::table::{Object, World};
use super::super::{Finding, diagnostics};
use super::range_set::RangeSet;

/// The claims of the environment, by address, then in the order of the objects.
fn claims<'w, 't>(world: &'w World<'t>) -> Vec<(IpAddr, &'w Object<'t>, &'t Claim)> {
    let mut claims: Vec<_> = world.table.own().iter().flat_map(|object| object.summary.claims.iter().map(move |it| (it.address, object, it))).collect();
    claims.sort_by_key(|it| it.0);
    claims
}

/// No two Services ask for one address, unless they agree to share it and their ports differ.
pub(super) fn claimed_once(world: &World<'_>, findings: &mut Vec<Finding>) {
    let text = |object: &Object<'_>, claim: &Claim| claim.sharing.as_ref().map(|it| world.table.text(object.unit, it).into_owned());
    for group in claims(world).chunk_by(|a, b| a.0 == b.0) {
        for (at, (address, object, claim)) in group.iter().enumerate() {
            let sharing = text(object, claim);
            let clash = group[..at].iter().filter(|other| !std::ptr::eq(other.1, *object)).find_map(|(_, other, other_claim)| {
                if sharing.is_none() || text(other, other_claim) != sharing {
                    return Some((other, other_claim, None));
                }
                common_port(object, other).map(|port| (other, other_claim, Some(port)))
            });
            if let Some((other, other_claim, port)) = clash {
                let places = [(*other, world.table.leaf(other, &other_claim.path)), (*object, world.table.leaf(object, &claim.path))];
                findings.push(diagnostics::address_claimed_twice(*address, places, port));
            }
        }
    }
}

/// A port and protocol that both Services open: load balancers share an address only between different ones (MetalLB, "IP address sharing").
fn common_port(a: &Object<'_>, b: &Object<'_>) -> Option<(i64, String)> {
    let ports = |it: &Object<'_>| it.summary.shape.ports.iter().map(|it| (it.number, it.protocol.to_string())).collect::<Vec<_>>();
    let theirs = ports(b);
    ports(a).into_iter().find(|it| theirs.contains(it))
}

/// A fixed address lies in a range of a pool of the cluster, and in one that is not handed out to others.
pub(super) fn of_a_pool(world: &World<'_>, findings: &mut Vec<Finding>) {
    let mut pools: Vec<&PoolDecl> = world.network.pools.iter().filter(|it| it.cluster == world.cluster).collect();
    // Without pools of our own, or with some that were written by hand, nobody here knows what the load balancer has.
    let by_hand = |it: &Object<'_>| matches!(&*it.summary.kind, "IPAddressPool" | "CiliumLoadBalancerIPPool") && *world.table.unit(it).summary.kind != *"pool";
    // A declaration with errors may be the pool that has the address.
    let is_hidden = ["network", "cluster", "pool"].iter().any(|it| world.has_poisoned(it));
    let claims = claims(world);
    if is_hidden || claims.is_empty() || pools.is_empty() || world.table.objects.iter().any(by_hand) {
        return;
    }
    pools.sort_by(|a, b| a.name.cmp(&b.name));
    let ranges = RangeSet::new(pools.iter().flat_map(|pool| pool.ranges.iter().map(move |it| (it.range, (*pool, it)))).collect());
    for (address, object, claim) in claims {
        let place = || world.table.leaf(object, &claim.path);
        let mut holders = ranges.around(Ip(address)).peekable();
        if holders.peek().is_none() {
            findings.push(diagnostics::address_outside_pool(address, object, world.cluster, &pools, place()));
        } else if let Some((pool, range)) = holders.min_by_key(|it| (it.1.is_auto(), &it.0.name))
            && range.is_auto()
            && pool.ranges.iter().any(|it| !it.is_auto())
        {
            findings.push(diagnostics::address_in_auto_range(address, object, pool, range, place()));
        }
    }
}

//! What stands between environments: objects of one cluster, addresses of one network.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::finding::{Finding, Place};
use super::network::{Indexed, Network};
use super::table::filled;
use super::{EnvView, diagnostics};

/// A thing of some environment: which, and its place in it.
#[derive(Clone, Copy)]
struct At<'a> {
    env: &'a EnvView<'a>,
    unit: usize,
    object: usize,
}

impl At<'_> {
    fn place(&self) -> Place {
        let anchor = self.env.units[self.unit].objects[self.object].anchor.clone();
        Place::Object { env: self.env.env.to_owned(), unit: self.unit, object: self.object, anchor }
    }

    fn leaf(&self, path: &str) -> Place {
        Place::Leaf { env: self.env.env.to_owned(), unit: self.unit, object: self.object, path: path.to_owned() }
    }

    /// Whether both are of one static instance that makes the same text in both environments.
    fn is_shared_with(&self, other: &At<'_>) -> bool {
        let (a, b) = (self.env.units[self.unit], other.env.units[other.unit]);
        let digest = |at: &At<'_>| at.env.shared.get(at.unit).copied().flatten();
        a.kind == b.kind && a.name == b.name && digest(self).is_some_and(|it| digest(other) == Some(it))
    }

    /// `app adguard of env dev`.
    fn owner(&self) -> String {
        let unit = self.env.units[self.unit];
        format!("{} {} of env {}", unit.kind, unit.name, self.env.env)
    }
}

/// Checks that linked environments do not claim one thing twice: an object id on one cluster, an address of one network. What a static instance makes,
/// such as a pool declared on their cluster, they may all make, if it is the same to the byte.
pub fn check_across(network: &Network, envs: &[EnvView<'_>]) -> Vec<Finding> {
    let mut envs: Vec<&EnvView<'_>> = envs.iter().collect();
    envs.sort_by_key(|it| it.env);
    let mut findings = objects(&envs);
    findings.extend(addresses(network, &envs));
    findings
}

fn all<'a>(env: &'a EnvView<'a>) -> impl Iterator<Item = At<'a>> {
    let mut units: Vec<usize> = (0..env.units.len()).collect();
    units.sort_by_key(|at| (&env.units[*at].kind, &env.units[*at].name));
    units.into_iter().flat_map(move |unit| (0..env.units[unit].objects.len()).map(move |object| At { env, unit, object }))
}

fn objects(envs: &[&EnvView<'_>]) -> Vec<Finding> {
    let mut by_cluster: BTreeMap<&str, Vec<&EnvView<'_>>> = BTreeMap::new();
    for env in envs {
        by_cluster.entry(env.cluster).or_default().push(env);
    }
    let mut findings = Vec::new();
    for envs in by_cluster.into_values().filter(|it| it.len() > 1) {
        let mut seen = BTreeMap::new();
        for at in envs.into_iter().flat_map(all) {
            let object = &at.env.units[at.unit].objects[at.object];
            let fills = at.env.fills.get(at.unit).map_or(&[][..], Vec::as_slice);
            let namespace = object.namespace.as_ref().map(|it| filled(it, fills)).unwrap_or_default();
            let id = (&object.group, &object.kind, namespace, filled(&object.name, fills));
            let (kind, namespace, name) = (object.kind.clone(), id.2.to_string(), id.3.to_string());
            let first = *seen.entry(id).or_insert(at);
            // Inside one environment `link` has said so.
            if first.env.env != at.env.env && !name.is_empty() && !first.is_shared_with(&at) {
                let places = [(first.place(), first.owner()), (at.place(), at.owner())];
                findings.push(diagnostics::duplicate_across(&kind, &namespace, &name, at.env.cluster, places));
            }
        }
    }
    findings
}

fn addresses(network: &Network, envs: &[&EnvView<'_>]) -> Vec<Finding> {
    let mut claims: BTreeMap<IpAddr, Vec<(At<'_>, &str)>> = BTreeMap::new();
    for at in envs.iter().flat_map(|it| all(it)) {
        for claim in &at.env.units[at.unit].objects[at.object].claims {
            claims.entry(claim.address).or_default().push((at, &claim.path));
        }
    }
    let network = Indexed::new(network);
    let one_network =
        |a: &EnvView<'_>, b: &EnvView<'_>| a.cluster == b.cluster || network.of_cluster(a.cluster).iter().any(|it| network.of_cluster(b.cluster).contains(it));
    let mut findings = Vec::new();
    for (address, claims) in claims.into_iter().filter(|it| it.1.len() > 1) {
        // The first claim of each environment, and the one of an environment before that this environment's claims meet.
        let mut firsts: Vec<&(At<'_>, &str)> = Vec::new();
        let mut other = None;
        for it @ (at, path) in &claims {
            if firsts.last().is_none_or(|last| last.0.env.env != at.env.env) {
                other = firsts.iter().copied().find(|first| one_network(first.0.env, at.env) && !first.0.is_shared_with(at));
                firsts.push(it);
            }
            if let Some((first, first_path)) = other {
                let describe = |it: &At<'_>| {
                    let object = &it.env.units[it.unit].objects[it.object];
                    let fills = it.env.fills.get(it.unit).map_or(&[][..], Vec::as_slice);
                    format!("{} {} in env {}", object.kind, filled(&object.name, fills), it.env.env)
                };
                findings.push(diagnostics::address_claimed_across(address, [(first.leaf(first_path), describe(first)), (at.leaf(path), describe(at))]));
            }
        }
    }
    findings
}

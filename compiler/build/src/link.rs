//! The link stage: holes of units are filled, and what stands between objects, environments and networks is checked.
//!
//! Pure functions over plain data: summaries of units and the static declarations of networks, clusters and pools. No files, no syntax trees, no
//! spans: a finding names its place by anchor, by leaf, or by entry of a declaration, and the caller finds the text for it.
//! Invariant: fills and findings depend on what the units are, never on the order in which they come.

mod across;
mod check;
mod diagnostics;
mod finding;
mod label_index;
mod network;
mod policy;
mod resolve;
mod table;
mod word_hash;

#[cfg(test)]
mod test;
#[cfg(test)]
mod test_kit;
#[cfg(test)]
mod test_network;

pub use across::check_across;
pub use finding::{Finding, Place};
pub use network::{ClusterDecl, Network, NetworkDecl, PoolDecl, PoolRange, Reserve, VlanDecl};

use manifest::unit::{Extern, Summary};
use store::Digest;

/// One environment to link.
#[derive(Clone, Copy)]
pub struct LinkInput<'a> {
    /// Its name.
    pub env: &'a str,
    /// Name of its cluster.
    pub cluster: &'a str,
    /// Its units, in any order.
    pub units: &'a [&'a Summary],
    /// The environments it `uses`, linked before.
    pub used: &'a [EnvView<'a>],
    /// The static declarations of the project.
    pub network: &'a Network,
    /// Kind and name of instances, here and in used environments, that have errors of their own or should have been listed: nothing is said about
    /// references into them.
    pub poisoned: &'a [(&'a str, &'a str)],
    /// `extern` entries of the environment and its layers.
    pub externs: &'a [Extern],
    /// The suffix that kustomize gives an object of this canonical JSON.
    pub hash_suffix: fn(&str) -> String,
}

/// A linked environment.
#[derive(Clone, Copy)]
pub struct EnvView<'a> {
    /// Its name.
    pub env: &'a str,
    /// Name of its cluster.
    pub cluster: &'a str,
    /// Its units.
    pub units: &'a [&'a Summary],
    /// `Linked::fills` of it.
    pub fills: &'a [Vec<String>],
    /// Of each unit of a static instance, the digest of its text: several environments may make equal ones.
    pub shared: &'a [Option<Digest>],
}

/// What linking gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// Of each unit, the final text of each of its holes; empty where a finding says that there is none.
    pub fills: Vec<Vec<String>>,
    /// What is wrong, ordered by unit.
    pub findings: Vec<Finding>,
}

/// Fills the holes of an environment and checks what stands between its objects.
pub fn link(input: &LinkInput<'_>) -> Linked {
    let mut findings = Vec::new();
    let units = table::units(input);
    let fills = resolve::fill(input, &units, &mut findings);
    let table = table::Table::new(&units, &fills, input.used);
    let world = table::World::new(input, &table);
    for check in check::CHECKS {
        let before = findings.len();
        (check.run)(&world, &mut findings);
        debug_assert!(findings[before..].iter().all(|it| check.codes.contains(&it.code)), "{} raises only the codes of its row", check.name);
    }
    Linked { fills, findings }
}

/// Checks networks, clusters and pools of a project; needs no environment.
pub fn check_network(network: &Network) -> Vec<Finding> {
    let mut findings = Vec::new();
    let indexed = network::Indexed::new(network);
    for check in check::NETWORK_CHECKS {
        let before = findings.len();
        (check.run)(&indexed, &mut findings);
        debug_assert!(findings[before..].iter().all(|it| check.codes.contains(&it.code)), "{} raises only the codes of its row", check.name);
    }
    findings.sort_by(|a, b| (a.code.name, &a.message).cmp(&(b.code.name, &b.message)));
    findings
}

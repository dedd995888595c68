//! The checks of link, as two tables: those of an environment and those of the static declarations. A check is a row and a function in the file of its
//! family; it finds, `diagnostics` words.

mod address;
mod duplicate;
mod external;
mod namespace;
mod node;
mod overlap;
mod pool;
mod port;
mod range_set;
mod reference;
mod selector;
mod vlan;

use diag::{Code, code};

pub(super) use range_set::RangeSet;

use super::Finding;
use super::network::Indexed;
use super::table::World;

/// A check of an environment.
pub(super) struct Check {
    /// What is checked.
    pub name: &'static str,
    /// Codes it may raise.
    pub codes: &'static [Code],
    /// Finds.
    pub run: fn(&World<'_>, &mut Vec<Finding>),
}

/// A check of the static declarations.
pub(super) struct NetworkCheck {
    /// What is checked.
    pub name: &'static str,
    /// Codes it may raise.
    pub codes: &'static [Code],
    /// Finds.
    pub run: fn(&Indexed<'_>, &mut Vec<Finding>),
}

/// All checks of an environment, in the order of their findings.
pub(super) const CHECKS: &[Check] = &[
    Check { name: "one object an id", codes: &[code::DUPLICATE_OBJECT], run: duplicate::objects },
    Check { name: "what is `extern` is made elsewhere", codes: &[code::EXTERN_MADE_HERE], run: external::made_elsewhere },
    Check { name: "namespaces exist", codes: &[code::UNKNOWN_NAMESPACE], run: namespace::exist },
    Check {
        name: "references lead somewhere",
        codes: &[code::UNKNOWN_REFERENCE, code::UNKNOWN_DATA_KEY, code::UNKNOWN_PORT, code::HASHED_NAME],
        run: reference::resolve,
    },
    Check { name: "selectors select, ports lead to containers", codes: &[code::SELECTS_NOTHING, code::UNKNOWN_PORT], run: selector::select },
    Check { name: "one backend a route", codes: &[code::DUPLICATE_ROUTE], run: duplicate::routes },
    Check { name: "one Service an address", codes: &[code::ADDRESS_CLAIMED_TWICE], run: address::claimed_once },
    Check { name: "addresses are of a pool", codes: &[code::ADDRESS_OUTSIDE_POOL, code::ADDRESS_IN_AUTO_RANGE], run: address::of_a_pool },
];

/// All checks of the static declarations.
pub(super) const NETWORK_CHECKS: &[NetworkCheck] = &[
    NetworkCheck { name: "one number a VLAN", codes: &[code::DUPLICATE_VLAN_ID], run: vlan::ids },
    NetworkCheck { name: "VLANs lie apart", codes: &[code::VLAN_OVERLAP], run: vlan::apart },
    NetworkCheck { name: "gateways are hosts of their VLAN", codes: &[code::GATEWAY_OUTSIDE_VLAN], run: vlan::gateways },
    NetworkCheck { name: "ranges lie in their VLAN", codes: &[code::POOL_OUTSIDE_VLAN, code::POOL_HOLDS_VLAN_ADDRESS], run: pool::in_vlan },
    NetworkCheck { name: "gateways are not handed out", codes: &[code::GATEWAY_IN_POOL], run: pool::gateways },
    NetworkCheck {
        name: "reserves are of their pool",
        codes: &[code::RESERVE_OUTSIDE_POOL, code::RESERVE_IN_AUTO_RANGE, code::DUPLICATE_RESERVE],
        run: pool::reserves,
    },
    NetworkCheck { name: "pools lie apart", codes: &[code::POOL_OVERLAP], run: pool::apart },
    NetworkCheck { name: "nodes are not handed out", codes: &[code::NODE_IN_POOL], run: node::not_in_pools },
    NetworkCheck { name: "nodes are in their network", codes: &[code::NODE_OUTSIDE_VLAN], run: node::in_vlan },
    NetworkCheck { name: "one host an address", codes: &[code::DUPLICATE_ADDRESS], run: node::addresses },
];

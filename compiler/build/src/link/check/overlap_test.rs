//! The sweep against the plain way, over small spaces of addresses of both families.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use syntax::literal::ip::{Ip, IpRange};

use super::super::range_set::RangeSet;
use super::{TOLD_MAX, common, joined, outside, pairs};

fn address(is_six: bool, number: u8) -> Ip {
    // The last addresses of IPv4 and the first of IPv6 are neighbours in order: ranges must not join over that edge.
    Ip(if is_six { Ipv6Addr::from_bits(u128::from(number)).into() } else { Ipv4Addr::from_bits(u32::MAX - 63 + u32::from(number)).into() })
}

fn any_range() -> impl Strategy<Value = IpRange> {
    (any::<bool>(), 0..64u8, 0..64u8).prop_map(|(is_six, a, b)| IpRange::new(address(is_six, a.min(b)), address(is_six, a.max(b))).unwrap())
}

fn space() -> impl Iterator<Item = Ip> {
    [false, true].into_iter().flat_map(|is_six| (0..64).map(move |it| address(is_six, it)))
}

fn members(ranges: &[IpRange]) -> BTreeSet<Ip> {
    space().filter(|ip| ranges.iter().any(|it| it.contains(*ip))).collect()
}

proptest! {
    #[test]
    fn pairs_are_those_with_a_common_address(ranges in prop::collection::vec(any_range(), 0..12)) {
        let mut wanted = Vec::new();
        for a in 0..ranges.len() {
            wanted.extend((a + 1..ranges.len()).filter(|b| space().any(|ip| ranges[a].contains(ip) && ranges[*b].contains(ip))).map(|b| (a, b)));
        }
        prop_assert_eq!(pairs(&ranges), wanted);
    }

    #[test]
    fn owners_have_exactly_the_common_addresses(ranges in prop::collection::vec((any_range(), 0..4u8), 0..12)) {
        let mut wanted: BTreeMap<(u8, u8), BTreeSet<Ip>> = BTreeMap::new();
        for (a, one) in ranges.iter().enumerate() {
            for other in &ranges[a + 1..] {
                let owners = (one.1.min(other.1), one.1.max(other.1));
                wanted.entry(owners).or_default().extend(space().filter(|ip| one.0.contains(*ip) && other.0.contains(*ip)));
            }
        }
        wanted.retain(|_, it| !it.is_empty());
        let found = common(&ranges);
        prop_assert_eq!(found.iter().map(|(owners, it)| (*owners, members(&it.pieces))).collect::<BTreeMap<_, _>>(), wanted);
        for (owners, it) in &found {
            prop_assert_eq!((ranges[it.ranges.0].1, ranges[it.ranges.1].1), *owners);
        }
    }

    #[test]
    fn joined_ranges_have_gaps_between_them(ranges in prop::collection::vec(any_range(), 0..12)) {
        let result = joined(ranges.clone());
        prop_assert_eq!(members(&result), members(&ranges));
        for two in result.windows(2) {
            prop_assert!(two[0].last() < two[1].first() && two[0].last().step(1) != Some(two[1].first()));
        }
    }

    #[test]
    fn outside_is_the_rest(range in any_range(), inside in any_range()) {
        let wanted: BTreeSet<Ip> = space().filter(|ip| range.contains(*ip) && !inside.contains(*ip)).collect();
        prop_assert_eq!(members(&outside(range, inside)), wanted);
    }

    #[test]
    fn ranges_around_an_address_are_found(ranges in prop::collection::vec(any_range(), 0..12), is_six: bool, number in 0..64u8) {
        let ip = address(is_six, number);
        let set = RangeSet::new(ranges.iter().enumerate().map(|(at, it)| (*it, at)).collect());
        let found: BTreeSet<usize> = set.around(ip).collect();
        let wanted: BTreeSet<usize> = (0..ranges.len()).filter(|at| ranges[*at].contains(ip)).collect();
        prop_assert_eq!(found, wanted);
    }
}

#[test]
fn equal_ranges_are_each_told_and_not_each_with_each() {
    let same = |n: usize| vec![IpRange::new(address(false, 1), address(false, 9)).unwrap(); n];
    assert_eq!(pairs(&same(TOLD_MAX + 1)).len(), (TOLD_MAX + 1) * TOLD_MAX / 2, "so few are told pair by pair");
    let told = pairs(&same(2_000));
    assert!(told.len() <= 2_000 * TOLD_MAX);
    assert!((1..2_000).all(|at| told.contains(&(0, at))), "each with the first");
}

#[test]
fn many_ranges_without_overlap_are_quick() {
    let ranges: Vec<IpRange> = (0..100_000u32)
        .map(|it| {
            let ip = Ip(Ipv4Addr::from_bits(it * 8).into());
            IpRange::new(ip, ip.step(7).unwrap()).unwrap()
        })
        .collect();
    let start = std::time::Instant::now();
    assert_eq!(pairs(&ranges), []);
    println!("100,000 ranges: {:?}", start.elapsed());
}

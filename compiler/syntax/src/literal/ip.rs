//! Addresses (`192.168.1.10`, `fd00::1`), blocks (`10.0.0.0/8`) and ranges (`192.168.1.10-192.168.1.20`).
//!
//! Source of the rules: RFC 4291 and RFC 4632 as `std::net` and Kubernetes' strict validation (k8s.io/apimachinery/pkg/util/validation/ip.go)
//! read them: no leading zeros, no zone, no IPv4-mapped IPv6 address (Go would take it for IPv4). Ranges print as MetalLB's address pools do.
//! Invariant: a range lies in one family and its ends are in order; a block's prefix fits its family.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use nom::{
    IResult, Parser,
    bytes::complete::{take_while, take_while1},
    character::complete::char,
    combinator::{all_consuming, opt},
    sequence::preceded,
};

use super::Fault;

/// An address; ordered with IPv4 before IPv6, then by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ip(pub IpAddr);

/// An address with a prefix length. The address is kept as written, so `192.168.1.7/24` says both a host and its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    /// As written, host bits included.
    pub address: Ip,
    /// At most 32 or 128.
    pub prefix: u8,
}

/// Addresses from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpRange {
    first: Ip,
    last: Ip,
}

impl Ip {
    /// Reads the whole text.
    ///
    /// # Errors
    /// If it is no address in one of the two standard spellings.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.contains(':') { parse_v6(text) } else { parse_v4(text) }
    }

    /// Width of the family in bits: 32 or 128.
    pub fn bits(self) -> u8 {
        match self.0 {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        }
    }

    /// The address as a number.
    pub fn number(self) -> u128 {
        match self.0 {
            IpAddr::V4(it) => u128::from(it.to_bits()),
            IpAddr::V6(it) => it.to_bits(),
        }
    }

    /// The address `count` places further (or back), if there is one in its family.
    pub fn step(self, count: i128) -> Option<Self> {
        self.with_number(self.number().checked_add_signed(count)?)
    }

    fn with_number(self, number: u128) -> Option<Self> {
        Some(Self(match self.0 {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(number).ok()?)),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from_bits(number)),
        }))
    }
}

impl fmt::Display for Ip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Cidr {
    /// Reads the whole text, `address "/" prefix`.
    ///
    /// # Errors
    /// If the address is none, or the prefix is missing or too long for its family.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (_, (address, prefix)) = address_and_prefix(text).map_err(|_| fault(text.len(), "a block is an address, `/` and a prefix length"))?;
        let ip = Ip::parse(address)?;
        let at = text.len().min(address.len() + 1);
        let digits = prefix.ok_or_else(|| fault(at, "a block needs a prefix length, such as `/24`"))?;
        if !all_digits(digits) || (digits.len() > 1 && digits.starts_with('0')) {
            return Err(fault(at, "a prefix length is a number without leading zeros"));
        }
        match digits.parse::<u8>() {
            Ok(prefix) if prefix <= ip.bits() => Ok(Self { address: ip, prefix }),
            Ok(_) | Err(_) => Err(Fault { at, why: format!("the prefix length is at most {} here", ip.bits()) }),
        }
    }

    /// The first address of the block: all host bits are zero.
    pub fn network(self) -> Ip {
        self.address.with_number(self.address.number() & !self.host_mask()).unwrap_or(self.address)
    }

    /// The same as [`Cidr::network`].
    pub fn first(self) -> Ip {
        self.network()
    }

    /// The last address of the block: all host bits are one (in IPv4 the broadcast address).
    pub fn last(self) -> Ip {
        self.address.with_number(self.address.number() | self.host_mask()).unwrap_or(self.address)
    }

    /// Whether the address as written is the network itself.
    pub fn is_network(self) -> bool {
        self.address == self.network()
    }

    /// Whether the address lies in the block; never across families.
    pub fn contains(self, ip: Ip) -> bool {
        self.range().contains(ip)
    }

    /// Whether the whole other block lies in this one.
    pub fn contains_cidr(self, other: Self) -> bool {
        self.contains(other.first()) && self.contains(other.last())
    }

    /// All addresses of the block.
    pub fn range(self) -> IpRange {
        IpRange { first: self.first(), last: self.last() }
    }

    /// The address at position `n`: 0 is the network, -1 the last one (as Terraform's `cidrhost` counts).
    pub fn nth(self, n: i128) -> Option<Ip> {
        let ip = if n < 0 { self.last().step(n + 1) } else { self.first().step(n) }?;
        self.contains(ip).then_some(ip)
    }

    /// As [`Cidr::nth`], without the addresses that no host may have: in IPv4 network and broadcast (not in /31 and /32, RFC 3021),
    /// in IPv6 the subnet-router anycast address (not in /127 and /128, RFC 4291 2.6.1 and RFC 6164).
    pub fn host(self, n: i128) -> Option<Ip> {
        let ip = self.nth(n)?;
        let point_to_point = self.prefix + 1 >= self.address.bits();
        let reserved = ip == self.first() || (self.address.bits() == 32 && ip == self.last());
        (point_to_point || !reserved).then_some(ip)
    }

    /// The `n`-th block of length `prefix` inside this one.
    pub fn subnet(self, prefix: u8, n: u128) -> Option<Self> {
        if prefix < self.prefix || prefix > self.address.bits() {
            return None;
        }
        let width = u32::from(prefix - self.prefix);
        if width < 128 && n >> width != 0 {
            return None;
        }
        let shift = u32::from(self.address.bits() - prefix);
        let offset = if n == 0 { 0 } else { n.checked_shl(shift)? };
        self.network().with_number(self.network().number() | offset).map(|address| Self { address, prefix })
    }

    fn host_mask(self) -> u128 {
        match u32::from(self.address.bits() - self.prefix) {
            128 => u128::MAX,
            width => (1 << width) - 1,
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[expect(clippy::len_without_is_empty, reason = "a range holds at least its first address")]
impl IpRange {
    /// A range, if both ends are of one family and in order.
    pub fn new(first: Ip, last: Ip) -> Option<Self> {
        (first.bits() == last.bits() && first <= last).then_some(Self { first, last })
    }

    /// Reads the whole text: `a-b` (MetalLB, blanks around the minus allowed), a block, or one address.
    ///
    /// # Errors
    /// If an end is no address, the families differ, or the ends are in the wrong order.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let Some((first_text, last_text)) = text.split_once('-') else {
            return match text.contains('/') {
                true => Cidr::parse(text).map(Cidr::range),
                false => Ip::parse(text).map(|ip| Self { first: ip, last: ip }),
            };
        };
        let first = Ip::parse(first_text.trim_end_matches(' '))?;
        let last_trimmed = last_text.trim_start_matches(' ');
        let last_at = text.len() - last_trimmed.len();
        let last = Ip::parse(last_trimmed).map_err(|it| Fault { at: last_at + it.at, ..it })?;
        if first.bits() != last.bits() {
            return Err(fault(last_at, "both ends of a range are of one family"));
        }
        Self::new(first, last).ok_or_else(|| fault(last_at, "the last address of a range lies before the first"))
    }

    /// The first address.
    pub fn first(self) -> Ip {
        self.first
    }

    /// The last address; it belongs to the range.
    pub fn last(self) -> Ip {
        self.last
    }

    /// How many addresses there are. Only all of IPv6 has one more than a `u128` holds; it counts as the largest `u128`.
    pub fn len(self) -> u128 {
        (self.last.number() - self.first.number()).saturating_add(1)
    }

    /// Whether the address lies in the range; never across families.
    pub fn contains(self, ip: Ip) -> bool {
        ip.bits() == self.first.bits() && self.first <= ip && ip <= self.last
    }

    /// What two ranges have in common.
    pub fn overlap(self, other: Self) -> Option<Self> {
        Self::new(self.first.max(other.first), self.last.min(other.last))
    }

    /// The address at position `n`: 0 is the first, -1 the last.
    pub fn nth(self, n: i128) -> Option<Ip> {
        let ip = if n < 0 { self.last.step(n + 1) } else { self.first.step(n) }?;
        self.contains(ip).then_some(ip)
    }
}

/// As MetalLB writes it: `192.168.1.10-192.168.1.20`.
impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

fn parse_v4(text: &str) -> Result<Ip, Fault> {
    let mut octets = [0u8; 4];
    let mut rest = text;
    for (index, octet) in octets.iter_mut().enumerate() {
        if index > 0 {
            rest = dot(rest).map_err(|_| fault(text.len() - rest.len(), "an IPv4 address is four numbers with points between them"))?.0;
        }
        let at = text.len() - rest.len();
        let (after, digits) = digits(rest).map_err(|_| fault(at, "an IPv4 address is four numbers with points between them"))?;
        if digits.len() > 1 && digits.starts_with('0') {
            return Err(fault(at, "a part of an IPv4 address has no leading zeros (some programs read them as octal)"));
        }
        *octet = digits.parse().map_err(|_| fault(at, "a part of an IPv4 address is at most 255"))?;
        rest = after;
    }
    if rest.is_empty() { Ok(Ip(IpAddr::from(octets))) } else { Err(fault(text.len() - rest.len(), "nothing follows the four numbers of an IPv4 address")) }
}

fn parse_v6(text: &str) -> Result<Ip, Fault> {
    if let Some(at) = text.find('%') {
        return Err(fault(at, "an address has no zone here"));
    }
    // The parts' places are worth a message; the arrangement around `::` is left to `std`.
    if let Some(at) = text.find(|c: char| !c.is_ascii_hexdigit() && c != ':' && c != '.') {
        return Err(fault(at, "an IPv6 address has only hexadecimal digits and colons"));
    }
    let address = Ipv6Addr::from_str(text)
        .map_err(|_| fault(0, "an IPv6 address is eight groups of up to four hexadecimal digits; one run of zero groups may be `::`"))?;
    if address.to_ipv4_mapped().is_some() {
        return Err(fault(0, "an IPv4 address in IPv6 form is written as IPv4"));
    }
    Ok(Ip(IpAddr::V6(address)))
}

fn address_and_prefix(text: &str) -> IResult<&str, (&str, Option<&str>)> {
    all_consuming((take_while(|c| c != '/'), opt(preceded(char('/'), take_while(|_| true))))).parse(text)
}

fn dot(text: &str) -> IResult<&str, char> {
    char('.').parse(text)
}

fn digits(text: &str) -> IResult<&str, &str> {
    take_while1(|c: char| c.is_ascii_digit()).parse(text)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

fn fault(at: usize, why: &str) -> Fault {
    Fault { at, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Ip {
        Ip::parse(text).unwrap()
    }

    fn cidr(text: &str) -> Cidr {
        Cidr::parse(text).unwrap()
    }

    fn range(text: &str) -> IpRange {
        IpRange::parse(text).unwrap()
    }

    #[test]
    fn addresses() {
        for text in ["0.0.0.0", "192.168.111.69", "255.255.255.255", "::", "::1", "fd00::1", "2001:db8::a:b", "fe80::1:2:3:4"] {
            assert_eq!(ip(text).to_string(), text);
        }
        assert_eq!(ip("FD00:0:0::1").to_string(), "fd00::1");
        assert!(ip("9.0.0.0") < ip("10.0.0.0") && ip("255.255.255.255") < ip("::"));
        for (text, at) in [
            ("", 0),
            ("1", 1),
            ("1.2.3", 5),
            ("1.2.3.", 6),
            ("1.2.3.4.5", 7),
            ("1.2.3.256", 6),
            ("1.2.03.4", 4),
            ("1.2.x.4", 4),
            ("1.2.3.4 ", 7),
            ("a.b.c.d", 0),
            ("fe80::1%eth0", 7),
            ("::ffff:1.2.3.4", 0),
            ("1::2::3", 0),
            ("12345::", 0),
            ("fd00::g", 6),
            (":", 0),
            ("1.2.3.4444444444", 6),
        ] {
            assert_eq!(Ip::parse(text).expect_err(text).at, at, "{text}");
        }
    }

    #[test]
    fn steps_stay_in_the_family() {
        assert_eq!(ip("10.0.0.255").step(1), Some(ip("10.0.1.0")));
        assert_eq!(ip("255.255.255.255").step(1), None);
        assert_eq!(ip("0.0.0.0").step(-1), None);
        assert_eq!(ip("::").step(-1), None);
        assert_eq!(ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").step(1), None);
    }

    #[test]
    fn blocks() {
        let lan = cidr("192.168.1.7/24");
        assert_eq!((lan.to_string(), lan.network(), lan.last()), ("192.168.1.7/24".to_owned(), ip("192.168.1.0"), ip("192.168.1.255")));
        assert!(!lan.is_network() && cidr("10.0.0.0/8").is_network());
        assert!(lan.contains(ip("192.168.1.200")) && !lan.contains(ip("192.168.2.0")) && !lan.contains(ip("::1")));
        assert!(cidr("10.0.0.0/8").contains_cidr(cidr("10.1.0.0/16")) && !cidr("10.1.0.0/16").contains_cidr(cidr("10.0.0.0/8")));
        assert_eq!(
            (lan.nth(0), lan.nth(10), lan.nth(-1), lan.nth(256), lan.nth(-257)),
            (Some(ip("192.168.1.0")), Some(ip("192.168.1.10")), Some(ip("192.168.1.255")), None, None)
        );
        assert_eq!((lan.host(0), lan.host(1), lan.host(-1), lan.host(-2)), (None, Some(ip("192.168.1.1")), None, Some(ip("192.168.1.254"))));
        assert_eq!((cidr("10.0.0.0/31").host(0), cidr("10.0.0.5/32").host(0)), (Some(ip("10.0.0.0")), Some(ip("10.0.0.5"))));
        assert_eq!((cidr("fd00::/64").host(0), cidr("fd00::/64").host(-1)), (None, Some(ip("fd00::ffff:ffff:ffff:ffff"))));
        assert_eq!(cidr("::/0").last(), ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
        assert_eq!(cidr("0.0.0.0/0").range().len(), 1 << 32);
        assert_eq!(cidr("::/0").range().len(), u128::MAX);
        assert_eq!(cidr("::/0").nth(i128::MIN), Some(ip("8000::")));
        assert_eq!(cidr("10.0.0.0/8").subnet(16, 3), Some(cidr("10.3.0.0/16")));
        assert_eq!((cidr("10.0.0.0/8").subnet(16, 256), cidr("10.0.0.0/8").subnet(4, 0), cidr("::/0").subnet(128, 5)), (None, None, Some(cidr("::5/128"))));
        for (text, at) in [
            ("10.0.0.0", 8),
            ("10.0.0.0/", 9),
            ("10.0.0.0/33", 9),
            ("10.0.0.0/08", 9),
            ("fd00::/129", 7),
            ("10.0.0/8", 6),
            ("10.0.0.0/8/8", 9),
            ("10.0.0.0/+8", 9),
        ] {
            assert_eq!(Cidr::parse(text).expect_err(text).at, at, "{text}");
        }
    }

    #[test]
    fn ranges() {
        let pool = range("192.168.1.10-192.168.1.20");
        assert_eq!(
            (pool.to_string(), pool.len(), pool.nth(1), pool.nth(-1), pool.nth(11)),
            ("192.168.1.10-192.168.1.20".to_owned(), 11, Some(ip("192.168.1.11")), Some(ip("192.168.1.20")), None)
        );
        assert_eq!(range("10.0.0.1 - 10.0.0.2").to_string(), "10.0.0.1-10.0.0.2");
        assert_eq!(range("10.0.0.0/30").to_string(), "10.0.0.0-10.0.0.3");
        assert_eq!(range("10.0.0.1").len(), 1);
        assert_eq!(pool.overlap(range("192.168.1.15-192.168.1.30")), Some(range("192.168.1.15-192.168.1.20")));
        assert_eq!(pool.overlap(range("192.168.1.20-192.168.1.30")).map(IpRange::len), Some(1));
        assert_eq!((pool.overlap(range("192.168.1.21-192.168.1.30")), pool.overlap(range("fd00::1-fd00::2"))), (None, None));
        for (text, at) in [("10.0.0.2-10.0.0.1", 9), ("10.0.0.2-fd00::1", 9), ("10.0.0.2-", 9), ("-10.0.0.1", 0), ("10.0.0.1-10.0.0.", 16)] {
            assert_eq!(IpRange::parse(text).expect_err(text).at, at, "{text}");
        }
    }
}

//! Methods of networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use diag::Span;
use syntax::literal::ip::Ip;

use super::ARGUMENTS_MAX;
use crate::diagnostics;
use crate::machine::{Eval, Run};
use crate::value::Value;

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    pub(super) fn cidr_method(&mut self, method: &str, [receiver, argument, _]: [Value<'a>; ARGUMENTS_MAX], at: Span) -> Run<Value<'a>> {
        let Value::Cidr(cidr) = receiver else { return Ok(Value::Absent) };
        match (method, argument) {
            ("host", Value::Int(nth)) => match cidr.host(nth.into()) {
                Some(ip) => Ok(Value::Ip(ip.0)),
                None => self.fail(diagnostics::no_such_host(at, &cidr.to_string(), nth)),
            },
            ("contains", Value::Ip(ip)) => Ok(Value::Bool(cidr.contains(Ip(ip)))),
            ("network", _) => Ok(Value::Ip(cidr.network().0)),
            ("netmask", _) => Ok(Value::Ip(netmask(cidr.address.0, cidr.prefix))),
            ("prefix", _) => Ok(Value::Int(cidr.prefix.into())),
            _ => Ok(Value::Absent),
        }
    }
}

fn netmask(address: IpAddr, prefix: u8) -> IpAddr {
    let prefix = u32::from(prefix);
    match address {
        IpAddr::V4(_) => Ipv4Addr::from_bits(u32::MAX.checked_shl(32 - prefix).unwrap_or(0)).into(),
        IpAddr::V6(_) => Ipv6Addr::from_bits(u128::MAX.checked_shl(128 - prefix).unwrap_or(0)).into(),
    }
}

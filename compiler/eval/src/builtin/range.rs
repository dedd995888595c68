//! Methods of ranges of integers and addresses.

use syntax::literal::ip::Ip;

use super::ARGUMENTS_MAX;
use crate::value::Value;

pub(super) fn method<'a>(method: &str, [receiver, argument, _]: [Value<'a>; ARGUMENTS_MAX]) -> Value<'a> {
    match (receiver, method, argument) {
        (Value::Range(first, last), "first", _) if first <= last => Value::Int(first),
        (Value::Range(first, last), "last", _) if first <= last => Value::Int(last),
        // Ranges have at most 65,536 members, an empty one none.
        (Value::Range(first, last), "len", _) => Value::Int(last.saturating_sub(first).saturating_add(1).max(0)),
        (Value::Range(first, last), "contains", Value::Int(it)) => Value::Bool(first <= it && it <= last),
        (Value::IpRange(range), "first", _) => Value::Ip(range.first().0),
        (Value::IpRange(range), "last", _) => Value::Ip(range.last().0),
        (Value::IpRange(range), "len", _) => Value::Int(i64::try_from(range.len()).unwrap_or(i64::MAX)),
        (Value::IpRange(range), "contains", Value::Ip(it)) => Value::Bool(range.contains(Ip(it))),
        _ => Value::Absent,
    }
}

//! Methods of versions.

use syntax::literal::version::Version;

use super::ARGUMENTS_MAX;
use crate::value::Value;

pub(super) fn method<'a>(method: &str, [receiver, ..]: [Value<'a>; ARGUMENTS_MAX]) -> Value<'a> {
    let (Value::Version(text) | Value::Str(text)) = receiver else { return Value::Absent };
    let Ok(version) = Version::parse(text) else { return Value::Absent };
    match method {
        "major" => Value::Int(i64::try_from(version.major).unwrap_or(i64::MAX)),
        "minor" => Value::Int(i64::try_from(version.minor).unwrap_or(i64::MAX)),
        _ => Value::Absent,
    }
}

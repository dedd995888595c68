//! Whether two values mean the same.

use manifest::canonical;
use manifest::json::Json;
use syntax::literal::quantity::Quantity;

use crate::shapes::{Known, Shapes};

/// Whether two values that are neither lists nor maps mean the same: quantities and numbers by value, everything else as it is written.
pub fn scalars(shapes: &Shapes, known: Known, old: &Json, new: &Json) -> bool {
    old == new || numbers(old, new) || (shapes.is_quantity(known) && quantities(old, new))
}

fn numbers(old: &Json, new: &Json) -> bool {
    let is_number = |it: &Json| matches!(it, Json::Int(_) | Json::Number(_));
    is_number(old) && is_number(new) && canonical::bytes(old) == canonical::bytes(new)
}

fn quantities(old: &Json, new: &Json) -> bool {
    let read = |it: &Json| match it {
        Json::String(text) => Quantity::parse(text).ok(),
        Json::Int(number) => Quantity::parse(&number.to_string()).ok(),
        Json::Number(text) => Quantity::parse(text).ok(),
        Json::Null | Json::Bool(_) | Json::List(_) | Json::Map(_) => None,
    };
    read(old).zip(read(new)).is_some_and(|(old, new)| old.cmp_value(&new).is_eq())
}

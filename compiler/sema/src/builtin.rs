//! Built-in functions and methods: names, what they take, what they give. How they work is in `eval/src/builtin/`.

/// What a built-in takes or gives, one letter of the small vocabulary its signature needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `Int`.
    Int,
    /// `Bool`.
    Bool,
    /// `String`.
    String,
    /// `Text`.
    Text,
    /// `List<String>`.
    Strings,
    /// The receiver's element (list), value (map) or bound (range) type, optional.
    Item,
    /// The receiver's element type as an argument.
    Element,
    /// The receiver's own type.
    Receiver,
    /// List of the receiver's keys.
    Keys,
    /// List of the receiver's values.
    Values,
    /// `Ip`.
    Ip,
    /// `Cidr`.
    Cidr,
    /// `File`.
    File,
    /// `Json`.
    Json,
    /// `SecretSource`.
    SecretSource,
    /// `PodField`.
    PodField,
    /// A reference to a store of secrets; evaluated as its name and the word of its kind, behind all other arguments.
    Store,
    /// `Int`, `Number`, `Quantity` or `Duration`: the same for all of the call.
    Ordered,
}

/// What a method belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// A function.
    None,
    /// `List<_>`.
    List,
    /// Text of any domain.
    String,
    /// `Map<_, _>`.
    Map,
    /// `Cidr`.
    Cidr,
    /// `IpRange`, or a range of integers.
    Range,
    /// `Version`.
    Version,
    /// `Duration`.
    Duration,
    /// `Percent`.
    Percent,
}

/// A built-in function or method.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// Unique name, as `ExprKind::Builtin` carries it: `list.join`, `div`.
    pub id: &'static str,
    /// Name in the source.
    pub name: &'static str,
    /// What it is a method of.
    pub receiver: Receiver,
    /// Arguments behind the receiver.
    pub arguments: &'static [Shape],
    /// What it gives.
    pub result: Shape,
}

const fn method(id: &'static str, name: &'static str, receiver: Receiver, arguments: &'static [Shape], result: Shape) -> Builtin {
    Builtin { id, name, receiver, arguments, result }
}

const fn function(id: &'static str, arguments: &'static [Shape], result: Shape) -> Builtin {
    Builtin { id, name: id, receiver: Receiver::None, arguments, result }
}

/// Every built-in. Methods without arguments are written without parentheses (`xs.len`).
pub const ALL: &[Builtin] = &[
    method("list.len", "len", Receiver::List, &[], Shape::Int),
    method("list.empty", "empty", Receiver::List, &[], Shape::Bool),
    method("list.first", "first", Receiver::List, &[], Shape::Item),
    method("list.last", "last", Receiver::List, &[], Shape::Item),
    method("list.contains", "contains", Receiver::List, &[Shape::Element], Shape::Bool),
    method("list.join", "join", Receiver::List, &[Shape::String], Shape::Text),
    method("list.sort", "sort", Receiver::List, &[], Shape::Receiver),
    method("list.unique", "unique", Receiver::List, &[], Shape::Receiver),
    method("string.len", "len", Receiver::String, &[], Shape::Int),
    method("string.empty", "empty", Receiver::String, &[], Shape::Bool),
    method("string.contains", "contains", Receiver::String, &[Shape::String], Shape::Bool),
    method("string.starts_with", "starts_with", Receiver::String, &[Shape::String], Shape::Bool),
    method("string.ends_with", "ends_with", Receiver::String, &[Shape::String], Shape::Bool),
    method("string.split", "split", Receiver::String, &[Shape::String], Shape::Strings),
    method("string.replace", "replace", Receiver::String, &[Shape::String, Shape::String], Shape::String),
    method("string.upper", "upper", Receiver::String, &[], Shape::String),
    method("string.lower", "lower", Receiver::String, &[], Shape::String),
    method("string.trim", "trim", Receiver::String, &[], Shape::String),
    method("map.len", "len", Receiver::Map, &[], Shape::Int),
    method("map.empty", "empty", Receiver::Map, &[], Shape::Bool),
    method("map.keys", "keys", Receiver::Map, &[], Shape::Keys),
    method("map.values", "values", Receiver::Map, &[], Shape::Values),
    method("map.has", "has", Receiver::Map, &[Shape::String], Shape::Bool),
    method("cidr.host", "host", Receiver::Cidr, &[Shape::Int], Shape::Ip),
    method("cidr.contains", "contains", Receiver::Cidr, &[Shape::Ip], Shape::Bool),
    method("cidr.network", "network", Receiver::Cidr, &[], Shape::Ip),
    method("cidr.netmask", "netmask", Receiver::Cidr, &[], Shape::Ip),
    method("cidr.prefix", "prefix", Receiver::Cidr, &[], Shape::Int),
    method("range.first", "first", Receiver::Range, &[], Shape::Item),
    method("range.last", "last", Receiver::Range, &[], Shape::Item),
    method("range.len", "len", Receiver::Range, &[], Shape::Int),
    method("range.contains", "contains", Receiver::Range, &[Shape::Element], Shape::Bool),
    method("version.major", "major", Receiver::Version, &[], Shape::Int),
    method("version.minor", "minor", Receiver::Version, &[], Shape::Int),
    method("duration.seconds", "seconds", Receiver::Duration, &[], Shape::Int),
    method("percent.value", "value", Receiver::Percent, &[], Shape::Int),
    function("div", &[Shape::Int, Shape::Int], Shape::Int),
    function("mod", &[Shape::Int, Shape::Int], Shape::Int),
    function("min", &[Shape::Ordered, Shape::Ordered], Shape::Ordered),
    function("max", &[Shape::Ordered, Shape::Ordered], Shape::Ordered),
    function("abs", &[Shape::Ordered], Shape::Ordered),
    function("json", &[Shape::Json], Shape::String),
    function("file", &[Shape::String], Shape::File),
    function("yaml", &[Shape::String], Shape::Json),
    function("field", &[Shape::String], Shape::PodField),
    function("sops", &[Shape::File], Shape::SecretSource),
    function("sealed", &[Shape::File], Shape::SecretSource),
    function("external", &[Shape::Store, Shape::String], Shape::SecretSource),
    function("plain", &[Shape::File], Shape::SecretSource),
    function("extern", &[], Shape::SecretSource),
];

/// The function of that name.
pub fn find_function(name: &str) -> Option<&'static Builtin> {
    ALL.iter().find(|it| it.receiver == Receiver::None && it.name == name)
}

/// The method of that name on such a receiver.
pub fn find_method(receiver: Receiver, name: &str) -> Option<&'static Builtin> {
    ALL.iter().find(|it| it.receiver == receiver && it.name == name)
}

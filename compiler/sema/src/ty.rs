//! The types of the language. Not how they are found (`check`), nor what values look like (`eval`).
//!
//! A type is a cheap handle: cloning copies a pointer. Types declared by users and by the library are nominal (`RecordDef`, `UnionDef`); types of
//! Kubernetes stay where they are, in the schema pack, and are named by their index.

use std::sync::{Arc, OnceLock};

use crate::ir::Expr;

/// A type.
#[derive(Clone, Debug)]
pub enum Ty {
    /// The type of something already reported: compatible with everything, so that one mistake costs one message.
    Error,
    /// `true`, `false`.
    Bool,
    /// 64-bit integer within inclusive bounds; `Port` is `Int(1..65535)`.
    Int(Option<i64>, Option<i64>),
    /// Exact decimal, printed as written.
    Number,
    /// Text without holes; the domain says which grammar it follows.
    Text(Domain),
    /// A quoted-word enumeration.
    Enum(Arc<[Arc<str>]>),
    /// Exact amount with a unit family.
    Quantity,
    /// Exact span of time.
    Duration,
    /// Whole percent.
    Percent,
    /// One address.
    Ip,
    /// Network with prefix length.
    Cidr,
    /// First to last address, both included.
    IpRange,
    /// Integers or addresses first to last; the value of `a..b`.
    Range,
    /// A file of the project.
    File,
    /// Untyped data.
    Json,
    /// Kubernetes' integer-or-string.
    IntOrString,
    /// One key of a secret, opaque.
    SecretKey,
    /// One key of a configuration map.
    ConfigKey,
    /// Where secret values come from, opaque.
    SecretSource,
    /// A field path of the pod (`fieldRef`).
    PodField,
    /// May be absent.
    Optional(Arc<Ty>),
    /// In order.
    List(Arc<Ty>),
    /// Keys are textual; the first type is the key's.
    Map(Arc<(Ty, Ty)>),
    /// Declared or anonymous record of vix.
    Record(Arc<RecordDef>),
    /// `one of`: exactly one alternative.
    Union(Arc<UnionDef>),
    /// With a refinement beyond integer bounds.
    Refined(Arc<(Ty, Refine)>),
    /// A type of a schema pack.
    Schema(schema::types::TypeId),
    /// Every field optional, all the way down.
    Partial(Arc<Ty>),
    /// A whole object of one kind (the value that `objects(K)` or a trait's binder has).
    Object(schema::types::KindId),
    /// Name of an object of one of these kinds.
    Ref(Arc<[RefTarget]>),
    /// Key of an entry at that path in the enclosing instance, such as `container.port`.
    Key(Arc<[Arc<str>]>),
    /// An instance of a kind of vix, or an entry of one: `cluster`, `network.vlan`.
    Instance(KindRef, Arc<[Arc<str>]>),
    /// Another instance that is not static, or an entry of it: only `name`, `namespace`, `host` and a port's `number` can be read, as `Text`.
    Handle(KindRef, Arc<[Arc<str>]>),
    /// What `here` is.
    Here,
}

/// Which texts are accepted where text is expected. All are text without holes but `Text`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Domain {
    /// Text that link may fill: the widest.
    Text,
    /// Any text without holes.
    String,
    /// DNS-1123 label.
    Name,
    /// DNS-1123 subdomain.
    Hostname,
    /// Container image reference.
    Image,
    /// `/`-separated path.
    Path,
    /// Dotted version.
    Version,
    /// CronJob schedule.
    Cron,
    /// Label or annotation key.
    LabelKey,
    /// Label value.
    LabelValue,
    /// IANA service name.
    PortName,
    /// Environment variable name.
    EnvName,
    /// Key of a ConfigMap or Secret.
    FileName,
}

/// What a `Ref` may point to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefTarget {
    /// Objects of a Kubernetes kind.
    Object(schema::types::KindId),
    /// The principal object of an instance of a kind of vix.
    Instance(KindRef),
}

/// A kind of vix, as an index into the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KindRef(pub u32);

/// Restrictions of a type beyond integer bounds.
#[derive(Clone, Debug, Default)]
pub struct Refine {
    /// Least length (text: code points; list, map: elements).
    pub min: Option<u64>,
    /// Greatest length.
    pub max: Option<u64>,
    /// Whole text must match (RE2 syntax, anchored by us), compiled once.
    pub pattern: Option<Arc<(Arc<str>, regex::Regex)>>,
}

/// A record type of vix: `type X { .. }`, `{ a: Int }`, the body of a kind, `settings`, `params`.
#[derive(Debug)]
pub struct RecordDef {
    /// Declared name; `None` for anonymous ones.
    pub name: Option<Arc<str>>,
    /// In declaration order.
    pub fields: Vec<FieldDef>,
    /// Groups of `one of` inside a record: exactly one of these fields is present.
    pub unions: Vec<Vec<Arc<str>>>,
}

/// One field of a record type.
#[derive(Debug)]
pub struct FieldDef {
    /// Its name.
    pub name: Arc<str>,
    /// Its type; set right after the record exists, because types name each other.
    pub ty: OnceLock<Ty>,
    /// The default, where one is declared; set when defaults are checked.
    pub default: OnceLock<Expr>,
    /// Whether a default is declared (known before it is checked).
    pub has_default: bool,
    /// Environments may set it.
    pub param: bool,
    /// Later layers may not set it.
    pub fixed: bool,
    /// Where it is declared.
    pub span: diag::Span,
}

/// A tagged union `one of { a: A, b: B }` as a type of its own. Its value is a record with that one field.
#[derive(Debug)]
pub struct UnionDef {
    /// Declared name; `None` for anonymous ones.
    pub name: Option<Arc<str>>,
    /// In declaration order.
    pub alternatives: Vec<FieldDef>,
}

impl RecordDef {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&FieldDef> {
        self.fields.iter().find(|it| &*it.name == name)
    }

    /// The `one of` group that a field belongs to.
    pub fn union_of(&self, name: &str) -> Option<&[Arc<str>]> {
        self.unions.iter().find(|group| group.iter().any(|it| &**it == name)).map(Vec::as_slice)
    }
}

impl UnionDef {
    /// The alternative of that name.
    pub fn alternative(&self, name: &str) -> Option<&FieldDef> {
        self.alternatives.iter().find(|it| &*it.name == name)
    }
}

impl FieldDef {
    /// The declared type (`Error` while a cyclic declaration is being reported).
    pub fn ty(&self) -> &Ty {
        self.ty.get().unwrap_or(&Ty::Error)
    }

    /// Whether an entry must give it.
    pub fn required(&self) -> bool {
        !self.has_default && !matches!(self.ty(), Ty::Optional(_))
    }
}

impl Ty {
    /// `String`.
    pub const STRING: Self = Self::Text(Domain::String);
    /// `Text`.
    pub const TEXT: Self = Self::Text(Domain::Text);
    /// `Int` without bounds.
    pub const INT: Self = Self::Int(None, None);
    /// `Port`.
    pub const PORT: Self = Self::Int(Some(1), Some(65535));

    /// `T?` of this type; never doubled.
    #[must_use]
    pub fn optional(self) -> Self {
        match self {
            it @ (Self::Optional(_) | Self::Error) => it,
            it => Self::Optional(Arc::new(it)),
        }
    }

    /// A list of this type.
    #[must_use]
    pub fn list(self) -> Self {
        Self::List(Arc::new(self))
    }

    /// The type when present, and whether it may be absent.
    pub fn present(&self) -> (&Self, bool) {
        match self {
            Self::Optional(it) => (it, true),
            it => (it, false),
        }
    }

    /// The type without its refinement.
    pub fn base(&self) -> &Self {
        match self {
            Self::Refined(it) => it.0.base(),
            it => it,
        }
    }
}

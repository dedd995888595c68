//! The typed tree: what the checker makes of declarations and what the evaluator runs. Not the source (`syntax`), not values (`eval`).
//!
//! Names are resolved, coercions are explicit, locals are slots of a frame, and every node knows its span, so that an error found while evaluating
//! points at the text. Content digests are taken from the source tree, never from here.
//! Invariant: a declaration with an error of its own is not evaluated, so `ExprKind::Error` is never run.

mod overlay;

use std::sync::Arc;

use diag::Span;
use syntax::literal::{duration::Duration, ip::Cidr, quantity::Quantity};

use crate::ty::{KindRef, Refine, Ty};

pub use overlay::{Each, Env, EnvEntry, Expect, LayerRef, Member, Overlay, Patch, SettingWrite, Trait, TraitCall, TraitRef};

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Its place in the source.
    pub span: Span,
    /// What it does.
    pub kind: ExprKind,
}

/// Local variable: an index into the frame of the innermost `fn`, `lower`, instance body, default or `let`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(pub u32);

/// Index into `Program::functions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FnRef(pub u32);

/// Index into `Program::lets`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LetRef(pub u32);

/// Index into `Program::instances`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceRef(pub u32);

/// What an expression does.
#[allow(missing_docs, reason = "fields of variants are named like the parts of the construct")]
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// Already reported; never run.
    Error,
    /// The absent value of an optional.
    Absent,
    /// `true`, `false`.
    Bool(bool),
    /// Integer.
    Int(i64),
    /// Exact decimal as written.
    Number(Arc<str>),
    /// Text without holes, checked where a domain was expected.
    Str(Arc<str>),
    /// Amount, with its spelling and whether that stood in quotes.
    Quantity(Quantity, Arc<str>, bool),
    /// Span of time, with its spelling.
    Duration(Duration, Arc<str>),
    /// Whole percent.
    Percent(i64),
    /// One address.
    Ip(std::net::IpAddr),
    /// Network.
    Cidr(Cidr),
    /// `"..\(e).."`; the parts become one text. Ints, quantities, addresses and so on print canonically (literals as spelled).
    Interpolate(Vec<Part>),
    /// A local.
    Local(Slot),
    /// `name`: of the innermost instance being evaluated.
    Name,
    /// `params.x`: index into the unit's parameters (`Kind::params` first, then `Instance::params`).
    Param(u32),
    /// `settings.x`: library index (0 = project) and field index.
    Setting(u32, u32),
    /// `here.env`, `here.cluster`, `here.kubernetes`, `here.pools`.
    Here(HereField),
    /// A module-level `let`: a constant.
    Let(LetRef),
    /// A static instance as a value (`network.home`, `pool.dev`): a record with its fields; `.name` works on it.
    Static(InstanceRef),
    /// `e.f` on a record, map, union or instance value; absent when the receiver is absent or lacks the key.
    Field(Box<Expr>, Arc<str>),
    /// `e[k]` on a map (absent when missing) or list (integer index; outside = absent).
    Index(Box<Expr>, Box<Expr>),
    /// Call of a declared function; one argument a parameter, in order, defaults already put in by the checker.
    Call(FnRef, Vec<Expr>),
    /// Call of a built-in; methods have the receiver first. Names are those of `sema::builtin::ALL`.
    Builtin(&'static str, Vec<Expr>),
    /// `if c then a else b`, and `if let x = e then .. else ..` by `slot`.
    If { slot: Option<Slot>, cond: Box<Expr>, then: Box<Expr>, other: Box<Expr> },
    /// `match`, exhaustive.
    Match(Box<Expr>, Vec<Arm<Expr>>),
    /// `all x in xs where w => e` (`any`: `all` is false).
    Quantifier { all: bool, slot: Slot, source: Box<Expr>, filter: Option<Box<Expr>>, body: Box<Expr> },
    /// Typed by the checker; operands fit.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `!e`.
    Not(Box<Expr>),
    /// `-e` on numbers, quantities and durations.
    Negate(Box<Expr>),
    /// `a ?? b`.
    Default(Box<Expr>, Box<Expr>),
    /// `e?`: whether present.
    Present(Box<Expr>),
    /// List literal with comprehensions.
    List(Vec<Elem>),
    /// Record or map literal; the block's type says which.
    Record(Box<Block>),
    /// A key of the enclosing instance.
    Key(Arc<[Arc<str>]>, Vec<Expr>),
    /// A handle: an entry of the innermost instance being evaluated (`config.conf`), or an instance and possibly an entry of it
    /// (`issuer.letsencrypt`, `app.a.service.lan`).
    Handle(Handle),
    /// `secret.admin.password`, `config.conf.NAME`: the key of an entry of the innermost instance. `.secret`/`.config` give the object's name
    /// (a hole), `.key` the key.
    EntryKey { field: Arc<str>, entry: Box<Expr>, key: Box<Expr> },
    /// `app.a.service.lan.host` and the like: a hole that link fills.
    Hole(Handle, HoleAttr),
    /// A conversion the checker found necessary.
    Coerce(Coercion, Box<Expr>),
    /// `objects(K)`, of an environment by name or of the one that is checked.
    Objects(Option<Arc<str>>, schema::types::KindId),
    /// `build(env.x).object(K, "name")`; absent where there is none.
    NamedObject(Box<NamedObject>),
}

/// One object of an environment.
#[derive(Clone, Debug)]
pub struct NamedObject {
    /// Name of the environment.
    pub env: Arc<str>,
    /// Kind of the object.
    pub kind: schema::types::KindId,
    /// Its name, without hash suffix.
    pub name: Expr,
    /// Its namespace, where several have one of that name.
    pub namespace: Option<Expr>,
}

/// A part of an interpolated text.
#[derive(Clone, Debug)]
pub enum Part {
    /// Literal text, decoded.
    Str(Arc<str>),
    /// `\(e)`.
    Expr(Expr),
}

/// Fields of `here`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HereField {
    /// Name of the environment.
    Env,
    /// The cluster's instance value.
    Cluster,
    /// The cluster's Kubernetes version.
    Kubernetes,
    /// Instance values of the pools declared on the cluster, as a map by name.
    Pools,
}

/// One arm of a `match`; in order, the first that fits wins.
#[derive(Clone, Debug)]
pub struct Arm<T> {
    /// What it takes.
    pub pattern: Pattern,
    /// What it gives.
    pub body: T,
}

/// What an arm takes.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// A text.
    Str(Arc<str>),
    /// An integer.
    Int(i64),
    /// An alternative of a union, whose payload is bound.
    Alternative(Arc<str>, Option<Slot>),
    /// `_`.
    Any,
}

/// Operators on operands of fitting types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `||`, lazy.
    Or,
    /// `&&`, lazy.
    And,
    /// `==`, by value: quantities canonically, maps without order, optionals lifted.
    Eq,
    /// `!=`.
    Ne,
    /// `<` on Int, Number, Quantity, Duration, Version, String (by code point), Ip.
    Lt,
    /// `<=`.
    Le,
    /// `>`.
    Gt,
    /// `>=`.
    Ge,
    /// `+` on Int, Number, Quantity (+Int), Duration, String/Text, List, Ip+Int.
    Add,
    /// `-`.
    Sub,
    /// `*`: Int*Int, Int*Quantity, Int*Duration and swapped.
    Mul,
    /// `/`: Quantity/Int, Duration/Int, Quantity/Quantity; exact or an error.
    Div,
    /// `a..b`: integers or addresses.
    Range,
}

/// An element of a list literal.
#[allow(missing_docs, reason = "fields of variants are named like the parts of the construct")]
#[derive(Clone, Debug)]
pub enum Elem {
    /// `e`; an absent value adds nothing only for `Optional` elements of `if`.
    Expr(Expr),
    /// `...e`.
    Spread(Expr),
    /// `for k, v in e if c => x`.
    For(Box<For<Expr>>),
    /// `if c => x` (no `other`) or `if c then x else y`.
    If { slot: Option<Slot>, cond: Expr, then: Expr, other: Option<Expr> },
}

/// A comprehension. Over a list: `value` is the element, `key` its index; over a map: `value` the value and `key` the key, or with one name the key;
/// over a range: its members.
#[derive(Clone, Debug)]
pub struct For<T> {
    /// Index or key.
    pub key: Option<Slot>,
    /// Element or value.
    pub value: Option<Slot>,
    /// What is walked.
    pub source: Expr,
    /// Only those.
    pub filter: Option<Expr>,
    /// What each gives.
    pub body: T,
}

/// Reference to an instance or an entry of one.
#[derive(Clone, Debug)]
pub struct Handle {
    /// `None`: the innermost instance being evaluated.
    pub instance: Option<(KindRef, Arc<str>)>,
    /// Keyed fields with their keys, such as `[("service", "lan")]`.
    pub path: Vec<(Arc<str>, Expr)>,
}

/// What can be read of another instance before link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HoleAttr {
    /// `metadata.name`, with hash suffix where the object has one.
    Name,
    /// `metadata.namespace`.
    Namespace,
    /// `NAME.NAMESPACE.svc` of a Service.
    Host,
    /// The `number` of a port.
    Number,
}

/// A conversion.
#[derive(Clone, Debug)]
pub enum Coercion {
    /// A file's content as text (UTF-8).
    FileToText,
    /// A handle as the name of its principal object.
    HandleToRef,
    /// An integer as a quantity without suffix.
    IntToQuantity,
    /// An integer as an exact decimal.
    IntToNumber,
    /// The only alternative that accepts it: gives a record with that one field.
    Inject(Arc<str>),
    /// Any typed value as untyped data.
    ToJson,
    /// The value must fit the type's domain, bounds or refinement; blame on the inner expression.
    Check(Ty),
    /// `Name(x)`, `Ip(x)` and so on: parse the text as that type.
    Parse(Ty),
    /// The value must be present: `T?` where the checker could not know (an optional read through an absent record).
    Required,
}

/// A literal body: entries written in order into one record, map, object or list of statements.
#[derive(Clone, Debug)]
pub struct Block {
    /// From `{` to `}`.
    pub span: Span,
    /// What is being built; directs defaults (`Record`), keys (`Map`) and lists.
    pub ty: Ty,
    /// In source order.
    pub entries: Vec<Entry>,
}

/// One entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its place.
    pub span: Span,
    /// What it does.
    pub kind: EntryKind,
}

/// What an entry does.
#[allow(missing_docs, reason = "fields of variants are named like the parts of the construct")]
#[derive(Clone, Debug)]
pub enum EntryKind {
    /// `path: e` (records merge, scalars and lists are set once), `path := e`, `path += e`.
    Set { path: Vec<Step>, op: SetOp, value: Expr },
    /// `path { .. }`, `path name { .. }`, `path name`: merges the block into the record, map or element there.
    Merge { path: Vec<Step>, block: Block },
    /// `...e`: later explicit entries win.
    Spread(Expr),
    /// `let x = e`.
    Let(Slot, Expr),
    /// `for`.
    For(Box<For<Block>>),
    /// `if`, `if let`.
    If { slot: Option<Slot>, cond: Expr, then: Block, other: Option<Block> },
    /// `match`.
    Match(Expr, Vec<Arm<Block>>),
    /// `object K "name" in ns as h { .. }`, in `lower` and in instance bodies.
    Object(Box<Object>),
    /// A nested instance in `lower`.
    Instance(Box<Nested>),
    /// `with hashed()` inside an object's body: its name gets kustomize's content suffix.
    Hashed,
    /// `extern K name in ns { keys: [..] }`: somebody else makes it.
    Extern(Box<Extern>),
    /// `object yaml "..."`: objects in YAML.
    Pasted(Box<Pasted>),
    /// `with t()`: in the body of an object for that object, in that of an instance for all of it; whether `hashed()` stands beside.
    With(Vec<TraitCall>, bool),
    /// `remove path`: what an earlier step wrote there is gone.
    Remove(Vec<Step>),
    /// `add path NAME first { .. }`: a new element of a keyed list; the last step names it.
    Add { path: Vec<Step>, position: Position, content: Added },
    /// `final path: e`: no later step may change it.
    Final { path: Vec<Step>, entry: Box<Entry> },
}

/// Where an added element goes.
#[derive(Clone, Debug)]
pub enum Position {
    /// Before all.
    First,
    /// Behind all.
    Last,
    /// Before the element of that key.
    Before(Expr),
    /// Behind the element of that key.
    After(Expr),
}

/// What an added element holds.
#[derive(Clone, Debug)]
pub enum Added {
    /// A literal.
    Block(Block),
    /// A value.
    Value(Expr),
}

/// How `Set` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOp {
    /// `:`.
    Set,
    /// `:=`.
    Replace,
    /// `+=`.
    Append,
}

/// One step of an entry's path.
#[allow(missing_docs, reason = "fields of variants are named like the parts of the construct")]
#[derive(Clone, Debug)]
pub enum Step {
    /// A field of a record.
    Field(Arc<str>),
    /// A key of a map.
    Key(Expr),
    /// An element of a keyed list, found or made by its key: `field` gets the key's value.
    Element { field: Arc<str>, key: Expr },
}

/// An object to create.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its kind.
    pub kind: schema::types::KindId,
    /// Its name.
    pub name: Expr,
    /// `in ns`; otherwise the namespace of the innermost instance that has one. An empty text means none.
    pub namespace: Option<Expr>,
    /// `as a.service[n]`: the entry it stands for; an empty path is the principal object.
    pub handle: Option<Vec<(Arc<str>, Expr)>>,
    /// Its fields; typed by the kind's schema.
    pub body: Block,
}

/// YAML in the source.
#[derive(Clone, Debug)]
pub struct Pasted {
    /// Place of the literal.
    pub span: Span,
    /// Its text, decoded.
    pub text: Arc<str>,
    /// Of each line, where it begins in the text and in the source.
    pub lines: Vec<(u32, u32)>,
}

impl Pasted {
    /// The rest of the line at that offset of the text, as a place in the source.
    pub fn place(&self, offset: u32) -> Span {
        let nth = self.lines.partition_point(|it| it.0 <= offset);
        let Some((start, source)) = nth.checked_sub(1).and_then(|it| self.lines.get(it)) else { return self.span };
        let rest = self.text.get(offset as usize..).and_then(|it| it.lines().next()).unwrap_or("").trim_end();
        let begin = (source + (offset - start)).min(self.span.end);
        Span { start: begin, end: (begin + rest.len() as u32).min(self.span.end), ..self.span }
    }
}

/// An object that exists at run time and is made by nobody here.
#[derive(Clone, Debug)]
pub struct Extern {
    /// Its kind.
    pub kind: schema::types::KindId,
    /// Its name.
    pub name: Expr,
    /// `in ns`; otherwise the namespace of the innermost instance that has one.
    pub namespace: Option<Expr>,
    /// The keys it has, as a list of texts; `None`: any.
    pub keys: Option<Expr>,
}

/// An `extern` of an environment or layer: nothing in it is computed.
#[derive(Clone, Debug)]
pub struct EnvExtern {
    /// Its place.
    pub span: Span,
    /// Its kind.
    pub kind: schema::types::KindId,
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace; `None` for kinds that have none.
    pub namespace: Option<Arc<str>>,
    /// The keys it has; `None`: any.
    pub keys: Option<Arc<[Arc<str>]>>,
}

/// A nested instance: evaluated in place, its locals are those of the enclosing frame, its `name` and keyed fields its own.
#[derive(Clone, Debug)]
pub struct Nested {
    /// Its kind.
    pub kind: KindRef,
    /// Its name.
    pub name: Expr,
    /// `as t`: references to the enclosing instance's principal object mean this instance's.
    pub principal: bool,
    /// Sets params and fields of the kind.
    pub body: Block,
}

/// A kind of vix.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Its name, such as `app`.
    pub name: Arc<str>,
    /// Library index: 0 = project.
    pub library: u32,
    /// Evaluated once, before any environment.
    pub is_static: bool,
    /// Part of an environment as soon as something in it refers to it.
    pub ambient: bool,
    /// All fields; defaults are in the `FieldDef`s. Frame size of defaults is `default_slots`.
    pub fields: Arc<crate::ty::RecordDef>,
    /// Indices of `param` fields, in order: the first parameters of each instance.
    pub params: Vec<u32>,
    /// Frame size for defaults.
    pub default_slots: u32,
    /// How instances become objects.
    pub lower: Option<Lower>,
}

/// `lower(a) { .. }`.
#[derive(Clone, Debug)]
pub struct Lower {
    /// The instance.
    pub binder: Slot,
    /// Frame size.
    pub slots: u32,
    /// Statements: objects, nested instances, `let`, `for`, `if`, `match`.
    pub body: Block,
}

/// A declared function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: Arc<str>,
    /// Parameters take the first slots in order.
    pub parameters: u32,
    /// Frame size.
    pub slots: u32,
    /// What it gives.
    pub body: Expr,
}

/// A module-level constant.
#[derive(Clone, Debug)]
pub struct Let {
    /// Its name.
    pub name: Arc<str>,
    /// Frame size.
    pub slots: u32,
    /// Its value.
    pub value: Expr,
}

/// A file-level instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its kind.
    pub kind: KindRef,
    /// Its name.
    pub name: Arc<str>,
    /// Place of the name in its head.
    pub span: Span,
    /// `params { .. }` of its own, after those of the kind.
    pub params: Arc<crate::ty::RecordDef>,
    /// What the body sets of its kind's `param` fields (index into the unit's parameters).
    pub writes: Vec<Write>,
    /// Frame size of writes, defaults of own params, and body.
    pub slots: u32,
    /// All other entries, typed by the kind's fields.
    pub body: Block,
    /// `patch` and `each` on its own objects.
    pub overlay: Overlay,
}

/// An explicit value of a parameter, or of a field inside one.
#[derive(Clone, Debug)]
pub struct Write {
    /// Place of the entry.
    pub span: Span,
    /// Index into the unit's parameters.
    pub param: u32,
    /// How it writes.
    pub op: SetOp,
    /// `final`: no later step may write this parameter.
    pub fixed: bool,
    /// `None`: the parameter is unset (`remove`).
    pub value: Option<Expr>,
}

/// A `check` or `test`.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// What it holds, in words.
    pub title: Arc<str>,
    /// Place of the title.
    pub span: Span,
    /// The only environment that it is checked in, and where that is said.
    pub env: Option<(Arc<str>, Span)>,
    /// Frame size.
    pub slots: u32,
    /// What must be true.
    pub body: Expr,
    /// Kinds of the objects that it looks at.
    pub kinds: Vec<schema::types::KindId>,
    /// It asks instances for names, namespaces, hosts or numbers.
    pub asks: bool,
}

/// Bounds, lengths and patterns of a `Check`, in one place for the evaluator.
pub type Bounds = Refine;

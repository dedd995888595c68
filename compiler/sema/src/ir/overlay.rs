//! What changes objects after they were made: traits, `each` and `patch`, and the steps of the chain that hold them (grammar.md, section 5).

use std::sync::Arc;

use diag::Span;
use schema::types::KindId;

use super::{Block, EnvExtern, Expr, InstanceRef, Slot, Write};

/// Index into `Program::traits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraitRef(pub u32);

/// Index into `Program::layers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerRef(pub u32);

/// The three sub-layers of one step for objects, in the order they apply.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// `with`.
    pub with: Vec<TraitCall>,
    /// `each`.
    pub each: Vec<Each>,
    /// `patch`.
    pub patch: Vec<Patch>,
}

impl Overlay {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.with.is_empty() && self.each.is_empty() && self.patch.is_empty()
    }
}

/// `t(1, b: 2)`.
#[derive(Clone, Debug)]
pub struct TraitCall {
    /// The call.
    pub span: Span,
    /// Which trait.
    pub of: TraitRef,
    /// One argument a parameter, in order, defaults already put in.
    pub args: Vec<Expr>,
}

/// How many objects must be hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// At least one, where nothing is said.
    Some,
    /// Any number.
    Any,
    /// From the first to the last, both included.
    Count(u64, u64),
}

/// `each d in Deployment where .. { .. }`.
#[derive(Clone, Debug)]
pub struct Each {
    /// From the word to the end of the head.
    pub span: Span,
    /// How many objects it must hit.
    pub expect: Expect,
    /// One for each kind of its set.
    pub members: Vec<Member>,
    /// The set as written, for messages.
    pub kinds: Arc<str>,
}

/// A body as it is for objects of one kind.
#[derive(Clone, Debug)]
pub struct Member {
    /// The kind; `None` for every kind (`Object`).
    pub kind: Option<KindId>,
    /// The object before the sub-layer.
    pub binder: Option<Slot>,
    /// Only those.
    pub filter: Option<Expr>,
    /// What is written into it, and in traits what is created.
    pub body: Block,
}

/// `patch Deployment web { .. }`.
#[derive(Clone, Debug)]
pub struct Patch {
    /// From the word to the end of the head.
    pub span: Span,
    /// The kind.
    pub kind: KindId,
    /// The object's name, without hash suffix.
    pub name: Arc<str>,
    /// Place of the name.
    pub name_span: Span,
    /// `in ns`.
    pub namespace: Option<Arc<str>>,
    /// How many objects it must hit.
    pub expect: Expect,
    /// Traits on that object alone.
    pub with: Vec<TraitCall>,
    /// What is written.
    pub body: Block,
}

/// A declared trait.
#[derive(Clone, Debug)]
pub struct Trait {
    /// Its name.
    pub name: Arc<str>,
    /// Place of its name.
    pub span: Span,
    /// Parameters take the first slots in order.
    pub parameters: u32,
    /// Frame size.
    pub slots: u32,
    /// One for each kind of its set.
    pub members: Vec<Member>,
    /// The set as written, for messages.
    pub kinds: Arc<str>,
}

/// An instance listed in a step of the chain.
#[derive(Clone, Debug)]
pub struct EnvEntry {
    /// Which.
    pub instance: InstanceRef,
    /// Its name in the environment, where `as` gives it another one.
    pub alias: Option<Arc<str>>,
    /// Place of the entry's head.
    pub span: Span,
    /// What it sets.
    pub writes: Vec<Write>,
    /// What it changes of its objects.
    pub overlay: Overlay,
}

/// A setting that a step of the chain writes.
#[derive(Clone, Debug)]
pub struct SettingWrite {
    /// Library, 0 = project.
    pub library: u32,
    /// Field.
    pub field: u32,
    /// What is written; a record literal is merged into what earlier layers wrote.
    pub value: Expr,
}

/// One step of a chain: an environment or a layer.
#[derive(Clone, Debug)]
pub struct Env {
    /// Its name.
    pub name: Arc<str>,
    /// Whether it is a layer.
    pub is_layer: bool,
    /// Place of its name.
    pub span: Span,
    /// The layer it stands on.
    pub over: Option<LayerRef>,
    /// The cluster it names itself.
    pub cluster: Option<(InstanceRef, Span)>,
    /// Environments of the same cluster in which references may resolve.
    pub uses: Vec<(Arc<str>, Span)>,
    /// Explicit settings.
    pub settings: Vec<SettingWrite>,
    /// Frame size of all expressions in it.
    pub slots: u32,
    /// Instances listed, with the parameters they set.
    pub entries: Vec<EnvEntry>,
    /// `remove app x`: instances (with alias) that an earlier step lists.
    pub removed: Vec<(InstanceRef, Option<Arc<str>>, Span)>,
    /// What it changes of all objects in the environment.
    pub overlay: Overlay,
    /// Objects that others make.
    pub externs: Vec<EnvExtern>,
}

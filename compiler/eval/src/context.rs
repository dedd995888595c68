//! What an evaluation is given besides the program: inputs, environment, values of static instances. Plain data, owned, shared by threads.

use rustc_hash::FxHashMap as HashMap;
use std::sync::Arc;

use diag::Span;
use manifest::unit::Anchor;
use sema::ir::InstanceRef;

use crate::finish::shape::Shapes;
use crate::limits::Limits;
use crate::stored::Stored;

/// The door to what is outside the program.
pub trait Inputs: Sync {
    /// Content of a project file named by `file()` or `yaml()`; `None` if there is no such file (already reported by the caller or reported here).
    fn file(&self, path: &str) -> Option<Arc<[u8]>>;

    /// The place as an anchor, for what outlives the run.
    fn anchor(&self, span: Span) -> Anchor;
}

/// Form of the emitted text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// A YAML document for each object.
    #[default]
    Yaml,
    /// A JSON value for each object.
    Json,
}

/// How to evaluate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Form of the emitted text.
    pub format: Format,
    /// What it may cost.
    pub limits: Limits,
}

/// Values of static instances, evaluated once for each project; and what all units share.
#[derive(Default)]
pub struct Statics {
    pub(crate) values: HashMap<InstanceRef, Stored>,
    pub(crate) shapes: Shapes,
}

impl Statics {
    /// The value of a static instance; `None` if it is not static, or has an error.
    pub fn get(&self, instance: InstanceRef) -> Option<&Stored> {
        self.values.get(&instance)
    }
}

/// An environment, evaluated once.
#[derive(Debug, Default)]
pub struct EnvContext {
    /// Its name.
    pub name: Arc<str>,
    /// Its cluster.
    pub cluster: Option<InstanceRef>,
    /// The cluster's Kubernetes version, as written.
    pub kubernetes: Arc<str>,
    /// The bit of that version in the masks of the schemas; none where the schemas do not know it, so that nothing is checked against it.
    pub version: Option<u32>,
    /// Where the cluster says its version.
    pub kubernetes_at: Option<Span>,
    /// Static instances of pools declared on the cluster.
    pub pools: Vec<InstanceRef>,
    /// Values of settings: library, field. `None`: required and not set, or broken.
    pub settings: Vec<Vec<Option<Stored>>>,
}

/// One explicit or computed value of a leaf, for `why`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The entry that wrote it.
    pub span: Span,
    /// The value as printed.
    pub value: String,
    /// Where the value came from: the literal, or the entry of the instance that `lower` read.
    pub origin: Span,
}

/// All that was written into an object, for `why`.
#[derive(Clone, Debug, Default)]
pub struct Explained {
    /// Writes of its places, in order.
    pub writes: Vec<Written>,
    /// Writes of the unit's parameters, in order; a default is there only where it was needed.
    pub params: Vec<ParamWrite>,
}

/// One write of one place.
#[derive(Clone, Debug)]
pub struct Written {
    /// Field path: `spec.template.spec.containers[main].image`, `metadata.labels["app.kubernetes.io/name"]`; elements by key or index.
    pub path: String,
    /// The entry that wrote it.
    pub span: Span,
    /// Where the value came from.
    pub origin: Span,
    /// The value as printed; `None` where it is no single value, or known only when linked.
    pub value: Option<String>,
    /// It takes away what was there.
    pub removes: bool,
}

/// One write of a parameter.
#[derive(Clone, Debug)]
pub struct ParamWrite {
    /// Its name.
    pub name: Arc<str>,
    /// The entry; of a default the field's declaration.
    pub span: Span,
    /// The value as printed, as for `Written`.
    pub value: Option<String>,
}

//! The typed project: every declaration the evaluator can reach, by index. Data only.
//!
//! Invariant: an entry is `None` where the declaration has an error of its own (or was not needed); who names it is poisoned too.

use std::sync::Arc;

use crate::facts::Facts;
use crate::ir::{Env, Function, Instance, Kind, Let};
use crate::ty::RecordDef;

/// All typed declarations.
pub struct Program {
    /// Schema packs in use.
    pub schemas: Arc<schema::schemas::Schemas>,
    /// Facts about schema types, from `schema` declarations.
    pub facts: Arc<Facts>,
    /// Kinds, by `KindRef`.
    pub kinds: Vec<Option<Kind>>,
    /// Functions, by `FnRef`.
    pub functions: Vec<Option<Function>>,
    /// Module-level constants, by `LetRef`.
    pub lets: Vec<Option<Let>>,
    /// File-level instances, by `InstanceRef`.
    pub instances: Vec<Option<Instance>>,
    /// Environments.
    pub envs: Vec<Option<Env>>,
    /// The settings of each library; index 0 is the project's. Defaults may name `here` and other settings of the same library.
    pub settings: Vec<Arc<RecordDef>>,
}

//! The typed project: every declaration the evaluator can reach, by index. Data only.
//!
//! Invariant: an entry is `None` where the declaration has an error of its own (or was not needed); who names it is poisoned too.

use std::sync::Arc;

use rustc_hash::FxHashMap as HashMap;

use crate::analysis::DeclId;
use crate::facts::Facts;
use crate::ir::{Assertion, Env, Function, Instance, Kind, LayerRef, Let, Trait};
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
    /// Layers, by `LayerRef`.
    pub layers: Vec<Option<Env>>,
    /// Traits, by `TraitRef`.
    pub traits: Vec<Option<Trait>>,
    /// `check` and `test` declarations without errors.
    pub assertions: HashMap<DeclId, Assertion>,
    /// The settings of each library; index 0 is the project's. Defaults may name `here` and other settings of the same library.
    pub settings: Vec<Arc<RecordDef>>,
}

impl Program {
    /// The steps of an environment's chain, the weakest first, the environment itself last; `None` where one of them has an error.
    pub fn chain<'p>(&'p self, env: &'p Env) -> Option<Vec<&'p Env>> {
        let mut chain = vec![env];
        let mut over = env.over;
        while let Some(LayerRef(at)) = over {
            let layer = self.layers.get(at as usize)?.as_ref()?;
            // Cycles are found by the checker, and poison their layers.
            if chain.len() > self.layers.len() {
                return None;
            }
            chain.push(layer);
            over = layer.over;
        }
        chain.reverse();
        Some(chain)
    }

    /// The cluster of an environment: its own, or that of the nearest layer that names one.
    pub fn cluster(&self, env: &Env) -> Option<(crate::ir::InstanceRef, diag::Span)> {
        self.chain(env)?.iter().rev().find_map(|it| it.cluster)
    }
}

//! One build, from files to output.

use crate::{Options, Outcome, World};

/// Builds what `options` asks for.
pub fn run(_world: &dyn World, _options: &Options) -> Outcome {
    Outcome::default()
}

//! `vix check`: everything that `vix build` would find, and no output.

use build::{EnvOutcome, Format, Output};
use clap::Args;

use super::session::{self, Compile};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::host::Host;
use crate::ui::{Ui, count};

/// Arguments of `vix check`.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    compile: Compile,
}

/// Checks.
///
/// # Errors
/// There is no project.
pub fn run(arguments: Arguments, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let session = session::compile(&arguments.compile, Format::Yaml, |_, _| Output::None, ui, host)?;
    Ok(session.report("check failed", line, ui, host))
}

fn line(env: &EnvOutcome) -> String {
    format!("{}: {} from {}, no errors", env.name, count(env.objects, "object"), count(env.instances, "instance"))
}

//! `vix completions SHELL`: what a shell needs to complete the arguments of vix.

use clap::{Args, Command};
use clap_complete::{Shell, generate};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::host::Host;

/// Arguments of `vix completions`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// For which shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

/// Prints the script.
///
/// # Errors
/// It cannot be written.
pub fn run(arguments: &Arguments, mut command: Command, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut command, "vix", &mut script);
    host.print(script)?;
    Ok(Exit::Ok)
}

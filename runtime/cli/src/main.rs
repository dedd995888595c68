//! The program `vix`: the real surroundings, and the last net under a fault of ours. Everything else is in the library.

use std::io::{self, Write as _};
use std::panic::{self, PanicHookInfo};
use std::process::ExitCode;

use cli::{Exit, Host, main_with};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    panic::set_hook(Box::new(report));
    let exit = panic::catch_unwind(|| Host::real(main_with)).unwrap_or(Ok(Exit::Bug));
    match exit {
        Ok(exit) => exit.into(),
        Err(error) => {
            drop(writeln!(io::stderr(), "error: cannot read the current folder: {error}"));
            Exit::Machine.into()
        }
    }
}

/// Says whose fault it is and what to send. Standard error may be gone, so nothing here may panic.
fn report(info: &PanicHookInfo<'_>) {
    let payload = info.payload();
    let words = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    drop(writeln!(
        io::stderr(),
        "bug in vix {}: {words} ({place})\nPlease report it with the project, or the part of it, that leads here. Nothing half-written was left behind.",
        env!("CARGO_PKG_VERSION")
    ));
}

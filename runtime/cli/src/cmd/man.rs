//! `vix man DIR`: the manual as pages for `man`, one for vix and one for each verb.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use super::session::shown;
use crate::exit::Exit;
use crate::failure::{Failure, reason};
use crate::host::Host;
use crate::ui::{Ui, count};

/// Arguments of `vix man`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Folder for the pages, which is made if it is absent
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes the pages.
///
/// # Errors
/// They cannot be written.
pub fn run(arguments: &Arguments, command: Command, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let folder = host.cwd.join(&arguments.folder);
    let refused = |path: &Path, error: &std::io::Error| Failure::Machine(format!("cannot write {}: {}", path.display(), reason(error)));
    fs::create_dir_all(&folder).map_err(|error| refused(&folder, &error))?;
    let pages = pages(command);
    for (name, page) in &pages {
        let path = folder.join(name);
        fs::write(&path, page).map_err(|error| refused(&path, &error))?;
    }
    ui.line(host, &format!("{} in {}", count(pages.len(), "page"), shown(&folder, &host.called_in)));
    Ok(Exit::Ok)
}

/// File names and pages.
fn pages(command: Command) -> Vec<(String, Vec<u8>)> {
    let version = env!("CARGO_PKG_VERSION");
    let page = |command: Command, name: &str| {
        let mut out = Vec::new();
        // Writing into memory never fails.
        let written = Man::new(command).title(name).source(format!("vix {version}")).manual("vix").render(&mut out);
        written.map_or_else(|_| Vec::new(), |()| out)
    };
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut pages = vec![("vix.1".to_owned(), page(command.clone(), "vix"))];
    for verb in command.get_subcommands() {
        let name = format!("vix-{}", verb.get_name());
        pages.push((format!("{name}.1"), page(verb.clone(), &name)));
    }
    pages
}

//! `vix explain CODE`: the page behind a code; without a code, all of them.

use clap::Args;
use diag::{code, nearest};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::host::Host;

/// Arguments of `vix explain`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// A code such as syntax-error; all codes are listed if left out
    code: Option<String>,
}

/// Prints the page, or the list.
///
/// # Errors
/// There is no such code.
pub fn run(arguments: &Arguments, host: &mut Host<'_>) -> Result<Exit, Failure> {
    match &arguments.code {
        Some(name) => host.print(page(name)?)?,
        None => host.print(list())?,
    }
    Ok(Exit::Ok)
}

fn page(name: &str) -> Result<&'static str, Failure> {
    code::find(name).map(|it| it.page).ok_or_else(|| {
        let near = nearest(name, code::ALL.iter().map(|it| it.name));
        let hint = near.map_or_else(|| "`vix explain` lists all".to_owned(), |near| format!("did you mean `{near}`?"));
        Failure::Usage(format!("no code `{name}`; {hint}"))
    })
}

fn list() -> String {
    let width = code::ALL.iter().map(|it| it.name.len()).max().unwrap_or(0);
    code::ALL.iter().map(|it| format!("{:width$}  {}\n", it.name, sentence(it.page))).collect()
}

/// The first sentence of a page, which stands below its heading.
fn sentence(page: &str) -> &str {
    page.lines().skip(1).find(|line| !line.trim().is_empty()).unwrap_or_default()
}

//! `vix test`: runs the tests of the project; builds the environments that they name, and writes nothing.

use build::{Format, Memory, Output, Select};
use clap::Args;

use super::session::{self, Job, Means};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::host::Host;
use crate::project;
use crate::ui::{Tally, Ui, count, elapsed};

/// Arguments of `vix test`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Only tests with this text in their title
    #[arg(value_name = "TEXT")]
    filter: Option<String>,
    /// Treat warnings as errors
    #[arg(long, value_name = "WHAT", value_parser = ["warnings"])]
    deny: Option<String>,
    #[command(flatten)]
    means: Means,
}

/// Tests.
///
/// # Errors
/// There is no project, or no test has the wanted title.
pub fn run(arguments: Arguments, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let Arguments { filter, deny, means } = arguments;
    let root = project::find_root(&host.cwd)?;
    let files = session::open(&root)?;
    let tests = Some(filter.clone().unwrap_or_default());
    let job = Job { select: Select::Tested, format: Format::Yaml, output: Output::None, memory: Memory::Project, denied: deny.is_some(), tests, why: None };
    let mut session = session::run(&files, &root, job, &means, ui, host)?;
    let exit = session.exit();
    let tests = std::mem::take(&mut session.outcome.tests);
    if exit == Exit::Ok && tests.is_empty() {
        if let Some(filter) = filter {
            return Err(Failure::Usage(format!("no test has `{filter}` in its title")));
        }
        ui.line(host, "this project has no test");
    }
    ui.tests(host, &tests, &session.outcome.sources);
    let failed = tests.iter().filter(|it| !it.wrong.is_empty()).count();
    session.outcome.diagnostics.extend(tests.iter().flat_map(|it| it.wrong.iter().cloned()));
    session.tally = Tally::of(&session.outcome.diagnostics);
    session.report_findings(ui, host);
    let consequence = match failed {
        0 if exit == Exit::Source => Some("no test was run".to_owned()),
        0 => None,
        failed => Some(format!("{failed} of {} failed", count(tests.len(), "test"))),
    };
    if exit == Exit::Ok && failed == 0 && !tests.is_empty() {
        ui.line(host, &format!("{} passed in {}", count(tests.len(), "test"), elapsed(session.elapsed)));
    }
    ui.summary(host, session.tally, consequence.as_deref(), session.elapsed);
    Ok(session.exit())
}

//! `vix graph` and `vix tree`: what environments hold, and what refers to what.

use build::{Format, Memory, Output, Select};
use clap::{Args, ValueEnum};

use super::session::{self, Cache, Job, Means};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::host::Host;
use crate::inventory::{self, Inventory};
use crate::project;
use crate::show::graph::{self, Nodes};
use crate::show::tree;
use crate::ui::Ui;

/// Arguments of `vix graph`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The environment; all environments if left out
    #[arg(value_name = "ENV")]
    env: Option<String>,
    /// Form of the graph
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Form::Dot, hide_default_value = true)]
    format: Form,
    /// Show objects, not only the instances that make them
    #[arg(long)]
    objects: bool,
    #[command(flatten)]
    means: Means,
}

/// Arguments of `vix tree`.
#[derive(Args, Debug)]
pub struct TreeArguments {
    /// The environment; all environments if left out
    #[arg(value_name = "ENV")]
    env: Option<String>,
    /// Fold nothing
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    means: Means,
}

/// How a graph is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Dot,
    Mermaid,
    Json,
}

/// Prints the graph.
///
/// # Errors
/// There is no project, or the output cannot be written.
pub fn run(arguments: &Arguments, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let envs = match inventories(arguments.env.as_deref(), &arguments.means, ui, host)? {
        Ok(envs) => envs,
        Err(exit) => return Ok(exit),
    };
    let nodes = if arguments.objects { Nodes::Objects } else { Nodes::Instances };
    host.print(match arguments.format {
        Form::Dot => graph::dot(&envs, nodes),
        Form::Mermaid => graph::mermaid(&envs, nodes),
        Form::Json => graph::json(&envs),
    })?;
    Ok(Exit::Ok)
}

/// Prints the tree.
///
/// # Errors
/// There is no project, or the output cannot be written.
pub fn run_tree(arguments: &TreeArguments, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let envs = match inventories(arguments.env.as_deref(), &arguments.means, ui, host)? {
        Ok(envs) => envs,
        Err(exit) => return Ok(exit),
    };
    let trees: Vec<String> = envs.iter().map(|it| tree::draw(it, ui.output, arguments.full)).collect();
    host.print(trees.join("\n"))?;
    Ok(Exit::Ok)
}

/// What the environments hold, or how the run ends because something is wrong, which was told.
fn inventories(env: Option<&str>, means: &Means, ui: &Ui, host: &mut Host<'_>) -> Result<Result<Vec<Inventory>, Exit>, Failure> {
    let root = project::find_root(&host.cwd)?;
    let files = session::open(&root)?;
    let without_cache = Means { cache: Cache { cache_dir: None, no_cache: true }, ..means.clone() };
    // Where something that was remembered is lost, everything is made anew.
    for means in [means, &without_cache] {
        let select = env.map_or(Select::All, |it| Select::Env(it.to_owned()));
        let job = Job { select, format: Format::Yaml, output: Output::Units, memory: Memory::Project, denied: false, tests: None, why: None };
        let session = session::run(&files, &root, job, means, ui, host)?;
        if session.exit() != Exit::Ok {
            return Ok(Err(session.report("nothing shown", |_| String::new(), ui, host)));
        }
        let envs: Option<Vec<Inventory>> = session.outcome.envs.iter().map(|it| inventory::of(&session.outcome, it)).collect();
        if let Some(envs) = envs {
            return Ok(Ok(envs));
        }
    }
    Err(Failure::Machine("bug in vix: a build without a cache lacks a result".to_owned()))
}

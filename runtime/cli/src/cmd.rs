//! The verbs: one file each in `cmd/`, one line each in `Verb`. Help, manual and completion derive from here.

mod build;
mod check;
mod clean;
mod completions;
mod diff;
mod explain;
mod fmt;
mod gc;
mod graph;
mod init;
mod man;
mod schema;
mod session;
mod test;
mod why;

use std::cell::RefCell;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{ArgAction, Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum as _};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::host::{Host, Terminal, WIDTH};
use crate::render::Style;
use crate::ui::{MessageFormat, Ui};

/// Turns networks, clusters, apps and environments into Kubernetes manifests.
#[derive(Debug, Parser)]
#[command(name = "vix", version, arg_required_else_help = true, disable_help_subcommand = true, disable_help_flag = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

/// What every verb understands.
#[derive(Args, Debug)]
#[command(next_help_heading = "Everywhere")]
struct Global {
    /// Work as if called in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    directory: Option<PathBuf>,
    /// Colour messages
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto, hide_default_value = true, global = true)]
    color: ColorChoice,
    /// Form of messages, on standard error
    #[arg(long, value_name = "FORM", value_enum, default_value_t = MessageFormat::Human, hide_default_value = true, global = true)]
    message_format: MessageFormat,
    /// Say only what went wrong
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Print help
    #[arg(short, long, action = ArgAction::HelpShort, global = true)]
    help: Option<bool>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
enum Verb {
    /// Write the manifests of environments
    Build(build::Arguments),
    /// Check environments without writing anything
    Check(check::Arguments),
    /// Run the tests of the project
    Test(test::Arguments),
    /// Show what differs between two environments, or since a git revision
    Diff(diff::Arguments),
    /// Show what environments hold, as a tree
    Tree(graph::TreeArguments),
    /// Show what refers to what, as a graph
    Graph(graph::Arguments),
    /// Show who wrote what stands in an object
    Why(why::Arguments),
    /// Format sources
    Fmt(fmt::Arguments),
    /// Explain the code of a message
    Explain(explain::Arguments),
    /// Make a small project that builds
    Init(init::Arguments),
    /// Take types from definitions of custom resources
    Schema(schema::Arguments),
    /// Remove what was built, and the cache of the project
    Clean(clean::Arguments),
    /// Remove from the cache what nobody uses, of all projects
    Gc(gc::Arguments),
    /// Print a script that completes arguments in a shell
    Completions(completions::Arguments),
    /// Write the manual as pages for man
    Man(man::Arguments),
}

/// Runs the command that `host.args` describes.
pub fn main_with(host: &mut Host<'_>) -> Exit {
    let exit = match parse(host) {
        Ok(cli) => run(cli, host),
        Err(error) => usage(&error, host),
    };
    match host.flush() {
        Ok(()) => exit,
        Err(failure) => stop(&plain(host), &failure, host),
    }
}

/// The help of vix and of each verb, for the page that shows it.
pub fn help_of_all() -> String {
    let mut command = command(WIDTH);
    let mut out = command.render_help().to_string();
    command.build();
    for verb in command.get_subcommands_mut() {
        out.push_str(&format!("\n--- {}\n{}", verb.get_name().to_owned(), verb.render_help()));
    }
    out
}

fn command(width: usize) -> clap::Command {
    let codes: Vec<String> = [Exit::Ok, Exit::Source, Exit::Usage, Exit::Changes, Exit::Bug, Exit::Machine]
        .iter()
        .map(|it| format!("  {:>2}  {}", it.code(), it.meaning()))
        .collect();
    Cli::command().term_width(width).after_help(format!("Exit codes:\n{}", codes.join("\n")))
}

fn parse(host: &Host<'_>) -> Result<Cli, clap::Error> {
    let matches = command(host.terminal.width).try_get_matches_from(&host.args)?;
    Cli::from_arg_matches(&matches)
}

/// Help and version are answers, everything else is a wrong call.
fn usage(error: &clap::Error, host: &mut Host<'_>) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match host.print(format!("{}\n", error.render().to_string().trim_end())) {
            Ok(()) => Exit::Ok,
            Err(failure) => failure.exit(),
        },
        _ => {
            let text = error.render().to_string();
            let ui = Ui { format: asked_format(host), ..plain(host) };
            if ui.format == MessageFormat::Human {
                host.say(&crate::escape::text(&text));
            } else {
                let text = text.trim_start_matches("error: ").split("\n\nFor more information").next().unwrap_or_default();
                ui.begin(host);
                ui.error(host, text.trim_end());
                ui.end(host, Exit::Usage);
            }
            Exit::Usage
        }
    }
}

/// The form of messages that arguments ask for which could not be understood as a whole.
fn asked_format(host: &Host<'_>) -> MessageFormat {
    let flag = "--message-format";
    let words: Vec<&str> = host.args.iter().skip(1).map_while(|it| it.to_str()).take_while(|it| *it != "--").collect();
    let next = words.windows(2).filter(|it| it[0] == flag).map(|it| it[1]);
    let named = words.iter().filter_map(|it| it.strip_prefix(flag)?.strip_prefix('=')).chain(next).last();
    named.and_then(|it| MessageFormat::from_str(it, false).ok()).unwrap_or(MessageFormat::Human)
}

fn run(cli: Cli, host: &mut Host<'_>) -> Exit {
    if let Some(directory) = &cli.global.directory {
        host.cwd.push(directory);
    }
    let ui = Ui {
        format: cli.global.message_format,
        style: style(cli.global.color, host, host.terminal),
        output: style(cli.global.color, host, host.output),
        quiet: cli.global.quiet,
        prefix: prefix(cli.global.message_format, host),
        log: RefCell::default(),
    };
    ui.begin(host);
    let exit = dispatch(cli.verb, &ui, host).unwrap_or_else(|failure| stop(&ui, &failure, host));
    ui.end(host, exit);
    exit
}

fn dispatch(verb: Verb, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    match verb {
        Verb::Build(arguments) => build::run(arguments, ui, host),
        Verb::Check(arguments) => check::run(arguments, ui, host),
        Verb::Test(arguments) => test::run(arguments, ui, host),
        Verb::Diff(arguments) => diff::run(&arguments, ui, host),
        Verb::Tree(arguments) => graph::run_tree(&arguments, ui, host),
        Verb::Graph(arguments) => graph::run(&arguments, ui, host),
        Verb::Fmt(arguments) => fmt::run(&arguments, ui, host),
        Verb::Why(arguments) => why::run(&arguments, ui, host),
        Verb::Explain(arguments) => explain::run(&arguments, host),
        Verb::Init(arguments) => init::run(&arguments, ui, host),
        Verb::Schema(arguments) => schema::run(&arguments, ui, host),
        Verb::Clean(arguments) => clean::run(&arguments, ui, host),
        Verb::Gc(arguments) => gc::run(&arguments, ui, host),
        Verb::Completions(arguments) => completions::run(&arguments, command(WIDTH), host),
        Verb::Man(arguments) => man::run(&arguments, command(WIDTH), ui, host),
    }
}

/// From the root of the repository to that of the project, as far as the surroundings tell: where a job of CI has its checkout, else where vix was called.
fn prefix(format: MessageFormat, host: &Host<'_>) -> String {
    if !matches!(format, MessageFormat::Github | MessageFormat::Sarif) {
        return String::new();
    }
    let variables = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"].into_iter().filter_map(|it| host.var(it)).map(PathBuf::from);
    let Ok(root) = crate::project::find_root(&host.cwd) else { return String::new() };
    let bases = variables.chain([host.called_in.clone()]).filter_map(|it| it.canonicalize().ok());
    let inside = bases.filter_map(|it| root.strip_prefix(it).ok().map(|it| it.to_owned())).next().unwrap_or_default();
    inside.iter().map(|it| format!("{}/", it.to_string_lossy())).collect()
}

fn stop(ui: &Ui, failure: &Failure, host: &mut Host<'_>) -> Exit {
    if let Some(message) = failure.message() {
        ui.error(host, message);
    }
    failure.exit()
}

fn plain(host: &Host<'_>) -> Ui {
    Ui {
        format: MessageFormat::Human,
        style: style(ColorChoice::Auto, host, host.terminal),
        output: style(ColorChoice::Auto, host, host.output),
        quiet: false,
        prefix: String::new(),
        log: RefCell::default(),
    }
}

/// The flag, then `NO_COLOR` (no-color.org), then `CLICOLOR_FORCE` (bixense.com/clicolors), then what the stream is.
fn style(color: ColorChoice, host: &Host<'_>, terminal: Terminal) -> Style {
    let dumb = host.var("TERM").is_some_and(|it| it == "dumb");
    let colour = match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if host.var("NO_COLOR").is_some() => false,
        ColorChoice::Auto if host.var("CLICOLOR_FORCE").is_some_and(|it| it != "0") => true,
        ColorChoice::Auto => terminal.attached && !dumb,
    };
    Style { colour, unicode: terminal.unicode, width: terminal.width, cut: terminal.attached }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_description_of_the_arguments_is_sound() {
        super::command(80).debug_assert();
    }
}

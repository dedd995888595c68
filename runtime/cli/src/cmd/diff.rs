//! `vix diff`: what differs between two environments, or between the project now and at a revision.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use build::{Format, Memory, Output, Select};
use clap::{Args, ValueEnum};
use diag::code;
use diff::{Pairing, Shapes};

use super::session::{self, Cache, Job, Means, Session};
use crate::comparison::{Built, Compared, Comparison, Presence, Side, environment};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::git::Revision;
use crate::host::Host;
use crate::project;
use crate::show::value::Limits;
use crate::show::{json, markdown, text};
use crate::ui::Ui;

/// Arguments of `vix diff`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// An environment, compared with the revision; all environments if left out
    #[arg(value_name = "ENV")]
    env: Option<String>,
    /// Compare the two environments, as the files are now
    #[arg(value_name = "OTHER", conflicts_with = "rev")]
    other: Option<String>,
    /// Compare with a git revision; REV... is where the current branch left it, HEAD if left out
    #[arg(long, value_name = "REV")]
    rev: Option<String>,
    /// Form of what differs; markdown fits into a comment of a pull request
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Form::Text, hide_default_value = true)]
    format: Form,
    /// Fold nothing
    #[arg(long)]
    full: bool,
    /// End with 3 where anything differs
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    means: Means,
}

/// How a comparison is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Markdown,
    Json,
}

/// Compares.
///
/// # Errors
/// There is no project, no such revision, or git cannot be had.
pub fn run(arguments: &Arguments, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let root = project::find_root(&host.cwd)?;
    let found = match (&arguments.env, &arguments.other) {
        (Some(old), Some(new)) => environments(&root, old, new, &arguments.means, ui, host)?,
        (env, _) => revision(&root, arguments.rev.as_deref().unwrap_or("HEAD"), env.as_deref(), &arguments.means, ui, host)?,
    };
    let comparison = match found {
        Found::Comparison(comparison) => comparison,
        Found::Stopped(exit) => return Ok(exit),
    };
    let limits = if arguments.full { Limits::FULL } else { Limits::FOLDED };
    host.print(match arguments.format {
        Form::Text => text::draw(&comparison, ui.output, limits),
        Form::Markdown => markdown::write(&comparison, limits),
        Form::Json => json::write(&comparison),
    })?;
    let differs = !comparison.totals().is_empty() || comparison.envs.iter().any(|it| it.presence != Presence::Both);
    Ok(if differs && arguments.exit_code { Exit::Changes } else { Exit::Ok })
}

/// What came of two builds.
enum Found {
    Comparison(Comparison),
    /// A build found something wrong, which was told.
    Stopped(Exit),
}

/// What is wrong keeps anything from being compared.
const CONSEQUENCE: &str = "nothing compared";

fn job(select: Select, memory: Memory) -> Job {
    Job { select, format: Format::Yaml, output: Output::Units, memory, denied: false, tests: None, why: None }
}

/// Types of Kubernetes, read where something differs.
fn shapes() -> LazyCell<Shapes> {
    LazyCell::new(|| {
        let (schemas, facts) = build::shapes();
        Shapes::new(schemas, facts)
    })
}

/// The same without what is remembered: something that was remembered is lost.
fn without_cache(means: &Means) -> Means {
    Means { cache: Cache { cache_dir: None, no_cache: true }, ..means.clone() }
}

fn environments(root: &Path, old: &str, new: &str, means: &Means, ui: &Ui, host: &mut Host<'_>) -> Result<Found, Failure> {
    let files = session::open(root)?;
    let select = || Select::Envs(vec![old.to_owned(), new.to_owned()]);
    for means in [means.clone(), without_cache(means)] {
        let session = session::run(&files, root, job(select(), Memory::Project), &means, ui, host)?;
        if session.exit() != Exit::Ok {
            return Ok(Found::Stopped(session.report(CONSEQUENCE, |_| String::new(), ui, host)));
        }
        notices(&session, ui, host);
        let outcome = &session.outcome;
        let built = |name: &str| Built { outcome, env: outcome.envs.iter().find(|it| it.name == name) };
        if let Some(difference) = environment(&shapes(), &built(old), &built(new), Pairing::Environments(old, new))? {
            let envs = vec![Compared { name: new.to_owned(), presence: Presence::Both, difference }];
            return Ok(Found::Comparison(Comparison { old: Side::Env(old.to_owned()), new: Side::Env(new.to_owned()), envs }));
        }
    }
    Err(lost())
}

fn revision(root: &Path, name: &str, env: Option<&str>, means: &Means, ui: &Ui, host: &mut Host<'_>) -> Result<Found, Failure> {
    let files = session::open(root)?;
    let select = || env.map_or(Select::All, |it| Select::Env(it.to_owned()));
    // First the files as they are: the revision begins with what is remembered of them. Git lists its tree meanwhile.
    let (revision, first) = thread::scope(|scope| {
        let opening = scope.spawn(|| Revision::open(root, name));
        let first = session::run(&files, root, job(select(), Memory::Project), means, ui, host);
        (opening.join().unwrap_or_else(|panic| resume_unwind(panic)), first)
    });
    let revision = revision?;
    let mut first = Some(first?);
    for means in [means.clone(), without_cache(means)] {
        let new = match first.take() {
            Some(first) => first,
            None => session::run(&files, root, job(select(), Memory::Project), &means, ui, host)?,
        };
        let is_new_absent = lacks_env(&new);
        if !is_new_absent && new.exit() != Exit::Ok {
            return Ok(Found::Stopped(new.report(CONSEQUENCE, |_| String::new(), ui, host)));
        }
        let mut old = session::run(&revision, root, job(select(), Memory::Revision), &means, ui, host)?;
        let is_old_absent = lacks_env(&old);
        if is_new_absent && is_old_absent {
            return Ok(Found::Stopped(new.report(CONSEQUENCE, |_| String::new(), ui, host)));
        }
        if !is_old_absent && old.exit() != Exit::Ok {
            old.outcome.sources.prefix(&revision.prefix());
            let consequence = format!("{CONSEQUENCE}: {} does not build", revision.shown());
            return Ok(Found::Stopped(old.report(&consequence, |_| String::new(), ui, host)));
        }
        notices(&new, ui, host);
        if let Some(envs) = compared(&old, &new)? {
            let old = Side::Revision { shown: revision.shown(), commit: revision.commit().to_owned() };
            return Ok(Found::Comparison(Comparison { old, new: Side::Files, envs }));
        }
    }
    Err(lost())
}

/// What a build of the working tree has to say besides findings, such as that nothing can be remembered.
fn notices(session: &Session, ui: &Ui, host: &mut Host<'_>) {
    session.outcome.notices.iter().for_each(|it| ui.notice(host, it));
}

/// Whether all that is wrong is that there is no environment of that name.
fn lacks_env(session: &Session) -> bool {
    let diagnostics = &session.outcome.diagnostics;
    !diagnostics.is_empty() && diagnostics.iter().all(|it| it.code == code::UNKNOWN_ENV)
}

/// Every environment that either state has.
fn compared(old: &Session, new: &Session) -> Result<Option<Vec<Compared>>, Failure> {
    let names: BTreeSet<&str> = [old, new].into_iter().flat_map(|it| &it.outcome.envs).map(|it| it.name.as_str()).collect();
    let shapes = shapes();
    let mut envs = Vec::new();
    for name in names {
        let [before, now] = [old, new].map(|it| Built { outcome: &it.outcome, env: it.outcome.envs.iter().find(|it| it.name == name) });
        let presence = match (before.env, now.env) {
            (None, _) => Presence::Added,
            (_, None) => Presence::Removed,
            (Some(_), Some(_)) => Presence::Both,
        };
        let Some(difference) = environment(&shapes, &before, &now, Pairing::States)? else { return Ok(None) };
        envs.push(Compared { name: name.to_owned(), presence, difference });
    }
    Ok(Some(envs))
}

fn lost() -> Failure {
    Failure::Machine("bug in vix: a build without a cache lacks a result".to_owned())
}

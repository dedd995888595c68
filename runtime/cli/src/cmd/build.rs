//! `vix build`: environments in, manifests out.

use std::path::{Path, PathBuf};

use build::{EnvOutcome, Format, Output};
use clap::{Args, ValueEnum};

use super::session::{self, Compile};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::host::Host;
use crate::ui::{Ui, count};

/// Arguments of `vix build`.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    compile: Compile,
    /// Print the manifests instead of writing files
    #[arg(long, conflicts_with = "out")]
    stdout: bool,
    /// Form of the manifests
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Form::Yaml, hide_default_value = true)]
    format: Form,
    /// Folder for the manifests; build/ at the root of the project if left out
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// `build::Format` on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    Yaml,
    Json,
}

impl From<Form> for Format {
    fn from(form: Form) -> Self {
        match form {
            Form::Yaml => Self::Yaml,
            Form::Json => Self::Json,
        }
    }
}

/// Builds.
///
/// # Errors
/// There is no project, or the output cannot be written.
pub fn run(arguments: Arguments, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let Arguments { compile, stdout, format, out } = arguments;
    let output = |root: &Path, host: &Host<'_>| match out {
        _ if stdout => Output::Memory,
        Some(out) => Output::Folder(host.cwd.join(out)),
        None => Output::Folder(root.join(OUT)),
    };
    let session = session::compile(&compile, format.into(), output, ui, host)?;
    if session.exit() == Exit::Ok {
        print(&session.outcome.envs, format, host)?;
    }
    let called_in = host.called_in.clone();
    Ok(session.report(if stdout { "nothing printed" } else { "nothing written" }, |env| line(env, &called_in), ui, host))
}

/// Where manifests go if nothing else is said, from the root.
pub const OUT: &str = "build";

/// The manifests of several environments are one stream of documents; in JSON each is a List, as in files, which kubectl reads.
fn print(envs: &[EnvOutcome], format: Form, host: &mut Host<'_>) -> Result<(), Failure> {
    let texts = envs.iter().map(|env| &env.text).filter(|text| !text.is_empty());
    for (nth, text) in texts.enumerate() {
        let mut pieces = text.pieces().peekable();
        if nth > 0 && matches!(format, Form::Yaml) && !pieces.peek().is_some_and(|it| it.starts_with(b"---")) {
            host.print("---\n")?;
        }
        let (head, tail) = if matches!(format, Form::Json) { ("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":", "}\n") } else { ("", "") };
        host.print(head)?;
        pieces.try_for_each(|it| host.print(it))?;
        host.print(tail)?;
    }
    host.flush()
}

/// `dev: 42 objects from 9 instances in build/dev (3 files written, 6 unchanged)`.
fn line(env: &EnvOutcome, called_in: &Path) -> String {
    let what = format!("{}: {} from {}", env.name, count(env.objects, "object"), count(env.instances, "instance"));
    let Some(folder) = &env.folder else { return what };
    let done = match (env.written, env.kept) {
        (0, 0) => "no files".to_owned(),
        (0, kept) => format!("{} unchanged", count(kept, "file")),
        (written, 0) => format!("{} written", count(written, "file")),
        (written, kept) => format!("{} written, {kept} unchanged", count(written, "file")),
    };
    let removed = if env.removed == 0 { String::new() } else { format!(", {} removed", env.removed) };
    format!("{what} in {} ({done}{removed})", session::shown(folder, called_in))
}

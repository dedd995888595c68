//! `vix why`: who wrote what stands in an object.
//!
//! First the environment is built as always, which finds the object; then its unit alone is evaluated again with notes.

use build::{BuiltUnit, EnvOutcome, Format, Memory, Outcome, Output, Select, Target};
use clap::{Args, ValueEnum};
use diff::Path as FieldPath;
use manifest::json::Json;
use manifest::unit::Summary;

use super::session::{self, Job, Means};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::host::Host;
use crate::project;
use crate::provenance::{self, Asked};
use crate::show::why;
use crate::ui::Ui;

/// Arguments of `vix why`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The environment
    #[arg(value_name = "ENV")]
    env: String,
    /// The object: KIND/NAME, or KIND/NAME@NAMESPACE
    #[arg(value_name = "OBJECT")]
    object: String,
    /// The place in it, such as spec.replicas or spec.template.spec.containers[web].image; everything if left out
    #[arg(value_name = "PATH")]
    path: Option<String>,
    /// Form of the answer
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Form::Text, hide_default_value = true)]
    format: Form,
    #[command(flatten)]
    means: Means,
}

/// How the answer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

/// Answers.
///
/// # Errors
/// There is no project, no such object, or nothing at that path.
pub fn run(arguments: &Arguments, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let root = project::find_root(&host.cwd)?;
    let files = session::open(&root)?;
    let job = |output, why| Job {
        select: Select::Env(arguments.env.clone()),
        format: Format::Yaml,
        output,
        memory: Memory::Project,
        denied: false,
        tests: None,
        why,
    };
    let session = session::run(&files, &root, job(Output::Units, None), &arguments.means, ui, host)?;
    if session.exit() != Exit::Ok {
        return Ok(session.report("nothing can be told", |_| String::new(), ui, host));
    }
    let Some(env) = session.outcome.envs.first() else { return Err(lost()) };
    let wanted = Wanted::parse(&arguments.object)?;
    let (target, object) = find(&session.outcome, env, &wanted)?;
    let path = match &arguments.path {
        Some(text) => provenance::resolve(&object, text).map_err(Failure::Usage)?,
        None => FieldPath::default(),
    };
    let answer = session::run(&files, &root, job(Output::None, Some(target)), &arguments.means, ui, host)?;
    if answer.exit() != Exit::Ok {
        return Ok(answer.report("nothing can be told", |_| String::new(), ui, host));
    }
    let Some(found) = &answer.outcome.why else { return Err(lost()) };
    let asked = Asked { env: &env.name, object: &object, path: &path };
    let leaves = provenance::leaves(&asked, found);
    host.print(match arguments.format {
        Form::Text => why::draw(&asked, &leaves, &answer.outcome.sources, ui.output, host.terminal.width),
        Form::Json => why::json(&asked, &leaves, &answer.outcome.sources),
    })?;
    Ok(Exit::Ok)
}

fn lost() -> Failure {
    Failure::Machine("bug in vix: a build without findings lacks a result".to_owned())
}

/// An object as the user names it.
struct Wanted {
    kind: String,
    group: Option<String>,
    name: String,
    namespace: Option<String>,
}

impl Wanted {
    fn parse(text: &str) -> Result<Self, Failure> {
        let (object, namespace) = text.split_once('@').map_or((text, None), |(object, namespace)| (object, Some(namespace.to_owned())));
        let Some((kind, name)) = object.split_once('/').filter(|(kind, name)| !kind.is_empty() && !name.is_empty()) else {
            return Err(Failure::Usage(format!("`{text}` names no object: write KIND/NAME or KIND/NAME@NAMESPACE, such as Deployment/web@shop")));
        };
        let (kind, group) = kind.split_once('.').map_or((kind, None), |(kind, group)| (kind, Some(group.to_owned())));
        Ok(Self { kind: kind.to_owned(), group, name: name.to_owned(), namespace })
    }

    fn is_kind(&self, kind: &str, group: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind) && self.group.as_deref().is_none_or(|it| it == group)
    }
}

/// A unit's object that answers to a name.
struct Hit {
    unit: usize,
    object: usize,
    shown: String,
}

/// The object with the unit that made it. Units whose name begins the object's are looked at first: mostly it is one of them.
fn find(outcome: &Outcome, env: &EnvOutcome, wanted: &Wanted) -> Result<(Target, Json), Failure> {
    let (near, far): (Vec<usize>, Vec<usize>) = (0..env.units.len()).partition(|it| wanted.name.starts_with(&*env.units[*it].name));
    let mut seen: Vec<String> = Vec::new();
    for units in [near, far] {
        let listed: Vec<&BuiltUnit> = units.iter().map(|it| &env.units[*it]).collect();
        let summaries = outcome.results.summaries(&listed).ok_or_else(lost)?;
        let mut hits = Vec::new();
        for ((unit, built), summary) in units.into_iter().zip(listed).zip(&summaries) {
            look(unit, built, summary, wanted, &mut hits, &mut seen);
        }
        match hits.as_slice() {
            [] => {}
            [hit] => {
                let unit = &env.units[hit.unit];
                let text = outcome.results.texts(&[unit]).and_then(|it| it.into_iter().next()).ok_or_else(lost)?;
                let text = std::str::from_utf8(&text).map_err(|_| lost())?;
                let documents = manifest::yaml::read::documents(text).map_err(|_| lost())?;
                let object = documents.into_iter().nth(hit.object).ok_or_else(lost)?.value;
                let target = Target { kind: unit.kind.clone(), name: unit.name.clone(), object: hit.object as u32 };
                return Ok((target, object));
            }
            many => {
                let names: Vec<&str> = many.iter().map(|it| it.shown.as_str()).collect();
                return Err(Failure::Usage(format!("several objects are called so: {}", names.join(", "))));
            }
        }
    }
    let name = format!("{}/{}", wanted.kind, wanted.name);
    let near = diag::nearest(&name, seen.iter().map(String::as_str)).map_or(String::new(), |it| format!("; did you mean {it}?"));
    Err(Failure::Usage(format!("env {} has no {name}{near}", env.name)))
}

fn look(unit: usize, built: &BuiltUnit, summary: &Summary, wanted: &Wanted, hits: &mut Vec<Hit>, seen: &mut Vec<String>) {
    for (object, it) in summary.objects.iter().enumerate() {
        let name = built.filled(&it.name);
        let base = it.base_name.as_ref().map(|it| built.filled(it));
        let namespace = it.namespace.as_ref().map(|it| built.filled(it));
        let shown = format!("{}/{}", it.kind, base.as_deref().unwrap_or(&name));
        let is_named = name == wanted.name || base.as_deref() == Some(wanted.name.as_str());
        let is_placed = wanted.namespace.as_ref().is_none_or(|it| namespace.as_ref() == Some(it));
        if is_named && is_placed && wanted.is_kind(&it.kind, &it.group) {
            let place = namespace.map_or(String::new(), |it| format!("@{it}"));
            hits.push(Hit { unit, object, shown: format!("{shown}{place}") });
        }
        seen.push(shown);
    }
}

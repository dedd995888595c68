//! Texts of units with their holes filled, the output folder, and what is remembered for the next build.
//!
//! Invariant: the bytes of a file depend on its unit and fills alone, so a file whose source digest is listed need not be made again.

use std::borrow::Cow;
use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

use manifest::unit::{Chunk, Piece, Template, Text};
use store::{Content, Digest, Hasher, OutFile, file_name};

use crate::codec::{Reader, Writer};
use crate::options::{EnvOutcome, Format, Outcome, Output, Select};
use crate::run::{Build, BuiltEnv, under};
use crate::scan::Scan;
use crate::state::{EnvState, State, UnitState};
use crate::units::rendered_key;

/// The text of all objects of a unit, in YAML with `---` between them, in JSON with commas.
pub fn render(template: &Template, starts: &[u32], fills: &[Arc<str>], json: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(template.bytes.len() + 64);
    for (at, chunk) in template.chunks.iter().enumerate() {
        if at > 0 && starts.binary_search(&(at as u32)).is_ok() {
            out.extend_from_slice(if json { b",\n" } else { b"---\n" });
        }
        match chunk {
            Chunk::Bytes { start, end } => out.extend_from_slice(template.bytes.get(*start as usize..*end as usize).unwrap_or(&[])),
            Chunk::Scalar { text, indent } => {
                let text = filled(text, fills);
                if json {
                    out.extend_from_slice(manifest::json::Json::String(text).to_json().as_bytes());
                } else {
                    manifest::yaml::write::scalar_str(&mut out, &text, *indent as usize);
                }
            }
        }
    }
    out
}

fn filled(text: &Text, fills: &[Arc<str>]) -> String {
    let mut out = String::new();
    for piece in &*text.0 {
        match piece {
            Piece::Str(text) => out.push_str(text),
            Piece::Hole(at) => out.push_str(fills.get(*at as usize).map_or("", |it| it)),
        }
    }
    out
}

/// A template with the first chunk of each object, as bytes.
pub fn encode(template: &Template, starts: &[u32]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.list(starts, |w, it| w.u32(*it));
    writer.bytes.extend_from_slice(&template.encode());
    writer.bytes
}

/// Reads what `encode` wrote.
pub fn decode(bytes: &[u8]) -> Option<(Template, Vec<u32>)> {
    let mut reader = Reader::new(bytes);
    let starts = reader.list(Reader::u32)?;
    Some((Template::decode(reader.rest()).ok()?, starts))
}

/// Digest of everything an environment's folder holds.
fn folder_digest(env: &EnvState) -> Digest {
    let mut hasher = Hasher::new("folder");
    hasher.str(&env.name);
    hasher.bool(env.json);
    hasher.seq(&env.units, |h, it| {
        h.str(&it.kind);
        h.str(&it.name);
        h.digest(&rendered_key(&it.key, &it.fills));
    });
    hasher.finish()
}

/// What is known without doing anything: nothing changed, and the environments asked for were built before. `None` otherwise.
pub(crate) fn unchanged(build: &mut Build<'_>, state: &State, scan: &Scan) -> Option<Outcome> {
    let clean = state.files.iter().all(|it| it.clean && it.decls.iter().all(|it| it.checked.is_some()));
    let json = build.options.format == Format::Json;
    let world = scan.world();
    let mut asked: Vec<&EnvState> = Vec::new();
    for file in &state.files {
        for decl in file.decls.iter().filter(|it| it.outline.sort == crate::outline::Sort::Env) {
            let hit = match &build.options.select {
                Select::All => true,
                Select::Env(name) => **name == *decl.outline.name,
                Select::Path(path) => under(&file.path, path),
            };
            if hit {
                asked.push(state.envs.iter().find(|it| it.name == decl.outline.name && it.json == json && it.quiet && it.world == world)?);
            }
        }
    }
    if !clean || asked.is_empty() {
        return None;
    }
    asked.sort_by(|a, b| a.name.cmp(&b.name));
    let mut outcomes = Vec::new();
    for env in &asked {
        let built = BuiltEnv { state: (*env).clone(), results: Vec::new(), rendered: std::collections::BTreeMap::new() };
        match self::env(build, &built) {
            Ok(outcome) => outcomes.push(outcome),
            // A result is lost: the long way round makes it again.
            Err(_) => return None,
        }
    }
    build.events.reused += asked.iter().map(|it| it.units.len()).sum::<usize>();
    if scan.touched {
        let next = State { compiler: state.compiler, files: scan.files.clone(), inputs: scan.inputs.clone(), envs: state.envs.clone() };
        remember(build, &next, Vec::new());
    }
    let done = Build {
        world: build.world,
        options: build.options,
        memo: store::Memo::without_cache(),
        compiler: build.compiler,
        sources: std::mem::take(&mut build.sources),
        events: build.events,
        sink: std::mem::take(&mut build.sink),
        notices: std::mem::take(&mut build.notices),
        faults: std::mem::take(&mut build.faults),
    };
    Some(done.outcome(outcomes))
}

/// Writes or collects one environment.
///
/// # Errors
/// What this machine refused, or a result that is lost.
pub(crate) fn env(build: &mut Build<'_>, env: &BuiltEnv) -> Result<EnvOutcome, String> {
    let mut outcome = EnvOutcome {
        name: env.state.name.to_string(),
        objects: env.state.units.iter().map(|it| it.objects as usize).sum(),
        instances: env.state.units.len(),
        ..EnvOutcome::default()
    };
    match &build.options.output {
        Output::None => {}
        Output::Memory => outcome.text = all_text(build, env)?,
        Output::Folder(root) => folder(build, env, &root.clone(), &mut outcome)?,
    }
    Ok(outcome)
}

const LOST: &str = "a remembered result is lost";

fn text_of<'b>(build: &'b Build<'_>, env: &'b BuiltEnv, at: usize) -> Option<&'b [u8]> {
    let unit = &env.state.units[at];
    env.rendered.get(&at).map(Vec::as_slice).or_else(|| build.memo.get(&rendered_key(&unit.key, &unit.fills)))
}

fn all_text(build: &Build<'_>, env: &BuiltEnv) -> Result<Vec<u8>, String> {
    let missing: Vec<Digest> = (0..env.state.units.len())
        .filter(|at| !env.rendered.contains_key(at))
        .map(|at| &env.state.units[at])
        .map(|it| rendered_key(&it.key, &it.fills))
        .collect();
    build.memo.get_many(&missing);
    let mut out = Vec::new();
    if env.state.json {
        out.extend_from_slice(b"[\n");
    }
    let mut first = true;
    for (at, unit) in env.state.units.iter().enumerate() {
        let text = text_of(build, env, at).ok_or(LOST)?;
        if unit.objects == 0 {
            continue;
        }
        if !first {
            out.extend_from_slice(if env.state.json { b",\n" } else { b"---\n" });
        }
        first = false;
        out.extend_from_slice(text);
    }
    if env.state.json {
        out.extend_from_slice(b"\n]\n");
    }
    Ok(out)
}

fn folder(build: &mut Build<'_>, env: &BuiltEnv, root: &Path, outcome: &mut EnvOutcome) -> Result<(), String> {
    let name = file_name_of(&env.state.name);
    let (base, folder) = (root.parent().unwrap_or(root), root.file_name().map_or_else(|| "build".into(), |it| it.to_string_lossy().into_owned()));
    let mut output = store::Output::lock(base, &format!("{folder}/{name}")).map_err(|it| it.to_string())?;
    let source = folder_digest(&env.state);
    outcome.folder = Some(root.join(&name));
    if output.unchanged(&source) {
        outcome.kept = env.state.units.len();
        return Ok(());
    }
    let lost = Cell::new(false);
    let report = {
        let (build, lost) = (&*build, &lost);
        let files = env.state.units.iter().enumerate().filter(|(_, it)| it.objects > 0).map(|(at, unit)| OutFile {
            name: file_of(unit, env.state.json),
            source: rendered_key(&unit.key, &unit.fills),
            content: Content::Lazy(Box::new(move || content(build, env, at, lost))),
        });
        output.publish(source, files.collect()).map_err(|it| it.to_string())?
    };
    if lost.get() {
        return Err(LOST.to_owned());
    }
    outcome.written = report.written.len();
    outcome.kept = report.kept;
    outcome.removed = report.removed.len();
    for name in &report.restored {
        build.notices.push(format!("{} was edited by hand and is written anew", root.join(file_name_of(&env.state.name)).join(name).display()));
    }
    for name in &report.foreign {
        build.notices.push(format!("{} is not made by this build and stays", root.join(file_name_of(&env.state.name)).join(name).display()));
    }
    Ok(())
}

fn content<'b>(build: &'b Build<'_>, env: &'b BuiltEnv, at: usize, lost: &Cell<bool>) -> Cow<'b, [u8]> {
    match text_of(build, env, at) {
        Some(text) if env.state.json => {
            let mut list = b"{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n".to_vec();
            list.extend_from_slice(text);
            list.extend_from_slice(b"\n]}\n");
            Cow::Owned(list)
        }
        Some(text) => Cow::Borrowed(text),
        None => {
            lost.set(true);
            Cow::Borrowed(&[])
        }
    }
}

fn file_of(unit: &UnitState, json: bool) -> String {
    let name = file_name(&unit.kind, &unit.name);
    if json { name.replace(".yaml", ".json") } else { name }
}

/// An environment's folder: its name, made safe as file names are.
fn file_name_of(env: &str) -> String {
    let name = file_name(env, "x");
    name.trim_end_matches(".x.yaml").to_owned()
}

/// Commits the state and new results; a cache that cannot be written is worth a line, no more.
pub(crate) fn remember(build: &mut Build<'_>, state: &State, results: Vec<(Digest, Vec<u8>)>) {
    if build.options.cache.is_none() {
        return;
    }
    let mut live: Vec<Digest> = Vec::new();
    for unit in state.envs.iter().flat_map(|it| &it.units) {
        live.push(rendered_key(&unit.key, &unit.fills));
        live.push(crate::units::part(&unit.key, "summary"));
        if !unit.fills.is_empty() {
            live.push(crate::units::part(&unit.key, "template"));
        }
    }
    if let Err(fault) = build.memo.commit(results, &live, &state.encode()) {
        build.notices.push(format!("the cache was not written: {fault}"));
    }
}

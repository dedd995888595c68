//! What `build` and `check` share: from arguments to `build::Options`, and from the outcome to words and an exit code.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

use build::limits::THREADS_MAX;
use build::{Elsewhere, EnvOutcome, Format, Memory, Options, Outcome, Output, Select, Sources, World};
use clap::Args;
use diag::Sink;

use crate::exit::Exit;
use crate::failure::{Failure, reason};
use crate::host::Host;
use crate::lock::{self, Lock};
use crate::project::{self, PROJECT_FILE};
use crate::ui::{Progress, Tally, Ui, count, elapsed};
use crate::world::Files;

/// Arguments of every verb that compiles.
#[derive(Args, Debug)]
pub struct Compile {
    /// File or folder with the environments, such as envs/dev; all environments if left out
    #[arg(value_name = "PATH", conflicts_with = "env")]
    pub path: Option<PathBuf>,
    /// The environment of that name
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Treat warnings as errors
    #[arg(long, value_name = "WHAT", value_parser = ["warnings"])]
    pub deny: Option<String>,
    #[command(flatten)]
    pub means: Means,
}

/// What a compilation may use.
#[derive(Args, Clone, Debug)]
pub struct Means {
    /// Threads; one a core if left out
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = threads)]
    pub threads: usize,
    #[command(flatten)]
    pub cache: Cache,
}

/// Where the cache is.
#[derive(Args, Clone, Debug)]
pub struct Cache {
    /// Folder of the cache; also VIX_CACHE_DIR
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    pub cache_dir: Option<PathBuf>,
    /// Build everything anew and remember nothing
    #[arg(long)]
    pub no_cache: bool,
}

/// A compiled project.
pub struct Session {
    /// What came of it.
    pub outcome: Outcome,
    /// What was found, counted.
    pub tally: Tally,
    /// Warnings are errors.
    pub denied: bool,
    /// How long it took.
    pub elapsed: Duration,
}

/// What is compiled, and what becomes of it.
pub struct Job {
    /// Which environments.
    pub select: Select,
    /// Form of the objects.
    pub format: Format,
    /// What becomes of them.
    pub output: Output,
    /// Which state of the project this is.
    pub memory: Memory,
    /// Warnings are errors.
    pub denied: bool,
    /// Run the tests with this text in their titles.
    pub tests: Option<String>,
    /// Who wrote what stands in this object.
    pub why: Option<build::Target>,
}

/// Compiles what `compile` asks for; `output` is what becomes of it, given the root.
pub fn compile(compile: &Compile, format: Format, output: impl FnOnce(&Path, &Host<'_>) -> Output, ui: &Ui, host: &mut Host<'_>) -> Result<Session, Failure> {
    let begun = Instant::now();
    let root = project::find_root(&host.cwd)?;
    let files = open(&root)?;
    let select = select(compile, &root, &host.cwd)?;
    let job = Job { select, format, output: output(&root, host), memory: Memory::Project, denied: compile.deny.is_some(), tests: None, why: None };
    let mut session = run(&files, &root, job, &compile.means, ui, host)?;
    session.elapsed = begun.elapsed();
    Ok(session)
}

/// The project's files on this disk.
///
/// # Errors
/// The folder may not be entered.
pub fn open(root: &Path) -> Result<Files, Failure> {
    Files::new(root).map_err(|error| Failure::Source(format!("cannot enter {}: {}", root.display(), reason(&error))))
}

/// Compiles a state of the project at `root`.
///
/// # Errors
/// The project file cannot be read.
pub fn run(files: &dyn World, root: &Path, job: Job, means: &Means, ui: &Ui, host: &mut Host<'_>) -> Result<Session, Failure> {
    let begun = Instant::now();
    let (mut sources, mut sink) = (Sources::default(), Sink::new());
    let project = project::load(files, &mut sources, &mut sink)?;
    let lock = Lock::load(files, &mut sources, &mut sink)?;
    let schemas = if sink.has_errors() { Vec::new() } else { lock::schemas(&project, &lock, &mut sink) };
    if sink.has_errors() {
        let outcome = Outcome { sources, diagnostics: sink.into_sorted(), ..Outcome::default() };
        return Ok(Session::new(outcome, job.denied, begun.elapsed()));
    }

    let cache = cache_folder(&means.cache, host);
    let options = Options {
        select: job.select,
        format: job.format,
        output: job.output,
        cache: cache.clone(),
        project: project::identity(root),
        memory: job.memory,
        kubernetes: project.kubernetes,
        schemas,
        identity: program_identity(),
        deny_warnings: job.denied,
        threads: means.threads,
        tests: job.tests,
        why: job.why,
    };
    let progress = Progress::start("building", ui, host.terminal);
    let outcome = build::run(files, &options);
    drop(progress);
    if cache.is_none() && !means.cache.no_cache {
        ui.notice(host, "no cache: neither VIX_CACHE_DIR nor a home folder is set");
    }
    Ok(Session::new(outcome, job.denied, begun.elapsed()))
}

/// Reads a number of threads.
pub fn threads(text: &str) -> Result<usize, String> {
    let found = text.parse().map_err(|_| "this is no whole number".to_owned())?;
    if found > THREADS_MAX { Err(format!("at most {THREADS_MAX}")) } else { Ok(found) }
}

/// What was found where what was asked for does not look.
fn elsewhere(found: Elsewhere) -> Option<String> {
    let tally = Tally { errors: found.errors, warnings: found.warnings, files: found.files };
    let what = tally.sentence()?;
    Some(format!("elsewhere in the project, {what}; `vix check` shows all"))
}

/// What tells this build of the program from any other: results of another one are not taken over.
fn program_identity() -> String {
    let seen = std::env::current_exe().and_then(|path| std::fs::metadata(&path).map(|it| (path, it)));
    match seen {
        Ok((path, it)) => format!("{} {} {:?}", path.display(), it.len(), it.modified().ok()),
        // Without that, one version's results serve all its builds.
        Err(_) => env!("CARGO_PKG_VERSION").to_owned(),
    }
}

impl Session {
    fn new(outcome: Outcome, denied: bool, elapsed: Duration) -> Self {
        let tally = Tally::of(&outcome.diagnostics);
        Self { outcome, tally, denied, elapsed }
    }

    /// How the run ends. What the user can mend comes before what the machine refused.
    pub fn exit(&self) -> Exit {
        if self.tally.errors > 0 || (self.denied && self.tally.warnings > 0) {
            Exit::Source
        } else if self.outcome.faults.is_empty() {
            Exit::Ok
        } else {
            Exit::Machine
        }
    }

    /// Says what was found and what was done; `line` describes one environment.
    pub fn report(&self, consequence: &str, line: impl Fn(&EnvOutcome) -> String, ui: &Ui, host: &mut Host<'_>) -> Exit {
        let exit = self.exit();
        self.report_findings(ui, host);
        if exit == Exit::Ok {
            self.environments(line, ui, host);
        }
        let consequence = (exit == Exit::Source).then_some(consequence);
        ui.summary(host, self.tally, consequence, self.elapsed);
        exit
    }

    /// Says what was found.
    pub fn report_findings(&self, ui: &Ui, host: &mut Host<'_>) {
        ui.diagnostics(host, &self.outcome.diagnostics, &self.outcome.sources);
        if let Some(elsewhere) = elsewhere(self.outcome.elsewhere) {
            ui.notice(host, &elsewhere);
        }
        for notice in &self.outcome.notices {
            ui.notice(host, notice);
        }
        for fault in &self.outcome.faults {
            ui.fault(host, fault);
        }
    }

    fn environments(&self, line: impl Fn(&EnvOutcome) -> String, ui: &Ui, host: &mut Host<'_>) {
        let envs = &self.outcome.envs;
        for env in envs {
            let folder = env.folder.as_ref().map(|it| shown(it, &host.called_in));
            ui.environment(host, env, folder.as_deref());
        }
        let took = elapsed(self.elapsed);
        match envs.as_slice() {
            [] => ui.line(host, "no environment is declared in this project"),
            [env] => ui.line(host, &format!("{} in {took}", line(env))),
            _ => {
                for env in envs {
                    ui.line(host, &line(env));
                }
                ui.line(host, &format!("{} in {took}", count(envs.len(), "environment")));
            }
        }
    }
}

/// The cache: the flag, `VIX_CACHE_DIR`, then the system's folder for such things.
pub fn cache_folder(cache: &Cache, host: &Host<'_>) -> Option<PathBuf> {
    if cache.no_cache {
        return None;
    }
    let named = cache.cache_dir.clone().or_else(|| host.var("VIX_CACHE_DIR").map(PathBuf::from));
    if let Some(named) = named {
        return Some(host.cwd.join(named));
    }
    // XDG Base Directory Specification: a relative path in the variable is to be ignored.
    let absolute = |name: &str| host.var(name).map(PathBuf::from).filter(|it| it.is_absolute());
    let home = |rest: &str| absolute("HOME").map(|home| home.join(rest));
    let system = if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home("Library/Caches")
    } else {
        absolute("XDG_CACHE_HOME").or_else(|| home(".cache"))
    };
    system.map(|it| it.join("vix"))
}

fn select(compile: &Compile, root: &Path, cwd: &Path) -> Result<Select, Failure> {
    if let Some(name) = &compile.env {
        return Ok(Select::Env(name.clone()));
    }
    let Some(path) = &compile.path else { return Ok(Select::All) };
    let path = from_root(path, root, cwd)?;
    Ok(if path.is_empty() { Select::All } else { Select::Path(path) })
}

/// A path as the user wrote it, from the root and with `/`. It need not exist: `envs/dev` may mean `envs/dev.vix`.
pub fn from_root(path: &Path, root: &Path, cwd: &Path) -> Result<String, Failure> {
    let cwd = cwd.canonicalize().unwrap_or_else(|_| cwd.to_owned());
    let outside = || Failure::Usage(format!("{} is not in the project ({})", path.display(), root.join(PROJECT_FILE).display()));
    let mut full = PathBuf::new();
    for part in cwd.join(path).components() {
        match part {
            Component::ParentDir => drop(full.pop()),
            Component::CurDir => {}
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => full.push(part),
        }
    }
    let inside = match full.strip_prefix(root) {
        Ok(inside) => inside.to_owned(),
        Err(_) => full.canonicalize().ok().and_then(|it| it.strip_prefix(root).map(Path::to_owned).ok()).ok_or_else(outside)?,
    };
    let parts: Vec<OsString> = inside.iter().map(OsString::from).collect();
    let parts: Option<Vec<&str>> = parts.iter().map(|it| it.to_str()).collect();
    parts.map(|it| it.join("/")).ok_or_else(|| Failure::Usage(format!("{} is not UTF-8", path.display())))
}

/// A folder as the user would write it.
pub fn shown(path: &Path, from: &Path) -> String {
    let real = from.canonicalize().unwrap_or_else(|_| from.to_owned());
    path.strip_prefix(from).or_else(|_| path.strip_prefix(&real)).unwrap_or(path).display().to_string()
}

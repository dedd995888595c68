//! One build, from files to output: scan, check what is stale, evaluate what has no result, link, publish, remember.
//!
//! A build that finds part of the project changed tries first with the trees of that part alone (`Level`). Whatever cannot be told so, above all
//! anything that is wrong, is told by a build of the whole, so that findings never depend on what is remembered.
//! Invariant: nothing is published if anything was found wrong; what is published is the same whether results came from the cache or not.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use diag::{Sink, Span};
use schema::schemas::Schemas;
use store::{Digest, Hasher, Memo, Shared};

use crate::assertion::Assertions;
use crate::check::{self, Stale};
use crate::graph::{Graph, Kinds, Node};
use crate::limits::THREADS_MAX;
use crate::load::{Library, Reading};
use crate::options::{Elsewhere, EnvOutcome, Events, Format, Memory, Options, Outcome, Output, Select, Sources, TestOutcome};
use crate::outline::{self, Sort};
use crate::publish::Refused;
use crate::results::Results;
use crate::scan::{self, Scan};
use crate::session::{self, Session};
use crate::state::{DeclFacts, EnvState, FileState, Head, State};
use crate::units;
use crate::world::World;
use crate::{assertion, diagnostics, load, publish, schemas};

/// Builds what `options` asks for.
pub fn run(world: &dyn World, options: &Options) -> Outcome {
    if options.threads > 0
        && let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(options.threads.min(THREADS_MAX)).build()
    {
        return pool.install(|| Build::new(world, options).run());
    }
    Build::new(world, options).run()
}

/// Everything that decides what equal sources mean: this compiler, its library, its schemas.
fn compiler_digest(options: &Options) -> Digest {
    let mut hasher = Hasher::new("compiler");
    hasher.str(env!("CARGO_PKG_VERSION"));
    hasher.str(&options.identity);
    hasher.str(options.kubernetes.as_deref().unwrap_or_default());
    hasher.seq(&options.schemas, |h, it| {
        h.str(&it.path);
        h.digest(&it.digest);
    });
    hasher.finish()
}

/// What is remembered of the state of the project that is built.
fn memo(options: &Options, compiler: &Digest) -> Memo {
    let Some(cache) = &options.cache else { return Memo::without_cache() };
    let project = "project";
    match options.memory {
        Memory::Project => Memo::open(cache, &options.project, project),
        Memory::Revision => {
            let mut memo = Memo::open(cache, &options.project, "revision");
            if memo.state().is_none_or(|it| Head::decode(it, compiler).is_none()) {
                memo.adopt(project);
            }
            memo
        }
    }
}

/// How much of what is remembered an attempt relies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Only what changed is loaded; can end only in silence.
    Partial,
    /// Everything is loaded and checked; results of units are reused.
    Full,
    /// Nothing is reused: places in remembered summaries may be those before a comment moved them, and a result may be lost.
    Afresh,
}

pub(crate) struct Build<'w> {
    pub world: &'w dyn World,
    pub options: &'w Options,
    pub memo: Memo,
    pub compiler: Digest,
    /// The pack of the project's own schemas: its key, and its bytes where it was made anew.
    pub schemas: Option<(Digest, Option<Shared>)>,
    pub sources: Sources,
    pub events: Events,
    pub sink: Sink,
    pub elsewhere: Elsewhere,
    pub notices: Vec<String>,
    pub faults: Vec<String>,
    pub tests: Vec<TestOutcome>,
    /// With `Output::Units`: results that are new.
    fresh: HashMap<Digest, Shared>,
    /// Environments asked for; those that they use are built beside them, and not published.
    pub chosen: BTreeSet<Arc<str>>,
    /// What was asked of one object.
    pub why: Option<crate::why::Why>,
}

/// An environment with everything its output needs.
pub(crate) struct BuiltEnv {
    pub state: EnvState,
    /// Results to remember.
    pub results: Vec<(Digest, Shared)>,
    /// Rendered units by index, where they are at hand.
    pub rendered: BTreeMap<usize, Shared>,
}

/// What an attempt gives.
pub(crate) struct Built {
    pub envs: Vec<BuiltEnv>,
    /// Digest of the environments between which nothing was found.
    pub across: Option<Digest>,
    /// Nothing in these environments was left out for being wrong.
    pub is_whole: bool,
}

/// What all attempts of a build share.
pub(crate) struct Attempt<'a> {
    pub session: &'a Session<'a>,
    pub state: &'a State,
    pub library: &'a Library,
    pub schemas: Arc<Schemas>,
    /// Environments asked for and those they use, as nodes, each behind those that it uses.
    pub asked: Vec<usize>,
    pub inputs: HashMap<Arc<str>, Digest>,
    pub assertions: Assertions,
}

impl<'w> Build<'w> {
    fn new(world: &'w dyn World, options: &'w Options) -> Self {
        let compiler = compiler_digest(options);
        Self {
            world,
            options,
            memo: memo(options, &compiler),
            compiler,
            schemas: None,
            sources: Sources::default(),
            events: Events::default(),
            sink: Sink::new(),
            elsewhere: Elsewhere::default(),
            notices: Vec::new(),
            faults: Vec::new(),
            tests: Vec::new(),
            fresh: HashMap::new(),
            why: None,
            chosen: BTreeSet::new(),
        }
    }

    fn run(mut self) -> Outcome {
        if let Some(warning) = self.memo.warning() {
            self.notices.push(format!("nothing is remembered: {warning}"));
        }
        let bytes = self.memo.shared_state();
        let mut head = Head::decode(&bytes, &self.compiler).unwrap_or_default();
        loop {
            let scanned = scan::scan(self.world, &head, self.memo.clean_before_ns(), &mut self.sources, &mut self.events);
            let scan = match scanned {
                Ok(scan) => scan,
                Err(fault) => {
                    // Like any other input that cannot be read: the project is to be mended, not the machine.
                    let id = self.sources.add(&*fault.path, "".into());
                    self.sink.push(diagnostics::unreadable(Span::new(id, 0, 0), &fault));
                    return self.outcome(Vec::new());
                }
            };
            if !scan.changed
                && self.options.why.is_none()
                && scan.faults.is_empty()
                && let Some(envs) = publish::unchanged(&mut self, &head, &scan)
            {
                if scan.touched {
                    publish::touch(&mut self, &scan.patched(&head));
                }
                return self.outcome(envs);
            }
            // On one of the pool's own threads, which need not be woken for each of the steps.
            match rayon::scope(|_| self.changed(&head, scan)) {
                Ok(outcome) => return outcome,
                // Cannot be, since a head is sealed; then nothing is remembered.
                Err(again) => (self, head) = (*again, Head::default()),
            }
        }
    }

    /// The outcome so far, with these environments.
    fn outcome(self, envs: Vec<EnvOutcome>) -> Outcome {
        let mut diagnostics = self.sink.into_sorted();
        // Numbers of files tell in which order they were read; users see paths.
        let sources = &self.sources;
        diagnostics.sort_by(|a, b| {
            let key = |span: Span| (sources.path(span.file).starts_with("std:"), sources.path(span.file), span.start, span.end);
            key(a.primary.span).cmp(&key(b.primary.span))
        });
        let results = if self.options.output == Output::Units { Results::new(self.memo, self.fresh) } else { Results::default() };
        Outcome {
            diagnostics,
            elsewhere: self.elsewhere,
            sources: self.sources,
            faults: self.faults,
            notices: self.notices,
            envs,
            events: self.events,
            results,
            tests: self.tests,
            why: self.why,
        }
    }

    /// Whether objects are JSON.
    pub fn json(&self) -> bool {
        self.options.format == Format::Json
    }

    /// Whether output is forbidden by what was found.
    pub fn blocked(&self) -> bool {
        self.sink.has_errors() || !self.faults.is_empty() || (self.options.deny_warnings && !self.sink.is_empty())
    }

    /// A build with something to do; gives itself back where the rest of the state cannot be read.
    fn changed(mut self, head: &Head<'_>, mut scan: Scan) -> Result<Outcome, Box<Self>> {
        let first = self.sources.len();
        let wanted = scan.with_envs(head);
        let (world, options) = (self.world, self.options);
        let reading = if options.schemas.is_empty() { Reading::Late } else { Reading::AtOnce };
        let after_library = first + stdlib::FILES.len() + stdlib::FACTS.len();
        let (read, (state, library)) =
            rayon::join(|| load::read(world, &wanted, after_library), || (head.state(), load::library(first, options.kubernetes.as_deref(), reading)));
        let Some(mut state) = state else { return Err(Box::new(self)) };
        for file in &library.files {
            self.sources.add(&*file.path, file.tree.source().clone());
        }
        for file in &library.facts {
            self.sources.add(&*file.path, file.source.into());
        }
        // What could not be read is tried again, and told then.
        load::take(&wanted, read, &mut scan, &mut self.sources, &mut self.events);
        scan.faults.drain(..).for_each(|it| self.sink.push(it));
        let kinds_of_library = library.files.iter().flat_map(|it| outline::kinds(&it.tree)).collect();
        let mut files = scan.take_files(&mut state.files);
        let mut facts: Vec<DeclFacts> = files.iter_mut().flat_map(|it| &mut it.decls).map(|it| std::mem::take(&mut it.facts)).collect();
        let (outcomes, remembered) = {
            let kinds = all_kinds(&files, kinds_of_library);
            let (nodes, places) = nodes(&files);
            let graph = Graph::new(nodes, &kinds);
            let entries = session::entries(&graph, &kinds);
            let listings = session::listings(&graph);
            let session =
                Session { graph: &graph, files: &files, places: &places, kinds: &kinds, entries: &entries, listings: &listings, compiler: self.compiler };
            let mut named: BTreeSet<Arc<str>> = graph.nodes.iter().flat_map(|it| it.outline.names.inputs.iter().cloned()).collect();
            named.extend(self.options.schemas.iter().map(|it| it.path.clone()));
            scan.complete_inputs(self.world, &named);
            // Without its types nothing of the project can be told.
            let Some(schemas) = schemas::open(&mut self, &mut scan) else { return Ok(self.outcome(Vec::new())) };
            let inputs = scan.inputs.iter().map(|it| (it.path.clone(), it.digest)).collect();
            let asked = self.asked(&session);
            let assertions = Assertions::new(&graph, &asked, self.options);
            let attempt = Attempt { session: &session, state: &state, library: &library, schemas, asked, inputs, assertions };
            self.attempts(&attempt, &mut scan, &mut facts)
        };
        let mut facts = facts.into_iter();
        for decl in files.iter_mut().flat_map(|it| &mut it.decls) {
            decl.facts = facts.next().unwrap_or_default();
        }
        if self.options.why.is_none() {
            self.remember(head, state, files, scan, remembered);
        }
        Ok(self.outcome(outcomes))
    }

    /// Attempts until one suffices, each relying on less; gives what was made for the user and what was made to remember.
    fn attempts(&mut self, attempt: &Attempt<'_>, scan: &mut Scan, facts: &mut [DeclFacts]) -> (Vec<EnvOutcome>, Built) {
        let (sink, events) = (self.sink.clone(), self.events);
        let stale = Stale::new(attempt.session, facts);
        let mut level = check::first_level(attempt, &stale, self.sink.is_empty());
        loop {
            if let Some(built) = self.attempt(attempt, scan, facts, &stale, level) {
                match self.publish(&built.envs) {
                    Ok(outcomes) => return (outcomes, built),
                    Err(Refused::Fault(fault)) => {
                        self.faults.push(fault);
                        return (Vec::new(), built);
                    }
                    Err(Refused::Lost) => {}
                }
            }
            self.sink = sink.clone();
            self.events = Events { read: self.events.read, parsed: self.events.parsed, ..events };
            level = match level {
                Level::Partial => Level::Full,
                Level::Full => Level::Afresh,
                Level::Afresh => {
                    self.faults.push("bug in vix: a build of everything lacks something".to_owned());
                    return (Vec::new(), Built { envs: Vec::new(), across: None, is_whole: false });
                }
            };
        }
    }

    /// `None`: less must be relied on.
    fn attempt(&mut self, attempt: &Attempt<'_>, scan: &mut Scan, facts: &mut [DeclFacts], stale: &Stale, level: Level) -> Option<Built> {
        let wanted = check::wanted(self, attempt, facts, stale, level);
        let project = check::check(self, attempt, scan, &wanted);
        check::note(&self.sink, attempt.session, &project, stale, facts);
        if level == Level::Partial && !self.sink.is_empty() {
            return None;
        }
        let built = units::build_envs(self, attempt, scan, facts, &project, &wanted, level)?;
        (level != Level::Partial || self.sink.is_empty()).then_some(built)
    }

    /// The environments asked for, in order of their names.
    fn asked(&mut self, session: &Session<'_>) -> Vec<usize> {
        let graph = session.graph;
        let envs: Vec<usize> = (0..graph.nodes.len()).filter(|at| graph.nodes[*at].outline.sort == Sort::Env).collect();
        let tested = if self.options.select == Select::Tested { assertion::tested(graph, self.options) } else { BTreeSet::new() };
        let is_asked = |at: &usize| {
            let name = &graph.nodes[*at].outline.name;
            self.options.select.takes(name, graph.nodes[*at].path) || tested.contains(name)
        };
        let mut asked: Vec<usize> = envs.iter().copied().filter(is_asked).collect();
        asked.sort_by_key(|at| &graph.nodes[*at].outline.name);
        asked.dedup_by_key(|at| &graph.nodes[*at].outline.name);
        let names: Vec<&str> = envs.iter().map(|at| &*graph.nodes[*at].outline.name).collect();
        for name in self.options.select.names().iter().filter(|it| !names.contains(&it.as_str())) {
            self.sink.push(diagnostics::unknown_env(name, &names));
        }
        if let Select::Path(path) = &self.options.select
            && asked.is_empty()
        {
            self.sink.push(diagnostics::no_env_at(path, &names));
        }
        self.chosen = asked.iter().map(|at| graph.nodes[*at].outline.name.clone()).collect();
        graph.with_used(&asked)
    }

    fn publish(&mut self, envs: &[BuiltEnv]) -> Result<Vec<EnvOutcome>, Refused> {
        if self.blocked() {
            return Ok(Vec::new());
        }
        let mut outcomes = Vec::with_capacity(envs.len());
        for env in envs {
            if self.chosen.contains(&env.state.name) {
                outcomes.push(publish::env(self, env)?);
            }
        }
        outcomes.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(outcomes)
    }

    fn remember(&mut self, head: &Head<'_>, state: State, files: Vec<FileState>, scan: Scan, built: Built) {
        let world = scan::world(files.iter().map(|it| (&*it.path, &it.meaning)), &scan.inputs);
        // Findings are not remembered, so an environment with any is built again.
        let is_silent = self.sink.is_empty() && self.elsewhere == Elsewhere::default() && self.faults.is_empty();
        let world = is_silent.then_some(world);
        let mut envs: Vec<EnvState> = Vec::new();
        let mut results: Vec<(Digest, Shared)> = Vec::new();
        if let Some((key, Some(bytes))) = &self.schemas {
            results.push((*key, bytes.clone()));
        }
        for env in built.envs {
            results.extend(env.results);
            if !self.sink.has_errors() {
                envs.push(EnvState { world, ..env.state });
            }
        }
        let declared: HashSet<&str> = files.iter().flat_map(|it| &it.decls).filter(|it| it.outline.sort == Sort::Env).map(|it| &*it.outline.name).collect();
        let has_errors = self.sink.has_errors();
        let is_kept = |it: &EnvState| {
            let is_new = envs.iter().any(|new| new.name == it.name && new.json == it.json);
            !is_new && (has_errors || declared.contains(&*it.name))
        };
        let kept: Vec<EnvState> = state.envs.into_iter().filter(is_kept).collect();
        envs.extend(kept);
        let mut across = head.across.clone();
        across.retain(|it| Some(*it) != built.across);
        across.extend(built.across);
        let old = across.len().saturating_sub(ACROSS_MAX);
        let next = State { files, inputs: scan.inputs, envs, across: across.split_off(old) };
        if self.options.output == Output::Units {
            self.fresh.extend(results.iter().cloned());
        }
        publish::remember(self, &next, results);
    }
}

/// Sets of environments whose comparison is remembered.
const ACROSS_MAX: usize = 8;

fn all_kinds(files: &[FileState], of_library: Kinds) -> Kinds {
    let own = files.iter().flat_map(|it| &it.decls).map(|it| &it.outline).filter(|it| it.sort == Sort::Kind);
    let mut kinds = of_library;
    for outline in own {
        kinds.insert(outline.name.clone(), outline.traits);
    }
    kinds
}

/// Every declaration, and where it stands: its file and its number there.
fn nodes(files: &[FileState]) -> (Vec<Node<'_>>, Vec<(usize, usize)>) {
    let mut nodes = Vec::new();
    let mut places = Vec::new();
    for (at, file) in files.iter().enumerate() {
        for (nth, decl) in file.decls.iter().enumerate() {
            nodes.push(Node { outline: &decl.outline, scope: &file.scope, path: &file.path });
            places.push((at, nth));
        }
    }
    (nodes, places)
}

//! One build, from files to output: scan, check what is stale, evaluate what has no result, link, publish, remember.
//!
//! Invariant: nothing is published if anything was found wrong; what is published is the same whether results came from the cache or not.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use diag::{FileId, Sink, Span};
use sema::analysis::{Analysis, DeclId, DeclKind, Known, SourceFile};
use store::{Digest, Hasher, Memo};

use crate::graph::{Graph, Kinds};
use crate::options::{EnvOutcome, Events, Options, Outcome, Select, Sources};
use crate::outline::{self, Outline, Sort};
use crate::project::{self, Project};
use crate::scan::{self, Scan};
use crate::state::{EnvState, State};
use crate::units::{self, EnvPlan, Session};
use crate::world::World;
use crate::{diagnostics, load, publish};

/// Builds what `options` asks for.
pub fn run(world: &dyn World, options: &Options) -> Outcome {
    if options.threads > 0
        && let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build()
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
    hasher.finish()
}

pub(crate) struct Build<'w> {
    pub world: &'w dyn World,
    pub options: &'w Options,
    pub memo: Memo,
    pub compiler: Digest,
    pub sources: Sources,
    pub events: Events,
    pub sink: Sink,
    pub notices: Vec<String>,
    pub faults: Vec<String>,
}

impl<'w> Build<'w> {
    fn new(world: &'w dyn World, options: &'w Options) -> Self {
        let memo = match &options.cache {
            Some(cache) => Memo::open(cache, &options.project, "project"),
            None => Memo::without_cache(),
        };
        Self {
            world,
            options,
            memo,
            compiler: compiler_digest(options),
            sources: Sources::default(),
            events: Events::default(),
            sink: Sink::new(),
            notices: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn run(mut self) -> Outcome {
        if let Some(warning) = self.memo.warning() {
            self.notices.push(format!("nothing is remembered: {warning}"));
        }
        let state = self.memo.state().and_then(|it| State::decode(it, &self.compiler)).unwrap_or_default();
        let scanned = scan::scan(self.world, &state, self.memo.clean_before_ns(), &mut self.sources, &mut self.events);
        let scan = match scanned {
            Ok(scan) => scan,
            Err(fault) => {
                self.faults.push(format!("{}: {}", fault.path, fault.reason));
                return self.outcome(Vec::new());
            }
        };
        if !scan.changed && scan.faults.is_empty() {
            if let Some(outcome) = publish::unchanged(&mut self, &state, &scan) {
                return outcome;
            }
        }
        self.changed(&state, scan)
    }

    /// The outcome so far, with these environments.
    pub fn outcome(self, envs: Vec<EnvOutcome>) -> Outcome {
        Outcome {
            sources: self.sources,
            diagnostics: self.sink.into_sorted(),
            faults: self.faults,
            notices: self.notices,
            envs,
            events: self.events,
        }
    }

    /// Whether output is forbidden by what was found.
    pub fn blocked(&self) -> bool {
        self.sink.has_errors() || (self.options.deny_warnings && !self.sink.is_empty())
    }

    fn changed(mut self, state: &State, mut scan: Scan) -> Outcome {
        scan.faults.drain(..).for_each(|it| self.sink.push(it));
        let library = load::library(&mut self.sources);
        let std_kinds = library_kinds(&library);
        let library: Vec<SourceFile> = library.into_iter().map(|it| it.file).collect();
        let sink_before = self.sink.clone();
        // With only what is stale loaded first; in full where that turns out not to be enough to say what is wrong, and where.
        for full in [false, true] {
            let attempt = self.attempt(state, &mut scan, &library, &std_kinds, full);
            match attempt {
                Some(envs) => return self.finish(state, scan, envs),
                None => self.sink = sink_before.clone(),
            }
        }
        self.outcome(Vec::new())
    }

    /// `None`: more must be loaded.
    fn attempt(&mut self, state: &State, scan: &mut Scan, library: &[SourceFile], std_kinds: &Kinds, full: bool) -> Option<Vec<BuiltEnv>> {
        let kinds = all_kinds(scan, std_kinds);
        let files = scan.files.clone();
        let mut outlines: Vec<&Outline> = Vec::new();
        let mut modules: Vec<&str> = Vec::new();
        let mut places: Vec<(usize, usize)> = Vec::new();
        for (at, file) in files.iter().enumerate() {
            for (nth, decl) in file.decls.iter().enumerate() {
                outlines.push(&decl.outline);
                modules.push(&file.path);
                places.push((at, nth));
            }
        }
        let graph = Graph::new(outlines, &modules, &kinds);
        let keys: Vec<Digest> = (0..graph.nodes.len()).map(|at| self.check_key(&graph, at)).collect();
        let stale: HashSet<usize> = (0..places.len()).filter(|at| files[places[*at].0].decls[places[*at].1].checked != Some(keys[*at])).collect();
        let session = Session { graph: &graph, files: &files, places: &places, kinds: &kinds, compiler: self.compiler };
        let wanted_paths = self.to_load(state, scan, &session, &stale, full);
        let everything = wanted_paths.len() == files.len();
        if full && !everything {
            return None;
        }
        let project = self.check(scan, &session, library, &wanted_paths, everything);
        self.note_checked(scan, &session, &project, &keys, &wanted_paths);
        let envs = self.selected(&project)?;
        let built = units::build_envs(self, state, scan, &session, &project, &envs, everything);
        if !everything && (self.sink.len() > 0 || built.is_none()) {
            return None;
        }
        built
    }

    fn check_key(&self, graph: &Graph<'_>, at: usize) -> Digest {
        let mut hasher = Hasher::new("check");
        hasher.digest(&self.compiler);
        hasher.digest(&graph.scope);
        hasher.digest(&graph.closure(at).digest);
        hasher.finish()
    }

    /// Paths of the files whose trees are needed.
    fn to_load(&self, state: &State, scan: &Scan, session: &Session<'_>, stale: &HashSet<usize>, full: bool) -> BTreeSet<Arc<str>> {
        let files = session.files;
        let all = || files.iter().map(|it| it.path.clone()).collect();
        let shared_stale = stale.iter().any(|at| !matches!(session.graph.nodes[*at].sort, Sort::Instance | Sort::Env));
        if full || session.graph.has_twins() || files.iter().any(|it| !it.clean) || shared_stale || stale.len() * 2 > session.places.len() || state.envs.is_empty() {
            return all();
        }
        let mut wanted: BTreeSet<Arc<str>> = BTreeSet::new();
        // Whoever declares something that others share is always there: it is little.
        for file in files {
            let plain = |it: &Outline| it.sort == Sort::Instance && !session.is_static(&it.word);
            if file.decls.is_empty() || file.decls.iter().any(|it| !plain(&it.outline)) {
                wanted.insert(file.path.clone());
            }
        }
        let file_of = |at: usize| files[session.places[at].0].path.clone();
        for at in stale {
            wanted.insert(file_of(*at));
            let node = session.graph.nodes[*at];
            let named = node.names.pairs.iter().filter_map(|(word, name)| session.graph.instance(word, name));
            if node.sort != Sort::Env {
                wanted.extend(named.map(file_of));
                continue;
            }
            // Of an environment, the entries that are new.
            let old = state.files.iter().flat_map(|it| &it.decls).find(|it| it.outline.sort == Sort::Env && it.outline.name == node.name);
            let known: HashSet<(&str, &str, &Digest)> =
                old.into_iter().flat_map(|it| &it.outline.entries).map(|it| (&*it.word, &*it.name, &it.own)).collect();
            for entry in node.entries.iter().filter(|it| !known.contains(&(&*it.word, &*it.name, &it.own))) {
                wanted.extend(session.graph.instance(&entry.word, &entry.name).map(file_of));
            }
        }
        wanted.extend(units::provisional(self, scan, session, stale).into_iter().map(file_of));
        wanted
    }

    /// Loads, analyses and checks.
    fn check(&mut self, scan: &mut Scan, session: &Session<'_>, library: &[SourceFile], wanted: &BTreeSet<Arc<str>>, everything: bool) -> Project {
        let missing: Vec<Arc<str>> = wanted.iter().filter(|it| !scan.parsed.contains_key(*it)).cloned().collect();
        let (loaded, faults) = load::project(self.world, &missing, &mut self.sources, &mut self.events);
        faults.into_iter().for_each(|it| self.sink.push(it));
        for it in loaded {
            scan.parsed.insert(it.path.clone(), scan::Parsed { id: it.file.id, tree: it.file.tree, diagnostics: it.diagnostics });
        }
        let mut files: Vec<SourceFile> = Vec::new();
        for path in wanted {
            let Some(parsed) = scan.parsed.get(path) else { continue };
            parsed.diagnostics.iter().cloned().for_each(|it| self.sink.push(it));
            files.push(SourceFile { id: parsed.id, library: 0, module: load::module_of(path), path: path.clone(), tree: parsed.tree.clone() });
        }
        files.extend(library.iter().cloned());
        let known: Vec<Known> = if everything {
            Vec::new()
        } else {
            let unloaded = |at: &usize| !wanted.contains(&session.files[session.places[*at].0].path);
            let instances = (0..session.places.len()).filter(|at| session.graph.nodes[*at].sort == Sort::Instance).filter(unloaded);
            instances.map(|at| (session.graph.nodes[at].word.clone(), session.graph.nodes[at].name.clone())).collect()
        };
        let project = project::check(files, &known, &mut self.sink);
        self.events.checked += project.clean.len();
        project
    }

    /// Remembers which declarations were found to be clean, and what they refer to.
    fn note_checked(&self, scan: &mut Scan, session: &Session<'_>, project: &Project, keys: &[Digest], wanted: &BTreeSet<Arc<str>>) {
        let analysis = &project.analysis;
        let noisy: HashSet<FileId> = self.sink.diagnostics().iter().map(|it| it.primary.span.file).collect();
        let mut at_of: HashMap<(&str, usize), usize> = HashMap::new();
        for (at, (file, nth)) in session.places.iter().enumerate() {
            at_of.insert((&session.files[*file].path, *nth), at);
        }
        let mut nth_in: HashMap<u32, usize> = HashMap::new();
        for (index, decl) in analysis.decls.iter().enumerate() {
            let nth = nth_in.entry(decl.file).or_default();
            let this = *nth;
            *nth += 1;
            let Some(path) = path_of(analysis, decl.file) else { continue };
            let Some(at) = at_of.get(&(&*path, this)) else { continue };
            if !wanted.contains(&path) {
                continue;
            }
            let id = DeclId(index as u32);
            let Some(clean) = project.clean.get(&id) else { continue };
            let (file, nth) = session.places[*at];
            let entry = &mut scan.files[file].decls[nth];
            entry.checked = (*clean && !noisy.contains(&decl.span.file)).then_some(keys[*at]);
            let mut reached: Vec<(Arc<str>, Arc<str>)> = project
                .reached
                .get(&id)
                .into_iter()
                .flatten()
                .map(|(it, _)| &analysis.instances[it.0 as usize])
                .map(|it| (it.kind_word.clone(), it.name.clone()))
                .collect();
            reached.sort();
            reached.dedup();
            // An environment's entries of unloaded instances refer to nothing new.
            if decl_is_env(decl.kind) {
                reached.extend(entry.reached.iter().cloned());
                reached.sort();
                reached.dedup();
            }
            entry.reached = reached;
        }
    }

    /// The environments asked for, in order of their names; `None` where their files are not loaded.
    fn selected(&mut self, project: &Project) -> Option<Vec<EnvPlan>> {
        let analysis = &project.analysis;
        let mut plans = Vec::new();
        let names: Vec<&str> = analysis.envs.iter().map(|it| &*analysis.decl(*it).name).collect();
        for (index, id) in analysis.envs.iter().enumerate() {
            let decl = analysis.decl(*id);
            let path = path_of(analysis, decl.file)?;
            let hit = match &self.options.select {
                Select::All => true,
                Select::Env(name) => **name == *decl.name,
                Select::Path(wanted) => under(&path, wanted),
            };
            if hit {
                plans.push(EnvPlan { name: decl.name.clone(), index });
            }
        }
        plans.sort_by(|a, b| a.name.cmp(&b.name));
        plans.dedup_by(|a, b| a.name == b.name);
        if plans.is_empty() && !matches!(self.options.select, Select::All) {
            let span = Span::new(FileId(u32::MAX), 0, 0);
            let diagnostic = match &self.options.select {
                Select::Env(name) => diagnostics::unknown_env(span, name, &names),
                Select::Path(path) => diagnostics::no_env_at(span, path),
                Select::All => return Some(plans),
            };
            self.sink.push(diagnostic);
        }
        Some(plans)
    }

    fn finish(mut self, state: &State, scan: Scan, envs: Vec<BuiltEnv>) -> Outcome {
        let mut outcomes = Vec::new();
        let mut remembered: Vec<EnvState> = Vec::new();
        let blocked = self.blocked();
        let world = scan.world();
        let mut results: Vec<(Digest, Vec<u8>)> = Vec::new();
        for mut env in envs {
            results.append(&mut env.results);
            env.state.world = world;
            if !blocked {
                match publish::env(&mut self, &env) {
                    Ok(outcome) => outcomes.push(outcome),
                    Err(fault) => self.faults.push(fault),
                }
            }
            // Findings of evaluation and link are not remembered, so an environment with any is built again.
            if !self.sink.has_errors() {
                remembered.push(env.state);
            }
        }
        let names: HashSet<Arc<str>> = remembered.iter().map(|it| it.name.clone()).collect();
        remembered.extend(state.envs.iter().filter(|it| !names.contains(&it.name)).cloned());
        let next = State { compiler: Some(self.compiler), files: scan.files, inputs: scan.inputs, envs: remembered };
        publish::remember(&mut self, &next, results);
        self.outcome(outcomes)
    }
}

/// An environment with everything its output needs.
pub(crate) struct BuiltEnv {
    pub state: EnvState,
    /// Results to remember.
    pub results: Vec<(Digest, Vec<u8>)>,
    /// Rendered units by index, where they are at hand.
    pub rendered: BTreeMap<usize, Vec<u8>>,
}

fn library_kinds(library: &[load::Loaded]) -> Kinds {
    let mut kinds = Kinds::new();
    for file in library {
        for it in outline::kinds(&file.file.tree) {
            kinds.insert(it.0, it.1);
        }
    }
    kinds
}

fn all_kinds(scan: &Scan, std_kinds: &Kinds) -> Kinds {
    let own = scan.files.iter().flat_map(|it| &it.decls).map(|it| &it.outline).filter(|it| it.sort == Sort::Kind);
    let mut kinds = std_kinds.clone();
    kinds.extend(own.map(|it| (it.name.clone(), it.traits)));
    kinds
}

fn decl_is_env(kind: DeclKind) -> bool {
    matches!(kind, DeclKind::Env(_))
}

/// Path of a project file of the analysis.
fn path_of(analysis: &Analysis, file: u32) -> Option<Arc<str>> {
    let file = &analysis.files[file as usize];
    (file.library == 0).then(|| file.path.clone())
}

/// Whether a file is at or below a path given by the user: `envs/dev` is `envs/dev.vix` or the folder `envs/dev`.
pub(crate) fn under(file: &str, wanted: &str) -> bool {
    let wanted = wanted.trim_start_matches("./").trim_end_matches('/');
    let plain = file.strip_suffix(".vix").unwrap_or(file);
    wanted.is_empty() || wanted == "." || file == wanted || plain == wanted || file.strip_prefix(wanted).is_some_and(|it| it.starts_with('/'))
}

//! What a caller asks for and what it gets back. Plain data.

use std::iter;
use std::path::PathBuf;
use std::slice;
use std::sync::Arc;

use diag::{Diagnostic, FileId, Span};
use store::{Digest, Shared};

use crate::results::{BuiltUnit, Results};
use crate::session::under;

/// Which environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Select {
    /// Every environment of the project.
    All,
    /// The one of that name.
    Env(String),
    /// Those of these names.
    Envs(Vec<String>),
    /// Those that the tests asked for name.
    Tested,
    /// Those declared in that file or under that folder (relative to the root; `envs/dev` also means `envs/dev.vix`).
    Path(String),
}

impl Select {
    /// Whether an environment of that name, declared in that file, is meant.
    pub(crate) fn takes(&self, name: &str, file: &str) -> bool {
        match self {
            Self::All => true,
            Self::Tested => false,
            Self::Env(_) | Self::Envs(_) => self.names().iter().any(|it| it == name),
            Self::Path(path) => under(file, path),
        }
    }

    /// Names that must be declared.
    pub(crate) fn names(&self) -> &[String] {
        match self {
            Self::Env(name) => slice::from_ref(name),
            Self::Envs(names) => names,
            Self::All | Self::Tested | Self::Path(_) => &[],
        }
    }
}

/// Form of the objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// YAML documents.
    Yaml,
    /// One JSON list of objects (`--stdout`), or one file of kind `List` an instance.
    Json,
}

/// What becomes of the objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Checked only.
    None,
    /// One file an instance in `FOLDER/<env>/`.
    Folder(PathBuf),
    /// Given back in `EnvOutcome::text`.
    Memory,
    /// Named in `EnvOutcome::units`; what they made is found in `Outcome::results`.
    Units,
}

/// What is remembered of a project: each state of it that is built side by side with another has a memory of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Memory {
    /// The files as they are.
    #[default]
    Project,
    /// The files as they were at some revision; where nothing is remembered of one, what is remembered of the project is the beginning.
    Revision,
}

/// A file of CRDs that the project takes types from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaFile {
    /// Path from the root, with `/`.
    pub path: Arc<str>,
    /// Digest of the content that was agreed to.
    pub digest: Digest,
}

/// What a caller asks for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which environments.
    pub select: Select,
    /// Form of the objects.
    pub format: Format,
    /// What becomes of them.
    pub output: Output,
    /// Folder of the cache; `None` = no cache.
    pub cache: Option<PathBuf>,
    /// Identity of the project in the cache (its absolute root).
    pub project: String,
    /// Which state of the project this is.
    pub memory: Memory,
    /// The Kubernetes version of clusters that name none, `1.35`; that of the library if none.
    pub kubernetes: Option<String>,
    /// Files with the definitions of custom resources, in order of their paths.
    pub schemas: Vec<SchemaFile>,
    /// Identity of this compiler in the cache: another build of it means other results.
    pub identity: String,
    /// Warnings forbid output as errors do.
    pub deny_warnings: bool,
    /// Threads; 0 = one a core.
    pub threads: usize,
    /// Decide the tests whose title holds this text.
    pub tests: Option<String>,
    /// Who wrote what stands in this object of the environment selected; nothing is written or remembered then.
    pub why: Option<crate::why::Target>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The files that diagnostics point into.
    pub sources: Sources,
    /// All findings, in file order.
    pub diagnostics: Vec<Diagnostic>,
    /// What was found in declarations that the environments asked for do not need.
    pub elsewhere: Elsewhere,
    /// What this machine refused (exit code 74): the earlier output is intact.
    pub faults: Vec<String>,
    /// Things worth a line that are nobody's mistake (no cache, a file edited by hand was restored).
    pub notices: Vec<String>,
    /// The environments, by name; without output where anything selected has an error.
    pub envs: Vec<EnvOutcome>,
    /// What was done, counted.
    pub events: Events,
    /// With `Output::Units`: what units made.
    pub results: Results,
    /// The tests asked for, in the order of their declarations; none where an environment that they need has an error.
    pub tests: Vec<TestOutcome>,
    /// With `Options::why`: the answer.
    pub why: Option<crate::why::Why>,
}

/// A test that was decided.
#[derive(Clone, Debug)]
pub struct TestOutcome {
    /// What it holds, in words.
    pub title: Arc<str>,
    /// Where it is declared.
    pub place: Span,
    /// Why it fails; empty if it passes.
    pub wrong: Vec<Diagnostic>,
}

/// Findings that do not concern what was asked for, counted: they forbid nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Files in which they are.
    pub files: usize,
}

/// One environment.
#[derive(Debug, Default)]
pub struct EnvOutcome {
    /// Its name.
    pub name: String,
    /// Number of objects.
    pub objects: usize,
    /// Number of instances.
    pub instances: usize,
    /// With `Output::Memory`: everything, ready to print.
    pub text: Manifests,
    /// With `Output::Units`: its units, in the order of output.
    pub units: Vec<BuiltUnit>,
    /// With `Output::Folder`: where.
    pub folder: Option<PathBuf>,
    /// Files written, because new or changed.
    pub written: usize,
    /// Files that were right already.
    pub kept: usize,
    /// Files removed, because their instance is gone.
    pub removed: usize,
}

/// All objects of an environment as one text, in the pieces it was made of.
#[derive(Clone, Debug, Default)]
pub struct Manifests {
    parts: Vec<Shared>,
    /// Before, between and behind the parts.
    frame: [&'static str; 3],
}

impl Manifests {
    /// YAML documents, or the elements of a JSON list.
    pub(crate) fn new(parts: Vec<Shared>, json: bool) -> Self {
        Self { parts, frame: if json { ["[\n", ",\n", "\n]\n"] } else { ["", "---\n", ""] } }
    }

    /// The pieces, to be written one behind the other.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let [head, between, end] = self.frame.map(str::as_bytes);
        let parts = self.parts.iter().enumerate().flat_map(move |(nth, it)| [if nth > 0 { between } else { b"" }, it]);
        iter::once(head).chain(parts).chain(iter::once(end)).filter(|it| !it.is_empty())
    }

    /// Whether there is nothing to print.
    pub fn is_empty(&self) -> bool {
        self.pieces().next().is_none()
    }

    /// The whole text.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut all = Vec::with_capacity(self.pieces().map(<[u8]>::len).sum());
        self.pieces().for_each(|it| all.extend_from_slice(it));
        all
    }
}

/// Counted steps, so that tests can tell what a cache hit spared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Files whose content was read.
    pub read: usize,
    /// Files parsed.
    pub parsed: usize,
    /// Files of definitions converted to types.
    pub converted: usize,
    /// Declarations type-checked.
    pub checked: usize,
    /// Units evaluated.
    pub evaluated: usize,
    /// Units taken from the cache.
    pub reused: usize,
    /// Environments linked.
    pub linked: usize,
    /// Checks and tests decided.
    pub decided: usize,
}

/// The texts of a run, by `FileId`.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<(String, Arc<str>)>,
}

impl Sources {
    /// Adds a file; `path` is what users see.
    pub fn add(&mut self, path: impl Into<String>, text: Arc<str>) -> FileId {
        self.files.push((path.into(), text));
        FileId(self.files.len() as u32 - 1)
    }

    /// Path as users see it (`std:app.vix` for files of the standard library).
    pub fn path(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", |it| &it.0)
    }

    /// The text; empty for an unknown file.
    pub fn text(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", |it| &it.1)
    }

    /// Puts words before the paths of the project's own files: they are those of another state of it.
    pub fn prefix(&mut self, words: &str) {
        let own = self.files.iter_mut().filter(|it| !it.0.starts_with("std:"));
        own.for_each(|(path, _)| path.insert_str(0, words));
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether no file was added.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

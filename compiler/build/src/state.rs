//! What a build remembers of the project besides results: files with their stats and outlines, environments with the keys of their units.
//!
//! Invariant: everything here only spares work; a state that is lost or stale costs a rebuild.

use std::sync::Arc;

use store::{Digest, Stat};

use crate::codec::{Reader, Writer};
use crate::outline::{EntryOutline, Names, Outline, Sort};

/// The remembered project.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Compiler, library and schemas that made it.
    pub compiler: Option<Digest>,
    /// Files by path.
    pub files: Vec<FileState>,
    /// Files taken in by `file()` and `yaml()`, by path.
    pub inputs: Vec<InputState>,
    /// Environments that were built.
    pub envs: Vec<EnvState>,
}

/// A source file.
#[derive(Clone, Debug)]
pub struct FileState {
    /// Path from the root.
    pub path: Arc<str>,
    /// As it was read.
    pub stat: Stat,
    /// Of its content.
    pub digest: Digest,
    /// The parser found nothing wrong.
    pub clean: bool,
    /// Its declarations.
    pub decls: Vec<DeclState>,
}

/// A declaration.
#[derive(Clone, Debug)]
pub struct DeclState {
    /// What it is and needs.
    pub outline: Outline,
    /// The key under which it was last checked without any finding.
    pub checked: Option<Digest>,
    /// Instances it refers to, as that check found: kind word and name.
    pub reached: Vec<(Arc<str>, Arc<str>)>,
}

/// An input.
#[derive(Clone, Debug)]
pub struct InputState {
    /// Path from the root.
    pub path: Arc<str>,
    /// As it was read.
    pub stat: Stat,
    /// Of its content.
    pub digest: Digest,
}

/// A built environment.
#[derive(Clone, Debug)]
pub struct EnvState {
    /// Its name.
    pub name: Arc<str>,
    /// `json` or YAML.
    pub json: bool,
    /// Digest of all files and inputs it was built from.
    pub world: Digest,
    /// Digest of everything link saw.
    pub link: Digest,
    /// Link had nothing to say.
    pub quiet: bool,
    /// In order of output.
    pub units: Vec<UnitState>,
}

/// A built unit.
#[derive(Clone, Debug)]
pub struct UnitState {
    /// Kind word of its instance.
    pub kind: Arc<str>,
    /// Name of its instance.
    pub name: Arc<str>,
    /// Key of its evaluation.
    pub key: Digest,
    /// Digest of its summary's bytes.
    pub summary: Digest,
    /// What link put into its holes.
    pub fills: Vec<Arc<str>>,
    /// Number of its objects.
    pub objects: u32,
}

impl State {
    /// Its byte form.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::default();
        let compiler = self.compiler.unwrap_or_else(|| Digest::of(b""));
        w.digest(&compiler);
        w.list(&self.files, |w, it| {
            w.str(&it.path);
            w.stat(&it.stat);
            w.digest(&it.digest);
            w.bool(it.clean);
            w.list(&it.decls, write_decl);
        });
        w.list(&self.inputs, |w, it| {
            w.str(&it.path);
            w.stat(&it.stat);
            w.digest(&it.digest);
        });
        w.list(&self.envs, |w, it| {
            w.str(&it.name);
            w.bool(it.json);
            w.digest(&it.world);
            w.digest(&it.link);
            w.bool(it.quiet);
            w.list(&it.units, |w, it| {
                w.str(&it.kind);
                w.str(&it.name);
                w.digest(&it.key);
                w.digest(&it.summary);
                w.list(&it.fills, |w, it| w.str(it));
                w.u32(it.objects);
            });
        });
        w.bytes
    }

    /// Reads a state of this compiler; nothing where the bytes are another's or damaged.
    pub fn decode(bytes: &[u8], compiler: &Digest) -> Option<Self> {
        let mut r = Reader::new(bytes);
        if r.digest()? != *compiler {
            return None;
        }
        let files = r.list(|r| {
            Some(FileState { path: r.str()?, stat: r.stat()?, digest: r.digest()?, clean: r.bool()?, decls: r.list(read_decl)? })
        })?;
        let inputs = r.list(|r| Some(InputState { path: r.str()?, stat: r.stat()?, digest: r.digest()? }))?;
        let envs = r.list(|r| {
            Some(EnvState {
                name: r.str()?,
                json: r.bool()?,
                world: r.digest()?,
                link: r.digest()?,
                quiet: r.bool()?,
                units: r.list(|r| {
                    Some(UnitState {
                        kind: r.str()?,
                        name: r.str()?,
                        key: r.digest()?,
                        summary: r.digest()?,
                        fills: r.list(Reader::str)?,
                        objects: r.u32()?,
                    })
                })?,
            })
        })?;
        r.is_empty().then_some(Self { compiler: Some(*compiler), files, inputs, envs })
    }
}

fn write_decl(w: &mut Writer, it: &DeclState) {
    let sort = match it.outline.sort {
        Sort::Item => 0,
        Sort::Kind => 1,
        Sort::Instance => 2,
        Sort::Env => 3,
        Sort::Settings => 4,
        Sort::Other => 5,
    };
    w.u32(sort);
    w.str(&it.outline.word);
    w.str(&it.outline.name);
    w.digest(&it.outline.own);
    w.digest(&it.outline.sig);
    write_names(w, &it.outline.names);
    w.list(&it.outline.entries, |w, it| {
        w.str(&it.word);
        w.str(&it.name);
        w.digest(&it.own);
        write_names(w, &it.names);
    });
    w.bool(it.checked.is_some());
    if let Some(checked) = &it.checked {
        w.digest(checked);
    }
    w.list(&it.reached, |w, (kind, name)| {
        w.str(kind);
        w.str(name);
    });
    let (is_static, is_ambient, lowers) = it.outline.traits;
    w.bool(is_static);
    w.bool(is_ambient);
    w.bool(lowers);
    w.bool(it.outline.on.is_some());
    if let Some((word, name)) = &it.outline.on {
        w.str(word);
        w.str(name);
    }
}

fn read_decl(r: &mut Reader<'_>) -> Option<DeclState> {
    let sort = match r.u32()? {
        0 => Sort::Item,
        1 => Sort::Kind,
        2 => Sort::Instance,
        3 => Sort::Env,
        4 => Sort::Settings,
        5 => Sort::Other,
        _ => return None,
    };
    let mut outline = Outline {
        sort,
        word: r.str()?,
        name: r.str()?,
        own: r.digest()?,
        sig: r.digest()?,
        names: read_names(r)?,
        on: None,
        traits: (false, false, false),
        entries: r.list(|r| Some(EntryOutline { word: r.str()?, name: r.str()?, own: r.digest()?, names: read_names(r)? }))?,
    };
    let checked = if r.bool()? { Some(r.digest()?) } else { None };
    let reached = r.list(|r| Some((r.str()?, r.str()?)))?;
    outline.traits = (r.bool()?, r.bool()?, r.bool()?);
    outline.on = if r.bool()? { Some((r.str()?, r.str()?)) } else { None };
    Some(DeclState { outline, checked, reached })
}

fn write_names(w: &mut Writer, names: &Names) {
    w.list(&names.words, |w, it| w.str(it));
    w.list(&names.pairs, |w, (a, b)| {
        w.str(a);
        w.str(b);
    });
    w.list(&names.settings, |w, it| w.str(it));
    w.list(&names.inputs, |w, it| w.str(it));
}

fn read_names(r: &mut Reader<'_>) -> Option<Names> {
    Some(Names { words: r.list(Reader::str)?, pairs: r.list(|r| Some((r.str()?, r.str()?)))?, settings: r.list(Reader::str)?, inputs: r.list(Reader::str)? })
}

//! What a build remembers of the project besides results: files with their stats and outlines, environments with the keys of their units.
//!
//! Two layers: the `Head` tells whether anything changed and is read in place; the rest is read only if something did.
//! Invariant: everything here only spares work; a state that is lost or stale costs a rebuild.

use std::sync::Arc;

use store::{Digest, Stat};

use crate::codec::{Reader, Writer};
use crate::outline::{EntryOutline, Names, Outline, Sort};

/// An instance by kind word and name.
pub type Named = (Arc<str>, Arc<str>);

/// The remembered project.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Files by path.
    pub files: Vec<FileState>,
    /// Files taken in by `file()` and `yaml()`, by path.
    pub inputs: Vec<InputState>,
    /// Environments that were built.
    pub envs: Vec<EnvState>,
    /// Sets of linked environments between which nothing was found.
    pub across: Vec<Digest>,
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
    /// Of what it means: equal for contents that differ in comments and layout only.
    pub meaning: Digest,
    /// The parser found nothing wrong.
    pub clean: bool,
    /// What words in it mean besides their declarations: its module and its `use` lines.
    pub scope: Digest,
    /// Its declarations.
    pub decls: Vec<DeclState>,
}

/// A declaration.
#[derive(Clone, Debug)]
pub struct DeclState {
    /// What it is and needs.
    pub outline: Outline,
    /// What was found out about it.
    pub facts: DeclFacts,
}

/// What was found out about a declaration.
#[derive(Clone, Debug, Default)]
pub struct DeclFacts {
    /// The key under which it was last checked without any finding.
    pub checked: Option<Digest>,
    /// Instances it refers to, as that check found; those of an environment's entries stand there.
    pub reached: Vec<Named>,
    /// Of an environment or layer: the same of each entry.
    pub entries: Vec<EntryFacts>,
    /// Of an environment over layers: keys under which nothing was missing for what its chain lists.
    pub listed: Vec<Digest>,
}

/// What was found out about an entry of an environment.
#[derive(Clone, Debug, Default)]
pub struct EntryFacts {
    /// The key under which it was last checked, its instance being loaded, without any finding.
    pub checked: Option<Digest>,
    /// Instances it refers to.
    pub reached: Vec<Named>,
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
    /// Digest of all files and inputs of the last build of it, where that build had nothing at all to say.
    pub world: Option<Digest>,
    /// Digest of everything link saw.
    pub link: Digest,
    /// Link had nothing to say.
    pub quiet: bool,
    /// In order of output.
    pub units: Vec<UnitState>,
    /// Keys of the checks that held.
    pub held: Vec<Digest>,
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
    /// Key of its text with these fills.
    pub rendered: Digest,
    /// Number of its objects.
    pub objects: u32,
    /// Of each kind of its objects, a digest of their texts; empty in projects without `check` and `test`.
    pub kinds: Vec<(Arc<str>, Digest)>,
}

/// The layer that a build with nothing to do reads.
#[derive(Clone, Debug, Default)]
pub struct Head<'b> {
    /// Files by path.
    pub files: Vec<FileHead<'b>>,
    /// Inputs by path.
    pub inputs: Vec<InputState>,
    /// Environments that were built.
    pub envs: Vec<EnvHead<'b>>,
    /// As in `State`.
    pub across: Vec<Digest>,
    bytes: &'b [u8],
    /// Where the stats of inputs stand.
    input_places: Vec<usize>,
    rest: &'b [u8],
}

/// A source file.
#[derive(Clone, Debug)]
pub struct FileHead<'b> {
    /// Path from the root.
    pub path: &'b str,
    /// As it was read.
    pub stat: Stat,
    /// Of its content.
    pub digest: Digest,
    /// Of what it means.
    pub meaning: Digest,
    /// Nothing was found in it or in any of its declarations.
    pub whole: bool,
    /// Environments it declares.
    pub envs: Vec<&'b str>,
    /// Where its stat stands, followed by the digest of its content.
    place: usize,
}

/// A built environment.
#[derive(Clone, Debug)]
pub struct EnvHead<'b> {
    /// Its name.
    pub name: &'b str,
    /// `json` or YAML.
    pub json: bool,
    /// As in `EnvState`.
    pub world: Option<Digest>,
    /// Digest of everything link saw.
    pub link: Digest,
    /// Digest of everything its folder holds.
    pub folder: Digest,
    /// Number of its units.
    pub instances: usize,
    /// Number of its objects.
    pub objects: usize,
    /// Keys of the texts of units that have objects, in order.
    pub texts: Vec<Digest>,
}

impl State {
    /// Its byte form; `usual` is the length that the last ones had, as room for these.
    pub fn encode(&self, compiler: &Digest, usual: usize) -> Vec<u8> {
        let mut w = Writer { bytes: Vec::with_capacity((usual + usual / 16).max(self.files.len() * 512)) };
        w.digest(compiler);
        w.list(&self.files, |w, it| {
            w.str(&it.path);
            w.stat(&it.stat);
            w.digest(&it.digest);
            w.digest(&it.meaning);
            w.bool(it.clean && it.decls.iter().all(|it| it.facts.checked.is_some()));
            let envs: Vec<&str> = it.decls.iter().filter(|it| it.outline.sort == Sort::Env).map(|it| &*it.outline.name).collect();
            w.list(&envs, |w, it| w.str(it));
        });
        w.list(&self.inputs, |w, it| {
            w.str(&it.path);
            w.stat(&it.stat);
            w.digest(&it.digest);
        });
        w.list(&self.envs, |w, it| {
            w.str(&it.name);
            w.bool(it.json);
            w.option(it.world.as_ref());
            w.digest(&it.link);
            w.digest(&it.folder());
            w.u32(it.units.len() as u32);
            w.u32(it.units.iter().map(|it| it.objects).sum());
            let texts: Vec<&UnitState> = it.units.iter().filter(|it| it.objects > 0).collect();
            w.list(&texts, |w, it| w.digest(&it.rendered));
        });
        w.list(&self.across, Writer::digest);
        for file in &self.files {
            w.bool(file.clean);
            w.digest(&file.scope);
            w.list(&file.decls, write_decl);
        }
        for env in &self.envs {
            w.bool(env.quiet);
            w.list(&env.units, write_unit);
            w.list(&env.held, Writer::digest);
        }
        w.bytes
    }
}

impl EnvState {
    /// Digest of everything its folder holds.
    pub fn folder(&self) -> Digest {
        let mut hasher = store::Hasher::new("folder");
        hasher.str(&self.name);
        hasher.bool(self.json);
        hasher.seq(&self.units, |h, it| {
            h.str(&it.kind);
            h.str(&it.name);
            h.digest(&it.rendered);
        });
        hasher.finish()
    }
}

impl<'b> Head<'b> {
    /// Reads the head of a state of this compiler; nothing where the bytes are another's or damaged.
    pub fn decode(bytes: &'b [u8], compiler: &Digest) -> Option<Self> {
        let mut r = Reader::new(bytes);
        if r.digest()? != *compiler {
            return None;
        }
        let files = r.list(|r| {
            let path = r.text()?;
            let place = bytes.len() - r.left();
            Some(FileHead { path, stat: r.stat()?, digest: r.digest()?, meaning: r.digest()?, whole: r.bool()?, envs: r.list(Reader::text)?, place })
        })?;
        let mut input_places = Vec::new();
        let inputs = r.list(|r| {
            let path = r.str()?;
            input_places.push(bytes.len() - r.left());
            Some(InputState { path, stat: r.stat()?, digest: r.digest()? })
        })?;
        let envs = r.list(|r| {
            Some(EnvHead {
                name: r.text()?,
                json: r.bool()?,
                world: r.option()?,
                link: r.digest()?,
                folder: r.digest()?,
                instances: r.u32()? as usize,
                objects: r.u32()? as usize,
                texts: r.list(Reader::digest)?,
            })
        })?;
        let across = r.list(Reader::digest)?;
        Some(Self { files, inputs, envs, across, bytes, input_places, rest: r.rest() })
    }

    /// The same state with other stats and contents of the same meaning: of files by number, and of inputs in their order.
    pub fn patched(&self, files: impl Iterator<Item = (usize, Stat, Digest)>, inputs: &[InputState]) -> Vec<u8> {
        let mut bytes = self.bytes.to_vec();
        let mut patch = |place: usize, part: &[u8]| bytes[place..place + part.len()].copy_from_slice(part);
        for (at, stat, digest) in files {
            let place = self.files[at].place;
            patch(place, &stat.to_bytes());
            patch(place + STAT_SIZE, digest.as_bytes());
        }
        for (place, input) in self.input_places.iter().zip(inputs) {
            patch(*place, &input.stat.to_bytes());
        }
        bytes
    }

    /// The whole state.
    pub fn state(&self) -> Option<State> {
        let mut r = Reader::new(self.rest);
        let file = |it: &FileHead<'_>| {
            let (clean, scope, decls) = (r.bool()?, r.digest()?, r.list(read_decl)?);
            Some(FileState { path: it.path.into(), stat: it.stat, digest: it.digest, meaning: it.meaning, clean, scope, decls })
        };
        let files = self.files.iter().map(file).collect::<Option<Vec<FileState>>>()?;
        let env = |it: &EnvHead<'_>| {
            let (quiet, units, held) = (r.bool()?, r.list(read_unit)?, r.list(Reader::digest)?);
            Some(EnvState { name: it.name.into(), json: it.json, world: it.world, link: it.link, quiet, units, held })
        };
        let envs = self.envs.iter().map(env).collect::<Option<Vec<EnvState>>>()?;
        r.is_empty().then(|| State { files, inputs: self.inputs.clone(), envs, across: self.across.clone() })
    }
}

/// Bytes of a stat.
const STAT_SIZE: usize = 24;

fn write_unit(w: &mut Writer, it: &UnitState) {
    w.str(&it.kind);
    w.str(&it.name);
    w.digest(&it.key);
    w.digest(&it.summary);
    w.list(&it.fills, |w, it| w.str(it));
    w.digest(&it.rendered);
    w.u32(it.objects);
    w.list(&it.kinds, |w, (kind, digest)| {
        w.str(kind);
        w.digest(digest);
    });
}

fn read_unit(r: &mut Reader<'_>) -> Option<UnitState> {
    Some(UnitState {
        kind: r.str()?,
        name: r.str()?,
        key: r.digest()?,
        summary: r.digest()?,
        fills: r.list(Reader::str)?,
        rendered: r.digest()?,
        objects: r.u32()?,
        kinds: r.list(|r| Some((r.str()?, r.digest()?)))?,
    })
}

fn write_decl(w: &mut Writer, it: &DeclState) {
    let sort = match it.outline.sort {
        Sort::Item => 0,
        Sort::Kind => 1,
        Sort::Instance => 2,
        Sort::Env => 3,
        Sort::Settings => 4,
        Sort::Schema => 5,
        Sort::Other => 6,
        Sort::Layer => 7,
        Sort::Check => 8,
        Sort::Test => 9,
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
        w.str(&it.alias);
        w.bool(it.removes);
        w.digest(&it.own);
        write_names(w, &it.names);
    });
    w.option(it.facts.checked.as_ref());
    write_reached(w, &it.facts.reached);
    w.list(&it.facts.entries, |w, it| {
        w.option(it.checked.as_ref());
        write_reached(w, &it.reached);
    });
    w.list(&it.facts.listed, Writer::digest);
    w.list(it.outline.over.as_slice(), |w, it| w.str(it));
    w.list(&it.outline.uses, |w, it| w.str(it));
    let (is_static, is_ambient, lowers) = it.outline.traits;
    w.bool(is_static);
    w.bool(is_ambient);
    w.bool(lowers);
    w.bool(it.outline.allows);
    w.list(it.outline.on.as_slice(), |w, (word, name)| {
        w.str(word);
        w.str(name);
    });
}

fn read_decl(r: &mut Reader<'_>) -> Option<DeclState> {
    let sort = match r.u32()? {
        0 => Sort::Item,
        1 => Sort::Kind,
        2 => Sort::Instance,
        3 => Sort::Env,
        4 => Sort::Settings,
        5 => Sort::Schema,
        6 => Sort::Other,
        7 => Sort::Layer,
        8 => Sort::Check,
        9 => Sort::Test,
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
        over: None,
        uses: Vec::new(),
        allows: false,
        entries: r
            .list(|r| Some(EntryOutline { word: r.str()?, name: r.str()?, alias: r.str()?, removes: r.bool()?, own: r.digest()?, names: read_names(r)? }))?,
    };
    let checked = r.option()?;
    let reached = read_reached(r)?;
    let entries = r.list(|r| Some(EntryFacts { checked: r.option()?, reached: read_reached(r)? }))?;
    let listed = r.list(Reader::digest)?;
    outline.over = r.list(Reader::str)?.pop();
    outline.uses = r.list(Reader::str)?;
    outline.traits = (r.bool()?, r.bool()?, r.bool()?);
    outline.allows = r.bool()?;
    outline.on = read_reached(r)?.pop();
    Some(DeclState { outline, facts: DeclFacts { checked, reached, entries, listed } })
}

fn write_reached(w: &mut Writer, reached: &[Named]) {
    w.list(reached, |w, (kind, name)| {
        w.str(kind);
        w.str(name);
    });
}

fn read_reached(r: &mut Reader<'_>) -> Option<Vec<Named>> {
    r.list(|r| Some((r.str()?, r.str()?)))
}

fn write_names(w: &mut Writer, names: &Names) {
    w.list(&names.words, |w, it| w.str(it));
    write_reached(w, &names.pairs);
    w.list(&names.inputs, |w, it| w.str(it));
}

fn read_names(r: &mut Reader<'_>) -> Option<Names> {
    Some(Names { words: r.list(Reader::str)?, pairs: read_reached(r)?, inputs: r.list(Reader::str)? })
}

//! Schemas of a build: the packs of the program, and one made of the CRDs that the project names.
//!
//! A definition is read, converted and packed once; the pack is remembered under the digests of all files it was made from.
//! Invariant: types come only from content that has the digest which was agreed to, so that equal keys mean equal types.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use diag::{Diagnostic, FileId, Span};
use manifest::json::Json;
use manifest::yaml::read::{Document, Step, documents};
use rayon::prelude::*;
use schema::convert::{self, ConvertError};
use schema::model::{Kind, Model};
use schema::pack;
use schema::schemas::Schemas;
use store::{Digest, Hasher, Shared};

use crate::diagnostics;
use crate::limits::INPUT_SIZE_MAX;
use crate::options::SchemaFile;
use crate::run::Build;
use crate::scan::{self, Scan};

/// Packs that come with vix.
pub(crate) fn shipped() -> Arc<Schemas> {
    static SHIPPED: LazyLock<Arc<Schemas>> = LazyLock::new(|| {
        // The packs are part of the program; a damaged one is found by the schema crate's tests, and here becomes an empty set of kinds.
        let packs = stdlib::PACKS.iter().map(|it| Cow::Borrowed(it.1)).collect();
        Arc::new(Schemas::open_all(packs).unwrap_or_else(|_| Schemas::open(Vec::new()).expect("no pack is no damaged pack")))
    });
    SHIPPED.clone()
}

/// What comes with vix, with a pack of the project's own. Its kinds hide those of that group, version and name which come with vix.
fn with(own: Vec<u8>) -> Result<Schemas, pack::PackError> {
    let mut packs: Vec<Cow<'static, [u8]>> = stdlib::PACKS.iter().map(|it| Cow::Borrowed(it.1)).collect();
    // The first pack has the built-in kinds, which nobody redefines.
    let at = 1.min(packs.len());
    packs.insert(at, own.into());
    Ok(Schemas::open_all(packs)?.with_own(at as u32))
}

/// The definitions in one file.
#[derive(Debug, Default)]
pub struct Definitions {
    /// Their types.
    model: Model,
}

/// A kind that a definition declares.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DefinedKind {
    /// `longhorn.io/v1beta2.Volume`.
    pub name: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Whether an API server serves it.
    pub served: bool,
}

impl Definitions {
    /// Every kind, in the order of their names.
    pub fn kinds(&self) -> Vec<DefinedKind> {
        let kind = |it: &Kind| DefinedKind { name: it.definition.clone(), namespaced: it.namespaced, served: it.served_by_default };
        let mut kinds: Vec<DefinedKind> = self.model.kinds.iter().map(kind).collect();
        kinds.sort();
        kinds
    }
}

/// Every kind that comes with vix, in the order of their names.
pub fn shipped_kinds() -> Vec<DefinedKind> {
    let schemas = shipped();
    let kind = |it: schema::types::KindInfo<'_>| {
        let group = if it.group.is_empty() { "core" } else { it.group };
        DefinedKind { name: format!("{group}/{}.{}", it.version, it.kind), namespaced: it.namespaced, served: it.served_by_default }
    };
    let mut kinds: Vec<DefinedKind> = schemas.kinds().map(|it| kind(schemas.kind_info(it))).collect();
    kinds.sort();
    kinds
}

/// Reads the CRDs in a text of YAML or JSON; other objects in it are passed over.
pub fn read(file: FileId, text: &str) -> (Definitions, Vec<Diagnostic>) {
    let mut definitions = Definitions::default();
    let mut found = Vec::new();
    let span = |at: usize| Span::new(file, at.min(text.len()) as u32, at.min(text.len()) as u32);
    let documents = match documents(text) {
        Ok(documents) => documents,
        Err(error) => return (definitions, vec![diagnostics::broken_schema(span(error.at), &error.to_string())]),
    };
    for document in &documents {
        for (steps, definition) in crds(document) {
            match convert::foreign_crd(&definition.to_json()) {
                Ok(model) => definitions.add(model, || span(place(document, &steps, &[])), &mut found),
                Err(error) => {
                    let path = if let ConvertError::Invalid(path, _) = &error { path.as_slice() } else { &[] };
                    found.push(diagnostics::broken_schema(span(place(document, &steps, path)), &error.to_string()));
                }
            }
        }
    }
    (definitions, found)
}

impl Definitions {
    fn add(&mut self, model: Model, at: impl Fn() -> Span, found: &mut Vec<Diagnostic>) {
        for kind in model.kinds {
            if self.model.kinds.iter().any(|it| it.definition == kind.definition) {
                found.push(diagnostics::schema_twice(at(), &kind.definition));
            } else {
                self.model.kinds.push(kind);
            }
        }
        for (name, ty) in model.definitions {
            self.model.definitions.entry(name).or_insert(ty);
        }
    }
}

/// CRDs in a document, with their paths: the document itself, or items of a list.
fn crds(document: &Document) -> Vec<(Vec<Step<'_>>, &Json)> {
    let is = |value: &Json, kind: &str| value.get("kind").and_then(Json::as_str) == Some(kind);
    if is(&document.value, "CustomResourceDefinition") {
        return vec![(Vec::new(), &document.value)];
    }
    let is_list = document.value.get("kind").and_then(Json::as_str).is_some_and(|it| it.ends_with("List"));
    let items = document.value.get("items").and_then(Json::as_list).filter(|_| is_list).unwrap_or(&[]);
    let items = items.iter().enumerate().filter(|(_, it)| is(it, "CustomResourceDefinition"));
    items.map(|(nth, it)| (vec![Step::Key("items"), Step::Index(nth)], it)).collect()
}

/// Where the part at a path begins; where that is not there, the nearest part around it.
fn place(document: &Document, head: &[Step<'_>], path: &[convert::Step]) -> usize {
    let mut steps = head.to_vec();
    steps.extend(path.iter().map(|it| match it {
        convert::Step::Key(key) => Step::Key(key),
        convert::Step::Index(nth) => Step::Index(*nth),
    }));
    loop {
        if let Some(place) = document.place(&steps) {
            return place.key as usize;
        }
        if steps.pop().is_none() {
            return 0;
        }
    }
}

/// The schemas of this build; `None` if those of the project cannot be had, which is then told.
pub(crate) fn open(build: &mut Build<'_>, scan: &mut Scan) -> Option<Arc<Schemas>> {
    if build.options.schemas.is_empty() {
        return Some(shipped());
    }
    let files = build.options.schemas.clone();
    let agreed = files.iter().filter(|it| is_agreed(build, scan, it)).count();
    if agreed < files.len() {
        return None;
    }
    let key = key(&build.compiler, &files);
    let remembered = build.memo.get(&key).map(|it| it.to_vec());
    if let Some(schemas) = remembered.and_then(|it| with(it).ok()) {
        build.schemas = Some((key, None));
        return Some(Arc::new(schemas));
    }
    let bytes = make(build, scan, &files)?;
    match with(bytes.clone()) {
        Ok(schemas) => {
            build.schemas = Some((key, Some(Shared::from(bytes))));
            Some(Arc::new(schemas))
        }
        Err(error) => {
            build.sink.push(diagnostics::broken_schema(diagnostics::NOWHERE, &error.to_string()));
            None
        }
    }
}

fn key(compiler: &Digest, files: &[SchemaFile]) -> Digest {
    let mut hasher = Hasher::new("schemas");
    hasher.digest(compiler);
    hasher.seq(files, |h, it| h.digest(&it.digest));
    hasher.finish()
}

/// Whether a file's content is the one that was agreed to.
fn is_agreed(build: &mut Build<'_>, scan: &Scan, file: &SchemaFile) -> bool {
    let found = scan.inputs.iter().find(|it| it.path == file.path).map(|it| it.digest);
    if found == Some(file.digest) {
        return true;
    }
    let text = scan.contents.get(&file.path).map(|it| String::from_utf8_lossy(it).into_owned()).unwrap_or_default();
    let id = build.sources.add(&*file.path, text.into());
    let at = Span::new(id, 0, 0);
    let diagnostic = match (found, build.world.read(&file.path, INPUT_SIZE_MAX)) {
        (None, Err(fault)) => diagnostics::unreadable(at, &fault),
        (Some(_), _) | (None, Ok(_)) => diagnostics::schema_changed(at, &file.path),
    };
    build.sink.push(diagnostic);
    false
}

/// Converts all files into one pack.
fn make(build: &mut Build<'_>, scan: &Scan, files: &[SchemaFile]) -> Option<Vec<u8>> {
    let mut texts: Vec<(FileId, Arc<str>)> = Vec::with_capacity(files.len());
    for file in files {
        let content = match scan.contents.get(&file.path) {
            Some(content) => content.clone(),
            None => match scan::read_input(build.world, &file.path) {
                Ok((state, content)) if state.digest == file.digest => content,
                Ok(_) | Err(_) => {
                    let id = build.sources.add(&*file.path, "".into());
                    build.sink.push(diagnostics::schema_changed(Span::new(id, 0, 0), &file.path));
                    return None;
                }
            },
        };
        let text: Arc<str> = String::from_utf8_lossy(&content).into();
        let id = build.sources.add(&*file.path, text.clone());
        texts.push((id, text));
    }
    build.events.converted += texts.len();
    let read: Vec<(Definitions, Vec<Diagnostic>)> = texts.par_iter().map(|(id, text)| read(*id, text)).collect();
    let (mut all, mut found) = (Definitions::default(), Vec::new());
    for ((id, _), (definitions, wrong)) in texts.iter().zip(read) {
        found.extend(wrong);
        all.add(definitions.model, || Span::new(*id, 0, 0), &mut found);
    }
    if found.is_empty() {
        match pack::write::write(&all.model) {
            Ok(bytes) => return Some(bytes),
            Err(error) => found.push(diagnostics::broken_schema(Span::new(texts.first()?.0, 0, 0), &error.to_string())),
        }
    }
    found.into_iter().for_each(|it| build.sink.push(it));
    None
}

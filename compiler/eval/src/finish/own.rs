//! Questions this unit answers itself: names, namespaces, hosts and numbers of its own objects and entries.
//!
//! Invariant: what comes out has no hole of this unit left.

use diag::Span;
use schema::types::KindId;
use sema::ir::HoleAttr;

use crate::diagnostics;
use crate::finish::hash;
use crate::instance::Principal;
use crate::machine::{Eval, Run, Stop};
use crate::object::Draft;
use crate::value::{self, Entry, Handle, Piece, Value};

/// A text without holes of this unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolved<'a> {
    /// Without any hole.
    Known(&'a str),
    /// Questions to other instances remain.
    Open(&'a [Piece<'a>]),
}

/// An answer, made when first asked for.
#[derive(Clone, Copy, Debug)]
enum Answer<'a> {
    Unknown,
    Open,
    Known(Resolved<'a>),
}

/// The end of a unit.
pub(crate) struct Finish<'e, 'a, const TRACE: bool> {
    pub eval: &'e mut Eval<'a, TRACE>,
    /// Kind and name of the unit's instance.
    pub root: (sema::ty::KindRef, &'a str),
    answers: Vec<Answer<'a>>,
    names: Vec<Answer<'a>>,
    /// Hash input of objects whose suffix is left to link.
    pub hash_inputs: Vec<Option<Resolved<'a>>>,
    /// Handle paths made up for such objects that have none.
    pub extra_handles: Vec<(&'a str, u32)>,
}

impl<'e, 'a, const TRACE: bool> Finish<'e, 'a, TRACE> {
    pub fn new(eval: &'e mut Eval<'a, TRACE>, root: (sema::ty::KindRef, &'a str)) -> Self {
        let objects = eval.objects.len();
        Self { eval, root, answers: Vec::new(), names: vec![Answer::Unknown; objects], hash_inputs: vec![None; objects], extra_handles: Vec::new() }
    }

    /// A value as text.
    pub fn text(&mut self, value: Value<'a>, at: Span) -> Run<Resolved<'a>> {
        match value {
            Value::Str(it) => Ok(Resolved::Known(it)),
            Value::Text(pieces) => self.pieces(pieces, at),
            Value::Handle(Handle { target, path }) => {
                let piece = self.eval.hole(*target, path, HoleAttr::Name, at);
                let pieces = self.eval.arena.alloc_slice_copy(&[piece]);
                self.pieces(pieces, at)
            }
            Value::File(path) => Ok(Resolved::Known(self.eval.file_text(path, at)?)),
            other => match self.eval.plain_text(other) {
                Some(text) => Ok(Resolved::Known(self.eval.keep(&text, at)?)),
                None => Err(Stop),
            },
        }
    }

    fn pieces(&mut self, pieces: &'a [Piece<'a>], at: Span) -> Run<Resolved<'a>> {
        match pieces {
            [Piece::Own(id)] => return self.answer(*id),
            _ if pieces.iter().all(|it| matches!(it, Piece::Foreign(_) | Piece::Str(_))) => return Ok(Resolved::Open(pieces)),
            _ => {}
        }
        let mut text = Joined::default();
        for piece in pieces {
            match piece {
                Piece::Own(id) => {
                    let answer = self.answer(*id)?;
                    text.push(self.eval, answer, at)?;
                }
                Piece::Str(it) => text.known.push_str(it),
                Piece::Foreign(_) => text.push(self.eval, Resolved::Open(std::slice::from_ref(piece)), at)?,
            }
        }
        text.finish(self.eval, at)
    }

    fn answer(&mut self, id: u32) -> Run<Resolved<'a>> {
        let nth = id as usize;
        if self.answers.len() <= nth {
            self.answers.resize(self.eval.own.len(), Answer::Unknown);
        }
        let hole = self.eval.own[nth];
        match self.answers[nth] {
            Answer::Known(it) => return Ok(it),
            Answer::Open => return self.cycle(hole.at),
            Answer::Unknown => {}
        }
        self.answers[nth] = Answer::Open;
        let answer = match hole.attr {
            HoleAttr::Number => self.number(hole.instance, hole.path, hole.at)?,
            HoleAttr::Namespace if hole.path.is_empty() && self.object_of(hole.instance, "").is_none() => match self.eval.namespace_of(hole.instance) {
                Some(entry) => self.text(entry.value, entry.at)?,
                None => return self.no_object(hole.instance, hole.path, hole.at),
            },
            HoleAttr::Name | HoleAttr::Namespace | HoleAttr::Host => match self.object_of(hole.instance, hole.path) {
                Some(object) => self.attribute(object, hole.attr, hole.at)?,
                None => self.elsewhere(hole.instance, hole.path, hole.attr, hole.at)?,
            },
        };
        self.answers[nth] = Answer::Known(answer);
        Ok(answer)
    }

    fn attribute(&mut self, object: u32, attr: HoleAttr, at: Span) -> Run<Resolved<'a>> {
        let name = match attr {
            HoleAttr::Namespace => Resolved::Known(""),
            HoleAttr::Name | HoleAttr::Host | HoleAttr::Number => self.name(object)?,
        };
        if attr == HoleAttr::Name {
            return Ok(name);
        }
        let namespace = self.namespace(object)?.unwrap_or(Resolved::Known(""));
        if attr == HoleAttr::Namespace {
            return Ok(namespace);
        }
        let mut text = Joined::default();
        text.push(self.eval, name, at)?;
        text.known.push('.');
        text.push(self.eval, namespace, at)?;
        text.known.push_str(".svc");
        text.finish(self.eval, at)
    }

    /// A secret whose source is elsewhere has no object here, but a name all the same: its own, else `main` = instance, other = `instance-entry`
    /// (grammar.md, r48).
    pub fn elsewhere(&mut self, instance: u32, path: &'a str, attr: HoleAttr, at: Span) -> Run<Resolved<'a>> {
        let Some(state) = self.eval.instances.get(instance as usize) else { return Err(Stop) };
        let owner = state.name;
        let found = path.split_once('.').and_then(|(field, entry)| {
            let map = value::find(state.fields?, field)?.value.entries()?;
            let record = value::find(map, entry)?.value.entries()?;
            value::find(record, "source").map(|_| (entry, record))
        });
        let Some((entry, record)) = found else { return self.no_object(instance, path, at) };
        match (attr, value::find(record, "name")) {
            (HoleAttr::Name, Some(name)) => self.text(name.value, name.at),
            (HoleAttr::Name, None) if entry == "main" => Ok(Resolved::Known(owner)),
            (HoleAttr::Name, None) => Ok(Resolved::Known(self.eval.keep(&format!("{owner}-{entry}"), at)?)),
            (HoleAttr::Namespace, _) => match self.eval.namespace_of(instance) {
                Some(entry) => self.text(entry.value, entry.at),
                None => self.no_object(instance, path, at),
            },
            (HoleAttr::Host | HoleAttr::Number, _) => self.no_object(instance, path, at),
        }
    }

    #[cold]
    fn cycle<T>(&mut self, at: Span) -> Run<T> {
        self.eval.fail(diagnostics::hash_cycle(at))
    }

    #[cold]
    fn no_object<T>(&mut self, instance: u32, path: &str, at: Span) -> Run<T> {
        let (kind, name) = match self.eval.instances.get(instance as usize) {
            Some(it) => (self.eval.kind_name(it.kind), it.name),
            None => ("instance", ""),
        };
        self.eval.fail(diagnostics::no_object(at, kind, name, path))
    }

    /// The object that stands for a handle.
    pub fn object_of(&self, instance: u32, path: &str) -> Option<u32> {
        let mut here = instance;
        if !path.is_empty() {
            let state = self.eval.instances.get(here as usize)?;
            return state.handles.iter().find(|(it, _)| *it == path).map(|(_, object)| *object);
        }
        // Nested instances come later than the instance around them, so this ends.
        loop {
            match self.eval.instances.get(here as usize)?.principal? {
                Principal::Object(object) => return Some(object),
                Principal::Instance(inner) if inner > here => here = inner,
                Principal::Instance(_) => return None,
            }
        }
    }

    fn number(&mut self, instance: u32, path: &'a str, at: Span) -> Run<Resolved<'a>> {
        let parts: Vec<&'a str> = path.split('.').collect();
        let fields: Vec<&'a str> = parts.iter().step_by(2).copied().collect();
        let keys: Vec<&'a str> = parts.iter().skip(1).step_by(2).copied().collect();
        let arena = self.eval.arena;
        let key = value::Key { owner: instance, fields: arena.alloc_slice_copy(&fields), keys: arena.alloc_slice_copy(&keys) };
        let entry = match self.eval.entry_of(&key, at)? {
            Value::Key(key) => self.eval.entry_of(key, at)?,
            entry => entry,
        };
        match entry.entries().and_then(|it| value::find(it, "number")) {
            Some(Entry { value, .. }) => self.text(*value, at),
            None => self.no_object(instance, path, at),
        }
    }

    /// The base name of an object.
    pub fn base_name(&mut self, object: u32) -> Run<Resolved<'a>> {
        let Draft { name, name_at, .. } = self.eval.objects[object as usize];
        self.text(name, name_at)
    }

    /// The name of an object, with its suffix.
    pub fn name(&mut self, object: u32) -> Run<Resolved<'a>> {
        let draft = self.eval.objects[object as usize];
        match self.names[object as usize] {
            Answer::Known(it) => return Ok(it),
            Answer::Open => return self.cycle(draft.at),
            Answer::Unknown => {}
        }
        self.names[object as usize] = Answer::Open;
        let base = self.base_name(object)?;
        let name = if draft.hashed { self.hashed_name(object, base, draft.at)? } else { base };
        self.names[object as usize] = Answer::Known(name);
        Ok(name)
    }

    fn hashed_name(&mut self, object: u32, base: Resolved<'a>, at: Span) -> Run<Resolved<'a>> {
        match hash::suffix(self, object)? {
            hash::Suffix::Known(suffix) => {
                let mut text = Joined::default();
                text.push(self.eval, base, at)?;
                text.known.push('-');
                text.known.push_str(&suffix);
                text.finish(self.eval, at)
            }
            // Link knows the data once all holes are filled: the name is asked of the object itself.
            hash::Suffix::Open(input) => {
                self.hash_inputs[object as usize] = Some(input);
                let path = self.handle_of(object);
                let (kind, name) = self.root;
                let hole = self.eval.foreign_hole((kind, name, path, HoleAttr::Name));
                Ok(Resolved::Open(self.eval.arena.alloc_slice_copy(&[Piece::Foreign(hole)])))
            }
        }
    }

    /// A handle path of the root instance that means this object; made up where there is none.
    fn handle_of(&mut self, object: u32) -> &'a str {
        if let Some((path, _)) = self.eval.instances[0].handles.iter().find(|(_, it)| *it == object) {
            return path;
        }
        if self.object_of(0, "") == Some(object) {
            return "";
        }
        let path: &'a str = self.eval.arena.alloc_str(&format!("#{object}"));
        self.extra_handles.push((path, object));
        path
    }

    /// The namespace of an object; `None` where it has none.
    pub fn namespace(&mut self, object: u32) -> Run<Option<Resolved<'a>>> {
        let Draft { kind, namespace, instance, at, .. } = self.eval.objects[object as usize];
        self.namespace_or_own(kind, namespace, (instance, at))
    }

    /// The namespace that is written, else that of the innermost instance that has one; `None` for kinds without namespaces and for `in ""`.
    pub fn namespace_or_own(&mut self, kind: KindId, written: Option<(Value<'a>, Span)>, (instance, at): (u32, Span)) -> Run<Option<Resolved<'a>>> {
        if let Some((value, at)) = written {
            let text = self.text(value, at)?;
            return Ok((text != Resolved::Known("")).then_some(text));
        }
        let program = self.eval.setting.program;
        if !program.schemas.kind_type(kind).1 {
            return Ok(None);
        }
        match self.eval.namespace_of(instance) {
            Some(entry) => {
                let text = self.text(entry.value, entry.at)?;
                Ok((text != Resolved::Known("")).then_some(text))
            }
            None => {
                let state = &self.eval.instances[instance as usize];
                let (owner, name) = (self.eval.kind_name(state.kind), state.name);
                let info = program.schemas.kind_info(kind);
                self.eval.fail(diagnostics::missing_namespace(at, info.kind, owner, name))
            }
        }
    }
}

/// A text being joined.
#[derive(Default)]
pub(crate) struct Joined<'a> {
    pub known: String,
    pieces: Vec<Piece<'a>>,
}

impl<'a> Joined<'a> {
    pub fn push<const TRACE: bool>(&mut self, eval: &mut Eval<'a, TRACE>, text: Resolved<'a>, at: Span) -> Run<()> {
        match text {
            Resolved::Known(it) => self.known.push_str(it),
            Resolved::Open(pieces) => {
                for piece in pieces {
                    if let Piece::Str(it) = piece {
                        self.known.push_str(it);
                        continue;
                    }
                    if !self.known.is_empty() {
                        self.pieces.push(Piece::Str(eval.keep(&self.known, at)?));
                        self.known.clear();
                    }
                    self.pieces.push(*piece);
                }
            }
        }
        Ok(())
    }

    pub fn finish<const TRACE: bool>(mut self, eval: &mut Eval<'a, TRACE>, at: Span) -> Run<Resolved<'a>> {
        if self.pieces.is_empty() {
            return Ok(Resolved::Known(eval.keep(&self.known, at)?));
        }
        if !self.known.is_empty() {
            self.pieces.push(Piece::Str(eval.keep(&self.known, at)?));
        }
        Ok(Resolved::Open(eval.arena.alloc_slice_copy(&self.pieces)))
    }
}

//! Fills holes: what one instance asks of another.
//!
//! Order: a name or namespace that asks nobody is known; one that asks others waits for them; a name that ends in a hash waits for all that the hashed
//! text asks. So names, namespaces, hosts and ports come first and hash names follow in the order of their references.
//! Invariant: no recursion (chains of references are as long as the user makes them); every circle is reported once.

use std::borrow::Cow;

use manifest::unit::{Attr, HandleSummary, Hole, Piece, Text};

use super::table::{UnitRef, filled};
use super::word_hash::WordMap;
use super::{Finding, LinkInput, diagnostics};

/// What is computed: an object, and which of its two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Node {
    unit: u32,
    object: u32,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part {
    Name,
    Namespace,
}

/// What is known of a hole's target.
enum Target<'a> {
    Handle(u32, &'a HandleSummary),
    /// The instance has errors of its own; nothing is said.
    Poisoned,
    NoInstance,
    NoHandle(u32),
}

/// Why a text is not ready.
enum Wait {
    For(Node),
}

struct Resolver<'a> {
    input: &'a LinkInput<'a>,
    units: &'a [UnitRef<'a>],
    instances: WordMap<(&'a str, &'a str), u32>,
    /// What had to be computed.
    done: WordMap<Node, String>,
}

/// The final text of every hole of the environment's units, in the caller's order.
pub(super) fn fill<'a>(input: &'a LinkInput<'a>, units: &'a [UnitRef<'a>], findings: &mut Vec<Finding>) -> Vec<Vec<String>> {
    let mut instances = WordMap::default();
    instances.reserve(units.len());
    for (at, unit) in units.iter().enumerate() {
        instances.entry((&*unit.summary.kind, &*unit.summary.name)).or_insert(at as u32);
    }
    let mut resolver = Resolver { input, units, instances, done: WordMap::default() };
    let mut fills = vec![Vec::new(); input.units.len()];
    for (at, unit) in units.iter().enumerate().take_while(|it| it.1.used.is_none()) {
        fills[unit.index] = (0..unit.summary.holes.len()).map(|hole| resolver.answer(at as u32, hole, findings)).collect();
    }
    fills
}

impl<'a> Resolver<'a> {
    /// The text of one hole; empty with a finding where there is none.
    fn answer(&mut self, unit: u32, hole: usize, findings: &mut Vec<Finding>) -> String {
        let question = &self.units[unit as usize].summary.holes[hole];
        let missing = |this: &Self, instance: Option<u32>| {
            let instance = instance.map(|it| this.units[it as usize].summary);
            let poisoned = this.input.poisoned.iter().copied();
            let known = this.units.iter().map(|it| (&*it.summary.kind, &*it.summary.name)).chain(poisoned);
            diagnostics::unknown_handle(this.input.env, &this.units[unit as usize], hole, question, instance, known)
        };
        match self.target(question) {
            Target::Poisoned => {}
            Target::NoInstance => findings.push(missing(self, None)),
            Target::NoHandle(instance) => findings.push(missing(self, Some(instance))),
            Target::Handle(instance, handle) => loop {
                match self.read(instance, handle, question.attr) {
                    Ok(Some(text)) => return text.into_owned(),
                    Ok(None) => {
                        findings.push(missing(self, Some(instance)));
                        break;
                    }
                    Err(Wait::For(node)) => self.compute(node, findings),
                }
            },
        }
        String::new()
    }

    fn target(&self, question: &Hole) -> Target<'a> {
        let Some(unit) = self.instances.get(&(&*question.kind, &*question.name)) else {
            let poisoned = self.input.poisoned.contains(&(&question.kind, &question.name));
            return if poisoned { Target::Poisoned } else { Target::NoInstance };
        };
        match self.units[*unit as usize].summary.handles.iter().find(|it| it.path == question.path) {
            Some(handle) => Target::Handle(*unit, handle),
            None => Target::NoHandle(*unit),
        }
    }

    /// What is asked of a handle, if that is ready; `Ok(None)` where the handle has no such thing.
    fn read(&self, unit: u32, handle: &HandleSummary, attr: Attr) -> Result<Option<Cow<'_, str>>, Wait> {
        let object = handle.object.filter(|it| (*it as usize) < self.units[unit as usize].summary.objects.len());
        let node = |part| object.map(|object| Node { unit, object, part });
        let namespaced = |object: u32| self.units[unit as usize].summary.objects[object as usize].namespace.is_some();
        Ok(match (attr, object) {
            (Attr::Number, _) => handle.number.map(|it| Cow::Owned(it.to_string())),
            (_, None) => None,
            (Attr::Name, Some(_)) => node(Part::Name).map(|it| self.value(it)).transpose()?,
            (Attr::Namespace | Attr::Host, Some(object)) if !namespaced(object) => None,
            (Attr::Namespace, Some(_)) => node(Part::Namespace).map(|it| self.value(it)).transpose()?,
            (Attr::Host, Some(object)) => {
                let name = self.value(Node { unit, object, part: Part::Name })?;
                let namespace = self.value(Node { unit, object, part: Part::Namespace })?;
                // Not `format!`: hosts are what holes ask most.
                Some(Cow::Owned([&*name, ".", &*namespace, ".svc"].concat()))
            }
        })
    }

    /// A name or namespace, if it is ready.
    fn value(&self, node: Node) -> Result<Cow<'_, str>, Wait> {
        let unit = &self.units[node.unit as usize];
        let object = &unit.summary.objects[node.object as usize];
        let text = match node.part {
            Part::Name => Some(&object.name),
            Part::Namespace => object.namespace.as_ref(),
        };
        let Some(text) = text else { return Ok(Cow::Borrowed("")) };
        if let Some(used) = unit.used {
            return Ok(filled(text, self.input.used[used].fills.get(unit.index).map_or(&[][..], Vec::as_slice)));
        }
        let hashed = node.part == Part::Name && object.hash_input.is_some();
        match text.as_known().filter(|_| !hashed) {
            Some(known) => Ok(Cow::Borrowed(known)),
            None => self.done.get(&node).map(|it| Cow::Borrowed(it.as_str())).ok_or(Wait::For(node)),
        }
    }

    /// Computes a node and all that it waits for.
    fn compute(&mut self, node: Node, findings: &mut Vec<Finding>) {
        let mut waiting = vec![node];
        while let Some(top) = waiting.last().copied() {
            match self.attempt(top) {
                Ok(text) => {
                    self.done.insert(top, text);
                    waiting.pop();
                }
                Err(Wait::For(next)) => match waiting.iter().position(|it| *it == next) {
                    None => waiting.push(next),
                    Some(start) => {
                        findings.push(self.circle(&waiting[start..]));
                        self.done.extend(waiting.drain(start..).map(|it| (it, String::new())));
                    }
                },
            }
        }
    }

    fn attempt(&self, node: Node) -> Result<String, Wait> {
        let object = &self.units[node.unit as usize].summary.objects[node.object as usize];
        let part = |text: &'a Text, escape| self.text(node.unit, text, escape);
        match (node.part, &object.hash_input) {
            (Part::Name, Some(hashed)) => {
                let base = part(object.base_name.as_ref().unwrap_or(&object.name), false)?;
                let json = part(hashed, true)?;
                Ok(format!("{base}-{}", (self.input.hash_suffix)(&json)))
            }
            (Part::Name, None) => part(&object.name, false),
            (Part::Namespace, _) => object.namespace.as_ref().map_or(Ok(String::new()), |it| part(it, false)),
        }
    }

    /// A text with its holes filled, once all that it asks is ready.
    fn text(&self, unit: u32, text: &'a Text, escape: bool) -> Result<String, Wait> {
        let mut out = String::new();
        for piece in &*text.0 {
            match piece {
                Piece::Str(text) => out.push_str(text),
                Piece::Hole(hole) => {
                    let Some(question) = self.units[unit as usize].summary.holes.get(*hole as usize) else { continue };
                    let Target::Handle(instance, handle) = self.target(question) else { continue };
                    let answer = self.read(instance, handle, question.attr)?.unwrap_or_default();
                    if escape { escape_json(&answer, &mut out) } else { out.push_str(&answer) }
                }
            }
        }
        Ok(out)
    }

    /// The finding for nodes of which each waits for the next and the last for the first.
    fn circle(&self, nodes: &[Node]) -> Finding {
        // Where the circle was entered depends on who asked first; it is told from its first object in canonical order.
        let first = (0..nodes.len()).min_by_key(|at| (nodes[*at].unit, nodes[*at].object, nodes[*at].part == Part::Namespace)).unwrap_or(0);
        let members = nodes[first..].iter().chain(&nodes[..first]).map(|it| {
            let unit = &self.units[it.unit as usize];
            (unit.summary, &unit.summary.objects[it.object as usize])
        });
        diagnostics::hash_cycle(&members.collect::<Vec<_>>())
    }
}

/// Text inside a JSON string as Go's `encoding/json` writes it (`encodeState.string` with `escapeHTML`), which kustomize hashes.
fn escape_json(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{0}'..='\u{1f}' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
}

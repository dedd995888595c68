//! Writes units as bytes; `decode` reads them back.
//!
//! ```text
//! version | strings: count, lengths, bytes | texts: count, each its pieces | target lists | body, naming the three tables by index
//! ```
//! All numbers are LEB128. Every string, text and target list stands once, so that reading allocates once for each.
//! Invariant: equal units have equal bytes: tables are in order of first use, nothing depends on a hash map's order.

use std::collections::HashMap;

use super::{Anchor, Attr, Chunk, Claim, Edge, HandleSummary, Hole, ObjectSummary, Piece, Str, Summary, Template, Text, Unit, Warning};

/// First byte of a summary.
pub(super) const SUMMARY: u8 = 0x51;
/// First byte of a template.
pub(super) const TEMPLATE: u8 = 0x52;
/// First byte of a unit.
pub(super) const UNIT: u8 = 0x53;

/// The bytes are no unit of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not the bytes of a unit")
    }
}

impl std::error::Error for Malformed {}

type Targets = [(Str, Str)];

/// The tables under construction, and the body that names them.
#[derive(Default)]
struct Encoder<'u> {
    strings: Vec<&'u str>,
    string_ids: HashMap<&'u str, u64>,
    texts: Vec<u8>,
    text_ids: HashMap<&'u [Piece], u64>,
    lists: Vec<u8>,
    list_ids: HashMap<&'u Targets, u64>,
    body: Vec<u8>,
}

impl Summary {
    /// Its byte form.
    pub fn encode(&self) -> Vec<u8> {
        let mut encoder = Encoder::default();
        encoder.summary(self);
        encoder.finish(SUMMARY)
    }
}

impl Template {
    /// Its byte form.
    pub fn encode(&self) -> Vec<u8> {
        let mut encoder = Encoder::default();
        encoder.template(self);
        encoder.finish(TEMPLATE)
    }
}

impl Unit {
    /// Its byte form.
    pub fn encode(&self) -> Vec<u8> {
        let mut encoder = Encoder::default();
        encoder.summary(&self.summary);
        encoder.template(&self.text);
        encoder.finish(UNIT)
    }
}

impl<'u> Encoder<'u> {
    fn finish(self, first: u8) -> Vec<u8> {
        let size: usize = self.strings.iter().map(|it| it.len() + 1).sum();
        let mut out = Vec::with_capacity(size + self.texts.len() + self.lists.len() + self.body.len() + 32);
        out.push(first);
        number(&mut out, self.strings.len() as u64);
        for string in &self.strings {
            number(&mut out, string.len() as u64);
        }
        for string in &self.strings {
            out.extend_from_slice(string.as_bytes());
        }
        number(&mut out, self.text_ids.len() as u64);
        out.extend_from_slice(&self.texts);
        number(&mut out, self.list_ids.len() as u64);
        out.extend_from_slice(&self.lists);
        out.extend_from_slice(&self.body);
        out
    }

    fn string_id(&mut self, string: &'u str) -> u64 {
        let next = self.strings.len() as u64;
        let id = *self.string_ids.entry(string).or_insert(next);
        if id == next {
            self.strings.push(string);
        }
        id
    }

    fn string(&mut self, string: &'u str) {
        let id = self.string_id(string);
        number(&mut self.body, id);
    }

    fn text_id(&mut self, text: &'u Text) -> u64 {
        if let Some(id) = self.text_ids.get(&*text.0) {
            return *id;
        }
        let id = self.text_ids.len() as u64;
        self.text_ids.insert(&text.0, id);
        number(&mut self.texts, text.0.len() as u64);
        for piece in &*text.0 {
            let code = match piece {
                Piece::Str(string) => self.string_id(string) << 1,
                Piece::Hole(hole) => u64::from(*hole) << 1 | 1,
            };
            number(&mut self.texts, code);
        }
        id
    }

    fn text(&mut self, text: &'u Text) {
        let id = self.text_id(text);
        number(&mut self.body, id);
    }

    fn opt_text(&mut self, text: Option<&'u Text>) {
        let id = text.map_or(0, |it| self.text_id(it) + 1);
        number(&mut self.body, id);
    }

    fn targets(&mut self, targets: &'u Targets) {
        let id = match self.list_ids.get(targets) {
            Some(id) => *id,
            None => {
                let id = self.list_ids.len() as u64;
                self.list_ids.insert(targets, id);
                number(&mut self.lists, targets.len() as u64);
                for (group, kind) in targets {
                    for string in [group, kind] {
                        let string = self.string_id(string);
                        number(&mut self.lists, string);
                    }
                }
                id
            }
        };
        number(&mut self.body, id);
    }

    fn count(&mut self, count: usize) {
        number(&mut self.body, count as u64);
    }

    fn summary(&mut self, summary: &'u Summary) {
        let Summary { kind, name, objects, holes, handles, warnings, steps } = summary;
        self.string(kind);
        self.string(name);
        number(&mut self.body, *steps);
        self.count(objects.len());
        objects.iter().for_each(|it| self.object(it));
        self.count(holes.len());
        holes.iter().for_each(|it| self.hole(it));
        self.count(handles.len());
        handles.iter().for_each(|it| self.handle(it));
        self.count(warnings.len());
        for Warning { code, message, anchor } in warnings {
            self.string(code);
            self.string(message);
            self.anchor(anchor);
        }
    }

    fn object(&mut self, object: &'u ObjectSummary) {
        let ObjectSummary { group, version, kind, namespaced, namespace, name, base_name, hash_input, labels, edges, provides, claims, chunks, anchor } =
            object;
        self.string(group);
        self.string(version);
        self.string(kind);
        self.body.push(u8::from(*namespaced));
        self.opt_text(namespace.as_ref());
        self.text(name);
        self.opt_text(base_name.as_ref());
        self.opt_text(hash_input.as_ref());
        self.count(labels.len());
        for (key, value) in labels {
            self.string(key);
            self.text(value);
        }
        self.count(edges.len());
        edges.iter().for_each(|it| self.edge(it));
        self.count(provides.len());
        for (group, kind, namespace, name) in provides {
            self.string(group);
            self.string(kind);
            self.opt_text(namespace.as_ref());
            self.text(name);
        }
        self.count(claims.len());
        claims.iter().for_each(|it| self.claim(it));
        number(&mut self.body, u64::from(chunks.0));
        number(&mut self.body, u64::from(chunks.1));
        self.anchor(anchor);
    }

    fn edge(&mut self, edge: &'u Edge) {
        let Edge { path, targets, namespace, name, optional } = edge;
        self.string(path);
        self.targets(targets);
        self.opt_text(namespace.as_ref());
        self.text(name);
        self.body.push(u8::from(*optional));
    }

    fn claim(&mut self, claim: &'u Claim) {
        let Claim { address, path } = claim;
        match address {
            std::net::IpAddr::V4(it) => {
                self.body.push(4);
                self.body.extend_from_slice(&it.octets());
            }
            std::net::IpAddr::V6(it) => {
                self.body.push(6);
                self.body.extend_from_slice(&it.octets());
            }
        }
        self.string(path);
    }

    fn hole(&mut self, hole: &'u Hole) {
        let Hole { kind, name, path, attr } = hole;
        self.string(kind);
        self.string(name);
        self.string(path);
        self.body.push(match attr {
            Attr::Name => 0,
            Attr::Namespace => 1,
            Attr::Host => 2,
            Attr::Number => 3,
        });
    }

    fn handle(&mut self, handle: &'u HandleSummary) {
        let HandleSummary { path, object, number: port } = handle;
        self.string(path);
        number(&mut self.body, object.map_or(0, |it| u64::from(it) + 1));
        match port {
            None => self.body.push(0),
            Some(it) => {
                self.body.push(1);
                // Zigzag, so that a negative number is short too.
                number(&mut self.body, (*it << 1 ^ *it >> 63).cast_unsigned());
            }
        }
    }

    fn anchor(&mut self, anchor: &'u Anchor) {
        let Anchor { file, declaration, start, end } = anchor;
        self.string(file);
        self.string(declaration);
        number(&mut self.body, u64::from(*start));
        number(&mut self.body, u64::from(*end));
    }

    fn template(&mut self, template: &'u Template) {
        let Template { bytes, chunks } = template;
        self.count(bytes.len());
        self.body.extend_from_slice(bytes);
        self.count(chunks.len());
        for chunk in chunks {
            match chunk {
                Chunk::Bytes { start, end } => {
                    self.body.push(0);
                    number(&mut self.body, u64::from(*start));
                    number(&mut self.body, u64::from(*end));
                }
                Chunk::Scalar { text, indent } => {
                    self.body.push(1);
                    self.text(text);
                    number(&mut self.body, u64::from(*indent));
                }
            }
        }
    }
}

/// LEB128.
fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
#[path = "codec_test.rs"]
mod tests;

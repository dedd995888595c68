//! Writes units as bytes; `decode` reads them back.
//!
//! ```text
//! version | strings: count, lengths, bytes | texts: count, each its pieces | target lists | body, naming the three tables by index
//! ```
//! All numbers are LEB128. Every string, text and target list stands once, so that reading allocates once for each.
//! Invariant: equal units have equal bytes: tables are in order of first use, nothing depends on a hash map's order.

use rustc_hash::{FxBuildHasher, FxHashMap as HashMap};

use super::{
    Anchor, Attr, Chunk, Claim, Edge, Extern, HandleSummary, Hole, LabelOperator, Namespaces, ObjectSummary, Piece, PortRef, Route, Selector, ServicePort,
    Shape, Str, Summary, Template, Text, Unit, Warning,
};

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
        let mut encoder = Encoder::with_room(self.objects.len());
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
    /// With room for what that many objects usually say.
    fn with_room(objects: usize) -> Self {
        Self {
            strings: Vec::with_capacity(objects * 12),
            string_ids: HashMap::with_capacity_and_hasher(objects * 12, FxBuildHasher),
            texts: Vec::with_capacity(objects * 16),
            text_ids: HashMap::with_capacity_and_hasher(objects * 6, FxBuildHasher),
            lists: Vec::with_capacity(objects * 4),
            list_ids: HashMap::default(),
            body: Vec::with_capacity(objects * 96),
        }
    }

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
        let Summary { kind, name, objects, holes, handles, externs, warnings, hits, steps } = summary;
        self.string(kind);
        self.string(name);
        number(&mut self.body, *steps);
        self.count(objects.len());
        objects.iter().for_each(|it| self.object(it));
        self.count(holes.len());
        holes.iter().for_each(|it| self.hole(it));
        self.count(handles.len());
        handles.iter().for_each(|it| self.handle(it));
        self.count(externs.len());
        externs.iter().for_each(|it| self.external(it));
        self.count(warnings.len());
        for Warning { code, message, anchor } in warnings {
            self.string(code);
            self.string(message);
            self.anchor(anchor);
        }
        self.count(hits.len());
        hits.iter().for_each(|it| number(&mut self.body, u64::from(*it)));
    }

    fn object(&mut self, object: &'u ObjectSummary) {
        let ObjectSummary { group, version, kind, namespaced, namespace, name, base_name, hash_input, labels, edges, provides, claims, shape, chunks, anchor } =
            object;
        self.string(group);
        self.string(version);
        self.string(kind);
        self.body.push(u8::from(*namespaced));
        self.opt_text(namespace.as_ref());
        self.text(name);
        self.opt_text(base_name.as_ref());
        self.opt_text(hash_input.as_ref());
        self.labels(labels);
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
        self.shape(shape);
        number(&mut self.body, u64::from(chunks.0));
        number(&mut self.body, u64::from(chunks.1));
        self.anchor(anchor);
    }

    fn edge(&mut self, edge: &'u Edge) {
        let Edge { path, targets, namespace, name, optional, port, key } = edge;
        self.string(path);
        self.targets(targets);
        self.opt_text(namespace.as_ref());
        self.text(name);
        self.body.push(u8::from(*optional));
        match port {
            None => self.body.push(0),
            Some(port) => self.port(port),
        }
        self.opt_text(key.as_ref());
    }

    /// Its first byte is never 0.
    fn port(&mut self, port: &'u PortRef) {
        match port {
            PortRef::Name(name) => {
                self.body.push(1);
                self.text(name);
            }
            PortRef::Number(port) => {
                self.body.push(2);
                self.signed(*port);
            }
        }
    }

    fn shape(&mut self, shape: &'u Shape) {
        let Shape { keys, pods, selectors, ports, routes } = shape;
        self.opt_strings(keys.as_deref());
        match pods {
            None => self.body.push(0),
            Some(pods) => {
                self.body.push(1);
                self.labels(&pods.labels);
                self.count(pods.ports.len());
                for port in &pods.ports {
                    self.opt_text(port.name.as_ref());
                    self.signed(port.number);
                    self.string(&port.protocol);
                }
            }
        }
        self.count(selectors.len());
        selectors.iter().for_each(|it| self.selector(it));
        self.count(ports.len());
        for ServicePort { path, name, number, protocol, target } in ports {
            self.string(path);
            self.opt_text(name.as_ref());
            self.signed(*number);
            self.string(protocol);
            self.port(target);
        }
        self.count(routes.len());
        for Route { path, host, url, path_type, apart } in routes {
            self.string(path);
            self.text(host);
            self.text(url);
            self.string(path_type);
            self.text(apart);
        }
    }

    fn selector(&mut self, selector: &'u Selector) {
        let Selector { path, target, namespaces, labels, expressions } = selector;
        self.string(path);
        self.string(&target.0);
        self.string(&target.1);
        match namespaces {
            Namespaces::Own => self.body.push(0),
            Namespaces::All => self.body.push(1),
            Namespaces::Named(names) => {
                self.body.push(2);
                self.count(names.len());
                names.iter().for_each(|it| self.text(it));
            }
        }
        self.labels(labels);
        self.count(expressions.len());
        for it in expressions {
            self.string(&it.key);
            self.body.push(match it.operator {
                LabelOperator::In => 0,
                LabelOperator::NotIn => 1,
                LabelOperator::Exists => 2,
                LabelOperator::DoesNotExist => 3,
            });
            self.count(it.values.len());
            it.values.iter().for_each(|it| self.text(it));
        }
    }

    fn labels(&mut self, labels: &'u [(Str, Text)]) {
        self.count(labels.len());
        for (key, value) in labels {
            self.string(key);
            self.text(value);
        }
    }

    fn opt_strings(&mut self, strings: Option<&'u [Str]>) {
        match strings {
            None => self.body.push(0),
            Some(strings) => {
                self.body.push(1);
                self.count(strings.len());
                strings.iter().for_each(|it| self.string(it));
            }
        }
    }

    fn external(&mut self, external: &'u Extern) {
        let Extern { group, kind, namespace, name, keys, anchor } = external;
        self.string(group);
        self.string(kind);
        self.opt_text(namespace.as_ref());
        self.text(name);
        self.opt_strings(keys.as_deref());
        self.anchor(anchor);
    }

    /// Zigzag, so that a negative number is short too.
    fn signed(&mut self, value: i64) {
        number(&mut self.body, (value << 1 ^ value >> 63).cast_unsigned());
    }

    fn claim(&mut self, claim: &'u Claim) {
        let Claim { address, path, sharing } = claim;
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
        self.opt_text(sharing.as_ref());
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
                self.signed(*it);
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

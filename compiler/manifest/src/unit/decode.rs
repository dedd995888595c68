//! Reads units from bytes. The form is described in `codec`.
//!
//! Invariant: any bytes give a unit or `Malformed`: every index is checked, no count is believed before there are bytes enough for it, and
//! nothing may be left over.

use std::net::IpAddr;
use std::sync::Arc;

use super::codec::{self, Malformed};
use super::{
    Anchor, Attr, Chunk, Claim, ContainerPort, Edge, Extern, HandleSummary, Hole, LabelExpression, LabelOperator, Namespaces, ObjectSummary, Piece, Pieces,
    Pods, PortRef, Route, Selector, ServicePort, Shape, Str, Summary, Template, Text, Unit, Warning,
};

type Read<T> = Result<T, Malformed>;

impl Summary {
    /// Reads the byte form.
    ///
    /// # Errors
    /// If the bytes are not exactly those of a summary.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        Decoder::whole(bytes, codec::SUMMARY, Decoder::summary)
    }
}

impl Template {
    /// Reads the byte form.
    ///
    /// # Errors
    /// If the bytes are not exactly those of a template.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        Decoder::whole(bytes, codec::TEMPLATE, Decoder::template)
    }
}

impl Unit {
    /// Reads the byte form.
    ///
    /// # Errors
    /// If the bytes are not exactly those of a unit.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        Decoder::whole(bytes, codec::UNIT, |it| Ok(Self { summary: it.summary()?, text: it.template()? }))
    }
}

struct Decoder<'b> {
    rest: &'b [u8],
    strings: Vec<Str>,
    texts: Vec<Text>,
    lists: Vec<Arc<[(Str, Str)]>>,
}

impl<'b> Decoder<'b> {
    fn whole<T>(bytes: &'b [u8], first: u8, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        let mut decoder = Self { rest: bytes, strings: Vec::new(), texts: Vec::new(), lists: Vec::new() };
        if decoder.byte()? != first {
            return Err(Malformed);
        }
        decoder.tables()?;
        let value = read(&mut decoder)?;
        if decoder.rest.is_empty() { Ok(value) } else { Err(Malformed) }
    }

    fn tables(&mut self) -> Read<()> {
        let count = self.count()?;
        let mut lengths = Vec::with_capacity(count);
        for _ in 0..count {
            lengths.push(self.number_as::<usize>()?);
        }
        let size = lengths.iter().try_fold(0usize, |sum, it| sum.checked_add(*it)).ok_or(Malformed)?;
        let mut blob = std::str::from_utf8(self.take(size)?).map_err(|_| Malformed)?;
        self.strings.reserve_exact(count);
        for length in lengths {
            let (string, rest) = blob.split_at_checked(length).ok_or(Malformed)?;
            self.strings.push(string.into());
            blob = rest;
        }
        self.texts()?;
        for _ in 0..self.count()? {
            let targets = self.list(|it| Ok((it.string()?, it.string()?)))?;
            self.lists.push(targets.into());
        }
        Ok(())
    }

    /// All texts, whose pieces stand in one buffer.
    fn texts(&mut self) -> Read<()> {
        let count = self.count()?;
        let mut pieces = Vec::with_capacity(count.min(1024) * 2);
        let mut ends = Vec::with_capacity(count.min(1024));
        for _ in 0..count {
            for _ in 0..self.count()? {
                let code = self.number()?;
                let hole = || u32::try_from(code >> 1).map_err(|_| Malformed);
                pieces.push(if code & 1 == 0 { Piece::Str(self.string_at(code >> 1)?) } else { Piece::Hole(hole()?) });
            }
            ends.push(pieces.len());
        }
        let buffer: Arc<[Piece]> = pieces.into();
        self.texts.reserve_exact(count);
        let mut start = 0;
        for end in ends {
            self.texts.push(Text(Pieces::part(&buffer, start, end).ok_or(Malformed)?));
            start = end;
        }
        Ok(())
    }

    fn byte(&mut self) -> Read<u8> {
        let (first, rest) = self.rest.split_first().ok_or(Malformed)?;
        self.rest = rest;
        Ok(*first)
    }

    fn flag(&mut self) -> Read<bool> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed),
        }
    }

    fn take(&mut self, size: usize) -> Read<&'b [u8]> {
        let (taken, rest) = self.rest.split_at_checked(size).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Read<u64> {
        let mut value = 0u64;
        for shift in (0..).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift > 63 || part << shift >> shift != part {
                return Err(Malformed);
            }
            value |= part << shift;
            if byte < 0x80 {
                // One spelling a number, so that equal bytes and equal units are the same thing.
                return if byte == 0 && shift > 0 { Err(Malformed) } else { Ok(value) };
            }
        }
        Err(Malformed)
    }

    fn number_as<T: TryFrom<u64>>(&mut self) -> Read<T> {
        T::try_from(self.number()?).map_err(|_| Malformed)
    }

    /// A number of things of which each takes at least one byte.
    fn count(&mut self) -> Read<usize> {
        let count = self.number_as()?;
        if count <= self.rest.len() { Ok(count) } else { Err(Malformed) }
    }

    fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let count = self.count()?;
        // A thing in memory is larger than its bytes: room is made for what the bytes can hold, a thousand at first.
        let mut list = Vec::with_capacity(count.min(1024));
        for _ in 0..count {
            list.push(read(self)?);
        }
        Ok(list)
    }

    fn string_at(&self, id: u64) -> Read<Str> {
        usize::try_from(id).ok().and_then(|it| self.strings.get(it)).cloned().ok_or(Malformed)
    }

    fn string(&mut self) -> Read<Str> {
        let id = self.number()?;
        self.string_at(id)
    }

    fn text(&mut self) -> Read<Text> {
        let id: usize = self.number_as()?;
        self.texts.get(id).cloned().ok_or(Malformed)
    }

    fn opt_text(&mut self) -> Read<Option<Text>> {
        let id: usize = self.number_as()?;
        match id.checked_sub(1) {
            None => Ok(None),
            Some(id) => self.texts.get(id).cloned().map(Some).ok_or(Malformed),
        }
    }

    fn targets(&mut self) -> Read<Arc<[(Str, Str)]>> {
        let id: usize = self.number_as()?;
        self.lists.get(id).cloned().ok_or(Malformed)
    }

    fn summary(&mut self) -> Read<Summary> {
        Ok(Summary {
            kind: self.string()?,
            name: self.string()?,
            steps: self.number()?,
            objects: self.list(Self::object)?,
            holes: self.list(Self::hole)?,
            handles: self.list(Self::handle)?,
            externs: self.list(Self::external)?,
            warnings: self.list(|it| Ok(Warning { code: it.string()?, message: it.string()?, anchor: it.anchor()? }))?,
            hits: self.list(Self::number_as)?,
        })
    }

    fn object(&mut self) -> Read<ObjectSummary> {
        Ok(ObjectSummary {
            group: self.string()?,
            version: self.string()?,
            kind: self.string()?,
            namespaced: self.flag()?,
            namespace: self.opt_text()?,
            name: self.text()?,
            base_name: self.opt_text()?,
            hash_input: self.opt_text()?,
            labels: self.labels()?,
            edges: self.list(Self::edge)?,
            provides: self.list(|it| Ok((it.string()?, it.string()?, it.opt_text()?, it.text()?)))?,
            claims: self.list(Self::claim)?,
            shape: self.shape()?,
            chunks: (self.number_as()?, self.number_as()?),
            anchor: self.anchor()?,
        })
    }

    fn edge(&mut self) -> Read<Edge> {
        Ok(Edge {
            path: self.string()?,
            targets: self.targets()?,
            namespace: self.opt_text()?,
            name: self.text()?,
            optional: self.flag()?,
            port: match self.byte()? {
                0 => None,
                form => Some(self.port(form)?),
            },
            key: self.opt_text()?,
        })
    }

    fn port(&mut self, form: u8) -> Read<PortRef> {
        match form {
            1 => Ok(PortRef::Name(self.text()?)),
            2 => Ok(PortRef::Number(self.signed()?)),
            _ => Err(Malformed),
        }
    }

    fn shape(&mut self) -> Read<Shape> {
        Ok(Shape {
            keys: self.opt_strings()?,
            pods: if self.flag()? { Some(self.pods()?) } else { None },
            selectors: self.list(Self::selector)?,
            ports: self.list(|it| {
                let (path, name, number, protocol) = (it.string()?, it.opt_text()?, it.signed()?, it.string()?);
                let form = it.byte()?;
                Ok(ServicePort { path, name, number, protocol, target: it.port(form)? })
            })?,
            routes: self.list(|it| Ok(Route { path: it.string()?, host: it.text()?, url: it.text()?, path_type: it.string()?, apart: it.text()? }))?,
        })
    }

    fn pods(&mut self) -> Read<Pods> {
        Ok(Pods { labels: self.labels()?, ports: self.list(|it| Ok(ContainerPort { name: it.opt_text()?, number: it.signed()?, protocol: it.string()? }))? })
    }

    fn selector(&mut self) -> Read<Selector> {
        Ok(Selector {
            path: self.string()?,
            target: (self.string()?, self.string()?),
            namespaces: match self.byte()? {
                0 => Namespaces::Own,
                1 => Namespaces::All,
                2 => Namespaces::Named(self.list(Self::text)?),
                _ => return Err(Malformed),
            },
            labels: self.labels()?,
            expressions: self.list(|it| {
                let key = it.string()?;
                let operator = match it.byte()? {
                    0 => LabelOperator::In,
                    1 => LabelOperator::NotIn,
                    2 => LabelOperator::Exists,
                    3 => LabelOperator::DoesNotExist,
                    _ => return Err(Malformed),
                };
                Ok(LabelExpression { key, operator, values: it.list(Self::text)? })
            })?,
        })
    }

    fn labels(&mut self) -> Read<Vec<(Str, Text)>> {
        self.list(|it| Ok((it.string()?, it.text()?)))
    }

    fn opt_strings(&mut self) -> Read<Option<Vec<Str>>> {
        Ok(if self.flag()? { Some(self.list(Self::string)?) } else { None })
    }

    fn external(&mut self) -> Read<Extern> {
        Ok(Extern {
            group: self.string()?,
            kind: self.string()?,
            namespace: self.opt_text()?,
            name: self.text()?,
            keys: self.opt_strings()?,
            anchor: self.anchor()?,
        })
    }

    fn signed(&mut self) -> Read<i64> {
        let zigzag = self.number()?;
        Ok((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed())
    }

    fn claim(&mut self) -> Read<Claim> {
        let address = match self.byte()? {
            4 => IpAddr::from(<[u8; 4]>::try_from(self.take(4)?).map_err(|_| Malformed)?),
            6 => IpAddr::from(<[u8; 16]>::try_from(self.take(16)?).map_err(|_| Malformed)?),
            _ => return Err(Malformed),
        };
        Ok(Claim { address, path: self.string()?, sharing: self.opt_text()? })
    }

    fn hole(&mut self) -> Read<Hole> {
        let (kind, name, path) = (self.string()?, self.string()?, self.string()?);
        let attr = match self.byte()? {
            0 => Attr::Name,
            1 => Attr::Namespace,
            2 => Attr::Host,
            3 => Attr::Number,
            _ => return Err(Malformed),
        };
        Ok(Hole { kind, name, path, attr })
    }

    fn handle(&mut self) -> Read<HandleSummary> {
        let path = self.string()?;
        let object: u64 = self.number()?;
        let object = object.checked_sub(1).map(u32::try_from).transpose().map_err(|_| Malformed)?;
        let number = if self.flag()? { Some(self.signed()?) } else { None };
        Ok(HandleSummary { path, object, number })
    }

    fn anchor(&mut self) -> Read<Anchor> {
        Ok(Anchor { file: self.string()?, declaration: self.string()?, start: self.number_as()?, end: self.number_as()? })
    }

    fn template(&mut self) -> Read<Template> {
        let size = self.number_as()?;
        let bytes = self.take(size)?.to_vec();
        let chunks = self.list(|it| {
            Ok(if it.flag()? {
                Chunk::Scalar { text: it.text()?, indent: it.number_as()? }
            } else {
                let (start, end) = (it.number_as()?, it.number_as()?);
                if start > end || end as usize > size {
                    return Err(Malformed);
                }
                Chunk::Bytes { start, end }
            })
        })?;
        Ok(Template { bytes, chunks })
    }
}

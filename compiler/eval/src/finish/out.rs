//! The text of objects, as YAML laid out like kubectl's, or as JSON; scalars with holes of other instances stay open.

use manifest::unit::{Chunk, Template, Text};
use manifest::yaml::write;

use super::shape::FieldForm;
use crate::context::Format;

/// Where a value stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// The whole document.
    Document,
    /// Behind a key in that column.
    Key(u32),
    /// Behind a dash in that column.
    Item(u32),
}

/// The text so far.
#[derive(Debug)]
pub(crate) struct Out {
    format: Format,
    bytes: Vec<u8>,
    chunks: Vec<Chunk>,
    /// First byte that is in no chunk yet.
    start: usize,
}

impl Out {
    pub fn new(format: Format) -> Self {
        Self { format, bytes: Vec::with_capacity(8192), chunks: Vec::new(), start: 0 }
    }

    /// Ends a chunk; the number of chunks so far.
    pub fn cut(&mut self) -> u32 {
        if self.start < self.bytes.len() {
            self.chunks.push(Chunk::Bytes { start: self.start as u32, end: self.bytes.len() as u32 });
            self.start = self.bytes.len();
        }
        self.chunks.len() as u32
    }

    /// What stands between two objects.
    pub fn separate(&mut self) {
        self.bytes.extend_from_slice(if self.is_json() { b",\n" } else { b"---\n" });
    }

    pub fn finish(mut self) -> Template {
        self.cut();
        // Thousands of these live until all units are linked.
        self.bytes.shrink_to_fit();
        Template { bytes: self.bytes, chunks: self.chunks }
    }

    fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Begins a map or list that is not empty; gives the column of its keys or dashes, and whether the first one stands on the same line.
    pub fn open(&mut self, place: Place, list: bool) -> (u32, bool) {
        if self.is_json() {
            self.bytes.push(if list { b'[' } else { b'{' });
            return (0, true);
        }
        match place {
            Place::Document => (0, true),
            Place::Key(column) => {
                self.bytes.push(b'\n');
                (if list { column } else { column + 2 }, false)
            }
            Place::Item(column) => (column + 2, true),
        }
    }

    /// Ends it.
    pub fn close(&mut self, place: Place, list: bool) {
        if self.is_json() {
            self.bytes.push(if list { b']' } else { b'}' });
            self.end_document(place);
        }
    }

    /// The key of a field that the schema knows; its value follows.
    pub fn field(&mut self, field: &FieldForm, column: u32, nth: usize, same_line: bool) {
        if self.is_json() {
            return self.key(&field.name, column, nth, same_line);
        }
        if nth > 0 || !same_line {
            write::blanks(&mut self.bytes, column as usize);
        }
        self.bytes.extend_from_slice(&field.yaml);
    }

    /// A key; its value follows.
    pub fn key(&mut self, key: &str, column: u32, nth: usize, same_line: bool) {
        if self.is_json() {
            if nth > 0 {
                self.bytes.push(b',');
            }
            write_json(&mut self.bytes, key);
            self.bytes.push(b':');
            return;
        }
        if nth > 0 || !same_line {
            write::blanks(&mut self.bytes, column as usize);
        }
        write::key(&mut self.bytes, key);
    }

    /// A dash; its value follows.
    pub fn item(&mut self, column: u32, nth: usize, same_line: bool) {
        if self.is_json() {
            if nth > 0 {
                self.bytes.push(b',');
            }
            return;
        }
        if nth > 0 || !same_line {
            write::blanks(&mut self.bytes, column as usize);
        }
        self.bytes.extend_from_slice(b"- ");
    }

    fn before(&mut self, place: Place) -> usize {
        match place {
            Place::Key(column) => {
                if !self.is_json() {
                    self.bytes.push(b' ');
                }
                column as usize
            }
            Place::Item(column) => column as usize,
            Place::Document => 0,
        }
    }

    fn after(&mut self, place: Place) {
        if self.is_json() { self.end_document(place) } else { self.bytes.push(b'\n') }
    }

    fn end_document(&mut self, place: Place) {
        if let Place::Document = place {
            self.bytes.push(b'\n');
        }
    }

    pub fn str(&mut self, text: &str, place: Place) {
        let indent = self.before(place);
        if self.is_json() {
            write_json(&mut self.bytes, text);
        } else {
            write::scalar_str(&mut self.bytes, text, indent);
        }
        self.after(place);
    }

    /// A text with holes of other instances.
    pub fn open_text(&mut self, text: Text, place: Place) {
        let indent = self.before(place) as u32;
        self.cut();
        self.chunks.push(Chunk::Scalar { text, indent });
        self.after(place);
    }

    pub fn int(&mut self, number: i64, place: Place) {
        self.before(place);
        write::int(&mut self.bytes, number);
        self.after(place);
    }

    pub fn bool(&mut self, value: bool, place: Place) {
        self.before(place);
        write::boolean(&mut self.bytes, value);
        self.after(place);
    }

    /// A number as written.
    pub fn number(&mut self, text: &str, place: Place) {
        self.before(place);
        self.bytes.extend(text.bytes().filter(|it| *it != b'_'));
        self.after(place);
    }

    /// `{}` or `[]`.
    pub fn empty(&mut self, list: bool, place: Place) {
        self.before(place);
        self.bytes.extend_from_slice(if list { b"[]" } else { b"{}" });
        self.after(place);
    }
}

/// A JSON string.
fn write_json(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut copied = 0;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let short: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..0x20 | 0x7f => b"",
            _ => continue,
        };
        out.extend_from_slice(&bytes[copied..at]);
        copied = at + 1;
        if short.is_empty() {
            out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
        } else {
            out.extend_from_slice(short);
        }
    }
    out.extend_from_slice(&bytes[copied..]);
    out.push(b'"');
}

//! `vix.lock`: what a project agreed to take from outside, by digest. JSON with a `version`; what this build does not know in it stays.
//!
//! Invariant: a lock that a newer vix wrote is neither read nor written.

use build::{SchemaFile, Sources, World};
use diag::{FileId, Sink, Span};
use serde_json::{Map, Value};
use store::Digest;

use crate::diagnostics;
use crate::failure::Failure;
use crate::project::Project;

/// Beside the project file.
pub const LOCK_FILE: &str = "vix.lock";
/// The newest form of the file that this build reads, and the one it writes.
const VERSION: u64 = 1;
/// Largest lock, bytes.
const SIZE_MAX: u64 = 4 << 20;
/// What stands before a digest, so that another function can be told apart some day.
const BLAKE3: &str = "blake3:";

/// What a lock says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    document: Map<String, Value>,
}

impl Lock {
    /// Reads the lock of a project; one that is not there is empty. Findings go to `sink`, the text to `sources`.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn load(files: &dyn World, sources: &mut Sources, sink: &mut Sink) -> Result<Self, Failure> {
        if files.stat(LOCK_FILE).is_err_and(|it| it.kind == build::FaultKind::Missing) {
            return Ok(Self::default());
        }
        let bytes = files.read(LOCK_FILE, SIZE_MAX).map_err(|fault| Failure::Source(format!("cannot read {LOCK_FILE}: {}", fault.reason)))?;
        let text = String::from_utf8(bytes).map_err(|_| Failure::Source(format!("cannot read {LOCK_FILE}: it is not UTF-8")))?;
        let file = sources.add(LOCK_FILE, text.as_str().into());
        Ok(Self::parse(&text, file, sink))
    }

    /// Understands the text of a lock.
    pub fn parse(text: &str, file: FileId, sink: &mut Sink) -> Self {
        let document = match serde_json::from_str(text) {
            Ok(Value::Object(document)) => document,
            Ok(_) => {
                sink.push(diagnostics::broken_lock(Span::new(file, 0, 0), "it is no JSON object"));
                return Self::default();
            }
            Err(error) => {
                let at = offset(text, error.line(), error.column());
                sink.push(diagnostics::broken_lock(Span::new(file, at, at), &error.to_string()));
                return Self::default();
            }
        };
        match document.get("version").and_then(Value::as_u64) {
            Some(version) if version <= VERSION => return Self { document },
            Some(version) => sink.push(diagnostics::newer_lock(Span::new(file, 0, 0), version, VERSION)),
            None => sink.push(diagnostics::broken_lock(Span::new(file, 0, 0), "it has no `version`")),
        }
        Self::default()
    }

    /// The digest that was agreed to for a file of definitions.
    pub fn schema(&self, path: &str) -> Option<Digest> {
        self.document.get("schemas")?.get(path)?.as_str()?.strip_prefix(BLAKE3)?.parse().ok()
    }

    /// Agrees to these files of definitions, and to no others.
    pub fn set_schemas(&mut self, files: &[SchemaFile]) {
        let entries = files.iter().map(|it| (it.path.to_string(), Value::String(format!("{BLAKE3}{}", it.digest))));
        self.document.insert("version".to_owned(), VERSION.into());
        self.document.insert("schemas".to_owned(), Value::Object(entries.collect()));
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.document).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// The files of definitions that a project takes its types from; one without a digest is told.
pub fn schemas(project: &Project, lock: &Lock, sink: &mut Sink) -> Vec<SchemaFile> {
    let mut files = Vec::with_capacity(project.schemas.len());
    for (path, span) in &project.schemas {
        match lock.schema(path) {
            Some(digest) => files.push(SchemaFile { path: path.as_str().into(), digest }),
            None => sink.push(diagnostics::schema_not_locked(*span, path)),
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    files
}

/// The offset of a line and column as `serde_json` counts them: from one, in bytes.
fn offset(text: &str, line: usize, column: usize) -> u32 {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column.saturating_sub(1)).min(text.len()) as u32
}

#[cfg(test)]
mod tests {
    use build::SchemaFile;
    use diag::{FileId, Sink};
    use store::Digest;

    use super::Lock;

    #[test]
    fn what_others_wrote_stays() {
        let mut sink = Sink::new();
        let mut lock = Lock::parse("{ \"version\": 1, \"libraries\": { \"a\": 1 } }", FileId(0), &mut sink);
        lock.set_schemas(&[SchemaFile { path: "a.yaml".into(), digest: Digest::of(b"a") }]);
        let again = Lock::parse(&lock.text(), FileId(0), &mut sink);
        assert!(sink.is_empty());
        assert_eq!((again.schema("a.yaml"), again.schema("b.yaml")), (Some(Digest::of(b"a")), None));
        assert!(again.text().contains("\"libraries\""));
    }

    #[test]
    fn mistakes_have_a_code() {
        for text in ["", "[]", "{}", "{ \"version\": 2 }", "{ \"version\": 1, }", "{ \"version\": \"1\" }"] {
            let mut sink = Sink::new();
            let lock = Lock::parse(text, FileId(0), &mut sink);
            assert_eq!(sink.diagnostics().iter().map(|it| it.code.name).collect::<Vec<_>>(), ["project-lock"], "{text}");
            assert_eq!(lock, Lock::default());
        }
    }
}

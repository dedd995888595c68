//! The project: the folder with `vix.toml`, found by walking up, and what that file says.
//!
//! Invariant: an edition newer than ours stops the run before any source is parsed, because its sources may be legal there and
//! not here.

use std::path::{Path, PathBuf};

use build::{Sources, World};
use diag::{FileId, Sink, Span, nearest};
use store::Digest;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, de::Error as TomlError};

use crate::diagnostics;
use crate::failure::{Failure, reason};

/// Marks the root of a project.
pub const PROJECT_FILE: &str = "vix.toml";
/// The newest edition of the language that this build speaks.
pub const EDITION: Edition = Edition { major: 0, minor: 1 };
/// A Kubernetes version, for messages.
const KUBERNETES: &str = "1.36";
/// Largest project file, bytes.
const SIZE_MAX: u64 = 64 << 10;
/// Everything the file may say.
const KEYS: [&str; 4] = ["name", "vix", "kubernetes", "schemas"];

/// An edition of the language; ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edition {
    /// Changes when old sources may mean something else.
    pub major: u32,
    /// Changes when new sources become legal.
    pub minor: u32,
}

/// What a project file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Name, for people.
    pub name: Option<String>,
    /// Edition of the language.
    pub edition: Edition,
    /// Kubernetes version of clusters that name none, where the file says one.
    pub kubernetes: Option<String>,
    /// Files with definitions of custom resources, with their places in the file.
    pub schemas: Vec<(String, Span)>,
}

impl Default for Project {
    fn default() -> Self {
        Self { name: None, edition: EDITION, kubernetes: None, schemas: Vec::new() }
    }
}

/// The nearest folder from `from` upwards that holds a project file.
///
/// # Errors
/// There is none.
pub fn find_root(from: &Path) -> Result<PathBuf, Failure> {
    let from = from.canonicalize().map_err(|error| Failure::Source(format!("cannot enter {}: {}", from.display(), reason(&error))))?;
    match from.ancestors().find(|folder| folder.join(PROJECT_FILE).is_file()) {
        Some(root) => Ok(root.to_owned()),
        None => Err(Failure::Source(format!("no {PROJECT_FILE} in {} or any folder above it; `vix init` makes a project", from.display()))),
    }
}

/// The name of the project at `root` in the cache: readable, and different for each root. It is a plain folder name.
pub fn identity(root: &Path) -> String {
    let name = root.file_name().map(|it| it.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let name: String = name.chars().filter(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || *it == '-').take(40).collect();
    let digest = Digest::of(root.as_os_str().as_encoded_bytes()).to_string();
    format!("{name}-{}", &digest[..16])
}

/// Reads the project file. Findings go to `sink`, the text to `sources`.
///
/// # Errors
/// The file cannot be read.
pub fn load(files: &dyn World, sources: &mut Sources, sink: &mut Sink) -> Result<Project, Failure> {
    let unreadable = |why: &str| Failure::Source(format!("cannot read {PROJECT_FILE}: {why}"));
    let bytes = files.read(PROJECT_FILE, SIZE_MAX).map_err(|fault| unreadable(&fault.reason))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8"))?;
    let file = sources.add(PROJECT_FILE, text.as_str().into());
    Ok(parse(&text, file, sink))
}

/// Understands the text of a project file.
pub fn parse(text: &str, file: FileId, sink: &mut Sink) -> Project {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        sink.push(syntax(error, file));
    }
    let mut project = Project::default();
    for (key, value) in table.get_ref() {
        let span = span(file, key);
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("name", DeValue::String(it)) => project.name = Some(it.clone().into_owned()),
            ("vix", DeValue::String(it)) => match edition(it) {
                Some(edition) if edition > EDITION => sink.push(diagnostics::newer_edition(self::span(file, value), it)),
                Some(edition) => project.edition = edition,
                None => sink.push(diagnostics::not_a_version("vix", self::span(file, value), "0.1")),
            },
            ("kubernetes", DeValue::String(it)) => match edition(it) {
                Some(_) => project.kubernetes = Some(it.clone().into_owned()),
                None => sink.push(diagnostics::not_a_version("kubernetes", self::span(file, value), KUBERNETES)),
            },
            ("schemas", DeValue::Array(items)) => {
                for item in items {
                    match item.get_ref() {
                        DeValue::String(path) => project.schemas.push((path.clone().into_owned(), self::span(file, item))),
                        _ => sink.push(diagnostics::not_a_path("schemas", self::span(file, item))),
                    }
                }
            }
            ("schemas", _) => sink.push(diagnostics::not_a_path("schemas", self::span(file, value))),
            (known, _) if KEYS.contains(&known) => sink.push(diagnostics::not_a_string(known, self::span(file, value))),
            (unknown, _) => sink.push(diagnostics::unknown_key(unknown, span, nearest(unknown, KEYS), &KEYS)),
        }
    }
    project
}

/// The text of a project file with this list of schemas; all else in it stays as it is.
pub fn with_schemas(text: &str, paths: &[&str]) -> String {
    // A string of JSON is one of TOML, too.
    let items: Vec<String> = paths.iter().map(|it| serde_json::Value::from(*it).to_string()).collect();
    let list = match items.as_slice() {
        [] => "[]".to_owned(),
        [only] => format!("[{only}]"),
        items => format!("[\n  {},\n]", items.join(",\n  ")),
    };
    let (table, _) = DeTable::parse_recoverable(text);
    if let Some((_, old)) = table.get_ref().iter().find(|it| it.0.get_ref() == "schemas") {
        let range = old.span();
        return format!("{}{list}{}", &text[..range.start], &text[range.end..]);
    }
    // Behind the last of the keys that stand before any table.
    let is_plain = |value: &DeValue<'_>| !matches!(value, DeValue::Table(_));
    let last = table.get_ref().iter().filter(|it| is_plain(it.1.get_ref())).map(|it| it.1.span().end).max().unwrap_or(0);
    let end = text[last..].find('\n').map_or(text.len(), |it| last + it + 1);
    let end = if last == 0 { 0 } else { end };
    let gap = if end > 0 && !text[..end].ends_with('\n') { "\n" } else { "" };
    format!("{}{gap}schemas = {list}\n{}", &text[..end], &text[end..])
}

/// `major.minor`.
fn edition(text: &str) -> Option<Edition> {
    let (major, minor) = text.split_once('.')?;
    let number = |it: &str| it.bytes().all(|byte| byte.is_ascii_digit()).then(|| it.parse().ok()).flatten();
    Some(Edition { major: number(major)?, minor: number(minor)? })
}

fn syntax(error: &TomlError, file: FileId) -> diag::Diagnostic {
    let range = error.span().unwrap_or_default();
    diagnostics::not_toml(Span::new(file, range.start as u32, range.end as u32), error.message())
}

fn span<T>(file: FileId, it: &Spanned<T>) -> Span {
    let range = it.span();
    Span::new(file, range.start as u32, range.end as u32)
}

#[cfg(test)]
mod tests {
    use diag::{FileId, Sink};

    use super::{Edition, Project, parse, with_schemas};

    fn read(text: &str) -> (Project, Vec<&'static str>) {
        let mut sink = Sink::new();
        let project = parse(text, FileId(0), &mut sink);
        (project, sink.into_sorted().iter().map(|it| it.code.name).collect())
    }

    #[test]
    fn a_full_file() {
        let (project, codes) = read("name = \"home\"\nvix = \"0.1\"\nkubernetes = \"1.35\"\n");
        assert_eq!(codes, [""; 0]);
        assert_eq!(
            project,
            Project { name: Some("home".into()), edition: Edition { major: 0, minor: 1 }, kubernetes: Some("1.35".into()), schemas: Vec::new() }
        );
        assert_eq!(read("").1, [""; 0]);
    }

    #[test]
    fn schemas_are_written_and_all_else_stays() {
        let cases = [
            ("", "schemas = [\"a.yaml\"]\n"),
            ("# mine\nname = \"x\" # home", "# mine\nname = \"x\" # home\nschemas = [\"a.yaml\"]\n"),
            ("schemas = [\n  \"b\", # old\n]\nname = \"x\"\n", "schemas = [\"a.yaml\"]\nname = \"x\"\n"),
            ("name = \"x\"\n\n[table]\nk = 1\n", "name = \"x\"\nschemas = [\"a.yaml\"]\n\n[table]\nk = 1\n"),
            ("[table]\nk = 1\n", "schemas = [\"a.yaml\"]\n[table]\nk = 1\n"),
        ];
        for (old, new) in cases {
            assert_eq!(with_schemas(old, &["a.yaml"]), new);
        }
        assert_eq!(with_schemas("", &["a", "b\"c"]), "schemas = [\n  \"a\",\n  \"b\\\"c\",\n]\n");
        assert_eq!(read("schemas = [\"a.yaml\"]").0.schemas.len(), 1);
    }

    #[test]
    fn mistakes_have_codes() {
        assert_eq!(read("nmae = \"x\"\n[env]\n").1, ["project-file-key", "project-file-key"]);
        assert_eq!(read("vix = \"0.2\"").1, ["newer-edition"]);
        assert_eq!(read("vix = 0.1").1, ["project-file-value"]);
        assert_eq!(read("kubernetes = \"latest\"").1, ["project-file-value"]);
        assert_eq!(read("schemas = \"a.yaml\"").1, ["project-file-value"]);
        assert_eq!(read("schemas = [1]").1, ["project-file-value"]);
        assert_eq!(read("name = ").1, ["project-file-syntax"]);
    }
}

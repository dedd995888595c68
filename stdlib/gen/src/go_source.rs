//! Reads what is needed of Go API packages: structs with tags and comments, string constants, imports.
//!
//! Line by line, as `gofmt` lays the files out; this is not a Go parser. What it cannot read it leaves out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Error;

/// One API package, `core/v1`.
#[derive(Default)]
pub(crate) struct Package {
    /// API group from `register.go`, `core` for the empty one.
    pub(crate) group: String,
    /// Struct types.
    pub(crate) structs: BTreeMap<String, Vec<GoField>>,
    /// String types marked as closed enumerations, with their constants in source order.
    pub(crate) enumerations: BTreeMap<String, Vec<String>>,
}

/// A field of a struct.
pub(crate) struct GoField {
    /// Name in JSON; `None` for an inlined struct.
    pub(crate) json: Option<String>,
    /// Package of the type, `core/v1`.
    pub(crate) package: String,
    /// Name of the type, without pointer, list or map around it.
    pub(crate) ty: String,
    /// `+..` lines of the comment.
    pub(crate) tags: Vec<String>,
}

/// Reads the package in a folder; `key` is its name here, `core/v1`.
pub(crate) fn package(folder: &Path, key: &str) -> Result<Package, Error> {
    let mut files: Vec<_> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, Error>>()?;
    files.sort();
    let mut package = Package::default();
    let mut constants = Vec::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let generated = name.starts_with("zz_") || name.contains("generated") || name.ends_with("_test.go");
        if name.ends_with(".go") && !generated {
            read_file(&fs::read_to_string(&file)?, key, &mut package, &mut constants);
        }
    }
    for (ty, value) in constants {
        match (package.enumerations.get_mut(&ty), value) {
            (Some(values), Some(value)) if !values.contains(&value) => values.push(value),
            // A constant made from another one: better no enumeration than one that lacks a value.
            (Some(_), None) => _ = package.enumerations.remove(&ty),
            (_, _) => {}
        }
    }
    Ok(package)
}

/// An import line as (name in this file, last two parts of the path).
pub(crate) fn import(line: &str) -> Option<(String, String)> {
    let (alias, path) = line.trim().split_once('"')?;
    let path = path.strip_suffix('"')?;
    let (rest, last) = path.rsplit_once('/')?;
    let package = format!("{}/{last}", rest.rsplit('/').next().unwrap_or(rest));
    let alias = alias.trim_start_matches("import").trim();
    Some((if alias.is_empty() { last } else { alias }.to_owned(), package))
}

fn read_file(source: &str, key: &str, package: &mut Package, constants: &mut Vec<Constant>) {
    let imports: BTreeMap<String, String> = source.lines().take_while(|line| !line.starts_with("type ")).filter_map(import).collect();
    let mut tags: Vec<String> = Vec::new();
    let mut current: Option<String> = None;
    for line in source.lines() {
        let trimmed = line.trim();
        if let Some(comment) = trimmed.strip_prefix("//") {
            tags.extend(comment.trim().starts_with('+').then(|| comment.trim().to_owned()));
            continue;
        }
        if let Some(name) = &current {
            if line == "}" {
                current = None;
            } else if let Some(field) = field(trimmed, key, &imports, std::mem::take(&mut tags)) {
                package.structs.entry(name.clone()).or_default().push(field);
            }
        } else if let Some(rest) = line.strip_prefix("type ") {
            match rest.split_whitespace().collect::<Vec<_>>().as_slice() {
                [name, "struct", ..] if rest.ends_with('{') => current = Some((*name).to_owned()),
                [name, "string"] if tags.iter().any(|tag| tag == "+enum" || tag.ends_with("+k8s:enum")) => {
                    package.enumerations.entry((*name).to_owned()).or_default();
                }
                _ => {}
            }
        } else if let Some(group) = trimmed.strip_prefix("const GroupName = ") {
            let group = group.split('"').nth(1).unwrap_or_default();
            package.group = if group.is_empty() { "core" } else { group }.to_owned();
        } else {
            constants.extend(constant(trimmed));
        }
        tags.clear();
    }
}

/// Type and value of a constant; no value where it is not a literal.
type Constant = (String, Option<String>);

/// `Name Type = "value"` or `Name = Type("value")`, in a block or on its own.
fn constant(line: &str) -> Option<Constant> {
    let (head, value) = line.trim_start_matches("const ").split_once(" = ")?;
    let (ty, value) = match head.split_whitespace().collect::<Vec<_>>()[..] {
        [_, ty] => (ty, value.trim()),
        [_] => value.trim().split_once('(')?,
        _ => return None,
    };
    let literal = value.strip_prefix('"').and_then(|value| value.split_once('"'));
    Some((ty.to_owned(), literal.map(|(value, _)| value.to_owned())))
}

fn field(line: &str, key: &str, imports: &BTreeMap<String, String>, tags: Vec<String>) -> Option<GoField> {
    let (head, tag) = line.split_once('`')?;
    let (json, _) = tag.split_once("json:\"")?.1.split_once('"')?;
    let name = json.split(',').next().unwrap_or_default();
    let inline = name.is_empty();
    let ty = head.split_whitespace().last()?.trim_start_matches('*');
    let ty = ty.strip_prefix("map[string]").unwrap_or(ty).trim_start_matches(['[', ']', '*']);
    let (package, ty) = match ty.split_once('.') {
        Some((alias, ty)) => (imports.get(alias)?.clone(), ty),
        None => (key.to_owned(), ty),
    };
    Some(GoField { json: (!inline).then(|| name.to_owned()), package, ty: ty.to_owned(), tags })
}

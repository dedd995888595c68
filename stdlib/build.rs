//! Finds what `src/lib.rs` embeds: every library file, every file of schema facts, every schema pack. Found, not listed.
//!
//! Not a parser: a name is declared where a line begins with `kind`, `type`, `fn`, `trait` or `let` at column 0.
//! Invariant: the generated text depends on names and contents only (sorted), never on the order in which the system lists a folder.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it for every build script"));
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it for every build script"));
    for folder in ["std", "schemas", "schemas/facts"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    println!("cargo::rerun-if-changed=build.rs");

    let mut text = String::new();
    let files = declared(&root, "std", "")?;
    write_files(&mut text, "FILES", "std", &files);
    write_names(&mut text, &files);
    let mut packs = listed(&root.join("schemas"), "pack")?;
    packs.sort_by_key(|it| it != BUILT_IN);
    let mut facts = declared(&root, "schemas/facts", "facts/")?;
    for file in &mut facts {
        // Those of the built-in kinds are many, in files named by subject.
        file.pack = packs.iter().position(|it| it.trim_end_matches(".pack") == file.file.trim_end_matches(".vix"));
    }
    write_files(&mut text, "FACTS", "schemas/facts", &facts);
    write_packs(&mut text, &packs);
    fs::write(out.join("embedded.rs"), text)
}

/// The pack of built-in kinds stands first: nearly every look-up ends in it.
const BUILT_IN: &str = "kubernetes.pack";

/// A file and the names declared in it.
struct Declared {
    /// What users see after `std:`.
    path: String,
    /// Name in its folder.
    file: String,
    /// In order of declaration.
    names: Vec<String>,
    /// The pack of its name.
    pack: Option<usize>,
}

fn declared(root: &Path, folder: &str, prefix: &str) -> io::Result<Vec<Declared>> {
    let mut all = Vec::new();
    for file in listed(&root.join(folder), "vix")? {
        println!("cargo::rerun-if-changed={folder}/{file}");
        let source = fs::read_to_string(root.join(folder).join(&file))?;
        let names = source.lines().filter_map(name_of).map(str::to_owned).collect();
        all.push(Declared { path: format!("{prefix}{file}"), file, names, pack: None });
    }
    Ok(all)
}

/// Sorted names of the files in a folder with that extension; a folder that is not there has none.
fn listed(folder: &Path, extension: &str) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(it) => it,
        Err(it) if it.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(it) => return Err(it),
    };
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == extension)
            && let Some(name) = path.file_name().and_then(|it| it.to_str())
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The name that a line declares, if it begins a declaration. `settings {` declares the root `settings`.
fn name_of(line: &str) -> Option<&str> {
    let (keyword, rest) = line.split_once(' ')?;
    match keyword {
        "kind" | "type" | "fn" | "trait" | "let" => {
            let end = rest.find(|it: char| !(it.is_ascii_alphanumeric() || it == '-' || it == '_')).unwrap_or(rest.len());
            (end > 0).then(|| &rest[..end])
        }
        "settings" => Some(keyword),
        _ => None,
    }
}

fn write_files(text: &mut String, constant: &str, folder: &str, files: &[Declared]) {
    _ = writeln!(text, "pub const {constant}: &[File] = &[");
    for it in files {
        _ = writeln!(
            text,
            "    File {{ path: {:?}, source: include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{folder}/{}\")), names: &{:?}, pack: {:?} }},",
            it.path, it.file, it.names, it.pack
        );
    }
    text.push_str("];\n");
}

/// The table that `file_of` searches: sorted, each name once (a second declaration is the compiler's to report).
fn write_names(text: &mut String, files: &[Declared]) {
    let mut names: Vec<(&str, usize)> = files.iter().enumerate().flat_map(|(index, it)| it.names.iter().map(move |name| (name.as_str(), index))).collect();
    names.sort_unstable();
    names.dedup_by_key(|it| it.0);
    _ = writeln!(text, "const NAMES: &[(&str, usize)] = &{names:?};");
}

fn write_packs(text: &mut String, packs: &[String]) {
    text.push_str("pub const PACKS: &[(&str, &[u8])] = &[\n");
    for file in packs {
        println!("cargo::rerun-if-changed=schemas/{file}");
        let name = file.trim_end_matches(".pack");
        _ = writeln!(text, "    ({name:?}, include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/schemas/{file}\"))),");
    }
    text.push_str("];\n");
}

//! Go modules as folders: the `go` tool downloads them and checks their sums.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::Error;

/// A module that a pack was made from.
pub(crate) struct Module {
    /// Module path.
    pub(crate) path: String,
    /// Version.
    pub(crate) version: String,
    /// The `h1:` sum of its files.
    pub(crate) sum: String,
    /// Its licence, as an SPDX identifier.
    pub(crate) licence: &'static str,
}

/// Downloads a module (or finds it in the module cache), notes it, and gives its folder.
pub(crate) fn download(path: &str, version: &str, modules: &mut Vec<Module>) -> Result<PathBuf, Error> {
    let output = Command::new("go").args(["mod", "download", "-json", &format!("{path}@{version}")]).output()?;
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(error) = text("Error") {
        return Err(format!("{path}@{version}: {error}").into());
    }
    let (Some(folder), Some(sum)) = (text("Dir"), text("Sum")) else {
        return Err(format!("{path}@{version}: go mod download gave no folder").into());
    };
    let folder = PathBuf::from(folder);
    let licence = licence(&folder).ok_or_else(|| format!("{path}@{version}: no licence that packs may be made under"))?;
    modules.push(Module { path: path.to_owned(), version: version.to_owned(), sum, licence });
    Ok(folder)
}

/// The licence of a module, by the first words of its text.
fn licence(folder: &Path) -> Option<&'static str> {
    let text = ["LICENSE", "LICENSE.md", "LICENSE.txt"].iter().find_map(|name| fs::read_to_string(folder.join(name)).ok())?;
    let head: Vec<&str> = text.split_whitespace().take(40).collect();
    let head = head.join(" ");
    [("Apache License Version 2.0", "Apache-2.0"), ("The MIT License", "MIT")].into_iter().find(|(words, _)| head.contains(words)).map(|it| it.1)
}

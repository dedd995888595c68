//! Go modules as folders: the `go` tool downloads them and checks their sums.

use std::path::PathBuf;
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
    modules.push(Module { path: path.to_owned(), version: version.to_owned(), sum });
    Ok(folder.into())
}

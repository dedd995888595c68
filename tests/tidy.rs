//! The rules of the house that a compiler does not hold: who may import whom, how large things get, where outside crates live.
//!
//! Exceptions stand in `tidy/exceptions.txt`, each with its reason; one that is no longer needed fails the test too.

mod crates;
pub mod exceptions;
mod source;
mod style;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::root;

/// Every file of the repository that is or could be committed, from its root, by name.
fn files() -> Vec<PathBuf> {
    let git = Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root()).output();
    let listed = match git {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).lines().map(PathBuf::from).collect(),
        // A source archive has no git.
        Ok(_) | Err(_) => walk(&root()),
    };
    let mut files: Vec<PathBuf> = listed.into_iter().filter(|it| root().join(it).is_file()).collect();
    files.sort();
    files
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut rest = vec![folder.to_owned()];
    while let Some(path) = rest.pop() {
        let hidden = path.file_name().is_some_and(|it| it == "target" || it == ".git");
        if path.is_dir() && !hidden {
            rest.extend(std::fs::read_dir(&path).expect("readable").map(|it| it.expect("readable").path()));
        } else if path.is_file() {
            out.push(path.strip_prefix(folder).expect("below").to_owned());
        }
    }
    out
}

//! The tree of a revision below the project's root: what lies where, links followed as they would be on a disk.
//!
//! Invariant: nothing outside the root is found, whatever links say, and following them ends.

use std::collections::{BTreeMap, BTreeSet};

use build::{Fault, FaultKind};

use crate::project::PROJECT_FILE;
use crate::world::{fault, is_passed_over, is_source};

/// Links that are followed for one path, as on Linux.
const LINKS_MAX: usize = 40;

/// Entries by path from the root.
#[derive(Debug, Default)]
pub struct Tree {
    entries: BTreeMap<String, Entry>,
    /// Names in each folder; the root is the empty path.
    folders: BTreeMap<String, BTreeSet<String>>,
}

/// What lies at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file, by the id of its content.
    File(String),
    /// A link, by the id of its target.
    Link(String),
    /// Another repository.
    Module,
}

/// Gives the content under an id, which is a link's target.
pub type Target<'t> = &'t mut dyn FnMut(&str) -> Result<Vec<u8>, Fault>;

/// The same for a link at a path.
pub type LinkTarget<'t> = &'t mut dyn FnMut(&str, &str) -> Result<Vec<u8>, Fault>;

impl Tree {
    /// Understands what `git ls-tree -r -z` says. Names that are no UTF-8 cannot be named by sources.
    pub fn parse(said: &[u8]) -> Self {
        let mut tree = Self::default();
        tree.folders.entry(String::new()).or_default();
        for line in said.split(|it| *it == 0).filter_map(|it| std::str::from_utf8(it).ok()) {
            let Some((head, path)) = line.split_once('\t') else { continue };
            let mut words = head.split(' ');
            let (mode, id) = (words.next().unwrap_or_default(), words.nth(1).unwrap_or_default());
            let entry = match mode {
                "120000" => Entry::Link(id.to_owned()),
                "160000" => Entry::Module,
                _ => Entry::File(id.to_owned()),
            };
            tree.entries.insert(path.to_owned(), entry);
            tree.name(path);
        }
        tree
    }

    /// Names a path in the folders above it.
    fn name(&mut self, path: &str) {
        let (mut folder, mut name) = path.rsplit_once('/').unwrap_or(("", path));
        while self.folders.entry(folder.to_owned()).or_default().insert(name.to_owned()) && !folder.is_empty() {
            (folder, name) = folder.rsplit_once('/').unwrap_or(("", folder));
        }
    }

    /// What lies at a path, links not followed.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// The id of the content of the file at a path.
    ///
    /// # Errors
    /// There is none, it is no file, or a link leads out of the project or in a circle.
    pub fn file(&self, path: &str, target: Target<'_>) -> Result<String, Fault> {
        let parts = path.split('/');
        if path.contains(['\\', '\0']) || parts.clone().any(|it| matches!(it, "" | "." | "..")) {
            return Err(fault(path, FaultKind::OutsideRoot, "not a path from the root of the project"));
        }
        match self.resolve(path, path, target)? {
            real if self.folders.contains_key(&real) => Err(fault(path, FaultKind::NotRegular, "a folder, not a file")),
            real => match self.entries.get(&real) {
                Some(Entry::File(id)) => Ok(id.clone()),
                Some(Entry::Module) => Err(fault(path, FaultKind::NotRegular, "another repository, not a file")),
                Some(Entry::Link(_)) | None => Err(missing(path)),
            },
        }
    }

    /// A path with all links followed; it need not exist.
    fn resolve(&self, shown: &str, path: &str, target: Target<'_>) -> Result<String, Fault> {
        let mut todo: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let (mut at, mut links): (Vec<String>, usize) = (Vec::new(), 0);
        while let Some(part) = todo.pop() {
            match part.as_str() {
                "" | "." => {}
                ".." if at.pop().is_none() => return Err(outside(shown)),
                ".." => {}
                _ => {
                    at.push(part);
                    let Some(Entry::Link(id)) = self.entries.get(&at.join("/")) else { continue };
                    links += 1;
                    if links > LINKS_MAX {
                        return Err(fault(shown, FaultKind::Loop, "the link leads in a circle"));
                    }
                    at.pop();
                    let to = String::from_utf8(target(id)?).map_err(|_| fault(shown, FaultKind::Other, "the target of the link is not UTF-8"))?;
                    if to.starts_with('/') {
                        return Err(outside(shown));
                    }
                    todo.extend(to.split('/').rev().map(str::to_owned));
                }
            }
        }
        Ok(at.join("/"))
    }

    /// Sources with the ids of their contents, as `World::walk` lists them.
    ///
    /// # Errors
    /// A link that is called like a source leads nowhere or out of the project, or a folder holds itself.
    pub fn sources(&self, target: LinkTarget<'_>) -> Result<Vec<(String, String)>, Fault> {
        let mut out = Vec::new();
        self.walk("", "", &mut vec![String::new()], target, &mut out)?;
        Ok(out)
    }

    fn walk(&self, real: &str, shown: &str, above: &mut Vec<String>, target: LinkTarget<'_>, out: &mut Vec<(String, String)>) -> Result<(), Fault> {
        for name in self.folders.get(real).into_iter().flatten().filter(|it| !it.starts_with('.')) {
            let (path, seen) = (join(real, name), join(shown, name));
            let to = match self.entries.get(&path) {
                Some(Entry::Link(_)) => match self.resolve(&seen, &path, &mut |id| target(&seen, id)) {
                    Ok(to) => to,
                    Err(fault) if is_source(name.as_ref()) => return Err(fault),
                    Err(_) => continue,
                },
                _ => path,
            };
            if self.folders.contains_key(&to) {
                if above.contains(&to) {
                    let holder = if to.is_empty() { "." } else { &to };
                    return Err(fault(&seen, FaultKind::Loop, &format!("the link leads back to `{holder}`, which holds it")));
                }
                if is_passed_over(name.as_ref()) || self.entries.contains_key(&join(&to, PROJECT_FILE)) {
                    continue;
                }
                above.push(to.clone());
                self.walk(&to, &seen, above, target, out)?;
                above.pop();
            } else if is_source(name.as_ref()) {
                match self.entries.get(&to) {
                    Some(Entry::File(id)) => out.push((seen, id.clone())),
                    Some(Entry::Link(_) | Entry::Module) | None => return Err(missing(&seen)),
                }
            }
        }
        Ok(())
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn outside(path: &str) -> Fault {
    fault(path, FaultKind::OutsideRoot, "the link leads out of the project")
}

fn missing(path: &str) -> Fault {
    fault(path, FaultKind::Missing, "no such file or directory")
}

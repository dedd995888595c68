//! A project in memory, with times long ago, so that a cache may trust what did not change.

use std::collections::BTreeMap;

use store::Stat;

use super::project::Random;
use crate::{Fault, FaultKind, Found, World};

/// Files by path.
#[derive(Clone, Default)]
pub struct Memory {
    pub files: BTreeMap<String, (Vec<u8>, Stat)>,
    /// Files that exist and may not be read.
    pub denied: Vec<String>,
    /// In which order `walk` lists.
    pub shuffle: u64,
}

impl Memory {
    fn fault(path: &str, kind: FaultKind, reason: &str) -> Fault {
        Fault { path: path.to_owned(), kind, reason: reason.to_owned() }
    }

    fn get(&self, path: &str) -> Result<&(Vec<u8>, Stat), Fault> {
        self.files.get(path).ok_or_else(|| Self::fault(path, FaultKind::Missing, "no such file"))
    }
}

impl World for Memory {
    fn walk(&self) -> Result<Vec<Found>, Fault> {
        let sources = self.files.iter().filter(|it| it.0.ends_with(".vix"));
        let mut found: Vec<Found> = sources.map(|(path, (_, stat))| Found { path: path.clone(), stat: *stat }).collect();
        let mut random = Random::new(self.shuffle);
        for at in (1..found.len()).rev() {
            found.swap(at, random.below(at + 1));
        }
        Ok(found)
    }

    fn stat(&self, path: &str) -> Result<Stat, Fault> {
        Ok(self.get(path)?.1)
    }

    fn read(&self, path: &str, size_max: u64) -> Result<Vec<u8>, Fault> {
        let (bytes, stat) = self.get(path)?;
        if self.denied.iter().any(|it| it == path) {
            return Err(Self::fault(path, FaultKind::Denied, "permission denied"));
        }
        if stat.size > size_max {
            return Err(Self::fault(path, FaultKind::TooLarge, "larger than allowed"));
        }
        Ok(bytes.clone())
    }
}

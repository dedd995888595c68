//! A project in memory. Each change gives a file a new time, all of them long ago, so that a cache may trust the rest.

use std::collections::BTreeMap;

use build::{Fault, FaultKind, Found, World};
use store::Stat;

/// Files by path.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<String, (Vec<u8>, Stat)>,
    changes: i64,
    /// In which order `walk` lists them.
    pub order: Order,
}

/// Orders of a walk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By path.
    #[default]
    Forward,
    /// By path, backwards.
    Backward,
    /// As a generator with this seed shuffles them.
    Shuffled(u64),
}

/// 2001-09-09, in nanoseconds since 1970.
const LONG_AGO_NS: i64 = 1_000_000_000_000_000_000;

impl Memory {
    /// A project of these files.
    pub fn new<P: Into<String>, T: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        let mut out = Self::default();
        for (path, text) in files {
            out.set(path, text);
        }
        out
    }

    /// The project below a folder of this repository.
    pub fn of_folder(folder: &std::path::Path) -> Self {
        let mut out = Self::default();
        let mut rest = vec![folder.to_owned()];
        while let Some(path) = rest.pop() {
            if path.is_dir() {
                rest.extend(std::fs::read_dir(&path).expect("readable").map(|it| it.expect("readable").path()));
            } else {
                let name = path.strip_prefix(folder).expect("below").to_str().expect("UTF-8").replace('\\', "/");
                out.set(name, std::fs::read(&path).expect("readable"));
            }
        }
        out
    }

    /// Writes a file.
    pub fn set(&mut self, path: impl Into<String>, text: impl Into<Vec<u8>>) {
        self.changes += 1;
        let (path, text) = (path.into(), text.into());
        let inode = self.files.get(&path).map_or(self.changes as u64, |it| it.1.inode);
        let stat = Stat { size: text.len() as u64, mtime_ns: LONG_AGO_NS + self.changes * 1_000_001, inode };
        self.files.insert(path, (text, stat));
    }

    /// Removes a file.
    pub fn remove(&mut self, path: &str) {
        self.files.remove(path);
    }

    /// The text of a file, if it is text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).and_then(|it| std::str::from_utf8(&it.0).ok())
    }

    /// Sources, by path.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter(|it| it.0.ends_with(".vix")).filter_map(|(path, (text, _))| Some((path.as_str(), std::str::from_utf8(text).ok()?)))
    }

    fn get(&self, path: &str) -> Result<&(Vec<u8>, Stat), Fault> {
        let missing = || Fault { path: path.to_owned(), kind: FaultKind::Missing, reason: "no such file or directory".to_owned() };
        self.files.get(path).ok_or_else(missing)
    }
}

impl World for Memory {
    fn walk(&self) -> Result<Vec<Found>, Fault> {
        let sources = self.files.iter().filter(|it| it.0.ends_with(".vix"));
        let mut found: Vec<Found> = sources.map(|(path, (_, stat))| Found { path: path.clone(), stat: *stat }).collect();
        match self.order {
            Order::Forward => {}
            Order::Backward => found.reverse(),
            Order::Shuffled(seed) => super::random::Random::new(seed).shuffle(&mut found),
        }
        Ok(found)
    }

    fn stat(&self, path: &str) -> Result<Stat, Fault> {
        Ok(self.get(path)?.1)
    }

    fn read(&self, path: &str, size_max: u64) -> Result<Vec<u8>, Fault> {
        let (text, stat) = self.get(path)?;
        if stat.size > size_max {
            return Err(Fault { path: path.to_owned(), kind: FaultKind::TooLarge, reason: format!("larger than {size_max} bytes") });
        }
        Ok(text.clone())
    }
}

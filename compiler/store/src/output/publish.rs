//! Makes the folder hold what a build made: which files are written, kept and removed.
//!
//! Not how they are written; that is `staging.rs`.

use super::{
    INDEX, Output,
    index::{Entry, Index},
    staging::Staging,
};
use crate::{
    digest::Digest,
    disk::{Kind, opt_look},
    error::{Error, Operation},
    name,
    stat::Stat,
};
use std::{
    borrow::Cow,
    fmt::{self, Debug, Formatter},
    io,
    path::Path,
};

/// What goes into a file.
pub enum Content<'a> {
    /// Bytes at hand.
    Bytes(Cow<'a, [u8]>),
    /// Bytes that are made only if the file has to be written. `None`: they cannot be made, and nothing is published.
    Lazy(Box<dyn FnOnce() -> Option<Cow<'a, [u8]>> + 'a>),
}

impl<'a> Content<'a> {
    fn get(self) -> Option<Cow<'a, [u8]>> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Lazy(make) => make(),
        }
    }
}

impl Debug for Content<'_> {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes(_) => "Bytes",
            Self::Lazy(_) => "Lazy",
        })
    }
}

/// A file that the folder should hold.
#[derive(Debug)]
pub struct OutFile<'a> {
    /// The file's name in the folder; see [`crate::file_name`].
    pub name: String,
    /// The digest of what the content is made from: equal sources mean equal contents.
    pub source: Digest,
    /// The content.
    pub content: Content<'a>,
}

/// What a publish did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files that were written, by name.
    pub written: Vec<String>,
    /// How many files were right already.
    pub kept: usize,
    /// Files that are no longer made.
    pub removed: Vec<String>,
    /// Those of the written files that held something which was not ours: edited by hand, most likely. Worth a warning.
    pub restored: Vec<String>,
    /// Manifests in the folder that are not ours. They stay; but `kubectl apply -f` would take them along.
    pub foreign: Vec<String>,
}

/// What stands in the folder under a name.
enum There {
    Nothing,
    Content {
        digest: Digest,
        stat: Stat,
    },
    /// Something that is not readable as a file.
    Other,
}

impl Output {
    /// Makes the folder hold exactly these files beside those that are not ours.
    ///
    /// `source` is the caller's digest of everything, for [`Output::unchanged`]. A file whose source and stat are as listed
    /// is not read, and its content is not asked for.
    ///
    /// # Errors
    /// What the disk refused, a name that is not safe on every system, or a content that cannot be made. The folder is then as it was before (see the
    /// guarantees of this module). A file that was edited, a missing or damaged index and leftovers of a killed run are no
    /// failure.
    pub fn publish(&mut self, source: Digest, mut files: Vec<OutFile>) -> Result<Report, Error> {
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        self.check_names(&files)?;
        let mut report = Report::default();
        let mut staging = Staging::new(&*self.disk, &self.folder);
        let published = self.stage_all(&mut staging, source, files, &mut report).and_then(|(index, stale)| {
            if self.index.as_ref() == Some(&index) && staging.is_empty() && stale.is_empty() {
                return Ok(None);
            }
            let mtime_ns = staging.commit(&index, &stale)?;
            Ok(Some((index, mtime_ns)))
        });
        match published {
            Ok(None) => {}
            Ok(Some((index, mtime_ns))) => (self.index, self.index_mtime_ns) = (Some(index), mtime_ns),
            Err(error) => {
                // If this fails too, the next lock tries again.
                let _ = super::staging::roll_back(&*self.disk, &self.folder);
                return Err(error);
            }
        }
        report.foreign = self.foreign();
        Ok(report)
    }

    /// Decides about each file, and stages those to be written. Gives the new index and the files to be removed.
    fn stage_all(&self, staging: &mut Staging, source: Digest, files: Vec<OutFile>, report: &mut Report) -> Result<(Index, Vec<String>), Error> {
        let mut index = Index { source, files: Vec::with_capacity(files.len()), boot: self.boot.clone() };
        for file in files {
            index.files.push(self.stage(staging, file, report)?);
        }
        let mut stale = Vec::new();
        for entry in self.index.iter().flat_map(|it| &it.files) {
            let path = self.folder.join(&entry.name);
            if index.find(&entry.name).is_none()
                && opt_look(&*self.disk, &path).map_err(Error::at(Operation::Look, &path))?.is_some_and(|it| it.kind != Kind::Folder)
            {
                stale.push(entry.name.clone());
            }
        }
        report.removed.clone_from(&stale);
        Ok((index, stale))
    }

    fn stage(&self, staging: &mut Staging, file: OutFile, report: &mut Report) -> Result<Entry, Error> {
        let OutFile { name, source, content } = file;
        let listed = self.index.as_ref().and_then(|it| it.find(&name));
        let there = self.there(&self.folder.join(&name), listed)?;
        if let (There::Content { digest, stat }, Some(listed)) = (&there, listed)
            && listed.source == source
            && listed.digest == *digest
        {
            report.kept += 1;
            return Ok(Entry { name, digest: *digest, source, stat: *stat });
        }
        let lost = || Error::at(Operation::Make, &self.folder.join(&name))(io::ErrorKind::NotFound.into());
        let content = content.get().ok_or_else(lost)?;
        let wanted = Digest::of(&content);
        let (exists, edited) = match there {
            There::Content { digest, stat } if digest == wanted => {
                report.kept += 1;
                return Ok(Entry { name, digest, source, stat });
            }
            There::Nothing => (false, false),
            There::Content { digest, .. } => (true, listed.is_none_or(|it| it.digest != digest)),
            There::Other => (true, true),
        };
        let stat = if exists { staging.replace(&name, &content)? } else { staging.create(&name, &content)? };
        report.written.push(name.clone());
        if edited {
            report.restored.push(name.clone());
        }
        Ok(Entry { name, digest: wanted, source, stat })
    }

    fn there(&self, path: &Path, listed: Option<&Entry>) -> Result<There, Error> {
        let Some(seen) = opt_look(&*self.disk, path).map_err(Error::at(Operation::Look, path))? else {
            return Ok(There::Nothing);
        };
        if let Some(listed) = listed.filter(|it| self.is_clean(&seen, it)) {
            return Ok(There::Content { digest: listed.digest, stat: listed.stat });
        }
        if seen.kind != Kind::File {
            return Ok(There::Other);
        }
        // What cannot be read is not what we want there.
        Ok(match self.disk.read(path) {
            Ok((bytes, seen)) => There::Content { digest: Digest::of(&bytes), stat: seen.stat },
            Err(_) => There::Other,
        })
    }

    /// Names must be safe, and differ also where case does not count.
    fn check_names(&self, files: &[OutFile]) -> Result<(), Error> {
        let refuse = |name: &str| Error::at(Operation::Name, &self.folder.join(name))(io::ErrorKind::InvalidInput.into());
        if let Some(file) = files.iter().find(|it| !name::is_safe(&it.name) || it.name.eq_ignore_ascii_case(INDEX)) {
            return Err(refuse(&file.name));
        }
        let mut folded: Vec<String> = files.iter().map(|it| it.name.to_ascii_lowercase()).collect();
        folded.sort_unstable();
        match folded.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(refuse(&pair[0])),
            None => Ok(()),
        }
    }

    fn foreign(&self) -> Vec<String> {
        let mut names = self.disk.list(&self.folder).unwrap_or_default();
        names.retain(|name| {
            let is_manifest = [".yaml", ".yml", ".json"].iter().any(|it| name.ends_with(it));
            is_manifest && self.index.as_ref().is_none_or(|it| it.find(name).is_none())
        });
        names
    }
}

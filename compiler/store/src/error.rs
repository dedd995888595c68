//! What this machine refused: which path, which step, and why.
//!
//! Not a diagnostic about source text. The command line shows it and ends with 74.

use std::{
    error,
    fmt::{self, Display, Formatter},
    io,
    path::{Path, PathBuf},
};

/// The step that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Looking at a file or folder.
    Look,
    /// Reading a file or listing a folder.
    Read,
    /// Writing a temporary file; the file of that name is as it was.
    Write,
    /// Making the content of a file: the caller could not.
    Make,
    /// Moving a finished file into place.
    Rename,
    /// Removing a file that is no longer made.
    Remove,
    /// Making a folder.
    CreateFolder,
    /// Waiting for another run to finish.
    Lock,
    /// Accepting a file name: it is not safe on every system, or differs from another one only by case.
    Name,
}

/// The reasons that a reader can do something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No space or no quota is left.
    DiskFull,
    /// The file system is mounted read-only.
    ReadOnly,
    /// The rights of the file or folder forbid it.
    Denied,
    /// Anything else; see the source of the error.
    Other,
}

/// A failed step on this machine.
#[derive(Debug)]
pub struct Error {
    /// The step.
    pub operation: Operation,
    /// The file or folder as the reader knows it (never a temporary name).
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl Error {
    /// Sorts what the system said into what can be done about it.
    pub fn reason(&self) -> Reason {
        match self.source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Reason::DiskFull,
            io::ErrorKind::ReadOnlyFilesystem => Reason::ReadOnly,
            io::ErrorKind::PermissionDenied => Reason::Denied,
            _ => Reason::Other,
        }
    }

    /// For `map_err`: names the step and the path of an error of the system.
    pub(crate) fn at(operation: Operation, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { operation, path: path.to_path_buf(), source }
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let step = match self.operation {
            Operation::Look => "look at",
            Operation::Read => "read",
            Operation::Write => "write",
            Operation::Make => "make",
            Operation::Rename => "replace",
            Operation::Remove => "remove",
            Operation::CreateFolder => "create the folder",
            Operation::Lock => "lock",
            Operation::Name => "use the file name",
        };
        let path = self.path.display();
        match self.reason() {
            Reason::DiskFull => write!(f, "cannot {step} `{path}`: the disk is full"),
            Reason::ReadOnly => write!(f, "cannot {step} `{path}`: the file system is read-only"),
            Reason::Denied => write!(f, "cannot {step} `{path}`: permission denied"),
            Reason::Other => write!(f, "cannot {step} `{path}`: {}", words(&self.source)),
        }
    }
}

/// The system's words, as part of a sentence and without the number at their end.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, Operation, Reason};
    use std::{io, path::Path};

    #[test]
    fn the_message_names_step_path_and_reason() {
        let error = Error::at(Operation::Write, Path::new("build/dev/app.a.yaml"))(io::ErrorKind::StorageFull.into());
        assert_eq!(error.to_string(), "cannot write `build/dev/app.a.yaml`: the disk is full");
        assert_eq!(error.reason(), Reason::DiskFull);
        let error = Error::at(Operation::Rename, Path::new("build/dev/vix.index"))(io::Error::from_raw_os_error(if cfg!(windows) { 2 } else { 21 }));
        let said = error.to_string();
        assert!(said.starts_with("cannot replace `build/dev/vix.index`: ") && !said.contains("os error"), "{said}");
    }
}

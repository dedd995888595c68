//! Why a command stopped, where no place in the source is to blame. Each way has its exit code.

use std::io;

use crate::exit::Exit;

/// Why a command stopped.
#[derive(Debug)]
pub enum Failure {
    /// An input is missing, unreadable, or not what it should be.
    Source(String),
    /// The command was called in a way it does not understand.
    Usage(String),
    /// This machine refused something that should have worked.
    Machine(String),
    /// The reader of our output went away: nothing to say, and nobody to say it to.
    Pipe,
}

impl Failure {
    /// The exit code that goes with it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Source(_) => Exit::Source,
            Self::Usage(_) => Exit::Usage,
            Self::Machine(_) => Exit::Machine,
            Self::Pipe => Exit::Pipe,
        }
    }

    /// What to tell the user, if anything.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Source(message) | Self::Usage(message) | Self::Machine(message) => Some(message),
            Self::Pipe => None,
        }
    }

    /// A failed write to standard output or standard error.
    pub fn writing(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Pipe,
            _ => Self::Machine(format!("cannot write the output: {}", reason(error))),
        }
    }
}

/// The system's words without the number at their end.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

//! The surroundings of one run: arguments, variables, the three streams and what the terminal can do.
//!
//! `main.rs` makes it from the real process, tests make it by hand; nothing else in this crate asks the process for them.

use std::collections::HashMap;
use std::env;
use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::PathBuf;

use crate::failure::Failure;

/// The surroundings of one run.
pub struct Host<'h> {
    /// Arguments, the program's name first.
    pub args: Vec<OsString>,
    /// The folder in which the command was called; messages show paths from there.
    pub called_in: PathBuf,
    /// The folder in which it works: the same, unless `-C` names another.
    pub cwd: PathBuf,
    /// Environment variables.
    pub vars: HashMap<OsString, OsString>,
    /// Standard input.
    pub stdin: &'h mut dyn Read,
    /// What was asked for: manifests, formatted text, pages.
    pub stdout: &'h mut dyn Write,
    /// What is said about it: diagnostics, summaries, progress.
    pub stderr: &'h mut dyn Write,
    /// What standard error is.
    pub terminal: Terminal,
    /// What standard output is.
    pub output: Terminal,
}

/// What a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Somebody looks at it.
    pub attached: bool,
    /// Columns.
    pub width: usize,
    /// It shows characters beyond ASCII.
    pub unicode: bool,
}

/// Columns of a terminal that does not say, and of everything that is not a terminal.
pub const WIDTH: usize = 80;
/// Wider lines are hard to read, whatever the terminal.
const WIDTH_MAX: usize = 120;
/// Below this the drawing has no room.
const WIDTH_MIN: usize = 40;

impl Host<'_> {
    /// Runs `with` in the surroundings of this process.
    ///
    /// # Errors
    /// The current folder is gone.
    pub fn real<T>(with: impl FnOnce(&mut Host<'_>) -> T) -> io::Result<T> {
        let mut stdin = io::stdin().lock();
        let mut stdout = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let mut stderr = BufWriter::new(io::stderr());
        let vars: HashMap<OsString, OsString> = env::vars_os().collect();
        let cwd = env::current_dir()?;
        let mut host = Host {
            args: env::args_os().collect(),
            called_in: cwd.clone(),
            cwd,
            terminal: Terminal::real(&io::stderr(), &vars),
            output: Terminal::real(&io::stdout(), &vars),
            vars,
            stdin: &mut stdin,
            stdout: &mut stdout,
            stderr: &mut stderr,
        };
        Ok(with(&mut host))
    }

    /// A variable that is set and not empty.
    pub fn var(&self, name: &str) -> Option<&OsString> {
        self.vars.get(&OsString::from(name)).filter(|value| !value.is_empty())
    }

    /// Writes what was asked for.
    ///
    /// # Errors
    /// The reader went away, or the disk behind it is full.
    pub fn print(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
        self.stdout.write_all(bytes.as_ref()).map_err(|error| Failure::writing(&error))
    }

    /// Writes what is said about it. Nobody can be told that this failed, so that is no failure.
    pub fn say(&mut self, text: &str) {
        drop(self.stderr.write_all(text.as_bytes()).and_then(|()| self.stderr.flush()));
    }

    /// Hands over what `print` still holds.
    ///
    /// # Errors
    /// As `print`.
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.stdout.flush().map_err(|error| Failure::writing(&error))
    }
}

impl Terminal {
    /// No terminal: a file, a pipe, a test.
    pub fn none() -> Self {
        Self { attached: false, width: WIDTH, unicode: true }
    }

    #[cfg(unix)]
    fn real<T: IsTerminal + std::os::fd::AsFd>(stream: &T, vars: &HashMap<OsString, OsString>) -> Self {
        Self::of(stream.is_terminal(), terminal_size::terminal_size_of(stream), vars)
    }

    #[cfg(windows)]
    fn real<T: IsTerminal + std::os::windows::io::AsHandle>(stream: &T, vars: &HashMap<OsString, OsString>) -> Self {
        Self::of(stream.is_terminal(), terminal_size::terminal_size_of(stream), vars)
    }

    fn of(attached: bool, size: Option<(terminal_size::Width, terminal_size::Height)>, vars: &HashMap<OsString, OsString>) -> Self {
        if !attached {
            return Self::none();
        }
        let width = size.map_or(WIDTH, |(terminal_size::Width(columns), _)| usize::from(columns));
        Self { attached: true, width: width.clamp(WIDTH_MIN, WIDTH_MAX), unicode: cfg!(windows) || speaks_utf8(vars) }
    }
}

/// Whether the locale is a UTF-8 one, by the order of precedence in POSIX (XBD 8.2).
fn speaks_utf8(vars: &HashMap<OsString, OsString>) -> bool {
    let var = |name: &str| vars.get(&OsString::from(name)).filter(|value| !value.is_empty());
    let locale = var("LC_ALL").or_else(|| var("LC_CTYPE")).or_else(|| var("LANG"));
    let dumb = var("TERM").is_some_and(|term| term == "dumb");
    !dumb
        && locale.is_some_and(|it| {
            let it = it.to_string_lossy().to_ascii_lowercase();
            it.contains("utf-8") || it.contains("utf8")
        })
}

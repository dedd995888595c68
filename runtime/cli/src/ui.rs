//! What a run says: diagnostics, faults, notices, the line for each environment and the summary, for people or for machines.
//!
//! Standard output is not written here. Nothing here decides what a run does; `Tally` only counts.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::{self, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use build::{EnvOutcome, NOWHERE, Sources, TestOutcome};
use diag::{Diagnostic, Severity};

use crate::exit::Exit;
use crate::host::{Host, Terminal};
use crate::render::{Indexed, Style, render};
use crate::{annotate, escape, json, sarif};

/// For whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum MessageFormat {
    /// Drawings and sentences.
    Human,
    /// One JSON object a line.
    Json,
    /// One document for code scanning.
    Sarif,
    /// Annotations at the lines of a pull request.
    Github,
}

/// The voice of one run.
#[derive(Debug)]
pub struct Ui {
    /// For whom.
    pub format: MessageFormat,
    /// How diagnostics are drawn.
    pub style: Style,
    /// How what was asked for is drawn, on standard output.
    pub output: Style,
    /// Says only what went wrong.
    pub quiet: bool,
    /// From the root of the repository to that of the project: empty, or with `/` at its end.
    pub prefix: String,
    /// What a document at the end will hold.
    pub log: RefCell<sarif::Log>,
}

/// Findings, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Files in which they are.
    pub files: usize,
}

impl Tally {
    /// Counts.
    pub fn of(diagnostics: &[Diagnostic]) -> Self {
        let errors = diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
        let files: HashSet<_> = diagnostics.iter().map(|it| it.primary.span.file).filter(|it| *it != NOWHERE.file).collect();
        Self { errors, warnings: diagnostics.len() - errors, files: files.len() }
    }

    /// `2 errors and 1 warning in 2 files`; nothing where there is nothing, no files where none is to blame.
    pub fn sentence(self) -> Option<String> {
        let found = match (self.errors, self.warnings) {
            (0, 0) => return None,
            (errors, 0) => count(errors, "error"),
            (0, warnings) => count(warnings, "warning"),
            (errors, warnings) => format!("{} and {}", count(errors, "error"), count(warnings, "warning")),
        };
        Some(if self.files == 0 { found } else { format!("{found} in {}", count(self.files, "file")) })
    }
}

/// `1 file`, `2 files`.
pub fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

impl Ui {
    /// Begins the stream.
    pub fn begin(&self, host: &mut Host<'_>) {
        if self.format == MessageFormat::Json {
            host.say(&json::line(&json::version()));
        }
    }

    /// Ends the stream: a document is told as a whole.
    pub fn end(&self, host: &mut Host<'_>, exit: Exit) {
        if self.format == MessageFormat::Sarif {
            host.say(&self.log.borrow().document(exit));
        }
    }

    /// Shows what was found.
    pub fn diagnostics(&self, host: &mut Host<'_>, diagnostics: &[Diagnostic], sources: &Sources) {
        match self.format {
            MessageFormat::Human => host.say(&render(diagnostics, sources, self.style)),
            MessageFormat::Github => host.say(&annotate::diagnostics(diagnostics, &Indexed::new(diagnostics, sources), &self.prefix)),
            MessageFormat::Sarif => self.log.borrow_mut().diagnostics(diagnostics, &Indexed::new(diagnostics, sources), &self.prefix),
            MessageFormat::Json => {
                let files = Indexed::new(diagnostics, sources);
                let lines: String = diagnostics.iter().map(|it| json::line(&json::diagnostic(it, &files))).collect();
                host.say(&lines);
            }
        }
    }

    /// The command stopped.
    pub fn error(&self, host: &mut Host<'_>, message: &str) {
        self.message(host, "error", message);
    }

    /// This machine refused something.
    pub fn fault(&self, host: &mut Host<'_>, message: &str) {
        self.message(host, "fault", message);
    }

    /// Worth a line, nobody's mistake.
    pub fn notice(&self, host: &mut Host<'_>, message: &str) {
        if !self.quiet {
            self.message(host, "notice", message);
        }
    }

    /// A line of result for people; machines read the structured form instead.
    pub fn line(&self, host: &mut Host<'_>, line: &str) {
        if matches!(self.format, MessageFormat::Human | MessageFormat::Github) && !self.quiet {
            host.say(&format!("{}\n", escape::line(line)));
        }
    }

    /// An environment for machines.
    pub fn environment(&self, host: &mut Host<'_>, it: &EnvOutcome, folder: Option<&str>) {
        if self.format == MessageFormat::Json {
            host.say(&json::line(&json::environment(it, folder)));
        }
    }

    /// Every test with what became of it.
    pub fn tests(&self, host: &mut Host<'_>, tests: &[TestOutcome], sources: &Sources) {
        match self.format {
            // Findings say which ones fail.
            MessageFormat::Sarif => {}
            MessageFormat::Human | MessageFormat::Github => {
                for test in tests.iter().filter(|it| !self.quiet || !it.wrong.is_empty()) {
                    let head = if test.wrong.is_empty() { "pass" } else { "fail" };
                    host.say(&format!("{} {}\n", self.paint(head), escape::line(&test.title)));
                }
            }
            MessageFormat::Json => {
                let files = Indexed::of(tests.iter().map(|it| it.place.file), sources);
                let lines: String = tests.iter().map(|it| json::line(&json::test(it, &files))).collect();
                host.say(&lines);
            }
        }
    }

    /// The last line of a run with findings: `error: 2 errors in 1 file; nothing written`.
    pub fn summary(&self, host: &mut Host<'_>, tally: Tally, consequence: Option<&str>, elapsed: Duration) {
        match self.format {
            MessageFormat::Human | MessageFormat::Github => {}
            MessageFormat::Json => {
                let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
                return host.say(&json::line(&json::summary(tally, elapsed_ms)));
            }
            MessageFormat::Sarif => return,
        }
        let Some(sentence) = tally.sentence() else { return };
        if tally.errors == 0 && consequence.is_none() && self.quiet {
            return;
        }
        let head = if tally.errors > 0 || consequence.is_some() { "error" } else { "warning" };
        let tail = consequence.map_or_else(String::new, |it| format!("; {it}"));
        host.say(&format!("{}: {sentence}{tail}\n", self.paint(head)));
    }

    fn message(&self, host: &mut Host<'_>, kind: &str, message: &str) {
        let head = if kind == "notice" { "note" } else { "error" };
        match self.format {
            MessageFormat::Human => host.say(&format!("{}: {}\n", self.paint(head), escape::text(message))),
            MessageFormat::Json => host.say(&json::line(&json::message(kind, message))),
            MessageFormat::Github => host.say(&annotate::message(kind, message)),
            MessageFormat::Sarif => self.log.borrow_mut().message(kind, message),
        }
    }

    fn paint(&self, head: &str) -> String {
        let colour = match head {
            "error" | "fail" => "31;1",
            "pass" => "32",
            "warning" => "33;1",
            _ => "36",
        };
        if self.style.colour { format!("\u{1b}[{colour}m{head}\u{1b}[0m") } else { head.to_owned() }
    }
}

/// `12 ms`, `3.4 s`.
pub fn elapsed(it: Duration) -> String {
    let ms = it.as_secs_f64() * 1e3;
    if ms < 1e4 { format!("{ms:.0} ms") } else { format!("{:.1} s", ms / 1e3) }
}

/// Work shorter than this passes in silence.
const SILENCE: Duration = Duration::from_millis(300);
const TICK: Duration = Duration::from_millis(200);

/// A line on the terminal that tells that a long run lives; it is gone before anything else is written.
///
/// The channel's other end is the drawing thread: dropping `stop` ends it, `join` waits until its line is wiped.
#[derive(Debug)]
pub struct Progress {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts to wait, if somebody looks.
    pub fn start(doing: &'static str, ui: &Ui, terminal: Terminal) -> Self {
        if !terminal.attached || ui.quiet || ui.format != MessageFormat::Human {
            return Self { stop: None, thread: None };
        }
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::Builder::new().name("progress".to_owned()).spawn(move || {
            let begun = Instant::now();
            let mut pause = SILENCE;
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                pause = TICK;
                // Nobody can be told that the terminal is gone.
                drop(write!(io::stderr(), "\r{doing} {:.1} s", begun.elapsed().as_secs_f64()));
            }
            if pause == TICK {
                drop(write!(io::stderr(), "\r\u{1b}[2K"));
            }
        });
        Self { stop: Some(stop), thread: thread.ok() }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn the_sentence_counts_in_english() {
        let tally = |errors, warnings, files| Tally { errors, warnings, files }.sentence();
        assert_eq!(tally(0, 0, 0), None);
        assert_eq!(tally(1, 0, 0).as_deref(), Some("1 error"));
        assert_eq!(tally(1, 0, 1).as_deref(), Some("1 error in 1 file"));
        assert_eq!(tally(2, 1, 2).as_deref(), Some("2 errors and 1 warning in 2 files"));
    }
}

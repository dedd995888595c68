//! The pages of `cli/`: what is typed, and what appears.
//!
//! Each heading with a `console` block is a case, with an empty folder of its own. A line `Project: examples/homelab` below the
//! heading copies that project into it; other blocks (`vix apps/a.vix`, `toml vix.toml`) are files. In a `console` block lines with
//! `$ ` are commands, `? 1` is an exit code other than 0, and the rest is output, standard error included. `vix` runs within the
//! test (with `NAME=value` before it and `< FILE`, `> FILE`, `2> FILE` behind it), anything else in `sh`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

use cli::{Exit, Host, Terminal};

use crate::support::markdown::{self, Block, Edit, Part};
use crate::support::{diff, parallel, report, root, update, wanted};

#[test]
fn cli() {
    let folder = root().join("tests/cli");
    let mut pages: Vec<PathBuf> = fs::read_dir(folder).expect("readable").map(|it| it.expect("readable").path()).collect();
    pages.sort();
    let failures = parallel(&pages, |path| check_page(path));
    report("the transcripts in cli/", failures.into_iter().flatten().collect());
}

#[test]
fn every_exit_code_of_this_stage_is_reached() {
    let folder = root().join("tests/cli");
    let pages: String = fs::read_dir(folder).expect("readable").map(|it| fs::read_to_string(it.expect("readable").path()).expect("readable")).collect();
    for exit in [Exit::Source, Exit::Usage, Exit::Changes, Exit::Machine] {
        assert!(pages.lines().any(|line| line == format!("? {}", exit.code())), "no transcript ends with {exit:?}");
    }
}

#[test]
fn the_help_of_all_verbs_is_one_checked_text() {
    let path = root().join("tests/cli/help.txt");
    let actual = cli::help_of_all();
    if update() {
        fs::write(&path, &actual).expect("writable");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(actual == expected, "{}", diff::lines(&expected, &actual));
}

/// A heading with what stands below it.
#[derive(Default)]
struct Case {
    name: String,
    project: Option<String>,
    blocks: Vec<Block>,
}

fn check_page(path: &Path) -> Vec<String> {
    if path.extension().is_none_or(|it| it != "md") {
        return Vec::new();
    }
    let text = fs::read_to_string(path).expect("readable");
    let page = path.file_stem().expect("a name").to_string_lossy().into_owned();
    let (mut failures, mut edits) = (Vec::new(), Vec::new());
    for case in cases(&page, &text).into_iter().filter(|it| wanted(&it.name)) {
        let sandbox = Sandbox::new(&case);
        for block in case.blocks.iter().filter(|it| it.language() == "console") {
            let actual = sandbox.replay(&block.text);
            if actual == block.text {
                continue;
            }
            failures.push(format!("{}\n{}", case.name, diff::lines(&block.text, &actual)));
            edits.push(Edit { at: block.whole.clone(), text: markdown::block("console", &actual) });
        }
    }
    if update() && !edits.is_empty() {
        fs::write(path, markdown::edit(&text, edits)).expect("writable");
        return Vec::new();
    }
    failures
}

fn cases(page: &str, text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for part in markdown::parse(text).parts {
        match part {
            Part::Heading(_, words) => cases.push(Case { name: format!("{page}: {words}"), ..Case::default() }),
            Part::Prose(line) => {
                if let (Some(project), Some(case)) = (line.strip_prefix("Project: "), cases.last_mut()) {
                    case.project = Some(project.to_owned());
                }
            }
            Part::Block(block) => cases.last_mut().expect("a heading stands above every block").blocks.push(block),
        }
    }
    cases
}

/// A folder for one case.
struct Sandbox {
    folder: tempfile::TempDir,
}

impl Sandbox {
    fn new(case: &Case) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("here")).expect("writable");
        let out = Self { folder };
        if let Some(project) = &case.project {
            copy(&root().join(project), &out.here());
        }
        for block in case.blocks.iter().filter(|it| it.language() != "console") {
            let path = out.here().join(block.word(0).expect("a block that is no console names its file"));
            fs::create_dir_all(path.parent().expect("below")).expect("writable");
            fs::write(path, &block.text).expect("writable");
        }
        out
    }

    fn here(&self) -> PathBuf {
        self.folder.path().join("here")
    }

    /// The commands of a transcript with what they say now.
    fn replay(&self, transcript: &str) -> String {
        let mut out = String::new();
        for command in transcript.lines().filter_map(|line| line.strip_prefix("$ ")) {
            let (said, code) = self.run(command);
            out.push_str(&format!("$ {command}\n{}", self.steady(&said)));
            if !said.is_empty() && !said.ends_with('\n') {
                out.push('\n');
            }
            if code != 0 {
                out.push_str(&format!("? {code}\n"));
            }
        }
        out
    }

    fn run(&self, command: &str) -> (String, i32) {
        let line = Line::parse(command);
        if line.args.first().is_some_and(|it| it == "vix") { self.vix(line) } else { self.shell(command) }
    }

    fn shell(&self, command: &str) -> (String, i32) {
        let output = Command::new("sh").args(["-c", command]).current_dir(self.here()).stdin(Stdio::null()).output().expect("sh can be started");
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        (said.into_owned(), output.status.code().unwrap_or(-1))
    }

    fn vix(&self, line: Line) -> (String, i32) {
        let said = Shared::default();
        let cache = self.folder.path().join("cache");
        let mut vars: HashMap<OsString, OsString> = HashMap::from([("VIX_CACHE_DIR".into(), cache.into())]);
        vars.extend(line.vars.iter().map(|(name, value)| (name.into(), value.into())));
        let open = |path: &Option<String>| -> Box<dyn Write> {
            match path {
                Some(path) => Box::new(fs::File::create(self.here().join(path)).expect("writable")),
                None => Box::new(said.clone()),
            }
        };
        let (mut stdout, mut stderr) = (open(&line.stdout), open(&line.stderr));
        let mut stdin: Box<dyn Read> = match &line.stdin {
            Some(path) => Box::new(fs::File::open(self.here().join(path)).expect("readable")),
            None => Box::new(io::empty()),
        };
        let mut host = Host {
            args: line.args.iter().map(OsString::from).collect(),
            called_in: self.here(),
            cwd: self.here(),
            vars,
            stdin: &mut *stdin,
            stdout: &mut *stdout,
            stderr: &mut *stderr,
            terminal: Terminal::none(),
            output: Terminal::none(),
        };
        let exit = cli::main_with(&mut host);
        let said = String::from_utf8_lossy(&said.0.borrow()).into_owned();
        (said, i32::from(exit.code()))
    }

    /// Without what differs from run to run: the folder, the time, the version, and escape codes in sight.
    fn steady(&self, said: &str) -> String {
        let real = self.here().canonicalize().expect("it exists");
        let said = said.replace(&*real.to_string_lossy(), "[HERE]").replace(&*self.here().to_string_lossy(), "[HERE]");
        let said = said.replace(env!("CARGO_PKG_VERSION"), "[VERSION]").replace('\u{1b}', "␛");
        time(&time(&said, " in ", &[" ms\n", " s\n"]), "\"elapsed_ms\":", &["}"])
    }
}

/// Replaces the number between `before` and one of `after`.
fn time(said: &str, before: &str, after: &[&str]) -> String {
    let mut parts = said.split(before);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(before);
        let number = part.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(part.len());
        match after.iter().find(|it| number > 0 && part[number..].starts_with(**it)) {
            Some(_) => out.push_str(&format!("[TIME]{}", &part[number..])),
            None => out.push_str(part),
        }
    }
    out
}

/// Standard output and standard error in the order of their writing.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A command line of `vix`.
#[derive(Default)]
struct Line {
    vars: Vec<(String, String)>,
    args: Vec<String>,
    stdin: Option<String>,
    stdout: Option<String>,
    stderr: Option<String>,
}

impl Line {
    fn parse(command: &str) -> Self {
        let mut out = Self::default();
        let mut words = words(command).into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "<" => out.stdin = words.next(),
                ">" => out.stdout = words.next(),
                "2>" => out.stderr = words.next(),
                _ => match word.split_once('=') {
                    Some((name, value)) if out.args.is_empty() => out.vars.push((name.to_owned(), value.to_owned())),
                    _ => out.args.push(word),
                },
            }
        }
        out
    }
}

/// Words, with single quotes around those with blanks.
fn words(command: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (nth, part) in command.split('\'').enumerate() {
        if nth % 2 == 1 {
            out.push(part.to_owned());
        } else {
            out.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    out
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("readable") {
        let entry = entry.expect("readable");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            if entry.file_name() != "build" {
                fs::create_dir_all(&to).expect("writable");
                copy(&entry.path(), &to);
            }
        } else {
            fs::copy(entry.path(), &to).expect("readable and writable");
        }
    }
}

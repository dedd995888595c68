//! Contents by id, asked one by one of a `git cat-file --batch` that lives as long as the revision.
//!
//! The child is started with the first question. It ends when its standard input is closed, which dropping does; then it is waited for.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Where contents come from.
#[derive(Debug)]
pub struct Blobs {
    command: Command,
    child: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    /// Absent once the child is told to end.
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Blobs {
    /// Contents that this command hands over.
    pub fn new(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        Self { command, child: None }
    }

    /// The content under an id; `None` where it is larger than `size_max`.
    ///
    /// # Errors
    /// Git does not have it, or is gone.
    pub fn read(&mut self, id: &str, size_max: u64) -> io::Result<Option<Vec<u8>>> {
        let running = match &mut self.child {
            Some(running) => running,
            None => self.child.insert(Running::start(&mut self.command)?),
        };
        let read = running.read(id, size_max);
        if read.is_err() {
            // What it says next may be the rest of this answer.
            self.child = None;
        }
        read
    }
}

impl Running {
    fn start(command: &mut Command) -> io::Result<Self> {
        let mut child = command.spawn()?;
        let (questions, answers) = (child.stdin.take(), child.stdout.take());
        let answers = answers.ok_or_else(|| io::Error::other("it has no standard output"))?;
        Ok(Self { child, questions, answers: BufReader::new(answers) })
    }

    fn read(&mut self, id: &str, size_max: u64) -> io::Result<Option<Vec<u8>>> {
        let questions = self.questions.as_mut().ok_or(ErrorKind::BrokenPipe)?;
        writeln!(questions, "{id}")?;
        questions.flush()?;
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        // `<id> blob <size>`, or `<id> missing`.
        let size = match head.trim_end().rsplit_once(' ') {
            Some((kind, size)) if kind.ends_with(" blob") => size.parse::<u64>().map_err(|_| ErrorKind::InvalidData)?,
            Some((_, "missing")) => return Err(io::Error::new(ErrorKind::NotFound, "this clone does not hold it")),
            _ => return Err(ErrorKind::UnexpectedEof.into()),
        };
        if size > size_max {
            io::copy(&mut (&mut self.answers).take(size + 1), &mut io::sink())?;
            return Ok(None);
        }
        let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
        (&mut self.answers).take(size + 1).read_to_end(&mut content)?;
        if content.len() as u64 != size + 1 || content.pop() != Some(b'\n') {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(Some(content))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.questions.take());
        drop(self.child.wait());
    }
}

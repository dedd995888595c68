//! Prints the tokens with new layout between them.
//!
//! Invariant: every token but separating commas, and every comment, is printed once and in order.

use super::plan::{BROKEN, CLOSE, ELEM, OPEN, Plan, SEP, SPLITTABLE, VERBATIM, is_tight, tree_text};
use crate::{kind::SyntaxKind, tree::Tree};

/// Columns that a line may have.
const WIDTH_MAX: usize = 120;
const INDENT: usize = 2;

/// An open group.
struct Frame {
    broken: bool,
    /// Levels of its closing bracket.
    base: usize,
    /// Levels of its elements.
    inner: usize,
}

struct Printer<'t> {
    tree: &'t Tree,
    plan: &'t Plan,
    out: String,
    /// Where the current line begins.
    line_start: usize,
    /// Levels of the current line.
    level: usize,
    frames: Vec<Frame>,
}

/// Layout before a token.
enum Gap {
    None,
    Blank,
    /// A new line: levels of the comments before it, and its own.
    Line {
        comments: usize,
        token: usize,
        after_open: bool,
        before_close: bool,
    },
}

pub(super) fn print(tree: &Tree, plan: &Plan) -> String {
    let out = String::with_capacity(tree.source().len() + tree.source().len() / 8);
    let mut printer = Printer { tree, plan, out, line_start: 0, level: 0, frames: vec![Frame { broken: true, base: 0, inner: 0 }] };
    printer.tokens();
    printer.out
}

impl Printer<'_> {
    fn flags(&self, token: u32) -> u16 {
        self.plan.flags[token as usize]
    }

    fn frame(&self) -> &Frame {
        // The file's own frame is never popped.
        &self.frames[self.frames.len() - 1]
    }

    fn tokens(&mut self) {
        let count = self.tree.token_count() as u32;
        let mut previous: Option<u32> = None;
        let mut trivia = 0;
        let mut at = 0;
        while let Some(token) = self.tree.token(at) {
            if token.kind().is_trivia() || self.is_dropped(at) {
                at += 1;
                continue;
            }
            let gap = self.gap(previous, trivia, at);
            self.layout(&gap, trivia, at);
            at = self.token(at);
            previous = Some(at - 1);
            trivia = at;
        }
        self.end(previous.is_some(), trivia, count);
    }

    /// Commas are dropped where lines separate, and behind the last element.
    fn is_dropped(&self, at: u32) -> bool {
        if self.flags(at) & SEP == 0 {
            return false;
        }
        let mut next = at + 1;
        while self.tree.token(next).is_some_and(|it| it.kind().is_trivia()) {
            next += 1;
        }
        self.frame().broken || self.plan.flags.get(next as usize).is_some_and(|it| it & CLOSE > 0)
    }

    fn gap(&self, previous: Option<u32>, trivia: u32, at: u32) -> Gap {
        let flags = self.flags(at);
        let frame = self.frame();
        let after_open = previous.is_none_or(|it| self.flags(it) & OPEN > 0);
        if flags & CLOSE > 0 && frame.broken {
            return Gap::Line { comments: frame.inner, token: frame.base, after_open, before_close: true };
        }
        if (flags & ELEM > 0 || (after_open && previous.is_some())) && frame.broken {
            return Gap::Line { comments: frame.inner, token: frame.inner, after_open, before_close: false };
        }
        if self.holds_line_end(trivia, at) && !(after_open && flags & CLOSE > 0) {
            let level = frame.inner + usize::from(previous.is_some());
            return Gap::Line { comments: level, token: level, after_open, before_close: false };
        }
        if is_tight(self.plan, self.tree, previous, at) { Gap::None } else { Gap::Blank }
    }

    fn holds_line_end(&self, from: u32, to: u32) -> bool {
        // A comment ends its line, even at the end of a file that breaks off in a string.
        let ends_line = |it: SyntaxKind| matches!(it, SyntaxKind::Newline | SyntaxKind::Comment | SyntaxKind::DocComment);
        (from..to).any(|it| self.tree.token(it).is_some_and(|it| ends_line(it.kind())))
    }

    fn layout(&mut self, gap: &Gap, from: u32, to: u32) {
        match *gap {
            Gap::None => {}
            Gap::Blank => self.out.push(' '),
            Gap::Line { comments, token, after_open, before_close } => {
                let (newlines, printed) = self.comments(from, to, comments, after_open);
                let is_first = self.out.is_empty();
                let keeps_blank = newlines > 1 && !before_close && (printed || !after_open);
                if !is_first {
                    self.new_line(token, keeps_blank);
                }
            }
        }
    }

    /// Prints the comments among these tokens. Gives the line ends behind the last one, and whether one had its own line.
    fn comments(&mut self, from: u32, to: u32, level: usize, after_open: bool) -> (usize, bool) {
        let mut newlines = 0;
        let mut printed = false;
        for at in from..to {
            let Some(token) = self.tree.token(at) else { break };
            match token.kind() {
                SyntaxKind::Newline => newlines += 1,
                SyntaxKind::Comment | SyntaxKind::DocComment => {
                    if self.out.is_empty() {
                        self.level = level;
                    } else if newlines == 0 {
                        // `https://x` without quotes is one mistake, and stays recognisable as that.
                        if at > from || !self.out.ends_with(':') {
                            self.out.push(' ');
                        }
                    } else {
                        self.new_line(level, newlines > 1 && (printed || !after_open));
                    }
                    // A comment behind an opening bracket belongs to its line.
                    printed |= newlines > 0 || self.out.is_empty();
                    self.out.push_str(token.text().trim_end());
                    newlines = 0;
                }
                _ => {}
            }
        }
        (newlines, printed)
    }

    fn new_line(&mut self, level: usize, blank: bool) {
        self.out.push('\n');
        if blank {
            self.out.push('\n');
        }
        self.line_start = self.out.len();
        self.level = level;
        self.out.extend(std::iter::repeat_n(' ', level * INDENT));
    }

    /// Prints a token, or the tokens that stay as they are; gives the next one.
    fn token(&mut self, at: u32) -> u32 {
        let flags = self.flags(at);
        if flags & VERBATIM > 0 {
            return self.verbatim(at);
        }
        if flags & CLOSE > 0 && self.frames.len() > 1 {
            self.frames.pop();
        }
        self.out.push_str(self.tree.token(at).map_or("", |it| it.text()));
        if flags & OPEN > 0 {
            self.open(at, flags);
        }
        at + 1
    }

    fn open(&mut self, at: u32, flags: u16) {
        let width = self.out.len() - self.line_start + self.plan.extent[at as usize] as usize;
        let too_wide = flags & SPLITTABLE > 0 && width > WIDTH_MAX && !self.is_empty_group(at);
        let broken = flags & BROKEN > 0 || too_wide;
        let inner = if broken { self.level + 1 } else { self.frame().inner };
        self.frames.push(Frame { broken, base: self.level, inner });
    }

    fn is_empty_group(&self, open: u32) -> bool {
        let mut next = open + 1;
        while self.tree.token(next).is_some_and(|it| it.kind().is_trivia()) {
            next += 1;
        }
        self.plan.flags.get(next as usize).is_some_and(|it| it & CLOSE > 0)
    }

    fn verbatim(&mut self, at: u32) -> u32 {
        let end = self.plan.extent[at as usize].max(at + 1);
        let text = tree_text(self.tree, at, end);
        for (n, line) in text.split("\r\n").enumerate() {
            if n > 0 {
                self.out.push('\n');
            }
            self.out.push_str(line);
        }
        if let Some(newline) = text.rfind('\n') {
            self.line_start = self.out.len() - (text.len() - newline - 1);
        }
        end
    }

    /// Comments behind the last token, and one line end.
    fn end(&mut self, holds_token: bool, from: u32, to: u32) {
        self.comments(from, to, 0, !holds_token);
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }
}

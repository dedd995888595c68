//! Where brackets do not match: found by the indentation, which shows what was meant.
//!
//! Only for texts whose brackets do not match; of the others indentation says nothing.

use crate::{kind::SyntaxKind, lexer::Significant};

/// What is wrong with the brackets of a text, as far as its first mistake goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Imbalance {
    /// A bracket is never closed; what stands `before` shows it.
    Unclosed { open: (u32, u32), kind: SyntaxKind, before: (u32, u32) },
    /// A head lacks its `{`, at that byte; `close` is the `}` that shows it.
    Unopened { at: u32, close: (u32, u32) },
    /// A bracket of another kind stands where one is to be closed.
    Wrong { open: (u32, u32), kind: SyntaxKind, close: (u32, u32) },
    /// A bracket closes nothing, or what the indentation says is still open.
    Surplus { close: (u32, u32), kind: SyntaxKind },
}

impl Imbalance {
    /// The first byte that is wrong.
    pub(crate) fn start(self) -> u32 {
        match self {
            Self::Unclosed { open, .. } => open.0,
            Self::Unopened { at, .. } => at,
            Self::Wrong { close, .. } | Self::Surplus { close, .. } => close.0,
        }
    }
}

/// An open bracket.
#[derive(Clone, Copy)]
struct Open {
    kind: SyntaxKind,
    range: (u32, u32),
    line: usize,
}

/// A line with a token.
struct Line {
    indent: u32,
    /// Its first and one past its last token.
    tokens: (usize, usize),
}

/// The first mistake, if there is one.
pub(crate) fn find(source: &str, starts: &[u32], tokens: &[Significant]) -> Option<Imbalance> {
    if is_balanced(tokens) {
        return None;
    }
    Finder { source, starts, tokens, lines: Vec::new(), open: Vec::new(), closed: Vec::new() }.run()
}

struct Finder<'s> {
    source: &'s str,
    starts: &'s [u32],
    tokens: &'s [Significant],
    lines: Vec<Line>,
    open: Vec<Open>,
    /// Lines of opening brackets, with what closed them and on which line.
    closed: Vec<(usize, usize, (u32, u32), SyntaxKind)>,
}

impl Finder<'_> {
    fn run(mut self) -> Option<Imbalance> {
        for at in 0..self.tokens.len() {
            let token = self.tokens[at];
            if token.newline || at == 0 {
                let indent = self.indent(self.range(at).0);
                self.lines.push(Line { indent, tokens: (at, at) });
            }
            if let Some(line) = self.lines.last_mut() {
                line.tokens.1 = at + 1;
            }
            let found = match token.kind {
                SyntaxKind::LBrace | SyntaxKind::LBracket | SyntaxKind::LParen | SyntaxKind::HoleOpen => {
                    self.open.push(Open { kind: token.kind, range: self.range(at), line: self.lines.len() - 1 });
                    None
                }
                SyntaxKind::RBrace | SyntaxKind::RBracket | SyntaxKind::RParen | SyntaxKind::HoleClose => self.close(at),
                SyntaxKind::Word | SyntaxKind::Eof => self.begin(at),
                _ => None,
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn range(&self, at: usize) -> (u32, u32) {
        let index = self.tokens[at].index as usize;
        (self.starts[index], self.starts[(index + 1).min(self.starts.len() - 1)])
    }

    fn indent(&self, byte: u32) -> u32 {
        let before = &self.source[..byte as usize];
        byte - before.rfind('\n').map_or(0, |it| it as u32 + 1)
    }

    /// An item in the first column, or the end: nothing may be open.
    fn begin(&mut self, at: usize) -> Option<Imbalance> {
        let top = *self.open.last()?;
        let next = self.tokens.get(at + 1).map(|it| it.kind);
        let item = self.tokens[at].newline && self.indent(self.range(at).0) == 0 && matches!(next, Some(SyntaxKind::Word | SyntaxKind::String));
        (item || self.tokens[at].kind == SyntaxKind::Eof).then(|| self.unclosed(top, at))
    }

    fn unclosed(&self, top: Open, before: usize) -> Imbalance {
        Imbalance::Unclosed { open: top.range, kind: top.kind, before: self.range(before) }
    }

    fn close(&mut self, at: usize) -> Option<Imbalance> {
        let close = self.range(at);
        let kind = self.tokens[at].kind;
        let Some(top) = self.open.last().copied() else { return Some(self.surplus(at)) };
        if closing(top.kind) != kind {
            let matches = self.open.iter().any(|it| closing(it.kind) == kind);
            return Some(if matches { self.unclosed(top, at) } else { Imbalance::Wrong { open: top.range, kind: top.kind, close } });
        }
        if self.tokens[at].newline && kind == SyntaxKind::RBrace {
            let (indent, opened) = (self.indent(close.0), self.lines[top.line].indent);
            if indent < opened {
                return Some(self.unclosed(top, at));
            }
            if indent > opened {
                return Some(self.surplus(at));
            }
        }
        self.open.pop();
        self.closed.push((top.line, self.lines.len() - 1, close, kind));
        None
    }

    /// A bracket that closes nothing, or too much: the line it belongs to lacks its `{`, or was closed before.
    fn surplus(&self, at: usize) -> Imbalance {
        let close = self.range(at);
        let kind = self.tokens[at].kind;
        let plain = Imbalance::Surplus { close, kind };
        if !self.tokens[at].newline || kind != SyntaxKind::RBrace {
            return plain;
        }
        let indent = self.indent(close.0);
        let own = self.lines.len() - 1;
        let Some(head) = (0..own).rev().find(|it| self.lines[*it].indent <= indent) else { return plain };
        if self.lines[head].indent < indent {
            return plain;
        }
        if let Some((.., early, kind)) = self.closed.iter().find(|it| it.0 == head && it.1 > head) {
            return Imbalance::Surplus { close: *early, kind: *kind };
        }
        let last = self.lines[head].tokens.1 - 1;
        let is_head =
            matches!(self.tokens[last].kind, SyntaxKind::Word | SyntaxKind::String | SyntaxKind::StringClose | SyntaxKind::RParen | SyntaxKind::RBracket);
        if head + 1 < own && is_head { Imbalance::Unopened { at: self.range(last).1, close } } else { plain }
    }
}

fn closing(kind: SyntaxKind) -> SyntaxKind {
    match kind {
        SyntaxKind::LBrace => SyntaxKind::RBrace,
        SyntaxKind::LBracket => SyntaxKind::RBracket,
        SyntaxKind::LParen => SyntaxKind::RParen,
        _ => SyntaxKind::HoleClose,
    }
}

/// Whether all brackets match.
fn is_balanced(tokens: &[Significant]) -> bool {
    let mut open = Vec::new();
    for token in tokens {
        let kind = token.kind;
        match kind {
            SyntaxKind::LBrace | SyntaxKind::LBracket | SyntaxKind::LParen | SyntaxKind::HoleOpen => open.push(closing(kind)),
            SyntaxKind::RBrace | SyntaxKind::RBracket | SyntaxKind::RParen | SyntaxKind::HoleClose if open.pop() != Some(kind) => return false,
            _ => {}
        }
    }
    open.is_empty()
}

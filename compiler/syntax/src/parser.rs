//! The machine under the grammar: looks ahead, takes tokens, closes nodes, reports.
//!
//! Not here: any production. Nodes are written when they are complete, children before parents; a node that turns out to be the left part of a
//! larger one is simply closed a second time from the same mark. `build` turns that order round.
//! Invariant: no node is empty; a position gets one message; every loop of the grammar takes a token or ends.

use diag::{Diagnostic, FileId, Span};

use crate::{
    brackets::{self, Imbalance},
    diagnostics,
    kind::SyntaxKind,
    lexer::{LexFault, LexFaultKind, Lexed, Significant},
};

/// How deep brackets and constructs may nest.
pub(crate) const DEPTH_MAX: u32 = 256;

/// A complete node. Its subtree is the `size` last entries up to itself.
#[derive(Clone, Copy)]
pub(crate) struct Done {
    pub(crate) kind: SyntaxKind,
    pub(crate) tok0: u32,
    pub(crate) tok1: u32,
    pub(crate) size: u32,
}

/// Where a node begins.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    pos: u32,
    nodes: u32,
}

/// State of one parse.
pub(crate) struct Parser<'s> {
    source: &'s str,
    file: FileId,
    kinds: Vec<SyntaxKind>,
    starts: Vec<u32>,
    tokens: Vec<Significant>,
    /// Bytes of unclosed strings, in order.
    unclosed: Vec<(u32, u32)>,
    pos: usize,
    nodes: Vec<Done>,
    depth: u32,
    too_deep: bool,
    /// Brackets do not match somewhere, so that the first column decides where an item ends.
    unbalanced: bool,
    imbalance: Option<Imbalance>,
    /// Open `{`, `[`, `(` around the current token.
    open: [u32; 3],
    /// Holes of strings around the current token.
    holes: u32,
    /// In the head of `if for match each where`, where `{` begins the body.
    pub(crate) in_head: bool,
    reported_at: Option<usize>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// So many of them, the first, are the lexer's.
    lexical: usize,
}

/// What a parse leaves behind.
pub(crate) struct Parsed {
    pub(crate) kinds: Vec<SyntaxKind>,
    pub(crate) starts: Vec<u32>,
    pub(crate) nodes: Vec<Done>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// So many findings, the first, are the lexer's.
    pub(crate) lexical: usize,
    /// Where brackets do not match.
    pub(crate) imbalance: Option<Imbalance>,
}

impl<'s> Parser<'s> {
    pub(crate) fn new(source: &'s str, file: FileId, lexed: Lexed, diagnostics: Vec<Diagnostic>) -> Self {
        let imbalance = brackets::find(source, &lexed.starts, &lexed.significant);
        let is_unclosed = |it: &&LexFault| it.what == LexFaultKind::UnclosedString;
        let unclosed = lexed.faults.iter().filter(is_unclosed).map(|it| (it.start, it.end)).collect();
        let nodes = Vec::with_capacity(lexed.significant.len());
        Self {
            source,
            file,
            kinds: lexed.kinds,
            starts: lexed.starts,
            tokens: lexed.significant,
            unclosed,
            pos: 0,
            nodes,
            depth: 0,
            too_deep: false,
            unbalanced: imbalance.is_some(),
            imbalance,
            open: [0; 3],
            holes: 0,
            in_head: false,
            reported_at: None,
            lexical: diagnostics.len(),
            diagnostics,
        }
    }

    /// Closes the file's node and gives all away.
    pub(crate) fn into_parsed(mut self) -> Parsed {
        let tok0 = self.tokens.first().filter(|it| it.kind != SyntaxKind::Eof).map_or(0, |it| it.index);
        let tok1 = self.tokens.iter().rev().find(|it| it.kind != SyntaxKind::Eof).map_or(0, |it| it.index + 1);
        self.nodes.push(Done { kind: SyntaxKind::File, tok0, tok1, size: self.nodes.len() as u32 + 1 });
        self.kinds.pop();
        Parsed { kinds: self.kinds, starts: self.starts, nodes: self.nodes, diagnostics: self.diagnostics, lexical: self.lexical, imbalance: self.imbalance }
    }

    fn significant(&self, ahead: usize) -> Significant {
        // The last one is `Eof`, and nothing looks behind it.
        self.tokens[(self.pos + ahead).min(self.tokens.len() - 1)]
    }

    /// The kind of the current token.
    pub(crate) fn kind(&self) -> SyntaxKind {
        self.tokens[self.pos].kind
    }

    /// The kind of a token further on.
    pub(crate) fn nth(&self, ahead: usize) -> SyntaxKind {
        self.significant(ahead).kind
    }

    pub(crate) fn at(&self, kind: SyntaxKind) -> bool {
        self.kind() == kind
    }

    /// Whether the current token is the first of its line.
    pub(crate) fn newline(&self) -> bool {
        self.tokens[self.pos].newline
    }

    /// Whether a token further on is the first of its line.
    pub(crate) fn nth_newline(&self, ahead: usize) -> bool {
        self.significant(ahead).newline
    }

    /// Whether the current token is of that kind and on the line of the one before.
    pub(crate) fn at_same_line(&self, kind: SyntaxKind) -> bool {
        self.kind() == kind && !self.newline()
    }

    /// The text of the current token.
    pub(crate) fn text(&self) -> &'s str {
        self.nth_text(0)
    }

    /// The text of a token further on.
    pub(crate) fn nth_text(&self, ahead: usize) -> &'s str {
        let (start, end) = self.bytes_of(self.significant(ahead).index);
        &self.source[start as usize..end as usize]
    }

    /// Whether the current token is that word.
    pub(crate) fn at_word(&self, word: &str) -> bool {
        self.kind() == SyntaxKind::Word && self.text() == word
    }

    /// Whether a token further on is that word.
    pub(crate) fn nth_word(&self, ahead: usize, word: &str) -> bool {
        self.nth(ahead) == SyntaxKind::Word && self.nth_text(ahead) == word
    }

    /// Whether the current token is that word, on the line of the token before: a word of a head.
    pub(crate) fn at_head_word(&self, word: &str) -> bool {
        !self.newline() && self.at_word(word)
    }

    /// Whether the current token can be a NAME here.
    pub(crate) fn at_name(&self) -> bool {
        !self.newline() && matches!(self.kind(), SyntaxKind::Word | SyntaxKind::String | SyntaxKind::StringOpen)
    }

    fn bytes_of(&self, index: u32) -> (u32, u32) {
        let at = index as usize;
        (self.starts[at], self.starts[(at + 1).min(self.starts.len() - 1)])
    }

    /// The bytes of the current token.
    pub(crate) fn range(&self) -> (u32, u32) {
        self.bytes_of(self.significant(0).index)
    }

    /// The bytes of a token further on.
    pub(crate) fn nth_range(&self, ahead: usize) -> (u32, u32) {
        self.bytes_of(self.significant(ahead).index)
    }

    /// One past the last byte that was taken.
    pub(crate) fn last_end(&self) -> u32 {
        if self.pos == 0 { 0 } else { self.bytes_of(self.tokens[self.pos - 1].index).1 }
    }

    /// Whether nothing stands between a token further on and the one before it.
    pub(crate) fn is_glued(&self, ahead: usize) -> bool {
        self.pos + ahead > 0 && self.significant(ahead).index == self.tokens[(self.pos + ahead - 1).min(self.tokens.len() - 1)].index + 1
    }

    pub(crate) fn source(&self) -> &'s str {
        self.source
    }

    pub(crate) fn span(&self, range: (u32, u32)) -> Span {
        Span::new(self.file, range.0, range.1)
    }

    /// Number of tokens taken so far.
    pub(crate) fn position(&self) -> usize {
        self.pos
    }

    /// Takes the current token.
    pub(crate) fn bump(&mut self) {
        if self.kind() != SyntaxKind::Eof {
            self.pos += 1;
        }
    }

    /// Takes the current word as a keyword.
    pub(crate) fn bump_keyword(&mut self) {
        let index = self.significant(0).index as usize;
        self.kinds[index] = SyntaxKind::Keyword;
        self.bump();
    }

    /// Takes the current token if it is of that kind.
    pub(crate) fn eat(&mut self, kind: SyntaxKind) -> bool {
        let found = self.at(kind);
        if found {
            self.bump();
        }
        found
    }

    /// Takes the current word if it is that keyword of a head.
    pub(crate) fn eat_keyword(&mut self, word: &str) -> bool {
        let found = self.at_head_word(word);
        if found {
            self.bump_keyword();
        }
        found
    }

    /// Takes a token of that kind or reports what is missing.
    pub(crate) fn expect(&mut self, kind: SyntaxKind, what: &str) -> bool {
        let found = self.eat(kind);
        if !found {
            self.expected(what);
        }
        found
    }

    /// Takes a token of that kind on this line or reports what is missing.
    pub(crate) fn expect_same_line(&mut self, kind: SyntaxKind, what: &str) -> bool {
        let found = self.at_same_line(kind);
        if found {
            self.bump();
        } else {
            self.expected(what);
        }
        found
    }

    /// Takes that keyword or reports that it is missing.
    pub(crate) fn expect_keyword(&mut self, word: &str) -> bool {
        let found = self.eat_keyword(word);
        if !found {
            self.expected(&format!("`{word}`"));
        }
        found
    }

    pub(crate) fn start(&self) -> Mark {
        Mark { pos: self.pos as u32, nodes: self.nodes.len() as u32 }
    }

    /// Closes a node over all tokens since the mark; without tokens there is no node.
    pub(crate) fn finish(&mut self, mark: Mark, kind: SyntaxKind) {
        if self.pos as u32 == mark.pos {
            return;
        }
        let tok0 = self.tokens[mark.pos as usize].index;
        let tok1 = self.tokens[self.pos - 1].index + 1;
        self.nodes.push(Done { kind, tok0, tok1, size: self.nodes.len() as u32 - mark.nodes + 1 });
    }

    /// Takes the current token as a node of its own.
    pub(crate) fn leaf(&mut self, kind: SyntaxKind) {
        let mark = self.start();
        self.bump();
        self.finish(mark, kind);
    }

    /// Whether a message is due here: none twice at one position, none about what the lexer has reported.
    pub(crate) fn may_report(&mut self) -> bool {
        let (start, end) = self.range();
        let known = self.kind() == SyntaxKind::Bad || (start == end && self.kind() != SyntaxKind::Eof);
        let known = known || self.in_unclosed_string(start);
        if self.too_deep || known || self.diagnostics.len() >= diagnostics::COUNT_MAX || self.reported_at == Some(self.pos) {
            return false;
        }
        self.reported_at = Some(self.pos);
        true
    }

    /// Whether a byte stands in a string that the lexer has reported as unclosed.
    fn in_unclosed_string(&self, at: u32) -> bool {
        let behind = self.unclosed.partition_point(|it| it.0 <= at);
        behind > 0 && at < self.unclosed[behind - 1].1
    }

    /// Reports that something is missing at the current position.
    pub(crate) fn expected(&mut self, what: &str) {
        if !self.may_report() {
            return;
        }
        let missing = self.newline() || self.at(SyntaxKind::Eof);
        let diagnostic = if missing {
            let end = self.last_end();
            diagnostics::expected_before_line_end(self.span((end, end)), what)
        } else {
            diagnostics::expected(self.span(self.range()), what, self.text())
        };
        self.diagnostics.push(diagnostic);
    }

    /// Reports a finding of the grammar's own, unless the position has one.
    pub(crate) fn report(&mut self, diagnostic: impl FnOnce(&Self) -> Diagnostic) {
        if self.may_report() {
            let diagnostic = diagnostic(self);
            self.diagnostics.push(diagnostic);
        }
    }

    /// As `report`, about a bracket; where brackets do not match, that is told once, of the whole.
    pub(crate) fn report_bracket(&mut self, diagnostic: impl FnOnce(&Self) -> Diagnostic) {
        if self.may_report() && !self.unbalanced {
            let diagnostic = diagnostic(self);
            self.diagnostics.push(diagnostic);
        }
    }

    /// Enters a construct; if that is too deep, reports and takes it as an error.
    pub(crate) fn enter(&mut self) -> bool {
        if self.depth < DEPTH_MAX {
            self.depth += 1;
            return true;
        }
        if !self.too_deep {
            let diagnostic = diagnostics::nesting_too_deep(self.span(self.range()), DEPTH_MAX);
            self.diagnostics.push(diagnostic);
        }
        self.too_deep = true;
        self.junk();
        false
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Counts an open bracket.
    pub(crate) fn open(&mut self, bracket: SyntaxKind) {
        self.open[bracket_family(bracket)] += 1;
    }

    /// Counts it closed.
    pub(crate) fn close(&mut self, bracket: SyntaxKind) {
        self.open[bracket_family(bracket)] -= 1;
    }

    /// Whether the current token closes something that is open, or the hole around.
    pub(crate) fn at_any_close(&self) -> bool {
        match self.kind() {
            SyntaxKind::HoleClose => true,
            it @ (SyntaxKind::RBrace | SyntaxKind::RBracket | SyntaxKind::RParen) => self.open[bracket_family(it)] > 0,
            _ => false,
        }
    }

    /// Enters the hole of a string, in which the first column says nothing.
    pub(crate) fn enter_hole(&mut self) {
        self.holes += 1;
    }

    /// Leaves the hole of a string.
    pub(crate) fn leave_hole(&mut self) {
        self.holes -= 1;
    }

    fn brackets(&self) -> u32 {
        self.open.iter().sum()
    }

    fn is_column_0(&self) -> bool {
        let start = self.range().0 as usize;
        self.newline() && (start == 0 || self.source.as_bytes()[start - 1] == b'\n')
    }

    /// Whether the current token ends everything that is open, because brackets do not match: a WORD in the first column, or a `}` there that
    /// belongs to the outermost bracket.
    pub(crate) fn at_recovery(&self) -> bool {
        if !self.unbalanced || self.holes > 0 || self.brackets() == 0 || !self.newline() {
            return false;
        }
        match self.kind() {
            SyntaxKind::Word => self.is_column_0(),
            SyntaxKind::RBrace => self.brackets() > 1 && self.is_column_0(),
            _ => false,
        }
    }

    /// Takes tokens that fit nowhere into one error: up to the end of the line, a separator or a bracket that was opened before.
    pub(crate) fn junk(&mut self) {
        let mark = self.start();
        let mut depth = 0_u32;
        let mut holes: Vec<u32> = Vec::new();
        loop {
            let kind = self.kind();
            let first = self.pos as u32 == mark.pos;
            match kind {
                SyntaxKind::Eof => break,
                _ if !first && holes.is_empty() && self.at_recovery() => break,
                SyntaxKind::Comma if depth == 0 => break,
                _ if depth == 0 && !first && self.newline() => break,
                SyntaxKind::LBrace | SyntaxKind::LBracket | SyntaxKind::LParen | SyntaxKind::StringOpen => depth += 1,
                SyntaxKind::HoleOpen => holes.push(depth),
                SyntaxKind::RBrace | SyntaxKind::RBracket | SyntaxKind::RParen | SyntaxKind::StringClose => {
                    // Brackets that are open in a hole end with it.
                    if depth == holes.last().copied().unwrap_or(0) {
                        if holes.is_empty() {
                            break;
                        }
                    } else {
                        depth -= 1;
                    }
                }
                SyntaxKind::HoleClose => match holes.pop() {
                    Some(outer) => depth = outer,
                    None => break,
                },
                _ => {}
            }
            self.bump();
        }
        self.finish(mark, SyntaxKind::Error);
    }

    /// Takes the current token; of a bracket all up to the one that closes it.
    pub(crate) fn bump_balanced(&mut self) {
        let mut depth = 0_u32;
        loop {
            match self.kind() {
                SyntaxKind::Eof => return,
                SyntaxKind::LBrace | SyntaxKind::LBracket | SyntaxKind::LParen | SyntaxKind::StringOpen | SyntaxKind::HoleOpen => depth += 1,
                SyntaxKind::RBrace | SyntaxKind::RBracket | SyntaxKind::RParen | SyntaxKind::StringClose | SyntaxKind::HoleClose => {
                    depth = depth.saturating_sub(1);
                }
                _ => {}
            }
            self.bump();
            if depth == 0 || self.at_recovery() {
                return;
            }
        }
    }

    /// Forgets findings that begin within these bytes: a finding of the whole stands for them.
    pub(crate) fn forget_within(&mut self, range: (u32, u32)) {
        let stays = |it: &Diagnostic| it.primary.span.start < range.0 || it.primary.span.start >= range.1;
        self.lexical = self.diagnostics[..self.lexical].iter().filter(|it| stays(it)).count();
        self.diagnostics.retain(stays);
    }

    /// Forgets a string that begins at this byte, is never closed and holds nothing.
    pub(crate) fn forget_quote(&mut self, at: u32) -> bool {
        let Some(string) = self.unclosed.iter().position(|it| it.0 == at) else { return false };
        let text = &self.source[at as usize + 1..self.unclosed[string].1 as usize];
        let is_empty = text.trim().is_empty();
        if is_empty {
            self.unclosed.remove(string);
            self.forget_within((at, at + 1));
        }
        is_empty
    }

    /// The column of the current token.
    pub(crate) fn column(&self) -> u32 {
        self.nth_column(0)
    }

    /// The column of a token further on.
    pub(crate) fn nth_column(&self, ahead: usize) -> u32 {
        let start = self.nth_range(ahead).0;
        start - self.source[..start as usize].rfind('\n').map_or(0, |it| it as u32 + 1)
    }

    /// The indentation of the line of the token that was taken last.
    pub(crate) fn last_indent(&self) -> u32 {
        let end = self.last_end() as usize;
        let line = &self.source[self.source[..end].rfind('\n').map_or(0, |it| it + 1)..];
        line.bytes().take_while(|it| matches!(it, b' ' | b'\t')).count() as u32
    }

    /// Takes one token as an error, so that a loop goes on.
    pub(crate) fn bump_error(&mut self) {
        self.leaf(SyntaxKind::Error);
    }
}

fn bracket_family(kind: SyntaxKind) -> usize {
    match kind {
        SyntaxKind::LBrace | SyntaxKind::RBrace => 0,
        SyntaxKind::LBracket | SyntaxKind::RBracket => 1,
        _ => 2,
    }
}

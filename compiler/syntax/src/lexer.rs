//! Text to tokens, by a byte table. Total: every byte lands in a token, and what is no token becomes `Bad`.
//!
//! Strings are cut here into text and holes, because only a lexer that counts parentheses finds a string's end. What a literal means is
//! `literal`'s business.
//! Invariant: tokens in order are the source; holes and strings are balanced, by tokens without text where the source leaves them open; so a missing
//! quote costs one line.

use crate::kind::SyntaxKind;

/// The tokens of a text.
#[derive(Debug)]
pub(crate) struct Lexed {
    /// Kinds of all tokens, then `Eof`.
    pub(crate) kinds: Vec<SyntaxKind>,
    /// First bytes of all tokens, then the text's length.
    pub(crate) starts: Vec<u32>,
    /// The tokens that are no trivia, then `Eof`.
    pub(crate) significant: Vec<Significant>,
    /// What is wrong, in order.
    pub(crate) faults: Vec<LexFault>,
}

/// A token that is no trivia.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Significant {
    /// Its number among all tokens.
    pub(crate) index: u32,
    pub(crate) kind: SyntaxKind,
    /// The newline flag of the grammar: whether it is the first of its line.
    pub(crate) newline: bool,
}

/// Something wrong with a token, found while cutting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LexFault {
    pub(crate) what: LexFaultKind,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LexFaultKind {
    /// The string is not closed on its line, or at all.
    UnclosedString,
    /// `1.2.3`, `5-3`, `7-zip`.
    NoNumber,
    /// `https://example.org`.
    UnquotedUrl,
    /// `<<<<<<< HEAD`.
    Conflict,
    /// A character outside strings and comments that begins no token.
    NoToken,
    /// A number with more than digits.
    SuspectNumber,
    /// An address, whose parts nobody has looked at.
    SuspectAddress,
    /// String text with a backslash.
    SuspectText,
}

/// What a byte may begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Bad,
    Blank,
    Newline,
    Letter,
    Digit,
    Quote,
    Hash,
    Slash,
    Punct,
}

const CLASS: [Class; 256] = {
    let mut table = [Class::Bad; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = match byte as u8 {
            b' ' | b'\t' => Class::Blank,
            b'\n' | b'\r' => Class::Newline,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'"' => Class::Quote,
            b'#' => Class::Hash,
            b'/' => Class::Slash,
            b'{' | b'}' | b'[' | b']' | b'(' | b')' | b',' | b':' | b'+' | b'=' | b'!' | b'<' | b'>' | b'-' | b'.' | b'?' | b'*' | b'|' | b'&' => Class::Punct,
            _ => Class::Bad,
        };
        byte += 1;
    }
    table
};

fn class(byte: u8) -> Class {
    CLASS[byte as usize]
}

fn is_word_byte(byte: u8) -> bool {
    matches!(class(byte), Class::Letter | Class::Digit)
}

/// A string whose hole is being read.
struct Open {
    /// First byte of the opening quotes.
    start: usize,
    triple: bool,
    raw: bool,
    /// Open parentheses in the hole.
    parens: u32,
}

/// Where a piece of string text ends.
enum TextEnd {
    Close,
    Hole,
    Unclosed,
}

/// Cuts the whole text.
pub(crate) fn lex(source: &str) -> Lexed {
    let bytes = source.as_bytes();
    let mut lexer = Lexer {
        source,
        bytes,
        at: 0,
        kinds: Vec::with_capacity(bytes.len() / 2 + 2),
        starts: Vec::with_capacity(bytes.len() / 2 + 2),
        significant: Vec::with_capacity(bytes.len() / 3 + 2),
        faults: Vec::new(),
        newline: true,
        open: Vec::new(),
        line_bound: None,
    };
    lexer.run();
    let Lexer { mut kinds, mut starts, mut significant, faults, .. } = lexer;
    significant.push(Significant { index: kinds.len() as u32, kind: SyntaxKind::Eof, newline: true });
    kinds.push(SyntaxKind::Eof);
    starts.push(bytes.len() as u32);
    Lexed { kinds, starts, significant, faults }
}

struct Lexer<'s> {
    source: &'s str,
    bytes: &'s [u8],
    at: usize,
    kinds: Vec<SyntaxKind>,
    starts: Vec<u32>,
    significant: Vec<Significant>,
    faults: Vec<LexFault>,
    newline: bool,
    open: Vec<Open>,
    /// The outermost open string that may not span lines, with its first byte.
    line_bound: Option<(usize, usize)>,
}

impl Lexer<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// Ends a token that is no trivia at `end`.
    fn token(&mut self, kind: SyntaxKind, end: usize) {
        self.significant.push(Significant { index: self.kinds.len() as u32, kind, newline: self.newline });
        self.newline = false;
        self.trivia(kind, end);
    }

    fn trivia(&mut self, kind: SyntaxKind, end: usize) {
        self.kinds.push(kind);
        self.starts.push(self.at as u32);
        self.at = end;
    }

    fn fault(&mut self, what: LexFaultKind, start: usize, end: usize) {
        self.faults.push(LexFault { what, start: start as u32, end: end as u32 });
    }

    fn run(&mut self) {
        if self.source.starts_with('\u{FEFF}') {
            self.trivia(SyntaxKind::Bom, 3);
        }
        while self.at < self.bytes.len() {
            if self.newline && self.open.is_empty() && self.conflict() {
                continue;
            }
            match class(self.bytes[self.at]) {
                Class::Blank => self.blank(),
                Class::Letter => self.word(),
                Class::Punct => self.punct(),
                Class::Newline => self.line_end(),
                Class::Digit => self.number(),
                Class::Quote => self.string(false),
                Class::Hash => self.hash(),
                Class::Slash => self.slash(),
                Class::Bad => self.bad(),
            }
        }
        self.close_from(0);
    }

    /// A line that git left where two changes meet; told once, where the first is.
    fn conflict(&mut self) -> bool {
        let rest = &self.bytes[self.at..];
        let is_mark = [b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||"].iter().any(|it| rest.starts_with(*it));
        if !is_mark || !matches!(self.at.checked_sub(1).map(|it| self.bytes[it]), None | Some(b'\n')) {
            return false;
        }
        if !self.faults.iter().any(|it| it.what == LexFaultKind::Conflict) {
            self.fault(LexFaultKind::Conflict, self.at, self.at + 7);
        }
        let length = rest.iter().position(|it| matches!(it, b'\n' | b'\r')).unwrap_or(rest.len());
        self.token(SyntaxKind::Bad, self.at + length);
        true
    }

    fn blank(&mut self) {
        let mut end = self.at + 1;
        while class(self.byte(end)) == Class::Blank {
            end += 1;
        }
        self.trivia(SyntaxKind::Whitespace, end);
    }

    fn line_end(&mut self) {
        let length = match (self.bytes[self.at], self.byte(self.at + 1)) {
            (b'\n', _) => 1,
            (_, b'\n') => 2,
            _ => return self.bad(),
        };
        self.end_line_bound();
        self.newline = true;
        self.trivia(SyntaxKind::Newline, self.at + length);
    }

    /// `[A-Za-z_][A-Za-z0-9_]*(-+[A-Za-z0-9_]+)*`
    fn word(&mut self) {
        let end = self.word_end(self.at + 1);
        if let Some(end) = self.url_end(end) {
            self.fault(LexFaultKind::UnquotedUrl, self.at, end);
            return self.token(SyntaxKind::Bad, end);
        }
        self.token(SyntaxKind::Word, end);
    }

    /// The end of a URL whose scheme ends at `from`: `://` and more than a blank. As a comment, `//` would take the brackets behind it.
    fn url_end(&self, from: usize) -> Option<usize> {
        let bare = |it: &u8| it.is_ascii_graphic() && !matches!(it, b',' | b'{' | b'}' | b'[' | b']' | b'(' | b')' | b'"');
        let rest = self.bytes[from..].strip_prefix(b"://")?;
        let length = rest.iter().take_while(|it| bare(it)).count();
        (length > 0).then_some(from + 3 + length)
    }

    fn word_end(&self, from: usize) -> usize {
        let mut end = from;
        loop {
            while is_word_byte(self.byte(end)) {
                end += 1;
            }
            if self.byte(end) != b'-' {
                return end;
            }
            let mut hyphens = end + 1;
            while self.byte(hyphens) == b'-' {
                hyphens += 1;
            }
            if !is_word_byte(self.byte(hyphens)) {
                return end;
            }
            end = hyphens;
        }
    }

    fn punct(&mut self) {
        use SyntaxKind::*;
        let next = self.byte(self.at + 1);
        let (kind, length) = match self.bytes[self.at] {
            b'{' => (LBrace, 1),
            b'}' => (RBrace, 1),
            b'[' => (LBracket, 1),
            b']' => (RBracket, 1),
            b',' => (Comma, 1),
            b'*' => (Star, 1),
            b'(' => {
                if let Some(open) = self.open.last_mut() {
                    open.parens += 1;
                }
                (LParen, 1)
            }
            b')' => return self.close_paren(),
            b':' if next == b'=' => (ColonEq, 2),
            b':' => (Colon, 1),
            b'+' if next == b'=' => (PlusEq, 2),
            b'+' => (Plus, 1),
            b'=' if next == b'=' => (EqEq, 2),
            b'=' if next == b'>' => (FatArrow, 2),
            b'=' => (Eq, 1),
            b'!' if next == b'=' => (NotEq, 2),
            b'!' => (Bang, 1),
            b'<' if next == b'=' => (LessEq, 2),
            b'<' => (Less, 1),
            b'>' if next == b'=' => (GreaterEq, 2),
            b'>' => (Greater, 1),
            b'-' if next == b'>' => (Arrow, 2),
            b'-' => (Minus, 1),
            b'.' if next == b'.' && self.byte(self.at + 2) == b'.' => (Ellipsis, 3),
            b'.' if next == b'.' => (DotDot, 2),
            b'.' => (Dot, 1),
            // `x?..y` asks for presence and then for a range, as little sense as it makes.
            b'?' if next == b'.' && self.byte(self.at + 2) != b'.' => (QuestionDot, 2),
            b'?' if next == b'?' => (QuestionQuestion, 2),
            b'?' => (Question, 1),
            b'|' if next == b'|' => (PipePipe, 2),
            b'|' => (Pipe, 1),
            b'&' if next == b'&' => (AmpAmp, 2),
            _ => return self.bad(),
        };
        self.token(kind, self.at + length);
    }

    fn slash(&mut self) {
        if self.byte(self.at + 1) == b'*' {
            let rest = &self.source[self.at..];
            let length = rest.find("*/").map_or_else(|| rest.lines().next().map_or(2, str::len), |it| it + 2);
            self.fault(LexFaultKind::NoToken, self.at, self.at + 2);
            return self.token(SyntaxKind::Bad, self.at + length);
        }
        if self.byte(self.at + 1) != b'/' {
            return self.token(SyntaxKind::Slash, self.at + 1);
        }
        // Most of the library's text is documentation, so this looks at many bytes at a time.
        let rest = &self.source[self.at..];
        let mut length = rest.find('\n').unwrap_or(rest.len());
        if length < rest.len() && rest.as_bytes()[length - 1] == b'\r' {
            length -= 1;
        }
        // `////` and longer are rules across the page, no documentation.
        let is_doc = self.byte(self.at + 2) == b'/' && self.byte(self.at + 3) != b'/';
        self.trivia(if is_doc { SyntaxKind::DocComment } else { SyntaxKind::Comment }, self.at + length);
    }

    fn bad(&mut self) {
        let rest = &self.source[self.at..];
        let line = rest.lines().next().unwrap_or("");
        if rest.starts_with('#') {
            // What others begin a comment with.
            self.fault(LexFaultKind::NoToken, self.at, self.at + 1);
            return self.token(SyntaxKind::Bad, self.at + line.len());
        }
        let length = rest.chars().next().map_or(1, char::len_utf8);
        let mut end = self.at + length;
        let close = match rest.chars().next() {
            Some('“' | '„' | '”') => line[length..].find(['”', '“']).map(|it| it + '”'.len_utf8()),
            Some('«') => line[length..].find('»').map(|it| it + '»'.len_utf8()),
            Some('$') if rest.starts_with("${") => line[length..].find('}').map(|it| it + 1),
            Some('$') if rest.starts_with("$(") => line[length..].find(')').map(|it| it + 1),
            _ => None,
        };
        if let Some(close) = close {
            self.fault(LexFaultKind::NoToken, self.at, end + close);
            return self.token(SyntaxKind::Bad, end + close);
        }
        if matches!(rest.chars().next(), Some('\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{3000}')) {
            // Read as the blank that it looks like.
            self.fault(LexFaultKind::NoToken, self.at, end);
            return self.trivia(SyntaxKind::Whitespace, end);
        }
        if rest.starts_with(['\'', '`']) {
            // So is a text in the quotes of other languages.
            end += line[1..].find(&line[..1]).map_or(0, |it| it + 1);
        }
        // A run of foreign letters is one mistake.
        while self.byte(end) >= 0x80 && length > 1 {
            end += 1;
        }
        self.fault(LexFaultKind::NoToken, self.at, end);
        self.token(SyntaxKind::Bad, end);
    }

    fn alnum_end(&self, from: usize) -> usize {
        let mut end = from;
        while is_word_byte(self.byte(end)) {
            end += 1;
        }
        end
    }

    fn number(&mut self) {
        let start = self.at;
        let mut end = self.alnum_end(start);
        let mut dots = 0;
        while self.byte(end) == b'.' && self.byte(end + 1).is_ascii_digit() {
            dots += 1;
            end = self.alnum_end(end + 1);
        }
        let hyphen = self.byte(end) == b'-' && self.word_end(end) > end;
        let is_ip = dots == 3 && self.bytes[start..end].iter().all(|it| it.is_ascii_digit() || *it == b'.');
        if hyphen || (dots > 1 && !is_ip) {
            return self.no_number(end);
        }
        if is_ip {
            return self.address(end);
        }
        let plain = dots == 0 && self.bytes[start..end].iter().all(u8::is_ascii_digit);
        if self.byte(end) == b'%' {
            end += 1;
        }
        if !plain || (self.bytes[start] == b'0' && end - start > 1) {
            self.fault(LexFaultKind::SuspectNumber, start, end);
        }
        self.token(SyntaxKind::Number, end);
    }

    /// Takes all that hangs together, so that `2026-03-11` and `1.2.3-rc.1` are one mistake.
    fn no_number(&mut self, from: usize) {
        let mut end = from;
        loop {
            let further = self.word_end(end);
            let dotted = self.byte(further) == b'.' && is_word_byte(self.byte(further + 1));
            if further == end && !dotted {
                break;
            }
            end = if dotted { further + 1 } else { further };
        }
        self.fault(LexFaultKind::NoNumber, self.at, end);
        self.token(SyntaxKind::Bad, end);
    }

    fn address(&mut self, ip_end: usize) {
        let mut end = ip_end;
        let mut kind = SyntaxKind::Ip;
        if self.byte(end) == b'/' && self.byte(end + 1).is_ascii_digit() {
            end = self.alnum_end(end + 1);
            kind = SyntaxKind::Cidr;
        }
        self.fault(LexFaultKind::SuspectAddress, self.at, end);
        self.token(kind, end);
    }

    fn hash(&mut self) {
        if self.byte(self.at + 1) == b'"' { self.string(true) } else { self.bad() }
    }

    /// A string from its opening quotes on; a string without holes is one token.
    fn string(&mut self, raw: bool) {
        let start = self.at;
        let quotes = start + usize::from(raw);
        let triple = self.bytes[quotes..].starts_with(b"\"\"\"");
        let text = quotes + if triple { 3 } else { 1 };
        if !triple && self.line_bound.is_none() {
            self.line_bound = Some((self.open.len(), start));
        }
        let (end, why) = self.text_end(text, triple, raw);
        match why {
            TextEnd::Close => {
                if self.line_bound.is_some_and(|(depth, _)| depth == self.open.len()) {
                    self.line_bound = None;
                }
                let end = end + close_len(triple, raw);
                self.suspect_escapes(start, end, raw);
                self.token(SyntaxKind::String, end);
            }
            TextEnd::Hole => {
                self.token(SyntaxKind::StringOpen, text);
                self.open.push(Open { start, triple, raw, parens: 0 });
                self.text_then_hole(end);
            }
            TextEnd::Unclosed => {
                if !triple && self.line_bound.is_some_and(|(depth, _)| depth == self.open.len()) {
                    self.line_bound = None;
                    self.fault(LexFaultKind::UnclosedString, start, end);
                } else if self.line_bound.is_none() {
                    self.fault(LexFaultKind::UnclosedString, start, text);
                }
                self.token(SyntaxKind::String, end);
            }
        }
    }

    fn suspect_escapes(&mut self, start: usize, end: usize, raw: bool) {
        if !raw && self.bytes[start..end].contains(&b'\\') {
            self.fault(LexFaultKind::SuspectText, start, end);
        }
    }

    /// Text of a string with holes up to `end`, then the opening of the hole that stands there.
    fn text_then_hole(&mut self, end: usize) {
        let raw = self.open.last().is_some_and(|it| it.raw);
        self.text_piece(end, raw);
        self.token(SyntaxKind::HoleOpen, end + if raw { 3 } else { 2 });
    }

    fn text_piece(&mut self, end: usize, raw: bool) {
        if end > self.at {
            self.suspect_escapes(self.at, end, raw);
            self.token(SyntaxKind::StringText, end);
        }
    }

    fn close_paren(&mut self) {
        match self.open.last_mut() {
            Some(open) if open.parens == 0 => {}
            Some(open) => {
                open.parens -= 1;
                return self.token(SyntaxKind::RParen, self.at + 1);
            }
            None => return self.token(SyntaxKind::RParen, self.at + 1),
        }
        self.token(SyntaxKind::HoleClose, self.at + 1);
        self.text_behind_hole();
    }

    fn text_behind_hole(&mut self) {
        let Some(open) = self.open.last() else { return };
        let (start, triple, raw) = (open.start, open.triple, open.raw);
        let (end, why) = self.text_end(self.at, triple, raw);
        match why {
            TextEnd::Hole => self.text_then_hole(end),
            TextEnd::Close => {
                self.text_piece(end, raw);
                self.token(SyntaxKind::StringClose, end + close_len(triple, raw));
                self.open.pop();
                if self.line_bound.is_some_and(|(depth, _)| depth == self.open.len()) {
                    self.line_bound = None;
                }
            }
            TextEnd::Unclosed => {
                self.text_piece(end, raw);
                self.token(SyntaxKind::StringClose, self.at);
                self.open.pop();
                match self.line_bound {
                    Some((depth, start)) if depth == self.open.len() => {
                        self.line_bound = None;
                        self.fault(LexFaultKind::UnclosedString, start, end);
                    }
                    Some(_) => {}
                    None => self.fault(LexFaultKind::UnclosedString, start, start + open_len(triple, raw)),
                }
            }
        }
    }

    /// The end of string text that begins at `from`, and why it ends there.
    fn text_end(&self, from: usize, triple: bool, raw: bool) -> (usize, TextEnd) {
        let one_line = self.line_bound.is_some();
        let mut at = from;
        while at < self.bytes.len() {
            match self.bytes[at] {
                b'"' if !triple && !raw => return (at, TextEnd::Close),
                b'"' if self.bytes[at..].starts_with(close_text(triple, raw)) => return (at, TextEnd::Close),
                b'\\' if raw && self.bytes[at..].starts_with(b"\\#(") => return (at, TextEnd::Hole),
                b'\\' if !raw => {
                    match self.byte(at + 1) {
                        b'(' => return (at, TextEnd::Hole),
                        b'\n' | b'\r' => {}
                        // The second byte of an escape ends nothing.
                        _ => at += 1,
                    }
                }
                b'\n' if one_line => {
                    let end = if at > from && self.bytes[at - 1] == b'\r' { at - 1 } else { at };
                    return (end, TextEnd::Unclosed);
                }
                _ => {}
            }
            at += 1;
        }
        (self.bytes.len(), TextEnd::Unclosed)
    }

    /// At a line's end: closes the strings that may not go on.
    fn end_line_bound(&mut self) {
        if let Some((depth, start)) = self.line_bound.take() {
            self.fault(LexFaultKind::UnclosedString, start, self.at);
            self.close(depth);
        }
    }

    /// At the end of the text: closes all strings from the one at `depth` on.
    fn close_from(&mut self, depth: usize) {
        if let Some((_, start)) = self.line_bound {
            self.fault(LexFaultKind::UnclosedString, start, self.at);
        } else if let Some(Open { start, triple, raw, .. }) = self.open.get(depth) {
            self.fault(LexFaultKind::UnclosedString, *start, *start + open_len(*triple, *raw));
        }
        self.close(depth);
    }

    fn close(&mut self, depth: usize) {
        for _ in depth..self.open.len() {
            self.token(SyntaxKind::HoleClose, self.at);
            self.token(SyntaxKind::StringClose, self.at);
        }
        self.open.truncate(depth);
    }
}

fn open_len(triple: bool, raw: bool) -> usize {
    close_len(triple, raw)
}

fn close_len(triple: bool, raw: bool) -> usize {
    close_text(triple, raw).len()
}

fn close_text(triple: bool, raw: bool) -> &'static [u8] {
    match (triple, raw) {
        (false, false) => b"\"",
        (true, false) => b"\"\"\"",
        (false, true) => b"\"#",
        (true, true) => b"\"\"\"#",
    }
}

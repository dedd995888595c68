//! What the tree knows about each token's place: brackets and their elements, and where no blank belongs.
//!
//! Not here: columns and lines of the output.
//! Invariant: a group is broken exactly if it is written on many lines once formatted, its width apart.

use crate::{
    kind::SyntaxKind,
    tree::{Node, Tree},
};

/// Opens a group.
pub(super) const OPEN: u16 = 1;
/// Closes the innermost group.
pub(super) const CLOSE: u16 = 1 << 1;
/// A comma between elements of the innermost group.
pub(super) const SEP: u16 = 1 << 2;
/// Begins an element of the innermost group.
pub(super) const ELEM: u16 = 1 << 3;
/// No blank before it.
pub(super) const TIGHT_BEFORE: u16 = 1 << 4;
/// No blank behind it.
pub(super) const TIGHT_AFTER: u16 = 1 << 5;
/// Begins text that is printed as it stands.
pub(super) const VERBATIM: u16 = 1 << 6;
/// On an opening bracket: its elements stand on lines of their own.
pub(super) const BROKEN: u16 = 1 << 7;
/// On an opening bracket: it may be broken for its width.
pub(super) const SPLITTABLE: u16 = 1 << 8;
/// With `VERBATIM`: an error, around which blanks stay as they are.
pub(super) const ERROR: u16 = 1 << 9;

/// What is known before printing.
pub(super) struct Plan {
    /// For each token.
    pub(super) flags: Vec<u16>,
    /// For each opening bracket, its width if it stays on one line, or up to the first line's end in it; for each `VERBATIM` token, one past its
    /// last token.
    pub(super) extent: Vec<u32>,
}

/// Looks at the whole tree once.
pub(super) fn plan(tree: &Tree) -> Plan {
    let count = tree.token_count();
    let mut plan = Plan { flags: vec![0; count], extent: vec![0; count] };
    let mut index = 0;
    while let Some(node) = tree.node(index) {
        index = plan.node(node);
    }
    plan.groups(tree);
    plan
}

impl Plan {
    /// Marks the tokens of one node; gives the index of the next node to look at.
    fn node(&mut self, node: Node<'_>) -> u32 {
        use SyntaxKind::*;
        match node.kind() {
            StringLit => return self.verbatim(node, 0),
            Error => return self.verbatim(node, ERROR),
            File => self.elements(node),
            Block | Params | Fields | Settings | Kind | Schema | FactOneOf | Match | MatchExpr => self.group(node, LBrace, RBrace, SPLITTABLE),
            Use => self.group(node, LBrace, RBrace, SPLITTABLE | TIGHT_AFTER),
            List => self.group(node, LBracket, RBracket, SPLITTABLE),
            CallExpr | Call | Fn | Trait | Refine => self.group(node, LParen, RParen, SPLITTABLE | TIGHT_BEFORE),
            Index | PathIndex => self.group(node, LBracket, RBracket, TIGHT_BEFORE),
            Paren | TypeParen => self.group(node, LParen, RParen, 0),
            Lower => self.group(node, LParen, RParen, TIGHT_BEFORE),
            GvkItems | GPathItems => self.mark(node, LBracket, TIGHT_BEFORE),
            Gvk => self.mark(node, Slash, TIGHT_BEFORE | TIGHT_AFTER),
            Unary => self.mark(node, Minus, TIGHT_AFTER),
            TypeName => {
                self.mark(node, Less, TIGHT_BEFORE | TIGHT_AFTER);
                self.mark(node, Greater, TIGHT_BEFORE);
            }
            _ => {}
        }
        node.index() + 1
    }

    fn verbatim(&mut self, node: Node<'_>, flags: u16) -> u32 {
        if let (Some(first), Some(last)) = (node.first_token(), node.last_token()) {
            self.flags[first.index() as usize] |= VERBATIM | flags;
            if flags & ERROR > 0 {
                self.flags[last.index() as usize] |= AFTER_ERROR;
            }
            self.extent[first.index() as usize] = last.index() + 1;
        }
        node.next_index()
    }

    fn mark(&mut self, node: Node<'_>, kind: SyntaxKind, flags: u16) {
        if let Some(token) = node.own_token(kind) {
            self.flags[token.index() as usize] |= flags;
        }
    }

    fn elements(&mut self, node: Node<'_>) {
        for child in node.children() {
            self.element(child);
        }
    }

    fn element(&mut self, child: Node<'_>) {
        let Some(first) = child.first_token() else { return };
        // An error behind something stays behind it.
        if child.kind() != SyntaxKind::Error || begins_line(child) {
            self.flags[first.index() as usize] |= ELEM;
        }
    }

    /// Marks brackets, commas and elements; without both brackets there is no group.
    fn group(&mut self, node: Node<'_>, open: SyntaxKind, close: SyntaxKind, flags: u16) {
        let mut tokens = node.own_tokens().skip_while(|it| it.kind() != open);
        let Some(open) = tokens.next() else { return };
        let Some(end) = tokens.find(|it| it.kind() == close) else { return };
        self.flags[open.index() as usize] |= OPEN | flags;
        self.flags[end.index() as usize] |= CLOSE | if flags & TIGHT_AFTER > 0 { TIGHT_BEFORE } else { 0 };
        for token in node.own_tokens().filter(|it| it.kind() == SyntaxKind::Comma) {
            if open.index() < token.index() && token.index() < end.index() {
                self.flags[token.index() as usize] |= SEP;
            }
        }
        for child in node.children() {
            if child.first_token().is_some_and(|it| open.index() < it.index() && it.index() < end.index()) {
                self.element(child);
            }
        }
    }
}

fn begins_line(node: Node<'_>) -> bool {
    let mut token = node.first_token();
    while let Some(previous) = token.and_then(|it| it.previous()) {
        match previous.kind() {
            SyntaxKind::Newline => return true,
            kind if kind.is_trivia() => token = Some(previous),
            _ => return false,
        }
    }
    true
}

/// An open group while lines are counted.
struct Frame {
    token: u32,
    brace: bool,
    /// A line ends inside, at whatever depth.
    holds_line_end: bool,
    /// Elements stand on lines of their own.
    broken: bool,
    /// Widths before the bracket, and at the first line's end inside.
    start: u32,
    first_line_end: Option<u32>,
}

impl Plan {
    /// Finds the broken groups and the widths of the others.
    fn groups(&mut self, tree: &Tree) {
        let mut frames: Vec<Frame> = Vec::new();
        let mut width = 0_u32;
        let mut line_end = false;
        let mut comment = false;
        let mut previous: Option<u32> = None;
        let mut at = 0;
        while let Some(token) = tree.token(at) {
            let kind = token.kind();
            if kind.is_trivia() {
                line_end |= kind == SyntaxKind::Newline;
                comment |= matches!(kind, SyntaxKind::Comment | SyntaxKind::DocComment);
                at += 1;
                continue;
            }
            let flags = self.flags[at as usize];
            let is_empty = flags & CLOSE > 0 && previous.is_some_and(|it| self.flags[it as usize] & OPEN > 0);
            if line_end && (comment || !is_empty) {
                note_line_end(&mut frames, width, flags & (ELEM | SEP | CLOSE) > 0);
            }
            let before = width + u32::from(!is_tight(self, tree, previous, at));
            let (next, text) = if flags & VERBATIM > 0 {
                let next = self.extent[at as usize].max(at + 1);
                (next, tree_text(tree, at, next))
            } else {
                (at + 1, token.text())
            };
            width = before + text.len() as u32;
            if flags & VERBATIM > 0 && text.contains('\n') {
                note_line_end(&mut frames, before + text.find('\n').unwrap_or(0) as u32, false);
            }
            if flags & OPEN > 0 {
                let brace = kind == SyntaxKind::LBrace;
                frames.push(Frame { token: at, brace, holds_line_end: false, broken: false, start: width, first_line_end: None });
            }
            if flags & CLOSE > 0 {
                self.close(&mut frames, width);
            }
            (line_end, comment) = (false, false);
            previous = Some(next - 1);
            at = next;
        }
    }

    fn close(&mut self, frames: &mut Vec<Frame>, width: u32) {
        let Some(frame) = frames.pop() else { return };
        if frame.broken || (frame.brace && frame.holds_line_end) {
            self.flags[frame.token as usize] |= BROKEN;
        }
        self.extent[frame.token as usize] = frame.first_line_end.unwrap_or(width) - frame.start;
        if let (true, Some(outer)) = (frame.holds_line_end, frames.last_mut()) {
            outer.holds_line_end = true;
            if outer.first_line_end.is_none() {
                outer.first_line_end = frame.first_line_end;
            }
        }
    }
}

fn note_line_end(frames: &mut [Frame], width: u32, between_elements: bool) {
    if let Some(frame) = frames.last_mut() {
        frame.holds_line_end = true;
        frame.broken |= between_elements;
        frame.first_line_end.get_or_insert(width);
    }
}

/// The source from the start of one token to the start of another.
pub(super) fn tree_text(tree: &Tree, from: u32, to: u32) -> &str {
    let start = tree.token(from).map_or(0, |it| it.range().0);
    let end = to.checked_sub(1).and_then(|it| tree.token(it)).map_or(start, |it| it.range().1);
    &tree.source()[start as usize..end.max(start) as usize]
}

/// Whether no blank stands between a token and the one printed before it, on one line. `previous` is the last token printed.
pub(super) fn is_tight(plan: &Plan, tree: &Tree, previous: Option<u32>, at: u32) -> bool {
    let Some(previous) = previous else { return true };
    let (Some(left), Some(right)) = (tree.token(previous), tree.token(at)) else { return true };
    let (left_flags, right_flags) = (plan.flags[previous as usize], plan.flags[at as usize]);
    let glued = previous + 1 == at;
    let beside_error = right_flags & ERROR > 0 || left_flags & AFTER_ERROR > 0;
    if beside_error {
        return glued;
    }
    let is_empty = left_flags & OPEN > 0 && right_flags & CLOSE > 0;
    let tight = is_empty || left_flags & TIGHT_AFTER > 0 || right_flags & TIGHT_BEFORE > 0 || is_tight_behind(left.kind()) || is_tight_before(right.kind());
    tight && (glued || !would_join(left.text(), right.text()))
}

/// On the last token of an error.
pub(super) const AFTER_ERROR: u16 = 1 << 10;

fn is_tight_behind(kind: SyntaxKind) -> bool {
    use SyntaxKind::*;
    matches!(kind, LParen | LBracket | Dot | QuestionDot | DotDot | Ellipsis | Bang)
}

fn is_tight_before(kind: SyntaxKind) -> bool {
    use SyntaxKind::*;
    matches!(kind, RParen | RBracket | Dot | QuestionDot | DotDot | Comma | Colon | Question)
}

/// Whether two tokens without a blank between them may be read as others.
fn would_join(left: &str, right: &str) -> bool {
    let (Some(left), Some(right)) = (left.bytes().last(), right.bytes().next()) else { return false };
    let is_word = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    match (left, right) {
        (b'?', b'.' | b'?') | (b'.', b'.') | (b'=', b'>') | (b'-', b'>') | (b'|', b'|') | (b'&', b'&') | (b'/', b'/') => true,
        (b'<' | b'>' | b'=' | b'!' | b':' | b'+', b'=') => true,
        (b'.', it) => it.is_ascii_digit(),
        (left, b'-') => is_word(left),
        (left, right) => is_word(left) && is_word(right),
    }
}

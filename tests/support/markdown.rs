//! Pages with cases: headings and fenced blocks with their places, and the rewriting of blocks.
//!
//! Only what our pages use: `#` headings, fences of three or more backquotes at the start of a line.

use std::ops::Range;

/// A page.
#[derive(Debug)]
pub struct Page {
    /// In the order of the page.
    pub parts: Vec<Part>,
}

/// A heading or a block.
#[derive(Debug)]
pub enum Part {
    /// Its level and its words.
    Heading(usize, String),
    /// A line of prose.
    Prose(String),
    /// A fenced block.
    Block(Block),
}

/// A fenced block.
#[derive(Clone, Debug)]
pub struct Block {
    /// The words behind the fence: the language and more.
    pub info: Vec<String>,
    /// What stands between the fences; each line ends in a newline.
    pub text: String,
    /// Where `text` is in the page.
    pub body: Range<usize>,
    /// Where the whole block is, fences included.
    pub whole: Range<usize>,
    /// Number of the line of the opening fence, from 1.
    pub line: usize,
}

impl Block {
    /// The language.
    pub fn language(&self) -> &str {
        self.info.first().map_or("", String::as_str)
    }

    /// The nth word behind the language.
    pub fn word(&self, nth: usize) -> Option<&str> {
        self.info.get(nth + 1).map(String::as_str)
    }
}

/// Takes a page apart.
pub fn parse(text: &str) -> Page {
    let mut parts = Vec::new();
    let mut open: Option<(String, Block)> = None;
    let mut at = 0;
    for (nth, line) in text.split_inclusive('\n').enumerate() {
        let (start, end) = (at, at + line.len());
        at = end;
        let words = line.trim_end();
        let fence: String = words.chars().take_while(|it| *it == '`').collect();
        if let Some((opening, mut block)) = open.take() {
            if fence.len() >= opening.len() && fence == words {
                block.body.end = start;
                block.whole.end = end;
                parts.push(Part::Block(block));
            } else {
                block.text.push_str(line);
                open = Some((opening, block));
            }
        } else if fence.len() >= 3 {
            let info = words[fence.len()..].split_whitespace().map(str::to_owned).collect();
            open = Some((fence, Block { info, text: String::new(), body: end..end, whole: start..end, line: nth + 1 }));
        } else if let Some(heading) = heading(words) {
            parts.push(heading);
        } else if !words.is_empty() {
            parts.push(Part::Prose(words.to_owned()));
        }
    }
    assert!(open.is_none(), "a block has no closing fence: {:?}", open.map(|it| it.1.info));
    Page { parts }
}

fn heading(line: &str) -> Option<Part> {
    let level = line.chars().take_while(|it| *it == '#').count();
    let rest = line[level..].strip_prefix(' ')?;
    (level > 0).then(|| Part::Heading(level, rest.trim().to_owned()))
}

/// A change to a page: what stands at `at` becomes `text`.
#[derive(Debug)]
pub struct Edit {
    /// Bytes of the page.
    pub at: Range<usize>,
    /// The new text.
    pub text: String,
}

/// Makes the changes.
pub fn edit(page: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|it| (it.at.start, it.at.end));
    let (mut out, mut at) = (String::new(), 0);
    for edit in edits {
        out.push_str(&page[at..edit.at.start]);
        out.push_str(&edit.text);
        at = edit.at.end;
    }
    out.push_str(&page[at..]);
    out
}

/// A block as text; the fence is longer than any in it.
pub fn block(info: &str, text: &str) -> String {
    let longest = text.split(|it| it != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    let newline = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{info}\n{text}{newline}{fence}\n")
}

//! Values as lines: scalars as YAML writes them, larger ones as YAML, texts of several lines line by line.

use diff::{Op, Shown, sequence};
use manifest::json::Json;

use super::paint::Tone;
use crate::escape;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lines of one value; what is longer is folded.
    pub lines: usize,
    /// Characters of one line.
    pub line: usize,
    /// Unchanged lines around a changed one within a text.
    pub context: usize,
}

impl Limits {
    /// What a reader can take in at a glance.
    pub const FOLDED: Self = Self { lines: 24, line: 240, context: 2 };
    /// Everything.
    pub const FULL: Self = Self { lines: usize::MAX, line: usize::MAX, context: usize::MAX };
}

/// A line of a value: its tone and its text, which holds nothing harmful.
pub type Line = (Tone, String);

/// What happened at a path.
pub enum Drawn {
    /// A text behind the path.
    Inline(String),
    /// An old and a new text behind the path: `2 → 3`.
    Pair(String, String),
    /// Lines below it.
    Block(Vec<Line>),
}

/// Draws what happened.
pub fn op(op: &Op, ellipsis: &str, limits: Limits) -> Drawn {
    let fold = |lines| Drawn::Block(folded(lines, ellipsis, limits));
    match op {
        Op::Added(value) => added(value, Tone::Added, ellipsis, limits),
        Op::Removed(value) => added(value, Tone::Removed, ellipsis, limits),
        Op::Replaced(Shown::Secret(old), Shown::Secret(new)) if old == new => Drawn::Inline(format!("changed ({} bytes, not shown)", new)),
        Op::Replaced(old, new) => match (inline(old, ellipsis, limits), inline(new, ellipsis, limits)) {
            (Some(old), Some(new)) => Drawn::Pair(old, new),
            _ => match (text_of(old), text_of(new)) {
                (Some(old), Some(new)) => fold(lines(old, new, ellipsis, limits)),
                _ => fold(block(old, Tone::Removed).into_iter().chain(block(new, Tone::Added)).collect()),
            },
        },
        Op::Reordered(old, new) => Drawn::Block(vec![
            (Tone::Removed, cut(&escape::line(&old.join(", ")), ellipsis, limits)),
            (Tone::Added, cut(&escape::line(&new.join(", ")), ellipsis, limits)),
        ]),
    }
}

fn added(value: &Shown, tone: Tone, ellipsis: &str, limits: Limits) -> Drawn {
    match inline(value, ellipsis, limits) {
        Some(text) => Drawn::Inline(text),
        None => Drawn::Block(folded(block(value, tone), ellipsis, limits)),
    }
}

/// A value in one line, if it is a scalar of one line or empty.
fn inline(value: &Shown, ellipsis: &str, limits: Limits) -> Option<String> {
    let value = match value {
        Shown::Secret(size) => return Some(format!("({size} bytes, not shown)")),
        Shown::Value(value) => value,
    };
    let is_short = match value {
        Json::String(text) => !text.trim_end_matches('\n').contains('\n'),
        Json::List(items) => items.is_empty(),
        Json::Map(entries) => entries.is_empty(),
        Json::Null | Json::Bool(_) | Json::Int(_) | Json::Number(_) => true,
    };
    // A text that ends in a newline is written as JSON does, to be seen as such.
    let text = if value.as_str().is_some_and(|it| it.contains('\n')) { value.to_json() } else { value.to_yaml() };
    is_short.then(|| cut(&escape::line(text.trim_end()), ellipsis, limits))
}

fn text_of(value: &Shown) -> Option<&str> {
    match value {
        Shown::Value(value) => value.as_str(),
        Shown::Secret(_) => None,
    }
}

fn block(value: &Shown, tone: Tone) -> Vec<Line> {
    match value {
        Shown::Value(value) => yaml(value, tone),
        Shown::Secret(size) => vec![(tone, format!("({size} bytes, not shown)"))],
    }
}

/// A value as lines of YAML.
pub fn yaml(value: &Json, tone: Tone) -> Vec<Line> {
    value.to_yaml().lines().map(|it| (tone, escape::line(it).into_owned())).collect()
}

/// Lines of an old and a new text: those that differ, with some around them.
fn lines(old: &str, new: &str, ellipsis: &str, limits: Limits) -> Vec<Line> {
    // The end of the last line is a line of its own only where one side lacks it.
    let (old, new) = old.strip_suffix('\n').zip(new.strip_suffix('\n')).unwrap_or((old, new));
    let (before, now): (Vec<&str>, Vec<&str>) = (old.split('\n').collect(), new.split('\n').collect());
    let mut all: Vec<(Tone, &str)> = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (at, to) in sequence::common(&before, &now).into_iter().chain([(before.len(), now.len())]) {
        all.extend(before[i..at].iter().map(|it| (Tone::Removed, *it)));
        all.extend(now[j..to].iter().map(|it| (Tone::Added, *it)));
        all.extend(before.get(at).map(|it| (Tone::Plain, *it)));
        (i, j) = (at + 1, to + 1);
    }
    let is_near = |at: usize| {
        let (from, to) = (at.saturating_sub(limits.context), at.saturating_add(limits.context).saturating_add(1).min(all.len()));
        all[from..to].iter().any(|it| it.0 != Tone::Plain)
    };
    let mut out = Vec::new();
    let mut is_left_out = false;
    for (at, (tone, line)) in all.iter().enumerate() {
        if is_near(at) {
            if is_left_out {
                out.push((Tone::Aside, ellipsis.to_owned()));
            }
            out.push((*tone, escape::line(line).into_owned()));
        }
        is_left_out = !is_near(at);
    }
    out
}

/// As many lines as may be shown, each as long as may be, and how many more there are.
pub fn folded(lines: Vec<Line>, ellipsis: &str, limits: Limits) -> Vec<Line> {
    let more = lines.len().saturating_sub(limits.lines);
    // One line more is shorter than the words about it.
    let shown = if more > 1 { limits.lines } else { lines.len() };
    let mut out: Vec<Line> = lines.into_iter().take(shown).map(|(tone, line)| (tone, cut(&line, ellipsis, limits))).collect();
    if more > 1 {
        out.push((Tone::Aside, format!("{ellipsis} {more} more lines")));
    }
    out
}

fn cut(line: &str, ellipsis: &str, limits: Limits) -> String {
    match line.char_indices().nth(limits.line) {
        Some((end, _)) => format!("{}{ellipsis} ({} more characters)", &line[..end], line[end..].chars().count()),
        None => line.to_owned(),
    }
}

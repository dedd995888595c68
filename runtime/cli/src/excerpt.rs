//! The lines of source that one diagnostic shows, cut out, made harmless and numbered, with the places to underline.
//!
//! A finding may point into several files, at a line of a megabyte, or at text that holds escape codes. So the drawing never
//! sees the sources: it sees one small text made of *regions* (a file, consecutive lines), in which every label lies within
//! one line.
//!
//! Invariant: the text holds only what `escape::line` lets through, every line ends in a newline, and every label lies
//! between the first byte of its line and that newline.

use diag::{Diagnostic, FileId, Label, LineIndex};

use crate::escape;

/// Lines shown before and after one with a label.
pub const CONTEXT: usize = 1;
/// Bytes of a line that are shown at most, however far apart its labels are.
pub const LINE_MAX: usize = 240;

/// What one diagnostic shows.
#[derive(Debug, Default)]
pub struct Excerpt {
    /// The regions' lines, one region after the other.
    pub text: String,
    /// In the order of the text.
    pub regions: Vec<Region>,
    /// The primary label, then the others, in the order of the diagnostic.
    pub marks: Vec<Mark>,
    /// Bytes of a line that are shown where its labels fit into so many.
    line_max: usize,
}

/// Consecutive lines of one file.
#[derive(Debug)]
pub struct Region {
    /// Path as shown.
    pub path: String,
    /// Number of the first line in its file, from 0.
    pub line: usize,
    /// Where the lines begin in the excerpt, and where the last one ends.
    pub starts: Vec<usize>,
}

/// A place to underline.
#[derive(Debug)]
pub struct Mark {
    /// First byte in the excerpt.
    pub start: usize,
    /// Bytes.
    pub len: usize,
    /// Column in the source, in characters from 0.
    pub column: usize,
}

/// A file as this module needs it.
pub trait Files {
    /// Path as users see it.
    fn path(&self, file: FileId) -> &str;
    /// The whole text.
    fn text(&self, file: FileId) -> &str;
    /// Where its lines begin.
    fn lines(&self, file: FileId) -> &LineIndex;
}

/// A label, by line; a label of several lines is shown on its first.
#[derive(Clone, Copy)]
struct Place {
    /// Its number in the diagnostic.
    nth: usize,
    file: FileId,
    line: usize,
    start: usize,
    end: usize,
}

impl Excerpt {
    /// Cuts out what `diagnostic` shows, of each line `line_max` bytes where all of its labels fit into so many.
    pub fn new(diagnostic: &Diagnostic, files: &impl Files, line_max: usize) -> Self {
        let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.labels);
        let mut places: Vec<Place> = labels.enumerate().filter_map(|(nth, label)| place(nth, label, files)).collect();
        let first = diagnostic.primary.span.file;
        places.sort_by_key(|it| (it.file != first, it.file, it.start, it.end));
        let mut out = Self { line_max: line_max.min(LINE_MAX), ..Self::default() };
        out.marks.extend((0..=diagnostic.labels.len()).map(|_| Mark { start: 0, len: 0, column: 0 }));
        for group in places.chunk_by(|a, b| a.file == b.file && b.line - a.line <= 2 * CONTEXT + 1) {
            out.region(group, files);
        }
        out
    }

    /// The region that holds a byte of the excerpt, with the number of the line in it.
    pub fn find(&self, offset: usize) -> Option<(&Region, usize)> {
        let region = &self.regions[self.regions.partition_point(|it| it.starts.last().is_some_and(|end| *end <= offset))..];
        let region = region.first()?;
        Some((region, region.starts.partition_point(|start| *start <= offset).checked_sub(1)?))
    }

    fn region(&mut self, places: &[Place], files: &impl Files) {
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return };
        let (text, index) = (files.text(first.file), files.lines(first.file));
        let from = first.line.saturating_sub(CONTEXT);
        let to = (last.line + CONTEXT).min(last_line(text, index));
        let mut starts = Vec::new();
        for line in from..=to {
            starts.push(self.text.len());
            let here: Vec<Place> = places.iter().filter(|it| it.line == line).copied().collect();
            self.line(text, bounds(text, index, line), &here);
        }
        starts.push(self.text.len());
        self.regions.push(Region { path: escape::line(files.path(first.file)).into_owned(), line: from, starts });
    }

    fn line(&mut self, text: &str, (start, end): (usize, usize), places: &[Place]) {
        let marks = (places.first().map_or(start, |it| it.start), places.iter().map(|it| it.end).max().unwrap_or(start));
        let (from, to) = window(text, (start, end), marks, self.line_max);
        if from > start {
            self.text.push('…');
        }
        // Cuts at every border of a label, so that a border's place in the excerpt is where its piece begins.
        let mut borders: Vec<usize> = places.iter().flat_map(|it| [it.start, it.end]).chain([from, to]).map(|it| it.clamp(from, to)).collect();
        borders.sort_unstable();
        borders.dedup();
        let mut shown = Vec::with_capacity(borders.len());
        for (at, border) in borders.iter().enumerate() {
            shown.push((*border, self.text.len()));
            if let Some(next) = borders.get(at + 1) {
                self.text.push_str(&escape::line(&text[*border..*next]));
            }
        }
        let shown_at = |offset: usize| shown[shown.partition_point(|(border, _)| *border < offset.clamp(from, to))].1;
        for it in places {
            let (first, last) = (shown_at(it.start), shown_at(it.end));
            self.marks[it.nth] = Mark { start: first, len: last - first, column: text[start..it.start].chars().count() };
        }
        if to < end {
            self.text.push('…');
        }
        self.text.push('\n');
    }
}

/// A label of an empty path is one of no file: nothing to show.
fn place(nth: usize, label: &Label, files: &impl Files) -> Option<Place> {
    let file = label.span.file;
    if files.path(file).is_empty() {
        return None;
    }
    let (text, index) = (files.text(file), files.lines(file));
    let start = floor(text, label.span.start as usize);
    let line = (index.line(start as u32) as usize).min(last_line(text, index));
    let (first, last) = bounds(text, index, line);
    let start = start.clamp(first, last);
    let end = ceil(text, label.span.end as usize).clamp(start, last);
    Some(Place { nth, file, line, start, end })
}

/// The last line worth a number: what follows the final newline is none.
fn last_line(text: &str, index: &LineIndex) -> usize {
    (index.len() - 1) - usize::from(text.ends_with('\n'))
}

/// First byte of a line, and one past its last without the line break.
fn bounds(text: &str, index: &LineIndex, line: usize) -> (usize, usize) {
    let start = index.start(line as u32) as usize;
    let end = if line + 1 < index.len() { index.start(line as u32 + 1) as usize } else { text.len() };
    let body = &text[start..end];
    let body = body.strip_suffix('\n').unwrap_or(body);
    (start, start + body.strip_suffix('\r').unwrap_or(body).len())
}

/// The part of a line that is shown: from somewhat before the first label to the last one, if they are not too far apart.
fn window(text: &str, (start, end): (usize, usize), marks: (usize, usize), max: usize) -> (usize, usize) {
    if end - start <= max {
        return (start, end);
    }
    let lead = max.saturating_sub(marks.1 - marks.0).min(max / 3);
    let from = floor(text, marks.0.saturating_sub(lead).max(start));
    let to = (from + max).max(marks.1.min(from + LINE_MAX));
    (from, floor(text, to.min(end)))
}

fn floor(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset)
}

fn ceil(text: &str, offset: usize) -> usize {
    if offset >= text.len() { text.len() } else { text.ceil_char_boundary(offset) }
}

#[cfg(test)]
mod tests {
    use diag::{Diagnostic, FileId, LineIndex, Span, code};

    use super::{Excerpt, Files};

    struct One(String, LineIndex);

    impl Files for One {
        fn path(&self, _: FileId) -> &str {
            "a.vix"
        }
        fn text(&self, _: FileId) -> &str {
            &self.0
        }
        fn lines(&self, _: FileId) -> &LineIndex {
            &self.1
        }
    }

    fn cut(text: &str, start: u32, end: u32) -> Excerpt {
        let files = One(text.to_owned(), LineIndex::new(text));
        let diagnostic = Diagnostic::error(code::SYNTAX_ERROR, Span::new(FileId(0), start, end), "x");
        Excerpt::new(&diagnostic, &files, super::LINE_MAX)
    }

    #[test]
    fn any_span_of_any_text_lies_within_a_line() {
        for text in ["", "\n", "a", "a\nb", "a\nb\n", "é\r\n\u{1b}[31mx\r\n\u{202e}y", "\t\n\n\n"] {
            for start in 0..=text.len() as u32 + 2 {
                for end in start..=text.len() as u32 + 2 {
                    let excerpt = cut(text, start, end);
                    let mark = &excerpt.marks[0];
                    let (region, line) = excerpt.find(mark.start).expect("a label lies in a region");
                    assert!(mark.start + mark.len < region.starts[line + 1], "{text:?} {start}..{end}: {excerpt:?}");
                }
            }
        }
    }

    #[test]
    fn long_lines_are_cut_around_the_label() {
        let text = "x".repeat(1 << 20);
        let excerpt = cut(&text, 500_000, 500_003);
        assert!(excerpt.text.len() < 300, "{}", excerpt.text.len());
        assert_eq!((excerpt.marks[0].len, excerpt.marks[0].column), (3, 500_000));
    }

    #[test]
    fn a_line_is_as_long_as_the_terminal_if_its_labels_fit() {
        let text = "y".repeat(200);
        let files = One(text.clone(), LineIndex::new(&text));
        for (start, end, shown) in [(0, 3, 72), (150, 153, 72), (197, 200, 72), (20, 120, 100)] {
            let diagnostic = Diagnostic::error(code::SYNTAX_ERROR, Span::new(FileId(0), start, end), "x");
            let excerpt = Excerpt::new(&diagnostic, &files, 72);
            let letters = excerpt.text.chars().filter(|it| *it == 'y').count();
            assert!(letters <= shown && excerpt.marks[0].len as u32 == end - start, "{start}..{end}: {excerpt:?}");
        }
    }
}

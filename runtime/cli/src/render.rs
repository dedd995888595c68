//! Diagnostics drawn for people. The only home of miette.
//!
//! Invariant: what comes out holds no control characters, escape codes or reordering marks but our own colours, whatever the
//! sources and the messages hold.

use std::collections::HashMap;
use std::fmt;

use build::Sources;
use diag::{Diagnostic, FileId, LineIndex, Severity, code};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::escape;
use crate::excerpt::{CONTEXT, Excerpt, Files, LINE_MAX};

/// More than this helps nobody; the rest is counted.
const SHOWN_MAX: usize = 500;

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With ANSI colours.
    pub colour: bool,
    /// With line-drawing characters beyond ASCII.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
    /// Somebody looks at it, so that lines of source that do not fit are cut.
    pub cut: bool,
}

/// Columns beside a line of source: its number, and the frame.
const GUTTER: usize = 8;

/// Draws `diagnostics`, one below the other, each followed by an empty line.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, style: Style) -> String {
    let files = Indexed::new(diagnostics, sources);
    let handler = GraphicalReportHandler::new_themed(theme(style)).with_width(style.width).with_context_lines(CONTEXT).without_syntax_highlighting();
    let mut out = String::new();
    for diagnostic in diagnostics.iter().take(SHOWN_MAX) {
        // A file that cannot be read is named by the message, and has no line to show.
        let unread = diagnostic.code == code::UNREADABLE_FILE && sources.text(diagnostic.primary.span.file).is_empty();
        let excerpt = if unread { Excerpt::default() } else { Excerpt::new(diagnostic, &files, if style.cut { style.width - GUTTER } else { LINE_MAX }) };
        let drawn = Drawn { diagnostic, message: escape::text(&diagnostic.message).into_owned(), excerpt };
        handler.render_report(&mut out, &drawn).expect("writing to a string");
        notes(diagnostic, style, &mut out);
        out.push('\n');
    }
    if let Some(more @ 1..) = diagnostics.len().checked_sub(SHOWN_MAX) {
        out.push_str(&format!("and {more} more\n\n"));
    }
    out
}

/// Facts, which miette has no place for, in the form of its help.
fn notes(diagnostic: &Diagnostic, style: Style, out: &mut String) {
    for note in &diagnostic.notes {
        let note = escape::text(note);
        let mut head = if style.colour { "  \u{1b}[36mnote:\u{1b}[0m" } else { "  note:" };
        for line in note.lines() {
            let mut column = usize::MAX;
            for word in line.split(' ') {
                if column.saturating_add(1 + word.chars().count()) > style.width {
                    if column != usize::MAX {
                        out.push('\n');
                    }
                    out.push_str(head);
                    head = "       ";
                    column = head.len();
                }
                out.push(' ');
                out.push_str(word);
                column += 1 + word.chars().count();
            }
            out.push('\n');
        }
    }
}

fn theme(style: Style) -> GraphicalTheme {
    match (style.unicode, style.colour) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    }
}

/// The sources with the line starts of those that are pointed at, each scanned once.
pub struct Indexed<'s> {
    sources: &'s Sources,
    lines: HashMap<FileId, LineIndex>,
    none: LineIndex,
}

impl<'s> Indexed<'s> {
    /// Indexes what `diagnostics` point at.
    pub fn new(diagnostics: &[Diagnostic], sources: &'s Sources) -> Self {
        let files = diagnostics.iter().flat_map(|it| {
            let fixes = it.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span.file));
            it.labels.iter().map(|label| label.span.file).chain(fixes).chain([it.primary.span.file])
        });
        Self::of(files, sources)
    }

    /// Indexes these files.
    pub fn of(files: impl Iterator<Item = FileId>, sources: &'s Sources) -> Self {
        let mut lines = HashMap::new();
        for file in files {
            lines.entry(file).or_insert_with(|| LineIndex::new(sources.text(file)));
        }
        Self { sources, lines, none: LineIndex::new("") }
    }
}

impl Files for Indexed<'_> {
    fn path(&self, file: FileId) -> &str {
        self.sources.path(file)
    }

    fn text(&self, file: FileId) -> &str {
        self.sources.text(file)
    }

    fn lines(&self, file: FileId) -> &LineIndex {
        self.lines.get(&file).unwrap_or(&self.none)
    }
}

/// A diagnostic as miette wants it.
struct Drawn<'d> {
    diagnostic: &'d Diagnostic,
    message: String,
    excerpt: Excerpt,
}

impl fmt::Debug for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.diagnostic, f)
    }
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Drawn<'_> {}

impl miette::Diagnostic for Drawn<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.code.name))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.diagnostic.help.as_deref()?;
        Some(Box::new(escape::text(help)))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.excerpt.regions.is_empty() {
            return None;
        }
        let labels = std::iter::once(&self.diagnostic.primary).chain(&self.diagnostic.labels);
        Some(Box::new(labels.zip(&self.excerpt.marks).enumerate().map(|(nth, (label, mark))| {
            let text = (!label.text.is_empty()).then(|| escape::text(&label.text).into_owned());
            let span = SourceSpan::new(mark.start.into(), mark.len);
            if nth == 0 { LabeledSpan::new_primary_with_span(text, span) } else { LabeledSpan::new_with_span(text, span) }
        })))
    }
}

impl SourceCode for Excerpt {
    /// The lines around a span; an error where it spans two regions, which tells miette not to join them.
    fn read_span<'a>(&'a self, span: &SourceSpan, before: usize, after: usize) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (region, first) = self.find(span.offset()).ok_or(MietteError::OutOfBounds)?;
        let end = span.offset() + span.len();
        if region.starts.last().is_none_or(|last| *last < end) {
            return Err(MietteError::OutOfBounds);
        }
        let last = region.starts.partition_point(|start| *start < end).saturating_sub(1).max(first);
        let (from, to) = (first.saturating_sub(before), (last + after + 1).min(region.starts.len() - 1));
        // Without context miette asks only for the position that stands in the header.
        let (start, column) = if before == 0 { (span.offset(), self.column(span.offset())) } else { (region.starts[from], 0) };
        let end = region.starts[to];
        let data = &self.text.as_bytes()[start..end];
        Ok(Box::new(MietteSpanContents::new_named(region.path.clone(), data, (start, end - start).into(), region.line + from, column, to - from)))
    }
}

impl Excerpt {
    fn column(&self, offset: usize) -> usize {
        self.marks.iter().find(|mark| mark.start == offset).map_or(0, |mark| mark.column)
    }
}

//! Signs and colours of what is drawn on standard output.

use crate::render::Style;

/// What a line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something is new.
    Added,
    /// Something is not what it was.
    Changed,
    /// Something is gone.
    Removed,
    /// A heading.
    Head,
    /// Beside the point.
    Aside,
    /// Nothing of these.
    Plain,
}

impl Tone {
    /// The sign that tells it without a colour.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Added => "+",
            Self::Changed => "~",
            Self::Removed => "-",
            Self::Head | Self::Aside | Self::Plain => " ",
        }
    }

    fn code(self) -> Option<&'static str> {
        match self {
            Self::Added => Some("32"),
            Self::Changed => Some("33"),
            Self::Removed => Some("31"),
            Self::Head => Some("1"),
            Self::Aside => Some("2"),
            Self::Plain => None,
        }
    }
}

impl Style {
    /// A text in the colour of its tone.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        match tone.code().filter(|_| self.colour) {
            Some(code) => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            None => text.to_owned(),
        }
    }

    /// What stands between an old and a new value.
    pub fn arrow(self) -> &'static str {
        if self.unicode { "→" } else { "->" }
    }

    /// What stands for something left out.
    pub fn ellipsis(self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }
}

//! Where in an object something stands, as people and machines read it.
//!
//! `spec.template.spec.containers[main].ports[53,UDP].name`, `data."app.conf"`, `spec.args[2]`: fields are joined by points, elements of lists
//! are named by their keys where they have any, else counted from 0.

use std::fmt;

/// A path from the root of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(pub Vec<Step>);

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A field of a record, or a key of a map.
    Field(String),
    /// An element of a list by its key.
    Key(String),
    /// An element of a list by its number.
    Index(usize),
}

impl Path {
    /// The last field, which names what stands there.
    pub fn last(&self) -> Option<&Step> {
        self.0.last()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) => {
                    f.write_str(if nth > 0 { "." } else { "" })?;
                    field(f, name)?;
                }
                Step::Key(key) => write!(f, "[{key}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A word as it is, anything else in quotes.
fn field(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    let is_word = !name.is_empty() && name.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '-'));
    if is_word { f.write_str(name) } else { write!(f, "{name:?}") }
}

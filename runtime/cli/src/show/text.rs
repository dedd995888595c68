//! A comparison for a terminal.
//!
//! ```text
//! dev: main (1a2b3c4) → the working tree
//!
//! app web
//! ~ Deployment.apps net/web
//!     ~ spec.replicas: 2 → 3
//!     + spec.template.spec.containers[main].env[LOG]
//!         name: LOG
//!         value: debug
//!
//! 0 added, 1 changed, 0 removed, 5 unchanged
//! ```

use diff::fold::{Common, Section, sections};
use diff::{Change, ObjectChange, Op, Step, UnitName, What};
use manifest::id::ObjectId;

use super::paint::Tone;
use super::value::{self, Drawn, Limits};
use crate::comparison::{Comparison, Presence, Side, Totals};
use crate::escape;
use crate::render::Style;

/// Draws a comparison.
pub fn draw(comparison: &Comparison, style: Style, limits: Limits) -> String {
    let folds_content = limits != Limits::FULL && comparison.totals().added > CONTENT_MAX;
    let mut page = Page { style, limits, folds_content, out: String::new() };
    page.comparison(comparison);
    page.out
}

/// A line that names the sides.
pub fn title(comparison: &Comparison, arrow: &str) -> String {
    let sides = format!("{} {arrow} {}", escape::line(comparison.old.shown()), escape::line(comparison.new.shown()));
    match (&comparison.old, comparison.envs.as_slice()) {
        (Side::Env(_), _) => sides,
        (_, [env]) => format!("{}: {sides}", escape::line(&env.name)),
        (_, envs) => format!("{} environments: {sides}", envs.len()),
    }
}

/// Kind, namespace and name of an object, and what it was called before.
pub fn heading(id: &ObjectId, was: Option<&ObjectId>, arrow: &str) -> String {
    let now = id.clone().without_version().to_string();
    match was {
        Some(was) => {
            let place = |it: &ObjectId| it.namespace.as_ref().map_or_else(|| it.name.clone(), |namespace| format!("{namespace}/{}", it.name));
            let new = if was.namespace == id.namespace { id.name.clone() } else { place(id) };
            let kind = now.split(' ').next().unwrap_or_default();
            escape::line(&format!("{kind} {} {arrow} {new}", place(was))).into_owned()
        }
        None => escape::line(&now).into_owned(),
    }
}

/// Objects by kind: `12 Deployment.apps, 1 Service`, or by name where they are few.
pub fn list(objects: &[ObjectId]) -> String {
    let text = if objects.len() <= NAMED_MAX {
        objects.iter().map(|it| it.clone().without_version().to_string()).collect::<Vec<_>>().join(", ")
    } else {
        let mut kinds: Vec<(String, usize)> = Vec::new();
        for object in objects {
            let kind = if object.group.is_empty() { object.kind.clone() } else { format!("{}.{}", object.kind, object.group) };
            match kinds.iter_mut().find(|it| it.0 == kind) {
                Some(known) => known.1 += 1,
                None => kinds.push((kind, 1)),
            }
        }
        kinds.iter().map(|(kind, n)| format!("{n} {kind}")).collect::<Vec<_>>().join(", ")
    };
    escape::line(&text).into_owned()
}

/// More objects than this are counted by kind.
const NAMED_MAX: usize = 4;

/// Changes worth a line of their own below an object whose heading tells its old name.
pub fn told(object: &ObjectChange) -> impl Iterator<Item = &Change> {
    let renamed = object.was.is_some();
    let is_name = |change: &Change| match change.path.0.as_slice() {
        [Step::Field(a), Step::Field(b)] => a == "metadata" && (b == "name" || b == "namespace"),
        _ => false,
    };
    object.changes().iter().filter(move |it| !(renamed && is_name(it)))
}

/// The tone of what happened.
pub fn tone(op: &Op) -> Tone {
    match op {
        Op::Added(_) => Tone::Added,
        Op::Removed(_) => Tone::Removed,
        Op::Replaced(..) | Op::Reordered(..) => Tone::Changed,
    }
}

/// What is to be known about a change that the API server refuses.
pub const IMMUTABLE: &str = "cannot be changed in place: the object must be deleted and made again";

/// What is lost with an object besides itself.
pub fn loss(object: &ObjectChange) -> Option<&'static str> {
    if !matches!(object.what, What::Removed(_)) {
        return None;
    }
    match (object.id.group.as_str(), object.id.kind.as_str()) {
        ("", "PersistentVolumeClaim" | "PersistentVolume") => Some("with it may go its data"),
        ("", "Namespace") => Some("with it goes everything in it"),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => Some("with it go all objects of its kind"),
        _ => None,
    }
}

/// Of more new objects than this only the names are told.
const CONTENT_MAX: usize = 10;

struct Page {
    style: Style,
    limits: Limits,
    /// New objects are told by their names.
    folds_content: bool,
    out: String,
}

impl Page {
    fn comparison(&mut self, comparison: &Comparison) {
        let totals = comparison.totals();
        let title = title(comparison, self.style.arrow());
        if totals.is_empty() && comparison.envs.iter().all(|it| it.presence == Presence::Both) {
            self.line(0, Tone::Plain, &format!("{title}: no changes, {} unchanged", totals.unchanged));
            return;
        }
        self.line(0, Tone::Head, &title);
        for env in &comparison.envs {
            match env.presence {
                Presence::Both => {}
                Presence::Added => self.line(0, Tone::Added, &format!("+ environment {}", escape::line(&env.name))),
                Presence::Removed => self.line(0, Tone::Removed, &format!("- environment {}", escape::line(&env.name))),
            }
        }
        let several = comparison.envs.len() > 1;
        for section in sections(comparison.envs.iter().map(|it| (it.name.clone(), it.difference.clone())).collect()) {
            self.section(&section, several.then_some(comparison.envs.len()), &comparison.old);
        }
        self.out.push('\n');
        if self.folds_content {
            self.line(0, Tone::Aside, "--full shows the content of new objects");
        }
        if several {
            for env in &comparison.envs {
                let it = Totals::of(&env.difference);
                self.line(0, Tone::Plain, &format!("{}: {}{}", escape::line(&env.name), it.sentence(), it.effect(&comparison.old)));
            }
        } else {
            self.line(0, Tone::Plain, &format!("{}{}", totals.sentence(), totals.effect(&comparison.old)));
        }
    }

    fn section(&mut self, section: &Section, envs: Option<usize>, old: &Side) {
        if let Some(all) = envs {
            let names = match (section.envs.len(), all) {
                (2, 2) => "both environments".to_owned(),
                (some, all) if some == all => format!("all {all} environments"),
                _ => escape::line(&section.envs.join(", ")).into_owned(),
            };
            self.out.push('\n');
            self.line(0, Tone::Head, &format!("== {names}"));
        }
        if !section.common.is_empty() {
            self.out.push('\n');
        }
        for common in &section.common {
            self.common(common, old);
        }
        let mut unit: Option<&UnitName> = None;
        for object in &section.objects {
            if unit != Some(&object.unit) {
                unit = Some(&object.unit);
                self.out.push('\n');
                self.line(0, Tone::Head, &escape::line(&format!("{} {}", object.unit.kind, object.unit.name)));
            }
            self.object(object, old);
        }
    }

    fn common(&mut self, common: &Common, old: &Side) {
        self.line(0, Tone::Changed, &format!("~ {} objects: {}", common.objects.len(), list(&common.objects)));
        self.change(&common.change, old);
    }

    fn object(&mut self, object: &ObjectChange, old: &Side) {
        let heading = heading(&object.id, object.was.as_ref(), self.style.arrow());
        let (tone, content) = match &object.what {
            What::Added(value) => (Tone::Added, Some(value)),
            What::Removed(_) => (Tone::Removed, None),
            What::Changed(_) => (Tone::Changed, None),
        };
        let note = loss(object).filter(|_| !matches!(old, Side::Env(_)));
        let lines = content.map(|it| value::yaml(it, Tone::Added)).unwrap_or_default();
        let is_folded = self.folds_content && !lines.is_empty();
        let more = if is_folded { format!(" ({} lines)", lines.len()) } else { String::new() };
        self.line(0, tone, &format!("{} {heading}{more}", tone.sign()));
        if let Some(note) = note {
            self.line(4, Tone::Aside, note);
        }
        if !is_folded {
            self.block(4, value::folded(lines, self.style.ellipsis(), self.limits));
        }
        for change in told(object) {
            self.change(change, old);
        }
    }

    fn change(&mut self, change: &Change, old: &Side) {
        let (tone, path) = (tone(&change.op), escape::line(&change.path.to_string()).into_owned());
        let head = format!("{} {path}", tone.sign());
        match value::op(&change.op, self.style.ellipsis(), self.limits) {
            Drawn::Inline(text) if self.fits(&head, &text) => self.line(4, tone, &format!("{head}: {text}")),
            Drawn::Inline(text) => {
                self.line(4, tone, &head);
                self.block(8, vec![(tone, text)]);
            }
            Drawn::Pair(old, new) => {
                let text = format!("{old} {} {new}", self.style.arrow());
                if self.fits(&head, &text) {
                    self.line(4, tone, &format!("{head}: {text}"));
                } else {
                    self.line(4, tone, &head);
                    self.block(8, vec![(Tone::Removed, old), (Tone::Added, new)]);
                }
            }
            Drawn::Block(lines) => {
                let order = if matches!(change.op, Op::Reordered(..)) { " (order)" } else { "" };
                self.line(4, tone, &format!("{head}{order}"));
                self.block(8, lines);
            }
        }
        if change.immutable && !matches!(old, Side::Env(_)) {
            self.line(8, Tone::Aside, IMMUTABLE);
        }
    }

    /// Whether a value fits behind its path.
    fn fits(&self, head: &str, text: &str) -> bool {
        4 + head.chars().count() + 2 + text.chars().count() <= self.style.width
    }

    /// Lines of a value, each with its sign where several tones meet.
    fn block(&mut self, indent: usize, lines: Vec<value::Line>) {
        let mixed = lines.iter().any(|it| it.0 == Tone::Removed) && lines.iter().any(|it| it.0 == Tone::Added) || lines.iter().any(|it| it.0 == Tone::Plain);
        for (tone, line) in lines {
            let line = if mixed { format!("{} {line}", tone.sign()) } else { line };
            let line = self.cut(line.trim_end(), indent);
            self.line(indent, tone, &line);
        }
    }

    /// As much of a line as fits behind `indent` columns, where somebody looks at it; a file holds all of it.
    fn cut(&self, line: &str, indent: usize) -> String {
        let room = self.style.width.saturating_sub(indent);
        if !self.style.cut || self.limits == Limits::FULL || line.chars().count() <= room {
            return line.to_owned();
        }
        let ellipsis = self.style.ellipsis();
        format!("{}{ellipsis}", line.chars().take(room.saturating_sub(ellipsis.chars().count())).collect::<String>())
    }

    fn line(&mut self, indent: usize, tone: Tone, text: &str) {
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.out.push_str(&self.style.paint(tone, text));
        self.out.push('\n');
    }
}

//! A comparison for a pull request: Markdown as GitHub and GitLab show it.
//!
//! It begins with a hidden mark, by which whoever posts it finds the earlier one to replace. It is never longer than what a comment may hold; what
//! does not fit is folded in fixed steps, so equal comparisons give equal texts.
//! Invariant: text of others stands in code blocks that it cannot close, or as code in HTML with every sign of Markdown written as an entity.

use diff::fold::{Section, sections};
use diff::{Change, ObjectChange, Op, UnitName, What};

use super::paint::Tone;
use super::text::{self, IMMUTABLE, told, tone};
use super::value::{self, Drawn, Limits};
use crate::comparison::{Comparison, Presence, Side, Totals};
use crate::escape;
use crate::ui::count;

/// Most characters of a comment on GitHub, as it counts them.
pub const SIZE_MAX: usize = 65_536;

/// By which an earlier comment is found.
const MARK: &str = "<!-- vix diff -->";

/// From so many lines on, instances are folded until somebody opens them.
const OPEN_MAX: usize = 120;

/// How much is told of each object.
#[derive(Clone, Copy)]
enum Detail {
    /// Its changes, within limits.
    Changes(Limits),
    /// That it changes.
    Objects,
    /// How many objects of each instance change.
    Instances,
    /// Numbers of each environment alone.
    Totals,
}

/// Writes a comparison.
pub fn write(comparison: &Comparison, limits: Limits) -> String {
    let shorter = Limits { lines: 6, line: 100, context: 0 };
    let steps = [Detail::Changes(limits), Detail::Changes(Limits::FOLDED), Detail::Changes(shorter), Detail::Objects, Detail::Instances];
    let mut folded = false;
    for detail in steps {
        let page = page(comparison, detail, folded);
        if page.encode_utf16().count() <= SIZE_MAX {
            return page;
        }
        folded = true;
    }
    let page = page(comparison, Detail::Totals, true);
    // Only thousands of environments can be too many for that.
    page.chars().take(SIZE_MAX / 2).collect()
}

fn page(comparison: &Comparison, detail: Detail, folded: bool) -> String {
    let totals = comparison.totals();
    let is_same = totals.is_empty() && comparison.envs.iter().all(|it| it.presence == Presence::Both);
    let mut out = format!("{MARK}\n### {} → {}\n\n", code(comparison.old.shown()), code(comparison.new.shown()));
    if is_same {
        out.push_str(&format!("No changes: {} are the same.\n", count(totals.unchanged, "object")));
        return out;
    }
    table(comparison, &mut out);
    let effect = totals.effect(&comparison.old);
    if let Some(effect) = effect.strip_prefix("; ") {
        out.push_str(&format!("\n{effect}.\n"));
    }
    let several = comparison.envs.len() > 1;
    let all = sections(comparison.envs.iter().map(|it| (it.name.clone(), it.difference.clone())).collect());
    let mut body = String::new();
    for section in &all {
        if several && !matches!(detail, Detail::Totals) {
            let names: Vec<String> = section.envs.iter().map(|it| code(it)).collect();
            body.push_str(&format!("\n#### {}\n", names.join(", ")));
        }
        match detail {
            Detail::Changes(limits) => changes(section, &comparison.old, limits, &mut body),
            Detail::Objects => objects(section, &mut body),
            Detail::Instances => instances(section, &mut body),
            Detail::Totals => {}
        }
    }
    let is_long = body.lines().count() > OPEN_MAX;
    out.push_str(&if is_long { body.replace("<details open>", "<details>") } else { body });
    if folded {
        out.push_str("\nThis was folded to fit into a comment; `vix diff` in a terminal shows all of it.\n");
    }
    out
}

fn table(comparison: &Comparison, out: &mut String) {
    out.push_str("| environment | added | changed | removed | unchanged |\n|---|--:|--:|--:|--:|\n");
    for env in &comparison.envs {
        let it = Totals::of(&env.difference);
        let presence = match env.presence {
            Presence::Both => "",
            Presence::Added => " (new)",
            Presence::Removed => " (gone)",
        };
        out.push_str(&format!("| {}{presence} | {} | {} | {} | {} |\n", code(&env.name), it.added, it.changed, it.removed, it.unchanged));
    }
}

fn changes(section: &Section, old: &Side, limits: Limits, out: &mut String) {
    if !section.common.is_empty() {
        let mut lines = Vec::new();
        for common in &section.common {
            lines.push(format!("@@ {} objects: {} @@", common.objects.len(), text::list(&common.objects)));
            change(&common.change, old, limits, &mut lines);
        }
        details(&format!("in common: {}", count(section.common.len(), "change")), &lines, out);
    }
    for (unit, objects) in by_unit(&section.objects) {
        let mut lines = Vec::new();
        objects.iter().for_each(|it| object(it, old, limits, &mut lines));
        details(&format!("{}: {}", code(&format!("{} {}", unit.kind, unit.name)), summary(objects)), &lines, out);
    }
}

/// A part of the page that can be opened and closed.
fn details(summary: &str, lines: &[String], out: &mut String) {
    let longest = lines.iter().flat_map(|it| it.split(|it| it != '`')).map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    out.push_str(&format!("\n<details open><summary>{summary}</summary>\n\n{fence}diff\n"));
    for line in lines {
        out.push_str(line);
        out.push('\n');
    }
    out.push_str(&format!("{fence}\n\n</details>\n"));
}

fn object(object: &ObjectChange, old: &Side, limits: Limits, lines: &mut Vec<String>) {
    let heading = text::heading(&object.id, object.was.as_ref(), "→");
    match &object.what {
        What::Added(value) => {
            lines.push(format!("+ {heading}"));
            block(value::folded(value::yaml(value, Tone::Added), "…", limits), "    ", lines);
        }
        What::Removed(_) => {
            lines.push(format!("- {heading}"));
            lines.extend(text::loss(object).filter(|_| !matches!(old, Side::Env(_))).map(|it| format!("!   {it}")));
        }
        What::Changed(_) => {
            lines.push(format!("@@ {heading} @@"));
            told(object).for_each(|it| change(it, old, limits, lines));
        }
    }
}

fn change(change: &Change, old: &Side, limits: Limits, lines: &mut Vec<String>) {
    let path = escape::line(&change.path.to_string()).into_owned();
    match (value::op(&change.op, "…", limits), tone(&change.op)) {
        (Drawn::Pair(old, new), _) => lines.extend([format!("- {path}: {old}"), format!("+ {path}: {new}")]),
        (Drawn::Inline(text), Tone::Changed) => lines.push(format!("! {path}: {text}")),
        (Drawn::Inline(text), tone) => lines.push(format!("{} {path}: {text}", tone.sign())),
        (Drawn::Block(block), tone) => {
            let order = if matches!(change.op, Op::Reordered(..)) { " (order)" } else { "" };
            lines.push(format!("{} {path}:{order}", if tone == Tone::Changed { "!" } else { tone.sign() }));
            self::block(block, "    ", lines);
        }
    }
    if change.immutable && !matches!(old, Side::Env(_)) {
        lines.push(format!("! {IMMUTABLE}"));
    }
}

/// Lines with their signs where GitHub looks for them.
fn block(block: Vec<value::Line>, indent: &str, lines: &mut Vec<String>) {
    lines.extend(block.into_iter().map(|(tone, line)| format!("{}{indent}{line}", tone.sign()).trim_end().to_owned()));
}

fn objects(section: &Section, out: &mut String) {
    let mut lines: Vec<String> =
        section.common.iter().map(|it| format!("! {} objects: {}", it.objects.len(), escape::line(&it.change.path.to_string()))).collect();
    for object in &section.objects {
        let heading = text::heading(&object.id, object.was.as_ref(), "→");
        lines.push(match &object.what {
            What::Added(_) => format!("+ {heading}"),
            What::Removed(_) => format!("- {heading}"),
            What::Changed(changes) => format!("! {heading} ({})", count(changes.len(), "change")),
        });
    }
    details("objects", &lines, out);
}

fn instances(section: &Section, out: &mut String) {
    let lines: Vec<String> = by_unit(&section.objects)
        .into_iter()
        .map(|(unit, objects)| format!("! {}: {}", escape::line(&format!("{} {}", unit.kind, unit.name)), summary(objects)))
        .collect();
    details("instances", &lines, out);
}

/// Objects by the instance that makes them, in order.
fn by_unit(objects: &[ObjectChange]) -> Vec<(&UnitName, &[ObjectChange])> {
    objects.chunk_by(|a, b| a.unit == b.unit).filter_map(|it| Some((&it.first()?.unit, it))).collect()
}

/// `1 added, 2 changed`.
fn summary(objects: &[ObjectChange]) -> String {
    let number = |wanted: fn(&What) -> bool| objects.iter().filter(|it| wanted(&it.what)).count();
    let parts = [
        (number(|it| matches!(it, What::Added(_))), "added"),
        (number(|it| matches!(it, What::Changed(_))), "changed"),
        (number(|it| matches!(it, What::Removed(_))), "removed"),
    ];
    parts.iter().filter(|it| it.0 > 0).map(|(n, what)| format!("{n} {what}")).collect::<Vec<_>>().join(", ")
}

/// A text as code in HTML: no sign of it means anything to Markdown or HTML.
fn code(text: &str) -> String {
    let mut out = String::from("<code>");
    for c in escape::line(text).chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' | '`' | '|' | '*' | '_' | '[' | ']' | '@' | '#' | '~' | '\\' | '!' | '$' | ':' => {
                out.push_str(&format!("&#{};", u32::from(c)))
            }
            _ => out.push(c),
        }
    }
    out.push_str("</code>");
    out
}

#[cfg(test)]
mod tests {
    use super::{SIZE_MAX, code, details, write};
    use crate::comparison::{Compared, Comparison, Presence, Side};
    use crate::show::value::Limits;
    use diff::{Change, Difference, ObjectChange, Op, Path, Shown, Step, UnitName, What};
    use manifest::id::ObjectId;
    use manifest::json::Json;

    fn comparison(objects: usize, changes: usize, text: &str) -> Comparison {
        let change = |nth: usize| Change {
            path: Path(vec![Step::Field("data".into()), Step::Field(format!("k{nth}"))]),
            op: Op::Replaced(Shown::Value(text.into()), Shown::Value(Json::Int(nth as i64))),
            immutable: false,
        };
        let object = |nth: usize| ObjectChange {
            unit: UnitName { kind: "app".into(), name: format!("a{nth:05}").into() },
            id: ObjectId { group: String::new(), kind: "ConfigMap".into(), namespace: None, name: format!("{text}{nth}"), version: None },
            was: None,
            // Nothing is in common.
            what: What::Changed((0..changes).map(|it| change(nth * changes + it)).collect()),
        };
        let difference = Difference { objects: (0..objects).map(object).collect(), unchanged: 1 };
        Comparison { old: Side::Env("a".into()), new: Side::Files, envs: vec![Compared { name: text.into(), presence: Presence::Both, difference }] }
    }

    #[test]
    fn a_page_of_any_size_fits_into_a_comment() {
        for (objects, changes) in [(1, 1), (10, 10), (100, 10), (300, 100), (5_000, 1), (100_000, 1)] {
            let page = write(&comparison(objects, changes, "value"), Limits::FULL);
            let size = page.encode_utf16().count();
            assert!(size <= SIZE_MAX && page.contains(&format!("| {objects} |")), "{objects} objects: {size}");
            assert_eq!(page.matches("<details").count(), page.matches("</details>").count());
        }
    }

    #[test]
    fn text_of_others_means_nothing() {
        let text = "```\n</details><script>@all #1 `x` |\u{1b}[31m\u{202e}";
        let page = write(&comparison(3, 2, text), Limits::FULL);
        assert!(!page.contains("\n```\n") && page.contains("````diff") && page.contains("\n````\n"), "{page}");
        assert!(!page.chars().any(|it| it == '\u{1b}' || it == '\u{202e}'));
        assert_eq!(code("<b>|@x"), "<code>&#60;b&#62;&#124;&#64;x</code>");
        let mut out = String::new();
        details("x", &["a ````` b".to_owned()], &mut out);
        assert!(out.contains("\n``````diff\n"), "{out}");
    }
}

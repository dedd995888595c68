//! The history of leaves: for a terminal, and for machines.
//!
//! ```text
//! Deployment.apps web/shop in env prod
//! spec.replicas: 5
//!     5  env prod    envs/prod.vix:12:5
//!     2  layer base  envs/shared.vix:4:7   overridden
//!     1  kind app    std:app.vix:108:9     overridden
//!        kind app    std:app.vix:141:33    puts it there
//! ```
//! JSON: `{"type":"why","format":1,"environment":"prod","object":{..},"leaves":[{"path":"spec.replicas","value":5,"writes":[{"state":"wins",
//! "value":"5","by":{"kind":"env","name":"prod"},"path":"envs/prod.vix","line":12,"column":5}]}]}`; `state` is `wins`, `carries`, `overridden` or
//! `removed`; `value` is null where it is no single text or must not be shown.

use build::{Place, Sources};
use diag::LineIndex;
use manifest::id::ObjectId;
use manifest::json::{Json, map};

use super::paint::Tone;
use crate::escape;
use crate::provenance::{Asked, Leaf, Link, State};
use crate::render::Style;

/// So many characters of a value stand in a line.
const VALUE_MAX: usize = 40;

/// Draws histories; of many leaves only who wrote each last.
pub fn draw(asked: &Asked<'_>, leaves: &[Leaf<'_>], sources: &Sources, style: Style, width: usize) -> String {
    let id = ObjectId::of(asked.object).map_or(String::new(), |it| it.without_version().to_string());
    let mut out = format!("{}\n", style.paint(Tone::Head, &escape::line(&format!("{id} in env {}", asked.env))));
    match leaves {
        [leaf] => one(leaf, sources, style, width, &mut out),
        many => table(many, sources, style, width, &mut out),
    }
    out
}

fn one(leaf: &Leaf<'_>, sources: &Sources, style: Style, width: usize, out: &mut String) {
    out.push_str(&format!("{}: {}\n", escape::line(&leaf.path.to_string()), shown(leaf.value, style)));
    let rows: Vec<[String; 4]> =
        leaf.steps.iter().map(|link| [value_of(leaf, link, style), owner(link.place), place(link.place, sources), word(link.state).to_owned()]).collect();
    let widths: Vec<usize> = (0..3).map(|at| rows.iter().map(|it| it[at].chars().count()).max().unwrap_or(0)).collect();
    for (row, link) in rows.iter().zip(&leaf.steps) {
        let [value, owner, place, word] = row;
        let line = format!("    {value:>0$}  {owner:1$}  {place:2$}  {word}", widths[0], widths[1], widths[2]);
        let tone = if link.state == State::Wins { Tone::Plain } else { Tone::Aside };
        out.push_str(&style.paint(tone, &cut(line.trim_end(), width, style)));
        out.push('\n');
    }
}

fn table(leaves: &[Leaf<'_>], sources: &Sources, style: Style, width: usize, out: &mut String) {
    let winner = |leaf: &Leaf<'_>| leaf.steps.iter().find(|it| it.state == State::Wins).map(|it| it.place).map(|it| (owner(it), place(it, sources)));
    let rows: Vec<[String; 3]> = leaves
        .iter()
        .map(|leaf| {
            let (owner, place) = winner(leaf).unwrap_or_default();
            [format!("{}: {}", escape::line(&leaf.path.to_string()), shown(leaf.value, style)), owner, place]
        })
        .collect();
    let longest = |at: usize, max: usize| rows.iter().map(|it| it[at].chars().count()).filter(|it| *it <= max).max().unwrap_or(0);
    let (owners, places) = (longest(1, width), longest(2, width));
    // The longest leaf that leaves room for the rest; longer ones have the rest on a line of its own.
    let first = longest(0, width.saturating_sub(owners + places + 4));
    for [leaf, owner, place] in &rows {
        let tail = format!("{owner:owners$}  {place}");
        let tail = style.paint(Tone::Aside, tail.trim_end());
        if leaf.chars().count() > first {
            out.push_str(&format!("{}\n{:first$}  {tail}\n", cut(leaf, width, style), ""));
        } else {
            out.push_str(&format!("{leaf:first$}  {tail}\n"));
        }
    }
}

fn shown(value: Option<&Json>, style: Style) -> String {
    match value {
        None => "(secret, not shown)".to_owned(),
        Some(Json::String(text)) => cut(&escape::line(text), VALUE_MAX * 2, style),
        Some(other) => cut(&escape::line(&other.to_json()), VALUE_MAX * 2, style),
    }
}

/// What a write gave; of the last one what stands there, as it is filled.
fn value_of(leaf: &Leaf<'_>, link: &Link<'_>, style: Style) -> String {
    let text = match (leaf.value, link.state) {
        (None, _) => return String::new(),
        (_, State::Carries) => return String::new(),
        (_, State::Removed) => "removed".to_owned(),
        (Some(value), State::Wins) => shown(Some(value), style),
        (Some(_), State::Overridden) => link.wrote.value.as_deref().map_or(String::new(), |it| escape::line(it).into_owned()),
    };
    cut(&text, VALUE_MAX, style)
}

fn word(state: State) -> &'static str {
    match state {
        State::Wins => "",
        State::Carries => "puts it there",
        State::Overridden => "overridden",
        State::Removed => "takes it away",
    }
}

fn owner(place: &Place) -> String {
    escape::line(format!("{} {}", place.word, place.owner).trim()).into_owned()
}

fn place(place: &Place, sources: &Sources) -> String {
    let (line, column) = position(place, sources);
    escape::line(&format!("{}:{line}:{column}", sources.path(place.span.file))).into_owned()
}

fn position(place: &Place, sources: &Sources) -> (usize, usize) {
    let text = sources.text(place.span.file);
    let index = LineIndex::new(text);
    let offset = text.floor_char_boundary(place.span.start as usize);
    let line = index.line(offset as u32);
    (line as usize + 1, text[index.start(line) as usize..offset].chars().count() + 1)
}

fn cut(text: &str, width: usize, style: Style) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}{}", style.ellipsis())
}

/// Writes histories as one JSON document.
pub fn json(asked: &Asked<'_>, leaves: &[Leaf<'_>], sources: &Sources) -> String {
    let id = ObjectId::of(asked.object);
    let text = |of: fn(&ObjectId) -> &str| id.as_ref().map_or(Json::Null, |it| of(it).into());
    let object = map([
        ("group", text(|it| &it.group)),
        ("kind", text(|it| &it.kind)),
        ("namespace", id.as_ref().and_then(|it| it.namespace.as_deref()).map_or(Json::Null, Into::into)),
        ("name", text(|it| &it.name)),
    ]);
    let leaves = leaves.iter().map(|it| leaf(it, sources)).collect();
    let value = map([("type", "why".into()), ("format", 1i64.into()), ("environment", asked.env.into()), ("object", object), ("leaves", Json::List(leaves))]);
    format!("{}\n", escape::json(&value.to_json()))
}

fn leaf(leaf: &Leaf<'_>, sources: &Sources) -> Json {
    let writes = leaf.steps.iter().map(|it| write(leaf, it, sources)).collect();
    map([("path", leaf.path.to_string().as_str().into()), ("value", leaf.value.cloned().unwrap_or(Json::Null)), ("writes", Json::List(writes))])
}

fn write(leaf: &Leaf<'_>, link: &Link<'_>, sources: &Sources) -> Json {
    let state = match link.state {
        State::Wins => "wins",
        State::Carries => "carries",
        State::Overridden => "overridden",
        State::Removed => "removed",
    };
    let place = link.place;
    let (line, column) = position(place, sources);
    let value = link.wrote.value.as_deref().filter(|_| leaf.value.is_some());
    map([
        ("state", state.into()),
        ("value", value.map_or(Json::Null, Into::into)),
        ("by", map([("kind", place.word.as_str().into()), ("name", place.owner.as_str().into())])),
        ("path", sources.path(place.span.file).into()),
        ("line", (line as i64).into()),
        ("column", (column as i64).into()),
    ])
}

//! The model versions, as a list over the document: when each was made, what it has changed, how it fared, which is in use.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::inspector::moment;
use super::list;
use super::paint::{Pen, columns, wrap};
use crate::domain::Verdict;
use crate::store::Changed;
use crate::store::protocol::{Made, VersionEntry};
use crate::tui::panes::Panes;
use crate::tui::state::{Listing, Model, State, version_name};
use crate::tui::theme::Theme;

/// Columns before what is said of a version, in its first row and in the others.
const HEAD: u16 = 25;
const INDENT: u16 = 7;

/// What is said of a version, in rows.
#[derive(Default)]
struct Said<'a> {
    /// What it has changed, in the first row.
    what: String,
    /// Labels with how often they were turned on and off, each row's.
    labels: Vec<Vec<(String, &'a str)>>,
    /// Why it is in use or not, each row's.
    reasons: Vec<String>,
}

/// Draws the list. Only the rows on the screen are looked at. What is said of a version takes the whole width, and of that at
/// the cursor as many rows as it needs.
pub(super) fn draw(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    let (versions, cursor) = (&state.versions.list, state.versions.cursor);
    let chosen = versions.get(cursor).map(|entry| Said::of(state, entry)).unwrap_or_default();
    let rows_of = |index: usize| match versions[index].made {
        None => 1,
        Some(_) if index == cursor => chosen.labels.len().max(1) + chosen.reasons.len(),
        Some(_) => 2,
    };
    let mut count = 0;
    let mut place = |index| {
        let start = count;
        count += rows_of(index);
        start..count
    };
    let places: Vec<Range<usize>> = (0..versions.len()).map(&mut place).collect();
    let rows = if state.listing == Listing::There { list::height(panes, count) } else { 1 };
    let foot = super::foot(state, panes, rows);
    let inner = super::boxed(Rect { x: 0, width: state.screen.0, ..foot }, "Model versions (times in UTC)", theme, buffer);
    if super::unread(state, theme, inner, buffer) {
        return;
    }
    let height = usize::from(inner.height);
    let at = places.get(cursor).map_or(0, |place| place.start.saturating_sub(height.saturating_sub(place.len()) / 2));
    let first = at.min(count.saturating_sub(height));
    for (index, place) in places.iter().enumerate() {
        for row in place.clone().filter(|row| (first..first + height).contains(row)) {
            let pen = Pen::new(buffer, inner, (row - first) as u16);
            let (entry, at) = (&versions[index], row - place.start);
            match index == cursor {
                true => line(state, entry, &chosen, at, theme, pen),
                false => line(state, entry, &Said::of(state, entry).short(), at, theme, pen),
            }
            if index == cursor {
                super::choose(Rect { y: inner.y + (row - first) as u16, height: 1, ..inner }, theme, buffer);
            }
        }
    }
}

impl<'a> Said<'a> {
    fn of(state: &State, entry: &'a VersionEntry) -> Self {
        let Some(made) = &entry.made else { return Self::default() };
        // Within the frame, with a column beside it.
        let width = state.screen.0.saturating_sub(3);
        let what = what(state, entry, made);
        let changed = made.changed.as_ref().filter(|changed| !changed.labels.is_empty());
        let room = width.saturating_sub(HEAD + columns(&what) + 2);
        let labels = changed.map(|changed| rows_of_labels(changed, room, width.saturating_sub(INDENT + 2))).unwrap_or_default();
        let unfit = if made.fits { "" } else { "of another encoder, can't be used; " };
        let reasons = wrap(&format!("{unfit}{}", made.reason), width.saturating_sub(INDENT + 2));
        Self { what, labels, reasons }
    }

    /// The same in two rows, which end with `…` where something is left out.
    fn short(mut self) -> Self {
        if self.labels.len() > 1 {
            self.labels.truncate(1);
            self.labels[0].push(("…".to_owned(), ""));
        }
        Self { reasons: vec![self.reasons.join(" ")], ..self }
    }
}

/// How many words a version has changed, in how many notes.
fn what(state: &State, entry: &VersionEntry, made: &Made) -> String {
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let Some(changed) = &made.changed else {
        let never = made.verdict == Verdict::KeptAside;
        return if never { "not in use so far" } else { "what it changed was not kept" }.to_owned();
    };
    // A version is made beside the one in use then; where another one was before it, that is told.
    let against = match changed.before + 1 == entry.version {
        true => String::new(),
        false => format!(" against {}", version_name(changed.before)),
    };
    // Of what has not been read, nothing is known.
    let notes = match changed.read < state.queue.rows.len() {
        true => format!("{} of {}", changed.documents, plural(changed.read, "note")),
        false => plural(changed.documents, "note"),
    };
    match changed.words {
        0 => format!("no word changed{against}"),
        words => format!("{} in {notes}{against}", plural(words, "word")),
    }
}

/// The labels that were turned on or off most first, in rows: the first has room for so many columns, the others are so wide.
fn rows_of_labels(changed: &Changed, room: u16, width: u16) -> Vec<Vec<(String, &str)>> {
    let mut labels: Vec<_> = changed.labels.iter().collect();
    labels.sort_by_key(|(_, on, off)| std::cmp::Reverse(on + off));
    let (mut rows, mut left) = (vec![Vec::new()], room);
    for (name, on, off) in labels {
        let counts = [("+", on), ("-", off)].into_iter().filter(|(_, count)| **count > 0);
        let counts: String = counts.map(|(sign, count)| format!("{sign}{count} ")).collect();
        let columns = columns(&counts) + columns(name) + 2;
        if columns > left {
            rows.push(Vec::new());
            left = width;
        }
        left = left.saturating_sub(columns);
        if let Some(row) = rows.last_mut() {
            row.push((counts, name.as_str()));
        }
    }
    rows
}

/// One row of what is said of a version.
fn line(state: &State, entry: &VersionEntry, said: &Said<'_>, row: usize, theme: &Theme, mut pen: Pen<'_>) {
    let style = if entry.active { theme.strong() } else { Style::new() };
    let Some(made) = &entry.made else {
        let name = if let Model::Ready { name, .. } = &state.model { name } else { "" };
        pen.skip(1).put(if entry.active { "▸ " } else { "  " }, theme.accent());
        pen.cell("original", 10, style).put(name, theme.quiet());
        return;
    };
    let labels = said.labels.len().max(1);
    if row >= labels {
        let (sign, tone) = match made.verdict {
            Verdict::Activated => ("✓ ", theme.good()),
            Verdict::NotJudged => ("· ", theme.quiet()),
            Verdict::KeptAside => ("✗ ", theme.warning()),
        };
        pen.skip(INDENT).put(if row == labels { sign } else { "  " }, tone);
        let reason = said.reasons.get(row - labels).map_or("", String::as_str);
        pen.put(reason, if made.fits { theme.quiet() } else { theme.warning() });
        return;
    }
    if row == 0 {
        pen.skip(1).put(if entry.active { "▸ " } else { "  " }, theme.accent());
        pen.cell(&entry.version.to_string(), 4, style).put(moment(made.at).trim_end_matches(" UTC"), theme.quiet()).skip(2);
        pen.put(&said.what, if made.changed.is_some() { style } else { theme.quiet() });
        pen.put(if said.labels.is_empty() { "" } else { ": " }, style);
    } else {
        pen.skip(INDENT + 2);
    }
    let own = theme.labels(&state.scheme);
    let parts = said.labels.get(row).map_or(&[][..], |parts| parts);
    for (at, (counts, name)) in parts.iter().enumerate() {
        pen.put(if at == 0 { "" } else { ", " }, theme.quiet()).put(counts, style);
        let colour = state.scheme.index(name).and_then(|label| own.get(label).copied()).unwrap_or_default();
        pen.put(name, colour.add_modifier(Modifier::BOLD));
    }
    if row + 1 < said.labels.len() && !parts.is_empty() {
        pen.put(",", theme.quiet());
    }
}

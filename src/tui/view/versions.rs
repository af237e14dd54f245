//! The model versions, as a list over the document: when each was made, what it has changed, how it fared, which is in use.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::inspector::moment;
use super::paint::{Pen, wrap};
use crate::domain::Verdict;
use crate::store::Changed;
use crate::store::protocol::{Made, VersionEntry};
use crate::tui::panes::Panes;
use crate::tui::state::{Listing, Model, State, version_name};
use crate::tui::theme::Theme;

/// Columns before what is said of a version.
const INDENT: u16 = 7;

/// Draws the list. Only the rows on the screen are looked at. The reasons are sentences: they take the whole width, and that
/// of the version at the cursor as many rows as it needs.
pub(super) fn draw(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    let (list, cursor) = (&state.versions.list, state.versions.cursor);
    let chosen = list.get(cursor).map_or(Vec::new(), |entry| reason_rows(entry, state.screen.0));
    let rows_of = |index: usize| match list[index].made {
        None => 1,
        Some(_) if index == cursor => 1 + chosen.len(),
        Some(_) => 2,
    };
    let mut count = 0;
    let mut place = |index| {
        let start = count;
        count += rows_of(index);
        start..count
    };
    let places: Vec<Range<usize>> = (0..list.len()).map(&mut place).collect();
    let most = (panes.document.height / 2).max(6);
    let rows = u16::try_from(count).map_or(most, |count| count.clamp(1, most));
    let foot = super::foot(state, panes, if state.listing == Listing::There { rows } else { 1 });
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
            match (row - place.start, &list[index].made) {
                (0, _) => heading(state, &list[index], theme, pen),
                (line, Some(made)) => {
                    let sentence = if index == cursor { chosen.get(line - 1).cloned() } else { Some(sentence(made)) };
                    reason(made, line == 1, &sentence.unwrap_or_default(), theme, pen);
                }
                (_, None) => {}
            }
            if index == cursor {
                super::choose(Rect { y: inner.y + (row - first) as u16, height: 1, ..inner }, theme, buffer);
            }
        }
    }
}

/// When it was made, and what it has changed.
fn heading(state: &State, entry: &VersionEntry, theme: &Theme, mut pen: Pen<'_>) {
    let style = if entry.active { theme.strong() } else { Style::new() };
    pen.skip(1).put(if entry.active { "▸ " } else { "  " }, theme.accent());
    let Some(made) = &entry.made else {
        let name = if let Model::Ready { name, .. } = &state.model { name } else { "" };
        pen.cell("original", 10, style).put(name, theme.quiet());
        return;
    };
    pen.cell(&entry.version.to_string(), 4, style).put(moment(made.at).trim_end_matches(" UTC"), theme.quiet()).skip(2);
    match &made.changed {
        Some(changed) => changes(state, entry, changed, theme, &mut pen),
        None if made.verdict == Verdict::KeptAside => {
            pen.put("not in use so far", theme.quiet());
        }
        None => {
            pen.put("what it changed was not kept", theme.quiet());
        }
    }
}

/// How many words it has changed, and by label: turned on, and off.
fn changes(state: &State, entry: &VersionEntry, changed: &Changed, theme: &Theme, pen: &mut Pen<'_>) {
    let style = if entry.active { theme.strong() } else { Style::new() };
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    if changed.words == 0 {
        pen.put("no word changed", style);
    } else {
        pen.put(&format!("{} in ", plural(changed.words, "word")), style);
        // Of what has not been read, nothing is known.
        match changed.read < state.queue.rows.len() {
            true => pen.put(&format!("{} of {}", changed.documents, plural(changed.read, "note")), style),
            false => pen.put(&plural(changed.documents, "note"), style),
        };
    }
    // A version is made beside the one in use then; where another one was before it, that is told.
    if changed.before + 1 != entry.version {
        pen.put(&format!(" against {}", version_name(changed.before)), theme.quiet());
    }
    let mut labels: Vec<_> = changed.labels.iter().collect();
    labels.sort_by_key(|(_, on, off)| std::cmp::Reverse(on + off));
    for (at, (name, on, off)) in labels.into_iter().enumerate() {
        pen.put(if at == 0 { ": " } else { ", " }, theme.quiet());
        for (sign, count) in [("+", on), ("-", off)].into_iter().filter(|(_, count)| **count > 0) {
            pen.put(&format!("{sign}{count} "), style);
        }
        let own = state.scheme.index(name).and_then(|label| theme.labels(&state.scheme).get(label).copied());
        pen.put(name, own.unwrap_or_default().add_modifier(Modifier::BOLD));
    }
}

/// Whether it is fit for use, and why.
fn sentence(made: &Made) -> String {
    let unfit = if made.fits { "" } else { "of another encoder, can't be used; " };
    format!("{unfit}{}", made.reason)
}

/// The rows of a version's reason, on a screen that is so wide; at least one.
fn reason_rows(entry: &VersionEntry, width: u16) -> Vec<String> {
    entry.made.as_ref().map(|made| wrap(&sentence(made), width.saturating_sub(INDENT + 5))).unwrap_or_default()
}

/// A row of the reason; the first has the verdict's sign before it.
fn reason(made: &Made, first: bool, sentence: &str, theme: &Theme, mut pen: Pen<'_>) {
    let (sign, tone) = match made.verdict {
        Verdict::Activated => ("✓ ", theme.good()),
        Verdict::NotJudged => ("· ", theme.quiet()),
        Verdict::KeptAside => ("✗ ", theme.warning()),
    };
    pen.skip(INDENT).put(if first { sign } else { "  " }, tone);
    pen.put(sentence, if made.fits { theme.quiet() } else { theme.warning() });
}

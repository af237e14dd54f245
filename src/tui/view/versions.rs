//! The model versions, as a list over the document: when each was made, how it fared, which is in use.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::inspector::moment;
use super::paint::Pen;
use crate::domain::Verdict;
use crate::store::protocol::{Made, VersionEntry};
use crate::tui::panes::Panes;
use crate::tui::state::{Listing, Model, State};
use crate::tui::theme::Theme;

/// Draws the list. Only the rows on the screen are looked at.
pub(super) fn draw(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    let list = &state.versions.list;
    let most = (panes.document.height / 2).max(6);
    // The reasons are sentences: they take the whole width.
    let rows = u16::try_from(list.len()).map_or(most, |count| count.clamp(1, most));
    let foot = super::foot(state, panes, if state.listing == Listing::There { rows } else { 1 });
    let inner = super::boxed(Rect { x: 0, width: state.screen.0, ..foot }, "Model versions (times in UTC)", theme, buffer);
    if super::unread(state, theme, inner, buffer) {
        return;
    }
    let rows = usize::from(inner.height);
    let first = state.versions.cursor.saturating_sub(rows / 2).min(list.len().saturating_sub(rows));
    for (row, (index, entry)) in list.iter().enumerate().skip(first).take(rows).enumerate() {
        line(state, entry, theme, Pen::new(buffer, inner, row as u16));
        if index == state.versions.cursor {
            super::choose(Rect { y: inner.y + row as u16, height: 1, ..inner }, theme, buffer);
        }
    }
}

fn line(state: &State, entry: &VersionEntry, theme: &Theme, mut pen: Pen<'_>) {
    let style = if entry.active { theme.strong() } else { Style::new() };
    pen.skip(1).put(if entry.active { "▸ " } else { "  " }, theme.accent());
    match &entry.made {
        None => {
            let name = if let Model::Ready { name, .. } = &state.model { name } else { "" };
            pen.cell("original", 10, style).put(name, theme.quiet());
        }
        Some(Made { at, verdict, reason, fits }) => {
            let (mark, tone) = match verdict {
                Verdict::Activated => ("✓ ", theme.good()),
                Verdict::NotJudged => ("· ", theme.quiet()),
                Verdict::KeptAside => ("✗ ", theme.warning()),
            };
            pen.cell(&entry.version.to_string(), 4, style).put(moment(*at).trim_end_matches(" UTC"), theme.quiet()).skip(2);
            pen.put(mark, tone).put(if *fits { "" } else { "of another encoder, can't be used; " }, theme.warning());
            pen.put(reason, style);
        }
    }
}

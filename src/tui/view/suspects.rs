//! The decisions that are likely wrong, as a list over the document.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::list;
use super::paint::{Pen, columns};
use crate::tui::panes::Panes;
use crate::tui::state::State;
use crate::tui::state::suspects::SuspectRow;
use crate::tui::theme::Theme;

/// Draws the list. Only the rows on the screen are looked at.
pub(super) fn draw(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    let rows = state.suspects.list.as_deref().unwrap_or_default();
    // Why is a sentence: it takes the whole width.
    let wide = |area: Rect| Rect { x: 0, width: state.screen.0, ..area };
    if rows.is_empty() {
        let inner = super::boxed(wide(super::foot(state, panes, 1)), "Decisions that look wrong", theme, buffer);
        let sentence = if state.suspects.looking.is_some() { "They are being looked for." } else { "None was found." };
        Pen::new(buffer, inner, 0).skip(1).put(sentence, theme.quiet());
        return;
    }
    let area = wide(super::foot(state, panes, list::height(panes, rows.len())));
    let title = format!("Decisions that look wrong: {} of {} to settle", state.suspects.open().count(), rows.len());
    let inner = super::boxed(area, &title, theme, buffer);
    list::rows(rows.iter(), state.suspects.cursor, inner, theme, buffer, |_, row, pen| line(state, theme, row, pen));
}

fn line(state: &State, theme: &Theme, row: &SuspectRow, mut pen: Pen<'_>) {
    let cell = row.suspect.cell;
    let labels = state.scheme.labels.get(cell.label);
    let style = theme.labels(&state.scheme).get(cell.label).copied().unwrap_or_default();
    let name = state.queue.rows.get(cell.document).map_or("", |row| row.name.as_str());
    let width = pen.room();
    let names = width / 5;
    pen.skip(1).put(if row.settled { "✓ " } else { "  " }, theme.good());
    pen.cell(&row.word, width / 6, theme.strong()).skip(1);
    pen.cell(labels.map_or("", |label| &label.name), (width / 7).min(16), style.add_modifier(Modifier::BOLD)).skip(1);
    let room = pen.room().saturating_sub(names + 2);
    // Short of room, the figures say it.
    let reason = row.suspect.reason();
    let short =
        format!("{}: {:.2}, usually {:.2}", if cell.present { "present" } else { "absent" }, cell.probability, row.suspect.usual);
    pen.put_in(if columns(&reason) <= room { &reason } else { &short }, room, theme.quiet());
    pen.skip(2).name(name, names, theme.quiet());
}

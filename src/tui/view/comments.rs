//! What was written beside the documents, as a list over the document.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::inspector::moment;
use super::list;
use super::paint::{Pen, columns};
use crate::store::CommentEntry;
use crate::tui::panes::Panes;
use crate::tui::state::{Listing, State};
use crate::tui::theme::Theme;

/// The sign of a comment.
pub(super) const COMMENT: &str = "\"";
/// The sign of a mark.
pub(super) const MARK: &str = "'";

/// Draws the list. Only the rows on the screen are looked at.
pub(super) fn draw(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    let rows = &state.comments.list;
    let unread = state.listing != Listing::There;
    let foot = super::foot(state, panes, if unread { 1 } else { list::height(panes, rows.len()) });
    // What is written takes the whole width.
    let area = Rect { x: 0, width: state.screen.0, ..foot };
    let title = if unread { "Comments and marks".to_owned() } else { format!("Comments and marks: {}", rows.len()) };
    let inner = super::boxed(area, &title, theme, buffer);
    if super::unread(state, theme, inner, buffer) {
        return;
    }
    list::rows(rows.iter(), state.comments.cursor, inner, theme, buffer, |_, row, pen| line(state, theme, row, pen));
}

fn line(state: &State, theme: &Theme, row: &CommentEntry, mut pen: Pen<'_>) {
    let name = state.queue.rows.get(row.document).map_or("", |row| row.name.as_str());
    let (names, quotes) = (pen.room() / 5, pen.room() / 4);
    pen.skip(1).put(if row.text.is_empty() { MARK } else { COMMENT }, theme.accent()).skip(1);
    let quote = if row.word.is_none() { "the note" } else { &row.quote };
    pen.cell(quote, quotes, if row.word.is_none() { theme.quiet() } else { theme.strong() }).skip(1);
    let stamp = row.stamp.as_ref().map(|stamp| format!("{} {}", stamp.annotator, moment(stamp.at))).unwrap_or_default();
    let room = pen.room().saturating_sub(names + 2);
    let said = room.saturating_sub(columns(&stamp) + 2);
    // Who and when give way to what is said.
    if columns(&row.text) <= said {
        pen.cell(&row.text, said, Style::new()).skip(2).put(&stamp, theme.quiet());
    } else {
        pen.put_in(&row.text, room, Style::new());
    }
    pen.skip(2).name(name, names, theme.quiet());
}

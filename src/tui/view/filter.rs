//! The line that says which notes the queue shows: over the status line, with how many there are, and beneath it what is
//! wrong with a term of it (which counts for nothing then), or what can be asked.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::paint::{Pen, columns};
use crate::tui::panes::Panes;
use crate::tui::state::State;
use crate::tui::theme::Theme;

/// What can be asked, the most useful first.
const TERMS: &str = "state:done  label:NAME  text:WORD  uncertain>5  by:NAME  -term: not";

/// Draws both rows; gives the place of the text cursor.
pub(super) fn draw(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) -> (u16, u16) {
    let filter = state.queue.filter.as_ref();
    let mut pen = Pen::new(buffer, panes.status, 0);
    let counted = counted(state);
    let keep = columns(&counted) + 2;
    let room = pen.skip(1).room().saturating_sub(keep + 3);
    let query = super::hint::end(filter.map_or("", |filter| &filter.query), room);
    pen.put("/", theme.accent()).put(query, Style::new());
    let cursor = (pen.x(), panes.status.y);
    pen.skip(2).align_last(keep).put(&counted, theme.strong());
    let mut pen = Pen::new(buffer, panes.hint, 0);
    pen.skip(1);
    match filter.and_then(|filter| filter.problem.as_ref()) {
        Some(problem) => {
            let mut sentence = problem.clone();
            sentence.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
            pen.put(&format!("{sentence}."), theme.warning());
        }
        None => {
            let hints: Vec<(String, &str)> = state.keymap.hints(state.context()).map(|(key, hint)| (key.name(), hint)).collect();
            let keep = hints.iter().map(super::hint::width).sum();
            let room = pen.room().saturating_sub(keep);
            pen.put_in(TERMS, room, theme.quiet()).skip(2).align_last(keep);
            super::hint::list(&hints, theme, pen);
        }
    }
    cursor
}

/// How many notes are shown, and of how many that is not known yet.
fn counted(state: &State) -> String {
    let all = state.queue.rows.len();
    let Some(filter) = &state.queue.filter else { return format!("{all} notes") };
    let counted = filter.counted();
    let part = |count: usize, what: &str| if count == 0 { String::new() } else { format!(", {count} {what}") };
    let (unread, awaited) = (part(counted.unread, "to be read"), part(counted.awaited, "not known yet"));
    format!("{} of {all}{unread}{awaited}", counted.shown)
}

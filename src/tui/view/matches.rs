//! The places that are to have a label set, or taken, in one go, as a list over the document.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::paint::{Pen, clean, columns};
use crate::tui::panes::Panes;
use crate::tui::state::State;
use crate::tui::state::matches::{Match, Matches, Reach};
use crate::tui::theme::Theme;

/// Draws the list. Only the rows on the screen are looked at.
pub(super) fn draw(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    let Some(matches) = &state.matches else { return };
    let most = (panes.document.height / 2).max(6);
    let area = super::foot(state, panes, u16::try_from(matches.list.len()).map_or(most, |count| count.clamp(1, most)));
    let inner = super::boxed(area, &title(state, matches), theme, buffer);
    if matches.list.is_empty() {
        let sentence = match matches.reach {
            Reach::Note => "Every such place of this note is decided so.",
            Reach::Looking(_) => "They are being looked for.",
            Reach::Corpus => "Every such place of all notes is decided so.",
        };
        Pen::new(buffer, inner, 0).skip(1).put(sentence, theme.quiet());
        return;
    }
    let rows = usize::from(inner.height);
    let first = matches.cursor.saturating_sub(rows / 2).min(matches.list.len().saturating_sub(rows));
    for (row, (index, found)) in (0..).zip(matches.list.iter().enumerate().skip(first).take(rows)) {
        line(state, theme, found, inner, row, buffer);
        if matches.cursor == index {
            super::choose(Rect { y: inner.y + row, height: 1, ..inner }, theme, buffer);
        }
    }
}

fn title(state: &State, matches: &Matches) -> String {
    let name = state.scheme.labels.get(matches.alike.label).map_or("", |label| &*label.name);
    let (taken, all) = (matches.taken().count(), matches.list.len());
    let what = if matches.alike.present { format!("Set {name} on") } else { format!("Take {name} from") };
    let reach = match matches.reach {
        Reach::Note => "this note".to_owned(),
        Reach::Looking(done) => format!("{done} notes so far"),
        Reach::Corpus => "all notes".to_owned(),
    };
    format!("{what} '{}': {taken} of {all} places, {reach}", matches.phrase)
}

/// The place between what stands before and behind it on its line, and its note where that is another one.
fn line(state: &State, theme: &Theme, found: &Match, area: Rect, row: u16, buffer: &mut Buffer) {
    let place = &found.place;
    let mut pen = Pen::new(buffer, area, row);
    let sign = if state.matches.as_ref().is_some_and(|matches| matches.alike.present) { "+ " } else { "− " };
    pen.skip(1).put(if found.taken { sign } else { "  " }, theme.good());
    let width = area.width / 3;
    let before = tail(&clean(&place.before), width);
    pen.skip(width - columns(&before)).put(&before, theme.quiet());
    let style = if found.taken { theme.strong() } else { theme.quiet().add_modifier(Modifier::CROSSED_OUT) };
    let elsewhere = state.open.as_ref().is_none_or(|open| open.index != found.document);
    let note = state.queue.rows.get(found.document).filter(|_| elsewhere).map_or("", |row| &*row.name);
    let keep = if elsewhere { columns(note).min(area.width / 4) + 2 } else { 0 };
    let room = pen.room().saturating_sub(keep);
    pen.put_in(&place.text, room, style);
    let room = pen.room().saturating_sub(keep);
    pen.put_in(&place.after, room, theme.quiet());
    if keep > 0 {
        pen.skip(1).align_last(keep - 1).put_in(note, keep - 2, theme.quiet());
    }
}

/// The end of `text` that takes at most `width` columns.
fn tail(text: &str, width: u16) -> String {
    let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let fitting = starts.map(|at| &text[at..]).find(|rest| columns(rest) <= width);
    fitting.unwrap_or_default().to_owned()
}

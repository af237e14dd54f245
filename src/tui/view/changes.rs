//! The words whose labels changed when another model version became active, as a list over the document.

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use super::list;
use super::paint::Pen;
use crate::domain::{Flip, LabelSet};
use crate::tui::panes::Panes;
use crate::tui::state::{Flips, State, version_name};
use crate::tui::theme::Theme;

/// Draws the list. Only the rows on the screen are looked at.
pub(super) fn draw(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    let Some(Flips { changes, cursor }) = &state.flips else {
        let inner = super::boxed(super::foot(state, panes, 1), "Changed words", theme, buffer);
        Pen::new(buffer, inner, 0).skip(1).put("No version has become active yet, so nothing has changed.", theme.quiet());
        return;
    };
    let area = super::foot(state, panes, list::height(panes, changes.flips.len()));
    let (count, words) = (changes.flips.len(), changes.turned.words.max(changes.flips.len()));
    let listed = if count < words { format!("{count} of ") } else { String::new() };
    let title = format!("{listed}{words} words changed, {} → {}", version_name(changes.from), version_name(changes.to));
    let inner = super::boxed(area, &title, theme, buffer);
    list::rows(changes.flips.iter(), *cursor, inner, theme, buffer, |_, flip, pen| line(state, theme, flip, pen));
}

fn line(state: &State, theme: &Theme, flip: &Flip, mut pen: Pen<'_>) {
    let word = if flip.text.is_empty() { format!("word {}", flip.word + 1) } else { flip.text.to_string() };
    let name = state.queue.rows.get(flip.document).map_or("", |row| row.name.as_str());
    let names = pen.room() / 4;
    pen.skip(1).cell(&word, names, theme.strong()).skip(1);
    for (set, after) in [(flip.before, false), (flip.after, true)] {
        if after {
            pen.put(" → ", theme.quiet());
        }
        labels(state, theme, set, names + 1, &mut pen);
    }
    pen.skip(2).name(name, names, theme.quiet());
}

/// The names of a set, each in its colour, as far as `keep` columns at the end stay free.
fn labels(state: &State, theme: &Theme, set: LabelSet, keep: u16, pen: &mut Pen<'_>) {
    let styles = theme.labels(&state.scheme);
    if set.is_empty() {
        pen.put("no label", theme.quiet());
    }
    for (at, label) in set.iter().filter_map(|index| state.scheme.labels.get(index).zip(styles.get(index))).enumerate() {
        let room = pen.room().saturating_sub(keep);
        pen.put_in(if at > 0 { ", " } else { "" }, room, theme.quiet());
        pen.put_in(&label.0.name, room.saturating_sub(2), label.1.add_modifier(Modifier::BOLD));
    }
}

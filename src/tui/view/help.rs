//! The help: what the marks mean and what every key does, from the rows of the keymap.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::comments::{COMMENT, MARK};
use super::document::SETTLED;
use super::hint::key_name;
use super::lane::bar;
use super::paint::Pen;
use crate::domain::WordState;
use crate::tui::keymap::Keymap;
use crate::tui::state::State;
use crate::tui::theme::Theme;

/// Columns of the box, at most.
const WIDTH: u16 = 80;
/// Columns of the keys.
const KEYS: u16 = 16;

/// One row of the help.
pub(super) enum Row {
    Heading(String),
    Entry(String, String),
    Blank,
}

/// What stands beneath a word, with its meaning.
fn marks() -> Vec<(String, &'static str)> {
    let bar = |letters: &str, state| format!("{letters}{0}{0}{0}", bar(state));
    vec![
        (bar("sa", WordState::Predicted), "predicted; the letters name all labels of the word"),
        (bar("s", WordState::Accepted), "accepted as the model showed it"),
        (bar("s", WordState::Corrected), "corrected: decided against the model"),
        (bar("s", WordState::Imported), "decided by an import"),
        ("×".to_owned(), "corrected: the word has no label"),
        ("?".to_owned(), "the model is unsure here"),
        (COMMENT.to_owned(), "a comment begins on the word"),
        (MARK.to_owned(), "the word is marked"),
        (SETTLED.to_owned(), "left of a line: every word on it is decided"),
    ]
}

/// All rows of the help.
pub(super) fn rows(keymap: &Keymap) -> Vec<Row> {
    let mut rows = Vec::new();
    for (heading, group) in keymap.groups() {
        rows.push(Row::Heading(heading.to_owned()));
        rows.extend(group.iter().map(|binding| {
            let names: Vec<String> = binding.keys.iter().map(|&key| key_name(key)).collect();
            let keys = if names.len() > 4 { format!("{} … {}", names[0], names[names.len() - 1]) } else { names.join(" ") };
            Row::Entry(keys, binding.description.clone())
        }));
        rows.push(Row::Blank);
    }
    rows.push(Row::Heading("Beneath the words".to_owned()));
    rows.extend(marks().into_iter().map(|(mark, meaning)| Row::Entry(mark, meaning.to_owned())));
    rows
}

/// Where the box stands on a screen without its two bottom lines.
pub(super) fn area(screen: Rect) -> Rect {
    let width = screen.width.min(WIDTH);
    let rest = screen.width - width;
    Rect { x: screen.x + rest / 2, width, ..screen }
}

/// Draws the help over `screen`, from row `scroll` on.
pub(super) fn draw(state: &State, theme: &Theme, scroll: usize, screen: Rect, buffer: &mut Buffer) {
    let rows = rows(&state.keymap);
    let mut area = area(screen);
    let wanted = rows.len() as u16 + 2;
    if wanted < area.height {
        area.y += (area.height - wanted) / 2;
        area.height = wanted;
    }
    let inner = super::boxed(area, "Help", theme, buffer);
    let height = usize::from(inner.height);
    let scroll = scroll.min(rows.len().saturating_sub(height));
    for (at, row) in rows.iter().skip(scroll).take(height).enumerate() {
        let mut pen = Pen::new(buffer, inner, at as u16);
        match row {
            Row::Heading(heading) => {
                pen.skip(1).put(heading, theme.strong());
            }
            Row::Entry(keys, description) => {
                pen.skip(2).cell(keys, KEYS, theme.accent()).skip(1).put(description, Style::new());
            }
            Row::Blank => {}
        }
    }
    let hidden = rows.len().saturating_sub(scroll + height);
    if hidden > 0 {
        let foot = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
        Pen::new(buffer, foot, 0).skip(2).put(&format!(" ↓ {hidden} more "), theme.accent());
    }
}

//! The help: what the marks mean and what every key does, from the rows of the keymap.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::comments::{COMMENT, MARK};
use super::document::SETTLED;
use super::lane::bar;
use super::paint::Pen;
use super::tag::brackets;
use crate::domain::WordState;
use crate::tui::keymap::{Binding, Context, Keymap};
use crate::tui::state::State;
use crate::tui::theme::Theme;

/// Columns of the box, at most.
const WIDTH: u16 = 80;
/// Columns of the keys.
const KEYS: u16 = 16;

/// One row of the help.
pub(super) enum Row {
    Heading(String),
    Part(String),
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
        ("≠".to_owned(), "decided, and the model now predicts something else"),
        (COMMENT.to_owned(), "a comment begins on the word"),
        (MARK.to_owned(), "the word is marked"),
        (SETTLED.to_owned(), "left of a line: every word on it is decided"),
    ]
}

/// The tags that stand behind the words instead, with their meaning.
fn tags() -> Vec<(String, &'static str)> {
    let tag = |word: &str, inner: &str, state| {
        let (opening, closing) = brackets(state);
        format!("{word}{opening}{inner}{closing}")
    };
    vec![
        (tag("pain", "SYM", WordState::Predicted), "predicted; the letters begin the names of all labels of the word"),
        (tag("pain", "SYM", WordState::Accepted), "accepted as the model showed it"),
        (tag("pain", "SYM", WordState::Corrected), "corrected: decided against the model"),
        (tag("pain", "SYM", WordState::Imported), "decided by an import"),
        (tag("chest·pain", "SYM", WordState::Predicted), "one tag for both words"),
        (tag("pain", "SYM≠?", WordState::Corrected), "×, ≠ and ? as beneath the words"),
    ]
}

/// All rows of the help that is opened in `context`: first what works there.
pub(super) fn rows(keymap: &Keymap, context: Context) -> Vec<Row> {
    let (here, elsewhere) = keymap.here_and_elsewhere(context);
    let mut rows = bindings(&here);
    rows.push(Row::Heading("Beneath the words".to_owned()));
    rows.extend(marks().into_iter().map(|(mark, meaning)| Row::Entry(mark, meaning.to_owned())));
    rows.push(Row::Blank);
    rows.push(Row::Heading("Behind the words, in the view with tags".to_owned()));
    rows.extend(tags().into_iter().map(|(tag, meaning)| Row::Entry(tag, meaning.to_owned())));
    rows.push(Row::Blank);
    rows.push(Row::Part("Keys that work elsewhere".to_owned()));
    rows.push(Row::Blank);
    rows.extend(bindings(&elsewhere));
    rows.pop();
    rows
}

/// Rows of the keymap under their headings, a blank behind each group.
fn bindings(bindings: &[&Binding]) -> Vec<Row> {
    let mut rows = Vec::new();
    for group in bindings.chunk_by(|a, b| a.group == b.group) {
        rows.extend(group.first().map(|binding| Row::Heading(binding.group.clone())));
        rows.extend(group.iter().map(|binding| Row::Entry(keys(binding), binding.description.clone())));
        rows.push(Row::Blank);
    }
    rows
}

/// The keys of a row, the first of them first; of many only the first and the last.
pub(super) fn keys(binding: &Binding) -> String {
    let names: Vec<String> = binding.keys.iter().map(|key| key.name()).collect();
    match &names[..] {
        [] => "no key".to_owned(),
        [first, _, _, _, .., last] => format!("{first} … {last}"),
        _ => names.join(" "),
    }
}

/// Where the box stands on a screen without its two bottom lines.
pub(super) fn area(screen: Rect) -> Rect {
    let width = screen.width.min(WIDTH);
    let rest = screen.width - width;
    Rect { x: screen.x + rest / 2, width, ..screen }
}

/// Draws the help over `screen`, from row `scroll` on.
pub(super) fn draw(state: &State, from: Context, theme: &Theme, scroll: usize, screen: Rect, buffer: &mut Buffer) {
    let rows = rows(&state.keymap, from);
    let mut area = area(screen);
    let wanted = rows.len() as u16 + 2;
    if wanted < area.height {
        area.y += (area.height - wanted) / 2;
        area.height = wanted;
    }
    let inner = super::boxed(area, &format!("Keys that work {}", from.place()), theme, buffer);
    let height = usize::from(inner.height);
    let scroll = scroll.min(rows.len().saturating_sub(height));
    for (at, row) in rows.iter().skip(scroll).take(height).enumerate() {
        let mut pen = Pen::new(buffer, inner, at as u16);
        match row {
            Row::Heading(heading) => {
                pen.skip(1).put(heading, theme.strong());
            }
            Row::Part(heading) => {
                pen.put("── ", theme.quiet()).put(heading, theme.strong()).skip(1).rule("─", 0, theme.quiet());
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

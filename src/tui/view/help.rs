//! The help: what the marks mean and what every key does, from the rows of the keymap.

use std::ops::RangeInclusive;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::comments::{COMMENT, MARK};
use super::document::SETTLED;
use super::lane::bar;
use super::paint::{Pen, columns, wrap};
use super::queue;
use super::tag::brackets;
use crate::active_learning::strategy::STRATEGIES;
use crate::domain::WordState;
use crate::tui::keymap::{Binding, Context, Keymap};
use crate::tui::state::State;
use crate::tui::theme::Theme;

/// Columns of the box for each column of rows, at least and at most; they stand beside each other where the screen is wide
/// enough.
const WIDTH: RangeInclusive<u16> = 80..=112;
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
    rows.extend(legend());
    rows.push(Row::Part("Keys that work elsewhere".to_owned()));
    rows.push(Row::Blank);
    rows.extend(bindings(&elsewhere));
    rows.pop();
    rows
}

/// The rows as they stand on a screen of so many columns: a description that is too long for its row goes on in the next.
pub(super) fn lines(keymap: &Keymap, context: Context, width: u16) -> Vec<Row> {
    let rows = rows(keymap, context);
    let room = wide(&rows).min(width).saturating_sub(KEYS + 5);
    let row = |row| match row {
        Row::Entry(mut keys, text) if columns(&text) > room => {
            let lines = wrap(&text, room).into_iter();
            lines.map(|line| Row::Entry(std::mem::take(&mut keys), line)).collect()
        }
        row => vec![row],
    };
    rows.into_iter().flat_map(row).collect()
}

/// What the signs on the screen mean.
pub(super) fn legend() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut group = |heading: &str, entries: Vec<(String, &'static str)>| {
        rows.push(Row::Heading(heading.to_owned()));
        rows.extend(entries.into_iter().map(|(sign, meaning)| Row::Entry(sign, meaning.to_owned())));
        rows.push(Row::Blank);
    };
    group("Beneath the words", marks());
    group("Behind the words, in the view with tags", tags());
    group("In the queue", queue::marks().to_vec());
    let orders = STRATEGIES.iter().rev().map(|strategy| (strategy.name.to_owned(), strategy.about));
    group("Orders of the queue, by what comes first", orders.collect());
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

/// How many columns a column of these rows wants.
fn wide(rows: &[Row]) -> u16 {
    let text = |row: &Row| if let Row::Entry(_, text) = row { columns(text) } else { 0 };
    // A blank on either side, one behind the keys, and the box itself.
    let wanted = rows.iter().map(text).max().unwrap_or(0) + KEYS + 6;
    wanted.clamp(*WIDTH.start(), *WIDTH.end())
}

/// How many columns of rows there are on a screen.
fn abreast(screen: Rect, rows: &[Row]) -> u16 {
    let needed = rows.len().div_ceil(usize::from(screen.height.saturating_sub(2).max(1)));
    (screen.width / wide(rows)).clamp(1, u16::try_from(needed.max(1)).unwrap_or(u16::MAX))
}

/// How many of these rows fit on a screen without its two bottom lines.
pub(super) fn fit(screen: Rect, rows: &[Row]) -> usize {
    usize::from(screen.height.saturating_sub(2)) * usize::from(abreast(screen, rows))
}

/// Where a box of so many columns stands on a screen without its two bottom lines.
pub(super) fn area(screen: Rect, width: u16) -> Rect {
    let width = screen.width.min(width);
    let rest = screen.width - width;
    Rect { x: screen.x + rest / 2, width, ..screen }
}

/// Draws the help over `screen`, from row `scroll` on.
pub(super) fn draw(state: &State, from: Context, theme: &Theme, scroll: usize, screen: Rect, buffer: &mut Buffer) {
    let rows = lines(&state.keymap, from, screen.width);
    let abreast = abreast(screen, &rows);
    let mut area = area(screen, wide(&rows) * abreast);
    let wanted = rows.len().div_ceil(abreast.into()) as u16 + 2;
    if wanted < area.height {
        area.y += (area.height - wanted) / 2;
        area.height = wanted;
    }
    let inner = super::boxed(area, &format!("Keys that work {}", from.place()), theme, buffer);
    let height = usize::from(inner.height);
    let fit = height * usize::from(abreast);
    let scroll = scroll.min(rows.len().saturating_sub(fit));
    let width = inner.width / abreast;
    for (at, row) in rows.iter().skip(scroll).take(fit).enumerate() {
        let column = Rect { x: inner.x + (at / height) as u16 * width, width, ..inner };
        let mut pen = Pen::new(buffer, column, (at % height) as u16);
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
    let hidden = rows.len().saturating_sub(scroll + fit);
    if hidden > 0 {
        let foot = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
        Pen::new(buffer, foot, 0).skip(2).put(&format!(" ↓ {hidden} more "), theme.accent());
    }
}

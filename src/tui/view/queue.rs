//! The documents in their order, with how far their review has come and how unsure the model is of them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::names::{alike, shorten, stem};
use super::paint::{Pen, columns, wrap};
use crate::active_learning::lot::BY_LOT;
use crate::store::protocol::ReviewState;
use crate::tui::keymap::{Action, Context, Key};
use crate::tui::panes::Panes;
use crate::tui::state::{Mode, Order, QueueRow, State};
use crate::tui::theme::Theme;

/// Scores (or uncertainties), from the least to the greatest of the corpus.
const LEVELS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// The head of the column with the words of a note that the model is unsure of and nobody has decided.
const UNSURE: &str = "unsure";

/// The sign of a note that can't be opened.
const UNREADABLE: &str = "✗";
/// The sign of a new note that stands among the first by lot.
const LOT: &str = "◇";

/// The sign of how far a note's review is.
fn sign(review: ReviewState) -> &'static str {
    match review {
        ReviewState::New => "·",
        ReviewState::Started => "◐",
        ReviewState::Done => "✓",
        ReviewState::Skipped => "»",
        ReviewState::Discuss => "!",
    }
}

/// What stands around a note's name, with its meaning, for the help.
pub(super) fn marks() -> [(String, &'static str); 9] {
    [
        (sign(ReviewState::New).to_owned(), "not begun"),
        (LOT.to_owned(), "not begun, and placed by lot, so that the figures speak of all notes"),
        (sign(ReviewState::Started).to_owned(), "begun"),
        (sign(ReviewState::Done).to_owned(), "done"),
        (sign(ReviewState::Skipped).to_owned(), "skipped"),
        (sign(ReviewState::Discuss).to_owned(), "to be discussed"),
        (UNREADABLE.to_owned(), "can't be opened"),
        ("12".to_owned(), "so many words that the model is unsure of"),
        (format!("{} … {}", LEVELS[0], LEVELS[7]), "its score beside the others': a higher bar comes earlier"),
    ]
}

/// Draws the queue. Of rows that are not on the screen only the uncertainty is looked at.
pub(super) fn draw(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    let Some(area) = panes.queue else { return };
    super::blank(area, buffer);
    let queue = &state.queue;
    let inner = Rect { width: area.width.saturating_sub(1), ..area };
    title(state, theme, Pen::new(buffer, inner, 0));
    for row in 0..area.height {
        let edge = Rect { x: area.right().saturating_sub(1), width: 1, ..area };
        Pen::new(buffer, edge, row).put(if row == 0 { "┐" } else { "│" }, theme.quiet());
    }
    let list = panes.queue_rows().unwrap_or(inner).intersection(inner);
    let first = first_row(state, list.height.into());
    let open = state.open.as_ref().map(|open| open.index);
    let shown = queue.list().iter().enumerate().skip(first).take(list.height.into());
    let names: Vec<&str> =
        shown.clone().filter_map(|(_, &document)| queue.rows.get(document)).map(|row| stem(&row.name)).collect();
    let (alike, range) = (alike(&names), queue.range());
    for (row, (position, &document)) in shown.enumerate() {
        if let Some(entry) = queue.rows.get(document) {
            let chosen = state.mode.is_in_queue() && position == queue.cursor;
            let level = queue.bar(entry).filter(|_| !state.blind).zip(range).map(|(value, range)| level(value, range));
            let unsure = if state.blind { 0 } else { entry.unsure };
            line(entry, open == Some(document), (alike, unsure, level), theme, Pen::new(buffer, list, row as u16));
            if chosen {
                super::choose(Rect { y: list.y + row as u16, height: 1, ..list }, theme, buffer);
            }
        }
    }
    none(state, theme, list, buffer);
    if let Some(foot) = panes.reason {
        reason(state, theme, foot.intersection(inner), buffer);
    }
}

/// What the queue is ordered by, and which of the notes are shown: where there is not room for both, the latter.
fn title(state: &State, theme: &Theme, mut pen: Pen<'_>) {
    let queue = &state.queue;
    let order = match (queue.ordered_by, queue.wanted) {
        (Some(strategy), _) => format!("Best first: {}", strategy.name),
        (None, Order::Names) => "Queue by name".to_owned(),
        (None, _) => "Queue".to_owned(),
    };
    pen.skip(1);
    if let Some(filter) = &queue.filter {
        let (query, count) = (format!("/{}", filter.query), filter.counted().shown.to_string());
        let left = pen.room().saturating_sub(columns(&count) + 2);
        if columns(&order) + columns(&query) < left {
            pen.put(&order, theme.strong()).skip(1);
        }
        let room = pen.room().saturating_sub(columns(&count) + 2);
        pen.put_in(&query, room, theme.accent()).skip(1).put(&count, theme.strong());
    } else {
        // What the numbers stand for is worth more than the name of the order.
        let short = order.split_once(':').map_or(&*order, |(short, _)| short);
        let fits = columns(&order) + columns(UNSURE) + 4 <= pen.room();
        pen.put(if fits { &order } else { short }, theme.strong());
    }
    // What the numbers stand for; where there is no room for the word, the sign that such words have in the note.
    let head = if pen.room() >= columns(UNSURE) + 4 { UNSURE } else { "?" };
    if !state.blind && pen.room() >= columns(head) + 3 {
        pen.skip(1).rule("─", columns(head) + 2, theme.quiet()).skip(1).put(head, theme.quiet());
    }
    pen.skip(1).rule("─", 0, theme.quiet());
}

/// Says that the filter shows no note, and whether one may still come.
fn none(state: &State, theme: &Theme, list: Rect, buffer: &mut Buffer) {
    let Some(filter) = state.queue.filter.as_ref().filter(|filter| filter.counted().shown == 0) else { return };
    let counted = filter.counted();
    let more = match (counted.unread, counted.awaited) {
        (0, 0) => String::new(),
        (0, awaited) => format!(" Of {awaited} it is not known yet."),
        (unread, _) => format!(" {unread} are still to be read."),
    };
    let width = list.width.saturating_sub(2);
    let key = state.keymap.key(Context::Queue, Action::Cancel).map(Key::name).unwrap_or_default();
    let sentence = format!("The filter shows no note.{more} {key} in the queue takes it away.");
    for (row, line) in (0..list.height).zip(wrap(&sentence, width)) {
        Pen::new(buffer, list, row).skip(1).put(&line, theme.quiet());
    }
}

/// Why the document under the cursor (of the queue, or else of the note) stands where it stands.
fn reason(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let queue = &state.queue;
    let document = match (&state.mode, &state.open) {
        (Mode::Queue | Mode::Filter, _) | (_, None) => queue.list().get(queue.cursor).copied(),
        (_, Some(open)) => Some(open.index),
    };
    let Some(row) = document.and_then(|document| queue.rows.get(document)) else { return };
    let (title, sentence) = match (&row.ranked, queue.ordered_by) {
        _ if row.unreadable.is_some() => ("Not opened".to_owned(), row.unreadable.clone().unwrap_or_default()),
        (Some(_), _) if state.blind => ("Why here".to_owned(), "Blind: what the model says of it is hidden.".to_owned()),
        (Some(ranked), _) => {
            let why = if ranked.random { BY_LOT } else { &ranked.reason };
            match ranked.score {
                Some(score) => (format!("Why here, ~{}", time(ranked.cost.seconds())), format!("{why}; score {score:.3}")),
                None => ("Why here".to_owned(), format!("{why}; {}", ranked.reason)),
            }
        }
        (None, None) => {
            let sentence = match queue.wanted {
                Order::Ranked(_) => "The notes stand in the order of the files until they are ranked.",
                Order::Names => "The notes stand in the order of their names.",
                Order::Corpus => "The notes stand in the order of the files.",
            };
            ("Why here".to_owned(), sentence.to_owned())
        }
        (None, Some(_)) => {
            let why = match (row.entry.review, row.words) {
                (ReviewState::Done, _) => "It is done.",
                (ReviewState::Skipped, _) => "It is skipped.",
                (_, None) => "The model has not read it yet.",
                (_, Some(_)) => "Nothing in it was undecided.",
            };
            ("Why here".to_owned(), why.to_owned())
        }
    };
    Pen::new(buffer, area, 0).skip(1).put(&title, theme.strong()).skip(1).rule("─", 0, theme.quiet());
    for (row, line) in (1..).zip(wrap(&sentence, area.width.saturating_sub(1))) {
        Pen::new(buffer, area, row).skip(1).put(&line, theme.quiet());
    }
}

/// A time as a reader plans with it.
fn time(seconds: f64) -> String {
    if seconds < 90.0 { format!("{:.0} s", seconds.max(1.0)) } else { format!("{:.0} min", seconds / 60.0) }
}

/// The position in the order of the first row shown when there are `height` rows: the queue's own, moved as little as
/// needed for its cursor (or, from within the note, the document on screen) to be seen.
fn first_row(state: &State, height: usize) -> usize {
    let queue = &state.queue;
    let must = match (&state.mode, &state.open) {
        (Mode::Queue | Mode::Filter, _) | (_, None) => queue.cursor,
        (_, Some(open)) => queue.position(open.index).unwrap_or(queue.cursor),
    };
    let last = queue.list().len().saturating_sub(height);
    queue.scroll.min(must).max((must + 1).saturating_sub(height)).min(last)
}

/// Draws a document's line: how far its review is, its name (of which the first `alike` characters are as those of others),
/// how many of its words the model is unsure of, and its place on the scale of the corpus.
fn line(row: &QueueRow, open: bool, told: (usize, usize, Option<&str>), theme: &Theme, mut pen: Pen<'_>) {
    let (alike, unsure, level) = told;
    let random = row.ranked.as_ref().is_some_and(|ranked| ranked.random);
    let (mark, style) = match row.entry.review {
        _ if row.unreadable.is_some() => (UNREADABLE, theme.error()),
        ReviewState::New if random => (LOT, theme.accent()),
        review @ (ReviewState::New | ReviewState::Skipped) => (sign(review), theme.quiet()),
        ReviewState::Started => (sign(ReviewState::Started), theme.accent()),
        ReviewState::Done => (sign(ReviewState::Done), theme.good()),
        ReviewState::Discuss => (sign(ReviewState::Discuss), theme.warning()),
    };
    let name = if open { theme.strong() } else { Style::new() };
    let unsure = if unsure > 0 { thousands(unsure) } else { String::new() };
    let width = pen.room().saturating_sub(5 + columns(&unsure) + u16::from(!unsure.is_empty()));
    pen.put(if open { "▸" } else { " " }, theme.accent()).put(mark, style).skip(1);
    pen.cell(&shorten(stem(&row.name), width, alike), width, name).align_last(columns(&unsure) + 2).put(&unsure, theme.quiet());
    pen.align_last(1).put(level.unwrap_or(" "), theme.quiet());
}

/// A score or uncertainty as a bar on the scale of the corpus: means over whole documents lie too close together for any other.
fn level(value: f32, (least, most): (f32, f32)) -> &'static str {
    let share = if most > least { (value - least) / (most - least) } else { 0.5 };
    LEVELS[((share * 8.0) as usize).min(7)]
}

/// A count in at most four columns.
fn thousands(count: usize) -> String {
    match count {
        0..=9_999 => count.to_string(),
        10_000..=999_999 => format!("{}k", count / 1_000),
        _ => format!("{}M", count / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_tell_documents_apart_whose_means_lie_close_together() {
        let bars = |unsure: &[f32], range| unsure.iter().map(|&unsure| level(unsure, range)).collect::<String>();
        assert_eq!(bars(&[0.5, 0.515625, 0.53125, 0.5625], (0.5, 0.5625)), "▁▃▅█");
        assert_eq!(bars(&[0.3], (0.3, 0.3)), "▅");
    }
}

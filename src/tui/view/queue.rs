//! The documents in their order, with how far their review has come and how unsure the model is of them.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use super::paint::{Pen, clean, columns};
use crate::store::protocol::ReviewState;
use crate::tui::panes::queue_rows;
use crate::tui::state::{Mode, QueueRow, State};
use crate::tui::theme::Theme;

/// Uncertainty, from sure to tossing a coin.
const LEVELS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Draws the queue. Only the rows on the screen are looked at.
pub(super) fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    super::blank(area, buffer);
    let queue = &state.queue;
    let title = if queue.by_uncertainty { "Queue, unsure first" } else { "Queue" };
    let inner = Rect { width: area.width.saturating_sub(1), ..area };
    Pen::new(buffer, inner, 0).skip(1).put(title, theme.strong()).skip(1).rule("─", 0, theme.quiet());
    for row in 0..area.height {
        let edge = Rect { x: area.right().saturating_sub(1), width: 1, ..area };
        Pen::new(buffer, edge, row).put(if row == 0 { "┐" } else { "│" }, theme.quiet());
    }
    let list = queue_rows(inner);
    let first = first_row(state, list.height.into());
    let open = state.open.as_ref().map(|open| open.index);
    let shown = queue.order.iter().enumerate().skip(first).take(list.height.into());
    let names: Vec<&str> =
        shown.clone().filter_map(|(_, &document)| queue.rows.get(document)).map(|row| stem(&row.name)).collect();
    let alike = alike(&names);
    for (row, (position, &document)) in shown.enumerate() {
        if let Some(entry) = queue.rows.get(document) {
            let chosen = state.mode == Mode::Queue && position == queue.cursor;
            line(entry, open == Some(document), alike, theme, Pen::new(buffer, list, row as u16));
            if chosen {
                super::choose(Rect { y: list.y + row as u16, height: 1, ..list }, theme, buffer);
            }
        }
    }
}

/// The position in the order of the first row shown when there are `height` rows: the queue's own, moved as little as
/// needed for its cursor (or, from within the note, the document on screen) to be seen.
fn first_row(state: &State, height: usize) -> usize {
    let queue = &state.queue;
    let must = match (&state.mode, &state.open) {
        (Mode::Queue, _) | (_, None) => queue.cursor,
        (_, Some(open)) => queue.position(open.index).unwrap_or(queue.cursor),
    };
    let last = queue.order.len().saturating_sub(height);
    queue.scroll.min(must).max((must + 1).saturating_sub(height)).min(last)
}

/// Draws a document's line. So many characters at the beginning of its name tell nothing: it is as those of others.
fn line(row: &QueueRow, open: bool, alike: usize, theme: &Theme, mut pen: Pen<'_>) {
    let (mark, style) = match row.entry.review {
        ReviewState::New => ("·", theme.quiet()),
        ReviewState::Started => ("◐", theme.accent()),
        ReviewState::Done => ("✓", theme.good()),
    };
    let name = if open { theme.strong() } else { Style::new() };
    let decided = if row.entry.decided > 0 { thousands(row.entry.decided) } else { String::new() };
    let level = row.uncertainty.map(|unsure| LEVELS[((unsure.clamp(0.0, 1.0) * 8.0) as usize).min(7)]);
    let width = pen.room().saturating_sub(5 + columns(&decided) + u16::from(!decided.is_empty()));
    pen.put(if open { "▸" } else { " " }, theme.accent()).put(mark, style).skip(1);
    pen.cell(&shorten(stem(&row.name), width, alike), width, name).align_last(columns(&decided) + 2).put(&decided, theme.quiet());
    pen.align_last(1).put(level.unwrap_or(" "), theme.quiet());
}

/// How many characters most of the names begin with alike: as many as the median name shares with the one before it.
fn alike(names: &[&str]) -> usize {
    let shared = |pair: &[&str]| pair[0].chars().zip(pair[1].chars()).take_while(|(a, b)| a == b).count();
    let mut shared: Vec<usize> = names.windows(2).map(shared).collect();
    shared.sort_unstable();
    shared.get(shared.len() / 2).copied().unwrap_or(0)
}

/// A name in `width` columns: cut at its end, but in its middle where what tells it from the others would be cut off.
fn shorten(name: &str, width: u16, alike: usize) -> Cow<'_, str> {
    let width = usize::from(width);
    if usize::from(columns(name)) <= width || alike + 4 < width || width < 8 {
        return Cow::Borrowed(name);
    }
    let name = clean(name);
    let head: String = name.graphemes(true).take(width / 4).collect();
    let room = width.saturating_sub(usize::from(columns(&head)) + 1);
    let mut tail: &str = &name[head.len()..];
    while usize::from(columns(tail)) > room {
        tail = tail.grapheme_indices(true).nth(1).map_or("", |(at, _)| &tail[at..]);
    }
    Cow::Owned(format!("{head}…{tail}"))
}

/// A count in at most four columns.
fn thousands(count: usize) -> String {
    match count {
        0..=9_999 => count.to_string(),
        10_000..=999_999 => format!("{}k", count / 1_000),
        _ => format!("{}M", count / 1_000_000),
    }
}

/// A note's name without the ending that says nothing.
fn stem(name: &str) -> &str {
    name.strip_suffix(".txt").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_where_it_tells_least() {
        let check = |names: &[&str], width, expected: &[&str]| {
            let alike = alike(names);
            let found: Vec<_> = names.iter().map(|name| shorten(name, width, alike)).collect();
            assert_eq!(found, expected);
        };
        check(
            &["bench_test3_D2N168", "bench_test3_D2N169", "bench_test3_D2N17"],
            12,
            &["ben…3_D2N168", "ben…3_D2N169", "ben…t3_D2N17"],
        );
        // The pen cuts these at their ends.
        check(&["01-discharge-summary", "02-emergency-note"], 12, &["01-discharge-summary", "02-emergency-note"]);
        check(&["高血圧高血圧高血圧1", "高血圧高血圧高血圧2"], 9, &["高血…圧1", "高血…圧2"]);
    }
}

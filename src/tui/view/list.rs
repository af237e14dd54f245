//! A list with a cursor: as many of its rows as there is room for, with the cursor's in their middle where it can be.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::Pen;
use crate::tui::panes::Panes;
use crate::tui::theme::Theme;

/// How many rows a list of `count` has over the document: at most half of it is covered, unless that is next to nothing.
pub(super) fn height(panes: &Panes, count: usize) -> u16 {
    let most = (panes.document.height / 2).max(6);
    u16::try_from(count).map_or(most, |count| count.clamp(1, most))
}

/// Draws those of `items` that `area` has room for, a row each, by `line`: it has the item, its index, and a pen at the
/// beginning of its row. Marks the row of the cursor, if there is one. Gives which of them are drawn; no other is looked at.
pub(super) fn rows<T>(
    items: impl ExactSizeIterator<Item = T>,
    cursor: impl Into<Option<usize>>,
    area: Rect,
    theme: &Theme,
    buffer: &mut Buffer,
    mut line: impl FnMut(usize, T, Pen<'_>),
) -> Range<usize> {
    let cursor = cursor.into();
    let shown = window(items.len(), cursor.unwrap_or(0), area.height.into());
    for (row, (index, item)) in (0..).zip(items.enumerate().skip(shown.start).take(shown.len())) {
        line(index, item, Pen::new(buffer, area, row));
        if cursor == Some(index) {
            super::choose(Rect { y: area.y + row, height: 1, ..area }, theme, buffer);
        }
    }
    shown
}

/// Which of `count` rows are shown where there is room for so many.
fn window(count: usize, cursor: usize, room: usize) -> Range<usize> {
    let first = cursor.saturating_sub(room / 2).min(count.saturating_sub(room));
    first..(first + room).min(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_in_sight_and_no_row_stays_empty() {
        let check = |count, cursor, room, expected| {
            assert_eq!(window(count, cursor, room), expected, "row {cursor} of {count} in {room}");
        };
        check(0, 0, 4, 0..0);
        check(3, 2, 4, 0..3);
        check(9, 0, 4, 0..4);
        check(9, 4, 4, 2..6);
        check(9, 8, 4, 5..9);
        check(9, 4, 1, 4..5);
        check(9, 4, 0, 4..4);
    }
}

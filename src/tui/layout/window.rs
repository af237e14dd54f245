//! Which lines are on the screen: some take two rows, for the labels beneath them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

/// How many lines around the cursor's stay in sight in a pane of so many rows.
pub fn margin(height: usize) -> usize {
    (height / 8).min(3)
}

/// The lines that are shown in whole in `height` rows, from line `top` on, moved as little as possible for line
/// `cursor` to be among them, with `around` lines on either side of it where there is room.
///
/// `lines` is the number of lines; `rows` gives the rows that a line takes, 1 or more. The range is empty only where
/// there is no line or no row, else the cursor's line is in it, even where it alone is too high.
pub fn window(
    top: usize,
    cursor: usize,
    height: usize,
    around: usize,
    lines: usize,
    rows: impl Fn(usize) -> usize,
) -> Range<usize> {
    if lines == 0 || height == 0 {
        return 0..0;
    }
    let cursor = cursor.min(lines - 1);
    // A line is asked for several times, and what its rows are may take long to say.
    let known = RefCell::new(HashMap::new());
    let rows = |line: usize| *known.borrow_mut().entry(line).or_insert_with(|| rows(line));
    let top = top.min(cursor.saturating_sub(around)).min(lines - 1);
    // As high as the top may be for the lines up to `last` to fit.
    let highest_for = |last: usize| {
        let (mut first, mut used) = (last + 1, 0);
        while first > 0 && (first > last || used + rows(first - 1) <= height) && used < height {
            first -= 1;
            used += rows(first);
        }
        first
    };
    let below = (cursor + around).min(lines - 1);
    let top = top.max(highest_for(below).min(cursor)).max(highest_for(cursor));
    let (mut end, mut used) = (top, 0);
    while end < lines && (end <= cursor && used < height || used + rows(end) <= height) {
        used += rows(end);
        end += 1;
    }
    top..end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_page_moves_no_further_than_the_cursor_asks() {
        let check = |top, cursor, height, lines, expected: Range<usize>| {
            let rows = |line: usize| if line % 10 == 5 { 2 } else { 1 };
            assert_eq!(
                window(top, cursor, height, margin(height), lines, rows),
                expected,
                "top {top}, cursor {cursor}, height {height}"
            );
        };
        check(0, 0, 10, 100, 0..9);
        check(0, 7, 10, 100, 0..9);
        check(0, 9, 10, 100, 2..11);
        check(50, 20, 10, 100, 19..28);
        check(0, 99, 10, 100, 91..100);
        check(0, 0, 10, 3, 0..3);
        check(7, 0, 10, 0, 0..0);
        check(7, 5, 1, 100, 5..6);
        check(7, 5, 0, 100, 0..0);
    }

    proptest! {
        #[test]
        fn the_cursor_is_always_on_the_page(
            high in prop::collection::vec(1usize..4, 1..60), top in 0usize..99, cursor in 0usize..99, height in 1usize..30,
            around in 0usize..4,
        ) {
            let page = window(top, cursor, height, around, high.len(), |line| high[line]);
            let cursor = cursor.min(high.len() - 1);
            prop_assert!(page.contains(&cursor), "{:?} holds {}", page, cursor);
            let used: usize = high[page.clone()].iter().sum();
            prop_assert!(used <= height || page.len() == 1, "{} rows of {}", used, height);
            prop_assert_eq!(window(page.start, cursor, height, around, high.len(), |line| high[line]), page, "it stays there");
        }
    }
}

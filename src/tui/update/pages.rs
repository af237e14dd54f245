//! Moving through the note by the screen, so that nothing is passed over: a line may take several rows, for its labels, and
//! the next page then holds fewer lines than this one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::tui::layout::{margin, window};
use crate::tui::state::{OpenDocument, State};
use crate::tui::update::movement;
use crate::tui::view;

/// How many lines of a page are on the next one too, where that is possible.
const SHARED: usize = 2;

/// Turns to the next page or, else, the one before.
pub(super) fn turn(state: &mut State, down: bool) {
    let panes = state.panes();
    // What lay over the foot on this page may be gone on the next.
    let covered = view::foot_over(state, panes.text);
    let Some(open) = &mut state.open else { return };
    let Some(from) = open.word() else { return };
    let known = RefCell::new(BTreeMap::new());
    let rows = |line: usize| *known.borrow_mut().entry(line).or_insert_with(|| view::rows(open, line));
    let before = open.sight(panes.text.height, rows);
    let free = usize::from(panes.text.height.saturating_sub(covered));
    let turned = Turn { open, free, around: margin(panes.text.height.into()), before, rows }.page(down);
    let line = open.layout.line_of(from);
    let (line, scroll) = match turned {
        Some((there, scroll)) => (there as isize - line as isize, scroll),
        // There is no word on another page that way: to the last line of this one.
        None => {
            let all = open.layout.lines().len() as isize;
            (if down { all } else { -all }, open.scroll)
        }
    };
    let (word, goal) = (open.layout.vertical(from, line, open.goal_column), open.goal_column);
    movement::jump(open, word, false);
    (open.goal_column, open.scroll) = (goal, scroll);
}

/// A page and what is to be known to turn it.
struct Turn<'a, R> {
    open: &'a OpenDocument,
    /// The rows of the pane that nothing will lie over.
    free: usize,
    /// How many lines around the cursor's stay in sight.
    around: usize,
    /// The lines that can be read on this page.
    before: Range<usize>,
    /// The rows that a line takes.
    rows: R,
}

impl<R: Fn(usize) -> usize> Turn<'_, R> {
    /// The line for the cursor and the one at the top, such that no word lies between this page and that one; `None` where
    /// there is no word beyond this page.
    fn page(&self, down: bool) -> Option<(usize, usize)> {
        let Range { start, end } = self.before;
        let lines = self.open.layout.lines().len();
        let beyond =
            if down { (end..lines).find(|&line| self.holds(line))? } else { (0..start).rfind(|&line| self.holds(line))? };
        let top = if down { self.top_below() } else { self.top_above() };
        let last = self.fitting(top).max(beyond + 1);
        let first = if down { top } else { top.min(beyond) };
        // Where the cursor stands on the screen, it stays.
        let goal = top + self.open.layout.line_of(self.open.cursor).saturating_sub(start);
        let pages = (first..last)
            .filter(|&line| self.holds(line))
            .map(|cursor| (cursor, window(top, cursor, self.free, self.around, lines, &self.rows)));
        let turned = pages.filter(|(_, page)| match down {
            true => page.start > start && !(end..page.start).any(|line| self.holds(line)),
            false => page.start < start && !(page.end..start).any(|line| self.holds(line)),
        });
        let (cursor, page) = turned.min_by_key(|(cursor, page)| (page.start != top, cursor.abs_diff(goal)))?;
        Some((cursor, page.start))
    }

    /// The top of the next page: some lines of this one, but no more than the last page of the note needs.
    fn top_below(&self) -> usize {
        let Range { start, end } = self.before;
        let lines = self.open.layout.lines().len();
        end.saturating_sub(SHARED).max(start + 1).min(self.highest_for(lines - 1).max(start + 1))
    }

    /// The top of the page before, whose last lines are the first of this one, where these leave room for more.
    fn top_above(&self) -> usize {
        let Range { start, end } = self.before;
        let shared = (start..(start + SHARED).min(end)).rev().map(|last| self.highest_for(last)).find(|&top| top < start);
        shared.unwrap_or_else(|| self.highest_for(start.saturating_sub(1)))
    }

    /// The highest line that may stand at the top for line `last` to be shown.
    fn highest_for(&self, last: usize) -> usize {
        let mut used = (self.rows)(last);
        (0..last).rev().take_while(|&line| self.fits(&mut used, line)).last().unwrap_or(last)
    }

    /// The end of the lines that fit below `top`.
    fn fitting(&self, top: usize) -> usize {
        let mut used = 0;
        (top..self.open.layout.lines().len()).take_while(|&line| self.fits(&mut used, line)).count() + top
    }

    /// Whether a line fits below or above those that take `used` rows.
    fn fits(&self, used: &mut usize, line: usize) -> bool {
        *used += (self.rows)(line);
        *used <= self.free
    }

    /// Whether a word begins on the line that the cursor can stand on.
    fn holds(&self, line: usize) -> bool {
        self.open.layout.lines()[line].words.clone().any(|word| self.open.words[word].alphanumeric)
    }
}

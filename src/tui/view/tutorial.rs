//! The tutorial's box: the step at hand, with the annotator's own keys, and how far it is. It lies over the queue where
//! that is shown, else over the note, and never over the word under the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::document::cursor_rows;
use super::paint::{Pen, columns, wrap};
use crate::tui::keymap::Action;
use crate::tui::panes::Panes;
use crate::tui::state::tutorial::{STEPS, filled, keys};
use crate::tui::state::{Mode, State};
use crate::tui::theme::Theme;

/// Columns of the box, at most: longer lines are slower to read.
const WIDTH: u16 = 60;
/// Rows around the text: the frame, how far it is, and how to leave.
const AROUND: u16 = 4;

/// Draws the box, if there is a step to tell of and a place for it.
pub(super) fn draw(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    let Some((lesson, step)) = state.tutorial.lesson.as_ref().and_then(|lesson| Some((lesson, lesson.row()?))) else { return };
    let Some(area) = area(state, panes) else { return };
    let text = filled(step.text, state);
    let title = format!("Tutorial {}/{}", lesson.step + 1, STEPS.len());
    let inner = super::boxed(area, &title, theme, buffer);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let foot = inner.height.saturating_sub(1);
    let keys = keys(step.text, state);
    let strong = theme.accent().add_modifier(Modifier::BOLD);
    let mut lines = wrap(&text, inner.width);
    if lines.len() > usize::from(foot) {
        // Only a larger screen has room for the rest.
        lines.truncate(foot.into());
        if let Some(last) = lines.last_mut() {
            *last = format!("{} …", wrap(last, inner.width.saturating_sub(2)).first().map_or("", String::as_str));
        }
    }
    for (row, line) in (0..foot).zip(lines) {
        let mut pen = Pen::new(buffer, inner, row);
        for word in line.split(' ') {
            let is_key = keys.iter().any(|key| key == word.trim_end_matches([',', '.', ':']));
            pen.put(word, if is_key { strong } else { Style::new() }).skip(1);
        }
    }
    let mut pen = Pen::new(buffer, inner, foot);
    let keys = [(Action::TutorialNext, "pass on"), (Action::Cancel, "leave")].map(|(action, what)| (state.key(action), what));
    let room = keys.iter().map(|(key, what)| columns(key) + columns(what) + 1).sum::<u16>();
    // The box is narrow where the queue is: two blanks only where there is room for them.
    let apart = inner.width.saturating_sub(room).clamp(1, 2);
    for (key, what) in keys {
        pen.put(&key, theme.accent()).skip(1).put(what, theme.quiet()).skip(apart);
    }
}

/// Where the box stands, if there is a step to tell of and a place for it.
pub(super) fn area(state: &State, panes: &Panes) -> Option<Rect> {
    let text = filled(state.tutorial.lesson.as_ref()?.row()?.text, state);
    place(state, panes, |width| wrap(&text, width.saturating_sub(4)).len() as u16 + AROUND)
}

/// Where the box stands; `height` tells how high it is in so many columns.
pub(super) fn place(state: &State, panes: &Panes, height: impl Fn(u16) -> u16) -> Option<Rect> {
    // A sentence of several lines lies over the foot of everything.
    let free = |area: Rect| Rect { height: area.height - super::foot_over(state, area).min(area.height), ..area };
    if let Some(rows) = panes.queue_rows().filter(|_| !state.mode.is_in_queue()).map(free) {
        let height = height(rows.width);
        let foot = Rect { y: rows.bottom().saturating_sub(height), height, ..rows };
        let here = state.current().and_then(|document| state.queue.position(document)).unwrap_or(0);
        let here = rows.y + here.saturating_sub(state.queue.scroll).min(rows.height.into()) as u16;
        if height < rows.height {
            // The note's own row in the queue is worth more than those above it.
            return Some(if here < foot.y { foot } else { Rect { y: rows.y, ..foot } });
        }
    }
    if !matches!(
        state.mode,
        Mode::Note | Mode::Guide | Mode::Search | Mode::Queue | Mode::Filter | Mode::Comment | Mode::Question(_)
    ) {
        return None;
    }
    let note = free(Rect { y: panes.document.y + 1, height: panes.document.height.saturating_sub(1), ..panes.document });
    // The queue may lie over the note.
    let left = panes.queue.filter(|queue| queue.intersects(note)).map_or(note.x, |queue| queue.right().min(note.right()));
    let width = (note.right() - left).min(WIDTH);
    let height = height(width);
    let word = state.open.as_ref().and_then(|open| cursor_rows(open, panes)).unwrap_or(note.y..note.y);
    let (above, below) = (word.start.saturating_sub(note.y), note.bottom().saturating_sub(word.end));
    let high = height.min(above.max(below));
    let y = if high <= below { note.bottom() - high } else { note.y };
    // Of a box without a row of text, nothing is to be had.
    (width >= 24 && high >= AROUND).then_some(Rect { x: note.right() - width, y, width, height: high })
}

#[cfg(test)]
mod tests {
    use super::super::tests::fixture;
    use super::*;
    use crate::tui::panes::Panels;
    use crate::tui::state::tutorial::{Lesson, Tutorial};

    #[test]
    fn a_box_that_is_cut_says_so_and_nobody_is_sent_to_a_word_that_is_not_there() {
        let text = |width, height| {
            let mut state = fixture::state(width, height);
            let lesson = Some(Lesson { step: 1, ..Lesson::default() });
            state.tutorial = Tutorial { offered: true, lesson, left: None };
            let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
            draw(&state, &Theme::detect(|_| None), &state.panes(), &mut buffer);
            buffer.content.iter().map(|cell| cell.symbol()).collect::<String>()
        };
        assert!(
            text(80, 24).contains("'symptom'") && !text(80, 24).contains("cough") && !text(80, 24).contains('…'),
            "{}",
            text(80, 24)
        );
        assert!(text(40, 12).contains('…'), "{}", text(40, 12));
    }

    #[test]
    fn the_word_under_the_cursor_is_never_covered_and_the_text_is_whole_at_80_by_24() {
        for (width, height) in [(40, 10), (40, 12), (60, 20), (75, 24), (80, 24), (100, 30), (120, 40), (200, 50), (300, 90)] {
            for (queue, inspector) in [(true, true), (false, true), (false, false)] {
                let mut state = fixture::state(width, height);
                state.panels = Panels { queue, inspector, ..state.panels };
                let words = state.open.as_ref().map_or(0, |open| open.words.len());
                for word in (0..words).step_by(3) {
                    state.open.as_mut().unwrap().cursor = word;
                    for (step, row) in STEPS.iter().enumerate() {
                        let lesson = Some(Lesson { step, ..Lesson::default() });
                        state.tutorial = Tutorial { offered: true, lesson, left: None };
                        let panes = state.panes();
                        let text = filled(row.text, &state);
                        let wanted = |width: u16| wrap(&text, width.saturating_sub(4)).len() as u16 + AROUND;
                        let Some(area) = place(&state, &panes, wanted) else {
                            assert!(height < 24, "no place at {width}x{height}");
                            continue;
                        };
                        let rows = cursor_rows(state.open.as_ref().unwrap(), &panes).unwrap();
                        let word = Rect { y: rows.start, height: rows.end - rows.start, ..panes.text };
                        assert!(!area.intersects(word), "{area:?} covers {word:?} at {width}x{height}");
                        let screen = Rect::new(0, 0, width, height - 2);
                        assert_eq!(area.intersection(screen), area);
                        assert!(height < 24 || area.height == wanted(area.width), "cut at {width}x{height}: {area:?}");
                    }
                }
            }
        }
    }
}

//! Rows of the screen that hold a character of which only the terminal knows how many columns it takes.
//!
//! Of a letter with a vowel sign, a flag, or a picture that is joined of several, terminals think differently. Where one draws
//! wider than was measured, what follows is shifted, and what is not drawn anew stays behind. So such a row is written as a
//! whole whenever it changes, on a clean line, and each character after such a one at a place that is named.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crossterm::cursor::{RestorePosition, SavePosition};
use crossterm::queue;
use ratatui::backend::{Backend, ClearType};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

/// The rows that hold such characters, as they were drawn last.
#[derive(Debug, Default)]
pub(super) struct Unsteady {
    area: Rect,
    rows: BTreeMap<u16, Vec<Cell>>,
}

impl Unsteady {
    /// The rows that are to be written once more after this frame: those that hold such a character, or did before, and have
    /// changed.
    pub(super) fn changed(&mut self, frame: &Buffer) -> BTreeMap<u16, Vec<Cell>> {
        // A terminal that was resized is cleared and drawn anew.
        if std::mem::replace(&mut self.area, frame.area) != frame.area {
            self.forget();
        }
        let mut changed = BTreeMap::new();
        let mut rows = BTreeMap::new();
        for (y, row) in (0..).zip(frame.content.chunks(usize::from(frame.area.width.max(1)))) {
            let (holds, before) = (row.iter().any(is_unsteady), self.rows.get(&y));
            if (holds || before.is_some()) && before.is_none_or(|before| before != row) {
                changed.insert(y, row.to_vec());
            }
            if holds {
                rows.insert(y, row.to_vec());
            }
        }
        self.rows = rows;
        changed
    }

    /// The screen was cleared: nothing of it is left.
    pub(super) fn forget(&mut self) {
        self.rows.clear();
    }
}

/// Writes rows on clean lines. The cursor stays where it is.
///
/// # Errors
/// When the terminal can't be written to.
pub(super) fn write<B: Backend<Error = io::Error> + Write>(rows: &BTreeMap<u16, Vec<Cell>>, backend: &mut B) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    queue!(backend, SavePosition)?;
    for (&y, row) in rows {
        backend.set_cursor_position((0, y))?;
        backend.clear_region(ClearType::UntilNewLine)?;
        let (mut piece, mut x) = (Vec::new(), 0);
        while let Some(cell) = row.get(x) {
            piece.push((x as u16, y, cell));
            if is_unsteady(cell) {
                // What is drawn next begins with naming its place.
                backend.draw(piece.drain(..))?;
            }
            x += cell.symbol().width().max(1);
        }
        backend.draw(piece.into_iter())?;
    }
    queue!(backend, RestorePosition)?;
    Backend::flush(backend)
}

fn is_unsteady(cell: &Cell) -> bool {
    let symbol = cell.symbol();
    symbol.len() > 1 && symbol.chars().nth(1).is_some()
}

#[cfg(test)]
mod tests {
    use ratatui::backend::CrosstermBackend;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn such_a_row_is_written_whole_when_it_changes_and_when_they_go() {
        let mut unsteady = Unsteady::default();
        let mut height = 2;
        let mut written = |lines: [&str; 2], taller: u16| {
            height += taller;
            let mut frame = Buffer::empty(Rect::new(0, 0, 9, height));
            (0..2).zip(lines).for_each(|(y, line)| frame.set_string(0, y, line, Style::new()));
            let rows = unsteady.changed(&frame);
            let mut out = Vec::new();
            write(&rows, &mut CrosstermBackend::new(&mut out)).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(["plain", "患者 é"], 0), "");
        let flag = written(["plain", "a 🇩🇪b"], 0);
        assert!(flag.starts_with("\u{1b}7\u{1b}[2;1H\u{1b}[K"), "a clean line: {flag:?}");
        assert!(flag.contains("🇩🇪") && flag.contains("\u{1b}[2;5Hb"), "the place of what follows is named: {flag:?}");
        assert_eq!(written(["other", "a 🇩🇪b"], 0), "", "nothing of it has changed");
        assert_eq!(written(["other", "a 🇩🇪b"], 1), flag, "a terminal of another size was cleared");
        let gone = written(["other", "a    b"], 0);
        assert!(gone.starts_with("\u{1b}7\u{1b}[2;1H\u{1b}[K") && gone.contains("a    b"), "nothing stays behind: {gone:?}");
        assert_eq!(written(["other", "a    c"], 0), "");
    }
}

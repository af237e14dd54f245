//! Writing text of any origin into a row of the frame: made visible, measured, clipped.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::names::{shorten, stem};
use crate::domain::joined::apart;
use crate::domain::visible::visible;

/// `text` in one row: what a terminal would obey is shown, white space is a space, joined pictures are apart.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    let shown = match visible(text) {
        Cow::Borrowed(text) => apart(text),
        Cow::Owned(text) => Cow::Owned(apart(&text).into_owned()),
    };
    match shown {
        shown if shown.contains(['\n', '\r', '\t']) => Cow::Owned(shown.replace("\r\n", " ").replace(['\n', '\r', '\t'], " ")),
        shown => shown,
    }
}

/// The columns that `text` takes.
pub(super) fn columns(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// `text` in at most `width` columns, with `…` where something is cut off.
pub(super) fn clip(text: &str, width: u16) -> Cow<'_, str> {
    if columns(text) <= width {
        return Cow::Borrowed(text);
    }
    let mut left = width.saturating_sub(1);
    let fits = |cluster: &&str| {
        let columns = columns(cluster);
        let fits = columns <= left;
        left = if fits { left - columns } else { 0 };
        fits
    };
    let mut clipped: String = text.graphemes(true).take_while(fits).collect();
    if width > 0 {
        clipped.push('…');
    }
    Cow::Owned(clipped)
}

/// `text` broken between words into lines of at most `width` columns; a longer word has a line of its own.
pub(super) fn wrap(text: &str, width: u16) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut().filter(|line| columns(line) + 1 + columns(word) <= width) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Writes from left to right into one row of the frame, and never beyond its end.
pub(super) struct Pen<'a> {
    buffer: &'a mut Buffer,
    x: u16,
    y: u16,
    end: u16,
}

impl<'a> Pen<'a> {
    /// A pen at the left end of row `row` (from 0) of `area`; one without room where the area has no such row.
    pub(super) fn new(buffer: &'a mut Buffer, area: Rect, row: u16) -> Self {
        let area = area.intersection(buffer.area);
        let end = if row < area.height { area.right() } else { area.x };
        Self { buffer, x: area.x, y: area.y.saturating_add(row), end }
    }

    /// Writes `text`, clipped to the room there is.
    pub(super) fn put(&mut self, text: &str, style: Style) -> &mut Self {
        let room = self.room();
        self.put_in(text, room, style)
    }

    /// Writes `text`, clipped to at most `width` columns.
    pub(super) fn put_in(&mut self, text: &str, width: u16, style: Style) -> &mut Self {
        let width = width.min(self.room());
        if width > 0 {
            let text = clean(text);
            let (x, _) = self.buffer.set_stringn(self.x, self.y, clip(&text, width), width.into(), style);
            self.x = x;
        }
        self
    }

    /// Writes `text` clipped or filled with spaces to exactly `width` columns (as far as there is room).
    pub(super) fn cell(&mut self, text: &str, width: u16, style: Style) -> &mut Self {
        let end = self.x.saturating_add(width).min(self.end);
        self.put_in(text, width, style);
        self.x = end;
        self
    }

    /// Moves on by `columns`.
    pub(super) fn skip(&mut self, columns: u16) -> &mut Self {
        self.x = self.x.saturating_add(columns).min(self.end);
        self
    }

    /// Moves to where `width` columns are left, if the pen is not beyond.
    pub(super) fn align_last(&mut self, width: u16) -> &mut Self {
        self.x = self.x.max(self.end.saturating_sub(width));
        self
    }

    /// Writes `text` at the end of the row, clipped to at most `width` columns, with one free behind it.
    pub(super) fn last(&mut self, text: &str, width: u16, style: Style) -> &mut Self {
        self.align_last(columns(text).min(width) + 1).put_in(text, width, style)
    }

    /// Writes the name of a note at the end of the row, as [`Pen::last`] does, but cut in its middle: names often begin alike.
    pub(super) fn name(&mut self, name: &str, width: u16, style: Style) -> &mut Self {
        self.last(&shorten(stem(name), width, usize::MAX / 2), width, style)
    }

    /// Fills the room up to the last `keep` columns with `sign`, which is one column wide.
    pub(super) fn rule(&mut self, sign: &str, keep: u16, style: Style) -> &mut Self {
        let count = self.room().saturating_sub(keep);
        self.put(&sign.repeat(count.into()), style)
    }

    /// The columns that are left.
    pub(super) fn room(&self) -> u16 {
        self.end.saturating_sub(self.x)
    }

    /// The column reached.
    pub(super) fn x(&self) -> u16 {
        self.x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_clipped_to_its_columns() {
        let rows =
            [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("高血圧", 5, "高血…"), ("高血圧", 4, "高…"), ("ab", 1, "…"), ("ab", 0, "")];
        for (text, width, expected) in rows {
            assert_eq!(clip(text, width), expected, "{text} in {width}");
        }
    }

    #[test]
    fn lines_break_between_words() {
        let check = |text: &str, width, expected: &[&str]| assert_eq!(wrap(text, width), expected, "{text} in {width}");
        check("one two three", 7, &["one two", "three"]);
        check("one unbreakable two", 6, &["one", "unbreakable", "two"]);
        check("高血 圧 a", 6, &["高血", "圧 a"]);
    }

    #[test]
    fn what_is_written_stays_in_its_row_and_is_harmless() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 2));
        Pen::new(&mut buffer, Rect::new(2, 0, 6, 1), 0).put("a\u{1b}[2J\nlong", Style::new()).put("x", Style::new());
        Pen::new(&mut buffer, Rect::new(2, 0, 6, 1), 1).put("no such row", Style::new());
        assert_eq!(buffer, Buffer::with_lines(["  a␛[2J…  ", "          "]));
    }
}

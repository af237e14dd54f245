//! A document broken into the lines of a pane.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use crate::domain::Words;

/// One line of the pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its bytes of the text.
    pub bytes: Range<usize>,
    /// The words that begin on it.
    pub words: Range<usize>,
}

/// The lines of one document at one width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    lines: Vec<Line>,
    columns: Vec<u16>,
}

impl Layout {
    /// Breaks `text` into lines of at most `width` columns, between words where it can.
    pub fn new(text: &str, words: &Words, width: u16) -> Self {
        let mut lines = vec![Line { bytes: 0..0, words: 0..0 }];
        let mut columns = Vec::with_capacity(words.len());
        for (index, word) in words.iter().enumerate() {
            let line = &lines[lines.len() - 1];
            let newline = text[line.bytes.end.min(word.start)..word.start].contains('\n');
            let column = text[line.bytes.start..word.start].width() as u16;
            let wide = column + word.slice(text).width() as u16 > width;
            if (newline || wide) && index > 0 {
                lines.push(Line { bytes: word.start..word.start, words: index..index });
            }
            if let Some(line) = lines.last_mut() {
                columns.push(text[line.bytes.start..word.start].width() as u16);
                line.bytes.end = word.end;
                line.words.end = index + 1;
            }
        }
        Self { lines, columns }
    }

    /// The lines.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Index of the line that a word begins on.
    pub fn line_of(&self, word: usize) -> usize {
        self.lines.partition_point(|line| line.words.end <= word).min(self.lines.len() - 1)
    }

    /// The column that a word begins in.
    pub fn column_of(&self, word: usize) -> u16 {
        self.columns.get(word).copied().unwrap_or(0)
    }

    /// The word nearest to a column of a line.
    pub fn word_at(&self, line: usize, column: u16) -> Option<usize> {
        let words = self.lines.get(line)?.words.clone();
        words.rev().find(|&word| self.column_of(word) <= column)
    }

    /// The word `delta` lines below `word`, near `goal_column`.
    pub fn vertical(&self, word: usize, delta: isize, goal_column: u16) -> usize {
        let line = self.line_of(word).saturating_add_signed(delta).min(self.lines.len() - 1);
        self.word_at(line, goal_column).unwrap_or(word)
    }
}

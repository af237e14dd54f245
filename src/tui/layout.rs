//! A note broken into screen lines: which bytes and words lie on which line, at which column, in which visible form.
//!
//! Pure and fast: one pass over the text, a single byte at a time where it is plain ASCII, grapheme clusters elsewhere.
//! What would disturb a terminal (control characters, escape sequences, bidi controls, invisible characters) is laid
//! out in its visible form, so that what is measured is what is drawn.

use std::ops::Range;

use crate::domain::Words;

mod glyph;
mod window;

pub use glyph::{Glyph, Ground, Tag};
use glyph::{Reach, Scan};
pub use window::{margin, window};

/// One screen line of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its bytes, with the white space or line break that ends it.
    pub bytes: Range<usize>,
    /// The words that begin on it.
    pub words: Range<usize>,
    /// How many columns of the tag of the word that ends where the line begins stand on the lines before.
    tagged: u16,
}

/// Where a word begins, and where it ends on the line it begins on.
#[derive(Clone, Copy, Debug)]
struct Place {
    line: u32,
    column: u16,
    end: u16,
    alphanumeric: bool,
}

/// A note broken into lines of one width.
#[derive(Clone, Debug)]
pub struct Layout {
    width: u16,
    lines: Vec<Line>,
    places: Vec<Place>,
    tags: Vec<Tag>,
}

/// A place where the line under way may end: how far it has come, its column, and how many words are placed before it.
#[derive(Clone, Copy)]
struct Break {
    at: Reach,
    column: u16,
    placed: usize,
}

impl Layout {
    /// Breaks `text` into lines of at most `width` columns: at white space where possible, before and after wide
    /// characters, else within the word. Line breaks of the text are kept. There is always at least one line.
    pub fn new(text: &str, words: &Words, width: u16) -> Self {
        Self::tagged(text, words, width, Vec::new())
    }

    /// As [`Layout::new`], with a tag behind each word that has one: `tags` holds one a word. A line never ends between a
    /// word and its tag unless it must.
    pub fn tagged(text: &str, words: &Words, width: u16, tags: Vec<Tag>) -> Self {
        let places = Vec::with_capacity(words.len());
        let mut layout = Self { width: width.max(1), lines: Vec::new(), places, tags: Vec::new() };
        let (mut start, mut first_word) = (Reach::default(), 0);
        while let Some(end) = layout.break_line(text, words, &tags, start) {
            let words = first_word..layout.places.len();
            layout.lines.push(Line { bytes: start.byte..end.byte, words, tagged: start.tagged });
            (start, first_word) = (end, layout.places.len());
        }
        if layout.lines.is_empty() {
            layout.lines.push(Line { bytes: 0..0, words: 0..0, tagged: 0 });
        }
        // Only a word without a byte can be left over.
        let last = layout.lines.len() - 1;
        layout.place(words, words.len(), last as u32, 0);
        layout.lines[last].words.end = layout.places.len();
        layout.tags = tags;
        layout
    }

    /// Places the words of the line that begins at `start` and gives where the line ends; `None` at the end of the text.
    fn break_line(&mut self, text: &str, words: &Words, tags: &[Tag], start: Reach) -> Option<Reach> {
        let line = self.lines.len() as u32;
        let mut scan = Scan::at(start, words, tags);
        let mut chance: Option<Break> = None;
        let mut after_wide = false;
        loop {
            let at = scan.reach();
            let Some(glyph) = scan.next(text, words, self.width) else {
                return (at > start).then_some(at);
            };
            let here = Break { at, column: glyph.column, placed: self.places.len() };
            let begins = glyph.word.is_none_or(|word| words[word].start == glyph.bytes.start);
            let wide = glyph.width == 2 && glyph.ground == Ground::Plain;
            if begins && (wide || after_wide) && at > start {
                chance = Some(here);
            }
            after_wide = wide;
            if glyph.column + glyph.width > self.width && at > start {
                return Some(self.rewind(line, chance.unwrap_or(here)));
            }
            if let Some(word) = glyph.word {
                self.place(words, word, line, glyph.column);
                if let Some(place) = self.places.get_mut(word).filter(|place| place.line == line) {
                    place.end = glyph.column + glyph.width;
                }
            }
            match glyph.ground {
                Ground::End => return Some(scan.reach()),
                Ground::Blank | Ground::Join => {
                    let column = glyph.column + glyph.width;
                    chance = Some(Break { at: scan.reach(), column, placed: self.places.len() });
                }
                _ => {}
            }
        }
    }

    /// Gives every word up to `word` a place, if it has none yet.
    fn place(&mut self, words: &Words, word: usize, line: u32, column: u16) {
        while let Some(next) = words.get(self.places.len()).filter(|_| self.places.len() <= word) {
            self.places.push(Place { line, column, end: column, alphanumeric: next.alphanumeric });
        }
    }

    /// Forgets what was placed beyond `stop` and gives how far that is.
    fn rewind(&mut self, line: u32, stop: Break) -> Reach {
        self.places.truncate(stop.placed);
        if let Some(place) = self.places.last_mut().filter(|place| place.line == line) {
            place.end = place.end.min(stop.column);
        }
        stop.at
    }

    /// The width it was laid out for, in columns.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// The tags it was laid out with: one a word, or none at all.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The lines, from the top.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The line a word begins on; the last line for a word that does not exist.
    pub fn line_of(&self, word: usize) -> usize {
        self.places.get(word).map_or(self.lines.len() - 1, |place| place.line as usize)
    }

    /// The column a word begins at, from 0.
    pub fn column_of(&self, word: usize) -> u16 {
        self.places.get(word).map_or(0, |place| place.column)
    }

    /// The columns a word covers on the line it begins on.
    pub fn columns_of(&self, word: usize) -> Range<u16> {
        self.places.get(word).map_or(0..0, |place| place.column..place.end)
    }

    /// The word at a line and column: the nearest on that line (one that began on an earlier line counts at the left),
    /// else the nearest on the nearest line that has any. `None` for a note without words.
    pub fn word_at(&self, line: usize, column: u16) -> Option<usize> {
        let line = line.min(self.lines.len() - 1);
        if let Some(word) = self.nearest(self.lines[line].words.clone(), column, |_| true) {
            return Some(word);
        }
        let after = self.lines[line].words.start;
        let last = self.places.len().checked_sub(1)?;
        let (before, after) = (after.saturating_sub(1), after.min(last));
        let near = if line - self.line_of(before).min(line) <= self.line_of(after).abs_diff(line) { before } else { after };
        self.nearest(self.lines[self.line_of(near)].words.clone(), column, |_| true)
    }

    /// The word `delta` lines below (above, if negative) `word`, nearest to `goal_column`. Lines and words without an
    /// alphanumeric character are passed over; where there is no other such line that way, `word` itself.
    pub fn vertical(&self, word: usize, delta: isize, goal_column: u16) -> usize {
        let from = self.line_of(word);
        let target = from.saturating_add_signed(delta).min(self.lines.len() - 1);
        let seek = |line: usize| self.nearest(self.lines[line].words.clone(), goal_column, |place| place.alphanumeric);
        let found = match delta {
            0 => None,
            1.. => (target..self.lines.len()).find_map(seek).or_else(|| (from + 1..target).rev().find_map(seek)),
            _ => (0..=target).rev().find_map(seek).or_else(|| (target + 1..from).find_map(seek)),
        };
        found.unwrap_or(word)
    }

    /// What is drawn on a line, from the left: `text` and `words` must be those it was laid out from.
    pub fn glyphs<'a>(&'a self, text: &'a str, words: &'a Words, line: usize) -> impl Iterator<Item = Glyph<'a>> {
        let start = |line: &Line| Reach { byte: line.bytes.start, tagged: line.tagged };
        let end = self.lines.get(line + 1).map(start);
        let begin = self.lines.get(line).map_or(Reach { byte: text.len(), tagged: u16::MAX }, start);
        let mut scan = Scan::at(begin, words, &self.tags);
        std::iter::from_fn(
            move || if end.is_none_or(|end| scan.reach() < end) { scan.next(text, words, self.width) } else { None },
        )
    }

    fn nearest(&self, words: Range<usize>, column: u16, wanted: impl Fn(&Place) -> bool) -> Option<usize> {
        let distance = |place: &Place| match column {
            _ if column < place.column => place.column - column,
            _ if column < place.end => 0,
            _ => column - place.end + 1,
        };
        let places = self.places.get(words.clone())?.iter().zip(words);
        let near = places
            .filter(|(place, _)| wanted(place))
            .min_by_key(|(place, _)| (distance(place), place.column.abs_diff(column)))?;
        Some(near.1)
    }
}

#[cfg(test)]
mod tests;

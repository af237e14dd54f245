//! The smallest things a note's line is drawn from.

use std::borrow::Cow;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::domain::Words;
use crate::domain::joined::first_joined;
use crate::domain::visible::{visible, visible_char};

/// Tabs go to the next multiple of this column.
const TAB: u16 = 8;

/// Clusters of more characters than this are taken apart: a hundred accents on one letter would hide what is under them.
const LONGEST_CLUSTER: usize = 12;

/// What kind of thing a [`Glyph`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Text, as it is.
    Plain,
    /// White space; drawn as spaces, and clipped at the end of a line.
    Blank,
    /// A character that must not reach the terminal, in its visible form.
    Visible,
    /// The line break that ends the line; not drawn.
    End,
    /// One column of the tag behind the word, counted from 0. It stands for no byte of the note; what is drawn there is
    /// the view's affair.
    Tag(u16),
    /// A blank between two words that have one tag together; drawn as a sign, at which a line may end.
    Join,
}

/// What is drawn behind a word in the line of text, and measured with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    /// The columns it takes; 0 for none.
    pub columns: u16,
    /// Whether the one blank behind the word joins it to the next word, whose tag is meant for both.
    pub joins: bool,
}

/// How far a text has been laid out: every byte before `byte`, and of the tag of the word that ends there so many columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reach {
    pub(super) byte: usize,
    pub(super) tagged: u16,
}

/// One grapheme cluster, or one character in its visible form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glyph<'a> {
    /// Its bytes in the note.
    pub bytes: Range<usize>,
    /// What to draw; exactly `width` columns wide, unless it is blank.
    pub shown: Cow<'a, str>,
    /// The column it begins at, from 0.
    pub column: u16,
    /// Its width in columns.
    pub width: u16,
    /// The word it belongs to.
    pub word: Option<usize>,
    /// What it is.
    pub ground: Ground,
}

/// How far a line has been read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan<'t> {
    /// One a word, or none at all.
    tags: &'t [Tag],
    reach: Reach,
    column: u16,
    /// The first word that ends after `at`.
    word: usize,
}

impl<'t> Scan<'t> {
    /// The beginning of a line that begins here.
    pub(super) fn at(reach: Reach, words: &Words, tags: &'t [Tag]) -> Self {
        Self { tags, reach, column: 0, word: words.partition_point(|word| word.end <= reach.byte) }
    }

    /// How far it has come.
    pub(super) fn reach(&self) -> Reach {
        self.reach
    }

    /// The next glyph of a text laid out in `width` columns; `None` at the end of the text.
    pub(super) fn next<'a>(&mut self, text: &'a str, words: &Words, width: u16) -> Option<Glyph<'a>> {
        let start = self.reach.byte;
        while words.get(self.word).is_some_and(|word| word.end <= start) {
            self.word += 1;
        }
        let ended = self.word.checked_sub(1).filter(|&word| words.get(word).is_some_and(|word| word.end == start));
        let tag = ended.and_then(|word| self.tags.get(word)).copied().unwrap_or_default();
        if let Some(word) = ended.filter(|_| self.reach.tagged < tag.columns) {
            let (column, ground) = (self.column, Ground::Tag(self.reach.tagged));
            self.reach.tagged += 1;
            self.column = self.column.saturating_add(1);
            return Some(Glyph { bytes: start..start, shown: Cow::Borrowed(""), column, width: 1, word: Some(word), ground });
        }
        let bytes = text.as_bytes();
        let byte = *bytes.get(start)?;
        let near = words.get(self.word);
        let word = near.filter(|word| word.start <= start).map(|_| self.word);
        let plain = |byte: u8| matches!(byte, b' '..=b'~');
        let (shown, measured, ground, end) = if plain(byte) && bytes.get(start + 1).is_none_or(u8::is_ascii) {
            let ground = if byte == b' ' { Ground::Blank } else { Ground::Plain };
            (Cow::Borrowed(&text[start..=start]), 1, ground, start + 1)
        } else if byte == b'\n' {
            (Cow::Borrowed(""), 0, Ground::End, start + 1)
        } else if byte == b'\r' && bytes.get(start + 1) == Some(&b'\n') {
            (Cow::Borrowed(""), 0, Ground::End, start + 2)
        } else if byte == b'\t' {
            (Cow::Borrowed(""), TAB - self.column % TAB, Ground::Blank, start + 1)
        } else {
            // A cluster never reaches over the edge of a word, so that every word has columns of its own.
            let edge = near.map(|near| if word.is_some() { near.end } else { near.start });
            let rest = edge.and_then(|edge| text.get(start..edge)).unwrap_or(&text[start..]);
            cluster(rest, start, width)
        };
        // A word that begins with a blank has a column of its own all the same.
        let begins = near.is_some_and(|near| near.start == start);
        let (shown, measured, ground) = match ground {
            Ground::Blank if begins => (Cow::Borrowed(" "), 1, Ground::Plain),
            Ground::Blank if tag.joins => (Cow::Borrowed("·"), 1, Ground::Join),
            _ => (shown, measured, ground),
        };
        // The columns that are left; blanks are clipped to them.
        let left = width.saturating_sub(self.column);
        let measured = if ground == Ground::Blank { measured.min(left) } else { measured };
        let glyph = Glyph { bytes: start..end, shown, column: self.column, width: measured, word, ground };
        self.reach = Reach { byte: end, tagged: 0 };
        self.column = self.column.saturating_add(measured);
        Some(glyph)
    }
}

/// The first cluster of `rest`, or as much of it as is shown in one piece: what to draw, its width, its kind, and the
/// byte it ends at. `rest` is not empty and begins at byte `start` of the note.
fn cluster(rest: &str, start: usize, width: u16) -> (Cow<'_, str>, u16, Ground, usize) {
    let whole = rest.graphemes(true).next().unwrap_or(rest);
    let harmless = matches!(visible(whole), Cow::Borrowed(_)) && whole.chars().nth(LONGEST_CLUSTER).is_none();
    if let Some((picture, joined)) = first_joined(whole).filter(|_| harmless) {
        return fit(Cow::Borrowed(picture), picture.width() as u16, Ground::Plain, start + joined, width);
    }
    let columns = whole.width() as u16;
    if harmless && columns > 0 {
        let ground = if whole.chars().all(breaks_a_line) { Ground::Blank } else { Ground::Plain };
        return fit(Cow::Borrowed(whole), columns, ground, start + whole.len(), width);
    }
    // Its first character alone; what follows is looked at by itself.
    let mut chars = whole.chars();
    let first = chars.next().unwrap_or(char::REPLACEMENT_CHARACTER);
    let alone = &whole[..whole.len() - chars.as_str().len()];
    let end = start + alone.len();
    let columns = alone.width() as u16;
    match visible_char(first) {
        None if columns > 0 => fit(Cow::Borrowed(alone), columns, Ground::Plain, end, width),
        shown => {
            let shown = shown.unwrap_or_else(|| Cow::Owned(format!("‹U+{:04X}›", u32::from(first))));
            let columns = shown.width() as u16;
            fit(shown, columns, Ground::Visible, end, width)
        }
    }
}

/// What is wider than a whole line is drawn as one sign.
fn fit(shown: Cow<'_, str>, columns: u16, ground: Ground, end: usize, width: u16) -> (Cow<'_, str>, u16, Ground, usize) {
    if columns > width { (Cow::Borrowed("¤"), 1, ground, end) } else { (shown, columns, ground, end) }
}

/// White space at which a line may end; the no-break spaces are not.
fn breaks_a_line(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}')
}

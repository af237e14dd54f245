//! A labelled unit of text.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// One word: a byte range of its document's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Word {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Whether it holds an alphanumeric character. Movement and scoring skip words that hold none.
    pub alphanumeric: bool,
}

impl Word {
    /// The byte range.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The word's text. `text` must be the document's.
    pub fn slice<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start..self.end]
    }
}

/// The words of one document, in order of their ranges, which never overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    words: Vec<Word>,
    alphanumeric: usize,
}

impl Words {
    /// Takes words that are sorted and do not overlap.
    pub fn new(words: Vec<Word>) -> Self {
        debug_assert!(words.windows(2).all(|pair| pair[0].end <= pair[1].start), "words are sorted and apart");
        let alphanumeric = words.iter().filter(|word| word.alphanumeric).count();
        Self { words, alphanumeric }
    }

    /// Number of words that hold an alphanumeric character.
    pub fn alphanumeric(&self) -> usize {
        self.alphanumeric
    }

    /// Indices of the words that overlap the bytes of `range`.
    pub fn overlapping(&self, range: Range<usize>) -> Range<usize> {
        let first = self.words.partition_point(|word| word.end <= range.start);
        let last = self.words.partition_point(|word| word.start < range.end);
        first..last.max(first)
    }

    /// Index of the word with exactly these bytes.
    pub fn exactly(&self, range: &Range<usize>) -> Option<usize> {
        let index = self.words.binary_search_by_key(&range.start, |word| word.start).ok()?;
        (self.words[index].end == range.end).then_some(index)
    }
}

impl std::ops::Deref for Words {
    type Target = [Word];

    fn deref(&self) -> &[Word] {
        &self.words
    }
}

/// A labelled stretch of text as interchange formats hold it; here in bytes, in gold JSONL in Unicode characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First unit.
    pub start: usize,
    /// One past the last unit.
    pub end: usize,
    /// Name of the label.
    pub label: String,
}

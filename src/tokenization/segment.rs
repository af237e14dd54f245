//! Words: the segments of Unicode Standard Annex #29 that are not white space.

use unicode_segmentation::UnicodeSegmentation;

use crate::domain::{Word, Words};

/// Cuts `text` into its words. Every character that is not white space lies in exactly one of them.
pub fn segment(text: &str) -> Words {
    let words = text.split_word_bound_indices().filter(|(_, segment)| !segment.chars().all(char::is_whitespace));
    let word = |(start, segment): (usize, &str)| Word {
        start,
        end: start + segment.len(),
        alphanumeric: segment.chars().any(char::is_alphanumeric),
    };
    Words::new(words.map(word).collect())
}

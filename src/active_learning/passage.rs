//! Passages: stretches of about fifty words that end where a sentence or line ends, so that a long note need not be
//! reviewed as a whole.

use std::ops::Range;

use crate::domain::Words;

/// About so many alphanumeric words a passage.
pub const PASSAGE: usize = 50;

/// Cuts a document's words into passages of about `target` alphanumeric words: ranges of word indices that cover all
/// words in order.
///
/// Sentences and lines are joined while they stay within `target` words together, or within twice that where one of
/// them is shorter than half of it; one that runs on for more than twice `target` is cut.
pub fn passages(text: &str, words: &Words, target: usize) -> Vec<Range<usize>> {
    let target = target.max(1);
    let mut passages: Vec<(Range<usize>, usize)> = Vec::new();
    for (piece, count) in pieces(text, words, 2 * target) {
        let last = passages.last_mut();
        let joins = |&(_, before): &(Range<usize>, usize)| {
            before + count <= target || 2 * before < target && before + count <= 2 * target
        };
        match last.filter(|last| joins(last)) {
            Some((passage, before)) => {
                passage.end = piece.end;
                *before += count;
            }
            None => passages.push((piece, count)),
        }
    }
    passages.into_iter().map(|(passage, _)| passage).collect()
}

/// Sentences and lines, cut where one has `most` alphanumeric words, with their numbers of these.
fn pieces(text: &str, words: &Words, most: usize) -> Vec<(Range<usize>, usize)> {
    let (mut pieces, mut start, mut count) = (Vec::new(), 0, 0);
    for word in 0..words.len() {
        count += usize::from(words[word].alphanumeric);
        if word + 1 == words.len() || count == most || ends_here(text, words, word) {
            pieces.push((start..word + 1, count));
            (start, count) = (word + 1, 0);
        }
    }
    pieces
}

/// Whether a sentence or a line ends behind a word that is not the last one.
fn ends_here(text: &str, words: &Words, word: usize) -> bool {
    let (this, next) = (words[word], words[word + 1]);
    text[this.end..next.start].contains('\n')
        || matches!(this.slice(text), "." | "!" | "?" | "。" | "！" | "？") && this.end < next.start
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tokenization::segment;

    /// The passages' texts.
    fn cut(text: &str, target: usize) -> Vec<String> {
        let words = segment(text);
        let slice = |range: Range<usize>| text[words[range.start].start..words[range.end - 1].end].to_owned();
        passages(text, &words, target).into_iter().map(slice).collect()
    }

    #[test]
    fn passages_end_where_sentences_and_lines_do() {
        let check = |text: &str, target, expected: &[&str]| assert_eq!(cut(text, target), expected, "{text:?}");
        check("", 4, &[]);
        check("one two", 4, &["one two"]);
        check("One two. Three four. Five six.", 4, &["One two. Three four.", "Five six."]);
        check("one two three\nfour five six", 4, &["one two three", "four five six"]);
        check("One two. Three four five six seven. Eight.", 4, &["One two.", "Three four five six seven.", "Eight."]);
        check("a b c d e f g h i", 4, &["a b c d e f g h", "i"]);
        check("Given 2.5 mg. Then 3 mg more.", 3, &["Given 2.5 mg.", "Then 3 mg more."]);
    }

    proptest! {
        #[test]
        fn passages_cover_all_words_in_order(text in "([a-d]{1,3}|[.\n ]){0,80}", target in 1usize..12) {
            let words = segment(&text);
            let passages = passages(&text, &words, target);
            let all: Vec<usize> = passages.iter().cloned().flatten().collect();
            prop_assert_eq!(all, (0..words.len()).collect::<Vec<_>>());
            prop_assert!(passages.iter().all(|passage| !passage.is_empty()));
            let count = |passage: &Range<usize>| words[passage.clone()].iter().filter(|word| word.alphanumeric).count();
            prop_assert!(passages.iter().all(|passage| count(passage) <= 2 * target));
        }
    }
}

//! What of a document has been on the screen.

use std::ops::Range;

/// What has been seen of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Words that have been on the screen, as ranges in order, apart.
    shown: Vec<Range<usize>>,
}

impl Seen {
    /// These words are on the screen.
    pub fn show(&mut self, words: Range<usize>) {
        if words.is_empty() || self.shown.iter().any(|known| known.start <= words.start && words.end <= known.end) {
            return;
        }
        self.shown.push(words);
        self.shown.sort_unstable_by_key(|range| range.start);
        self.shown.dedup_by(|next, range| {
            let meets = next.start <= range.end;
            if meets {
                range.end = range.end.max(next.end);
            }
            meets
        });
    }

    /// Whether a word has been on the screen.
    pub fn has_shown(&self, word: usize) -> bool {
        let after = self.shown.partition_point(|range| range.start <= word);
        after > 0 && word < self.shown[after - 1].end
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_shown_is_the_union_of_the_pages(pages in prop::collection::vec((0usize..60, 0usize..12), 0..12)) {
            let mut seen = Seen::default();
            pages.iter().for_each(|&(start, length)| seen.show(start..start + length));
            for word in 0..80 {
                let shown = pages.iter().any(|&(start, length)| (start..start + length).contains(&word));
                prop_assert_eq!(seen.has_shown(word), shown, "word {} of {:?}", word, pages);
            }
            prop_assert!(seen.shown.windows(2).all(|pair| pair[0].end < pair[1].start), "{:?}", seen.shown);
        }
    }
}

//! The simulated annotator: what correcting a text from what is shown to what is right takes under our keymap.
//!
//! She reads every undecided word in order. Where neighbouring words lack the same label, or carry it wrongly, she goes to
//! the first one, extends the selection to the last and toggles the label once; then she accepts the rest and goes on.

use std::ops::Range;

use crate::active_learning::Cost;
use crate::active_learning::cost::ACCEPTS;
use crate::domain::{LabelSet, Words};

/// Words on a line of the screen: `down` passes over so many.
const LINE: usize = 12;
/// Labels that have a digit; the others take `Space` and a letter.
const DIGITS: usize = 10;

/// What it takes to bring the alphanumeric words of `range` from the sets shown to the gold ones; both hold one set a
/// word of the document.
pub fn review(words: &Words, range: &Range<usize>, shown: &[LabelSet], gold: &[LabelSet], labels: usize) -> Cost {
    let read: Vec<usize> = range.clone().filter(|&word| words[word].alphanumeric).collect();
    let mut cost = Cost { words: read.len() as f64, keys: ACCEPTS, ..Cost::default() };
    cost.doubts = read.iter().filter(|&&word| shown[word] != gold[word]).count() as f64;
    let mut corrections: Vec<(usize, usize, usize)> = Vec::new();
    for label in 0..labels {
        // Whether the label lacks (or is there) wrongly.
        let wrong = |at: usize| {
            let (shown, gold) = (shown[read[at]].contains(label), gold[read[at]].contains(label));
            (shown != gold).then_some(gold)
        };
        let mut at = 0;
        while at < read.len() {
            let kind = wrong(at);
            let first = at;
            while at < read.len() && wrong(at) == kind {
                at += 1;
            }
            if kind.is_some() {
                cost.edits += (at - first) as f64;
                corrections.push((first, at - 1, label));
            }
        }
    }
    corrections.sort_unstable();
    let (mut cursor, mut selected) = (0, None);
    for (first, last, label) in corrections {
        // Labels that miss on the same words are toggled on one selection.
        if selected != Some((first, last)) {
            cost.keys += (travel(cursor.max(first) - cursor.min(first)) + last - first) as f64;
            (cursor, selected) = (last, Some((first, last)));
        }
        cost.keys += if label < DIGITS { 1.0 } else { 2.0 };
        cost.corrections += 1.0;
    }
    cost
}

/// Keys to move the cursor by so many words: lines first, then words, from whichever side is nearer.
fn travel(words: usize) -> usize {
    let rest = words % LINE;
    words / LINE + rest.min(LINE - rest + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tokenization::segment;

    /// Sets written as digits, a word each, `-` for none.
    fn sets(text: &str) -> Vec<LabelSet> {
        let set = |word: &str| word.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as usize).collect();
        text.split(' ').map(set).collect()
    }

    #[test]
    fn errors_of_neighbours_are_corrected_at_once() {
        // shown, gold, then words, edits, corrections, keys (two accept the rest), words with an error
        let rows = [
            ("- - -", "- - -", [3.0, 0.0, 0.0, 2.0, 0.0]),
            ("- - -", "0 - -", [3.0, 1.0, 1.0, 3.0, 1.0]),
            ("- - -", "- 0 0", [3.0, 2.0, 1.0, 5.0, 2.0]),
            ("- - -", "- 01 01", [3.0, 4.0, 2.0, 6.0, 2.0]),
            ("0 - 0", "0 0 -", [3.0, 2.0, 2.0, 6.0, 2.0]),
            ("- - -", "- - b", [3.0, 1.0, 1.0, 6.0, 1.0]),
        ];
        let words = segment("a b c");
        for (shown, gold, expected) in rows {
            let cost = review(&words, &(0..3), &sets(shown), &sets(gold), 12);
            let found = [cost.words, cost.edits, cost.corrections, cost.keys, cost.doubts];
            assert_eq!(found, expected, "{shown} to {gold}");
        }
    }

    #[test]
    fn punctuation_does_not_part_a_run_and_is_not_read() {
        let words = segment("a, b. c");
        let (none, gold) = (sets("- - - - -"), sets("0 - 0 - -"));
        let cost = review(&words, &(0..5), &none, &gold, 1);
        assert_eq!((cost.words, cost.edits, cost.corrections), (3.0, 2.0, 1.0));
    }

    proptest! {
        #[test]
        fn every_wrong_cell_is_one_edit(cells in prop::collection::vec((0usize..8, 0usize..8), 1..40)) {
            let words = segment(&vec!["a"; cells.len()].join(" "));
            let set = |bits: usize| (0..3).filter(|bit| bits >> bit & 1 == 1).collect::<LabelSet>();
            let (shown, gold): (Vec<LabelSet>, Vec<LabelSet>) = cells.iter().map(|&(a, b)| (set(a), set(b))).unzip();
            let cost = review(&words, &(0..words.len()), &shown, &gold, 3);
            let wrong: usize = shown.iter().zip(&gold).map(|(&a, &b)| a.difference(b).len()).sum();
            prop_assert_eq!(cost.edits, wrong as f64);
            prop_assert!(cost.corrections <= cost.edits && cost.keys >= cost.corrections + ACCEPTS);
            prop_assert_eq!(cost.seconds() > review(&words, &(0..words.len()), &gold, &gold, 3).seconds(), wrong > 0);
        }
    }
}

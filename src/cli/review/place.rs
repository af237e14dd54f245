//! The places of a note at which somebody is asked: words, or stretches of words that say the same.

use std::ops::Range;

use crate::active_learning::{UNCERTAIN, is_uncertain};
use crate::domain::{Annotations, Cell, Decision, Shown, Words};

/// The places of a note, in reading order: with `all` every word, else the words that are labelled or that the model is
/// unsure of and that are not decided yet, neighbours with the same labels as one place. A place's words without a letter
/// or digit are none of its own.
pub(super) fn places(words: &Words, annotations: &Annotations, shown: &Shown<'_>, all: bool) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = Vec::new();
    let mut before = None;
    for word in (0..words.len()).filter(|&word| words[word].alphanumeric) {
        let set = annotations.shown(word, shown.labels(), shown.predicted(word));
        let open = (0..shown.labels()).any(|label| annotations.decision(Cell::new(word, label)) == Decision::Unknown);
        let asks = open && (!set.is_empty() || is_uncertain(words, annotations, shown, word, UNCERTAIN));
        let look = (asks && !set.is_empty()).then(|| (set, annotations.word_state(word, shown.predicted(word))));
        match places.last_mut().filter(|_| !all && look.is_some() && look == before) {
            Some(place) => place.end = word + 1,
            None if all || asks => places.push(word..word + 1),
            None => {}
        }
        before = look;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EditId, LabelSet, Predictions, Scope};
    use crate::tokenization::segment;

    /// The texts of the places of "severe chest pain, no fever today", of which the model labels all but "no" and "today",
    /// is unsure of "no", and of which "severe" is decided.
    fn texts(all: bool) -> Vec<&'static str> {
        const TEXT: &str = "severe chest pain, no fever today";
        let words = segment(TEXT);
        let find = |name: &str| words.iter().position(|word| word.slice(TEXT) == name).unwrap();
        let mut rows = vec![0.0; words.len()];
        for (word, p) in [("severe", 0.9), ("chest", 0.9), ("pain", 0.9), ("no", 0.45), ("fever", 0.8)] {
            rows[find(word)] = p;
        }
        let predictions = Predictions::new(0, 1, rows);
        let shown = Shown { predictions: Some(&predictions), thresholds: &[0.5] };
        let mut annotations = Annotations::default();
        annotations.apply(&annotations.accept(EditId(1), [find("severe")], Scope::Word, &shown));
        assert_eq!(annotations.shown(find("chest"), 1, LabelSet::EMPTY), LabelSet::EMPTY);
        let places = places(&words, &annotations, &shown, all);
        places.into_iter().map(|place| &TEXT[words[place.start].start..words[place.end - 1].end]).collect()
    }

    #[test]
    fn places_are_stretches_that_are_open_or_every_word() {
        assert_eq!(texts(false), ["chest pain", "no", "fever"]);
        assert_eq!(texts(true), ["severe", "chest", "pain", "no", "fever", "today"]);
    }
}

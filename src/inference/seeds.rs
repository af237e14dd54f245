//! First suggestions: labels that a head has not learned are suggested where their seed terms stand, until a training
//! has learned them.
//!
//! The head is asked first; then, for the labels of which it has learned nothing, the words that a seed term finds get
//! a probability just high enough to be shown, and so low that they count among the words to look at first. Decisions
//! and trainings see nothing of it: a head learns from decisions alone.

use candle_core::Result;

use crate::domain::LabelSet;
use crate::encoder::vectors::{by_stretches, f16};
use crate::head::Head;

/// The probability of a suggestion.
pub const SUGGESTED: f32 = 0.6;

/// The labels of which a head has learned nothing and that have seed terms: what it shows of them are suggestions.
///
/// # Errors
/// When the head can't be read.
pub fn suggested_labels(head: &Head) -> Result<LabelSet> {
    let seeded: LabelSet =
        head.meta.scheme.labels.iter().enumerate().filter(|(_, label)| !label.seeds.is_empty()).map(|(label, _)| label).collect();
    // Most schemes have no seeds, and then the head need not be looked at.
    if seeded.is_empty() { Ok(seeded) } else { Ok(seeded.intersection(head.unlearned()?)) }
}

/// Probabilities, row-major, words × labels, of words of a document by `head`, with its suggestions. `vectors` are
/// those of the words from the one numbered `first` on; `found` are the words of the document that terms of the head's
/// scheme find ([`crate::tokenization::Terms::find`]).
///
/// # Errors
/// When a computation fails.
pub fn probabilities(head: &Head, vectors: &[f32], first: usize, found: &[(usize, LabelSet)]) -> Result<Vec<f32>> {
    let mut rows = head.probabilities(vectors)?;
    if found.is_empty() {
        return Ok(rows);
    }
    let (labels, suggested) = (head.labels(), suggested_labels(head)?);
    let words = first..first + rows.len() / labels.max(1);
    let from = found.partition_point(|(word, _)| *word < words.start);
    for (word, set) in found[from..].iter().take_while(|(word, _)| words.contains(word)) {
        for label in set.intersection(suggested).iter() {
            rows[(word - first) * labels + label] = SUGGESTED.max(head.meta.thresholds[label]);
        }
    }
    Ok(rows)
}

/// As [`probabilities`], of vectors as they are kept.
///
/// # Errors
/// When a computation fails.
pub fn of_halves(head: &Head, vectors: &[f16], first: usize, found: &[(usize, LabelSet)]) -> Result<Vec<f32>> {
    by_stretches(vectors, head.inputs(), |at, wide| probabilities(head, wide, first + at, found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LabelScheme;
    use crate::head::HeadMeta;

    #[test]
    fn only_labels_that_are_not_learned_are_suggested_and_only_on_their_words() {
        let mut scheme = LabelScheme::from_names("s", &["a", "b", "c"]).unwrap();
        [0, 1].into_iter().for_each(|label| scheme.labels[label].seeds = vec!["x".into()]);
        let old = LabelScheme::from_names("s", &["a"]).unwrap();
        let meta = HeadMeta::fresh(old, "e");
        let mut head = Head::new(meta, 2, None, &[0.3], 1).unwrap().conformed(&scheme).unwrap();
        head.meta.thresholds[1] = 0.7;
        let vectors = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
        let plain = head.probabilities(&vectors).unwrap();
        let all: LabelSet = (0..3).collect();
        let found = [(3, all), (5, all), (6, all), (9, all)];
        let rows = probabilities(&head, &vectors, 4, &found).unwrap();
        let changed: Vec<(usize, f32)> = rows
            .iter()
            .zip(&plain)
            .enumerate()
            .filter(|(_, (now, before))| now != before)
            .map(|(at, (now, _))| (at, *now))
            .collect();
        assert_eq!(changed, [(4, 0.7), (7, 0.7)], "words 5 and 6, label b");
        assert_eq!(suggested_labels(&head).unwrap().iter().collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_long_note_has_its_suggestions_where_they_were_found() {
        let mut scheme = LabelScheme::from_names("s", &["a", "b"]).unwrap();
        scheme.labels[1].seeds = vec!["x".into()];
        let old = LabelScheme::from_names("s", &["a"]).unwrap();
        let head = Head::new(HeadMeta::fresh(old, "e"), 2, None, &[0.3], 1).unwrap().conformed(&scheme).unwrap();
        // More words than are made wide together, and not the first ones of their note.
        let (words, first) = (1000, 100);
        let wide: Vec<f32> = (0..words * 2).map(|at| (at % 64) as f32 / 32.0).collect();
        let places = [100, 355, 356, 700, 1099];
        let found = places.map(|word| (word, LabelSet::from_iter([1])));
        let rows = of_halves(&head, crate::encoder::vectors::Vectors::from(wide.clone()).halves(), first, &found).unwrap();
        assert_eq!(rows, probabilities(&head, &wide, first, &found).unwrap());
        let suggested = (0..words).filter(|word| rows[word * 2 + 1] >= 0.5).map(|word| word + first);
        assert_eq!(suggested.collect::<Vec<_>>(), places);
    }
}

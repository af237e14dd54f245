//! Two models on the same documents, all labels together and label by label.
//!
//! The bootstrap is that of [`super::bootstrap`]; each draw of documents serves every label. What a document counts is
//! held only for the labels that occur in it, so that a draw costs as little as there is to count.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::bootstrap::{Comparison, draw};
use super::counts::Counts;
use crate::domain::{LabelSet, Words};

/// The counts of the labels that one document has in gold or prediction, by label; `tn` is left at 0, as F1 asks for no
/// more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelCounts(Vec<(usize, Counts)>);

impl LabelCounts {
    /// Counts one document's alphanumeric words. `gold` and `predicted` hold a set a word.
    pub fn of_document(words: &Words, gold: &[LabelSet], predicted: &[LabelSet]) -> Self {
        let mut counts: Vec<(usize, Counts)> = Vec::new();
        let sets = words.iter().zip(gold).zip(predicted);
        for ((_, &gold), &predicted) in sets.filter(|((word, _), _)| word.alphanumeric) {
            let new = predicted.iter().filter(|&label| !gold.contains(label));
            for label in gold.iter().chain(new) {
                let at = counts.binary_search_by_key(&label, |(known, _)| *known).unwrap_or_else(|at| {
                    counts.insert(at, (label, Counts::default()));
                    at
                });
                counts[at].1.add_cell(gold.contains(label), predicted.contains(label));
            }
        }
        Self(counts)
    }

    /// The same counts under other indices: those that `map` gives the labels.
    #[must_use]
    pub fn renumbered(&self, map: &[usize]) -> Self {
        Self(self.0.iter().map(|&(label, counts)| (map[label], counts)).collect())
    }

    /// Label and counts of each label that occurs.
    pub fn iter(&self) -> impl Iterator<Item = (usize, Counts)> {
        self.0.iter().copied()
    }
}

/// What the draws say of B beside A.
#[derive(Clone, Debug, PartialEq)]
pub struct Paired {
    /// Of all labels together: the difference in micro-F1.
    pub all: Comparison,
    /// Of each label: the difference in its F1, and the two models' F1 themselves; `None` for a label that neither gold
    /// nor a model ever names.
    pub labels: Vec<Option<(Comparison, [f64; 2])>>,
}

/// Compares B to A on the same documents, which `a` and `b` hold in the same order, each with labels below `labels`.
/// `None` if there is no document or no draw.
pub fn compare_by_label(a: &[LabelCounts], b: &[LabelCounts], labels: usize, seed: u64, resamples: usize) -> Option<Paired> {
    let documents = a.len().min(b.len());
    if documents == 0 || resamples == 0 {
        return None;
    }
    let whole = Draw::of(0..documents, a, b, labels);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut all = Vec::with_capacity(resamples);
    let mut by_label: Vec<Vec<f64>> =
        whole.counts.iter().map(|pair| Vec::with_capacity(if occurs(pair) { resamples } else { 0 })).collect();
    for _ in 0..resamples {
        let drawn = Draw::of(draw(&mut random, documents), a, b, labels);
        all.push(drawn.difference());
        for (differences, (pair, _)) in
            by_label.iter_mut().zip(drawn.counts.iter().zip(&whole.counts)).filter(|(_, (_, whole))| occurs(whole))
        {
            differences.push(pair[1].f1() - pair[0].f1());
        }
    }
    let of_label = |(differences, pair): (Vec<f64>, &[Counts; 2])| {
        let f1 = pair.map(|counts| counts.f1());
        occurs(pair).then(|| (Comparison::of(differences, f1[1] - f1[0], documents), f1))
    };
    Some(Paired {
        all: Comparison::of(all, whole.difference(), documents),
        labels: by_label.into_iter().zip(&whole.counts).map(of_label).collect(),
    })
}

/// Whether gold or a model names the label anywhere.
fn occurs(pair: &[Counts; 2]) -> bool {
    pair.iter().any(|counts| counts.cells() > 0)
}

/// Some documents' counts added up, A's and B's of each label.
struct Draw {
    counts: Vec<[Counts; 2]>,
}

impl Draw {
    fn of(documents: impl Iterator<Item = usize>, a: &[LabelCounts], b: &[LabelCounts], labels: usize) -> Self {
        let mut counts = vec![[Counts::default(); 2]; labels];
        for document in documents {
            for (model, of) in [a, b].into_iter().enumerate() {
                of[document].iter().for_each(|(label, of)| counts[label][model] += of);
            }
        }
        Self { counts }
    }

    /// B's micro-F1 less A's.
    fn difference(&self) -> f64 {
        let f1 = |model: usize| self.counts.iter().map(|pair| pair[model]).sum::<Counts>().f1();
        f1(1) - f1(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::bootstrap::{Finding, compare};
    use super::*;
    use crate::tokenization::segment;

    fn set(bits: u16) -> LabelSet {
        (0..4).filter(|bit| bits >> bit & 1 == 1).collect()
    }

    /// Documents of four words, a set of four labels a word, as bits.
    fn counts(documents: &[[u16; 4]], gold: &[[u16; 4]]) -> Vec<LabelCounts> {
        let words = segment("a b c d");
        let of =
            |(predicted, gold): (&[u16; 4], &[u16; 4])| LabelCounts::of_document(&words, &gold.map(set), &predicted.map(set));
        documents.iter().zip(gold).map(of).collect()
    }

    #[test]
    fn a_label_that_got_better_is_found_beside_one_that_got_worse() {
        // Labels: 0 found by B alone, 1 found by A alone, 2 found by both, 3 never there.
        let gold = [[0b001, 0b010, 0b100, 0]; 12];
        let (a, b) = (counts(&[[0, 0b010, 0b100, 0]; 12], &gold), counts(&[[0b001, 0, 0b100, 0]; 12], &gold));
        let found = compare_by_label(&a, &b, 4, 3, 200).unwrap();
        let findings: Vec<_> = found.labels.iter().map(|label| label.map(|(comparison, _)| comparison.finding())).collect();
        assert_eq!(findings, [Some(Finding::Better), Some(Finding::Worse), Some(Finding::Unclear), None]);
        assert_eq!((found.labels[0].unwrap().1, found.all.finding()), ([0.0, 1.0], Finding::Unclear));
        assert_eq!(compare_by_label(&[], &[], 4, 3, 200), None);
    }

    #[test]
    fn counts_move_to_other_indices_whole() {
        let counts = &counts(&[[0b01, 0b10, 0, 0]], &[[0b11, 0, 0, 0]])[0];
        let moved: Vec<_> = counts.renumbered(&[3, 0, 1, 2]).iter().collect();
        assert_eq!(moved, [(3, Counts { tp: 1, ..Counts::default() }), (0, Counts { fp: 1, fn_: 1, ..Counts::default() })]);
    }

    proptest! {
        #[test]
        fn all_labels_together_are_what_the_plain_comparison_says(
            rows in prop::collection::vec(([0u16..16, 0..16, 0..16, 0..16], [0u16..16, 0..16, 0..16, 0..16], [0u16..16, 0..16, 0..16, 0..16]), 1..8),
            seed in any::<u64>(),
        ) {
            let gold: Vec<_> = rows.iter().map(|row| row.0).collect();
            let (a, b): (Vec<_>, Vec<_>) = rows.iter().map(|row| (row.1, row.2)).unzip();
            let (a, b) = (counts(&a, &gold), counts(&b, &gold));
            let found = compare_by_label(&a, &b, 4, seed, 60).unwrap();
            let sum = |of: &LabelCounts| of.iter().map(|(_, counts)| counts).sum::<Counts>();
            let groups: Vec<_> = a.iter().zip(&b).map(|(a, b)| (sum(a), sum(b))).collect();
            prop_assert_eq!(Some(found.all), compare(&groups, seed, 60));
            let swapped = compare_by_label(&b, &a, 4, seed, 60).unwrap();
            for (one, other) in found.labels.iter().zip(&swapped.labels) {
                let opposite = |finding| match finding {
                    Finding::Better => Finding::Worse,
                    Finding::Worse => Finding::Better,
                    Finding::Unclear => Finding::Unclear,
                };
                prop_assert_eq!(one.map(|it| it.0.finding()), other.map(|it| opposite(it.0.finding())));
            }
        }
    }
}

//! What the probabilities of one word say of it: how unsure its label *set* is.
//!
//! A word carries a set of labels, so the measures that were made for one class among several are taken over sets: with
//! p the probability that a cell is present, a set's probability is the product over its labels of p or 1 − p (the head
//! has one independent output a label). The *shown* set is the one that the thresholds give; the annotator corrects
//! that one.

/// How unsure one word is, by several measures; sums of words have the same form.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WordScore {
    /// 1 − probability of the shown set, from 0 to 1.
    pub least_confidence: f64,
    /// 1 − (probability of the most probable set − that of the second), from 0 to 1.
    pub margin: f64,
    /// Entropy of the set in bits, from 0 to the number of labels.
    pub entropy: f64,
    /// Expected number of cells that are shown wrong.
    pub edits: f64,
    /// |labels shown − mean number of labels of a decided word|.
    pub cardinality: f64,
    /// How unlike the sets of decided words the shown set is, from 0 to 1.
    pub inconsistency: f64,
    /// How much dropout draws disagree: mutual information of set and weights in bits; 0 without draws.
    pub disagreement: f64,
}

impl WordScore {
    /// The measures that need nothing but the probabilities of a word's labels and their thresholds; the others are 0.
    pub fn of(probabilities: &[f32], thresholds: &[f32]) -> Self {
        let (mut shown, mut best, mut tie) = (1.0, 1.0, 0.0_f64);
        let (mut entropy, mut edits) = (0.0, 0.0);
        for (&p, &threshold) in probabilities.iter().zip(thresholds) {
            let (wrong, p) = (shown_wrong(p, threshold), f64::from(p));
            shown *= 1.0 - wrong;
            edits += wrong;
            entropy += binary_entropy(p);
            let (likely, unlikely) = (p.max(1.0 - p), p.min(1.0 - p));
            best *= likely;
            // The second set differs from the first in the cell where that costs least.
            tie = tie.max(unlikely / likely);
        }
        Self { least_confidence: 1.0 - shown, margin: 1.0 - best * (1.0 - tie), entropy, edits, ..Self::default() }
    }

    /// The same, divided by a number of words: 0 for none.
    pub fn mean(self, words: u32) -> Self {
        let share = if words == 0 { 0.0 } else { 1.0 / f64::from(words) };
        Self {
            least_confidence: self.least_confidence * share,
            margin: self.margin * share,
            entropy: self.entropy * share,
            edits: self.edits * share,
            cardinality: self.cardinality * share,
            inconsistency: self.inconsistency * share,
            disagreement: self.disagreement * share,
        }
    }
}

impl std::ops::AddAssign for WordScore {
    fn add_assign(&mut self, other: Self) {
        self.least_confidence += other.least_confidence;
        self.margin += other.margin;
        self.entropy += other.entropy;
        self.edits += other.edits;
        self.cardinality += other.cardinality;
        self.inconsistency += other.inconsistency;
        self.disagreement += other.disagreement;
    }
}

/// The probability that what is shown of a cell is wrong: p where it is shown absent, else 1 − p.
pub fn shown_wrong(p: f32, threshold: f32) -> f64 {
    f64::from(if p >= threshold { 1.0 - p } else { p })
}

/// Entropy of a yes or no in bits: −p·log₂ p − (1−p)·log₂(1−p), 0 at the ends.
pub fn binary_entropy(p: f64) -> f64 {
    let part = |p: f64| if p > 0.0 { -p * p.log2() } else { 0.0 };
    part(p) + part(1.0 - p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_of_known_sets() {
        // probabilities, then least confidence, margin, entropy, expected edits at threshold 0.5
        let rows: [(&[f32], [f64; 4]); 5] = [
            (&[], [0.0, 0.0, 0.0, 0.0]),
            (&[0.0, 1.0], [0.0, 0.0, 0.0, 0.0]),
            (&[0.5], [0.5, 1.0, 1.0, 0.5]),
            (&[0.5, 0.5], [0.75, 1.0, 2.0, 1.0]),
            // sets: both 0.6, none 0, first alone 0.15, second alone 0.2: 0.8 · 0.75 = 0.6, next 0.8 · 0.25 = 0.2
            (&[0.8, 0.75], [0.4, 0.6, 0.721_928 + 0.811_278, 0.45]),
        ];
        for (probabilities, expected) in rows {
            let found = WordScore::of(probabilities, &vec![0.5; probabilities.len()]);
            let found = [found.least_confidence, found.margin, found.entropy, found.edits];
            let near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-5);
            assert!(near, "{probabilities:?}: {found:?}, not {expected:?}");
        }
    }

    #[test]
    fn the_set_that_the_thresholds_show_is_the_one_that_is_corrected() {
        let score = WordScore::of(&[0.3], &[0.2]);
        assert!((score.edits - 0.7).abs() < 1e-6 && (score.least_confidence - 0.7).abs() < 1e-6);
        assert!((score.margin - 0.6).abs() < 1e-6, "the most probable set doesn't depend on thresholds");
    }
}

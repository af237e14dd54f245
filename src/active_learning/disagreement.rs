//! How much thinned heads disagree on words, added up a draw at a time so that only two numbers a cell are held.

use super::score::binary_entropy;

/// Draws of one stretch of words.
#[derive(Clone, Debug)]
pub struct Disagreement {
    labels: usize,
    draws: u32,
    /// Of each cell: sum of its probabilities, sum of their entropies.
    sums: Vec<(f64, f64)>,
}

impl Disagreement {
    /// No draw yet, of so many words.
    pub fn new(words: usize, labels: usize) -> Self {
        Self { labels, draws: 0, sums: vec![(0.0, 0.0); words * labels] }
    }

    /// Adds the probabilities that one thinned head gives, row-major, words × labels.
    pub fn add(&mut self, probabilities: &[f32]) {
        self.draws += 1;
        for (sum, &p) in self.sums.iter_mut().zip(probabilities) {
            sum.0 += f64::from(p);
            sum.1 += binary_entropy(f64::from(p));
        }
    }

    /// One number a word: the mutual information of its set and the head's weights in bits, Σ H(mean p) − mean H(p)
    /// over its labels (Houlsby et al. 2011). All 0 without draws.
    pub fn words(&self) -> Vec<f32> {
        let count = f64::from(self.draws.max(1));
        // Rounding can make it a hair less than nothing.
        let cell = |&(p, entropy): &(f64, f64)| (binary_entropy(p / count) - entropy / count).max(0.0);
        self.sums.chunks(self.labels.max(1)).map(|cells| cells.iter().map(cell).sum::<f64>() as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_that_all_draws_agree_on_is_no_disagreement() {
        let mut draws = Disagreement::new(3, 1);
        assert_eq!(draws.words(), [0.0; 3]);
        draws.add(&[0.5, 0.0, 0.2]);
        draws.add(&[0.5, 1.0, 0.4]);
        let [noise, split, some] = draws.words()[..] else { panic!("one number a word") };
        assert_eq!((noise, split), (0.0, 1.0));
        assert!(some > 0.0 && some < 0.1, "{some}");
    }
}

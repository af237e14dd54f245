//! What a model version says of one document.

use super::label::LabelSet;

/// Probabilities of every cell of one document, from one model version.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// The model version that made them.
    pub version: u64,
    labels: usize,
    /// Row-major, words × labels; each in 0..=1, NaN for a word that has not been predicted yet.
    probabilities: Vec<f32>,
    /// Number of words that have been predicted.
    arrived: usize,
}

impl Predictions {
    /// Takes probabilities, row-major, `words × labels`. `labels` must not be zero and must divide the length.
    pub fn new(version: u64, labels: usize, probabilities: Vec<f32>) -> Self {
        assert!(labels > 0 && probabilities.len().is_multiple_of(labels), "one probability a cell");
        let arrived = probabilities.chunks_exact(labels).filter(|row| !row[0].is_nan()).count();
        Self { version, labels, probabilities, arrived }
    }

    /// Predictions of a document of `words` words of which none has arrived yet.
    pub fn awaited(version: u64, words: usize, labels: usize) -> Self {
        Self::new(version, labels, vec![f32::NAN; words * labels])
    }

    /// Number of words.
    pub fn words(&self) -> usize {
        self.probabilities.len() / self.labels
    }

    /// Number of labels.
    pub fn labels(&self) -> usize {
        self.labels
    }

    /// The probabilities of one word's labels; `None` while they have not arrived.
    pub fn word(&self, word: usize) -> Option<&[f32]> {
        let row = self.probabilities.get(word * self.labels..(word + 1) * self.labels)?;
        (!row[0].is_nan()).then_some(row)
    }

    /// Puts the rows of the words from `first` on in place.
    pub fn fill(&mut self, first: usize, rows: &[f32]) {
        let arrived = |cells: &[f32]| cells.chunks_exact(self.labels).filter(|row| !row[0].is_nan()).count();
        let place = &self.probabilities[first * self.labels..first * self.labels + rows.len()];
        self.arrived = self.arrived - arrived(place) + arrived(rows);
        self.probabilities[first * self.labels..first * self.labels + rows.len()].copy_from_slice(rows);
    }

    /// Number of words whose probabilities are there.
    pub fn arrived(&self) -> usize {
        self.arrived
    }

    /// Whether every word's probabilities are there.
    pub fn complete(&self) -> bool {
        self.arrived == self.words()
    }

    /// Labels of `word` whose probability reaches their threshold; empty while it has not arrived.
    pub fn predicted(&self, word: usize, thresholds: &[f32]) -> LabelSet {
        let row = self.word(word).unwrap_or(&[]);
        row.iter().zip(thresholds).enumerate().filter(|(_, (p, t))| p >= t).map(|(index, _)| index).collect()
    }

    /// The same of all words, in order.
    pub fn sets(&self, thresholds: &[f32]) -> Vec<LabelSet> {
        (0..self.words()).map(|word| self.predicted(word, thresholds)).collect()
    }
}

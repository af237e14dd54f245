//! Items to rank: documents or passages, each summed up in a few numbers.
//!
//! A [`Survey`] reads the probabilities (and vectors, where a strategy wants them) of one stretch of words at a time and
//! keeps sums and a mean vector, so that a corpus of 50,000 notes is ranked without holding the vectors of its words.
//! Decided words leave the pool: they add nothing to any sum, and of a word that is decided in part only the undecided
//! cells count.

use std::collections::HashMap;
use std::ops::Range;

use super::cost::{ACCEPTS, Cost, MOVES, TOGGLES};
use super::decided::DecidedWords;
use super::score::{WordScore, shown_wrong};
use super::strategy::cvirs::inconsistency;
use crate::domain::{Annotations, Cell, Decision, LabelSet, Predictions, Words};

/// A document or passage, summed up over its undecided alphanumeric words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// Number of undecided words whose predictions are there.
    pub words: u32,
    /// Their scores, added up.
    pub sums: WordScore,
    /// For each label, the sum over them of 1 − |2p − 1|: 1 where the label is as likely as not.
    pub doubts: Vec<f32>,
    /// The lowest and the highest probability of their undecided cells, whatever the label; `None` where there is none between 0
    /// and 1.
    pub span: Option<(f32, f32)>,
    /// Mean of their vectors; empty where none were given.
    pub centroid: Vec<f32>,
    /// What reviewing them is expected to cost.
    pub cost: Cost,
}

/// Vectors of a document's words, in whatever form they are kept.
pub trait VectorRows: std::fmt::Debug {
    /// Numbers of a word's vector in a document of so many words; 0 if there are none.
    fn width(&self, words: usize) -> usize;

    /// Adds a word's vector to `sum`, which is as wide.
    fn add_to(&self, word: usize, sum: &mut [f32]);
}

/// Row-major, words × width.
impl<T: AsRef<[f32]> + std::fmt::Debug> VectorRows for T {
    fn width(&self, words: usize) -> usize {
        self.as_ref().len() / words.max(1)
    }

    fn add_to(&self, word: usize, sum: &mut [f32]) {
        let vector = &self.as_ref()[word * sum.len()..(word + 1) * sum.len()];
        sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
    }
}

/// A stretch of words to sum up.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    /// The document's words.
    pub words: &'a Words,
    /// Which of them.
    pub range: &'a Range<usize>,
    /// Decisions on them.
    pub annotations: &'a Annotations,
    /// What the model says of the document.
    pub predictions: &'a Predictions,
    /// Vectors of the document's words; none if no strategy wants them.
    pub vectors: &'a dyn VectorRows,
    /// [`Disagreement::words`](super::Disagreement::words) of the document's words; empty if no strategy wants them.
    pub disagreement: &'a [f32],
}

/// Sums up stretches of words against what is decided.
#[derive(Debug)]
pub struct Survey<'a> {
    thresholds: &'a [f32],
    decided: &'a DecidedWords,
    cardinality: f64,
    /// What was found of a label set before: there are few of them and many words.
    inconsistencies: HashMap<LabelSet, f64>,
}

impl<'a> Survey<'a> {
    /// A survey under these thresholds, one a label.
    pub fn new(thresholds: &'a [f32], decided: &'a DecidedWords) -> Self {
        Self { thresholds, decided, cardinality: decided.cardinality(), inconsistencies: HashMap::new() }
    }

    /// Sums up a stretch.
    pub fn item(&mut self, stretch: &Stretch<'_>) -> Item {
        let labels = self.thresholds.len();
        let width = stretch.vectors.width(stretch.words.len());
        let mut item = Item { doubts: vec![0.0; labels], centroid: vec![0.0; width], ..Item::default() };
        let mut row = vec![0.0; labels];
        // The probability that each label is shown wrong on the alphanumeric word before.
        let mut before = vec![0.0; labels];
        for word in stretch.range.clone().filter(|&word| stretch.words[word].alphanumeric) {
            let undecided = match stretch.predictions.word(word) {
                Some(probabilities) => undecided_row(&mut row, probabilities, word, stretch.annotations),
                None => false,
            };
            if !undecided {
                before.fill(0.0);
                continue;
            }
            item.words += 1;
            let mut score = WordScore::of(&row, self.thresholds);
            let shown: LabelSet = (0..labels).filter(|&label| row[label] >= self.thresholds[label]).collect();
            score.cardinality = (shown.len() as f64 - self.cardinality).abs();
            let decided = self.decided;
            score.inconsistency = *self.inconsistencies.entry(shown).or_insert_with(|| inconsistency(shown, decided, labels));
            score.disagreement = f64::from(stretch.disagreement.get(word).copied().unwrap_or(0.0));
            // Decided cells stand at 0 and 1.
            for &p in row.iter().filter(|p| (f32::MIN_POSITIVE..1.0).contains(*p)) {
                item.span = item.span.map_or(Some((p, p)), |(low, high)| Some((p.min(low), p.max(high))));
            }
            for label in 0..labels {
                item.doubts[label] += 1.0 - (2.0 * row[label] - 1.0).abs();
                let wrong = shown_wrong(row[label], self.thresholds[label]);
                // Errors of neighbours go together: a run begins with the part that the word before didn't have.
                item.cost.corrections += (wrong - before[label]).max(0.0);
                before[label] = wrong;
            }
            stretch.vectors.add_to(word, &mut item.centroid);
            item.sums += score;
        }
        item.finish()
    }
}

impl Item {
    /// Makes a mean of the vectors' sum, and the cost of the scores' sums.
    fn finish(mut self) -> Self {
        let share = 1.0 / self.words.max(1) as f32;
        self.centroid.iter_mut().for_each(|value| *value *= share);
        let (edits, corrections) = (self.sums.edits, self.cost.corrections);
        // The first word of a run is where the cursor goes; each further one is a key to extend the selection.
        let extends = (edits - corrections).max(0.0);
        self.cost = Cost {
            words: f64::from(self.words),
            edits,
            corrections,
            keys: corrections * (MOVES + TOGGLES) + extends + ACCEPTS,
            doubts: self.sums.least_confidence,
        };
        self
    }

    /// Its scores as the mean of its words.
    pub fn mean(&self) -> WordScore {
        self.sums.mean(self.words)
    }
}

/// Puts a word's probabilities in `row`, decided cells as certain; whether a cell is undecided.
fn undecided_row(row: &mut [f32], probabilities: &[f32], word: usize, annotations: &Annotations) -> bool {
    row.copy_from_slice(probabilities);
    if annotations.count() == 0 && annotations.imported.is_none() {
        return true;
    }
    let mut undecided = false;
    for (label, p) in row.iter_mut().enumerate() {
        match annotations.decision(Cell::new(word, label)) {
            Decision::Unknown => undecided = true,
            decision => *p = f32::from(u8::from(decision == Decision::Present)),
        }
    }
    undecided
}

//! What to review next: how unsure the model is of words and documents, and the order of the queue.
//!
//! What stands here serves the screen: the uncertainty of words and documents as it is shown. Acquisition functions are
//! in [`strategy`]; what they rank are [`Item`]s, documents or [passages](passages()), each [summed up](Survey) so that
//! no vectors of words are held:
//!
//! ```text
//! probabilities, vectors, decisions ── Survey::item ──▶ Item ──▶ Pool ── rank(strategy, …) ──▶ [Ranked]
//! ```

pub mod cost;
pub mod decided;
pub mod disagreement;
pub mod item;
pub mod lot;
pub mod passage;
pub mod score;
pub mod strategy;
pub mod suspects;

pub use cost::{Cost, Per};
pub use decided::DecidedWords;
pub use disagreement::Disagreement;
pub use item::{Item, Stretch, Survey, VectorRows};
pub use passage::{PASSAGE, passages};
pub use strategy::{DEFAULT, NOTHING_LEARNED, Needs, Pool, Ranked, STRATEGIES, Strategy, by_name, order, rank};

use crate::domain::{Annotations, Cell, Decision, Predictions, Shown, Words};

/// A word of at least this uncertainty is worth a stop: at a threshold of 0.5, one of its labels has a probability
/// between 0.3 and 0.7.
pub const UNCERTAIN: f32 = 0.6;

/// How close a probability is to the threshold that decides it: 1 at the threshold, falling linearly to 0 at
/// probabilities 0 and 1.
///
/// With probability p and threshold t it is p / t below the threshold and (1 − p) / (1 − t) from it on. Unlike entropy
/// it peaks where the decision flips, wherever a label's threshold was tuned to. NaN (not predicted yet) counts as 0.
pub fn cell_uncertainty(p: f32, threshold: f32) -> f32 {
    let share = if p < threshold { p / threshold } else { (1.0 - p) / (1.0 - threshold) };
    if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
}

/// How unsure the model is of a word, from 0 to 1: that of its least certain label. `p` and `thresholds` hold one value
/// a label.
pub fn uncertainty(p: &[f32], thresholds: &[f32]) -> f32 {
    p.iter().zip(thresholds).map(|(&p, &threshold)| cell_uncertainty(p, threshold)).fold(0.0, f32::max)
}

/// How unsure the model is of a document, from 0 to 1: the mean over its alphanumeric words whose predictions are
/// there; 0 if there are none.
pub fn document_uncertainty(words: &Words, predictions: &Predictions, thresholds: &[f32]) -> f32 {
    let scored = words.iter().enumerate().filter(|(_, word)| word.alphanumeric);
    let rows = scored.filter_map(|(index, _)| predictions.word(index));
    let (sum, count) =
        rows.fold((0.0_f64, 0_u32), |(sum, count), row| (sum + f64::from(uncertainty(row, thresholds)), count + 1));
    if count == 0 { 0.0 } else { (sum / f64::from(count)) as f32 }
}

/// Which way to look for the next word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the end of the text.
    Forward,
    /// Towards its beginning.
    Backward,
}

/// Whether a word is alphanumeric and has an undecided label of uncertainty `least` or more.
pub fn is_uncertain(words: &Words, annotations: &Annotations, shown: &Shown<'_>, word: usize, least: f32) -> bool {
    let row = shown.predictions.and_then(|predictions| predictions.word(word)).unwrap_or(&[]);
    let cells = row.iter().zip(shown.thresholds).enumerate();
    words.get(word).is_some_and(|word| word.alphanumeric)
        && cells.filter(|(_, (p, threshold))| cell_uncertainty(**p, **threshold) >= least).any(|(label, _)| {
            // Looked up last: most words are sure, and a decision costs a search.
            annotations.decision(Cell::new(word, label)) == Decision::Unknown
        })
}

/// The next alphanumeric word from `from` (not `from` itself) in reading order, around the end of the text if need be,
/// with an undecided label of uncertainty `least` or more. `None` if there is none.
pub fn next_uncertain(
    words: &Words,
    annotations: &Annotations,
    shown: &Shown<'_>,
    from: usize,
    direction: Direction,
    least: f32,
) -> Option<usize> {
    let count = words.len();
    let unsure = |&word: &usize| is_uncertain(words, annotations, shown, word, least);
    let from = from.min(count);
    match direction {
        Direction::Forward => (from.saturating_add(1)..count).chain(0..from).find(unsure),
        Direction::Backward => (0..from).rev().chain((from.saturating_add(1)..count).rev()).find(unsure),
    }
}

#[cfg(test)]
mod tests;

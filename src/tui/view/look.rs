//! What there is to say of a word, whichever way the note is read: its labels, what its decisions amount to, and what the
//! model thinks of them.

use crate::active_learning::{UNCERTAIN, cell_uncertainty, is_uncertain};
use crate::domain::{Cell, Decision, LabelSet, WordState};
use crate::tui::state::OpenDocument;

/// What there is to say of a word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    /// The labels shown: all of the word's, or of these the one that is read alone.
    pub(super) labels: LabelSet,
    /// What the decisions on what is shown amount to.
    pub(super) state: WordState,
    /// Whether the model is unsure of a cell that nobody has decided.
    pub(super) unsure: bool,
    /// Whether a decision is not what the model predicts now.
    pub(super) disagrees: bool,
    /// Whether a decision is not durable yet.
    pub(super) pending: bool,
}

impl Look {
    /// Whether the same is to be said of both words. Whether it is durable yet does not count: lines are not to change
    /// when it becomes so.
    pub(super) fn says_as(&self, other: &Self) -> bool {
        Self { pending: other.pending, ..*self } == *other
    }
}

/// What there is to say of a word as the note is read.
pub(super) fn look(open: &OpenDocument, word: usize) -> Look {
    match open.reading.focus() {
        Some(label) => look_at(open, word, label),
        None => {
            let (known, predicted) = (open.annotations.word(word), open.shown().predicted(word));
            Look {
                labels: known.shown(open.thresholds.len(), predicted),
                state: known.state(predicted),
                unsure: is_uncertain(&open.words, &open.annotations, &open.shown(), word, UNCERTAIN),
                disagrees: open.differs(word, &known),
                pending: open.is_pending(&known),
            }
        }
    }
}

/// Whether the word is marked as one that the model is unsure of.
pub fn is_unsure(open: &OpenDocument, word: usize) -> bool {
    look(open, word).unsure
}

/// What there is to say of one label of a word.
fn look_at(open: &OpenDocument, word: usize, label: usize) -> Look {
    let cell = Cell::new(word, label);
    let (decision, decided) = (open.annotations.decision(cell), open.annotations.decided(cell));
    let predicted = open.shown().predicted(word).contains(label);
    let probability = open.shown().probability(word, label);
    let state = match decided {
        Some(decided) if decided.corrects() => WordState::Corrected,
        Some(_) => WordState::Accepted,
        None if decision != Decision::Unknown => WordState::Imported,
        None if predicted => WordState::Predicted,
        None => WordState::Undecided,
    };
    let threshold = open.thresholds.get(label).copied().unwrap_or(0.5);
    let unsure = |p: f32| decision == Decision::Unknown && cell_uncertainty(p, threshold) >= UNCERTAIN;
    Look {
        labels: open.labels(word).intersection([label].into_iter().collect()),
        state,
        unsure: open.words[word].alphanumeric && probability.is_some_and(unsure),
        disagrees: open.disagrees(word),
        pending: decided.is_some_and(|decided| open.pending.contains_key(&decided.edit)),
    }
}

/// The label whose colour a word takes: the one that is decided or else most probable.
pub(super) fn strongest(open: &OpenDocument, word: usize, labels: LabelSet) -> Option<usize> {
    let weight = |label: usize| match open.annotations.decision(Cell::new(word, label)) {
        Decision::Present => 2.0,
        _ => open.shown().probability(word, label).unwrap_or(0.0),
    };
    labels
        .iter()
        .fold(None, |best: Option<(usize, f32)>, label| match best {
            Some((_, heavier)) if heavier >= weight(label) => best,
            _ => Some((label, weight(label))),
        })
        .map(|(label, _)| label)
}

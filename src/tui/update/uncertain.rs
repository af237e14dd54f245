//! Jumping to the words that the model is unsure of.

use crate::domain::{Cell, Decision};
use crate::tui::state::{OpenDocument, State, Tone};
use crate::tui::update::movement;

/// A word counts as unsure from this uncertainty on, 0 (sure) to 1 (on the threshold).
const UNSURE: f32 = 0.6;

/// Goes to the next (or previous) undecided word that the model is unsure of, around the ends of the note.
pub(super) fn go(state: &mut State, forward: bool) {
    let Some(open) = &mut state.open else { return };
    let (count, from) = (open.words.len(), open.cursor);
    let distance = |step: usize| if forward { from + step } else { from + count - step };
    let found = (1..count).map(|step| distance(step) % count).find(|&word| uncertainty(open, word) >= UNSURE);
    match found {
        Some(word) => movement::jump(open, word, false),
        None if open.predictions.is_none() => state.say(Tone::Warning, "The model has not read this note yet."),
        None => state.say(Tone::Plain, "The model is sure of every other word in this note that is not decided."),
    }
}

/// How near the word's closest undecided probability is to its threshold: 0 (far, decided or not predicted) to 1 (on it).
fn uncertainty(open: &OpenDocument, word: usize) -> f32 {
    let row = open.predictions.as_ref().and_then(|predictions| predictions.word(word)).filter(|_| open.words[word].alphanumeric);
    let cells = row.unwrap_or_default().iter().zip(&*open.thresholds).enumerate();
    cells
        .filter(|(label, _)| open.annotations.decision(Cell::new(word, *label)) == Decision::Unknown)
        .map(|(_, (&p, &threshold))| if p >= threshold { (1.0 - p) / (1.0 - threshold).max(f32::EPSILON) } else { p / threshold })
        .fold(0.0, f32::max)
}

//! Jumping to the words that the model is unsure of.

use crate::active_learning::{Direction, UNCERTAIN, next_uncertain};
use crate::tui::state::{State, Tone};
use crate::tui::update::movement;

/// Goes to the next (or previous) undecided word that the model is unsure of, around the ends of the note.
pub(super) fn go(state: &mut State, direction: Direction) {
    let Some(open) = &mut state.open else { return };
    let found = next_uncertain(&open.words, &open.annotations, &open.shown(), open.cursor, direction, UNCERTAIN);
    match found {
        Some(word) => movement::jump(open, word, false),
        None if open.predictions.is_none() => state.say(Tone::Warning, "The model has not read this note yet."),
        None => state.say(Tone::Plain, "The model is sure of every other word in this note that is not decided."),
    }
}

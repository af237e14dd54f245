//! Jumping to the words that the model is unsure of.

use crate::tui::state::{State, Tone};
use crate::tui::update::movement;
use crate::tui::view;

/// Goes to the next (or previous) undecided word that the model is unsure of, around the ends of the note.
pub(super) fn go(state: &mut State, forward: bool) {
    let Some(open) = &mut state.open else { return };
    let (count, from) = (open.words.len(), open.cursor);
    let distance = |step: usize| if forward { from + step } else { from + count - step };
    let found = (1..count).map(|step| distance(step) % count).find(|&word| view::unsure(open, word));
    match found {
        Some(word) => movement::jump(open, word, false),
        None if open.predictions.is_none() => state.say(Tone::Warning, "The model has not read this note yet."),
        None => state.say(Tone::Plain, "The model is sure of every other word in this note that is not decided."),
    }
}

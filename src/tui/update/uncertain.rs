//! Jumping to the words that the model is unsure of.

use crate::active_learning::{Direction, UNCERTAIN, next_uncertain};
use crate::tui::keymap::Action;
use crate::tui::state::{OpenDocument, State, Tone};
use crate::tui::update::movement;
use crate::tui::view;

/// Goes to the next (or previous) undecided word that the model is unsure of, around the ends of the note.
pub(super) fn go(state: &mut State, direction: Direction) {
    let Some(open) = &mut state.open else { return };
    let found = match open.reading.focus() {
        None => next_uncertain(&open.words, &open.annotations, &open.shown(), open.cursor, direction, UNCERTAIN),
        Some(_) => next_shown(open, direction),
    };
    match found {
        Some(word) => movement::jump(open, word, false),
        None if open.blind => {
            let (undecided, blind) = (state.key(Action::NextUndecided), state.key(Action::Blind));
            let sentence = format!("Predictions are hidden: {undecided} goes to what is not decided, {blind} shows them again.");
            state.say(Tone::Plain, sentence);
        }
        None if open.predictions.is_none() => state.say(Tone::Warning, "The model has not read this note yet."),
        None => state.say(Tone::Plain, "The model is sure of every other word in this note that is not decided."),
    }
}

/// The next (or previous) word with a doubt about the label that is shown alone, around the ends of the note.
fn next_shown(open: &OpenDocument, direction: Direction) -> Option<usize> {
    let (count, cursor) = (open.words.len(), open.cursor);
    let mut others = (cursor + 1..count).chain(0..cursor.min(count));
    let unsure = |word: &usize| view::is_unsure(open, *word);
    match direction {
        Direction::Forward => others.find(unsure),
        Direction::Backward => others.rfind(unsure),
    }
}

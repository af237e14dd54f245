//! Blind labelling: predictions are hidden until a word is decided, so that decisions owe the model nothing.

use crate::tui::keymap::Action;
use crate::tui::state::{State, Tone};
use crate::tui::update::filter;

/// Hides the predictions, or shows them again.
pub(super) fn toggle(state: &mut State) {
    state.blind = !state.blind;
    if let Some(open) = &mut state.open {
        open.blind = state.blind;
    }
    // What the model predicts must not show in which notes there are either.
    filter::again(state);
    let key = state.key(Action::Blind);
    let sentence = if state.blind {
        format!("Predictions are hidden until a word is decided, and decisions are recorded so; {key} shows them again.")
    } else {
        "Predictions are shown again.".to_owned()
    };
    state.say(Tone::Plain, sentence);
}

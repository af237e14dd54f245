//! The label menu: a letter chooses a label, or a part of its name, which is the way to labels beyond the letters.

use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::{LabelUse, Mode, State, Tone};

/// The longest part of a name, in characters.
const LONGEST: usize = 60;

/// What an action means in the label menu; `None` where it means the same as in the note.
pub(super) fn act(state: &mut State, purpose: LabelUse, action: Action) -> Option<Vec<Effect>> {
    match (action, &mut state.naming) {
        (Action::Search, None) => state.naming = Some(String::new()),
        (Action::Erase, Some(typed)) => {
            typed.pop();
        }
        (Action::Choose, Some(_)) => return Some(choose(state, purpose)),
        (Action::Search | Action::Erase | Action::Choose, _) => {}
        _ => return None,
    }
    Some(Vec::new())
}

/// A character typed into the menu.
pub(super) fn typed(state: &mut State, purpose: LabelUse, c: char) -> Vec<Effect> {
    if let Some(typed) = &mut state.naming {
        if !c.is_control() && typed.chars().count() < LONGEST {
            typed.push(c);
        }
        return Vec::new();
    }
    let letter = state.scheme.labels.iter().position(|label| label.key == c);
    let keys = state.keymap.label_keys();
    let digit = || keys.iter().position(|key| key.typed() == Some(c)).filter(|&label| label < state.scheme.len());
    let label = letter.or_else(digit);
    state.mode = Mode::Note;
    if let Some(label) = label {
        return super::chosen(state, label, purpose);
    }
    state.say(Tone::Warning, format!("No label has the letter '{c}'; nothing was changed."));
    Vec::new()
}

/// The first of the labels that are shown is meant.
fn choose(state: &mut State, purpose: LabelUse) -> Vec<Effect> {
    let label = state.labels_named().first().copied();
    let typed = state.naming.take().unwrap_or_default();
    state.mode = Mode::Note;
    if let Some(label) = label {
        return super::chosen(state, label, purpose);
    }
    state.say(Tone::Warning, format!("No label has '{typed}' in its name; nothing was changed."));
    Vec::new()
}

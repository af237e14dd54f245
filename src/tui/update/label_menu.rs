//! The label menu: a letter chooses a label, or a part of its name, which is the way to labels beyond the letters.

use crate::tui::effect::Effect;
use crate::tui::keymap::{Action, Context, Key};
use crate::tui::state::{LabelUse, Mode, State, Tone};
use crate::tui::update::lists;

/// The longest part of a name, in characters.
const LONGEST: usize = 60;

/// What an action means in the label menu; `None` where it means the same as in the note.
pub(super) fn act(state: &mut State, purpose: LabelUse, action: Action) -> Option<Vec<Effect>> {
    match (action, &mut state.naming) {
        (Action::Search, None) => state.naming = Some(String::new()),
        (Action::Erase | Action::EraseAll, Some(typed)) => lists::erase(action, typed),
        (Action::Choose, Some(_)) => return Some(choose(state, purpose)),
        (Action::Choose, None) => {
            let name = state.keymap.key(Context::Labels, Action::Search).map(Key::name).unwrap_or_default();
            let sentence = format!("A label's letter or digit chooses it; {name} and a part of its name finds it.");
            state.say(Tone::Plain, sentence);
        }
        (Action::Search | Action::Erase | Action::EraseAll, _) => {}
        _ => return None,
    }
    Some(Vec::new())
}

/// A character typed into the menu.
pub(super) fn typed(state: &mut State, purpose: LabelUse, c: char) -> Vec<Effect> {
    if state.naming.is_some() {
        name(state, std::iter::once(c));
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

/// Characters of a label's name, typed or pasted.
pub(super) fn name(state: &mut State, chars: impl Iterator<Item = char>) {
    let typed = state.naming.get_or_insert_default();
    let room = LONGEST.saturating_sub(typed.chars().count());
    typed.extend(chars.filter(|c| !c.is_control()).take(room));
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

//! The list of all actions: found by what is typed, done with Enter if they work where the list was opened.

use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::message::Message;
use crate::tui::state::{Mode, Palette, State, Tone};
use crate::tui::update::lists;

/// The longest query, in characters.
const LONGEST: usize = 60;

/// Opens the list.
pub(super) fn open(state: &mut State) {
    let from = Box::new(state.mode.clone());
    state.mode = Mode::Palette(Palette { query: String::new(), cursor: 0, from });
}

/// Characters typed: the first row is the best one again.
pub(super) fn typed(state: &mut State, chars: impl Iterator<Item = char>) -> Vec<Effect> {
    if let Mode::Palette(palette) = &mut state.mode {
        let room = LONGEST.saturating_sub(palette.query.chars().count());
        palette.query.extend(chars.filter(|c| !c.is_control()).take(room));
        palette.cursor = 0;
    }
    Vec::new()
}

/// What an action means in the list.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let Mode::Palette(palette) = &mut state.mode else { return Vec::new() };
    match action {
        Action::Cancel => state.mode = Mode::clone(&palette.from),
        Action::Erase | Action::EraseAll => {
            lists::erase(action, &mut palette.query);
            palette.cursor = 0;
        }
        Action::Choose => return choose(state),
        _ => {
            if let Some(steps) = super::lists::steps(state, action) {
                move_in(state, steps);
            }
        }
    }
    Vec::new()
}

/// Moves the cursor.
pub(super) fn move_in(state: &mut State, steps: isize) {
    if let Mode::Palette(palette) = &mut state.mode {
        let last = palette.found(&state.keymap).len().saturating_sub(1);
        palette.cursor = palette.cursor.saturating_add_signed(steps).min(last);
    }
}

/// Does what the cursor stands on, as if its key had been pressed where the list was opened.
fn choose(state: &mut State) -> Vec<Effect> {
    let Mode::Palette(palette) = &state.mode else { return Vec::new() };
    let found = palette.found(&state.keymap);
    let Some(row) = found.get(palette.cursor) else { return Vec::new() };
    if !row.here {
        let sentence = format!("This works {}, not {}.", row.binding.places(), palette.from.context().place());
        state.say(Tone::Warning, sentence);
        return Vec::new();
    }
    let action = match row.binding.action {
        // Ten keys have one row: the menu asks which label is meant.
        Action::ToggleDigit => Action::LabelMenu,
        action => action,
    };
    state.mode = Mode::clone(&palette.from);
    super::take_in(state, Message::Act(action))
}

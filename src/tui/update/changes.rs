//! Walking the words that changed with the last version.

use crate::domain::LabelSet;
use crate::inference::protocol::Flip;
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::{Mode, State, Tone};
use crate::tui::update::documents;

/// Opens the list.
pub(super) fn list(state: &mut State) {
    if any(state) {
        state.mode = Mode::Changes;
        if let Some(flips) = &mut state.flips {
            flips.cursor.get_or_insert(0);
        }
    }
}

/// Goes to the next or previous changed word, around the ends of the list.
pub(super) fn step(state: &mut State, delta: isize) -> Vec<Effect> {
    if !any(state) {
        return Vec::new();
    }
    let Some(flips) = &mut state.flips else { return Vec::new() };
    let count = flips.list.len();
    let before_first = if delta > 0 { count - 1 } else { 0 };
    let at = (flips.cursor.unwrap_or(before_first) as isize + delta).rem_euclid(count as isize) as usize;
    flips.cursor = Some(at);
    let effects = go(state);
    let what = state.flips.as_ref().and_then(|flips| flips.list.get(at)).map(|flip| said(state, flip));
    state.say(Tone::Plain, format!("{} of {count}: {}", at + 1, what.unwrap_or_default()));
    effects
}

/// What has changed on a word.
fn said(state: &State, flip: &Flip) -> String {
    let labels = |set: LabelSet| {
        let names: Vec<&str> = set.iter().filter_map(|label| Some(&*state.scheme.labels.get(label)?.name)).collect();
        if names.is_empty() { "no label".to_owned() } else { names.join(" ") }
    };
    let word = if flip.text.is_empty() { format!("word {}", flip.word + 1) } else { format!("'{}'", flip.text) };
    format!("{word} {} → {}", labels(flip.before), labels(flip.after))
}

/// Goes to the word that the list's cursor stands on.
pub(super) fn go(state: &mut State) -> Vec<Effect> {
    let flip = state.flips.as_ref().and_then(|flips| flips.list.get(flips.cursor.unwrap_or(0)));
    let place = flip.map(|flip| (flip.document, flip.word));
    place.map(|(document, word)| documents::open(state, document, Some(word))).unwrap_or_default()
}

/// Whether there are changed words that may be seen; says so if not. What changed are predictions, of words that nobody
/// has decided.
fn any(state: &mut State) -> bool {
    if state.blind {
        let blind = state.key(Action::Blind);
        state.say(Tone::Plain, format!("Predictions are hidden, and so is which of them changed; {blind} shows them again."));
        return false;
    }
    let any = state.flips.as_ref().is_some_and(|flips| !flips.list.is_empty());
    if !any {
        state.say(Tone::Plain, "No word has changed: no other version has become active since chartmark was started.");
    }
    any
}

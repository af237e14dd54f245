//! Taking other labels: the list of schemes, the question about decisions that would be hidden, and the way back to a
//! screen that has them. The notes are opened again for it, once everything is saved.

use std::sync::Arc;

use crate::domain::LabelScheme;
use crate::store::{Hidden, Request};
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::work::{Quitting, Wanted};
use crate::tui::state::{Mode, Question, Saving, State, Tone};
use crate::tui::update::{quitting, training};

/// Opens the list.
pub(super) fn list(state: &mut State) {
    state.schemes.cursor = 0;
    state.mode = Mode::Schemes;
}

/// A scheme of the list is chosen: asks what it would hide.
pub(super) fn choose(state: &mut State) -> Vec<Effect> {
    let Some(scheme) = state.schemes.list.get(state.schemes.cursor).cloned() else { return Vec::new() };
    if state.schemes.cursor == 0 {
        state.say(Tone::Plain, format!("Those are the labels in use: {}.", scheme.name));
        return Vec::new();
    }
    if let Saving::Failed(why) = &state.saving {
        let sentence = format!("{why} The labels stay as they are until it is saved.");
        state.say(Tone::Warning, sentence);
        return Vec::new();
    }
    if state.work.quitting != Quitting::No || !training::may_switch(state, "then choose other labels") {
        return Vec::new();
    }
    state.work.wanted = Some(Wanted::Labels(scheme.clone()));
    vec![Effect::Store(Request::Hidden(scheme))]
}

/// The store has counted what the scheme would hide: goes on if that is nothing, else asks.
pub(super) fn counted(state: &mut State, scheme: &Arc<LabelScheme>, hidden: &Hidden) -> Vec<Effect> {
    if state.work.wanted.as_ref() != Some(&Wanted::Labels(scheme.clone())) || state.work.quitting != Quitting::No {
        return Vec::new();
    }
    // Whoever has gone elsewhere in the meantime is not carried away.
    if state.mode != Mode::Note || !training::may_switch(state, "then choose other labels") {
        state.work.wanted = None;
        return Vec::new();
    }
    if *hidden == Hidden::default() {
        return quitting::go(state);
    }
    let total: usize = hidden.0.iter().map(|(_, count)| count).sum();
    let decisions = match total {
        1 => "1 decision goes out of sight but stays in the project".to_owned(),
        total => format!("{total} decisions go out of sight but stay in the project"),
    };
    // Narrow screens have room for what matters most.
    let each: Vec<String> = hidden.0.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let sentence = format!("{decisions}. Go on? ({} lacks {})", scheme.name, each.join(", "));
    state.mode = Mode::Question(Question::HideDecisions { sentence });
    Vec::new()
}

/// The question is answered.
pub(super) fn answer(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Yes => {
            state.mode = Mode::Note;
            quitting::go(state)
        }
        Action::No | Action::Cancel => {
            state.mode = Mode::Note;
            state.work.wanted = None;
            Vec::new()
        }
        _ => Vec::new(),
    }
}

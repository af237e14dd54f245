//! Quitting, or opening again with other labels: only when everything is saved. Quitting also when the annotator says so
//! all the same.

use crate::inference::Command;
use crate::store::Request;
use crate::tui::effect::{Effect, Left, Reopening};
use crate::tui::keymap::Action;
use crate::tui::state::work::{Quitting, Wanted};
use crate::tui::state::{Mode, Question, Saving, State, Tone};

/// The annotator wants to quit.
pub(super) fn quit(state: &mut State) -> Vec<Effect> {
    // Whoever was about to take other labels quits instead.
    match state.work.wanted.take() {
        Some(_) if state.work.quitting != Quitting::No => Vec::new(),
        _ => go(state),
    }
}

/// Quits, or opens again if other labels are wanted, once everything is saved.
pub(super) fn go(state: &mut State) -> Vec<Effect> {
    match &state.saving {
        Saving::Opening | Saving::Gone => leave(),
        // A second time: the store does not answer.
        _ if state.work.quitting != Quitting::No => {
            let count = state.work.in_flight.len();
            ask(state, &format!("The project does not answer; {count} changes may not be saved."))
        }
        Saving::Failed(why) => {
            let why = why.clone();
            ask(state, &why)
        }
        Saving::Saved => close(state),
        Saving::Pending(count) => {
            let then = if state.work.wanted.is_some() { "opening with the other labels" } else { "quitting" };
            let sentence = format!("Saving {count} changes, then {then}.");
            state.work.quitting = Quitting::WhenSaved;
            state.say(Tone::Plain, sentence);
            Vec::new()
        }
    }
}

/// Asks whether to quit all the same; other labels are not worth the question.
fn ask(state: &mut State, why: &str) -> Vec<Effect> {
    if state.work.wanted.take().is_some() && state.work.quitting == Quitting::No {
        state.work.said = None;
        state.report(Tone::Error, format!("{why} The labels stay as they are."));
        return Vec::new();
    }
    state.mode = Mode::Question(Question::QuitUnsaved { sentence: format!("{why} Quit all the same?") });
    Vec::new()
}

/// The question is answered.
pub(super) fn answer(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Yes if state.work.quitting == Quitting::Closing => leave(),
        Action::Yes => close(state),
        Action::No | Action::Cancel => {
            state.mode = Mode::Note;
            // The store can't be told to stay open once it closes.
            if state.work.quitting == Quitting::WhenSaved {
                state.work.quitting = Quitting::No;
            }
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// The program was told to end: the store closes when it has done what it was asked before.
pub(super) fn terminate(state: &mut State) -> Vec<Effect> {
    state.work.wanted = None;
    match state.saving {
        Saving::Opening | Saving::Gone => leave(),
        _ if state.work.quitting == Quitting::Closing => Vec::new(),
        _ => close(state),
    }
}

/// Something was saved: perhaps that was all.
pub(super) fn saved(state: &mut State) -> Vec<Effect> {
    if state.work.quitting == Quitting::WhenSaved && state.work.in_flight.is_empty() { close(state) } else { Vec::new() }
}

/// Something was not saved: whoever is quitting must know.
pub(super) fn not_saved(state: &mut State) -> Vec<Effect> {
    if state.work.quitting != Quitting::WhenSaved {
        return Vec::new();
    }
    state.work.quitting = Quitting::No;
    let why = state.notice.as_ref().map(|notice| notice.text.clone()).unwrap_or_default();
    ask(state, &why)
}

/// The store has closed.
pub(super) fn closed(state: &mut State) -> Vec<Effect> {
    state.saving = Saving::Gone;
    let leave = match state.work.wanted.take() {
        Some(wanted) => {
            let scheme = match wanted {
                Wanted::Labels(scheme) => Some(scheme),
                Wanted::Recorded => None,
            };
            let left = Left {
                place: state.open.as_ref().map(|open| (open.document.id.clone(), open.cursor)),
                labels: matches!(state.mode, Mode::Relabel(_)).then_some(state.schemes.label),
                said: state.work.said.take(),
                blind: state.blind,
                order: Some(state.queue.wanted),
                automatic: state.automatic.when,
                filter: state.queue.filter.as_ref().map(|filter| filter.query.clone()).unwrap_or_default(),
                places: std::mem::take(&mut state.places),
                seen: std::mem::take(&mut state.seen),
            };
            Effect::Reopen(Reopening { scheme, left })
        }
        None => Effect::Quit,
    };
    vec![Effect::Worker(Command::Shutdown), leave]
}

fn close(state: &mut State) -> Vec<Effect> {
    state.work.quitting = Quitting::Closing;
    vec![Effect::Store(Request::Close)]
}

fn leave() -> Vec<Effect> {
    vec![Effect::Store(Request::Close), Effect::Worker(Command::Shutdown), Effect::Quit]
}

//! Training, cancelling it, and going from one version to another.

use std::sync::Arc;

use crate::domain::{TrainJob, TrainedHead};
use crate::inference::Command;
use crate::store::Request;
use crate::store::protocol::VersionEntry;
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::{Listing, Mode, Model, State, Tone, Training, Versions, version_name};
use crate::tui::update::{lists, ranking};

/// Begins a training from all decisions, imported ones included, if none is under way.
pub(super) fn train(state: &mut State) -> Vec<Effect> {
    let refusal = match (&state.training, &state.model) {
        (Some(_), _) => format!("A training is under way already; {} cancels it.", state.key(Action::CancelTraining)),
        (None, Model::Failed(_)) => "There is no model to train: it could not be loaded. Your decisions are safe.".to_owned(),
        _ if !state.saving.is_open() => "The project is not open, so there is nothing to learn from.".into(),
        _ => {
            state.training = Some(Training::Gathering);
            state.automatic.decided = 0;
            return vec![Effect::Store(Request::Decisions { base: state.version })];
        }
    };
    state.say(Tone::Warning, refusal);
    Vec::new()
}

/// Cancels the training. What it would have changed stays as it is.
pub(super) fn cancel(state: &mut State) -> Vec<Effect> {
    match state.training {
        Some(Training::Gathering) => {
            state.training = Some(Training::Cancelling);
            Vec::new()
        }
        Some(Training::Running { .. }) => {
            state.training = Some(Training::Cancelling);
            vec![Effect::Worker(Command::CancelTraining)]
        }
        Some(Training::Recording) => {
            state.say(
                Tone::Plain,
                format!("The training is over and being recorded; {} rolls back.", state.key(Action::RollBack)),
            );
            Vec::new()
        }
        Some(Training::Cancelling) => Vec::new(),
        None => {
            state.say(Tone::Plain, format!("No training is under way. {} quits.", state.key(Action::Quit)));
            Vec::new()
        }
    }
}

/// Activates the version that was active before.
pub(super) fn roll_back(state: &mut State) -> Vec<Effect> {
    if may_switch(state, "then roll back") { vec![Effect::Store(Request::Rollback)] } else { Vec::new() }
}

/// Opens the list of versions and asks for them.
pub(super) fn list(state: &mut State) -> Vec<Effect> {
    let opened = lists::open(state, Mode::Versions, "its versions can't be listed");
    opened.then_some(Effect::Store(Request::Versions)).into_iter().collect()
}

/// The versions have come: shows them, unless the annotator has gone elsewhere in the meantime.
pub(super) fn listed(state: &mut State, list: Vec<VersionEntry>) {
    if state.mode != Mode::Versions {
        return;
    }
    let cursor = list.iter().position(|entry| entry.active).unwrap_or(0);
    state.versions = Versions { list, cursor };
    state.listing = Listing::There;
}

/// Another version is in use from now on; `note` says why, for when its changed words are known.
pub(super) fn uses(state: &mut State, version: u64, head: Option<Arc<[u8]>>, note: String) -> Vec<Effect> {
    state.version = version;
    state.work.awaited_flips = Some((version, note));
    // What is decided is no change, whatever the version says of it.
    let told = ranking::tell_decided(state);
    told.into_iter().chain([Effect::Worker(Command::UseHead { version, head })]).collect()
}

/// Activates a version of the list.
pub(super) fn activate(state: &mut State, version: u64) -> Vec<Effect> {
    if version == state.version {
        state.say(Tone::Plain, format!("That is the one in use: {}.", version_name(version)));
        return Vec::new();
    }
    if may_switch(state, "then choose another version") { vec![Effect::Store(Request::Activate(version))] } else { Vec::new() }
}

/// Whether another version may become active now; says so if not. `then` is what to do after that.
pub(super) fn may_switch(state: &mut State, then: &str) -> bool {
    if state.training.is_some() {
        let cancel = state.key(Action::CancelTraining);
        state.say(Tone::Warning, format!("A training is under way; {cancel} cancels it, {then}."));
        return false;
    }
    if !state.saving.is_open() {
        state.say(Tone::Warning, "The project is not open, so the version in use can't be changed.");
        return false;
    }
    true
}

/// The store has gathered the decisions.
pub(super) fn gathered(state: &mut State, mut job: Box<TrainJob>) -> Vec<Effect> {
    match state.training {
        Some(Training::Gathering) if matches!(state.model, Model::Failed(_)) => {
            state.training = None;
            state.report(Tone::Warning, "There is no model to train any more; nothing has changed. Your decisions are safe.");
            Vec::new()
        }
        Some(Training::Gathering) if job.decisions.iter().all(|document| document.cells.is_empty()) => {
            state.training = None;
            state.report(Tone::Warning, "There is nothing to learn from yet: toggle a label or accept a word first.");
            Vec::new()
        }
        Some(Training::Gathering) => {
            // What was decided does not depend on the version, and another one may have become active in the meantime.
            job.base = state.version;
            let phase = if state.model == Model::Loading { "waiting for the model" } else { "starting" };
            state.training = Some(Training::Running { done: 0.0, phase, left: None, loss: None });
            let mut effects: Vec<Effect> = ranking::tell_decided(state).into_iter().collect();
            effects.push(Effect::Worker(Command::Train(job)));
            if !std::mem::replace(&mut state.work.gold_told, true) {
                // The notes' gold has come into the project with it.
                effects.push(Effect::Store(Request::Decided { from: 0 }));
            }
            effects
        }
        Some(Training::Cancelling) => {
            cancelled(state);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// The store has gathered nothing that this version has not learned from.
pub(super) fn nothing_new(state: &mut State, version: u64) {
    match state.training.take() {
        Some(Training::Gathering) => {
            let list = state.key(Action::Versions);
            let sentence = format!(
                "Nothing was decided since version {version} was trained, so there is nothing new to learn; {list} lists the versions."
            );
            state.report(Tone::Plain, sentence);
        }
        Some(Training::Cancelling) => cancelled(state),
        other => state.training = other,
    }
}

/// The training that was to be cancelled has ended.
fn cancelled(state: &mut State) {
    state.training = None;
    // Else what was decided meanwhile would begin at once what the annotator has just ended.
    state.automatic.decided = 0;
    state.report(Tone::Plain, "The training was cancelled; nothing has changed.");
}

/// The worker has no new head. It says so to every order to cancel, even when nothing was under way any more; what the
/// store is at is not concerned.
pub(super) fn not_trained(state: &mut State, why: String) {
    match state.training {
        Some(Training::Cancelling) => cancelled(state),
        Some(Training::Gathering | Training::Recording) => state.report(Tone::Warning, why),
        Some(Training::Running { .. }) | None => {
            state.training = None;
            state.report(Tone::Warning, why);
        }
    }
}

/// The worker has a new head: it is recorded, unless the training was cancelled in the meantime; then the worker's answer
/// to that is still to come.
pub(super) fn trained(state: &mut State, head: Box<TrainedHead>) -> Vec<Effect> {
    if state.training == Some(Training::Cancelling) {
        return Vec::new();
    }
    state.training = Some(Training::Recording);
    vec![Effect::Store(Request::AddVersion(head))]
}

//! Trainings that begin by themselves: after so many decisions, or once nobody has done anything for a while. For that the run
//! loop keeps one alarm, and only while there is something to learn; else nothing ticks.

use crate::domain::Edit;
use crate::tui::effect::Effect;
use crate::tui::state::work::Quitting;
use crate::tui::state::{Automatic, Automation, Model, State, Tone};
use crate::tui::update::training;

/// Chooses the next way.
pub(super) fn cycle(state: &mut State) {
    state.automatic.when = state.automatic.when.next(state.automatic.usual);
    let so_far = match state.automatic.decided {
        0 => String::new(),
        1 => "; 1 word so far".to_owned(),
        words => format!("; {words} words so far"),
    };
    let sentence = match state.automatic.when {
        Automatic::Off => "Trainings begin by hand alone.".to_owned(),
        Automatic::After(words) => format!("A training begins after decisions on {words} words{so_far}."),
        Automatic::Idle => {
            let idle = state.automatic.idle().as_secs();
            format!("A training begins {idle} s after you last did something, if you decided anything{so_far}.")
        }
    };
    state.say(Tone::Plain, sentence);
}

/// Counts the words on which an edit decides something.
pub(super) fn count(automatic: &mut Automation, edit: &Edit) {
    let mut words: Vec<u32> =
        edit.changes.iter().filter(|change| change.after.is_some()).map(|change| change.cell.word).collect();
    words.sort_unstable();
    words.dedup();
    automatic.decided += words.len();
}

/// Begins a training after enough decisions, and sets the alarm anew, or takes it back, where that has to be; `by_hand`:
/// somebody has just done something.
pub(super) fn settle(state: &mut State, by_hand: bool) -> Vec<Effect> {
    let enough = matches!(state.automatic.when, Automatic::After(words) if state.automatic.decided >= words);
    let mut effects = if enough && possible(state) { training::train(state) } else { Vec::new() };
    let wanted = state.automatic.when == Automatic::Idle && state.automatic.decided > 0 && possible(state);
    if wanted && (by_hand || !state.automatic.armed) {
        effects.push(Effect::Alarm(Some(state.automatic.idle())));
    } else if !wanted && state.automatic.armed {
        effects.push(Effect::Alarm(None));
    }
    state.automatic.armed = wanted;
    effects
}

/// Nobody has done anything for a while.
pub(super) fn rested(state: &mut State) -> Vec<Effect> {
    // It rings once.
    let armed = std::mem::take(&mut state.automatic.armed);
    let wanted = state.automatic.when == Automatic::Idle && state.automatic.decided > 0;
    if armed && wanted && possible(state) { training::train(state) } else { Vec::new() }
}

/// Whether a training could begin now; nobody is told if not.
fn possible(state: &State) -> bool {
    state.training.is_none()
        && matches!(state.model, Model::Ready { .. })
        && state.saving.is_open()
        && state.work.quitting == Quitting::No
}

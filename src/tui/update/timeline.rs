//! The list of everything that was done: opened at once, read in pages, and a way to each of its points.

use crate::store::protocol::{InUse, Jumped};
use crate::store::timeline::{Page, Part};
use crate::store::{Leap, Request};
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::{Listing, Mode, Saving, State, Timeline, Tone, version_name};
use crate::tui::update::worker::capital;
use crate::tui::update::{filter, lists, quitting, ranking, training};

/// Opens the list; it is read from the step on at which the story stands.
pub(super) fn list(state: &mut State) -> Vec<Effect> {
    if lists::open(state, Mode::Timeline, "what was done can't be listed") {
        // A page that is on its way is of another time.
        state.timeline = Timeline { wanted: Some(Part::Here), ..Timeline::default() };
    }
    Vec::new()
}

/// Has more of the list read where the cursor comes near its end.
pub(super) fn follow(state: &mut State) -> Option<Effect> {
    if state.mode != Mode::Timeline || state.saving == Saving::Gone || state.listing == Listing::Failed {
        return None;
    }
    state.timeline.ask().map(|part| Effect::Store(Request::Timeline(part)))
}

/// Something was recorded that nobody did in the list: it is read again, and the cursor stays on its step.
pub(super) fn renew(state: &mut State) {
    if state.mode == Mode::Timeline {
        state.timeline.wanted = Some(Part::Here);
    }
}

/// The store has read a part of the list.
pub(super) fn listed(state: &mut State, page: Page) {
    if state.mode == Mode::Timeline {
        state.timeline.take(page);
        state.listing = Listing::There;
    }
}

/// The store could not read it.
pub(super) fn failed(state: &mut State) {
    state.timeline.awaited = None;
    if state.mode == Mode::Timeline {
        state.listing = Listing::Failed;
    }
}

/// Goes to the point that the cursor stands on: everything after it is taken back, what leads to it is made again. Where
/// that cannot be, the list stays open and it is said why.
pub(super) fn jump(state: &mut State) -> Vec<Effect> {
    let Some(to) = state.timeline.current().map(|step| step.event) else { return Vec::new() };
    if to == state.timeline.point {
        state.say(Tone::Plain, "That is the point where everything stands.");
        return Vec::new();
    }
    if !training::may_switch(state, "then choose the point again") {
        return Vec::new();
    }
    if let Saving::Failed(why) = &state.saving {
        let sentence = format!("{why} Go back or forward once it is saved.");
        state.say(Tone::Warning, sentence);
        return Vec::new();
    }
    if state.opening.is_some() || state.work.resync {
        state.say(Tone::Warning, "A note is still being read; choose the point again once it is there. Nothing was changed.");
        return Vec::new();
    }
    state.mode = Mode::Note;
    state.work.stay();
    state.say(Tone::Plain, "Going to that point …");
    let mut effects = vec![Effect::Store(Request::Jump(to))];
    if let Some(open) = &state.open {
        // What is typed meanwhile is meant for the note as it will be.
        state.work.resync = true;
        effects.push(Effect::Store(Request::Open { document: open.index }));
    }
    effects
}

/// The store has gone there.
pub(super) fn jumped(state: &mut State, jumped: Jumped) -> Vec<Effect> {
    let Jumped { leap, queue, version } = jumped;
    // Whose word stands where is another matter now.
    state.queue.annotators = None;
    filter::take_entries(state, queue);
    let key = state.key(Action::Timeline);
    let said = format!("{}; {key} leads further back and forward.", sentence(&leap, version.as_ref().map(|used| used.version)));
    state.report(Tone::Plain, said.clone());
    let mut effects = Vec::new();
    if let Some(InUse { version, head }) = version {
        effects.extend(training::uses(state, version, head, "by a jump to another point".to_owned()));
    }
    effects.push(Effect::Store(Request::Decided { from: 0 }));
    effects.extend(ranking::ask(state));
    if leap.labels {
        effects.extend(quitting::open_again(state, said));
    }
    effects
}

/// What has changed, in words.
fn sentence(leap: &Leap, version: Option<u64>) -> String {
    let steps = |count: usize| if count == 1 { "1 step".to_owned() } else { format!("{count} steps") };
    let what = match (leap.taken, leap.made) {
        (0, 0) => "Nothing had to be changed".to_owned(),
        (taken, 0) => format!("{} taken back", steps(taken)),
        (0, made) => format!("{} made again", steps(made)),
        (taken, made) => format!("{} taken back, {made} made again", steps(taken)),
    };
    let place = match leap.documents {
        0 => String::new(),
        1 => " in 1 note".to_owned(),
        notes => format!(" in {notes} notes"),
    };
    let version = version.map(|version| format!("; {} is active", version_name(version))).unwrap_or_default();
    capital(&format!("{what}{place}{version}"))
}

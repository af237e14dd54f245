//! Quitting, or opening again with other labels: only when everything is saved. Quitting also when the annotator says so
//! all the same.

use crate::domain::{DocumentId, visible};
use crate::inference::Command;
use crate::store::{Asked, Reply, Request};
use crate::tui::effect::{Effect, Left, Reopening};
use crate::tui::keymap::Action;
use crate::tui::state::work::{Quitting, Wanted};
use crate::tui::state::{Mode, Opening, Question, Saving, State, Tone};

/// The annotator wants to quit.
pub(super) fn quit(state: &mut State) -> Vec<Effect> {
    // Whoever was about to take other labels quits instead.
    match state.work.wanted.take() {
        Some(wanted) if state.work.quitting != Quitting::No => {
            if wanted == Wanted::Recorded {
                state.work.owed = Some(state.work.said.take().unwrap_or_default());
            }
            Vec::new()
        }
        _ => go(state),
    }
}

/// The project has other labels than the screen: it is opened again with them, once everything is saved. Whoever quits
/// finds them the next time, or as soon as quitting is called off.
pub(super) fn open_again(state: &mut State, said: String) -> Vec<Effect> {
    if state.work.quitting != Quitting::No {
        state.work.owed = Some(said);
        return Vec::new();
    }
    state.work.wanted = Some(Wanted::Recorded);
    state.work.said = Some(said);
    go(state)
}

/// Notes what the store is to do beside recording edits: it may fail, and nobody leaves without having heard of it.
pub(super) fn asked(state: &mut State, effects: &[Effect]) {
    let does = |effect: &&Effect| {
        matches!(
            effect,
            Effect::Store(
                Request::Relabel(_)
                    | Request::UndoRelabel
                    | Request::Jump(_)
                    | Request::AddVersion(_)
                    | Request::Activate(_)
                    | Request::Rollback
                    | Request::Export
            )
        )
    };
    state.work.awaited += effects.iter().filter(does).count();
}

/// Whether the store has done, or failed to do, something that it was [`asked`] for.
pub(super) fn answers(reply: &Reply) -> bool {
    use Asked::{AddVersion, Export, Jump, Relabel, Switch};
    match reply {
        Reply::Relabelled { .. } | Reply::Jumped(_) | Reply::Active { .. } | Reply::KeptAside { .. } | Reply::Exported { .. } => {
            true
        }
        Reply::Failed { asked, .. } => matches!(asked, Relabel | Jump | AddVersion | Switch | Export),
        _ => false,
    }
}

/// Quits, or opens again if other labels are wanted, once everything is saved.
pub(super) fn go(state: &mut State) -> Vec<Effect> {
    match &state.saving {
        Saving::Opening | Saving::Gone => leave(),
        // A second time: the store does not answer.
        _ if state.work.quitting != Quitting::No => {
            let count = state.work.in_flight.len() + state.work.awaited;
            ask(state, &format!("The project does not answer; {count} changes may not be saved."))
        }
        // What was not saved is told and taken back already; the labels are recorded.
        Saving::Failed(why) if state.work.wanted == Some(Wanted::Recorded) => {
            state.work.said = state.work.said.take().map(|said| format!("{why} {said}"));
            close(state)
        }
        Saving::Failed(why) => {
            let why = why.clone();
            ask(state, &why)
        }
        Saving::Saved | Saving::Pending(_) => {
            let count = state.work.in_flight.len() + state.work.awaited;
            if count == 0 {
                return close(state);
            }
            let then = if state.work.wanted.is_some() { "opening with the other labels" } else { "quitting" };
            let changes = if count == 1 { "1 change".to_owned() } else { format!("{count} changes") };
            state.work.quitting = Quitting::WhenSaved;
            state.say(Tone::Plain, format!("Saving {changes}, then {then}."));
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
            let owed = if state.work.quitting == Quitting::No { state.work.owed.take() } else { None };
            owed.map(|said| open_again(state, said)).unwrap_or_default()
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
    let all = state.work.in_flight.is_empty() && state.work.awaited == 0;
    if state.work.quitting == Quitting::WhenSaved && all { close(state) } else { Vec::new() }
}

/// Something was not saved: whoever is quitting must know.
pub(super) fn not_saved(state: &mut State) -> Vec<Effect> {
    if state.work.quitting != Quitting::WhenSaved {
        return Vec::new();
    }
    state.work.quitting = Quitting::No;
    if state.work.wanted == Some(Wanted::Recorded) {
        return go(state);
    }
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
                place: place(state).and_then(|(document, word)| Some((id(state, document)?, word))),
                labels: matches!(state.mode, Mode::Relabel(_)).then_some(state.schemes.label),
                said: state.work.said.take(),
                blind: state.blind,
                order: Some(state.queue.wanted),
                automatic: Some(state.automatic.when),
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
    // Whoever has only opened the notes has been nowhere yet.
    let somewhere = |(document, word): &(usize, usize)| *word > 0 || state.untouched() != Some(*document);
    let place = place(state).filter(somewhere).map(|(document, word)| Request::Place { document, word });
    place.into_iter().chain([Request::Close]).map(Effect::Store).collect()
}

/// Where the annotator is: document and word. One that has been asked for counts, though it is not on the screen yet.
fn place(state: &State) -> Option<(usize, usize)> {
    let Some(Opening { document, word }) = state.opening else {
        return state.open.as_ref().map(|open| (open.index, open.cursor));
    };
    let before = || state.places.get(&id(state, document)?).copied();
    Some((document, word.or_else(before).unwrap_or(0)))
}

/// The id of a document: as it was read where it was on the screen, else as it is shown.
fn id(state: &State, document: usize) -> Option<DocumentId> {
    let name = state.queue.rows.get(document)?.name.as_str();
    let open = state.open.as_ref().filter(|open| open.index == document).map(|open| &open.document.id);
    let known = open.or_else(|| state.places.keys().find(|id| visible(id.as_str()) == name));
    Some(known.cloned().unwrap_or_else(|| name.into()))
}

fn leave() -> Vec<Effect> {
    vec![Effect::Store(Request::Close), Effect::Worker(Command::Shutdown), Effect::Quit]
}

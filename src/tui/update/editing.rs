//! Decisions: toggling, accepting, clearing, undo and redo. Each applies at once and is on its way to the disk.

use std::sync::Arc;

use crate::domain::{Cell, Decision, Edit, EditId, Scope, WordState};
use crate::store::Request;
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::work::{InFlight, Quitting};
use crate::tui::state::{Model, OpenDocument, Saving, State, Tone};
use crate::tui::update::{dispositions, movement, suspects};

/// Said where a note has nothing that could be accepted.
const NO_WORDS: &str = "This note has no words, so there is nothing to accept.";

/// Toggles a label on the word or the selection.
pub(super) fn toggle(state: &mut State, label: usize) -> Vec<Effect> {
    let labels = state.scheme.len();
    if label >= labels {
        state.say(Tone::Warning, format!("There are only {labels} labels; nothing was changed."));
        return Vec::new();
    }
    perform(state, |open, id| open.annotations.toggle(id, open.targets(), label, &open.shown()))
}

/// Accepts the word or the selection as shown and goes on behind it, once the model has read what is undecided there.
pub(super) fn accept(state: &mut State) -> Vec<Effect> {
    let Some(open) = &state.open else { return Vec::new() };
    let targets = open.targets();
    let refusal = if targets.is_empty() {
        NO_WORDS
    } else if unread(state, open, &targets) {
        "The model has not read this yet, so there is nothing to accept; nothing was changed."
    } else {
        return accept_targets(state);
    };
    state.say(Tone::Warning, refusal);
    Vec::new()
}

fn accept_targets(state: &mut State) -> Vec<Effect> {
    // Where the list of suspects led to, to accept is to decide them again as they are.
    let kept = suspects::kept_by_accepting(state);
    let effects = perform(state, |open, id| {
        let scope = if open.anchor.is_some() { Scope::Selection } else { Scope::Word };
        let mut edit = open.annotations.accept(id, open.targets(), scope, &open.shown());
        edit.changes.extend(open.annotations.confirm(id, kept.iter().map(|(cell, _)| *cell), &open.shown()).changes);
        edit
    });
    if !effects.is_empty() {
        suspects::keep(state, kept);
    }
    if let Some(open) = state.open.as_mut().filter(|_| !matches!(state.saving, Saving::Gone)) {
        let last = open.selection().map_or(0, |selection| *selection.end());
        let next = movement::next(open, last);
        movement::jump(open, next.unwrap_or(last), false);
        if next.is_none() {
            state.say(Tone::Plain, "This was the last word of the note.");
        }
    }
    effects
}

/// Accepts everything in the document that is undecided, once the model has read all of it.
pub(super) fn accept_document(state: &mut State) -> Vec<Effect> {
    let Some(open) = &state.open else { return Vec::new() };
    let all: Vec<usize> = (0..open.words.len()).filter(|&word| open.words[word].alphanumeric).collect();
    if all.is_empty() {
        state.say(Tone::Plain, NO_WORDS);
        return Vec::new();
    }
    if unread(state, open, &all) {
        state
            .say(Tone::Warning, "The model has not read the whole note yet, so there is nothing to accept; nothing was changed.");
        return Vec::new();
    }
    let undecided = |word: usize| matches!(open.word_state(word), WordState::Undecided | WordState::Predicted);
    let (words, count) = (all.len(), all.iter().filter(|&&word| undecided(word)).count());
    if !records(state) {
        return Vec::new();
    }
    let effects = perform(state, |open, id| open.annotations.accept(id, all, Scope::Document, &open.shown()));
    let sentence = if effects.is_empty() {
        "Everything in this note is decided already.".to_owned()
    } else {
        let undo = state.key(Action::Undo);
        format!("Accepted the rest: {count} of {words} words were undecided. {undo} takes it back.")
    };
    state.say(Tone::Plain, sentence);
    effects
}

/// Whether the model has still to speak on one of these words that is not wholly decided: accepting it then would
/// decide that it has no label, though nobody says so. Without a model, what is shown is the annotator's own.
fn unread(state: &State, open: &OpenDocument, words: &[usize]) -> bool {
    let spoken = |word: usize| open.predictions.as_ref().is_some_and(|predictions| predictions.word(word).is_some());
    let undecided =
        |word: usize| (0..state.scheme.len()).any(|label| open.annotations.decision(Cell::new(word, label)) == Decision::Unknown);
    !matches!(state.model, Model::Failed(_)) && words.iter().any(|&word| !spoken(word) && undecided(word))
}

/// Takes back the human decisions on the word or the selection.
pub(super) fn clear(state: &mut State) -> Vec<Effect> {
    if state.open.is_none() || !records(state) {
        return Vec::new();
    }
    let effects = perform(state, |open, id| open.annotations.clear(id, open.targets()));
    if effects.is_empty() {
        state.say(Tone::Plain, "There is no decision of yours here.");
    }
    effects
}

/// Takes the last edit back.
pub(super) fn undo(state: &mut State) -> Vec<Effect> {
    again(
        state,
        "There is nothing left to undo in this note.",
        |open| {
            let edit = open.history.undo(&mut open.annotations)?;
            Some(Touched::by(edit))
        },
        |document, edit| Request::Undo { document, edit },
    )
}

/// Does the last undone edit again.
pub(super) fn redo(state: &mut State) -> Vec<Effect> {
    again(
        state,
        "There is nothing to redo in this note.",
        |open| {
            let edit = open.history.redo(&mut open.annotations)?;
            Some(Touched::by(edit))
        },
        |document, edit| Request::Redo { document, edit },
    )
}

/// Whether edits can be recorded; says so if not.
pub(super) fn records(state: &mut State) -> bool {
    match &state.saving {
        Saving::Gone => {
            state.say(
                Tone::Error,
                "Nothing can be saved any more, so nothing was changed. Quit and start chartmark again; what was saved is safe.",
            );
            false
        }
        Saving::Opening => false,
        _ if state.work.quitting == Quitting::Closing => {
            state.say(Tone::Warning, "The project is being closed, so nothing was changed.");
            false
        }
        _ => true,
    }
}

/// Makes an edit, applies it and sends it to the store. An edit without changes is none.
pub(super) fn perform(state: &mut State, edit: impl FnOnce(&OpenDocument, EditId) -> Edit) -> Vec<Effect> {
    if state.open.is_none() || !records(state) {
        return Vec::new();
    }
    let id = state.work.next_edit();
    let Some(open) = &mut state.open else { return Vec::new() };
    let edit = edit(open, id);
    if edit.is_empty() {
        return Vec::new();
    }
    open.history.perform(&mut open.annotations, edit.clone());
    let (document, decides) = (open.index, !edit.changes.is_empty());
    sent(state, document, id, decides);
    vec![Effect::Store(Request::Edit { document, edit: Arc::new(edit) })]
}

/// What an edit that is undone or redone has touched.
struct Touched {
    edit: EditId,
    words: Option<std::ops::Range<usize>>,
    /// Whether it changed what is said of the document.
    disposition: bool,
    /// Whether it changed decisions.
    decides: bool,
}

impl Touched {
    fn by(edit: &Edit) -> Self {
        let (disposition, decides) = (edit.disposition.is_some(), !edit.changes.is_empty());
        Self { edit: edit.id, words: edit.words(), disposition, decides }
    }
}

/// Undoes or redoes: the cursor goes to where something changed, unless it is there.
fn again(
    state: &mut State,
    nothing: &str,
    step: impl FnOnce(&mut OpenDocument) -> Option<Touched>,
    request: impl FnOnce(usize, EditId) -> Request,
) -> Vec<Effect> {
    if state.open.is_none() || !records(state) {
        return Vec::new();
    }
    let Some(open) = &mut state.open else { return Vec::new() };
    let document = open.index;
    let Some(Touched { edit, words, disposition, decides }) = step(open) else {
        state.say(Tone::Plain, nothing);
        return Vec::new();
    };
    if let Some(words) = words.filter(|words| !words.contains(&open.cursor)) {
        movement::jump(open, words.start, false);
    }
    let said = disposition.then_some(open.annotations.disposition);
    if let Some(said) = said {
        state.say(Tone::Plain, dispositions::now(said));
    }
    sent(state, document, edit, decides);
    vec![Effect::Store(request(document, edit))]
}

/// Notes that the store has something to record, and the worker something to be told if it `decides` cells.
fn sent(state: &mut State, document: usize, edit: EditId, decides: bool) {
    if let Some(open) = &mut state.open {
        *open.pending.entry(edit).or_default() += 1;
    }
    if decides {
        state.work.untold.insert(document);
    }
    flies(state, InFlight { document, edit });
}

/// Notes that the store has a change to answer.
fn flies(state: &mut State, change: InFlight) {
    state.work.in_flight.push_back(change);
    state.saving = Saving::Pending(state.work.in_flight.len());
}

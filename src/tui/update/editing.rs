//! Decisions: toggling, accepting, clearing, undo and redo. Each applies at once and is on its way to the disk.

use std::sync::Arc;

use crate::active_learning::{UNCERTAIN, is_uncertain};
use crate::domain::{Edit, EditId, LabelScheme, Scope};
use crate::store::Request;
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::message::Message;
use crate::tui::state::work::{InFlight, LastChange, LastStep, Quitting};
use crate::tui::state::{Model, OpenDocument, Saving, State, Tone};
use crate::tui::update::undone::what;
use crate::tui::update::{automatic, dispositions, documents, movement, suspects};

/// Said where a note has nothing that could be accepted.
const NO_WORDS: &str = "This note has no words, so there is nothing to accept.";

/// Toggles a label on the word or the selection.
pub(super) fn toggle(state: &mut State, label: usize) -> Vec<Effect> {
    let labels = state.scheme.len();
    if label >= labels {
        state.say(Tone::Warning, format!("There are only {labels} labels; nothing was changed."));
        return Vec::new();
    }
    let mut present = true;
    let effects = perform(state, |open, id| {
        let edit = open.annotations.toggle(id, open.targets(), label, &open.shown());
        present = edit.changes.iter().any(|change| change.after.as_ref().is_some_and(|after| after.present));
        edit
    });
    remember(state, LastChange::Set { label, present }, effects)
}

/// Gives the word or the selection a label in place of all others.
pub(super) fn only(state: &mut State, label: usize) -> Vec<Effect> {
    let Some(name) = state.scheme.labels.get(label).map(|label| label.name.clone()) else { return Vec::new() };
    if state.open.is_none() || !records(state) {
        return Vec::new();
    }
    let labels = state.scheme.len();
    let effects = perform(state, |open, id| {
        let (targets, shown) = (open.targets(), open.shown());
        let mut changes = Vec::new();
        for other in 0..labels {
            let with = targets.iter().copied().filter(|&word| other == label || open.labels(word).contains(other));
            changes.extend(open.annotations.set(id, with, other, other == label, Scope::Single, &shown).changes);
        }
        Edit::cells(id, changes)
    });
    if effects.is_empty() {
        state.say(Tone::Plain, format!("What is here has {name}, and no other label, by a decision already."));
    }
    remember(state, LastChange::Only(label), effects)
}

/// Sets a label on the word or the selection, or takes it away, as it was done elsewhere.
fn set(state: &mut State, label: usize, present: bool) -> Vec<Effect> {
    let Some(name) = state.scheme.labels.get(label).map(|label| label.name.clone()) else { return Vec::new() };
    if state.open.is_none() || !records(state) {
        return Vec::new();
    }
    let effects =
        perform(state, |open, id| open.annotations.set(id, open.targets(), label, present, Scope::Single, &open.shown()));
    if effects.is_empty() {
        let so = if present { "has" } else { "does not have" };
        state.say(Tone::Plain, format!("What is here {so} {name} by a decision already."));
    }
    effects
}

/// Does the last change again, on the word or the selection: what was set is set, what was taken away is taken away, also
/// where the label itself would be toggled the other way.
pub(super) fn repeat(state: &mut State) -> Vec<Effect> {
    match state.work.last_change {
        Some(LastChange::Set { label, present }) => set(state, label, present),
        Some(LastChange::Only(label)) => only(state, label),
        Some(LastChange::Accept) => accept(state),
        Some(LastChange::Clear) => clear(state),
        None => {
            state.say(Tone::Plain, "Nothing has been changed yet that could be done again.");
            Vec::new()
        }
    }
}

/// Remembers what was changed, if anything was.
fn remember(state: &mut State, change: LastChange, effects: Vec<Effect>) -> Vec<Effect> {
    if !effects.is_empty() {
        state.work.last_change = Some(change);
    }
    effects
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
        // The word under the cursor is on the screen, or about to be.
        let open_ones: Vec<usize> = targets.into_iter().filter(|&word| !open.is_settled(word)).collect();
        let others = open_ones.iter().filter(|&&word| word != open.cursor);
        if open.anchor.is_some()
            && let Some(Refusal::Unseen { words, .. }) = unseen(state, open, others)
        {
            let (words, have) = if words == 1 { ("1 word".to_owned(), "has") } else { (format!("{words} words"), "have") };
            let (up, down) = (state.key(Action::PageUp), state.key(Action::PageDown));
            let sentence = format!(
                "{words} of the selection {have} not been on the screen; nothing was changed. {down} and {up} show them."
            );
            state.say(Tone::Warning, sentence);
            return Vec::new();
        }
        let unsure = uncertain(open, open_ones.iter());
        let effects = accept_targets(state);
        if open_ones.len() > 1 && unsure > 0 && !effects.is_empty() {
            let (words, undo) = (open_ones.len(), state.key(Action::Undo));
            state.say(Tone::Plain, format!("Accepted {words} words, {unsure} of them uncertain. {undo} takes it back."));
        }
        return effects;
    };
    state.say(Tone::Warning, refusal);
    Vec::new()
}

/// Those of some words that have not been on the screen as they are shown now, if there are any. Punctuation is not looked for.
fn unseen<'a>(state: &State, open: &OpenDocument, words: impl Iterator<Item = &'a usize>) -> Option<Refusal> {
    let seen = state.seen_words();
    let mut unseen = words.filter(|&&word| open.words[word].alphanumeric && !seen(word));
    let first = *unseen.next()?;
    Some(Refusal::Unseen { words: 1 + unseen.count(), first })
}

/// How many of some words have no label, where predictions are hidden.
fn blind(open: &OpenDocument, words: &[usize]) -> Option<usize> {
    open.blind.then(|| words.iter().filter(|&&word| open.labels(word).is_empty()).count())
}

/// How many of some words the model is unsure of.
fn uncertain<'a>(open: &OpenDocument, words: impl Iterator<Item = &'a usize>) -> usize {
    words.filter(|&&word| is_uncertain(&open.words, &open.annotations, &open.shown(), word, UNCERTAIN)).count()
}

fn accept_targets(state: &mut State) -> Vec<Effect> {
    // Where the list of suspects led to, to accept is to decide them again as they are.
    let kept = suspects::kept_by_accepting(state);
    let effects = perform(state, |open, id| {
        let scope = if open.anchor.is_some() { Scope::Selection } else { Scope::Word };
        let mut edit = open.accepting(id, open.targets(), scope);
        edit.changes.extend(open.annotations.confirm(id, kept.iter().map(|(cell, _)| *cell), &open.shown()).changes);
        edit
    });
    if !effects.is_empty() {
        suspects::keep(state, kept);
    }
    let effects = remember(state, LastChange::Accept, effects);
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

/// Why the rest of a note can't be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It has no words.
    Empty,
    /// The model has not read all of it.
    Unread,
    /// So many of the words that it would decide have not been on the screen as they are shown now, this one first.
    Unseen {
        /// How many.
        words: usize,
        /// The first of them.
        first: usize,
    },
}

/// What accepting the rest of a note has decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rest {
    /// Words that were not decided altogether.
    pub(super) words: usize,
    /// Those of them that the model was unsure of.
    pub(super) uncertain: usize,
    /// Where its predictions were hidden, those of them that have no label: what was not set by hand is not there.
    pub(super) unlabelled: Option<usize>,
}

impl std::fmt::Display for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = if self.words == 1 { "1 word".to_owned() } else { format!("{} words", self.words) };
        match (self.unlabelled, self.uncertain) {
            (Some(none), _) => write!(f, "{words}, {none} of them without a label, since predictions are hidden"),
            (None, 0) => write!(f, "{words}, none of them uncertain"),
            (None, uncertain) => write!(f, "{words}, {uncertain} of them uncertain"),
        }
    }
}

/// Accepts everything in the document that is undecided, and says how much that was.
pub(super) fn accept_document(state: &mut State) -> Vec<Effect> {
    if state.open.is_none() {
        return Vec::new();
    }
    match rest(state) {
        Ok((words, _)) if words.is_empty() => {
            state.say(Tone::Plain, "Everything in this note is decided already.");
            Vec::new()
        }
        Ok((words, rest)) => {
            let effects = perform(state, |open, id| open.accepting(id, words, Scope::Document));
            // Where nothing is recorded, the reason has been said.
            if !effects.is_empty() {
                let undo = state.key(Action::Undo);
                state.say(Tone::Plain, format!("Accepted the rest: {rest}. {undo} takes it back."));
            }
            effects
        }
        Err(refusal) => {
            refuse(state, refusal);
            Vec::new()
        }
    }
}

/// Says why nothing was accepted, and which key helps.
pub(super) fn refuse(state: &mut State, refusal: Refusal) {
    let (tone, sentence) = match refusal {
        Refusal::Empty => (Tone::Plain, NO_WORDS.to_owned()),
        Refusal::Unread => {
            let sentence = "The model has not read the whole note yet, so there is nothing to accept; nothing was changed.";
            (Tone::Warning, sentence.to_owned())
        }
        Refusal::Unseen { words, first } => {
            let page = state.key(Action::PageDown);
            let (count, have) = if words == 1 { ("1 word".to_owned(), "has") } else { (format!("{words} words"), "have") };
            if let Some(open) = &mut state.open {
                movement::jump(open, first, false);
            }
            let sentence =
                format!("{count} of it {have} not been on the screen; here is the first, {page} reads on. Nothing was changed.");
            (Tone::Warning, sentence)
        }
    };
    state.say(tone, sentence);
}

/// The words of the document that are not decided altogether, which can be accepted once the model has read all of it and
/// all of it has been on the screen.
pub(super) fn rest(state: &State) -> Result<(Vec<usize>, Rest), Refusal> {
    let Some(open) = &state.open else { return Err(Refusal::Empty) };
    let all: Vec<usize> = (0..open.words.len()).filter(|&word| open.words[word].alphanumeric).collect();
    let rest: Vec<usize> = all.iter().copied().filter(|&word| !open.is_settled(word)).collect();
    if all.is_empty() {
        return Err(Refusal::Empty);
    }
    if unread(state, open, &rest) {
        return Err(Refusal::Unread);
    }
    if let Some(refusal) = unseen(state, open, rest.iter()) {
        return Err(refusal);
    }
    let decided = Rest { words: rest.len(), uncertain: uncertain(open, rest.iter()), unlabelled: blind(open, &rest) };
    Ok((rest, decided))
}

/// Whether the model has still to speak on one of these words that is not wholly decided: accepting it then would
/// decide that it has no label, though nobody says so. Without a model, what is shown is the annotator's own.
fn unread(state: &State, open: &OpenDocument, words: &[usize]) -> bool {
    let spoken = |word: usize| open.predictions.as_ref().is_some_and(|predictions| predictions.word(word).is_some());
    let heard = !matches!(state.model, Model::Failed(_)) && !open.blind;
    heard && words.iter().any(|&word| !spoken(word) && !open.is_settled(word))
}

/// Takes back the human decisions on the word or the selection.
pub(super) fn clear(state: &mut State) -> Vec<Effect> {
    if state.open.is_none() || !records(state) {
        return Vec::new();
    }
    let effects = perform(state, |open, id| open.clearing(id, open.targets()));
    if effects.is_empty() {
        state.say(Tone::Plain, "There is no decision of yours here.");
    }
    remember(state, LastChange::Clear, effects)
}

/// Takes the last edit back; where that was one that has led on to the next document, in the document that it was made in.
pub(super) fn undo(state: &mut State) -> Vec<Effect> {
    if let LastStep::LedOn(document) = state.work.last_step {
        state.work.stay();
        if state.open.as_ref().is_none_or(|open| open.index != document) {
            let effects = documents::open(state, document, None);
            // Before what was typed behind it, which is meant for the note as it is then.
            state.work.ahead.push_front(Message::Act(Action::Undo));
            return effects;
        }
        // The next one is not there yet, and is not wanted any more.
        state.opening = None;
        state.queue.cursor = state.queue.position(document).unwrap_or(state.queue.cursor);
    }
    if let LastStep::Apart(changes) = &state.work.last_step
        && let Some(&change) = changes.first()
        && records(state)
    {
        state.work.last_step = LastStep::UndoneApart(change);
        state.say(Tone::Plain, "Taken back in the other notes.");
        return elsewhere(state, change, Request::Undo { document: change.document, edit: change.edit });
    }
    again(
        state,
        "There is nothing left to undo in this note",
        |open, scheme| {
            let edit = open.history.undo(&mut open.annotations)?;
            let what = what(edit, &open.document.text, &open.words, scheme);
            Some(Touched::by(edit, what.map(|what| format!("Taken back: {what}."))))
        },
        |document, edit| Request::Undo { document, edit },
    )
}

/// Undoes or redoes what was done in other notes alone, in one of them and so in all.
fn elsewhere(state: &mut State, change: InFlight, request: Request) -> Vec<Effect> {
    flies(state, change);
    // The worker learns what is decided in the notes that are not on screen.
    vec![Effect::Store(request), Effect::Store(Request::Decided { from: 0 })]
}

/// Does the last undone edit again.
pub(super) fn redo(state: &mut State) -> Vec<Effect> {
    if let LastStep::UndoneApart(change) = state.work.last_step
        && records(state)
    {
        state.work.last_step = LastStep::Apart(vec![change]);
        state.say(Tone::Plain, "Done again in the other notes.");
        return elsewhere(state, change, Request::Redo { document: change.document, edit: change.edit });
    }
    again(
        state,
        "There is nothing to redo in this note",
        |open, scheme| {
            let edit = open.history.redo(&mut open.annotations)?;
            let what = what(edit, &open.document.text, &open.words, scheme);
            Some(Touched::by(edit, what.map(|what| format!("Done again: {what}."))))
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

/// Whether the note is being read again, so that an edit now would be made of what is not on disk; says so, and what to do then.
pub(super) fn is_read_again(state: &mut State, what: &str) -> bool {
    if state.work.resync {
        let sentence = format!("The note is being read again as it is on disk. {what} after that.");
        state.say(Tone::Warning, sentence);
    }
    state.work.resync
}

/// Makes an edit, applies it and sends it to the store. An edit without changes is none.
pub(super) fn perform(state: &mut State, edit: impl FnOnce(&OpenDocument, EditId) -> Edit) -> Vec<Effect> {
    let made = make(state, edit);
    made.map(|(document, edit)| Effect::Store(Request::Edit { document, edit })).into_iter().collect()
}

/// Makes an edit of the document on screen and applies it; the store is to be told. An edit without changes is none.
pub(super) fn make(state: &mut State, edit: impl FnOnce(&OpenDocument, EditId) -> Edit) -> Option<(usize, Arc<Edit>)> {
    if state.open.is_none() || !records(state) {
        return None;
    }
    let id = state.work.next_edit();
    let open = state.open.as_mut()?;
    let edit = edit(open, id);
    if edit.is_empty() {
        return None;
    }
    open.history.perform(&mut open.annotations, edit.clone());
    state.work.stay();
    automatic::count(&mut state.automatic, &edit);
    let (document, decides) = (open.index, !edit.changes.is_empty());
    sent(state, document, id, decides);
    Some((document, Arc::new(edit)))
}

/// What an edit that is undone or redone has touched.
struct Touched {
    edit: EditId,
    words: Option<std::ops::Range<usize>>,
    /// Whether it changed what is said of the document.
    disposition: bool,
    /// Whether it changed decisions.
    decides: bool,
    /// What it was, in words, if there is something to say.
    what: Option<String>,
}

impl Touched {
    fn by(edit: &Edit, what: Option<String>) -> Self {
        let (disposition, decides) = (edit.disposition.is_some(), !edit.changes.is_empty());
        Self { edit: edit.id, words: edit.words(), disposition, decides, what }
    }
}

/// Undoes or redoes: the cursor goes to where something changed, unless it is there.
fn again(
    state: &mut State,
    nothing: &str,
    step: impl FnOnce(&mut OpenDocument, &LabelScheme) -> Option<Touched>,
    request: impl Fn(usize, EditId) -> Request,
) -> Vec<Effect> {
    if state.open.is_none() || !records(state) {
        return Vec::new();
    }
    let Some(open) = &mut state.open else { return Vec::new() };
    let document = open.index;
    let Some(Touched { edit, words, disposition, decides, what }) = step(open, &state.scheme) else {
        let list = state.key(Action::Timeline);
        state.say(Tone::Plain, format!("{nothing}; {list} goes back and forward in all notes."));
        return Vec::new();
    };
    if let Some(words) = words.filter(|words| !words.contains(&open.cursor)) {
        movement::jump(open, words.start, false);
    }
    state.work.stay();
    let said = disposition.then(|| dispositions::now(open.annotations.disposition).to_owned());
    if let Some(sentence) = said.or(what) {
        state.say(Tone::Plain, sentence);
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
pub(super) fn flies(state: &mut State, change: InFlight) {
    state.work.in_flight.push_back(change);
    state.saving = Saving::Pending(state.work.in_flight.len());
}

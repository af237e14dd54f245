//! Showing only some notes of the queue: the line that says which, and the looking through their texts, which the store
//! does some notes at a time for as long as somebody waits for it.

use std::sync::Arc;

use crate::active_learning::{UNCERTAIN, is_uncertain};
use crate::domain::{Annotations, LabelSet, Shown};
use crate::store::Request;
use crate::store::protocol::QueueEntry;
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::filter::Annotators;
use crate::tui::state::{Mode, OpenDocument, QueueRow, State, Tone};
use crate::tui::update::lists;

/// The longest line, in characters.
const LONGEST: usize = 200;

/// A note of so many words is counted again whenever something of it changes.
const SHORT: usize = 10_000;

/// So many notes are looked through for one answer, at most.
const PORTION: usize = 64;

/// Opens the line.
pub(super) fn begin(state: &mut State) {
    lists::enter_queue(state);
    state.mode = Mode::Filter;
}

/// What an action means in the line; `None` where it means the same as in the note.
pub(super) fn act(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Cancel => {
            clear(state);
            state.mode = Mode::Queue;
        }
        Action::Choose => state.mode = Mode::Queue,
        Action::Erase | Action::EraseAll => {
            let mut query = line(state).to_owned();
            lists::erase(action, &mut query);
            apply(state, &query);
        }
        _ => lists::move_in(state, lists::steps(state, action)?),
    }
    Some(Vec::new())
}

/// Characters typed or pasted.
pub(super) fn extend(state: &mut State, chars: impl Iterator<Item = char>) {
    let mut query = line(state).to_owned();
    let room = LONGEST.saturating_sub(query.chars().count());
    query.extend(chars.filter(|c| !c.is_control()).take(room));
    apply(state, &query);
}

/// What was typed.
fn line(state: &State) -> &str {
    state.queue.filter.as_ref().map_or("", |filter| &filter.query)
}

fn apply(state: &mut State, query: &str) {
    let scheme = state.scheme.clone();
    state.queue.filter(query, &scheme, state.blind);
}

/// Takes in how far the review of each document has come; what the filter shows follows.
pub(super) fn take_entries(state: &mut State, entries: Vec<QueueEntry>) {
    state.queue.rows.iter_mut().zip(entries).for_each(|(row, entry)| row.entry = entry);
    if state.queue.filter.is_some() {
        again(state);
    }
}

/// Applies the line anew, because what may be told has changed.
pub(super) fn again(state: &mut State) {
    let query = line(state).to_owned();
    apply(state, &query);
}

/// Shows all notes again; whether some were left out.
pub(super) fn clear(state: &mut State) -> bool {
    let filtered = state.queue.filter.is_some();
    apply(state, "");
    if filtered {
        state.say(Tone::Plain, "All notes are shown again.");
    }
    filtered
}

/// What was asked can't be told: the filter is given up, so that it is not asked again and again.
pub(super) fn failed(state: &mut State) {
    state.work.asking = Default::default();
    apply(state, "");
}

/// Asks for what the filter has still to know, unless that is on its way.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    let Some(filter) = &state.queue.filter else { return effects };
    let asking = &mut state.work.asking;
    if filter.asks_for_annotators() && state.queue.annotators.is_none() && !std::mem::replace(&mut asking.annotators, true) {
        effects.push(Effect::Store(Request::Annotators));
    }
    if !asking.contents {
        let documents = filter.unread(&state.queue.order, PORTION);
        if !documents.is_empty() {
            asking.contents = true;
            effects.push(Effect::Store(Request::Contents { words: filter.words(), documents }));
        }
    }
    effects
}

/// Some notes were looked through.
pub(super) fn looked(state: &mut State, words: &[String], found: &[(usize, u32)]) {
    state.work.asking.contents = false;
    let Some(filter) = &mut state.queue.filter else { return };
    found.iter().for_each(|&(document, found)| filter.look(document, words, found));
    found.iter().for_each(|&(document, _)| state.queue.touch(document));
}

/// It is known who has decided what.
pub(super) fn annotators(state: &mut State, all: Vec<(Arc<str>, Vec<usize>)>) {
    state.work.asking.annotators = false;
    let mut annotators = Annotators::new();
    for (name, documents) in all {
        annotators.entry(name.to_lowercase().into()).or_default().extend(documents);
    }
    state.queue.annotators = Some(annotators);
    again(state);
}

/// It is known whose word stands on a document now.
pub(super) fn decided_by(state: &mut State, document: usize, deciders: &[Arc<str>]) {
    if let Some(annotators) = &mut state.queue.annotators {
        for documents in annotators.values_mut() {
            documents.remove(&document);
        }
        for name in deciders {
            annotators.entry(name.to_lowercase().into()).or_default().insert(document);
        }
    }
    state.queue.touch(document);
}

/// Notes which labels are decided in a document that is not on screen.
pub(super) fn decided(state: &mut State, document: usize, annotations: &Annotations) {
    change(state, document, |row| row.decided = present(annotations));
}

/// Notes what there is to say of a document that is being left.
pub(super) fn left(state: &mut State, open: &OpenDocument) {
    let shown = open.predictions.as_ref().filter(|predictions| predictions.complete()).map(|predictions| {
        let shown = Shown { predictions: Some(predictions), thresholds: &open.thresholds };
        let words = || (0..open.words.len()).filter(|&word| open.words[word].alphanumeric);
        let labels = open.thresholds.len();
        let sets = words().flat_map(|word| open.annotations.shown(word, labels, shown.predicted(word)).iter());
        let predicted = sets.collect();
        let unsure = words().filter(|&word| is_uncertain(&open.words, &open.annotations, &shown, word, UNCERTAIN)).count();
        (predicted, unsure)
    });
    let decided = present(&open.annotations);
    change(state, open.index, |row| {
        row.decided = decided;
        if let Some((predicted, unsure)) = shown {
            (row.predicted, row.unsure) = (predicted, unsure);
        }
    });
}

/// Counts anew how many words of the document on screen are uncertain, where something of it has changed. Of a long note that
/// is done when it is left: it takes a while.
pub(super) fn count(state: &mut State) {
    let Some(open) = state.open.as_ref().filter(|open| open.words.len() <= SHORT) else { return };
    let known = |predictions: &crate::domain::Predictions| predictions.complete();
    if !open.predictions.as_ref().is_some_and(known) {
        return;
    }
    let basis = Some((open.index, open.basis(&state.scheme)));
    if state.work.counted != basis {
        let shown = Shown { predictions: open.predictions.as_ref(), thresholds: &open.thresholds };
        let words = (0..open.words.len()).filter(|&word| open.words[word].alphanumeric);
        let unsure = words.filter(|&word| is_uncertain(&open.words, &open.annotations, &shown, word, UNCERTAIN)).count();
        change(state, basis.as_ref().map_or(0, |(document, _)| *document), |row| row.unsure = unsure);
        state.work.counted = basis;
    }
}

fn change(state: &mut State, document: usize, change: impl FnOnce(&mut QueueRow)) {
    if let Some(row) = state.queue.rows.get_mut(document) {
        change(row);
        state.queue.touch(document);
    }
}

/// The labels that a word has by somebody's decision, or an import's.
fn present(annotations: &Annotations) -> LabelSet {
    let decided = annotations.all_decided().filter(|(_, decided)| decided.present).map(|(cell, _)| usize::from(cell.label));
    let own: LabelSet = decided.collect();
    let imported = annotations.imported.iter().flat_map(|imported| imported.present.values());
    imported.flat_map(|set| set.iter()).chain(own.iter()).collect()
}

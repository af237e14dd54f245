//! Going from document to document, and telling the worker which one is read.

use std::sync::Arc;

use crate::domain::direction::is_right_to_left;
use crate::inference::Command;
use crate::store::Request;
use crate::store::protocol::{Opened, ReviewState};
use crate::tui::effect::Effect;
use crate::tui::layout::Layout;
use crate::tui::state::work::Colours;
use crate::tui::state::{OpenDocument, Opening, State, Tone};
use crate::tui::update::{changes, filter, guide, movement, ranking, search};

/// The worker hears of the cursor again when it has gone this many words without finding predictions.
const FAR: usize = 200;

/// Goes to a document, and to a word of it (else to where the cursor was last).
pub(super) fn open(state: &mut State, document: usize, word: Option<usize>) -> Vec<Effect> {
    // Whoever asks for a note, be it the one on screen, means that from here on.
    state.work.stay();
    if let Some(position) = state.queue.position(document) {
        state.queue.cursor = position;
    }
    match &mut state.open {
        Some(open) if open.index == document && state.opening.is_none() => {
            if let Some(word) = word {
                movement::jump(open, word, false);
            }
            Vec::new()
        }
        _ => {
            if state.opening.is_some_and(|opening| opening.document != document) {
                // It was typed for a document that will not be shown now.
                state.work.ahead.clear();
            }
            state.opening = Some(Opening { document, word });
            vec![Effect::Store(Request::Open { document })]
        }
    }
}

/// Goes to the next or previous document of the queue.
pub(super) fn step(state: &mut State, delta: isize) -> Vec<Effect> {
    let Some(current) = state.current() else { return Vec::new() };
    match state.queue.neighbour(current, delta) {
        Some(document) => open(state, document, None),
        None => {
            let which = if delta > 0 { "last" } else { "first" };
            let skipped = || state.queue.rows.iter().any(|row| row.entry.review == ReviewState::Skipped);
            let shown = match &state.queue.filter {
                Some(_) => " that the filter shows",
                None if skipped() => " that is not skipped",
                None => "",
            };
            state.say(Tone::Plain, format!("This is the {which} note of the queue{shown}."));
            Vec::new()
        }
    }
}

/// The store has read a document: it is the one on screen, to be seen again as it is on disk, or the one that is awaited.
pub(super) fn opened(state: &mut State, opened: Opened) -> Vec<Effect> {
    let index = opened.index;
    if let Some(row) = state.queue.rows.get_mut(index) {
        row.unreadable = None;
        // What was done with another text is not done.
        row.entry.review = ReviewState::new(opened.annotations.disposition, row.entry.decided);
    }
    let awaited = state.opening.filter(|opening| opening.document == index);
    if state.work.resync && state.open.as_ref().is_some_and(|open| open.index == index) {
        if awaited.is_some() {
            state.opening = None;
        }
        return renew(state, opened);
    }
    awaited.map(|awaited| show(state, opened, awaited.word)).unwrap_or_default()
}

/// Brings the document on screen in line with what is on disk.
fn renew(state: &mut State, opened: Opened) -> Vec<Effect> {
    let Opened { index, document, words, annotations, history, notice } = opened;
    state.work.resync = false;
    let width = state.panes().text.width;
    let Some(open) = &mut state.open else { return Vec::new() };
    (open.annotations, open.history) = (annotations, history);
    state.work.untold.insert(index);
    open.pending.clear();
    // An import may hold no more, or again, of which the edits tell nothing.
    open.tagged = None;
    if open.document.text == document.text {
        search::refresh(state);
        return Vec::new();
    }
    // The note was changed meanwhile: what is known of its words is of the text as it was.
    open.layout = Layout::new(&document.text, &words, width);
    open.right_to_left = is_right_to_left(&document.text);
    state.seen.remove(&document.id);
    (open.document, open.words) = (document, words);
    (open.predictions, open.incoming) = (None, None);
    let text = open.document.text_hash();
    movement::jump(open, open.cursor, false);
    search::refresh(state);
    guide::forget(state);
    changes::opened(state, index, text);
    if let Some(notice) = notice {
        state.report(Tone::Warning, notice);
    }
    vec![focus(state, index)]
}

/// Puts a document on the screen, in place of the one before: at a word of it, else where the cursor was last.
fn show(state: &mut State, opened: Opened, word: Option<usize>) -> Vec<Effect> {
    let Opened { index, document, words, annotations, history, notice } = opened;
    let told = ranking::tell_decided(state);
    leave(state);
    state.opening = None;
    state.work.resync = false;
    state.work.drag = None;
    guide::forget(state);
    let (predictions, thresholds) =
        match state.work.cache.take(index).filter(|colours| colours.predictions.words() == words.len()) {
            Some(Colours { predictions, thresholds }) => (Some(predictions), thresholds),
            None => (None, thresholds(state)),
        };
    // Nobody has seen what the text has become since.
    if state.seen.get(&document.id).is_some_and(|seen| !seen.is_of(&document.text)) {
        state.seen.remove(&document.id);
    }
    let word = word.or_else(|| state.places.get(&document.id).copied()).unwrap_or(0);
    let layout = Layout::new(&document.text, &words, state.panes().text.width);
    let right_to_left = is_right_to_left(&document.text);
    let mut open = OpenDocument {
        index,
        document,
        words,
        annotations,
        history,
        predictions,
        thresholds,
        incoming: None,
        reading: state.reading,
        tagged: None,
        layout,
        cursor: 0,
        goal_column: 0,
        anchor: None,
        scroll: 0,
        covered: 0,
        pending: Default::default(),
        blind: state.blind,
        right_to_left,
    };
    movement::jump(&mut open, word, false);
    let text = open.document.text_hash();
    state.open = Some(open);
    search::another(state);
    if right_to_left {
        let sentence =
            "Some words here are written from right to left. They stand in the order in which they are read, first letter left.";
        state.say(Tone::Plain, sentence);
    }
    changes::opened(state, index, text);
    // Of a note that can't be read nobody wants to know who reads another.
    let unreadable = |said: &str| state.queue.rows.iter().any(|row| row.unreadable.as_deref() == Some(said));
    state.notice.take_if(|said| said.was_read() && unreadable(&said.text));
    if let Some(notice) = notice {
        state.report(Tone::Warning, notice);
    }
    told.into_iter().chain([focus(state, index)]).collect()
}

/// The thresholds to show by before a document's predictions have come.
fn thresholds(state: &State) -> Arc<[f32]> {
    let none = || std::iter::repeat_n(0.5, state.scheme.len()).collect();
    state.work.using.as_ref().map_or_else(none, |using| using.thresholds.clone())
}

/// Remembers the place in the document on screen and keeps its predictions.
fn leave(state: &mut State) {
    let Some(open) = state.open.take() else { return };
    state.places.insert(open.document.id.clone(), open.cursor);
    filter::left(state, &open);
    let newest = open.incoming.filter(|(incoming, _)| incoming.complete());
    let newest = newest.or(open.predictions.map(|predictions| (predictions, open.thresholds)));
    if let Some((predictions, thresholds)) = newest {
        state.work.cache.put(open.index, Colours { predictions, thresholds });
    }
}

/// Tells the worker which document is read, from which word on, and which ones come next.
pub(super) fn focus(state: &mut State, document: usize) -> Effect {
    let word = state.open.as_ref().map_or(0, |open| open.cursor);
    let then = [1, 2, -1].into_iter().filter_map(|delta| state.queue.neighbour(document, delta)).collect();
    state.work.generation += 1;
    state.work.focused = Some((document, word));
    Effect::Worker(Command::Focus { generation: state.work.generation, document, word, then })
}

/// Tells the worker where the cursor is when it has gone far through a note that is not predicted there.
pub(super) fn follow(state: &mut State) -> Option<Effect> {
    let open = state.open.as_ref()?;
    let (document, word) = state.work.focused?;
    let predicted = open.predictions.as_ref().is_some_and(|predictions| predictions.word(open.cursor).is_some());
    (document == open.index && !predicted && open.cursor.abs_diff(word) > FAR).then(|| focus(state, document))
}

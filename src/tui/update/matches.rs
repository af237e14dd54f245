//! Labelling all places that read alike, of a note or of all notes, in one go: listed first, so that single ones can be
//! left out.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::domain::matches::{Place, folded, places};
use crate::domain::{Annotations, Edit, Scope, Shown};
use crate::store::Request;
use crate::store::protocol::Alike;
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::matches::{Looked, Match, Matches, Reach};
use crate::tui::state::work::{InFlight, LastStep};
use crate::tui::state::{LabelUse, Mode, OpenDocument, State, Tone};
use crate::tui::update::{automatic, editing};

/// The list holds about so many places at most.
const MOST: usize = 5_000;

/// Lists the places that read as the word or the selection does, for the label that was last toggled there; where none
/// was, asks for one.
pub(super) fn begin(state: &mut State) {
    let Some(open) = &state.open else { return };
    let targets = open.targets();
    match last_toggled(open, &targets) {
        _ if targets.is_empty() => {}
        Some((label, present)) => list(state, label, present),
        None => state.mode = Mode::Labels(LabelUse::Matches),
    }
}

/// The label that was last toggled on these words, and whether it was set.
fn last_toggled(open: &OpenDocument, words: &[usize]) -> Option<(usize, bool)> {
    let cells = words.iter().flat_map(|&word| open.annotations.on_word(word));
    let toggled = cells.filter(|(_, decided)| decided.scope == Scope::Single);
    toggled.max_by_key(|(_, decided)| decided.edit).map(|(label, decided)| (label, decided.present))
}

/// Lists the places where the label is not yet decided so.
pub(super) fn list(state: &mut State, label: usize, present: bool) {
    let Some(open) = &state.open else { return };
    let targets = open.targets();
    let (Some(&first), Some(&last)) = (targets.first(), targets.last()) else { return };
    let (text, words) = (&*open.document.text, &*open.words);
    let phrase = folded(text, words, first..=last);
    let found = places(text, words, &phrase, &open.annotations, label, present);
    let list = found.into_iter().map(|place| Match { document: open.index, place, taken: true }).collect();
    let (text, among) = (text[words[first].start..words[last].end].to_owned(), open.words.clone());
    let alike = Arc::new(Alike { phrase, label, present, besides: open.index });
    let (reach, looked, elsewhere) = (Reach::Note, Looked::No, Vec::new());
    state.matches = Some(Matches { alike, phrase: text, among, reach, looked, list, elsewhere, cursor: 0 });
    state.mode = Mode::Matches;
}

/// Leaves the place under the list's cursor out, or takes it in again, and goes on to the next.
pub(super) fn take(state: &mut State) {
    let Some(matches) = &mut state.matches else { return };
    if let Some(found) = matches.list.get_mut(matches.cursor) {
        found.taken = !found.taken;
        matches.cursor = (matches.cursor + 1).min(matches.list.len() - 1);
    }
}

/// Has the list cover more notes: those that the queue shows, where a filter is set, then all, then the one on screen again. The
/// others are looked through when that is asked for first.
pub(super) fn widen(state: &mut State) -> Vec<Effect> {
    let filtered = state.queue.filter.is_some();
    let Some(matches) = &mut state.matches else { return Vec::new() };
    let next = match matches.reach {
        Reach::Note if filtered => Reach::Queue,
        Reach::Note | Reach::Queue => Reach::Corpus,
        Reach::Corpus => Reach::Note,
    };
    let queue: HashSet<usize> = state.queue.list().iter().copied().collect();
    matches.reach(next, |document| next == Reach::Corpus || queue.contains(&document));
    let from = match matches.looked {
        Looked::No => 0,
        // Of those found so far the queue may have but a few.
        Looked::Enough(from) if has_room(matches) => from,
        _ => return Vec::new(),
    };
    matches.looked = Looked::At(from);
    vec![Effect::Store(Request::Find { alike: matches.alike.clone(), from })]
}

/// Places in other notes have come; more are asked for while somebody waits for them.
pub(super) fn found(state: &mut State, alike: &Arc<Alike>, places: Vec<(usize, Place)>, next: Option<usize>) -> Vec<Effect> {
    let Some(matches) = state.matches.as_mut().filter(|matches| Arc::ptr_eq(&matches.alike, alike)) else { return Vec::new() };
    let queue: HashSet<usize> = state.queue.list().iter().copied().collect();
    for (document, place) in places {
        let covered = match matches.reach {
            Reach::Note => false,
            Reach::Queue => queue.contains(&document),
            Reach::Corpus => true,
        };
        let list = if covered { &mut matches.list } else { &mut matches.elsewhere };
        list.push(Match { document, place, taken: true });
    }
    matches.looked = next.map_or(Looked::All, if has_room(matches) { Looked::At } else { Looked::Enough });
    let next = next.filter(|_| has_room(matches));
    next.map(|from| Effect::Store(Request::Find { alike: alike.clone(), from })).into_iter().collect()
}

/// Whether more places are wanted: as many as the list may hold, and not without end in notes that it does not cover.
fn has_room(matches: &Matches) -> bool {
    const ELSEWHERE: usize = 10 * MOST;
    let listed = if matches.reach == Reach::Queue { matches.list.len() } else { matches.list.len() + matches.elsewhere.len() };
    listed < MOST && matches.elsewhere.len() < ELSEWHERE
}

/// Closes the list and decides the label at all places that are left in it: one edit a note, and one step to undo.
pub(super) fn apply(state: &mut State) -> Vec<Effect> {
    if editing::is_read_again(state, "Decide this") {
        return Vec::new();
    }
    state.mode = Mode::Note;
    let Some(matches) = state.matches.take() else { return Vec::new() };
    let places = matches.taken().count();
    if places == 0 {
        state.say(Tone::Plain, "No place was left in the list; nothing was changed.");
        return Vec::new();
    }
    if !editing::records(state) {
        return Vec::new();
    }
    state.work.stay();
    let Alike { label, present, besides, .. } = *matches.alike;
    let mut notes: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for found in matches.taken() {
        notes.entry(found.document).or_default().extend(&found.place.words);
    }
    let count = notes.len();
    let here = notes.remove(&besides);
    let mut edits = Vec::with_capacity(count);
    for (document, words) in notes {
        let edit = elsewhere(state, document, words, label, present);
        automatic::count(&mut state.automatic, &edit);
        editing::flies(state, InFlight { document, edit: edit.id });
        edits.push((document, Arc::new(edit)));
    }
    match here {
        Some(words) => {
            let set = |open: &OpenDocument, id| open.annotations.set(id, words, label, present, Scope::Matches, &open.shown());
            edits.extend(editing::make(state, set));
        }
        None => {
            let edits = edits.iter().map(|(document, edit)| InFlight { document: *document, edit: edit.id });
            state.work.last_step = LastStep::Apart(edits.collect());
        }
    }
    let mut effects = vec![Effect::Store(match <[_; 1]>::try_from(edits) {
        Ok([(document, edit)]) => Request::Edit { document, edit },
        Err(edits) => Request::Together { edits },
    })];
    if count > 1 || state.work.last_step != LastStep::Here {
        // The worker learns what is decided in the notes that are not on screen.
        effects.push(Effect::Store(Request::Decided { from: 0 }));
    }
    let name = state.scheme.labels.get(label).map_or("", |label| &*label.name);
    let places = if places == 1 { "1 place".to_owned() } else { format!("{places} places") };
    let places = if count == 1 { places } else { format!("{places} in {count} notes") };
    let done = if present { format!("{name} set on {places}") } else { format!("{name} taken from {places}") };
    let undo = state.key(Action::Undo);
    state.say(Tone::Plain, format!("{done}; {undo} takes all of it back."));
    effects
}

/// The edit that decides the label on words of a document that is not on screen.
fn elsewhere(state: &mut State, document: usize, words: Vec<usize>, label: usize, present: bool) -> Edit {
    let id = state.work.next_edit();
    let colours = state.work.cache.peek(document).filter(|_| !state.blind);
    let none: Arc<[f32]> = std::iter::repeat_n(0.5, state.scheme.len()).collect();
    let shown = Shown {
        predictions: colours.map(|colours| &colours.predictions),
        thresholds: colours.map_or(&*none, |colours| &*colours.thresholds),
    };
    // What is decided there is known to the store, which has left out what is decided so.
    Annotations::default().set(id, words, label, present, Scope::Matches, &shown)
}

/// Closes a list whose document is on screen no more.
pub(super) fn settle(state: &mut State) {
    let holds = |matches: &Matches| state.open.as_ref().is_some_and(|open| Arc::ptr_eq(&open.words, &matches.among));
    if state.mode == Mode::Matches && !state.matches.as_ref().is_some_and(holds) {
        state.mode = Mode::Note;
    }
    if state.mode != Mode::Matches {
        state.matches = None;
    }
}

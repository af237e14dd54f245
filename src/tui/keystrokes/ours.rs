//! Our screen: its state, its keymap and its `update`, with a store that records at once and a model that has read the note.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crossterm::event::{Event as TerminalEvent, KeyCode, KeyModifiers};

use super::plan::{self, Keys, Place, Steps, Tool, prefix};
use super::{SCREEN, Task};
use crate::domain::{Annotations, Disposition, History, LabelSet};
use crate::inference;
use crate::store::protocol::{Opened, QueueEntry, Recorded, ReviewState};
use crate::store::{self, Request};
use crate::tui::effect::Effect;
use crate::tui::event::Event;
use crate::tui::keymap::{Action, Context, Key};
use crate::tui::message::Message;
use crate::tui::state::work::LastChange;
use crate::tui::state::{Mode, OpenDocument, Search, State};
use crate::tui::update::{self, drawn, update};

/// The movements that are used: none of them knows what is wrong.
const MOVES: [Action; 16] = [
    Action::Left,
    Action::Right,
    Action::Up,
    Action::Down,
    Action::NextSpan,
    Action::PreviousSpan,
    Action::NextUncertain,
    Action::PreviousUncertain,
    Action::NextSentence,
    Action::PreviousSentence,
    Action::NextHeading,
    Action::PreviousHeading,
    Action::LineStart,
    Action::LineEnd,
    Action::Start,
    Action::End,
];

/// Of these, the ones whose aim depends on what is labelled and decided.
const CHANGING: [Action; 4] = [Action::NextSpan, Action::PreviousSpan, Action::NextUncertain, Action::PreviousUncertain];

/// What makes and changes a selection.
const EXTENSIONS: [Action; 5] =
    [Action::ExtendRight, Action::ExtendLeft, Action::ExtendLineEnd, Action::ExtendLineStart, Action::Grow];

/// The keys for a note, to the one that opens the next.
pub(super) fn plan(task: &Task) -> Option<Vec<Key>> {
    let real: Rc<[usize]> = task.real().into();
    let ours = Ours { state: begun(task), fixed: Rc::default(), changing: Rc::default() };
    let (mut keys, Ours { mut state, .. }) = plan::plan(ours, &real, &task.gold)?;
    if !real.is_empty() {
        let down = state.keymap.key(Context::Note, Action::PageDown)?;
        let done = state.keymap.key(Context::Note, Action::Done)?;
        let unseen = |state: &State| {
            let seen = state.seen_words();
            let settled = |word: usize| state.open.as_ref().is_some_and(|open| open.is_settled(word));
            real.iter().filter(|&&word| !seen(word) && !settled(word)).count()
        };
        // Each shows something more; where the end has been seen and what is before it has not, the refusal leads there.
        while let before = unseen(&state)
            && before > 0
        {
            let mut tried = [down, done].into_iter();
            while unseen(&state) == before {
                let key = tried.next()?;
                press(&mut state, key);
                keys.push(key);
            }
        }
        press(&mut state, done);
        keys.push(done);
    }
    Some(keys)
}

/// Whether the keys, typed on a fresh screen, decide every cell of every word as gold says, and mark the note done.
pub(super) fn typed(task: &Task, keys: &[Key]) -> bool {
    let mut state = begun(task);
    keys.iter().for_each(|&key| press(&mut state, key));
    let all: LabelSet = (0..task.scheme.len()).collect();
    let real = task.real();
    let done = |open: &OpenDocument| real.is_empty() || open.annotations.disposition == Disposition::Done;
    let gold = |open: &OpenDocument| real.iter().all(|&word| open.annotations.decisions(word) == (all, task.gold[word]));
    state.open.as_ref().is_some_and(|open| done(open) && gold(open))
}

/// How many of the keys only move and select.
pub(super) fn moving(task: &Task, keys: &[Key]) -> usize {
    let mut state = begun(task);
    let mut moving = 0;
    for &key in keys {
        let action = state.keymap.action(state.context(), key);
        let moves = action.is_some_and(|action| MOVES.contains(&action) || EXTENSIONS.contains(&action));
        let reads = matches!(action, Some(Action::PageDown | Action::Search | Action::Cancel));
        moving += usize::from(moves || reads || state.mode == Mode::Search);
        press(&mut state, key);
    }
    moving
}

/// The screen with the note on it and what the model says of it.
fn begun(task: &Task) -> State {
    let mut state = State::new("keys".into(), vec!["note".into()], task.scheme.clone(), task.keymap.clone(), SCREEN);
    let queue = vec![QueueEntry::default()];
    let ready = store::Reply::Ready { scheme: task.scheme.clone(), active: 0, head: None, queue, notice: None };
    take_in(&mut state, Message::Store(ready));
    let opened = Opened {
        index: 0,
        document: task.document.clone(),
        words: task.words.clone(),
        annotations: Annotations::default(),
        history: History::default(),
        notice: None,
    };
    take_in(&mut state, Message::Store(store::Reply::Opened(Box::new(opened))));
    let loaded = inference::Reply::Ready { model: "model".into(), encoder: "encoder".into(), device: "cpu".into() };
    take_in(&mut state, Message::Worker(loaded));
    let (scheme, thresholds) = (task.scheme.clone(), task.thresholds.clone());
    let using = inference::Reply::Using { version: 0, scheme, thresholds, suggested: LabelSet::EMPTY };
    take_in(&mut state, Message::Worker(using));
    let words = task.words.len();
    let rows: Arc<[f32]> = (0..words).filter_map(|word| task.predictions.word(word)).flatten().copied().collect();
    take_in(&mut state, Message::Worker(inference::Reply::Predicted { document: 0, version: 0, words, first: 0, rows }));
    drawn(&mut state);
    state
}

/// A message, and the answers of the store to what comes of it.
fn take_in(state: &mut State, message: Message) {
    for effect in update(state, message) {
        if let Effect::Store(Request::Edit { document, edit }) = effect {
            let recorded = Recorded { event: edit.id.0, annotator: "annotator".into(), at: 0 };
            let decided = state.open.as_ref().map_or(0, |open| open.annotations.count());
            let entry = QueueEntry { review: ReviewState::Started, decided };
            update(state, Message::Store(store::Reply::Saved { document, edit: edit.id, recorded, entry, deciders: Vec::new() }));
        }
    }
}

/// A key goes the way that keys go.
fn press(state: &mut State, key: Key) {
    let event = Event::Terminal(TerminalEvent::Key(key.into()));
    if let Some(message) = event.message(state.context(), &state.keymap) {
        take_in(state, message);
        drawn(state);
    }
}

#[derive(Clone)]
struct Ours {
    state: State,
    /// Where movements lead that don't depend on labels; for all branches.
    fixed: Known,
    /// Where the others lead, with the labels as they are.
    changing: Known,
}

/// What is known of actions.
type Known = Rc<RefCell<HashMap<(Place, Action), Option<Place>>>>;

impl Ours {
    fn put(&mut self, place: Place) {
        if let Some(open) = &mut self.state.open {
            (open.cursor, open.anchor, open.goal_column) = (place.cursor, place.anchor, place.goal);
        }
    }

    /// Where an action leads: tried on the screen, which is then as before.
    fn lead(&mut self, from: Place, action: Action) -> Option<Place> {
        let (place, grown_from) = (self.place(), self.state.work.grown_from);
        self.put(from);
        update::lead(&mut self.state, action);
        let to = self.place();
        self.put(place);
        self.state.work.grown_from = grown_from;
        Some(to).filter(|&to| to != from)
    }

    fn steps(&mut self, from: Place, actions: &[Action]) -> Steps {
        let mut steps = Vec::with_capacity(actions.len());
        for &action in actions {
            let known = if CHANGING.contains(&action) || action == Action::Grow { &self.changing } else { &self.fixed }.clone();
            // Where it does not matter, movements from all columns are one.
            let alike = if matches!(action, Action::Up | Action::Down) { from } else { Place { goal: 0, ..from } };
            let looked = known.borrow().get(&(alike, action)).copied();
            let to = looked.unwrap_or_else(|| {
                let to = self.lead(from, action);
                known.borrow_mut().insert((alike, action), to);
                to
            });
            if let (Some(to), Some(key)) = (to, self.state.keymap.key(Context::Note, action)) {
                steps.push((Keys::from([key]), to));
            }
        }
        steps.into()
    }

    fn press(&mut self, keys: &[Key]) {
        keys.iter().for_each(|&key| press(&mut self.state, key));
    }
}

impl Tool for Ours {
    fn shown(&self, word: usize) -> LabelSet {
        self.state.open.as_ref().map(|open| open.labels(word)).unwrap_or_default()
    }

    fn place(&self) -> Place {
        let open = self.state.open.as_ref();
        open.map_or(Place { cursor: 0, anchor: None, goal: 0 }, |open| Place {
            cursor: open.cursor,
            anchor: open.anchor,
            goal: open.goal_column,
        })
    }

    fn moves(&mut self, from: Place) -> Steps {
        let moves = self.steps(Place { anchor: None, ..from }, &MOVES);
        if from.anchor.is_none() {
            return moves;
        }
        // Esc may take a search away, which is still wanted: it is tried on another screen.
        let key = self.state.keymap.key(Context::Note, Action::Cancel);
        let dropped = key.map(|key| (Keys::from([key]), self.clone().lead(from, Action::Cancel)));
        let dropped = dropped.and_then(|(key, place)| Some((key, place?)));
        moves.iter().cloned().chain(dropped).collect()
    }

    fn extensions(&mut self, from: Place) -> Steps {
        self.steps(from, &EXTENSIONS)
    }

    fn search(&mut self, word: usize, most: usize) -> Option<Keys> {
        let open = self.state.open.as_ref()?;
        let (text, words) = (&*open.document.text, &open.words);
        let typed = prefix(words[word].slice(text), most, |pattern| {
            // In the order of the text, so that the places are too.
            let places = pattern.hits(text).into_iter().filter_map(|hit| open.snap(words.overlapping(hit).start)).collect();
            Search { places, ..Search::default() }.place_from(open.cursor) == Some(word)
        })?;
        let begin = self.state.keymap.key(Context::Note, Action::Search)?;
        let end = self.state.keymap.key(Context::Search, Action::Choose)?;
        let typed = typed.chars().map(|c| Key::new(KeyCode::Char(c), KeyModifiers::NONE));
        Some([begin].into_iter().chain(typed).chain([end]).collect())
    }

    fn go(&mut self, keys: &[Key], _: Place) {
        self.press(keys);
    }

    fn toggling(&self, label: usize) -> Keys {
        let keymap = &self.state.keymap;
        if let Some(&digit) = keymap.label_keys().get(label) {
            return Keys::from([digit]);
        }
        let carried = |open: &OpenDocument| open.targets().iter().all(|&word| open.labels(word).contains(label));
        let wanted = LastChange::Set { label, present: !self.state.open.as_ref().is_some_and(carried) };
        if let Some(again) = keymap.key(Context::Note, Action::Repeat)
            && self.state.work.last_change == Some(wanted)
        {
            return Keys::from([again]);
        }
        let letter = self.state.scheme.labels.get(label).map(|label| Key::new(KeyCode::Char(label.key), KeyModifiers::NONE));
        keymap.key(Context::Note, Action::LabelMenu).into_iter().chain(letter).collect()
    }

    fn toggle(&mut self, label: usize) -> Keys {
        let keys = self.toggling(label);
        self.press(&keys);
        self.changing = Known::default();
        keys
    }

    fn elsewhere(&mut self, gold: &[LabelSet]) -> Option<Keys> {
        let begin = self.state.keymap.key(Context::Note, Action::LabelMatches)?;
        let end = self.state.keymap.key(Context::Matches, Action::Choose)?;
        self.press(&[begin]);
        let matches = self.state.matches.as_ref().filter(|_| self.state.mode == Mode::Matches)?;
        let (label, present) = (matches.alike.label, matches.alike.present);
        let mut words = matches.list.iter().flat_map(|found| &found.place.words).peekable();
        words.peek()?;
        if !words.all(|&word| gold[word].contains(label) == present) {
            return None;
        }
        self.press(&[end]);
        self.changing = Known::default();
        Some(Keys::from([begin, end]))
    }
}

//! Searching in the note, for a regular expression or a label: hits appear while one types.

use crate::domain::pattern::{Pattern, Problem};
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::search::BY_LABEL;
use crate::tui::state::{Mode, Search, State, Tone};
use crate::tui::update::{comments, filter, label_menu, lists, movement, palette, relabel};

/// The longest query, in characters.
const LONGEST: usize = 200;

/// Opens the search box.
pub(super) fn begin(state: &mut State) {
    let origin = state.open.as_ref().map_or(0, |open| open.cursor);
    state.mode = Mode::Search;
    state.search = Some(Search { origin, ..Search::default() });
}

/// What an action means in the search box; `None` where it means the same as in the note.
pub(super) fn act(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Cancel => {
            let origin = state.search.take().map_or(0, |search| search.origin);
            if let Some(open) = &mut state.open {
                movement::jump(open, origin, false);
            }
            state.mode = Mode::Note;
        }
        Action::Choose => {
            state.mode = Mode::Note;
            let Some(search) = &state.search else { return Some(Vec::new()) };
            if search.query.is_empty() {
                state.search = None;
            } else if let Some(sentence) = verdict(search) {
                state.say(Tone::Warning, sentence);
            } else if let Some(sentence) = counted(state, search) {
                state.say(Tone::Plain, sentence);
            }
        }
        Action::Erase | Action::EraseAll => {
            if let Some(search) = &mut state.search {
                lists::erase(action, &mut search.query);
            }
            incremental(state);
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// A character typed into the search box.
pub(super) fn typed(state: &mut State, c: char) -> Vec<Effect> {
    extend(state, std::iter::once(c));
    Vec::new()
}

/// Text pasted: into the search box; its first line only. Anywhere else it is not taken for keys.
pub(super) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let line = || text.trim_start().lines().next().unwrap_or_default();
    if state.mode == Mode::Search {
        extend(state, line().chars());
    } else if matches!(state.mode, Mode::Palette(_)) {
        return palette::typed(state, line().chars());
    } else if matches!(state.mode, Mode::Relabel(_)) {
        return relabel::typed(state, line().chars());
    } else if matches!(state.mode, Mode::Labels(_)) {
        label_menu::name(state, line().chars());
    } else if state.mode == Mode::Filter {
        filter::extend(state, line().chars());
    } else if state.mode == Mode::Comment {
        let words: Vec<&str> = text.split_whitespace().collect();
        comments::extend(state, words.join(" ").chars());
    } else {
        let search = state.key(Action::Search);
        state.say(Tone::Plain, format!("Pasted text goes into a box: press {search} first to search for it."));
    }
    Vec::new()
}

fn extend(state: &mut State, chars: impl Iterator<Item = char>) {
    let Some(search) = &mut state.search else { return };
    let room = LONGEST.saturating_sub(search.query.chars().count());
    search.query.extend(chars.filter(|c| !c.is_control()).take(room));
    incremental(state);
}

/// Finds the query anew and goes to the first hit from where the search began, or back there.
fn incremental(state: &mut State) {
    refresh(state);
    let (Some(search), Some(open)) = (&state.search, &mut state.open) else { return };
    movement::jump(open, search.place_from(search.origin).unwrap_or(search.origin), false);
}

/// Another document is on the screen: what is searched is found there, and a search under way begins there.
pub(super) fn another(state: &mut State) {
    if let (Some(search), Some(open)) = (&mut state.search, &state.open) {
        search.origin = open.cursor;
    }
    refresh(state);
}

/// Finds the query in the document on screen.
pub(super) fn refresh(state: &mut State) {
    let Some(search) = &mut state.search else { return };
    let label = search.label(&state.scheme);
    search.basis = label.and_then(|_| Some(state.open.as_ref()?.basis(&state.scheme)));
    (search.hits, search.problem) = match (label, &state.open) {
        (Some(None), _) => {
            let what = format!("no label is called '{}'", search.query.trim_start_matches(BY_LABEL).trim());
            (Vec::new(), Some(Problem { what, at: None }))
        }
        (_, None) => (Vec::new(), None),
        (Some(Some(label)), Some(open)) => {
            let runs = open.labelled().runs(label);
            (runs.into_iter().map(|run| open.words[*run.start()].start..open.words[*run.end()].end).collect(), None)
        }
        (None, Some(open)) => {
            let pattern = Pattern::new(&search.query);
            (pattern.hits(&open.document.text), pattern.problem)
        }
    };
    search.places.clear();
    if let Some(open) = &state.open {
        search.places.extend(search.hits.iter().filter_map(|hit| open.snap(open.words.overlapping(hit.clone()).start)));
        search.places.sort_unstable();
        search.places.dedup();
    }
}

/// Brings the hits of a search by label in line with the labels, where these may have changed.
pub(super) fn settle(state: &mut State) {
    let stale =
        |search: &Search| search.basis.is_some() && search.basis != state.open.as_ref().map(|open| open.basis(&state.scheme));
    if state.search.as_ref().is_some_and(stale) {
        refresh(state);
    }
}

/// What to say of a query that is not found, or not understood.
fn verdict(search: &Search) -> Option<String> {
    let found = search.places.len();
    match &search.problem {
        Some(problem) if search.query.starts_with(BY_LABEL) => Some(format!("Nothing was found: {problem}.")),
        Some(problem) => {
            let places = if found == 1 { "1 place".to_owned() } else { format!("{found} places") };
            Some(format!("No regular expression ({problem}), so searched as plain text: {places}."))
        }
        None if found == 0 && search.query.starts_with(BY_LABEL) => Some("No word of this note has that label.".to_owned()),
        None if search.hits.is_empty() && search.query.chars().any(char::is_uppercase) => {
            Some(format!("'{}' does not stand in this note; in small letters it finds any case.", search.query))
        }
        None if search.hits.is_empty() => Some(format!("'{}' does not stand in this note.", search.query)),
        None if found == 0 => Some(format!("'{}' does not stand in a word.", search.query)),
        None => None,
    }
}

/// Which of the hits the cursor stands on, and which keys lead on.
fn counted(state: &State, search: &Search) -> Option<String> {
    let open = state.open.as_ref()?;
    let (next, previous) = (state.key(Action::NextHit), state.key(Action::PreviousHit));
    let place = search.places.binary_search(&open.word()?).ok()?;
    Some(format!("{} of {}; {next} goes to the next, {previous} to the one before.", place + 1, search.places.len()))
}

/// Goes to the next or previous hit, around the ends of the note.
pub(super) fn go(state: &mut State, forward: bool) {
    let (Some(search), Some(open)) = (&state.search, &mut state.open) else {
        let key = state.key(Action::Search);
        return state.say(Tone::Plain, format!("Nothing is searched; {key} opens the search box."));
    };
    let places = &search.places;
    let at = if forward {
        Some(places.partition_point(|&word| word <= open.cursor)).filter(|&at| at < places.len()).or(Some(0))
    } else {
        places.partition_point(|&word| word < open.cursor).checked_sub(1).or(places.len().checked_sub(1))
    };
    match at.and_then(|at| Some((at, *places.get(at)?))) {
        Some((at, word)) => {
            let count = places.len();
            movement::jump(open, word, false);
            state.say(Tone::Plain, format!("{} of {count}: '{}'", at + 1, search.query));
        }
        None => {
            let sentence = verdict(search).unwrap_or_default();
            state.say(Tone::Warning, sentence);
        }
    }
}

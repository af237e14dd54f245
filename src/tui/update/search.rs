//! Searching in the note: hits appear while one types, upper and lower case are the same.

use std::ops::Range;

use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::{Mode, Search, State, Tone};
use crate::tui::update::{comments, movement};

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
            } else if search.hits.is_empty() {
                state.say(Tone::Warning, format!("'{}' does not stand in this note.", search.query));
            }
        }
        Action::Erase => {
            if let Some(search) = &mut state.search {
                search.query.pop();
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
    if state.mode == Mode::Search {
        let line = text.trim_start().lines().next().unwrap_or_default().to_owned();
        extend(state, line.chars());
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
    let from = open.words.get(search.origin).map_or(0, |word| word.start);
    let hit = search.hits.iter().find(|hit| hit.end > from).or(search.hits.first());
    let word = hit.map_or(search.origin, |hit| open.words.overlapping(hit.clone()).start);
    movement::jump(open, word, false);
}

/// Finds the query in the document on screen.
pub(super) fn refresh(state: &mut State) {
    let Some(search) = &mut state.search else { return };
    search.hits = state.open.as_ref().map(|open| hits(&open.document.text, &search.query)).unwrap_or_default();
}

/// Goes to the next or previous hit, around the ends of the note.
pub(super) fn go(state: &mut State, forward: bool) {
    let (Some(search), Some(open)) = (&state.search, &mut state.open) else {
        let key = state.key(Action::Search);
        return state.say(Tone::Plain, format!("Nothing is searched; {key} opens the search box."));
    };
    // Hits by the word that the cursor would stand on, so that each step moves.
    let word = |hit: &Range<usize>| open.snap(open.words.overlapping(hit.clone()).start);
    let words = || search.hits.iter().filter_map(word);
    let cursor = open.cursor;
    let found = if forward {
        words().find(|&word| word > cursor).or_else(|| words().next())
    } else {
        words().rfind(|&word| word < cursor).or_else(|| words().next_back())
    };
    match found {
        Some(word) => movement::jump(open, word, false),
        None => {
            let sentence = format!("'{}' does not stand in this note.", search.query);
            state.say(Tone::Warning, sentence);
        }
    }
}

/// Where `query` stands in `text`, from the left, without overlaps; upper and lower case are the same.
fn hits(text: &str, query: &str) -> Vec<Range<usize>> {
    let query: Vec<char> = query.chars().flat_map(char::to_lowercase).collect();
    let Some(&first) = query.first() else { return Vec::new() };
    let mut hits: Vec<Range<usize>> = Vec::new();
    for (start, c) in text.char_indices() {
        let begins = if c.is_ascii() { c.to_ascii_lowercase() == first } else { c.to_lowercase().next() == Some(first) };
        if begins
            && hits.last().is_none_or(|last| last.end <= start)
            && let Some(length) = matches(&text[start..], &query)
        {
            hits.push(start..start + length);
        }
    }
    hits
}

/// How many bytes of the beginning of `text` are `query`, which is in lower case.
fn matches(text: &str, query: &[char]) -> Option<usize> {
    let mut rest = query;
    for (at, c) in text.char_indices() {
        if rest.is_empty() {
            return Some(at);
        }
        for lower in c.to_lowercase() {
            // A character that is more than the query's end still matches: 'İ' is found by 'i'.
            match rest.split_first() {
                Some((&wanted, tail)) if wanted == lower => rest = tail,
                Some(_) => return None,
                None => break,
            }
        }
    }
    rest.is_empty().then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_matter_and_ranges_slice_the_text() {
        let check = |text: &str, query: &str, expected: &[&str]| {
            let found: Vec<&str> = hits(text, query).into_iter().map(|hit| &text[hit]).collect();
            assert_eq!(found, expected, "{query} in {text}");
        };
        check("Pain, pain, PAINful", "pAin", &["Pain", "pain", "PAIN"]);
        check("aaaa", "aa", &["aa", "aa"]);
        check("Ärzte und ärzte", "äR", &["Är", "är"]);
        check("İstanbul", "i", &["İ"]);
        check("胸痛 胸痛", "痛", &["痛", "痛"]);
        check("two\nlines", "o\nl", &["o\nl"]);
        check("anything", "", &[]);
        check("", "x", &[]);
    }
}

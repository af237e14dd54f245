//! Jumps: to sentences, headings and labelled spans, and to words by what is decided on them.

use crate::active_learning::Direction;
use crate::domain::outline::{begins_heading, begins_sentence};
use crate::tui::keymap::Action;
use crate::tui::state::{OpenDocument, State, Tone};
use crate::tui::update::movement;

/// Goes to the next or previous word of a kind. What belongs to the text ends where it does; what is to be worked
/// through goes round its ends.
pub(super) fn go(state: &mut State, action: Action, direction: Direction) {
    let Some(open) = &state.open else { return };
    let Some(from) = open.word() else { return };
    let (text, words) = (&*open.document.text, &*open.words);
    use Action::*;
    let found = match action {
        NextSentence | PreviousSentence => {
            let edge = match direction {
                Direction::Forward => words.len() - 1,
                Direction::Backward => 0,
            };
            onward(open, from, direction, |word| begins_sentence(text, words, word)).or(Some(edge))
        }
        NextHeading | PreviousHeading => onward(open, from, direction, |word| begins_heading(text, words, word)),
        NextSpan | PreviousSpan => {
            let labelled = open.labelled();
            onward(open, from, direction, |word| !labelled.begins(word).is_empty())
        }
        NextUndecided | PreviousUndecided => around(open, from, direction, |word| !open.is_settled(word)),
        _ => around(open, from, direction, |word| open.disagrees(word)),
    };
    match found {
        Some(word) => land(state, word),
        None => {
            let sentence = nothing(state, action, direction);
            state.say(Tone::Plain, sentence);
        }
    }
}

/// Why there is nowhere to go.
fn nothing(state: &State, action: Action, direction: Direction) -> String {
    let further = match direction {
        Direction::Forward => "further down",
        Direction::Backward => "further up",
    };
    let key = |action| state.key(action);
    use Action::*;
    match action {
        NextHeading | PreviousHeading => format!("There is no heading {further}."),
        NextSpan | PreviousSpan => format!("No word is labelled {further}."),
        NextUndecided | PreviousUndecided => {
            format!("Every other word of this note is decided; {} marks it done.", key(Done))
        }
        _ => {
            let next = key(NextDocument);
            format!("No other word of this note is decided against the model; {next} opens the next note.")
        }
    }
}

/// Goes to the next or previous span of a label, around the ends of the note.
pub(super) fn to_label(state: &mut State, label: usize, direction: Direction) {
    let Some(open) = &state.open else { return };
    let Some(from) = open.word() else { return };
    let begins = |word: usize| open.labelled().begins(word).contains(label);
    let spans: Vec<usize> = alphanumeric(open).filter(|&word| begins(word)).collect();
    let found = around(open, from, direction, |word| spans.binary_search(&word).is_ok());
    let (count, place) = (spans.len(), found.map(|found| spans.partition_point(|&word| word <= found)));
    let name = state.scheme.labels.get(label).map_or("", |label| &*label.name);
    let sentence = match place {
        Some(place) => format!("{name}: {place} of {count} in this note."),
        None if count == 0 => format!("No word of this note has the label {name}."),
        None => format!("{name}: this is the only one in this note."),
    };
    if let Some(word) = found {
        land(state, word);
    }
    state.say(Tone::Plain, sentence);
}

fn land(state: &mut State, word: usize) {
    if let Some(open) = &mut state.open {
        movement::jump(open, word, false);
    }
}

fn alphanumeric(open: &OpenDocument) -> impl DoubleEndedIterator<Item = usize> {
    (0..open.words.len()).filter(|&word| open.words[word].alphanumeric)
}

/// The nearest such word in a direction, up to the end of the note.
fn onward(open: &OpenDocument, from: usize, direction: Direction, wanted: impl Fn(usize) -> bool) -> Option<usize> {
    match direction {
        Direction::Forward => alphanumeric(open).find(|&word| word > from && wanted(word)),
        Direction::Backward => alphanumeric(open).rfind(|&word| word < from && wanted(word)),
    }
}

/// The nearest such word in a direction, around the end of the note; not the one at hand.
fn around(open: &OpenDocument, from: usize, direction: Direction, wanted: impl Fn(usize) -> bool) -> Option<usize> {
    onward(open, from, direction, &wanted).or_else(|| match direction {
        Direction::Forward => alphanumeric(open).find(|&word| word < from && wanted(word)),
        Direction::Backward => alphanumeric(open).rfind(|&word| word > from && wanted(word)),
    })
}

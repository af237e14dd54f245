//! Moving through the note by word and line.

use crate::tui::keymap::Action;
use crate::tui::state::{OpenDocument, State};

/// Moves the cursor; with `extend` the selection's other end stays where it is, else the selection is given up.
pub(super) fn go(state: &mut State, action: Action, extend: bool) {
    let Some(open) = &mut state.open else { return };
    let Some(from) = open.word() else { return };
    let (word, keeps_column) = target(open, from, action);
    place(open, word, extend);
    if !keeps_column {
        open.goal_column = open.layout.column_of(open.cursor);
    }
}

/// Puts the cursor on a word: [`OpenDocument::snap`]ped, with the column to aim at unchanged.
fn place(open: &mut OpenDocument, word: usize, extend: bool) {
    open.anchor = if extend { open.anchor.or(Some(open.cursor)) } else { None };
    open.cursor = open.snap(word).unwrap_or(0);
}

/// Puts the cursor on a word and gives the selection up or extends it.
pub(super) fn jump(open: &mut OpenDocument, word: usize, extend: bool) {
    place(open, word, extend);
    open.goal_column = open.layout.column_of(open.cursor);
}

/// The word after `word` that has an alphanumeric character.
pub(super) fn next(open: &OpenDocument, word: usize) -> Option<usize> {
    (word + 1..open.words.len()).find(|&next| open.words[next].alphanumeric)
}

/// The word before `word` that has an alphanumeric character.
fn previous(open: &OpenDocument, word: usize) -> Option<usize> {
    (0..word.min(open.words.len())).rev().find(|&previous| open.words[previous].alphanumeric)
}

/// The word that a movement leads to, and whether it is a movement up or down.
fn target(open: &OpenDocument, from: usize, action: Action) -> (usize, bool) {
    use Action::*;
    let vertical = |lines: isize| (open.layout.vertical(from, lines, open.goal_column), true);
    let line = || open.layout.lines().get(open.layout.line_of(from)).map_or(from..from + 1, |line| line.words.clone());
    let counts = |&word: &usize| open.words[word].alphanumeric;
    match action {
        Left | ExtendLeft => (previous(open, from).unwrap_or(from), false),
        Right | ExtendRight => (next(open, from).unwrap_or(from), false),
        Up | ExtendUp => vertical(-1),
        Down | ExtendDown => vertical(1),
        LineStart | ExtendLineStart => (line().find(counts).unwrap_or(from), false),
        LineEnd | ExtendLineEnd => (line().rev().find(counts).unwrap_or(from), false),
        Start => (0, false),
        End => (open.words.len().saturating_sub(1), false),
        _ => (from, true),
    }
}

//! Writing beside the documents: comments and marks, walking them, and the list of all.

use crate::domain::Anchor;
use crate::store::{CommentEntry, Request};
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::{Comments, Listing, Mode, OpenDocument, State, Tone, Writing};
use crate::tui::update::{documents, editing, lists, movement};

/// The longest comment, in characters.
const LONGEST: usize = 500;

/// Opens the box for the selection, the comment under the cursor, or the word there.
pub(super) fn begin(state: &mut State) {
    if state.open.is_none() || !editing::records(state) {
        return;
    }
    let Some(open) = &state.open else { return };
    let words = place(open);
    let anchor = words.unwrap_or(Anchor::Document);
    state.writing = Some(Writing { anchor, words, text: written(open, anchor) });
    state.mode = Mode::Comment;
}

/// The words that a comment at hand is about.
fn place(open: &OpenDocument) -> Option<Anchor> {
    let selection = open.selection()?;
    let own = Anchor::words(*selection.start(), *selection.end());
    let here = || open.annotations.comments_on(open.cursor).next().map(|(anchor, _)| anchor);
    let alone = open.anchor.is_none() && !open.annotations.comments.contains_key(&own);
    Some(alone.then(here).flatten().unwrap_or(own))
}

/// What is written at a place.
fn written(open: &OpenDocument, anchor: Anchor) -> String {
    open.annotations.comments.get(&anchor).map(|comment| comment.text.to_string()).unwrap_or_default()
}

/// What an action means in the box; `None` where it means the same as in the note.
pub(super) fn act(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Cancel => close(state),
        Action::Choose => return Some(save(state)),
        Action::Erase | Action::EraseAll => {
            if let Some(writing) = &mut state.writing {
                lists::erase(action, &mut writing.text);
            }
        }
        Action::OtherPlace => other_place(state),
        _ => return None,
    }
    Some(Vec::new())
}

fn close(state: &mut State) {
    state.writing = None;
    state.mode = Mode::Note;
}

/// From the words to the document, or back. What is typed goes along; what stood there before does not.
fn other_place(state: &mut State) {
    let (Some(writing), Some(open)) = (&mut state.writing, &state.open) else { return };
    let other = if writing.anchor == Anchor::Document { writing.words } else { Some(Anchor::Document) };
    let Some(other) = other else { return };
    if writing.text == written(open, writing.anchor) {
        writing.text = written(open, other);
    }
    writing.anchor = other;
}

fn save(state: &mut State) -> Vec<Effect> {
    if editing::is_read_again(state, "Save the comment") {
        return Vec::new();
    }
    let Some(Writing { anchor, text, .. }) = state.writing.clone() else { return Vec::new() };
    close(state);
    let text = text.trim();
    let effects = editing::perform(state, |open, id| {
        let marked = open.annotations.comments.get(&anchor).is_some_and(|comment| comment.is_mark());
        let text = Some(text).filter(|text| !text.is_empty() || marked);
        open.annotations.comment(id, anchor, text)
    });
    if !effects.is_empty() {
        let undo = state.key(Action::Undo);
        let what = if text.is_empty() { "The comment is taken away" } else { "The comment is written down" };
        state.say(Tone::Plain, format!("{what}; {undo} undoes that."));
    }
    effects
}

/// Text typed or pasted into the box: one line.
pub(super) fn extend(state: &mut State, chars: impl Iterator<Item = char>) {
    let Some(writing) = &mut state.writing else { return };
    let room = LONGEST.saturating_sub(writing.text.chars().count());
    writing.text.extend(chars.filter(|c| !c.is_control()).take(room));
}

/// Marks the word under the cursor, or takes its mark away.
pub(super) fn mark(state: &mut State) -> Vec<Effect> {
    let Some(word) = state.open.as_ref().and_then(OpenDocument::word) else { return Vec::new() };
    let anchor = Anchor::words(word, word);
    let there = state.open.as_ref().and_then(|open| open.annotations.comments.get(&anchor)).map(|comment| comment.is_mark());
    if there == Some(false) {
        let key = state.key(Action::Comment);
        state.say(Tone::Plain, format!("There is a comment on this word, which marks it; {key} changes it."));
        return Vec::new();
    }
    let text = if there == Some(true) { None } else { Some("") };
    let effects = editing::perform(state, |open, id| open.annotations.comment(id, anchor, text));
    if !effects.is_empty() {
        let next = state.key(Action::NextMark);
        let sentence =
            if text.is_some() { format!("Marked; {next} goes from mark to mark.") } else { "No longer marked.".to_owned() };
        state.say(Tone::Plain, sentence);
    }
    effects
}

/// Goes to the next mark or comment, around the end of the note.
pub(super) fn next(state: &mut State) {
    let Some(open) = &mut state.open else { return };
    let places = || open.annotations.comments.keys().filter_map(|anchor| open.snap(anchor.range()?.start));
    let cursor = open.cursor;
    match places().find(|&word| word > cursor).or_else(|| places().next()) {
        Some(word) => {
            movement::jump(open, word, false);
            tell(state);
        }
        None => {
            let (mark, comment) = (state.key(Action::Mark), state.key(Action::Comment));
            state.say(Tone::Plain, format!("This note has no mark and no comment on a word; {mark} marks, {comment} comments."));
        }
    }
}

/// Says what is written on the word under the cursor.
fn tell(state: &mut State) {
    let Some(open) = &state.open else { return };
    let texts: Vec<String> = open.annotations.comments_on(open.cursor).map(|(_, comment)| comment.text.to_string()).collect();
    let text = texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
    if !text.is_empty() {
        state.say(Tone::Plain, text);
    }
}

/// Opens the list and asks for everything that was written.
pub(super) fn list(state: &mut State) -> Vec<Effect> {
    let opened = lists::open(state, Mode::Comments, "its comments can't be listed");
    opened.then_some(Effect::Store(Request::Comments)).into_iter().collect()
}

/// The list has come: shows it, unless the annotator has gone elsewhere in the meantime. Its cursor stands on the first
/// entry of the document on screen.
pub(super) fn listed(state: &mut State, list: Vec<CommentEntry>) {
    if state.mode != Mode::Comments {
        return;
    }
    state.listing = Listing::There;
    if list.is_empty() {
        let (mark, comment) = (state.key(Action::Mark), state.key(Action::Comment));
        state.report(Tone::Plain, format!("Nothing is written beside the notes yet; {comment} comments, {mark} marks a word."));
    }
    let here = state.open.as_ref().map(|open| open.index);
    let cursor = list.iter().position(|entry| Some(entry.document) == here).unwrap_or(0);
    state.comments = Comments { list, cursor };
}

/// Goes to where the list's cursor points.
pub(super) fn go(state: &mut State) -> Vec<Effect> {
    let entry = state.comments.list.get(state.comments.cursor);
    let Some(CommentEntry { document, word, text, .. }) = entry.cloned() else { return Vec::new() };
    let effects = documents::open(state, document, word);
    if !text.is_empty() {
        state.say(Tone::Plain, &*text);
    }
    effects
}

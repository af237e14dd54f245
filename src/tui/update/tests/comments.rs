//! Comments and marks: written, undone, walked, listed.

use super::bench::Bench;
use crate::store::protocol::ReviewState;
use crate::tui::state::{Mode, Saving};

/// The comments of a note on disk, `words: text` each.
fn on_disk(bench: &Bench, document: usize) -> String {
    let comments = bench.comments_on_disk(document).into_iter();
    comments.map(|(words, text)| format!("{words}: {text}")).collect::<Vec<_>>().join(" | ")
}

#[test]
fn a_comment_stands_on_a_word_a_selection_or_the_note() {
    let mut bench = Bench::new(&["severe chest pain today"]);
    bench.press("l \"");
    assert_eq!(bench.state.mode, Mode::Comment);
    bench.type_in("why \"chest\"? q");
    bench.press("backspace backspace enter");
    assert_eq!((on_disk(&bench, 0).as_str(), &bench.state.mode), ("chest: why \"chest\"?", &Mode::Note));
    assert_eq!((&bench.state.saving, bench.kept[0].entry.review), (&Saving::Saved, ReviewState::New), "no decision");
    bench.press("l shift+right \"");
    bench.type_in("since when?");
    bench.press("enter");
    bench.press("esc g \" tab");
    bench.type_in("two visits");
    bench.press("enter");
    assert_eq!(on_disk(&bench, 0), ": two visits | chest: why \"chest\"? | pain today: since when?");
    // The comment under the cursor is changed, from any of its words; emptied it goes.
    bench.press("G \"");
    bench.type_in("!");
    bench.press("enter");
    assert!(on_disk(&bench, 0).ends_with("pain today: since when?!"), "{}", on_disk(&bench, 0));
    bench.press("g l \"");
    "why \"chest\"?".chars().for_each(|_| bench.press("backspace"));
    bench.press("enter");
    assert_eq!(on_disk(&bench, 0), ": two visits | pain today: since when?!");
    // One by one it is undone and redone, across what was decided in between.
    bench.press("1 u u");
    assert_eq!(on_disk(&bench, 0), ": two visits | chest: why \"chest\"? | pain today: since when?!");
    bench.press("u u u u");
    assert_eq!((on_disk(&bench, 0).as_str(), bench.notice()), ("", "Taken back: a comment on 'chest'."));
    bench.press("u");
    assert!(bench.notice().contains("nothing left to undo"), "{}", bench.notice());
    bench.press("ctrl+y ctrl+y ctrl+y ctrl+y ctrl+y");
    assert_eq!(on_disk(&bench, 0), ": two visits | pain today: since when?!");
}

#[test]
fn a_box_that_is_left_writes_nothing() {
    let mut bench = Bench::new(&["chest pain", ""]);
    bench.press("\"");
    bench.type_in("abc");
    bench.press("esc \" enter \" tab enter");
    assert_eq!((on_disk(&bench, 0).as_str(), bench.open().history.undoable()), ("", 0));
    // What cannot be saved is taken back.
    bench.failures = 1;
    bench.press("\"");
    bench.type_in("lost");
    bench.press("enter");
    assert!(bench.open().annotations.comments.is_empty() && bench.notice().contains("disk is full"));
    // A note without words has a place for a comment too.
    bench.press("] \"");
    bench.type_in("empty?");
    bench.press("enter");
    assert_eq!(on_disk(&bench, 1), ": empty?");
}

#[test]
fn marks_are_set_walked_and_taken_away() {
    let mut bench = Bench::new(&["a b c d", "e f"]);
    bench.press("l ' l l ' g `");
    assert_eq!((bench.word(), on_disk(&bench, 0).as_str()), ("b", "b:  | d: "));
    bench.press("`");
    assert_eq!(bench.word(), "d");
    bench.press("` '");
    assert_eq!((bench.word(), on_disk(&bench, 0).as_str()), ("b", "d: "), "around the end, and taken away");
    // A mark becomes a comment; a comment is not lost to the key for marks.
    bench.press("` \"");
    bench.type_in("look");
    bench.press("enter ' g `");
    assert_eq!((bench.word(), on_disk(&bench, 0).as_str(), bench.notice()), ("d", "d: look", "look"));
    bench.press("] `");
    assert!(bench.notice().contains("no mark"), "{}", bench.notice());
    bench.press("l ' [ M");
    assert_eq!((&bench.state.mode, bench.state.comments.list.len(), bench.state.comments.cursor), (&Mode::Comments, 2, 0));
    bench.press("j enter");
    assert_eq!((&bench.state.mode, bench.word()), (&Mode::Note, "f"));
}

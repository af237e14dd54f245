//! Moving, selecting, labelling, searching.

use crossterm::event::{Event as TerminalEvent, MouseButton, MouseEventKind};
use ratatui::layout::Rect;

use super::bench::{Bench, rows, scheme};
use crate::domain::LabelSet;
use crate::inference::Reply;
use crate::tui::event::Event;
use crate::tui::state::Mode;

#[test]
fn keys_turn_one_labelled_note_into_another() {
    let check = |before: &str, keys: &str, after: &str| {
        let mut bench = Bench::new(&[before]);
        bench.press(keys);
        assert_eq!(bench.shown(), after, "{before} | {keys} | {}", bench.notice());
    };
    // Toggling.
    check("[chest](SYM) pain", "l 1", "[chest pain](SYM)");
    check("[chest](SYM) pain", "1", "chest pain");
    check("[chest](SYM) pain", "1 1", "[chest](SYM) pain");
    check("pain", "1 2 3", "[pain](SYM,SEV,ANA)");
    check("pain", "4 0", "pain");
    check("pain now", "space e", "[pain](SEV) now");
    check("pain now", "space Z", "pain now");
    check("pain now", "space esc l 3", "pain [now](ANA)");
    // A selection takes the label unless all of it shows it; punctuation takes no part.
    check("severe, dull pain", "shift+right L 1", "[severe](SYM), [dull pain](SYM)");
    check("[severe](SEV), [dull](SEV) pain", "L L 2", "[severe](SEV), [dull pain](SEV)");
    check("[severe](SEV), [dull](SEV) pain", "L 2", "severe, dull pain");
    check("severe dull pain", "end shift+home 2", "[severe dull pain](SEV)");
    check("severe dull pain", "L esc 2", "severe [dull](SEV) pain");
    // Movement gives the selection up.
    check("severe dull pain", "L l 2", "severe dull [pain](SEV)");
    // Accepting decides and goes on; then the model changes nothing there any more.
    check("[severe](SEV) dull pain", "enter 1 enter 1", "[severe](SEV) [dull pain](SYM)");
    check("a b c d", "L L enter 1", "a b c [d](SYM)");
    // Undo, redo, clearing.
    check("a b", "1 l 2 u", "[a](SYM) b");
    check("a b", "1 l 2 u u u", "a b");
    check("a b", "1 l 2 ctrl+z u ctrl+y ctrl+r ctrl+r", "[a](SYM) [b](SEV)");
    check("a b", "1 u 2 ctrl+y", "[a](SEV) b");
    check("[a](SYM) b", "1 2 x", "[a](SYM) b");
    check("[a](SYM) b", "1 2 x u", "[a](SEV) b");
    check("[a](SYM) [b](ANA)", "A 1 l 1 3", "a [b](SYM)");
    check("[a](SYM) [b](ANA)", "A u", "[a](SYM) [b](ANA)");
}

#[test]
fn the_cursor_goes_from_word_to_word_and_line_to_line() {
    let text = "The cough, dry.\n\nNo fever — none at all.\n...\n\n1. Rest.";
    let check = |keys: &str, word: &str| {
        let mut bench = Bench::new(&[text]);
        bench.press(keys);
        assert_eq!(bench.word(), word, "{keys}");
    };
    check("", "The");
    check("h", "The");
    check("l l", "dry");
    check("l l h", "cough");
    check("l l l", "No");
    check("right right right right right", "none");
    check("down", "No");
    check("l l down", "none");
    check("l l down up", "dry");
    check("j j", "1");
    check("j j j", "1");
    check("end", "dry");
    check("j end", "all");
    check("j end home", "No");
    check("G", "Rest");
    check("G g", "The");
    check("pgdn", "1");
    check("pgdn pgup", "The");
}

#[test]
fn a_selection_grows_and_shrinks_with_shift() {
    let check = |keys: &str, selected: &str| {
        let mut bench = Bench::new(&["one two, three\nfour five six"]);
        bench.press(keys);
        assert_eq!(bench.selected(), selected, "{keys}");
    };
    check("", "one");
    check("L L", "one two, three");
    check("L L H", "one two");
    check("j l shift+left shift+up", "one two, three\nfour five");
    check("j l K H esc", "one");
    check("J shift+end", "one two, three\nfour five six");
}

#[test]
fn search_finds_while_one_types() {
    let text = "Pain in the chest. No pain today, painless walk.";
    let mut bench = Bench::new(&[text]);
    bench.press("/");
    bench.type_in("pai");
    assert_eq!((bench.word(), bench.state.search.as_ref().unwrap().hits.len()), ("Pain", 3));
    bench.type_in("nl");
    assert_eq!(bench.word(), "painless");
    bench.press("backspace");
    assert_eq!(bench.word(), "Pain");
    bench.press("enter n");
    assert_eq!((bench.word(), bench.open().cursor > 4, &bench.state.mode), ("pain", true, &Mode::Note));
    bench.press("n n n p N");
    assert_eq!(bench.word(), "painless");
    bench.press("1");
    assert_eq!(bench.shown(), text.replace("painless", "[painless](SYM)"), "keys are keys again");

    bench.press("/");
    bench.event(Event::Terminal(TerminalEvent::Paste("chest\nsecond line".into())));
    assert_eq!((bench.word(), bench.state.search.as_ref().unwrap().query.as_str()), ("chest", "chest"));
    bench.press("esc");
    assert_eq!((bench.word(), &bench.state.search), ("painless", &None));
    bench.press("/");
    bench.type_in("zebra");
    assert_eq!(bench.word(), "painless");
    bench.press("enter");
    assert_eq!(bench.notice(), "'zebra' does not stand in this note.");
}

#[test]
fn pasted_text_is_never_taken_for_keys() {
    let mut bench = Bench::new(&["a b"]);
    bench.event(Event::Terminal(TerminalEvent::Paste("1q".into())));
    assert_eq!((bench.shown().as_str(), bench.quit), ("a b", false));
    assert!(bench.notice().contains("press / first"), "{}", bench.notice());
}

#[test]
fn the_label_menu_says_what_enter_needs_and_takes_a_pasted_name() {
    let mut bench = Bench::new(&["a b"]);
    bench.press("space enter");
    assert!(matches!(bench.state.mode, Mode::Labels(_)));
    assert_eq!(bench.notice(), "A label's letter or digit chooses it; Tab and a part of its name finds it.");
    bench.press("tab enter");
    assert_eq!(bench.shown(), "[a](SYM) b", "the first");
    for keys in ["space tab", "space"] {
        bench.press(keys);
        bench.event(Event::Terminal(TerminalEvent::Paste("sev\nsym".into())));
        assert_eq!(bench.state.naming.as_deref(), Some("sev"), "{keys}");
        bench.press("enter");
        assert!(bench.notice().is_empty(), "{}", bench.notice());
    }
    assert_eq!(bench.shown(), "[a](SYM) b", "set, and taken away");
}

#[test]
fn tab_goes_to_undecided_words_that_the_model_is_unsure_of() {
    let mut bench = Bench::new(&["a b c d e"]);
    let mut probabilities = vec![0.02; 15];
    (probabilities[3], probabilities[3 * 3 + 1]) = (0.45, 0.6);
    bench.probabilities.insert(0, probabilities);
    bench.predict(0, 0);
    bench.press("tab");
    assert_eq!(bench.word(), "b");
    bench.press("tab");
    assert_eq!(bench.word(), "d");
    bench.press("tab shift+tab");
    assert_eq!(bench.word(), "d");
    bench.press("enter tab");
    assert_eq!(bench.word(), "b");
    bench.press("enter tab");
    assert_eq!(bench.word(), "c");
    assert!(bench.notice().starts_with("The model is sure"), "{}", bench.notice());
}

#[test]
fn nothing_is_accepted_before_the_model_has_spoken() {
    let mut bench = Bench::unopened(&["a [b](SYM) c"]);
    bench.open_project();
    bench.press("enter");
    assert!(bench.notice().contains("not read this yet"), "{}", bench.notice());
    assert_eq!((bench.word(), bench.open().annotations.count()), ("a", 0));
    // What is decided altogether needs no model to go on from.
    bench.press("1 2 3 enter");
    assert_eq!((bench.word(), bench.open().annotations.count()), ("b", 3));
    // One of two selected words is read.
    bench.worker(Reply::Using { version: 0, scheme: scheme(), thresholds: [0.5; 3].into(), suggested: LabelSet::EMPTY });
    bench.worker(Reply::Predicted { document: 0, version: 0, words: 3, first: 1, rows: rows(1, 0.9) });
    bench.press("L enter");
    assert_eq!((bench.selected(), bench.open().annotations.count()), ("b c", 3));
    bench.press("esc h enter");
    assert_eq!((bench.word(), bench.on_disk(0).as_str()), ("c", "[a b](SYM,SEV,ANA) c"));
}

#[test]
fn a_note_without_words_has_nothing_to_accept() {
    for key in ["A", "enter"] {
        let mut bench = Bench::new(&[""]);
        bench.press(key);
        assert_eq!(bench.notice(), "This note has no words, so there is nothing to accept.");
    }
}

/// Where the text of the note stands.
fn text(bench: &Bench) -> Rect {
    bench.state.panes().text
}

#[test]
fn the_mouse_places_selects_and_scrolls() {
    let mut bench = Bench::new(&["one two, three\nfour five six", "other"]);
    let Rect { x, y, .. } = text(&bench);
    bench.click((x + 5, y));
    assert_eq!(bench.word(), "two");
    bench.click((x + 50, y));
    assert_eq!(bench.word(), "three");
    bench.mouse(MouseEventKind::Drag(MouseButton::Left), (x + 6, y + 1));
    assert_eq!(bench.selected(), "three\nfour five");
    bench.press("1");
    assert_eq!(bench.shown(), "one two, [three](SYM)\n[four five](SYM) six");
    bench.click((x, y));
    assert_eq!(bench.selected(), "one");
    bench.click((2, 2));
    assert_eq!(bench.word(), "other");
    bench.press("[");
    bench.mouse(MouseEventKind::ScrollDown, (2, 2));
    assert_eq!((&bench.state.mode, bench.state.queue.cursor), (&Mode::Queue, 1));
    bench.press("enter");
    assert_eq!(bench.word(), "other");
}

#[test]
fn the_wheel_takes_the_cursor_along_only_where_it_must() {
    let note = (0..200).map(|line| format!("line{line}\n")).collect::<String>();
    let mut bench = Bench::new(&[&note]);
    bench.press("down down down down down down");
    let Rect { x, y, .. } = text(&bench);
    bench.mouse(MouseEventKind::ScrollDown, (x, y));
    assert_eq!((bench.open().scroll, bench.word()), (3, "line6"));
    bench.mouse(MouseEventKind::ScrollDown, (x, y));
    bench.mouse(MouseEventKind::ScrollDown, (x, y));
    assert!(bench.open().scroll >= 6 && bench.word() != "line6", "{} {}", bench.open().scroll, bench.word());
    bench.press("G g");
    assert_eq!((bench.open().scroll, bench.word()), (0, "line0"));
    bench.mouse(MouseEventKind::ScrollUp, (x, y));
    assert_eq!((bench.open().scroll, bench.word()), (0, "line0"));
}

#[test]
fn the_place_survives_another_width() {
    let note = (0..400).map(|word| format!("word{word} ")).collect::<String>();
    let mut bench = Bench::new(&[&note]);
    bench.press("G h h h");
    for size in [(40, 10), (200, 50), (10, 3), (0, 0), (80, 24)] {
        bench.event(Event::Terminal(TerminalEvent::Resize(size.0, size.1)));
        assert_eq!(bench.word(), "word396");
    }
    let (page, line) = (bench.open().page(text(&bench).height), bench.open().layout.line_of(bench.open().cursor));
    assert!(page.contains(&line), "{line} in {page:?}");
}

#[test]
fn a_note_without_words_breaks_nothing() {
    let keys = "h l j k g G w b ) ( } { d alt+d c alt+c v . B B home end pgup pgdn H L J K shift+home tab shift+tab n p 1 0 space s enter A x u ctrl+y esc i Q esc";
    for note in ["", " \n\t ", "— … !"] {
        let mut bench = Bench::new(&[note]);
        bench.press(keys);
        bench.press("/");
        bench.type_in("a…");
        bench.press("enter n p D");
        let Rect { x, y, .. } = text(&bench);
        bench.click((x, y));
        bench.mouse(MouseEventKind::Drag(MouseButton::Left), (x + 3, y + 3));
        bench.mouse(MouseEventKind::ScrollDown, (x, y));
        assert_eq!(bench.open().document.text.as_ref(), note);
    }
    let mut bench = Bench::new(&[]);
    bench.press(keys);
    bench.press("D ] [ T R V F q");
    assert!(bench.quit);
}

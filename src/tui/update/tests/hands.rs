//! Moving by what the text is made of, jumping to what is to be done, growing a selection, repeating, accepting a note
//! that was seen, and labelling blind.

use crossterm::event::Event as TerminalEvent;

use super::bench::Bench;
use crate::domain::{Cell, Decision, Scope};
use crate::store::protocol::ReviewState;
use crate::tui::event::Event;

/// The word that keys lead to, and what is said.
fn check(note: &str, keys: &str, word: &str, said: &str) {
    let mut bench = Bench::new(&[note]);
    bench.press(keys);
    assert_eq!(bench.word(), word, "{keys} in {note}");
    assert!(bench.notice().contains(said), "{keys} in {note}: {}", bench.notice());
}

#[test]
fn sentences_headings_and_spans_are_one_key_apart() {
    let prose = "History\nNo fever. Seen by Dr. Hart.\n\nPLAN: rest. Walk";
    check(prose, ")", "No", "");
    check(prose, ") )", "Seen", "");
    check(prose, ") ) ) ) ) )", "Walk", "");
    check(prose, ") ) l (", "Seen", "");
    check(prose, ") ) (", "No", "");
    check(prose, "( (", "History", "");
    check(prose, "}", "PLAN", "");
    check(prose, "} }", "PLAN", "no heading further down");
    check(prose, "G {", "PLAN", "");
    check(prose, "G { {", "History", "");
    let spans = "no [chest](SYM,ANA) [pain](SYM), [severe](SEV) now\n[cough](SYM)";
    check(spans, "w", "chest", "");
    check(spans, "w w", "severe", "");
    check(spans, "w w w", "cough", "");
    check(spans, "w w w w", "cough", "No word is labelled further down");
    check(spans, "w l b", "chest", "");
    check(spans, "w b", "chest", "further up");
}

#[test]
fn jumps_lead_to_what_is_to_be_done() {
    let note = "[a](SYM) [b](SEV) c [d](SYM) [e](SYM)";
    check(note, "enter enter g d", "c", "");
    check(note, "d alt+d alt+d", "e", "");
    check(note, "A d", "a", "is decided; D marks it done");
    check("a", "d", "a", "is decided");
    // Decided against the model, whatever was decided last.
    check(note, "l l 1 g c", "c", "");
    check(note, "1 l l 1 alt+c", "a", "");
    check(note, "A c", "a", "decided against the model");
    // A label's letter or digit.
    check(note, "t s", "d", "SYM: 2 of 2");
    check(note, "t 1 t 1", "a", "SYM: 1 of 2");
    check(note, "alt+t 2", "b", "SEV: 1 of 1");
    check(note, "l t 2", "b", "only one");
    check(note, "t a", "a", "No word of this note has the label ANA");
    check(note, "t Z", "a", "No label has the letter");
}

#[test]
fn a_wrong_label_is_replaced_in_two_keys() {
    let mut bench = Bench::new(&["[a](SYM,SEV) b [c](ANA)", "[a](SYM)"]);
    bench.press("= a");
    assert_eq!((bench.shown().as_str(), bench.on_disk(0).as_str()), ("[a](ANA) b [c](ANA)", "[a](ANA) b c"));
    bench.press("l l . u");
    assert_eq!((bench.shown().as_str(), bench.notice()), ("[a](ANA) b [c](ANA)", "Taken back: 'c': ANA."));
}

#[test]
fn a_label_that_replaces_others_waits_for_the_note_it_is_meant_for() {
    let mut bench = Bench::new(&["[a](SYM,SEV) b", "[c](SYM,SEV)"]);
    bench.prompt = false;
    bench.press("] = a");
    bench.answer_all();
    assert_eq!((bench.on_disk(0).as_str(), bench.on_disk(1).as_str()), ("a b", "[c](ANA)"));
    bench.prompt = true;
    bench.press("= a");
    assert_eq!(bench.notice(), "What is here has ANA, and no other label, by a decision already.");
}

#[test]
fn undo_tells_what_it_takes_back() {
    let check = |note: &str, keys: &str, said: &str| {
        let mut bench = Bench::new(&[note, "a b"]);
        bench.press(keys);
        assert_eq!(bench.notice(), said, "{keys} in {note}");
    };
    check("[a](SYM) b", "2 u", "Taken back: 'a': SEV.");
    check("[a](SYM) b", "2 u ctrl+y", "Done again: 'a': SEV.");
    check("[a](SYM) b", "= a u", "Taken back: 'a': ANA, not SYM.");
    check("[a](SYM) b", "enter u", "Taken back: 'a', as shown.");
    check("[a](SYM) b", "2 x u", "Taken back: decisions on 'a'.");
    check("[a](SYM) b", "A u", "Taken back: 'a b', as shown.");
    check("[a](SYM) b", "' u", "Taken back: a comment on 'a'.");
    check("[a](SYM) b", "D u", "This note is open again.");
}

#[test]
fn what_cannot_be_seen_is_not_changed() {
    let mut bench = Bench::new(&["a b"]);
    let resize = |bench: &mut Bench, width, height| {
        bench.event(Event::Terminal(TerminalEvent::Resize(width, height)));
    };
    resize(&mut bench, 20, 1);
    bench.press("1 l 2 D");
    resize(&mut bench, 80, 24);
    assert_eq!((bench.shown().as_str(), bench.word()), ("a b", "a"));
    bench.press("1");
    assert_eq!(bench.shown(), "[a](SYM) b");
}

#[test]
fn a_selection_grows_by_what_belongs_together() {
    let check = |note: &str, keys: &str, selected: &str| {
        let mut bench = Bench::new(&[note]);
        bench.press(keys);
        assert_eq!(bench.selected(), selected, "{keys} in {note}: {}", bench.notice());
    };
    let note = "No fever. [Severe](SEV) [chest](SYM,ANA) [pain](SYM), worse at night.\nRest.\n\nEnd";
    check(note, "w v", "Severe");
    check(note, "w w v", "chest pain");
    check(note, "w w v v", "Severe chest pain, worse at night");
    check(note, "w w v v v", "No fever. Severe chest pain, worse at night");
    check(note, "w w v v v v", "No fever. Severe chest pain, worse at night.\nRest");
    check(note, "w w v v v v v", "No fever. Severe chest pain, worse at night.\nRest");
    check(note, "v", "No");
    check(note, "v v", "No fever");
    check(note, "w w v esc", "chest");
    check(note, "w w v L", "chest pain, worse");
}

#[test]
fn the_last_change_is_done_again_with_a_full_stop() {
    let check = |note: &str, keys: &str, after: &str| {
        let mut bench = Bench::new(&[note]);
        bench.press(keys);
        assert_eq!(bench.shown(), after, "{keys} in {note}: {}", bench.notice());
    };
    check("a b c d", "1 l . l L .", "[a b c d](SYM)");
    check("a b", "2 u l .", "a [b](SEV)");
    check("[a](SYM) b", "1 l 1 x h .", "[a](SYM) b");
    check("[a](SYM) [b](SYM)", "enter . g 1", "a [b](SYM)");
    // What was set is set, and what was taken away is taken away, whatever the model says there.
    check("a [b](SYM) c", "1 l . l .", "[a b c](SYM)");
    check("[a](SYM) b", "1 l .", "a b");
    let mut bench = Bench::new(&["a"]);
    bench.press(".");
    assert!(bench.notice().starts_with("Nothing has been changed yet"), "{}", bench.notice());
}

/// A note of more lines than the screen has.
fn long() -> String {
    (0..60).map(|line| format!("line{line}\n")).collect()
}

#[test]
fn a_note_is_accepted_once_it_was_seen_to_its_end() {
    let mut bench = Bench::new(&[&long(), "x [y](SYM)"]);
    for keys in ["A", "D", "g G D"] {
        bench.press(keys);
        assert!(bench.notice().contains("have not been on the screen; here is the first, PgDn reads on"), "{}", bench.notice());
        assert_eq!((bench.open().annotations.count(), bench.open().index), (0, 0));
        assert!(!["line0", "line59"].contains(&bench.word()), "the cursor is where it was not read: {}", bench.word());
    }
    bench.press("pgdn pgdn pgdn pgdn pgdn g A");
    assert_eq!(
        (bench.notice(), bench.word()),
        ("Accepted the rest: 60 words, none of them uncertain. u takes it back.", "line0")
    );
    let cell = bench.open().annotations.decided(Cell::new(3, 0)).copied().unwrap();
    assert_eq!((cell.scope, cell.present), (Scope::Document, false), "weaker evidence than a decision on one word");
    bench.press("A");
    assert!(bench.notice().contains("decided already"), "{}", bench.notice());
}

#[test]
fn a_selection_is_accepted_once_all_of_it_was_on_the_screen() {
    let mut bench = Bench::new(&[&"word ".repeat(3_000), "x"]);
    bench.press("v v v v enter");
    assert!(bench.notice().contains("of the selection have not been on the screen; nothing was changed"), "{}", bench.notice());
    assert_eq!((bench.open().annotations.count(), bench.on_disk(0).contains('[')), (0, false));
    // What is in sight is accepted, punctuation as well.
    let mut bench = Bench::new(&["a - [b](SYM) c"]);
    let mut probabilities = bench.probabilities[&0].clone();
    probabilities[7] = 0.45;
    bench.probabilities.insert(0, probabilities);
    bench.predict(0, 0);
    bench.press("L L L enter");
    assert_eq!(bench.notice(), "Accepted 3 words, 1 of them uncertain. u takes it back.");
    assert_eq!(bench.on_disk(0), "a - [b](SYM) c");
}

#[test]
fn what_is_accepted_blind_says_how_much_has_no_label() {
    let mut bench = Bench::new(&["[a](SYM) b c"]);
    bench.press("B l 2 A");
    assert_eq!(
        bench.notice(),
        "Accepted the rest: 3 words, 2 of them without a label, since predictions are hidden. u takes it back."
    );
    assert_eq!(bench.on_disk(0), "a [b](SEV) c");
}

#[test]
fn a_right_note_costs_one_key() {
    let mut bench = Bench::new(&["a [b](SYM)", "c [d](SEV)"]);
    let mut probabilities = bench.probabilities[&0].clone();
    probabilities[4] = 0.45;
    bench.probabilities.insert(0, probabilities);
    bench.predict(0, 0);
    bench.press("D");
    assert_eq!((bench.word(), bench.kept[0].entry.review), ("c", ReviewState::Done));
    assert_eq!(bench.notice(), "Done. Accepted as shown: 2 words, 1 of them uncertain. u takes it back.");
    assert_eq!((bench.on_disk(0).as_str(), bench.kept[0].annotations.count()), ("a [b](SYM)", 6));
    bench.press("1 D");
    assert_eq!(bench.on_disk(1), "[c](SYM) [d](SEV)", "what was put right stays so");
    assert!(bench.notice().starts_with("This note is marked done, and so is every other one."), "{}", bench.notice());
    // Taken up again, nothing is accepted.
    bench.press("D");
    assert_eq!(bench.kept[1].entry.review, ReviewState::Started);
    // Without the model's word only what the annotator decided is.
    let mut bench = Bench::unopened(&["a b"]);
    bench.open_project();
    bench.press("1 D");
    assert_eq!((bench.kept[0].entry.review, bench.kept[0].annotations.count()), (ReviewState::Done, 1));
    assert!(bench.notice().contains("stays undecided"), "{}", bench.notice());
}

#[test]
fn blind_the_model_is_seen_only_where_all_is_decided() {
    let mut bench = Bench::new(&["[a](SYM) [b](SEV) c"]);
    bench.press("B");
    assert_eq!((bench.shown().as_str(), bench.open().revealed(0).probability(0, 0)), ("a b c", None));
    bench.press("1 1 2");
    assert_eq!((bench.shown().as_str(), bench.open().revealed(0).probability(0, 0)), ("[a](SEV) b c", None));
    bench.press("enter");
    assert_eq!(
        (bench.shown().as_str(), bench.word(), bench.open().revealed(0).probability(0, 0)),
        ("[a](SEV) b c", "b", Some(0.9))
    );
    // The record says that nothing was shown.
    let shown =
        |bench: &Bench| bench.kept[0].annotations.all_decided().any(|(_, cell)| cell.predicted || cell.probability.is_some());
    assert!(!shown(&bench));
    assert_eq!(bench.open().annotations.decision(Cell::new(0, 0)), Decision::Absent);
    bench.press("g tab");
    assert!(bench.notice().contains("B shows them again"), "{}", bench.notice());
    bench.press("c");
    assert_eq!(bench.word(), "a", "nothing of the undecided words is given away");
    bench.press("D");
    assert_eq!((bench.on_disk(0).as_str(), shown(&bench)), ("[a](SEV) b c", false));
    bench.press("B");
    assert_eq!(bench.shown(), "[a](SEV) b c");
}

#[test]
fn a_key_that_does_nothing_names_the_one_that_helps() {
    check("a b", "@", "a", "@ does nothing in the note; ? shows the keys that do.");
    check("a b", "f9", "a", "F9 does nothing");
    check("a b", "space f9", "a", "F9 does nothing in the label menu; F1 shows the keys that do.");
}

#[test]
fn an_export_says_where_it_is_and_what_of_it_was_decided_here() {
    check(
        "a b",
        "ctrl+e",
        "a",
        "4 notes (1 decided here, 3 only imported) written as gold to ward/.chartmark/project.gold.jsonl",
    );
}

#[test]
fn undo_right_after_a_note_was_left_goes_back_and_takes_that_back() {
    let mut bench = Bench::new(&["a [b](SYM)", "c", "d"]);
    bench.press("D u");
    assert_eq!((bench.open().index, bench.kept[0].annotations.count(), bench.kept[0].entry.review), (0, 0, ReviewState::New));
    bench.press("Z u");
    assert_eq!((bench.open().index, bench.kept[0].entry.review), (0, ReviewState::New));
    // Whatever was done in the next one goes first.
    bench.press("D 1 u u");
    assert_eq!((bench.open().index, bench.kept[0].entry.review), (1, ReviewState::Done), "{}", bench.notice());
}

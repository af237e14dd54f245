//! The ways to read a note.

use super::bench::Bench;
use crate::tui::state::{LabelUse, Mode, Reading};

#[test]
fn one_key_goes_round_the_ways_to_read_and_the_cursor_stays() {
    let mut bench = Bench::new(&["[severe](SYM,SEV) [pain](SYM)"]);
    bench.press("l z");
    assert_eq!((bench.open().reading, bench.word()), (Reading::Tags, "pain"));
    assert!(bench.open().layout.tags()[0].columns > 0);
    bench.press("z");
    assert_eq!((bench.open().reading, bench.word()), (Reading::Focus(0), "pain"));
    assert!(bench.notice().contains("'SYM' alone"), "{}", bench.notice());
    bench.press("z");
    assert_eq!((bench.open().reading, bench.open().layout.tags().len()), (Reading::Lanes, 0));
}

#[test]
fn tags_follow_the_decisions() {
    let mut bench = Bench::new(&["severe pain"]);
    bench.press("z 1");
    assert!(bench.open().layout.tags()[0].columns > 0);
    bench.press("u");
    assert_eq!(bench.open().layout.tags()[0].columns, 0);
}

#[test]
fn a_label_shown_alone_is_toggled_accepted_and_cleared_alone() {
    let mut bench = Bench::new(&["[severe](SYM,SEV) [pain](SYM) today"]);
    bench.press("I");
    assert_eq!(bench.state.mode, Mode::Labels(LabelUse::Alone));
    let key = bench.state.scheme.labels[1].key.to_string();
    bench.press(&key);
    assert_eq!((&bench.state.mode, bench.open().reading), (&Mode::Note, Reading::Focus(1)));
    bench.press("enter");
    assert_eq!((bench.on_disk(0).as_str(), bench.word()), ("[severe](SEV) pain today", "pain"));
    bench.press("+");
    assert_eq!(bench.on_disk(0), "[severe pain](SEV) today");
    bench.press("z 1 z z x");
    assert_eq!(bench.on_disk(0), "[severe](SEV) pain today", "what is hidden is not cleared");
    assert_eq!(bench.shown(), "[severe](SYM,SEV) pain today");
    bench.press("A");
    assert_eq!(bench.kept[0].annotations.all_decided().filter(|(cell, _)| cell.label == 1).count(), 3);
    assert_eq!(bench.kept[0].annotations.count(), 4, "the decision on the hidden label of 'pain' stays alone");
}

#[test]
fn letters_without_a_label_and_keys_without_a_chosen_label_say_so() {
    let mut bench = Bench::new(&["a"]);
    bench.press("I 9");
    assert!(bench.notice().contains("'9'") && bench.state.reading == Reading::Lanes, "{}", bench.notice());
    bench.press("+");
    assert!(bench.notice().contains("I and its letter"), "{}", bench.notice());
    assert_eq!(bench.kept[0].annotations.count(), 0);
}

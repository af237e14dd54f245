//! The list of all actions.

use super::bench::Bench;
use crate::tui::keymap::Action;
use crate::tui::message::Message;
use crate::tui::state::{LabelUse, Mode, State};
use crate::tui::update::update;

/// The state in which the list is opened, and the list.
fn opened(bench: &Bench) -> State {
    let mut state = bench.state.clone();
    update(&mut state, Message::Act(Action::Palette));
    state
}

#[test]
fn all_that_is_typed_is_taken_away_with_one_key() {
    for open in ["/", ":", "l /", "\"", "s e a", "s e r", "Q /"] {
        let mut bench = Bench::new(&["[severe](SYM,SEV) [pain](SYM)", "two"]);
        bench.press(open);
        let empty = if open == "s e r" { None } else { Some(bench.state.clone()) };
        let typed = |bench: &Bench| format!("{:?}", bench.state);
        bench.press("x y ctrl+u");
        let once = typed(&bench);
        bench.press("x backspace");
        assert_eq!(typed(&bench), once, "after '{open}': with two keys it is as with one");
        assert_eq!(empty.map(|state| state.mode), (open != "s e r").then(|| bench.state.mode.clone()), "after '{open}'");
    }
}

#[test]
fn what_is_found_is_done_as_if_its_key_had_been_pressed() {
    for keys in ["", "l z", "Q", "s", "s e", "V", "E", "M", "U", "S", "P", "?"] {
        let mut bench = Bench::new(&["[severe](SYM,SEV) [pain](SYM)", "two"]);
        bench.press(keys);
        bench.state.notice = None;
        let list = opened(&bench);
        let Mode::Palette(palette) = list.mode.clone() else { panic!("the list is open") };
        for (row, found) in palette.found(&list.keymap).iter().enumerate().filter(|(_, found)| found.here) {
            if found.binding.action == Action::ToggleDigit {
                continue;
            }
            let mut pressed = bench.state.clone();
            let wanted = update(&mut pressed, Message::Act(found.binding.action));
            let mut chosen = list.clone();
            for _ in 0..row {
                update(&mut chosen, Message::Act(Action::Down));
            }
            let effects = update(&mut chosen, Message::Act(Action::Choose));
            let told = |state: &State, effects: &Vec<_>| format!("{effects:?} {state:?}");
            assert!(told(&pressed, &wanted) == told(&chosen, &effects), "after '{keys}': {}", found.binding.description);
        }
    }
}

#[test]
fn what_does_not_work_here_says_where_it_does() {
    let mut bench = Bench::new(&["a b"]);
    bench.press(":");
    bench.type_in("activate the version (in");
    bench.press("enter");
    assert!(bench.notice().contains("in the list of versions, not in the note"), "{}", bench.notice());
    bench.press("esc");
    assert_eq!(bench.state.mode, Mode::Note);
}

#[test]
fn letters_are_typed_and_the_first_hit_is_chosen() {
    let mut bench = Bench::new(&["a b"]);
    bench.press(":");
    bench.type_in("into qx");
    bench.press("backspace enter");
    assert_eq!(bench.state.mode, Mode::Queue);
    bench.press(":");
    bench.type_in("toggle one of");
    bench.press("enter");
    assert!(bench.notice().contains("in the note, not in the queue"));
    bench.press("esc esc :");
    bench.type_in("first ten");
    bench.press("enter");
    assert_eq!(bench.state.mode, Mode::Labels(LabelUse::Toggle));
}

//! More labels than there are letters.

use std::collections::HashSet;

use super::{MONO, drawn, fixture, key_sign};
use crate::domain::LabelScheme;
use crate::tui::keymap::Action;
use crate::tui::message::Message;
use crate::tui::picture::text;
use crate::tui::update::update;
use crate::tui::view::paint::columns;

#[test]
fn labels_beyond_the_letters_have_signs_of_their_own() {
    let names: Vec<String> = (1..=150).map(|index| format!("label {index:03}")).collect();
    let scheme = LabelScheme::from_names("many", &names).unwrap();
    let signs: Vec<String> = scheme.labels.iter().map(|label| key_sign(label.key)).collect();
    let different: HashSet<&String> = signs.iter().collect();
    assert_eq!(different.len(), 150, "{signs:?}");
    assert!(signs.iter().all(|sign| sign.as_str() != "•" && columns(sign) == 1), "{signs:?}");
}

#[test]
fn the_two_hundredth_label_is_chosen_by_its_name() {
    let names: Vec<String> = (1..=200).map(|index| format!("label {index:03}")).collect();
    let scheme = LabelScheme::from_names("two hundred", &names).unwrap();
    let mut state = fixture::bare(80, 24, scheme);
    let width = state.panes().text.width;
    state.open = Some(fixture::open(0, "note", "one two", &state.scheme, width));
    state.saving = crate::tui::state::Saving::Saved;
    let act = |message: Message, state: &mut _| drop(update(state, message));
    act(Message::Act(Action::LabelMenu), &mut state);
    let menu = text(&drawn(&state, &MONO));
    assert!(menu.contains("label 001") && menu.contains("Tab and a part of its name finds"), "{menu}");
    act(Message::Act(Action::Search), &mut state);
    "L 19".chars().for_each(|c| act(Message::Typed(c), &mut state));
    let menu = text(&drawn(&state, &MONO));
    assert!(
        menu.contains("L 19▏ Enter takes the first · Toggle which label?")
            && menu.contains("label 199")
            && !menu.contains("label 200"),
        "{menu}"
    );
    act(Message::Act(Action::Erase), &mut state);
    act(Message::Act(Action::Erase), &mut state);
    "200".chars().for_each(|c| act(Message::Typed(c), &mut state));
    act(Message::Act(Action::Choose), &mut state);
    let shown = |state: &crate::tui::state::State| state.open.as_ref().unwrap().labels(0).iter().collect::<Vec<_>>();
    assert_eq!(shown(&state), [199]);
    assert_eq!(state.naming, None);
    // Nothing has that in its name: nothing is changed, and it is said.
    act(Message::Act(Action::LabelMenu), &mut state);
    act(Message::Act(Action::Search), &mut state);
    act(Message::Typed('x'), &mut state);
    act(Message::Act(Action::Choose), &mut state);
    assert_eq!(shown(&state), [199]);
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text.contains("No label has 'x' in its name")));
}

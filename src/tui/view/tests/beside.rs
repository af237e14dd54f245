//! States with what stands beside the note: the guide and the tutorial.

use std::sync::Arc;

use super::fixture::{read, state};
use crate::formats::Corpus;
use crate::tui::keymap::Action;
use crate::tui::state::guide::Source;
use crate::tui::state::{State, Tutorial};

/// The screen with each of them, with a name each.
pub(super) fn scenes(width: u16, height: u16) -> Vec<(&'static str, State)> {
    let scene = |change: fn(&mut State)| {
        let mut state = state(width, height);
        change(&mut state);
        state
    };
    vec![
        (
            "about",
            scene(|state| {
                let label = &mut Arc::make_mut(&mut state.scheme).labels[3];
                label.description = "How bad something is: a word of degree, not of kind.".to_owned();
                label.seeds = ["mild", "severe*", "very bad"].map(String::from).to_vec();
                read(state, &[Action::About]);
                state.guide.known.insert(0, vec!["shortness of breath".into(), "palpitations".into()]);
            }),
        ),
        (
            "guidelines",
            scene(|state| {
                state.guide.source = Corpus::sample_guidelines().map(Source::Text);
                read(state, &[Action::Guidelines, Action::Guidelines, Action::Down]);
            }),
        ),
        ("tutorial", scene(|state| state.tutorial = Tutorial::remembered(Some("at train"), false))),
        (
            "tutorial-over-note",
            scene(|state| {
                state.tutorial = Tutorial::remembered(Some("at unsure"), false);
                read(state, &[Action::ToggleQueue]);
            }),
        ),
    ]
}

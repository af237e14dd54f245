//! A selection that grows: from the word under the cursor to its phrase, sentence, line and paragraph.

use std::ops::RangeInclusive;

use crate::domain::outline::{Stretch, stretch};
use crate::tui::keymap::Action;
use crate::tui::state::{OpenDocument, State, Tone};
use crate::tui::update::movement;

/// Selects the words around the cursor that share a label, or the word without one; then the smallest stretch that holds the
/// selection and more: such words, or its sentence, line or paragraph.
pub(super) fn grow(state: &mut State) {
    let Some(open) = &mut state.open else { return };
    let Some(selection) = targeted(open) else { return };
    match larger(open, &selection) {
        Some(grown) => {
            if open.anchor.is_none() {
                state.work.grown_from = Some(open.cursor);
            }
            movement::jump(open, *grown.start(), false);
            movement::jump(open, *grown.end(), true);
        }
        None => {
            let drop = state.key(Action::Cancel);
            state.say(Tone::Plain, format!("The whole paragraph is selected; {drop} drops the selection."));
        }
    }
}

/// The selection without punctuation at its ends.
fn targeted(open: &OpenDocument) -> Option<RangeInclusive<usize>> {
    let targets = open.targets();
    Some(*targets.first()?..=*targets.last()?)
}

fn larger(open: &OpenDocument, selection: &RangeInclusive<usize>) -> Option<RangeInclusive<usize>> {
    if open.anchor.is_none() {
        return Some(open.labelled().phrase(selection.clone()).unwrap_or_else(|| selection.clone()));
    }
    let grows = |grown: &RangeInclusive<usize>| grown.start() < selection.start() || selection.end() < grown.end();
    let stretches = [Stretch::Sentence, Stretch::Line, Stretch::Paragraph];
    let stretches = stretches.map(|kind| stretch(&open.document.text, &open.words, selection.clone(), kind));
    open.labelled().phrase(selection.clone()).into_iter().chain(stretches).find(grows)
}

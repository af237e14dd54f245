//! The guide: opened, followed, moved into, closed. While it is open, keys go on labelling.

use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::formats::markdown;
use crate::store::Request;
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::state::guide::{EXAMPLES, Here, Source, Topic, add};
use crate::tui::state::{Mode, State, Tone};
use crate::tui::view;

/// Shows what the labels mean; again: moves into the guide; again: closes it.
pub(super) fn labels(state: &mut State) -> Vec<Effect> {
    turn(state, Topic::Labels);
    Vec::new()
}

/// Shows what a label means, whichever word the cursor is on.
pub(super) fn label(state: &mut State, label: usize) {
    if state.guide.topic != Some(Topic::Labels) {
        turn(state, Topic::Labels);
    }
    state.guide.chosen = Some(label);
    state.guide.scroll = 0;
}

/// Shows the guidelines, read anew; again: moves into the guide; again: closes it.
pub(super) fn guidelines(state: &mut State) -> Vec<Effect> {
    if state.guide.topic == Some(Topic::Guidelines) {
        turn(state, Topic::Guidelines);
        return Vec::new();
    }
    match &state.guide.source {
        Some(Source::Text(text)) => {
            let blocks = markdown::blocks(text).into();
            show(state, blocks);
            Vec::new()
        }
        Some(Source::File(path)) if state.saving.is_open() => {
            vec![Effect::Store(Request::Guidelines(path.clone()))]
        }
        Some(Source::File(_)) => {
            state.say(Tone::Warning, "The project is not open, so the guidelines can't be read.");
            Vec::new()
        }
        None => {
            let sentence = "These notes lie in no folder that could hold guidelines; --guidelines FILE names some.";
            state.say(Tone::Warning, sentence);
            Vec::new()
        }
    }
}

/// The guidelines have been read, or not.
pub(super) fn read(state: &mut State, text: Result<String, String>) {
    match text {
        Ok(text) => show(state, markdown::blocks(&text).into()),
        Err(why) => state.say(Tone::Warning, super::worker::capital(&why) + "."),
    }
}

fn show(state: &mut State, blocks: Arc<[markdown::Block]>) {
    (state.guide.guidelines, state.guide.page) = (Some(blocks), None);
    turn(state, Topic::Guidelines);
}

/// Shows a topic, or goes one step further with the one that is shown.
fn turn(state: &mut State, topic: Topic) {
    let inside = state.mode == Mode::Guide;
    if state.guide.topic != Some(topic) {
        (state.guide.topic, state.guide.scroll, state.guide.chosen) = (Some(topic), 0, None);
        let panes = state.panes();
        if panes.guide.is_none() && !panes.too_small {
            state.say(Tone::Warning, "The guide needs a larger terminal.");
        }
    } else if inside {
        state.guide.topic = None;
        state.mode = Mode::Note;
    } else if state.panes().guide.is_some() {
        state.mode = Mode::Guide;
    } else {
        state.guide.topic = None;
    }
}

/// Moves the first line shown.
pub(super) fn scroll(state: &mut State, lines: isize) {
    state.guide.scroll = state.guide.scroll.saturating_add_signed(lines);
}

/// Some examples of a label have come from the project.
pub(super) fn examples(state: &mut State, label: usize, found: &[String], next: Option<usize>) -> Vec<Effect> {
    let Some(known) = state.guide.known.get_mut(&label) else { return Vec::new() };
    found.iter().for_each(|text| add(known, text));
    let more = next.filter(|_| known.len() < EXAMPLES);
    more.map(|from| Effect::Store(Request::Examples { label, from })).into_iter().collect()
}

/// What the project is known to have is forgotten: another document is on screen, or other labels are in use.
pub(super) fn forget(state: &mut State) {
    state.guide.known.clear();
    state.guide.basis = None;
}

/// Brings what is told in line with the document on screen, asks the project for examples that are not known, and keeps
/// the first line within the text.
pub(super) fn settle(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    if state.mode == Mode::Guide && state.panes().guide.is_none() {
        state.mode = Mode::Note;
    }
    if state.guide.topic == Some(Topic::Labels)
        && let Some(labels) = state.guide.labels(state)
    {
        let asks = state.saving.is_open();
        if let Some(open) = &state.open {
            let basis = Some((open.index, open.basis(&state.scheme)));
            if state.guide.basis != basis {
                state.guide.here.clear();
                state.guide.basis = basis;
            }
            for &label in &labels {
                state.guide.here.entry(label).or_insert_with(|| Here::of(open, label));
            }
        }
        for label in labels.into_iter().filter(|_| asks) {
            if let Entry::Vacant(place) = state.guide.known.entry(label) {
                place.insert(Vec::new());
                effects.push(Effect::Store(Request::Examples { label, from: 0 }));
            }
        }
    }
    if let Some(pane) = state.panes().guide {
        if state.guide.topic == Some(Topic::Guidelines) && state.guide.page.as_ref().is_none_or(|(width, _)| *width != pane.width)
        {
            let blocks = state.guide.guidelines.as_deref().unwrap_or_default();
            state.guide.page = Some((pane.width, view::guide_page(blocks, pane.width)));
        }
        let lines = view::guide_lines(state, pane.width);
        let height = usize::from(pane.height.saturating_sub(1));
        state.guide.scroll = state.guide.scroll.min(lines.saturating_sub(height));
    }
    effects
}

/// What an action means in the guide; `None` where it means the same as in the note.
pub(super) fn act(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Cancel => (state.mode, state.guide.topic) = (Mode::Note, None),
        _ => {
            let lines = super::lists::steps(state, action)?;
            scroll(state, lines);
        }
    }
    Some(Vec::new())
}

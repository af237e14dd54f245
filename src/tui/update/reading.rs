//! The ways to read a note, and its lines laid out for the one in use.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::layout::Layout;
use crate::tui::state::{Reading, State, Tone};
use crate::tui::update::editing;
use crate::tui::view;

/// Reads the note in the next way.
pub(super) fn next(state: &mut State) {
    state.reading = match state.reading {
        Reading::Lanes => Reading::Tags,
        Reading::Tags => Reading::Focus(state.focus),
        Reading::Focus(_) => Reading::Lanes,
    };
    tell(state);
}

/// Shows this label alone.
pub(super) fn focus_on(state: &mut State, label: usize) {
    (state.focus, state.reading) = (label, Reading::Focus(label));
    tell(state);
}

/// Says what is shown now, and which keys belong to it.
fn tell(state: &mut State) {
    let sentence = match state.reading {
        Reading::Lanes => "All labels, as letters beneath the words.".to_owned(),
        Reading::Tags => "All labels, as tags behind the words.".to_owned(),
        Reading::Focus(label) => {
            let name = state.scheme.labels.get(label).map_or("", |label| label.name.as_str());
            let (toggle, choose) = (state.key(Action::ToggleFocus), state.key(Action::Focus));
            format!("'{name}' alone: {toggle} toggles it, accepting decides it alone, {choose} chooses another label.")
        }
    };
    state.say(Tone::Plain, sentence);
}

/// Toggles the label that is shown alone.
pub(super) fn toggle(state: &mut State) -> Vec<Effect> {
    match state.reading.focus() {
        Some(label) => editing::toggle(state, label),
        None => {
            let focus = state.key(Action::Focus);
            state.say(Tone::Warning, format!("No label is shown alone; {focus} and its letter choose one."));
            Vec::new()
        }
    }
}

/// Lays the document on screen out anew where its pane, the way it is read or its tags have changed, with the cursor's
/// line where it was, and scrolls that into view: above a sentence that is too long for its line.
pub(super) fn settle(state: &mut State) {
    let panes = state.panes();
    let hidden = view::foot_over(state, panes.text);
    state.work.sight.clear();
    let Some(open) = state.open.as_mut().filter(|_| !panes.too_small) else { return };
    let reread = std::mem::replace(&mut open.reading, state.reading) != state.reading;
    let basis = (open.reading == Reading::Tags).then(|| open.basis(&state.scheme));
    // Tags are looked up for every word: only where what they say may have changed.
    let tags = match &basis {
        None => Some(Vec::new()),
        Some(_) => (basis != open.tagged).then(|| view::tags(open, &state.scheme)),
    };
    open.tagged = basis;
    let tags = tags.filter(|tags| tags != open.layout.tags());
    let (width, height) = (panes.text.width.max(1), usize::from(panes.text.height));
    if open.layout.width() != width || tags.is_some() {
        let tags = tags.unwrap_or_else(|| open.layout.tags().to_vec());
        let above = open.layout.line_of(open.cursor).saturating_sub(open.scroll);
        let above = if open.layout.width() == width && !reread { above } else { height / 3 };
        open.layout = Layout::tagged(&open.document.text, &open.words, width, tags);
        open.scroll = open.layout.line_of(open.cursor).saturating_sub(above);
        open.goal_column = open.layout.column_of(open.cursor);
    }
    open.covered = hidden;
    let known = RefCell::new(BTreeMap::new());
    let rows = |line: usize| *known.borrow_mut().entry(line).or_insert_with(|| view::rows(open, line));
    let lines = open.layout.lines();
    let page = open.sight(panes.text.height, rows);
    let scroll = page.start;
    let (mut y, bottom) = (panes.text.y, panes.text.bottom());
    for line in page {
        let next = y.saturating_add(u16::try_from(rows(line)).unwrap_or(u16::MAX)).min(bottom);
        state.work.sight.push((lines[line].words.clone(), y..next));
        y = next;
    }
    open.scroll = scroll;
}

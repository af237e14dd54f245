//! What the store tells of the whole project: its figures, shown when they come, and its decisions, written as gold.

use std::path::Path;
use std::sync::Arc;

use crate::domain::visible;
use crate::store::{Exported, Figures, Request};
use crate::tui::effect::Effect;
use crate::tui::state::{Listing, Mode, State, Tone};
use crate::tui::update::lists;

/// Opens the figures and asks for them.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    if !lists::open(state, Mode::Dashboard { scroll: 0 }, "there are no figures of it") {
        return Vec::new();
    }
    state.figures = None;
    vec![Effect::Store(Request::Figures)]
}

/// The figures have come: shows them, unless the annotator has gone elsewhere in the meantime.
pub(super) fn counted(state: &mut State, figures: Figures) {
    if matches!(state.mode, Mode::Dashboard { .. }) {
        state.figures = Some(Arc::new(figures));
        state.listing = Listing::There;
    }
}

/// Has what is decided written as gold.
pub(super) fn export(state: &mut State) -> Vec<Effect> {
    if !state.saving.is_open() {
        state.say(Tone::Warning, "The project is not open, so nothing of it can be written.");
        return Vec::new();
    }
    vec![Effect::Store(Request::Export)]
}

/// It was written.
pub(super) fn exported(state: &mut State, exported: Exported, place: &Path) {
    let notes = if exported.documents() == 1 { "1 note".to_owned() } else { format!("{} notes", exported.documents()) };
    let imported = match exported.imported {
        0 => String::new(),
        imported => format!(" ({} decided here, {imported} only imported)", exported.decided),
    };
    let place = place.to_string_lossy();
    let sentence = format!("{notes}{imported} written as gold to {}; `chartmark export` names another place.", visible(&place));
    state.report(Tone::Plain, sentence);
}

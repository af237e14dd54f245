//! The project's figures: asked of the store, shown when they come.

use std::sync::Arc;

use crate::store::{Figures, Request};
use crate::tui::effect::Effect;
use crate::tui::state::{Listing, Mode, Saving, State, Tone};

/// Opens the figures and asks for them.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    if matches!(state.saving, Saving::Opening | Saving::Gone) {
        state.say(Tone::Warning, "The project is not open, so there are no figures of it.");
        return Vec::new();
    }
    state.figures = None;
    (state.mode, state.listing) = (Mode::Dashboard { scroll: 0 }, Listing::Awaited);
    vec![Effect::Store(Request::Figures)]
}

/// The figures have come: shows them, unless the annotator has gone elsewhere in the meantime.
pub(super) fn counted(state: &mut State, figures: Figures) {
    if matches!(state.mode, Mode::Dashboard { .. }) {
        state.figures = Some(Arc::new(figures));
        state.listing = Listing::There;
    }
}

//! Draws the state.

use ratatui::Frame;

use crate::tui::state::State;

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, state: &State) {
    frame.render_widget(state.title.as_str(), frame.area());
}

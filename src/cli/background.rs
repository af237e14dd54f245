//! What the terminal stands on: it is asked before it becomes a screen.

use std::io::{IsTerminal as _, stdin, stdout};
use std::time::Duration;

use terminal_colorsaurus::{QueryOptions, background_color};

use crate::tui::theme::Backdrop;

/// An answer is not waited for any longer. Nearly every terminal answers at once, that it does not know this question too; one
/// that comes late, over a slow line, is kept from among the keys.
const PATIENCE: Duration = Duration::from_millis(200);

/// Asks the terminal what colour it stands on (OSC 11); `None` where it does not say, and without a terminal.
pub fn ask() -> Option<Backdrop> {
    if !stdin().is_terminal() || !stdout().is_terminal() {
        return None;
    }
    let mut options = QueryOptions::default();
    options.timeout = PATIENCE;
    let color = background_color(options).ok()?;
    Some(if color.perceived_lightness() > 0.5 { Backdrop::Light } else { Backdrop::Dark })
}

//! What `update` wants done: data, carried out by the run loop.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::LabelScheme;
use crate::tui::state::Automatic;
use crate::{inference, store};

/// One thing to do outside of the state.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Ask the store.
    Store(store::Request),
    /// Tell the model's worker.
    Worker(inference::Command),
    /// Take the mouse (`true`) or hand it back to the terminal, so that text can be copied.
    Mouse(bool),
    /// Send [`crate::tui::message::Message::Rested`] after this time, in place of an alarm that was set before; `None`: send
    /// none.
    Alarm(Option<Duration>),
    /// Read settings and keys again.
    ReadSettings,
    /// Leave the screen and end.
    Quit,
    /// Leave this session, whose project is closed, and open the notes again with other labels.
    Reopen(Reopening),
}

/// How to open the notes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reopening {
    /// The labels; `None` for those that the project has.
    pub scheme: Option<Arc<LabelScheme>>,
    /// Where the cursor stood: document and word.
    pub place: Option<(usize, usize)>,
    /// When trainings begin by themselves.
    pub automatic: Automatic,
    /// Whether the labels are being worked on: where the cursor stands in their list, and what to say of them.
    pub labels: Option<(usize, String)>,
}

//! What `update` wants done: data, carried out by the run loop.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::{DocumentId, LabelScheme};
use crate::tui::state::{Automatic, Order, Seen};
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
    /// Read settings and keys again, and paint the screen anew.
    ReadSettings,
    /// Read them again, and say nothing where they are as before.
    ReadWritten,
    /// Leave the screen and end.
    Quit,
    /// Leave this session, whose project is closed, and open the notes again with other labels.
    Reopen(Reopening),
}

/// How to open the notes again.
#[derive(Clone, Debug, PartialEq)]
pub struct Reopening {
    /// The labels; `None` for those that the project has.
    pub scheme: Option<Arc<LabelScheme>>,
    /// How the screen was left.
    pub left: Left,
}

/// How a session was left, for the next one to go on with. Documents are meant by their ids: the folder may hold others by
/// then.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Left {
    /// Where the cursor stood: document and word; `None` for the first document that is not done.
    pub place: Option<(DocumentId, usize)>,
    /// Where it stood in the list of labels, if that was open.
    pub labels: Option<usize>,
    /// What there is to say of what was done last.
    pub said: Option<String>,
    /// Whether predictions were hidden.
    pub blind: bool,
    /// What the queue was ordered by; `None` for what is set.
    pub order: Option<Order>,
    /// When trainings begin by themselves; `None` for what is set.
    pub automatic: Option<Automatic>,
    /// Which notes the queue showed, as it was typed; nothing for all.
    pub filter: String,
    /// Where the cursor stood in documents that were left.
    pub places: BTreeMap<DocumentId, usize>,
    /// What had been seen of each document.
    pub seen: BTreeMap<DocumentId, Seen>,
}

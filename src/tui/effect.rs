//! What `update` wants done: data, carried out by the run loop.

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
    /// Leave the screen and end.
    Quit,
}

//! Everything that can reach `update`: what the person did and what the other threads report.

use crate::formats::Problem;
use crate::tui::keymap::{Action, Key};
use crate::tui::settings::Reading;
use crate::{inference, store};

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// A key that the keymap binds.
    Act(Action),
    /// The digit of a label, by the label's index.
    Toggle(usize),
    /// A label that the words are to have in place of all others, by its index.
    Only(usize),
    /// A character that is typed into the mode at hand: the search box, the label menu, a question.
    Typed(char),
    /// A key that does nothing where it was pressed.
    Unbound(Key),
    /// Text from the clipboard (bracketed paste).
    Pasted(String),
    /// The mouse's left button went down here, in screen cells from the top left.
    Pressed {
        /// Column.
        column: u16,
        /// Row.
        row: u16,
        /// Whether Shift was held: the selection is extended.
        extend: bool,
    },
    /// The mouse's left button went down once more at the place where it just had.
    PressedAgain {
        /// Column.
        column: u16,
        /// Row.
        row: u16,
        /// How often: 2 for a double click.
        times: u8,
    },
    /// The mouse moved here with its button down.
    Dragged {
        /// Column.
        column: u16,
        /// Row.
        row: u16,
    },
    /// The wheel was turned here; lines downwards.
    Wheel {
        /// Column.
        column: u16,
        /// Row.
        row: u16,
        /// Lines, negative upwards.
        lines: isize,
    },
    /// The terminal has this many columns and rows now.
    Resized(u16, u16),
    /// The time has passed for which an alarm was set.
    Rested,
    /// The model's worker reports.
    Worker(inference::Reply),
    /// The store answers.
    Store(store::Reply),
    /// Settings and keys were read again; what is wrong with them, if anything is.
    Settings(Result<Reading, Vec<Problem>>),
    /// A file of the person's settings was written.
    SettingsWritten,
    /// The worker's thread is gone.
    WorkerGone,
    /// The store's thread is gone.
    StoreGone,
    /// The program was told to end (a signal, or the terminal is gone).
    Terminate,
}

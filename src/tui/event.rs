//! What happens outside: keys, mouse, resizes, and what the other threads say. Here it becomes a [`Message`].

use crossterm::event::{Event as TerminalEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use crate::tui::keymap::{Action, Context, Key, Keymap};
use crate::tui::message::Message;
use crate::{inference, store};

/// Lines that one notch of the wheel scrolls.
const WHEEL_LINES: isize = 3;

/// One thing that arrives in the inbox of the run loop.
#[derive(Clone, Debug)]
pub enum Event {
    /// A key, the mouse, a paste, a resize.
    Terminal(TerminalEvent),
    /// The mouse's left button went down once more at the place where it just had, so many times by now.
    PressedAgain {
        /// Column.
        column: u16,
        /// Row.
        row: u16,
        /// How often: 2 for a double click.
        times: u8,
    },
    /// The model's worker reports.
    Worker(inference::Reply),
    /// The store answers.
    Store(store::Reply),
    /// The worker's thread has ended.
    WorkerGone,
    /// The store's thread has ended.
    StoreGone,
    /// A file of the person's settings was written.
    SettingsWritten,
    /// The program is to end: a signal, or the terminal is gone.
    Terminate,
}

impl Event {
    /// What it means to the mode whose bindings hold; `None` if nothing.
    pub fn message(self, context: Context, keymap: &Keymap) -> Option<Message> {
        match self {
            Self::Terminal(event) => terminal(event, context, keymap),
            Self::PressedAgain { column, row, times } => Some(Message::PressedAgain { column, row, times }),
            Self::Worker(reply) => Some(Message::Worker(reply)),
            Self::Store(reply) => Some(Message::Store(reply)),
            Self::WorkerGone => Some(Message::WorkerGone),
            Self::StoreGone => Some(Message::StoreGone),
            Self::SettingsWritten => Some(Message::SettingsWritten),
            Self::Terminate => Some(Message::Terminate),
        }
    }
}

fn terminal(event: TerminalEvent, context: Context, keymap: &Keymap) -> Option<Message> {
    match event {
        TerminalEvent::Key(key) if key.kind != KeyEventKind::Release => pressed(key.into(), context, keymap),
        TerminalEvent::Mouse(mouse) => pointed(mouse),
        TerminalEvent::Paste(text) => Some(Message::Pasted(text)),
        TerminalEvent::Resize(width, height) => Some(Message::Resized(width, height)),
        _ => None,
    }
}

fn pressed(key: Key, context: Context, keymap: &Keymap) -> Option<Message> {
    match (keymap.bound(context, key), key.typed()) {
        // The first key of the row is the first label's.
        (Some((Action::ToggleDigit, place)), _) => Some(Message::Toggle(place)),
        (Some((action, _)), _) => Some(Message::Act(action)),
        (None, Some(c)) if context.is_typed_into() => Some(Message::Typed(c)),
        (None, _) => Some(Message::Unbound(key)),
    }
}

fn pointed(MouseEvent { kind, column, row, modifiers }: MouseEvent) -> Option<Message> {
    match kind {
        MouseEventKind::Down(MouseButton::Left) => {
            Some(Message::Pressed { column, row, extend: modifiers.contains(KeyModifiers::SHIFT) })
        }
        MouseEventKind::Drag(MouseButton::Left) => Some(Message::Dragged { column, row }),
        MouseEventKind::ScrollUp => Some(Message::Wheel { column, row, lines: -WHEEL_LINES }),
        MouseEventKind::ScrollDown => Some(Message::Wheel { column, row, lines: WHEEL_LINES }),
        _ => None,
    }
}

//! The terminal application, in Elm's shape: an event becomes a message, `update` turns state and message into a new
//! state and effects, `view` draws the state. `update` does no I/O, reads no clock and spawns nothing.

pub mod effect;
pub mod event;
pub mod keyboard;
pub mod keymap;
pub mod keystrokes;
pub mod layout;
pub mod message;
pub mod panes;
pub mod picture;
pub mod run;
pub mod settings;
pub mod state;
pub mod theme;
pub mod update;
pub mod view;

//! The screen without a terminal: keys are pressed one by one, each once nothing is under way any more, and what is on the
//! screen then is a frame. Pictures of the screen are made so.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use crossterm::event::Event as TerminalEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Hands, Own, Session, begun};
use crate::tui::event::Event;
use crate::tui::keymap::{Key, Keymap};
use crate::tui::message::Message;
use crate::tui::state::{Model, Saving, State};
use crate::tui::theme::Theme;
use crate::tui::update::drawn;
use crate::tui::view;

/// So long nothing may come before nothing is under way.
const CALM: Duration = Duration::from_millis(300);
/// So long something may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// Presses keys on a screen of `size` (columns, rows) and gives the last frame. The store has closed when this returns,
/// unless it did not answer. `None` if something took too long, or one of the keys ended the session.
pub fn rehearse(
    session: Session,
    inbox: &Receiver<Event>,
    keymap: Keymap,
    keys: &[Key],
    size: (u16, u16),
    theme: &Theme,
) -> Option<Buffer> {
    let mut own = Own::usual(keymap);
    let (mut state, mut hands) = begun(session, &mut own, size);
    let pressed = keys.iter().map(|&key| Event::Terminal(TerminalEvent::Key(key.into())));
    let mut shown = calm(&mut state, &mut hands, inbox);
    for event in pressed {
        // What has come to rest is a frame.
        drawn(&mut state);
        shown = shown && take_in(&mut state, &mut hands, event) && calm(&mut state, &mut hands, inbox);
    }
    let mut frame = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    view::draw(&state, theme, &mut frame);
    let mut ended = hands.carry_out(&mut state, Message::Terminate).outcome.is_some();
    while !ended && let Ok(event) = inbox.recv_timeout(PATIENCE) {
        ended = !take_in(&mut state, &mut hands, event);
    }
    shown.then_some(frame)
}

/// Takes an event in; false if the session has ended with it.
fn take_in(state: &mut State, hands: &mut Hands<'_>, event: Event) -> bool {
    let message = event.message(state.context(), &state.keymap);
    message.is_none_or(|message| hands.carry_out(state, message).outcome.is_none())
}

/// Waits until nothing is under way; false if the session has ended, or something took too long.
fn calm(state: &mut State, hands: &mut Hands<'_>, inbox: &Receiver<Event>) -> bool {
    loop {
        let patience = if is_calm(state) { CALM } else { PATIENCE };
        match inbox.recv_timeout(patience) {
            Ok(event) => {
                if !take_in(state, hands, event) {
                    return false;
                }
            }
            Err(_) => return is_calm(state),
        }
    }
}

/// Whether nothing is awaited of the store or the worker.
fn is_calm(state: &State) -> bool {
    let read = match &state.model {
        Model::Loading => false,
        Model::Ready { encoded: (done, total), .. } => done >= total,
        Model::Failed(_) => true,
    };
    let saved = !matches!(state.saving, Saving::Opening | Saving::Pending(_));
    let ranked =
        state.queue.wanted.strategy().is_none() || state.queue.ordered_by.is_some() || matches!(state.model, Model::Failed(_));
    let opened = state.opening.is_none() && !state.work.resync;
    let learned = state.training.is_none() && state.work.awaited_flips.is_none() && state.suspects.looking.is_none();
    read && saved && ranked && opened && learned
}

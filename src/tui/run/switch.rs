//! One session after another in the same terminal: keys and signals go to the inbox of the one that is shown.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use crate::tui::event::Event;

/// Where the threads that outlive a session send what happens.
#[derive(Clone)]
pub(super) struct Switch(Arc<Mutex<Sender<Event>>>);

impl Switch {
    /// A switch to a new inbox.
    pub(super) fn new() -> (Self, Receiver<Event>) {
        let (sender, inbox) = channel();
        (Self(Arc::new(Mutex::new(sender))), inbox)
    }

    /// Sends an event; false if nobody listens any more.
    pub(super) fn send(&self, event: Event) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).send(event).is_ok()
    }

    /// A sender to the inbox that is in use.
    pub(super) fn sender(&self) -> Sender<Event> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Turns to a new inbox. What a person did, and signals, that `old` holds and nobody has seen go along; what the
    /// threads of the session before have said, or will say, does not.
    pub(super) fn turn(&self, old: &Receiver<Event>) -> Receiver<Event> {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (sender, inbox) = channel();
        for event in
            old.try_iter().filter(|event| matches!(event, Event::Terminal(_) | Event::SettingsWritten | Event::Terminate))
        {
            // The other end is in this function.
            let _ = sender.send(event);
        }
        *current = sender;
        inbox
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_signals_go_along_and_old_threads_are_not_heard() {
        let (switch, inbox) = Switch::new();
        let old = switch.sender();
        assert!(switch.send(Event::Terminate));
        old.send(Event::StoreGone).unwrap();
        let fresh = switch.turn(&inbox);
        old.send(Event::WorkerGone).unwrap();
        assert!(switch.send(Event::Terminate) && switch.sender().send(Event::WorkerGone).is_ok());
        let heard: Vec<Event> = fresh.try_iter().collect();
        assert!(matches!(heard[..], [Event::Terminate, Event::Terminate, Event::WorkerGone]), "{heard:?}");
        drop(fresh);
        assert!(!switch.send(Event::Terminate));
    }
}

//! A hand at the keyboard of a session that nobody looks at, with a watch: how long each key takes to be seen.

use std::io::Write;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use crossterm::event::{Event as TerminalEvent, KeyCode, KeyEvent, KeyModifiers};

use crate::tui::event::Event;
use crate::tui::keymap::Keymap;
use crate::tui::run::{Outcome, RunError, Seen, Session, show_on_paper};

/// A frame that takes longer won't come.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is pressed in measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// A character.
    Char(char),
    /// Enter.
    Enter,
    /// Tab.
    Tab,
    /// Page down.
    PageDown,
}

impl From<Press> for Event {
    fn from(press: Press) -> Self {
        let (code, modifiers) = match press {
            Press::Char(c) if c.is_uppercase() => (KeyCode::Char(c), KeyModifiers::SHIFT),
            Press::Char(c) => (KeyCode::Char(c), KeyModifiers::NONE),
            Press::Enter => (KeyCode::Enter, KeyModifiers::NONE),
            Press::Tab => (KeyCode::Tab, KeyModifiers::NONE),
            Press::PageDown => (KeyCode::PageDown, KeyModifiers::NONE),
        };
        Self::Terminal(TerminalEvent::Key(KeyEvent::new(code, modifiers)))
    }
}

/// The keyboard.
pub struct Keyboard {
    inbox: Sender<Event>,
    seen: Receiver<Instant>,
}

impl Keyboard {
    /// Presses a key that is bound, and waits for the frame that shows what came of it; gives the time from the press to
    /// the frame's last byte. `None` if no frame comes.
    pub fn press(&self, press: Press) -> Option<Duration> {
        let pressed = Instant::now();
        self.inbox.send(press.into()).ok()?;
        match self.seen.recv_timeout(PATIENCE) {
            Ok(seen) => Some(seen - pressed),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => None,
        }
    }

    /// Ends the session as a signal does.
    pub fn end(&self) {
        // It may have ended.
        let _ = self.inbox.send(Event::Terminate);
    }
}

/// Runs a session on a screen of `size` columns and rows whose bytes go to `out`, while `hand` works the keyboard on a
/// thread of its own. `told` sees every event that is taken in.
///
/// # Errors
/// When `out` can't be written.
pub fn watched(
    (session, keymap): (Session, Keymap),
    (size, out): ((u16, u16), impl Write),
    (sender, inbox): (Sender<Event>, &Receiver<Event>),
    mut told: impl FnMut(&Event),
    hand: impl FnOnce(Keyboard) + Send,
) -> Result<Outcome, RunError> {
    let (frames, seen) = channel();
    let mut awaited = false;
    let watch = |seen: Seen<'_>| match seen {
        Seen::Heard(event) => {
            awaited |= matches!(event, Event::Terminal(_));
            told(event);
        }
        Seen::Drawn if std::mem::take(&mut awaited) => {
            // The hand may have gone.
            let _ = frames.send(Instant::now());
        }
        Seen::Drawn => {}
    };
    std::thread::scope(|scope| {
        scope.spawn(move || hand(Keyboard { inbox: sender, seen }));
        show_on_paper(session, keymap, (size, out), inbox, watch)
    })
}

//! Signals: being told to end, or losing the terminal, becomes an event; a second one, or no answer to the first, ends
//! the program. (When the terminal dies, reading from it may never return, so nobody else would notice.)

use std::io;
use std::sync::mpsc::{Sender, channel};

use super::switch::Switch;

/// The watch over signals. Once it is dropped, the run loop has ended by itself, and a signal ends the program at once.
pub(super) struct Watch {
    _ended: Sender<()>,
}

#[cfg(unix)]
pub(super) fn watch(inbox: Switch) -> io::Result<Watch> {
    use std::sync::mpsc::{RecvTimeoutError, TryRecvError};
    use std::time::Duration;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    use crate::tui::event::Event;

    /// How long the run loop has to end after the first signal.
    const PATIENCE: Duration = Duration::from_secs(5);

    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    let (running, ended) = channel();
    let watch = move || {
        for signal in signals.forever() {
            let listens = matches!(ended.try_recv(), Err(TryRecvError::Empty)) && inbox.send(Event::Terminate);
            if !listens {
                std::process::exit(128 + signal);
            }
            if let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(PATIENCE) {
                super::screen::restore();
                std::process::exit(128 + signal);
            }
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(watch)?;
    Ok(Watch { _ended: running })
}

#[cfg(not(unix))]
pub(super) fn watch(_inbox: Switch) -> io::Result<Watch> {
    let (running, _) = channel();
    Ok(Watch { _ended: running })
}

//! The terminal as a screen: taken on entering, given back in every way of leaving, a panic included.

use std::io::{self, Stdout, Write, stderr, stdout};
use std::mem::ManuallyDrop;
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;
use std::thread::{self, ThreadId};

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::execute;
use crossterm::terminal::{Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};

type Hook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync + 'static>;

/// The terminal, as long as it is ours.
pub(super) struct Screen {
    /// Never dropped: its own drop shows the cursor, as we do anyway, and panics where the terminal is gone.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>,
    before: Hook,
}

impl Screen {
    /// Takes the terminal. From here on a panic says where it happened and nothing else: its message could hold text of
    /// a note. Only one on the calling thread gives the terminal back; the others are told of by their owners.
    pub(super) fn enter() -> io::Result<Self> {
        let before: Hook = Arc::from(panic::take_hook());
        let ours = thread::current().id();
        panic::set_hook(Box::new(move |info| panicked(info, ours)));
        match Self::take() {
            Ok(terminal) => Ok(Self { terminal: ManuallyDrop::new(terminal), before }),
            Err(error) => {
                restore();
                put_back(before);
                Err(error)
            }
        }
    }

    fn take() -> io::Result<Terminal<CrosstermBackend<Stdout>>> {
        enable_raw_mode()?;
        // Not `Terminal::clear`: it asks the terminal where the cursor is, and some never answer.
        execute!(stdout(), EnterAlternateScreen, Clear(ClearType::All), EnableMouseCapture, EnableBracketedPaste)?;
        Terminal::new(CrosstermBackend::new(stdout()))
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws a frame.
    pub(super) fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(view).map(drop)
    }

    /// Takes the mouse, or hands it to the terminal. A terminal that can't has none to give.
    pub(super) fn capture_mouse(&mut self, ours: bool) {
        let _ = if ours { execute!(stdout(), EnableMouseCapture) } else { execute!(stdout(), DisableMouseCapture) };
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
        if !thread::panicking() {
            put_back(self.before.clone());
        }
    }
}

fn put_back(hook: Hook) {
    panic::set_hook(Box::new(move |info| hook(info)));
}

/// Gives the terminal back. Each step is tried whether or not the one before it worked: the terminal may be gone.
pub(super) fn restore() {
    let _ = execute!(stdout(), DisableBracketedPaste, DisableMouseCapture);
    let _ = execute!(stdout(), LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

/// What a panic says: where, never what.
fn panicked(info: &PanicHookInfo<'_>, screen: ThreadId) {
    let place = info.location().map_or_else(|| "an unknown place".to_owned(), |at| format!("{}:{}", at.file(), at.line()));
    let thread = thread::current();
    log::error!("panic on thread {} at {place}", thread.name().unwrap_or("without name"));
    if thread.id() == screen {
        restore();
        // `eprintln` panics where the terminal is gone.
        let sentence = "Everything that was shown as saved is saved; start it again to go on.";
        let _ = writeln!(stderr(), "chartmark has failed at {place}. {sentence}");
    }
}

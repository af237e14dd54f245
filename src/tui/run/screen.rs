//! The terminal as a screen: taken on entering, given back in every way of leaving.

use std::io::{self, BufWriter, Stdout, stdout};
use std::mem::ManuallyDrop;

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::execute;
use crossterm::terminal::{
    Clear, ClearType, DisableLineWrap, EnableLineWrap, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};

use super::surface::Surface;
use super::unsteady::{self, Unsteady};

/// Bytes of the largest usual frame.
const FRAME: usize = 1 << 17;

/// The terminal, as long as it is ours.
pub(super) struct Screen {
    /// Never dropped: its own drop shows the cursor, as we do anyway, and panics where the terminal is gone.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<BufWriter<Stdout>>>>,
    unsteady: Unsteady,
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn enter() -> io::Result<Self> {
        match Self::take() {
            Ok(terminal) => Ok(Self { terminal: ManuallyDrop::new(terminal), unsteady: Unsteady::default() }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    fn take() -> io::Result<Terminal<CrosstermBackend<BufWriter<Stdout>>>> {
        enable_raw_mode()?;
        // Not `Terminal::clear`: it asks the terminal where the cursor is, and some never answer.
        execute!(stdout(), EnterAlternateScreen, Clear(ClearType::All), EnableMouseCapture, EnableBracketedPaste)?;
        // What a terminal draws wider than was measured is not to run into the next row.
        execute!(stdout(), DisableLineWrap)?;
        // A frame reaches the terminal in one piece; it is written out when it is done.
        Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(FRAME, stdout())))
    }
}

impl Surface for Screen {
    fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let changed = self.unsteady.changed(self.terminal.draw(view)?.buffer);
        unsteady::write(&changed, self.terminal.backend_mut())
    }

    fn renew(&mut self) {
        // Not `Terminal::clear`, which asks for the cursor. Where clearing fails, so will the frame that follows.
        let _ = execute!(stdout(), Clear(ClearType::All));
        // What was drawn last is forgotten, so that all of the next frame is new.
        self.terminal.swap_buffers();
        self.unsteady.forget();
    }

    fn capture_mouse(&mut self, ours: bool) {
        // A terminal that can't has none to give.
        let _ = if ours { execute!(stdout(), EnableMouseCapture) } else { execute!(stdout(), DisableMouseCapture) };
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back. Each step is tried whether or not the one before it worked: the terminal may be gone.
pub(super) fn restore() {
    let _ = execute!(stdout(), EnableLineWrap, DisableBracketedPaste, DisableMouseCapture);
    let _ = execute!(stdout(), LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

//! What a session is drawn on.

use std::io::{self, Write};

use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

use crate::tui::event::Event;

/// What the run loop draws on: the terminal, or a screen that nobody looks at.
pub(super) trait Surface {
    /// Columns and rows.
    fn size(&self) -> io::Result<(u16, u16)>;

    /// Draws a frame. What it takes to show it is written when this returns.
    fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()>;

    /// Takes the mouse, or hands it to the terminal.
    fn capture_mouse(&mut self, ours: bool);

    /// The next frame is drawn whole, whatever the screen is thought to show.
    fn renew(&mut self) {}

    /// An event is taken in; the next frame shows what comes of it.
    fn heard(&mut self, _event: &Event) {}
}

/// A screen of a fixed size that nobody looks at: all that a terminal would be sent goes to `out`.
pub(super) struct Paper<W: Write, H> {
    terminal: Terminal<CrosstermBackend<W>>,
    size: (u16, u16),
    watch: H,
}

/// What a [`Paper`] tells of.
#[derive(Debug)]
pub enum Seen<'a> {
    /// An event was taken in.
    Heard(&'a Event),
    /// A frame with all that was heard so far is written.
    Drawn,
}

impl<W: Write, H: FnMut(Seen<'_>)> Paper<W, H> {
    /// An empty one.
    pub(super) fn new(size: (u16, u16), out: W, watch: H) -> io::Result<Self> {
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.0, size.1));
        let terminal = Terminal::with_options(CrosstermBackend::new(out), TerminalOptions { viewport })?;
        Ok(Self { terminal, size, watch })
    }
}

impl<W: Write, H: FnMut(Seen<'_>)> Surface for Paper<W, H> {
    fn size(&self) -> io::Result<(u16, u16)> {
        Ok(self.size)
    }

    fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(view)?;
        (self.watch)(Seen::Drawn);
        Ok(())
    }

    fn capture_mouse(&mut self, _ours: bool) {}

    fn heard(&mut self, event: &Event) {
        (self.watch)(Seen::Heard(event));
    }
}

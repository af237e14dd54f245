//! The real program in a pseudo-terminal: keys go in, the screen comes out, and a test waits for what it should show.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use vt100::{Color, Parser, Screen};

/// A test that waits longer than this for something has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the program has written, and the screen that a terminal makes of it.
struct Shown {
    parser: Parser,
    raw: Vec<u8>,
    ended: bool,
}

/// The program, running in a terminal of its own.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    shown: Arc<(Mutex<Shown>, Condvar)>,
}

impl Terminal {
    /// Starts the program with `arguments` on a terminal of `size` (columns, rows); its home is `home`.
    pub fn start<A: AsRef<OsStr>>(home: &Path, arguments: impl IntoIterator<Item = A>, size: (u16, u16)) -> Self {
        let pair = native_pty_system().openpty(pty_size(size)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_chartmark"));
        command.args(arguments);
        command.cwd(home);
        // Settings of whoever runs the tests.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CHARTMARK_")) {
            command.env_remove(name);
        }
        for (name, value) in [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("LANG", "C.UTF-8")] {
            command.env(name, value);
        }
        for name in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"] {
            command.env(name, home);
        }
        command.env("CHARTMARK_CONFIG_DIR", home.join("settings"));
        command.env_remove("NO_COLOR");
        let child = pair.slave.spawn_command(command).unwrap();
        // The end of the program is the end of what can be read only if nobody else holds the terminal.
        drop(pair.slave);
        let (columns, rows) = cells(size);
        let shown = Shown { parser: Parser::new(rows, columns, 0), raw: Vec::new(), ended: false };
        let shown = Arc::new((Mutex::new(shown), Condvar::new()));
        let (mut output, reader) = (pair.master.try_clone_reader().unwrap(), shown.clone());
        std::thread::spawn(move || {
            let mut chunk = [0; 8192];
            loop {
                let count = output.read(&mut chunk).unwrap_or(0);
                let mut shown = reader.0.lock().unwrap();
                shown.parser.process(&chunk[..count]);
                shown.raw.extend_from_slice(&chunk[..count]);
                shown.ended = count == 0;
                reader.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { master: pair.master, keys, child, shown }
    }

    /// Types.
    pub fn send(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until `is_so` holds of the screen; `what` says what was awaited when it never does.
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&Screen) -> bool) {
        let wanted = |shown: &Shown| shown.ended || is_so(shown.parser.screen());
        let found = self.await_shown(wanted, |shown| is_so(shown.parser.screen()));
        assert!(found, "never showed {what}:\n{}", self.text());
    }

    /// Waits until `stop` holds, or patience has ended; gives what `found` says then. The lock is free when this returns,
    /// so that a test may fail without the reader's falling over it.
    fn await_shown(&self, stop: impl Fn(&Shown) -> bool, found: impl Fn(&Shown) -> bool) -> bool {
        let shown = self.shown.0.lock().unwrap();
        let waited = self.shown.1.wait_timeout_while(shown, PATIENCE, |shown| !stop(shown));
        found(&waited.unwrap().0)
    }

    /// Waits until `text` stands on the screen.
    pub fn wait_for(&self, text: &str) {
        self.wait_until(&format!("'{text}'"), |screen| screen.contents().contains(text));
    }

    /// What the screen says now.
    pub fn text(&self) -> String {
        self.look(Screen::contents)
    }

    /// Looks at the screen as it is now.
    pub fn look<T>(&self, look: impl FnOnce(&Screen) -> T) -> T {
        look(self.shown.0.lock().unwrap().parser.screen())
    }

    /// Every byte that the program has sent to the terminal.
    pub fn raw(&self) -> Vec<u8> {
        self.shown.0.lock().unwrap().raw.clone()
    }

    /// Makes the terminal another size.
    pub fn resize(&self, size: (u16, u16)) {
        let (columns, rows) = cells(size);
        self.shown.0.lock().unwrap().parser.screen_mut().set_size(rows, columns);
        self.master.resize(pty_size(size)).unwrap();
    }

    /// Sends a signal: `KILL`, `TERM`.
    pub fn signal(&self, name: &str) {
        let process = self.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", name, &process]).status().unwrap().success());
    }

    /// Waits for the program's end, until all that it wrote has been read.
    pub fn wait(&mut self) -> ExitStatus {
        let ended = self.await_shown(|shown| shown.ended, |shown| shown.ended);
        assert!(ended, "never ended:\n{}", self.text());
        self.child.wait().unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves nothing running.
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
        }
    }
}

/// Whether anything in these columns and rows has a colour.
pub fn is_coloured(screen: &Screen, columns: std::ops::Range<u16>, rows: std::ops::Range<u16>) -> bool {
    rows.into_iter().any(|row| {
        let coloured =
            |column| screen.cell(row, column).is_some_and(|cell| cell.has_contents() && cell.fgcolor() != Color::Default);
        columns.clone().any(coloured)
    })
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn cells((columns, rows): (u16, u16)) -> (NonZeroU16, NonZeroU16) {
    (NonZeroU16::new(columns).unwrap(), NonZeroU16::new(rows).unwrap())
}

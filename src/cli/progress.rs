//! Progress on standard error: a bar on a terminal, lines elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Progress of one piece of work.
pub struct Bar {
    bar: Option<ProgressBar>,
    /// What was reported last, and how many tenths of it, where there is no terminal.
    reported: (usize, usize),
    silent: bool,
}

impl Bar {
    /// A bar that shows nothing yet.
    pub fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style =
                ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(0).with_style(style)
        });
        Self { bar, reported: (0, 0), silent: false }
    }

    /// Shows nothing but lines that stay, wherever standard error leads.
    pub fn silent() -> Self {
        Self { bar: None, reported: (0, 0), silent: true }
    }

    /// Shows that `done` of `total` are done.
    pub fn set(&mut self, done: usize, total: usize, message: &str) {
        match &self.bar {
            Some(bar) => {
                bar.set_length(total as u64);
                bar.set_position(done as u64);
                bar.set_message(message.to_owned());
            }
            None if done * 10 >= total && self.reported != (total, done * 10 / total.max(1)) && !self.silent => {
                self.reported = (total, done * 10 / total.max(1));
                stderr_line(&format!("{done}/{total}  {message}"));
            }
            None => {}
        }
    }

    /// Prints a line that stays.
    pub fn line(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => stderr_line(line),
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Progress that nobody reads any more is no reason to stop.
fn stderr_line(line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// A duration as a person says it.
pub fn duration(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..=89 => format!("{seconds} s"),
        seconds @ 90..=5399 => format!("{} min", (seconds + 30) / 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

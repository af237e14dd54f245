//! What the program says: data on standard output, everything else on standard error. A reader that has gone away
//! (`| head`) ends the program quietly instead of in a panic.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context as _, Error, Result};

use crate::domain::visible;

/// A mistake in how the program was called, as opposed to something that failed: exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// A line on standard error, which nothing depends on: that nobody reads it is no reason to stop.
pub fn tell(message: impl Display) {
    let line = format!("chartmark: {}\n", visible(&message.to_string()));
    let _ = io::stderr().write_all(line.as_bytes());
}

/// A count with its noun.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Data on standard output.
///
/// # Errors
/// When it can't be written.
pub fn print(text: impl Display) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.to_string().as_bytes()).and_then(|()| out.flush()).context("the output could not be written")
}

/// The exit status of a piece of work, after saying on standard error why it failed.
pub fn finish(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if nobody_reads(&error) => ExitCode::SUCCESS,
        Err(error) => {
            tell(format_args!("{error:#}"));
            if error.is::<Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// Whether an output failed only because its reader has closed it.
fn nobody_reads(error: &Error) -> bool {
    let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref().is_some_and(broken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_closed_output_is_forgiven() {
        let io = |kind: io::ErrorKind| Error::new(io::Error::from(kind)).context("the output could not be written");
        for (error, quiet) in [
            (io(io::ErrorKind::BrokenPipe), true),
            (io(io::ErrorKind::StorageFull), false),
            (Error::new(Usage("no".into())), false),
        ] {
            assert_eq!(nobody_reads(&error), quiet, "{error:#}");
        }
    }
}

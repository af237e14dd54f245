//! The screen.

use std::path::Path;

use anyhow::{Result, bail};

use super::args::Shared;

/// Opens the screen on the notes or project at `path`, or on the sample corpus.
pub fn run(_path: Option<&Path>, _shared: &Shared) -> Result<()> {
    bail!("this build has no screen; `chartmark predict PATH` prints the labelled text")
}

//! What `bench ui` is told.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `bench ui`.
#[derive(Debug, Args)]
pub struct BenchUiArguments {
    /// Passes of each measurement, after one to warm up.
    #[arg(long, value_name = "N", default_value = "5")]
    pub passes: NonZeroUsize,
    /// Leave out the table of growth, which takes longest.
    #[arg(long)]
    pub brief: bool,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
    /// One measurement, in a process of its own; how the command calls itself.
    #[arg(long, hide = true)]
    pub part: Option<BenchPart>,
    /// What it is measured on.
    #[arg(long, hide = true, requires = "part")]
    pub on: Option<PathBuf>,
}

/// What one process measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BenchPart {
    /// Opening, to the first frame and the first note.
    Open,
    /// Keys, while the model works and while it rests.
    Keys,
    /// Labelling all notes.
    Label,
    /// Predicting and colouring again.
    Colour,
}

//! What `bench predict` is told.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

/// `bench predict`.
#[derive(Debug, Args)]
pub struct BenchPredictArguments {
    /// Notes, folders, JSONL files.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Times each is repeated.
    #[arg(long, value_name = "N", default_value = "5")]
    pub passes: NonZeroUsize,
    /// Print JSON instead of lines.
    #[arg(long)]
    pub json: bool,
}

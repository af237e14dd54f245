//! `suspects`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

/// `suspects`.
#[derive(Debug, Args)]
pub struct SuspectsArguments {
    /// The project, notes or gold JSONL whose decisions to check (default: the sample corpus's project).
    pub path: Option<PathBuf>,
    /// List so many.
    #[arg(long, value_name = "N", default_value = "100")]
    pub limit: NonZeroUsize,
    /// Print JSON instead of lines.
    #[arg(long)]
    pub json: bool,
}

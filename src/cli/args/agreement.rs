//! `agreement`.

use std::path::PathBuf;

use clap::Args;

/// `agreement`.
#[derive(Debug, Args)]
pub struct AgreementArguments {
    /// Projects, notes with a project, or gold JSONL, whose annotators to compare (default: the sample corpus's project).
    #[arg(value_name = "PROJECT")]
    pub paths: Vec<PathBuf>,
    /// List so many words on which annotators disagree.
    #[arg(long, value_name = "N", default_value = "10")]
    pub limit: usize,
    /// Leave out what was decided in bulk beside the model's predictions.
    #[arg(long)]
    pub no_bulk: bool,
    /// Print JSON instead of tables.
    #[arg(long)]
    pub json: bool,
}

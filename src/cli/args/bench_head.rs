//! `bench head`.

use std::num::NonZeroUsize;

use clap::Args;

/// `bench head`.
#[derive(Debug, Args)]
pub struct BenchHeadArguments {
    /// Decided words to learn from.
    #[arg(long, value_name = "N", default_value = "10000")]
    pub words: NonZeroUsize,
    /// Notes to colour again.
    #[arg(long, value_name = "N", default_value = "200")]
    pub notes: NonZeroUsize,
    /// Times each is repeated, after one to warm up.
    #[arg(long, value_name = "N", default_value = "7")]
    pub passes: NonZeroUsize,
    /// Print JSON instead of lines.
    #[arg(long)]
    pub json: bool,
}

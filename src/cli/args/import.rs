//! What `import` is called with.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `--from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImportFormat {
    /// Gold JSONL: one document a line, with labelled spans.
    Gold,
}

/// `import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// The file to read; `-` is standard input.
    #[arg(value_name = "PATH")]
    pub file: PathBuf,
    /// The notes or project to bring it into (default: --project, else the sample corpus's project).
    #[arg(value_name = "NOTES")]
    pub path: Option<PathBuf>,
    /// How the file is written.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub from: ImportFormat,
    /// A word without a span is decided not to have the label, for every label that the file uses (default for gold).
    #[arg(long, conflicts_with = "partial")]
    pub complete: bool,
    /// A word without a span stays undecided.
    #[arg(long)]
    pub partial: bool,
}

//! `review`.

use std::path::PathBuf;

use clap::Args;

/// `review`.
#[derive(Debug, Args)]
pub struct ReviewArguments {
    /// A note, a folder of notes, a JSONL file or a project; the sample corpus if left out.
    pub path: Option<PathBuf>,
    /// Ask line by line, for screen readers and for terminals that can't do more: no colours, and the cursor never moves.
    /// Without it the screen opens, as it does for `chartmark PATH`.
    #[arg(long)]
    pub plain: bool,
    /// Ask about every word (default: what is labelled or unsure, and not decided yet), also in notes that are done.
    #[arg(long, requires = "plain")]
    pub all: bool,
    /// Ask about this document alone.
    #[arg(long, value_name = "ID", requires = "plain")]
    pub document: Option<String>,
}

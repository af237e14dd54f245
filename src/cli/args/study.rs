//! `study`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::inference::study::Study;

/// `study`.
#[derive(Debug, Args)]
pub struct StudyArguments {
    /// What to measure.
    #[arg(value_enum)]
    pub study: StudyArgument,
    /// Gold JSONL that is corrected.
    #[arg(long, value_name = "FILE")]
    pub pool: PathBuf,
    /// Gold JSONL that nobody corrects, to measure on.
    #[arg(long, value_name = "FILE")]
    pub test: PathBuf,
    /// Orders of the pool to try.
    #[arg(long, value_name = "N", default_value = "3")]
    pub seeds: u64,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// The studies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StudyArgument {
    /// Documents corrected one after the other.
    Growth,
    /// Twenty corrections of one label, for each label.
    Label,
    /// Each label learned anew, from 10, 30, 100 and 300 words that have it.
    NewLabel,
    /// An annotator who is sometimes wrong.
    Noise,
}

impl From<StudyArgument> for Study {
    fn from(argument: StudyArgument) -> Self {
        match argument {
            StudyArgument::Growth => Self::Growth,
            StudyArgument::Label => Self::Label,
            StudyArgument::NewLabel => Self::NewLabel,
            StudyArgument::Noise => Self::Noise,
        }
    }
}

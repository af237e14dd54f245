//! `simulate --study`.

use clap::ValueEnum;

use crate::inference::study::Study;

/// `--study`.
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

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
    /// Twenty corrections of one label, of which none, a quarter and a half are contradicted.
    Contradiction,
    /// The keys from predictions to gold, beside those of SLATE from nothing.
    Keys,
}

impl StudyArgument {
    /// The study of trainings; `None` for the one of keys.
    pub fn training(self) -> Option<Study> {
        match self {
            Self::Growth => Some(Study::Growth),
            Self::Label => Some(Study::Label),
            Self::NewLabel => Some(Study::NewLabel),
            Self::Noise => Some(Study::Noise),
            Self::Contradiction => Some(Study::Contradiction),
            Self::Keys => None,
        }
    }
}

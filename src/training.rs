//! Fine-tuning of a whole encoder with its head, from gold.
//!
//! [`examples`] cuts gold documents into windows with targets, [`finetune`] runs the epochs, [`frozen`] fits a head alone, [`tuned`] calibrates heads on held-out gold, [`checkpoint`] keeps what a
//! training needs to go on after a kill with the same result, [`save`] writes the finished model directory.
//! Everything random is a function of (seed, epoch, step), so nothing but weights and moments has to be kept.

pub mod average;
pub mod checkpoint;
pub mod examples;
pub mod finetune;
pub mod frozen;
mod learner;
pub mod pace;
pub mod save;
pub mod tuned;

pub use examples::GoldDocument;
pub use finetune::{EncoderTraining, EpochReport, Gold, Progress, fine_tune};
pub use frozen::{FitProgress, FrozenTraining, Tried, fit_head};

/// Why a training ended without a model.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// The encoder can't be used.
    #[error(transparent)]
    Encoder(#[from] crate::encoder::EncoderError),
    /// The head can't be used, or its figures went out of bounds.
    #[error(transparent)]
    Head(#[from] crate::head::HeadError),
    /// A computation failed.
    #[error("the training could not be computed: {0}")]
    Compute(#[from] candle_core::Error),
    /// There is nothing to learn from.
    #[error("the gold file holds no labelled word; check that its spans have labels and offsets in characters")]
    NoLabels,
    /// There is nothing to hold out.
    #[error(
        "the gold is too little to choose between settings: all of it is one passage, and nothing is left to judge them on; give \
         more of it, or train without --tune. Nothing was written"
    )]
    TooLittle,
    /// A file can't be read or written.
    #[error("{path}: {error}; the training can go on from its last checkpoint with the same command")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        error: String,
    },
    /// The directory holds something else.
    #[error("{0}")]
    Occupied(String),
    /// The training was interrupted.
    #[error("the training was interrupted; the same command goes on from its last checkpoint")]
    Interrupted,
}

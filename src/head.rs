//! The trainable multi-label classifier above the encoder.
//!
//! [`Head`] turns word vectors into one logit a label; [`loss`] compares them with the decided cells and with nothing
//! else; [`optimizer`] is AdamW with moments that can be saved; [`trainer`] fits a head to cached word vectors, as a
//! pure function of its arguments; [`calibration`] makes its probabilities mean what they say, and sets the thresholds.

mod apply;
pub mod calibration;
pub mod classifier;
pub mod cross_fit;
pub mod curve;
pub mod judge;
mod logistic;
pub mod loss;
pub mod optimizer;
pub mod refit;
pub mod rows;
pub mod trainer;

pub use calibration::{HeldOut, Platt, UNTUNED, fit_calibration, fit_thresholds};
pub use classifier::{Head, HeadMeta};
pub use cross_fit::{CrossFit, cross_fit};
pub use curve::{Bend, Curve};
pub use optimizer::{AdamW, AdamWOptions, Parameter, RowGradient};
pub use refit::{Evidence, EvidenceCell, Refit, RefitSettings};
pub use trainer::{Examples, HeadTraining, Trainer};

/// Why a head can't be used or trained. Nothing that was saved is touched by any of them.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    /// Not a head, or damaged.
    #[error("the classification head can't be read: {0}; the model as it came and all corrections are untouched")]
    Unreadable(String),
    /// The head was trained above another encoder.
    #[error("the classification head takes vectors of {head} numbers, the encoder gives {encoder}; they don't belong together")]
    Mismatch {
        /// What the head takes.
        head: usize,
        /// What the encoder gives.
        encoder: usize,
    },
    /// The head was trained above another encoder of the same width.
    #[error("the classification head was trained above another encoder; name that model with --model, or train again")]
    OtherEncoder,
    /// Training went out of bounds.
    #[error("training was stopped because its figures were no longer finite; the version before it stays active")]
    NotFinite,
    /// Nothing to learn from.
    #[error("there is no decided cell to learn from yet; toggle or accept some labels first")]
    NothingDecided,
    /// A computation failed.
    #[error("the head could not be computed: {0}")]
    Compute(#[from] candle_core::Error),
}

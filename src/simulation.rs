//! Active learning replayed on gold: what an acquisition function would have saved an annotator.
//!
//! An [`annotator`] who knows the gold reads what a strategy picks, corrects what is shown wrong and accepts the rest; the
//! head learns from all that was read as a [`Learner`] does, and is judged on other documents. [`laboratory`] holds both corpora as word
//! vectors, computed once; [`replay`] runs the rounds; [`summary`] says what effort which quality took, [`chart`] draws it.
//!
//! The head starts empty and shows nothing, so that every label is the annotator's own. The encoder is as it came: it must
//! never have seen the pool, or the figures flatter.

pub mod annotator;
pub mod chart;
pub mod laboratory;
pub mod replay;
pub mod summary;

pub use laboratory::{Laboratory, Part};
pub use replay::{Learner, Point, Replay, Settings, Unit, empty, full, replay};
pub use summary::{Summary, TARGETS};

/// Why a simulation ended without figures. Nothing but memory was changed by it.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// A text could not be encoded.
    #[error(transparent)]
    Encoder(#[from] crate::encoder::EncoderError),
    /// The head could not be trained.
    #[error(transparent)]
    Head(#[from] crate::head::HeadError),
    /// A computation failed.
    #[error("the simulation could not be computed: {0}")]
    Compute(#[from] candle_core::Error),
    /// The caller stopped it.
    #[error("the simulation was stopped; no file was written")]
    Stopped,
}

#[cfg(test)]
mod tests;

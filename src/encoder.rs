//! A BERT that gives every word a vector.
//!
//! - [`config`] and [`weights`] read a model directory as the Hugging Face Hub lays it out, and refuse what is not a
//!   BERT, is damaged or doesn't fit together.
//! - [`bert`] is the network, written once for prediction and for training: with variables for weights, gradients flow
//!   through it.
//! - [`kernels`] are its operations on the CPU, each a forward pass with a backward pass of its own. Sequences of
//!   different length stand behind one another in one matrix, so nothing is ever padded and no mask is ever added.
//! - [`packed`] are its layers once more, for prediction on the CPU: as fast as the machine multiplies.
//! - [`pool`] makes word vectors of subword vectors, [`words`] does it for whole documents, window by window.
//! - [`vectors`] says in which form they are kept; [`cache`] keeps those of each window on disk.

pub mod bert;
pub mod cache;
pub mod config;
pub mod device;
pub mod kernels;
pub mod model;
pub mod packed;
pub mod pool;
pub mod source;
pub mod vectors;
pub mod weights;
pub mod words;

pub use bert::{Batch, Bert, Mode, Purpose};
pub use cache::DiskCache;
pub use config::{Activation, BertConfig};
pub use device::DeviceChoice;
pub use model::Encoder;
pub use packed::Precision;
pub use pool::Pooling;
pub use source::ModelSource;
pub use vectors::Vectors;
pub use weights::Weights;
pub use words::{DocumentEncoder, EncodeOptions};

/// Why an encoder can't be used. Every message says what to do; no user data is touched by any of them.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// A file is missing or can't be read.
    #[error(
        "the model file {path} can't be read ({error}); give --model a directory with config.json, model.safetensors or pytorch_model.bin, and tokenizer.json or vocab.txt"
    )]
    File {
        /// The file.
        path: String,
        /// What the system said.
        error: String,
    },
    /// The configuration is not one of a BERT.
    #[error("{0}")]
    Config(String),
    /// The weights are damaged or don't fit the configuration.
    #[error("the model's weights can't be used: {0}; download or export the model again")]
    Weights(String),
    /// The tokenizer can't be used or doesn't fit.
    #[error(transparent)]
    Tokenizer(#[from] crate::tokenization::TokenizerError),
    /// The tokenizer has more subwords than the encoder.
    #[error(
        "the tokenizer doesn't fit the model: it has {tokenizer} subwords, the encoder knows {encoder}; use the tokenizer that belongs to the model"
    )]
    TokenizerMismatch {
        /// Subwords of the tokenizer.
        tokenizer: usize,
        /// Rows of the embedding.
        encoder: usize,
    },
    /// The device is not there.
    #[error("{0}")]
    Device(String),
    /// A computation failed.
    #[error("the model could not be computed: {0}")]
    Compute(#[from] candle_core::Error),
}

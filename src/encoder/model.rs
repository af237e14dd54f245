//! An encoder with its tokenizer, as one model directory holds them.

use std::borrow::Cow;

use candle_core::Device;
use serde_json::Value;

use super::EncoderError;
use super::bert::{Bert, Purpose};
use super::config::BertConfig;
use super::source::ModelSource;
use crate::tokenization::SubwordTokenizer;

/// An encoder, its tokenizer, and what identifies it.
#[derive(Debug)]
pub struct Encoder {
    /// The network.
    pub bert: Bert,
    /// Its tokenizer.
    pub tokenizer: SubwordTokenizer,
    /// BLAKE3 of its weights file, in hexadecimal: heads and cached vectors belong to one encoder.
    pub hash: String,
    /// The `config.json` it was made from, for models derived from it.
    pub config_json: Cow<'static, [u8]>,
}

impl Encoder {
    /// Reads configuration, tokenizer and weights, and checks that they fit together. The cheap files come first, so
    /// that a wrong model is refused at once.
    ///
    /// # Errors
    /// A sentence about what doesn't fit.
    pub fn load(source: &ModelSource, device: &Device, purpose: Purpose) -> Result<Self, EncoderError> {
        let config_json = source.require("config.json")?;
        let config = BertConfig::from_json(&config_json)?;
        let tokenizer = tokenizer(source)?;
        if tokenizer.vocabulary() > config.vocabulary {
            return Err(EncoderError::TokenizerMismatch { tokenizer: tokenizer.vocabulary(), encoder: config.vocabulary });
        }
        let (mut weights, hash) = source.weights()?;
        let bert = Bert::new(&config, &mut weights, device, purpose)?;
        Ok(Self { bert, tokenizer, hash, config_json })
    }
}

/// The tokenizer: `tokenizer.json` if there is one, else BERT's own from `vocab.txt`.
fn tokenizer(source: &ModelSource) -> Result<SubwordTokenizer, EncoderError> {
    if let Some(json) = source.read("tokenizer.json")? {
        return Ok(SubwordTokenizer::from_json(&json)?);
    }
    let vocab = source.require("vocab.txt")?;
    let settings = source.read("tokenizer_config.json")?.and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    let lowercase = settings.as_ref().and_then(|settings| settings.get("do_lower_case")).and_then(Value::as_bool);
    Ok(SubwordTokenizer::from_vocab(&String::from_utf8_lossy(&vocab), lowercase)?)
}

//! An encoder with its tokenizer, as one model directory holds them.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use candle_core::Device;
use serde_json::Value;

use super::EncoderError;
use super::bert::{Batch, Bert, Mode, Purpose};
use super::cache::DiskCache;
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
    cache: Option<Arc<DiskCache>>,
    arithmetic: OnceLock<Option<blake3::Hash>>,
}

/// Subwords of the sequence that shows how an encoder computes: more than a block of its rows.
const PROBE: usize = 64;

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
        Ok(Self { bert, tokenizer, hash, config_json, cache: None, arithmetic: OnceLock::new() })
    }

    /// Has the word vectors that it computes kept in `cache`, and takes those from it that are there.
    pub fn keep_in(&mut self, cache: Option<Arc<DiskCache>>) {
        self.cache = cache;
    }

    /// The cache of word vectors, and what identifies their arithmetic. None where a sequence's vectors might depend on
    /// those beside it, as on GPUs.
    pub(super) fn cache(&self) -> Option<(&DiskCache, &blake3::Hash)> {
        let cache = self.cache.as_deref().filter(|_| self.bert.network().is_some())?;
        Some((cache, self.arithmetic.get_or_init(|| self.arithmetic()).as_ref()?))
    }

    /// What it makes of a fixed sequence, hashed with what it is. Weights, precision, instructions and whatever else
    /// changes a bit of a vector changes this.
    fn arithmetic(&self) -> Option<blake3::Hash> {
        let config = &self.bert.config;
        let mut probe = Batch::default();
        probe.push((0..config.positions.min(PROBE)).map(|at| (at * 37 % config.vocabulary) as u32));
        let found = self.bert.forward(&probe, Mode::Predict).and_then(|hidden| hidden.flatten_all()?.to_vec1::<f32>());
        let mut hasher = blake3::Hasher::new();
        let precision = self.bert.precision().name();
        for what in [env!("CARGO_PKG_VERSION").as_bytes(), precision.as_bytes(), self.hash.as_bytes(), &self.config_json] {
            hasher.update(blake3::hash(what).as_bytes());
        }
        // Whoever encodes a note is told of what can't be computed.
        found.ok()?.iter().for_each(|number| {
            hasher.update(&number.to_le_bytes());
        });
        Some(hasher.finalize())
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

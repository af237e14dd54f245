//! Writing a model directory.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use candle_core::{DType, Tensor};
use serde::Serialize;
use serde_json::json;

use super::TrainingError;
use crate::encoder::bert::named_tensors;
use crate::encoder::{EncodeOptions, Encoder};
use crate::head::Head;

/// What a model directory is made of.
pub struct Parts<'a> {
    /// The encoder, for its configuration and tokenizer.
    pub encoder: &'a Encoder,
    /// Its weights as `model.safetensors`.
    pub weights: &'a [u8],
    /// The trained head.
    pub head: &'a Head,
    /// Windows and pooling.
    pub encode: EncodeOptions,
    /// The model's name.
    pub name: &'a str,
}

/// The weights of a trainable encoder as a safetensors file of half-precision numbers.
///
/// # Errors
/// When they can't be serialised.
pub fn half_precision(encoder: &Encoder) -> Result<Vec<u8>, TrainingError> {
    let tensors: BTreeMap<String, Tensor> = named_tensors(encoder.bert.variables(), DType::F16)?.into_iter().collect();
    safetensors::serialize(tensors, None).map_err(|error| failed(Path::new("model.safetensors"), error))
}

/// Writes `config.json`, `tokenizer.json`, `model.safetensors`, `head.safetensors` and `chartmark.json`. `training` tells
/// how the model was made, `metrics` how good it was found to be.
///
/// # Errors
/// When a file can't be written.
pub fn write(out: &Path, parts: &Parts<'_>, training: &impl Serialize, metrics: &impl Serialize) -> Result<(), TrainingError> {
    std::fs::create_dir_all(out).map_err(|error| failed(out, error))?;
    let hash = blake3::hash(parts.weights).to_hex().to_string();
    let mut head = parts.head.frozen()?;
    head.meta.encoder.clone_from(&hash);
    let description = json!({
        "format": 1,
        "name": parts.name,
        "encoder": hash,
        "encode": parts.encode,
        "scheme": head.meta.scheme,
        "thresholds": head.meta.thresholds,
        "head": "head.safetensors",
        "training": training,
        "metrics": metrics,
    });
    let description = serde_json::to_string_pretty(&description).map_err(|error| failed(out, error))?;
    let tokenizer = parts.encoder.tokenizer.to_json().map_err(crate::encoder::EncoderError::from)?;
    write_atomically(&out.join("config.json"), &parts.encoder.config_json)?;
    write_atomically(&out.join("tokenizer.json"), tokenizer.as_bytes())?;
    write_atomically(&out.join("model.safetensors"), parts.weights)?;
    write_atomically(&out.join("head.safetensors"), &head.to_bytes()?)?;
    write_atomically(&out.join("chartmark.json"), (description + "\n").as_bytes())
}

/// Writes a file beside its place, has it on disk, and then puts it in its place.
///
/// # Errors
/// When that fails.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), TrainingError> {
    let beside = path.with_extension("part");
    let write = || -> std::io::Result<()> {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(|error| failed(path, error))
}

fn failed(path: &Path, error: impl std::fmt::Display) -> TrainingError {
    TrainingError::File { path: path.display().to_string(), error: error.to_string() }
}

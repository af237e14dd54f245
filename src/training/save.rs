//! Writing a model directory.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use candle_core::{DType, Tensor};
use serde::Serialize;
use serde_json::{Value, json};

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
    /// The trained heads, each named by its scheme; the first is the one that is used unless another is named.
    pub heads: &'a [HeadPart<'a>],
    /// Windows and pooling.
    pub encode: EncodeOptions,
    /// The model's name.
    pub name: &'a str,
}

/// A head of a model, and how good it was found to be.
pub struct HeadPart<'a> {
    /// The head.
    pub head: &'a Head,
    /// Figures for `chartmark.json`.
    pub metrics: Value,
}

/// The weights of a trainable encoder as a safetensors file of half-precision numbers.
///
/// # Errors
/// When they can't be serialised.
pub fn half_precision(encoder: &Encoder) -> Result<Vec<u8>, TrainingError> {
    let tensors: BTreeMap<String, Tensor> = named_tensors(encoder.bert.variables(), DType::F16)?.into_iter().collect();
    safetensors::serialize(tensors, None).map_err(|error| failed(Path::new("model.safetensors"), error))
}

/// Writes `config.json`, `tokenizer.json`, `model.safetensors`, `chartmark.json` and the heads: `head.safetensors` for a
/// single one, else `head.SCHEME.safetensors` for each. `training` tells how the model was made, `metrics` how good all
/// of it together was found to be.
///
/// # Errors
/// When a file can't be written.
pub fn write(out: &Path, parts: &Parts<'_>, training: &impl Serialize, metrics: &impl Serialize) -> Result<(), TrainingError> {
    std::fs::create_dir_all(out).map_err(|error| failed(out, error))?;
    let hash = blake3::hash(parts.weights).to_hex().to_string();
    let names = file_names(parts.heads.iter().map(|part| part.head.meta.scheme.name.as_str()));
    let (mut heads, mut files) = (Vec::new(), Vec::new());
    for (part, name) in parts.heads.iter().zip(names) {
        let mut head = part.head.frozen()?;
        head.meta.encoder.clone_from(&hash);
        heads.push(json!({
            "scheme": head.meta.scheme,
            "thresholds": head.meta.thresholds,
            "head": name,
            "metrics": part.metrics,
        }));
        files.push((name, head.to_bytes()?));
    }
    let description = json!({
        "format": 2,
        "name": parts.name,
        "encoder": hash,
        "encode": parts.encode,
        "heads": heads,
        "training": training,
        "metrics": metrics,
    });
    let description = serde_json::to_string_pretty(&description).map_err(|error| failed(out, error))?;
    let tokenizer = parts.encoder.tokenizer.to_json().map_err(crate::encoder::EncoderError::from)?;
    write_atomically(&out.join("config.json"), &parts.encoder.config_json)?;
    write_atomically(&out.join("tokenizer.json"), tokenizer.as_bytes())?;
    write_atomically(&out.join("model.safetensors"), parts.weights)?;
    files.iter().try_for_each(|(name, bytes)| write_atomically(&out.join(name), bytes))?;
    write_atomically(&out.join("chartmark.json"), (description + "\n").as_bytes())
}

/// A file name for each head: of its scheme's name only what every file system takes, numbered where that is not enough
/// to tell them apart.
fn file_names<'a>(schemes: impl ExactSizeIterator<Item = &'a str>) -> Vec<String> {
    if schemes.len() == 1 {
        return vec!["head.safetensors".into()];
    }
    let mut names: Vec<String> = Vec::with_capacity(schemes.len());
    for (index, scheme) in schemes.enumerate() {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let name = format!("head.{}.safetensors", scheme.chars().map(plain).collect::<String>());
        names.push(if names.contains(&name) { format!("head.{index}.safetensors") } else { name });
    }
    names
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

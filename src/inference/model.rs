//! A model as Chartmark uses it: an encoder, how documents become vectors, and a head.

use candle_core::Device;
use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{LabelScheme, Predictions, Words};
use crate::encoder::words::encode;
use crate::encoder::{EncodeOptions, Encoder, EncoderError, ModelSource};
use crate::head::{Head, HeadError, HeadMeta};

static BUNDLED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/assets/model");

/// The model that comes with the program.
pub fn bundled() -> ModelSource {
    ModelSource::Embedded(&BUNDLED)
}

/// `chartmark.json`: what Chartmark adds to a model directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Version of this file's form: 1.
    pub format: u32,
    /// The model's name.
    pub name: String,
    /// BLAKE3 of `model.safetensors`, in hexadecimal.
    pub encoder: String,
    /// How documents become vectors.
    pub encode: EncodeOptions,
    /// The labels.
    pub scheme: LabelScheme,
    /// One threshold a label.
    pub thresholds: Vec<f32>,
    /// The file that holds the head.
    pub head: String,
    /// How it was trained.
    #[serde(default)]
    pub training: Value,
    /// How good it was found to be.
    #[serde(default)]
    pub metrics: Value,
}

/// The form of `chartmark.json` that this program reads and writes.
pub const FORMAT: u32 = 1;

/// Why a model can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The encoder.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// The head.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The description.
    #[error("chartmark.json can't be used: {0}; train or copy the model again")]
    Description(String),
}

/// An encoder with a head.
#[derive(Debug)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// The encoder.
    pub encoder: Encoder,
    /// How documents become vectors.
    pub encode: EncodeOptions,
    /// The head that came with it; `None` for a plain BERT, which has learned no labels yet.
    pub head: Option<Head>,
}

impl Model {
    /// Loads a model directory: one that Chartmark wrote, or any BERT (which then has no head).
    ///
    /// # Errors
    /// When a file is missing, damaged, or doesn't fit the others.
    pub fn load(source: &ModelSource, device: &Device) -> Result<Self, ModelError> {
        let description = description(source)?;
        let encoder = Encoder::load(source, device, false)?;
        let Some(description) = description else {
            let name = source.path().file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy().into_owned());
            let encode = EncodeOptions::for_positions(encoder.bert.config.positions);
            return Ok(Self { name, encoder, encode, head: None });
        };
        if description.encoder != encoder.hash {
            return Err(ModelError::Description("it belongs to other weights than the model.safetensors beside it".into()));
        }
        let mut head = Head::from_bytes(&source.require(&description.head)?)?;
        let labels = description.scheme.len();
        if head.labels() != labels || description.thresholds.len() != labels {
            return Err(ModelError::Description(format!("it names {labels} labels, its head has {}", head.labels())));
        }
        description.scheme.check().map_err(|error| ModelError::Description(error.to_string()))?;
        // The text file is the one that people edit: names, colours, descriptions and thresholds are taken from it.
        head.meta = HeadMeta { scheme: description.scheme, thresholds: description.thresholds, encoder: encoder.hash.clone() };
        let model = Self { name: description.name, encoder, encode: description.encode, head: Some(head) };
        model.check_head(model.head.as_ref())?;
        Ok(model)
    }

    /// Whether a head was trained on the vectors that the encoder gives.
    ///
    /// # Errors
    /// When it doesn't.
    pub fn check_head(&self, head: Option<&Head>) -> Result<(), HeadError> {
        let encoder = self.encoder.bert.config.hidden;
        match head {
            Some(head) if head.inputs() != encoder => Err(HeadError::Mismatch { head: head.inputs(), encoder }),
            Some(head) if head.meta.encoder != self.encoder.hash => Err(HeadError::OtherEncoder),
            _ => Ok(()),
        }
    }

    /// A head for `scheme` that has learned nothing: it predicts no label anywhere.
    ///
    /// # Errors
    /// When tensors can't be made.
    pub fn fresh_head(&self, scheme: &LabelScheme) -> Result<Head, HeadError> {
        let meta = HeadMeta { scheme: scheme.clone(), thresholds: vec![0.5; scheme.len()], encoder: self.encoder.hash.clone() };
        Ok(Head::new(meta, self.encoder.bert.config.hidden, None, &vec![0.02; scheme.len()], 0)?)
    }

    /// The vectors of a document's words, row-major, words × hidden.
    ///
    /// # Errors
    /// When the tokenizer or a computation fails.
    pub fn vectors(&self, text: &str, words: &Words) -> Result<Vec<f32>, EncoderError> {
        encode(&self.encoder, text, words, self.encode)
    }

    /// Predictions of a whole document by `head`.
    ///
    /// # Errors
    /// When the tokenizer or a computation fails.
    pub fn predict(&self, head: &Head, text: &str, words: &Words) -> Result<Predictions, EncoderError> {
        let probabilities = head.probabilities(&self.vectors(text, words)?)?;
        Ok(Predictions::new(0, head.labels(), probabilities))
    }
}

/// The model's `chartmark.json`, if it has one.
///
/// # Errors
/// When it can't be read or is of a newer form.
pub fn description(source: &ModelSource) -> Result<Option<Description>, ModelError> {
    let Some(json) = source.read("chartmark.json")? else { return Ok(None) };
    let form: Value = serde_json::from_slice(&json).map_err(|error| ModelError::Description(error.to_string()))?;
    match form.get("format").and_then(Value::as_u64) {
        Some(format) if format == u64::from(FORMAT) => {}
        Some(format) => {
            return Err(ModelError::Description(format!(
                "it is of form {format}, this program reads form {FORMAT}; a newer chartmark may read it"
            )));
        }
        None => return Err(ModelError::Description("it doesn't say its format".into())),
    }
    serde_json::from_value(form).map(Some).map_err(|error| ModelError::Description(error.to_string()))
}

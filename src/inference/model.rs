//! A model as Chartmark uses it: an encoder, how documents become vectors, and a head.

use candle_core::Device;
use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::seeds;
use crate::domain::{LabelScheme, Predictions, Words};
use crate::encoder::words::encode;
use crate::encoder::{EncodeOptions, Encoder, EncoderError, ModelSource, Precision, Purpose};
use crate::head::{Head, HeadError, HeadMeta};
use crate::tokenization::Terms;

static BUNDLED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/assets/model");

/// The model that comes with the program.
pub fn bundled() -> ModelSource {
    ModelSource::Embedded(&BUNDLED)
}

/// `chartmark.json`: what Chartmark adds to a model directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Version of this file's form: [`FORMAT`].
    pub format: u32,
    /// The model's name.
    pub name: String,
    /// BLAKE3 of `model.safetensors`, in hexadecimal.
    pub encoder: String,
    /// How documents become vectors.
    pub encode: EncodeOptions,
    /// The heads above the encoder, each with labels of its own; the first is used unless another is named.
    pub heads: Vec<HeadDescription>,
    /// How it was trained.
    #[serde(default)]
    pub training: Value,
    /// How good it was found to be, all heads together.
    #[serde(default)]
    pub metrics: Value,
}

/// One head in `chartmark.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeadDescription {
    /// The labels; the scheme's name names the head.
    pub scheme: LabelScheme,
    /// One threshold a label.
    pub thresholds: Vec<f32>,
    /// The file that holds the head.
    pub head: String,
    /// How good the head was found to be.
    #[serde(default)]
    pub metrics: Value,
}

/// What form 1, which knew one head, has in the place of `heads`.
const SINGLE: [&str; 4] = ["scheme", "thresholds", "head", "metrics"];

impl Description {
    /// Reads `chartmark.json` of form 1 (one head) or 2.
    ///
    /// # Errors
    /// When it is damaged, of a newer form, or describes no head or two of one name.
    pub fn from_json(json: &[u8]) -> Result<Self, ModelError> {
        let unusable = |what: String| ModelError::Description(what);
        let mut form: Value = serde_json::from_slice(json).map_err(|error| unusable(error.to_string()))?;
        match form.get("format").and_then(Value::as_u64) {
            Some(1) => {
                if let Some(fields) = form.as_object_mut() {
                    let head = SINGLE.iter().filter_map(|name| Some(((*name).to_owned(), fields.remove(*name)?))).collect();
                    fields.insert("heads".into(), Value::Array(vec![Value::Object(head)]));
                }
            }
            Some(format) if format == u64::from(FORMAT) => {}
            Some(format) => {
                return Err(unusable(format!(
                    "it is of form {format}, this program reads forms 1 to {FORMAT}; a newer chartmark may read it"
                )));
            }
            None => return Err(unusable("it doesn't say its format".into())),
        }
        let description: Self = serde_json::from_value(form).map_err(|error| unusable(error.to_string()))?;
        let names: Vec<&str> = description.schemes().map(|scheme| scheme.name.as_str()).collect();
        if names.is_empty() {
            return Err(unusable("it describes no head".into()));
        }
        if let Some(twice) = (1..names.len()).find(|&index| names[..index].contains(&names[index])) {
            return Err(unusable(format!("two of its heads are called '{}'", names[twice])));
        }
        description.schemes().try_for_each(|scheme| scheme.check().map_err(|error| unusable(error.to_string())))?;
        Ok(description)
    }

    /// The label schemes of its heads, in their order.
    pub fn schemes(&self) -> impl Iterator<Item = &LabelScheme> {
        self.heads.iter().map(|head| &head.scheme)
    }
}

/// The form of `chartmark.json` that this program writes. It reads form 1 too.
pub const FORMAT: u32 = 2;

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

/// An encoder with its heads.
#[derive(Debug)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// The encoder.
    pub encoder: Encoder,
    /// How documents become vectors.
    pub encode: EncodeOptions,
    /// The heads that came with it, one a label scheme, the one to use first; none for a plain BERT, which has learned no
    /// labels yet. All of them work on the same vectors.
    pub heads: Vec<Head>,
}

impl Model {
    /// Loads a model directory: one that Chartmark wrote, or any BERT (which then has no head). Its encoder computes in
    /// `precision`; without one, in what suits the device.
    ///
    /// # Errors
    /// When a file is missing, damaged, or doesn't fit the others.
    pub fn load(source: &ModelSource, device: &Device, precision: Option<Precision>) -> Result<Self, ModelError> {
        let description = description(source)?;
        let encoder = Encoder::load(source, device, Purpose::Prediction(precision))?;
        let Some(description) = description else {
            let name = source.path().file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy().into_owned());
            let encode = EncodeOptions::for_positions(encoder.bert.config.positions);
            return Ok(Self { name, encoder, encode, heads: Vec::new() });
        };
        let (name, encode) = (description.name.clone(), description.encode);
        let heads = load_heads(source, description, &encoder.hash)?;
        let model = Self { name, encoder, encode, heads };
        model.heads.iter().try_for_each(|head| model.check_head(Some(head)))?;
        Ok(model)
    }

    /// The head in use: the first; `None` for a plain BERT.
    pub fn head(&self) -> Option<&Head> {
        self.heads.first()
    }

    /// Puts the head of the scheme called `scheme` first; false if there is none.
    pub fn choose(&mut self, scheme: &str) -> bool {
        let found = self.heads.iter().position(|head| head.meta.scheme.name == scheme);
        if let Some(index) = found {
            self.heads[..=index].rotate_right(1);
        }
        found.is_some()
    }

    /// The head for these labels: of the head that shares most of them (the first of those), brought to just these, so
    /// that a label it doesn't know has a row that has learned nothing; a fresh one for a plain BERT.
    ///
    /// # Errors
    /// When tensors can't be made.
    pub fn head_for(&self, scheme: &LabelScheme) -> Result<Head, HeadError> {
        let shared = |head: &Head| head.meta.scheme.labels.iter().filter(|label| scheme.counterpart(label).is_some()).count();
        // Of equals, `max_by_key` gives the last.
        match self.heads.iter().rev().max_by_key(|head| shared(head)) {
            Some(head) => Ok(head.conformed(scheme)?),
            None => self.fresh_head(scheme),
        }
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
        let meta = HeadMeta { own: vec![true; scheme.len()], ..HeadMeta::fresh(scheme.clone(), self.encoder.hash.as_str()) };
        Ok(Head::blank(meta, self.encoder.bert.config.hidden)?)
    }

    /// The vectors of a document's words, row-major, words × hidden.
    ///
    /// # Errors
    /// When the tokenizer or a computation fails.
    pub fn vectors(&self, text: &str, words: &Words) -> Result<Vec<f32>, EncoderError> {
        encode(&self.encoder, text, words, self.encode)
    }

    /// The head of a version for these labels: the version's own rows as far as it has them, and those of the model where
    /// the version knows nothing. All of the model's where that leaves more labels unknown: a version with a hidden layer
    /// can't take rows of a head that looks at the vectors in another way.
    ///
    /// # Errors
    /// When tensors can't be made.
    pub fn version_for(&self, version: &Head, scheme: &LabelScheme) -> Result<Head, HeadError> {
        let own = self.head_for(scheme)?;
        let completed = version.conformed(scheme)?.completed(&own)?;
        Ok(if completed.unlearned()?.len() > own.unlearned()?.len() { own } else { completed })
    }

    /// Predictions of a whole document by `head`, with suggestions by seed terms of labels that it has not learned.
    ///
    /// # Errors
    /// When the tokenizer or a computation fails.
    pub fn predict(&self, head: &Head, text: &str, words: &Words) -> Result<Predictions, EncoderError> {
        let found = Terms::new(&head.meta.scheme).find(text, words);
        let probabilities = seeds::probabilities(head, &self.vectors(text, words)?, 0, &found)?;
        Ok(Predictions::new(0, head.labels(), probabilities))
    }
}

/// Reads one head and gives it what the description says: the text file is the one that people edit, so names, colours,
/// descriptions and thresholds are taken from it.
fn load_head(source: &ModelSource, described: HeadDescription, encoder: &str) -> Result<Head, ModelError> {
    let mut head = Head::from_bytes(&source.require(&described.head)?)?;
    let labels = described.scheme.len();
    if head.labels() != labels || described.thresholds.len() != labels {
        let found = head.labels();
        let scheme = &described.scheme.name;
        return Err(ModelError::Description(format!("it names {labels} labels of '{scheme}', the head has {found}")));
    }
    (head.meta.scheme, head.meta.thresholds) = (described.scheme, described.thresholds);
    encoder.clone_into(&mut head.meta.encoder);
    Ok(head)
}

/// The heads that a description names, of an encoder with this hash.
fn load_heads(source: &ModelSource, description: Description, encoder: &str) -> Result<Vec<Head>, ModelError> {
    if description.encoder != encoder {
        return Err(ModelError::Description("it belongs to other weights than the model.safetensors beside it".into()));
    }
    description.heads.into_iter().map(|head| load_head(source, head, encoder)).collect()
}

/// The heads of a model whose encoder has this hash; none for a plain BERT.
///
/// # Errors
/// When they can't be read, or belong to another encoder.
pub fn heads(source: &ModelSource, encoder: &str) -> Result<Vec<Head>, ModelError> {
    description(source)?.map_or_else(|| Ok(Vec::new()), |description| load_heads(source, description, encoder))
}

/// The head that a model is used with where none is chosen; `None` for a plain BERT. The encoder is not looked at.
///
/// # Errors
/// When it can't be read.
pub fn first_head(source: &ModelSource) -> Result<Option<Head>, ModelError> {
    let Some(Description { encoder, heads, .. }) = description(source)? else { return Ok(None) };
    heads.into_iter().next().map(|head| load_head(source, head, &encoder)).transpose()
}

/// The model's `chartmark.json`, if it has one.
///
/// # Errors
/// When it can't be read or used.
pub fn description(source: &ModelSource) -> Result<Option<Description>, ModelError> {
    source.read("chartmark.json")?.map(|json| Description::from_json(&json)).transpose()
}

//! `config.json`: the shape of a BERT.

use serde_json::{Map, Value};

use super::EncoderError;

/// The non-linearity between the two layers of a feed-forward block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// x·Φ(x), as in the original BERT.
    Gelu,
    /// Its tanh approximation.
    GeluTanh,
    /// max(x, 0).
    Relu,
}

/// The shape of a BERT.
#[derive(Clone, Debug, PartialEq)]
pub struct BertConfig {
    /// Size of the vocabulary.
    pub vocabulary: usize,
    /// Length of each vector.
    pub hidden: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads a layer.
    pub heads: usize,
    /// Width of the feed-forward block.
    pub intermediate: usize,
    /// Its non-linearity.
    pub activation: Activation,
    /// Longest sequence, special tokens included.
    pub positions: usize,
    /// Number of segment types.
    pub segments: usize,
    /// Added to the variance in layer normalisation.
    pub epsilon: f32,
}

/// Bounds that no honest BERT reaches; they keep a broken file from asking for all memory.
const MOST: [(&str, usize); 7] = [
    ("vocab_size", 2_000_000),
    ("hidden_size", 16_384),
    ("num_hidden_layers", 256),
    ("num_attention_heads", 256),
    ("intermediate_size", 131_072),
    ("max_position_embeddings", 65_536),
    ("type_vocab_size", 1_024),
];

impl BertConfig {
    /// Reads a `config.json`.
    ///
    /// # Errors
    /// When it is no JSON object, is of another architecture, lacks a size, or holds an absurd one.
    pub fn from_json(json: &[u8]) -> Result<Self, EncoderError> {
        let fields: Map<String, Value> = serde_json::from_slice(json)
            .map_err(|error| wrong(format!("config.json is not valid JSON ({error}); download the model again")))?;
        check_architecture(&fields)?;
        let size = |name: &str, default: Option<usize>| {
            let most = MOST.iter().find(|(known, _)| *known == name).map_or(usize::MAX, |(_, most)| *most);
            let value = match fields.get(name) {
                None | Some(Value::Null) => default,
                Some(value) => value.as_u64().map(|value| value as usize),
            };
            match value {
                Some(value) if (1..=most).contains(&value) => Ok(value),
                Some(value) => {
                    Err(wrong(format!("config.json gives {name} as {value}, which no BERT has; download the model again")))
                }
                None => Err(wrong(format!("config.json lacks the number {name}; download the model again"))),
            }
        };
        let config = Self {
            vocabulary: size("vocab_size", None)?,
            hidden: size("hidden_size", None)?,
            layers: size("num_hidden_layers", None)?,
            heads: size("num_attention_heads", None)?,
            intermediate: size("intermediate_size", None)?,
            activation: activation(fields.get("hidden_act"))?,
            positions: size("max_position_embeddings", None)?,
            segments: size("type_vocab_size", Some(2))?,
            epsilon: fields.get("layer_norm_eps").and_then(Value::as_f64).unwrap_or(1e-12) as f32,
        };
        if !config.hidden.is_multiple_of(config.heads) {
            return Err(wrong(format!(
                "config.json asks for {} attention heads over {} dimensions, which don't divide; download the model again",
                config.heads, config.hidden
            )));
        }
        if config.positions < 8 {
            return Err(wrong(format!("this model takes {} subwords at most, too few for text", config.positions)));
        }
        Ok(config)
    }

    /// Length of one attention head's vectors.
    pub fn head_size(&self) -> usize {
        self.hidden / self.heads
    }
}

fn check_architecture(fields: &Map<String, Value>) -> Result<(), EncoderError> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let of_class = |value: &Value| value.as_str().is_some_and(|class| class.starts_with("Bert"));
    let classes = fields.get("architectures").and_then(Value::as_array);
    let bert = match (text("model_type"), classes) {
        (Some(kind), _) => kind == "bert",
        (None, Some(classes)) if !classes.is_empty() => classes.iter().any(of_class),
        // ClinicalBERT's and other early files say neither; their sizes and tensors are checked anyway.
        (None, _) => true,
    };
    if !bert {
        let kind = text("model_type").map_or_else(|| "another architecture".to_owned(), |kind| format!("'{kind}'"));
        return Err(wrong(format!(
            "the model is {kind}, which Chartmark can't run: it runs BERT encoders (BERT, MiniLM, PubMedBERT, BioBERT, ClinicalBERT and others whose config.json says \"model_type\": \"bert\")"
        )));
    }
    match text("position_embedding_type") {
        None | Some("absolute") => Ok(()),
        Some(kind) => Err(wrong(format!("the model uses {kind} position embeddings; Chartmark runs BERTs with absolute ones"))),
    }
}

fn activation(value: Option<&Value>) -> Result<Activation, EncoderError> {
    match value.and_then(Value::as_str) {
        None | Some("gelu") => Ok(Activation::Gelu),
        Some("gelu_new" | "gelu_pytorch_tanh") => Ok(Activation::GeluTanh),
        Some("relu") => Ok(Activation::Relu),
        Some(other) => Err(wrong(format!("the model uses the activation '{other}'; Chartmark knows gelu, gelu_new and relu"))),
    }
}

fn wrong(sentence: String) -> EncoderError {
    EncoderError::Config(sentence)
}

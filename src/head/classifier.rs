//! The head itself: one dense layer, or two with a GELU between them.

use std::collections::HashMap;

use candle_core::{Device, Result, Tensor, Var};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::HeadError;
use super::apply::Dense;
use super::calibration::Platt;
use super::curve::{Bend, Curve};
use super::loss::sigmoid;
use crate::domain::LabelScheme;

/// What a head is, beside its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeadMeta {
    /// The labels, one row of the last layer each.
    pub scheme: LabelScheme,
    /// A cell is predicted if its probability reaches its label's threshold.
    pub thresholds: Vec<f32>,
    /// Hash of the encoder whose vectors it was trained on, in hexadecimal.
    pub encoder: String,
    /// The calibration that is in the last layer already, one map a label; empty if nothing was calibrated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calibration: Vec<Platt>,
    /// The curve behind each label's logit; empty if there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curves: Vec<Curve>,
    /// Whether a label's row comes from decisions of the project alone; empty if none does. What such a row said before
    /// is nothing to hold on to: it is learned afresh from all decisions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<bool>,
}

impl HeadMeta {
    /// Gives a label what another head has of one: threshold, calibration, curve, where its row comes from.
    pub(super) fn take(&mut self, label: usize, other: &Self, theirs: usize) {
        self.thresholds[label] = other.thresholds[theirs];
        self.set_own(label, other.own.get(theirs).copied().unwrap_or(false));
        let map = other.calibration.get(theirs).copied().unwrap_or(Platt::IDENTITY);
        if map != Platt::IDENTITY || !self.calibration.is_empty() {
            self.calibration.resize(self.scheme.len(), Platt::IDENTITY);
            self.calibration[label] = map;
        }
        if self.calibration.iter().all(|&map| map == Platt::IDENTITY) {
            self.calibration.clear();
        }
        let curve = other.curves.get(theirs).copied().unwrap_or(Curve::IDENTITY);
        if curve != Curve::IDENTITY || !self.curves.is_empty() {
            self.curves.resize(self.scheme.len(), Curve::IDENTITY);
            self.curves[label] = curve;
        }
        if self.curves.iter().all(|&curve| curve == Curve::IDENTITY) {
            self.curves.clear();
        }
    }

    /// Says of a label whether its row comes from the project alone.
    pub(super) fn set_own(&mut self, label: usize, own: bool) {
        if own || !self.own.is_empty() {
            self.own.resize(self.scheme.len(), false);
            self.own[label] = own;
        }
        if !self.own.contains(&true) {
            self.own.clear();
        }
    }

    /// Of a head that has learned nothing: thresholds of 0.5.
    pub fn fresh(scheme: LabelScheme, encoder: impl Into<String>) -> Self {
        let thresholds = vec![0.5; scheme.len()];
        Self { scheme, thresholds, encoder: encoder.into(), calibration: Vec::new(), curves: Vec::new(), own: Vec::new() }
    }
}

/// A dense layer: outputs × inputs, and outputs.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) weight: Tensor,
    pub(super) bias: Tensor,
}

impl Layer {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)
    }
}

/// A multi-label classifier of word vectors.
#[derive(Clone, Debug)]
pub struct Head {
    /// What it is.
    pub meta: HeadMeta,
    pub(super) layers: Vec<Layer>,
}

/// The key of a head's description among the metadata of its safetensors.
const META: &str = "chartmark";

/// The log-odds of a label that has not been learned: about 2%.
pub(super) const UNLEARNED: f32 = -4.0;

/// Thinned copies of a head, and the share of the inputs that is switched off in each.
const DRAWS: u64 = 6;
const THINNED: f32 = 0.3;

/// More numbers than any honest layer has a side.
const MOST: usize = 65_536;

impl Head {
    /// A fresh head over vectors of `inputs` numbers, with one hidden layer if `hidden` gives its width. Weights are
    /// uniform in ±1/√inputs; the last layer's biases are the log-odds of `prior`, one share in 0..1 a label.
    ///
    /// # Errors
    /// When tensors can't be made.
    pub fn new(meta: HeadMeta, inputs: usize, hidden: Option<usize>, prior: &[f32], seed: u64) -> Result<Self> {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let mut matrix = |outputs: usize, inputs: usize| {
            let bound = 1.0 / (inputs as f32).sqrt();
            let values: Vec<f32> = (0..outputs * inputs).map(|_| generator.random_range(-bound..bound)).collect();
            Tensor::from_vec(values, (outputs, inputs), &Device::Cpu)
        };
        let mut layers = Vec::with_capacity(2);
        if let Some(width) = hidden {
            layers.push(Layer {
                weight: matrix(width, inputs)?,
                bias: Tensor::zeros(width, candle_core::DType::F32, &Device::Cpu)?,
            });
        }
        let log_odds: Vec<f32> =
            prior.iter().map(|share| share.clamp(1e-3, 1.0 - 1e-3)).map(|share| (share / (1.0 - share)).ln()).collect();
        let labels = log_odds.len();
        layers.push(Layer {
            weight: matrix(labels, hidden.unwrap_or(inputs))?,
            bias: Tensor::from_vec(log_odds, labels, &Device::Cpu)?,
        });
        Ok(Self { meta, layers })
    }

    /// The same head for another scheme: labels of the same name, or of one that they had before, keep their row and
    /// threshold (unless the scheme sets another), new ones get a row that
    /// has learned nothing and predicts nothing, others go.
    ///
    /// # Errors
    /// When tensors can't be made.
    pub fn conformed(&self, scheme: &LabelScheme) -> Result<Self> {
        let mut meta = HeadMeta::fresh(scheme.clone(), self.meta.encoder.clone());
        let Some((last, before)) = self.layers.split_last() else { return Ok(self.clone()) };
        let width = last.weight.dim(1)?;
        let (old_weight, old_bias) = (last.weight.flatten_all()?.to_vec1::<f32>()?, last.bias.to_vec1::<f32>()?);
        let (mut weight, mut bias) = (Vec::with_capacity(scheme.len() * width), Vec::with_capacity(scheme.len()));
        for (index, label) in scheme.labels.iter().enumerate() {
            match self.meta.scheme.counterpart(label) {
                Some(row) => {
                    weight.extend_from_slice(&old_weight[row * width..(row + 1) * width]);
                    bias.push(old_bias[row]);
                    meta.take(index, &self.meta, row);
                }
                None => {
                    weight.resize(weight.len() + width, 0.0);
                    bias.push(UNLEARNED);
                    meta.set_own(index, true);
                }
            }
            if let Some(threshold) = label.threshold {
                meta.thresholds[index] = threshold.get();
            }
        }
        let last = Layer {
            weight: Tensor::from_vec(weight, (scheme.len(), width), &Device::Cpu)?,
            bias: Tensor::from_vec(bias, scheme.len(), &Device::Cpu)?,
        };
        Ok(Self { meta, layers: before.iter().cloned().chain([last]).collect() })
    }

    /// Whether a label's row comes from decisions of the project alone, or from nothing.
    pub fn is_own(&self, label: usize) -> bool {
        self.meta.own.get(label).copied().unwrap_or(false)
    }

    /// What the last layer sees of row-major vectors, words × inputs: themselves, or the activations of the hidden layer.
    ///
    /// # Errors
    /// When a computation fails.
    pub fn features(&self, vectors: &[f32]) -> Result<Vec<f32>> {
        let [hidden, _] = self.layers.as_slice() else { return Ok(vectors.to_vec()) };
        if vectors.is_empty() {
            return Ok(Vec::new());
        }
        let inputs = self.inputs();
        let vectors = Tensor::from_slice(vectors, (vectors.len() / inputs, inputs), hidden.weight.device())?;
        hidden.forward(&vectors)?.gelu_erf()?.flatten_all()?.to_vec1()
    }

    /// Weights (row-major, labels × features) and biases of the last layer.
    ///
    /// # Errors
    /// When tensors can't be read.
    pub fn last_layer(&self) -> Result<(Vec<f32>, Vec<f32>)> {
        let last = self.layers.last().ok_or_else(|| candle_core::Error::msg("a head without layers"))?;
        Ok((last.weight.flatten_all()?.to_vec1()?, last.bias.to_vec1()?))
    }

    /// The same head with another last layer.
    ///
    /// # Errors
    /// When the numbers don't fit, or tensors can't be made.
    pub fn with_last_layer(&self, weight: Vec<f32>, bias: Vec<f32>) -> Result<Self> {
        let mut head = self.clone();
        if let Some(last) = head.layers.last_mut() {
            let shape = last.weight.shape();
            *last = Layer {
                weight: Tensor::from_vec(weight, shape, &Device::Cpu)?,
                bias: Tensor::from_vec(bias, last.bias.shape(), &Device::Cpu)?,
            };
        }
        Ok(head)
    }

    /// The head that shows these affine maps of what this one shows, one a label. Without curves they go into the last
    /// layer, which remembers what it was calibrated with before; with curves, into those of all labels.
    ///
    /// # Errors
    /// When tensors can't be made.
    pub fn calibrated(&self, maps: &[Platt]) -> Result<Self> {
        let mut head = self.clone();
        let Some(last) = head.layers.last_mut() else { return Ok(head) };
        head.meta.curves = self.meta.curves.iter().zip(maps).map(|(curve, &map)| curve.then(map)).collect();
        if !head.meta.curves.is_empty() {
            return Ok(head);
        }
        let column = |of: fn(&Platt) -> f32| Tensor::from_iter(maps.iter().map(of), &Device::Cpu);
        let (scale, shift) = (column(|map| map.scale)?, column(|map| map.shift)?);
        *last = Layer { weight: last.weight.broadcast_mul(&scale.unsqueeze(1)?)?, bias: last.bias.mul(&scale)?.add(&shift)? };
        let before = |label: usize| self.meta.calibration.get(label).copied().unwrap_or(Platt::IDENTITY);
        head.meta.calibration = maps.iter().enumerate().map(|(label, map)| map.after(before(label))).collect();
        Ok(head)
    }

    /// The head with these curves behind its logits, one a label, instead of those that it had.
    #[must_use]
    pub fn with_curves(mut self, curves: Vec<Curve>) -> Self {
        self.meta.curves = curves;
        self
    }

    /// The head as it was before any calibration; thresholds stay.
    ///
    /// # Errors
    /// When tensors can't be made.
    pub fn uncalibrated(&self) -> Result<Self> {
        let undo = |map: &Platt| Platt { scale: 1.0 / map.scale, shift: -map.shift / map.scale };
        let straight = self.clone().with_curves(Vec::new());
        let mut head = match self.meta.calibration.as_slice() {
            [] => straight,
            maps => straight.calibrated(&maps.iter().map(undo).collect::<Vec<_>>())?,
        };
        head.meta.calibration.clear();
        Ok(head)
    }

    /// Length of the vectors it takes.
    pub fn inputs(&self) -> usize {
        self.layers.first().and_then(|layer| layer.weight.dims().last().copied()).unwrap_or(0)
    }

    /// Width of its hidden layer, if it has one.
    pub fn hidden(&self) -> Option<usize> {
        (self.layers.len() > 1).then(|| self.layers[0].weight.dims()[0])
    }

    /// Number of labels.
    pub fn labels(&self) -> usize {
        self.meta.scheme.len()
    }

    /// Logits (words × labels) of word vectors (words × inputs).
    ///
    /// # Errors
    /// When a computation fails.
    pub fn logits(&self, vectors: &Tensor) -> Result<Tensor> {
        let (last, before) = self.layers.split_last().ok_or_else(|| candle_core::Error::msg("a head without layers"))?;
        let mut x = vectors.clone();
        for layer in before {
            x = layer.forward(&x)?.gelu_erf()?;
        }
        last.forward(&x)
    }

    /// Logits of the last layer, before any curve, row-major, words × labels, of row-major vectors, words × inputs.
    ///
    /// # Errors
    /// When a computation fails.
    pub fn row_logits(&self, vectors: &[f32]) -> Result<Vec<f32>> {
        self.applied(vectors, |_| ())
    }

    /// Probabilities, row-major, words × labels, of row-major vectors, words × inputs.
    ///
    /// # Errors
    /// When a computation fails.
    pub fn probabilities(&self, vectors: &[f32]) -> Result<Vec<f32>> {
        let bend = self.bend();
        self.applied(vectors, |row| {
            bend.rows(row);
            row.iter_mut().for_each(|value| *value = sigmoid(*value));
        })
    }

    /// The curves behind the logits.
    pub fn bend(&self) -> Bend {
        Bend::of(&self.meta.curves)
    }

    /// `finish` of each row of the logits, row-major, words × labels, of row-major vectors, words × inputs.
    fn applied(&self, vectors: &[f32], finish: impl Fn(&mut [f32]) + Sync) -> Result<Vec<f32>> {
        let (weights, biases) = self.last_layer()?;
        let layer = Dense { weights: &weights, biases: &biases };
        match self.hidden() {
            Some(_) => Ok(layer.apply(&self.features(vectors)?, finish)),
            None => Ok(layer.apply(vectors, finish)),
        }
    }

    /// The same head with variables for weights, and these variables.
    ///
    /// # Errors
    /// When tensors can't be made.
    pub fn trainable(&self, device: &Device) -> Result<(Self, Vec<Var>)> {
        let mut variables = Vec::with_capacity(self.layers.len() * 2);
        let mut variable = |tensor: &Tensor| -> Result<Tensor> {
            let variable = Var::from_tensor(&tensor.to_device(device)?)?;
            let tensor = variable.as_tensor().clone();
            variables.push(variable);
            Ok(tensor)
        };
        let mut layer =
            |layer: &Layer| -> Result<Layer> { Ok(Layer { weight: variable(&layer.weight)?, bias: variable(&layer.bias)? }) };
        let layers = self.layers.iter().map(&mut layer).collect::<Result<_>>()?;
        Ok((Self { meta: self.meta.clone(), layers }, variables))
    }

    /// A copy on the CPU that shares nothing with the variables it was trained with.
    ///
    /// # Errors
    /// When tensors can't be copied.
    pub fn frozen(&self) -> Result<Self> {
        let copy = |tensor: &Tensor| tensor.to_device(&Device::Cpu)?.copy().map(|tensor| tensor.detach());
        let layer = |layer: &Layer| -> Result<Layer> { Ok(Layer { weight: copy(&layer.weight)?, bias: copy(&layer.bias)? }) };
        Ok(Self { meta: self.meta.clone(), layers: self.layers.iter().map(layer).collect::<Result<_>>()? })
    }

    /// A draw from what the head could as well be: each input of each layer is switched off with probability `rate`
    /// (0 to 1, exclusive) and the others are scaled up in turn, as in a pass with dropout (Gal & Ghahramani, "Dropout
    /// as a Bayesian Approximation", ICML 2016), the same for all words. The same seed gives the same draw.
    ///
    /// # Errors
    /// When tensors can't be made.
    pub fn thinned(&self, rate: f32, seed: u64) -> Result<Self> {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let mut layer = |layer: &Layer| -> Result<Layer> {
            let inputs = layer.weight.dim(1)?;
            let kept = 1.0 / (1.0 - rate);
            let mask: Vec<f32> = (0..inputs).map(|_| if generator.random_range(0.0..1.0) < rate { 0.0 } else { kept }).collect();
            let weight = layer.weight.broadcast_mul(&Tensor::from_vec(mask, inputs, layer.weight.device())?)?;
            Ok(Layer { weight, bias: layer.bias.clone() })
        };
        Ok(Self { meta: self.meta.clone(), layers: self.layers.iter().map(&mut layer).collect::<Result<_>>()? })
    }

    /// Some draws, as [`Head::thinned`] makes them, at the rate that disagreement is measured with; another seed gives others.
    ///
    /// # Errors
    /// When tensors can't be made.
    pub fn draws(&self, seed: u64) -> Result<Vec<Self>> {
        (0..DRAWS).map(|draw| self.thinned(THINNED, seed.wrapping_mul(DRAWS).wrapping_add(draw))).collect()
    }

    /// Whether every weight is a finite number.
    ///
    /// # Errors
    /// When tensors can't be read.
    pub fn is_finite(&self) -> Result<bool> {
        let finite = |tensor: &Tensor| -> Result<bool> {
            Ok(tensor.flatten_all()?.to_vec1::<f32>()?.iter().all(|value| value.is_finite()))
        };
        self.layers
            .iter()
            .try_fold(true, |all, layer| Ok::<_, candle_core::Error>(all && finite(&layer.weight)? && finite(&layer.bias)?))
    }

    /// The head as one safetensors file that describes itself: weights, labels, thresholds.
    ///
    /// # Errors
    /// When it can't be serialised.
    pub fn to_bytes(&self) -> std::result::Result<Vec<u8>, HeadError> {
        let name = |index: usize, kind: &str| format!("layer.{index}.{kind}");
        let tensors = self.layers.iter().enumerate().flat_map(|(index, layer)| {
            [(name(index, "weight"), layer.weight.clone()), (name(index, "bias"), layer.bias.clone())]
        });
        let unreadable = |error: &dyn std::fmt::Display| HeadError::Unreadable(error.to_string());
        let meta = serde_json::to_string(&self.meta).map_err(|error| unreadable(&error))?;
        safetensors::serialize(tensors, Some(HashMap::from([(META.to_owned(), meta)]))).map_err(|error| unreadable(&error))
    }

    /// Reads what [`Head::to_bytes`] wrote, checking names, shapes and finiteness.
    ///
    /// # Errors
    /// When it is damaged or not a head.
    pub fn from_bytes(bytes: &[u8]) -> std::result::Result<Self, HeadError> {
        let unreadable = |what: String| HeadError::Unreadable(what);
        let (_, header) = safetensors::SafeTensors::read_metadata(bytes).map_err(|error| unreadable(error.to_string()))?;
        let meta = header
            .metadata()
            .as_ref()
            .and_then(|fields| fields.get(META))
            .ok_or_else(|| unreadable("it lacks a description".into()))?;
        let meta: HeadMeta = serde_json::from_str(meta).map_err(|error| unreadable(error.to_string()))?;
        meta.scheme.check().map_err(|error| unreadable(error.to_string()))?;
        if meta.thresholds.len() != meta.scheme.len() {
            return Err(unreadable("it has not one threshold a label".into()));
        }
        if !meta.own.is_empty() && meta.own.len() != meta.scheme.len() {
            return Err(unreadable("it does not say of each label where it comes from".into()));
        }
        let sound = |map: &Platt| map.scale.is_finite() && map.scale > 0.0 && map.shift.is_finite();
        if !meta.calibration.is_empty() && (meta.calibration.len() != meta.scheme.len() || !meta.calibration.iter().all(sound)) {
            return Err(unreadable("its calibration is not one map a label".into()));
        }
        if !meta.curves.is_empty() && (meta.curves.len() != meta.scheme.len() || !meta.curves.iter().all(Curve::is_sound)) {
            return Err(unreadable("its curves are not one rising curve a label".into()));
        }
        let mut tensors =
            candle_core::safetensors::load_buffer(bytes, &Device::Cpu).map_err(|error| unreadable(error.to_string()))?;
        let mut layers = Vec::new();
        while let Some(weight) = tensors.remove(&format!("layer.{}.weight", layers.len())) {
            let bias =
                tensors.remove(&format!("layer.{}.bias", layers.len())).ok_or_else(|| unreadable("a bias is missing".into()))?;
            let fits = matches!((weight.dims(), bias.dims()), ([outputs, inputs], [biases])
                if outputs == biases && (1..=MOST).contains(outputs) && (1..=MOST).contains(inputs));
            if !fits {
                return Err(unreadable("its layers have impossible shapes".into()));
            }
            layers.push(Layer { weight, bias });
        }
        let chained = layers.windows(2).all(|pair| pair[0].bias.dims()[0] == pair[1].weight.dims()[1]);
        let last = layers.last().map(|layer| layer.bias.dims()[0]);
        if !chained || last != Some(meta.scheme.len()) || layers.len() > 2 {
            return Err(unreadable("its layers don't fit its labels".into()));
        }
        let head = Self { meta, layers };
        if !head.is_finite()? {
            return Err(unreadable("it holds numbers that are not finite".into()));
        }
        Ok(head)
    }
}

#[cfg(test)]
mod tests;

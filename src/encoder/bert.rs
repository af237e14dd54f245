//! BERT (Devlin et al. 2019, arXiv:1810.04805), encoder only, for prediction and for training.

use std::ops::Range;

use candle_core::{D, DType, Device, Result, Tensor, Var, bail};
use half::slice::HalfFloatSliceExt as _;

use super::EncoderError;
use super::config::{Activation, BertConfig};
use super::kernels;
use super::kernels::attention::Attention;
use super::kernels::dropout::Dropout;
use super::kernels::gelu::Gelu;
use super::kernels::layer_norm::LayerNorm;
use super::kernels::linear::Linear;
use super::kernels::math::mix;
use super::packed::{self, Instructions, Network, Precision};
use super::weights::Weights;

/// Some sequences to encode together, behind one another.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    ids: Vec<u32>,
    positions: Vec<u32>,
    /// The rows of each sequence.
    pub sequences: Vec<Range<usize>>,
}

impl Batch {
    /// Appends a sequence of subword ids, special tokens included.
    pub fn push(&mut self, ids: impl IntoIterator<Item = u32>) {
        let start = self.ids.len();
        self.ids.extend(ids);
        self.positions.extend(0..(self.ids.len() - start) as u32);
        self.sequences.push(start..self.ids.len());
    }

    /// The subword ids, sequence behind sequence.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Number of subwords.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is nothing to encode.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// What a forward pass is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// Prediction: the same input gives the same output.
    Predict,
    /// Training: this share of activations and attention weights is dropped.
    Train {
        /// The share.
        dropout: f32,
        /// Names the masks; another one for each step.
        seed: u32,
    },
}

impl Mode {
    /// The dropout of one place in the network.
    fn dropout(self, site: u32) -> Option<Dropout> {
        match self {
            Self::Train { dropout, seed } if dropout > 0.0 => Some(Dropout { share: dropout, seed: mix(site, seed) }),
            _ => None,
        }
    }
}

/// What an encoder is loaded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Its weights become variables.
    Training,
    /// Its weights stay as they are. Products are made in this precision; without one, in what suits the device: eight
    /// bits where the CPU has instructions for them, else single precision.
    Prediction(Option<Precision>),
}

/// A dense layer's weights: outputs × inputs, and outputs.
#[derive(Clone, Debug)]
struct Dense {
    weight: Tensor,
    bias: Tensor,
}

impl Dense {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match x.device() {
            Device::Cpu => x.apply_op3(&self.weight, &self.bias, Linear),
            _ => x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias),
        }
    }
}

/// A layer normalisation's weights.
#[derive(Clone, Debug)]
struct Norm {
    scale: Tensor,
    shift: Tensor,
    epsilon: f32,
}

impl Norm {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match x.device() {
            Device::Cpu => x.apply_op3(&self.scale, &self.shift, LayerNorm { epsilon: self.epsilon }),
            _ => candle_nn::ops::layer_norm_slow(x, &self.scale, &self.shift, self.epsilon),
        }
    }

    /// The same for the packed layers.
    fn packed(&self) -> Result<packed::Norm> {
        Ok(packed::Norm { scale: self.scale.to_vec1()?, shift: self.shift.to_vec1()?, epsilon: self.epsilon })
    }
}

/// One layer of the encoder.
#[derive(Clone, Debug)]
struct Block {
    /// Queries, keys and values of all heads in one product.
    qkv: Dense,
    attended: Dense,
    attended_norm: Norm,
    wide: Dense,
    narrow: Dense,
    norm: Norm,
}

/// The layers, in the form that suits their use.
#[derive(Debug)]
enum Layers {
    /// One operation after the other, on any device; gradients flow through them.
    Plain(Vec<Block>),
    /// Laid out for prediction on the CPU.
    Packed(Network),
}

impl Block {
    /// Lays it out as the network's next layer.
    fn pack(&self, network: &mut Network) -> Result<()> {
        let dense = [&self.qkv, &self.attended, &self.wide, &self.narrow];
        let [attended_norm, norm] = [self.attended_norm.packed()?, self.norm.packed()?];
        kernels::with_values(dense.map(|dense| &dense.weight), |[qkv, attended, wide, narrow]| {
            kernels::with_values(dense.map(|dense| &dense.bias), |biases| {
                network.add(packed::Plain {
                    qkv: (qkv, biases[0]),
                    attended: (attended, biases[1]),
                    attended_norm,
                    wide: (wide, biases[2]),
                    narrow: (narrow, biases[3]),
                    norm,
                });
            })
        })?
    }
}

impl From<&BertConfig> for packed::Shape {
    fn from(config: &BertConfig) -> Self {
        let BertConfig { hidden, heads, intermediate, activation, .. } = *config;
        Self { hidden, heads, intermediate, activation }
    }
}

/// A BERT encoder.
#[derive(Debug)]
pub struct Bert {
    /// Its shape.
    pub config: BertConfig,
    device: Device,
    words: Tensor,
    positions: Tensor,
    segments: Tensor,
    norm: Norm,
    layers: Layers,
    /// All weights by name, as variables; empty unless trainable.
    variables: Vec<(String, Var)>,
}

/// Takes weights and turns them into tensors on a device, or into variables.
struct Loader<'a> {
    weights: &'a mut Weights,
    device: &'a Device,
    variables: Option<Vec<(String, Var)>>,
}

impl Loader<'_> {
    fn place(&mut self, name: String, tensor: Tensor) -> std::result::Result<Tensor, EncoderError> {
        let tensor = tensor.to_device(self.device)?;
        let Some(variables) = &mut self.variables else { return Ok(tensor) };
        let variable = Var::from_tensor(&tensor)?;
        variables.push((name, variable));
        Ok(variables[variables.len() - 1].1.as_tensor().clone())
    }

    fn tensor(&mut self, name: &str, shape: &[usize]) -> std::result::Result<Tensor, EncoderError> {
        let tensor = self.weights.take(name, shape)?;
        self.place(name.to_owned(), tensor)
    }

    /// The word embeddings, half of a small model: a packed network takes few rows of them at a time, and they may stay in
    /// half precision.
    fn word_embeddings(&mut self, name: &str, config: &BertConfig, packed: bool) -> std::result::Result<Tensor, EncoderError> {
        let shape = [config.vocabulary, config.hidden];
        if packed { self.weights.take_small(name, &shape) } else { self.tensor(name, &shape) }
    }

    fn dense(&mut self, name: &str, inputs: usize, outputs: usize) -> std::result::Result<Dense, EncoderError> {
        let weight = self.tensor(&format!("{name}.weight"), &[outputs, inputs])?;
        Ok(Dense { weight, bias: self.tensor(&format!("{name}.bias"), &[outputs])? })
    }

    fn norm(&mut self, name: &str, config: &BertConfig) -> std::result::Result<Norm, EncoderError> {
        let scale = self.tensor(&format!("{name}.weight"), &[config.hidden])?;
        Ok(Norm { scale, shift: self.tensor(&format!("{name}.bias"), &[config.hidden])?, epsilon: config.epsilon })
    }

    /// Queries, keys and values, which files keep apart.
    fn qkv(&mut self, name: &str, hidden: usize) -> std::result::Result<Dense, EncoderError> {
        let mut take = |part: &str, kind: &str, shape: &[usize]| self.weights.take(&format!("{name}.{part}.{kind}"), shape);
        let square = [hidden, hidden];
        let weights = [take("query", "weight", &square)?, take("key", "weight", &square)?, take("value", "weight", &square)?];
        let row = [hidden];
        let biases = [take("query", "bias", &row)?, take("key", "bias", &row)?, take("value", "bias", &row)?];
        let weight = self.place(format!("{name}.{QKV}.weight"), Tensor::cat(&weights, 0)?)?;
        Ok(Dense { weight, bias: self.place(format!("{name}.{QKV}.bias"), Tensor::cat(&biases, 0)?)? })
    }
}

/// Stands in a variable's name for the three parts that files keep apart.
const QKV: &str = "query+key+value";

impl Bert {
    /// Takes a BERT's weights. For training they become variables, through which gradients flow; for prediction on the
    /// CPU they are laid out once.
    ///
    /// # Errors
    /// When a tensor is missing, has another shape than the configuration asks for, or isn't finite; or when a GPU is
    /// asked for eight bits.
    pub fn new(
        config: &BertConfig,
        weights: &mut Weights,
        device: &Device,
        purpose: Purpose,
    ) -> std::result::Result<Self, EncoderError> {
        let network = match (purpose, device.is_cpu()) {
            (Purpose::Training, _) | (Purpose::Prediction(None | Some(Precision::Fp32)), false) => None,
            (Purpose::Prediction(Some(Precision::Int8)), false) => {
                let sentence = "a GPU doesn't compute in eight bits here; leave --precision out, or use --device cpu";
                return Err(EncoderError::Device(sentence.into()));
            }
            (Purpose::Prediction(precision), true) => {
                let instructions = Instructions::best();
                Some(Network::new(config.into(), precision.unwrap_or(instructions.precision()), instructions))
            }
        };
        Self::assemble(config, weights, device, purpose == Purpose::Training, network)
    }

    /// As [`Bert::new`]; lays out the layers in `network` if there is one.
    pub(super) fn assemble(
        config: &BertConfig,
        weights: &mut Weights,
        device: &Device,
        trainable: bool,
        network: Option<Network>,
    ) -> std::result::Result<Self, EncoderError> {
        let mut loader = Loader { weights, device, variables: trainable.then(Vec::new) };
        let hidden = config.hidden;
        let words = loader.word_embeddings("embeddings.word_embeddings.weight", config, network.is_some())?;
        let positions = loader.tensor("embeddings.position_embeddings.weight", &[config.positions, hidden])?;
        let segments = loader.tensor("embeddings.token_type_embeddings.weight", &[config.segments, hidden])?;
        let norm = loader.norm("embeddings.LayerNorm", config)?;
        let mut block = |layer: usize| -> std::result::Result<Block, EncoderError> {
            let name = format!("encoder.layer.{layer}");
            Ok(Block {
                qkv: loader.qkv(&format!("{name}.attention.self"), hidden)?,
                attended: loader.dense(&format!("{name}.attention.output.dense"), hidden, hidden)?,
                attended_norm: loader.norm(&format!("{name}.attention.output.LayerNorm"), config)?,
                wide: loader.dense(&format!("{name}.intermediate.dense"), hidden, config.intermediate)?,
                narrow: loader.dense(&format!("{name}.output.dense"), config.intermediate, hidden)?,
                norm: loader.norm(&format!("{name}.output.LayerNorm"), config)?,
            })
        };
        let layers = match network {
            None => Layers::Plain((0..config.layers).map(&mut block).collect::<std::result::Result<_, _>>()?),
            Some(mut network) => {
                (0..config.layers).try_for_each(|layer| Ok::<_, EncoderError>(block(layer)?.pack(&mut network)?))?;
                Layers::Packed(network)
            }
        };
        let variables = loader.variables.unwrap_or_default();
        Ok(Self { config: config.clone(), device: device.clone(), words, positions, segments, norm, layers, variables })
    }

    /// Where it computes.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Its layers, if they were laid out for prediction on the CPU.
    pub fn network(&self) -> Option<&Network> {
        match &self.layers {
            Layers::Plain(_) => None,
            Layers::Packed(network) => Some(network),
        }
    }

    /// What its products are made of.
    pub fn precision(&self) -> Precision {
        match &self.layers {
            Layers::Plain(_) => Precision::Fp32,
            Layers::Packed(network) => network.precision(),
        }
    }

    /// The word embeddings, vocabulary × hidden; in half precision where the file and the layers' layout let them be so.
    pub fn word_embeddings(&self) -> &Tensor {
        &self.words
    }

    /// The weights as variables, by name; empty unless it was made trainable.
    pub fn variables(&self) -> &[(String, Var)] {
        &self.variables
    }

    /// The vectors of all subwords of a batch: (rows × hidden).
    ///
    /// # Errors
    /// When a computation fails, e.g. because an id or a position is beyond the embeddings.
    pub fn forward(&self, batch: &Batch, mode: Mode) -> Result<Tensor> {
        if let Layers::Packed(network) = &self.layers {
            let hidden = self.config.hidden;
            if let Some(id) = batch.ids.iter().find(|&&id| id as usize >= self.config.vocabulary) {
                bail!("the subword {id} is beyond the vocabulary");
            }
            let at = |row: usize| batch.ids[row] as usize * hidden;
            if self.words.dtype() == DType::F16 {
                return kernels::with_halves(&self.words, |words| {
                    let word = |row: usize, into: &mut [f32]| words[at(row)..][..hidden].convert_to_f32_slice(into);
                    self.predict(network, word, batch, mode)
                })?;
            }
            return kernels::with_values([&self.words], |[words]| {
                let word = |row: usize, into: &mut [f32]| into.copy_from_slice(&words[at(row)..][..hidden]);
                self.predict(network, word, batch, mode)
            })?;
        }
        let words = self.words.index_select(&Tensor::new(batch.ids(), &self.device)?, 0)?;
        self.forward_from(words, batch, mode)
    }

    /// The same from word embeddings that were looked up already, rows × hidden: a training looks them up among the few
    /// that a batch has, so that no gradient is made for the others.
    ///
    /// # Errors
    /// As [`Bert::forward`].
    pub fn forward_from(&self, words: Tensor, batch: &Batch, mode: Mode) -> Result<Tensor> {
        let blocks = match &self.layers {
            Layers::Plain(blocks) => blocks,
            Layers::Packed(network) => {
                let hidden = self.config.hidden;
                return kernels::with_values([&words], |[words]| {
                    let word = |row: usize, into: &mut [f32]| into.copy_from_slice(&words[row * hidden..][..hidden]);
                    self.predict(network, word, batch, mode)
                })?;
            }
        };
        let positions = self.positions.index_select(&Tensor::new(&*batch.positions, &self.device)?, 0)?;
        let segment = self.segments.narrow(0, 0, 1)?;
        let mut x = (words + positions)?.broadcast_add(&segment)?;
        x = drop_out(self.norm.forward(&x)?, mode.dropout(0))?;
        for (block, site) in blocks.iter().zip((1u32..).step_by(3)) {
            let attended = self.attend(&block.qkv.forward(&x)?, batch, mode.dropout(site))?;
            let attended = drop_out(block.attended.forward(&attended)?, mode.dropout(site + 1))?;
            x = block.attended_norm.forward(&(x + attended)?)?;
            let wide = self.activate(&block.wide.forward(&x)?)?;
            let narrow = drop_out(block.narrow.forward(&wide)?, mode.dropout(site + 2))?;
            x = block.norm.forward(&(x + narrow)?)?;
        }
        Ok(x)
    }

    /// Runs the packed layers; `word` writes a row's word embedding.
    fn predict(&self, network: &Network, word: impl Fn(usize, &mut [f32]) + Sync, batch: &Batch, mode: Mode) -> Result<Tensor> {
        if mode != Mode::Predict {
            bail!("these weights are laid out for prediction and can't be trained");
        }
        let longest = batch.sequences.iter().map(Range::len).max().unwrap_or(0);
        if longest > self.config.positions {
            bail!("a sequence of {longest} subwords is longer than the position embeddings");
        }
        let hidden = self.config.hidden;
        let norm = self.norm.packed()?;
        let rows = kernels::with_values([&self.positions, &self.segments], |[positions, segments]| {
            let embed = |row: usize, into: &mut [f32]| {
                let position = &positions[batch.positions[row] as usize * hidden..][..hidden];
                word(row, into);
                for ((into, position), segment) in into.iter_mut().zip(position).zip(segments) {
                    *into += position;
                    *into += segment;
                }
            };
            network.forward(&batch.sequences, embed, &norm)
        })?;
        Tensor::from_vec(rows, (batch.len(), hidden), &self.device)
    }

    fn activate(&self, x: &Tensor) -> Result<Tensor> {
        match (self.config.activation, x.device()) {
            (Activation::Gelu, Device::Cpu) => x.apply_op1(Gelu),
            (Activation::Gelu, _) => x.gelu_erf(),
            (Activation::GeluTanh, _) => x.gelu(),
            (Activation::Relu, _) => x.relu(),
        }
    }

    fn attend(&self, qkv: &Tensor, batch: &Batch, dropout: Option<Dropout>) -> Result<Tensor> {
        if let Device::Cpu = qkv.device() {
            return qkv.apply_op1(Attention { sequences: batch.sequences.clone(), heads: self.config.heads, dropout });
        }
        let (heads, size) = (self.config.heads, self.config.head_size());
        let attend = |rows: &Range<usize>| {
            let length = rows.len();
            let qkv =
                qkv.narrow(0, rows.start, length)?.reshape((length, 3, heads, size))?.permute((1, 2, 0, 3))?.contiguous()?;
            let (q, k, v) = (qkv.get(0)?, qkv.get(1)?, qkv.get(2)?);
            let scores = (q.matmul(&k.t()?)? / (size as f64).sqrt())?;
            let most = scores.max_keepdim(D::Minus1)?.detach();
            let exp = scores.broadcast_sub(&most)?.exp()?;
            let weights = exp.broadcast_div(&exp.sum_keepdim(D::Minus1)?)?;
            let weights = drop_out(weights, dropout.map(|d| Dropout { seed: mix(rows.start as u32, d.seed), ..d }))?;
            weights.matmul(&v)?.transpose(0, 1)?.reshape((length, heads * size))
        };
        Tensor::cat(&batch.sequences.iter().map(attend).collect::<Result<Vec<_>>>()?, 0)
    }
}

fn drop_out(x: Tensor, dropout: Option<Dropout>) -> Result<Tensor> {
    let Some(dropout) = dropout else { return Ok(x) };
    if let Device::Cpu = x.device() {
        return x.apply_op1(dropout);
    }
    let factors: Vec<f32> = (0..x.elem_count() as u32).map(|index| dropout.factor(index)).collect();
    x.mul(&Tensor::from_vec(factors, x.shape(), x.device())?)
}

/// Names and tensors as files keep them: queries, keys and values apart, in this floating-point type.
///
/// # Errors
/// When a tensor can't be copied.
pub fn named_tensors(variables: &[(String, Var)], dtype: DType) -> Result<Vec<(String, Tensor)>> {
    let mut named = Vec::with_capacity(variables.len());
    for (name, variable) in variables {
        split_qkv(name, variable.as_tensor(), |name, tensor| {
            named.push((name, tensor.to_dtype(dtype)?.to_device(&Device::Cpu)?));
            Ok(())
        })?;
    }
    Ok(named)
}

/// Calls `each` with a variable's (or its gradient's) parts under the names of files.
///
/// # Errors
/// Those of `each`, or of splitting.
pub fn split_qkv(name: &str, tensor: &Tensor, mut each: impl FnMut(String, Tensor) -> Result<()>) -> Result<()> {
    if !name.contains(QKV) {
        return each(name.to_owned(), tensor.clone());
    }
    let parts = tensor.chunk(3, 0)?;
    ["query", "key", "value"]
        .into_iter()
        .zip(parts)
        .try_for_each(|(part, tensor)| each(name.replace(QKV, part), tensor.contiguous()?))
}

//! How fast the encoder is, and how fast candle-transformers' BERT is on the same subwords and weights.

pub mod head;

use std::time::Instant;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config, HiddenAct, PositionEmbeddingType};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::encoder::packed::clock::Shares;
use crate::encoder::packed::peak::peak;
use crate::encoder::{Activation, Batch, Bert, BertConfig, EncoderError, Mode, Precision, Weights};

/// Subwords of one batch: enough to fill the cores, few enough that activations stay in the caches.
const BATCH: usize = 1024;

/// Sequences of one batch of candle-transformers' BERT, which pads them to the longest.
const STOCK_BATCH: usize = 8;

/// Sequences of subword ids to encode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// The longest first, so that neighbours are of about the same length.
    sequences: Vec<Vec<u32>>,
}

impl Workload {
    /// Takes sequences that fit the encoder.
    ///
    /// # Errors
    /// A sentence, when there are none, or one is empty or too long, or an id is beyond the vocabulary.
    pub fn new(mut sequences: Vec<Vec<u32>>, config: &BertConfig) -> Result<Self, String> {
        if sequences.is_empty() {
            return Err("there are no sequences in it".into());
        }
        for (number, ids) in sequences.iter().enumerate() {
            let number = number + 1;
            if ids.is_empty() || ids.len() > config.positions {
                let (length, most) = (ids.len(), config.positions);
                return Err(format!("sequence {number} has {length} subwords; this encoder takes 1 to {most}"));
            }
            if let Some(id) = ids.iter().find(|&&id| id as usize >= config.vocabulary) {
                let most = config.vocabulary - 1;
                return Err(format!("sequence {number} holds the subword {id}; this encoder knows those up to {most}"));
            }
        }
        sequences.sort_by_key(|ids| std::cmp::Reverse(ids.len()));
        Ok(Self { sequences })
    }

    /// 48 sequences of 48 to 384 ids, always the same; shorter ones for an encoder that takes no more.
    pub fn standard(config: &BertConfig) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let most = config.positions.min(384);
        let mut sequence = |_| {
            let length = random.random_range(most.min(48)..=most);
            (0..length).map(|_| random.random_range(0..config.vocabulary as u32)).collect()
        };
        let mut sequences: Vec<Vec<u32>> = (0..48).map(&mut sequence).collect();
        sequences.sort_by_key(|ids| std::cmp::Reverse(ids.len()));
        Self { sequences }
    }

    /// The sequences, the longest first.
    pub fn sequences(&self) -> &[Vec<u32>] {
        &self.sequences
    }

    /// Number of subwords.
    pub fn tokens(&self) -> usize {
        self.sequences.iter().map(Vec::len).sum()
    }

    fn batches(&self) -> Vec<Batch> {
        let mut batches: Vec<Batch> = Vec::new();
        for ids in &self.sequences {
            match batches.last_mut() {
                Some(batch) if batch.len() + ids.len() <= BATCH => batch.push(ids.iter().copied()),
                _ => {
                    let mut batch = Batch::default();
                    batch.push(ids.iter().copied());
                    batches.push(batch);
                }
            }
        }
        batches
    }
}

/// Seconds of each of `passes` passes over the workload, after one to warm up.
///
/// # Errors
/// When a computation fails.
pub fn encoder(bert: &Bert, workload: &Workload, passes: usize) -> Result<Vec<f64>, EncoderError> {
    let batches = workload.batches();
    timed(passes, bert.device(), || batches.iter().try_for_each(|batch| bert.forward(batch, Mode::Predict).map(drop)))
}

/// Seconds of one pass over the workload, with nothing to warm up before it.
///
/// # Errors
/// When a computation fails.
pub fn pass(bert: &Bert, workload: &Workload) -> Result<f64, EncoderError> {
    let batches = workload.batches();
    Ok(time(bert.device(), || batches.iter().try_for_each(|batch| bert.forward(batch, Mode::Predict).map(drop)))?)
}

/// How the encoder's time compares with what the machine could do.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Where the time of one pass goes, all threads together.
    pub shares: Shares,
    /// The best rate of products in the encoder's precision and in single precision, operations a second.
    pub peak: [f64; 2],
    /// Seconds that the products and the attention of a pass would take at these rates.
    pub bound: f64,
}

/// Looks where the time goes; `None` where the layers aren't laid out for the CPU.
///
/// # Errors
/// When a computation fails.
pub fn profile(bert: &Bert, workload: &Workload) -> Result<Option<Profile>, EncoderError> {
    let Some(network) = bert.network() else { return Ok(None) };
    let batches = workload.batches();
    let pass = || batches.iter().try_for_each(|batch| bert.forward(batch, Mode::Predict).map(drop));
    let (done, shares) = network.clock.during(pass);
    done?;
    let peak = [network.precision(), Precision::Fp32].map(|precision| peak(precision, network.instructions()));
    let [products, attention] = network.operations(workload.sequences.iter().map(Vec::len));
    Ok(Some(Profile { shares, peak, bound: products / peak[0] + attention / peak[1] }))
}

/// As [`encoder`] for candle-transformers' BERT as it is, in padded batches with masks.
///
/// # Errors
/// When it can't take the weights, or a computation fails.
pub fn stock(
    config: &BertConfig,
    weights: Weights,
    device: &Device,
    workload: &Workload,
    passes: usize,
) -> Result<Vec<f64>, EncoderError> {
    let tensors =
        weights.into_tensors().into_iter().map(|(name, tensor)| Ok((name, tensor.to_dtype(DType::F32)?.to_device(device)?)));
    let builder = VarBuilder::from_tensors(tensors.collect::<Result<_, EncoderError>>()?, DType::F32, device);
    let model = BertModel::load(builder, &stock_config(config))?;
    let pad = |ids: &[Vec<u32>]| -> candle_core::Result<[Tensor; 3]> {
        let width = ids.iter().map(Vec::len).max().unwrap_or(0);
        let row = |ids: &Vec<u32>, value: fn(u32) -> u32| -> Vec<u32> {
            ids.iter().map(|&id| value(id)).chain(std::iter::repeat(0)).take(width).collect()
        };
        let tensor = |value: fn(u32) -> u32| {
            let rows: Vec<u32> = ids.iter().flat_map(|ids| row(ids, value)).collect();
            Tensor::from_vec(rows, (ids.len(), width), device)
        };
        Ok([tensor(|id| id)?, tensor(|_| 0)?, tensor(|_| 1)?])
    };
    let batches = workload.sequences.chunks(STOCK_BATCH).map(pad).collect::<candle_core::Result<Vec<_>>>()?;
    timed(passes, device, || batches.iter().try_for_each(|[ids, kinds, mask]| model.forward(ids, kinds, Some(mask)).map(drop)))
}

fn timed(passes: usize, device: &Device, mut work: impl FnMut() -> candle_core::Result<()>) -> Result<Vec<f64>, EncoderError> {
    time(device, &mut work)?;
    Ok((0..passes).map(|_| time(device, &mut work)).collect::<candle_core::Result<_>>()?)
}

/// Seconds that `work` takes.
fn time(device: &Device, work: impl FnOnce() -> candle_core::Result<()>) -> candle_core::Result<f64> {
    let start = Instant::now();
    work()?;
    // A GPU may have only taken the work in.
    device.synchronize()?;
    Ok(start.elapsed().as_secs_f64())
}

fn stock_config(config: &BertConfig) -> Config {
    Config {
        vocab_size: config.vocabulary,
        hidden_size: config.hidden,
        num_hidden_layers: config.layers,
        num_attention_heads: config.heads,
        intermediate_size: config.intermediate,
        hidden_act: match config.activation {
            Activation::Gelu => HiddenAct::Gelu,
            Activation::GeluTanh => HiddenAct::GeluApproximate,
            Activation::Relu => HiddenAct::Relu,
        },
        max_position_embeddings: config.positions,
        type_vocab_size: config.segments,
        layer_norm_eps: f64::from(config.epsilon),
        position_embedding_type: PositionEmbeddingType::Absolute,
        ..Config::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::Purpose;

    fn config() -> BertConfig {
        BertConfig::from_json(include_bytes!("../../tests/fixtures/tiny_bert/config.json")).unwrap()
    }

    #[test]
    fn sequences_that_do_not_fit_are_named() {
        for (sequences, expected) in [
            (vec![], "there are no sequences in it"),
            (vec![vec![1], vec![]], "sequence 2 has 0 subwords; this encoder takes 1 to 24"),
            (vec![vec![1; 25]], "sequence 1 has 25 subwords; this encoder takes 1 to 24"),
            (vec![vec![1, 40]], "sequence 1 holds the subword 40; this encoder knows those up to 39"),
        ] {
            assert_eq!(Workload::new(sequences, &config()).unwrap_err(), expected);
        }
    }

    #[test]
    fn batches_hold_every_subword_once_within_the_budget() {
        let config = BertConfig { positions: 512, ..config() };
        let workload = Workload::standard(&config);
        let batches = workload.batches();
        assert_eq!(workload.sequences.len(), 48);
        assert!(workload.sequences.iter().all(|ids| (48..=384).contains(&ids.len())));
        assert_eq!(batches.iter().map(Batch::len).sum::<usize>(), workload.tokens());
        assert!(batches.iter().all(|batch| batch.len() <= BATCH) && batches.len() > 1);
        assert_eq!(workload, Workload::standard(&config), "always the same");
    }

    #[test]
    fn both_encoders_are_timed_on_the_same_weights() {
        let weights = || Weights::from_safetensors(include_bytes!("../../tests/fixtures/tiny_bert/model.safetensors")).unwrap();
        let (config, device) = (config(), Device::Cpu);
        let workload = Workload::new(vec![vec![2, 7, 3], vec![2, 3], vec![2, 9, 8, 3]], &config).unwrap();
        let bert = Bert::new(&config, &mut weights(), &device, Purpose::Prediction(None)).unwrap();
        let ours = encoder(&bert, &workload, 3).unwrap();
        let stock = stock(&config, weights(), &device, &workload, 2).unwrap();
        assert_eq!((ours.len(), stock.len()), (3, 2));
        assert!(ours.iter().chain(&stock).all(|&seconds| seconds > 0.0));
    }
}

//! What learns: an encoder with a head a scheme, and one optimizer for all of them.

use std::collections::HashMap;
use std::ops::Range;

use candle_core::{Device, Tensor, Var};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::TrainingError;
use super::checkpoint::Checkpoint;
use super::examples::{Example, GoldDocument, examples};
use super::finetune::{EncoderTraining, EpochReport, Gold, evaluate, prior};
use crate::encoder::bert::{Batch, Mode};
use crate::encoder::pool::segment_means;
use crate::encoder::words::encode;
use crate::encoder::{EncodeOptions, Encoder};
use crate::head::loss::binary_cross_entropy;
use crate::head::{AdamW, AdamWOptions, Head, HeadError, HeadMeta, Parameter, RowGradient};
use crate::metrics::Evaluation;
use crate::tokenization::WindowOptions;

/// By how many subwords windows are shortened at the most, see [`examples`].
const JITTER: usize = 64;

/// The windows of a training overlap by this share of their length: less than those of a prediction, since what they
/// share is computed twice.
const OVERLAP: usize = 8;

/// An encoder and its heads while they learn.
pub(super) struct Learner<'a> {
    settings: &'a EncoderTraining,
    /// Hash of what is learned from: a checkpoint of other data must not be gone on from.
    pub material: String,
    /// The encoder.
    pub encoder: Encoder,
    /// One head a scheme.
    pub heads: Vec<Head>,
    optimizer: AdamW,
    /// Which of the optimizer's parameters the word embeddings are.
    embeddings: usize,
}

/// Windows of one scheme's gold that make one step.
pub(super) struct Step {
    /// Index of the scheme, and of its head.
    scheme: usize,
    examples: Vec<Example>,
}

/// The name of the word embeddings.
const EMBEDDINGS: &str = "embeddings.word_embeddings.weight";

/// A generator for one purpose of one epoch or step.
fn generator(seed: u64, at: usize, purpose: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(at as u64 * 8 + purpose);
    generator
}

impl<'a> Learner<'a> {
    /// Heads, fresh or those to start from, above an encoder that was loaded trainable.
    ///
    /// # Errors
    /// When a scheme's gold labels nothing, or a head to start from is for other labels.
    pub fn new(encoder: Encoder, gold: &[Gold<'_>], settings: &'a EncoderTraining) -> Result<Self, TrainingError> {
        let material = Gold::hash(gold, &encoder.hash)?;
        let inputs = encoder.bert.config.hidden;
        let head = |(index, gold): (usize, &Gold<'_>)| {
            let prior = prior(gold.train, gold.scheme.len()).ok_or(TrainingError::NoLabels)?;
            let meta = HeadMeta::fresh(gold.scheme.clone(), "");
            let fresh = Head::new(meta, inputs, None, &prior, settings.seed + index as u64)?;
            let Some(start) = gold.start else { return Ok(fresh) };
            let (weight, bias) = start.uncalibrated()?.last_layer()?;
            Ok(fresh.with_last_layer(weight, bias)?)
        };
        let heads = gold.iter().enumerate().map(head).collect::<Result<Vec<_>, TrainingError>>()?;
        Self::with_heads(encoder, heads, settings, material)
    }

    /// The same with these heads.
    pub fn with_heads(
        encoder: Encoder,
        start: Vec<Head>,
        settings: &'a EncoderTraining,
        material: String,
    ) -> Result<Self, TrainingError> {
        let (mut heads, mut variables) = (Vec::new(), Vec::new());
        for head in start {
            let (head, of_head) = head.trainable(encoder.bert.device())?;
            heads.push(head);
            variables.extend(of_head);
        }
        let decay = |variable: &Var| if variable.rank() > 1 { settings.decay } else { 0.0 };
        let layers = encoder.bert.config.layers;
        let share = |name: &str| settings.layer_decay.powi(depth(name, layers));
        let of_encoder = encoder.bert.variables().iter().map(|(name, variable)| (variable.clone(), share(name)));
        let of_heads = variables.into_iter().map(|variable| (variable, settings.head_rate / settings.learning_rate));
        let parameters = of_encoder.chain(of_heads).map(|(variable, rate)| Parameter { decay: decay(&variable), variable, rate });
        let options = AdamWOptions { clip: Some(settings.clip), ..AdamWOptions::default() };
        let optimizer = AdamW::new(parameters.collect(), options);
        let embeddings = encoder.bert.variables().iter().position(|(name, _)| name == EMBEDDINGS);
        let embeddings = embeddings.ok_or_else(|| candle_core::Error::msg("the encoder was not loaded trainable"))?;
        Ok(Self { settings, material, encoder, heads, optimizer, embeddings })
    }

    /// An epoch's steps, shuffled.
    ///
    /// # Errors
    /// When the tokenizer fails on a text.
    pub fn steps(&self, gold: &[Gold<'_>], epoch: usize) -> Result<Vec<Step>, TrainingError> {
        let windows = self.settings.encode.windows;
        let windows = WindowOptions { overlap: windows.overlap.min(windows.length / OVERLAP), ..windows };
        let options = EncodeOptions { windows, ..self.settings.encode };
        let jitter = JITTER.min(windows.length / 4);
        let (mut lengths, mut order) = (generator(self.settings.seed, epoch, 0), generator(self.settings.seed, epoch, 1));
        let mut steps = Vec::new();
        for (scheme, gold) in gold.iter().enumerate() {
            let mut examples = examples(&self.encoder, gold.train, options, || lengths.random_range(0..=jitter))?;
            examples.shuffle(&mut order);
            steps.extend(self.pack(scheme, examples));
        }
        steps.shuffle(&mut order);
        Ok(steps)
    }

    /// Windows in steps, in their order.
    pub fn pack(&self, scheme: usize, examples: Vec<Example>) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let mut subwords = 0;
        for example in examples {
            let more = subwords + example.ids.len();
            let fits = |step: &&mut Step| step.examples.len() < self.settings.batch && more <= self.settings.subwords;
            match steps.last_mut().filter(fits) {
                Some(step) => {
                    subwords = more;
                    step.examples.push(example);
                }
                None => {
                    subwords = example.ids.len();
                    steps.push(Step { scheme, examples: vec![example] });
                }
            }
        }
        steps
    }

    /// The share of the peak learning rate at a step.
    fn rate(&self, step: usize, steps: usize) -> f32 {
        let done = step as f32 / steps as f32;
        let rise = (step + 1) as f32 / (steps as f32 * self.settings.warm_up).max(1.0);
        rise.min(1.0) * (1.0 - done).max(0.0)
    }

    /// Learns from one step's windows, the `at`-th step of `steps`; gives its loss.
    ///
    /// # Errors
    /// When figures are no longer finite, or a computation fails.
    pub fn step(&mut self, step: &Step, at: usize, steps: usize) -> Result<f32, TrainingError> {
        let Step { scheme, examples } = step;
        let mut batch = Batch::default();
        let mut chance = generator(self.settings.seed, at, 3);
        for example in examples {
            batch.push(example.masked(self.encoder.tokenizer.mask, || chance.random::<f32>() < self.settings.mask));
        }
        let mode = Mode::Train { dropout: self.settings.dropout, seed: generator(self.settings.seed, at, 2).random() };
        let rows = Rows::of(self.encoder.bert.word_embeddings(), &batch)?;
        let hidden = self.encoder.bert.forward_from(rows.looked_up()?, &batch, mode)?;
        let (logits, targets) = self.logits(*scheme, examples, &batch, &hidden)?;
        let loss = binary_cross_entropy(&logits, &targets, &targets.ones_like()?)?;
        let gradients = loss.backward()?;
        let of_rows = gradients.get(rows.few.as_tensor()).cloned().map(|gradient| RowGradient {
            parameter: self.embeddings,
            rows: &rows.rows,
            gradient,
        });
        let rate = self.settings.learning_rate * self.rate(at, steps);
        let norm = self.optimizer.step_with_rows(&gradients, of_rows.as_ref(), rate)?;
        let loss = loss.to_scalar::<f32>()?;
        if !loss.is_finite() || !norm.is_finite() {
            return Err(HeadError::NotFinite.into());
        }
        Ok(loss)
    }

    /// Logits and targets, words × labels, of some windows whose subwords have the vectors `hidden`.
    fn logits(
        &self,
        scheme: usize,
        examples: &[Example],
        batch: &Batch,
        hidden: &Tensor,
    ) -> Result<(Tensor, Tensor), TrainingError> {
        let at = |start: usize| move |rows: &Range<usize>| start + rows.start..start + rows.end;
        let segments =
            batch.sequences.iter().zip(examples).flat_map(|(rows, example)| example.segments.iter().map(at(rows.start)));
        let head = &self.heads[scheme];
        let logits = head.logits(&segment_means(hidden, segments.collect())?)?;
        let labels = head.labels();
        let sets = examples.iter().flat_map(|example| &example.targets);
        let targets: Vec<f32> = sets.flat_map(|set| (0..labels).map(|label| f32::from(u8::from(set.contains(label))))).collect();
        let targets = Tensor::from_vec(targets, logits.shape(), &Device::Cpu)?.to_device(logits.device())?;
        Ok((logits, targets))
    }

    /// How the current weights do on each scheme's development documents; `None` where there are none.
    ///
    /// # Errors
    /// When a computation fails.
    pub fn evaluate(&self, gold: &[Gold<'_>]) -> Result<Vec<Option<Evaluation>>, TrainingError> {
        let of_scheme = |(head, gold): (&Head, &Gold<'_>)| evaluate(head, gold.dev, &self.vectors(gold.dev)?);
        self.heads.iter().zip(gold).map(of_scheme).collect()
    }

    /// The word vectors of some documents with the current weights.
    fn vectors(&self, documents: &[GoldDocument]) -> Result<Vec<Vec<f32>>, TrainingError> {
        let vectors = |document: &GoldDocument| encode(&self.encoder, &document.text, &document.words, self.settings.encode);
        Ok(documents.iter().map(vectors).collect::<Result<_, _>>()?)
    }

    /// All that the training needs to go on.
    ///
    /// # Errors
    /// When tensors can't be copied.
    pub fn checkpoint(&self, reports: &[EpochReport]) -> Result<Checkpoint, TrainingError> {
        Ok(Checkpoint {
            settings: self.settings.clone(),
            material: self.material.clone(),
            reports: reports.to_vec(),
            state: self.optimizer.snapshot()?,
        })
    }

    /// Goes on from a checkpoint; gives its reports.
    ///
    /// # Errors
    /// When it is of other parameters.
    pub fn restore(&mut self, checkpoint: Checkpoint) -> Result<Vec<EpochReport>, TrainingError> {
        let state: HashMap<String, Tensor> = checkpoint.state;
        self.optimizer.resume(&state)?;
        Ok(checkpoint.reports)
    }
}

/// How many layers lie above the one that a parameter belongs to; for the embeddings all of them.
fn depth(name: &str, layers: usize) -> i32 {
    let layer = name.strip_prefix("encoder.layer.").and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
    layer.map_or(layers, |layer| layers - 1 - layer.min(layers - 1)) as i32
}

/// The word embeddings that a batch has, looked up once and learned by themselves.
struct Rows {
    /// The rows of the table, ascending.
    rows: Vec<u32>,
    /// What stands there: rows × hidden.
    few: Var,
    /// For each subword of the batch its place among `rows`.
    places: Vec<u32>,
}

impl Rows {
    fn of(table: &Tensor, batch: &Batch) -> candle_core::Result<Self> {
        let mut rows = batch.ids().to_vec();
        rows.sort_unstable();
        rows.dedup();
        // Every id is among them: they were made of the ids.
        let places = batch.ids().iter().map(|id| rows.partition_point(|row| row < id) as u32).collect();
        let few = table.detach().index_select(&Tensor::new(&*rows, table.device())?, 0)?;
        Ok(Self { rows, few: Var::from_tensor(&few)?, places })
    }

    /// The embeddings of the batch's subwords, through which gradients flow to [`Rows::few`].
    fn looked_up(&self) -> candle_core::Result<Tensor> {
        self.few.index_select(&Tensor::new(&*self.places, self.few.device())?, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::depth;

    #[test]
    fn the_embeddings_lie_deepest() {
        let found = [
            "encoder.layer.5.output.dense.bias",
            "encoder.layer.0.attention.self.query+key+value.weight",
            "embeddings.LayerNorm.weight",
        ]
        .map(|name| depth(name, 6));
        assert_eq!(found, [0, 5, 6]);
    }
}

//! The epochs of fine-tuning.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use candle_core::{Device, Tensor};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::checkpoint::Checkpoint;
use super::examples::{Example, GoldDocument, examples};
use super::{TrainingError, save};
use crate::domain::{LabelScheme, LabelSet, Predictions};
use crate::encoder::bert::{Batch, Mode};
use crate::encoder::pool::segment_means;
use crate::encoder::words::encode;
use crate::encoder::{EncodeOptions, Encoder};
use crate::head::loss::binary_cross_entropy;
use crate::head::{AdamW, AdamWOptions, Head, HeadError, HeadMeta, Parameter};
use crate::metrics::Evaluation;

/// How to fine-tune.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncoderTraining {
    /// Passes over the training documents.
    pub epochs: usize,
    /// Peak learning rate of the encoder.
    pub learning_rate: f32,
    /// Peak learning rate of the head.
    pub head_rate: f32,
    /// Windows a step.
    pub batch: usize,
    /// Share of the steps over which the rate rises from 0; it falls to 0 over the others, both linearly.
    pub warm_up: f32,
    /// Share of activations dropped.
    pub dropout: f32,
    /// Weight decay of matrices (not of biases and normalisations).
    pub decay: f32,
    /// The norm that gradients are cut to.
    pub clip: f32,
    /// Seed of everything random.
    pub seed: u64,
    /// Windows and pooling.
    pub encode: EncodeOptions,
}

/// What to learn from.
#[derive(Clone, Copy, Debug)]
pub struct Gold<'a> {
    /// The labels.
    pub scheme: &'a LabelScheme,
    /// The documents to learn from.
    pub train: &'a [GoldDocument],
    /// The documents to report on after each epoch; may be empty.
    pub dev: &'a [GoldDocument],
}

impl Gold<'_> {
    /// A hash of the labels, the documents with their label sets, and the encoder that is started from, in hexadecimal.
    fn hash(&self, encoder: &str) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |part: &str| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        };
        add(encoder);
        self.scheme.names().for_each(&mut add);
        for document in self.train.iter().chain(self.dev) {
            add(&document.text);
            add(&format!("{:?}", document.sets));
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// How far a training has come.
#[derive(Clone, Debug)]
pub enum Progress<'a> {
    /// A step is done.
    Step {
        /// Epoch, from 1.
        epoch: usize,
        /// Steps done in all.
        step: usize,
        /// Steps in all (an estimate: epochs differ by a few).
        steps: usize,
        /// The step's loss.
        loss: f32,
        /// Estimated time left.
        left: Duration,
    },
    /// An epoch is done and kept.
    Epoch(&'a EpochReport),
}

/// What an epoch came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EpochReport {
    /// Epoch, from 1.
    pub epoch: usize,
    /// Mean loss of its steps.
    pub loss: f32,
    /// Micro-F1 on the development documents at threshold 0.5, if there are any.
    pub micro_f1: Option<f64>,
    /// Macro-F1 there.
    pub macro_f1: Option<f64>,
    /// Whether it is the best so far.
    pub best: bool,
}

impl EpochReport {
    /// The report of the epoch that follows these.
    pub(super) fn new(before: &[Self], loss: f32, evaluation: Option<&Evaluation>) -> Self {
        let micro_f1 = evaluation.map(|evaluation| evaluation.micro().f1);
        let most = before.iter().filter_map(|report| report.micro_f1).fold(f64::NEG_INFINITY, f64::max);
        Self {
            epoch: before.len() + 1,
            loss,
            micro_f1,
            macro_f1: evaluation.map(|evaluation| evaluation.macro_average().f1),
            best: micro_f1.is_none_or(|found| found > most),
        }
    }
}

/// By how many subwords windows are shortened at the most, see [`examples`].
const JITTER: usize = 64;

/// The threshold of a freshly trained head: nothing was tuned.
pub(super) const THRESHOLD: f32 = 0.5;

struct Learner<'a> {
    settings: &'a EncoderTraining,
    /// Hash of what is learned from: a checkpoint of other data must not be gone on from.
    material: String,
    encoder: Encoder,
    head: Head,
    optimizer: AdamW,
}

/// Fine-tunes an encoder (loaded trainable) with a fresh head, and writes the best epoch's model (the last one's
/// without development documents) to `out`, whose last part names it. If `out` holds a checkpoint of the same training, it goes on from there
/// and gives the same result as if it had never been interrupted. `watch` sees the progress and may stop the training.
///
/// # Errors
/// When nothing is labelled, a file can't be written, or figures are no longer finite.
pub fn fine_tune(
    encoder: Encoder,
    gold: &Gold<'_>,
    settings: &EncoderTraining,
    out: &Path,
    mut watch: impl FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Vec<EpochReport>, TrainingError> {
    let Gold { scheme, train, dev } = *gold;
    let name = out.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy());
    let prior = prior(train, scheme.len()).ok_or(TrainingError::NoLabels)?;
    let mut learner = Learner::new(encoder, gold, settings, &prior)?;
    let mut reports = match Checkpoint::read(out, settings, &learner.material)? {
        Some(checkpoint) => learner.restore(checkpoint)?,
        None => Vec::new(),
    };
    let begun = Instant::now();
    let (first, mut steps_done) = (reports.len(), 0);
    for epoch in first..settings.epochs {
        let batches = learner.batches(train, epoch)?;
        let steps = batches.len() * settings.epochs;
        let mut losses = Vec::with_capacity(batches.len());
        for (index, batch) in batches.iter().enumerate() {
            let step = epoch * batches.len() + index;
            let loss = learner.step(batch, step, steps)?;
            losses.push(loss);
            steps_done += 1;
            let left = begun.elapsed().mul_f64((steps - step - 1) as f64 / f64::from(steps_done));
            if watch(Progress::Step { epoch: epoch + 1, step: step + 1, steps, loss, left }).is_break() {
                return Err(TrainingError::Interrupted);
            }
        }
        let evaluation = learner.evaluate(dev)?;
        let loss = losses.iter().sum::<f32>() / losses.len() as f32;
        let report = EpochReport::new(&reports, loss, evaluation.as_ref());
        reports.push(report);
        let last = epoch + 1 == settings.epochs;
        if let Some(report) = reports.last().filter(|report| report.best && (last || report.micro_f1.is_some())) {
            let (metrics, dev) = (serde_json::json!({ "epoch": report.epoch }), serde_json::json!({ "dev": evaluation }));
            let weights = save::half_precision(&learner.encoder)?;
            let heads = [save::HeadPart { head: &learner.head, metrics: dev }];
            let (encoder, encode) = (&learner.encoder, settings.encode);
            let parts = save::Parts { encoder, weights: &weights, heads: &heads, encode, name: &name };
            save::write(out, &parts, settings, &metrics)?;
        }
        if !last {
            learner.checkpoint(&reports)?.write(out)?;
        }
        if let Some(report) = reports.last()
            && watch(Progress::Epoch(report)).is_break()
            && !last
        {
            return Err(TrainingError::Interrupted);
        }
    }
    Checkpoint::remove(out)?;
    Ok(reports)
}

/// How a head does on documents of these word vectors; `None` if there are none.
///
/// # Errors
/// When a computation fails.
pub(super) fn evaluate(
    head: &Head,
    documents: &[GoldDocument],
    vectors: &[Vec<f32>],
) -> Result<Option<Evaluation>, TrainingError> {
    if documents.is_empty() {
        return Ok(None);
    }
    let mut evaluation = Evaluation::new(head.meta.scheme.names());
    for (document, vectors) in documents.iter().zip(vectors) {
        let predictions = Predictions::new(0, head.labels(), head.probabilities(vectors)?);
        let predicted: Vec<LabelSet> =
            (0..document.words.len()).map(|word| predictions.predicted(word, &head.meta.thresholds)).collect();
        evaluation.add(&document.words, &document.sets, &predicted);
    }
    Ok(Some(evaluation))
}

/// Share of the words that have each label; `None` if no word has one.
pub(super) fn prior(documents: &[GoldDocument], labels: usize) -> Option<Vec<f32>> {
    let sets =
        || documents.iter().flat_map(|document| document.words.iter().zip(&document.sets)).filter(|(word, _)| word.alphanumeric);
    let words = sets().count();
    let share = |label: usize| sets().filter(|(_, set)| set.contains(label)).count() as f32 / words as f32;
    sets().any(|(_, set)| !set.is_empty()).then(|| (0..labels).map(share).collect())
}

/// A generator for one purpose of one epoch.
fn generator(seed: u64, epoch: usize, purpose: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(epoch as u64 * 8 + purpose);
    generator
}

impl<'a> Learner<'a> {
    fn new(encoder: Encoder, gold: &Gold<'_>, settings: &'a EncoderTraining, prior: &[f32]) -> Result<Self, TrainingError> {
        let scheme = gold.scheme;
        let meta = HeadMeta { scheme: scheme.clone(), thresholds: vec![THRESHOLD; scheme.len()], encoder: String::new() };
        let material = gold.hash(&encoder.hash);
        let head = Head::new(meta, encoder.bert.config.hidden, None, prior, settings.seed)?;
        let (head, head_variables) = head.trainable(encoder.bert.device())?;
        let decay = |variable: &candle_core::Var| if variable.rank() > 1 { settings.decay } else { 0.0 };
        let of_encoder = encoder.bert.variables().iter().map(|(_, variable)| (variable.clone(), 1.0));
        let of_head = head_variables.into_iter().map(|variable| (variable, settings.head_rate / settings.learning_rate));
        let parameters = of_encoder.chain(of_head).map(|(variable, rate)| Parameter { decay: decay(&variable), variable, rate });
        let options = AdamWOptions { clip: Some(settings.clip), ..AdamWOptions::default() };
        let optimizer = AdamW::new(parameters.collect(), options);
        Ok(Self { settings, material, encoder, head, optimizer })
    }

    /// An epoch's examples, shuffled, in batches.
    fn batches(&self, documents: &[GoldDocument], epoch: usize) -> Result<Vec<Vec<Example>>, TrainingError> {
        let mut lengths = generator(self.settings.seed, epoch, 0);
        let jitter = JITTER.min(self.settings.encode.windows.length / 4);
        let mut examples = examples(&self.encoder, documents, self.settings.encode, || lengths.random_range(0..=jitter))?;
        examples.shuffle(&mut generator(self.settings.seed, epoch, 1));
        Ok(examples.chunks(self.settings.batch.max(1)).map(<[Example]>::to_vec).collect())
    }

    /// The share of the peak learning rate at a step.
    fn rate(&self, step: usize, steps: usize) -> f32 {
        let done = step as f32 / steps as f32;
        let rise = (step + 1) as f32 / (steps as f32 * self.settings.warm_up).max(1.0);
        rise.min(1.0) * (1.0 - done).max(0.0)
    }

    /// One step; gives its loss.
    fn step(&mut self, examples: &[Example], step: usize, steps: usize) -> Result<f32, TrainingError> {
        let mode = Mode::Train { dropout: self.settings.dropout, seed: generator(self.settings.seed, step, 2).random() };
        let (logits, targets) = self.logits(examples, mode)?;
        let loss = binary_cross_entropy(&logits, &targets, &targets.ones_like()?)?;
        let gradients = loss.backward()?;
        let norm = self.optimizer.step(&gradients, self.settings.learning_rate * self.rate(step, steps))?;
        let loss = loss.to_scalar::<f32>()?;
        if !loss.is_finite() || !norm.is_finite() {
            return Err(HeadError::NotFinite.into());
        }
        Ok(loss)
    }

    /// Logits and targets, words × labels, of some windows.
    fn logits(&self, examples: &[Example], mode: Mode) -> Result<(Tensor, Tensor), TrainingError> {
        let mut batch = Batch::default();
        examples.iter().for_each(|example| batch.push(example.ids.iter().copied()));
        let hidden = self.encoder.bert.forward(&batch, mode)?;
        let at = |start: usize| move |rows: &std::ops::Range<usize>| start + rows.start..start + rows.end;
        let segments =
            batch.sequences.iter().zip(examples).flat_map(|(rows, example)| example.segments.iter().map(at(rows.start)));
        let logits = self.head.logits(&segment_means(&hidden, segments.collect())?)?;
        let labels = self.head.labels();
        let sets = examples.iter().flat_map(|example| &example.targets);
        let targets: Vec<f32> = sets.flat_map(|set| (0..labels).map(|label| f32::from(u8::from(set.contains(label))))).collect();
        let targets = Tensor::from_vec(targets, logits.shape(), &Device::Cpu)?.to_device(logits.device())?;
        Ok((logits, targets))
    }

    /// How the current weights do on some documents; `None` if there are none.
    fn evaluate(&self, documents: &[GoldDocument]) -> Result<Option<Evaluation>, TrainingError> {
        let vectors = |document: &GoldDocument| encode(&self.encoder, &document.text, &document.words, self.settings.encode);
        let vectors = documents.iter().map(vectors).collect::<Result<Vec<_>, _>>()?;
        evaluate(&self.head, documents, &vectors)
    }

    fn checkpoint(&self, reports: &[EpochReport]) -> Result<Checkpoint, TrainingError> {
        Ok(Checkpoint {
            settings: self.settings.clone(),
            material: self.material.clone(),
            reports: reports.to_vec(),
            state: self.optimizer.snapshot()?,
        })
    }

    fn restore(&mut self, checkpoint: Checkpoint) -> Result<Vec<EpochReport>, TrainingError> {
        self.optimizer.resume(&checkpoint.state)?;
        Ok(checkpoint.reports)
    }
}

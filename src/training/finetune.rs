//! The epochs of fine-tuning.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::checkpoint::Checkpoint;
use super::examples::GoldDocument;
use super::learner::Learner;
use super::{TrainingError, save};
use crate::domain::{LabelScheme, Predictions};
use crate::encoder::{EncodeOptions, Encoder};
use crate::head::Head;
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
    /// Windows a step at the most.
    pub batch: usize,
    /// Subwords a step at the most (but one window at the least): short texts go many to a step, long ones few.
    pub subwords: usize,
    /// Each layer's rate is this share of the one's above it; 1 for the same rate everywhere.
    pub layer_decay: f32,
    /// Share of the steps over which the rate rises from 0; it falls to 0 over the others, both linearly.
    pub warm_up: f32,
    /// Share of activations dropped.
    pub dropout: f32,
    /// Share of words hidden behind `[MASK]` in each step: what stands around them has to tell their labels.
    #[serde(default)]
    pub mask: f32,
    /// Weight decay of matrices (not of biases and normalisations).
    pub decay: f32,
    /// The norm that gradients are cut to.
    pub clip: f32,
    /// Seed of everything random.
    pub seed: u64,
    /// Windows and pooling.
    pub encode: EncodeOptions,
}

impl EncoderTraining {
    /// The settings of the bundled model, for an encoder that takes so many subwords.
    pub fn standard(positions: usize) -> Self {
        Self {
            epochs: 12,
            learning_rate: 3e-4,
            head_rate: 1e-3,
            batch: 24,
            subwords: 2048,
            layer_decay: 1.0,
            warm_up: 0.1,
            dropout: 0.1,
            mask: 0.0,
            decay: 0.01,
            clip: 1.0,
            seed: 0,
            encode: EncodeOptions::for_positions(positions),
        }
    }
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
    /// The linear head to start from, one for just these labels in this order; without one a fresh head.
    pub start: Option<&'a Head>,
}

impl Gold<'_> {
    /// A hash of all labels, documents with their label sets, and the encoder and heads that are started from, in
    /// hexadecimal.
    pub(super) fn hash(all: &[Self], encoder: &str) -> Result<String, TrainingError> {
        let mut hasher = blake3::Hasher::new();
        let mut add = |part: &[u8]| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        };
        add(encoder.as_bytes());
        for gold in all {
            gold.scheme.names().for_each(|name| add(name.as_bytes()));
            for document in gold.train.iter().chain(gold.dev) {
                add(document.text.as_bytes());
                add(format!("{:?}", document.sets).as_bytes());
            }
            if let Some(head) = gold.start {
                add(&head.to_bytes()?);
            }
        }
        Ok(hasher.finalize().to_hex().to_string())
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
    /// Micro-F1 on the development documents at threshold 0.5, if there are any; with several schemes their mean.
    pub micro_f1: Option<f64>,
    /// Macro-F1 there.
    pub macro_f1: Option<f64>,
    /// Micro-F1 on each scheme's development documents, where there are several schemes.
    #[serde(default)]
    pub schemes: Vec<(String, f64)>,
    /// Whether it is the best so far.
    pub best: bool,
}

impl EpochReport {
    /// The report of the epoch that follows these, from what was found on the development documents of each scheme
    /// that has some.
    pub(super) fn new<'a>(
        before: &[Self],
        loss: f32,
        found: impl IntoIterator<Item = (&'a LabelScheme, &'a Evaluation)>,
    ) -> Self {
        let found: Vec<(String, f64, f64)> = found
            .into_iter()
            .map(|(scheme, evaluation)| (scheme.name.clone(), evaluation.micro().f1, evaluation.macro_average().f1))
            .collect();
        let mean = |of: fn(&(String, f64, f64)) -> f64| {
            (!found.is_empty()).then(|| found.iter().map(of).sum::<f64>() / found.len() as f64)
        };
        let micro_f1 = mean(|found| found.1);
        let most = before.iter().filter_map(|report| report.micro_f1).fold(f64::NEG_INFINITY, f64::max);
        Self {
            epoch: before.len() + 1,
            loss,
            micro_f1,
            macro_f1: mean(|found| found.2),
            best: micro_f1.is_none_or(|found| found > most),
            schemes: match found.len() {
                0 | 1 => Vec::new(),
                _ => found.into_iter().map(|(name, micro, _)| (name, micro)).collect(),
            },
        }
    }
}

/// Fine-tunes an encoder (loaded trainable) with a head for each scheme, and writes the best epoch's model (the
/// last one's without development documents) to `out`, whose last part names it. If `out` holds a checkpoint of the
/// same training, it goes on from there and gives the same result as if it had never been interrupted. `watch` sees the
/// progress and may stop the training.
///
/// # Errors
/// When nothing is labelled, a file can't be written, or figures are no longer finite.
pub fn fine_tune(
    encoder: Encoder,
    gold: &[Gold<'_>],
    settings: &EncoderTraining,
    out: &Path,
    mut watch: impl FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Vec<EpochReport>, TrainingError> {
    let name = out.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy());
    let mut learner = Learner::new(encoder, gold, settings)?;
    let mut reports = match Checkpoint::read(out, settings, &learner.material)? {
        Some(checkpoint) if !checkpoint.reports.is_empty() => learner.restore(checkpoint)?,
        // Nothing, or the mark that a model was begun.
        _ => Vec::new(),
    };
    let begun = Instant::now();
    let (first, mut steps_done) = (reports.len(), 0);
    for epoch in first..settings.epochs {
        let an_epoch = learner.steps(gold, epoch)?;
        let steps = an_epoch.len() * settings.epochs;
        let mut losses = Vec::with_capacity(an_epoch.len());
        for (index, windows) in an_epoch.iter().enumerate() {
            let step = epoch * an_epoch.len() + index;
            let loss = learner.step(windows, step, steps)?;
            losses.push(loss);
            steps_done += 1;
            let left = begun.elapsed().mul_f64((steps - step - 1) as f64 / f64::from(steps_done));
            if watch(Progress::Step { epoch: epoch + 1, step: step + 1, steps, loss, left }).is_break() {
                return Err(TrainingError::Interrupted);
            }
        }
        let evaluations = learner.evaluate(gold)?;
        let loss = losses.iter().sum::<f32>() / losses.len() as f32;
        let found = gold.iter().zip(&evaluations).filter_map(|(gold, found)| Some((gold.scheme, found.as_ref()?)));
        let report = EpochReport::new(&reports, loss, found);
        reports.push(report);
        let last = epoch + 1 == settings.epochs;
        if let Some(report) = reports.last().filter(|report| report.best && (last || report.micro_f1.is_some())) {
            let weights = save::half_precision(&learner.encoder)?;
            let part = |(head, dev)| save::HeadPart { head, metrics: serde_json::json!({ "dev": dev }) };
            let heads: Vec<_> = learner.heads.iter().zip(&evaluations).map(part).collect();
            let (encoder, encode) = (&learner.encoder, settings.encode);
            let parts = save::Parts { encoder, weights: &weights, heads: &heads, encode, name: &name };
            let metrics = serde_json::json!({ "epoch": report.epoch });
            // The model goes before the checkpoint of its epoch: killed between, the epoch is done again and gives it again.
            if epoch == 0 {
                Checkpoint::mark(settings, &learner.material).write(out)?;
            }
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
        evaluation.add(&document.words, &document.sets, &predictions.sets(&head.meta.thresholds));
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

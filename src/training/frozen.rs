//! Fitting a head on gold above an encoder that stays as it is: minutes instead of an hour.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::examples::GoldDocument;
use super::finetune::{EpochReport, Gold, THRESHOLD, evaluate, prior};
use super::{TrainingError, save};
use crate::encoder::words::encode;
use crate::encoder::{EncodeOptions, Encoder};
use crate::head::{Examples, Head, HeadMeta, HeadTraining, Trainer};

/// How to fit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FrozenTraining {
    /// Width of the hidden layer; `None` for a linear head.
    pub hidden: Option<usize>,
    /// Steps, rates and seed.
    pub head: HeadTraining,
}

/// How far a fit has come.
#[derive(Clone, Debug)]
pub enum FitProgress<'a> {
    /// Documents encoded, of so many.
    Encoded(usize, usize),
    /// Steps done, of so many.
    Step(usize, usize),
    /// A pass is done and judged.
    Pass(&'a EpochReport),
}

/// Fits a fresh head to gold over word vectors that are computed once, and writes the model with the best pass's head
/// (the last one's without development documents) to `out`, whose last part names it. `weights` are the encoder's, as
/// `model.safetensors`.
///
/// # Errors
/// When nothing is labelled, figures are no longer finite, a file can't be written, or `watch` stops it.
pub fn fit_head(
    (encoder, encode, weights): (&Encoder, EncodeOptions, &[u8]),
    gold: &Gold<'_>,
    settings: &FrozenTraining,
    out: &Path,
    mut watch: impl FnMut(FitProgress<'_>) -> ControlFlow<()>,
) -> Result<Vec<EpochReport>, TrainingError> {
    let prior = prior(gold.train, gold.scheme.len()).ok_or(TrainingError::NoLabels)?;
    let total = gold.train.len() + gold.dev.len();
    let train = vectors(encoder, gold.train, encode, |done| watch(FitProgress::Encoded(done, total)))?;
    let dev = vectors(encoder, gold.dev, encode, |done| watch(FitProgress::Encoded(gold.train.len() + done, total)))?;
    let meta =
        HeadMeta { scheme: gold.scheme.clone(), thresholds: vec![THRESHOLD; gold.scheme.len()], encoder: encoder.hash.clone() };
    let base = Head::new(meta, encoder.bert.config.hidden, settings.hidden, &prior, settings.head.seed)?;
    let examples = Arc::new(examples(gold.train, &train, &base));
    let mut trainer = Trainer::new(&base, examples, |_| true, settings.head)?;
    let a_pass = trainer.steps().div_ceil(settings.head.passes.max(1)).max(1);
    let mut reports = Vec::new();
    let mut best = None;
    let (mut steps, mut losses) = (0, Vec::new());
    while !trainer.done() {
        losses.push(trainer.step()?);
        steps += 1;
        if watch(FitProgress::Step(steps, trainer.steps())).is_break() {
            return Err(TrainingError::Interrupted);
        }
        if steps % a_pass == 0 || trainer.done() {
            let head = trainer.head()?;
            let evaluation = evaluate(&head, gold.dev, &dev)?;
            let loss = losses.iter().sum::<f32>() / losses.len() as f32;
            losses.clear();
            let report = EpochReport::new(&reports, loss, evaluation.iter().map(|found| (gold.scheme, found)));
            // The caller stops a fit between steps; a report needs no answer.
            let _ = watch(FitProgress::Pass(&report));
            if report.best {
                best = Some((head, evaluation));
            }
            reports.push(report);
        }
    }
    let Some((head, evaluation)) = best else { return Err(TrainingError::NoLabels) };
    let name = out.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy());
    let heads = [save::HeadPart { head: &head, metrics: serde_json::json!({ "dev": evaluation }) }];
    let parts = save::Parts { encoder, weights, heads: &heads, encode, name: &name };
    save::write(out, &parts, settings, &serde_json::json!({}))?;
    Ok(reports)
}

/// Word vectors of each document; `watch` is told how many are done.
fn vectors(
    encoder: &Encoder,
    documents: &[GoldDocument],
    options: EncodeOptions,
    mut watch: impl FnMut(usize) -> ControlFlow<()>,
) -> Result<Vec<Vec<f32>>, TrainingError> {
    let mut vectors = Vec::with_capacity(documents.len());
    for document in documents {
        vectors.push(encode(encoder, &document.text, &document.words, options)?);
        if watch(vectors.len()).is_break() {
            return Err(TrainingError::Interrupted);
        }
    }
    Ok(vectors)
}

/// A row for each word that holds an alphanumeric character, every cell of it known.
fn examples(documents: &[GoldDocument], vectors: &[Vec<f32>], head: &Head) -> Examples {
    let (inputs, labels) = (head.inputs(), head.labels());
    let mut examples = Examples { inputs, labels, ..Examples::default() };
    for (document, vectors) in documents.iter().zip(vectors) {
        let words = document.words.iter().zip(&document.sets).zip(vectors.chunks_exact(inputs));
        for ((_, set), vector) in words.filter(|((word, _), _)| word.alphanumeric) {
            examples.vectors.extend_from_slice(vector);
            examples.targets.extend((0..labels).map(|label| f32::from(u8::from(set.contains(label)))));
        }
    }
    examples.weights = vec![1.0; examples.targets.len()];
    examples
}

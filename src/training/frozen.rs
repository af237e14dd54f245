//! Fitting a head on gold above an encoder that stays as it is: minutes instead of an hour.
//!
//! Calibration and thresholds are tuned by cross-fitting: the training documents are cut in folds, a head is fitted
//! without each, and what these heads say of the documents that they have not seen is what is tuned on. The head that is
//! kept learns from all of them. Development documents choose the pass and tune nothing else.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use super::examples::GoldDocument;
use super::finetune::{EpochReport, Gold, evaluate, prior};
use super::{TrainingError, save};
use crate::encoder::words::encode;
use crate::encoder::{EncodeOptions, Encoder};
use crate::head::judge::{FOLDS, LEAST_DOCUMENTS, PASSAGE, fold_of};
use crate::head::{Examples, Head, HeadError, HeadMeta, HeadTraining, HeldOut, Trainer, cross_fit};
use crate::metrics::Counts;

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
    /// Settings tried: which of how many, and the micro-F1 on held-out documents at its best pass.
    Tried(usize, usize, &'a Tried),
    /// Steps done, of so many.
    Step(usize, usize),
    /// A pass is done and judged.
    Pass(&'a EpochReport),
    /// Folds cross-fitted, of so many.
    Fold(usize, usize),
}

/// One of the settings of a search, tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tried {
    /// The settings; `passes` is the pass that was best.
    pub settings: FrozenTraining,
    /// Micro-F1 on the held-out documents at threshold 0.5.
    pub micro_f1: f64,
}

/// Gold as a head sees it.
struct Material<'a> {
    gold: &'a Gold<'a>,
    examples: Arc<Examples>,
    /// The fold of each row.
    folds: Vec<u64>,
    dev: Vec<Vec<f32>>,
    meta: HeadMeta,
    prior: Vec<f32>,
}

/// Fits a fresh head to gold over word vectors that are computed once, and writes the model with the best pass's head
/// (the last one's without development documents) to `out`, whose last part names it. Of several settings those are
/// taken that do best on a held-out fold of the training documents. `weights` are the encoder's, as
/// `model.safetensors`.
///
/// # Errors
/// When nothing is labelled, figures are no longer finite, a file can't be written, or `watch` stops it.
pub fn fit_head(
    (encoder, encode, weights): (&Encoder, EncodeOptions, &[u8]),
    gold: &Gold<'_>,
    candidates: &[FrozenTraining],
    out: &Path,
    mut watch: impl FnMut(FitProgress<'_>) -> ControlFlow<()>,
) -> Result<Vec<EpochReport>, TrainingError> {
    let prior = prior(gold.train, gold.scheme.len()).ok_or(TrainingError::NoLabels)?;
    let total = gold.train.len() + gold.dev.len();
    let train = vectors(encoder, gold.train, encode, |done| watch(FitProgress::Encoded(done, total)))?;
    let dev = vectors(encoder, gold.dev, encode, |done| watch(FitProgress::Encoded(gold.train.len() + done, total)))?;
    let meta = HeadMeta::fresh(gold.scheme.clone(), encoder.hash.as_str());
    let (examples, folds) = examples(gold.train, &train, encoder.bert.config.hidden, gold.scheme.len());
    let material = Material { gold, examples: Arc::new(examples), folds, dev, meta, prior };
    let mut tried = Vec::new();
    if let [_, _, ..] = candidates {
        for (index, candidate) in candidates.iter().enumerate() {
            tried.push(material.attempt(candidate)?);
            if watch(FitProgress::Tried(index + 1, candidates.len(), &tried[index])).is_break() {
                return Err(TrainingError::Interrupted);
            }
        }
    }
    let best = tried.iter().max_by(|a, b| a.micro_f1.total_cmp(&b.micro_f1)).map(|tried| tried.settings);
    let settings = best.or(candidates.first().copied()).ok_or(TrainingError::NoLabels)?;
    let (head, reports) = material.fit(&settings, &mut watch)?;
    let passes = reports.iter().rev().find(|report| report.best).map_or(settings.head.passes, |report| report.epoch);
    let (head, calibration) = material.tuned(&head, &settings, passes, &mut watch)?;
    let name = out.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy());
    let evaluation = evaluate(&head, gold.dev, &material.dev)?;
    let heads = [save::HeadPart { head: &head, metrics: json!({ "dev": evaluation, "cross_fitted": calibration }) }];
    let parts = save::Parts { encoder, weights, heads: &heads, encode, name: &name };
    save::write(out, &parts, &json!({ "settings": settings, "tried": tried }), &json!({}))?;
    Ok(reports)
}

impl Material<'_> {
    fn trainer(&self, settings: &FrozenTraining, keep: impl Fn(usize) -> bool) -> Result<Trainer, HeadError> {
        let base = Head::new(self.meta.clone(), self.examples.inputs, settings.hidden, &self.prior, settings.head.seed)?;
        Trainer::new(&base, self.examples.clone(), keep, settings.head)
    }

    /// Fits without fold 0, and judges each pass on it.
    fn attempt(&self, settings: &FrozenTraining) -> Result<Tried, TrainingError> {
        let mut trainer = self.trainer(settings, |row| self.folds[row] != 0)?;
        let a_pass = a_pass(&trainer, settings);
        let mut best = Tried { settings: *settings, micro_f1: 0.0 };
        let rows: Vec<usize> = (0..self.folds.len()).filter(|&row| self.folds[row] == 0).collect();
        for pass in 1..=settings.head.passes {
            (0..a_pass).try_for_each(|_| if trainer.done() { Ok(()) } else { trainer.step().map(drop) })?;
            let probabilities = trainer.head()?.probabilities(&self.rows(&rows))?;
            let mut counts = Counts::default();
            for (&row, probabilities) in rows.iter().zip(probabilities.chunks_exact(self.examples.labels)) {
                probabilities.iter().enumerate().for_each(|(label, &p)| counts.add_cell(self.present(row, label), p >= 0.5));
            }
            if counts.f1() > best.micro_f1 {
                best.micro_f1 = counts.f1();
                best.settings.head.passes = pass;
            }
        }
        Ok(best)
    }

    /// Fits to all training documents; the best pass's head on the development documents, the last one's without.
    fn fit(
        &self,
        settings: &FrozenTraining,
        watch: &mut impl FnMut(FitProgress<'_>) -> ControlFlow<()>,
    ) -> Result<(Head, Vec<EpochReport>), TrainingError> {
        let mut trainer = self.trainer(settings, |_| true)?;
        let a_pass = a_pass(&trainer, settings);
        let (mut reports, mut best) = (Vec::new(), None);
        let (mut steps, mut losses) = (0, Vec::new());
        while !trainer.done() {
            losses.push(trainer.step()?);
            steps += 1;
            if watch(FitProgress::Step(steps, trainer.steps())).is_break() {
                return Err(TrainingError::Interrupted);
            }
            if steps % a_pass == 0 || trainer.done() {
                let head = trainer.head()?;
                let evaluation = evaluate(&head, self.gold.dev, &self.dev)?;
                let loss = losses.iter().sum::<f32>() / losses.len() as f32;
                losses.clear();
                let report = EpochReport::new(&reports, loss, evaluation.iter().map(|found| (self.gold.scheme, found)));
                // The caller stops a fit between steps; a report needs no answer.
                let _ = watch(FitProgress::Pass(&report));
                if report.best {
                    best = Some(head);
                }
                reports.push(report);
            }
        }
        let head = best.ok_or(TrainingError::NoLabels)?;
        Ok((head, reports))
    }

    /// The head with calibration and thresholds from heads that were fitted the same way without a fold each, for as
    /// many passes; and how far its probabilities were off on the folds before and after.
    fn tuned(
        &self,
        head: &Head,
        settings: &FrozenTraining,
        passes: usize,
        watch: &mut impl FnMut(FitProgress<'_>) -> ControlFlow<()>,
    ) -> Result<(Head, serde_json::Value), TrainingError> {
        let mut folds = Vec::new();
        for fold in 0..FOLDS {
            let rows: Vec<usize> = (0..self.folds.len()).filter(|&row| self.folds[row] == fold).collect();
            if rows.is_empty() || rows.len() == self.folds.len() {
                continue;
            }
            let mut trainer = self.trainer(settings, |row| self.folds[row] != fold)?;
            let steps = a_pass(&trainer, settings) * passes;
            for _ in 0..steps {
                if trainer.done() {
                    break;
                }
                trainer.step()?;
            }
            let mut held_out = HeldOut::new(self.examples.labels);
            let logits = trainer.head()?.row_logits(&self.rows(&rows))?;
            for (&row, logits) in rows.iter().zip(logits.chunks_exact(self.examples.labels)) {
                logits.iter().enumerate().for_each(|(label, &logit)| held_out.add(label, logit, self.present(row, label)));
            }
            folds.push(held_out);
            if watch(FitProgress::Fold(folds.len(), FOLDS as usize)).is_break() {
                return Err(TrainingError::Interrupted);
            }
        }
        let fit = cross_fit(&folds, self.examples.labels);
        Ok((head.fitted(&fit)?, json!(fit.figures)))
    }

    fn rows(&self, rows: &[usize]) -> Vec<f32> {
        let inputs = self.examples.inputs;
        rows.iter().flat_map(|row| &self.examples.vectors[row * inputs..(row + 1) * inputs]).copied().collect()
    }

    fn present(&self, row: usize, label: usize) -> bool {
        self.examples.targets[row * self.examples.labels + label] > 0.5
    }
}

/// Steps a pass.
fn a_pass(trainer: &Trainer, settings: &FrozenTraining) -> usize {
    trainer.steps().div_ceil(settings.head.passes.max(1)).max(1)
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

/// A row for each word that holds an alphanumeric character, every cell of it known; and the fold of each: its
/// document's, or its passage's where there are few documents.
fn examples(documents: &[GoldDocument], vectors: &[Vec<f32>], inputs: usize, labels: usize) -> (Examples, Vec<u64>) {
    let mut examples = Examples { inputs, labels, ..Examples::default() };
    let mut folds = Vec::new();
    let many = documents.len() >= LEAST_DOCUMENTS;
    for (index, (document, vectors)) in documents.iter().zip(vectors).enumerate() {
        let words = document.words.iter().zip(&document.sets).zip(vectors.chunks_exact(inputs)).enumerate();
        for (word, ((_, set), vector)) in words.filter(|(_, ((word, _), _))| word.alphanumeric) {
            examples.vectors.extend_from_slice(vector);
            examples.targets.extend((0..labels).map(|label| f32::from(u8::from(set.contains(label)))));
            folds.push(fold_of(&if many { index.to_string() } else { format!("{index}#{}", word / PASSAGE) }));
        }
    }
    examples.weights = vec![1.0; examples.targets.len()];
    (examples, folds)
}

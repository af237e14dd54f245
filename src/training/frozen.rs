//! Fitting a head on gold above an encoder that stays as it is: minutes instead of an hour.
//!
//! Calibration and thresholds are tuned by cross-fitting: the training documents are cut in folds, a head is fitted
//! without each, and what these heads say of the documents that they have not seen is what is tuned on. The head that is
//! kept learns from all of them. Development documents choose the pass and tune nothing else. Where settings are searched,
//! the same folds choose between them: each is fitted without each fold, for as long as it will be in the end.

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
use crate::head::judge::{FOLDS, Grouping, fold_of};
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
    /// Settings tried: which of how many, and the micro-F1 on the folds.
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
    /// The settings.
    pub settings: FrozenTraining,
    /// Micro-F1 at threshold 0.5 on all folds together, each judged by a head that has not learned from it.
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
/// taken that do best on the folds of the training documents, the first of equals: it takes a fit for each fold and each of
/// them. `weights` are the encoder's, as `model.safetensors`.
///
/// # Errors
/// When nothing is labelled, there is too little to choose settings on, figures are no longer finite, a file can't be
/// written, or `watch` stops it.
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
    let settings = best(&tried).or(candidates.first().copied()).ok_or(TrainingError::NoLabels)?;
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

    /// Fits without each fold, and judges all folds together.
    fn attempt(&self, settings: &FrozenTraining) -> Result<Tried, TrainingError> {
        let folds = self.held_out();
        if folds.is_empty() {
            return Err(TrainingError::TooLittle);
        }
        let mut counts = Counts::default();
        for (fold, rows) in folds {
            let mut trainer = self.trainer(settings, |row| self.folds[row] != fold)?;
            while !trainer.done() {
                trainer.step()?;
            }
            let probabilities = trainer.head()?.probabilities(&self.rows(&rows))?;
            for (&row, probabilities) in rows.iter().zip(probabilities.chunks_exact(self.examples.labels)) {
                probabilities.iter().enumerate().for_each(|(label, &p)| counts.add_cell(self.present(row, label), p >= 0.5));
            }
        }
        Ok(Tried { settings: *settings, micro_f1: counts.f1() })
    }

    /// The folds that can be held out, with their rows: those that have some, and leave some to learn from.
    fn held_out(&self) -> Vec<(u64, Vec<usize>)> {
        let rows = |fold: u64| (0..self.folds.len()).filter(|&row| self.folds[row] == fold).collect::<Vec<_>>();
        let folds = (0..FOLDS).map(|fold| (fold, rows(fold)));
        folds.filter(|(_, rows)| !rows.is_empty() && rows.len() < self.folds.len()).collect()
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
        for (fold, rows) in self.held_out() {
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

/// The settings that did best; of equals the first, which are the usual ones before any that were drawn.
fn best(tried: &[Tried]) -> Option<FrozenTraining> {
    // Of equals, `max_by` gives the last.
    tried.iter().rev().max_by(|a, b| a.micro_f1.total_cmp(&b.micro_f1)).map(|tried| tried.settings)
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
    let grouping = Grouping::of(documents.len());
    for (index, (document, vectors)) in documents.iter().zip(vectors).enumerate() {
        let words = document.words.iter().zip(&document.sets).zip(vectors.chunks_exact(inputs)).enumerate();
        for (word, ((_, set), vector)) in words.filter(|(_, ((word, _), _))| word.alphanumeric) {
            examples.vectors.extend_from_slice(vector);
            examples.targets.extend((0..labels).map(|label| f32::from(u8::from(set.contains(label)))));
            folds.push(fold_of(&grouping.name(&index.to_string(), word)));
        }
    }
    examples.weights = vec![1.0; examples.targets.len()];
    (examples, folds)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::domain::LabelScheme;

    const USUAL: FrozenTraining = FrozenTraining {
        hidden: None,
        head: HeadTraining { passes: 40, batch: 16, least_steps: 0, learning_rate: 0.05, decay: 0.0, seed: 3 },
    };

    #[test]
    fn of_equal_settings_the_first_are_taken() {
        let tried = |passes: usize, micro_f1| {
            let settings = FrozenTraining { head: HeadTraining { passes, ..USUAL.head }, ..USUAL };
            Tried { settings, micro_f1 }
        };
        let rows: [(&[f64], Option<usize>); 5] = [
            (&[], None),
            (&[0.0, 0.0, 0.0], Some(0)),
            (&[0.5, 0.7, 0.7], Some(1)),
            (&[0.7, 0.5, 0.7], Some(0)),
            (&[0.1, 0.2, 0.3], Some(2)),
        ];
        for (found, expected) in rows {
            let all: Vec<Tried> = found.iter().enumerate().map(|(passes, &f1)| tried(passes, f1)).collect();
            assert_eq!(best(&all).map(|settings| settings.head.passes), expected, "{found:?}");
        }
    }

    /// A point for each of these folds. The label is for the left half of the plane, but in fold 1 for the right one.
    fn material<'a>(gold: &'a Gold<'a>, folds: &[u64]) -> Material<'a> {
        let mut generator = ChaCha8Rng::seed_from_u64(8);
        let mut examples = Examples { inputs: 2, labels: 1, ..Examples::default() };
        for &fold in folds {
            let [x, y] = [(); 2].map(|()| generator.random_range(-2.0f32..2.0));
            examples.vectors.extend([x, y]);
            examples.targets.push(f32::from(u8::from((x < 0.0) == (fold != 1))));
            examples.weights.push(1.0);
        }
        let meta = HeadMeta::fresh(gold.scheme.clone(), "");
        Material { gold, examples: Arc::new(examples), folds: folds.to_vec(), dev: Vec::new(), meta, prior: vec![0.5] }
    }

    #[test]
    fn every_fold_judges_and_what_was_tried_is_what_is_kept() {
        let scheme = LabelScheme::from_names("s", &["left"]).unwrap();
        let gold = Gold { scheme: &scheme, train: &[], dev: &[], start: None };
        let tried = |folds: &[u64]| material(&gold, folds).attempt(&USUAL).unwrap();
        let alike = tried(&[0, 2].repeat(60));
        assert!(alike.micro_f1 > 0.85 && alike.settings == USUAL, "{alike:?}");
        // Fold 0 alone is known as well as before, but fold 1 contradicts what all others teach.
        let apart = tried(&[0, 1, 2, 3].repeat(30));
        assert!(apart.micro_f1 < alike.micro_f1 - 0.1, "{apart:?} {alike:?}");
        assert_eq!(tried(&[0, 2].repeat(60)), alike, "the same again");
    }

    #[test]
    fn one_fold_is_too_little_to_choose_on() {
        let scheme = LabelScheme::from_names("s", &["left"]).unwrap();
        let gold = Gold { scheme: &scheme, train: &[], dev: &[], start: None };
        for folds in [&[0u64; 9], &[2; 9]] {
            let found = material(&gold, folds).attempt(&USUAL);
            assert!(matches!(found, Err(TrainingError::TooLittle)), "{found:?}");
        }
    }
}

//! Calibration and thresholds of a model's heads from gold that nothing of the model has learned from.

use std::ops::ControlFlow;
use std::path::Path;

use serde_json::json;

use super::examples::GoldDocument;
use super::{TrainingError, save};
use crate::encoder::words::encode;
use crate::encoder::{EncodeOptions, Encoder};
use crate::head::judge::{FOLDS, LEAST_DOCUMENTS, PASSAGE, fold_of};
use crate::head::{CrossFit, Head, HeldOut, cross_fit};

/// A model to tune.
#[derive(Clone, Copy)]
pub struct Tunable<'a> {
    /// Its encoder.
    pub encoder: &'a Encoder,
    /// Windows and pooling.
    pub encode: EncodeOptions,
    /// Its weights as `model.safetensors`.
    pub weights: &'a [u8],
    /// Its heads.
    pub heads: &'a [Head],
    /// How it was trained, as its description has it.
    pub training: &'a serde_json::Value,
}

/// Calibrates each head that has gold (`gold` holds documents for each of the model's heads, none for one that stays as
/// it is), tunes its thresholds, writes the model to `out`, whose last part names it, and gives what was found for each
/// head. Earlier calibration is taken out first. `watch` is told how many documents of how many are read.
///
/// # Errors
/// When a computation fails, a file can't be written, or `watch` stops it.
pub fn tune(
    model: Tunable<'_>,
    gold: &[Vec<GoldDocument>],
    out: &Path,
    mut watch: impl FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<Vec<Option<CrossFit>>, TrainingError> {
    let total = gold.iter().map(Vec::len).sum();
    let mut read = 0;
    let (mut heads, mut found) = (Vec::new(), Vec::new());
    for (head, documents) in model.heads.iter().zip(gold) {
        if documents.is_empty() {
            heads.push(head.clone());
            found.push(None);
            continue;
        }
        let head = head.uncalibrated()?;
        let mut folds = vec![HeldOut::new(head.labels()); FOLDS as usize];
        let many = documents.len() >= LEAST_DOCUMENTS;
        for (index, document) in documents.iter().enumerate() {
            let vectors = encode(model.encoder, &document.text, &document.words, model.encode)?;
            let logits = head.row_logits(&vectors)?;
            let words = document.words.iter().zip(&document.sets).zip(logits.chunks_exact(head.labels())).enumerate();
            for (word, ((_, set), logits)) in words.filter(|(_, ((word, _), _))| word.alphanumeric) {
                let group = if many { index.to_string() } else { format!("{index}#{}", word / PASSAGE) };
                let fold = &mut folds[fold_of(&group) as usize];
                logits.iter().enumerate().for_each(|(label, &logit)| fold.add(label, logit, set.contains(label)));
            }
            read += 1;
            if watch(read, total).is_break() {
                return Err(TrainingError::Interrupted);
            }
        }
        let fit = cross_fit(&folds, head.labels());
        heads.push(head.fitted(&fit)?);
        found.push(Some(fit));
    }
    let name = out.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy());
    let figures = |fit: &Option<CrossFit>| fit.as_ref().map(|fit| fit.figures);
    let parts: Vec<_> = heads
        .iter()
        .zip(&found)
        .map(|(head, fit)| save::HeadPart { head, metrics: json!({ "cross_fitted": figures(fit) }) })
        .collect();
    let parts = save::Parts { encoder: model.encoder, weights: model.weights, heads: &parts, encode: model.encode, name: &name };
    save::write(out, &parts, model.training, &json!({}))?;
    Ok(found)
}

//! Calibration and thresholds of a model's heads from gold that nothing of the model has learned from.

use std::ops::ControlFlow;
use std::path::Path;

use serde_json::json;

use super::examples::GoldDocument;
use super::{TrainingError, save};
use crate::domain::LabelSet;
use crate::encoder::words::encode;
use crate::encoder::{EncodeOptions, Encoder};
use crate::head::judge::{FOLDS, Grouping, fold_of};
use crate::head::{CrossFit, Curve, Head, HeldOut, Platt, cross_fit};

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

/// What was found for a head.
#[derive(Clone, Debug)]
pub struct Tuned {
    /// Calibration, thresholds and figures. Those of labels that gold never names are the head's own, and no cell of theirs is
    /// in the figures.
    pub fit: CrossFit,
    /// The labels that some word of the gold has.
    pub named: LabelSet,
}

/// Calibrates each head that has gold (`gold` holds documents for each of the model's heads, none for one that stays as
/// it is), tunes its thresholds, writes the model to `out`, whose last part names it, and gives what was found for each
/// head. Earlier calibration is taken out first. A label that no word of the gold has stays as it is: whoever labelled it
/// may not have looked for this one, so that its absence says nothing. `watch` is told how many documents of how many are
/// read.
///
/// # Errors
/// When the gold of a head labels no word, a computation fails, a file can't be written, or `watch` stops it.
pub fn tune(
    model: Tunable<'_>,
    gold: &[Vec<GoldDocument>],
    out: &Path,
    mut watch: impl FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<Vec<Option<Tuned>>, TrainingError> {
    let total = gold.iter().map(Vec::len).sum();
    let mut read = 0;
    let (mut heads, mut found) = (Vec::new(), Vec::new());
    for (head, documents) in model.heads.iter().zip(gold) {
        if documents.is_empty() {
            heads.push(head.clone());
            found.push(None);
            continue;
        }
        let named = named(documents);
        if named.is_empty() {
            return Err(TrainingError::NoLabels);
        }
        let plain = head.uncalibrated()?;
        let mut folds = vec![HeldOut::new(head.labels()); FOLDS as usize];
        let grouping = Grouping::of(documents.len());
        for (index, document) in documents.iter().enumerate() {
            let vectors = encode(model.encoder, &document.text, &document.words, model.encode)?;
            let logits = plain.row_logits(&vectors)?;
            let words = document.words.iter().zip(&document.sets).zip(logits.chunks_exact(head.labels())).enumerate();
            for (word, ((_, set), logits)) in words.filter(|(_, ((word, _), _))| word.alphanumeric) {
                let fold = &mut folds[fold_of(&grouping.name(&index.to_string(), word)) as usize];
                named.iter().for_each(|label| fold.add(label, logits[label], set.contains(label)));
            }
            read += 1;
            if watch(read, total).is_break() {
                return Err(TrainingError::Interrupted);
            }
        }
        let fit = keep_unnamed(cross_fit(&folds, head.labels()), head, named);
        heads.push(plain.fitted(&fit)?);
        found.push(Some(Tuned { fit, named }));
    }
    let name = out.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy());
    let figures = |tuned: &Option<Tuned>| tuned.as_ref().map(|tuned| tuned.fit.figures);
    let parts: Vec<_> = heads
        .iter()
        .zip(&found)
        .map(|(head, tuned)| save::HeadPart { head, metrics: json!({ "cross_fitted": figures(tuned) }) })
        .collect();
    let parts = save::Parts { encoder: model.encoder, weights: model.weights, heads: &parts, encode: model.encode, name: &name };
    save::write(out, &parts, model.training, &json!({}))?;
    Ok(found)
}

/// The labels that some word with an alphanumeric character has.
fn named(documents: &[GoldDocument]) -> LabelSet {
    let words = documents.iter().flat_map(|document| document.words.iter().zip(&document.sets));
    words.filter(|(word, _)| word.alphanumeric).flat_map(|(_, set)| set.iter()).collect()
}

/// The fit, with what the head has already for the labels that gold does not name.
fn keep_unnamed(mut fit: CrossFit, head: &Head, named: LabelSet) -> CrossFit {
    for label in (0..head.labels()).filter(|label| !named.contains(*label)) {
        fit.calibration[label] = head.meta.calibration.get(label).copied().unwrap_or(Platt::IDENTITY);
        fit.curves[label] = head.meta.curves.get(label).copied().unwrap_or(Curve::IDENTITY);
        fit.thresholds[label] = head.meta.thresholds[label];
    }
    fit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LabelScheme;
    use crate::head::HeadMeta;
    use crate::tokenization::segment;

    #[test]
    fn labels_are_named_by_words_alone() {
        let text = "pain , 5";
        let document = |sets: [&[usize]; 3]| GoldDocument {
            text: text.into(),
            words: segment(text),
            sets: sets.iter().map(|set| set.iter().copied().collect()).collect(),
        };
        let rows: [(&[GoldDocument], &[usize]); 4] = [
            (&[], &[]),
            (&[document([&[], &[], &[]])], &[]),
            (&[document([&[], &[1], &[]])], &[]),
            (&[document([&[0], &[1], &[]]), document([&[], &[], &[2]])], &[0, 2]),
        ];
        for (documents, expected) in rows {
            assert_eq!(named(documents), expected.iter().copied().collect(), "{documents:?}");
        }
    }

    #[test]
    fn a_label_that_gold_does_not_name_stays_as_it_was() {
        let scheme = LabelScheme::from_names("s", &["named", "other"]).unwrap();
        let head = Head::new(HeadMeta::fresh(scheme, ""), 2, None, &[0.3, 0.6], 1).unwrap();
        let mut head = head.calibrated(&[Platt { scale: 0.5, shift: 0.7 }, Platt { scale: 2.0, shift: -1.0 }]).unwrap();
        let curve = Curve::IDENTITY.then(Platt { scale: 0.5, shift: 1.0 });
        head = head.with_curves(vec![Curve::IDENTITY, curve]);
        head.meta.thresholds = vec![0.2, 0.7];
        let mut folds = vec![HeldOut::new(2); 2];
        (0..40).for_each(|cell| folds[cell % 2].add(0, cell as f32 / 10.0 - 2.0, cell % 3 == 0));
        let fit = keep_unnamed(cross_fit(&folds, 2), &head, [0].into_iter().collect());
        let tuned = head.uncalibrated().unwrap().fitted(&fit).unwrap();
        let vectors = [1.0, -2.0, 0.5, 3.0];
        let shown = |head: &Head| head.probabilities(&vectors).unwrap();
        for (before, after) in shown(&head).chunks(2).zip(shown(&tuned).chunks(2)) {
            assert!((before[1] - after[1]).abs() < 1e-5 && (before[0] - after[0]).abs() > 1e-3, "{before:?} {after:?}");
        }
        assert_eq!(tuned.meta.thresholds[1], 0.7);
        assert_ne!(tuned.meta.thresholds[0], 0.2);
        assert_eq!(fit.labels[1].brier(), None, "no cell of it was judged");
    }
}

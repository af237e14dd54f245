//! `chartmark evaluate`.

mod paired;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;

use super::args::{EvaluateArguments, Shared};
use super::gold::read_gold;
use super::progress::Bar;
use super::setup::{load, source};
use super::tell::{Usage, print};
use crate::domain::{LabelScheme, Predictions, visible};
use crate::encoder::ModelSource;
use crate::formats::spans::unknown_labels;
use crate::formats::{GoldDocument, word_sets};
use crate::head::Head;
use crate::head::calibration::Platt;
use crate::head::loss::sigmoid;
use crate::inference::Model;
use crate::metrics::{Evaluation, LabelCounts};
use crate::tokenization::segment;

/// One model's figures.
#[derive(Serialize)]
struct Evaluated {
    name: String,
    #[serde(flatten)]
    evaluation: Evaluation,
    /// Counts of each document.
    #[serde(skip)]
    documents: Vec<LabelCounts>,
}

/// Holds the predictions of one model, or two, against gold.
///
/// # Errors
/// When the gold or a model can't be used, or more than two models are given.
pub fn run(arguments: &EvaluateArguments, shared: &Shared) -> Result<()> {
    if arguments.model.len() > 2 {
        bail!(Usage("two models can be compared; give --model once or twice".into()));
    }
    let gold = read_gold(&arguments.gold)?;
    let evaluate_source = |source: &ModelSource| evaluate(&load(source, shared)?, &gold);
    let sources: Vec<ModelSource> = match arguments.model.as_slice() {
        [] => vec![source(shared)],
        paths => paths.iter().map(PathBuf::clone).map(ModelSource::Directory).collect(),
    };
    let models = sources.iter().map(evaluate_source).collect::<Result<Vec<_>>>()?;
    match models.as_slice() {
        [a, b] => paired::report(a, b, arguments.json),
        _ => models.iter().try_for_each(|model| match arguments.json {
            true => print_json(&model.evaluation),
            false => print(format_args!("{}\n{}", visible(&model.name), model.evaluation)),
        }),
    }
}

/// Predicts every document and counts. Labels that only gold knows are misses.
///
/// # Errors
/// When the model has learned no labels, or a computation fails.
fn evaluate(model: &Model, gold: &[GoldDocument]) -> Result<Evaluated> {
    let Some(head) = model.head() else {
        bail!("the model {} has learned no labels yet, so there is nothing to evaluate; train it first", model.name)
    };
    let known = &head.meta.scheme;
    let spans = gold.iter().flat_map(|gold| gold.spans.iter().flatten());
    let names: Vec<&str> = known.names().chain(unknown_labels(spans, known)).collect();
    let scheme = LabelScheme::from_names("evaluation", &names).context("the labels of model and gold together can't be used")?;
    let (mut evaluation, mut bar) = (Evaluation::new(names), Bar::new());
    let total = gold.len();
    let mut count = |(done, gold): (usize, &GoldDocument)| -> Result<LabelCounts> {
        let text = &gold.document.text;
        let words = segment(text);
        let predictions = model.predict(head, text, &words)?;
        let predicted = predictions.sets(&head.meta.thresholds);
        let truth = word_sets(&words, gold.spans.as_deref().unwrap_or_default(), &scheme);
        bar.set(done + 1, total, "documents");
        evaluation.add(&words, &truth, &predicted);
        evaluation.add_probabilities(&words, &truth, &predictions, uncalibrated(head, &predictions).as_ref());
        Ok(LabelCounts::of_document(&words, &truth, &predicted))
    };
    let documents = gold.iter().enumerate().map(&mut count).collect::<Result<_>>()?;
    bar.finish();
    Ok(Evaluated { name: model.name.clone(), evaluation, documents })
}

/// What the head said before it was calibrated: each label's curve and map taken back. `None` for a head without a calibration.
fn uncalibrated(head: &Head, predictions: &Predictions) -> Option<Predictions> {
    let maps = &head.meta.calibration;
    if maps.is_empty() {
        return None;
    }
    let bend = head.bend();
    let before = |(label, (&probability, map)): (usize, (&f32, &Platt))| {
        let logit = (bend.undo(label, (probability / (1.0 - probability)).ln()) - map.shift) / map.scale;
        sigmoid(logit)
    };
    let rows = (0..predictions.words()).filter_map(|word| predictions.word(word));
    let rows = rows.flat_map(|row| row.iter().zip(maps).enumerate().map(before)).collect();
    Some(Predictions::new(predictions.version, predictions.labels(), rows))
}

fn print_json(value: &impl Serialize) -> Result<()> {
    print(serde_json::to_string(value)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::{Curve, HeadMeta};

    #[test]
    fn the_calibration_is_taken_back() {
        let scheme = LabelScheme::from_names("s", &["a", "b"]).unwrap();
        let head = Head::new(HeadMeta::fresh(scheme, ""), 2, None, &[0.3, 0.6], 1).unwrap();
        let vectors = [1.0, -2.0, 0.5, 3.0, 90.0, -900.0];
        let of = |head: &Head| Predictions::new(0, 2, head.probabilities(&vectors).unwrap());
        assert_eq!(uncalibrated(&head, &of(&head)), None);
        let calibrated = head.calibrated(&[Platt { scale: 0.5, shift: 0.7 }, Platt { scale: 2.0, shift: -1.0 }]).unwrap();
        let curve = Curve::IDENTITY.then(Platt { scale: 0.5, shift: 1.0 });
        let bent = calibrated.clone().with_curves(vec![curve, Curve::IDENTITY]);
        for shown in [calibrated, bent] {
            let (found, expected) = (uncalibrated(&shown, &of(&shown)).unwrap(), of(&head));
            for word in 0..3 {
                let pairs = found.word(word).unwrap().iter().zip(expected.word(word).unwrap());
                assert!(pairs.clone().all(|(a, b)| (a - b).abs() < 1e-3), "{found:?} {expected:?}");
            }
        }
    }
}

//! `chartmark train --gold FILE --scope thresholds`.

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Result, bail};

use super::base;
use crate::cli::args::{Shared, TrainArguments};
use crate::cli::cache;
use crate::cli::gold::{read_gold, tell_left_out, to_training};
use crate::cli::progress::Bar;
use crate::cli::setup::{precision, vacant};
use crate::cli::tell::{Usage, counted, tell};
use crate::domain::{LabelScheme, visible};
use crate::encoder::DeviceChoice;
use crate::formats::GoldDocument;
use crate::formats::spans::unknown_labels;
use crate::inference::Model;
use crate::inference::model::description;
use crate::metrics::Calibration;
use crate::training::tuned::{Tunable, Tuned, tune};

/// Calibrates the heads of `--base` (the bundled model's without it) on held-out gold, tunes their thresholds, and
/// writes the model to `out`. Gold is for the head that `--scheme` names, else for the one that has all its labels.
pub fn run(arguments: &TrainArguments, shared: &Shared, out: &Path) -> Result<()> {
    vacant(out)?;
    let source = base(arguments, shared);
    let mut model = Model::load(&source, &DeviceChoice::from(shared.device).open()?, precision(shared))?;
    cache::keep(&mut model.encoder, shared);
    let schemes: Vec<&LabelScheme> = model.heads.iter().map(|head| &head.meta.scheme).collect();
    let mut gold = vec![Vec::new(); model.heads.len()];
    for path in &arguments.gold {
        let documents = read_gold(path)?;
        let chosen = choose(&schemes, shared.scheme.as_deref(), &documents, path)?;
        tell_left_out(path, &documents, schemes[chosen]);
        gold[chosen].extend(to_training(&documents, schemes[chosen]));
    }
    let weights = source.weights_as_safetensors()?;
    let training = description(&source)?.map(|description| description.training).unwrap_or_default();
    let tunable =
        Tunable { encoder: &model.encoder, encode: model.encode, weights: &weights, heads: &model.heads, training: &training };
    let mut bar = Bar::new();
    let found = tune(tunable, &gold, out, |done, total| {
        bar.set(done, total, "documents read");
        ControlFlow::Continue(())
    })?;
    bar.finish();
    for (scheme, tuned) in schemes.iter().zip(&found) {
        tuned.iter().flat_map(|tuned| report(scheme, tuned)).for_each(tell);
    }
    tell(format_args!("{} holds the model", out.display()));
    Ok(())
}

/// Which head gold is for: that of the scheme called `name`, else the only one whose labels cover it.
fn choose(schemes: &[&LabelScheme], name: Option<&str>, documents: &[GoldDocument], path: &Path) -> Result<usize> {
    let all = || (0..schemes.len()).collect::<Vec<_>>();
    let names =
        |heads: &[usize]| heads.iter().map(|&head| format!("'{}'", visible(&schemes[head].name))).collect::<Vec<_>>().join(", ");
    let none = |what: String| match schemes.is_empty() {
        true => "the model has no head yet, so there is nothing to calibrate; train one with --scope head".to_owned(),
        false => format!("{what}; its schemes are {}", names(&all())),
    };
    if let Some(name) = name {
        let found = schemes.iter().position(|scheme| scheme.name == name);
        return found.ok_or_else(|| Usage(none(format!("no head of the model has the scheme '{}'", visible(name)))).into());
    }
    match all().into_iter().filter(|&head| covers(schemes[head], documents)).collect::<Vec<_>>().as_slice() {
        &[one] => Ok(one),
        [] => bail!(none(format!("no head of the model has all labels of {}", path.display()))),
        several => bail!(Usage(format!(
            "several heads of the model have all labels of {}: {}; name the one to calibrate with --scheme. Nothing was written",
            path.display(),
            names(several)
        ))),
    }
}

/// What was found for a head, line by line.
fn report(scheme: &LabelScheme, tuned: &Tuned) -> Vec<String> {
    let Tuned { fit, named } = tuned;
    let [before, after] = [fit.figures.uncalibrated, fit.figures.calibrated].map(|found| {
        let (f1, error, brier) = (found.micro_f1, figure(found.expected_error, 4), figure(found.brier, 5));
        format!("micro-F1 {f1:.4}, calibration error {error}, Brier score {brier}")
    });
    let label = |(index, (name, label)): (usize, (&str, &Calibration))| {
        let name = visible(name);
        if !named.contains(index) {
            return format!("  {name}: no word of the gold has it, so its calibration and threshold stay as they were");
        }
        let [error, chance] = [label.expected_error(), label.chance_error()].map(|error| figure(error, 4));
        format!(
            "  {name}: calibration error {error} on {}, of which chance makes {chance}",
            counted(label.shown() as usize, "cell")
        )
    };
    let heading = format!("{}, cross-fitted: {after} (before: {before})", visible(&scheme.name));
    std::iter::once(heading).chain(scheme.names().zip(&fit.labels).enumerate().map(label)).collect()
}

/// A figure with so many decimals; a dash where there is nothing that it could be taken over.
fn figure(figure: Option<f64>, decimals: usize) -> String {
    figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.decimals$}"))
}

/// Whether a scheme has every label that gold uses.
fn covers(scheme: &LabelScheme, documents: &[GoldDocument]) -> bool {
    unknown_labels(documents.iter().flat_map(|gold| gold.spans.iter().flatten()), scheme).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Document, Span};
    use crate::head::{HeldOut, cross_fit};

    fn scheme(name: &str, labels: &[&str]) -> LabelScheme {
        LabelScheme::from_names(name, labels).unwrap()
    }

    #[test]
    fn gold_is_for_the_head_that_is_named_or_the_only_one_that_covers_it() {
        let (clinical, events) = (scheme("clinical", &["drug", "sign"]), scheme("events", &["drug", "event"]));
        let schemes = [&clinical, &events];
        let both = "clinical', 'events'";
        type Row = (Option<&'static str>, &'static [&'static str], Result<usize, &'static str>);
        let rows: [Row; 7] = [
            (None, &["sign"], Ok(0)),
            (None, &["drug", "event"], Ok(1)),
            (None, &["drug"], Err(both)),
            (None, &["dose"], Err("has all labels of g.jsonl; its schemes are 'clinical'")),
            (Some("events"), &["drug"], Ok(1)),
            (Some("events"), &["sign"], Ok(1)),
            (Some("ward"), &["drug"], Err("the scheme 'ward'; its schemes are 'clinical'")),
        ];
        for (name, labels, expected) in rows {
            let span = |label: &&str| Span { start: 0, end: 1, label: (*label).to_owned() };
            let spans = Some(labels.iter().map(span).collect());
            let gold = GoldDocument { spans, ..GoldDocument::unlabelled(Document::new("d", "a")) };
            let found = choose(&schemes, name, &[gold], Path::new("g.jsonl")).map_err(|error| error.to_string());
            match (&found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(*found, expected, "{name:?} {labels:?}"),
                (Err(error), Err(words)) => assert!(error.contains(words), "{name:?} {labels:?}: {error}"),
                _ => panic!("{name:?} {labels:?}: {found:?}"),
            }
        }
        let error = choose(&[], None, &[], Path::new("g.jsonl")).unwrap_err().to_string();
        assert!(error.contains("no head yet"), "{error}");
    }

    #[test]
    fn what_nothing_was_measured_on_has_a_dash() {
        // The first label has cells, none of them of 5% or more; the second is not named at all.
        let mut folds = vec![HeldOut::new(2); 2];
        (0..20).for_each(|cell| folds[cell % 2].add(0, -9.0, false));
        let tuned = Tuned { fit: cross_fit(&folds, 2), named: [0].into_iter().collect() };
        let lines = report(&scheme("s", &["low", "other"]), &tuned);
        assert!(lines[0].contains("calibration error –, Brier score 0.0000"), "{lines:?}");
        assert_eq!(lines[1], "  low: calibration error – on 0 cells, of which chance makes –");
        assert_eq!(lines[2], "  other: no word of the gold has it, so its calibration and threshold stay as they were");
    }
}

//! `chartmark train --gold FILE --scope thresholds`.

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::cli::args::{Shared, TrainArguments};
use crate::cli::cache;
use crate::cli::gold::{read_gold, to_training};
use crate::cli::progress::Bar;
use crate::cli::setup::precision;
use crate::cli::tell::tell;
use crate::domain::{LabelScheme, visible};
use crate::encoder::{DeviceChoice, ModelSource};
use crate::formats::GoldDocument;
use crate::formats::spans::unknown_labels;
use crate::inference::model::description;
use crate::inference::{Model, bundled};
use crate::training::tuned::{Tunable, tune};

/// Calibrates the heads of `--base` (the bundled model's without it) on held-out gold, tunes their thresholds, and
/// writes the model to `out`.
pub fn run(arguments: &TrainArguments, shared: &Shared, out: &Path) -> Result<()> {
    if out.join("model.safetensors").exists() {
        bail!("{} holds a model already; give --out another directory", out.display());
    }
    let source = arguments.base.clone().or_else(|| shared.model.clone()).map_or_else(bundled, ModelSource::Directory);
    let mut model = Model::load(&source, &DeviceChoice::from(shared.device).open()?, precision(shared))?;
    cache::keep(&mut model.encoder, shared);
    let mut gold = vec![Vec::new(); model.heads.len()];
    for path in &arguments.gold {
        let documents = read_gold(path)?;
        let chosen = model.heads.iter().position(|head| covers(&head.meta.scheme, &documents));
        let chosen = chosen.with_context(|| {
            let names: Vec<String> = model.heads.iter().map(|head| format!("'{}'", visible(&head.meta.scheme.name))).collect();
            format!("no head of the model has all labels of {}; its schemes are {}", path.display(), names.join(", "))
        })?;
        gold[chosen].extend(to_training(&documents, &model.heads[chosen].meta.scheme));
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
    for (head, fit) in model.heads.iter().zip(&found) {
        let Some(fit) = fit else { continue };
        let [before, after] = [fit.figures.uncalibrated, fit.figures.calibrated].map(|figure| {
            let error = figure.expected_error.unwrap_or_default();
            format!(
                "micro-F1 {:.4}, calibration error {error:.4}, Brier score {:.5}",
                figure.micro_f1,
                figure.brier.unwrap_or_default()
            )
        });
        tell(format_args!("{}, cross-fitted: {after} (before: {before})", visible(&head.meta.scheme.name)));
        for (name, label) in head.meta.scheme.names().zip(&fit.labels) {
            let [error, chance] = [label.expected_error(), label.chance_error()].map(Option::unwrap_or_default);
            let (name, cells) = (visible(name), label.shown());
            tell(format_args!("  {name}: calibration error {error:.4} on {cells} cells, of which chance makes {chance:.4}"));
        }
    }
    tell(format_args!("{} holds the model", out.display()));
    Ok(())
}

/// Whether a scheme has every label that gold uses.
fn covers(scheme: &LabelScheme, documents: &[GoldDocument]) -> bool {
    unknown_labels(documents.iter().flat_map(|gold| gold.spans.iter().flatten()), scheme).is_empty()
}

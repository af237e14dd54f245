//! `chartmark train --gold FILE --scope head`.

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Result, bail};

use super::describe;
use crate::cli::args::{Shared, TrainArguments};
use crate::cli::progress::Bar;
use crate::cli::tell::tell;
use crate::encoder::{DeviceChoice, ModelSource};
use crate::head::HeadTraining;
use crate::inference::{Model, bundled};
use crate::training::{FitProgress, FrozenTraining, Gold, fit_head};

/// What a fit takes unless told otherwise.
const PASSES: usize = 15;
const LEARNING_RATE: f32 = 2e-3;
const BATCH: usize = 256;
/// Width of the hidden layer: labels that the encoder was not tuned for are not linear in its vectors.
const HIDDEN: usize = 256;

/// Fits a head above the encoder of `--base` (the bundled one without it) and writes the model to `out`.
pub fn run(arguments: &TrainArguments, shared: &Shared, gold: &Gold<'_>, out: &Path) -> Result<()> {
    if out.join("model.safetensors").exists() {
        bail!("{} holds a model already; give --out another directory", out.display());
    }
    let source = arguments.base.clone().or_else(|| shared.model.clone()).map_or_else(bundled, ModelSource::Directory);
    let device = DeviceChoice::from(shared.device).open()?;
    let model = Model::load(&source, &device)?;
    let weights = source.weights_as_safetensors()?;
    let settings = FrozenTraining {
        hidden: Some(HIDDEN),
        head: HeadTraining {
            passes: arguments.epochs.map_or(PASSES, Into::into),
            batch: arguments.batch.map_or(BATCH, Into::into),
            least_steps: 0,
            learning_rate: arguments.lr.unwrap_or(LEARNING_RATE),
            decay: 0.01,
            seed: arguments.seed.unwrap_or(0),
        },
    };
    let mut encode = model.encode;
    encode.pooling = arguments.pooling.map_or(encode.pooling, Into::into);
    let mut bar = Bar::new();
    let watch = |progress: FitProgress<'_>| {
        match progress {
            FitProgress::Encoded(done, total) => bar.set(done, total, "documents read"),
            FitProgress::Step(done, total) => bar.set(done, total, "learning"),
            FitProgress::Pass(report) if report.micro_f1.is_some() => bar.line(&describe(report)),
            FitProgress::Pass(_) => {}
        }
        ControlFlow::Continue(())
    };
    let reports = fit_head((&model.encoder, encode, &weights), gold, &settings, out, watch)?;
    bar.finish();
    if let Some(best) = reports.iter().rev().find(|report| report.best) {
        tell(format_args!("{} holds the model of pass {}", out.display(), best.epoch));
    }
    Ok(())
}

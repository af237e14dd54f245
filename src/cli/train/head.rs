//! `chartmark train --gold FILE --scope head`.

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Result;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{base, describe};
use crate::cli::args::{HeadArgument, Shared, TrainArguments};
use crate::cli::cache;
use crate::cli::progress::Bar;
use crate::cli::setup::{precision, vacant};
use crate::cli::tell::tell;
use crate::encoder::DeviceChoice;
use crate::head::HeadTraining;
use crate::inference::Model;
use crate::training::{FitProgress, FrozenTraining, Gold, Tried, fit_head};

/// What a fit takes unless told otherwise.
const PASSES: usize = 15;
const LEARNING_RATE: f32 = 2e-3;
const BATCH: usize = 256;
/// Unless told otherwise there is a hidden layer: labels that the encoder was not tuned for are not linear in its vectors.
const HEAD: HeadArgument = HeadArgument::Mlp(256);
/// Settings that `--tune` tries, the usual ones among them.
const CANDIDATES: usize = 12;

/// Fits a head above the encoder of `--base` (the bundled one without it) and writes the model to `out`.
pub fn run(arguments: &TrainArguments, shared: &Shared, gold: &Gold<'_>, out: &Path) -> Result<()> {
    vacant(out)?;
    let source = base(arguments, shared);
    let device = DeviceChoice::from(shared.device).open()?;
    let mut model = Model::load(&source, &device, precision(shared))?;
    cache::keep(&mut model.encoder, shared);
    let weights = source.weights_as_safetensors()?;
    let settings = FrozenTraining {
        hidden: arguments.head.unwrap_or(HEAD).hidden(),
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
    let candidates = if arguments.tune { candidates(settings) } else { vec![settings] };
    let mut bar = Bar::new();
    if arguments.tune {
        bar.line("head       rate    decay  batch  passes  held-out micro-F1");
    }
    let watch = |progress: FitProgress<'_>| {
        match progress {
            FitProgress::Encoded(done, total) => bar.set(done, total, "documents read"),
            FitProgress::Tried(done, total, tried) => {
                bar.line(&row(tried));
                bar.set(done, total, "settings tried");
            }
            FitProgress::Fold(done, total) => bar.set(done, total, "calibrating"),
            FitProgress::Step(done, total) => bar.set(done, total, "learning"),
            FitProgress::Pass(report) if report.micro_f1.is_some() => bar.line(&describe(report)),
            FitProgress::Pass(_) => {}
        }
        ControlFlow::Continue(())
    };
    let reports = fit_head((&model.encoder, encode, &weights), gold, &candidates, out, watch)?;
    bar.finish();
    if let Some(best) = reports.iter().rev().find(|report| report.best) {
        tell(format_args!("{} holds the model of pass {}", out.display(), best.epoch));
    }
    Ok(())
}

/// The usual settings and others drawn around them, always the same for a seed (Bergstra & Bengio, "Random search for
/// hyper-parameter optimization", JMLR 2012).
fn candidates(usual: FrozenTraining) -> Vec<FrozenTraining> {
    let mut generator = ChaCha8Rng::seed_from_u64(usual.head.seed);
    let mut others = || {
        let mut pick = |choices: &[usize]| choices.choose(&mut generator).copied().unwrap_or_default();
        let (hidden, batch, passes) = (pick(&[0, 64, 128, 256, 512]), pick(&[128, 256, 512]), pick(&[8, 15, 25]));
        let decay = [0.0, 0.01, 0.1][pick(&[0, 1, 2])];
        let learning_rate = 5e-4 * 10f32.powf(generator.random_range(0.0..1.0));
        let head = HeadTraining { passes, batch, learning_rate, decay, ..usual.head };
        FrozenTraining { hidden: (hidden > 0).then_some(hidden), head }
    };
    let linear = FrozenTraining { hidden: None, ..usual };
    [usual, linear].into_iter().chain(std::iter::from_fn(|| Some(others()))).take(CANDIDATES).collect()
}

/// A line of the table of `--tune`.
fn row(tried: &Tried) -> String {
    let FrozenTraining { hidden, head } = tried.settings;
    let kind = hidden.map_or_else(|| "linear".into(), |width| format!("mlp:{width}"));
    let HeadTraining { learning_rate, decay, batch, passes, .. } = head;
    format!("{kind:<9}  {learning_rate:.1e}  {decay:>5}  {batch:>5}  {passes:>6}  {:.4}", tried.micro_f1)
}

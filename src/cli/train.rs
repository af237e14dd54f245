//! `chartmark train`.

mod encoder;
mod head;
mod project;

use std::path::Path;

use anyhow::{Result, bail};

use super::args::{ScopeArgument, Shared, TrainArguments};
use super::tell::Usage;
use crate::training::{EpochReport, Gold};

use super::gold::{read_gold, scheme_to_learn, to_training};

/// Trains what the arguments ask for.
pub fn run(arguments: &TrainArguments, shared: &Shared) -> Result<()> {
    let Some(path) = &arguments.gold else {
        if arguments.scope == ScopeArgument::Encoder {
            bail!(Usage(
                "--scope encoder learns from gold: give --gold FILE, which `chartmark export --to gold` can write".into()
            ));
        }
        return project::run(arguments.path.as_deref(), shared);
    };
    let out = arguments.out.as_deref().unwrap_or(Path::new("chartmark-model"));
    let train = read_gold(path)?;
    let dev = arguments.dev.as_deref().map(read_gold).transpose()?.unwrap_or_default();
    let scheme = scheme_to_learn(path, &train, shared)?;
    let (train, dev) = (to_training(&train, &scheme), to_training(&dev, &scheme));
    let gold = Gold { scheme: &scheme, train: &train, dev: &dev };
    match arguments.scope {
        ScopeArgument::Encoder => encoder::run(arguments, shared, &gold, out),
        ScopeArgument::Head => head::run(arguments, shared, &gold, out),
    }
}

/// An epoch in a line.
fn describe(report: &EpochReport) -> String {
    let dev = match (report.micro_f1, report.macro_f1) {
        (Some(micro), Some(average)) => {
            format!(", dev micro-F1 {micro:.4}, macro-F1 {average:.4}{}", if report.best { ", the best so far" } else { "" })
        }
        _ => String::new(),
    };
    format!("epoch {}: loss {:.4}{dev}", report.epoch, report.loss)
}

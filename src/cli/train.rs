//! `chartmark train`.

mod encoder;
mod flags;
mod head;
mod project;
mod thresholds;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::args::{ScopeArgument, Shared, TrainArguments};
use super::setup::source;
use super::tell::Usage;
use crate::domain::{LabelScheme, visible};
use crate::encoder::ModelSource;
use crate::training::{EpochReport, Gold, GoldDocument};

use super::gold::{read_gold, scheme_names, scheme_to_learn, to_training};

/// Trains what the arguments ask for.
///
/// # Errors
/// When it can't be trained, or a flag goes with another scope.
pub fn run(arguments: &TrainArguments, shared: &Shared) -> Result<()> {
    flags::fit(arguments)?;
    if arguments.gold.is_empty() {
        if arguments.scope != ScopeArgument::Head {
            bail!(Usage("this --scope learns from gold: give --gold FILE, which `chartmark export --to gold` can write".into()));
        }
        return project::run(arguments.path.as_deref(), shared);
    }
    let out = arguments.out.as_deref().unwrap_or(Path::new("chartmark-model"));
    if arguments.scope == ScopeArgument::Thresholds {
        return thresholds::run(arguments, shared, out);
    }
    if !arguments.dev.is_empty() && arguments.dev.len() != arguments.gold.len() {
        bail!(Usage("give --dev once for each --gold, in the same order, or not at all".into()));
    }
    if arguments.gold.len() > 1 && shared.scheme.is_some() {
        bail!(Usage("--scheme names one scheme; with several --gold each file's own labels make its scheme".into()));
    }
    let dev = arguments.dev.iter().map(Some).chain(std::iter::repeat(None));
    let read = arguments.gold.iter().zip(dev).map(|(gold, dev)| Labelled::read(gold, dev.map(PathBuf::as_path), shared));
    let names = scheme_names(&arguments.gold)?;
    let mut read = read.collect::<Result<Vec<_>>>()?;
    if let [_, _, ..] = read.as_slice() {
        read.iter_mut().zip(names).for_each(|(labelled, name)| labelled.scheme.name = name);
    }
    let gold: Vec<Gold<'_>> = read.iter().map(Labelled::gold).collect();
    match (arguments.scope, gold.as_slice()) {
        (ScopeArgument::Encoder, gold) => encoder::run(arguments, shared, gold, out),
        (ScopeArgument::Head, [gold]) => head::run(arguments, shared, gold, out),
        (ScopeArgument::Head | ScopeArgument::Thresholds, _) => {
            bail!(Usage("--scope head fits one head: give --gold once, or --scope encoder for several".into()))
        }
    }
}

/// The model to start from: `--base`, else the one that every command uses.
fn base(arguments: &TrainArguments, shared: &Shared) -> ModelSource {
    arguments.base.clone().map_or_else(|| source(shared), ModelSource::Directory)
}

/// A scheme with its gold.
struct Labelled {
    scheme: LabelScheme,
    train: Vec<GoldDocument>,
    dev: Vec<GoldDocument>,
}

impl Labelled {
    fn read(gold: &Path, dev: Option<&Path>, shared: &Shared) -> Result<Self> {
        let train = read_gold(gold)?;
        let dev = dev.map(read_gold).transpose()?.unwrap_or_default();
        let scheme = scheme_to_learn(gold, &train, shared)?;
        let (train, dev) = (to_training(&train, &scheme), to_training(&dev, &scheme));
        Ok(Self { scheme, train, dev })
    }

    fn gold(&self) -> Gold<'_> {
        Gold { scheme: &self.scheme, train: &self.train, dev: &self.dev, start: None }
    }
}

/// An epoch in a line.
fn describe(report: &EpochReport) -> String {
    let dev = match (report.micro_f1, report.macro_f1) {
        (Some(micro), Some(average)) => {
            let each: String = report.schemes.iter().map(|(name, micro)| format!(", {} {micro:.4}", visible(name))).collect();
            format!(
                ", dev micro-F1 {micro:.4}, macro-F1 {average:.4}{each}{}",
                if report.best { ", the best so far" } else { "" }
            )
        }
        _ => String::new(),
    };
    format!("epoch {}: loss {:.4}{dev}", report.epoch, report.loss)
}

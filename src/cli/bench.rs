//! `chartmark bench`.

mod encoder;
mod head;
mod machine;
mod predict;
mod ui;

use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use serde_json::json;

use super::args::{BenchCommand, BenchTrainingArguments, Shared};
use super::setup::source;
use super::tell::print;
use crate::encoder::{BertConfig, DeviceChoice, Encoder, Purpose};
use crate::inference::bench::Workload;
use crate::training::{EncoderTraining, pace};

/// Passes that are timed, after one to warm up.
const PASSES: usize = 5;

/// Measures what the arguments ask for.
///
/// # Errors
/// When the model or the ids can't be used.
pub fn run(command: &BenchCommand, shared: &Shared) -> Result<()> {
    match command {
        BenchCommand::Encoder(arguments) => encoder::run(arguments, shared),
        BenchCommand::Training(arguments) => training(arguments, shared),
        BenchCommand::Head(arguments) => head::run(arguments, shared),
        BenchCommand::Predict(arguments) => predict::run(arguments, shared),
        BenchCommand::Ui(arguments) => ui::run(arguments, shared),
    }
}

/// Times the steps of `train --scope encoder`.
fn training(arguments: &BenchTrainingArguments, shared: &Shared) -> Result<()> {
    let (source, device) = (source(shared), DeviceChoice::from(shared.device).open()?);
    let encoder = Encoder::load(&source, &device, Purpose::Training)
        .with_context(|| format!("the model {} can't be used", source.path().display()))?;
    let config = &encoder.bert.config;
    let workload = match &arguments.ids {
        Some(path) => read(path, config)?,
        None => Workload::standard(config),
    };
    let settings = EncoderTraining::standard(config.positions);
    let found = Timing::new(pace::steps(encoder, workload.sequences(), &settings, PASSES)?, workload.tokens());
    let (tokens, threads) = (workload.tokens(), rayon::current_num_threads());
    if arguments.json {
        let value = json!({
            "tokens": tokens,
            "passes": found.passes,
            "tokens_per_second": {"best": found.best, "median": found.median},
            "threads": threads,
            "subwords_a_step": settings.subwords,
        });
        return print(value.to_string() + "\n");
    }
    print(format_args!("{tokens} subwords, {PASSES} passes, {threads} threads, fp32\n{}", found.row("training")))
}

/// Reads a JSON list of lists of subword ids.
fn read(path: &Path, config: &BertConfig) -> Result<Workload> {
    let name = path.display();
    let json = std::fs::read(path).with_context(|| format!("{name} can't be read; check the path behind --ids"))?;
    let sequences = serde_json::from_slice(&json)
        .with_context(|| format!("{name} is not a JSON list of lists of subword ids, e.g. [[101,2045,102]]"))?;
    Workload::new(sequences, config).map_err(|what| anyhow!("{name} can't be encoded: {what}"))
}

/// Seconds a pass, and what they come to.
struct Timing {
    passes: Vec<f64>,
    /// Subwords a second.
    best: f64,
    median: f64,
}

impl Timing {
    fn new(passes: Vec<f64>, tokens: usize) -> Self {
        let mut rates: Vec<f64> = passes.iter().map(|seconds| tokens as f64 / seconds).collect();
        rates.sort_by(f64::total_cmp);
        let (best, median) = (rates.last().copied().unwrap_or(0.0), rates.get(rates.len() / 2).copied().unwrap_or(0.0));
        Self { passes, best, median }
    }

    /// The shortest and the longest pass, in seconds.
    fn ends(&self) -> [f64; 2] {
        let least = self.passes.iter().copied().fold(f64::INFINITY, f64::min);
        [least, self.passes.iter().copied().fold(0.0, f64::max)]
    }

    fn row(&self, name: &str) -> String {
        let worst = self.best * self.ends()[0] / self.ends()[1];
        format!("{name:<20}  best {:>7.0}  median {:>7.0}  worst {worst:>7.0} subwords/s\n", self.best, self.median)
    }
}

//! `chartmark bench encoder`.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{PASSES, Timing, machine, read};
use crate::cli::args::{BenchEncoderArguments, Shared};
use crate::cli::setup::{precision, source};
use crate::cli::tell::print;
use crate::encoder::{Bert, BertConfig, DeviceChoice, Purpose};
use crate::inference::bench::{self, Profile, Workload};

/// Passes of candle-transformers' BERT, which takes longer.
const STOCK_PASSES: usize = 2;

/// Times the encoder, and candle-transformers' BERT beside it.
///
/// # Errors
/// When the model or the ids can't be used.
pub fn run(arguments: &BenchEncoderArguments, shared: &Shared) -> Result<()> {
    let (source, device) = (source(shared), DeviceChoice::from(shared.device).open()?);
    let unusable = || format!("the model {} can't be used", source.path().display());
    let config = source.require("config.json").and_then(|json| BertConfig::from_json(&json)).with_context(unusable)?;
    let workload = match &arguments.ids {
        Some(path) => read(path, &config)?,
        None => Workload::standard(&config),
    };
    let (mut weights, _) = source.weights().with_context(unusable)?;
    let bert = Bert::new(&config, &mut weights, &device, Purpose::Prediction(precision(shared))).with_context(unusable)?;
    let tokens = workload.tokens();
    let ours = Timing::new(bench::encoder(&bert, &workload, PASSES)?, tokens);
    let memory = machine::peak_memory();
    let profile = bench::profile(&bert, &workload)?;
    let (threads, precision) = (rayon::current_num_threads(), bert.precision().name());
    if arguments.json {
        let [least, most] = ours.ends();
        let value = json!({
            "tokens": tokens,
            "passes": ours.passes,
            "tokens_per_second": {"best": ours.best, "median": ours.median, "worst": tokens as f64 / most},
            "seconds": {"best": least, "median": tokens as f64 / ours.median, "worst": most},
            "threads": threads,
            "precision": precision,
            "peak_memory_bytes": memory,
            "profile": profile.map(|profile| described(&profile, &ours, tokens)),
            "machine": machine::json(),
        });
        return print(value.to_string() + "\n");
    }
    let machine = machine::name();
    print(format_args!(
        "{tokens} subwords, {PASSES} passes, {threads} threads, {precision}, {machine}\n{}",
        ours.row("Chartmark")
    ))?;
    if let Some(profile) = profile {
        print(table(&profile, &ours, tokens))?;
    }
    if let Some(memory) = memory {
        print(format_args!("peak memory {} MB\n", memory / 1_000_000))?;
    }
    drop(bert);
    let (weights, _) = source.weights().with_context(unusable)?;
    let stock = Timing::new(bench::stock(&config, weights, &device, &workload, STOCK_PASSES)?, tokens);
    print(format_args!("{}{:.2} times as fast\n", stock.row("candle-transformers"), ours.best / stock.best))
}

/// Shares of the time of all threads: products, attention, the rest.
fn shares(profile: &Profile) -> [f64; 3] {
    let [products, attention, rest] = [profile.shares.products, profile.shares.attention, profile.shares.rest];
    let all = products + attention + rest;
    [products / all, attention / all, rest / all]
}

/// The share of the median pass that its products would take at the machine's best rate.
fn of_bound(profile: &Profile, ours: &Timing, tokens: usize) -> f64 {
    profile.bound * ours.median / tokens as f64
}

fn described(profile: &Profile, ours: &Timing, tokens: usize) -> Value {
    let [products, attention, rest] = shares(profile);
    json!({
        "shares": {"products": products, "attention": attention, "rest": rest},
        "best_operations_per_second": {"products": profile.peak[0], "fp32": profile.peak[1]},
        "bound_tokens_per_second": tokens as f64 / profile.bound,
        "of_bound": of_bound(profile, ours, tokens),
    })
}

fn table(profile: &Profile, ours: &Timing, tokens: usize) -> String {
    let [products, attention, rest] = shares(profile).map(|share| 100.0 * share);
    let [best, _] = profile.peak.map(|rate| rate / 1e9);
    let (bound, of_bound) = (tokens as f64 / profile.bound, 100.0 * of_bound(profile, ours, tokens));
    format!(
        "time: products {products:.0}%, attention {attention:.0}%, the rest {rest:.0}%\n\
         products alone at this machine's best rate, {best:.0} billion operations/s: {bound:.0} subwords/s; the median is \
         {of_bound:.0}% of it\n"
    )
}

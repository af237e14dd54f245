//! `chartmark bench predict`: how much of the encoder's rate is left when notes are read, cut, encoded, labelled and
//! written.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::time::Instant;

use anyhow::{Context as _, Error, Result, anyhow, bail};
use serde_json::json;

use super::{Timing, machine};
use crate::cli::args::{BenchPredictArguments, PredictFormat, Shared};
use crate::cli::predict::{Notes, label, open};
use crate::cli::progress::Bar;
use crate::cli::setup::{precision, source};
use crate::cli::tell::print;
use crate::encoder::{DeviceChoice, DocumentEncoder};
use crate::inference::Model;
use crate::inference::bench::{self, Workload};
use crate::tokenization::segment;

/// Encodes the notes' windows alone and labels the notes as `predict` does, one right after the other and in turn first. A
/// machine is not equally fast at all times, so that only neighbours are compared: the share is the median of their ratios.
/// Nothing is kept from pass to pass.
///
/// # Errors
/// When the model or the notes can't be used.
pub fn run(arguments: &BenchPredictArguments, shared: &Shared) -> Result<()> {
    let (source, device) = (source(shared), DeviceChoice::from(shared.device).open()?);
    let model = Model::load(&source, &device, precision(shared))
        .with_context(|| format!("the model {} can't be used", source.path().display()))?;
    let (encoder, notes) = (&model.encoder, open(&arguments.paths)?);
    let (mut sequences, mut count) = (Vec::new(), 0);
    for document in notes.iter().flat_map(Notes::documents) {
        let text = document.map_err(Error::msg)?.text;
        let document = DocumentEncoder::new(encoder, &text, &segment(&text), model.encode)?;
        sequences.extend(document.sequences(encoder));
        count += 1;
    }
    let workload =
        Workload::new(sequences, &encoder.bert.config).map_err(|what| anyhow!("the notes can't be encoded: {what}"))?;
    let tokens = workload.tokens();
    let encode = || bench::pass(&encoder.bert, &workload).map_err(Error::from);
    let predict = || -> Result<f64> {
        let mut out = BufWriter::new(File::create("/dev/null").context("there is no /dev/null to write to")?);
        let begun = Instant::now();
        if label(&notes, &model, PredictFormat::Jsonl, &mut out, Bar::silent())? > 0 {
            bail!("some notes can't be read; measure with others");
        }
        out.flush()?;
        Ok(begun.elapsed().as_secs_f64())
    };
    // To warm up.
    encode()?;
    predict()?;
    let (mut alone, mut whole) = (Vec::new(), Vec::new());
    for pass in 0..arguments.passes.get() {
        let first = if pass % 2 == 0 { Some(encode()?) } else { None };
        whole.push(predict()?);
        alone.push(first.map_or_else(encode, Ok)?);
    }
    let mut shares: Vec<f64> = alone.iter().zip(&whole).map(|(alone, whole)| alone / whole).collect();
    shares.sort_by(f64::total_cmp);
    let [least, share, most] = [0, shares.len() / 2, shares.len() - 1].map(|at| shares[at]);
    let (alone, whole) = (Timing::new(alone, tokens), Timing::new(whole, tokens));
    let (threads, precision) = (rayon::current_num_threads(), encoder.bert.precision().name());
    let memory = machine::peak_memory();
    if arguments.json {
        let rates = |timing: &Timing| json!({ "passes": timing.passes, "best": timing.best, "median": timing.median });
        let value = json!({
            "notes": count,
            "tokens": tokens,
            "encoder_tokens_per_second": rates(&alone),
            "predict_tokens_per_second": rates(&whole),
            "share": share,
            "shares": shares,
            "threads": threads,
            "precision": precision,
            "peak_memory_bytes": memory,
            "machine": machine::json(),
        });
        return print(value.to_string() + "\n");
    }
    let machine = machine::name();
    print(format_args!(
        "{count} notes, {tokens} subwords, {} passes, {threads} threads, {precision}, {machine}\n{}{}predict keeps {:.1}% of the encoder's rate in the median pass, {:.1} to {:.1}%\n",
        arguments.passes,
        alone.row("encoder alone"),
        whole.row("predict"),
        100.0 * share,
        100.0 * least,
        100.0 * most
    ))
}

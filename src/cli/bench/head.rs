//! `chartmark bench head`.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::machine;
use crate::cli::args::{BenchHeadArguments, Shared};
use crate::cli::setup::source;
use crate::cli::tell::print;
use crate::inference::bench::head::HeadWorkload;
use crate::inference::model::first_head;

/// Measures learning and colouring with the head of the model.
///
/// # Errors
/// When the model has no head, or it can't be used.
pub fn run(arguments: &BenchHeadArguments, shared: &Shared) -> Result<()> {
    let head = first_head(&source(shared))?.context("the model has no head yet; train one, or leave --model out")?;
    let workload = HeadWorkload::new(&head, arguments.words.get(), arguments.notes.get())?;
    let times = workload.time(arguments.passes.get())?;
    let (learn, colour) = (Spread::new(times.learn), Spread::new(times.colour));
    let (threads, machine) = (rayon::current_num_threads(), machine::name());
    let rate = workload.coloured_words() as f64 / colour.median;
    if arguments.json {
        let value = json!({
            "words": arguments.words,
            "cells": workload.cells(),
            "labels": head.labels(),
            "inputs": head.inputs(),
            "hidden": head.hidden(),
            "learn": learn.json(),
            "notes": arguments.notes,
            "coloured_words": workload.coloured_words(),
            "colour": colour.json(),
            "words_per_second": rate,
            "threads": threads,
            "machine": machine,
        });
        return print(value.to_string() + "\n");
    }
    let (words, notes, cells) = (arguments.words, arguments.notes, workload.cells());
    print(format_args!(
        "learning from {words} decided words ({cells} cells): {}\ncolouring {notes} notes again: {}, {rate:.0} words/s\n{machine}, {threads} threads\n",
        learn.line(),
        colour.line(),
    ))
}

/// Seconds a pass, sorted.
struct Spread {
    passes: Vec<f64>,
    median: f64,
}

impl Spread {
    fn new(mut passes: Vec<f64>) -> Self {
        passes.sort_by(f64::total_cmp);
        let median = passes.get(passes.len() / 2).copied().unwrap_or(f64::NAN);
        Self { passes, median }
    }

    fn ends(&self) -> (f64, f64) {
        let first = self.passes.first().copied().unwrap_or(f64::NAN);
        (first, self.passes.last().copied().unwrap_or(first))
    }

    fn json(&self) -> Value {
        let (best, worst) = self.ends();
        json!({ "passes": self.passes, "best": best, "median": self.median, "worst": worst })
    }

    fn line(&self) -> String {
        let (best, worst) = self.ends();
        format!("{:.3} s ({best:.3} to {worst:.3} in {} passes)", self.median, self.passes.len())
    }
}

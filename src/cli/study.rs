//! `chartmark simulate --study`: what corrections are worth, and what they cost elsewhere.

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::args::{Shared, SimulateArguments};
use super::gold::read_gold;
use super::progress::Bar;
use super::setup::load_model;
use super::simulate::pool;
use super::tell::print;
use crate::domain::{LabelScheme, visible};
use crate::formats::gold::label_names;
use crate::formats::{GoldDocument, word_sets};
use crate::inference::Model;
use crate::inference::study::{GoldNote, Ground, Measured, Study, gold_note, measure};
use crate::tokenization::segment;

/// Makes a study.
///
/// # Errors
/// When the gold or the model can't be used.
pub fn run(study: Study, arguments: &SimulateArguments, shared: &Shared) -> Result<()> {
    let from = pool(arguments)?;
    let (pool, test) = (read_gold(from)?, read_gold(&arguments.test)?);
    let model = load_model(shared)?;
    let mut names = label_names(&pool);
    let others = label_names(&test).into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>();
    names.extend(others);
    let scheme = match model.head() {
        Some(head) => head.meta.scheme.extended(&names),
        None => LabelScheme::from_names("gold", &names),
    }
    .context("the labels of the gold don't fit the model's")?;
    // Labels that the gold doesn't have can't be judged on it.
    let labels = scheme.labels.iter().filter(|label| names.contains(&label.name)).cloned().collect();
    let scheme = LabelScheme { labels, ..scheme };
    let base = model.head_for(&scheme)?;
    let mut bar = Bar::new();
    let (pool, test) = (encode(&model, &pool, &scheme, &mut bar)?, encode(&model, &test, &scheme, &mut bar)?);
    let ground = Ground { base: &base, pool: &pool, test: &test };
    let mut rows = Vec::new();
    let seeds = arguments.seeds.get();
    for seed in 0..seeds as u64 {
        bar.set(seed as usize, seeds, "orders of the pool tried");
        rows.extend(measure(study, ground, seed)?);
    }
    bar.finish();
    if rows.is_empty() {
        bail!("{} gives nothing to correct: the model shows it all rightly", from.display());
    }
    match arguments.json {
        true => print(json!({ "model": model.name, "measured": rows }).to_string() + "\n"),
        false => print(table(&rows)),
    }
}

fn encode(model: &Model, gold: &[GoldDocument], scheme: &LabelScheme, bar: &mut Bar) -> Result<Vec<GoldNote>> {
    let mut notes = Vec::with_capacity(gold.len());
    for document in gold {
        let text = &document.document.text;
        let words = segment(text);
        let sets = word_sets(&words, document.spans.as_deref().unwrap_or(&[]), scheme);
        notes.push(gold_note(model, &document.document.id, text, words, sets)?);
        bar.set(notes.len(), gold.len(), "documents read");
    }
    Ok(notes)
}

/// Means over the seeds, a line for each label and amount.
fn table(rows: &[Measured]) -> String {
    let mut keys: Vec<(&Option<String>, f64)> = Vec::new();
    for row in rows {
        if !keys.contains(&(&row.label, row.amount)) {
            keys.push((&row.label, row.amount));
        }
    }
    let mut out = format!(
        "{:20} {:>8} {:>11} {:>8} {:>8} {:>8}  worst other label\n",
        "label", "amount", "corrections", "before", "after", "change"
    );
    for (label, amount) in keys {
        let of: Vec<&Measured> = rows.iter().filter(|row| row.label == *label && row.amount == amount).collect();
        let mean = |value: fn(&Measured) -> f64| of.iter().map(|row| value(row)).sum::<f64>() / of.len() as f64;
        let (before, after) = (mean(|row| row.before), mean(|row| row.after));
        let worst = of.iter().filter_map(|row| row.worst_other.as_ref()).min_by(|a, b| a.1.total_cmp(&b.1));
        let worst = worst.map(|(name, change)| format!("{} {change:+.4}", visible(name))).unwrap_or_default();
        let name = label.as_deref().map_or_else(|| "all".into(), visible);
        let (corrections, change) = (mean(|row| row.corrections as f64), after - before);
        out += &format!("{name:20} {amount:>8} {corrections:>11.1} {before:>8.4} {after:>8.4} {change:>+8.4}  {worst}\n");
    }
    out
}

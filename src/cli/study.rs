//! `chartmark simulate --study`: what corrections are worth, and what they cost elsewhere.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::args::{Shared, SimulateArguments};
use super::gold::{need_labelled, read_gold, to_training};
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
    for (path, gold) in [(from, &pool), (&arguments.test, &test)] {
        need_labelled(path, to_training(gold, &scheme).iter().map(|document| &document.sets))?;
    }
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
        bail!("{}", nothing(study, from));
    }
    match arguments.json {
        true => print(json!({ "model": model.name, "measured": rows }).to_string() + "\n"),
        false => print(table(&rows)),
    }
}

/// Why nothing was measured.
fn nothing(study: Study, pool: &Path) -> String {
    let pool = pool.display();
    match study {
        Study::NewLabel => format!(
            "{pool} has no label to take for a new one: it takes at least two labels, and one of them on ten words or more; give \
             a larger pool"
        ),
        _ => format!("{pool} gives nothing to correct: the model shows it all rightly"),
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

/// A line of the table: means over the seeds.
struct Row<'a> {
    label: &'a Option<String>,
    amount: f64,
    corrections: f64,
    before: f64,
    after: f64,
    /// The other label that fell the furthest, if one fell.
    worst: Option<&'a (String, f64)>,
}

/// A fall that four decimals show.
const SHOWN: f64 = -0.00005;

impl<'a> Row<'a> {
    fn of(label: &'a Option<String>, amount: f64, measured: &'a [Measured]) -> Self {
        let of: Vec<&Measured> = measured.iter().filter(|row| row.label == *label && row.amount == amount).collect();
        let mean = |value: fn(&Measured) -> f64| of.iter().map(|row| value(row)).sum::<f64>() / of.len() as f64;
        let fallen = of.iter().filter_map(|row| row.worst_other.as_ref()).filter(|(_, change)| *change <= SHOWN);
        Self {
            label,
            amount,
            corrections: mean(|row| row.corrections as f64),
            before: mean(|row| row.before),
            after: mean(|row| row.after),
            worst: fallen.min_by(|a, b| a.1.total_cmp(&b.1)),
        }
    }

    fn line(&self, name: &str) -> String {
        let Self { amount, corrections, before, after, .. } = self;
        let worst = self.worst.map(|(name, change)| format!("{} {change:+.4}", visible(name))).unwrap_or_default();
        let change = after - before;
        format!("{name:20} {amount:>8} {corrections:>11.1} {before:>8.4} {after:>8.4} {change:>+8.4}  {worst}\n")
    }
}

/// Means over the seeds, a line for each label and amount; where there are several labels, a mean over them for each amount
/// at the end.
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
    let lines: Vec<Row<'_>> = keys.into_iter().map(|(label, amount)| Row::of(label, amount, rows)).collect();
    for line in &lines {
        out += &line.line(&line.label.as_deref().map_or_else(|| "all".into(), visible));
    }
    if lines.iter().all(|line| line.label == lines[0].label) {
        return out;
    }
    let mut amounts: Vec<f64> = lines.iter().map(|line| line.amount).collect();
    amounts.sort_by(f64::total_cmp);
    amounts.dedup();
    for amount in amounts {
        // A new label need not have as many words as another: the mean says of how many it is.
        let of: Vec<&Row<'_>> = lines.iter().filter(|line| line.amount == amount).collect();
        let mean = |value: fn(&Row<'_>) -> f64| of.iter().map(|row| value(row)).sum::<f64>() / of.len() as f64;
        let all = Row {
            label: &None,
            amount,
            corrections: mean(|row| row.corrections),
            before: mean(|row| row.before),
            after: mean(|row| row.after),
            worst: None,
        };
        out += &all.line(&format!("mean of {} label{}", of.len(), if of.len() == 1 { "" } else { "s" }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(label: Option<&str>, amount: f64, after: f64, worst: f64) -> Measured {
        let worst_other = label.map(|_| ("other".to_owned(), worst));
        let (label, documents) = (label.map(str::to_owned), Vec::new());
        Measured { seed: 0, label, amount, corrections: 20, before: 0.5, after, worst_other, documents }
    }

    #[test]
    fn the_table_ends_with_a_mean_over_labels_for_each_amount() {
        let rows = [
            measured(Some("drug"), 0.0, 0.7, 0.0),
            measured(Some("drug"), 0.25, 0.6, -0.125),
            measured(Some("dose"), 0.0, 0.9, 0.00001),
        ];
        let table = table(&rows);
        let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines.len(), 6, "{table}");
        assert_eq!(lines[2], ["drug", "0.25", "20.0", "0.5000", "0.6000", "+0.1000", "other", "-0.1250"]);
        assert_eq!(lines[4], ["mean", "of", "2", "labels", "0", "20.0", "0.5000", "0.8000", "+0.3000"]);
        assert_eq!(lines[5][..5], ["mean", "of", "1", "label", "0.25"]);
        assert!(!table.contains("0.0000"), "no label is named that did not change: {table}");
    }

    #[test]
    fn what_is_of_all_labels_has_no_mean_of_them() {
        let table = table(&[measured(None, 0.0, 0.7, 0.0), measured(None, 0.1, 0.6, 0.0)]);
        assert!(table.lines().count() == 3 && !table.contains("mean"), "{table}");
    }

    #[test]
    fn why_nothing_was_measured_is_the_studys_own_reason() {
        assert!(nothing(Study::NewLabel, Path::new("p.jsonl")).contains("ten words or more"));
        assert!(nothing(Study::Label, Path::new("p.jsonl")).contains("shows it all rightly"));
    }
}

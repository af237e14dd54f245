//! `chartmark evaluate` with two models: which is better, and at which labels.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::{Map, Value, json};
use unicode_width::UnicodeWidthStr;

use super::{Evaluated, print_json};
use crate::cli::tell::print;
use crate::domain::visible;
use crate::metrics::bootstrap::{FEWEST, RESAMPLES};
use crate::metrics::{Comparison, Finding, LabelCounts, compare_by_label};

/// What a comparison of models A and B comes to.
struct Compared {
    all: Comparison,
    /// F1 of A and B.
    f1: [f64; 2],
    /// The labels that gold or a model names, with F1 of A and B.
    labels: Vec<(String, Comparison, [f64; 2])>,
}

/// Prints both models and their comparison.
///
/// # Errors
/// When there is nothing to compare on, or the output can't be written.
pub(super) fn report(a: &Evaluated, b: &Evaluated, as_json: bool) -> Result<()> {
    let compared = compare(a, b).context("there is no document to compare on")?;
    if as_json {
        return print_json(&json!({"models": [a, b], "comparison": compared.json()?}));
    }
    let models: String =
        [("A", a), ("B", b)].iter().map(|(letter, it)| format!("{letter}: {}\n{}\n", visible(&it.name), it.evaluation)).collect();
    print(models + &compared.table())
}

/// Lays the labels of both models side by side, by name, and compares.
fn compare(a: &Evaluated, b: &Evaluated) -> Option<Compared> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in a.evaluation.labels().chain(b.evaluation.labels()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let place = |name: &str| names.iter().position(|known| *known == name).unwrap_or_default();
    let renumbered = |of: &Evaluated| -> Vec<LabelCounts> {
        let places: Vec<usize> = of.evaluation.labels().map(|(name, _)| place(name)).collect();
        of.documents.iter().map(|document| document.renumbered(&places)).collect()
    };
    let found = compare_by_label(&renumbered(a), &renumbered(b), names.len(), 0, RESAMPLES)?;
    let labels = names.iter().zip(found.labels);
    let labels = labels.filter_map(|(name, of)| of.map(|(comparison, f1)| ((*name).to_owned(), comparison, f1))).collect();
    Some(Compared { all: found.all, f1: [a.evaluation.micro().f1, b.evaluation.micro().f1], labels })
}

impl Compared {
    /// The comparison with what it amounts to, overall and by label.
    fn json(&self) -> Result<Value> {
        #[derive(Serialize)]
        struct Row<'a> {
            f1: [f64; 2],
            #[serde(flatten)]
            comparison: &'a Comparison,
            finding: Finding,
        }
        let row =
            |comparison: &Comparison, f1: [f64; 2]| serde_json::to_value(Row { f1, comparison, finding: comparison.finding() });
        let labels: Map<String, Value> =
            self.labels.iter().map(|(name, comparison, f1)| Ok((name.clone(), row(comparison, *f1)?))).collect::<Result<_>>()?;
        let mut all = row(&self.all, self.f1)?;
        if let Value::Object(fields) = &mut all {
            fields.insert("sentence".to_owned(), self.sentence().into());
            fields.insert("labels".to_owned(), labels.into());
        }
        Ok(all)
    }

    /// Which is better, or that it can't be told.
    fn sentence(&self) -> String {
        let Comparison { worse, observed, interval: (low, high), groups, .. } = self.all;
        let finding = match self.all.finding() {
            Finding::Better => "B is better",
            Finding::Worse => "B is worse",
            Finding::Unclear => "It can't be told which is better",
        };
        let [a, b] = self.f1;
        if self.all.too_few() {
            let documents = if groups == 1 { "One document".to_owned() } else { format!("{groups} documents") };
            return format!(
                "{documents} can't tell which is better; give gold of at least {FEWEST}, and better of many: micro-F1 {b:.4} against \
                 A's {a:.4}, a difference of {observed:+.4}."
            );
        }
        format!(
            "{finding}: micro-F1 {b:.4} against A's {a:.4}, a difference of {observed:+.4} (90% interval {low:+.4} to \
             {high:+.4} over {groups} documents; B is worse in {:.0}% of {RESAMPLES} draws).",
            100.0 * worse
        )
    }

    /// At which labels, with a warning of what chance does.
    fn by_label(&self) -> String {
        let named = |wanted: Finding| -> Vec<String> {
            let found = self.labels.iter().filter(|(_, comparison, _)| comparison.finding() == wanted);
            found.map(|(name, ..)| visible(name).into_owned()).collect()
        };
        let parts: Vec<String> = [(Finding::Better, "better"), (Finding::Worse, "worse")]
            .into_iter()
            .map(|(finding, word)| (named(finding), word))
            .filter(|(names, _)| !names.is_empty())
            .map(|(names, word)| format!("{word} at {}", names.join(", ")))
            .collect();
        let unclear = named(Finding::Unclear).len();
        let chance = (self.labels.len() as f64 / 10.0).round();
        match (parts.is_empty(), unclear) {
            _ if self.all.too_few() => "By label they can tell nothing either.".to_owned(),
            (true, _) => "By label it can't be told anywhere.".to_owned(),
            (false, 0) => format!("By label B is {}.", parts.join("; ")),
            (false, _) if chance >= 1.0 => {
                format!(
                    "By label B is {}; elsewhere it can't be told. About {chance} of {} would stand out by chance alone.",
                    parts.join("; "),
                    self.labels.len()
                )
            }
            (false, _) => format!("By label B is {}; elsewhere it can't be told.", parts.join("; ")),
        }
    }

    fn table(&self) -> String {
        let width = self.labels.iter().map(|(name, ..)| visible(name).width()).max().unwrap_or(0).max("F1".len());
        let mut out = format!("{:width$}       A       B    B − A     90% interval      B worse in\n", "F1");
        let mut row = |name: &str, comparison: &Comparison, [a, b]: [f64; 2]| {
            let pad = " ".repeat(width.saturating_sub(name.width()));
            let Comparison { worse, observed, interval: (low, high), .. } = comparison;
            let mark = match comparison.finding() {
                Finding::Better => "  better",
                Finding::Worse => "  worse",
                Finding::Unclear => "",
            };
            // Writing to a string can't fail.
            let _ = writeln!(
                out,
                "{name}{pad}  {a:.4}  {b:.4}  {observed:+.4}  {low:+.4} to {high:+.4}  {:>9.0}%{mark}",
                100.0 * worse
            );
        };
        for (name, comparison, f1) in &self.labels {
            row(&visible(name), comparison, *f1);
        }
        row("micro", &self.all, self.f1);
        format!("{out}{}\n{}\n", self.sentence(), self.by_label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LabelSet;
    use crate::metrics::Evaluation;
    use crate::tokenization::segment;

    /// A model that knows `names` and predicts `predicted` on twenty documents of one word each, whose gold is "x" and
    /// "y".
    fn evaluated(names: [&str; 3], predicted: &[&str]) -> Evaluated {
        evaluated_on(20, names, predicted)
    }

    /// The same on so many documents.
    fn evaluated_on(count: usize, names: [&str; 3], predicted: &[&str]) -> Evaluated {
        let set = |labels: &[&str]| -> LabelSet {
            labels.iter().filter_map(|label| names.iter().position(|name| name == label)).collect()
        };
        let (words, gold, predicted) = (segment("pain"), [set(&["x", "y"])], [set(predicted)]);
        let mut evaluation = Evaluation::new(names);
        let mut document = || {
            evaluation.add(&words, &gold, &predicted);
            LabelCounts::of_document(&words, &gold, &predicted)
        };
        let documents = (0..count).map(|_| document()).collect();
        Evaluated { name: "m".into(), evaluation, documents }
    }

    #[test]
    fn labels_are_matched_by_name_whatever_their_order() {
        let (a, b) = (evaluated(["x", "y", "old"], &["x", "old"]), evaluated(["y", "new", "x"], &["y", "x"]));
        let compared = compare(&a, &b).unwrap();
        let found: Vec<_> =
            compared.labels.iter().map(|(name, comparison, f1)| (name.as_str(), comparison.finding(), *f1)).collect();
        assert_eq!(
            found,
            [("x", Finding::Unclear, [1.0, 1.0]), ("y", Finding::Better, [0.0, 1.0]), ("old", Finding::Unclear, [0.0, 0.0])]
        );
        let json = compared.json().unwrap();
        assert_eq!(
            (&json["finding"], &json["groups"], &json["labels"]["y"]["finding"]),
            (&"better".into(), &20.into(), &"better".into())
        );
        assert!(json["sentence"].as_str().unwrap().starts_with("B is better: micro-F1 1.0000 against A's 0.5000"), "{json}");
        let table = compared.table();
        assert!(table.contains("By label B is better at y; elsewhere it can't be told."), "{table}");
        let swapped = compare(&b, &a).unwrap().table();
        assert!(swapped.contains("B is worse: ") && swapped.contains("B is worse at y"), "{swapped}");
        let same = compare(&a, &a).unwrap().table();
        assert!(
            same.contains("It can't be told which is better") && same.contains("By label it can't be told anywhere"),
            "{same}"
        );
    }

    #[test]
    fn one_document_calls_no_model_and_no_label_better() {
        for (count, said) in [(1, "One document can't tell which is better"), (4, "4 documents can't tell which is better")] {
            let (a, b) = (evaluated_on(count, ["x", "y", "old"], &["x"]), evaluated_on(count, ["x", "y", "old"], &["x", "y"]));
            let compared = compare(&a, &b).unwrap();
            let (json, table) = (compared.json().unwrap(), compared.table());
            assert_eq!((&json["finding"], &json["labels"]["y"]["finding"]), (&"unclear".into(), &"unclear".into()));
            assert!(table.contains(said) && !table.contains("  better\n") && !table.contains("is better at"), "{table}");
        }
    }
}

//! Predictions of many documents against their gold, as `chartmark evaluate` reports them.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};
use unicode_width::UnicodeWidthStr;

use super::calibration::{Calibration, LEAST_PROBABILITY};
use super::counts::{Counts, ratio};
use super::reliability::{Reliabilities, Reliability};
use crate::domain::{LabelSet, Predictions, Words, visible};

/// Precision, recall and F1, each from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Scores {
    /// Share of what was predicted that is right.
    pub precision: f64,
    /// Share of what is there that was predicted.
    pub recall: f64,
    /// Their harmonic mean (of a macro average: the mean of the labels' F1).
    pub f1: f64,
}

impl From<Counts> for Scores {
    fn from(counts: Counts) -> Self {
        Self { precision: counts.precision(), recall: counts.recall(), f1: counts.f1() }
    }
}

/// Adds up documents. Serialises to the form of `chartmark evaluate --json`; displays as a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    names: Vec<String>,
    labels: Vec<Counts>,
    words: u64,
    exact: u64,
    reliabilities: Reliabilities,
}

impl Evaluation {
    /// Nothing added yet. `names` are the labels' names, in the order of their indices in the sets to come. Labels
    /// that only gold knows belong there too: what a model cannot say is a miss.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        Self { labels: vec![Counts::default(); names.len()], names, words: 0, exact: 0, reliabilities: Reliabilities::default() }
    }

    /// Adds the alphanumeric words of one document and returns their cells' counts, labels together (what
    /// [`compare`](super::compare) takes for the document). `gold` and `predicted` hold a set a word.
    pub fn add(&mut self, words: &Words, gold: &[LabelSet], predicted: &[LabelSet]) -> Counts {
        let mut document = Counts::default();
        let sets = words.iter().zip(gold).zip(predicted);
        for ((_, &gold), &predicted) in sets.filter(|((word, _), _)| word.alphanumeric) {
            self.words += 1;
            self.exact += u64::from(gold == predicted);
            for (label, counts) in self.labels.iter_mut().enumerate() {
                counts.add_cell(gold.contains(label), predicted.contains(label));
            }
            document += Counts::of_word(gold, predicted, self.names.len());
        }
        document
    }

    /// Adds the probabilities of the same document, so that calibration is reported too; `uncalibrated` are those of the
    /// same head before its calibration, if it has one. Each has a column a label, for the first labels or all.
    pub fn add_probabilities(
        &mut self,
        words: &Words,
        gold: &[LabelSet],
        predictions: &Predictions,
        uncalibrated: Option<&Predictions>,
    ) {
        self.reliabilities.add(words, gold, predictions, uncalibrated);
    }

    /// Number of words added.
    pub fn words(&self) -> u64 {
        self.words
    }

    /// Each label's name and counts, in order.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &Counts)> {
        self.names.iter().map(String::as_str).zip(&self.labels)
    }

    /// All cells together.
    pub fn counts(&self) -> Counts {
        self.labels.iter().copied().sum()
    }

    /// Scores of all cells together.
    pub fn micro(&self) -> Scores {
        self.counts().into()
    }

    /// Mean of the scores of the labels that occur in gold.
    pub fn macro_average(&self) -> Scores {
        let scores: Vec<Scores> = self.labels.iter().filter(|counts| counts.support() > 0).map(|&counts| counts.into()).collect();
        let mean = |of: fn(&Scores) -> f64| scores.iter().map(of).sum::<f64>() / scores.len().max(1) as f64;
        Scores { precision: mean(|s| s.precision), recall: mean(|s| s.recall), f1: mean(|s| s.f1) }
    }

    /// Share of the words whose whole label set is right.
    pub fn exact_match(&self) -> f64 {
        ratio(self.exact, self.words)
    }

    /// Share of the cells that are wrong.
    pub fn hamming_loss(&self) -> f64 {
        self.counts().error_rate()
    }
}

impl Serialize for Evaluation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Evaluation", 7)?;
        out.serialize_field("words", &self.words)?;
        out.serialize_field("micro", &self.micro())?;
        out.serialize_field("macro", &self.macro_average())?;
        out.serialize_field("exact_match", &self.exact_match())?;
        out.serialize_field("hamming_loss", &self.hamming_loss())?;
        if self.reliabilities.is_empty() {
            out.skip_field("calibration")?;
        } else {
            out.serialize_field("calibration", &self.reliabilities)?;
        }
        out.serialize_field("labels", &ByLabel(self))?;
        out.end()
    }
}

/// A map from each label's name to its figures, in the scheme's order.
struct ByLabel<'a>(&'a Evaluation);

impl Serialize for ByLabel<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Row<'a> {
            #[serde(flatten)]
            scores: Scores,
            accuracy: f64,
            support: u64,
            #[serde(skip_serializing_if = "Option::is_none")]
            calibration: Option<&'a Reliability>,
        }
        let mut map = serializer.serialize_map(Some(self.0.names.len()))?;
        for (label, (name, counts)) in self.0.labels().enumerate() {
            let calibration = self.0.reliabilities.label(label);
            let row = Row { scores: (*counts).into(), accuracy: counts.accuracy(), support: counts.support(), calibration };
            map.serialize_entry(name, &row)?;
        }
        map.end()
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<_> = self.names.iter().map(|name| visible(name)).collect();
        let width = shown.iter().map(|name| name.width()).max().unwrap_or(0).max("calibration".len());
        writeln!(f, "{:width$}  precision  recall      F1  accuracy  support", "label")?;
        let row = |f: &mut fmt::Formatter<'_>, name: &str, scores: Scores, accuracy: Option<f64>, support: u64| {
            let pad = " ".repeat(width.saturating_sub(name.width()));
            let accuracy = accuracy.map(|accuracy| format!("{accuracy:.4}")).unwrap_or_default();
            let Scores { precision, recall, f1 } = scores;
            writeln!(f, "{name}{pad}  {precision:>9.4}  {recall:>6.4}  {f1:>6.4}  {accuracy:>8}  {support:>7}")
        };
        for (name, counts) in shown.iter().zip(&self.labels) {
            row(f, name, (*counts).into(), Some(counts.accuracy()), counts.support())?;
        }
        let all = self.counts();
        row(f, "micro", all.into(), Some(all.accuracy()), all.support())?;
        row(f, "macro", self.macro_average(), None, all.support())?;
        let (words, exact, loss) = (self.words, self.exact_match(), self.hamming_loss());
        writeln!(f, "{words} words, label set exactly right on {:.2}% of them, Hamming loss {loss:.4}", 100.0 * exact)?;
        if self.reliabilities.is_empty() { Ok(()) } else { self.write_calibration(f, &shown, width) }
    }
}

impl Evaluation {
    /// The second table: how far probabilities can be taken at their word.
    fn write_calibration(&self, f: &mut fmt::Formatter<'_>, names: &[Cow<'_, str>], width: usize) -> fmt::Result {
        let all = self.reliabilities.all();
        let before = if all.uncalibrated.is_some() { "  before: error   Brier" } else { "" };
        writeln!(f, "\n{:width$}    cells  error  chance   Brier{before}", "calibration")?;
        let figure = |figure: Option<f64>| figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.4}"));
        let mut row = |name: &str, reliability: &Reliability| {
            let pad = " ".repeat(width.saturating_sub(name.width()));
            let Reliability { calibration, uncalibrated } = reliability;
            let figures = |of: &Calibration| (figure(of.expected_error()), figure(of.brier()));
            let (error, brier) = figures(calibration);
            let chance = figure(calibration.chance_error());
            write!(f, "{name}{pad}  {:>7}  {error:>6}  {chance:>6}  {brier:>6}", calibration.shown())?;
            if let Some((error, brier)) = uncalibrated.as_ref().map(figures) {
                write!(f, "  {error:>13}  {brier:>6}")?;
            }
            writeln!(f)
        };
        for (label, name) in names.iter().enumerate() {
            if let Some(reliability) = self.reliabilities.label(label) {
                row(name, reliability)?;
            }
        }
        row("all", &all)?;
        writeln!(
            f,
            "error: expected calibration error over cells of probability {LEAST_PROBABILITY} or more; chance: what it would be \
             if each probability meant what it says; Brier score: over all cells"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenization::segment;

    fn set(labels: &[usize]) -> LabelSet {
        labels.iter().copied().collect()
    }

    /// Three alphanumeric words and a full stop that must not count; labels a, b and c, of which c never occurs.
    fn evaluation() -> (Evaluation, Counts) {
        let words = segment("severe chest pain.");
        let gold = [set(&[0, 1]), set(&[0]), set(&[]), set(&[0])];
        let predicted = [set(&[0, 1]), set(&[1]), set(&[]), set(&[])];
        let mut evaluation = Evaluation::new(["a", "b", "c"]);
        let document = evaluation.add(&words, &gold, &predicted);
        (evaluation, document)
    }

    #[test]
    fn serialises_to_the_documented_form() {
        let (evaluation, document) = evaluation();
        assert_eq!(document, Counts { tp: 2, fp: 1, fn_: 1, tn: 5 });
        let json = serde_json::to_string(&evaluation).unwrap();
        let third = 2.0 / 3.0;
        let expected = serde_json::json!({
            "words": 3,
            "micro": {"precision": third, "recall": third, "f1": third},
            "macro": {"precision": 0.75, "recall": 0.75, "f1": third},
            "exact_match": third,
            "hamming_loss": 2.0 / 9.0,
            "labels": {
                "a": {"precision": 1.0, "recall": 0.5, "f1": third, "accuracy": third, "support": 2},
                "b": {"precision": 0.5, "recall": 1.0, "f1": third, "accuracy": third, "support": 1},
                "c": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "accuracy": 1.0, "support": 0},
            },
        });
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), expected);
    }

    #[test]
    fn the_table_names_every_label_once_and_shows_hostile_names() {
        let mut evaluation = Evaluation::new(["symptom", "\u{1b}[31m", "検査"]);
        evaluation.add(&segment("pain"), &[set(&[0])], &[set(&[0])]);
        let table = evaluation.to_string();
        let starts: Vec<&str> = table.lines().map(|line| line.split_whitespace().next().unwrap_or("")).collect();
        assert_eq!(starts, ["label", "symptom", "␛[31m", "検査", "micro", "macro", "1"]);
        let widths: Vec<usize> = table.lines().take(6).map(|line| line.width()).collect();
        assert!(widths.iter().all(|&width| width == widths[0]), "columns stand under each other: {widths:?}");
        assert!(!table.contains('\u{1b}'));
    }

    #[test]
    fn calibration_is_reported_where_probabilities_are_known() {
        let mut evaluation = Evaluation::new(["a", "unheard"]);
        let (words, gold) = (segment("severe pain"), [set(&[0]), set(&[1])]);
        evaluation.add(&words, &gold, &[set(&[0]), set(&[])]);
        let predictions = |p: [f32; 2]| Predictions::new(0, 1, p.to_vec());
        evaluation.add_probabilities(&words, &gold, &predictions([0.9, 0.01]), Some(&predictions([0.6, 0.2])));
        let json = serde_json::to_value(&evaluation).unwrap();
        let close = |found: &serde_json::Value, expected: f64| (found.as_f64().unwrap() - expected).abs() < 1e-6;
        let of = &json["labels"]["a"]["calibration"];
        assert_eq!((&of["cells"], &json["calibration"]), (&1.into(), of), "one label is all there is");
        assert!(close(&of["error"], 0.1) && close(&of["uncalibrated"]["error"], 0.3), "{of}");
        assert!(json["labels"]["unheard"].get("calibration").is_none());
        let table = evaluation.to_string();
        assert!(table.contains("\na                  1  0.1000  0.2394  0.0051         0.3000  0.1000\n"), "{table}");
        assert!(!table.contains("NaN"), "{table}");
    }

    #[test]
    fn nothing_evaluated_is_zero_not_nan() {
        let empty = Evaluation::new(["a"]);
        assert_eq!((empty.micro(), empty.macro_average()), (Scores::default(), Scores::default()));
        assert_eq!((empty.exact_match(), empty.hamming_loss()), (0.0, 0.0));
    }
}

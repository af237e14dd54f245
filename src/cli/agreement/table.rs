//! What `chartmark agreement` tells people.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::report::{Place, Report};
use crate::cli::tell::counted;
use crate::domain::visible;
use crate::metrics::agreement::LabelAgreement;

/// The report as tables; names of labels, raters and notes as they can be shown.
pub fn of(report: &Report<'_>) -> String {
    let mut table = String::new();
    // Writing to a string can't fail.
    let _ = write(&mut table, report);
    table
}

fn write(out: &mut String, report: &Report<'_>) -> std::fmt::Result {
    let raters: Vec<String> = report.raters.iter().map(|rater| line(rater.name)).collect();
    let (notes, cells) = (counted(report.documents, "note"), counted(report.micro.cells as usize, "cell"));
    writeln!(out, "{} raters: {}", raters.len(), raters.join(", "))?;
    writeln!(out, "{cells} of {notes} that two or more have decided")?;
    if let (Some(blind), Some(bulk)) = (report.blind, report.bulk) {
        writeln!(
            out,
            "of the decisions on them {:.0}% were made blind, {:.0}% in bulk beside what the model showed",
            100.0 * blind,
            100.0 * bulk
        )?;
    }

    let names: Vec<String> = report.labels.0.iter().map(|(name, _)| line(name)).collect();
    let width = widest(&names, "label");
    let head = ["agree", "kappa", "alpha", "F1"].map(|name| format!("  {name:>7}")).concat();
    writeln!(out, "\n{:width$}  {:>7}  {:>8}{head}", "label", "cells", "disputed")?;
    let figures = report.labels.0.iter().map(|(_, figures)| figures);
    for (name, figures) in names.iter().map(String::as_str).zip(figures).chain([("micro", &report.micro)]) {
        row(out, name, width, figures)?;
    }

    let sets = &report.sets;
    let same = sets.exact_match.map_or_else(|| "–".to_owned(), |share| format!("{:.2}%", 100.0 * share));
    writeln!(out, "\nlabel sets: {} words, the same set on {same} of them, alpha {} (MASI)", sets.words, figure(sets.alpha))?;

    let pairs: Vec<String> = report.pairs.iter().map(|pair| line(&pair.raters.join(" – "))).collect();
    let width = widest(&pairs, "raters");
    writeln!(out, "\n{:width$}  {:>7}  {:>7}  {:>7}", "raters", "cells", "agree", "kappa")?;
    for (name, pair) in pairs.iter().zip(&report.pairs) {
        let (agreement, kappa) = (figure(pair.agreement), figure(pair.kappa));
        writeln!(out, "{}  {:>7}  {agreement:>7}  {kappa:>7}", padded(name, width), pair.cells)?;
    }

    match report.disagreements {
        0 => writeln!(out, "\nthey agree on every word"),
        words => {
            let noun = if words == 1 { "word" } else { "words" };
            writeln!(out, "\nthey disagree on {words} {noun}; {} listed", report.places.len())?;
            let width = report.places.len().to_string().len();
            report.places.iter().zip(1..).try_for_each(|(place, number)| writeln!(out, "{number:>width$}  {}", told(place)))
        }
    }
}

fn row(out: &mut String, name: &str, width: usize, figures: &LabelAgreement) -> std::fmt::Result {
    let LabelAgreement { cells, disputed, agreement, kappa, alpha, f1 } = *figures;
    let figures = [agreement, kappa, alpha, f1].map(|it| format!("  {:>7}", figure(it))).concat();
    writeln!(out, "{}  {cells:>7}  {disputed:>8}{figures}", padded(name, width))
}

/// A place, and what each says of it.
fn told(place: &Place<'_>) -> String {
    let Place { id, start, end, word, labels, sets } = place;
    let says = |labels: &[&str]| if labels.is_empty() { "no label".to_owned() } else { labels.join(", ") };
    let sets: Vec<String> = sets.iter().map(|set| format!("{}: {}", set.rater, says(&set.labels))).collect();
    line(&format!("{id} {start}-{end} '{word}' ({}) {}", labels.join(", "), sets.join("; ")))
}

/// A figure, or a dash where it is not defined.
fn figure(figure: Option<f64>) -> String {
    figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.4}"))
}

/// On one line, with nothing that a terminal would obey.
fn line(text: &str) -> String {
    visible(text).replace(['\n', '\r', '\t'], " ")
}

fn widest(names: &[String], head: &str) -> usize {
    names.iter().map(|name| name.width()).max().unwrap_or(0).max(head.len())
}

fn padded(name: &str, width: usize) -> String {
    format!("{name}{}", " ".repeat(width.saturating_sub(name.width())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::agreement::report::{ByLabel, PairRow, RaterRow, SetRow};
    use crate::metrics::agreement::SetAgreement;

    #[test]
    fn columns_stand_under_each_other_and_what_is_not_defined_is_a_dash() {
        let known =
            LabelAgreement { cells: 9, disputed: 1, agreement: Some(8.0 / 9.0), kappa: Some(-0.5), alpha: None, f1: None };
        let place = Place {
            id: "a\u{1b}[31m.txt",
            start: 3,
            end: 7,
            word: "pain\n",
            labels: vec!["検査"],
            sets: vec![
                SetRow { rater: "anna", labels: vec!["検査", "dose"] },
                SetRow { rater: "b\u{202e}n", labels: Vec::new() },
            ],
        };
        let rater = |name| RaterRow { name, annotator: Some(name), project: "p.db", decided: 9, compared: 9 };
        let pair = PairRow { raters: ["anna", "b\u{202e}n"], one_project: false, cells: 9, agreement: Some(0.5), kappa: None };
        let table = of(&Report {
            raters: vec![rater("anna"), rater("b\u{202e}n")],
            documents: 1,
            decisions: 18,
            blind: Some(0.5),
            bulk: Some(0.0),
            micro: known,
            labels: ByLabel(vec![("検査", known), ("dose", LabelAgreement::default()), ("\u{1b}[2J", known)]),
            sets: SetAgreement::default(),
            pairs: vec![pair],
            disagreements: 3,
            places: vec![place],
            other_texts: Vec::new(),
        });
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0], "2 raters: anna, b‹U+202E›n");
        assert_eq!(lines[2], "of the decisions on them 50% were made blind, 0% in bulk beside what the model showed");
        let widths: Vec<usize> = lines[4..9].iter().map(|line| line.width()).collect();
        assert!(widths.iter().all(|&width| width == widths[0]), "{table}");
        assert!(lines[5].ends_with("        9         1   0.8889  -0.5000        –        –"), "{table}");
        assert!(lines[6].starts_with("dose") && lines[6].matches('–').count() == 4, "{table}");
        assert_eq!(lines[10], "label sets: 0 words, the same set on – of them, alpha – (MASI)");
        assert_eq!(lines.last(), Some(&"1  a␛[31m.txt 3-7 'pain ' (検査) anna: 検査, dose; b‹U+202E›n: no label"));
        assert!(!table.contains('\u{1b}') && !table.contains("NaN"));
    }
}

//! Figures of a project: how far its notes are reviewed, how often each label was decided, how that went with what the
//! model showed, and how its versions fared on decisions that they had not learned from.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::error::StoreError;
use super::pace::Pace;
use super::project::Project;
use super::protocol::{QueueEntry, ReviewState};
use super::version::ModelVersion;
use crate::domain::{Document, DocumentId, LabelScheme, Scope, WordState};
use crate::metrics::Counts;
use crate::tokenization::segment::segment;

/// Figures of one label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelFigures {
    /// Words that a human or an import says have it.
    pub present: u64,
    /// Human decisions, as gold, beside what the model showed when they were made; whole documents accepted at once do not count.
    pub agreement: Counts,
    /// The version of [`Figures::judged`] on decisions that it had not learned from; `None` where it was not judged.
    pub judged: Option<Counts>,
}

/// Figures of one model version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionFigures {
    /// The version.
    pub version: u64,
    /// Cells that it has learned from.
    pub learned: u64,
    /// Over all labels, on decisions that it had not learned from; `None` where it was not judged.
    pub judged: Option<Counts>,
    /// Whether predictions are made with it.
    pub active: bool,
}

/// Decisions on cells that the model showed with about the same probability.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bin {
    /// How many.
    pub cells: u64,
    /// How many of them were decided `present`.
    pub present: u64,
    /// The sum of their probabilities, in ten-thousandths.
    pub shown: u64,
}

impl Bin {
    /// The mean probability, and the share that was decided `present`; `None` without a decision.
    pub fn shares(&self) -> Option<(f64, f64)> {
        let cells = self.cells as f64;
        (self.cells > 0).then(|| (self.shown as f64 / 10_000.0 / cells, self.present as f64 / cells))
    }
}

/// Figures of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Notes of the corpus: all, those that are begun, those that are done.
    pub notes: (usize, usize, usize),
    /// Words with an alphanumeric character in the notes that somebody or an import has decided something in: all, and
    /// those with a decision.
    pub words: (usize, usize),
    /// Words with a decision in notes that are neither done nor skipped.
    pub decided_in_open: usize,
    /// One a label of the scheme.
    pub labels: Vec<LabelFigures>,
    /// The versions, oldest first; without the model as it came.
    pub versions: Vec<VersionFigures>,
    /// The version whose figures the labels have: the one in use or, where it was not judged on any of them, the one that it was
    /// trained from, and so on.
    pub judged: Option<u64>,
    /// Human decisions beside the probabilities that the model showed, by tenths of these; as for the agreement.
    pub calibration: [Bin; 10],
    /// How fast the notes are worked through.
    pub pace: Pace,
}

/// Counts as a training records them among its figures: four numbers.
fn read(value: &Value) -> Option<Counts> {
    let number = |at: usize| value.get(at).and_then(Value::as_u64);
    Some(Counts { tp: number(0)?, fp: number(1)?, fn_: number(2)?, tn: number(3)? })
}

/// How a version fared, by label.
fn judged(version: &ModelVersion) -> BTreeMap<&str, Counts> {
    let labels = version.record.metrics["judged"].as_object();
    labels.into_iter().flatten().filter_map(|(name, value)| Some((name.as_str(), read(value)?))).collect()
}

/// The version whose figures are those of version `shown`: itself or, where it has none of these labels, the one that it
/// was trained from, and so on; and how it fared, a label of the scheme each.
fn judged_for(versions: &[ModelVersion], shown: u64, scheme: &LabelScheme) -> Option<(u64, Vec<Option<Counts>>)> {
    let mut at = shown;
    loop {
        let version = versions.iter().find(|version| version.record.id == at)?;
        let mut by_label = vec![None; scheme.len()];
        for (name, counts) in judged(version) {
            // A label that was renamed since is the same; where another has its name by now, that is meant.
            let label = scheme.index(name).filter(|&label| by_label[label].is_none() || scheme.labels[label].name == name);
            if let Some(label) = label {
                by_label[label] = Some(counts);
            }
        }
        if by_label.iter().any(Option::is_some) {
            return Some((at, by_label));
        }
        // A version comes from an earlier one.
        at = Some(version.record.base).filter(|&base| base < at)?;
    }
}

impl Project {
    /// The project's figures, while predictions are made with version `shown`. `ids` are the notes of the corpus and `find` gives
    /// one as it is now; notes for which it gives `None` are passed over.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn figures(
        &self,
        scheme: &LabelScheme,
        ids: &[DocumentId],
        shown: u64,
        mut find: impl FnMut(usize) -> Option<Document>,
    ) -> Result<Figures, StoreError> {
        let queue = self.queue(ids)?;
        let done = |entry: &&QueueEntry| entry.review == ReviewState::Done;
        let begun = queue.iter().filter(|entry| entry.decided > 0 || done(entry)).count();
        let notes = (ids.len(), begun, queue.iter().filter(done).count());
        let mut figures = Figures { notes, labels: vec![LabelFigures::default(); scheme.len()], ..Figures::default() };
        figures.pace = self.pace()?;
        let held: HashSet<DocumentId> = self.documents()?.into_iter().map(|(id, _)| id).collect();
        for (index, _) in ids.iter().enumerate().filter(|(_, id)| held.contains(*id)) {
            if let Some(document) = find(index) {
                let before = figures.words.1;
                self.count(&mut figures, &document, scheme)?;
                if queue.get(index).is_some_and(|entry| !entry.review.is_settled()) {
                    figures.decided_in_open += figures.words.1 - before;
                }
            }
        }
        let versions = self.versions()?;
        if let Some((version, by_label)) = judged_for(&versions, shown, scheme) {
            figures.judged = Some(version);
            figures.labels.iter_mut().zip(by_label).for_each(|(label, judged)| label.judged = judged);
        }
        for version in &versions {
            let (id, by_label) = (version.record.id, judged(version));
            let total = (!by_label.is_empty()).then(|| by_label.values().copied().sum());
            let learned = version.record.metrics["decided_cells"].as_u64().unwrap_or(0);
            figures.versions.push(VersionFigures { version: id, learned, judged: total, active: id == shown });
        }
        Ok(figures)
    }

    fn count(&self, figures: &mut Figures, document: &Document, scheme: &LabelScheme) -> Result<(), StoreError> {
        let words = segment(&document.text);
        let annotations = self.annotations(document, &words, scheme)?.annotations;
        let counted = || words.iter().enumerate().filter(|(_, word)| word.alphanumeric).map(|(index, _)| index);
        let decided = |&word: &usize| {
            matches!(
                annotations.word_state(word, Default::default()),
                WordState::Accepted | WordState::Corrected | WordState::Imported
            )
        };
        figures.words.0 += counted().count();
        figures.words.1 += counted().filter(decided).count();
        for word in counted() {
            annotations.shown(word, scheme.len(), Default::default()).iter().for_each(|label| figures.labels[label].present += 1);
        }
        for (cell, decided) in annotations.all_decided() {
            let shown = decided.probability.is_some() && decided.scope != Scope::Document;
            if let Some(label) = figures.labels.get_mut(usize::from(cell.label)).filter(|_| shown) {
                label.agreement.add_cell(decided.present, decided.predicted);
                let probability = f64::from(decided.probability.unwrap_or(0.0)).clamp(0.0, 1.0);
                let bin = &mut figures.calibration[((probability * 10.0) as usize).min(9)];
                bin.cells += 1;
                bin.present += u64::from(decided.present);
                bin.shown += (probability * 10_000.0).round() as u64;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::Verdict;
    use crate::store::version::VersionRecord;

    #[test]
    fn a_version_has_its_own_figures_or_those_of_the_one_it_came_from() {
        let version = |(id, base, judged): (u64, u64, Value)| {
            let record = VersionRecord {
                id,
                base,
                encoder: "e".into(),
                through: 0,
                seed: 0,
                verdict: Verdict::Activated,
                reason: String::new(),
                metrics: json!({ "judged": judged }),
            };
            ModelVersion::new(record, id, 0)
        };
        let versions: Vec<ModelVersion> = [
            (1, 0, json!({"sym": [1, 0, 0, 0], "sev": [1, 1, 0, 0]})),
            // Its training was rolled back, and the next began from the first.
            (2, 1, json!({"sym": [2, 0, 0, 0]})),
            (3, 1, json!({})),
            (4, 3, json!({"drug": [4, 0, 0, 0]})),
            (5, 4, json!({"sym": [5, 0, 0, 0]})),
        ]
        .map(version)
        .into();
        let mut scheme = LabelScheme::from_names("s", &["sym", "sev"]).unwrap();
        let check = |scheme: &LabelScheme, shown: u64, expected: Option<(u64, [u64; 2])>| {
            let hits = |labels: Vec<Option<Counts>>| {
                labels.iter().map(|counts| counts.map_or(0, |counts| counts.tp)).collect::<Vec<_>>()
            };
            let found = judged_for(&versions, shown, scheme).map(|(version, labels)| (version, hits(labels)));
            assert_eq!(found, expected.map(|(version, hits)| (version, hits.to_vec())), "{shown}");
        };
        check(&scheme, 0, None);
        check(&scheme, 1, Some((1, [1, 1])));
        check(&scheme, 2, Some((2, [2, 0])));
        check(&scheme, 3, Some((1, [1, 1])));
        // Judged on other labels alone.
        check(&scheme, 4, Some((1, [1, 1])));
        check(&scheme, 5, Some((5, [5, 0])));
        check(&scheme, 9, None);
        scheme.labels[0].name = "sign".into();
        scheme.labels[0].was = vec!["sym".into()];
        check(&scheme, 1, Some((1, [1, 1])));
    }
}

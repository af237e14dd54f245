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
    /// One a label of the scheme.
    pub labels: Vec<LabelFigures>,
    /// The versions, oldest first; without the model as it came.
    pub versions: Vec<VersionFigures>,
    /// The version whose figures the labels have: the active one, or the last one before it that was judged.
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

impl Project {
    /// The project's figures. `ids` are the notes of the corpus and `find` gives one as it is now; notes for which it
    /// gives `None` are passed over.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn figures(
        &self,
        scheme: &LabelScheme,
        ids: &[DocumentId],
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
                self.count(&mut figures, &document, scheme)?;
            }
        }
        let active = self.active()?;
        for version in self.versions()? {
            let by_label = judged(&version);
            let is_active = version.record.id == active;
            if !by_label.is_empty() && version.record.id <= active {
                figures.judged = Some(version.record.id);
                let known = scheme.names().zip(&mut figures.labels);
                known.for_each(|(name, label)| label.judged = by_label.get(name).copied());
            }
            let total = (!by_label.is_empty()).then(|| by_label.values().copied().sum());
            let learned = version.record.metrics["decided_cells"].as_u64().unwrap_or(0);
            figures.versions.push(VersionFigures { version: version.record.id, learned, judged: total, active: is_active });
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

//! Decisions on cells, what else is said of a document, and which edits they are made by.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::comment::{Anchor, Comment, CommentChange};
use super::edit::{Change, Disposition, Edit, Swap};
use super::history::EditId;
use super::label::LabelSet;
use super::on_word::OnWord;
use super::prediction::Predictions;

/// One (word, label) pair of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    /// Index of the word.
    pub word: u32,
    /// Index of the label in the scheme.
    pub label: u16,
}

impl Cell {
    /// The cell of the word and the label with these indices.
    pub fn new(word: usize, label: usize) -> Self {
        Self { word: word as u32, label: label as u16 }
    }
}

/// What is known of a cell. Only a human or imported gold decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Nobody has decided; the model's prediction is shown.
    #[default]
    Unknown,
    /// The word has the label.
    Present,
    /// The word does not have the label.
    Absent,
}

impl From<bool> for Decision {
    fn from(present: bool) -> Self {
        if present { Self::Present } else { Self::Absent }
    }
}

/// How much was decided in one go. Bulk accepts are weaker evidence than a toggle of one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One label toggled, on a word or a selection.
    Single,
    /// A word's remaining cells accepted as shown.
    Word,
    /// A selection's remaining cells accepted as shown.
    Selection,
    /// A document's remaining cells accepted as shown.
    Document,
    /// One label set or taken at all places that read alike.
    Matches,
}

/// A human's decision on one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decided {
    /// Whether the word has the label.
    pub present: bool,
    /// Whether the model predicted the label when this was decided.
    pub predicted: bool,
    /// The probability shown when this was decided, if the model had one.
    pub probability: Option<f32>,
    /// How it was decided.
    pub scope: Scope,
    /// The edit that decided it: the key to who and when, see [`Annotations::stamp`].
    pub edit: EditId,
}

impl Decided {
    /// Whether the human overruled the model.
    pub fn corrects(&self) -> bool {
        self.present != self.predicted
    }
}

/// Who decided, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The annotator's name.
    pub annotator: Arc<str>,
    /// Milliseconds since 1970-01-01 UTC.
    pub at: i64,
}

/// Decisions that came with an import: the layer beneath the human's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// Label set of each word that has one, by word index.
    pub present: BTreeMap<u32, LabelSet>,
    /// The labels that the import decides `absent` wherever it has no span; empty for a partial import.
    pub complete: LabelSet,
    /// Whether somebody has brought a complete import in as the review of this document: it need not be reviewed again,
    /// even if the import says nothing of some labels.
    pub reviewed: bool,
    /// Number of the first event that brought some, in force or not any more: a model version made after it may have learned
    /// from it.
    pub since: u64,
}

/// What a word's decisions amount to: shown, counted and filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WordState {
    /// No decision, and the model shows no label (or has not spoken yet).
    Undecided,
    /// No decision; the model shows labels.
    Predicted,
    /// Decided, everywhere as the model showed it.
    Accepted,
    /// Decided, somewhere against the model.
    Corrected,
    /// Decided by an import alone.
    Imported,
}

/// All decisions on one document, and what was said of it as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotations {
    /// What an import decided.
    pub imported: Option<Imported>,
    /// What an annotator has said of the document.
    pub disposition: Disposition,
    /// What was written beside it.
    pub comments: BTreeMap<Anchor, Comment>,
    decided: BTreeMap<Cell, Decided>,
    stamps: BTreeMap<EditId, Stamp>,
}

impl Annotations {
    /// The human decision on a cell.
    pub fn decided(&self, cell: Cell) -> Option<&Decided> {
        self.decided.get(&cell)
    }

    /// All human decisions, by word, then label.
    pub fn all_decided(&self) -> impl Iterator<Item = (Cell, &Decided)> {
        self.decided.iter().map(|(&cell, decided)| (cell, decided))
    }

    /// Number of cells a human decided.
    pub fn count(&self) -> usize {
        self.decided.len()
    }

    /// The human decisions on one word, by label.
    pub fn on_word(&self, word: usize) -> impl Iterator<Item = (usize, &Decided)> {
        let word = word as u32;
        let cells = Cell { word, label: 0 }..=Cell { word, label: u16::MAX };
        self.decided.range(cells).map(|(cell, decided)| (usize::from(cell.label), decided))
    }

    /// What is known of a cell: the human's word first, then the import's.
    pub fn decision(&self, cell: Cell) -> Decision {
        if let Some(decided) = self.decided.get(&cell) {
            return decided.present.into();
        }
        let label = usize::from(cell.label);
        match &self.imported {
            Some(imported) if imported.present.get(&cell.word).is_some_and(|set| set.contains(label)) => Decision::Present,
            Some(imported) if imported.complete.contains(label) => Decision::Absent,
            _ => Decision::Unknown,
        }
    }

    /// What is known of a word, looked up once.
    pub fn word(&self, word: usize) -> OnWord<'_> {
        let imported = self.imported.as_ref();
        let present = imported.and_then(|imported| imported.present.get(&(word as u32)).copied());
        OnWord { human: self.on_word(word).collect(), present, complete: imported.map(|imported| imported.complete) }
    }

    /// As [`OnWord::decisions`].
    pub fn decisions(&self, word: usize) -> (LabelSet, LabelSet) {
        self.word(word).decisions()
    }

    /// As [`OnWord::shown`].
    pub fn shown(&self, word: usize, labels: usize, predicted: LabelSet) -> LabelSet {
        self.word(word).shown(labels, predicted)
    }

    /// As [`OnWord::state`].
    pub fn word_state(&self, word: usize, predicted: LabelSet) -> WordState {
        self.word(word).state(predicted)
    }

    /// Who made an edit and when; `None` while it is not saved yet.
    pub fn stamp(&self, edit: EditId) -> Option<&Stamp> {
        self.stamps.get(&edit)
    }

    /// Records who made an edit and when, once it is saved.
    pub fn set_stamp(&mut self, edit: EditId, stamp: Stamp) {
        self.stamps.insert(edit, stamp);
    }

    /// Applies an edit. Applying it and then its inverse leaves everything as it was.
    pub fn apply(&mut self, edit: &Edit) {
        for change in &edit.changes {
            match change.after {
                Some(decided) => self.decided.insert(change.cell, decided),
                None => self.decided.remove(&change.cell),
            };
        }
        if let Some(disposition) = edit.disposition {
            self.disposition = disposition.after;
        }
        for change in &edit.comments {
            match change.after.clone() {
                Some(comment) => self.comments.insert(change.anchor, comment),
                None => self.comments.remove(&change.anchor),
            };
        }
    }

    /// The edit that says `disposition` of the document; one without changes if that was said already.
    pub fn dispose(&self, id: EditId, disposition: Disposition) -> Edit {
        let swap = Swap { before: self.disposition, after: disposition };
        Edit { disposition: Some(swap).filter(|swap| swap.before != swap.after), ..Edit::cells(id, Vec::new()) }
    }

    /// Takes back that the document is done, which was said of another text; whether it was.
    pub fn reopen(&mut self) -> bool {
        let done = self.disposition == Disposition::Done;
        if done {
            self.disposition = Disposition::Open;
        }
        done
    }

    /// The comments that stand on a word, in the order in which their words begin.
    pub fn comments_on(&self, word: usize) -> impl Iterator<Item = (Anchor, &Comment)> {
        let on = move |anchor: Anchor| anchor.range().is_some_and(|words| words.contains(&word));
        self.comments.iter().map(|(&anchor, comment)| (anchor, comment)).filter(move |(anchor, _)| on(*anchor))
    }

    /// The edit that writes `text` beside a place (nothing: a mark), or takes away what stands there; one without changes
    /// where it says that already.
    pub fn comment(&self, id: EditId, anchor: Anchor, text: Option<&str>) -> Edit {
        let before = self.comments.get(&anchor).cloned();
        if before.as_ref().map(|comment| &*comment.text) == text {
            return Edit::cells(id, Vec::new());
        }
        let after = text.map(|text| Comment { text: text.into(), edit: id });
        Edit { comments: vec![CommentChange { anchor, before, after }], ..Edit::cells(id, Vec::new()) }
    }

    /// The edit that sets `label` on all of `words`, or takes it from them where all of them show it: so that selecting
    /// a span of which the model found a part, and pressing the label's key, labels the whole of it.
    ///
    /// `predictions` is what the model shows, `thresholds` its thresholds, one a label.
    pub fn toggle(&self, id: EditId, words: impl IntoIterator<Item = usize>, label: usize, shown: &Shown<'_>) -> Edit {
        let words: Vec<usize> = words.into_iter().collect();
        let carries = |&word: &usize| self.shown(word, shown.labels(), shown.predicted(word)).contains(label);
        let present = !words.iter().all(carries);
        let changes = words.into_iter().map(|word| self.decide(id, Cell::new(word, label), present, Scope::Single, shown));
        Edit::cells(id, changes.collect())
    }

    /// The edit that decides `label` on all of `words` as `present` says; where that is decided so, nothing changes.
    pub fn set(
        &self,
        id: EditId,
        words: impl IntoIterator<Item = usize>,
        label: usize,
        present: bool,
        scope: Scope,
        shown: &Shown<'_>,
    ) -> Edit {
        let cells = words.into_iter().map(|word| Cell::new(word, label));
        let open = cells.filter(|&cell| self.decision(cell) != Decision::from(present));
        Edit::cells(id, open.map(|cell| self.decide(id, cell, present, scope, shown)).collect())
    }

    /// The edit that decides every still unknown cell of `words` as it is shown.
    pub fn accept(&self, id: EditId, words: impl IntoIterator<Item = usize>, scope: Scope, shown: &Shown<'_>) -> Edit {
        let mut changes = Vec::new();
        for word in words {
            let predicted = shown.predicted(word);
            for label in 0..shown.labels() {
                let cell = Cell::new(word, label);
                if self.decision(cell) == Decision::Unknown {
                    changes.push(self.decide(id, cell, predicted.contains(label), scope, shown));
                }
            }
        }
        Edit::cells(id, changes)
    }

    /// The edit that decides decided `cells` again as they are: somebody has looked at them once more. Cells that are
    /// unknown are left alone.
    pub fn confirm(&self, id: EditId, cells: impl IntoIterator<Item = Cell>, shown: &Shown<'_>) -> Edit {
        let confirmed = |cell: Cell| {
            let present = match self.decision(cell) {
                Decision::Unknown => return None,
                decision => decision == Decision::Present,
            };
            Some(self.decide(id, cell, present, Scope::Single, shown))
        };
        Edit::cells(id, cells.into_iter().filter_map(confirmed).collect())
    }

    /// The edit that takes every human decision on `words` back to unknown.
    pub fn clear(&self, id: EditId, words: impl IntoIterator<Item = usize>) -> Edit {
        let of_word = |word: usize| {
            self.on_word(word).map(move |(label, &decided)| Change {
                cell: Cell::new(word, label),
                before: Some(decided),
                after: None,
            })
        };
        Edit::cells(id, words.into_iter().flat_map(of_word).collect())
    }

    fn decide(&self, id: EditId, cell: Cell, present: bool, scope: Scope, shown: &Shown<'_>) -> Change {
        let (word, label) = (cell.word as usize, usize::from(cell.label));
        let predicted = shown.predicted(word).contains(label);
        let after = Decided { present, predicted, probability: shown.probability(word, label), scope, edit: id };
        Change { cell, before: self.decided.get(&cell).copied(), after: Some(after) }
    }
}

/// What the model shows while an edit is made.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Its predictions, once they have arrived.
    pub predictions: Option<&'a Predictions>,
    /// Its thresholds, one a label: as many as the scheme has labels, with or without predictions.
    pub thresholds: &'a [f32],
}

impl Shown<'_> {
    /// Number of labels.
    pub fn labels(&self) -> usize {
        self.thresholds.len()
    }

    /// The labels predicted on a word.
    pub fn predicted(&self, word: usize) -> LabelSet {
        self.predictions.map(|predictions| predictions.predicted(word, self.thresholds)).unwrap_or_default()
    }

    /// The probability of a cell.
    pub fn probability(&self, word: usize, label: usize) -> Option<f32> {
        self.predictions?.word(word)?.get(label).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::History;

    fn shown(predictions: &Predictions) -> Shown<'_> {
        Shown { predictions: Some(predictions), thresholds: &[0.5, 0.5] }
    }

    #[test]
    fn toggling_decides_against_what_is_shown_and_accepting_decides_the_rest() {
        let predictions = Predictions::new(1, 2, vec![0.9, 0.2, 0.4, 0.6]);
        let mut annotations = Annotations::default();
        let sets = |annotations: &Annotations| {
            [0, 1].map(|word| annotations.shown(word, 2, predictions.predicted(word, &[0.5, 0.5])).iter().collect::<Vec<_>>())
        };
        annotations.apply(&annotations.toggle(EditId(1), [0, 1], 0, &shown(&predictions)));
        assert_eq!(sets(&annotations), [vec![0], vec![0, 1]], "the first word's label comes to both words");
        annotations.apply(&annotations.toggle(EditId(2), [0, 1], 0, &shown(&predictions)));
        assert_eq!(sets(&annotations), [vec![], vec![1]], "where both have it, it goes from both");
        assert_eq!(annotations.word_state(0, LabelSet::EMPTY), WordState::Corrected);
        let accept = annotations.accept(EditId(3), 0..2, Scope::Document, &shown(&predictions));
        assert_eq!(accept.changes.len(), 2, "decided cells are left alone");
        annotations.apply(&accept);
        assert_eq!(annotations.decision(Cell::new(1, 1)), Decision::Present);
        assert_eq!(annotations.decision(Cell::new(0, 1)), Decision::Absent);
    }

    #[test]
    fn an_import_lies_beneath_the_human() {
        let imported = Imported {
            present: [(0, [1].into_iter().collect())].into(),
            complete: [0, 1].into_iter().collect(),
            ..Imported::default()
        };
        let mut annotations = Annotations { imported: Some(imported), ..Annotations::default() };
        let predictions = Predictions::new(1, 2, vec![0.9, 0.2]);
        assert_eq!(annotations.decision(Cell::new(0, 1)), Decision::Present);
        assert_eq!(annotations.decision(Cell::new(0, 0)), Decision::Absent);
        assert_eq!(annotations.shown(0, 2, predictions.predicted(0, &[0.5, 0.5])).iter().collect::<Vec<_>>(), [1]);
        annotations.apply(&annotations.toggle(EditId(1), [0], 1, &shown(&predictions)));
        assert_eq!(annotations.decision(Cell::new(0, 1)), Decision::Absent);
    }

    #[test]
    fn decisions_of_a_word_are_those_of_its_cells() {
        let predictions = Predictions::new(1, 2, vec![0.9, 0.2, 0.4, 0.6]);
        let set = |labels: &[usize]| labels.iter().copied().collect::<LabelSet>();
        for (present, complete) in [(vec![], vec![]), (vec![1], vec![]), (vec![1], vec![0, 1]), (vec![0], vec![0])] {
            let imported = Imported { present: [(0, set(&present))].into(), complete: set(&complete), ..Imported::default() };
            let mut annotations = Annotations { imported: Some(imported), ..Annotations::default() };
            for label in [0, 1, 0] {
                for word in 0..2 {
                    let (decided, present) = annotations.decisions(word);
                    let found = [0, 1].map(|label| match (decided.contains(label), present.contains(label)) {
                        (true, present) => Decision::from(present),
                        (false, _) => Decision::Unknown,
                    });
                    assert_eq!(found, [0, 1].map(|label| annotations.decision(Cell::new(word, label))));
                }
                annotations.apply(&annotations.toggle(EditId(1), [0], label, &shown(&predictions)));
            }
        }
    }

    #[test]
    fn confirming_decides_again_what_is_decided_and_nothing_else() {
        let predictions = Predictions::new(1, 2, vec![0.9, 0.2]);
        let complete = [1].into_iter().collect();
        let imported = Imported { complete, ..Imported::default() };
        let mut annotations = Annotations { imported: Some(imported), ..Annotations::default() };
        let cells = [Cell::new(0, 0), Cell::new(0, 1)];
        annotations.apply(&annotations.confirm(EditId(1), cells, &shown(&predictions)));
        assert_eq!((annotations.count(), annotations.decision(cells[0])), (1, Decision::Unknown));
        let decided = annotations.decided(cells[1]).unwrap();
        assert_eq!((decided.present, decided.scope), (false, Scope::Single), "the import's decision is the human's now");
        annotations.apply(&annotations.toggle(EditId(2), [0], 1, &shown(&predictions)));
        let again = annotations.confirm(EditId(3), cells, &shown(&predictions));
        assert_eq!(again.changes.iter().map(|change| change.after.unwrap().present).collect::<Vec<_>>(), [true]);
    }

    #[test]
    fn undo_restores_and_redo_repeats() {
        let predictions = Predictions::new(1, 2, vec![0.9, 0.2, 0.4, 0.6]);
        let (mut annotations, mut history) = (Annotations::default(), History::default());
        let mut states = vec![annotations.clone()];
        for (id, label) in [(1, 0), (2, 1), (3, 0)] {
            let edit = annotations.toggle(EditId(id), [0, 1], label, &shown(&predictions));
            history.perform(&mut annotations, edit);
            states.push(annotations.clone());
        }
        let last = states.pop().unwrap();
        while history.undo(&mut annotations).is_some() {
            assert_eq!(Some(&annotations), states.pop().as_ref());
        }
        while history.redo(&mut annotations).is_some() {}
        assert_eq!(annotations, last);
    }
}

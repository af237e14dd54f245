//! What is under way between the screen and the other threads. Nothing of it is drawn.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use crate::domain::{EditId, LabelScheme, LabelSet, Predictions};
use crate::tui::message::Message;
use crate::tui::state::open::Basis;

/// At most this many cells of documents that are not on screen are kept coloured (4 bytes each).
const CACHED_CELLS: usize = 8_000_000;

/// A change that the store has not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InFlight {
    /// Index of the document.
    pub document: usize,
    /// The edit that is made, undone or redone.
    pub edit: EditId,
}

/// How far quitting has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quitting {
    /// Nobody wants to.
    #[default]
    No,
    /// Once everything is saved.
    WhenSaved,
    /// The store is closing.
    Closing,
}

/// The labels that the screen is to be opened again with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// These, which the annotator has chosen.
    Labels(Arc<LabelScheme>),
    /// Those that the project has by now.
    Recorded,
}

/// The version that the worker predicts with.
#[derive(Clone, Debug)]
pub struct Using {
    /// The version.
    pub version: u64,
    /// The labels it knows, in the order of its probabilities.
    pub scheme: Arc<LabelScheme>,
    /// Its thresholds, in that order.
    pub own_thresholds: Arc<[f32]>,
    /// For each label of the project, the model's column; `None` for a label that it does not know.
    pub columns: Vec<Option<usize>>,
    /// Thresholds, one a label of the project.
    pub thresholds: Arc<[f32]>,
}

impl Using {
    /// Relates what a model knows to the labels of the project.
    pub fn new(version: u64, scheme: Arc<LabelScheme>, own_thresholds: Arc<[f32]>, project: &LabelScheme) -> Self {
        let columns: Vec<Option<usize>> = project.labels.iter().map(|label| scheme.counterpart(label)).collect();
        let threshold = |column: &Option<usize>| column.and_then(|column| own_thresholds.get(column).copied());
        let thresholds = columns.iter().map(|column| threshold(column).unwrap_or(0.5)).collect();
        Self { version, scheme, own_thresholds, columns, thresholds }
    }

    /// Rows of the model's labels as rows of the project's: a label that it does not know has probability 0. `None`
    /// if the rows do not fit the model's labels.
    pub fn translate(&self, rows: &[f32]) -> Option<Vec<f32>> {
        let own = self.scheme.len();
        if own == 0 || !rows.len().is_multiple_of(own) {
            return None;
        }
        let row = |row: &'_ [f32]| -> Vec<f32> { self.columns.iter().map(|column| column.map_or(0.0, |c| row[c])).collect() };
        Some(rows.chunks_exact(own).flat_map(row).collect())
    }

    /// A set of the model's labels as one of the project's.
    pub fn translate_set(&self, set: LabelSet) -> LabelSet {
        let labels = self.columns.iter().enumerate();
        labels.filter(|(_, column)| column.is_some_and(|column| set.contains(column))).map(|(label, _)| label).collect()
    }
}

/// What the queue's filter has asked the store and waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    /// What some notes contain.
    pub contents: bool,
    /// Who has decided what.
    pub annotators: bool,
}

/// A change that can be made again elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastChange {
    /// A label was toggled.
    Set {
        /// Its index.
        label: usize,
        /// Whether it was set, or taken away.
        present: bool,
    },
    /// A label, by its index, was set in place of all others.
    Only(usize),
    /// What is shown was accepted.
    Accept,
    /// Decisions were taken back.
    Clear,
}

/// What undo and redo mean, as long as nothing was changed since and no note was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LastStep {
    /// The last change of the note on screen.
    #[default]
    Here,
    /// This document was marked and left: to undo means that.
    LedOn(usize),
    /// Notes beside the one on screen alone were changed, by an edit of each that could be saved: to undo means that, and
    /// any of them stands for all.
    Apart(Vec<InFlight>),
    /// Such a change was undone: to redo means that.
    UndoneApart(InFlight),
}

impl LastStep {
    /// An edit of this document could not be saved: there is nothing left of it to undo.
    pub fn forget(&mut self, document: usize) {
        let gone = match self {
            Self::Here => return,
            Self::LedOn(left) => *left == document,
            Self::UndoneApart(change) => change.document == document,
            Self::Apart(changes) => {
                changes.retain(|change| change.document != document);
                changes.is_empty()
            }
        };
        if gone {
            *self = Self::Here;
        }
    }
}

/// What is under way.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// The versions between which changed words were taken in; more may follow of them.
    pub compared: Option<(u64, u64)>,
    /// How many edits were made in this session.
    pub edits: u64,
    /// What was said of settings that could not be read, as long as they can't.
    pub misread: Option<String>,
    /// The last change made by hand, undone or not.
    pub last_change: Option<LastChange>,
    /// What was done last, for undo and redo.
    pub last_step: LastStep,
    /// The document whose uncertain words were counted last, and what that depended on.
    pub counted: Option<(usize, Basis)>,
    /// The lines of the document on the page: the words that begin on each, and its rows of the screen.
    pub sight: Vec<(Range<usize>, Range<u16>)>,
    /// The word from which a selection was grown, while there is one.
    pub grown_from: Option<usize>,
    /// What the filter waits for.
    pub asking: Asking,
    /// What the store has not answered yet, oldest first.
    pub in_flight: VecDeque<InFlight>,
    /// The document on screen is being read again: an edit could not be saved, or a jump leads to another point.
    pub resync: bool,
    /// What was typed for a document that is still being opened, oldest first.
    pub ahead: VecDeque<Message>,
    /// How many times the worker was told what is on screen.
    pub generation: u64,
    /// The document and word it was told last.
    pub focused: Option<(usize, usize)>,
    /// What it predicts with, once it has said so.
    pub using: Option<Using>,
    /// The version whose list of changed words is awaited, and what the store said of it.
    pub awaited_flips: Option<(u64, String)>,
    /// Predictions of documents that are not on screen.
    pub cache: Cache,
    /// Documents with decisions that the worker has not been told.
    pub untold: BTreeSet<usize>,
    /// Whether the store was asked for decisions that a training has brought in with the notes' gold.
    pub gold_told: bool,
    /// The word on which the mouse's button went down.
    pub drag: Option<usize>,
    /// How far quitting has come.
    pub quitting: Quitting,
    /// The document and word to begin at, until the project is open; `None` for the first that is not done.
    pub place: Option<(usize, usize)>,
    /// The document that the session began with because nobody had been anywhere yet, nor was anything ranked.
    pub began: Option<usize>,
    /// What to open the screen again with, instead of quitting.
    pub wanted: Option<Wanted>,
    /// What was done with the labels, to be said when the screen is open again with them.
    pub said: Option<String>,
    /// What was done with the labels while the annotator was quitting: the screen does not have them yet.
    pub owed: Option<String>,
    /// How many other changes the store has not answered: of labels and versions, jumps, what it is to write.
    pub awaited: usize,
    /// Whether a change of the labels is on its way.
    pub relabelling: bool,
}

impl Work {
    /// To undo means the last change of the note on screen from here on.
    pub fn stay(&mut self) {
        self.last_step = LastStep::Here;
    }

    /// A number for a new edit.
    pub fn next_edit(&mut self) -> EditId {
        self.edits += 1;
        EditId(EditId::SESSION + self.edits)
    }
}

/// One document's predictions with the thresholds that belong to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Colours {
    /// The predictions, one column a label of the project.
    pub predictions: Predictions,
    /// One threshold a label of the project.
    pub thresholds: Arc<[f32]>,
}

/// Predictions of documents that are not on screen, so that they are coloured at once when they come: those used last,
/// up to a number of cells.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    /// Documents and what is known of them, the one used last at the back.
    kept: VecDeque<(usize, Colours)>,
}

impl Cache {
    /// Takes a document's predictions out.
    pub fn take(&mut self, document: usize) -> Option<Colours> {
        let at = self.kept.iter().position(|(other, _)| *other == document)?;
        self.kept.remove(at).map(|(_, colours)| colours)
    }

    /// A document's predictions, left where they are.
    pub fn peek(&self, document: usize) -> Option<&Colours> {
        self.kept.iter().find(|(other, _)| *other == document).map(|(_, colours)| colours)
    }

    /// Puts a document's predictions in, and drops those that were used longest ago where they become too many.
    pub fn put(&mut self, document: usize, colours: Colours) {
        self.take(document);
        self.kept.push_back((document, colours));
        let cells = |(_, colours): &(usize, Colours)| colours.predictions.words() * colours.predictions.labels();
        while self.kept.iter().map(cells).sum::<usize>() > CACHED_CELLS {
            self.kept.pop_front();
        }
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        self.kept.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colours(words: usize) -> Colours {
        Colours { predictions: Predictions::awaited(1, words, 10), thresholds: [0.5; 10].into() }
    }

    #[test]
    fn the_cache_is_bounded_by_cells_and_drops_what_was_used_longest_ago() {
        let mut cache = Cache::default();
        let third = CACHED_CELLS / 30;
        (0..3).for_each(|document| cache.put(document, colours(third)));
        let first = cache.take(0).unwrap();
        cache.put(0, first);
        cache.put(3, colours(third));
        assert!(cache.take(1).is_none());
        assert!(cache.take(0).is_some() && cache.take(2).is_some() && cache.take(3).is_some());
        cache.put(4, colours(CACHED_CELLS));
        assert!(cache.take(4).is_none(), "a document beyond the bound is not kept");
    }

    #[test]
    fn a_model_with_other_labels_is_read_by_name() {
        let scheme = |names: &[&str]| Arc::new(LabelScheme::from_names("s", names).unwrap());
        let using = Using::new(1, scheme(&["b", "z", "a"]), [0.2, 0.3, 0.4].into(), &scheme(&["a", "b", "c"]));
        assert_eq!(&*using.thresholds, [0.4, 0.2, 0.5]);
        assert_eq!(using.translate(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), Some(vec![0.3, 0.1, 0.0, 0.6, 0.4, 0.0]));
        assert_eq!(using.translate(&[0.1, 0.2]), None);
        assert_eq!(using.translate_set([0, 1].into_iter().collect()), [1].into_iter().collect());
    }
}

//! The document on screen.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::domain::{Annotations, Document, EditId, History, LabelSet, Predictions, Shown, WordState, Words};
use crate::tui::layout::Layout;

/// A document with its decisions, predictions, and the place in it.
#[derive(Clone, Debug)]
pub struct OpenDocument {
    /// Index in the corpus.
    pub index: usize,
    /// The note.
    pub document: Arc<Document>,
    /// Its words.
    pub words: Arc<Words>,
    /// Its decisions, those that are not saved yet included.
    pub annotations: Annotations,
    /// What can be undone.
    pub history: History,
    /// What the model says, as far as it has come; one column a label of the project's scheme.
    pub predictions: Option<Predictions>,
    /// The thresholds that belong to `predictions`, one a label of the project's scheme.
    pub thresholds: Arc<[f32]>,
    /// The text broken into the lines of the document pane.
    pub layout: Layout,
    /// Index of the word under the cursor: one with an alphanumeric character where there is one. Meaningless in a
    /// note without words: ask [`OpenDocument::word`].
    pub cursor: usize,
    /// The column that moving up and down aims at.
    pub goal_column: u16,
    /// The word at the other end of the selection, while there is one.
    pub anchor: Option<usize>,
    /// Index of the layout's line at the top of the pane.
    pub scroll: usize,
    /// Edits that are done, undone or redone on screen and not durable yet, with how many times.
    pub pending: BTreeMap<EditId, usize>,
}

impl OpenDocument {
    /// The word under the cursor; `None` in a note without words.
    pub fn word(&self) -> Option<usize> {
        (self.cursor < self.words.len()).then_some(self.cursor)
    }

    /// The selected words, first to last; the word under the cursor where nothing is selected; `None` in a note
    /// without words.
    pub fn selection(&self) -> Option<RangeInclusive<usize>> {
        let cursor = self.word()?;
        let anchor = self.anchor.unwrap_or(cursor);
        Some(cursor.min(anchor)..=cursor.max(anchor))
    }

    /// What the model shows.
    pub fn shown(&self) -> Shown<'_> {
        Shown { predictions: self.predictions.as_ref(), thresholds: &self.thresholds }
    }

    /// The labels shown on a word: decided or else predicted.
    pub fn labels(&self, word: usize) -> LabelSet {
        self.annotations.shown(word, self.thresholds.len(), self.shown().predicted(word))
    }

    /// What the decisions on a word amount to.
    pub fn word_state(&self, word: usize) -> WordState {
        self.annotations.word_state(word, self.shown().predicted(word))
    }

    /// Whether a decision on the word is not durable yet.
    pub fn is_pending(&self, word: usize) -> bool {
        !self.pending.is_empty() && self.annotations.on_word(word).any(|(_, decided)| self.pending.contains_key(&decided.edit))
    }
}

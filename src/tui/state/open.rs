//! The document on screen.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use crate::domain::spans::Labelled;
use crate::domain::{
    Annotations, Cell, Decision, Document, Edit, EditId, History, LabelScheme, LabelSet, OnWord, Predictions, Scope, Shown,
    WordState, Words,
};
use crate::tui::layout::{Layout, margin, window};
use crate::tui::state::Reading;
use crate::tui::view;

/// What the labels on show depend on beside the text. Where it is as before, so is all that is shown of them: what is
/// derived from every word of a long note need not be derived again.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    reading: Reading,
    blind: bool,
    scheme: Arc<LabelScheme>,
    /// How many edits are done, and the last of them.
    edits: (usize, Option<EditId>),
    /// The version that predicts, and of how many words.
    predicted: Option<(u64, usize)>,
    thresholds: Arc<[f32]>,
}

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
    /// What a newer version says, until it covers as much as `predictions` and takes their place: so colours change
    /// at once and never vanish in between.
    pub incoming: Option<(Predictions, Arc<[f32]>)>,
    /// How the labels are shown.
    pub reading: Reading,
    /// What the tags of the layout were derived from, if it has any.
    pub tagged: Option<Basis>,
    /// The text broken into the lines of the document pane, with the tags that are shown.
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
    /// How many rows at the foot of the pane lie under a long sentence, where the lines were last scrolled into view.
    pub covered: u16,
    /// Edits that are done, undone or redone on screen and not durable yet, with how many times.
    pub pending: BTreeMap<EditId, usize>,
    /// Whether predictions are hidden until a word is decided.
    pub blind: bool,
    /// Whether some of its words are written from right to left.
    pub right_to_left: bool,
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

    /// The word with an alphanumeric character nearest to `word`, at or after it by preference; `word` itself in a note
    /// that has none; `None` in a note without words.
    pub fn snap(&self, word: usize) -> Option<usize> {
        let word = word.min(self.words.len().checked_sub(1)?);
        let counts = |&index: &usize| self.words[index].alphanumeric;
        let (after, before) = ((word..self.words.len()).find(counts), (0..word).rev().find(counts));
        let nearer = |after: usize, before: usize| if after - word <= word - before { after } else { before };
        Some(match (after, before) {
            (Some(after), Some(before)) => nearer(after, before),
            (found, None) | (None, found) => found.unwrap_or(word),
        })
    }

    /// The selected words that can be labelled: those with an alphanumeric character, or all if none has one.
    pub fn targets(&self) -> Vec<usize> {
        let Some(selection) = self.selection() else { return Vec::new() };
        let targets: Vec<usize> = selection.clone().filter(|&word| self.words[word].alphanumeric).collect();
        if targets.is_empty() { selection.collect() } else { targets }
    }

    /// The lines of the layout that a pane of `height` rows shows, also those beneath what lies over its foot.
    pub fn page(&self, height: u16) -> Range<usize> {
        self.page_by(height, |line| view::rows(self, line))
    }

    /// The same where `rows` gives the rows that a line takes.
    pub fn page_by(&self, height: u16, rows: impl Fn(usize) -> usize) -> Range<usize> {
        let sight = self.sight(height, &rows);
        if self.covered == 0 || sight.is_empty() {
            return sight;
        }
        let (mut end, mut used) = (sight.end, sight.clone().map(&rows).sum::<usize>());
        while end < self.layout.lines().len() && used < height.into() {
            used += rows(end);
            end += usize::from(used <= height.into());
        }
        sight.start..end
    }

    /// The lines that a pane of `height` rows shows and nothing at its foot lies over. `rows` gives a line's rows.
    pub fn sight(&self, height: u16, rows: impl Fn(usize) -> usize) -> Range<usize> {
        // What lies over the foot does not change how far the cursor keeps from the edge.
        let (around, free) = (margin(height.into()), height.saturating_sub(self.covered));
        window(self.scroll, self.layout.line_of(self.cursor), free.into(), around, self.layout.lines().len(), rows)
    }

    /// What the labels on show depend on, by this scheme.
    pub fn basis(&self, scheme: &Arc<LabelScheme>) -> Basis {
        Basis {
            reading: self.reading,
            blind: self.blind,
            scheme: scheme.clone(),
            edits: (self.history.undoable(), self.history.last()),
            predicted: self.predictions.as_ref().map(|predictions| (predictions.version, predictions.arrived())),
            thresholds: self.thresholds.clone(),
        }
    }

    /// The edit that accepts what is undecided and shown of these words.
    pub fn accepting(&self, id: EditId, words: Vec<usize>, scope: Scope) -> Edit {
        self.of_what_is_shown(self.annotations.accept(id, words, scope, &self.shown()))
    }

    /// The edit that takes back the decisions that are shown on these words.
    pub fn clearing(&self, id: EditId, words: Vec<usize>) -> Edit {
        self.of_what_is_shown(self.annotations.clear(id, words))
    }

    /// Without the changes of labels that are not shown: nobody has looked at those.
    fn of_what_is_shown(&self, mut edit: Edit) -> Edit {
        if let Some(label) = self.reading.focus() {
            edit.changes.retain(|change| usize::from(change.cell.label) == label);
        }
        edit
    }

    /// What the model shows: nothing while it is hidden. Of what is decided then, nothing was shown.
    pub fn shown(&self) -> Shown<'_> {
        Shown { predictions: self.predictions.as_ref().filter(|_| !self.blind), thresholds: &self.thresholds }
    }

    /// What the model says of a word, as far as it may be seen: of one that is wholly decided, also while it is hidden.
    pub fn revealed(&self, word: usize) -> Shown<'_> {
        let visible = !self.blind || self.is_decided(word);
        Shown { predictions: self.predictions.as_ref().filter(|_| visible), thresholds: &self.thresholds }
    }

    /// Whether nothing on the word is left to decide.
    pub fn is_decided(&self, word: usize) -> bool {
        let (decided, _) = self.annotations.decisions(word);
        (0..self.thresholds.len()).all(|label| decided.contains(label))
    }

    /// Whether nothing on the word is left to decide of what is shown.
    pub fn is_settled(&self, word: usize) -> bool {
        match self.reading.focus() {
            Some(label) => self.annotations.decision(Cell::new(word, label)) != Decision::Unknown,
            None => self.is_decided(word),
        }
    }

    /// Whether something is decided on the word otherwise than the model has it now, of what is shown.
    pub fn disagrees(&self, word: usize) -> bool {
        self.differs(word, &self.annotations.word(word))
    }

    /// The same of a word of which all is known.
    pub fn differs(&self, word: usize, known: &OnWord<'_>) -> bool {
        let (decided, present) = known.decisions();
        // Most words are undecided, and what is predicted takes longer to look up.
        if decided.is_empty() {
            return false;
        }
        let shown = self.revealed(word);
        if shown.probability(word, 0).is_none() {
            return false;
        }
        let differs = decided.intersection(present.difference(shown.predicted(word)));
        match self.reading.focus() {
            Some(label) => differs.contains(label),
            None => differs.iter().any(|label| label < shown.labels()),
        }
    }

    /// The text with the labels shown.
    pub fn labelled(&self) -> Labelled<'_, impl Fn(usize) -> LabelSet> {
        Labelled { text: &self.document.text, words: &self.words, labels: |word| self.labels(word) }
    }

    /// The labels shown on a word: decided or else predicted.
    pub fn labels(&self, word: usize) -> LabelSet {
        self.annotations.shown(word, self.thresholds.len(), self.shown().predicted(word))
    }

    /// What the decisions on a word amount to.
    pub fn word_state(&self, word: usize) -> WordState {
        self.annotations.word_state(word, self.shown().predicted(word))
    }

    /// Whether a decision on the word of which this is known is not durable yet.
    pub fn is_pending(&self, known: &OnWord<'_>) -> bool {
        known.human.iter().any(|(_, decided)| self.pending.contains_key(&decided.edit))
    }
}

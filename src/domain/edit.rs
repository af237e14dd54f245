//! Edits: what is done, undone and saved together.

use std::ops::Range;

use super::annotation::{Cell, Decided};
use super::comment::CommentChange;
use super::history::EditId;

/// What an annotator has said of a document as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// Nothing: it is to be reviewed.
    #[default]
    Open,
    /// It is done.
    Done,
    /// It is not to be reviewed, at least not now.
    Skipped,
    /// Somebody else has to be asked about it.
    Discuss,
}

/// What one edit does to one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The cell.
    pub cell: Cell,
    /// The human decision before; `None` where there was none.
    pub before: Option<Decided>,
    /// The human decision after.
    pub after: Option<Decided>,
}

/// What one edit does to something that there is one of in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swap<T> {
    /// What was there.
    pub before: T,
    /// What is there instead.
    pub after: T,
}

impl<T: Clone> Swap<T> {
    /// The swap that takes this one back.
    pub fn inverse(&self) -> Self {
        Self { before: self.after.clone(), after: self.before.clone() }
    }
}

/// So many changes are looked through one by one.
const FEW: usize = 1_000;

/// A set of changes that are done, undone and saved together.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// Names the edit within its document.
    pub id: EditId,
    /// At most one change a cell.
    pub changes: Vec<Change>,
    /// What is said of the document, if that changes.
    pub disposition: Option<Swap<Disposition>>,
    /// At most one change a place.
    pub comments: Vec<CommentChange>,
}

impl Edit {
    /// An edit of cells alone; large ones are kept in order of the words.
    pub fn cells(id: EditId, mut changes: Vec<Change>) -> Self {
        if changes.len() > FEW && !changes.is_sorted_by_key(|change| change.cell.word) {
            changes.sort_by_key(|change| change.cell.word);
        }
        Self { id, changes, disposition: None, comments: Vec::new() }
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.disposition.is_none() && self.comments.is_empty()
    }

    /// The edit that takes this one back.
    pub fn inverse(&self) -> Self {
        let swap = |change: &Change| Change { cell: change.cell, before: change.after, after: change.before };
        let back = |change: &CommentChange| CommentChange {
            anchor: change.anchor,
            before: change.after.clone(),
            after: change.before.clone(),
        };
        Self {
            id: self.id,
            changes: self.changes.iter().map(swap).collect(),
            disposition: self.disposition.as_ref().map(Swap::inverse),
            comments: self.comments.iter().map(back).collect(),
        }
    }

    /// What it does to the cells of a word.
    pub fn on_word(&self, word: usize) -> impl Iterator<Item = &Change> {
        let of = |change: &Change| change.cell.word as usize;
        let changes = match self.changes.len() {
            0..=FEW => &self.changes[..],
            _ => &self.changes[self.changes.partition_point(|change| of(change) < word)..],
        };
        let few = self.changes.len() <= FEW;
        changes.iter().take_while(move |change| few || of(change) == word).filter(move |change| of(change) == word)
    }

    /// Indices of the words it touches, from the first to the last.
    pub fn words(&self) -> Option<Range<usize>> {
        let cells = self.changes.iter().map(|change| change.cell.word as usize..change.cell.word as usize + 1);
        let comments = self.comments.iter().filter_map(|change| change.anchor.range());
        cells.chain(comments).reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))
    }
}

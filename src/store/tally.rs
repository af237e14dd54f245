//! Which cells of a document are decided and what is said of it, through edits, undos and redos: what the queue's counts are made from. Needs
//! neither the note nor the label scheme, so that the projections can be made again from the events alone.

use std::collections::HashSet;

use crate::domain::{Disposition, EditId, Swap};

use super::payload::EditPayload;
use super::protocol::ReviewState;

/// First byte, one past the last byte, index in [`Tally::labels`].
type Key = (u32, u32, u16);

/// One edit's effect on one cell.
#[derive(Clone, Copy, Debug)]
struct Flip {
    key: Key,
    before: bool,
    after: bool,
}

#[derive(Clone, Debug)]
struct Done {
    event: u64,
    flips: Vec<Flip>,
    disposition: Option<Swap<Disposition>>,
}

/// The decided cells of one document, and the edits that can be undone and redone.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    labels: Vec<String>,
    decided: HashSet<Key>,
    disposition: Disposition,
    done: Vec<Done>,
    undone: Vec<Done>,
}

impl Tally {
    /// Number of decided cells.
    pub fn count(&self) -> usize {
        self.decided.len()
    }

    /// What was said of the document last.
    pub fn disposition(&self) -> Disposition {
        self.disposition
    }

    /// Takes in what is said of the document.
    pub fn review(&mut self, event: u64, disposition: Disposition) {
        let swap = Swap { before: self.disposition, after: disposition };
        self.perform(Done { event, flips: Vec::new(), disposition: Some(swap) });
    }

    /// Takes in that something was written, of which only matters that it can be undone.
    pub fn comment(&mut self, event: u64) {
        self.perform(Done { event, flips: Vec::new(), disposition: None });
    }

    /// Takes an edit in.
    pub fn edit(&mut self, event: u64, payload: &EditPayload) {
        let labels: Vec<u16> = payload.labels.iter().map(|name| self.label(name)).collect();
        let mut flips = Vec::new();
        for (row, column, after) in payload.cells(EditId(event)) {
            let key = (row.0, row.1, labels[column]);
            flips.push(Flip { key, before: self.decided.contains(&key), after: after.is_some() });
        }
        let swap = |state: ReviewState| Swap { before: self.disposition, after: state.disposition() };
        self.perform(Done { event, flips, disposition: payload.review.map(swap) });
    }

    fn perform(&mut self, done: Done) {
        self.apply(&done);
        self.done.push(done);
        self.undone.clear();
    }

    fn apply(&mut self, done: &Done) {
        self.set(done.flips.iter().map(|flip| (flip.key, flip.after)));
        if let Some(disposition) = done.disposition {
            self.disposition = disposition.after;
        }
    }

    /// The edits that are done and can be undone, by their events, oldest first.
    pub fn done(&self) -> impl Iterator<Item = u64> {
        self.done.iter().map(|done| done.event)
    }

    /// Whether [`Tally::undo`] would take this edit back.
    pub fn can_undo(&self, event: u64) -> bool {
        self.done.iter().any(|done| done.event == event)
    }

    /// Whether [`Tally::redo`] would do this edit again.
    pub fn can_redo(&self, event: u64) -> bool {
        self.undone.iter().any(|done| done.event == event)
    }

    /// Takes an edit back. Later ones, which then concern words or labels that are no longer shown, stay in force
    /// and can no longer be undone.
    pub fn undo(&mut self, event: u64) {
        let Some(at) = self.done.iter().position(|done| done.event == event) else { return };
        self.done.truncate(at + 1);
        if let Some(done) = self.done.pop() {
            self.set(done.flips.iter().rev().map(|flip| (flip.key, flip.before)));
            if let Some(disposition) = done.disposition {
                self.disposition = disposition.before;
            }
            self.undone.push(done);
        }
    }

    /// Does an undone edit again; those undone after it can no longer be redone.
    pub fn redo(&mut self, event: u64) {
        let Some(at) = self.undone.iter().position(|done| done.event == event) else { return };
        self.undone.truncate(at + 1);
        if let Some(done) = self.undone.pop() {
            self.apply(&done);
            self.done.push(done);
        }
    }

    /// The text has changed: what was decided stays, but edits of the earlier text cannot be undone.
    pub fn forget(&mut self) {
        self.done.clear();
        self.undone.clear();
    }

    fn set(&mut self, cells: impl Iterator<Item = (Key, bool)>) {
        for (key, decided) in cells {
            if decided {
                self.decided.insert(key);
            } else {
                self.decided.remove(&key);
            }
        }
    }

    fn label(&mut self, name: &str) -> u16 {
        let known = self.labels.iter().position(|label| label == name).unwrap_or_else(|| {
            self.labels.push(name.to_owned());
            self.labels.len() - 1
        });
        u16::try_from(known).unwrap_or(u16::MAX)
    }
}

//! Which cells of a document are decided, by whom, and what is said of it, through edits, undos and redos: what the queue's
//! counts are made from. Needs neither the note nor the label scheme, so that the projections can be made again from the
//! events alone.

use std::collections::{HashMap, HashSet};

use crate::domain::{Disposition, EditId, LabelScheme, Swap};

use super::payload::{EditPayload, With};

/// First byte, one past the last byte, index in [`Tally::labels`].
type Key = (u32, u32, u16);

/// Who decided: an index in [`Tally::annotators`], or nobody, where a change of the labels has.
type By = Option<u16>;

/// One edit's effect on one cell: by whom it was decided, if it was.
#[derive(Clone, Copy, Debug)]
struct CellFlip {
    key: Key,
    before: Option<By>,
    after: Option<By>,
}

/// What is said of the document, and by whom.
type Said = (Disposition, By);

#[derive(Clone, Debug)]
struct Done {
    event: u64,
    /// Whether another event stands for it.
    part: bool,
    flips: Vec<CellFlip>,
    said: Option<Swap<Said>>,
}

/// The decided cells of one document, and the edits that can be undone and redone.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    labels: Vec<String>,
    annotators: Vec<String>,
    decided: HashMap<Key, By>,
    /// How many of the cells each of the annotators has decided.
    counts: Vec<usize>,
    said: Said,
    done: Vec<Done>,
    undone: Vec<Done>,
}

impl Tally {
    /// Number of decided cells.
    pub fn count(&self) -> usize {
        self.decided.len()
    }

    /// Number of decided cells by the labels of `scheme`: what was decided of a label by its earlier name and by the one that it
    /// has now is decided once, and what has gone over to the label that another was merged into is that one's.
    pub fn count_in(&self, scheme: &LabelScheme) -> usize {
        let label = |(at, name): (usize, &String)| match (scheme.index(name), scheme.meant(name)) {
            (Some(label), _) => Some(Ok(label)),
            (None, Some(_)) => None,
            (None, None) => Some(Err(at)),
        };
        let labels: Vec<Option<Result<usize, usize>>> = self.labels.iter().enumerate().map(label).collect();
        let cell = |&(start, end, label): &Key| Some((start, end, labels.get(usize::from(label)).copied()??));
        self.decided.keys().filter_map(cell).collect::<HashSet<_>>().len()
    }

    /// What was said of the document last.
    pub fn disposition(&self) -> Disposition {
        self.said.0
    }

    /// Who has decided what stands, or said what stands of the document; by name.
    pub fn deciders(&self) -> Vec<String> {
        let has = |(by, count): (usize, &usize)| *count > 0 || self.said.1 == u16::try_from(by).ok();
        let deciding = self.counts.iter().enumerate().map(has);
        let mut names: Vec<String> =
            self.annotators.iter().zip(deciding).filter(|(_, has)| *has).map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names
    }

    /// Takes in what is said of the document.
    pub fn review(&mut self, event: u64, annotator: &str, disposition: Disposition) {
        let said = Some(self.swap(annotator, disposition));
        self.perform(Done { event, part: false, flips: Vec::new(), said });
    }

    /// Takes in that something was written, of which only matters that it can be undone.
    pub fn comment(&mut self, event: u64) {
        self.perform(Done { event, part: false, flips: Vec::new(), said: None });
    }

    /// Takes an edit in.
    pub fn edit(&mut self, event: u64, annotator: &str, payload: &EditPayload) {
        let labels: Vec<u16> = payload.labels.iter().map(|name| self.label(name)).collect();
        let by = if payload.with == Some(With::Labels) { None } else { self.annotator(annotator) };
        let mut flips = Vec::new();
        for (row, column, after) in payload.cells(EditId(event)) {
            let key = (row.0, row.1, labels[column]);
            flips.push(CellFlip { key, before: self.decided.get(&key).copied(), after: after.map(|_| by) });
        }
        let said = payload.review.map(|state| self.swap(annotator, state.disposition()));
        self.perform(Done { event, part: payload.with.is_some(), flips, said });
    }

    /// That somebody says something of the document. That it is open is nobody's word.
    fn swap(&mut self, annotator: &str, disposition: Disposition) -> Swap<Said> {
        let by = if disposition == Disposition::Open { None } else { self.annotator(annotator) };
        Swap { before: self.said, after: (disposition, by) }
    }

    fn perform(&mut self, done: Done) {
        self.apply(&done);
        self.done.push(done);
        self.undone.clear();
    }

    fn apply(&mut self, done: &Done) {
        self.set(done.flips.iter().map(|flip| (flip.key, flip.after)));
        if let Some(said) = done.said {
            self.said = said.after;
        }
    }

    /// The steps that are done and can be undone, by their events, oldest first.
    pub fn steps(&self) -> impl Iterator<Item = u64> {
        self.done.iter().filter(|done| !done.part).map(|done| done.event)
    }

    /// The edits that are done and can be undone, by their events, oldest first.
    pub fn done(&self) -> impl Iterator<Item = u64> {
        self.done.iter().map(|done| done.event)
    }

    /// Those of them that have decided something, or taken a decision back.
    pub fn decisions(&self) -> impl Iterator<Item = u64> {
        self.done.iter().filter(|done| !done.flips.is_empty()).map(|done| done.event)
    }

    /// Whether [`Tally::undo`] would take this edit back.
    pub fn can_undo(&self, event: u64) -> bool {
        self.done.iter().any(|done| done.event == event)
    }

    /// Whether [`Tally::redo`] would do this edit again.
    pub fn can_redo(&self, event: u64) -> bool {
        self.undone.iter().any(|done| done.event == event)
    }

    /// The edit that was undone last, by its event.
    pub fn last_undone(&self) -> Option<u64> {
        self.undone.last().map(|done| done.event)
    }

    /// Takes an edit back. Later ones, which then concern words or labels that are no longer shown, stay in force
    /// and can no longer be undone.
    pub fn undo(&mut self, event: u64) {
        let Some(at) = self.done.iter().position(|done| done.event == event) else { return };
        self.done.truncate(at + 1);
        if let Some(done) = self.done.pop() {
            self.set(done.flips.iter().rev().map(|flip| (flip.key, flip.before)));
            if let Some(said) = done.said {
                self.said = said.before;
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

    /// The text has changed: what was decided stays, but edits of the earlier text cannot be undone, and that it is done was
    /// said of that.
    pub fn forget(&mut self) {
        self.done.clear();
        self.undone.clear();
        if self.said.0 == Disposition::Done {
            self.said = Said::default();
        }
    }

    fn set(&mut self, cells: impl Iterator<Item = (Key, Option<By>)>) {
        for (key, by) in cells {
            let before = match by {
                Some(by) => self.decided.insert(key, by),
                None => self.decided.remove(&key),
            };
            if let Some(count) = before.flatten().and_then(|by| self.counts.get_mut(usize::from(by))) {
                *count -= 1;
            }
            if let Some(count) = by.flatten().and_then(|by| self.counts.get_mut(usize::from(by))) {
                *count += 1;
            }
        }
    }

    fn annotator(&mut self, name: &str) -> By {
        let known = self.annotators.iter().position(|known| known == name).unwrap_or_else(|| {
            self.annotators.push(name.to_owned());
            self.counts.push(0);
            self.annotators.len() - 1
        });
        u16::try_from(known).ok()
    }

    fn label(&mut self, name: &str) -> u16 {
        let known = self.labels.iter().position(|label| label == name).unwrap_or_else(|| {
            self.labels.push(name.to_owned());
            self.labels.len() - 1
        });
        u16::try_from(known).unwrap_or(u16::MAX)
    }
}

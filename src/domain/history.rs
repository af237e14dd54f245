//! What was done to a document and can be undone.

use std::collections::BTreeMap;

use super::annotation::{Annotations, Cell, Decided};
use super::edit::Edit;

/// Names an edit within its document: the number of the event that recorded it, or, for one made in this session, a
/// number above [`EditId::SESSION`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EditId(pub u64);

impl EditId {
    /// Edits made in this session are numbered from here, so that they never meet the number of an event.
    pub const SESSION: u64 = 1 << 63;
}

/// Edits done and undone, most recent last. A new edit puts what was undone among what is past, which no undo or redo leads
/// back to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    done: Vec<Edit>,
    undone: Vec<Edit>,
    past: Vec<Past>,
}

/// An edit that can be neither undone nor redone any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// The edit.
    pub edit: Edit,
    /// Whether it was undone at last.
    pub undone: bool,
}

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stands.
    Stands,
    /// It was undone.
    Undone,
    /// The cell was decided again.
    Overruled,
    /// It was taken back, as a decision of its own.
    TakenBack,
}

/// That a cell was decided, or a decision on it taken back (`None`), and what became of that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trace {
    /// The edit that did it.
    pub edit: EditId,
    /// The cell.
    pub cell: Cell,
    /// What was decided.
    pub after: Option<Decided>,
    /// What became of it.
    pub fate: Fate,
}

impl History {
    /// The history that a project's events amount to: edits done and undone, most recent last.
    pub fn restore(done: Vec<Edit>, undone: Vec<Edit>) -> Self {
        Self { done, undone, past: Vec::new() }
    }

    /// The same with edits that can be neither undone nor redone.
    pub fn with_past(self, past: Vec<Past>) -> Self {
        Self { past, ..self }
    }

    /// Applies a new edit. An edit without changes is not remembered.
    pub fn perform(&mut self, annotations: &mut Annotations, edit: Edit) {
        if edit.is_empty() {
            return;
        }
        annotations.apply(&edit);
        self.done.push(edit);
        self.past.extend(self.undone.drain(..).map(|edit| Past { edit, undone: true }));
    }

    /// Takes back the last edit; gives it, or `None` when nothing is left to undo.
    pub fn undo(&mut self, annotations: &mut Annotations) -> Option<&Edit> {
        let edit = self.done.pop()?;
        annotations.apply(&edit.inverse());
        self.undone.push(edit);
        self.undone.last()
    }

    /// Does the last undone edit again; gives it, or `None` when there is none.
    pub fn redo(&mut self, annotations: &mut Annotations) -> Option<&Edit> {
        let edit = self.undone.pop()?;
        annotations.apply(&edit);
        self.done.push(edit);
        self.done.last()
    }

    /// The edit that would be undone next.
    pub fn last(&self) -> Option<EditId> {
        self.done.last().map(|edit| edit.id)
    }

    /// An edit that is done, by its name, also if it can't be undone any more.
    pub fn find(&self, id: EditId) -> Option<&Edit> {
        let past = self.past.iter().filter(|past| !past.undone).map(|past| &past.edit);
        self.done.iter().chain(past).find(|edit| edit.id == id)
    }

    /// All edits that were not undone, also those that can't be undone any more, the earliest first.
    pub fn made(&self) -> Vec<&Edit> {
        let past = self.past.iter().filter(|past| !past.undone).map(|past| &past.edit);
        let mut made: Vec<&Edit> = self.done.iter().chain(past).collect();
        made.sort_by_key(|edit| edit.id);
        made
    }

    /// All that was ever decided on a word, the earliest first.
    pub fn of_word(&self, word: usize) -> Vec<Trace> {
        let past = self.past.iter().map(|past| (&past.edit, past.undone));
        let undone = self.undone.iter().map(|edit| (edit, true));
        let all = self.done.iter().map(|edit| (edit, false)).chain(undone).chain(past);
        let mut traces: Vec<Trace> = all
            .flat_map(|(edit, undone)| {
                let fate = if undone { Fate::Undone } else { Fate::Stands };
                edit.on_word(word).map(move |change| Trace { edit: edit.id, cell: change.cell, after: change.after, fate })
            })
            .collect();
        traces.sort_by_key(|trace| trace.edit);
        // Of what was not undone on a cell, the last stands.
        let mut later: BTreeMap<Cell, Fate> = BTreeMap::new();
        for trace in traces.iter_mut().rev().filter(|trace| trace.fate == Fate::Stands) {
            let fate = if trace.after.is_some() { Fate::Overruled } else { Fate::TakenBack };
            trace.fate = later.insert(trace.cell, fate).unwrap_or(Fate::Stands);
        }
        traces
    }

    /// How many edits can be undone.
    pub fn undoable(&self) -> usize {
        self.done.len()
    }

    /// How many edits can be redone.
    pub fn redoable(&self) -> usize {
        self.undone.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Shown;

    #[test]
    fn all_that_was_decided_on_a_word_is_told_with_what_became_of_it() {
        let shown = Shown { predictions: None, thresholds: &[0.5; 2] };
        let (mut annotations, mut history) = (Annotations::default(), History::default());
        let mut perform = |history: &mut History, edit: &dyn Fn(&Annotations) -> Edit| {
            let edit = edit(&annotations);
            history.perform(&mut annotations, edit);
            if history.done.len() == 3 {
                history.undo(&mut annotations);
            }
        };
        perform(&mut history, &|known| known.toggle(EditId(1), [3], 0, &shown));
        perform(&mut history, &|known| known.toggle(EditId(2), [3, 4], 0, &shown));
        perform(&mut history, &|known| known.toggle(EditId(3), [3], 1, &shown));
        // The undone one is left behind.
        perform(&mut history, &|known| known.clear(EditId(4), [3]));
        let told = |word: usize| {
            let traces = history.of_word(word);
            let one = |trace: &Trace| (trace.edit.0, trace.cell.label, trace.after.map(|decided| decided.present), trace.fate);
            traces.iter().map(one).collect::<Vec<_>>()
        };
        let expected = [
            (1, 0, Some(true), Fate::Overruled),
            (2, 0, Some(true), Fate::Stands),
            (3, 1, Some(true), Fate::Undone),
            (4, 0, None, Fate::Undone),
        ];
        assert_eq!(told(3), expected);
        assert_eq!(told(4), [(2, 0, Some(true), Fate::Stands)]);
        assert_eq!(told(5), []);
        assert_eq!(history.made().iter().map(|edit| edit.id.0).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_word_of_a_large_edit_is_found() {
        let shown = Shown { predictions: None, thresholds: &[0.5; 2] };
        let edit = Annotations::default().accept(EditId(1), (0..5_000).rev(), crate::domain::Scope::Document, &shown);
        let mut history = History::default();
        history.perform(&mut Annotations::default(), edit);
        for word in [0, 2_777, 4_999, 5_000] {
            assert_eq!(history.of_word(word).len(), if word < 5_000 { 2 } else { 0 }, "{word}");
        }
    }
}

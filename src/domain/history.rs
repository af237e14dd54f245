//! What was done to a document and can be undone.

use super::annotation::Annotations;
use super::edit::Edit;

/// Names an edit within its document: the number of the event that recorded it, or, for one made in this session, a
/// number above [`EditId::SESSION`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EditId(pub u64);

impl EditId {
    /// Edits made in this session are numbered from here, so that they never meet the number of an event.
    pub const SESSION: u64 = 1 << 63;
}

/// Edits done and undone, most recent last. A new edit forgets what was undone (the project's events do not).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    done: Vec<Edit>,
    undone: Vec<Edit>,
}

impl History {
    /// The history that a project's events amount to: edits done and undone, most recent last.
    pub fn restore(done: Vec<Edit>, undone: Vec<Edit>) -> Self {
        Self { done, undone }
    }

    /// Applies a new edit. An edit without changes is not remembered.
    pub fn perform(&mut self, annotations: &mut Annotations, edit: Edit) {
        if edit.is_empty() {
            return;
        }
        annotations.apply(&edit);
        self.done.push(edit);
        self.undone.clear();
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

    /// An edit that is done, by its name.
    pub fn find(&self, id: EditId) -> Option<&Edit> {
        self.done.iter().find(|edit| edit.id == id)
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

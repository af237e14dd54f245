//! What the thread records of documents: edits, undone and redone, one by one or in several documents at once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{Document, DocumentId, Edit, EditId, LabelScheme, Words};
use crate::store::error::StoreError;
use crate::store::protocol::{QueueEntry, Recorded, Reply, Request, Touched};
use crate::store::record::{Writer, Written};
use crate::store::together::{Along, Share};
use crate::tokenization::segment::segment;

use super::Store;

/// A request that writes to one document, made ready for the project.
struct Task {
    document: usize,
    note: Arc<Document>,
    words: Arc<Words>,
    work: Work,
}

enum Work {
    Edit(Arc<Edit>),
    Undo(EditId),
    Redo(EditId),
}

impl Task {
    /// Its edit as one of several, if it is an edit.
    fn share(&self) -> Option<Share<'_>> {
        match &self.work {
            Work::Edit(edit) => Some((&*self.note, &*self.words, &**edit)),
            Work::Undo(_) | Work::Redo(_) => None,
        }
    }
}

impl Request {
    /// The documents that the request writes to.
    pub(super) fn documents(&self) -> Vec<usize> {
        match self {
            Self::Edit { document, .. } | Self::Undo { document, .. } | Self::Redo { document, .. } => vec![*document],
            Self::Together { edits } => edits.iter().map(|(document, _)| *document).collect(),
            _ => Vec::new(),
        }
    }
}

impl<S: Fn(Reply)> Store<S> {
    /// Whether the request may share a transaction with its neighbours: it writes to one document, and to no other along
    /// with it.
    pub(super) fn shares(&self, request: &Request) -> bool {
        match request {
            Request::Edit { .. } => true,
            Request::Undo { document, edit } | Request::Redo { document, edit } => {
                // What cannot be read is reported when it is to be written.
                self.event_of(*document, *edit).is_none_or(|event| !self.project.is_shared(event).unwrap_or(false))
            }
            _ => false,
        }
    }

    /// Whether an export that is under way stays true to one moment: what is written has the labels of that, and all or
    /// nothing of what was done in several documents in one go. It is there before the project is closed.
    pub(super) fn leaves_export(&self, request: &Request) -> bool {
        match request {
            Request::Relabel(_) | Request::UndoRelabel | Request::Jump(_) | Request::Together { .. } | Request::Close => false,
            Request::Undo { .. } | Request::Redo { .. } => self.shares(request),
            _ => true,
        }
    }

    /// The event that has recorded an edit; `None` for one that was not recorded yet.
    fn event_of(&self, document: usize, edit: EditId) -> Option<u64> {
        if edit.0 < EditId::SESSION { Some(edit.0) } else { self.edits.get(&(document, edit)).copied() }
    }

    /// Records edits of several documents as one step. A document that cannot be read, and an edit that does not fit, has no
    /// part in it.
    pub(super) fn together(&mut self, edits: Vec<(usize, Arc<Edit>)>) {
        let requests = edits.into_iter().map(|(document, edit)| Request::Edit { document, edit });
        let tasks: Vec<Task> = requests.filter_map(|request| self.task(request)).collect();
        let Self { project, scheme, .. } = self;
        let shares: Vec<Share<'_>> = tasks.iter().filter_map(Task::share).collect();
        match project.write(|writer| writer.edit_together(&shares, scheme)) {
            Ok(outcomes) => {
                for (task, outcome) in tasks.iter().zip(outcomes) {
                    if let (Work::Edit(edit), Ok((recorded, _))) = (&task.work, &outcome) {
                        self.edits.insert((task.document, edit.id), recorded.event);
                    }
                    self.report(task, outcome);
                }
            }
            Err(error) => tasks.iter().for_each(|task| self.not_saved(task.document, &error)),
        }
    }

    /// Undoes or redoes an edit of one document with those of others that were made in one go with it.
    pub(super) fn with_others(&mut self, document: usize, edit: EditId, again: bool) -> Result<(), StoreError> {
        let Some(event) = self.event_of(document, edit) else { return Ok(()) };
        let Some(Task { note, .. }) = self.task(Request::Undo { document, edit }) else { return Ok(()) };
        let scheme = self.scheme.clone();
        let outcome = match again {
            false => self.project.undo_with_others(&note, event, &scheme),
            true => self.project.redo_with_others(&note, event, &scheme),
        };
        match outcome {
            Ok(Along { written: (recorded, entry), others }) => {
                let indices: HashMap<DocumentId, usize> =
                    (0..self.corpus.len()).map(|index| (self.corpus.id(index), index)).collect();
                let known = others.into_iter().filter_map(|(id, entry)| Some((*indices.get(&id)?, entry)));
                let touched: Vec<Touched> =
                    known.map(|(document, entry)| Touched { document, entry, deciders: self.deciders(document) }).collect();
                self.told.extend(touched.iter().map(|touched| touched.document));
                (self.send)(Reply::Along(touched));
                self.saved(document, edit, recorded, entry);
            }
            Err(error) => self.not_saved(document, &error),
        }
        Ok(())
    }

    /// Records a burst in one transaction; where that fails, one by one, so that only what cannot be saved is lost. What
    /// every request would meet (another process that writes, a failing disk) is not waited for again and again.
    pub(super) fn record(&mut self, burst: Vec<Request>) {
        let tasks: Vec<Task> = burst.into_iter().filter_map(|request| self.task(request)).collect();
        let outcome = self.write(&tasks);
        match outcome {
            Ok(outcomes) => tasks.iter().zip(outcomes).for_each(|(task, outcome)| self.report(task, outcome)),
            Err(error) if tasks.len() > 1 && error.concerns_one() => self.record_singly(&tasks),
            Err(error) => tasks.iter().for_each(|task| self.not_saved(task.document, &error)),
        }
    }

    /// Records each in a transaction of its own, up to the first failure that the rest would meet too.
    fn record_singly(&mut self, tasks: &[Task]) {
        let mut rest = tasks.iter();
        while let Some(task) = rest.next() {
            let outcome = self.write(std::slice::from_ref(task));
            match outcome.and_then(|mut outcomes| outcomes.pop().unwrap_or(Err(StoreError::NoChange))) {
                Err(error) if !error.concerns_one() => {
                    std::iter::once(task).chain(rest.by_ref()).for_each(|task| self.not_saved(task.document, &error));
                }
                outcome => self.report(task, outcome),
            }
        }
    }

    /// The request with its document; if that cannot be had, the request is answered and `None` comes back.
    fn task(&mut self, request: Request) -> Option<Task> {
        let document = *request.documents().first()?;
        self.told.insert(document);
        if !self.open.contains_key(&document) {
            match self.load(document) {
                Ok((note, _)) => {
                    let words = Arc::new(segment(&note.text));
                    self.open.insert(document, (Arc::new(note), words));
                }
                Err(why) => (self.send)(Reply::NotSaved { document, why }),
            }
        }
        let (note, words) = self.open.get(&document).cloned()?;
        let work = match request {
            Request::Edit { edit, .. } => Work::Edit(edit),
            Request::Undo { edit, .. } => Work::Undo(edit),
            Request::Redo { edit, .. } => Work::Redo(edit),
            _ => return None,
        };
        Some(Task { document, note, words, work })
    }

    /// One transaction: an outcome for each task, none of them written if this fails.
    fn write(&mut self, tasks: &[Task]) -> Result<Vec<Result<Written, StoreError>>, StoreError> {
        let Self { project, edits, scheme, .. } = self;
        let mut made = HashMap::new();
        let outcomes = project.write(|writer| {
            let mut outcomes = Vec::with_capacity(tasks.len());
            for task in tasks {
                let event =
                    |edit: EditId| made.get(&(task.document, edit)).or_else(|| edits.get(&(task.document, edit))).copied();
                let outcome = write_one(writer, task, scheme, event);
                if let (Work::Edit(edit), Ok((recorded, _))) = (&task.work, &outcome) {
                    made.insert((task.document, edit.id), recorded.event);
                }
                match outcome {
                    Err(error) if !error.is_refusal() => return Err(error),
                    outcome => outcomes.push(outcome),
                }
            }
            Ok(outcomes)
        })?;
        edits.extend(made);
        Ok(outcomes)
    }

    fn report(&self, task: &Task, outcome: Result<Written, StoreError>) {
        let document = task.document;
        match (outcome, &task.work) {
            (Err(error), _) => self.not_saved(document, &error),
            (Ok((recorded, entry)), Work::Edit(edit)) => self.saved(document, edit.id, recorded, entry),
            (Ok((recorded, entry)), Work::Undo(edit) | Work::Redo(edit)) => self.saved(document, *edit, recorded, entry),
        }
    }

    fn saved(&self, document: usize, edit: EditId, recorded: Recorded, entry: QueueEntry) {
        let deciders = self.deciders(document);
        (self.send)(Reply::Saved { document, edit, recorded, entry, deciders });
    }

    /// Whose word stands on a document. That it is saved is true also where that cannot be read.
    fn deciders(&self, document: usize) -> Vec<Arc<str>> {
        self.project.deciders(&self.corpus.id(document)).unwrap_or_default()
    }

    fn not_saved(&self, document: usize, error: &StoreError) {
        (self.send)(Reply::NotSaved { document, why: error.to_string() });
    }
}

fn write_one(
    writer: &mut Writer<'_>,
    task: &Task,
    scheme: &LabelScheme,
    event: impl Fn(EditId) -> Option<u64>,
) -> Result<Written, StoreError> {
    let known = |edit: EditId| {
        let own = (edit.0 < EditId::SESSION).then_some(edit.0);
        own.or_else(|| event(edit)).ok_or_else(|| StoreError::NotUndoable(task.note.id.to_string()))
    };
    match &task.work {
        Work::Edit(edit) => writer.edit(&task.note, &task.words, scheme, edit),
        Work::Undo(edit) => writer.undo(&task.note, known(*edit)?),
        Work::Redo(edit) => writer.redo(&task.note, known(*edit)?),
    }
}

//! What is written, all of it within one transaction: events first, then what they change in the other tables.

use std::sync::Arc;
use std::time::SystemTime;

use rusqlite::{Connection, Transaction, params};

use crate::domain::{Document, DocumentId, Edit, LabelScheme, Span, Words};

use super::chain::Chain;
use super::error::StoreError;
use super::event::{self, Tail};
use super::lineage::{Stretch, lineage};
use super::payload::{DocumentPayload, EditRef, ImportPayload, Payload};
use super::project::Project;
use super::projection::{self, DocumentFold, GlobalFold};
use super::protocol::{QueueEntry, Recorded};
use super::together::Role;

/// The document that was written to last, so that the next edit of it does not read its events again.
#[derive(Debug)]
pub(super) struct Slot {
    id: DocumentId,
    fold: DocumentFold,
}

/// A transaction under way. What it has recorded is durable once [`Project::write`] has returned.
pub struct Writer<'a> {
    pub(super) transaction: Transaction<'a>,
    pub(super) annotator: Arc<str>,
    pub(super) tail: Tail,
    pub(super) slot: Option<Slot>,
}

/// What was recorded of a document, and its line in the queue after it.
pub type Written = (Recorded, QueueEntry);

impl Project {
    /// Records an edit.
    ///
    /// # Errors
    /// [`StoreError::NoChange`], [`StoreError::NotInDocument`], and those of every write; nothing has changed then.
    pub fn edit(&mut self, document: &Document, words: &Words, scheme: &LabelScheme, edit: &Edit) -> Result<Written, StoreError> {
        self.write(|writer| writer.edit(document, words, scheme, edit))
    }

    /// Records that the edit which event `edit` holds was taken back.
    ///
    /// # Errors
    /// [`StoreError::NotUndoable`].
    pub fn undo(&mut self, document: &Document, edit: u64) -> Result<Written, StoreError> {
        self.write(|writer| writer.undo(document, edit))
    }

    /// Records that an undone edit was done again.
    ///
    /// # Errors
    /// [`StoreError::NotUndoable`].
    pub fn redo(&mut self, document: &Document, edit: u64) -> Result<Written, StoreError> {
        self.write(|writer| writer.redo(document, edit))
    }

    /// Records the gold that came with a document (spans in byte offsets), unless the last gold that came with the same
    /// text said the same, or gold that somebody asked for holds and the spans are as they were. A complete import decides each
    /// label that `complete` names `absent` wherever it has no span; a partial one (`None`) tells only what is there. Whether
    /// there was anything to record.
    ///
    /// # Errors
    /// Those of every write.
    pub fn import_gold(&mut self, document: &Document, spans: &[Span], complete: Option<&[String]>) -> Result<bool, StoreError> {
        if !is_news(self.connection(), document, &ImportPayload::new(document, spans, complete, false))? {
            return Ok(false);
        }
        self.write(|writer| writer.import_gold(document, spans, complete))
    }

    /// Records the text of a document, where the project holds another one.
    ///
    /// # Errors
    /// Those of every write.
    pub fn renew_text(&mut self, document: &Document) -> Result<(), StoreError> {
        self.write(|writer| {
            let mut fold = DocumentFold::read(writer.connection(), document.id.as_str())?;
            writer.renew(&mut fold, document)?;
            projection::store_row(writer.connection(), document.id.as_str(), &fold.row)?;
            writer.slot = None;
            Ok(())
        })
    }

    /// Gives the project a label scheme of its own. One that only has more labels than the one before knows what gold that
    /// has taken in.
    ///
    /// # Errors
    /// Those of every write.
    pub fn set_scheme(&mut self, scheme: &LabelScheme) -> Result<(), StoreError> {
        let gold = match self.scheme()? {
            Some(before) if scheme.labels.starts_with(&before.labels) => self.gold_taken(&before)?,
            _ => Vec::new(),
        };
        self.set_scheme_with_gold(scheme, gold)
    }

    /// Remembers which folder or file the project belongs to.
    ///
    /// # Errors
    /// Those of every write.
    pub fn set_corpus(&mut self, path: &str) -> Result<(), StoreError> {
        self.write(|writer| projection::set_setting(writer.connection(), "corpus", path))
    }

    /// Remembers how far the tutorial has come, as the screen puts it.
    ///
    /// # Errors
    /// Those of every write.
    pub fn set_tutorial(&mut self, memory: &str) -> Result<(), StoreError> {
        self.write(|writer| projection::set_setting(writer.connection(), "tutorial", memory))
    }
}

impl Writer<'_> {
    pub(super) fn connection(&self) -> &Connection {
        &self.transaction
    }

    /// As [`Project::edit`].
    ///
    /// # Errors
    /// As there.
    pub fn edit(&mut self, document: &Document, words: &Words, scheme: &LabelScheme, edit: &Edit) -> Result<Written, StoreError> {
        let payload = Payload::of(edit, &document.id, words, scheme)?;
        self.with_document(document, |_| Ok(()), payload, None)
    }

    /// As [`Project::undo`].
    ///
    /// # Errors
    /// As there.
    pub fn undo(&mut self, document: &Document, edit: u64) -> Result<Written, StoreError> {
        self.undo_as(document, edit, Role::Whole(Vec::new(), true))
    }

    /// As [`Project::redo`].
    ///
    /// # Errors
    /// As there.
    pub fn redo(&mut self, document: &Document, edit: u64) -> Result<Written, StoreError> {
        self.redo_as(document, edit, Role::Whole(Vec::new(), true))
    }

    pub(super) fn record_undo(&mut self, document: &Document, undo: EditRef) -> Result<Written, StoreError> {
        let can = |fold: &DocumentFold| if fold.tally.can_undo(undo.edit) { Ok(()) } else { Err(not_undoable(document)) };
        self.with_document(document, can, Payload::Undo(undo.clone()), None)
    }

    pub(super) fn record_redo(&mut self, document: &Document, redo: EditRef) -> Result<Written, StoreError> {
        let can = |fold: &DocumentFold| if fold.tally.can_redo(redo.edit) { Ok(()) } else { Err(not_undoable(document)) };
        self.with_document(document, can, Payload::Redo(redo.clone()), None)
    }

    /// Records what happened to a document, whatever happened to it before.
    pub(super) fn record_of(&mut self, document: &Document, payload: Payload) -> Result<Written, StoreError> {
        self.with_document(document, |_| Ok(()), payload, None)
    }

    /// As [`Project::import_gold`].
    ///
    /// # Errors
    /// As there.
    pub fn import_gold(&mut self, document: &Document, spans: &[Span], complete: Option<&[String]>) -> Result<bool, StoreError> {
        let import = ImportPayload::new(document, spans, complete, false);
        if !is_news(self.connection(), document, &import)? {
            return Ok(false);
        }
        self.with_document(document, |_| Ok(()), Payload::Import(import), None)?;
        Ok(true)
    }

    /// Records gold that somebody asked to be imported, as [`Writer::import_gold`] does with that beside the notes, unless
    /// it is what holds already. From then on it holds instead of the gold beside the notes, as long as that stays as it is.
    ///
    /// # Errors
    /// As there.
    pub fn import(&mut self, document: &Document, spans: &[Span], complete: Option<&[String]>) -> Result<bool, StoreError> {
        let import = ImportPayload::new(document, spans, complete, true);
        let holds = |last: ImportPayload| ImportPayload { asked: true, ..last } == import;
        if imported(self.connection(), document, ANY)?.is_some_and(holds) {
            return Ok(false);
        }
        self.with_document(document, |_| Ok(()), Payload::Import(import), None)?;
        Ok(true)
    }

    /// Records what happened to a document, and its text first if the project does not hold it yet. Nothing is
    /// recorded if `check` finds fault.
    fn with_document(
        &mut self,
        document: &Document,
        check: impl FnOnce(&DocumentFold) -> Result<(), StoreError>,
        payload: Payload,
        content: Option<&[u8]>,
    ) -> Result<Written, StoreError> {
        let id = document.id.as_str();
        let mut fold = match self.slot.take() {
            Some(slot) if slot.id == document.id => slot.fold,
            _ => DocumentFold::read(&self.transaction, id)?,
        };
        // Undoing across a change of the text is refused, before anything is written.
        let refused = matches!(payload, Payload::Undo(_) | Payload::Redo(_));
        if refused && fold.row.text_hash != document.text_hash().to_string() {
            return Err(not_undoable(document));
        }
        self.renew(&mut fold, document)?;
        check(&fold)?;
        let recorded = self.apply(&mut fold, id, &payload, content)?;
        projection::store_row(&self.transaction, id, &fold.row)?;
        let entry = fold.row.entry;
        self.slot = Some(Slot { id: document.id.clone(), fold });
        Ok((recorded, entry))
    }

    /// Records a document's text if the project holds another one, or none.
    fn renew(&mut self, fold: &mut DocumentFold, document: &Document) -> Result<(), StoreError> {
        let hash = document.text_hash().to_string();
        if fold.row.text_hash != hash {
            let recorded = DocumentPayload { hash, meta: document.meta.clone(), was: None };
            self.apply(fold, document.id.as_str(), &Payload::Document(recorded), Some(document.text.as_bytes()))?;
        }
        Ok(())
    }

    /// Records that a note of which the project knows nothing is the one that was called `was`: its story goes on by the new
    /// name, whatever gold was taken in by that.
    pub(super) fn move_here(&mut self, document: &Document, was: &DocumentId) -> Result<(), StoreError> {
        let mut fold = DocumentFold::read(&self.transaction, was.as_str())?;
        debug_assert_eq!(fold.row.text_hash, document.text_hash().to_string());
        let (hash, meta) = (document.text_hash().to_string(), document.meta.clone());
        let payload = Payload::Document(DocumentPayload { hash, meta, was: Some(was.to_string()) });
        self.apply(&mut fold, document.id.as_str(), &payload, Some(document.text.as_bytes()))?;
        projection::remove_row(&self.transaction, was.as_str())?;
        projection::store_row(&self.transaction, document.id.as_str(), &fold.row)?;
        self.slot = None;
        Ok(())
    }

    fn apply(
        &mut self,
        fold: &mut DocumentFold,
        id: &str,
        payload: &Payload,
        content: Option<&[u8]>,
    ) -> Result<Recorded, StoreError> {
        let recorded = self.append(Some(id), payload, content)?;
        fold.apply(recorded.event, &recorded.annotator, payload);
        Ok(recorded)
    }

    /// Records an event that belongs to no document.
    pub(super) fn record_global(&mut self, payload: &Payload, content: Option<&[u8]>) -> Result<(), StoreError> {
        self.append(None, payload, content)?;
        GlobalFold::read(&self.transaction)?.store(&self.transaction)
    }

    pub(super) fn append(
        &mut self,
        document: Option<&str>,
        payload: &Payload,
        content: Option<&[u8]>,
    ) -> Result<Recorded, StoreError> {
        let recorded = Recorded { event: self.tail.seq + 1, annotator: self.annotator.clone(), at: now() };
        self.tail = event::append(&self.transaction, self.tail, &recorded, document, payload, content)?;
        Ok(recorded)
    }
}

fn not_undoable(document: &Document) -> StoreError {
    StoreError::NotUndoable(document.id.to_string())
}

/// Milliseconds since 1970-01-01 UTC.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Which imports are looked at: all, or those that nobody asked for.
const ANY: &str = "";
const UNASKED: &str = " AND json_extract(payload, '$.asked') IS NOT 1";

/// Whether gold beside a document says something that it did not say when it last came with the same text. Gold that somebody
/// asked for holds as long as the document's own spans stay the same: which labels other documents have by now is no reason
/// to set it aside.
fn is_news(connection: &Connection, document: &Document, import: &ImportPayload) -> Result<bool, StoreError> {
    let Some(last) = imported(connection, document, UNASKED)? else { return Ok(true) };
    if last == *import {
        return Ok(false);
    }
    let asked = imported(connection, document, ANY)?.is_some_and(|holds| holds.asked);
    Ok(!(asked && last.has_spans_of(import)))
}

/// The gold that was last recorded for this text of the document and not taken back.
fn imported(connection: &Connection, document: &Document, which: &'static str) -> Result<Option<ImportPayload>, StoreError> {
    let sql = format!(
        "SELECT seq, payload FROM event INDEXED BY event_of_document WHERE document = ? AND kind = 'import' \
         AND json_extract(payload, '$.hash') = ?{which} AND seq BETWEEN ? AND ? ORDER BY seq DESC"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let hash = document.text_hash().to_string();
    let in_force = Chain::read(connection)?.of(connection, document.id.as_str())?;
    for Stretch { document, first, last } in lineage(connection, document.id.as_str())?.into_iter().rev() {
        let mut rows = statement.query(params![document, hash, first.cast_signed(), last.cast_signed()])?;
        while let Some(row) = rows.next()? {
            let (seq, payload) = (row.get::<_, i64>(0)?.cast_unsigned(), Payload::read("import", &row.get::<_, String>(1)?)?);
            match payload {
                Payload::Import(import) if !import.asked || in_force.contains(seq) => return Ok(Some(import)),
                _ => {}
            }
        }
    }
    Ok(None)
}

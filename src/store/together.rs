//! What is done in several documents in one go: edits of places that read alike, or those that come with a change of the
//! labels. Each document has an event of its own; one event stands for them all, and is the step. Undone and redone as one.

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::{Cell, Change, Document, DocumentId, Edit, EditId, LabelScheme, Words};
use crate::tokenization::segment::segment;

use super::chain::{self, Chain, TURN};
use super::error::StoreError;
use super::lineage::called_now;
use super::payload::{EditRef, Payload, With};
use super::project::Project;
use super::projection::DocumentFold;
use super::protocol::QueueEntry;
use super::record::{Writer, Written};
use super::replay::replay;

/// What was recorded in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    /// The event that stands for all of it.
    pub step: u64,
    /// The others.
    pub parts: Vec<u64>,
}

/// What an event is of what was recorded in one go.
#[derive(Clone, Debug)]
pub(super) enum Role {
    /// Another stands for it.
    Part,
    /// It stands for these too. Whether what they lead to is exactly how it was before, or after, what they undo or redo.
    Whole(Vec<u64>, bool),
}

/// How an edit that was made with others is taken back.
pub(super) enum Back {
    /// Nothing came after it: it is undone as it was.
    Undo(u64),
    /// It was undone, and is done again.
    Redo(u64),
    /// What still stands of it is decided as before.
    Edit(Edit),
}

/// What became of the documents in which something was undone or redone.
#[derive(Clone, Debug)]
pub struct Along {
    /// The one that was named.
    pub written: Written,
    /// The others, with their lines in the queue.
    pub others: Vec<(DocumentId, QueueEntry)>,
}

/// Documents with their lines in the queue, and the events that were recorded of them.
pub(super) type Recordings = (Vec<(DocumentId, QueueEntry)>, Vec<u64>);

/// An edit of one of several documents.
pub type Share<'a> = (&'a Document, &'a Words, &'a Edit);

/// What the event of this number was recorded with.
pub(super) fn whole(connection: &Connection, event: u64) -> Result<Whole, StoreError> {
    let step = match read(connection, event)? {
        (true, _) => {
            let sql = format!("SELECT seq FROM event INDEXED BY event_of_turn WHERE seq > ? AND {TURN} ORDER BY seq LIMIT 1");
            let mut statement = connection.prepare_cached(&sql)?;
            let next: Option<i64> = statement.query_row([event.cast_signed()], |row| row.get(0)).optional()?;
            next.map_or(event, i64::cast_unsigned)
        }
        (false, parts) => return Ok(Whole { step: event, parts }),
    };
    let (_, parts) = read(connection, step)?;
    Ok(Whole { step, parts })
}

/// Whether another event stands for this one, and for which it stands itself.
fn read(connection: &Connection, event: u64) -> Result<(bool, Vec<u64>), StoreError> {
    const SQL: &str = "SELECT json_extract(payload, '$.with') IS NOT NULL OR json_extract(payload, '$.part') IS NOT NULL, \
                       json_extract(payload, '$.edits') FROM event WHERE seq = ?";
    let mut statement = connection.prepare_cached(SQL)?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, bool>(0)?, row.get::<_, Option<String>>(1)?));
    let (part, parts) = statement.query_row([event.cast_signed()], row).optional()?.unwrap_or_default();
    Ok((part, parts.map(|json| serde_json::from_str(&json)).transpose()?.unwrap_or_default()))
}

/// The document that an event belongs to, by what it is called now.
pub(super) fn document_of(connection: &Connection, event: u64) -> Result<Option<DocumentId>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT document FROM event WHERE seq = ?")?;
    let found: Option<Option<String>> = statement.query_row([event.cast_signed()], |row| row.get(0)).optional()?;
    let now = found.flatten().map(|id| called_now(connection, &id, event)).transpose()?;
    Ok(now.map(|id| DocumentId::from(id.as_str())))
}

impl Project {
    /// Whether an edit was made with others, of other documents.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn is_shared(&self, edit: u64) -> Result<bool, StoreError> {
        Ok(!whole(self.connection(), edit)?.parts.is_empty())
    }

    /// Takes back all that was recorded in one go with an edit of `document`, in one step. Where something was done after it
    /// in one of the other documents, that stays, and what else still stands there is taken back.
    ///
    /// # Errors
    /// As [`Project::undo`].
    pub fn undo_with_others(&mut self, document: &Document, edit: u64, scheme: &LabelScheme) -> Result<Along, StoreError> {
        let Whole { step, parts } = whole(self.connection(), edit)?;
        let (mut backs, mut all) = (Vec::new(), 0);
        for other in parts.into_iter().chain([step]).filter(|&other| other != edit) {
            all += 1;
            if let Some(id) = document_of(self.connection(), other)? {
                backs.extend(self.taking_back(&id, other, scheme)?);
            }
        }
        // What stood for the edit may itself have undone something, which is not made again by this.
        let exact = backs.len() == all && backs.iter().all(|(.., back)| matches!(back, Back::Undo(_)));
        self.write(|writer| {
            let (others, events) = writer.take_back(&backs, scheme, With::Notes)?;
            Ok(Along { written: writer.undo_as(document, edit, Role::Whole(events, exact))?, others })
        })
    }

    /// Makes again what [`Project::undo_with_others`] has taken back, where nothing was done since.
    ///
    /// # Errors
    /// As [`Project::redo`].
    pub fn redo_with_others(&mut self, document: &Document, edit: u64, scheme: &LabelScheme) -> Result<Along, StoreError> {
        let all = whole(self.connection(), edit)?.parts.len();
        let mut backs = Vec::new();
        if let Some(undo) = self.undone_by(document, edit)? {
            let Whole { step, parts } = whole(self.connection(), undo)?;
            for other in parts.into_iter().chain([step]) {
                let Some(id) = document_of(self.connection(), other)?.filter(|id| *id != document.id) else { continue };
                match edit_of(self.connection(), other)? {
                    Some(undone) => {
                        let fold = DocumentFold::read(self.connection(), id.as_str())?;
                        if fold.tally.last_undone() == Some(undone) {
                            let document = self.document(&id)?;
                            let words = segment(&document.text);
                            backs.push((document, words, Back::Redo(undone)));
                        }
                    }
                    None => backs.extend(self.taking_back(&id, other, scheme)?),
                }
            }
        }
        let exact = backs.len() == all && backs.iter().all(|(.., back)| matches!(back, Back::Redo(_)));
        self.write(|writer| {
            let (others, events) = writer.take_back(&backs, scheme, With::Notes)?;
            Ok(Along { written: writer.redo_as(document, edit, Role::Whole(events, exact))?, others })
        })
    }

    /// The event that has undone an edit.
    fn undone_by(&self, document: &Document, edit: u64) -> Result<Option<u64>, StoreError> {
        const SQL: &str = "SELECT seq FROM event WHERE kind IN ('undo', 'redo') AND json_extract(payload, '$.edit') = ? \
                           AND kind = 'undo' ORDER BY seq DESC";
        let in_force = Chain::read(self.connection())?.of(self.connection(), document.id.as_str())?;
        let mut statement = self.connection().prepare_cached(SQL)?;
        let mut rows = statement.query(params![edit.cast_signed()])?;
        while let Some(row) = rows.next()? {
            let event = row.get::<_, i64>(0)?.cast_unsigned();
            if in_force.contains(event) {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// What takes back an edit that was made with others, by its event, in a document: `None` if nothing of it stands any
    /// more. Where other edits came after it, the cells that they decided stay as they are.
    pub(super) fn taking_back(
        &self,
        id: &DocumentId,
        edit: u64,
        scheme: &LabelScheme,
    ) -> Result<Option<(Document, Words, Back)>, StoreError> {
        let document = self.document(id)?;
        let words = segment(&document.text);
        let known = replay(self.connection(), &document, &words, scheme)?;
        if known.history.last() == Some(EditId(edit)) {
            return Ok(Some((document, words, Back::Undo(edit))));
        }
        // Where the note has another text since, it can't be undone as it was: what still stands of it is decided as before.
        let made = known.own.find(EditId(edit));
        let before = |cell: Cell| made?.changes.iter().find(|change| change.cell == cell)?.before;
        let standing = known.annotations.all_decided().filter(|(_, decided)| decided.edit == EditId(edit));
        let mut changes: Vec<Change> =
            standing.map(|(cell, decided)| Change { cell, before: Some(*decided), after: before(cell) }).collect();
        changes.sort_unstable_by_key(|change| (change.cell.word, change.cell.label));
        let edit = Edit::cells(EditId(EditId::SESSION), changes);
        Ok((!edit.is_empty()).then_some((document, words, Back::Edit(edit))))
    }
}

/// The edit that an event undoes or redoes; `None` for an edit.
fn edit_of(connection: &Connection, event: u64) -> Result<Option<u64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT json_extract(payload, '$.edit') FROM event WHERE seq = ?")?;
    Ok(statement.query_row([event.cast_signed()], |row| row.get::<_, Option<i64>>(0))?.map(i64::cast_unsigned))
}

impl Writer<'_> {
    /// Records edits of several documents as one step; what became of each, in their order. One that is refused has no part
    /// in it.
    ///
    /// # Errors
    /// Those of every write.
    pub fn edit_together(
        &mut self,
        shares: &[Share<'_>],
        scheme: &LabelScheme,
    ) -> Result<Vec<Result<Written, StoreError>>, StoreError> {
        let mut payloads = Vec::with_capacity(shares.len());
        for (document, words, edit) in shares {
            payloads.push(match Payload::of(edit, &document.id, words, scheme) {
                Ok(Payload::Edit(edit)) => Ok(edit),
                Ok(_) => Err(StoreError::Mixed),
                Err(error) => Err(error),
            });
        }
        let step = payloads.iter().rposition(Result::is_ok);
        let (mut outcomes, mut events) = (Vec::with_capacity(shares.len()), Vec::new());
        for (at, (payload, (document, ..))) in payloads.into_iter().zip(shares).enumerate() {
            outcomes.push(match payload {
                Ok(mut edit) => {
                    if Some(at) == step {
                        edit.edits.clone_from(&events);
                    } else {
                        edit.with = Some(With::Notes);
                    }
                    let written = self.record_of(document, Payload::Edit(edit))?;
                    events.push(written.0.event);
                    Ok(written)
                }
                Err(error) => Err(error),
            });
        }
        Ok(outcomes)
    }

    /// Takes back, or makes again, what is part of something.
    pub(super) fn take_back(
        &mut self,
        backs: &[(Document, Words, Back)],
        scheme: &LabelScheme,
        with: With,
    ) -> Result<Recordings, StoreError> {
        let (mut entries, mut events) = (Vec::with_capacity(backs.len()), Vec::with_capacity(backs.len()));
        for (document, words, back) in backs {
            let (recorded, entry) = match back {
                Back::Undo(edit) => self.undo_as(document, *edit, Role::Part)?,
                Back::Redo(edit) => self.redo_as(document, *edit, Role::Part)?,
                Back::Edit(edit) => self.edit_with(document, words, scheme, edit, with)?,
            };
            events.push(recorded.event);
            entries.push((document.id.clone(), entry));
        }
        Ok((entries, events))
    }

    /// Records an edit that another event stands for.
    pub(super) fn edit_with(
        &mut self,
        document: &Document,
        words: &Words,
        scheme: &LabelScheme,
        edit: &Edit,
        with: With,
    ) -> Result<Written, StoreError> {
        let mut payload = Payload::of(edit, &document.id, words, scheme)?;
        if let Payload::Edit(edit) = &mut payload {
            edit.with = Some(with);
        }
        self.record_of(document, payload)
    }

    /// Records that an edit was undone.
    pub(super) fn undo_as(&mut self, document: &Document, edit: u64, role: Role) -> Result<Written, StoreError> {
        let reference = match role {
            Role::Part => EditRef { edit, part: true, ..EditRef::default() },
            Role::Whole(edits, exact) => {
                let step = whole(self.connection(), edit)?.step;
                let last = exact && chain::point(self.connection(), self.tail.seq)? == step;
                let to = if last { Some(chain::point(self.connection(), edit.saturating_sub(1))?) } else { None };
                EditRef { edit, last, to, edits, part: false }
            }
        };
        self.record_undo(document, reference)
    }

    /// Records that an undone edit was done again.
    pub(super) fn redo_as(&mut self, document: &Document, edit: u64, role: Role) -> Result<Written, StoreError> {
        let reference = match role {
            Role::Part => EditRef { edit, part: true, ..EditRef::default() },
            Role::Whole(edits, exact) => {
                let here = chain::point(self.connection(), self.tail.seq)?;
                let last = exact && here == chain::point(self.connection(), edit.saturating_sub(1))?;
                let to = if last { Some(whole(self.connection(), edit)?.step) } else { None };
                EditRef { edit, last, to, edits, part: false }
            }
        };
        self.record_redo(document, reference)
    }
}

//! The tables that answer questions quickly, made from the events by pure folds: the same code keeps them up to date,
//! makes them again, and checks them.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::{LabelScheme, visible};

use super::chain::{Chain, InForce, LAST};
use super::error::StoreError;
use super::event::{self, Select};
use super::payload::Payload;
use super::protocol::{QueueEntry, ReviewState};
use super::tally::Tally;
use super::version::ModelVersion;

/// A row of the table `document`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DocumentRow {
    /// The event that holds its text; 0 while the project holds nothing on it.
    pub text_event: u64,
    /// Hash of that text, in hexadecimal.
    pub text_hash: String,
    pub entry: QueueEntry,
    /// Who has decided, or said, what stands of it; by name.
    pub deciders: Vec<String>,
}

/// What a document's events amount to.
#[derive(Clone, Debug, Default)]
pub(super) struct DocumentFold {
    pub row: DocumentRow,
    pub tally: Tally,
    /// Imports that somebody asked for.
    pub imports: Vec<u64>,
}

impl DocumentFold {
    /// Takes the next event in.
    pub fn apply(&mut self, seq: u64, annotator: &str, payload: &Payload) {
        match payload {
            Payload::Document(document) => {
                self.row.text_event = seq;
                if self.row.text_hash != document.hash {
                    self.row.text_hash.clone_from(&document.hash);
                    self.tally.forget();
                }
            }
            Payload::Edit(edit) => self.tally.edit(seq, annotator, edit),
            Payload::Undo(undone) => self.tally.undo(undone.edit),
            Payload::Redo(redone) => self.tally.redo(redone.edit),
            Payload::Review { state } => self.tally.review(seq, annotator, state.disposition()),
            Payload::Comment(_) => self.tally.comment(seq),
            Payload::Import(import) => self.imports.extend(import.asked.then_some(seq)),
            Payload::Version(_) | Payload::Activate { .. } | Payload::Scheme(_) | Payload::Jump { .. } => {}
        }
        let entry = &mut self.row.entry;
        entry.decided = self.tally.count();
        entry.review = ReviewState::new(self.tally.disposition(), entry.decided);
        self.row.deciders = self.tally.deciders();
    }

    /// Reads a document's events.
    pub fn read(connection: &Connection, document: &str) -> Result<Self, StoreError> {
        Self::read_at(connection, document, &Chain::read(connection)?.of(connection, document)?)
    }

    /// Reads those of a document's events that are in force by the story at hand.
    pub fn read_at(connection: &Connection, document: &str, in_force: &InForce) -> Result<Self, StoreError> {
        let mut fold = Self::default();
        event::for_each(connection, Select::Document(document), |event| {
            let payload = event.payload()?;
            if in_force.holds(event.seq, &payload) {
                fold.apply(event.seq, &event.annotator, &payload);
            }
            Ok(())
        })?;
        Ok(fold)
    }

    /// Whether other edits are done, or other gold imported, than in another story of the same document.
    pub fn changed(&self, other: &Self) -> bool {
        !self.tally.done().eq(other.tally.done()) || self.imports != other.imports
    }

    /// Whether a training would learn other decisions, or other gold, than in another story of the same document.
    pub fn teaches_other(&self, other: &Self) -> bool {
        !self.tally.decisions().eq(other.tally.decisions()) || self.imports != other.imports
    }

    /// The steps that it has gone and not taken back, by their events.
    pub fn steps(&self) -> impl Iterator<Item = u64> {
        self.tally.steps().chain(self.imports.iter().copied())
    }
}

/// What the events that belong to no document amount to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct GlobalFold {
    pub scheme: Option<LabelScheme>,
    /// The versions that are and were active, those that were rolled back left out; the last one is active.
    pub active: Vec<u64>,
    pub versions: Vec<ModelVersion>,
    /// The events by which versions came into use and labels were set.
    pub steps: Vec<u64>,
}

impl GlobalFold {
    fn apply(&mut self, seq: u64, at: i64, payload: Payload) {
        if matches!(payload, Payload::Activate { .. } | Payload::Scheme(_)) {
            self.steps.push(seq);
        }
        match payload {
            Payload::Version(record) => self.versions.push(ModelVersion::new(record, seq, at)),
            Payload::Activate { version, rollback: true } => {
                self.active.pop();
                // Those in between belong to another encoder.
                while self.active.last().is_some_and(|&before| before != version) {
                    self.active.pop();
                }
            }
            Payload::Activate { version, .. } if version != self.active() => self.active.push(version),
            Payload::Scheme(set) => self.scheme = Some(set.scheme),
            _ => {}
        }
    }

    /// Reads the events that belong to no document.
    pub fn read(connection: &Connection) -> Result<Self, StoreError> {
        let in_force = Chain::read(connection)?.at(LAST, &[]);
        let mut fold = Self::default();
        event::for_each(connection, Select::Global, |event| {
            let payload = event.payload()?;
            if in_force.holds(event.seq, &payload) {
                fold.apply(event.seq, event.at, payload);
            }
            Ok(())
        })?;
        Ok(fold)
    }

    /// The active version.
    pub fn active(&self) -> u64 {
        self.active.last().copied().unwrap_or(0)
    }

    fn settings(&self) -> Result<BTreeMap<String, String>, StoreError> {
        let mut settings = BTreeMap::from([("active".to_owned(), self.active().to_string())]);
        if let Some(scheme) = &self.scheme {
            settings.insert("scheme".to_owned(), serde_json::to_string(scheme)?);
        }
        Ok(settings)
    }

    /// Writes the tables `model_version` and `project`.
    pub fn store(&self, connection: &Connection) -> Result<(), StoreError> {
        for (key, value) in self.settings()? {
            set_setting(connection, &key, &value)?;
        }
        if self.scheme.is_none() {
            connection.prepare_cached("DELETE FROM project WHERE key = 'scheme'")?.execute([])?;
        }
        let mut statement = connection.prepare_cached("INSERT OR IGNORE INTO model_version VALUES (?, ?, ?, ?)")?;
        for version in &self.versions {
            let record = serde_json::to_string(&version.record)?;
            statement.execute(params![version.record.id.cast_signed(), version.event.cast_signed(), version.created, record])?;
        }
        Ok(())
    }
}

/// Writes `value` under `key` in the table `project`.
pub(super) fn set_setting(connection: &Connection, key: &str, value: &str) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO project VALUES (?, ?)")?;
    statement.execute([key, value])?;
    Ok(())
}

/// What stands under `key` in the table `project`.
pub(super) fn setting(connection: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM project WHERE key = ?")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

/// Writes a row of the table `document`.
pub(super) fn store_row(connection: &Connection, id: &str, row: &DocumentRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO document VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET \
                       text_event = ?2, text_hash = ?3, review = ?4, decided = ?5, deciders = ?6";
    let mut statement = connection.prepare_cached(SQL)?;
    let (review, deciders) = (row.entry.review.name(), serde_json::to_string(&row.deciders)?);
    let values = params![id, row.text_event.cast_signed(), row.text_hash, review, row.entry.decided as i64, deciders];
    statement.execute(values)?;
    Ok(())
}

/// Removes the row of a document, whose story goes on by another name.
pub(super) fn remove_row(connection: &Connection, id: &str) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM document WHERE id = ?")?.execute([id])?;
    Ok(())
}

/// The table `document`, by id.
pub(super) fn rows(connection: &Connection) -> Result<BTreeMap<String, DocumentRow>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id, text_event, text_hash, review, decided, deciders FROM document")?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, read_row(row)?)))?.collect::<Result<_, _>>()?)
}

/// One document's row.
pub(super) fn row(connection: &Connection, id: &str) -> Result<Option<DocumentRow>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id, text_event, text_hash, review, decided, deciders FROM document WHERE id = ?")?;
    Ok(statement.query_row([id], read_row).optional()?)
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<DocumentRow> {
    let review: String = row.get(3)?;
    let review = ReviewState::ALL.into_iter().find(|state| state.name() == review).unwrap_or_default();
    let entry = QueueEntry { review, decided: usize::try_from(row.get::<_, i64>(4)?).unwrap_or(0) };
    // What cannot be read differs from the events, which a check tells.
    let deciders = serde_json::from_str(&row.get::<_, String>(5)?).unwrap_or_default();
    Ok(DocumentRow { text_event: row.get::<_, i64>(1)?.cast_unsigned(), text_hash: row.get(2)?, entry, deciders })
}

/// Folds every document's events, one document at a time.
fn for_each_document(
    connection: &Connection,
    mut each: impl FnMut(&str, &DocumentRow) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let chain = Chain::read(connection)?;
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT document FROM event WHERE document IS NOT NULL ORDER BY document")?;
    for id in statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()? {
        let fold = DocumentFold::read_at(connection, &id, &chain.of(connection, &id)?)?;
        // The story of a note that goes by another name by now is told there.
        if fold.row.text_event > 0 {
            each(&id, &fold.row)?;
        }
    }
    Ok(())
}

/// Empties the tables and makes them again from the events.
pub(super) fn rebuild(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "DELETE FROM document; DELETE FROM model_version; DELETE FROM project \
         WHERE key NOT IN ('corpus', 'tutorial', 'exported') AND key NOT LIKE 'place:%';",
    )?;
    for_each_document(connection, |id, row| store_row(connection, id, row))?;
    GlobalFold::read(connection)?.store(connection)
}

/// Compares the tables with what the events amount to; a sentence for each thing that differs.
pub(super) fn differences(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    let mut stored = rows(connection)?;
    for_each_document(connection, |id, row| {
        if stored.remove(id).as_ref() != Some(row) {
            found.push(format!("the summary of '{}' differs from its events", visible(id)));
        }
        Ok(())
    })?;
    found.extend(stored.keys().map(|id| format!("'{}' is listed without any event", visible(id))));
    let global = GlobalFold::read(connection)?;
    if super::version::all(connection)? != global.versions {
        found.push("the list of model versions differs from the events".to_owned());
    }
    for (key, value) in global.settings()? {
        let stored = setting(connection, &key)?;
        // A project whose events set nothing yet has no settings.
        if stored.as_deref().unwrap_or(if key == "active" { "0" } else { "" }) != value {
            found.push(format!("the setting '{key}' differs from the events"));
        }
    }
    Ok(found)
}

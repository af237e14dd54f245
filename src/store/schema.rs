//! The tables of the project file, and how older ones are brought up to date.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::backup::copy_database;
use super::disk::{beside, check_version};
use super::error::StoreError;

/// Marks a SQLite file as a Chartmark project: `CHMK`.
pub(super) const APPLICATION_ID: u32 = 0x4348_4d4b;

/// The schema version that this program writes: the number of [`STEPS`].
pub(super) const SCHEMA: u32 = STEPS.len() as u32;

/// Each step takes the schema one version further. Steps are only ever added.
const STEPS: &[M<'_>] = &[M::up(FIRST), M::up(KINDS), M::up(JUMPS), M::up(WHOLES)];

/// Events are the truth; the other tables can be made again from them (except the rows `corpus` and `tutorial` of
/// `project`, which are reminders).
const FIRST: &str = "
PRAGMA application_id = 1128811851;
CREATE TABLE event (
    seq       INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    annotator TEXT NOT NULL,
    kind      TEXT NOT NULL,
    document  TEXT,
    payload   TEXT NOT NULL,
    content   BLOB,
    previous  BLOB NOT NULL,
    hash      BLOB NOT NULL
) STRICT;
CREATE INDEX event_of_document ON event (document, seq);
CREATE TRIGGER event_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER event_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TRIGGER event_insert BEFORE INSERT ON event WHEN EXISTS (SELECT 1 FROM event WHERE seq >= NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'events are only added at the end'); END;
CREATE TABLE document (
    id         TEXT PRIMARY KEY,
    text_event INTEGER NOT NULL REFERENCES event (seq),
    text_hash  TEXT NOT NULL,
    review     TEXT NOT NULL,
    decided    INTEGER NOT NULL
) STRICT;
CREATE TABLE model_version (
    id      INTEGER PRIMARY KEY,
    event   INTEGER NOT NULL REFERENCES event (seq),
    created INTEGER NOT NULL,
    record  TEXT NOT NULL
) STRICT;
CREATE TABLE project (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
";

/// Notes may be skipped or left to be discussed, which earlier programs cannot read; events are found by their kind.
const KINDS: &str = "CREATE INDEX event_of_kind ON event (kind, seq);";

/// One may jump to any point of the past, which earlier programs cannot read; what an edit has become is found by its number.
const JUMPS: &str = "
CREATE INDEX event_of_text ON event (document, seq) WHERE kind = 'document';
CREATE INDEX event_of_edit ON event (json_extract(payload, '$.edit'), seq) WHERE kind IN ('undo', 'redo');
";

/// What is done in one go is one step, which earlier programs do not know; steps are found however many other events lie
/// between them (see [`super::chain::STEP`] and [`super::chain::TURN`]), and who has decided what without reading the events.
const WHOLES: &str = "
CREATE INDEX event_of_step ON event (seq) WHERE (kind IN ('review', 'comment', 'activate', 'scheme')
    OR (kind = 'edit' AND json_extract(payload, '$.with') IS NULL)
    OR (kind IN ('undo', 'redo') AND json_extract(payload, '$.last') IS NULL AND json_extract(payload, '$.part') IS NULL)
    OR (kind = 'import' AND json_extract(payload, '$.asked'))
    OR (kind = 'version' AND json_extract(payload, '$.verdict') = 'kept_aside'));
CREATE INDEX event_of_turn ON event (seq) WHERE (kind IN ('review', 'comment', 'activate', 'scheme', 'jump')
    OR (kind = 'edit' AND json_extract(payload, '$.with') IS NULL)
    OR (kind IN ('undo', 'redo') AND json_extract(payload, '$.part') IS NULL)
    OR (kind = 'import' AND json_extract(payload, '$.asked'))
    OR (kind = 'version' AND json_extract(payload, '$.verdict') = 'kept_aside'));
ALTER TABLE document ADD COLUMN deciders TEXT NOT NULL DEFAULT '[]';
";

/// The schema version of an open database.
pub(super) fn version(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Brings the tables up to date. A project that held something (`existing`) is copied beside itself first; gives the
/// copy's path.
pub(super) fn migrate(connection: &mut Connection, path: &Path, existing: bool) -> Result<Option<PathBuf>, StoreError> {
    check_version(path, version(connection)?)?;
    migrate_by(STEPS, connection, path, existing)
}

fn migrate_by(steps: &[M<'_>], connection: &mut Connection, path: &Path, existing: bool) -> Result<Option<PathBuf>, StoreError> {
    let found = version(connection)?;
    if found as usize >= steps.len() {
        return Ok(None);
    }
    let kept = existing.then(|| free_name(path, found));
    if let Some(kept) = &kept {
        copy_database(connection, kept)?;
    }
    Migrations::from_slice(steps).to_latest(connection).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
        other => StoreError::Database(other.to_string()),
    })?;
    Ok(kept)
}

/// `project.db.version-1.backup`, or the next such name that is free.
fn free_name(path: &Path, version: u32) -> PathBuf {
    let name = |n: u32| {
        beside(path, &if n == 1 { format!(".version-{version}.backup") } else { format!(".version-{version}-{n}.backup") })
    };
    (1..).map(name).find(|name| !name.exists()).unwrap_or_else(|| name(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_leaves_a_copy_of_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("project.db");
        let mut connection = Connection::open(&path).unwrap();
        assert_eq!(migrate(&mut connection, &path, false).unwrap(), None);
        connection.execute("INSERT INTO project VALUES ('corpus', '/notes')", []).unwrap();
        assert_eq!(migrate(&mut connection, &path, true).unwrap(), None, "nothing to do, no copy");

        let steps = [STEPS, &[M::up("DROP TABLE project;")]].concat();
        let kept = migrate_by(&steps, &mut connection, &path, true).unwrap().unwrap();
        assert_eq!(version(&connection).unwrap(), SCHEMA + 1);
        let copy = Connection::open(&kept).unwrap();
        assert_eq!(version(&copy).unwrap(), SCHEMA);
        let corpus: String = copy.query_row("SELECT value FROM project", [], |row| row.get(0)).unwrap();
        assert_eq!(corpus, "/notes");
    }
}

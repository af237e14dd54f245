//! The tables of the project file, and how older ones are brought up to date.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::backup::copy_database;
use super::disk::{beside, check_version};
use super::error::StoreError;
use super::projection;

/// Marks a SQLite file as a Chartmark project: `CHMK`.
pub(super) const APPLICATION_ID: u32 = 0x4348_4d4b;

/// The schema version that this program writes: the number of [`STEPS`].
pub(super) const SCHEMA: u32 = STEPS.len() as u32;

/// Each step takes the schema one version further. Steps are only ever added.
const STEPS: &[&str] = &[FIRST, KINDS, JUMPS, WHOLES, CHANGES, NAMES];

/// Events are the truth; the other tables can be made again from them (except the rows `corpus`, `tutorial` and
/// `place:`, with an annotator's name, of `project`, which are reminders, and the table `version_change`, which tells what a model has said of the notes).
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

/// What each version has changed outlives the session, which earlier programs do not know (see [`super::changes`]).
const CHANGES: &str = "
CREATE TABLE version_change (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    version INTEGER NOT NULL,
    before  INTEGER NOT NULL,
    counts  TEXT NOT NULL,
    places  TEXT NOT NULL,
    UNIQUE (version, before)
) STRICT;
";

/// A note that is given another name takes its story along, which earlier programs do not know (see [`super::lineage`]); names
/// that were given up are found without reading the events.
const NAMES: &str = "CREATE INDEX event_of_name ON event (json_extract(payload, '$.was'), seq) WHERE kind = 'document';";

/// The schema version of an open database.
pub(super) fn version(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Brings the tables up to date, with what they say of the events: all of it, or, where that fails or is cut off, nothing.
/// A project that held something (`existing`) is copied beside itself first; gives the copy's path.
pub(super) fn migrate(connection: &mut Connection, path: &Path, existing: bool) -> Result<Option<PathBuf>, StoreError> {
    check_version(path, version(connection)?)?;
    migrate_by(STEPS, connection, path, existing)
}

fn migrate_by(steps: &[&str], connection: &mut Connection, path: &Path, existing: bool) -> Result<Option<PathBuf>, StoreError> {
    let found = version(connection)?;
    let Some(missing) = steps.get(found as usize..).filter(|missing| !missing.is_empty()) else { return Ok(None) };
    let kept = existing.then(|| free_name(path, found));
    if let Some(kept) = &kept {
        copy_database(connection, kept)?;
    }
    let done = take(missing, connection, found);
    if done.is_err()
        && let Some(kept) = &kept
    {
        // The project is as it was, and the next attempt makes a copy of its own.
        let _ = std::fs::remove_file(kept);
    }
    done.map(|()| kept)
}

/// Takes the steps in one transaction.
fn take(steps: &[&str], connection: &mut Connection, found: u32) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    steps.iter().try_for_each(|step| transaction.execute_batch(step))?;
    if found > 0 {
        // The tables may have columns that only the events can fill.
        projection::rebuild(&transaction)?;
    }
    transaction.pragma_update(None, "user_version", found + steps.len() as u32)?;
    Ok(transaction.commit()?)
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

        let steps = [STEPS, &["CREATE TABLE more (x);"]].concat();
        let kept = migrate_by(&steps, &mut connection, &path, true).unwrap().unwrap();
        assert_eq!(version(&connection).unwrap(), SCHEMA + 1);
        let copy = Connection::open(&kept).unwrap();
        assert_eq!(version(&copy).unwrap(), SCHEMA);
        let corpus: String = copy.query_row("SELECT value FROM project", [], |row| row.get(0)).unwrap();
        assert_eq!(corpus, "/notes");
    }

    /// A project of an earlier schema, with an edit in it.
    fn earlier(path: &Path, schema: usize) -> Connection {
        let mut connection = Connection::open(path).unwrap();
        take(&STEPS[..schema], &mut connection, 0).unwrap();
        let edit = "{\"labels\":[\"sym\"],\"groups\":[{\"scope\":\"single\",\"words\":[[0,4,\"p\",[]]]}]}";
        for (seq, kind, json) in [(1, "document", "{\"hash\":\"0\",\"meta\":{}}"), (2, "edit", edit)] {
            let sql = "INSERT INTO event VALUES (?, 0, 'ann', ?, 'a', ?, CAST('pain' AS BLOB), x'', x'')";
            connection.execute(sql, rusqlite::params![seq, kind, json]).unwrap();
        }
        connection
    }

    #[test]
    fn an_update_that_is_cut_off_leaves_the_project_as_it_was() {
        for schema in 1..STEPS.len() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("project.db");
            let mut connection = earlier(&path, schema);
            let dump = |connection: &Connection| -> (u32, String) {
                let sql = "SELECT group_concat(name || coalesce(sql, ''), '\n') FROM (SELECT * FROM sqlite_schema ORDER BY name)";
                (version(connection).unwrap(), connection.query_row(sql, [], |row| row.get(0)).unwrap())
            };
            let before = dump(&connection);
            // It fails in one of its steps, after the others.
            let broken = [STEPS, &["CREATE TABLE more (x);", "NOT A STATEMENT"]].concat();
            assert!(migrate_by(&broken, &mut connection, &path, true).is_err());
            assert_eq!(dump(&connection), before, "{schema}");
            // Or in what the new columns are filled with: a kill between the two is no different.
            connection
                .execute_batch("CREATE TRIGGER cut BEFORE INSERT ON document BEGIN SELECT RAISE(ABORT, 'cut off'); END")
                .unwrap();
            let with_trigger = dump(&connection);
            let error = migrate(&mut connection, &path, true).unwrap_err().to_string();
            assert!(error.contains("cut off"), "{error}");
            assert_eq!(dump(&connection), with_trigger, "{schema}");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no copy is left of what has not changed");
            connection.execute_batch("DROP TRIGGER cut").unwrap();
            let kept = migrate(&mut connection, &path, true).unwrap().unwrap();
            assert_eq!(
                (version(&connection).unwrap(), version(&Connection::open(&kept).unwrap()).unwrap() as usize),
                (SCHEMA, schema)
            );
            let row: (i64, String) =
                connection.query_row("SELECT decided, deciders FROM document", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            assert_eq!(row, (1, "[\"ann\"]".to_owned()));
        }
    }
}

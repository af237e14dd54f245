//! Copies of a project that is in use, by SQLite's backup API.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::disk::create_private;
use super::error::StoreError;

/// Pages copied before other connections get a turn.
const PAGES: i32 = 4096;

/// Copies the database to a new file of the owner's alone.
///
/// # Errors
/// [`StoreError::BackupExists`]; [`StoreError::NoBackup`], after which no half-written file is left.
pub(super) fn copy_database(from: &Connection, to: &Path) -> Result<(), StoreError> {
    let fail = |why: String| StoreError::NoBackup { path: to.to_owned(), why };
    match create_private(to) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Err(StoreError::BackupExists(to.to_owned())),
        Err(error) => return Err(fail(error.to_string())),
    }
    copy_into(from, to).map_err(|error| {
        // What could not be finished must not be taken for a backup.
        let _ = std::fs::remove_file(to);
        fail(error.to_string())
    })
}

fn copy_into(from: &Connection, to: &Path) -> rusqlite::Result<()> {
    let mut copy = Connection::open(to)?;
    copy.pragma_update(None, "synchronous", "FULL")?;
    Backup::new(from, &mut copy)?.run_to_completion(PAGES, Duration::ZERO, None)?;
    // The copied header may ask for a write-ahead log: a backup is one file.
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    copy.close().map_err(|(_, error)| error)
}

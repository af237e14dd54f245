//! Which events are a document's story. A note that was given another name takes its story along: the event that holds its text
//! under the new name says what it was called, and what was recorded by the old name up to there is told of the new one.
//! Nothing in the log changes for it, and the old name is free for another note.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::chain::LAST;
use super::error::StoreError;

/// Events by one name, as a span of their numbers, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub document: String,
    pub first: u64,
    pub last: u64,
}

/// The stretches of a document's story, oldest first. That of a note that goes by another name by now is empty.
pub(super) fn lineage(connection: &Connection, document: &str) -> Result<Vec<Stretch>, StoreError> {
    let (mut stretches, mut document, mut last) = (Vec::new(), document.to_owned(), LAST);
    loop {
        let (came, went) = (came(connection, &document, last)?, went(connection, &document, last)?);
        // What the name was given up for ended its story; what it was given for began one.
        let begins = came.as_ref().map_or(0, |(at, _)| *at).max(went.map_or(0, |at| at + 1)).max(1);
        stretches.push(Stretch { document, first: begins, last });
        match came {
            Some((at, was)) if at == begins => (document, last) = (was, at - 1),
            _ => break,
        }
    }
    stretches.reverse();
    Ok(stretches)
}

/// The last time, up to event `last`, that a note came to be called so, and what it was called before.
fn came(connection: &Connection, document: &str, last: u64) -> Result<Option<(u64, String)>, StoreError> {
    const SQL: &str = "SELECT seq, json_extract(payload, '$.was') FROM event WHERE document = ? AND kind = 'document' \
                       AND json_extract(payload, '$.was') IS NOT NULL AND seq <= ? ORDER BY seq DESC LIMIT 1";
    let mut statement = connection.prepare_cached(SQL)?;
    let row = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?));
    Ok(statement.query_row(params![document, last.cast_signed()], row).optional()?)
}

/// The last time, up to event `last`, that the note called so was given another name.
fn went(connection: &Connection, document: &str, last: u64) -> Result<Option<u64>, StoreError> {
    const SQL: &str = "SELECT max(seq) FROM event WHERE kind = 'document' AND json_extract(payload, '$.was') = ? AND seq <= ?";
    let mut statement = connection.prepare_cached(SQL)?;
    let found: Option<i64> = statement.query_row(params![document, last.cast_signed()], |row| row.get(0))?;
    Ok(found.map(i64::cast_unsigned))
}

/// What the note is called now of which something was recorded by this name, as event `event`.
pub(super) fn called_now(connection: &Connection, document: &str, event: u64) -> Result<String, StoreError> {
    const SQL: &str = "SELECT seq, document FROM event WHERE kind = 'document' AND json_extract(payload, '$.was') = ? AND seq > ? \
                       ORDER BY seq LIMIT 1";
    let mut statement = connection.prepare_cached(SQL)?;
    let (mut document, mut event) = (document.to_owned(), event);
    let row = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?));
    while let Some(next) = statement.query_row(params![document, event.cast_signed()], row).optional()? {
        (event, document) = next;
    }
    Ok(document)
}

/// The documents of which something was recorded after event `after`, by what they are called now, each once; `only` is a
/// further condition on the events.
pub(super) fn touched_since(connection: &Connection, after: u64, only: &str) -> Result<Vec<String>, StoreError> {
    let sql = format!("SELECT document, max(seq) FROM event WHERE seq > ? AND document IS NOT NULL{only} GROUP BY document");
    let mut statement = connection.prepare_cached(&sql)?;
    let row = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?.cast_unsigned()));
    let mut found = Vec::new();
    for (document, last) in statement.query_map([after.cast_signed()], row)?.collect::<Result<Vec<_>, _>>()? {
        // One name may have been several notes' meanwhile.
        let mut event = after;
        loop {
            found.push(called_now(connection, &document, event)?);
            match next_went(connection, &document, event)? {
                Some(next) if next < last => event = next,
                _ => break,
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The first time after event `after` that the note called so was given another name.
fn next_went(connection: &Connection, document: &str, after: u64) -> Result<Option<u64>, StoreError> {
    const SQL: &str = "SELECT min(seq) FROM event WHERE kind = 'document' AND json_extract(payload, '$.was') = ? AND seq > ?";
    let mut statement = connection.prepare_cached(SQL)?;
    let found: Option<i64> = statement.query_row(params![document, after.cast_signed()], |row| row.get(0))?;
    Ok(found.map(i64::cast_unsigned))
}

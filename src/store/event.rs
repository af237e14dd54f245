//! The append-only, hash-chained log: every event holds the hash of the one before, so that a change of any of them,
//! by whatever tool, is noticed.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::StoreError;
use super::lineage::{Stretch, lineage};
use super::payload::Payload;
use super::protocol::Recorded;

/// An event's number and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tail {
    pub seq: u64,
    pub hash: [u8; 32],
}

/// An event as it stands in the table.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub seq: u64,
    pub at: i64,
    pub annotator: String,
    pub kind: String,
    pub document: Option<String>,
    /// JSON, see [`Payload`].
    pub payload: String,
    /// A document's text or a version's head; `None` also where it was not asked for.
    pub content: Option<Vec<u8>>,
    previous: Vec<u8>,
    hash: Vec<u8>,
}

/// Which events to read, in which order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Select<'a> {
    /// All, in order of their numbers.
    All,
    /// All that belong to a document, document by document, without their content.
    Documents,
    /// Those of one document's story, by whatever names, with their content.
    Document(&'a str),
    /// Those that belong to no document, without their content.
    Global,
}

impl Event {
    /// What the event says.
    pub fn payload(&self) -> Result<Payload, StoreError> {
        let payload = Payload::read(&self.kind, &self.payload)?;
        if let Payload::Edit(edit) = &payload {
            edit.check()?;
        }
        Ok(payload)
    }

    /// Whether it follows `tail` and its hash is that of its fields.
    pub fn follows(&self, tail: Tail) -> bool {
        self.seq == tail.seq + 1 && self.previous == tail.hash && self.hash == self.computed_hash(tail)
    }

    /// Number and hash.
    pub fn tail(&self) -> Tail {
        Tail { seq: self.seq, hash: self.hash.as_slice().try_into().unwrap_or_default() }
    }

    fn computed_hash(&self, tail: Tail) -> [u8; 32] {
        let fields = Fields {
            seq: self.seq,
            at: self.at,
            annotator: &self.annotator,
            kind: &self.kind,
            document: self.document.as_deref(),
            payload: &self.payload,
            content: self.content.as_deref(),
        };
        fields.hash(tail)
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get::<_, i64>(0)?.cast_unsigned(),
            at: row.get(1)?,
            annotator: row.get(2)?,
            kind: row.get(3)?,
            document: row.get(4)?,
            payload: row.get(5)?,
            content: row.get(6)?,
            previous: row.get(7)?,
            hash: row.get(8)?,
        })
    }
}

struct Fields<'a> {
    seq: u64,
    at: i64,
    annotator: &'a str,
    kind: &'a str,
    document: Option<&'a str>,
    payload: &'a str,
    content: Option<&'a [u8]>,
}

impl Fields<'_> {
    /// BLAKE3 over the previous hash and every field, each with its length before it.
    fn hash(&self, tail: Tail) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&tail.hash).update(&self.seq.to_le_bytes()).update(&self.at.to_le_bytes());
        let texts = [Some(self.annotator), Some(self.kind), self.document, Some(self.payload)];
        texts.iter().for_each(|text| put(&mut hasher, text.map(str::as_bytes)));
        put(&mut hasher, self.content);
        *hasher.finalize().as_bytes()
    }
}

fn put(hasher: &mut blake3::Hasher, field: Option<&[u8]>) {
    let length = field.map_or(u64::MAX, |field| field.len() as u64);
    hasher.update(&length.to_le_bytes()).update(field.unwrap_or_default());
}

/// The last event's number and hash; zeros where there is none.
pub(super) fn tail(connection: &Connection) -> Result<Tail, StoreError> {
    let mut statement = connection.prepare_cached("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1")?;
    let last = statement.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))).optional()?;
    Ok(last.map_or(Tail { seq: 0, hash: [0; 32] }, |(seq, hash)| Tail {
        seq: seq.cast_unsigned(),
        hash: hash.as_slice().try_into().unwrap_or_default(),
    }))
}

/// Writes the event that follows `tail`; gives the new tail.
pub(super) fn append(
    connection: &Connection,
    tail: Tail,
    recorded: &Recorded,
    document: Option<&str>,
    payload: &Payload,
    content: Option<&[u8]>,
) -> Result<Tail, StoreError> {
    let (seq, json) = (recorded.event, serde_json::to_string(payload)?);
    let fields =
        Fields { seq, at: recorded.at, annotator: &recorded.annotator, kind: payload.kind(), document, payload: &json, content };
    let hash = fields.hash(tail);
    let mut statement = connection.prepare_cached("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
    let annotator: &str = &recorded.annotator;
    statement.execute(params![
        seq.cast_signed(),
        recorded.at,
        annotator,
        payload.kind(),
        document,
        json,
        content,
        &tail.hash[..],
        &hash[..]
    ])?;
    Ok(Tail { seq, hash })
}

/// Reads events one by one.
pub(super) fn for_each(
    connection: &Connection,
    select: Select<'_>,
    mut each: impl FnMut(Event) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let (content, rest) = match select {
        Select::All => ("content", "ORDER BY seq"),
        Select::Documents => ("NULL", "WHERE document IS NOT NULL ORDER BY document, seq"),
        Select::Document(_) => ("content", "WHERE document = ? AND seq BETWEEN ? AND ? ORDER BY seq"),
        Select::Global => ("NULL", "WHERE document IS NULL ORDER BY seq"),
    };
    let columns = format!("seq, at, annotator, kind, document, payload, {content}, previous, hash");
    let mut statement = connection.prepare_cached(&format!("SELECT {columns} FROM event {rest}"))?;
    if let Select::Document(id) = select {
        for Stretch { document, first, last } in lineage(connection, id)? {
            let mut rows = statement.query(params![document, first.cast_signed(), last.cast_signed()])?;
            while let Some(row) = rows.next()? {
                each(Event::read(row)?)?;
            }
        }
        return Ok(());
    }
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(Event::read(row)?)?;
    }
    Ok(())
}

/// The content of one event.
pub(super) fn content(connection: &Connection, seq: u64) -> Result<Vec<u8>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT content FROM event WHERE seq = ?")?;
    let found: Option<Option<Vec<u8>>> = statement.query_row([seq.cast_signed()], |row| row.get(0)).optional()?;
    found.flatten().ok_or_else(|| StoreError::Damaged(format!("event {seq} lacks its content")))
}

/// What one event says; `None` where there is none of the number.
pub(super) fn payload(connection: &Connection, seq: u64) -> Result<Option<Payload>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT kind, payload FROM event WHERE seq = ?")?;
    let row = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    statement.query_row([seq.cast_signed()], row).optional()?.map(|(kind, json)| Payload::read(&kind, &json)).transpose()
}

/// The text that a document had when an event was recorded.
pub(super) fn text_at(connection: &Connection, document: &str, seq: u64) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT content FROM event WHERE document = ? AND kind = 'document' AND seq >= ? AND seq <= ? AND seq < ? \
                       ORDER BY seq DESC LIMIT 1";
    let mut statement = connection.prepare_cached(SQL)?;
    for Stretch { document, first, last } in lineage(connection, document)?.into_iter().rev() {
        let within = params![document, first.cast_signed(), last.cast_signed(), seq.cast_signed()];
        let found: Option<Option<Vec<u8>>> = statement.query_row(within, |row| row.get(0)).optional()?;
        if let Some(text) = found {
            return Ok(text.and_then(|text| String::from_utf8(text).ok()));
        }
    }
    Ok(None)
}

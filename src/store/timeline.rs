//! Everything that was done to a project, as a list of steps that is read in pages: who did what when, in words, and whether
//! it holds at present.

mod words;

pub use words::version_name;

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::domain::DocumentId;

use super::chain::{Chain, InForce, LAST, STEP, texts};
use super::error::StoreError;
use super::lineage::called_now;
use super::payload::{EditPayload, EditRef, Payload};
use super::project::Project;
use super::together::whole;

/// At most this many steps are in a page.
pub const PAGE: usize = 200;

/// Which steps to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Those around the one at which the story stands.
    Here,
    /// The newest.
    Newest,
    /// The oldest.
    Oldest,
    /// Those before the step of this number.
    Before(u64),
    /// Those after the step of this number.
    After(u64),
}

/// Whether a step holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Done,
    /// It was taken back and can be made again.
    Undone,
    /// It does, and a jump passes over it; the words say why.
    Stays(&'static str),
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Number of its event; 0 for the beginning of the story, which nobody has made.
    pub event: u64,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// Who.
    pub annotator: Arc<str>,
    /// The document that it concerns; `None` for the whole project.
    pub document: Option<DocumentId>,
    /// What was done, in words.
    pub what: String,
    /// Whether it holds.
    pub standing: Standing,
}

/// Some steps, one after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Which were asked for.
    pub part: Part,
    /// The steps, newest first.
    pub steps: Vec<Step>,
    /// Whether there is none that is newer.
    pub newest: bool,
    /// Whether there is none that is older.
    pub oldest: bool,
    /// The step at which the story stands.
    pub point: u64,
}

impl Project {
    /// Some of the steps. How long that takes depends on those that are read and on how often somebody has jumped, not on
    /// how many steps or events there are in all.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn timeline(&self, part: Part) -> Result<Page, StoreError> {
        let point = self.point()?;
        let mut reader = Reader::new(self.connection())?;
        let (newer, older) = match part {
            Part::Newest => (None, Some(LAST)),
            Part::Oldest => (Some(0), None),
            Part::Before(step) => (None, Some(step)),
            Part::After(step) => (Some(step), None),
            Part::Here => (Some(point), Some(point + 1)),
        };
        let most = if part == Part::Here { PAGE / 2 } else { PAGE };
        let mut steps = Vec::new();
        // Whatever was not looked for is there: the step that was named.
        let mut newest = part == Part::Newest;
        let mut oldest = part == Part::Oldest;
        if let Some(after) = newer {
            let sql =
                format!("SELECT {COLUMNS} FROM event INDEXED BY event_of_step WHERE seq > ? AND {STEP} ORDER BY seq LIMIT ?");
            newest = reader.read(&sql, after, most, &mut steps)?;
            steps.reverse();
        }
        if let Some(before) = older {
            let sql = format!(
                "SELECT {COLUMNS} FROM event INDEXED BY event_of_step WHERE seq < ? AND {STEP} ORDER BY seq DESC LIMIT ?"
            );
            oldest = reader.read(&sql, before, most, &mut steps)?;
        }
        if oldest && part != Part::Before(0) {
            steps.push(beginning());
        }
        Ok(Page { part, steps, newest, oldest, point })
    }
}

const COLUMNS: &str = "seq, at, annotator, kind, document, payload";

/// What is before the first step.
fn beginning() -> Step {
    let what = "the beginning, with the gold beside the notes if there is any".to_owned();
    Step { event: 0, at: 0, annotator: "".into(), document: None, what, standing: Standing::Done }
}

/// A row of the table.
struct Found {
    seq: u64,
    at: i64,
    annotator: String,
    document: Option<String>,
    payload: Payload,
}

/// What of a document a page needs again and again.
struct Known {
    in_force: InForce,
    /// The events of its texts.
    texts: Vec<u64>,
    /// The last text that was looked at.
    text: Option<(u64, Arc<str>)>,
}

struct Reader<'a> {
    connection: &'a Connection,
    chain: Chain,
    project: InForce,
    documents: HashMap<String, Known>,
}

impl<'a> Reader<'a> {
    fn new(connection: &'a Connection) -> Result<Self, StoreError> {
        let chain = Chain::read(connection)?;
        let project = chain.at(LAST, &[]);
        Ok(Self { connection, chain, project, documents: HashMap::new() })
    }

    /// Appends up to `most` steps; whether these were all.
    fn read(&mut self, sql: &str, bound: u64, most: usize, steps: &mut Vec<Step>) -> Result<bool, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![bound.cast_signed(), most as i64 + 1])?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            if read == most {
                return Ok(false);
            }
            let found = found(self.connection, row)?;
            steps.push(self.step(found)?);
            read += 1;
        }
        Ok(true)
    }

    fn step(&mut self, found: Found) -> Result<Step, StoreError> {
        let standing = self.standing(&found)?;
        let what = self.what(found.seq, found.document.as_deref(), &found.payload)?;
        let document = found.document.as_deref().map(DocumentId::from);
        Ok(Step { event: found.seq, at: found.at, annotator: found.annotator.into(), document, what, standing })
    }

    fn standing(&mut self, found: &Found) -> Result<Standing, StoreError> {
        let seq = found.seq;
        if let Payload::Version(_) = found.payload {
            return Ok(Standing::Stays("it is in the list of versions"));
        }
        let Some(document) = &found.document else {
            return Ok(if self.project.contains(seq) { Standing::Done } else { Standing::Undone });
        };
        let connection = self.connection;
        let in_force = &self.known(document)?.in_force;
        if !in_force.contains(seq) || is_undone(connection, in_force, seq)? || self.part_is_undone(&found.payload)? {
            return Ok(Standing::Undone);
        }
        if self.known(document)?.texts.last().is_some_and(|&text| text > seq) {
            Ok(Standing::Stays("the note has another text since"))
        } else {
            Ok(Standing::Done)
        }
    }

    /// Whether something that was done in other notes with an edit was undone. It is taken back as one.
    fn part_is_undone(&mut self, payload: &Payload) -> Result<bool, StoreError> {
        // One query for all of them: there may be as many as there are notes, and most were never undone.
        const SQL: &str = "SELECT part.value, edit.document, taken.seq, taken.kind FROM json_each(?) AS part \
                           CROSS JOIN event AS taken INDEXED BY event_of_edit \
                           ON taken.kind IN ('undo', 'redo') AND json_extract(taken.payload, '$.edit') = part.value \
                           CROSS JOIN event AS edit ON edit.seq = part.value ORDER BY part.value, taken.seq DESC";
        let Payload::Edit(EditPayload { edits, .. }) = payload else { return Ok(false) };
        if edits.is_empty() {
            return Ok(false);
        }
        let mut statement = self.connection.prepare_cached(SQL)?;
        let mut rows = statement.query([serde_json::to_string(edits)?])?;
        let mut told = None;
        while let Some(row) = rows.next()? {
            let (edit, document): (i64, Option<String>) = (row.get(0)?, row.get(1)?);
            let Some(document) = document.filter(|_| told != Some(edit)) else { continue };
            let document = called_now(self.connection, &document, edit.cast_unsigned())?;
            if self.known(&document)?.in_force.contains(row.get::<_, i64>(2)?.cast_unsigned()) {
                // The last that is in force tells; the rest of this edit's are earlier.
                told = Some(edit);
                if row.get::<_, String>(3)? == "undo" {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// What a step did, in words.
    fn what(&mut self, seq: u64, document: Option<&str>, payload: &Payload) -> Result<String, StoreError> {
        let (again, edit) = match payload {
            Payload::Undo(EditRef { edit, .. }) => ("undid", *edit),
            Payload::Redo(EditRef { edit, .. }) => ("did again", *edit),
            Payload::Activate { version, rollback: false } if self.made_before(seq, *version)? => {
                return Ok(format!("version {version} was trained and came into use"));
            }
            _ => {
                let text = match document {
                    Some(document) => self.text(document, seq)?,
                    None => "".into(),
                };
                return Ok(words::what(payload, &text));
            }
        };
        // One event stands for what was done in one go.
        match row(self.connection, whole(self.connection, edit)?.step)? {
            Some(Found { seq, document, payload, .. }) if !matches!(payload, Payload::Undo(_) | Payload::Redo(_)) => {
                Ok(format!("{again}: {}", self.what(seq, document.as_deref(), &payload)?))
            }
            _ => Ok(format!("{again} something")),
        }
    }

    /// Whether the event before this one has made the version.
    fn made_before(&self, seq: u64, version: u64) -> Result<bool, StoreError> {
        let before = row(self.connection, seq.saturating_sub(1))?;
        Ok(before.is_some_and(|found| matches!(found.payload, Payload::Version(record) if record.id == version)))
    }

    fn known(&mut self, document: &str) -> Result<&mut Known, StoreError> {
        if !self.documents.contains_key(document) {
            let texts = texts(self.connection, document)?;
            let known = Known { in_force: self.chain.at(LAST, &texts), texts, text: None };
            self.documents.insert(document.to_owned(), known);
        }
        self.documents.get_mut(document).ok_or_else(|| StoreError::NoDocument(document.to_owned()))
    }

    /// The text that a document had when this was recorded.
    fn text(&mut self, document: &str, seq: u64) -> Result<Arc<str>, StoreError> {
        let connection = self.connection;
        let known = self.known(document)?;
        let Some(&event) = known.texts.iter().rfind(|&&text| text < seq) else { return Ok("".into()) };
        if let Some((_, text)) = known.text.as_ref().filter(|(known, _)| *known == event) {
            return Ok(text.clone());
        }
        let text: Arc<str> = String::from_utf8_lossy(&super::event::content(connection, event)?).into();
        known.text = Some((event, text.clone()));
        Ok(text)
    }
}

/// An event, with what its document is called now.
fn found(connection: &Connection, row: &Row<'_>) -> Result<Found, StoreError> {
    let payload = Payload::read(&row.get::<_, String>(3)?, &row.get::<_, String>(5)?)?;
    if let Payload::Edit(edit) = &payload {
        edit.check()?;
    }
    let (seq, document) = (row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, Option<String>>(4)?);
    let document = document.map(|document| called_now(connection, &document, seq)).transpose()?;
    Ok(Found { seq, at: row.get(1)?, annotator: row.get(2)?, document, payload })
}

/// One event.
fn row(connection: &Connection, seq: u64) -> Result<Option<Found>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM event WHERE seq = ?"))?;
    statement.query_row([seq.cast_signed()], |row| Ok(found(connection, row))).optional()?.transpose()
}

/// Whether an edit was undone, and not redone, by what is in force.
fn is_undone(connection: &Connection, in_force: &InForce, edit: u64) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT seq, kind FROM event WHERE kind IN ('undo', 'redo') AND json_extract(payload, '$.edit') = ? \
                       ORDER BY seq DESC";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([edit.cast_signed()])?;
    while let Some(row) = rows.next()? {
        if in_force.contains(row.get::<_, i64>(0)?.cast_unsigned()) {
            return Ok(row.get::<_, String>(1)? == "undo");
        }
    }
    Ok(false)
}

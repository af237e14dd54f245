//! The project as the rest of the program sees it: opened, read, written in transactions, copied and closed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::domain::{Annotations, Document, DocumentDecisions, DocumentId, History, LabelScheme, Words};
use crate::tokenization::segment::segment;

use super::backup::copy_database;
use super::decisions::decided_cells;
use super::disk::{self, is_remote};
use super::error::{StoreError, shown};
use super::event::{self, Select, Tail};
use super::lock::{self, WriterLock};
use super::moves;
use super::payload::Payload;
use super::projection::{self, DocumentFold};
use super::protocol::QueueEntry;
use super::record::{Slot, Writer};
use super::replay::{Replayed, replay};
use super::schema;

/// How long a short write waits for another process to finish.
const WAIT: Duration = Duration::from_secs(5);

/// What the project knows of a document.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Its decisions, with the stamps of their edits, which are named by the numbers of their events.
    pub annotations: Annotations,
    /// What can be undone and redone.
    pub history: History,
    /// What the reader should know, if decisions are kept aside because the note or the labels have changed.
    pub notice: Option<String>,
    /// Whether it was done, with another text.
    pub reopened: bool,
}

/// An open project file.
///
/// Reading needs no lock. A write takes the project's lock for as long as it lasts, and waits for it a few seconds;
/// [`Project::hold`] keeps it, for a session at the screen.
#[derive(Debug)]
pub struct Project {
    connection: Connection,
    path: PathBuf,
    annotator: Arc<str>,
    pub(super) remote: bool,
    /// Where the project was copied to before it was brought up to date.
    kept: Option<PathBuf>,
    /// The notes that were found under other names when the project was opened with them: what each is called, and was.
    pub(super) moved: Vec<(DocumentId, DocumentId)>,
    lock: Option<WriterLock>,
    /// Whether the journal was set to the mode for writing.
    journal: bool,
    slot: Option<Slot>,
    /// The last event when the slot was filled.
    seen: Tail,
    pub(super) wait: Duration,
}

impl Project {
    /// Opens the project at `path`, or makes one there, with its folders, for its owner's eyes alone. What is written
    /// is recorded under the name of `annotator`.
    ///
    /// # Errors
    /// A sentence for each: a folder, another kind of file, a newer project, a place that cannot be read or written,
    /// and another process that keeps the project from being made or brought up to date.
    pub fn open(path: &Path, annotator: &str) -> Result<Self, StoreError> {
        let existing = disk::prepare(path)?;
        let (mut connection, found) = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let mut kept = None;
        if found < schema::SCHEMA {
            let _lock = WriterLock::take(path, WAIT)?;
            kept = schema::migrate(&mut connection, path, existing && found > 0)?;
        }
        Self::new(connection, path, annotator, kept)
    }

    /// Opens the project at `path` to be read alone: it is neither made nor brought up to date, and every write fails.
    ///
    /// # Errors
    /// As [`Project::open`]; [`StoreError::Unreadable`] where there is no file, [`StoreError::Older`] for one that has to be
    /// brought up to date first.
    pub fn look(path: &Path) -> Result<Self, StoreError> {
        disk::check(path)?;
        let (connection, found) = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        if found < schema::SCHEMA {
            return Err(StoreError::Older(path.to_owned()));
        }
        Self::new(connection, path, "", None)
    }

    fn new(connection: Connection, path: &Path, annotator: &str, kept: Option<PathBuf>) -> Result<Self, StoreError> {
        Ok(Self {
            seen: event::tail(&connection)?,
            connection,
            path: path.to_owned(),
            annotator: annotator.into(),
            remote: is_remote(path),
            kept,
            moved: Vec::new(),
            lock: None,
            journal: false,
            slot: None,
            wait: WAIT,
        })
    }

    /// Keeps the right to write until the project is closed or dropped.
    ///
    /// # Errors
    /// [`StoreError::InUse`] at once if another process has it.
    pub fn hold(&mut self) -> Result<(), StoreError> {
        if self.lock.is_none() {
            self.lock = Some(WriterLock::take(&self.path, Duration::ZERO)?);
            if self.remote {
                // Other machines' locks cannot be trusted: nobody else gets in while this session lasts.
                self.connection.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(()))?;
            }
            self.set_journal()?;
        }
        Ok(())
    }

    /// What whoever opens the project should know, in a sentence.
    pub fn notice(&self) -> Option<String> {
        let remote = self.remote.then(|| {
            "The project is on a network file system: one process at a time, and saving is slower. \
             --project names another place."
                .to_owned()
        });
        let kept = self
            .kept
            .as_ref()
            .map(|kept| format!("The project was brought up to date; as it was before, it is kept in {}.", shown(kept)));
        let parts: Vec<String> = remote.into_iter().chain(kept).chain(moves::sentence(&self.moved)).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// Where the project is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Under whose name is recorded what is written.
    pub(super) fn annotator(&self) -> &str {
        &self.annotator
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Does `work` in one transaction: all of it is durable when this returns, or, after an error, none of it.
    ///
    /// # Errors
    /// Those of `work`; [`StoreError::InUse`], [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::ReadOnly`] and
    /// their like, none of which harms what was saved before.
    pub fn write<T>(&mut self, work: impl FnOnce(&mut Writer<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let _lock = if self.lock.is_none() { Some(WriterLock::take(&self.path, self.wait)?) } else { None };
        self.set_journal()?;
        let slot = self.slot.take();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let tail = event::tail(&transaction)?;
        // Another process may have written since: then what is remembered of the last document is stale.
        let slot = slot.filter(|_| tail == self.seen);
        let mut writer = Writer { transaction, annotator: self.annotator.clone(), tail, slot };
        let done = work(&mut writer)?;
        let Writer { transaction, tail, slot, .. } = writer;
        transaction.commit()?;
        (self.seen, self.slot) = (tail, slot);
        Ok(done)
    }

    fn set_journal(&mut self) -> Result<(), StoreError> {
        if !self.journal {
            let mode = if self.remote { "DELETE" } else { "WAL" };
            self.connection.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(()))?;
            self.journal = true;
        }
        Ok(())
    }

    /// A line of the queue for each of these documents, in their order.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn queue(&self, ids: &[DocumentId]) -> Result<Vec<QueueEntry>, StoreError> {
        let rows = projection::rows(&self.connection)?;
        Ok(ids.iter().map(|id| rows.get(id.as_str()).map(|row| row.entry).unwrap_or_default()).collect())
    }

    /// The documents that the project holds, by id, with their lines of the queue.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn documents(&self) -> Result<Vec<(DocumentId, QueueEntry)>, StoreError> {
        let rows = projection::rows(&self.connection)?;
        Ok(rows.iter().map(|(id, row)| (id.as_str().into(), row.entry)).collect())
    }

    /// Whether anything was ever recorded of a document of this id.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn knows(&self, id: &DocumentId) -> Result<bool, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT 1 FROM event WHERE document = ?")?;
        Ok(statement.exists([id.as_str()])?)
    }

    /// A document as the project holds it: the text that was last annotated.
    ///
    /// # Errors
    /// [`StoreError::NoDocument`].
    pub fn document(&self, id: &DocumentId) -> Result<Document, StoreError> {
        let row = projection::row(&self.connection, id.as_str())?.filter(|row| row.text_event > 0);
        let event = row.ok_or_else(|| StoreError::NoDocument(id.to_string()))?.text_event;
        let Some(Payload::Document(document)) = event::payload(&self.connection, event)? else {
            return Err(StoreError::Damaged(format!("event {event} holds no text")));
        };
        let text = String::from_utf8(event::content(&self.connection, event)?);
        let text = text.map_err(|_| StoreError::Damaged(format!("event {event} lacks its text")))?;
        Ok(Document { id: id.clone(), text: text.into(), meta: document.meta })
    }

    /// What is known of a document, laid onto its words and the labels as they are now.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn annotations(&self, document: &Document, words: &Words, scheme: &LabelScheme) -> Result<Known, StoreError> {
        let replayed = replay(&self.connection, document, words, scheme)?;
        let mut decided = projection::row(&self.connection, document.id.as_str())?.map_or(0, |row| row.entry.decided);
        if decided > replayed.annotations.count() {
            let fold = DocumentFold::read(&self.connection, document.id.as_str())?;
            decided = fold.tally.count_in(scheme);
        }
        let notice = notice(&replayed, decided);
        Ok(Known { annotations: replayed.annotations, history: replayed.own, notice, reopened: replayed.reopened })
    }

    /// Every decided cell of the project, in order of the corpus. `find` gives a document's place in the corpus and
    /// the document as it is now; documents for which it gives `None` are left out.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn decisions(
        &self,
        scheme: &LabelScheme,
        mut find: impl FnMut(&DocumentId) -> Option<(usize, Document)>,
    ) -> Result<Vec<DocumentDecisions>, StoreError> {
        let mut decisions = Vec::new();
        for (id, _) in self.documents()? {
            let Some((index, document)) = find(&id) else { continue };
            let words = segment(&document.text);
            let annotations = replay(&self.connection, &document, &words, scheme)?.annotations;
            let cells = decided_cells(&annotations, &words, scheme.len());
            if !cells.is_empty() {
                decisions.push(DocumentDecisions { document: index, cells });
            }
        }
        decisions.sort_by_key(|document| document.document);
        Ok(decisions)
    }

    /// Number of the last event.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn last_event(&self) -> Result<u64, StoreError> {
        Ok(event::tail(&self.connection)?.seq)
    }

    /// The project's own label scheme, if it has one.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn scheme(&self) -> Result<Option<LabelScheme>, StoreError> {
        let scheme = projection::setting(&self.connection, "scheme")?;
        Ok(scheme.map(|json| serde_json::from_str(&json)).transpose()?)
    }

    /// The folder or file that the project belongs to.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn corpus(&self) -> Result<Option<String>, StoreError> {
        projection::setting(&self.connection, "corpus")
    }

    /// How far the tutorial has come, as the screen puts it; `None` if it was never begun.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn tutorial(&self) -> Result<Option<String>, StoreError> {
        projection::setting(&self.connection, "tutorial")
    }

    /// Makes the tables that summarise the events again.
    ///
    /// # Errors
    /// Those of every write.
    pub fn rebuild(&mut self) -> Result<(), StoreError> {
        self.write(|writer| projection::rebuild(writer.connection()))
    }

    /// Checks the whole project: SQLite's own check, the chain of events, and that the summaries agree with them.
    /// Gives a sentence for each thing that is wrong; none for a sound project.
    ///
    /// # Errors
    /// When the project cannot be read at all.
    pub fn verify(&self) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        let check: String = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if check != "ok" {
            found.push(format!("the database is damaged: {check}"));
        }
        let mut tail = Tail { seq: 0, hash: [0; 32] };
        event::for_each(&self.connection, Select::All, |event| {
            if !event.follows(tail) {
                found.push(format!("event {} is not what was recorded", event.seq));
            }
            if let Err(error) = event.payload() {
                found.push(format!("event {} cannot be read: {error}", event.seq));
            }
            tail = event.tail();
            Ok(())
        })?;
        if found.is_empty() {
            found = projection::differences(&self.connection)?;
        }
        Ok(found)
    }

    /// Copies the project, open as it is, to a new file.
    ///
    /// # Errors
    /// [`StoreError::BackupExists`], [`StoreError::NoBackup`].
    pub fn backup(&self, to: &Path) -> Result<(), StoreError> {
        copy_database(&self.connection, to)
    }

    /// Closes the project and folds the write-ahead log back, so that it is one file. Where another process still
    /// reads or writes, that process's close does it.
    ///
    /// # Errors
    /// When SQLite cannot finish; what was saved is safe even then.
    pub fn close(mut self) -> Result<(), StoreError> {
        let written = self.journal && !self.remote;
        let lock = self.lock.take().or_else(|| written.then(|| WriterLock::take(&self.path, Duration::ZERO).ok())?);
        if lock.is_some() && written {
            let fold = |connection: &Connection| -> rusqlite::Result<()> {
                connection.busy_timeout(Duration::ZERO)?;
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
                connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))
            };
            match fold(&self.connection).map_err(StoreError::from) {
                Ok(()) | Err(StoreError::Busy) => {}
                Err(error) => return Err(error),
            }
        }
        let Self { connection, .. } = self;
        connection.close().map_err(|(_, error)| error.into())
    }
}

/// A connection to the database at `path`, and the version of its schema, which this program knows.
fn connect(path: &Path, access: OpenFlags) -> Result<(Connection, u32), StoreError> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| unreadable(path, &error))?;
    connection.busy_timeout(WAIT)?;
    for (pragma, value) in [("foreign_keys", "ON"), ("secure_delete", "ON"), ("synchronous", "FULL")] {
        connection.pragma_update_and_check(None, pragma, value, |_| Ok(())).or_else(ignore_no_rows)?;
    }
    let found = schema::version(&connection).map_err(|error| match error {
        StoreError::Busy => StoreError::InUse { path: path.to_owned(), pid: lock::holder(path) },
        other => other,
    })?;
    disk::check_version(path, found)?;
    Ok((connection, found))
}

fn unreadable(path: &Path, error: &rusqlite::Error) -> StoreError {
    StoreError::Unreadable { path: path.to_owned(), why: error.to_string() }
}

/// Some pragmas answer with a row and some do not.
fn ignore_no_rows(error: rusqlite::Error) -> rusqlite::Result<()> {
    if error == rusqlite::Error::QueryReturnedNoRows { Ok(()) } else { Err(error) }
}

/// What the reader should know of decisions that are not shown; `decided` is how many the project holds.
fn notice(replayed: &Replayed, decided: usize) -> Option<String> {
    let aside = decided.saturating_sub(replayed.annotations.count());
    let mut parts = Vec::new();
    match (replayed.changed, aside) {
        (true, 0) if decided > 0 => parts.push("This note has changed since it was annotated; all its decisions still fit.".to_owned()),
        (true, 1..) => parts.push(format!(
            "This note has changed since it was annotated: {aside} of {decided} decisions no longer fit its words; they are kept aside in the project."
        )),
        (false, 1..) => parts.push(format!(
            "{aside} of {decided} decisions are on words or labels that are no longer there; they are kept aside in the project."
        )),
        _ => {}
    }
    if replayed.reopened {
        parts.push("It was done before; look through what has changed, and say so again.".to_owned());
    }
    if replayed.import_aside {
        parts.push("The labels imported with its earlier text are kept aside.".to_owned());
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}

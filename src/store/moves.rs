//! Notes that were given other names since the project was last open. Of a note that is gone, the work goes on with one that the
//! project does not know and that has the same text. Nothing else tells that two names mean the same note.

use std::collections::{BTreeMap, HashSet};

use rusqlite::{Connection, params};

use super::corpus::CorpusSource;
use super::error::StoreError;
use super::lineage::{Stretch, lineage};
use super::project::Project;
use super::projection::{self, DocumentRow};
use crate::domain::{Document, DocumentId, visible};

/// So many names are told.
const NAMED: usize = 3;

impl Project {
    /// Records which of the notes that the project does not know are ones whose work it holds by other names, by which there is no
    /// note any more. `corpus` must be all notes of the project: what is not in it is taken for gone, unless some of it could
    /// not be read. A note of a JSONL file also moves where another file brings one of its name, and it is listed by its
    /// file's name and its own. Nothing is written where no note has moved, and texts are read only of notes as long as one that
    /// is gone.
    ///
    /// # Errors
    /// When the project cannot be read, and those of every write; nothing has changed then.
    pub fn follow(&mut self, corpus: &dyn CorpusSource) -> Result<(), StoreError> {
        if !self.has_moves(corpus)? {
            return Ok(());
        }
        let moved = self.write(|writer| {
            // Another process may have followed them meanwhile.
            let moves = moves(writer.connection(), corpus)?;
            moves.iter().try_for_each(|(document, was)| writer.move_here(document, was))?;
            Ok(moves)
        })?;
        self.moved.extend(moved.into_iter().map(|(document, was)| (document.id, was)));
        Ok(())
    }

    /// Whether [`Project::follow`] would write.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn has_moves(&self, corpus: &dyn CorpusSource) -> Result<bool, StoreError> {
        Ok(!moves(self.connection(), corpus)?.is_empty())
    }
}

/// A note whose work looks for it.
struct Gone {
    id: DocumentId,
    /// How many bytes its text has.
    size: u64,
    /// Whether another note is called so.
    taken: bool,
}

impl Gone {
    /// Whether it may be the one that is called so now: where its own name is another's, only by that with its file's before it.
    fn may_be(&self, id: &DocumentId) -> bool {
        let own = id.as_str().rsplit_once(" (").map_or(id.as_str(), |(own, _)| own);
        let behind = |own: &str| own.strip_suffix(self.id.as_str()).is_some_and(|file| file.ends_with('/'));
        !self.taken || behind(id.as_str()) || behind(own)
    }
}

/// The notes that have moved, as they are now, and what each was called.
fn moves(connection: &Connection, corpus: &dyn CorpusSource) -> Result<Vec<(Document, DocumentId)>, StoreError> {
    if !corpus.is_whole() {
        return Ok(Vec::new());
    }
    let rows = projection::rows(connection)?;
    let mut gone = gone(connection, &rows, corpus)?;
    let sizes: HashSet<u64> = gone.values().flatten().map(|gone| gone.size).collect();
    let mut moves = Vec::new();
    if sizes.is_empty() {
        return Ok(moves);
    }
    for index in 0..corpus.len() {
        let id = corpus.id(index);
        let row = rows.get(id.as_str());
        if row.is_some_and(has_decisions)
            || !corpus.size(index).is_some_and(|size| sizes.contains(&size))
            || (row.is_some() && is_worked_on(connection, &id)?)
        {
            continue;
        }
        // One that can't be read says so when it is opened.
        let Ok((document, _)) = corpus.load(index) else { continue };
        let Some(alike) = gone.get_mut(&document.text_hash().to_string()) else { continue };
        if let Some(at) = alike.iter().position(|gone| gone.may_be(&id)) {
            moves.push((document, alike.remove(at).id));
        }
    }
    Ok(moves)
}

/// The notes on which something was done and that are no longer there, by the hashes of their texts.
fn gone(
    connection: &Connection,
    rows: &BTreeMap<String, DocumentRow>,
    corpus: &dyn CorpusSource,
) -> Result<BTreeMap<String, Vec<Gone>>, StoreError> {
    let mut gone: BTreeMap<String, Vec<Gone>> = BTreeMap::new();
    for (id, row) in rows {
        let id = DocumentId::from(id.as_str());
        let place = corpus.index_of(&id);
        // Whether a file has another text is not known before it is read; it may have been edited as well.
        let is_there = place.is_some_and(|index| corpus.held_text(index).is_none_or(|text| text.to_string() == row.text_hash));
        if !is_there && (has_decisions(row) || is_worked_on(connection, &id)?) {
            let size = size(connection, row.text_event)?;
            gone.entry(row.text_hash.clone()).or_default().push(Gone { id, size, taken: place.is_some() });
        }
    }
    Ok(gone)
}

/// Whether something is decided, or said, that stands.
fn has_decisions(row: &DocumentRow) -> bool {
    row.entry.decided > 0 || !row.deciders.is_empty()
}

/// Whether more is recorded of a document than its text and gold that lay beside it.
fn is_worked_on(connection: &Connection, id: &DocumentId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM event INDEXED BY event_of_document WHERE document = ? AND seq BETWEEN ? AND ? \
                       AND kind <> 'document' AND NOT (kind = 'import' AND json_extract(payload, '$.asked') IS NOT 1)";
    let mut statement = connection.prepare_cached(SQL)?;
    for Stretch { document, first, last } in lineage(connection, id.as_str())? {
        if statement.exists(params![document, first.cast_signed(), last.cast_signed()])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many bytes the text has that an event holds.
fn size(connection: &Connection, text_event: u64) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached("SELECT length(content) FROM event WHERE seq = ?")?;
    Ok(statement.query_row([text_event.cast_signed()], |row| row.get::<_, i64>(0))?.cast_unsigned())
}

/// Which notes were found under other names; `None` where none was.
pub(super) fn sentence(moved: &[(DocumentId, DocumentId)]) -> Option<String> {
    let name = |(is, was): &(DocumentId, DocumentId)| format!("{} is now {}", visible(was.as_str()), visible(is.as_str()));
    let named: Vec<String> = moved.iter().take(NAMED).map(name).collect();
    let more = match moved.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match moved.len() {
        0 => None,
        1 => Some(format!("A note was found under another name, and its work with it: {}.", named.join(", "))),
        count => {
            Some(format!("{count} notes were found under other names, and their work with them: {}{more}.", named.join(", ")))
        }
    }
}

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
    /// note any more, or one with another text. `corpus` must be all notes of the project: what is not in it is taken for
    /// gone. Nothing is written where no note has moved, and texts are read only of notes as long as one that is gone.
    ///
    /// # Errors
    /// When the project cannot be read, and those of every write; nothing has changed then.
    pub fn follow(&mut self, corpus: &dyn CorpusSource) -> Result<(), StoreError> {
        let moves = self.moves(corpus)?;
        if moves.is_empty() {
            return Ok(());
        }
        self.write(|writer| moves.iter().try_for_each(|(document, was)| writer.move_here(document, was)))?;
        self.moved.extend(moves.into_iter().map(|(document, was)| (document.id, was)));
        Ok(())
    }

    /// Whether [`Project::follow`] would write.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn has_moves(&self, corpus: &dyn CorpusSource) -> Result<bool, StoreError> {
        Ok(!self.moves(corpus)?.is_empty())
    }

    /// The notes that have moved, as they are now, and what each was called.
    fn moves(&self, corpus: &dyn CorpusSource) -> Result<Vec<(Document, DocumentId)>, StoreError> {
        let rows = projection::rows(self.connection())?;
        let mut gone = self.gone(&rows, corpus)?;
        if gone.is_empty() {
            return Ok(Vec::new());
        }
        let sizes: HashSet<u64> = gone.values().flatten().map(|(_, size)| *size).collect();
        let mut moves = Vec::new();
        for index in 0..corpus.len() {
            let id = corpus.id(index);
            let known = match rows.get(id.as_str()) {
                Some(row) => self.is_worked_on(&id, row)?,
                None => false,
            };
            if known || !corpus.size(index).is_some_and(|size| sizes.contains(&size)) {
                continue;
            }
            // One that can't be read says so when it is opened.
            let Ok((document, _)) = corpus.load(index) else { continue };
            let namesakes = gone.get_mut(&document.text_hash().to_string()).filter(|found| !found.is_empty());
            if let Some(namesakes) = namesakes {
                moves.push((document, namesakes.remove(0).0));
            }
        }
        Ok(moves)
    }

    /// The notes on which something was done and that are no longer there, with the sizes of their texts, by the hashes of these.
    fn gone(
        &self,
        rows: &BTreeMap<String, DocumentRow>,
        corpus: &dyn CorpusSource,
    ) -> Result<BTreeMap<String, Vec<(DocumentId, u64)>>, StoreError> {
        let mut gone: BTreeMap<String, Vec<(DocumentId, u64)>> = BTreeMap::new();
        for (id, row) in rows {
            let id = DocumentId::from(id.as_str());
            // Whether a file has another text is not known before it is read; it may have been edited as well.
            let is_there = corpus.index_of(&id).is_some_and(|index| match corpus.held_text(index) {
                Some(text) => text.to_string() == row.text_hash,
                None => true,
            });
            if !is_there && self.is_worked_on(&id, row)? {
                let size = size(self.connection(), row.text_event)?;
                gone.entry(row.text_hash.clone()).or_default().push((id, size));
            }
        }
        Ok(gone)
    }

    /// Whether more is recorded of a document than its text and gold that lay beside it.
    fn is_worked_on(&self, id: &DocumentId, row: &DocumentRow) -> Result<bool, StoreError> {
        if row.entry.decided > 0 || !row.deciders.is_empty() {
            return Ok(true);
        }
        const SQL: &str = "SELECT 1 FROM event WHERE document = ? AND seq BETWEEN ? AND ? AND kind <> 'document' \
                           AND NOT (kind = 'import' AND json_extract(payload, '$.asked') IS NOT 1)";
        let mut statement = self.connection().prepare_cached(SQL)?;
        for Stretch { document, first, last } in lineage(self.connection(), id.as_str())? {
            if statement.exists(params![document, first.cast_signed(), last.cast_signed()])? {
                return Ok(true);
            }
        }
        Ok(false)
    }
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

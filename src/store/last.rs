//! Where the annotator was last, to go on there.

use std::collections::HashSet;

use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::event;
use super::lineage::called_now;
use super::payload::{EditRef, Payload};
use super::project::Project;
use super::projection;
use crate::domain::{Document, DocumentId};

/// One event of the annotator: its number, what it says, and of which document.
struct Deed {
    event: u64,
    document: String,
    payload: Payload,
}

/// What an event tells of where somebody was.
enum Trace {
    /// At this byte of the document's text as it was then.
    At(usize),
    /// Somewhere in the document.
    In,
    /// She marked the document done or skipped, and left it.
    Left,
}

/// Where a session ended.
#[derive(Serialize, Deserialize)]
struct Place {
    document: String,
    /// The byte of its text.
    byte: usize,
    /// The annotator's last event then: what she has done since, elsewhere, comes before it.
    after: u64,
    /// The last event of all then: the document was called so up to there.
    #[serde(default)]
    at: u64,
}

impl Project {
    /// Remembers the document, and the byte of its text, where a session of this annotator ends.
    ///
    /// # Errors
    /// Those of every write.
    pub fn set_place(&mut self, document: &DocumentId, byte: usize) -> Result<(), StoreError> {
        let json = serde_json::to_string(&Place {
            document: document.to_string(),
            byte,
            after: self.last_own()?,
            at: self.last_event()?,
        })?;
        let key = self.place_key();
        self.write(|writer| projection::set_setting(writer.connection(), &key, &json))
    }

    /// Each annotator has a place of their own, which stays true whatever the others do.
    fn place_key(&self) -> String {
        format!("place:{}", self.annotator())
    }

    /// This annotator's last event; 0 if there is none.
    fn last_own(&self) -> Result<u64, StoreError> {
        // A text is no deed: it comes before one, or with a note's other name.
        const SQL: &str =
            "SELECT seq FROM event NOT INDEXED WHERE annotator = ? AND kind <> 'document' ORDER BY seq DESC LIMIT 1";
        let mut statement = self.connection().prepare_cached(SQL)?;
        let seq = statement.query_row(params![self.annotator()], |row| row.get::<_, i64>(0)).optional()?;
        Ok(seq.map_or(0, i64::cast_unsigned))
    }

    /// Where this annotator's last session ended: the document and the byte of its text. Where that is not known (the program
    /// was killed, say), the document in which she last decided, said or wrote something, or took that back, and where; `None`
    /// where she has marked that one done or skipped, so that another one is next, or has done nothing yet. `find` gives a
    /// document as it is now; one that is gone is passed over for the one before it.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn last_place(
        &self,
        mut find: impl FnMut(&DocumentId) -> Option<Document>,
    ) -> Result<Option<(DocumentId, usize)>, StoreError> {
        // What cannot be read is no place.
        let ended = projection::setting(self.connection(), &self.place_key())?;
        if let Some(Place { document, byte, after, at }) = ended.and_then(|json| serde_json::from_str(&json).ok())
            && after == self.last_own()?
            && let Some(document) = find(&called_now(self.connection(), &document, at.max(after))?.as_str().into())
        {
            return Ok(Some((document.id, byte)));
        }
        // From the end of the log: of what was done in one go, the event that stands for it.
        const SQL: &str = "SELECT seq, document, kind, payload FROM event NOT INDEXED \
                           WHERE kind IN ('edit', 'undo', 'redo', 'review', 'comment') AND annotator = ? \
                           AND json_extract(payload, '$.with') IS NULL AND json_extract(payload, '$.part') IS NULL \
                           ORDER BY seq DESC";
        let mut statement = self.connection().prepare_cached(SQL)?;
        let mut rows = statement.query(params![self.annotator()])?;
        let mut here: Option<Document> = None;
        let mut gone: HashSet<String> = HashSet::new();
        while let Some(row) = rows.next()? {
            let event = row.get::<_, i64>(0)?.cast_unsigned();
            let document = called_now(self.connection(), &row.get::<_, String>(1)?, event)?;
            let is_here = here.as_ref().is_some_and(|here| here.id.as_str() == document);
            // The word is looked for in this document alone.
            if gone.contains(&document) || (here.is_some() && !is_here) {
                continue;
            }
            let payload = Payload::read(&row.get::<_, String>(2)?, &row.get::<_, String>(3)?)?;
            let deed = Deed { event, document, payload };
            if !is_here {
                match find(&deed.document.as_str().into()) {
                    Some(found) => here = Some(found),
                    None => {
                        gone.insert(deed.document);
                        continue;
                    }
                }
            }
            match (self.trace(&deed)?, &here) {
                (Trace::Left, _) if !is_here => return Ok(None),
                (Trace::At(byte), Some(here)) => {
                    let byte = self.now(&deed, byte, &here.text)?;
                    return Ok(Some((here.id.clone(), byte)));
                }
                _ => {}
            }
        }
        Ok(here.map(|here| (here.id, 0)))
    }

    /// What an event tells; of what was undone or done again, what that tells.
    fn trace(&self, deed: &Deed) -> Result<Trace, StoreError> {
        let (payload, undone) = match &deed.payload {
            Payload::Undo(EditRef { edit, .. }) => (event::payload(self.connection(), *edit)?, true),
            Payload::Redo(EditRef { edit, .. }) => (event::payload(self.connection(), *edit)?, false),
            payload => (Some(payload.clone()), false),
        };
        let (said, byte) = match payload {
            Some(Payload::Edit(edit)) => {
                let first = edit.groups.first().and_then(|group| group.words.first());
                (edit.review, first.map(|row| row.0 as usize))
            }
            Some(Payload::Review { state }) => (Some(state), None),
            Some(Payload::Comment(comment)) => (None, comment.at.map(|(start, _)| start)),
            _ => (None, None),
        };
        Ok(match byte {
            _ if !undone && said.is_some_and(|review| review.is_settled()) => Trace::Left,
            Some(byte) => Trace::At(byte),
            None => Trace::In,
        })
    }

    /// Where a byte of the text that an event speaks of is in the text as it is now.
    fn now(&self, deed: &Deed, byte: usize, text: &str) -> Result<usize, StoreError> {
        // An undo may be of an edit of an earlier text, which is then no longer undone: the text is that of the undo.
        let Some(then) = event::text_at(self.connection(), &deed.document, deed.event)? else { return Ok(byte) };
        Ok(moved(&then, text, byte))
    }
}

/// Where a byte of one text is in another that was made from it: what the two begin and end with alike is taken to be the same.
fn moved(then: &str, now: &str, byte: usize) -> usize {
    let (then, now) = (then.as_bytes(), now.as_bytes());
    let before = then.iter().zip(now).take_while(|(then, now)| then == now).count();
    let behind = then[before..].iter().rev().zip(now[before..].iter().rev()).take_while(|(then, now)| then == now).count();
    if byte < before {
        byte
    } else if byte + behind >= then.len() {
        (byte + now.len()).saturating_sub(then.len())
    } else {
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Disposition, EditId, LabelScheme, Shown};
    use crate::tokenization::segment;

    const SHOWN: Shown<'static> = Shown { predictions: None, thresholds: &[0.5] };

    /// A project and its notes, as they are now.
    struct Desk {
        folder: tempfile::TempDir,
        notes: Vec<Document>,
    }

    impl Desk {
        fn new() -> Self {
            let notes = ["a", "b", "c"].map(|id| Document::new(id, "bad pain today")).to_vec();
            Self { folder: tempfile::tempdir().unwrap(), notes }
        }

        fn open(&self, annotator: &str) -> Project {
            Project::open(&self.folder.path().join("p.db"), annotator).unwrap()
        }

        fn note(&self, id: &str) -> Document {
            self.notes.iter().find(|note| note.id.as_str() == id).unwrap().clone()
        }

        /// Does something in a note, by a letter and a number: `w` sets a label on that word, `d` says something of the note,
        /// `u` undoes the last and `r` does it again. Gives the event.
        fn act(&self, annotator: &str, id: &str, what: &str) {
            let (mut project, note) = (self.open(annotator), self.note(id));
            let (words, scheme) = (segment(&note.text), LabelScheme::from_names("s", &["sym"]).unwrap());
            let known = project.annotations(&note, &words, &scheme).unwrap();
            let (mut annotations, mut history) = (known.annotations, known.history);
            let number: usize = what[1..].parse().unwrap_or(0);
            let done = match &what[..1] {
                "w" => {
                    let edit = annotations.toggle(EditId(1), [number], 0, &SHOWN);
                    project.edit(&note, &words, &scheme, &edit)
                }
                "d" => {
                    let said = [Disposition::Done, Disposition::Skipped, Disposition::Discuss][number];
                    project.edit(&note, &words, &scheme, &annotations.dispose(EditId(1), said))
                }
                "u" => project.undo(&note, history.last().unwrap().0),
                _ => project.redo(&note, history.redo(&mut annotations).unwrap().id.0),
            };
            done.unwrap();
        }

        fn place(&self, annotator: &str) -> Option<(String, usize)> {
            let find = |id: &DocumentId| self.notes.iter().find(|note| note.id == *id).cloned();
            self.open(annotator).last_place(find).unwrap().map(|(id, byte)| (id.to_string(), byte))
        }
    }

    #[test]
    fn the_place_is_that_of_the_annotators_last_deed_until_its_document_is_left() {
        let check = |deeds: &str, expected: Option<(&str, usize)>| {
            let desk = Desk::new();
            for deed in deeds.split_whitespace() {
                let parts: Vec<&str> = deed.split(':').collect();
                desk.act(parts[0], parts[1], parts[2]);
            }
            assert_eq!(desk.place("ann"), expected.map(|(id, byte)| (id.to_owned(), byte)), "{deeds}");
        };
        check("", None);
        check("ann:a:w1", Some(("a", 4)));
        check("ann:a:w1 ann:a:d2", Some(("a", 4)));
        check("ann:b:d2", Some(("b", 0)));
        check("ann:a:w1 ann:a:d0", None);
        check("ann:a:w1 ann:b:d1", None);
        // What was undone was done there too.
        check("ann:a:w1 ann:b:w2 ann:b:u", Some(("b", 9)));
        check("ann:a:w1 ann:b:w2 ann:b:u ann:b:r", Some(("b", 9)));
        check("ann:a:w1 ann:a:d0 ann:a:u", Some(("a", 4)));
        check("ann:a:w1 ann:a:d0 ann:a:u ann:a:r", None);
        // Where somebody else was is no matter, also if she has undone what he did.
        check("ann:a:w1 bob:b:w2", Some(("a", 4)));
        check("ann:a:w1 bob:b:d0", Some(("a", 4)));
        check("bob:b:w2", None);
        check("ann:a:w1 bob:b:w2 ann:b:u", Some(("b", 9)));
    }

    #[test]
    fn a_session_goes_on_where_the_last_one_of_its_annotator_ended() {
        let mut desk = Desk::new();
        desk.act("ann", "a", "w1");
        let end = |desk: &Desk, annotator: &str, id: &str| desk.open(annotator).set_place(&id.into(), 4).unwrap();
        end(&desk, "ann", "b");
        assert_eq!(desk.place("ann"), Some(("b".into(), 4)), "where nothing was done");
        assert_eq!(desk.place("bob"), None);
        desk.open("ann").rebuild().unwrap();
        assert_eq!(desk.place("ann"), Some(("b".into(), 4)));
        // Somebody else works on, and leaves it elsewhere.
        desk.act("bob", "a", "w2");
        assert_eq!(desk.place("ann"), Some(("b".into(), 4)), "whatever the others do");
        end(&desk, "bob", "c");
        desk.open("bob").rebuild().unwrap();
        assert_eq!(["ann", "bob"].map(|name| desk.place(name)), [Some(("b".into(), 4)), Some(("c".into(), 4))]);
        // The next session was killed, after something was done.
        desk.act("ann", "a", "w2");
        assert_eq!(desk.place("ann"), Some(("a".into(), 9)));
        end(&desk, "ann", "c");
        desk.notes.pop();
        assert_eq!(desk.place("ann"), Some(("a".into(), 9)), "the note is gone");
    }

    #[test]
    fn a_note_that_is_gone_is_passed_over_and_in_one_that_has_changed_the_word_is_found_again() {
        let mut desk = Desk::new();
        desk.act("ann", "a", "w1");
        desk.act("ann", "b", "w2");
        desk.notes[1] = Document::new("b", "very bad pain today");
        assert_eq!(desk.place("ann"), Some(("b".into(), 14)), "today");
        desk.notes.remove(1);
        assert_eq!(desk.place("ann"), Some(("a".into(), 4)));
        desk.notes.clear();
        assert_eq!(desk.place("ann"), None);
    }

    #[test]
    fn a_byte_is_where_what_is_around_it_has_gone() {
        let check = |then: &str, now: &str, word: &str, expected: &str| {
            let byte = moved(then, now, then.find(word).unwrap());
            assert_eq!(&now[byte..(byte + expected.len()).min(now.len())], expected, "{word} of {then:?} in {now:?}");
        };
        check("bad pain today", "bad pain today", "pain", "pain");
        check("bad pain today", "so bad pain today", "pain", "pain");
        check("bad pain today", "bad pain today again", "pain", "pain");
        check("bad pain today", "bad chest pain today", "bad", "bad");
        check("bad pain today", "bad ache today", "pain", "ache");
        check("bad pain today", "", "today", "");
        check("bad bad bad", "bad bad", "bad", "bad");
    }
}

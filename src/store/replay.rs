//! A document's decisions as its events tell them, laid onto its words and the labels as they are now.

use std::collections::HashSet;
use std::ops::Range;

use rusqlite::Connection;

use crate::domain::moved::found_again;
use crate::domain::{
    Anchor, Annotations, Cell, Change, Document, Edit, EditId, History, Imported, LabelScheme, LabelSet, Past, Stamp, Words,
};

use super::chain::Chain;
use super::error::StoreError;
use super::event::{self, Event, Select};
use super::payload::{EditPayload, ImportPayload, Payload, With};
use crate::tokenization::segment::segment;

/// What a document's events amount to.
#[derive(Clone, Debug, Default)]
pub(super) struct Replayed {
    /// Decisions, with the stamps of their edits, which are named by the numbers of their events.
    pub annotations: Annotations,
    /// What was done and undone.
    pub history: History,
    /// The part of it that can be undone and redone in the document: what came with a change of the labels is taken back
    /// with that, and what is beneath it not before.
    pub own: History,
    /// Whether the text has changed since the last decision.
    pub changed: bool,
    /// Whether the document was done, with the text before.
    pub reopened: bool,
    /// Whether gold was imported for an earlier text only.
    pub import_aside: bool,
}

/// A text that the document once had.
struct Other {
    words: Words,
    /// For each of its words its place among the document's, if it is found there.
    now: Vec<Option<usize>>,
}

impl Other {
    fn new(text: &str, document: &Document, now: &Words) -> Self {
        let words = segment(text);
        let now = found_again(&read(&words, text), &read(now, &document.text));
        Self { words, now }
    }

    /// The document's words that these bytes were.
    fn found(&self, bytes: &Range<usize>) -> Option<Range<usize>> {
        let before = whole(&self.words, bytes)?;
        let (from, to) = (self.now[before.start]?, self.now[before.end - 1]?);
        (to.checked_sub(from)? + 1 == before.len()).then(|| from..to + 1)
    }
}

/// The words that these bytes are, if they are whole words, one at the least.
fn whole(words: &Words, bytes: &Range<usize>) -> Option<Range<usize>> {
    let found = words.overlapping(bytes.clone());
    let (first, last) = (words.get(found.start)?, words.get(found.end.checked_sub(1)?)?);
    (!found.is_empty() && first.start == bytes.start && last.end == bytes.end).then_some(found)
}

/// The words as they read.
fn read<'a>(words: &Words, text: &'a str) -> Vec<&'a str> {
    words.iter().map(|word| text.get(word.start..word.end).unwrap_or_default()).collect()
}

struct Replay<'a> {
    document: &'a Document,
    words: &'a Words,
    scheme: &'a LabelScheme,
    /// Hash of the document's text, in hexadecimal.
    hash: String,
    /// Hash of the text that the events at hand speak of; nothing before the first.
    spoken_of: String,
    /// That text, where it is not the document's.
    other: Option<Other>,
    annotations: Annotations,
    done: Vec<Edit>,
    undone: Vec<Edit>,
    /// What can be neither undone nor redone any more.
    past: Vec<Past>,
    /// The edits that came with a change of the labels.
    fixed: HashSet<EditId>,
    import_aside: bool,
}

/// Reads the events of `document`. Decisions on words or labels that are no longer there are left out.
pub(super) fn replay(
    connection: &Connection,
    document: &Document,
    words: &Words,
    scheme: &LabelScheme,
) -> Result<Replayed, StoreError> {
    let mut replay = Replay {
        document,
        words,
        scheme,
        hash: document.text_hash().to_string(),
        spoken_of: String::new(),
        other: None,
        annotations: Annotations::default(),
        done: Vec::new(),
        undone: Vec::new(),
        past: Vec::new(),
        fixed: HashSet::new(),
        import_aside: false,
    };
    let in_force = Chain::read(connection)?.of(connection, document.id.as_str())?;
    event::for_each(connection, Select::Document(document.id.as_str()), |event| {
        let payload = event.payload()?;
        if in_force.holds(event.seq, &payload) {
            return replay.apply(event, payload);
        }
        replay.leave(event, &payload);
        Ok(())
    })?;
    let (changed, mut reopened) = (replay.other.is_some(), false);
    // Edits of an earlier text cannot be undone: their words may be others by now. What they decided is told all the same.
    if changed {
        replay.leave_behind();
        reopened = replay.annotations.reopen();
    }
    let (history, own) = match changed {
        true => (History::default(), History::default().with_past(replay.past)),
        false => histories(replay.done, replay.undone, replay.past, &replay.fixed),
    };
    let import_aside = replay.import_aside && replay.annotations.imported.is_none();
    Ok(Replayed { annotations: replay.annotations, history, own, changed, reopened, import_aside })
}

/// What was done and undone, and that part of it that does not belong to a change of the labels.
fn histories(done: Vec<Edit>, undone: Vec<Edit>, mut past: Vec<Past>, fixed: &HashSet<EditId>) -> (History, History) {
    let is_fixed = |edit: &Edit| fixed.contains(&edit.id);
    let above = done.iter().rposition(is_fixed).map_or(0, |at| at + 1);
    past.extend(done[..above].iter().map(|edit| Past { edit: edit.clone(), undone: false }));
    let mut redoable = undone.clone();
    if undone.iter().any(is_fixed) {
        past.extend(redoable.drain(..).map(|edit| Past { edit, undone: true }));
    }
    let own = History::restore(done[above..].to_vec(), redoable).with_past(past);
    (History::restore(done, undone), own)
}

impl Replay<'_> {
    fn apply(&mut self, event: Event, payload: Payload) -> Result<(), StoreError> {
        match payload {
            Payload::Document(document) => {
                let text = event.content.and_then(|bytes| String::from_utf8(bytes).ok());
                let text = text.ok_or_else(|| StoreError::Damaged(format!("event {} lacks its text", event.seq)))?;
                self.other = (document.hash != self.hash).then(|| Other::new(&text, self.document, self.words));
                // A note that was only given another name is as it was.
                if self.spoken_of != document.hash {
                    self.spoken_of = document.hash;
                    self.leave_behind();
                    self.annotations.reopen();
                }
            }
            Payload::Import(import) if import.hash == self.hash => {
                self.annotations.imported = Some(self.imported(&import, event.seq));
            }
            Payload::Import(_) => self.import_aside = true,
            Payload::Edit(payload) => {
                let id = EditId(event.seq);
                let mut edit = self.edit(id, &payload);
                if payload.with == Some(With::Labels) {
                    self.fixed.insert(id);
                }
                if let Some(state) = payload.review {
                    edit.disposition = self.annotations.dispose(id, state.disposition()).disposition;
                }
                self.perform(event, edit);
            }
            Payload::Review { state } => {
                let edit = self.annotations.dispose(EditId(event.seq), state.disposition());
                self.perform(event, edit);
            }
            Payload::Comment(comment) => {
                let edit = match self.anchor(comment.at) {
                    Some(anchor) => self.annotations.comment(EditId(event.seq), anchor, comment.text.as_deref()),
                    None => Edit::cells(EditId(event.seq), Vec::new()),
                };
                self.perform(event, edit);
            }
            Payload::Undo(undone) => {
                if let Some(edit) = cut(&mut self.done, undone.edit, false, &mut self.past) {
                    self.annotations.apply(&edit.inverse());
                    self.undone.push(edit);
                }
            }
            Payload::Redo(redone) => {
                if let Some(edit) = cut(&mut self.undone, redone.edit, true, &mut self.past) {
                    self.annotations.apply(&edit);
                    self.done.push(edit);
                }
            }
            Payload::Version(_) | Payload::Activate { .. } | Payload::Scheme(_) | Payload::Jump { .. } => {}
        }
        Ok(())
    }

    /// No undo or redo leads back to what was done so far.
    fn leave_behind(&mut self) {
        self.past.extend(self.done.drain(..).map(|edit| Past { edit, undone: false }));
        self.past.extend(self.undone.drain(..).map(|edit| Past { edit, undone: true }));
    }

    /// Takes in an edit that the event has made.
    fn perform(&mut self, event: Event, edit: Edit) {
        self.past.extend(self.undone.drain(..).map(|edit| Past { edit, undone: true }));
        if !edit.is_empty() {
            self.annotations.set_stamp(edit.id, Stamp { annotator: event.annotator.into(), at: event.at });
            self.annotations.apply(&edit);
            self.done.push(edit);
        }
    }

    /// Takes in what a jump has passed over: it was said once, and stands no more.
    fn leave(&mut self, event: Event, payload: &Payload) {
        let Payload::Edit(payload) = payload else { return };
        let edit = self.edit(EditId(event.seq), payload);
        if !edit.is_empty() {
            self.annotations.set_stamp(edit.id, Stamp { annotator: event.annotator.into(), at: event.at });
            self.past.push(Past { edit, undone: true });
        }
    }

    /// The payload's cells that are still there, with what was decided on them before.
    fn edit(&self, id: EditId, payload: &EditPayload) -> Edit {
        let labels: Vec<Option<usize>> = payload.labels.iter().map(|name| self.scheme.index(name)).collect();
        let change = |(row, column, after): (&super::payload::Row, usize, _)| {
            let label = labels.get(column).copied().flatten()?;
            let cell = Cell::new(self.word(row.0 as usize, row.1 as usize)?, label);
            Some(Change { cell, before: self.annotations.decided(cell).copied(), after })
        };
        Edit::cells(id, payload.cells(id).filter_map(change).collect())
    }

    /// Where a comment on these bytes stands, if they are still whole words that read the same as when it was written.
    fn anchor(&self, at: Option<(usize, usize)>) -> Option<Anchor> {
        let Some((start, end)) = at else { return Some(Anchor::Document) };
        self.words_of(start..end).map(|words| Anchor::words(words.start, words.end - 1))
    }

    /// The word that these bytes were when it was annotated.
    fn word(&self, start: usize, end: usize) -> Option<usize> {
        let Some(_) = &self.other else { return self.words.exactly(&(start..end)) };
        self.words_of(start..end).filter(|words| words.len() == 1).map(|words| words.start)
    }

    /// The whole words that these bytes were, where they stand among the same words as then.
    fn words_of(&self, bytes: Range<usize>) -> Option<Range<usize>> {
        match &self.other {
            None => whole(self.words, &bytes),
            Some(other) => other.found(&bytes),
        }
    }

    /// What is imported from here on: gold beside the notes as it stands there; gold that somebody asked for decides what
    /// it speaks of, over what was imported before.
    fn imported(&self, import: &ImportPayload, event: u64) -> Imported {
        let labels: Vec<Option<usize>> = import.labels.iter().map(|name| self.scheme.meant(name)).collect();
        let before = self.annotations.imported.as_ref();
        let mut imported = before.filter(|_| import.asked).cloned().unwrap_or_default();
        imported.since = before.map_or(event, |before| before.since);
        if import.complete {
            imported.reviewed |= import.asked;
            // What is said of all words is said of the label itself, not of one that it was merged into.
            for label in import.labels.iter().filter_map(|name| self.scheme.index(name)) {
                imported.complete.insert(label);
                imported.present.values_mut().for_each(|set| set.remove(label));
            }
            imported.present.retain(|_, set| !set.is_empty());
        }
        for &(start, end, label) in &import.spans {
            let Some(label) = labels.get(label).copied().flatten() else { continue };
            for word in self.words.overlapping(start..end) {
                imported.present.entry(word as u32).or_insert(LabelSet::EMPTY).insert(label);
            }
        }
        imported
    }
}

/// Takes an edit off a stack, and with it those above it (see [`super::tally::Tally::undo`]).
fn cut(stack: &mut Vec<Edit>, event: u64, undone: bool, past: &mut Vec<Past>) -> Option<Edit> {
    let at = stack.iter().position(|edit| edit.id == EditId(event))?;
    past.extend(stack.drain(at + 1..).map(|edit| Past { edit, undone }));
    stack.pop()
}

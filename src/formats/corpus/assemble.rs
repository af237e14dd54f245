//! One list of documents out of the files of a folder.
//!
//! Gold often lies beside the notes it is for. A JSONL document that has the text of a listed note and its name (the
//! file's path, the path without its ending, or the file's stem) gives the note its gold and is not listed again.

use std::collections::HashMap;
use std::sync::Arc;

use super::listing::{Listing, Origin};
use super::{Entry, Gold, Text};
use crate::domain::{DocumentId, TextHash, visible};
use crate::formats::{GoldDocument, Problem, Problems, gold};

/// Entries with distinct ids.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    pub(super) entries: Vec<Entry>,
    /// Whether something was left out that could not be read.
    pub(super) partial: bool,
    /// The entries that a name may mean.
    named: HashMap<Arc<str>, Vec<usize>>,
}

/// The documents of a folder: its notes in order, then those of its JSONL files that are not among them.
pub(super) fn assemble(listing: Listing) -> (Assembly, Vec<Problem>) {
    let mut assembly = Assembly { partial: listing.partial, ..Assembly::default() };
    for (id, origin) in listing.notes {
        assembly.push_note(&id, origin);
    }
    let mut problems = listing.problems;
    for (file, origin) in &listing.jsonl {
        problems.extend(assembly.push_file((file, origin)));
    }
    (assembly, problems)
}

impl Assembly {
    /// Adds a document; if its id is taken, under the name of `file` and its id.
    pub(super) fn push(&mut self, file: &str, gold: GoldDocument) {
        let GoldDocument { document, spans, partial } = gold;
        let id = if self.taken(&document.id.0) { self.free_id(file, &document.id.0) } else { document.id };
        let gold = spans.map(|spans| Gold { text: TextHash::of(&document.text), spans, partial });
        self.add(Entry { id, text: Text::Held(document.text), meta: document.meta, gold });
    }

    fn push_note(&mut self, id: &str, origin: Origin) {
        // Names that are not UTF-8 may look alike once they are text.
        let id = if self.taken(id) { self.free_id("note", id) } else { id.into() };
        let index = self.entries.len();
        let path = Arc::clone(&id.0);
        self.add(Entry { id, text: Text::At(origin), meta: serde_json::Map::new(), gold: None });
        let bare = match path.rsplit_once('.') {
            Some((bare, ending)) if !ending.contains('/') => bare,
            _ => &path,
        };
        let stem = bare.rsplit('/').next().unwrap_or(bare);
        let mut names = vec![bare, stem];
        names.retain(|name| *name != &*path);
        names.dedup();
        names.into_iter().for_each(|name| self.named.entry(name.into()).or_default().push(index));
    }

    fn push_file(&mut self, (file, origin): (&String, &Origin)) -> Vec<Problem> {
        let mut problems = Problems::new(file);
        let input = match origin.open() {
            Ok(input) => input,
            Err(error) => {
                self.partial = true;
                problems.add(
                    None,
                    format!("the file could not be read ({error}) and was left out"),
                    "check that you may read it",
                );
                return problems.finish();
            }
        };
        let (documents, mut found) = gold::read(input, file);
        self.partial |= !found.is_empty();
        for document in documents {
            self.place(file, document, &mut problems);
        }
        found.extend(problems.finish());
        found
    }

    /// Gives the gold to the note it is for, or lists the document.
    fn place(&mut self, file: &str, gold: GoldDocument, problems: &mut Problems<'_>) {
        let GoldDocument { document, spans, partial } = &gold;
        let namesakes = self.named.get(&document.id.0).map(Vec::as_slice).unwrap_or_default();
        let same_text = |&&index: &&usize| {
            let entry: &Entry = &self.entries[index];
            entry.text.read(&entry.id).is_ok_and(|text| text == document.text)
        };
        let own: Vec<usize> = namesakes.iter().filter(same_text).copied().collect();
        let free = own.iter().find(|&&index| self.entries[index].gold.is_none()).copied();
        match (free, spans) {
            (Some(index), Some(spans)) => {
                let entry = &mut self.entries[index];
                entry.gold = Some(Gold { text: document.text_hash(), spans: spans.clone(), partial: *partial });
                entry.meta = document.meta.clone();
            }
            _ if own.is_empty() => {
                if !namesakes.is_empty() {
                    let what = format!(
                        "'{}' has another text than the note of that name; both are listed",
                        visible(document.id.as_str())
                    );
                    problems.add(None, what, "compare the two: gold counts for the text it was made on");
                }
                self.push(file, gold);
            }
            (None, Some(_)) => {
                let what =
                    format!("'{}' has gold from another file already; this one was left out", visible(document.id.as_str()));
                problems.add(None, what, "keep one gold file for each note");
            }
            (_, None) => {}
        }
    }

    fn add(&mut self, entry: Entry) {
        self.named.entry(Arc::clone(&entry.id.0)).or_default().push(self.entries.len());
        self.entries.push(entry);
    }

    /// Whether an entry has this very id.
    fn taken(&self, id: &str) -> bool {
        let means = self.named.get(id).map(Vec::as_slice).unwrap_or_default();
        means.iter().any(|&index| self.entries[index].id.as_str() == id)
    }

    fn free_id(&self, file: &str, id: &str) -> DocumentId {
        let plain = format!("{file}/{id}");
        let numbered = (2..).map(|number| format!("{plain} ({number})"));
        let free = std::iter::once(plain.clone()).chain(numbered).find(|id| !self.taken(id));
        DocumentId::from(free.unwrap_or(plain).as_str())
    }
}

//! The documents that were opened: a file, a folder, a gold file, or the sample corpus.
//!
//! Opening a folder reads names alone (and its JSONL files); a note's text is read when it is asked for, so that
//! 50,000 notes open at once. Notes are never written to.

mod assemble;
mod listing;
mod natural;

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::Path;
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use serde_json::{Map, Value};

use self::assemble::Assembly;
use self::listing::{Listing, Origin};
use super::markdown::GUIDELINES;
use super::plain::path_name;
use super::{GoldDocument, Problem, ReadError, gold, plain};
use crate::domain::{Document, DocumentId, Span, TextHash, visible};

static SAMPLE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/sample_corpus");

/// Why there is no corpus to open. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// Nothing is there.
    #[error("there is nothing at {path}; nothing was changed; check the path, or leave it out to open the sample corpus")]
    Missing {
        /// The path.
        path: String,
    },
    /// It is there, but cannot be read.
    #[error("{path} could not be read ({source}); nothing was changed; check that you may read it")]
    Unreadable {
        /// The path.
        path: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A folder without a note.
    #[error(
        "there are no notes in {path}{reason}; nothing was changed; put text files (.txt, .text, .md or no ending) or JSONL files \
         (.jsonl) there, or name another folder"
    )]
    NoNotes {
        /// The folder.
        path: String,
        /// What was there and could not be read, in parentheses; empty if nothing was.
        reason: String,
    },
    /// A file without a byte.
    #[error("{path} is empty (0 bytes), so there is nothing to label; nothing was changed; name another file")]
    Empty {
        /// The file.
        path: String,
    },
    /// A JSONL file of which no line could be read.
    #[error("no document could be read from {path} ({reason}); nothing was changed; write one JSON object with \"text\" a line")]
    NoDocuments {
        /// The file.
        path: String,
        /// The first problem.
        reason: String,
    },
    /// The only note could not be read.
    #[error(transparent)]
    Note(#[from] ReadError),
}

/// A document as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The note.
    pub document: Document,
    /// Its gold spans, in bytes; `None` if it has no gold.
    pub gold: Option<Vec<Span>>,
}

/// Documents in a fixed order, each with an id of its own. Cheap to share between threads.
#[derive(Debug)]
pub struct Corpus {
    name: String,
    entries: Vec<Entry>,
    by_id: HashMap<DocumentId, usize>,
    gold_labels: Vec<String>,
    /// Whether something of it could not be read.
    partial: bool,
}

/// What is known of a document before it is loaded.
#[derive(Debug)]
struct Entry {
    id: DocumentId,
    text: Text,
    meta: Map<String, Value>,
    gold: Option<Gold>,
}

/// Where a text is.
#[derive(Debug)]
enum Text {
    Held(Arc<str>),
    At(Origin),
}

/// Spans, and the text they were made for: a file may change after the corpus was opened.
#[derive(Debug)]
struct Gold {
    text: TextHash,
    spans: Vec<Span>,
    /// Whether some spans could not be read.
    partial: bool,
}

impl Corpus {
    /// Opens what is at `path`: a folder (with its subfolders), a JSONL file (`.jsonl` or `.ndjson`), or any other file
    /// as one note. The problems are what could not be read; the rest is in the corpus.
    ///
    /// # Errors
    /// When there is no document at all.
    pub fn open(path: &Path) -> Result<(Self, Vec<Problem>), CorpusError> {
        let shown = path_name(path);
        let kind = std::fs::metadata(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => CorpusError::Missing { path: shown.clone() },
            _ => CorpusError::Unreadable { path: shown.clone(), source },
        })?;
        let name = name_of(path);
        if kind.is_dir() {
            let listing = listing::of_folder(path).map_err(|source| CorpusError::Unreadable { path: shown.clone(), source })?;
            let (corpus, problems) = Self::assemble(&name, listing);
            if corpus.is_empty() {
                let reason = problems.first().map(|problem| format!(" ({}: {})", problem.file, problem.what)).unwrap_or_default();
                return Err(CorpusError::NoNotes { path: shown, reason: visible(&reason).into_owned() });
            }
            return Ok((corpus, problems));
        }
        if listing::is_jsonl(&name) {
            return Self::open_jsonl(path, &name, shown);
        }
        let text = plain::read(path)?;
        if text.is_empty() {
            return Err(CorpusError::Empty { path: shown });
        }
        let document = Document::new(name.as_str(), text);
        Ok((Self::from_documents(&name, vec![GoldDocument::unlabelled(document)]), Vec::new()))
    }

    fn open_jsonl(path: &Path, name: &str, shown: String) -> Result<(Self, Vec<Problem>), CorpusError> {
        let file = std::fs::File::open(path).map_err(|source| CorpusError::Unreadable { path: shown.clone(), source })?;
        let (documents, problems) = gold::read(io::BufReader::new(file), &path.to_string_lossy());
        match (documents.is_empty(), problems.first()) {
            (false, _) => Ok((Self::from_documents(name, documents), problems)),
            (true, None) => Err(CorpusError::Empty { path: shown }),
            (true, Some(problem)) => {
                let place = problem.line.map(|line| format!("line {line}: ")).unwrap_or_default();
                Err(CorpusError::NoDocuments { path: shown, reason: place + &problem.what })
            }
        }
    }

    /// Whether what is at `path` is read as JSONL, by its name.
    pub fn is_jsonl(path: &Path) -> bool {
        listing::is_jsonl(&name_of(path))
    }

    /// Whether a file of this name is left out of the notes of its folder, for its ending.
    pub fn leaves_out(path: &Path) -> bool {
        listing::is_other(&name_of(path))
    }

    /// A corpus of documents that are already in memory, say from the standard input, in their order.
    pub fn from_documents(name: &str, documents: Vec<GoldDocument>) -> Self {
        let mut assembly = Assembly::default();
        documents.into_iter().for_each(|document| assembly.push(name, document));
        Self::of(name, assembly)
    }

    /// The sample corpus that comes with the program.
    pub fn sample() -> Self {
        Self::assemble("sample corpus", listing::of_embedded(&SAMPLE)).0
    }

    /// The guidelines that lie beside the sample corpus.
    pub fn sample_guidelines() -> Option<&'static str> {
        SAMPLE.get_file(GUIDELINES)?.contents_utf8()
    }

    fn assemble(name: &str, listing: Listing) -> (Self, Vec<Problem>) {
        let (assembly, problems) = assemble::assemble(listing);
        (Self::of(name, assembly), problems)
    }

    fn of(name: &str, assembly: Assembly) -> Self {
        let Assembly { entries, partial, .. } = assembly;
        let by_id = entries.iter().enumerate().map(|(index, entry)| (entry.id.clone(), index)).collect();
        let spans = entries.iter().filter_map(|entry| entry.gold.as_ref()).flat_map(|gold| &gold.spans);
        let labels: BTreeSet<&str> = spans.map(|span| span.label.as_str()).collect();
        let gold_labels = labels.into_iter().map(str::to_owned).collect();
        Self { name: name.to_owned(), entries, by_id, gold_labels, partial }
    }

    /// What the corpus is called: the name of its file or folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of documents.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no document.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The id of the document at `index`.
    pub fn id(&self, index: usize) -> Option<&DocumentId> {
        self.entries.get(index).map(|entry| &entry.id)
    }

    /// All ids, in order.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = &DocumentId> {
        self.entries.iter().map(|entry| &entry.id)
    }

    /// Where the document with this id stands.
    pub fn index_of(&self, id: &DocumentId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Whether the document at `index` came with gold. Reads nothing.
    pub fn has_gold(&self, index: usize) -> bool {
        self.entries.get(index).is_some_and(|entry| entry.gold.is_some())
    }

    /// Whether the gold of the document at `index` tells only what is there, because some of it could not be read.
    pub fn has_partial_gold(&self, index: usize) -> bool {
        self.entries.get(index).and_then(|entry| entry.gold.as_ref()).is_some_and(|gold| gold.partial)
    }

    /// The names of the labels that occur in the gold of any document, sorted.
    pub fn gold_labels(&self) -> &[String] {
        &self.gold_labels
    }

    /// Whether every folder, and every line of the JSONL files, could be read: what is missing is gone.
    pub fn is_whole(&self) -> bool {
        !self.partial
    }

    /// How many bytes the text of the document at `index` has; `None` where its file is gone. Reads nothing.
    pub fn size(&self, index: usize) -> Option<u64> {
        match &self.entries.get(index)?.text {
            Text::Held(text) => Some(text.len() as u64),
            Text::At(origin) => origin.size(),
        }
    }

    /// The hash of the text of the document at `index`, where that came out of a JSONL file and is in memory.
    pub fn held_text(&self, index: usize) -> Option<TextHash> {
        match &self.entries.get(index)?.text {
            Text::Held(text) => Some(TextHash::of(text)),
            Text::At(_) => None,
        }
    }

    /// Reads the document at `index`. Gold that was made for another text than the one read now is left out.
    ///
    /// # Errors
    /// When the note's file cannot be read as text, or there is no such document.
    pub fn load(&self, index: usize) -> Result<Loaded, ReadError> {
        let entry = self.entries.get(index).ok_or(ReadError::NoSuchDocument { number: index.saturating_add(1) })?;
        let document = Document { id: entry.id.clone(), text: entry.text.read(&entry.id)?, meta: entry.meta.clone() };
        let fits = |gold: &&Gold| matches!(entry.text, Text::Held(_)) || gold.text == document.text_hash();
        let gold = entry.gold.as_ref().filter(fits).map(|gold| gold.spans.clone());
        Ok(Loaded { document, gold })
    }
}

impl Text {
    fn read(&self, id: &DocumentId) -> Result<Arc<str>, ReadError> {
        match self {
            Self::Held(text) => Ok(Arc::clone(text)),
            Self::At(origin) => origin.read_note(id.as_str()).map(Into::into),
        }
    }
}

/// The last part of a path; of one that ends in `..` or `/`, that of the folder it leads to.
fn name_of(path: &Path) -> String {
    let resolved;
    let name = match path.file_name() {
        Some(name) => Some(name),
        None => {
            resolved = path.canonicalize().unwrap_or_default();
            resolved.file_name()
        }
    };
    name.map_or_else(|| path.to_string_lossy().into_owned(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests;
